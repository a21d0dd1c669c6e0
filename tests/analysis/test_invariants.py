"""Invariants: what text is one, and whether constitutions keep them where a person knows."""

from __future__ import annotations

import pytest

from tests.analysis.little import COMPLETE, EVERY, OURS, SCHEMA, Kept, decided, program, says, task
from workbench.analysis.assumptions import Assumption
from workbench.analysis.invariants import check_invariants, invariant_answers
from workbench.analysis.results import Answer
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema

MODEL = read_schema(SCHEMA)


def invariants(text: str) -> Program:
    checked = check_invariants(text, MODEL)
    assert checked.program is not None, checked.errors
    return checked.program


def answer(made: Program, text: str, assumption: Assumption = OURS) -> Answer:
    (found,) = invariant_answers(made, invariants(text), task(assumption))
    assert found.kind == "invariant"
    return found


# ---- the text --------------------------------------------------------------------------------------------------------


def test_permits_and_forbids_are_invariants() -> None:
    made = invariants(
        """
        // never: secrets to bots
        @id("no bots") forbid (principal is Bot, action, resource) when { resource.secret };
        @id("own") permit (principal is User, action == Action::"view", resource) when { resource.owner == principal };
        """
    )
    assert [(rule.id, rule.kind) for rule in made.rules] == [("no bots", "forbid"), ("own", "permit")]
    assert check_invariants("", MODEL).program is not None


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "words"),
    [
        ("prefer score(1.0) (principal, action, resource);", "CP012", 2, 1, "`prefer`"),
        ('procedure x { on action == Action::"view" require approval from principal }', "CP012", 2, 1, "`procedure`"),
        ('  @stage("observe") forbid (principal, action, resource);', "CP012", 2, 3, "stage"),
        ("forbid (principal, action, resource) when { resource.sekret };", "CP002", 2, 54, "sekret"),
        ("forbid (principal, action, resource", "CP001", 2, 28, ""),
        ("permit (principal == ?principal, action, resource);", "CP007", 2, 22, "slot"),
        ("forbid (principal, action, resource); forbid (principal, action, resource);", "CP006", 2, 39, ""),
    ],
)
def test_everything_else_is_a_mistake_with_its_place(text: str, code: str, line: int, column: int, words: str) -> None:
    checked = check_invariants("// the first line\n" + text, MODEL)
    assert checked.program is None
    (found, *_) = checked.diagnostics
    assert (found.code, found.start.line, found.start.column) == (code, line, column)
    assert words in found.message
    assert found.severity == "error"
    assert found.message == found.message[:1].lower() + found.message[1:]
    if code == "CP012":
        assert found.help


def test_a_rule_with_three_mistakes_of_kind_has_three_diagnostics() -> None:
    text = '@stage("enforce") prefer score(1.0) (principal, action, resource);\npermit (principal, action, resource);\n'
    text += 'prefer score(2.0) (principal, action == Action::"view", resource);'
    found = check_invariants(text, MODEL).diagnostics
    assert [(each.code, each.start.line) for each in found] == [("CP012", 1), ("CP012", 1), ("CP012", 3)]


def test_warnings_about_rules_that_decide_are_not_about_invariants() -> None:
    """An invariant permits nothing, so that "nothing permits this action" would be said of every text."""
    assert check_invariants("forbid (principal, action, resource) when { context.n > 3 };", MODEL).diagnostics == ()
    assert check_invariants("permit (principal, action, resource) when { context.n > 3 };", MODEL).diagnostics == ()


def test_a_hostile_text_is_refused_and_nothing_else() -> None:
    text = "forbid (principal, action, resource) when { " + "(" * 5_000 + "true" + ")" * 5_000 + " };"
    checked = check_invariants(text, MODEL)
    assert checked.program is None
    assert checked.errors[0].code == "CP003"


def test_a_broken_schema_is_a_diagnostic_too() -> None:
    assert check_invariants("forbid (principal, action, resource);", "entity {").program is None


# ---- never permitted -------------------------------------------------------------------------------------------------

ALL = '@id("all") permit (principal, action, resource) when { context.n < 50 };\n'


