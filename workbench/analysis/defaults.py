"""Plain values for what a question does not depend on: a witness should not distract. Pure."""

from __future__ import annotations

from workbench.engine.extensions.datetime import parse_datetime, parse_duration
from workbench.engine.extensions.decimal import parse_decimal
from workbench.engine.extensions.ipaddr import parse_ip
from workbench.engine.values import SetValue, Value
from workbench.language.schema import ExtensionType, PrimitiveType, SetType, Type

_PRIMITIVES: dict[str, Value] = {"Bool": False, "Long": 0, "String": ""}
_EXTENSIONS: dict[str, Value] = {
    "decimal": parse_decimal("0.0"),
    "ipaddr": parse_ip("10.0.0.1"),
    "datetime": parse_datetime("2026-01-01"),
    "duration": parse_duration("0ms"),
}


def plain_value(type_: Type) -> Value:
    """The plainest value of a type; records and entities have none of their own (``ValueError``)."""
    match type_:
        case PrimitiveType(name=name):
            return _PRIMITIVES[name]
        case ExtensionType(name=name):
            return _EXTENSIONS[name]
        case SetType():
            return SetValue()
    raise ValueError("records and entities have no plain value of their own")
