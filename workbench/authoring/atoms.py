"""Leaves of conditions: how a mention of an attribute, a value or a number becomes an expression. Pure.

Each function returns a :class:`Leaf` that, given the environment, offers every expression which fits the types there
and none that does not. Imports language, meaning, lexicon.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from workbench.authoring.clock import CLOCK, hour_window, is_hour
from workbench.authoring.lexicon import CONTEXT, AttributeWord, ValueWord, is_number, is_text
from workbench.authoring.meaning import OWNERS, AttrRef, Env, Leaf, Option, Place, Ref, chain, value_expr
from workbench.authoring.words import split_name
from workbench.language.ast import (
    WILDCARD,
    Binary,
    BinaryOp,
    Call,
    EntityLit,
    Expr,
    Is,
    Like,
    Lit,
    Method,
    Var,
    Wildcard,
)
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, SetType

_DECIMAL_METHODS = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}
_I64 = 1 << 63


def values(words: Sequence[ValueWord], ref: Ref, start: int = 0, end: int = 0) -> Leaf:
    """``ref`` has the value that these words name."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([place], value_expr(place, value), unknown) for place, value in env.value_places(words, ref)
        ]

    return Leaf(build, start, end)


def named_value(mention: AttrRef, text: str, start: int, end: int, *, exact: bool) -> Leaf:
    """The attribute mentioned has the value ``text``, said outright ("priority high", ``tagged "x"``).

    Not ``exact``: an unquoted word, allowed only where the schema lists no values for the attribute.
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        places = env.places(mention)
        if not exact and any(_closed(env, mention, place) for place in places):
            return []
        notes = () if exact else (f'the value "{text}" is taken as written',)
        return [env.guarded([p], value_expr(p, text), unknown, notes) for p in places if is_text(p.type)]

    return Leaf(build, start, end)


def known_value(mention: AttrRef, words: Sequence[ValueWord], start: int, end: int) -> Leaf:
    """The attribute mentioned has one of its listed values ("priority high")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        mentioned = set(env.places(mention))
        pairs = env.value_places(words, Ref(OWNERS))
        return [env.guarded([place], value_expr(place, value), unknown) for place, value in pairs if place in mentioned]

    return Leaf(build, start, end)


def _closed(env: Env, mention: AttrRef, place: Place) -> bool:
    return any((w.place, w.path) in env.lexicon.closed for w in mention.words if w.path == place.path)


def number_expr(left: Expr, decimal: bool, op: str, value: int | str | Expr) -> Expr | None:
    """``left op value`` for a Long or a decimal; ``None`` where the number does not fit the type."""
    right: Expr
    if isinstance(value, (int, str)):
        if decimal:
            number = Decimal(value)
            if abs(number) >= Decimal(_I64) / 10000 or number != round(number, 4):
                return None
            text = f"{number:f}"
            right = Call("decimal", (Lit(text if "." in text else text + ".0"),))
        elif isinstance(value, int) and value < _I64:
            right = Lit(value)
        else:
            return None
    else:
        right = value
    if decimal and op in _DECIMAL_METHODS:
        return Method(left, _DECIMAL_METHODS[op], (right,))
    return Binary(_op(op), left, right)


def _op(op: str) -> BinaryOp:
    table: dict[str, BinaryOp] = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "==", "!=": "!="}
    return table[op]


def _decimal(place: Place) -> bool:
    return isinstance(place.type, ExtensionType)


def compare(mention: AttrRef, op: str, value: int | str, start: int, end: int) -> Leaf:
    """The number mentioned stands in relation ``op`` to a constant."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for place in env.places(mention):
            if is_number(place.type):
                expr = number_expr(place.expr, _decimal(place), op, value)
                if expr is not None:
                    found.append(env.guarded([place], expr, unknown))
        return found

    return Leaf(build, start, end)


def between(mention: AttrRef, low: int | str, high: int | str, start: int, end: int) -> Leaf:
    """``low <= x && x <= high``."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for place in env.places(mention):
            if is_hour(env, place):
                if isinstance(low, int) and isinstance(high, int) and 0 <= low < 24 and 0 < high <= 24 and low != high:
                    found.append(env.guarded([place], hour_window(place.expr, low, high), unknown, CLOCK))
            elif is_number(place.type) and Decimal(low) <= Decimal(high):
                first = number_expr(place.expr, _decimal(place), ">=", low)
                last = number_expr(place.expr, _decimal(place), "<=", high)
                if first is not None and last is not None:
                    note = f"between {low} and {high} includes both"
                    found.append(env.guarded([place], chain("&&", [first, last]), unknown, (note,)))
        return found

    return Leaf(build, start, end)


