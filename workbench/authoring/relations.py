"""Leaves that say who is who: owners and other agents, members of groups, the same entity, the same team. Pure.

Imports language, meaning, lexicon.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.authoring.lexicon import CONTEXT, AttributeWord
from workbench.authoring.meaning import PRINCIPAL, RESOURCE, AttrRef, Being, Env, Leaf, Option, Place, Ref, chain
from workbench.language.ast import Binary, EntityLit, Expr, Is, Method, Var
from workbench.language.schema import EntityRef, PrimitiveType, SetType


def same(mention: AttrRef, start: int, end: int) -> Leaf:
    """Principal and resource have the same value of one attribute ("in their own region")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        mine = env.places(AttrRef(mention.words, Ref(("principal",))))
        theirs = env.places(AttrRef(mention.words, Ref(("resource",))))
        found = [
            env.guarded([a, b], Binary("==", a.expr, b.expr), unknown)
            for a in mine
            for b in theirs
            if a.type == b.type and not isinstance(a.type, SetType)
        ]
        if not theirs:  # "instruments of their own group", where it is the instrument's owner
            found.extend(_of_that_kind(env, mine, unknown))
        for ref, places in ((PRINCIPAL, theirs), (RESOURCE, mine)):
            for being in env.beings(ref):
                found.extend(o for place in places for o in _within(env, being, place, unknown))
        return found

    return Leaf(build, start, end)


def _of_that_kind(env: Env, mine: Iterable[Place], unknown: bool) -> list[Option]:
    """What the principal's attribute names is what the resource's one attribute of that entity type names."""
    found = []
    for place in mine:
        if not isinstance(place.type, EntityRef):
            continue
        words = tuple(w for w in env.lexicon.attributes if w.type == place.type and len(w.path) == 1)
        for other in env.places(AttrRef(words, RESOURCE)):
            note = f"the resource's {place.type.name} is its `{other.path[-1]}`"
            found.append(env.guarded([place, other], Binary("==", place.expr, other.expr), unknown, (note,)))
            for being in env.beings(PRINCIPAL):
                found.extend(Option(o.expr, (*o.notes, note)) for o in _within(env, being, other, unknown))
    return found


def within(ref: Ref, mention: AttrRef, start: int, end: int) -> Leaf:
    """``ref`` is in the group that an attribute of another names ("they are in its department")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        pairs = [(being, place) for being in env.beings(ref) for place in env.places(mention)]
        return [o for being, place in pairs if place not in being.places for o in _within(env, being, place, unknown)]

    return Leaf(build, start, end)


def _within(env: Env, being: Being, place: Place, unknown: bool) -> list[Option]:
    """``principal in resource.department``, where it may be."""
    kind = place.type
    if not isinstance(kind, EntityRef) or (place.owner == being.owner and not being.places):
        return []
    able = [name for name in being.types if kind.name in ancestors(env, name)]
    if not able:
        return []
    only = [] if len(able) == len(being.types) else [Is(being.expr, name) for name in able]
    if len(only) > 1:
        return []
    option = env.guarded([*being.places, place], Binary("in", being.expr, place.expr), unknown)
    return [Option(chain("&&", [*only, option.expr]), option.notes)]


def own(verb: str, start: int, end: int) -> Leaf:
    """The principal is the resource's ``verb``-er (own → owner, create → creator): an entity, or its id as a String.

    "own" where the type has no owner: its attributes of the principal's type, as an assumption. An owner that cannot
    be compared with the principal is an owner all the same: then nothing is meant.
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        words = [w for w in env.lexicon.attributes if w.place != CONTEXT]
        found = [o for w in words if _agent_of(env, w.phrase.items, verb) for o in _oneself(env, w, unknown, ())]
        if not found and verb == "own":
            owned = {w.place for w in words if _agent_of(env, w.phrase.items, verb)}
            for word in (w for w in words if w.place not in owned):
                note = f'"own" is taken to mean that one is its `{word.name}`'
                if isinstance(word.type, EntityRef):
                    found.extend(_oneself(env, word, unknown, (note,)))
        return found

    return Leaf(build, start, end)


