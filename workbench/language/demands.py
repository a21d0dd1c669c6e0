"""What types the operands of an expression must have: enough to find the one that a validator complains of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from workbench.language.ast import Binary, Call, Expr, GetAttr, Has, If, Is, Like, Method, Unary
from workbench.language.inference import BOOL, DATETIME, DECIMAL, DURATION, LONG, STRING
from workbench.language.schema import EntityRef, ExtensionType, RecordType, SetType, Type

Demand: TypeAlias = Callable[[Type], bool]

_ORDERED: tuple[Type, ...] = (LONG, DATETIME, DURATION)


def demands(nodes: Iterable[Expr]) -> Iterator[tuple[Expr, Demand]]:
    """Every operand of ``nodes`` with the test that its type must pass."""
    for node in nodes:
        match node:
            case Binary(op=op, left=left, right=right):
                yield from ((side, _demand_of(op)) for side in (left, right) if op not in ("==", "!=", "in"))
                if op == "in":
                    yield left, _is_entity
                    yield right, _is_or_holds_entities
            case Unary(op=op, arg=arg):
                yield arg, _is_bool if op == "!" else _is_long
            case If(condition=condition):
                yield condition, _is_bool
            case Like(expr=inner):
                yield inner, _is_string
            case Is(expr=inner, container=container):
                yield inner, _is_entity
                if container is not None:
                    yield container, _is_or_holds_entities
            case GetAttr(expr=inner):
                yield inner, _has_attributes
            case Has(expr=receiver, path=path, span=span):
                for name in path:
                    yield receiver, _has_attributes
                    receiver = GetAttr(receiver, name, span)
            case Method(receiver=receiver, method=method, args=args):
                yield receiver, _receiver_of(method)
                yield from ((arg, _argument_of(method)) for arg in args if method != "contains")
            case Call(args=args):
                yield from ((arg, _is_string) for arg in args)


def _is_bool(kind: Type) -> bool:
    return kind == BOOL


def _is_long(kind: Type) -> bool:
    return kind == LONG


def _is_string(kind: Type) -> bool:
    return kind == STRING


def _is_entity(kind: Type) -> bool:
    return isinstance(kind, EntityRef)


def _is_or_holds_entities(kind: Type) -> bool:
    return _is_entity(kind.element if isinstance(kind, SetType) else kind)


def _has_attributes(kind: Type) -> bool:
    return isinstance(kind, EntityRef | RecordType)


def _is_set(kind: Type) -> bool:
    return isinstance(kind, SetType)


def _demand_of(operator: str) -> Demand:
    if operator in ("&&", "||"):
        return _is_bool
    if operator in ("+", "-", "*"):
        return _is_long
    return lambda kind: kind in _ORDERED


def _receiver_of(method: str) -> Demand:
    if method in ("contains", "containsAll", "containsAny", "isEmpty"):
        return _is_set
    if method in ("getTag", "hasTag"):
        return _is_entity
    return _extension_of(method)


def _argument_of(method: str) -> Demand:
    if method in ("containsAll", "containsAny"):
        return _is_set
    if method in ("getTag", "hasTag"):
        return _is_string
    if method == "offset":
        return lambda kind: kind == DURATION
    return _extension_of(method)


def _extension_of(method: str) -> Demand:
    kinds: tuple[Type, ...] = (ExtensionType("ipaddr"),)
    if method.startswith(("lessThan", "greaterThan")):
        kinds = (DECIMAL,)
    elif method in ("offset", "durationSince", "toDate", "toTime"):
        kinds = (DATETIME,)
    elif method.startswith("to"):
        kinds = (DURATION,)
    return lambda kind: kind in kinds
