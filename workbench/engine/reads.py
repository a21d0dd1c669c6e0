"""What a satisfied rule has read, known beforehand. Pure; may import the engine's compiler and the language's tree.

Where no operator can be cut short, a rule that is satisfied has read everything that its conditions mention, in the
order in which they mention it: a conjunction that is true evaluated all its operands, a disjunction that is false too.
Such a rule's evidence is a list of fields made once; the others are asked again over a recording view
(``CompiledRule.reads``). Both give the same, which a property test holds them to.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from workbench.engine.compile import compile_expr
from workbench.engine.env import Fn
from workbench.engine.fields import field_chain
from workbench.engine.static import chain_of, constant
from workbench.language import ast
from workbench.language.render import render_expr


class FieldRead(NamedTuple):
    """One read: its path as a person writes it, the variable and fields it leads through ("" where none), its value."""

    path: str
    root: str
    fields: tuple[str, ...]
    value: Fn


def reads_when_satisfied(conditions: Iterable[ast.Condition]) -> tuple[FieldRead, ...] | None:
    """Every read of conditions that all hold, each path once; ``None`` where it depends on the request."""
    found: dict[str, FieldRead] = {}
    for condition in conditions:
        if not _collect(condition.body, condition.kind == "when", found):
            return None
    return tuple(found.values())


def _collect(expr: ast.Expr, outcome: bool | None, found: dict[str, FieldRead]) -> bool:
    """Add what ``expr`` reads when its value is ``outcome`` (``None``: unknown); whether that is certain."""
    if constant(expr) is not None:
        return True
    match expr:
        case ast.Binary(op="&&" | "||" as op):
            certain = op == "&&" if outcome is True else op == "||" if outcome is False else False
            return certain and all(_collect(operand, outcome, found) for operand in chain_of(expr))
        case ast.Unary(op="!", arg=arg):
            return _collect(arg, None if outcome is None else not outcome, found)
        case ast.If():
            return False
        case ast.Is(container=container) if container is not None:
            return False  # the membership is looked at only where the type fits
        case ast.Var(name=name):
            _add(expr, name, (), found)
            return True
        case ast.GetAttr():
            return _chain(expr, found)
        case ast.Has(expr=of, path=path):
            root, fields, base = field_chain(of)
            if not isinstance(base, ast.Var) and not _collect(base, None, found):
                return False
            _add(expr, root, fields + path, found)
            return True
        case ast.Is(expr=of):
            return _whole(expr, [of], [], found)
        case ast.Binary(op="in", left=left, right=right):
            return _whole(expr, [left, right], [], found)
        case ast.Method(method="hasTag" | "getTag", receiver=receiver, args=args):
            return _whole(expr, [receiver], list(args), found)
        case _:
            return all(_collect(child, None, found) for child in ast.children(expr))


def _whole(expr: ast.Expr, subjects: list[ast.Expr], others: list[ast.Expr], found: dict[str, FieldRead]) -> bool:
    """A read noted as one: what its subjects read first (a bare variable says nothing more), then itself."""
    inner = [subject for subject in subjects if not isinstance(subject, ast.Var)] + others
    if not all(_collect(part, None, found) for part in inner):
        return False
    _add(expr, "", (), found)
    return True


def _chain(expr: ast.GetAttr, found: dict[str, FieldRead]) -> bool:
    root, fields, base = field_chain(expr)
    if isinstance(base, ast.Var):
        if len(fields) == 1:
            field = _field(base.name, expr.attr)
            found.setdefault(field.path, field)
            return True
    elif not _collect(base, None, found):
        return False
    _add(expr, root, fields, found)
    return True


@lru_cache(maxsize=4_096)
def _field(variable: Literal["principal", "action", "resource", "context"], attr: str) -> FieldRead:
    """The read of a variable's own attribute; one for all rules, so that it stays in quick memory."""
    expr = ast.GetAttr(ast.Var(variable), attr)
    return FieldRead(render_expr(expr), variable, (attr,), compile_expr(expr))


def _add(expr: ast.Expr, root: str, fields: tuple[str, ...], found: dict[str, FieldRead]) -> None:
    path = render_expr(expr)
    if path not in found:
        found[path] = FieldRead(path, root, fields, compile_expr(expr))
