"""Mutants: which test cases notice, which none does, and which decide nothing otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from random import Random
from typing import Any

import pytest

from tests.analysis.pairs import SAMPLES, pair
from tests.analysis.worlds import environments, worlds
from tests.engine.support import entity, program
from workbench import Constitution
from workbench.analysis import mutants as making
from workbench.analysis import solver
from workbench.analysis.assumptions import Assumption, Semantics
from workbench.analysis.enumeration import Enumeration
from workbench.analysis.equivalence import Judge, equivalent
from workbench.analysis.examined import Alone, concluded, examine
from workbench.analysis.mutants import Mutant, mutants
from workbench.analysis.mutation import NO_TIME, MutationScore, Survivor, directed, score
from workbench.analysis.silent import is_silent
from workbench.analysis.stop import Stopped
from workbench.analysis.task import NO_SOLVER, SolverMissing, Task
from workbench.engine import Evaluator
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.render import render_statement
from workbench.service.mutating import score_of
from workbench.service.testing import run_cases

SCHEMA = """
entity Team;
entity Agent in [Team] = { role: String, labels: Set<String> };
entity Robot = { role: String, labels: Set<String> };
entity Ticket = { open: Bool, urgent: Bool };
action refund, close appliesTo { principal: [Agent], resource: [Ticket],
  context: { amount: Long, rate: decimal, text: String, note?: String } };
action look appliesTo { principal: [Agent, Robot], resource: [Ticket],
  context: { amount: Long, rate: decimal, text: String, note?: String } };
