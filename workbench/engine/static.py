"""What can be known of a core expression before any request: constants, Booleans, what never fails.

Pure; may import the engine's values and the language's tree.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine import operators as ops
from workbench.engine.functions import FUNCTIONS
from workbench.engine.values import EntityUid, EvalError, SetValue, Value
from workbench.language import ast

_BOOLEAN_OPS = frozenset({"&&", "||", "==", "!=", "<", "<=", ">", ">=", "in"})
_BOOLEAN_METHODS = frozenset(
    {"contains", "containsAll", "containsAny", "isEmpty", "hasTag", "isIpv4", "isIpv6", "isLoopback", "isMulticast"}
    | {"isInRange", "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"}
)


def is_boolean(expr: ast.Expr) -> bool:
    """Whether the expression, if it has a value, can only be a Boolean."""
    match expr:
        case ast.Lit(value=value):
            return isinstance(value, bool)
        case ast.Unary(op=op):
            return op == "!"
        case ast.Binary(op=op):
            return op in _BOOLEAN_OPS
        case ast.Has() | ast.Like() | ast.Is():
            return True
        case ast.Method(method=method):
            return method in _BOOLEAN_METHODS
        case _:
            return False


def constant(expr: ast.Expr) -> Value | None:
    """The value of an expression that reads no input, or ``None`` where it has none or is not that simple."""
    match expr:
        case ast.Lit(value=value):
            return value
        case ast.EntityLit(type=type_, id=id_):
            return EntityUid(type_, id_)
        case ast.Unary(op="-", arg=ast.Lit(value=value)) if type(value) is int:
            return _try(lambda: ops.negate(value))
        case ast.Call(function=name, args=(ast.Lit(value=str() as text),)) if name in FUNCTIONS:
            return _try(lambda: FUNCTIONS[name](text))
        case ast.SetLit(items=items):
            values = [constant(item) for item in items]
            return None if any(value is None for value in values) else SetValue.of(v for v in values if v is not None)
        case _:
            return None


def _try(compute: Callable[[], Value]) -> Value | None:
    try:
        return compute()
    except EvalError:
        return None


def chain_of(expr: ast.Binary) -> list[ast.Expr]:
    """The operands of a flat ``a && b && c`` (or ``||``), left to right; iterative, so length cannot overflow."""
    operands: list[ast.Expr] = []
    node: ast.Expr = expr
    while isinstance(node, ast.Binary) and node.op == expr.op:
        operands.append(node.right)
        node = node.left
    operands.append(node)
    operands.reverse()
    return operands


def conjuncts(expr: ast.Expr) -> list[ast.Expr]:
    """The operands of nested ``&&``, in evaluation order; the expression itself where it is no conjunction."""
    pending, found = [expr], []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Binary) and node.op == "&&":
            pending += [node.right, node.left]
        else:
            found.append(node)
    return found


def is_total(expr: ast.Expr) -> bool:
    """Whether the expression is certain to be a Boolean, on every request, without an error."""
    pending = [expr]
    while pending:
        node = pending.pop()
        match node:
            case ast.Lit(value=bool()):
                pass
            case ast.Unary(op="!", arg=arg):
                pending.append(arg)
            case ast.Binary(op="&&" | "||", left=left, right=right):
                pending += [left, right]
            case ast.Binary(op="==" | "!=", left=left, right=right) if _never_fails(left) and _never_fails(right):
                pass
            case ast.Binary(op="in", left=left, right=right) if _is_entity(left) and _is_entity(right):
                pass
            case ast.Has(expr=ast.Var(), path=(_,)):
                pass
            case ast.Is(expr=of, container=container) if _is_entity(of) and (
                container is None or _is_entity(container)
            ):
                pass
            case _:
                return False
    return True


def _never_fails(expr: ast.Expr) -> bool:
    return isinstance(expr, ast.Var) or constant(expr) is not None


def _is_entity(expr: ast.Expr) -> bool:
    return isinstance(expr, ast.EntityLit) or (isinstance(expr, ast.Var) and expr.name != "context")