def agent(verb: str, mention: AttrRef, start: int, end: int) -> Leaf:
    """The resource's ``verb``-er is the one that an attribute of another names ("assigned to their deputy")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        words = [w for w in env.lexicon.attributes if w.place != CONTEXT and _agent_of(env, w.phrase.items, verb)]
        mine = env.places(AttrRef(tuple(words), RESOURCE))
        return [
            env.guarded([a, b], Binary("==", a.expr, b.expr), unknown)
            for a in mine
            for b in env.places(mention)
            if a != b and a.type == b.type and isinstance(a.type, EntityRef)
        ]

    return Leaf(build, start, end)


def _oneself(env: Env, word: AttributeWord, unknown: bool, notes: tuple[str, ...]) -> list[Option]:
    """The principal is the one that a resource attribute names."""
    found = []
    for place in env.places(AttrRef((word,), Ref(("resource",)))):
        inner = place.type.element if isinstance(place.type, SetType) else place.type
        if isinstance(inner, EntityRef) and inner.name in env.principals:
            found.append(env.guarded([place], _one_of(Var("principal"), place), unknown, notes))
        else:
            found.extend(_by_id(env, place, unknown, notes))
    return found


def _by_id(env: Env, place: Place, unknown: bool, notes: tuple[str, ...] = ()) -> list[Option]:
    """The principal is the one whose ``id`` a String attribute holds."""
    identity = env.attribute("principal", ("id",))
    if place.type != PrimitiveType("String") or identity is None or identity.type != place.type:
        return []
    mine = Place("principal", ("id",), place.type)
    return [env.guarded([mine, place], Binary("==", mine.expr, place.expr), unknown, notes)]


def _one_of(expr: Expr, place: Place) -> Expr:
    """``expr`` is the entity that the attribute names, or one of them."""
    if isinstance(place.type, SetType):
        return Method(place.expr, "contains", (expr,))
    return Binary("==", expr, place.expr)


def _agent_of(env: Env, items: Sequence[str | None], verb: str) -> bool:
    """Whether a phrase is the verb itself or its agent noun ("owner" of "own", "creator" of "create")."""
    said = [item for item in items if item is not None and item not in env.lexicon.words.possessive.any]
    if said == [verb] or (said[:1] == [verb] and len(said) == 2 and said[1] in env.lexicon.words.preposition.by):
        return True
    return len(said) == 1 and said[0] in _agents(env, verb)


def _agents(env: Env, verb: str) -> set[str]:
    """Nouns for who does ``verb``: owner, creator."""
    return {
        stem + ending for stem in (verb, verb.removesuffix("e")) for ending in env.lexicon.words.naming.agent_endings
    }


def member(group_types: Iterable[str], name: str, ref: Ref, start: int, end: int, *, exact: bool) -> Leaf:
    """``principal in Team::"billing"``, where such a group may have the principal as a member."""
    types = tuple(group_types)

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded(
                being.places, Binary("in", being.expr, EntityLit(group, name)), unknown, group_notes(group, name, exact)
            )
            for being in env.beings(ref)
            for group in types
            if all(group in ancestors(env, t) for t in being.types)
        ]

    return Leaf(build, start, end)


def group_notes(group: str, name: str, exact: bool) -> tuple[str, ...]:
    """The assumption behind a group named by a plain word."""
    return () if exact else (f'the name is taken as written: `{group}::"{name}"`',)


def ancestors(env: Env, name: str) -> frozenset[str]:
    """All types that an entity of type ``name`` may be in."""
    found: set[str] = set()
    pending = [name]
    while pending:
        entity = env.lexicon.schema.entity_types.get(pending.pop())
        for parent in entity.parents if entity else ():
            if parent not in found:
                found.add(parent)
                pending.append(parent)
    return frozenset(found)


def is_type(name: str, start: int, end: int) -> Leaf:
    """The principal is of one of the several types that may act."""

    def build(env: Env, _: bool) -> list[Option]:
        return [Option(Is(Var("principal"), name))] if name in env.principals and len(env.principals) > 1 else []

    return Leaf(build, start, end)


def of_type(ref: Ref, name: str, start: int, end: int) -> Leaf:
    """``ref`` is of one of the several types that it may be of."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded(being.places, Is(being.expr, name), unknown)
            for being in env.beings(ref)
            if ref.type is None and name in being.types and len(being.types) > 1
        ]

    return Leaf(build, start, end)


def part_of(ref: Ref, other: Ref, start: int, end: int) -> Leaf:
    """``ref`` is in another being itself ("the agent is a member of the team", where the team is acted on)."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded((*one.places, *whole.places), Binary("in", one.expr, whole.expr), unknown)
            for one in env.beings(ref)
            for whole in env.beings(other)
            if one.expr != whole.expr and (other.via is not None or other.type in (None, *whole.types))
            if all(group in ancestors(env, name) for name in one.types for group in whole.types)
        ]

    return Leaf(build, start, end)


def entity(ref: Ref, literal: EntityLit, start: int, end: int) -> Leaf:
    """``ref`` is this very entity."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded(being.places, Binary("==", being.expr, literal), unknown)
            for being in env.beings(ref)
            if literal.type in being.types and (ref.via is not None or ref.type in (None, literal.type))
        ]

    return Leaf(build, start, end)


def identity(ref: Ref, mention: AttrRef, start: int, end: int) -> Leaf:
    """``ref`` itself is the entity, or one of those, that an attribute of another names."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found: list[Option] = []
        for being in env.beings(ref):
            if ref.via is None and ref.type not in (None, *being.types):
                continue
            for place in env.places(mention):
                inner = place.type.element if isinstance(place.type, SetType) else place.type
                if being.owner == "principal" and not being.places and place.owner == "resource":
                    found.extend(_by_id(env, place, unknown))
                if (place.owner == being.owner and not being.places) or place in being.places:
                    continue
                if isinstance(inner, EntityRef) and inner.name in being.types:
                    found.append(env.guarded([*being.places, place], _one_of(being.expr, place), unknown))
        return found

    return Leaf(build, start, end)
