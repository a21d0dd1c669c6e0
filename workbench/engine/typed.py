"""Cedar's JSON forms → runtime values, by the schema. Pure; may import the engine's values and the schema.

Each type has a converter that reads and validates in one pass, and takes the short forms that Cedar's schema-based
parsing takes: ``{"type", "id"}`` for an entity, a bare string or ``{"fn", "arg"}`` for an extension value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from workbench.engine.conversion import (
    MAX_DEPTH,
    InputError,
    applied,
    call_of,
    checked_json_long,
    checked_text,
    looks_like_call,
    new_uid,
    shown_json,
    uid_from_json,
    untyped,
)
from workbench.engine.extensions.datetime import Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.extensions.ipaddr import Ip
from workbench.engine.functions import FUNCTIONS, Function
from workbench.engine.values import I64_MAX, I64_MIN, EntityUid, Record, SetValue, Value, key
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, RecordType, Schema, SetType, Type

Converter: TypeAlias = Callable[[Any], Value]

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
    return next((name for cls, name in kinds if isinstance(data, cls)), shown_json(data))


def _bool(data: Any) -> Value:
    if data is True or data is False:
        return bool(data)
    raise InputError(f"expected a Bool, found {_found(data)}")


def _typed_long(data: Any) -> Value:
    if type(data) is int:
        if I64_MIN <= data <= I64_MAX:
            return data
        return checked_json_long(data)
    if isinstance(data, int) and not isinstance(data, bool):  # a subclass, such as a member of an enumeration
        return checked_json_long(int(data))
    raise InputError(f"expected a Long, found {_found(data)}")


def _string(data: Any) -> Value:
    if type(data) is str:
        return data if data.isascii() else checked_text(data)
    if isinstance(data, str):
        return checked_text(str.__str__(data))
    raise InputError(f"expected a String, found {_found(data)}")


_PRIMITIVES: Mapping[str, Converter] = {"Bool": _bool, "Long": _typed_long, "String": _string}


def extension_converter(name: str) -> Converter:
    """Reads the extension type ``name``: an escape, ``{"fn", "arg"}``, or the bare string of its constructor."""
    return lambda data: _extension(name, data, 0)


def _extension(name: str, data: Any, depth: int) -> Value:
    wanted, constructor = _EXTENSIONS[name]
    if type(data) is str:
        return applied(FUNCTIONS[constructor], [data])
    if depth >= MAX_DEPTH:
        raise InputError(f"nested deeper than {MAX_DEPTH}")
    inner = data.get("__extn", data) if isinstance(data, Mapping) else None
    if inner is None or not looks_like_call(inner):
        raise InputError(f"expected {_article(name)}, found {_found(data)}")
    function, args = call_of(inner)
    value = applied(function, [_argument(function, index, arg, depth + 1) for index, arg in enumerate(args)])
    if type(value) is not wanted:
        raise InputError(f"expected {_article(name)}, found the result of `{function.name}`")
    return value


def _argument(function: Function, index: int, arg: Any, depth: int) -> Value:
    parameter = function.parameters[index] if index < len(function.parameters) else str
    extension = _CLASS_TO_EXTENSION.get(parameter)
    return untyped(arg, depth) if extension is None else _extension(extension, arg, depth)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def entity_converter(type_name: str, schema: Schema) -> Converter:
    """Reads an entity of one type: of an enumeration one of the listed ids, of actions a declared one."""
    declared = schema.entity_types.get(type_name)
    enum: frozenset[str] | None = None
    if declared is None:
        enum = frozenset(id_ for type_, id_ in schema.actions if type_ == type_name)
    elif declared.enum is not None:
        enum = frozenset(declared.enum)

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


_NOTHING = Record()


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
        if not data and not fields:
            return _NOTHING
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
