"""Core expressions → closures over one request. Pure; may import the engine's values and the language's tree.

A closure takes an :class:`Env` and returns a value or raises ``EvalError``; it holds no state, so one compiled rule
serves any number of threads. No source text is made from a policy, nothing is executed but functions written here.

The same compiler has a second form, ``trace=True``, whose closures note every field of the input that they read in
``Env.reads``. It is used for the rules that a decision must explain, and only for those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.engine import operators as ops
from workbench.engine.env import Env, Fn, Test, TracedRead
from workbench.engine.fields import field_chain, field_of, noting, traced_chain, traced_has
from workbench.engine.functions import FUNCTIONS
from workbench.engine.static import chain_of, constant, is_boolean
from workbench.engine.values import EntityUid, Record, SetValue, Value, equal, key
from workbench.language import ast
from workbench.language.render import render_expr

# ---- the compiler ----------------------------------------------------------------------------------------------------


def compile_expr(expr: ast.Expr, *, trace: bool = False) -> Fn:
    """The closure that computes a core expression. Raises ``ValueError`` for sugar, and for unknown functions."""
    value = constant(expr)
    if value is not None:
        return lambda _: value
    compiler = _COMPILERS.get(type(expr))
    if compiler is None:
        raise ValueError(f"`{type(expr).__name__}` is not part of a core expression")
    return compiler(expr, trace)


def compile_test(expr: ast.Expr, *, trace: bool = False) -> Test:
    """The closure that computes a core expression which must be a Boolean."""
    if isinstance(expr, ast.Lit) and isinstance(expr.value, bool):
        truth = expr.value
        return lambda _: truth
    inner: Any = compile_expr(expr, trace=trace)
    if is_boolean(expr):
        test: Test = inner
        return test
    as_bool = ops.as_bool
    return lambda e: as_bool(inner(e))


def all_of(tests: list[Test]) -> Test:
    """Their conjunction: left to right, stopping at the first that is false."""
    match tests:
        case []:
            return lambda _: True
        case [only]:
            return only
        case [a, b]:
            return lambda e: a(e) and b(e)
        case [a, b, c]:
            return lambda e: a(e) and b(e) and c(e)
        case _:
            several = tuple(tests)

            def test(e: Env) -> bool:
                for one in several:  # noqa: SIM110  # `all` with a generator costs twice as much
                    if not one(e):
                        return False
                return True

            return test


def _any_of(tests: list[Test]) -> Test:
    match tests:
        case [a, b]:
            return lambda e: a(e) or b(e)
        case _:
            several = tuple(tests)

            def test(e: Env) -> bool:
                for one in several:  # noqa: SIM110  # as above
                    if one(e):
                        return True
                return False

            return test


def _var(expr: ast.Var, trace: bool) -> Fn:
    name = expr.name
    read = _VARIABLES[name]
    return noting(read, name, name, ()) if trace else read


_VARIABLES: Mapping[str, Fn] = {
    "principal": lambda e: e.principal,
    "action": lambda e: e.action,
    "resource": lambda e: e.resource,
    "context": lambda e: e.context,
}


def _subject(expr: ast.Expr, trace: bool) -> Fn:
    """The operand of a read that is noted as a whole: a bare variable is not noted a second time."""
    return compile_expr(expr, trace=trace and not isinstance(expr, ast.Var))


def _noted_whole(expr: ast.Expr, read: Fn, trace: bool) -> Fn:
    return noting(read, render_expr(expr), "", ()) if trace else read


# attributes


def _get_attr(expr: ast.GetAttr, trace: bool) -> Fn:
    if trace:
        return traced_chain(expr, _subject(field_chain(expr)[2], True))
    if isinstance(expr.expr, ast.Var) and expr.expr.name != "action":
        return field_of(expr.expr.name, expr.attr)
    inner, attr, get_attr = compile_expr(expr.expr), expr.attr, ops.get_attr
    return lambda e: get_attr(inner(e), attr, e.find)


def _has(expr: ast.Has, trace: bool) -> Fn:
    path = expr.path
    if trace:
        of = expr.expr
        if isinstance(of, ast.GetAttr):
            inner = traced_chain(of, _subject(field_chain(of)[2], True), only_failures=True)
        else:
            inner = _subject(of, True)
        return traced_has(expr, inner)
    if len(path) == 1:
        attr = path[0]
        match expr.expr:
            case ast.Var(name="principal"):
                return lambda e: attr in e.principal_attrs
            case ast.Var(name="resource"):
                return lambda e: attr in e.resource_attrs
            case ast.Var(name="context"):
                return lambda e: attr in e.context
    inner = compile_expr(expr.expr)
    return lambda e: ops.has_path(inner(e), path, e.find)


# operators


def _unary(expr: ast.Unary, trace: bool) -> Fn:
    if expr.op == "!":
        test = compile_test(expr.arg, trace=trace)
        return lambda e: not test(e)
    inner = compile_expr(expr.arg, trace=trace)
    return lambda e: ops.negate(inner(e))


_ARITHMETIC: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": ops.add,
    "-": ops.subtract,
    "*": ops.multiply,
    "<": ops.less,
    "<=": ops.less_or_equal,
    ">": lambda a, b: not ops.less_or_equal(a, b),
    ">=": lambda a, b: not ops.less(a, b),
}


def _binary(expr: ast.Binary, trace: bool) -> Fn:
    op = expr.op
    if op in ("&&", "||"):
        tests = [compile_test(operand, trace=trace) for operand in chain_of(expr)]
        return all_of(tests) if op == "&&" else _any_of(tests)
    if op in ("==", "!="):
        same = _equality(expr, trace)
        return same if op == "==" else lambda e: not same(e)
    if op == "in":
        left, right = _subject(expr.left, trace), _subject(expr.right, trace)
        is_in = ops.is_in
        return _noted_whole(expr, lambda e: is_in(left(e), right(e), e.find), trace)
    first, apply, rest = _arithmetic_spine(expr, trace)
    if len(rest) == 1:
        (only,) = rest
        return lambda e: apply[0](first(e), only(e))

    def several(e: Env) -> Value:
        value = first(e)
        for step, operand in zip(apply, rest, strict=True):
            value = step(value, operand(e))
        return value

    return several


def _arithmetic_spine(expr: ast.Binary, trace: bool) -> tuple[Fn, list[Callable[[Value, Value], Value]], list[Fn]]:
    """``a + b - c`` taken apart iteratively, so that a long sum needs no deep stack. Comparisons do not chain."""
    steps: list[Callable[[Value, Value], Value]] = []
    operands: list[Fn] = []
    node: ast.Expr = expr
    while isinstance(node, ast.Binary) and node.op in _ARITHMETIC:
        steps.append(_ARITHMETIC[node.op])
        operands.append(compile_expr(node.right, trace=trace))
        node = node.left
    steps.reverse()
    operands.reverse()
    return compile_expr(node, trace=trace), steps, operands


def _equality(expr: ast.Binary, trace: bool) -> Test:
    left, right = compile_expr(expr.left, trace=trace), compile_expr(expr.right, trace=trace)
    fixed = constant(expr.right)
    if isinstance(fixed, str | EntityUid):  # Python's `==` is typed enough for these
        return lambda e: left(e) == fixed
    return lambda e: equal(left(e), right(e))


def _like(expr: ast.Like, trace: bool) -> Fn:
    inner = compile_expr(expr.expr, trace=trace)
    pieces = [""]
    for piece in expr.pattern:
        if isinstance(piece, str):
            pieces[-1] += piece
        else:
            pieces.append("")
    fixed = tuple(pieces)
    return lambda e: ops.matches(ops.as_string(inner(e)), fixed)


def _is(expr: ast.Is, trace: bool) -> Fn:
    wanted = expr.type
    subject = _subject(expr.expr, trace)
    if expr.container is None:
        return _noted_whole(expr, lambda e: ops.as_entity(subject(e)).type == wanted, trace)
    container = _subject(expr.container, trace)
    kind_text = render_expr(ast.Is(expr.expr, wanted)) if trace else ""
    in_text = render_expr(ast.Binary("in", expr.expr, expr.container)) if trace else ""

    def test(e: Env) -> bool:
        uid = ops.as_entity(subject(e))
        fits = uid.type == wanted
        if trace:
            e.reads.setdefault(kind_text, TracedRead("", (), fits, False))
        if not fits:
            return False
        inside = ops.is_in(uid, container(e), e.find)
        if trace:
            e.reads.setdefault(in_text, TracedRead("", (), inside, False))
        return inside

    return test


def _if(expr: ast.If, trace: bool) -> Fn:
    condition = compile_test(expr.condition, trace=trace)
    then, otherwise = compile_expr(expr.then, trace=trace), compile_expr(expr.otherwise, trace=trace)
    return lambda e: then(e) if condition(e) else otherwise(e)


# sets, records, calls


def _set_lit(expr: ast.SetLit, trace: bool) -> Fn:
    items = tuple(compile_expr(item, trace=trace) for item in expr.items)
    return lambda e: SetValue.of([item(e) for item in items])


def _record_lit(expr: ast.RecordLit, trace: bool) -> Fn:
    items = tuple((name, compile_expr(item, trace=trace)) for name, item in expr.items)
    return lambda e: Record([(name, item(e)) for name, item in items])


def _call(expr: ast.Call, trace: bool) -> Fn:
    return _apply(expr.function, [compile_expr(arg, trace=trace) for arg in expr.args])


def _apply(name: str, args: list[Fn]) -> Fn:
    function = FUNCTIONS.get(name)
    if function is None:
        raise ValueError(f"`{name}` is not a function of Cedar")
    match args:
        case [a, b]:
            return lambda e: function(a(e), b(e))
        case _:
            return lambda e: function(*[arg(e) for arg in args])


_SET_METHODS: Mapping[str, Callable[[Value, Value], bool]] = {
    "contains": ops.contains,
    "containsAll": ops.contains_all,
    "containsAny": ops.contains_any,
}


def _method(expr: ast.Method, trace: bool) -> Fn:
    name, args = expr.method, expr.args
    if name in ("hasTag", "getTag") and len(args) == 1:
        owner, tag = _subject(expr.receiver, trace), compile_expr(args[0], trace=trace)
        look = ops.has_tag if name == "hasTag" else ops.get_tag
        return _noted_whole(expr, lambda e: look(owner(e), tag(e), e.find), trace)
    receiver = compile_expr(expr.receiver, trace=trace)
    if name == "isEmpty" and not args:
        return lambda e: ops.is_empty(receiver(e))
    if name in _SET_METHODS and len(args) == 1:
        return _set_method(name, receiver, args[0], trace)
    return _apply(name, [receiver, *[compile_expr(arg, trace=trace) for arg in args]])


def _set_method(name: str, receiver: Fn, arg: ast.Expr, trace: bool) -> Fn:
    fixed = constant(arg)
    if name == "contains" and fixed is not None:
        member, as_set = key(fixed), ops.as_set
        return lambda e: member in as_set(receiver(e))
    other, apply = compile_expr(arg, trace=trace), _SET_METHODS[name]
    return lambda e: apply(receiver(e), other(e))


_COMPILERS: Mapping[type, Callable[[Any, bool], Fn]] = {
    ast.Var: _var,
    ast.Unary: _unary,
    ast.Binary: _binary,
    ast.Has: _has,
    ast.Like: _like,
    ast.Is: _is,
    ast.If: _if,
    ast.GetAttr: _get_attr,
    ast.SetLit: _set_lit,
    ast.RecordLit: _record_lit,
    ast.Call: _call,
    ast.Method: _method,
}
