"""What Cedar's operators do to runtime values. Pure; may import the engine's values and entities.

Each function is one operator on evaluated operands; it returns a value or raises ``EvalError``. Which operands are
evaluated, and in which order, is decided in ``engine.compile``.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engine.entity import Find
from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.functions import EXPECTED
from workbench.engine.values import (
    EntityUid,
    EvalError,
    Record,
    SetValue,
    Value,
    checked_long,
    key,
    type_name,
)


class AbsentError(EvalError):
    """A field, a tag or an entity that was read is not there."""


def wrong_type(expected: str, found: Value) -> EvalError:
    """The type error of Cedar's evaluator."""
    return EvalError(f"type error: expected {expected}, got {type_name(found)}")


def as_bool(value: Value) -> bool:
    """``value`` if it is a Boolean."""
    if value is True or value is False:
        return bool(value)
    raise wrong_type("bool", value)


def as_set(value: Value) -> SetValue:
    """``value`` if it is a set."""
    if type(value) is SetValue:
        return value
    raise wrong_type("set", value)


def as_entity(value: Value) -> EntityUid:
    """``value`` if it is an entity."""
    if type(value) is EntityUid:
        return value
    raise wrong_type("(entity)", value)


def as_string(value: Value) -> str:
    """``value`` if it is a String."""
    if type(value) is str:
        return value
    raise wrong_type("string", value)


# ---- comparison and arithmetic ---------------------------------------------------------------------------------------


def less(left: Value, right: Value) -> bool:
    """``left < right`` on two Longs, two datetimes or two durations."""
    if type(left) is int and type(right) is int:
        return left < right
    a, b = _ordered(left, right)
    return a < b


def less_or_equal(left: Value, right: Value) -> bool:
    """``left <= right``, on the same types as :func:`less`."""
    if type(left) is int and type(right) is int:
        return left <= right
    a, b = _ordered(left, right)
    return a <= b


def _ordered(left: Value, right: Value) -> tuple[int, int]:
    if isinstance(left, Datetime | Duration):
        if type(right) is type(left):
            return left.millis, right.millis
        raise wrong_type(EXPECTED[type(left)], right)
    if type(left) is int:
        raise wrong_type("long", right)
    raise wrong_type("long, datetime or duration", left)


def _long(value: Value) -> int:
    if type(value) is int:
        return value
    raise wrong_type("long", value)


def add(left: Value, right: Value) -> int:
    """``left + right``, within i64."""
    return checked_long(_long(left) + _long(right), f"add `{left}` and `{right}`")


def subtract(left: Value, right: Value) -> int:
    """``left - right``, within i64."""
    return checked_long(_long(left) - _long(right), f"subtract `{right}` from `{left}`")


def multiply(left: Value, right: Value) -> int:
    """``left * right``, within i64."""
    return checked_long(_long(left) * _long(right), f"multiply `{left}` by `{right}`")


def negate(value: Value) -> int:
    """``-value``, within i64."""
    return checked_long(-_long(value), f"negate `{value}`")


# ---- entities and records --------------------------------------------------------------------------------------------


def get_attr(value: Value, attr: str, find: Find) -> Value:
    """``value.attr`` of a record or an entity."""
    if type(value) is Record:
        if attr in value:
            found: Value = value[attr]
            return found
        raise AbsentError(f"record does not have the attribute `{attr}`")
    if type(value) is EntityUid:
        entity = find(value)
        if entity is None:
            raise AbsentError(f"entity `{value}` does not exist")
        if attr in entity.attrs:
            field: Value = entity.attrs[attr]
            return field
        raise AbsentError(f"`{value}` does not have the attribute `{attr}`")
    raise wrong_type("record or (entity)", value)


def has_attr(value: Value, attr: str, find: Find) -> bool:
    """``value has attr``; false for an entity that is not known."""
    if type(value) is Record:
        return attr in value
    if type(value) is EntityUid:
        entity = find(value)
        return entity is not None and attr in entity.attrs
    raise wrong_type("record or (entity)", value)


def has_path(value: Value, path: Sequence[str], find: Find) -> bool:
    """``value has a.b.c``: ``value has a && value.a has b && value.a.b has c``."""
    for attr in path[:-1]:
        if not has_attr(value, attr, find):
            return False
        value = get_attr(value, attr, find)
    return has_attr(value, path[-1], find)


def has_tag(value: Value, tag: Value, find: Find) -> bool:
    """``value.hasTag(tag)``; false for an entity that is not known."""
    entity = find(as_entity(value))
    name = as_string(tag)
    return entity is not None and name in entity.tags


def get_tag(value: Value, tag: Value, find: Find) -> Value:
    """``value.getTag(tag)``."""
    uid = as_entity(value)
    name = as_string(tag)
    entity = find(uid)
    if entity is None:
        raise AbsentError(f"entity `{uid}` does not exist")
    if name not in entity.tags:
        raise AbsentError(f"`{uid}` does not have the tag `{name}`")
    return entity.tags[name]


def is_in(left: Value, right: Value, find: Find) -> bool:
    """``left in right``: ``right`` an entity, or a set in which everything must be an entity."""
    uid = as_entity(left)
    if type(right) is EntityUid:
        return uid == right or reaches(uid, right, find)
    if type(right) is SetValue:
        targets = [as_entity(member) for member in right.members()]
        return uid in right or any(reaches(uid, target, find) for target in targets)
    raise wrong_type("set or (entity)", right)


def reaches(uid: EntityUid, target: EntityUid, find: Find) -> bool:
    """Whether ``target`` is an ancestor of ``uid``."""
    entity = find(uid)
    return entity is not None and target in entity.ancestors


# ---- sets and text ---------------------------------------------------------------------------------------------------


def contains(left: Value, right: Value) -> bool:
    """``left.contains(right)``."""
    return key(right) in as_set(left)


def contains_all(left: Value, right: Value) -> bool:
    """``left.containsAll(right)``."""
    return as_set(left) >= as_set(right)


def contains_any(left: Value, right: Value) -> bool:
    """``left.containsAny(right)``."""
    return not as_set(left).isdisjoint(as_set(right))


def is_empty(value: Value) -> bool:
    """``value.isEmpty()``."""
    return not as_set(value)


def matches(text: str, pieces: Sequence[str]) -> bool:
    """Whether ``text`` is the pieces with anything between each two; linear, and by code points.

    One piece means that the pattern has no wildcard.
    """
    if len(pieces) == 1:
        return text == pieces[0]
    first, last = pieces[0], pieces[-1]
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