def relate(left: AttrRef, op: str, right: AttrRef, start: int, end: int) -> Leaf:
    """One attribute compared with another, both of one type; never with itself."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for a in env.places(left):
            for b in env.places(right):
                if a == b or a.type != b.type or (op not in ("==", "!=") and not is_number(a.type)):
                    continue
                expr = number_expr(a.expr, _decimal(a), op, b.expr)
                if expr is not None:
                    found.append(env.guarded([a, b], expr, unknown))
        return found

    return Leaf(build, start, end)


def same(mention: AttrRef, start: int, end: int) -> Leaf:
    """Principal and resource have the same value of one attribute ("in their own region")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        mine = env.places(AttrRef(mention.words, Ref(("principal",))))
        theirs = env.places(AttrRef(mention.words, Ref(("resource",))))
        return [
            env.guarded([a, b], Binary("==", a.expr, b.expr), unknown)
            for a in mine
            for b in theirs
            if a.type == b.type and not isinstance(a.type, SetType)
        ]

    return Leaf(build, start, end)


def boolean(mention: AttrRef, start: int, end: int) -> Leaf:
    """A Bool attribute holds."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([place], place.expr, unknown)
            for place in env.places(mention)
            if isinstance(place.type, PrimitiveType) and place.type.name == "Bool"
        ]

    return Leaf(build, start, end)


def own(verb: str, start: int, end: int) -> Leaf:
    """The principal is the resource's ``verb``-er (own → owner, create → creator): an entity, or its id as a String.

    "own" where the schema has no owner: the attributes of the principal's type, as an assumption.
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        words = [w for w in env.lexicon.attributes if w.place != CONTEXT]
        found = [o for w in words if _agent_of(env, w.phrase.items, verb) for o in _oneself(env, w, unknown, ())]
        if not found and verb == "own":
            for word in words:
                note = f'"own" is taken to mean that one is its `{word.name}`'
                if isinstance(word.type, EntityRef):
                    found.extend(_oneself(env, word, unknown, (note,)))
        return found

    return Leaf(build, start, end)


def _oneself(env: Env, word: AttributeWord, unknown: bool, notes: tuple[str, ...]) -> list[Option]:
    """The principal is the one that a resource attribute names."""
    found = []
    for place in env.places(AttrRef((word,), Ref(("resource",)))):
        if isinstance(place.type, EntityRef) and place.type.name in env.principals:
            found.append(env.guarded([place], Binary("==", Var("principal"), place.expr), unknown, notes))
        elif isinstance(place.type, PrimitiveType) and place.type.name == "String":
            identity = env.attribute("principal", ("id",))
            if identity is not None and identity.type == place.type:
                mine = Place("principal", ("id",), place.type)
                found.append(env.guarded([mine, place], Binary("==", mine.expr, place.expr), unknown, notes))
    return found


