"""Cedar's JSON forms → runtime values, without a schema (``engine.typed``: with one). Pure; may import the values.

Only the escapes ``__entity`` and ``__extn`` make entities and extension values here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from workbench.engine.functions import FUNCTIONS, Function
from workbench.engine.values import I64_MAX, I64_MIN, EntityUid, EvalError, Record, SetValue, Value
from workbench.language.literals import RESERVED, EscapeError, unescape

MAX_DEPTH = 64
_Read = TypeVar("_Read")


class InputError(ValueError):
    """Outside data that is not what it should be. ``path`` leads to the place, outermost first."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        self.message = writable(message)
        self.path = tuple([writable(step) for step in path])
        super().__init__(self.message)

    def within(self, step: str) -> InputError:
        """The same complaint, seen from one level further out."""
        return InputError(self.message, (step, *self.path))

    @property
    def place(self) -> str:
        """The path as a person writes it: ``a.b``."""
        return ".".join(self.path)


def writable(text: str) -> str:
    """``text`` with half surrogates written out, so that a message about them can be sent on as UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


# ---- entity uids -----------------------------------------------------------------------------------------------------

_IDENT = r"[_a-zA-Z][_a-zA-Z0-9]*"
_REMEMBERED_LENGTH = 200  # longer names are read each time, so that hostile ones cannot fill the memory
_TYPE = re.compile(rf"{_IDENT}(?:::{_IDENT})*")
_UID = re.compile(rf'({_IDENT}(?:::{_IDENT})*)::"((?:[^"\\]|\\.)*)"', re.DOTALL)


def checked_type(name: str) -> str:
    """``name`` if it can be the name of an entity type. Raises ``InputError``."""
    return _type_names[name]


def parse_uid(text: str) -> EntityUid:
    """``Type::"id"`` as Cedar writes it. Raises ``InputError``."""
    return known_uid(text)


def _check_type(name: str) -> str:
    if _TYPE.fullmatch(name) is None or not RESERVED.isdisjoint(name.split("::")):
        raise InputError(f"`{name}` is not the name of an entity type")
    return name


def _parse_uid(text: str) -> EntityUid:
    match = _UID.fullmatch(text)
    if match is None:
        raise InputError(f'`{text}` is not an entity; write `Type::"id"`')
    try:
        return EntityUid(checked_type(match[1]), checked_text(unescape(match[2])))
    except EscapeError as error:
        raise InputError(f"in `{text}`: {error}") from None


class _Remembered(dict[str, _Read]):
    """What was read of short texts, by the text. Bounded: what comes after it is full is read each time."""

    def __init__(self, read: Callable[[str], _Read], most: int) -> None:
        super().__init__()
        self._read = read
        self._most = most

    def __missing__(self, text: str) -> _Read:
        found = self._read(text)
        if len(self) < self._most and len(text) <= _REMEMBERED_LENGTH:
            self[text] = found
        return found


_type_names = _Remembered(_check_type, 4_096)
known_uid: Callable[[str], EntityUid] = _Remembered(_parse_uid, 32_768).__getitem__  # :func:`parse_uid`, one step less


def uid_from_json(data: Any) -> EntityUid:
    """``{"type", "id"}``, bare or under ``__entity``. Raises ``InputError``."""
    if type(data) is dict or isinstance(data, Mapping):
        inner = data.get("__entity", data)
        if type(inner) is dict or isinstance(inner, Mapping):
            type_, id_ = inner.get("type"), inner.get("id")
            if isinstance(type_, str) and isinstance(id_, str):
                return new_uid(EntityUid, (_type_names[type_], id_ if id_.isascii() else checked_text(id_)))
    raise InputError('expected an entity, `{"type": …, "id": …}`')


new_uid: Callable[[type[EntityUid], tuple[str, str]], EntityUid] = tuple.__new__  # skips the named tuple's own step


def checked_text(text: str) -> str:
    """``text`` if it is valid Unicode (no half of a surrogate pair). Raises ``InputError``."""
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise InputError("the text is not valid Unicode") from None
    return text


# ---- JSON text -------------------------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise InputError(f"the key `{next(n for n in names if names.count(n) > 1)}` appears twice in one object")
    return found


def _refuse_number(text: str) -> Any:
    raise InputError(f"`{text}` is not a 64-bit integer")


def _integer(text: str) -> Any:
    return int(text) if text != "-0" else _refuse_number(text)  # which is a fraction, as Cedar reads JSON


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number)
_DECODER_OF_ZEROS = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_refuse_number, parse_constant=_refuse_number
)
# A text without its end goes to the end of the input: were it tried again from each quote, the time would be quadratic.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_LEVELS = MAX_DEPTH + 4  # a list of entities, an entity and its attributes stand around a value


def _require_shallow(text: str) -> None:
    if text.count("[") + text.count("{") <= _LEVELS:
        return  # too few brackets to be deep; the usual case, and quick
    depth = 0
    for token in _BRACKETS.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth > _LEVELS:
                raise InputError(f"nested deeper than {MAX_DEPTH}")
        elif mark in "]}":
            depth -= 1


def loads(text: str) -> Any:
    """Strict JSON: no repeated keys, no fractions, depth ≤ 64. Raises ``InputError``."""
    _require_shallow(text)
    try:
        return (_DECODER_OF_ZEROS if "-0" in text else _DECODER).decode(text)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except ValueError as error:
        raise error if isinstance(error, InputError) else InputError("a number is too long") from None


# ---- without a schema ------------------------------------------------------------------------------------------------


def untyped(data: Any, depth: int = 0) -> Value:
    """The value that Cedar's JSON stands for when nothing is known of its type. Raises ``InputError``."""
    kind = type(data)
    if kind is str:
        return checked_text(data)
    if kind is bool:
        return bool(data)
    if kind is int:
        return checked_json_long(data)
    if depth >= MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(data, list | tuple):
        return SetValue.of([untyped(item, depth + 1) for item in data])
    if isinstance(data, Mapping):
        return _untyped_mapping(data, depth)
    if isinstance(data, str):  # a subclass, such as a member of an enumeration
        return checked_text(str.__str__(data))
    if isinstance(data, int):
        return checked_json_long(int(data))
    raise InputError(f"{shown_json(data)} is not allowed in Cedar")


