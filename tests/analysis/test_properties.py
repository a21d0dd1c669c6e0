"""Statements about single rules, where a person knows whether they hold: proved, or shown by a request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.analysis.little import COMPLETE, EVERY, OURS, Kept, decided, one, program, says, task
from tests.analysis.pairs import rule_of
from workbench.analysis.assumptions import Assumption
from workbench.analysis.inquiry import Inquiry
from workbench.analysis.properties import rule_answers
from workbench.analysis.results import Answer
from workbench.analysis.search import NOT_REPRODUCED, TIME_LIMIT
from workbench.analysis.solver import Question
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.program import Program

CEDAR = Assumption("cedar", "missing")


def answer(made: Program, kind: str, about: str, assumption: Assumption = OURS, **more: Any) -> Answer:
    return one(rule_answers(made, task(assumption, **more), {kind}), about, kind)  # type: ignore[arg-type]


# ---- never errs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumption", EVERY)
@pytest.mark.parametrize(
    ("condition", "errs"),
    [
        ("context.n > 3", "never"),
        ('principal.role == "lead"', "missing"),  # the principal may be unknown
        ('principal has role && principal.role == "lead"', "never"),
        ('context has why && context.why like "*x*"', "never"),
        ("context.n + 1 > 3", "always"),  # the largest Long
        ("context.n > 5 && context.n - 1 > 3", "never"),
        ("resource.owner.level > 3", "missing"),
        ("principal has boss && principal.boss.level > 3", "missing"),
        ("principal has boss && principal.boss has level && principal.boss.level > 3", "never"),
    ],
)
def test_a_rule_errs_or_never_does(condition: str, errs: str, assumption: Assumption) -> None:
    made = program(f'@id("it") permit (principal is User, action == Action::"view", resource) when {{ {condition} }};')
    found = answer(made, "never_errors", "it", assumption)
    expected = errs == "always" or errs == assumption.data
    assert found.verdict == ("fails" if expected else "holds")
    assert found.assumption == assumption
    if expected:
        assert found.witness is not None
        assert says(made, "it", found.witness) == "errs"
        assert found.witness.after.errors == ("it",)
    else:
        assert (found.proved, found.environments, found.witness) == (1, 1, None)


def test_what_errs_in_one_environment_alone() -> None:
    """Bots have no boss that could be unknown; the witness is of the other kind of principal."""
    made = program('@id("it") permit (principal, action, resource) when { principal is User && principal.level > 3 };')
    found = answer(made, "never_errors", "it")
    assert found.verdict == "fails"
    assert found.environment is not None
    assert found.environment.principal == "User"
    assert answer(made, "never_errors", "it", COMPLETE).proved == 5  # view and print by both, edit by users


# ---- applies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumption", EVERY)
@pytest.mark.parametrize(
    ("condition", "applies"),
    [
        ("context.n > 3", "sometimes"),
        ("context.n > 3 && context.n < 4", "never"),
        ("context.n > 3 && context.n < 5", "sometimes"),
        ("context.n > 3 || context.n < 4", "always"),
        ('principal.role == "a" && principal.role == "b"', "never"),
        ('resource.tags.contains("x") && resource.tags.isEmpty()', "never"),
        ('!(principal in Team::"a") && principal in Team::"a"', "never"),
        ('principal.role like "a*" && principal.role like "*b" && principal.role == "ac"', "never"),
        ("principal.level > 9223372036854775807", "never"),
        ("true", "always"),
    ],
)
def test_a_rule_applies_never_sometimes_or_always(condition: str, applies: str, assumption: Assumption) -> None:
    made = program(f'@id("it") forbid (principal is User, action == Action::"view", resource) when {{ {condition} }};')
    never, always = (answer(made, kind, "it", assumption) for kind in ("never_applies", "always_applies"))
    assert never.verdict == ("holds" if applies == "never" else "fails")
    assert always.verdict == ("holds" if applies == "always" else "fails")
    if never.witness is not None:
        assert says(made, "it", never.witness) == "satisfied"
    if always.witness is not None:
        assert says(made, "it", always.witness) != "satisfied"


def test_a_scope_that_names_one_entity_is_a_condition() -> None:
    made = program(
        """
        @id("one") permit (principal == User::"a", action == Action::"view", resource);
        @id("group") permit (principal in Team::"a", action == Action::"view", resource);
        @id("type") permit (principal is User, action == Action::"view", resource);
        @id("no such") permit (principal == User::"a", action == Action::"view", resource)
          when { principal == User::"b" };
        """
    )
    for rule, always in (("one", "fails"), ("group", "fails"), ("type", "holds")):
        assert answer(made, "always_applies", rule).verdict == always
        assert answer(made, "never_applies", rule).verdict == "fails"
    assert answer(made, "never_applies", "no such").verdict == "holds"


def test_where_a_rule_errs_it_does_not_apply() -> None:
    made = program(
        '@id("it") permit (principal is User, action == Action::"view", resource) when { principal.level < 9 '
        "|| principal.level > 8 };"
    )
    assert answer(made, "always_applies", "it", COMPLETE).verdict == "holds"
    unknown = answer(made, "always_applies", "it")
    assert unknown.verdict == "fails"
    assert unknown.witness is not None
    assert says(made, "it", unknown.witness) == "errs"


def test_a_rule_that_bears_on_nothing() -> None:
    """The schema lets no bot edit: there is no request that it could be about."""
    made = program('@id("it") permit (principal is User, action == Action::"edit", resource);')
    schema = made.schema
    assert schema is not None
    (surface,) = parse('permit (principal is Bot, action == Action::"edit", resource);').statements
    alone = Program((rule_of(desugar(surface), "it"),), schema)
    found = answer(alone, "never_applies", "it")
    assert (found.verdict, found.proved, found.environments) == ("holds", 0, 0)


def test_procedures_and_preferences_are_asked_about_too() -> None:
    made = program(
        """
        procedure big { on action == Action::"edit" when n > 5 && n < 6 require approval from principal }
        procedure odd { on action == Action::"edit" when n + 1 > 5 require approval from principal }
        @id("likes") prefer score(1.0) (principal, action, resource) when { context.n > 5 && context.n < 6 };
        """
    )
    big, odd = (rule.id for rule, _ in made.procedures)
    assert answer(made, "never_applies", big).verdict == "holds"
    assert answer(made, "never_errors", odd).verdict == "fails"
    assert answer(made, "never_applies", "likes").verdict == "holds"


# ---- what cannot be analysed -----------------------------------------------------------------------------------------

BOXES = "context has boxes && context.boxes.contains({a: 1})"


def test_an_unsupported_rule_is_called_that_and_never_proved() -> None:
    made = program(f'@id("it") permit (principal, action == Action::"edit", resource) when {{ {BOXES} }};')
    for kind in ("never_errors", "never_applies", "always_applies", "overridden", "redundant"):
        found = answer(made, kind, "it")
        assert found.verdict == "unsupported"
        assert "`it`" in found.why
        assert found.witness is None


def test_beside_an_unsupported_rule_the_rest_is_still_proved_or_shown() -> None:
    """It is taken to say anything: what holds whatever it says is proved, what an engine shows is shown."""
    made = program(
        f"""
        @id("odd") forbid (principal, action == Action::"edit", resource) when {{ {BOXES} }};
        @id("f") forbid (principal, action, resource) when {{ context.n < 5 }};
        @id("below") permit (principal, action, resource) when {{ context.n < 3 }};
        @id("above") permit (principal, action, resource) when {{ context.n > 3 }};
        """
    )
    assert answer(made, "overridden", "below").verdict == "holds"
    assert answer(made, "overridden", "below").by == ("f",)
    above = answer(made, "redundant", "above")
    assert above.verdict == "fails"
    assert above.witness is not None
    assert decided(made, above.witness).outcome == "allow"


def test_what_depends_on_an_unsupported_rule_is_not_decided() -> None:
    made = program(
        f"""
        @id("odd") permit (principal, action == Action::"edit", resource) when {{ {BOXES} }};
        @id("f") forbid (principal, action == Action::"edit", resource) when {{ context.n < 5 }};
        """
    )
    found = answer(made, "redundant", "f")
    assert found.verdict == "unsupported"
    assert "`odd`" in found.why


BESIDE_ODD = f"""
@id("odd") permit (principal, action == Action::"edit", resource) when {{ {BOXES} }};
@id("it") permit (principal, action == Action::"edit", resource) when {{ context.n > 3 }};
"""


def test_what_takes_too_long_is_undecided_and_asked_again_whatever_is_unsupported_beside_it() -> None:
    memory, made = Kept(), program(BESIDE_ODD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Question, "check", lambda *_: "unknown")
        for kind in ("never_applies", "always_applies", "redundant"):
            late = answer(made, kind, "it", memory=memory)
            assert (late.verdict, late.why) == ("undecided", TIME_LIMIT)
    assert answer(made, "never_applies", "it", memory=memory).verdict == "fails"
    assert answer(made, "redundant", "it", memory=memory).verdict != "undecided"


def test_what_does_not_reproduce_is_blamed_on_an_unsupported_rule_only_where_that_was_asked_about() -> None:
    made = program(BESIDE_ODD)
    with pytest.MonkeyPatch.context() as patch:
        seen = Inquiry.seen
        patch.setattr(
            Inquiry, "seen", lambda self, *of: replace(seen(self, *of), satisfied=frozenset(), outcome="deny")
        )
        found = answer(made, "never_applies", "it")
        assert found.verdict == "undecided"
        assert NOT_REPRODUCED in found.why
        assert answer(made, "never_applies", "odd").verdict == "unsupported"


# ---- what a proof needs ----------------------------------------------------------------------------------------------


def test_a_proof_names_no_rule_that_it_can_do_without() -> None:
    """Both of the others deny what the solver may come upon first; one denies all of it."""
    made = program(
        """
        @id("odd") forbid (principal, action, resource) when { context.n < 100 };
        @id("even") forbid (principal, action, resource) when { context.n < 200 };
        @id("it") permit (principal, action, resource) when { context.n > 3 && context.n < 150 };
        """
    )
    assert answer(made, "overridden", "it").by == ("even",)
    assert answer(made, "redundant", "it").by == ("even",)


def test_what_one_environment_needs_is_no_excuse_in_another() -> None:
    """A permit is redundant for editing because of a rule that says nothing of viewing."""
    made = program(
        """
        @id("edits") forbid (principal, action == Action::"edit", resource) when { context.n < 100 };
        @id("it") permit (principal, action, resource) when { context.n < 50 };
        """
    )
    found = answer(made, "redundant", "it")
    assert found.verdict == "fails"
    assert found.witness is not None
    assert found.witness.request["action"] != 'Action::"edit"'
    assert decided(made, found.witness).outcome == "allow"


# ---- the answers as a whole ------------------------------------------------------------------------------------------


FORBIDS = """
@id("R3") forbid (principal, action, resource) when { context.n < 10 };
@id("R7") forbid (principal, action, resource) when { context.n >= 10 && context.n < 100 };
@id("R9") forbid (principal, action, resource) when { context.n == 5000 };
"""


def test_answers_come_in_the_order_of_rules_and_kinds() -> None:
    made = program(FORBIDS + '@id("it") permit (principal, action, resource) when { context.n < 50 };')
    found = [(each.about, each.kind) for each in rule_answers(made, task())]
    alone = ("never_errors", "never_applies", "always_applies")
    assert found == [
        *((rule, kind) for rule in ("R3", "R7", "R9") for kind in (*alone, "redundant")),
        *(("it", kind) for kind in (*alone, "overridden", "redundant")),
    ]


def test_only_what_is_asked_for() -> None:
    made = program(FORBIDS)
    assert {each.kind for each in rule_answers(made, task(), ["never_applies"])} == {"never_applies"}


def test_witnesses_are_tidy() -> None:
    """Nothing stands in a witness that does not matter."""
    made = program(
        '@id("it") permit (principal is User, action == Action::"view", resource) when { principal.level > 3 };'
    )
    witness = answer(made, "never_applies", "it").witness
    assert witness is not None
    told: dict[str, Any] = {row["uid"]["type"]: row for row in witness.entities}
    assert told["User"]["attrs"] == {"role": "", "level": 4}
    assert told["User"]["parents"] == []
    assert witness.request["context"] == {"n": 0}


# ---- entities that rules name ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("semantics", ["cedar+", "cedar"])
def test_where_data_is_complete_no_witness_lacks_an_entity_that_a_rule_reads_by_name(semantics: str) -> None:
    """The question about one rule has never heard of the entities of another, and the witness must have them."""
    assumption = Assumption(semantics, "complete")  # type: ignore[arg-type]
    made = program(
        """
        @id("a") permit (principal, action == Action::"edit", resource) when { context.n < 5 };
        @id("b") forbid (principal, action == Action::"edit", resource) when { Doc::"rules".owner.level > 3 };
        @id("c") forbid (principal, action == Action::"edit", resource)
          when { Doc::"rules" has secret && Doc::"rules".secret && User::"zed".role == "x" };
        """
    )
    found = {(each.kind, each.about): each for each in rule_answers(made, task(assumption))}
    assert {kind: each.verdict for (kind, about), each in found.items() if about == "a"} == {
        "never_errors": "holds",
        "never_applies": "fails",
        "always_applies": "fails",
        "overridden": "fails",
        "redundant": "fails",
    }
    assert found["never_errors", "b"].verdict == "holds"
    for each in found.values():
        if each.witness is not None:
            assert each.witness.after.errors == ()
            named = {(row["uid"]["type"], row["uid"]["id"]) for row in each.witness.entities}
            assert {("Doc", "rules"), ("User", "zed")} <= named
            assert all(
                (owner["type"], owner["id"]) in named
                for row in each.witness.entities
                if row["uid"]["type"] == "Doc"
                for owner in [row["attrs"]["owner"]["__entity"]]
            )


def test_where_data_may_be_missing_they_are_left_out_where_they_do_not_matter() -> None:
    made = program(
        """
        @id("a") permit (principal, action == Action::"edit", resource) when { context.n < 5 };
        @id("b") forbid (principal, action == Action::"edit", resource) when { Doc::"rules".secret };
        """
    )
    witness = answer(made, "never_errors", "b").witness
    assert witness is not None
    assert not any(row["uid"]["id"] == "rules" for row in witness.entities)
