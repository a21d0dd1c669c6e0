"""Points in time and days of the week, as leaves of conditions: "before 2027-01-01", "on weekends", ages. Pure.

Now is an attribute of the request, known by its name; what a schema does not say is never taken from a clock.
Imports language, meaning, words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from workbench.authoring.meaning import REQUEST, AttrRef, Env, Leaf, Option, Place, Ref, chain
from workbench.authoring.words import split_name
from workbench.language.ast import Binary, BinaryOp, Call, Expr, Lit, Method
from workbench.language.schema import ExtensionType, PrimitiveType

_OPS: dict[str, BinaryOp] = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "=="}
_MOMENT = ExtensionType("datetime")


def is_moment(place: Place) -> bool:
    """Whether the attribute is a datetime."""
    return place.type == _MOMENT


def now(env: Env) -> tuple[Place, ...]:
    """The attributes of the request that are the present time, by their names."""
    naming = env.lexicon.words.naming
    found: list[Place] = []
    for word in env.lexicon.attributes:
        names = set(split_name(word.path[-1]))
        if names.isdisjoint(naming.now) or not names <= {*naming.now, *naming.now_words}:
            continue
        found.extend(place for place in env.places(AttrRef((word,), REQUEST)) if is_moment(place))
    return tuple(dict.fromkeys(found))


def births(env: Env, ref: Ref) -> tuple[Place, ...]:
    """The attributes of ``ref`` that say when it was made."""
    naming = env.lexicon.words.naming
    found: list[Place] = []
    for word in env.lexicon.attributes:
        names = set(split_name(word.path[-1]))
        if names.isdisjoint(naming.birth) or not names <= {*naming.birth, *naming.moment_words}:
            continue
        found.extend(place for place in env.places(AttrRef((word,), ref)) if is_moment(place))
    return tuple(dict.fromkeys(found))


def since(env: Env, place: Place, op: str, length: Expr, unknown: bool) -> list[Option]:
    """The time since ``place`` stands in relation ``op`` to ``length``."""
    if not is_moment(place) or op not in _OPS:
        return []
    return [
        env.guarded(
            [current, place], Binary(_OPS[op], Method(current.expr, "durationSince", (place.expr,)), length), unknown
        )
        for current in now(env)
        if current != place
    ]


def passed(mention: AttrRef, op: str, start: int, end: int) -> Leaf:
    """The moment mentioned lies before (``<``) or after the present one ("has passed", "is in the future")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([place, current], Binary(_OPS[op], place.expr, current.expr), unknown)
            for place in env.places(mention)
            for current in now(env)
            if is_moment(place) and place != current
        ]

    return Leaf(build, start, end)


def relate_moments(one: AttrRef, op: str, other: AttrRef, start: int, end: int) -> Leaf:
    """One moment lies before or after another."""

    def build(env: Env, unknown: bool) -> list[Option]:
        return [
            env.guarded([a, b], Binary(_OPS[op], a.expr, b.expr), unknown)
            for a in env.places(one)
            for b in env.places(other)
            if a != b and is_moment(a) and is_moment(b)
        ]

    return Leaf(build, start, end)


def dated(mention: AttrRef, op: str, text: str, start: int, end: int) -> Leaf:
    """The moment mentioned lies before or after a date; a day ends at midnight UTC, "after" it is the next day on."""
    right, relation = _bound(op, text)

    def build(env: Env, unknown: bool) -> list[Option]:
        if right is None:
            env.failures.append((end - 1, end, f"`{text}` is in no calendar"))
            return []
        notes = ("a date is a day of UTC, from midnight to midnight",) if "T" not in text else ()
        return [
            env.guarded([place], Binary(relation, place.expr, right), unknown, notes)
            for place in env.places(mention)
            if is_moment(place)
        ]

    return Leaf(build, start, end)


def _bound(op: str, text: str) -> tuple[Expr | None, BinaryOp]:
    """The constant to compare with, and how; none for a date that no calendar has."""
    try:
        day = datetime.fromisoformat(text).date()
        if "T" not in text and op in (">", "<="):
            day += timedelta(days=1)
    except (ValueError, OverflowError):
        return None, "<"
    whole: dict[str, BinaryOp] = {"<": "<", "<=": "<", ">": ">=", ">=": ">="}
    constant = Call("datetime", (Lit(text if "T" in text else day.isoformat()),))
    return constant, _OPS[op] if "T" in text else whole.get(op, "<")


def days(names: Sequence[str], start: int, end: int) -> Leaf:
    """The request is made on one of these days of the week ("monday" …), as the schema spells them."""

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        naming = env.lexicon.words.naming
        for word in env.lexicon.attributes:
            said = set(split_name(word.path[-1]))
            if said.isdisjoint(naming.weekday) or not said <= {*naming.weekday, *naming.weekday_words}:
                continue
            for place in env.places(AttrRef((word,), REQUEST)):
                if place.type != PrimitiveType("String"):
                    continue
                spelled = [_spelled(env, place, name) for name in names]
                if all(spelled):
                    tests: list[Expr] = [Binary("==", place.expr, Lit(each)) for each in spelled]
                    found.append(env.guarded([place], chain("||", tests), unknown))
                else:
                    message = f"the schema does not say how the days of `{word.name}` are spelled (`@values`)"
                    env.failures.append((start, end, message))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def _spelled(env: Env, place: Place, name: str) -> str:
    """The one listed value for a day of the week, or the empty string."""
    mine = [word for word in env.lexicon.values if word.path == place.path]
    found = {w.value for w in mine if w.phrase.nouns == (name,)} or {w.value for w in mine if w.value.lower() == name}
    return found.pop() if len(found) == 1 else ""
