"""What a rule can be looked up by: conditions that, when they are false, make it certain that the rule is silent.

A rule may be skipped only if it can neither be satisfied nor fail. So a condition pins a rule only when everything
evaluated before it cannot fail, or is itself a pin that has been used; pins are therefore used in order. (The property
is Cedar's sound policy slicing.) Where the pins are all that a rule says, a request that meets every one of them
satisfies it, and the rule need not be asked at all. Pure; may import the engine and the language's tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from workbench.engine.rules import CompiledRule, uid_of
from workbench.engine.static import conjuncts, constant, is_total
from workbench.engine.values import Value, key
from workbench.language import ast

Side: TypeAlias = Literal["principal", "resource"]
Holder: TypeAlias = Literal["principal", "resource", "context"]
Order: TypeAlias = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class UidPin:
    """``side == uid``, or, where ``within``, ``side in uid``."""

    side: Side
    uid: Value
    within: bool


@dataclass(frozen=True, slots=True)
class TypePin:
    """``side is type``."""

    side: Side
    type: str


@dataclass(frozen=True, slots=True)
class EqualPin:
    """``holder.attr == value``; ``value`` as the key of a set."""

    holder: Holder
    attr: str
    value: object


@dataclass(frozen=True, slots=True)
class ContainsPin:
    """``holder.attr.contains(value)``; ``value`` as the key of a set."""

    holder: Holder
    attr: str
    value: object


@dataclass(frozen=True, slots=True)
class RangePin:
    """``holder.attr <op> bound``, on Longs."""

    holder: Holder
    attr: str
    op: Order
    bound: int


Pin: TypeAlias = UidPin | TypePin | EqualPin | ContainsPin | RangePin


class Pins(NamedTuple):
    """The pins of a rule, in the order in which they must be used.

    ``complete``: a request for the rule's action that meets them all satisfies the rule.
    """

    pins: tuple[Pin, ...]
    complete: bool


def pins_of(rule: CompiledRule) -> Pins:
    """What the rule can be looked up by."""
    pins: list[Pin] = []
    types: list[Pin] = []
    side: Side
    for side, scope in (("principal", rule.scope.principal), ("resource", rule.scope.resource)):
        if scope.kind in ("eq", "in", "is_in"):
            pins.append(UidPin(side, uid_of(scope.entity), scope.kind != "eq"))
        if scope.type is not None:
            types.append(TypePin(side, scope.type))
    conditions, complete = _condition_pins(rule)
    # a scope never fails, so its type constraints may come last: they tell least apart
    return Pins((*pins, *conditions, *types), complete)


def _condition_pins(rule: CompiledRule) -> tuple[list[Pin], bool]:
    pins: list[Pin] = []
    complete = True
    for condition in rule.conditions:
        if condition.kind == "unless":
            if not is_total(condition.body):
                return pins, False
            complete = False
            continue
        for expr in conjuncts(condition.body):
            pin = _pin(expr)
            if pin is not None:
                pins.append(pin)
            elif is_total(expr):
                complete = False
            else:
                return pins, False
    return pins, complete


_MIRRORED: dict[str, Order] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _pin(expr: ast.Expr) -> Pin | None:
    match expr:
        case ast.Binary(op="==", left=ast.Var(name="principal" | "resource" as side), right=ast.EntityLit() as entity):
            return UidPin(side, uid_of(entity), False)
        case ast.Binary(op="in", left=ast.Var(name="principal" | "resource" as side), right=ast.EntityLit() as entity):
            return UidPin(side, uid_of(entity), True)
        case ast.Binary(op="==", left=left, right=right):
            return _equal_pin(left, right) or _equal_pin(right, left)
        case ast.Method(receiver=receiver, method="contains", args=(member,)):
            place, value = _place(receiver), constant(member)
            return None if place is None or value is None else ContainsPin(*place, key(value))
        case ast.Binary(op="<" | "<=" | ">" | ">=" as op, left=left, right=right):
            return _range_pin(left, op, right) or _range_pin(right, _MIRRORED[op], left)
        case _:
            return None


def _place(expr: ast.Expr) -> tuple[Holder, str] | None:
    match expr:
        case ast.GetAttr(expr=ast.Var(name="principal" | "resource" | "context" as holder), attr=attr):
            return holder, attr
        case _:
            return None


def _equal_pin(attribute: ast.Expr, literal: ast.Expr) -> Pin | None:
    place, value = _place(attribute), constant(literal)
    return None if place is None or value is None else EqualPin(*place, key(value))


def _range_pin(attribute: ast.Expr, op: Order, literal: ast.Expr) -> Pin | None:
    place, bound = _place(attribute), constant(literal)
    return None if place is None or type(bound) is not int else RangePin(*place, op, bound)