"""
ALL = '@id("all") permit (principal, action, resource);\n'
NONE = '@id("none") forbid (principal, action, resource);\n'
NEVER = "context.amount > 5 && context.amount < 3"
ASKS = (
    '@id("ask") procedure ask {{ on action == Action::"refund" when {{ {when} }} '
    'require 2 approvals from principal where principal.role == "lead" with timeout 1 hour '
    "on timeout escalate to procedure last }}"
    '@id("last") procedure last {{ on action == Action::"close" require 1 approval from principal }}'
)


def asks(when: str) -> str:
    return ALL + ASKS.format(when=when)


def trial(when: str) -> str:
    return ALL + f'@id("t") @stage("observe") forbid (principal, action, resource) when {{ {when} }};'


def prefer(when: str) -> str:
    return f'{ALL}@id("s") prefer score(2.0) (principal, action == Action::"refund", resource) when {{ {when} }};'


def asked(kind: str, said: str) -> tuple[str, str, str, str, str]:
    """A mistake in what a procedure asks; none where it holds nothing, ever."""
    return kind, asks("context.amount > 10"), f"in `ask`{said}", asks(NEVER), f"in `ask`{said}"


# kind, rules, what is different; rules in which such a mutant decides nothing otherwise, what is different there
KINDS = [
    ("removed", ALL, "`all` removed", ALL + '@id("again") permit (principal, action, resource);', "`again` removed"),
    ("effect", ALL, "`all` as a forbid", NONE + '@id("p") permit (principal, action, resource);', "`p` as a forbid"),
    (
        "clause",
        ALL + '@id("f") forbid (principal, action, resource) when { resource.open };',
        "`f` without `when { resource.open }`",
        ALL + '@id("f") forbid (principal, action, resource) when { context.amount > 5 } when { context.amount > 3 };',
        "`f` without `when { context.amount > 3 }`",
    ),
    (
        "operand",
        ALL + '@id("f") forbid (principal, action, resource) when { resource.open && context.amount > 3 };',
        "in `f`: without `resource.open`",
        ALL + '@id("f") forbid (principal, action, resource) when { context.amount > 5 && context.amount > 3 };',
        "in `f`: without `context.amount > 3`",
    ),
    (
        "operator",
        ALL + '@id("f") forbid (principal, action, resource) unless { resource.open || context.amount > 3 };',
        "in `f`: `resource.open && context.amount > 3` instead of `resource.open || context.amount > 3`",
        ALL + '@id("f") forbid (principal, action, resource) when { context.amount > 5 && context.amount >= 6 };',
        "in `f`: `context.amount > 5 || context.amount >= 6` instead of `context.amount > 5 && context.amount >= 6`",
    ),
    (
        "negated",
        '@id("p") permit (principal, action, resource) when { resource.open };',
        "in `p`: `!resource.open` instead of `resource.open`",
        NONE + '@id("p") permit (principal, action, resource) when { resource.open };',
        "in `p`: `!resource.open` instead of `resource.open`",
    ),
    (
        "comparison",
        ALL + '@id("f") forbid (principal, action, resource) when { context.rate.lessThan(decimal("1.5")) };',
        'in `f`: `context.rate.lessThanOrEqual(decimal("1.5"))` instead of `context.rate.lessThan(decimal("1.5"))`',
        ALL + '@id("f") forbid (principal, action, resource) when { context.amount >= 5 && context.amount != 5 };',
        "in `f`: `context.amount > 5` instead of `context.amount >= 5`",
    ),
    (
        "number",
        ALL + '@id("f") forbid (principal, action, resource) when { context.amount > 500 };',
        "in `f`: `context.amount > 501` instead of `context.amount > 500`",
        ALL + '@id("f") forbid (principal, action, resource) when { context.amount > 5 && context.amount != 6 };',
        "in `f`: `context.amount > 6` instead of `context.amount > 5`",
    ),
    (
        "scope",
        '@id("p") permit (principal in Team::"x", action, resource);',
        'in `p`: any principal instead of `principal in Team::"x"`',
        '@id("p") permit (principal in Team::"x", action, resource) when { principal in Team::"x" };',
        'in `p`: any principal instead of `principal in Team::"x"`',
    ),
    (
        "action",
        '@id("p") permit (principal, action in [Action::"refund", Action::"close"], resource);',
        "in `p`: without the action `close`",
        '@id("p") permit (principal, action in [Action::"refund", Action::"close"], resource);'
        '@id("f") forbid (principal, action == Action::"close", resource);',
        "in `p`: without the action `close`",
    ),
    (
        "set",
        '@id("p") permit (principal, action, resource) when { principal.labels.containsAll(["a", "b"]) };',
        'in `p`: `principal.labels.containsAny(["a", "b"])` instead of `principal.labels.containsAll(["a", "b"])`',
        '@id("p") permit (principal, action, resource) when { principal.labels.containsAll(["a"]) };',
        'in `p`: `principal.labels.containsAny(["a"])` instead of `principal.labels.containsAll(["a"])`',
    ),
    (
        "pattern",
        '@id("p") permit (principal, action, resource) when { context.text like "a*" };',
        'in `p`: `context.text like "a"` instead of `context.text like "a*"`',
        '@id("p") permit (principal, action, resource) when { context.text like "a**" };',
        'in `p`: `context.text like "a*"` instead of `context.text like "a**"`',
    ),
    (
        "window",
        ALL + '@id("f") forbid (principal, action, resource) unless { context.amount >= 8 && context.amount < 20 };',
        "in `f`: `context.amount >= 9 && context.amount < 21` instead of `context.amount >= 8 && context.amount < 20`",
        NONE + '@id("p") permit (principal, action, resource) when { context.amount >= 8 && context.amount < 20 };',
        "in `p`: `context.amount >= 9 && context.amount < 21` instead of `context.amount >= 8 && context.amount < 20`",
    ),
    (
        "attribute",
        '@id("p") permit (principal, action, resource) when { resource.open };',
        "in `p`: `resource.urgent` instead of `resource.open`",
        NONE + '@id("p") permit (principal, action, resource) when { resource.open };',
        "in `p`: `resource.urgent` instead of `resource.open`",
    ),
    (
        "type",
        '@id("p") permit (principal is Agent, action == Action::"look", resource);',
        "in `p`: `principal is Robot` instead of `principal is Agent`",
        NONE + '@id("p") permit (principal is Agent, action == Action::"look", resource);',
        "in `p`: `principal is Robot` instead of `principal is Agent`",
    ),
    (
        "score",
        prefer("resource.open"),
        "in `s`: a score of -2.0 instead of 2.0",
        prefer(NEVER),
        "in `s`: a score of -2.0 instead of 2.0",
    ),
    (
        "stage",
        trial('action == Action::"refund"'),
        "`t` binding instead of only observed",
        trial(f'action == Action::"refund" && {NEVER}'),
        "`t` binding instead of only observed",
    ),
    asked("approval", ": 1 approval instead of 2"),
    asked("approver", ': approval from anybody instead of `principal.role == "lead"`'),
    asked("time", ": a timeout of 2 hours instead of 1 hour"),
    asked("fallback", ": on timeout deny instead of `escalate to procedure last`"),
]


def sentences(found: tuple[Mutant, ...]) -> list[str]:
    return [mutant.sentence for mutant in found]


def survivor(found: MutationScore, sentence: str) -> Survivor:
    (one,) = [each for each in found.survived if each.mutant.sentence == sentence]
    return one


def with_mutant(made: Program, mutant: Mutant) -> Program:
    return Program(mutant.applied(made.rules), made.schema)


@pytest.mark.parametrize(("kind", "rules", "sentence"), [row[:3] for row in KINDS], ids=[row[0] for row in KINDS])
def test_what_no_case_notices_survives_and_its_own_case_kills_it(kind: str, rules: str, sentence: str) -> None:
    made = program(rules, SCHEMA)
    found = survivor(score(made, [], Task()), sentence)
    assert found.mutant.kind == kind
    (kept,) = run_cases(made, [found.case]).results
    (lost,) = run_cases(with_mutant(made, found.mutant), [found.case]).results
    assert kept.passed
    assert kept.engines_agree
    assert not lost.passed
    assert lost.engines_agree
    again = score(made, [found.case], Task())
    assert sentence in sentences(again.killed)
    assert sentence not in [each.mutant.sentence for each in again.survived]


@pytest.mark.parametrize(
    ("kind", "rules", "sentence"), [(row[0], *row[3:]) for row in KINDS], ids=[row[0] for row in KINDS]
)
def test_what_decides_nothing_otherwise_is_removed(kind: str, rules: str, sentence: str) -> None:
    """Proved; and no random world shows a difference."""
    made = program(rules, SCHEMA)
    (mutant,) = [each for each in score(made, [], Task()).equivalent if each.sentence == sentence]
    assert mutant.kind == kind
    assert made.schema is not None
    before, after = Evaluator(made), Evaluator(with_mutant(made, mutant))
    for environment in environments(made.schema):
        for request, rows in islice(worlds(made.schema, environment, Random(1), made), 60):
            assert before.decide(request, rows).outcome == after.decide(request, rows).outcome


def test_the_table_has_every_kind() -> None:
    assert {row[0] for row in KINDS} == set(making.MutantKind.__args__)  # type: ignore[attr-defined]


# ---- which mutants there are -----------------------------------------------------------------------------------------


PROGRAM_OF_ALL = (
    ALL
    + """
