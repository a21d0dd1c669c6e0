"""Random schemas: our reader accepts exactly what cedarpy accepts, and reads it as cedarpy does.

What the typed model says is judged by Cedar's own reading of the *text*: values made after the model must be accepted
as entities and contexts, and the same values with one thing wrong must be refused.
``WORKBENCH_FUZZ_ROUNDS=100000 pytest tests/language/test_schema_random.py`` asks for more than the usual rounds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from random import Random
from typing import Any

import cedarpy

from tests.language.schema_texts import mutated, schema_text
from tests.language.test_schema_reader import agree
from workbench.language.cedar import parse_schema
from workbench.language.guard import schema_findings
from workbench.language.schema import (
    Attribute,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from workbench.language.schema_json import schema_json
from workbench.language.schema_reader import read_schema, schema_diagnostics

ROUNDS = int(os.environ.get("WORKBENCH_FUZZ_ROUNDS", "2500"))
_EXTENSIONS = {"decimal": "0.5", "ipaddr": "10.0.0.1", "datetime": "2024-01-01", "duration": "1h"}
_CALLS = {"ipaddr": "ip"}


def value_of(kind: Type, schema: Schema) -> Any:
    """A value of ``kind`` in Cedar's JSON form that no other kind accepts: sets and records are never empty-handed."""
    match kind:
        case PrimitiveType(name=name):
            return {"Long": 7, "String": "s", "Bool": True}[name]
        case ExtensionType(name=name):
            return {"__extn": {"fn": _CALLS.get(name, name), "arg": _EXTENSIONS[name]}}
        case EntityRef(name=name):
            declared = schema.entity_types.get(name)
            if declared is None:  # an action
                return {"__entity": next({"type": t, "id": i} for t, i in schema.actions if t == name)}
            return {"__entity": {"type": name, "id": declared.enum[0] if declared.enum else "e"}}
        case SetType(element=element):
            return [value_of(element, schema)]
        case RecordType(attributes=attributes):
            return {key: value_of(field.type, schema) for key, field in attributes.items()}


