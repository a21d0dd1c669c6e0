"""What a rule can be looked up by: conditions that, when they are false, make it certain that the rule is silent.

A rule may be skipped only if it can neither be satisfied nor fail. So a condition pins a rule only when everything
evaluated before it cannot fail, or is itself a pin that has been used; pins are therefore used in order. (The property
is Cedar's sound policy slicing.) Pure; may import the engine and the language's tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from workbench.engine.rules import CompiledRule, uid_of
from workbench.engine.static import conjuncts, constant, is_total
from workbench.engine.values import Value, key
from workbench.language import ast

Side: TypeAlias = Literal["principal", "resource"]
Holder: TypeAlias = Literal["principal", "resource", "context"]
Order: TypeAlias = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class UidPin:
    """``side == uid`` or ``side in uid``."""

    side: Side
    uid: Value


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


def pins_of(rule: CompiledRule) -> tuple[Pin, ...]:
    """The pins of a rule, in the order in which they must be used."""
    pins: list[Pin] = []
    types: list[Pin] = []
    side: Side
    for side, scope in (("principal", rule.scope.principal), ("resource", rule.scope.resource)):
        if scope.kind in ("eq", "in", "is_in"):
            pins.append(UidPin(side, uid_of(scope.entity)))
        elif scope.kind == "is" and scope.type is not None:
            types.append(TypePin(side, scope.type))
    pins += _condition_pins(rule)
    return (*pins, *types)  # a scope never fails, so its type constraints may come last: they tell least apart


def _condition_pins(rule: CompiledRule) -> list[Pin]:
    pins: list[Pin] = []
    for condition in rule.conditions:
        if condition.kind == "unless":
            if not is_total(condition.body):
                return pins
            continue
        for expr in conjuncts(condition.body):
            pin = _pin(expr)
            if pin is not None:
                pins.append(pin)
            elif not is_total(expr):
                return pins
    return pins


_MIRRORED: dict[str, Order] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _pin(expr: ast.Expr) -> Pin | None:
    match expr:
        case ast.Binary(op="==", left=ast.Var(name="principal" | "resource" as side), right=ast.EntityLit() as entity):
            return UidPin(side, uid_of(entity))
        case ast.Binary(op="in", left=ast.Var(name="principal" | "resource" as side), right=ast.EntityLit() as entity):
            return UidPin(side, uid_of(entity))
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
