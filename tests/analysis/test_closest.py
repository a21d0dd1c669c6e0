"""The smallest change that flips a decision: it flips, nothing of it can be spared, and nothing smaller does."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from collections.abc import Iterator, Mapping
from itertools import islice
from random import Random
from typing import Any

import pytest

from tests.analysis.pairs import pair
from tests.analysis.worlds import environments, worlds
from tests.engine.support import entity, program, ref
from workbench.analysis import pinning
from workbench.analysis.assumptions import Assumption
from workbench.analysis.closest import CUT, closest
from workbench.analysis.given import OTHERS
from workbench.analysis.results import Closest
from workbench.analysis.task import Task
from workbench.engine import Evaluator

SCHEMA = """
entity Dept;
entity Team in [Dept];
entity Agent in [Team] = { role: String, region: String, trust: Long, boss?: Agent };
entity Ticket = { owner: Agent, labels: Set<String>, region: String } tags String;
action refund appliesTo { principal: [Agent], resource: [Ticket], context: {
  amount: Long, recipient: String, rate: decimal, note?: String, @source("meter") spent: Long } };
"""
REQUEST = {
    "principal": 'Agent::"a1"',
    "action": 'Action::"refund"',
    "resource": 'Ticket::"t1"',
    "context": {
        "amount": 900,
        "recipient": "bob@example.net",
        "rate": {"__extn": {"fn": "decimal", "arg": "1.5"}},
        "spent": 10,
    },
}
PERMIT = '@id("all") permit (principal, action, resource);\n'


def agent(name: str, *groups: str, **attrs: Any) -> dict[str, Any]:
    return entity(f"Agent::{name}", {"role": "agent", "region": "de", "trust": 3, **attrs}, groups)


def ticket(*labels: str, owner: str = "a1", region: str = "de", **more: Any) -> dict[str, Any]:
    attrs = {"owner": {"__entity": ref(f"Agent::{owner}")}, "labels": list(labels), "region": region}
    return entity("Ticket::t1", attrs, **more)


def ask(rules: str, *entities: Mapping[str, Any], context: Mapping[str, Any] | None = None, **more: Any) -> Closest:
    """The closest change for REQUEST, which both engines were asked about."""
    made = program(rules, SCHEMA)
    request = {**REQUEST, "context": {**REQUEST["context"], **(context or {})}}  # type: ignore[dict-item]
    found = closest(made, request, list(entities), more.pop("task", Task()), **more)
    if found.witness is not None:
        outcome = Evaluator(made).decide(found.witness.request, list(found.witness.entities)).outcome
        assert outcome == found.wanted == found.witness.after.outcome
    return found


# ---- what gives way, and to what -------------------------------------------------------------------------------------


def test_a_number_goes_to_the_nearest_that_will_do() -> None:
    """Not to whatever number the solver thinks of."""
    found = ask(PERMIT + "forbid (principal, action, resource) when { context.amount > 500 };", agent("a1"), ticket())
    assert (found.verdict, found.changes, found.minimal) == ("fails", (("context.amount", 900, 500),), True)


def test_a_number_beyond_every_literal_is_found_by_halving() -> None:
    """900 * 3 + 7 <= 1000 up to 331, which no rule names."""
    rules = PERMIT + "forbid (principal, action, resource) when { context.amount * 3 + 7 > 1000 };"
    assert ask(rules, agent("a1"), ticket()).changes == (("context.amount", 900, 331),)


def test_a_decimal_moves_by_its_smallest_step() -> None:
    rules = PERMIT + 'forbid (principal, action, resource) when { context.rate.greaterThan(decimal("1.25")) };'
    (change,) = ask(rules, agent("a1"), ticket()).changes
    assert change[2] == {"__extn": {"fn": "decimal", "arg": "1.25"}}
    rules = rules.replace("greaterThan(", "greaterThanOrEqual(")
    (change,) = ask(rules, agent("a1"), ticket()).changes
    assert change[2] == {"__extn": {"fn": "decimal", "arg": "1.2499"}}


def test_a_text_becomes_what_a_rule_names() -> None:
    rules = 'permit (principal, action, resource) when { principal.role == "lead" };'
    assert ask(rules, agent("a1"), ticket()).changes == (("principal.role", "agent", "lead"),)


def test_a_text_becomes_what_stands_in_the_field_that_it_is_compared_with() -> None:
    rules = "permit (principal, action, resource) when { principal.region == resource.region };"
    (change,) = ask(rules, agent("a1"), ticket(region="fr")).changes
    assert change in [("principal.region", "de", "fr"), ("resource.region", "fr", "de")]


def test_listed_values_come_before_others() -> None:
    schema = SCHEMA.replace("role: String", '@values("agent; lead; chief") role: String')
    rules = 'permit (principal, action, resource) when { principal.role like "*e*" && principal.role != "agent" };'
    made = program(rules, schema)
    found = closest(made, REQUEST, [agent("a1"), ticket()], Task())
    assert found.changes == (("principal.role", "agent", "lead"),)


def test_a_set_keeps_its_other_members() -> None:
    rules = PERMIT + 'forbid (principal, action, resource) when { resource.labels.contains("pii") };'
    found = ask(rules, agent("a1"), ticket("old", "pii", "vip"))
    assert found.changes == (("resource.labels", ["old", "pii", "vip"], ["old", "vip"]),)


def test_a_membership_is_added_and_one_through_another_is_ended() -> None:
    team, rules = 'Team::"billing"', 'permit (principal in Team::"billing", action, resource);'
    found = ask(rules, agent("a1"), ticket())
    assert found.changes == ((f"principal in {team}", False, True),)
    rules = PERMIT + 'forbid (principal in Dept::"x", action, resource);'
    found = ask(rules, agent("a1", "Team::billing"), ticket(), entity("Team::billing", {}, ["Dept::x"]))
    assert len(found.changes) == 1
    assert found.changes[0] in [(f"principal in {team}", True, False), (f'{team} in Dept::"x"', True, False)]


def test_groups_are_reached_through_a_group_that_is_known() -> None:
    """What one joins need not be what the rule names; nothing is made a member of itself."""
    rules = 'permit (principal in Dept::"x", action, resource) when { principal in Team::"billing" };'
    found = ask(rules, agent("a1"), ticket(), entity("Team::billing", {}, ["Dept::x"]))
    assert found.changes == (('principal in Team::"billing"', False, True),)


def test_a_tag_is_added_with_its_value_and_taken_away() -> None:
    rules = 'permit (principal, action, resource) when { resource.hasTag("ok") && resource.getTag("ok") == "yes" };'
    assert ask(rules, agent("a1"), ticket()).changes == (('resource tag "ok"', None, "yes"),)
    rules = PERMIT + 'forbid (principal, action, resource) when { resource.hasTag("bad") };'
    found = ask(rules, agent("a1"), ticket(tags={"bad": "x", "good": "y"}))
    assert found.changes == (('resource tag "bad"', "x", None),)
    assert found.witness is not None
    assert found.witness.entities[1]["tags"] == {"good": "y"}


def test_an_optional_field_is_added() -> None:
    rules = 'permit (principal, action, resource) when { context has note && context.note == "seen" };'
    assert ask(rules, agent("a1"), ticket()).changes == (("context.note", None, "seen"),)


def test_what_a_missing_entity_is_asked_for_comes_with_it() -> None:
    rules = 'permit (principal, action, resource) when { principal.role == "lead" && principal.trust >= 7 };'
    found = ask(rules, ticket(owner="a2"), agent("a2"))
    (path, was, becomes) = found.changes[0]
    assert (path, was, len(found.changes)) == ('Agent::"a1"', None, 1)
    assert (becomes["role"], becomes["trust"]) == ("lead", 7)


def test_what_is_reached_through_others_changes_where_it_stands() -> None:
    """One change of the owner's boss; not of who is the owner, and who the boss, too."""
    rules = "permit (principal, action, resource) when { resource.owner has boss && resource.owner.boss.trust > 5 };"
    boss = {"boss": {"__entity": ref("Agent::a3")}}
    found = ask(rules, agent("a1"), agent("a2", **boss), agent("a3"), ticket(owner="a2"))
    assert found.changes == (("resource.owner.boss.trust", 3, 6),)