@id("f") forbid (principal in Team::"x", action in [Action::"refund", Action::"close"], resource)
when { context.amount > 500 && context.rate.lessThan(decimal("1.5")) && context.text like "a*" }
unless { principal.labels.containsAll(["a", "b"]) || resource.open };
@id("h") forbid (principal, action == Action::"close", resource)
unless { context.amount >= 8 && context.amount < 20 };
@id("t") @stage("observe") forbid (principal is Agent, action == Action::"look", resource);
@id("s") prefer score(2.0) (principal, action == Action::"refund", resource) when { resource.open };
"""
    + ASKS.format(when="context.amount > 10")
)


@pytest.mark.parametrize(
    "sentence",
    [
        "`f` removed",
        "`f` as a permit",
        'in `f`: any principal instead of `principal in Team::"x"`',
        "in `f`: without the action `close`",
        'in `ask`: any action instead of `action == Action::"refund"`',
        '`f` without `unless { principal.labels.containsAll(["a", "b"]) || resource.open }`',
        "in `f`: without `resource.open`",
        "in `f`: `context.amount > 501` instead of `context.amount > 500`",
        "in `f`: `context.amount > 499` instead of `context.amount > 500`",
        "in `f`: `context.amount >= 500` instead of `context.amount > 500`",
        "in `f`: `!(context.amount > 500)` instead of `context.amount > 500`",
        'in `f`: `context.rate.lessThan(decimal("1.5001"))` instead of `context.rate.lessThan(decimal("1.5"))`',
        'in `f`: `context.text like "a"` instead of `context.text like "a*"`',
        'in `f`: `context.text like "*a*"` instead of `context.text like "a*"`',
        "in `f`: `resource.urgent` instead of `resource.open`",
        'in `f`: `principal.labels.containsAny(["a", "b"])` instead of `principal.labels.containsAll(["a", "b"])`',
        "in `h`: `context.amount >= 7 && context.amount < 19` instead of `context.amount >= 8 && context.amount < 20`",
        "in `h`: `context.amount >= 8 || context.amount < 20` instead of `context.amount >= 8 && context.amount < 20`",
        "`t` removed",
        "`t` binding instead of only observed",
        "in `t`: `principal is Robot` instead of `principal is Agent`",
        "`s` removed",
        "in `s`: a score of -2.0 instead of 2.0",
        "in `s`: a score of 4.0 instead of 2.0",
        'in `s`: any action instead of `action == Action::"refund"`',
        "in `ask`: 1 approval instead of 2",
        "in `ask`: 3 approvals instead of 2",
        'in `ask`: approval from anybody instead of `principal.role == "lead"`',
        'in `ask`, of approvers: `!(principal.role == "lead")` instead of `principal.role == "lead"`',
        "in `ask`: a timeout of 2 hours instead of 1 hour",
        "in `ask`: on timeout deny instead of `escalate to procedure last`",
    ],
)
def test_every_operator_yields_its_mistake(sentence: str) -> None:
    assert sentence in sentences(mutants(program(PROGRAM_OF_ALL, SCHEMA)))


def test_a_whole_suite_made_of_killing_cases_notices_everything() -> None:
    """One case per mistake at most, each passes now, and none is left that another does not notice."""
    made = program(PROGRAM_OF_ALL, SCHEMA)
    cases = [each for _, each in directed(made, [], Task())]
    assert all(result.passed and result.engines_agree for result in run_cases(made, cases).results)
    found = score(made, cases, Task())
    assert found.ratio == 1.0
    assert found.killed
    assert len(cases) < len(found.killed) / 2
    less = score(made, cases[:-1], Task())
    assert less.survived, "the last case is there for something"


def test_a_mistake_that_the_validator_refuses_is_none() -> None:
    """Without its guard an optional field may not be read, so nobody can leave the guard out."""
    rules = '@id("p") permit (principal, action, resource) when { context has note && context.note == "x" };'
    said = sentences(mutants(program(rules, SCHEMA)))
    assert 'in `p`: without `context.note == "x"`' in said
    assert "in `p`: without `context has note`" not in said
    for mutant in mutants(program(rules, SCHEMA)):
        if mutant.changed is not None:
            assert not check(render_statement(mutant.changed.statement), SCHEMA).errors


def test_numbers_move_by_their_smallest_step_and_stay_in_their_range() -> None:
    rules = (
        '@id("p") permit (principal, action, resource) when '
        '{ context.rate.greaterThan(decimal("1.5")) && context.amount < 9223372036854775807 };'
    )
    said = "\n".join(sentences(mutants(program(rules, SCHEMA))))
    assert "1.4999" in said
    assert "1.5001" in said
    assert "9223372036854775806" in said
    assert "9223372036854775808" not in said


def test_no_two_mutants_of_a_rule_are_the_same() -> None:
    for seed in range(8):
        found = mutants(made := pair(seed, count=6).before)
        for rule in made.rules:
            changed = [m.changed for m in found if m.rule == rule.id and m.changed is not None]
            kinds = [(each.digest, each.stage) for each in changed]
            assert len(kinds) == len(set(kinds))
            assert (rule.digest, rule.stage) not in kinds


def test_procedures_for_amendments_are_left_alone() -> None:
    """No test case asks about an amendment."""
    rules = "procedure p { on amendment major require 1 approval from principal }"
    assert mutants(program(ALL + rules, SCHEMA)) == mutants(program(ALL, SCHEMA))


def test_a_trigger_is_mutated_and_the_case_names_the_procedure() -> None:
    rules = ALL + (
        '@id("big") procedure big { on action in [Action::"refund", Action::"close"] when amount > 10 '
        "require 1 approval from principal }"
        '@id("any") procedure any { on action == Action::"refund" require 1 approval from principal }'
    )
    made = program(rules, SCHEMA)
    found = score(made, [], Task())
    said = "in `big`: without the action `refund`"  # where `any` holds the request as well
    assert survivor(found, said).case["procedure"] == "big"
    assert "`big` removed" in [each.mutant.sentence for each in found.survived]
    whole = score(made, [each.case for each in found.survived], Task())
    assert not whole.survived
    assert not whole.undecided
    assert whole.ratio == 1.0


def test_one_more_approval_is_told_by_naming_all_procedures() -> None:
    """``hold`` is expected either way, and naming one procedure does not exclude another."""
    rules = ALL + (
        '@id("any") procedure any { on action == Action::"refund" require 1 approval from principal }'
        '@id("big") procedure big { on action == Action::"refund" when amount > 10 require 1 approval from principal }'
    )
    found = survivor(score(program(rules, SCHEMA), [], Task()), "`big` without `when { context.amount > 10 }`")
    assert found.case["procedures"] == ["any"]
    assert found.case["expect"] == "hold"


# ---- the score -------------------------------------------------------------------------------------------------------

CAP = ALL + '@id("cap") forbid (principal, action, resource) when { context.amount > 500 };'


def case(amount: int, expect: str, **more: Any) -> Mapping[str, Any]:
    context = {"amount": amount, "rate": {"__extn": {"fn": "decimal", "arg": "1.0"}}, "text": ""}
    request = {"principal": 'Agent::"a"', "action": 'Action::"refund"', "resource": 'Ticket::"t"', "context": context}
    return {"name": f"{amount} {expect}", "request": request, "entities": [], "expect": expect, **more}


def test_boundary_cases_kill_what_plain_ones_do_not() -> None:
    made = program(CAP, SCHEMA)
    plain = score(made, [case(100, "allow"), case(900, "deny")], Task())
    alive = {each.mutant.sentence for each in plain.survived}
    assert alive == {
        "in `cap`: `context.amount >= 500` instead of `context.amount > 500`",
        "in `cap`: `context.amount > 499` instead of `context.amount > 500`",
        "in `cap`: `context.amount > 501` instead of `context.amount > 500`",
    }
    sharp = score(made, [case(500, "allow"), case(501, "deny")], Task())
    assert not sharp.survived
    assert (sharp.ratio, sharp.cases) == (1.0, 2)
    assert plain.ratio == len(plain.killed) / (len(plain.killed) + 3)


def test_a_case_that_fails_holds_nothing_fast() -> None:
    """Else a wrong expectation would kill every mutant that happens to make it right."""
    made = program(CAP, SCHEMA)
    found = score(made, [case(900, "allow")], Task())
    assert not found.killed
    assert found.failing == ("900 allow",)
    assert found.cases == 0


def test_a_case_that_does_not_fit_the_schema_is_no_case() -> None:
    broken = [
        {**case(1, "deny"), "entities": [entity("Agent::a", {"role": 7})]},
        {**case(1, "deny"), "request": {"principal": "nobody"}},
        {**case(1, "deny"), "request": {**case(1, "deny")["request"], "context": {}}},
        {"name": "empty"},
    ]
    found = score(program(CAP, SCHEMA), broken, Task())
    assert (found.cases, found.killed, found.failing) == (0, (), ())


def test_a_constitution_without_a_schema_or_rules_has_no_mutants() -> None:
    assert score(program("", SCHEMA), [], Task()).ratio == 1.0
    assert score(program("permit (principal, action, resource);"), [], Task()).counted == 0


@pytest.fixture
def no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise SolverMissing

    monkeypatch.setattr(solver, "_z3", missing)


def test_without_the_solver_survivors_are_found_by_trying(no_solver: None) -> None:
    found = score(program(CAP, SCHEMA), [case(100, "allow"), case(900, "deny")], Task())
    alive = {each.mutant.sentence for each in found.survived}
    assert "in `cap`: `context.amount >= 500` instead of `context.amount > 500`" in alive
    assert not found.undecided
    again = score(program(CAP, SCHEMA), [each.case for each in found.survived], Task())
    assert not {each.mutant.sentence for each in again.survived} & alive


@pytest.mark.parametrize(("kind", "rules", "sentence"), [(row[0], *row[3:]) for row in KINDS])
def test_without_the_solver_what_decides_nothing_otherwise_is_removed_or_open(
    kind: str, rules: str, sentence: str, no_solver: None
) -> None:
    """All that the rule can tell apart was tried; where that cannot be (a pattern), it is said, and not claimed."""
    found = score(program(rules, SCHEMA), [], Task())
    gone = {mutant.sentence for mutant in found.equivalent}
    open_ = {each.mutant.sentence: each.why for each in found.undecided}
    assert sentence in gone or open_[sentence].startswith(NO_SOLVER)
    assert (sentence in gone) == (kind not in OPEN_WITHOUT_SOLVER)


OPEN_WITHOUT_SOLVER = {"pattern"}


@pytest.mark.parametrize("seed", [1, 4])
def test_trying_never_says_other_than_the_solver(seed: int) -> None:
    made = pair(seed, count=3).before
    tried, judge = Enumeration(made, 6_000, Task().stop.check), Judge(made, Task())
    told = 0
    for mutant in mutants(made):
        rule = made.by_id[mutant.rule]
        found, proved = tried.changed(rule, mutant.changed), judge.changed(rule, mutant.changed)
        told += found.same or found.case is not None
        assert not (found.same and proved.verdict in ("differs", "more")), mutant.sentence
        assert not (found.case is not None and proved.verdict == "same"), mutant.sentence
    assert told


def test_trying_asks_for_values_that_only_another_rule_knows() -> None:
    """Without the forbid 777 is permitted, and nothing that the forbid itself tells apart shows it."""
    made = program(
        '@id("cap") forbid (principal, action, resource) when { context.amount > 500 };'
        '@id("luck") permit (principal, action, resource) when { context.amount == 777 };',
        SCHEMA,
    )
    found = Enumeration(made, 6_000, Task().stop.check).changed(made.by_id["cap"], None)
    assert not found.same
    assert found.case is not None
    assert found.case.request["context"]["amount"] == 777


def test_trying_all_finds_what_the_solver_finds() -> None:
    (folder,) = [folder for folder in SAMPLES if folder.name == "support-swarm"]
    made = Constitution.load(folder / "constitution.cedarplus").program
    tried, judge = Enumeration(made, 200_000, Task().stop.check), Judge(made, Task())
    found = [mutant for mutant in mutants(made) if tried.changed(made.by_id[mutant.rule], mutant.changed).case]
    proved = [m for m in mutants(made) if judge.changed(made.by_id[m.rule], m.changed).verdict != "same"]
    assert {each.sentence for each in found} <= {each.sentence for each in proved}
    assert len(found) >= 0.95 * len(proved)


def test_a_resource_of_a_type_with_listed_ids_is_one_of_them() -> None:
    """Any other fits no schema, and of requests that fit none nothing follows."""
    schema = 'entity Agent; entity Level enum ["low", "high"];' + (
        "action set appliesTo { principal: [Agent], resource: [Level] };"
    )
    made = program('@id("p") permit (principal, action, resource == Level::"high");', schema)
    tried = Enumeration(made, 1_000, Task().stop.check)
    found = tried.changed(made.by_id["p"], None)
    assert found.case is not None
    assert found.case.request["resource"] == 'Level::"high"'


def test_trying_is_stopped(no_solver: None) -> None:
    stopped = Task()
    made = program(CAP, SCHEMA)
    with pytest.raises(Stopped):
        Enumeration(made, 100, lambda: stopped.stop.set() or stopped.stop.check()).changed(made.by_id["cap"], None)  # type: ignore[func-returns-value]


def test_what_time_did_not_suffice_for_is_not_decided() -> None:
    asked = iter([False, True, True])
    found = score(program(CAP, SCHEMA), [case(100, "allow"), case(900, "deny")], Task(), enough=lambda: next(asked))
    assert len(found.survived) == 1
    assert [each.why for each in found.undecided] == [NO_TIME, NO_TIME]


def test_it_stops_when_asked_to() -> None:
    task = Task()
    task.stop.set()
    with pytest.raises(Stopped):
        score(program(CAP, SCHEMA), [], task)


# ---- against the engines ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_judging_a_change_by_its_rule_alone_is_judging_the_whole(seed: int) -> None:
    """Every mutant of a random program, in random worlds: what follows from the rules' words is what is decided."""
    made = pair(seed, count=8).before
    assert made.schema is not None
    alone, some = Alone(made.schema), mutants(made)[::7]
    for environment in environments(made.schema)[:4]:
        rows = [
            {"request": request, "entities": known}
            for request, known in islice(worlds(made.schema, environment, Random(seed), made), 8)
        ]
        for changed in [made, *(with_mutant(made, mutant) for mutant in some)]:
            evaluator = Evaluator(changed)
            for each in examine(changed, rows, alone):
                decision = evaluator.decide(each.request, each.entities)
                told = concluded(each.rules, each.said)
                assert told.outcome == decision.outcome
                assert set(told.procedures) == set(decision.procedures)


