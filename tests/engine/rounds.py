"""Rounds of comparison with cedarpy: one seed makes policies, data and requests, and both engines are asked.

A round raises :class:`DisagreementError` at the first answer that differs, and otherwise says what it has covered.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, NamedTuple

import cedarpy

from tests.engine import support
from tests.engine.broken import WAYS, again
from tests.engine.generate import Generator
from tests.engine.oracle import expected
from tests.engine.support import DATA, Cedar, ours
from tests.engine.typed import TypedRule, World
from workbench.engine import Decision, Entities, Evaluator
from workbench.language.ast import ActionScope, EntityScope, Policy, Scope
from workbench.language.parser import parse
from workbench.language.render import render_statement


class DisagreementError(AssertionError):
    """Two engines answer one request differently."""


class Tally(NamedTuple):
    """What a round has covered: decisions made, and of all rules asked in them, those satisfied and in error."""

    decisions: int = 0
    allowed: int = 0
    reasons: int = 0
    errors: int = 0

    def __add__(self, other: tuple[Any, ...]) -> Tally:
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))


def compare(seed: int, evaluator: Evaluator, entities: Entities, cedar: Cedar, requests: list[dict[str, Any]]) -> Tally:
    tally = Tally()
    for request in requests:
        mine, theirs = ours(evaluator, request, entities), cedar.decide(request)
        if mine != theirs:
            raise DisagreementError(f"seed {seed}, {json.dumps(request)}: ours {mine}, Cedar's {theirs}")
        outcome, reasons, errors = mine
        tally += (1, outcome == "allow", len(reasons), len(errors))
    return tally


# ---- random policies over random data --------------------------------------------------------------------------------


def random_round(seed: int, decisions: int = 40) -> Tally:
    """Forty loosely typed policies, four of them templates with links; now and then many, for a deep index."""
    make = Generator(seed)
    count = 150 if seed % 5 == 0 else 36
    templates = {count + place: make.template() for place in range(4)}
    policies = "\n".join([make.policies(count), *templates.values()])
    links, rows = make.links(templates, 6), make.entities()
    cedar, evaluator = Cedar(policies, rows, links=links), Evaluator.from_cedar(policies, links)
    requests = [make.request() for _ in range(decisions)]
    return compare(seed, evaluator, Entities.from_json(rows), cedar, requests)


# ---- corpus policies over another case's data ------------------------------------------------------------------------


@cache
def _stock() -> tuple[list[str], list[dict[str, Any]]]:
    """The corpus's distinct policies; and its worlds: entities, schema, and the requests asked of them."""
    lines = gzip.decompress((DATA / "cedar_corpus.jsonl.gz").read_bytes()).splitlines()
    cases = [json.loads(line) for line in lines]
    worlds: dict[str, dict[str, Any]] = defaultdict(lambda: {"requests": []})
    for case in cases:
        world = worlds[case["name"].rpartition("#")[0]]
        world |= {"entities": case["entities"], "schema": case["schema"]}
        world["requests"].append(case["request"])
    return sorted({case["policies"] for case in cases}), list(worlds.values())


def _widened(policy: str) -> str:
    """The policy for every principal, action and resource, so that its conditions meet strange data."""
    anyone = Scope(EntityScope("any"), ActionScope("any"), EntityScope("any"))
    statements = [replace(s, scope=anyone) for s in parse(policy, max_depth=64).statements if isinstance(s, Policy)]
    return "\n".join(render_statement(statement) for statement in statements)


def stew_round(seed: int, decisions: int = 40) -> Tally:
    """5 to 40 policies of the corpus, half of them without their scope, over the data of some other case."""
    r = Random(f"stew {seed}")
    policies, worlds = _stock()
    chosen = r.sample(policies, r.randint(5, 40))
    text = "\n".join(_widened(policy) if r.random() < 0.5 else policy for policy in chosen)
    world = r.choice(worlds)
    uids = [row["uid"] for row in world["entities"]]
    actions = [request["action"] for request in world["requests"]]
    contexts = [request["context"] for request in world["requests"]] + [{}]
    requests = list(world["requests"])[:decisions]
    while len(requests) < decisions:
        principal, resource = r.choice(uids or [requests[0]["principal"]]), r.choice(uids or [requests[0]["resource"]])
        requests.append(
            {"principal": principal, "action": r.choice(actions), "resource": resource, "context": r.choice(contexts)}
        )
    cedar = Cedar(text, world["entities"], world["schema"], validate=False)
    entities = Entities.from_json(world["entities"], world["schema"], repeats=True)
    return compare(seed, Evaluator.from_cedar(text), entities, cedar, requests)


# ---- typed rules over data that fits a schema ------------------------------------------------------------------------


