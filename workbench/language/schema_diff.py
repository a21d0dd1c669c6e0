"""What changed between two schemas, as a typed list: each change compatible or breaking, and why.

*Breaking*: some rule, request or entity that fits the old schema may not fit the new one. Which rules of a given
constitution break is asked of the checker, not here. Imports the schema's model and renames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from workbench.language.inference import type_name
from workbench.language.literals import quote
from workbench.language.quotation import quoted
from workbench.language.schema import ActionType, Attribute, EntityType, RecordType, Schema, SetType, Type
from workbench.language.schema_renames import Renames, find_renames, renamed_attributes

Kind: TypeAlias = Literal["added", "removed", "renamed", "changed"]
Part: TypeAlias = Literal["entity type", "attribute", "context", "tags", "ids", "parents", "action", "groups", "words"]
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``name`` says of what (``Agent.role``, ``Action::"pay"``), in the new schema's names where they
    exist; ``before`` and ``after`` what stood there (empty where nothing did). ``mechanical``: ``schema migrate`` does
    all that rules need for it."""

    kind: Kind
    part: Part
    name: str
    breaking: bool
    why: str
    before: str = ""
    after: str = ""
    mechanical: bool = False


@dataclass(frozen=True, slots=True)
class SchemaDiff:
    """All changes, removed and renamed things in the old schema's order, then the new one's; and the renames."""

    changes: tuple[Change, ...]
    renames: Renames

    @property
    def breaking(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.breaking)


def diff_schemas(old: Schema, new: Schema) -> SchemaDiff:
    """Every difference in meaning; none where layout, order, comments or the use of common types alone differ."""
    renames = find_renames(old, new)
    return SchemaDiff(tuple(_Comparison(renames).schemas(old, new)), renames)