@pytest.mark.parametrize("assumption", EVERY)
def test_never_permitted_is_kept_where_rules_forbid_it(assumption: Assumption) -> None:
    made = program(ALL + '@id("f") forbid (principal, action, resource) when { context.n > 10 };')
    kept = answer(made, '@id("i") forbid (principal, action, resource) when { context.n > 20 };', assumption)
    assert (kept.about, kept.verdict, kept.by) == ("i", "holds", ("f",))
    assert (kept.proved, kept.environments) == (5, 5)
    unpermitted = answer(made, "forbid (principal, action, resource) when { context.n > 60 };", assumption)
    assert unpermitted.verdict == "holds"


@pytest.mark.parametrize("assumption", EVERY)
def test_never_permitted_is_broken_by_what_is_allowed(assumption: Assumption) -> None:
    made = program(ALL + '@id("f") forbid (principal, action, resource) when { context.n > 20 };')
    broken = answer(made, '@id("i") forbid (principal, action, resource) when { context.n > 19 };', assumption)
    assert (broken.verdict, broken.by) == ("fails", ("all",))
    assert broken.witness is not None
    assert broken.witness.request["context"]["n"] == 20
    decision = decided(made, broken.witness)
    assert (decision.outcome, broken.witness.after.outcome, broken.witness.after.cedar) == ("allow", "allow", "allow")


def test_never_permitted_means_not_even_after_approval() -> None:
    made = program(
        ALL
        + """
        procedure all { on action in [Action::"view", Action::"print", Action::"edit"] require approval from principal }
        """
    )
    broken = answer(made, "forbid (principal, action, resource) when { context.n > 48 };")
    assert broken.verdict == "fails"
    assert broken.witness is not None
    assert broken.witness.after.outcome == "hold"
    assert decided(made, broken.witness).outcome == "hold"


@pytest.mark.parametrize("semantics", ["cedar+", "cedar"])
def test_what_errs_on_something_permitted_is_broken(semantics: str) -> None:
    """Nobody knows whether the document is secret; that it is permitted is told, and not that it may well be."""
    made = program('@id("users") permit (principal is User, action, resource);')
    text = "forbid (principal, action, resource) when { resource.secret && !resource.secret };"
    broken = answer(made, text, Assumption(semantics, "missing"))  # type: ignore[arg-type]
    assert broken.verdict == "fails"
    assert broken.witness is not None
    assert broken.witness.after.outcome == "allow"
    assert says(invariants(text), invariants(text).rules[0].id, broken.witness) == "errs"
    assert answer(made, text, Assumption(semantics, "complete")).verdict == "holds"  # type: ignore[arg-type]


def test_a_plain_breach_is_shown_rather_than_one_by_missing_data() -> None:
    made = program("permit (principal, action, resource);")
    text = "forbid (principal, action, resource) when { resource.secret };"
    broken = answer(made, text)
    assert broken.witness is not None
    assert says(invariants(text), invariants(text).rules[0].id, broken.witness) == "satisfied"


def test_a_forbid_that_errs_keeps_the_invariant_under_our_semantics_alone() -> None:
    """The research's "this prohibition can be bypassed if data about the agent is missing"."""
    made = program(
        '@id("all") permit (principal, action, resource);'
        '@id("f") forbid (principal is User, action, resource) when { principal.level < 5 };'
    )
    text = "forbid (principal is User, action, resource) unless { principal has level && principal.level >= 5 };"
    ours = answer(made, text)
    assert (ours.verdict, ours.by) == ("holds", ("f",))
    cedars = answer(made, text, Assumption("cedar", "missing"))
    assert cedars.verdict == "fails"
    assert cedars.witness is not None
    assert cedars.witness.after.errors == ("f",)
    assert cedars.witness.after.cedar == "allow"
    assert answer(made, text, Assumption("cedar", "complete")).verdict == "holds"


# ---- always permitted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumption", EVERY)
def test_always_permitted(assumption: Assumption) -> None:
    made = program(
        """
        @id("low") permit (principal, action, resource) when { context.n < 10 };
        @id("high") permit (principal, action, resource) when { context.n >= 10 && context.n < 100 };
        @id("f") forbid (principal, action, resource) when { context.n == 70 };
        """
    )
    kept = answer(made, "permit (principal, action, resource) when { context.n < 50 };", assumption)
    assert (kept.verdict, kept.by) == ("holds", ("low", "high"))
    unpermitted = answer(made, "permit (principal, action, resource) when { context.n == 100 };", assumption)
    assert unpermitted.verdict == "fails"
    assert unpermitted.witness is not None
    assert decided(made, unpermitted.witness).code == "not_permitted"
    forbidden = answer(
        made, "permit (principal, action, resource) when { context.n > 60 && context.n < 80 };", assumption
    )
    assert (forbidden.verdict, forbidden.by) == ("fails", ("f",))
    assert forbidden.witness is not None
    assert decided(made, forbidden.witness).code == "forbidden"