def typed_round(seed: int, decisions: int = 40) -> Tally:
    """Cedar+ rules that pass Cedar's validator, against what follows from Cedar's answer to each rule alone.

    The product validates and decides by its own rules; permit and forbid are also compared in Cedar's semantics.
    """
    world = World(seed)
    schema = world.schema()
    drawn = [world.rule(number) for number in range(36)]
    refused = {found.policy_id for found in cedarpy.validate_policies("\n".join(r.cedar for r in drawn), schema).errors}
    rules = [rule for place, rule in enumerate(drawn) if f"policy{place}" not in refused]
    assert len(rules) > 30
    rows = world.entities()
    own = [rule for rule in rules if rule.kind in ("permit", "forbid")]
    evaluator = support.evaluator("\n".join(rule.plus for rule in rules), schema)
    entities = Entities.from_json(rows, evaluator.schema)
    lowered = Cedar("\n".join(rule.cedar for rule in rules), rows, schema)
    cedar = Cedar("\n".join(rule.kind + rule.cedar.removeprefix("permit") for rule in own), rows, schema)
    tally, decided = Tally(), []
    for _ in range(decisions):
        request = world.request()
        grants = [f"p{n}" for n in range(36) if world.r.random() < 0.5]
        _, satisfied, erring = lowered.decide(request)
        wanted = expected(rules, _named(rules, satisfied), _named(rules, erring), grants)
        decision = evaluator.decide(request, entities, grants=grants)
        found = {field: _plain(getattr(decision, field)) for field in wanted}
        if found != wanted:
            raise DisagreementError(
                f"seed {seed}, {json.dumps(request)}, {grants}: ours {found}, the oracle's {wanted}"
            )
        outcome, reasons, errors = cedar.decide(request)
        theirs = outcome, sorted(_named(own, reasons)), sorted(_named(own, errors))
        if (mine := ours(evaluator, request, entities)) != theirs:
            raise DisagreementError(f"seed {seed}, {json.dumps(request)}: ours {mine}, Cedar's {theirs}")
        tally += (1, decision.allowed, len(satisfied), len(erring))
        decided.append((request, evaluator.decide(request, entities)))
    _compare_ranking(seed, evaluator, entities, decided)
    return tally


def _compare_ranking(
    seed: int, evaluator: Evaluator, entities: Entities, decided: list[tuple[dict[str, Any], Decision]]
) -> None:
    """A ranking is the decisions one by one: the allowed ones by score, and by place where that is equal."""
    ranking = evaluator.rank([request for request, _ in decided], entities)
    of = {name: [n for n, (_, d) in enumerate(decided) if d.outcome == name] for name in ("allow", "hold", "deny")}
    wanted = [sorted(of["allow"], key=lambda n: (-decided[n][1].score, n)), of["hold"], of["deny"]]
    found = [[place for place, _ in items] for items in (ranking.allowed, ranking.held, ranking.denied)]
    if found != wanted:
        raise DisagreementError(f"seed {seed}: ranked {found}, not {wanted}")


def _named(rules: Sequence[TypedRule], positional: Sequence[str]) -> set[str]:
    return {rules[int(name.removeprefix("policy"))].id for name in positional}


def _plain(value: Any) -> Any:
    return [getattr(item, "rule", item) for item in value] if isinstance(value, tuple) else value


# ---- what does not fit a schema --------------------------------------------------------------------------------------


def broken_round(seed: int, decisions: int = 40) -> Tally:
    """Requests and entities spoiled in one place: refused when, and only when, cedarpy refuses them.

    In the tally a refusal counts as an error, and data that fits all the same as a reason.
    """
    world, permit = World(seed), "permit (principal, action, resource);"
    schema = world.schema()
    evaluator = support.evaluator(permit, schema)
    tally = Tally()
    for _ in range(decisions):
        case, way = (world.request(), world.entities()), world.r.choice(WAYS)
        way(world, case)
        request, rows = case
        try:
            answer = Cedar(permit, rows, schema).ask(request)
        except ValueError:
            wanted = "invalid_entity"
        else:
            wanted = "invalid_request" if answer.decision.value == "NoDecision" else "allowed"
        if way is again:
            wanted = "invalid_entity"
        decision = evaluator.decide(request, rows)
        if decision.code != wanted or decision.allowed != (wanted == "allowed"):
            place = f"seed {seed}, {way.__name__}, {json.dumps(request)}, {json.dumps(rows)}"
            raise DisagreementError(f"{place}: ours {decision.code}, {decision.errors}; cedarpy: {wanted}")
        tally += (1, decision.allowed, decision.allowed, not decision.allowed)
    return tally


ROUNDS: dict[str, Callable[..., Tally]] = {
    "random": random_round,
    "stew": stew_round,
    "typed": typed_round,
    "broken": broken_round,
}
