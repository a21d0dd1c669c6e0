"""Reading fields, plainly and so that each read is noted. Pure; may import the engine's values and the language's tree.

``engine.compile`` makes the closures for what the fields are read of; here is what happens to the fields themselves.
"""

from __future__ import annotations

from functools import lru_cache

from workbench.engine import operators as ops
from workbench.engine.env import Env, Fn, TracedRead
from workbench.engine.values import EvalError, Value
from workbench.language import ast
from workbench.language.render import render_expr


@lru_cache(maxsize=4_096)
def field_of(variable: str, attr: str) -> Fn:
    """``principal.attr`` and its like; one closure for all rules that read it, so that it stays in quick memory."""

    def of_principal(e: Env) -> Value:
        try:
            value: Value = e.principal_attrs[attr]
        except KeyError:
            return ops.get_attr(e.principal, attr, e.find)  # raises, saying whether it is the entity that lacks
        return value

    def of_resource(e: Env) -> Value:
        try:
            value: Value = e.resource_attrs[attr]
        except KeyError:
            return ops.get_attr(e.resource, attr, e.find)
        return value

    def of_context(e: Env) -> Value:
        try:
            value: Value = e.context[attr]
        except KeyError:
            return ops.get_attr(e.context, attr, e.find)
        return value

    return {"principal": of_principal, "resource": of_resource, "context": of_context}[variable]


def noting(read: Fn, path: str, root: str, fields: tuple[str, ...]) -> Fn:
    """``read``, noted in ``Env.reads`` under ``path``: the value, or that it is missing."""

    def noted(e: Env) -> Value:
        try:
            value = read(e)
        except ops.AbsentError:
            e.reads.setdefault(path, TracedRead(root, fields, None, True))
            raise
        e.reads.setdefault(path, TracedRead(root, fields, value, False))
        return value

    return noted


def traced_chain(expr: ast.GetAttr, base: Fn, *, only_failures: bool = False) -> Fn:
    """A chain ``root.a.b`` noted once, by its longest prefix that could be read; ``base`` computes its root."""
    root, fields, _ = field_chain(expr)
    paths = [render_expr(prefix) for prefix in _prefixes(expr)]

    def read(e: Env) -> Value:
        value = base(e)
        for count, attr in enumerate(fields, 1):
            try:
                value = ops.get_attr(value, attr, e.find)
            except ops.AbsentError:
                e.reads.setdefault(paths[count - 1], TracedRead(root, fields[:count], None, True))
                raise
            except EvalError:
                if count > 1:
                    e.reads.setdefault(paths[count - 2], TracedRead(root, fields[: count - 1], value, False))
                raise
        if not only_failures:
            e.reads.setdefault(paths[-1], TracedRead(root, fields, value, False))
        return value

    return read


def field_chain(expr: ast.Expr) -> tuple[str, tuple[str, ...], ast.Expr]:
    """``root.a.b`` taken apart: the variable's name ("" where it is none), the fields, and what they are read of."""
    fields: list[str] = []
    while isinstance(expr, ast.GetAttr):
        fields.append(expr.attr)
        expr = expr.expr
    return expr.name if isinstance(expr, ast.Var) else "", tuple(reversed(fields)), expr


def _prefixes(expr: ast.Expr) -> list[ast.GetAttr]:
    found: list[ast.GetAttr] = []
    while isinstance(expr, ast.GetAttr):
        found.append(expr)
        expr = expr.expr
    return found[::-1]


def traced_has(expr: ast.Has, inner: Fn) -> Fn:
    """``a.b has c`` is noted by itself: of ``a.b`` nothing was read but whether it has the field."""
    path, text = expr.path, render_expr(expr)
    root, fields, _ = field_chain(expr.expr)

    def read(e: Env) -> Value:
        found = ops.has_path(inner(e), path, e.find)
        e.reads.setdefault(text, TracedRead(root, fields + path, found, False))
        return found

    return read