def wrong_records(attributes: dict[str, Attribute], right: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """``right`` with one thing wrong: something undeclared, a required one missing, a value of another kind."""
    yield {**right, "not declared": 1}
    for key, field in attributes.items():
        if field.required:
            yield {name: value for name, value in right.items() if name != key}
        yield {**right, key: "s" if field.type != PrimitiveType("String") else 7}


def optional_left_out(attributes: dict[str, Attribute], right: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in right.items() if attributes[name].required}


def accepts_entity(handle: cedarpy.Schema, row: dict[str, Any]) -> bool:
    try:
        cedarpy.Entities.from_json_str(json.dumps([row]), handle)
    except ValueError:
        return False
    return True


def accepts_request(handle: cedarpy.Schema, request: dict[str, Any]) -> bool:
    answer = cedarpy.is_authorized(request, "permit (principal, action, resource);", "[]", handle)
    return answer.decision != cedarpy.Decision.NoDecision


def judge_entities(schema: Schema, handle: cedarpy.Schema) -> int:
    """Every entity type of the model against Cedar's reading; how many questions were asked."""
    asked = 0
    for name, kind in schema.entity_types.items():
        uid = {"type": name, "id": kind.enum[0] if kind.enum else "e"}
        if kind.enum:
            assert not accepts_entity(handle, {"uid": {**uid, "id": "no such id"}, "attrs": {}, "parents": []})
        attributes = dict(kind.attributes)
        right = value_of(RecordType(attributes), schema)
        tags = {} if kind.tags is None else {"tags": {"t": value_of(kind.tags, schema)}}
        row = {"uid": uid, "attrs": right, "parents": [], **tags}
        parents = [value_of(EntityRef(parent), schema)["__entity"] for parent in kind.parents]
        assert accepts_entity(handle, {**row, "parents": [p for p in parents if p != uid]}), row
        assert accepts_entity(handle, {**row, "attrs": optional_left_out(attributes, right)}), row
        for wrong in wrong_records(attributes, right):
            assert not accepts_entity(handle, {**row, "attrs": wrong}), (name, wrong)
        assert not accepts_entity(handle, {**row, "tags": {"t": 7 if kind.tags != PrimitiveType("Long") else "s"}})
        for other in schema.entity_types.keys() - above(schema, name):
            parent = value_of(EntityRef(other), schema)["__entity"]
            assert parent == uid or not accepts_entity(handle, {**row, "parents": [parent]}), (name, other)
        asked += 4 + len(attributes)
    return asked


def above(schema: Schema, name: str) -> set[str]:
    """The types that an entity of type ``name`` may be in, directly or through others."""
    found: set[str] = set()
    pending = [name]
    while pending:
        for parent in schema.entity_types[pending.pop()].parents:
            if parent not in found:
                found.add(parent)
                pending.append(parent)
    return found


def judge_actions(schema: Schema, handle: cedarpy.Schema) -> int:
    """Every action of the model against Cedar's reading: to what it applies, with which context, in which groups."""
    rows = json.loads(str(cedarpy.Entities.from_json_str("[]", handle)))
    groups = {
        (row["uid"]["type"], row["uid"]["id"]): {(parent["type"], parent["id"]) for parent in row["parents"]}
        for row in rows
    }
    asked = 0
    for uid, action in schema.actions.items():
        assert groups[uid] == schema.action_ancestors(uid), uid
        context = dict(action.context.attributes)
        right = value_of(action.context, schema)
        for principal in schema.entity_types:
            for resource in schema.entity_types:
                request = {
                    "principal": uid_text(value_of(EntityRef(principal), schema)),
                    "action": uid_text({"__entity": {"type": uid[0], "id": uid[1]}}),
                    "resource": uid_text(value_of(EntityRef(resource), schema)),
                    "context": right,
                }
                applies = principal in action.principals and resource in action.resources
                assert accepts_request(handle, request) == applies, request
                asked += 1
                if applies:
                    assert accepts_request(handle, {**request, "context": optional_left_out(context, right)})
                    for wrong in wrong_records(context, right):
                        assert not accepts_request(handle, {**request, "context": wrong}), wrong
                        asked += 1
    return asked


def uid_text(value: dict[str, Any]) -> str:
    """The uid as cedarpy wants it in a request, where it takes one spelling only."""
    entity = value["__entity"]
    quoted = json.dumps(entity["id"], ensure_ascii=False).replace("'", r"\'")
    return f"{entity['type']}::{quoted}"


def test_random_schemas_are_accepted_alike_and_mean_the_same() -> None:
    accepted = refused = asked = 0
    for seed in range(ROUNDS):
        random = Random(f"schema {seed}")
        text = schema_text(random)
        if seed % 3 == 2:
            text = mutated(random, text)
        if not agree(text):
            refused += 1
            continue
        accepted += 1
        schema, handle = read_schema(text), parse_schema(text)
        try:
            asked += judge_entities(schema, handle) + judge_actions(schema, handle)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {text}") from error
    assert accepted > ROUNDS // 8, "the generator makes hardly anything that Cedar accepts"
    assert refused > ROUNDS // 8, "the generator makes hardly anything that Cedar refuses"
    assert asked > 10 * accepted, "hardly anything was asked of what was accepted"


def test_our_json_is_the_schema_that_cedar_renders() -> None:
    """``str`` of Cedar's handle for our JSON is a fixed point: read again, rendered again, it stays."""
    for seed in range(ROUNDS // 5):
        text = schema_text(Random(f"schema {seed}"))
        if schema_findings(text) or not agree(text):
            continue
        whole = json.dumps(schema_json(read_schema(text)))
        rendered = str(cedarpy.Schema.from_json_str(whole))
        again = read_schema(rendered)
        assert json.dumps(schema_json(again), sort_keys=True) == json.dumps(json.loads(whole), sort_keys=True), text


def test_every_name_that_cedar_cannot_resolve_is_underlined() -> None:
    judged = 0
    for seed in range(ROUNDS):
        text = schema_text(Random(f"schema {seed}"))
        try:
            cedarpy.Schema.from_str(text)
            continue
        except ValueError as error:
            told = str(error)
        if not told.startswith("failed to resolve type"):
            continue
        diagnostics = schema_diagnostics(text)
        if "defined by itself" in diagnostics[0].message:  # found before Cedar is asked
            continue
        found = {text[d.span.start : d.span.end] for d in diagnostics}
        assert set(told.partition(": ")[2].split(", ")) <= found, text
        judged += 1
    assert judged > ROUNDS // 50