def _agent_of(env: Env, items: Sequence[str | None], verb: str) -> bool:
    """Whether a phrase is the verb itself or its agent noun ("owner" of "own", "creator" of "create")."""
    said = [item for item in items if item is not None and item not in env.lexicon.words.possessive.any]
    if said == [verb]:
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

    def build(env: Env, _: bool) -> list[Option]:
        return [
            Option(Binary("in", Var(owner), EntityLit(group, name)), group_notes(group, name, exact))
            for owner in ref.owners
            if owner in ("principal", "resource")
            for group in types
            if all(group in ancestors(env, t) for t in env.types(owner)) and env.types(owner)
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


def text_like(mention: AttrRef, before: bool, text: str, after: bool, start: int, end: int) -> Leaf:
    """``x like "*text*"``, with a wildcard ``before`` and/or ``after``; for a set, membership is not meant."""

    def build(env: Env, unknown: bool) -> list[Option]:
        pattern: tuple[str | Wildcard, ...] = (
            *((WILDCARD,) if before else ()), *((text,) if text else ()), *((WILDCARD,) if after else ()),
        )  # fmt: skip
        return [
            env.guarded([place], Like(place.expr, pattern), unknown)
            for place in env.places(mention)
            if isinstance(place.type, PrimitiveType) and place.type.name == "String"
        ]

    return Leaf(build, start, end)


def measure(op: str, value: int | str, start: int, end: int) -> Leaf:
    """A number compared without its attribute said ("a refund above 500"): the request's or the resource's amount."""

    def build(env: Env, unknown: bool) -> list[Option]:
        measures = set(env.lexicon.words.naming.measures)
        found = []
        for word in env.lexicon.attributes:
            items = word.phrase.items
            if items != split_name(word.path[-1]) or measures.isdisjoint(items):
                continue
            if not set(items) <= measures | _action_words(env):
                continue
            for place in env.places(AttrRef((word,), Ref(("context", "resource")))):
                expr = number_expr(place.expr, _decimal(place), op, value) if is_number(place.type) else None
                if expr is not None:
                    found.append(env.guarded([place], expr, unknown, (f"{value} is the `{word.name}`",)))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def _action_words(env: Env) -> set[str]:
    return {word for action in env.actions for word in split_name(action.id)}


def counter(nouns: Sequence[str], verb: str, window: str, limit: int, note: str, start: int, end: int) -> Leaf:
    """A count of ``nouns`` within ``window`` kept by the caller (``refunds_today``) has reached ``limit``.

    Every noun must be in the counter's name, and the name may say nothing else but the verb and the window. Without
    a noun ("5 times a day") it is the action itself that is counted.
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        naming = env.lexicon.words.naming
        windows = {word for word, of in naming.windows.items() if of == window}
        allowed = {*nouns, verb} if nouns else {verb} | _action_words(env)
        found = []
        for word in env.lexicon.attributes:
            items = {item for item in word.phrase.items if item is not None}
            counted = items - windows - set(naming.window_fillers)
            if word.phrase.gapped or not items & windows or not counted:
                continue
            if not counted <= allowed or not set(nouns) <= counted:
                continue
            for place in env.places(AttrRef((word,), Ref(OWNERS))):
                expr = number_expr(place.expr, _decimal(place), ">=", limit) if is_number(place.type) else None
                if expr is not None:
                    notes = (note, f"`{word.name}` counts what came before this request, within its own {window}")
                    found.append(env.guarded([place], expr, unknown, notes))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def is_type(name: str, start: int, end: int) -> Leaf:
    """The principal is of one of the several types that may act."""

    def build(env: Env, _: bool) -> list[Option]:
        return [Option(Is(Var("principal"), name))] if name in env.principals and len(env.principals) > 1 else []

    return Leaf(build, start, end)


def entity(ref: Ref, literal: EntityLit, start: int, end: int) -> Leaf:
    """``ref`` is this very entity."""

    def build(env: Env, _: bool) -> list[Option]:
        return [
            Option(Binary("==", Var(owner), literal))
            for owner in ref.owners
            if owner != CONTEXT and literal.type in env.types(owner) and ref.type in (None, literal.type)
        ]

    return Leaf(build, start, end)


def identity(ref: Ref, mention: AttrRef, start: int, end: int) -> Leaf:
    """``ref`` itself is the entity that an attribute of another names ("the agent is the ticket's owner")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found: list[Option] = []
        for owner in ref.owners:
            if owner == CONTEXT or ref.type not in (None, *env.types(owner)):
                continue
            for place in env.places(mention):
                if place.owner != owner and isinstance(place.type, EntityRef) and place.type.name in env.types(owner):
                    found.append(env.guarded([place], Binary("==", Var(owner), place.expr), unknown))
        return found

    return Leaf(build, start, end)