def test_what_waits_for_approval_is_not_always_permitted() -> None:
    made = program(ALL + 'procedure big { on action == Action::"edit" when n > 20 require approval from principal }')
    broken = answer(made, 'permit (principal, action == Action::"edit", resource) when { context.n < 50 };')
    assert broken.verdict == "fails"
    assert broken.witness is not None
    assert decided(made, broken.witness).outcome == "hold"
    kept = answer(made, 'permit (principal, action == Action::"edit", resource) when { context.n < 20 };')
    assert kept.verdict == "holds"


def test_an_error_breaks_always_permitted_under_our_semantics() -> None:
    made = program(
        '@id("all") permit (principal, action, resource);'
        '@id("f") forbid (principal is User, action, resource) when { principal.role == "x" && context.n > 9 };'
    )
    text = "permit (principal is User, action, resource) when { context.n < 9 };"
    broken = answer(made, text)
    assert broken.verdict == "fails"
    assert broken.witness is not None
    assert decided(made, broken.witness).code == "evaluation_error"
    assert answer(made, text, COMPLETE).verdict == "holds"
    assert answer(made, text, Assumption("cedar", "missing")).verdict == "holds"


def test_where_a_permit_itself_errs_it_demands_nothing() -> None:
    made = program("permit (principal is User, action, resource) when { principal has level && principal.level > 3 };")
    kept = answer(made, "permit (principal is User, action, resource) when { principal.level > 3 };")
    assert kept.verdict == "holds"


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_unsupported_is_called_that() -> None:
    boxes = "context has boxes && context.boxes.contains({a: 1})"
    odd = f'@id("odd") forbid (principal, action == Action::"edit", resource) when {{ {boxes} }};'
    assert answer(program(ALL), odd).verdict == "unsupported"
    beside = answer(
        program(ALL + odd), 'permit (principal, action == Action::"edit", resource) when { context.n < 50 };'
    )
    assert beside.verdict == "unsupported"
    assert "`odd`" in beside.why
    elsewhere = answer(
        program(ALL + odd), 'permit (principal, action == Action::"view", resource) when { context.n < 50 };'
    )
    assert elsewhere.verdict == "holds"


def test_an_invariant_and_a_rule_with_one_id_are_two() -> None:
    made = program('@id("x") permit (principal, action, resource) when { context.n < 5 };')
    broken = answer(made, '@id("x") forbid (principal, action, resource) when { context.n < 9 };')
    assert broken.verdict == "fails"
    assert broken.witness is not None
    assert broken.witness.request["context"]["n"] < 5
    same = answer(made, '@id("x") permit (principal, action, resource) when { context.n < 5 };')
    assert (same.verdict, same.by) == ("holds", ("x",))


def test_invariants_are_remembered_by_all_that_they_depend_on() -> None:
    memory = Kept()
    text = '@id("i") forbid (principal, action == Action::"view", resource) when { context.n > 20 };'
    made = program(ALL)
    (first,) = invariant_answers(made, invariants(text), task(memory=memory))
    (again,) = invariant_answers(made, invariants(text), task(memory=memory))
    assert again == first
    assert first.verdict == "fails"
    mended = program(ALL + 'forbid (principal, action == Action::"view", resource) when { context.n > 20 };')
    (kept,) = invariant_answers(mended, invariants(text), task(memory=memory))
    assert kept.verdict == "holds"
    looser = text.replace("> 20", "> 19")
    (broken,) = invariant_answers(mended, invariants(looser), task(memory=memory))
    assert broken.verdict == "fails"
    flipped = text.replace("forbid", "permit")
    (demanded,) = invariant_answers(mended, invariants(flipped), task(memory=memory))
    assert demanded.verdict == "fails"


def test_none_may_have_the_id_of_a_rule() -> None:
    """Beside "it is kept" the rule's words would stand."""
    text = '@id("own") forbid (principal is Bot, action, resource);'
    assert check_invariants(text, MODEL).program is not None
    (error,) = check_invariants(text, MODEL, {"own", "other"}).errors
    assert (error.code, error.message) == ("CP006", "a rule has the id `own`")