def test_a_reference_moves_to_an_entity_that_is_known() -> None:
    rules = "permit (principal, action, resource) when { resource.owner == principal };"
    (change,) = ask(rules, agent("a1"), agent("a2"), ticket(owner="a2")).changes
    assert change == ("resource.owner", {"__entity": ref("Agent::a2")}, {"__entity": ref("Agent::a1")})


def test_entities_that_do_not_matter_stay_out_of_the_witness() -> None:
    found = ask(
        PERMIT + "forbid (principal, action, resource) when { context.amount > 500 };",
        agent("a1"),
        ticket(),
        *(agent(f"x{n}") for n in range(300)),
    )
    assert found.witness is not None
    assert {row["uid"]["id"] for row in found.witness.entities} == {"a1", "t1"}


def test_several_changes_where_one_is_not_enough() -> None:
    rules = (
        PERMIT
        + "forbid (principal, action, resource) when { context.amount > 500 };"
        + "forbid (principal, action, resource) when { context.spent >= 10 };"
    )
    found = ask(rules, agent("a1"), ticket())
    assert set(found.changes) == {("context.amount", 900, 500), ("context.spent", 10, 9)}
    assert found.minimal


def test_of_changes_as_small_what_the_caller_claims_comes_first() -> None:
    """``spent`` comes from a meter and ``trust`` from the directory; either would do."""
    for rule in ("context.spent > 5 && context.amount > 500", "context.amount > 500 && context.spent > 5"):
        rules = PERMIT + f"forbid (principal, action, resource) when {{ {rule} }};"
        assert ask(rules, agent("a1"), ticket()).changes == (("context.amount", 900, 500),)
    rules = PERMIT + "forbid (principal, action, resource) when { principal.trust < 5 && context.amount > 500 };"
    assert ask(rules, agent("a1"), ticket()).changes == (("context.amount", 900, 500),)