@pytest.mark.parametrize("seed", range(6))
def test_random_changes_are_told_apart_as_the_engines_do(seed: int) -> None:
    """``same`` is bombarded; a witness of ``differs`` was replayed, and is asked once more."""
    changed = pair(seed, count=6, changes=1)
    before, after = Evaluator(changed.before), Evaluator(changed.after)
    found = equivalent(changed.before, changed.after, Task())
    assert found.verdict in ("same", "differs", "unsupported"), found.why
    if found.witness is not None:
        known = list(found.witness.entities)
        one, two = (each.decide(found.witness.request, known) for each in (before, after))
        assert (one.outcome, set(one.procedures)) != (two.outcome, set(two.procedures))
    if found.verdict == "same":
        schema = changed.before.schema
        assert schema is not None
        for environment in environments(schema):
            for request, rows in islice(worlds(schema, environment, Random(seed), changed.after), 40):
                assert before.decide(request, rows).outcome == after.decide(request, rows).outcome


@pytest.mark.parametrize("semantics", ["cedar+", "cedar"])
@pytest.mark.parametrize("seed", range(5))
def test_asking_of_one_rule_is_asking_of_the_whole(seed: int, semantics: Semantics) -> None:
    """The shared question about a changed rule has the answer of the plain one about both programs."""
    made = pair(seed, count=6).before
    task = Task(Assumption(semantics, "missing"))
    judge = Judge(made, task)
    asked = 0
    loud = [mutant for mutant in mutants(made) if not is_silent(made.by_id[mutant.rule], mutant.changed)]
    for mutant in loud[:: 1 + len(loud) // 25]:
        one = judge.changed(made.by_id[mutant.rule], mutant.changed)
        whole = equivalent(made, with_mutant(made, mutant), task)
        assert (one.verdict == "same") == (whole.verdict == "same"), mutant.sentence
        asked += one.verdict in ("same", "differs", "more")
    assert asked


def test_a_limit_in_number_has_the_same_answer_whenever_it_is_asked() -> None:
    made = program(CAP, SCHEMA)
    cases = [case(100, "allow"), case(900, "deny")]
    first = score_of(made, cases, most=2)
    equivalent(made, program(ALL, SCHEMA), Task())  # what was asked before does not show
    assert first == score_of(made, cases, most=2)
    assert (len(first.survived), len(first.undecided)) == (2, 1)
    assert len(score_of(made, cases, seconds=0).undecided) == 3
