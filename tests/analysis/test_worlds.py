"""The random worlds themselves: both engines take every one, and rules do meet requests that they apply to."""

from __future__ import annotations

import json
from itertools import islice
from random import Random

import cedarpy
import pytest

from tests.analysis.worlds import environments, worlds
from tests.engine.support import Cedar, program
from tests.engine.typed import World
from workbench.engine import Entities, Evaluator
from workbench.language.ast import EntityLit, Policy, walk
from workbench.language.lower import lower_policy
from workbench.language.program import Program

EACH = 30


def rules_of(seed: int, count: int = 12) -> tuple[str, str]:
    """Typed rules that Cedar's validator passes, as permits, and their schema."""
    world = World(seed)
    schema = world.schema()
    drawn = [world.rule(number).cedar for number in range(count)]
    refused = {found.policy_id for found in cedarpy.validate_policies("\n".join(drawn), schema).errors}
    return "\n".join(text for place, text in enumerate(drawn) if f"policy{place}" not in refused), schema


def satisfied(made: Program, seed: int, each: int, guide: Program | None) -> set[str]:
    """The rules that some random world satisfies."""
    assert made.schema is not None
    evaluator, found = Evaluator(made), set[str]()
    for environment in environments(made.schema):
        for request, rows in islice(worlds(made.schema, environment, Random(seed), guide), each):
            found |= set(evaluator.decide(request, rows, semantics="cedar").reasons)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_both_engines_take_every_world(seed: int) -> None:
    """A world that does not fit would make a bombardment pass for nothing."""
    source, schema_text = rules_of(seed)
    made = program(source, schema_text)
    assert made.schema is not None
    evaluator = Evaluator(made)
    policies = "\n".join(lower_policy(rule.statement) for rule in made.rules if isinstance(rule.statement, Policy))
    for environment in environments(made.schema):
        for request, rows in islice(worlds(made.schema, environment, Random(seed), made), 30):
            decision = evaluator.decide(request, rows)
            assert decision.code not in ("invalid_request", "invalid_entity"), (decision.errors, request, rows)
            assert Cedar(policies, rows, schema_text).decide(request)


def test_most_rules_meet_a_world_that_they_apply_to() -> None:
    """Far more of them than without looking at the rules; a part of the random rules contradict themselves."""
    rules = guided = blind = 0
    for seed in range(10):
        made = program(*rules_of(seed))
        rules += len(made.rules)
        guided += len(satisfied(made, seed, 60, made))
        blind += len(satisfied(made, seed, 60, None))
    assert guided > 0.7 * rules
    assert guided > 1.3 * blind


@pytest.mark.parametrize("seed", range(6))
def test_in_a_complete_world_everything_referred_to_is_known(seed: int) -> None:
    """Whatever the request, the data or a rule names, enumerated entities and actions apart."""
    source, schema_text = rules_of(seed)
    made = program(source, schema_text)
    schema = made.schema
    assert schema is not None
    named = {
        (node.type, node.id)
        for rule in made.rules
        if isinstance(rule.statement, Policy)
        for condition in rule.statement.conditions
        for node in walk(condition.body)
        if isinstance(node, EntityLit)
    }
    missing = 0
    for environment in environments(schema):
        for complete in (True, False):
            for request, rows in islice(worlds(schema, environment, Random(seed), made, complete=complete), EACH):
                known = {(row["uid"]["type"], row["uid"]["id"]) for row in rows}
                referred = named | _references(request) | _references(rows)
                unknown = {
                    uid
                    for uid in referred - known
                    if uid[0] in schema.entity_types and schema.entity_types[uid[0]].enum is None
                }
                assert not (complete and unknown)
                missing += bool(unknown)
                Entities.from_json(rows, schema)
    assert missing > EACH


def _references(value: object) -> set[tuple[str, str]]:
    found = set()

    def note(record: dict[str, object]) -> dict[str, object]:
        if record.keys() == {"type", "id"}:
            found.add((str(record["type"]), str(record["id"])))
        return record

    json.loads(json.dumps(value), object_hook=note)
    return found