# ---- what is wanted, and what cannot be had --------------------------------------------------------------------------


def test_an_allowed_request_is_wanted_denied() -> None:
    """And by a field: that an entity becomes unknown would be an error, and as small."""
    rules = 'permit (principal, action, resource) when { principal.trust >= 2 && resource.region == "de" };'
    found = ask(rules, agent("a1"), ticket())
    assert (found.wanted, len(found.changes)) == ("deny", 1)
    assert found.changes[0][0] in ("principal.trust", "resource.region")


def test_a_hold_can_be_wanted_and_left() -> None:
    rules = PERMIT + (
        'procedure big { on action == Action::"refund" when amount > 1000 require 1 approval from principal }'
    )
    found = ask(rules, agent("a1"), ticket(), wanted="hold")
    assert found.changes == (("context.amount", 900, 1001),)
    assert found.witness is not None
    assert found.witness.after.outcome == "hold"
    found = ask(rules, agent("a1"), ticket(), context={"amount": 2000})
    assert (found.wanted, found.changes) == ("allow", (("context.amount", 2000, 1000),))


def test_what_is_wanted_already_needs_no_change() -> None:
    found = ask(PERMIT, agent("a1"), ticket(), wanted="allow")
    assert (found.verdict, found.changes, found.minimal) == ("fails", (), True)
    assert found.witness is not None


def test_that_nothing_helps_is_proved() -> None:
    found = ask('permit (principal == Agent::"boss", action, resource);', agent("a1"), ticket())
    assert (found.verdict, found.witness, found.changes) == ("holds", None, ())


def test_under_complete_data_no_entity_becomes_unknown() -> None:
    """A missing boss is all that can deny; so under that assumption nothing does."""
    rules = "permit (principal, action, resource) when { principal.trust > 0 || principal.trust <= 0 };"
    assert ask(rules, agent("a1"), ticket()).changes[0][0] == 'Agent::"a1"'
    complete = Task(Assumption("cedar+", "complete"))
    assert ask(rules, agent("a1"), ticket(), task=complete).verdict == "holds"


def test_cedars_semantics_can_be_asked_for() -> None:
    """There an error skips the forbid, so a missing boss is no reason to deny."""
    rules = PERMIT + "forbid (principal, action, resource) when { principal.boss.trust < 1 };"
    cedar = Task(Assumption("cedar", "missing"))
    ours = ask(rules, agent("a1"), ticket())
    assert (ours.wanted, ours.changes[0][0]) == ("allow", "principal.boss")
    made = program(rules, SCHEMA)
    found = closest(made, REQUEST, [agent("a1"), ticket()], cedar)
    assert (found.wanted, {path for path, _, _ in found.changes}) == ("deny", {"principal.boss", "principal.trust"})


def test_a_request_that_does_not_fit_is_not_decided() -> None:
    found = ask(PERMIT, agent("a1"), ticket(), context={"amount": "many"})
    assert found.verdict == "unsupported"
    assert "amount" in found.why
    assert ask(PERMIT, agent("a1", role=7), ticket()).verdict == "unsupported"


