"""What a new schema says was renamed: ``@renamed_from("old name")`` on entity types, actions and attributes.

A rename counts only where the old schema has the old name and the new one has not. Common types need none: they are
written out wherever they are used. Imports the schema's model only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workbench.language.schema import ActionType, Attribute, EntityRef, EntityType, RecordType, Schema, SetType, Type

Uid = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Renames:
    """Old full names → new ones. Attributes are renamed record by record: see :func:`renamed_attributes`."""

    types: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[Uid, Uid] = field(default_factory=dict)

    def type_name(self, name: str) -> str:
        """What the type ``name`` is called now."""
        return self.types.get(name, name)

    def action(self, uid: Uid) -> Uid:
        """What the action (or group) ``uid`` is called now."""
        return self.actions.get(uid, uid)

    def type(self, kind: Type) -> Type:
        """``kind`` with the entity types in it called by their new names; attributes keep theirs."""
        match kind:
            case EntityRef(name=name):
                return EntityRef(self.type_name(name))
            case SetType(element=element):
                return SetType(self.type(element))
            case RecordType(attributes=attributes):
                return RecordType({k: replace(a, type=self.type(a.type)) for k, a in attributes.items()})
        return kind


def find_renames(old: Schema, new: Schema) -> Renames:
    """The renames of types and actions from ``old`` to ``new``; where two claim one old name, the first has it."""
    types: dict[str, str] = {}
    for name, entity in new.entity_types.items():
        before = _old_type(name, entity)
        if before in old.entity_types and before not in new.entity_types and name not in old.entity_types:
            types.setdefault(before, name)
    actions: dict[Uid, Uid] = {}
    for uid, action in new.actions.items():
        before_uid = _old_action(action)
        if before_uid in old.actions and before_uid not in new.actions and uid not in old.actions:
            actions.setdefault(before_uid, uid)
    return Renames(types, actions)


def _old_type(name: str, entity: EntityType) -> str:
    before = entity.annotations.get("renamed_from", "")
    space = name.rpartition("::")[0]
    return before if "::" in before or not space or not before else f"{space}::{before}"


def _old_action(action: ActionType) -> Uid:
    before = action.annotations.get("renamed_from", "")
    kind, quoted, id = before.partition('::"')
    if quoted and id.endswith('"'):
        return (kind, id[:-1])
    return (action.type, before)


def renamed_attributes(old: Mapping[str, Attribute], new: Mapping[str, Attribute]) -> dict[str, str]:
    """Old attribute names of a record → the new ones."""
    found: dict[str, str] = {}
    for name, attribute in new.items():
        before = attribute.annotations.get("renamed_from", "")
        if before in old and before not in new and name not in old:
            found.setdefault(before, name)
    return found
