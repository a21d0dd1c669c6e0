"""The smallest valid request for an action, with single inputs set as a test needs them. Pure.

Imports language, forcing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workbench.authoring.forcing import ABSENT, OTHER, PRESENT, SAME, SELF, STRANGER, Edits, Key
from workbench.authoring.naming import plain
from workbench.language.literals import quote
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    EntityType,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)

_DEEPEST = 4
_EXTENSIONS = {"decimal": "0.0", "ipaddr": "10.0.0.1", "datetime": "2026-03-16T09:00:00Z", "duration": "1h"}
_FUNCTIONS = {"decimal": "decimal", "ipaddr": "ip", "datetime": "datetime", "duration": "duration"}


class Impossible(Exception):  # noqa: N818 - a signal within this package, never an error to callers
    """The settings do not make a request that fits the schema."""


@dataclass(frozen=True, slots=True)
class World:
    """A request with its entities, in the artifact's form."""

    request: Mapping[str, Any]
    entities: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Making:
    """One world while it is made: its settings, who is who, and the entities that others refer to."""

    edits: Edits
    uids: Mapping[str, tuple[str, str]]
    rows: dict[tuple[str, str], Mapping[str, Any]]


class Worlds:
    """Builds worlds for one action. ``through``: inputs that name an entity whose attributes rules read too, which is
    therefore known (``("principal", "team")`` for ``principal.team.frozen``).
    """

    def __init__(self, schema: Schema, action: ActionType, through: Collection[Key] = ()) -> None:
        self._schema = schema
        self.action = action
        self._through = through

    def build(self, edits: Edits) -> World:
        """The world with these settings. Raises :class:`Impossible` where they do not fit the schema."""
        principal = self._uid("principal", self.action.principals, edits)
        resource = self._uid("resource", self.action.resources, edits)
        if principal == resource and edits.get(("resource", "#id")) is None:
            resource = (resource[0], resource[1] + "-2")
        making = _Making(edits, {"principal": principal, "resource": resource}, {})
        context = self._record("context", (), self.action.context.attributes, making)
        own = {making.uids[owner]: self._entity(owner, making) for owner in ("principal", "resource")}
        entities: dict[tuple[str, str], Mapping[str, Any]] = {}
        for owner in ("principal", "resource"):
            for parent in self._parents(owner, making.uids[owner][0], edits):
                entities.setdefault(parent, self._bare(parent, making))
        entities |= making.rows
        entities |= own
        request = {
            "principal": _shown(principal),
            "action": _shown(self.action.uid),
            "resource": _shown(resource),
            "context": context,
        }
        return World(request, tuple(entities.values()))

    def _uid(self, owner: str, types: tuple[str, ...], edits: Edits) -> tuple[str, str]:
        chosen = edits.get((owner, "#id"))
        if isinstance(chosen, tuple):
            if chosen[0] not in types:
                raise Impossible
            return chosen[0], chosen[1]
        name = edits.get((owner, "#type"), types[0])
        if name not in types:
            raise Impossible
        enum = self._schema.entity_types[name].enum
        if enum is not None:
            return name, enum[0]
        return name, plain(name).replace(" ", "-") + "-1"

    def _parents(self, owner: str, name: str, edits: Edits) -> list[tuple[str, str]]:
        found = []
        for key, value in edits.items():
            if len(key) == 4 and key[0] == owner and key[1] == "#in" and value is True:
                if key[2] not in self._schema.entity_types[name].parents:
                    raise Impossible
                found.append((key[2], key[3]))
        return found

    def _entity(self, owner: str, making: _Making) -> Mapping[str, Any]:
        uid = making.uids[owner]
        kind = self._schema.entity_types[uid[0]]
        parents = [{"type": of, "id": name} for of, name in self._parents(owner, uid[0], making.edits)]
        return {
            "uid": {"type": uid[0], "id": uid[1]},
            "attrs": self._record(owner, (), kind.attributes, making),
            "parents": parents,
        }

    def _bare(self, uid: tuple[str, str], making: _Making) -> Mapping[str, Any]:
        kind: EntityType = self._schema.entity_types[uid[0]]
        attrs = self._record("#parent", (), kind.attributes, making)
        return {"uid": {"type": uid[0], "id": uid[1]}, "attrs": attrs, "parents": []}

    def _record(
        self, owner: str, path: tuple[str, ...], attributes: Mapping[str, Attribute], making: _Making
    ) -> dict[str, Any]:
        made: dict[str, Any] = {}
        edits = making.edits
        for name, attribute in attributes.items():
            key: Key = (owner, *path, name)
            value = edits.get(key)
            if value is ABSENT:
                if attribute.required:
                    raise Impossible
                continue
            mentioned = any(k[: len(key)] == key for k in edits)
            if not attribute.required and not mentioned:
                continue
            if isinstance(attribute.type, RecordType):
                made[name] = self._record(owner, (*path, name), attribute.type.attributes, making)
            else:
                made[name] = self._value(key, attribute, value, making)
        unknown = [k for k in edits if k[0] == owner and len(k) > len(path) + 1 and k[1 : len(path) + 1] == path]
        if any(not str(k[len(path) + 1]).startswith("#") and k[len(path) + 1] not in attributes for k in unknown):
            raise Impossible
        return made

    def _value(self, key: Key, attribute: Attribute, value: Any, making: _Making) -> Any:
        of: Type = attribute.type
        if value is PRESENT:
            value = None
        if isinstance(of, SetType):
            return [k[-1] for k, said in making.edits.items() if k[:-1] == (*key, "#has") and said is True]
        if isinstance(of, EntityRef):
            return {"__entity": self._reference(key, of, value, making)}
        if isinstance(of, ExtensionType):
            if of.name == "decimal" and isinstance(value, Decimal):
                return _extension("decimal", f"{value:.4f}".rstrip("0").ljust(len(str(int(value))) + 2, "0"))
            if value is not None:
                raise Impossible
            return _extension(_FUNCTIONS[of.name], _EXTENSIONS[of.name])
        if isinstance(of, PrimitiveType):
            return _primitive(of, value)
        raise Impossible

    def _reference(self, key: Key, of: EntityRef, value: Any, making: _Making) -> dict[str, str]:
        uid = self._referred(of, value, making)
        deeper = any(len(k) > len(key) and k[: len(key)] == key for k in making.edits)
        if uid in making.uids.values():
            if deeper:  # what is asked of it is the business of the principal's, or the resource's, own settings
                raise Impossible
        elif deeper or (key in self._through and self._schema.entity_types[uid[0]].enum is None):
            self._known(key, uid, making)
        return {"type": uid[0], "id": uid[1]}

    def _referred(self, of: EntityRef, value: Any, making: _Making) -> tuple[str, str]:
        if isinstance(value, tuple) and value[0] is SELF:
            uid = making.uids[value[1]]
            if uid[0] != of.name:
                raise Impossible
            return uid
        if isinstance(value, tuple) and value[0] == "#entity":
            return value[1], value[2]
        if value is not None and value is not STRANGER and value not in (SAME, OTHER):
            raise Impossible
        enum = self._schema.entity_types[of.name].enum
        if enum:
            return of.name, enum[0] if value == OTHER and len(enum) > 1 else enum[-1]
        return of.name, plain(of.name).replace(" ", "-") + ("-8" if value == OTHER else "-9")

    def _known(self, key: Key, uid: tuple[str, str], making: _Making) -> None:
        """The entity that is referred to, with what is asked of it; two that refer to it must ask the same."""
        if len(key) > _DEEPEST:
            return
        attrs = self._record(key[0], key[1:], self._schema.entity_types[uid[0]].attributes, making)
        row = {"uid": {"type": uid[0], "id": uid[1]}, "attrs": attrs, "parents": []}
        if making.rows.setdefault(uid, row) != row:
            raise Impossible


def _primitive(of: PrimitiveType, value: Any) -> Any:
    if of.name == "Long":
        if value is None or isinstance(value, (Decimal, int)):
            number = int(value or 0)
            if not -(1 << 63) <= number < 1 << 63:
                raise Impossible
            return number
        if isinstance(value, str):  # two inputs that must be the same, or not
            return 1 if value == OTHER else 2
        raise Impossible
    if of.name == "Bool":
        if value is None or isinstance(value, (bool, str)):
            return bool(value) if not isinstance(value, str) else value != OTHER
        raise Impossible
    if value is None:
        return OTHER
    if not isinstance(value, str):
        raise Impossible
    return value


def _extension(function: str, argument: str) -> dict[str, Any]:
    return {"__extn": {"fn": function, "arg": argument}}


def _shown(uid: tuple[str, str]) -> str:
    return f"{uid[0]}::{quote(uid[1])}"
