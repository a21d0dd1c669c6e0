"""A real Rego engine beside ours: requests drawn from a schema, told to both, and what each decides.

The way back from a request to Rego's ``input`` is written here a second time, from the conventions that a conversion
prints, so that a mistake in the converter's own mapping shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, TypeAlias

from regopy import Interpreter, RegoError

from workbench.authoring.rego.convert import Conversion
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
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
from workbench.language.schema_reader import read_schema

WORDS = {
    "principal": ("user", "subject", "actor", "agent", "principal"),
    "action": ("action", "operation", "method"),
    "resource": ("resource", "object"),
}
World: TypeAlias = "dict[tuple[str, str], dict[str, Any]]"


@dataclass(frozen=True)
class Linked:
    """An attribute that is an entity: the first of its type (the one that the request names, if any), or the other."""

    type: str
    which: int

    def uid(self, world: World) -> tuple[str, str]:
        return [uid for uid in world if uid[0] == self.type][self.which]


@dataclass(frozen=True)
class Asked:
    """One request, for both: ``facts`` by place (``principal.role``), entities by uid, and Rego's input."""

    request: Request
    entities: list[dict[str, Any]]
    input: dict[str, Any]


class Judge:
    """One Rego text and what it was converted to."""

    def __init__(self, text: str, conversion: Conversion, maps: Mapping[str, str] | None = None) -> None:
        self.text = text
        self.maps = dict(maps or {})
        self.schema: Schema = read_schema(conversion.schema)
        result = check(conversion.cedar_plus, conversion.schema)
        assert result.program is not None, result.errors
        self._evaluator = Evaluator(result.program)
        self._rego = Interpreter()
        self._rego.add_module("policy", text)
        self._package = conversion.package
        code = re.sub(r"(?m)^#[^\n]*", "", text)
        self._objects = [name for line in re.findall(r"(?m)^# objects: (.*)$", text) for name in line.split()]
        self._asks = [
            name for name in ("allow", "deny", "violation") if re.search(rf"^(default )?{name}\b", code, re.M)
        ]
        self._code = code
        self.strings = sorted({json.loads(found) for found in re.findall(r'"(?:[^"\\]|\\.)*"', code)} | {"zz", ""})
        numbers = {Decimal(found) for found in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", code)}
        self.wholes = sorted({int(n) + d for n in numbers for d in (-1, 0, 1)} | {0, -3})
        self.decimals = sorted({n + d for n in numbers for d in (Decimal("-0.1"), 0, Decimal("0.1"))} | {Decimal("0")})

    # ---- what both decide ----

    def ours(self, asked: Asked) -> bool:
        entities = Entities.from_json(asked.entities, schema=self.schema)
        decision = self._evaluator.decide(asked.request, entities)
        assert not decision.errors, decision.errors
        assert decision.code != "invalid_request", decision.remedy
        return decision.outcome == "allow"

    def rego(self, asked: Asked, *, otherwise: bool = False) -> bool:
        """By custom: `allow` is true, and `deny` says nothing. ``otherwise``: where there is no `allow` at all."""
        self._rego.set_input(asked.input)
        try:
            said = {name: self._value(name) for name in self._asks}
        except RegoError:
            return False
        allowed = said["allow"] is True if "allow" in said else otherwise
        return allowed and not any(said.get(name) for name in ("deny", "violation"))

    def _value(self, name: str) -> Any:
        try:
            output = self._rego.query(f"data.{self._package}.{name}")
        except json.JSONDecodeError as error:  # what it prints of some failures is no JSON
            raise RegoError("it failed", 1) from error
        if not output.ok():
            raise RegoError(str(output), 1)
        if str(output) == "undefined":
            return None
        return json.loads(str(output))["expressions"][0]

    # ---- requests ----

    def request(self, chance: Random) -> Asked:
        """One request that the schema knows, with most of what may be there, from the constants of the text."""
        action = chance.choice([action for action in self.schema.actions.values() if action.principals])
        who, what = chance.choice(action.principals), chance.choice(action.resources)
        world: World = {}
        for name, declared in self.schema.entity_types.items():
            for id_ in chance.sample(self.strings, 2):
                world[name, id_] = self._record(chance, declared.attributes)
        first = {name: next(id_ for type_, id_ in world if type_ == name) for name in self.schema.entity_types}
        context = self._record(chance, action.context.attributes)
        entities = [
            {"uid": {"type": type_, "id": id_}, "attrs": _cedar(attributes, world), "parents": []}
            for (type_, id_), attributes in world.items()
        ]
        request = Request(
            principal={"type": who, "id": first[who]},
            action={"type": action.type, "id": action.id},
            resource={"type": what, "id": first[what]},
            context=_cedar(context, world),
        )
        facts: dict[str, Any] = {"principal": first[who], "resource": first[what], "action": action.id}
        for root, values in (
            ("principal", world[who, first[who]]),
            ("resource", world[what, first[what]]),
            ("context", context),
        ):
            facts |= {f"{root}.{name}": self._plain(value, world, name) for name, value in values.items()}
        return Asked(request, entities, self._input(facts))

    def _record(self, chance: Random, declared: Mapping[str, Attribute]) -> dict[str, Any]:
        """Mostly everything that may be there, for a rule that needs five attributes to be tried at all."""
        return {
            name: self._value_of(chance, attribute.type)
            for name, attribute in declared.items()
            if attribute.required or chance.random() < 0.88
        }

    def _value_of(self, chance: Random, type_: Type) -> Any:
        match type_:
            case PrimitiveType(name="String"):
                joined = chance.random() < 0.25
                return chance.choice(self.strings) + (chance.choice(self.strings) if joined else "")
            case PrimitiveType(name="Long"):
                return chance.choice(self.wholes)
            case PrimitiveType(name="Bool"):
                return chance.random() < 0.5
            case ExtensionType(name="decimal"):
                return chance.choice(self.decimals)
            case EntityRef(name=name):
                return Linked(name, chance.randrange(2))
            case SetType(element=element):
                return [self._value_of(chance, element) for _ in range(chance.randrange(4))]
            case RecordType(attributes=attributes):
                return self._record(chance, attributes)
            case _:
                raise NotImplementedError(type_)

    def _plain(self, value: Any, world: World, name: str) -> Any:
        """A value as JSON that Rego takes: an entity is its id, or an object where the text reads its parts."""
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, list):
            return [self._plain(item, world, "") for item in value]
        if isinstance(value, dict):
            return {key: self._plain(item, world, key) for key, item in value.items()}
        if isinstance(value, Linked):
            uid = value.uid(world)
            if name and re.search(rf"\b{name}\.", self._code):
                return {key: self._plain(item, world, "") for key, item in world[uid].items()}
            return uid[1]
        return value

    # ---- the way back ----

    def _input(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        places = {place: path.split(".")[1:] for path, place in self.maps.items()}
        for place, value in facts.items():
            for path in self._paths(place, places):
                _put(whole, path, value)
        for word in (*WORDS["principal"], *WORDS["resource"]):
            if re.search(rf"\binput\.{word}\b", self._code) and self._is_object(word):
                whole.setdefault(word, {})  # who acts, and on what, is always there, though nothing may be known of it
        return whole

    def _is_object(self, word: str) -> bool:
        return bool(re.search(rf"\binput\.{word}[.\[]", self._code)) or word in self._objects

    def _paths(self, place: str, places: Mapping[str, list[str]]) -> Iterator[list[str]]:
        root, *attributes = place.split(".")
        for length in range(len(attributes), -1, -1):
            start = places.get(".".join([root, *attributes[:length]]))
            if start is not None:
                yield [*start, *attributes[length:]]
                if length or not attributes:
                    return
        if root == "context":
            yield ["context", *attributes] if "input.context" in self._code else attributes
            return
        for word in WORDS[root]:
            if not re.search(rf"\binput\.{word}\b", self._code):
                continue
            if attributes or not self._is_object(word):
                yield [word, *attributes]


def _cedar(value: Any, world: World) -> Any:
    """A value in Cedar's JSON form."""
    if isinstance(value, Decimal):
        return {
            "__extn": {"fn": "decimal", "arg": f"{value:.1f}" if value == value.to_integral_value() else str(value)}
        }
    if isinstance(value, list):
        return [_cedar(item, world) for item in value]
    if isinstance(value, dict):
        return {key: _cedar(item, world) for key, item in value.items()}
    if isinstance(value, Linked):
        type_, id_ = value.uid(world)
        return {"__entity": {"type": type_, "id": id_}}
    return value


def _put(whole: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        whole = whole.setdefault(step, {})
        if not isinstance(whole, dict):
            return
    whole.setdefault(path[-1], value)
