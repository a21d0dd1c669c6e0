"""MC/DC pairs: what differs, what stays, and that there is none where it is said so."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import islice
from random import Random

import pytest

from tests.analysis.pairs import pair
from tests.analysis.worlds import worlds
from tests.engine.support import program
from workbench.analysis.environments import bearing
from workbench.analysis.examined import Alone
from workbench.analysis.mcdc import COUPLED, KIND_ALONE, Pair, Unpaired, pairs
from workbench.analysis.model import Case
from workbench.analysis.prover import Prover
from workbench.analysis.results import Witness
from workbench.analysis.staging import Seen, Stage
from workbench.analysis.stop import Stopped
from workbench.analysis.task import Task
from workbench.analysis.values import Unsupported
from workbench.engine import Evaluator
from workbench.language.program import Program
from workbench.language.render import render_expr

SCHEMA = """
entity Team;
entity Agent in [Team] = { role: String, region: String };
entity Robot;
entity Ticket = { open: Bool, owner: Agent, region: String, labels: Set<String> };
action refund appliesTo { principal: [Agent], resource: [Ticket], context: { amount: Long, note?: String } };
action look appliesTo { principal: [Agent, Robot], resource: [Ticket], context: {} };
"""
ALL = '@id("all") permit (principal, action, resource);\n'


def told(rules: str) -> dict[str, Pair | Unpaired]:
    return {each.condition: each for each in pairs(program(rules, SCHEMA), Task(), ["f"])}


def seen(stage: Stage, witness: Witness) -> Seen:
    return stage.seen(Case(witness.request, witness.entities))


def check(made: Program, found: Pair) -> None:
    """By the engine alone: the condition differs, the rule differs, and the others do not where that is said."""
    kind = found.true_case.request
    prover = Prover(made, Task())
    (environment,) = [
        e
        for e in prover.environments
        if str(kind["action"]).endswith(f'::"{e.action[1]}"')
        and str(kind["principal"]).startswith(f'{e.principal}::"')
        and str(kind["resource"]).startswith(f'{e.resource}::"')
    ]
    assert found.false_case.request["action"] == kind["action"]
    stage = Stage(prover, environment, made.by_id[found.rule], Alone(prover.schema))
    place = [render_expr(atom) for atom in stage.atoms].index(found.condition)
    one, two = seen(stage, found.true_case), seen(stage, found.false_case)
    assert (one.atoms[place], two.atoms[place]) == ("true", "false")
    assert {one.rule, two.rule} == {"satisfied", "nothing"}
    for other, (a, b) in enumerate(zip(one.atoms, two.atoms, strict=True)):
        if other != place and found.kind == "unique-cause":
            assert a == b or "undefined" in (a, b)
    for witness in (found.true_case, found.false_case):
        decided = Evaluator(made).decide(witness.request, list(witness.entities))
        assert decided.outcome == witness.after.outcome


def test_every_condition_of_a_rule_flips_it_alone() -> None:
    rules = ALL + (
        '@id("f") forbid (principal, action == Action::"refund", resource) '
        "when { context.amount > 500 && (resource.open || principal.region == resource.region) } "
        'unless { principal.role == "lead" };'
    )
    found = told(rules)
    assert list(found) == [
        "context.amount > 500",
        "resource.open",
        "principal.region == resource.region",
        'principal.role == "lead"',
    ]
    for each in found.values():
        assert isinstance(each, Pair)
        assert each.kind == "unique-cause"
        assert each.decides
        check(program(rules, SCHEMA), each)


def test_a_guard_and_what_it_guards_flip_it_each() -> None:
    """Without the note its text is not looked at, so it has no value that would have to stay."""
    rules = ALL + (
        '@id("f") forbid (principal, action == Action::"refund", resource) '
        'when { context has note && context.note == "x" };'
    )
    for each in told(rules).values():
        assert isinstance(each, Pair)
        assert each.kind == "unique-cause"
        check(program(rules, SCHEMA), each)


def test_coupled_conditions_may_change_together() -> None:
    """Whoever is in neither region nor role ``a``: a role is one only, so to flip one the other must flip too."""
    rules = ALL + (
        '@id("f") forbid (principal, action == Action::"refund", resource) when '
        '{ (principal.role == "a" && resource.open) || (principal.role != "a" && context.amount > 5) };'
    )
    found = told(rules)
    masked = found['principal.role == "a"']
    assert isinstance(masked, Pair)
    assert masked.kind == "masking"
    check(program(rules, SCHEMA), masked)
    free = found["resource.open"]
    assert isinstance(free, Pair)
    assert free.kind == "unique-cause"


@pytest.mark.parametrize(
    ("condition", "idle"),
    [
        ("context.amount > 5 && context.amount > 3", "context.amount > 3"),
        ("resource.open || context.amount > 3 || context.amount > 7", "context.amount > 7"),
        ('principal.role == "a" && principal.role == "b"', 'principal.role == "a"'),
        ("context.amount <= 9223372036854775807", "context.amount <= 9223372036854775807"),
    ],
)
def test_that_a_condition_never_makes_the_difference_is_proved(condition: str, idle: str) -> None:
    rules = f'{ALL}@id("f") forbid (principal, action == Action::"refund", resource) when {{ {condition} }};'
    assert told(rules)[idle] == Unpaired("f", idle, True, COUPLED)


def test_what_the_kind_of_request_settles_has_no_pair() -> None:
    rules = ALL + '@id("f") forbid (principal is Agent, action, resource) when { action == Action::"look" };'
    assert set(told(rules).values()) == {
        Unpaired("f", "principal is Agent", True, KIND_ALONE),
        Unpaired("f", 'action == Action::"look"', True, KIND_ALONE),
    }


def test_a_condition_that_differs_in_one_kind_of_request_only_is_found_there() -> None:
    """For robots the membership is false whatever happens."""
    rules = '@id("f") permit (principal in Team::"x", action == Action::"look", resource);'
    (found,) = told(rules).values()
    assert isinstance(found, Pair)
    assert found.true_case.request["principal"].startswith("Agent::")


def test_where_another_rule_hides_it_the_rule_still_flips() -> None:
    rules = (
        '@id("none") forbid (principal, action, resource);'
        '@id("f") permit (principal, action == Action::"refund", resource) when { resource.open };'
    )
    (found,) = told(rules).values()
    assert isinstance(found, Pair)
    assert not found.decides
    check(program(rules, SCHEMA), found)


def test_procedures_have_pairs_and_amendments_none() -> None:
    rules = ALL + (
        '@id("f") procedure f { on action == Action::"refund" when amount > 10 require 1 approval from principal }'
        '@id("g") procedure g { on amendment major require 1 approval from principal }'
        '@id("h") @stage("observe") forbid (principal, action, resource) when { resource.open };'
    )
    found = list(pairs(program(rules, SCHEMA), Task()))
    assert [each.rule for each in found] == ["f"]
    assert isinstance(found[0], Pair)
    assert {found[0].true_case.after.outcome, found[0].false_case.after.outcome} == {"hold", "allow"}


def test_it_stops_when_asked_to() -> None:
    task = Task()
    task.stop.set()
    with pytest.raises(Stopped):
        list(pairs(program(ALL, SCHEMA), task))


@pytest.mark.parametrize("seed", range(7))
def test_pairs_of_random_rules_are_pairs_and_where_there_is_none_none_turns_up(seed: int) -> None:
    """Of what is said to make no difference, random worlds show not both sides of one."""
    made = pair(seed, count=5).before
    assert made.schema is not None
    prover, alone = Prover(made, Task()), Alone(made.schema)
    for each in pairs(made, Task()):
        if isinstance(each, Pair):
            check(made, each)
            continue
        if not each.proved:
            continue
        rule = made.by_id[each.rule]
        for environment in (e for e in prover.environments if bearing((rule,), e, made.schema)):
            try:
                stage = Stage(prover, environment, rule, alone)
            except Unsupported:
                continue
            place = [render_expr(atom) for atom in stage.atoms].index(each.condition)
            sides: dict[str, set[str]] = defaultdict(set)
            for request, rows in islice(worlds(made.schema, environment, Random(seed), made), 40):
                at = stage.seen(Case(request, tuple(rows)))
                if at.rule != "erring" and stage.depends(at, place):
                    sides[at.atoms[place]].add(at.rule)
            assert not any({"satisfied", "nothing"} <= {one, two} for one in sides["true"] for two in sides["false"])


def test_fifty_rules_take_no_four_seconds() -> None:
    rules = ALL + "\n".join(
        f'@id("r{n}") forbid (principal, action == Action::"refund", resource) '
        f'when {{ context.amount > {n} && principal.region == "r{n}" }} unless {{ principal.role == "lead{n}" }};'
        for n in range(50)
    )
    made = program(rules, SCHEMA)
    started = time.perf_counter()
    found = list(pairs(made, Task()))
    assert time.perf_counter() - started < 8  # 4 s on a quiet machine
    assert len(found) == 150
    assert all(isinstance(each, Pair) and each.kind == "unique-cause" and each.decides for each in found)