def test_what_was_not_tried_is_not_claimed_to_be_larger() -> None:
    """More agents than are tried: two changes may be more than are needed, and the answer says so."""
    rules = (
        "permit (principal, action, resource) when "
        '{ resource.owner.trust > 5 && resource.owner.role == "lead" && resource.owner != principal };'
    )
    crowd = [agent(f"b{n:02}") for n in range(OTHERS + 5)]
    found = ask(rules, agent("a1"), ticket(owner="a1"), *crowd)
    assert (found.verdict, found.minimal, found.why) == ("fails", False, CUT)
    found = ask(rules, agent("a1"), ticket(owner="a1"), *crowd[:3])
    assert (found.verdict, found.minimal, found.why) == ("fails", True, "")


def test_as_many_new_entities_are_tried_as_could_be_needed() -> None:
    """Three different ghosts: with fewer to choose from, this would be called impossible."""
    schema = """
    entity Agent;
    action act appliesTo { principal: [Agent], resource: [Agent], context: { a: Agent, b: Agent, c: Agent } };
    """
    names = ("principal", "resource", "context.a", "context.b", "context.c")
    apart = " && ".join(f"{one} != {two}" for one, two in itertools.combinations(names, 2))
    made = program(f"permit (principal, action, resource) when {{ {apart} }};", schema)
    one = {"__entity": ref("Agent::x")}
    request = {
        "principal": ref("Agent::x"),
        "action": ref("Action::act"),
        "resource": ref("Agent::y"),
        "context": {"a": one, "b": one, "c": one},
    }
    found = closest(made, request, [], Task())
    assert (found.verdict, len(found.changes), found.minimal) == ("fails", 3, True)
    assert len({str(becomes) for _, _, becomes in found.changes}) == 3


# ---- minimality, by trying everything --------------------------------------------------------------------------------

TINY = """
entity Team;
entity Agent in [Team] = { p: Bool, q?: Bool };
entity Ticket = { r: Bool, owner: Agent };
action act appliesTo { principal: [Agent], resource: [Ticket], context: { s: Bool, @source("meter") t: Bool } };
"""
ATOMS = [
    "principal.p",
    "(principal has q)",
    "(principal has q && principal.q)",
    "resource.r",
    "resource.owner.p",
    "(resource.owner == principal)",
    "context.s",
    "context.t",
    '(principal in Team::"x")',
    '(resource.owner in Team::"x")',
]
BOOLS = (False, True)
World = tuple[Any, ...]
# (a1, a2, a3, ticket, context); an agent is None or (p, q, in x); the ticket None or (r, owner)


def tiny_worlds() -> Iterator[World]:
    agents = [None, *itertools.product(BOOLS, (None, True), BOOLS)]
    tickets = [None, *itertools.product(BOOLS, ("a1", "a2", "a3"))]
    yield from itertools.product(agents, agents, agents, tickets, itertools.product(BOOLS, BOOLS))


def tiny_case(world: World) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = []
    for name, at in zip(("a1", "a2", "a3"), world, strict=False):
        if at is not None:
            attrs = {"p": at[0]} if at[1] is None else {"p": at[0], "q": at[1]}
            rows.append(entity(f"Agent::{name}", attrs, ["Team::x"] if at[2] else []))
    if world[3] is not None:
        owner = {"__entity": ref(f"Agent::{world[3][1]}")}
        rows.append(entity("Ticket::t", {"r": world[3][0], "owner": owner}))
    context = {"s": world[4][0], "t": world[4][1]}
    request = {"principal": 'Agent::"a1"', "action": 'Action::"act"', "resource": 'Ticket::"t"', "context": context}
    return request, rows


def tiny_cost(one: World, two: World) -> int:
    """The weight of what lies between two worlds, counted without the analysis."""
    cost = 0
    for before, after in zip(one[:4], two[:4], strict=True):
        if (before is None) != (after is None):
            cost += pinning.ONE_CHANGE + (60 if before is None else 80)
        elif before is not None:
            agent_like = len(before) == 3
            cost += sum(pinning.ONE_CHANGE + 3 for a, b in zip(before[:2], after[:2], strict=True) if a != b)
            cost += pinning.ONE_CHANGE + 20 if agent_like and before[2] != after[2] else 0
    cost += pinning.ONE_CHANGE if one[4][0] != two[4][0] else 0
    return cost + (pinning.ONE_CHANGE + 10 if one[4][1] != two[4][1] else 0)