def _untyped_mapping(data: Mapping[str, Any], depth: int) -> Value:
    if len(data) == 1:  # with anything beside it, an escape is an ordinary record
        if "__entity" in data and _looks_like_uid(data["__entity"]):
            return uid_from_json(data)
        if "__extn" in data and looks_like_call(data["__extn"]):
            function, args = call_of(data["__extn"])
            return applied(function, [untyped(arg, depth + 1) for arg in args])
        if isinstance(data.get("__expr"), str):
            raise InputError("the `__expr` escape is not supported")
    return record_of(data, depth)


def record_of(data: Mapping[str, Any], depth: int = 0) -> Record:
    """A record of untyped values; the names are never escapes. Raises ``InputError``."""
    out = Record()
    for name, item in data.items():
        if type(name) is not str:
            raise InputError(f"the attribute name {shown_json(name)} is not a string")
        try:
            out[checked_text(name)] = untyped(item, depth + 1)
        except InputError as error:
            raise error.within(name) from None
    return out


def _looks_like_uid(inner: Any) -> bool:
    return isinstance(inner, Mapping) and isinstance(inner.get("type"), str) and isinstance(inner.get("id"), str)


def looks_like_call(inner: Any) -> bool:
    """Whether the inside of ``__extn`` names a function and its arguments."""
    return (
        isinstance(inner, Mapping)
        and isinstance(inner.get("fn"), str)
        and ("arg" in inner or isinstance(inner.get("args"), list))
    )


def call_of(inner: Mapping[str, Any]) -> tuple[Function, list[Any]]:
    """The function of an ``__extn``, and its arguments as JSON. Raises ``InputError``."""
    function = FUNCTIONS.get(inner["fn"])
    if function is None:
        raise InputError(f"extension function `{inner['fn']}` does not exist")
    return function, [inner["arg"]] if "arg" in inner else list(inner["args"])


def applied(function: Function, args: list[Value]) -> Value:
    """``function`` of ``args``; raises ``InputError`` where it has no value."""
    try:
        return function(*args)
    except EvalError as error:
        raise InputError(str(error)) from None


def checked_json_long(data: int) -> int:
    """``data`` if it fits i64. Raises ``InputError``."""
    if I64_MIN <= data <= I64_MAX:
        return data
    raise InputError(f"`{data if abs(data) < 10**40 else 'the number'}` does not fit 64 bits")


def shown_json(data: Any) -> str:
    """What kind of JSON ``data`` is, for messages."""
    if data is None:
        return "`null`"
    if isinstance(data, float):
        return f"the fraction `{data}`"
    return f"a {type(data).__name__}"