class _Comparison:
    def __init__(self, renames: Renames) -> None:
        self._renames = renames

    def schemas(self, old: Schema, new: Schema) -> Iterator[Change]:
        yield from self._declared(
            "entity type", old.entity_types, new.entity_types, self._renames.type_name, str, self._entity
        )
        yield from self._declared("action", old.actions, new.actions, self._renames.action, _action_name, self._action)

    def _declared(
        self,
        part: Literal["entity type", "action"],
        old: Mapping[V, EntityType] | Mapping[V, ActionType],
        new: Mapping[V, EntityType] | Mapping[V, ActionType],
        now: Callable[[V], V],
        shown: Callable[[V], str],
        compare: Callable[..., Iterator[Change]],
    ) -> Iterator[Change]:
        arrived: set[V] = set()
        for key, before in old.items():
            after = new.get(now(key))
            if after is None:
                why = f"rules, requests and tests that name this {part} no longer fit"
                yield Change("removed", part, shown(key), True, why, shown(key))
                continue
            arrived.add(now(key))
            if now(key) != key:
                why = f"whatever names it by the old name no longer fits; {_MIGRATES}"
                yield Change("renamed", part, shown(now(key)), True, why, shown(key), shown(now(key)), True)
            yield from compare(shown(now(key)), before, after)
        for key in new:
            if key not in arrived:
                yield Change("added", part, shown(key), False, _ADDED[part], after=shown(key))

    # ---- entity types and actions ------------------------------------------------------------------------------------

    def _entity(self, name: str, old: EntityType, new: EntityType) -> Iterator[Change]:
        yield from self._ids(name, old.enum, new.enum)
        parents = [self._renames.type_name(parent) for parent in old.parents]
        yield from _members(
            "parents",
            name,
            "the parent",
            parents,
            new.parents,
            removed="entities that are in such a parent no longer fit, and `in` never holds",
            added="entities may now be in it; those that fitted still fit",
        )
        yield from self._record(name, "attribute", old.attributes, new.attributes)
        yield from self._tags(name, old.tags, new.tags)
        yield from _words(name, old.annotations, new.annotations)

    def _ids(self, name: str, old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> Iterator[Change]:
        if old is None and new is not None:
            why = "entities with any other id no longer fit"
            yield Change("changed", "ids", name, True, why, "any id", _listed(new))
        elif old is not None and new is None:
            why = "every id that was allowed still is"
            yield Change("changed", "ids", name, False, why, _listed(old), "any id")
        elif old is not None and new is not None:
            removed, added = "what names this id no longer fits", "what was allowed still is"
            yield from _members("ids", name, "the id", old, new, removed=removed, added=added, show=_literal)

    def _tags(self, name: str, old: Type | None, new: Type | None) -> Iterator[Change]:
        if old is None and new is not None:
            yield Change("added", "tags", name, False, "entities without tags still fit", after=shown_type(new))
        elif old is not None and new is None:
            yield Change("removed", "tags", name, True, "rules and entities with tags no longer fit", shown_type(old))
        elif old is not None and new is not None:
            yield from self._types(f"{name}.tags", "tags", old, new)

    def _action(self, name: str, old: ActionType, new: ActionType) -> Iterator[Change]:
        yield from _members(
            "groups",
            name,
            "the group",
            [_action_name(self._renames.action(group)) for group in old.groups],
            list(map(_action_name, new.groups)),
            removed="rules about the group no longer cover this action",
            added="rules about the group now cover this action too",
        )
        for role, of_old, of_new in (
            ("principal", old.principals, new.principals),
            ("resource", old.resources, new.resources),
        ):
            yield from _members(
                "action",
                name,
                f"the {role} type",
                [self._renames.type_name(kind) for kind in of_old],
                of_new,
                removed="requests with it no longer fit, nor rules about it",
                added="rules about this action must now hold for that type too",
            )
        yield from self._record(f"{name} context", "context", old.context.attributes, new.context.attributes)
        yield from _words(name, old.annotations, new.annotations)

    # ---- records and types -------------------------------------------------------------------------------------------

    def _record(
        self, owner: str, part: Part, old: Mapping[str, Attribute], new: Mapping[str, Attribute]
    ) -> Iterator[Change]:
        renamed = renamed_attributes(old, new)
        arrived: set[str] = set()
        for key, before in old.items():
            name = renamed.get(key, key)
            after = new.get(name)
            place = f"{owner}.{name}"
            if after is None:
                why = "rules that read it no longer validate, and data that has it no longer fits"
                yield Change("removed", part, place, True, why, shown_type(before.type))
                continue
            arrived.add(name)
            if name != key:
                why = f"rules and data that have the old name no longer fit; {_MIGRATES}"
                yield Change("renamed", part, place, True, why, key, name, True)
            yield from self._attribute(place, part, before, after)
        for name, attribute in new.items():
            if name not in arrived:
                why = "data without it no longer fits" if attribute.required else "data without it still fits"
                after_text = shown_type(attribute.type) + ("" if attribute.required else ", optional")
                yield Change("added", part, f"{owner}.{name}", attribute.required, why, after=after_text)

    def _attribute(self, place: str, part: Part, old: Attribute, new: Attribute) -> Iterator[Change]:
        if old.required and not new.required:
            why = f"rules must test `has` before they read it; {_MIGRATES}"
            yield Change("changed", part, place, True, why, "required", "optional", True)
        elif new.required and not old.required:
            yield Change("changed", part, place, True, "data without it no longer fits", "optional", "required")
        yield from self._types(place, part, old.type, new.type)
        if old.source != new.source:
            claimed = new.source == "caller"
            why = (
                "whoever asks may now claim it: look at the rules that rest on it"
                if claimed
                else "whoever asks may no longer say it himself"
            )
            yield Change("changed", part, place, not claimed, why, f"@source {old.source}", f"@source {new.source}")
        if old.volatile != new.volatile:
            why = "a held request is the same on a retry only if what is not volatile is the same"
            before, after = ("@volatile", "not volatile") if old.volatile else ("not volatile", "@volatile")
            yield Change("changed", part, place, False, why, before, after)
        yield from _words(place, old.annotations, new.annotations)

    def _types(self, place: str, part: Part, old: Type, new: Type) -> Iterator[Change]:
        match old, new:
            case RecordType(attributes=before), RecordType(attributes=after):
                yield from self._record(place, part, before, after)
            case SetType(element=before_element), SetType(element=after_element):
                yield from self._types(place, part, before_element, after_element)
            case _ if self._renames.type(old) != new:
                why = "values of the old type no longer fit, nor what rules do with them"
                yield Change("changed", part, place, True, why, shown_type(old), shown_type(new))


_MIGRATES = "`schema migrate` rewrites them"
_ADDED = {
    "entity type": "what fitted still fits",
    "action": "what fitted still fits; rules that name no action apply to it too, and must validate for it",
}
_WORDS = {
    "phrase": "rules mean what they meant; English sentences may compile differently",
    "values": "rules mean what they meant; English sentences may compile differently",
    "doc": "words for people alone",
}


def _words(place: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name in ("source", "volatile", "renamed_from") or old.get(name) == new.get(name):
            continue
        kind: Kind = "added" if name not in old else "removed" if name not in new else "changed"
        why = _WORDS.get(name, "no rule can see it")
        yield Change(kind, "words", f"{place} @{name}", False, why, old.get(name, ""), new.get(name, ""))


def _members(
    part: Part,
    place: str,
    what: str,
    old: Iterable[str],
    new: Iterable[str],
    *,
    removed: str,
    added: str,
    show: Callable[[str], str] = quoted,
) -> Iterator[Change]:
    before, after = list(dict.fromkeys(old)), list(dict.fromkeys(new))
    for name in before:
        if name not in after:
            yield Change("removed", part, place, True, removed, f"{what} {show(name)}")
    for name in after:
        if name not in before:
            yield Change("added", part, place, False, added, after=f"{what} {show(name)}")


def _literal(id: str) -> str:
    return quote(id).replace("`", "\\u{60}")  # no backtick, which would open a quotation in a sentence


def _action_name(uid: tuple[str, str]) -> str:
    return f"{uid[0]}::{quote(uid[1])}"


def _listed(ids: tuple[str, ...]) -> str:
    return ", ".join(map(quote, ids))


def shown_type(kind: Type) -> str:
    """A type in one line: ``Set<String>``, ``{ amount: Long, note?: String }``."""
    if isinstance(kind, SetType):
        return f"Set<{shown_type(kind.element)}>"
    if isinstance(kind, RecordType):
        fields = [f"{k}{'' if a.required else '?'}: {shown_type(a.type)}" for k, a in kind.attributes.items()]
        return "{ " + ", ".join(fields) + " }" if fields else "{}"
    return type_name(kind)
