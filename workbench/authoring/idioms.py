"""Other ways to say one condition, better than the plain one where the grammar reads them as it. Pure.

"is a bot" for a type, "is in" and "is one of" for what an attribute names, dates, ages, units. Who uses an idiom asks
first whether it is understood as that very condition. Imports nouns, naming, calls; language for the tree.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import calls
from workbench.authoring.flags import is_many
from workbench.authoring.naming import article, plain, quoted, type_noun
from workbench.authoring.nouns import Nouns, path_of
from workbench.language.ast import Binary, Call, Expr, Is, Lit, Method, Unary, Var

_SIGNS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "==": "exactly"}
_METHODS = {"greaterThan": ">", "greaterThanOrEqual": ">=", "lessThan": "<", "lessThanOrEqual": "<="}
_COUNTED_OVER = ("this", "last", "per", "in", "a", "an")  # a window, and no unit: "refunds this hour"
_MOMENTS = {"<": ("before",), ">": ("after",), ">=": ("on or after",), "<=": ("on or before",)}


def idioms(nouns: Nouns, node: Expr) -> Iterator[str]:
    """Clauses that may say ``node``, the best first."""
    if isinstance(node, Unary) and node.op == "!":
        yield from _said(nouns, node.arg, " not")
    else:
        yield from _said(nouns, node, "")


def _said(nouns: Nouns, node: Expr, no: str) -> Iterator[str]:
    match node:
        case Is(expr=Var(name=owner), type=name, container=None):
            if noun := type_noun(name, nouns.lexicon):
                yield f"{nouns.noun(owner)} is{no} {article(noun)}"
        case Binary(op="in", left=left, right=Var() as right) if who := _name(nouns, left):
            yield f"{who} is{no} a member of {nouns.noun(right.name)}"
            yield f"{who} is{no} part of {nouns.noun(right.name)}"
        case Binary(op="in", left=left, right=right) if (who := _name(nouns, left)) and path_of(right)[1]:
            group = nouns.attribute(*path_of(right))
            yield f"{who} is{no} in {group}"
            yield f"{who} is{no} one of {group}"
        case Method(receiver=many, method="contains", args=(one,)) if (who := _name(nouns, one)) and path_of(many)[1]:
            yield f"{who} is{no} one of {nouns.attribute(*path_of(many))}"
        case Method(receiver=left, method="isInRange", args=(Call(function="ip", args=(Lit(value=str() as text),)),)):
            if who := _name(nouns, left):
                yield f"{who} is{no} in the range {quoted(text)}"
        case Binary(op=("<" | "<=" | ">" | ">=") as op, left=left, right=right) if not no:
            yield from _moments(nouns, left, op, right)
            yield from _measured(nouns, left, op, right)
        case Binary(op="==", left=left, right=right) if not no:
            yield from _measured(nouns, left, "==", right)
        case Method(receiver=left, method=method, args=(right,)) if method in _METHODS and not no:
            yield from _measured(nouns, left, _METHODS[method], right)
        case _:
            pass


def _name(nouns: Nouns, node: Expr) -> str:
    """A noun phrase for a variable or an attribute, else the empty string."""
    owner, path = path_of(node)
    if not owner:
        return ""
    return nouns.attribute(owner, path) if path else nouns.noun(owner)


def _moments(nouns: Nouns, left: Expr, op: str, right: Expr) -> Iterator[str]:
    """Before and after, and how long ago."""
    match left, right:
        case _, Call(function="datetime", args=(Lit(value=str() as text),)) if one := _name(nouns, left):
            for word in _MOMENTS[op]:
                yield f"{one} is {word} {text}"
        case Method(method="durationSince", args=(then,)), Call(function="duration", args=(Lit(value=str() as text),)):
            if (one := _name(nouns, then)) and (length := calls.length(text)):
                yield f"{one} is {_SIGNS[op]} {length} ago"
        case _ if (one := _name(nouns, left)) and (other := _name(nouns, right)):
            for word in _MOMENTS[op]:
                yield f"{one} is {word} {other}"
        case _:
            pass


def _measured(nouns: Nouns, left: Expr, op: str, right: Expr) -> Iterator[str]:
    """A number with the unit that its attribute's name ends in: "whose age is more than 30 days" of ``ageDays``."""
    owner, path = path_of(left)
    if not path or nouns.lexicon is None:
        return
    match right:
        case Lit(value=int() as value) if not isinstance(value, bool):
            number = str(value)
        case Call(function="decimal", args=(Lit(value=str() as number),)):
            pass
        case _:
            return
    *words, last = plain(path[-1]).split()
    unit = nouns.lexicon.units.get(last, "")
    if words and unit and words[-1] not in _COUNTED_OVER:
        said = f"{nouns.possessive(owner, path)} {' '.join(words)}"
        plural = "s" if unit.islower() and number != "1" else ""
        yield f"{said} {'are' if is_many(' '.join(words)) else 'is'} {_SIGNS[op]} {number} {unit}{plural}"
