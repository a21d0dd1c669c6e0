"""Runtime values: what a Cedar expression is worth while a request is decided.

Booleans, Longs and Strings are Python's ``bool``, ``int`` and ``str``; the rest are the classes below. Every value is
immutable and hashable. Cedar's equality is typed (``1 == true`` is false, ``[1, true]`` has two elements), Python's is
not, so comparisons go through :func:`equal` and sets keep their members as *keys* (:func:`key`), in which Booleans are
replaced by two marks of their own. May import the extension values and the language's literals.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.extensions.ipaddr import Ip
from workbench.language.literals import quote

I64_MIN = -(2**63)
I64_MAX = 2**63 - 1


class EvalError(Exception):
    """A Cedar expression has no value on this input; the message says why, in Cedar's style."""


class EntityUid(NamedTuple):
    """``Type::"id"``; the type is fully qualified, the id unescaped."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"{self.type}::{quote(self.id)}"


class BoolKey:
    """The mark of a Boolean inside a :class:`SetValue`; two instances, :data:`TRUE` and :data:`FALSE`."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return (_bool_key, (self.value,))


TRUE = BoolKey(True)
FALSE = BoolKey(False)


def _bool_key(value: bool) -> BoolKey:
    return TRUE if value else FALSE


class SetValue(frozenset[Any]):
    """A Cedar set; its Python members are keys (see :func:`key`), its Cedar members come from :meth:`members`."""

    __slots__ = ()

    @classmethod
    def of(cls, values: Iterable[Value]) -> SetValue:
        """The set of these values; duplicates fall together."""
        return cls([key(value) for value in values])

    def members(self) -> Iterator[Value]:
        """The members as values, in no particular order."""
        for member in self:
            yield member.value if type(member) is BoolKey else member


class Record(dict[str, Any]):
    """A Cedar record. Never changed once made; equality and hash are Cedar's."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not Record or len(self) != len(other):
            return False
        return all(name in other and equal(value, other[name]) for name, value in self.items())

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]  # a dict is unhashable because it changes; a Record does not
        return hash(frozenset([(name, key(value)) for name, value in self.items()]))


Value: TypeAlias = bool | int | str | EntityUid | SetValue | Record | Decimal4 | Ip | Datetime | Duration


def key(value: Value) -> Any:
    """What stands for ``value`` inside a set: itself, or the mark of a Boolean."""
    if value is True:
        return TRUE
    if value is False:
        return FALSE
    return value


def equal(left: Value, right: Value) -> bool:
    """Cedar's ``==``: never an error, false between different types."""
    return type(left) is type(right) and left == right


_TYPE_NAMES = {
    bool: "bool",
    int: "long",
    str: "string",
    SetValue: "set",
    Record: "record",
    Decimal4: "decimal",
    Ip: "ipaddr",
    Datetime: "datetime",
    Duration: "duration",
}


def type_name(value: Value) -> str:
    """The type of a value as messages name it (an entity by its own type)."""
    if isinstance(value, EntityUid):
        return f"(entity of type `{value.type}`)"
    return _TYPE_NAMES[type(value)]


def checked_long(value: int, what: str) -> int:
    """``value`` if it fits i64, else an overflow error that names the operation."""
    if I64_MIN <= value <= I64_MAX:
        return value
    raise EvalError(f"integer overflow while attempting to {what}")


def to_json(value: Value) -> Any:
    """Cedar's JSON form (``__entity`` and ``__extn`` escapes); sets are sorted, so equal values print alike."""
    if isinstance(value, EntityUid):
        return {"__entity": {"type": value.type, "id": value.id}}
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, SetValue):
        items = [to_json(member) for member in value.members()]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, Record):
        return {name: to_json(item) for name, item in sorted(value.items())}
    if isinstance(value, Datetime) and not value.writable:
        return {"__extn": {"fn": "offset", "args": [to_json(Datetime(0)), to_json(Duration(value.millis))]}}
    return {"__extn": {"fn": value.constructor, "arg": str(value)}}