@pytest.mark.parametrize("seed", range(10))
def test_no_world_of_all_that_there_are_is_nearer(seed: int) -> None:
    """Every world over three agents is tried; the change found is as small as the nearest of them is near."""
    r = Random(seed)

    def condition() -> str:
        parts = [("!" if r.random() < 0.3 else "") + r.choice(ATOMS) for _ in range(r.choice([1, 2, 2, 3]))]
        return r.choice([" && ", " || "]).join(parts)

    rules = "\n".join(
        f"{r.choice(['permit', 'permit', 'forbid'])} (principal, action, resource) when {{ {condition()} }};"
        for _ in range(r.choice([2, 3, 4]))
    )
    made = program(rules, TINY)
    evaluator = Evaluator(made)
    decided = {world: evaluator.decide(*tiny_case(world)).outcome for world in tiny_worlds()}
    for start in r.sample([world for world in decided if world[2] is None], 6):  # a3 is who can come new
        found = closest(made, *tiny_case(start), Task())
        costs = [tiny_cost(start, world) for world, outcome in decided.items() if outcome == found.wanted]
        if found.verdict == "holds":
            assert not costs
            continue
        assert found.minimal
        changes = [path for path, _, _ in found.changes if not path.startswith("Agent::") or " in " not in path]
        assert len(changes) == min(costs) // pinning.ONE_CHANGE, (rules, start, found.changes)


# ---- random programs and worlds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_a_change_of_a_random_world_flips_and_none_of_it_can_be_spared(seed: int) -> None:
    """Where nothing helps, no random world of the same principal and resource is decided so either."""
    made = pair(seed, count=6).before
    assert made.schema is not None
    evaluator = Evaluator(made)
    decided = 0
    for environment in environments(made.schema)[:3]:
        for request, rows in islice(worlds(made.schema, environment, Random(seed), made), 3):
            found = closest(made, request, rows, Task())
            if found.verdict == "unsupported":  # sets of records, of which the worlds have some
                continue
            assert found.verdict in ("fails", "holds"), found.why
            decided += 1
            if found.witness is not None:
                assert evaluator.decide(request, rows).outcome != found.wanted
                assert evaluator.decide(found.witness.request, list(found.witness.entities)).outcome == found.wanted
                for place in range(len(found.changes)):
                    undone = _undone(found, place)
                    if undone is not None:
                        assert evaluator.decide(*undone).outcome != found.wanted, found.changes
            else:
                for other, known in islice(worlds(made.schema, environment, Random(seed + 1), made), 60):
                    if (other["principal"], other["resource"]) == (request["principal"], request["resource"]):
                        assert evaluator.decide(other, known).outcome != found.wanted
    assert decided


def _undone(found: Closest, place: int) -> tuple[dict[str, Any], list[Any]] | None:
    """The witness with one of its changes taken back, where that is a field of the context."""
    path, was, _ = found.changes[place]
    assert found.witness is not None
    steps = path.split(".")
    if steps[0] != "context" or len(steps) != 2 or "[" in path:
        return None
    changed = copy.deepcopy(dict(found.witness.request))
    changed["context"].pop(steps[1], None)
    if was is not None:
        changed["context"][steps[1]] = was
    return changed, list(found.witness.entities)


def test_nothing_of_several_changes_can_be_spared() -> None:
    """Each of them taken back, the request is denied again."""
    rules = "\n".join(
        [
            PERMIT,
            "forbid (principal, action, resource) when { context.amount > 500 };",
            "forbid (principal, action, resource) when { resource.owner.trust < 5 };",
            'forbid (principal, action, resource) unless { principal in Team::"billing" };',
            'forbid (principal, action, resource) when { resource.labels.contains("pii") };',
        ]
    )
    made = program(rules, SCHEMA)
    start = [agent("a1"), agent("a2"), ticket("pii", "x", owner="a2")]
    found = closest(made, REQUEST, start, Task())
    assert found.witness is not None
    assert len(found.changes) == 4
    by_uid = {row["uid"]["id"]: row for row in start}
    request, rows = found.witness.request, list(found.witness.entities)
    evaluator, denied = Evaluator(made), 0
    assert evaluator.decide(request, rows).outcome == "allow"
    for index, row in enumerate(rows):
        if row["uid"]["id"] in by_uid and row != by_uid[row["uid"]["id"]]:
            before = [*rows[:index], by_uid[row["uid"]["id"]], *rows[index + 1 :]]
            denied += evaluator.decide(request, before).outcome == "deny"
    context = {**request["context"], "amount": 900}
    denied += evaluator.decide({**request, "context": context}, rows).outcome == "deny"
    assert denied >= 3


def test_the_same_question_has_the_same_answer() -> None:
    rules = PERMIT + "forbid (principal, action, resource) when { context.amount > 500 && principal.trust < 5 };"
    answers = [ask(rules, agent("a1"), ticket()) for _ in range(2)]
    assert dataclasses.asdict(answers[0]) == dataclasses.asdict(answers[1])
