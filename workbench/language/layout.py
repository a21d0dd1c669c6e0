"""Expressions and scopes too long for one line, broken where they nest. What fits on one line stays on it.

Reads trees and what ``render`` makes of them; every break is white space between tokens. Imports the tree and render.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.language.ast import (
    ActionScope,
    Binary,
    Call,
    Expr,
    GetAttr,
    If,
    Method,
    RecordLit,
    Scope,
    SetLit,
    Unary,
)
from workbench.language.literals import is_plain_identifier, quote
from workbench.language.render import (
    LEVEL,
    MEMBER,
    RELATION,
    SUM,
    render_action,
    render_entity,
    render_entity_scope,
    render_expr,
    render_scope,
    with_level,
)

_CHAINS = ("&&", "||")


def lay_out(expr: Expr, width: int, minimum: int = 0) -> list[str]:
    """``expr`` on as few lines as keep within ``width`` columns where that can be done.

    In parentheses if it binds less tightly than ``minimum``, a level of ``render``.
    """
    text, level = with_level(expr)
    parenthesised = level < minimum
    if len(text) + 2 * parenthesised <= width:
        return [f"({text})" if parenthesised else text]
    if parenthesised:
        return ["(", *_inside(lay_out(expr, width - 2)), ")"]
    return _broken(expr, text, width)


def lay_out_body(expr: Expr, width: int) -> list[str]:
    """What stands between braces of its own: a chain with one operand a line, all else as :func:`lay_out` has it."""
    if isinstance(expr, Binary) and expr.op in _CHAINS:
        return _chain(expr, width)
    return lay_out(expr, width)


def _inside(lines: Sequence[str]) -> list[str]:
    return ["  " + line for line in lines]


def _joined(first: Sequence[str], middle: str, second: Sequence[str]) -> list[str]:
    """Two runs of lines with ``middle`` between them, on the line where they meet."""
    return [*first[:-1], first[-1] + middle + second[0], *second[1:]]


def _broken(expr: Expr, text: str, width: int) -> list[str]:
    match expr:
        case Binary(op=op) if op in _CHAINS:
            return _chain(expr, width)
        case Binary(op=op, left=left, right=right):
            level = LEVEL.get(op, RELATION)
            first = lay_out(left, width, SUM if level == RELATION else level)
            return _joined(first, f" {op} ", lay_out(right, width, level + 1))
        case Unary(op="!", arg=arg) if not isinstance(arg, Unary):
            return _joined(["!"], "", lay_out(arg, width - 1, MEMBER))
        case If(condition=condition, then=then, otherwise=otherwise):
            words = (("if", condition), ("then", then), ("else", otherwise))
            parts = [_joined([f"{word} "], "", lay_out(part, width - 5)) for word, part in words]
            return [line for first, *rest in parts for line in (first, *_inside(rest))]
        case SetLit(items=items):
            return _listed("[", [lay_out(item, width - 3) for item in items], "]")
        case RecordLit(items=fields):
            keys = ((name if is_plain_identifier(name) else quote(name), value) for name, value in fields)
            return _listed("{", [_joined([f"{key}: "], "", lay_out(value, width - 3)) for key, value in keys], "}")
        case GetAttr(expr=inner, attr=attr):
            tail = f".{attr}" if is_plain_identifier(attr) else f"[{quote(attr)}]"
            return _joined(lay_out(inner, width - len(tail), MEMBER), tail, [""])
        case Call(function=function, args=args):
            return _listed(f"{function}(", [lay_out(arg, width - 3) for arg in args], ")")
        case Method(receiver=receiver, method=method, args=args):
            return _called(lay_out(receiver, width, MEMBER), method, args, width)
    return [text]


def _chain(chain: Binary, width: int) -> list[str]:
    """One operand a line, its operator at the end."""
    operands: list[Expr] = []
    node: Expr = chain
    while isinstance(node, Binary) and node.op == chain.op:
        operands.append(node.right)
        node = node.left
    operands.append(node)
    operands.reverse()
    level = LEVEL[chain.op]
    lines: list[str] = []
    for place, operand in enumerate(operands):
        laid = lay_out(operand, width - 3, level if place == 0 else level + 1)
        if place < len(operands) - 1:
            laid[-1] += f" {chain.op}"
        lines += laid
    return lines


def _listed(opening: str, items: Sequence[Sequence[str]], closing: str) -> list[str]:
    if not items:
        return [opening + closing]
    lines: list[str] = []
    for place, item in enumerate(items):
        comma = "," if place < len(items) - 1 else ""
        lines += [*item[:-1], item[-1] + comma]
    return [opening, *_inside(lines), closing]


def _called(receiver: list[str], method: str, args: Sequence[Expr], width: int) -> list[str]:
    written = f".{method}({', '.join(map(render_expr, args))})"
    if len(receiver[-1]) + len(written) <= width:
        return _joined(receiver, written, [""])
    return _joined(receiver, "", _listed(f".{method}(", [lay_out(arg, width - 3) for arg in args], ")"))


def lay_out_action(action: ActionScope, width: int) -> list[str]:
    """The action part of a scope or a trigger, an action a line where they are too many for one."""
    text = render_action(action)
    if len(text) <= width or len(action.entities) < 2:
        return [text]
    return _listed("action in [", [[render_entity(entity)] for entity in action.entities], "]")


def lay_out_scope(scope: Scope, width: int) -> list[str]:
    """``(principal, action, resource)``, a part a line where one line is too short."""
    text = render_scope(scope)
    if len(text) <= width:
        return [text]
    principal = [render_entity_scope("principal", scope.principal)]
    resource = [render_entity_scope("resource", scope.resource)]
    return _listed("(", [principal, lay_out_action(scope.action, width - 3), resource], ")")
