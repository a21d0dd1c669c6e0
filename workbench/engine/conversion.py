"""Cedar's JSON forms → runtime values, with and without a schema. Pure; may import the engine's values and the schema.

Without a schema only the escapes ``__entity`` and ``__extn`` make entities and extension values. With one, each type
has a converter that reads and validates in one pass, and takes the short forms that Cedar's schema-based parsing
takes: ``{"type", "id"}`` for an entity, a bare string or ``{"fn", "arg"}`` for an extension value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.extensions.ipaddr import Ip
from workbench.engine.functions import FUNCTIONS, Function
from workbench.engine.values import I64_MAX, I64_MIN, EntityUid, EvalError, Record, SetValue, Value, key
from workbench.language.literals import RESERVED, EscapeError, unescape
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, RecordType, Schema, SetType, Type

MAX_DEPTH = 64
_Read = TypeVar("_Read")
Converter: TypeAlias = Callable[[Any], Value]


class InputError(ValueError):
    """Outside data that is not what it should be. ``path`` leads to the place, outermost first."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        self.message = message
        self.path = path
        super().__init__(message)

    def within(self, step: str) -> InputError:
        """The same complaint, seen from one level further out."""
        return InputError(self.message, (step, *self.path))

    @property
    def place(self) -> str:
        """The path as a person writes it: ``a.b``."""
        return ".".join(self.path)


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


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number)
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
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
        return _DECODER.decode(text)
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
        return _long(data)
    if depth >= MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(data, list | tuple):
        return SetValue.of([untyped(item, depth + 1) for item in data])
    if isinstance(data, Mapping):
        return _untyped_mapping(data, depth)
    if isinstance(data, str):  # a subclass, such as a member of an enumeration
        return checked_text(str.__str__(data))
    if isinstance(data, int):
        return _long(int(data))
    raise InputError(f"{_shown(data)} is not allowed in Cedar")


def _untyped_mapping(data: Mapping[str, Any], depth: int) -> Value:
    if "__entity" in data and _looks_like_uid(data["__entity"]):
        return uid_from_json(data)
    if "__extn" in data and _looks_like_call(data["__extn"]):
        function, args = _call(data["__extn"])
        return _apply(function, [untyped(arg, depth + 1) for arg in args])
    if isinstance(data.get("__expr"), str):
        raise InputError("the `__expr` escape is not supported")
    return record_of(data, depth)


def record_of(data: Mapping[str, Any], depth: int = 0) -> Record:
    """A record of untyped values; the names are never escapes. Raises ``InputError``."""
    out = Record()
    for name, item in data.items():
        if type(name) is not str:
            raise InputError(f"the attribute name {_shown(name)} is not a string")
        try:
            out[checked_text(name)] = untyped(item, depth + 1)
        except InputError as error:
            raise error.within(name) from None
    return out


def _looks_like_uid(inner: Any) -> bool:
    return isinstance(inner, Mapping) and isinstance(inner.get("type"), str) and isinstance(inner.get("id"), str)


def _looks_like_call(inner: Any) -> bool:
    return (
        isinstance(inner, Mapping)
        and isinstance(inner.get("fn"), str)
        and ("arg" in inner or isinstance(inner.get("args"), list))
    )


def _call(inner: Mapping[str, Any]) -> tuple[Function, list[Any]]:
    function = FUNCTIONS.get(inner["fn"])
    if function is None:
        raise InputError(f"extension function `{inner['fn']}` does not exist")
    return function, [inner["arg"]] if "arg" in inner else list(inner["args"])


def _apply(function: Function, args: list[Value]) -> Value:
    try:
        return function(*args)
    except EvalError as error:
        raise InputError(str(error)) from None


def _long(data: int) -> int:
    if I64_MIN <= data <= I64_MAX:
        return data
    raise InputError(f"`{data if abs(data) < 10**40 else 'the number'}` does not fit 64 bits")


def _shown(data: Any) -> str:
    if data is None:
        return "`null`"
    if isinstance(data, float):
        return f"the fraction `{data}`"
    return f"a {type(data).__name__}"


# ---- with a schema ---------------------------------------------------------------------------------------------------

_EXTENSIONS: Mapping[str, tuple[type, str]] = {
    "decimal": (Decimal4, "decimal"),
    "ipaddr": (Ip, "ip"),
    "datetime": (Datetime, "datetime"),
    "duration": (Duration, "duration"),
}
_CLASS_TO_EXTENSION = {cls: name for name, (cls, _) in _EXTENSIONS.items()}


def _found(data: Any) -> str:
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "a Bool"),
        (int, "a Long"),
        (str, "a String"),
        ((list, tuple), "a set"),
        (Mapping, "a record"),
    ]
    return next((name for cls, name in kinds if isinstance(data, cls)), _shown(data))


def _bool(data: Any) -> Value:
    if data is True or data is False:
        return bool(data)
    raise InputError(f"expected a Bool, found {_found(data)}")


