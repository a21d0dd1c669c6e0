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
from typing import Any, TypeAlias

from hypothesis import strategies as st
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
        output = self._rego.query(f"data.{self._package}.{name}")
        if not output.ok():
            raise RegoError(str(output))
        if str(output) == "undefined":
            return None
        return json.loads(str(output))["expressions"][0]

    # ---- requests ----

    def requests(self) -> st.SearchStrategy[Asked]:
        actions = [action for action in self.schema.actions.values() if action.principals]
        return st.sampled_from(actions).flatmap(lambda action: self._request(action))

    def _request(self, action: Any) -> st.SearchStrategy[Asked]:
        @st.composite
        def build(draw: st.DrawFn) -> Asked:
            who, what = draw(st.sampled_from(action.principals)), draw(st.sampled_from(action.resources))
            world: World = {}
            for name, declared in self.schema.entity_types.items():
                pair = draw(st.lists(st.sampled_from(self.strings), min_size=2, max_size=2, unique=True))
                world |= {(name, id_): draw(self._record(declared.attributes)) for id_ in pair}
            first = {name: next(id_ for type_, id_ in world if type_ == name) for name in self.schema.entity_types}
            context = draw(self._record(action.context.attributes))
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

        return build()

    def _record(self, declared: Mapping[str, Attribute]) -> st.SearchStrategy[dict[str, Any]]:
        """Mostly everything that may be there, for a rule that needs five attributes to be tried at all."""

        @st.composite
        def build(draw: st.DrawFn) -> dict[str, Any]:
            return {
                name: draw(self._value_of(attribute.type))
                for name, attribute in declared.items()
                if attribute.required or draw(st.integers(0, 7))
            }

        return build()

    def _value_of(self, type_: Type) -> st.SearchStrategy[Any]:
        match type_:
            case PrimitiveType(name="String"):
                words = st.sampled_from(self.strings)
                return st.one_of(words, words, st.tuples(words, words).map("".join))
            case PrimitiveType(name="Long"):
                return st.sampled_from(self.wholes)
            case PrimitiveType(name="Bool"):
                return st.booleans()
            case ExtensionType(name="decimal"):
                return st.sampled_from(self.decimals)
            case EntityRef(name=name):
                return st.tuples(st.just(name), st.integers(0, 1)).map(lambda found: Linked(*found))
            case SetType(element=element):
                return st.lists(self._value_of(element), max_size=3)
            case RecordType(attributes=attributes):
                return self._record(attributes)
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
