"""Guards that an earlier condition has established already: said once, they hold for what follows. Pure.

``principal has x && (principal has x && principal.x > 3)`` says no more than ``principal has x && principal.x > 3``.
Imports meaning; language for the tree.
"""

from __future__ import annotations

from workbench.authoring.meaning import chain, flat, negate
from workbench.language.ast import Binary, Expr, Has, If, Is, Lit, Unary

NOTHING: frozenset[Expr] = frozenset()


def facts(expr: Expr) -> frozenset[Expr]:
    """The ``has`` and ``is`` tests that hold wherever ``expr`` is true."""
    match expr:
        case Has() | Is():
            return frozenset((expr,))
        case Binary(op="&&", left=left, right=right):
            return facts(left) | facts(right)
        case _:
            return NOTHING


def pruned(expr: Expr, known: frozenset[Expr] = NOTHING) -> Expr:
    """``expr`` without the tests that are in ``known`` or that stand to their left in a conjunction.

    Decides as ``expr`` does wherever ``known`` holds, errors included: a test that holds cannot fail.
    """
    match expr:
        case Binary(op="&&", left=left, right=right):
            after = known | facts(left)
            if left in known:
                return pruned(right, known)
            if right in after and isinstance(right, Has | Is):
                return pruned(left, known)
            return Binary("&&", pruned(left, known), pruned(right, after))
        case Binary(op="||", left=left, right=right):
            return Binary("||", pruned(left, known), pruned(right, known))
        case Unary(op="!", arg=arg):  # "is not" of what is there is the other comparison
            return negate(pruned(arg, known)) if pruned(arg, known) != arg else expr
        case If(condition=tests, then=then, otherwise=Lit(value=True)) if facts(tests):
            if facts(tests) <= known and _only_tests(tests):
                return pruned(then, known)
            return If(pruned(tests, known), pruned(then, known | facts(tests)), Lit(True))
        case _:
            return expr


def outward(expr: Expr) -> Expr:
    """A denial within its guard: ``!(has x && x == 1)`` becomes ``if has x then x != 1 else true``, and the reverse."""
    match expr:
        case Unary(op="!", arg=If(condition=tests, then=then, otherwise=Lit(value=True))) if _only_tests(tests):
            return chain("&&", [*flat(tests, "&&"), negate(then)])
        case Unary(op="!", arg=Binary(op="&&", left=tests, right=then)) if _only_tests(tests):
            return If(tests, negate(then), Lit(True))
        case _:
            return expr


def _only_tests(expr: Expr) -> bool:
    if isinstance(expr, Binary) and expr.op == "&&":
        return _only_tests(expr.left) and _only_tests(expr.right)
    return isinstance(expr, Has | Is)