def _typed_long(data: Any) -> Value:
    if type(data) is int:
        if I64_MIN <= data <= I64_MAX:
            return data
        return _long(data)
    raise InputError(f"expected a Long, found {_found(data)}")


def _string(data: Any) -> Value:
    if type(data) is str:
        return data if data.isascii() else checked_text(data)
    raise InputError(f"expected a String, found {_found(data)}")


_PRIMITIVES: Mapping[str, Converter] = {"Bool": _bool, "Long": _typed_long, "String": _string}


def extension_converter(name: str) -> Converter:
    """Reads the extension type ``name``: an escape, ``{"fn", "arg"}``, or the bare string of its constructor."""
    wanted, constructor = _EXTENSIONS[name]
    construct = FUNCTIONS[constructor]

    def convert(data: Any) -> Value:
        if type(data) is str:
            return _apply(construct, [data])
        inner = data.get("__extn", data) if isinstance(data, Mapping) else None
        if inner is None or not _looks_like_call(inner):
            raise InputError(f"expected {_article(name)}, found {_found(data)}")
        function, args = _call(inner)
        value = _apply(function, [_argument(function, index, arg) for index, arg in enumerate(args)])
        if type(value) is not wanted:
            raise InputError(f"expected {_article(name)}, found the result of `{function.name}`")
        return value

    return convert


def _argument(function: Function, index: int, arg: Any) -> Value:
    parameter = function.parameters[index] if index < len(function.parameters) else str
    extension = _CLASS_TO_EXTENSION.get(parameter)
    return untyped(arg) if extension is None else extension_converter(extension)(arg)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def entity_converter(type_name: str, schema: Schema) -> Converter:
    """Reads an entity of one type, and one of the listed ids where the type is an enumeration."""
    declared = schema.entity_types.get(type_name)
    enum = frozenset(declared.enum) if declared is not None and declared.enum is not None else None

    def convert(data: Any) -> Value:
        if type(data) is dict or isinstance(data, Mapping):
            inner = data.get("__entity", data)
            if type(inner) is dict and enum is None and inner.get("type") == type_name:
                id_ = inner.get("id")
                if type(id_) is str and id_.isascii():  # the usual case, without the steps between
                    return new_uid(EntityUid, (type_name, id_))
            uid = uid_from_json(data)
            if uid[0] == type_name and (enum is None or uid[1] in enum):
                return uid
            raise InputError(f"expected an entity of type `{type_name}`, found `{uid}`")
        raise InputError(f"expected an entity of type `{type_name}`, found {_found(data)}")

    return convert


def converter(wanted: Type, schema: Schema) -> Converter:
    """The function that reads JSON as ``wanted``; it raises ``InputError`` where the data does not fit."""
    match wanted:
        case PrimitiveType(name=name):
            return _PRIMITIVES[name]
        case ExtensionType(name=name):
            return extension_converter(name)
        case EntityRef(name=name):
            return entity_converter(name, schema)
        case SetType(element=element):
            return _set_converter(converter(element, schema))
        case RecordType():
            return record_converter(wanted, schema)


def _set_converter(member: Converter) -> Converter:
    own_keys = member is not _bool  # every other value stands for itself inside a set
    strings = member is _string

    def convert(data: Any) -> Value:
        if type(data) is list or isinstance(data, list | tuple):
            if strings:
                for item in data:
                    if type(item) is not str or not item.isascii():
                        break
                else:
                    return SetValue(data)
            return SetValue([member(item) for item in data] if own_keys else [key(member(item)) for item in data])
        raise InputError(f"expected a set, found {_found(data)}")

    return convert


def record_converter(wanted: RecordType, schema: Schema) -> Callable[[Any], Record]:
    """Reads a record with exactly the declared attributes; the optional ones may be absent."""
    fields = [
        (name, _plain_class(attribute.type), attribute.required, converter(attribute.type, schema))
        for name, attribute in wanted.attributes.items()
    ]
    names = frozenset(wanted.attributes)

    def convert(data: Any) -> Record:
        if type(data) is not dict:
            if not isinstance(data, Mapping):
                raise InputError(f"expected a record, found {_found(data)}")
            data = dict(data)
        out = Record()
        for name, plain, required, read in fields:
            try:
                item = data[name]
            except KeyError:
                if required:
                    raise InputError("the attribute is missing", (name,)) from None
                continue
            kind = type(item)
            # what `read` would say, without the call
            if kind is plain and (item.isascii() if kind is str else kind is bool or I64_MIN <= item <= I64_MAX):
                out[name] = item
                continue
            try:
                out[name] = read(item)
            except InputError as error:
                raise error.within(name) from None
        if len(out) != len(data):
            extra = sorted(str(name) for name in data if name not in names)
            raise InputError("the attribute is not declared in the schema", (extra[0],))
        return out

    return convert


def _plain_class(wanted: Type) -> type | None:
    """The Python class of a primitive type's values."""
    return {"Bool": bool, "Long": int, "String": str}[wanted.name] if isinstance(wanted, PrimitiveType) else None
