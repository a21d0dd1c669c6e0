"""Comparing, calculating and membership: what Rego's operators do to values that may be facts.

Imports terms, kinds, worlds, refusals and Cedar+'s tree. Every function takes values that are there, and answers with a
value, or raises :class:`~workbench.authoring.rego.refusals.RefusalError` where Cedar has nothing that means the same.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import cast

from workbench.authoring.rego import kinds
from workbench.authoring.rego.kinds import Kind, KindClashError, agree
from workbench.authoring.rego.nodes import Place
from workbench.authoring.rego.refusals import RefusalError
from workbench.authoring.rego.terms import FALSE, TRUE, Const, Fact, Many, Size, Value, Words, disj, neg
from workbench.authoring.rego.worlds import Uses
from workbench.language.ast import Binary, BinaryOp, Call, EntityLit, Expr, Lit, Method, SetLit

MOST, LEAST = 2**63 - 1, -(2**63)
WIDE = "whole numbers of Cedar have 64 bits"
_METHODS = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def truth(expr: Expr) -> Value:
    """A value that is true where ``expr`` holds, and false elsewhere."""
    if isinstance(expr, Lit):
        return Const(expr.value)
    return Fact(expr, kinds.bool_())


def as_condition(value: Value) -> Expr:
    """When a value that is there counts as true: always, unless it is ``false``."""
    if isinstance(value, Const):
        return FALSE if value.value is False else TRUE
    if isinstance(value, Fact):
        kind = value.kind.found()
        if not kind.name:
            kind.asked = True
            return value.expr
        return value.expr if kind.name == "Bool" else TRUE
    return TRUE


def literal(value: Const, kind: Kind, uses: Uses, place: Place) -> Expr:
    """A constant as it is compared with something of ``kind``, which may be learned by it."""
    known = kind.found()
    inner = value.value
    if isinstance(inner, str):
        if known.name == "Entity":
            return EntityLit(known.entity, inner)
        if known.name == "Action":
            uses.action_names.setdefault(inner)
            return EntityLit("Action", inner)
        wanted = kinds.text()
    elif isinstance(inner, bool):
        wanted = kinds.bool_()
    elif isinstance(inner, int):
        wanted = kinds.decimal() if known.name == "decimal" else kinds.long()
    else:
        wanted = kinds.decimal()
    agreed(known, wanted, place, shown(value))
    if isinstance(inner, bool | str):
        return Lit(inner)
    if isinstance(inner, int) and known.found().name != "decimal":
        if not LEAST <= inner <= MOST:
            raise RefusalError("number", f"`{inner}` is more than a whole number of Cedar can be", place, WIDE)
        return Lit(inner)
    return _decimal(Decimal(inner), place)


def _decimal(value: Decimal, place: Place) -> Expr:
    text = f"{value:.4f}"
    if Decimal(text) != value or abs(value) > Decimal("922337203685477.5807"):
        raise RefusalError(
            "number", f"`{value}` is no decimal of Cedar", place, "decimals have at most 4 digits after the point"
        )
    whole, _, fraction = text.partition(".")
    return Call("decimal", (Lit(f"{whole}.{fraction.rstrip('0') or '0'}"),))


def agreed(left: Kind, right: Kind, place: Place, what: str) -> None:
    """Both kinds are one. Raises ``RefusalError`` where they cannot be."""
    try:
        agree(left, right)
    except KindClashError as clash:
        raise RefusalError(
            "kinds",
            f"{what} is compared with something else: `{clash.left.shown}` with `{clash.right.shown}`",
            place,
            "they are never equal; compare values of one type",
        ) from None


def shown(value: Value) -> str:
    """A value in a message."""
    if isinstance(value, Const):
        return f'`"{value.value}"`' if isinstance(value.value, str) else f"`{str(value.value).lower()}`"
    return "a fact"


def equal(left: Value, right: Value, uses: Uses, place: Place) -> Value:
    """``left == right``."""
    if isinstance(left, Const) and isinstance(right, Const):
        return Const(left == right)
    if isinstance(left, Const):
        left, right = right, left
    if isinstance(left, Fact) and isinstance(right, Const):
        name = left.kind.found().name
        if name == "Bool" or (isinstance(right.value, bool) and not name):
            literal(right, left.kind, uses, place)
            return truth(left.expr if right.value else neg(left.expr))
        return truth(Binary("==", left.expr, literal(right, left.kind, uses, place)))
    if isinstance(left, Fact) and isinstance(right, Fact):
        if left.expr == right.expr:
            return Const(True)
        agreed(left.kind, right.kind, place, "a fact")
        if left.kind.found().name in {"Set", "Record"}:
            raise _whole_collections(place)
        return truth(Binary("==", left.expr, right.expr))
    if isinstance(left, Many) and isinstance(right, Many) and left.kind == right.kind and _constant(left, right):
        same = left.items == right.items if left.kind == "array" else set(left.items) == set(right.items)
        return Const(same)
    if isinstance(left, Size) or isinstance(right, Size):
        size, other = (left, right) if isinstance(left, Size) else (right, left)
        if isinstance(size, Size) and other == Const(0):
            return truth(size.empty)
        raise _counted(place)
    if isinstance(left, Words) or isinstance(right, Words):
        raise RefusalError("message", "a text that is put together cannot be compared", place, "compare its parts")
    raise _whole_collections(place)


def _counted(place: Place) -> RefusalError:
    help_ = "only `== 0`, `!= 0`, `> 0` and `>= 1` are converted; let the caller send the number"
    return RefusalError("count", "Cedar does not count; it knows whether a set is empty", place, help_)


def _constant(*collections: Many) -> bool:
    return all(isinstance(item, Const) for collection in collections for item in collection.items)


def _whole_collections(place: Place) -> RefusalError:
    return RefusalError(
        "whole_collection",
        "whole collections are compared",
        place,
        "an array of Rego has an order, a set of Cedar has none: compare elements with `in`",
    )


def compare(op: str, left: Value, right: Value, uses: Uses, place: Place) -> Value:
    """``< <= > >=``: numbers; of texts only constants."""
    if isinstance(left, Const) and isinstance(right, Const):
        return _compared(op, left, right, place)
    if isinstance(right, Size):
        left, right, op = right, left, _MIRRORED[op]
    if isinstance(left, Size):
        if (op, right) in ((">", Const(0)), (">=", Const(1))):
            return truth(neg(left.empty))
        if (op, right) in (("<", Const(1)), ("<=", Const(0))):
            return truth(left.empty)
        raise _counted(place)
    for value in (left, right):
        if isinstance(value, Const) and isinstance(value.value, str):
            raise _order_of_texts(place)
        if (isinstance(value, Const) and isinstance(value.value, bool)) or not isinstance(value, Const | Fact):
            raise RefusalError("order", "these have no order in Cedar", place, "compare numbers")
    if isinstance(left, Const):
        left, right, op = right, left, _MIRRORED[op]
    first = cast(Fact, left)
    if isinstance(right, Const):
        other = literal(right, first.kind, uses, place)
    else:
        second = cast(Fact, right)
        agreed(first.kind, second.kind, place, "a fact")
        other = second.expr
        if not first.kind.found().name:
            agree(first.kind, kinds.long())
    name = first.kind.found().name
    if name == "decimal":
        return truth(Method(first.expr, _METHODS[op], (other,)))
    if name != "Long":
        raise (
            _order_of_texts(place) if name == "String" else RefusalError("order", f"`{name}` has no order here", place)
        )
    return truth(Binary(cast(BinaryOp, op), first.expr, other))


def _compared(op: str, left: Const, right: Const, place: Place) -> Value:
    first, second = left.value, right.value
    same = type(first) is type(second) or not {bool, str} & {type(first), type(second)}
    if not same:
        raise RefusalError(
            "kinds", f"{shown(left)} and {shown(right)} have no order", place, "compare values of one type"
        )
    results = {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}  # type: ignore[operator]
    return Const(results[op])


def _order_of_texts(place: Place) -> RefusalError:
    return RefusalError("order_of_texts", "Cedar has no order of texts", place, "let the caller send a number")


def calculate(op: str, left: Value, right: Value, uses: Uses, place: Place) -> Value:
    """``+ - *`` on whole numbers; on two constants also with fractions."""
    if op in {"/", "%"}:
        raise RefusalError(
            "arithmetic", f"Cedar has no `{op}`", place, "multiply the other side, or let the caller send the result"
        )
    for value in (left, right):
        number = isinstance(value, Const) and not isinstance(value.value, bool | str)
        if not number and not isinstance(value, Fact):
            what = "sets are subtracted" if op == "-" else "only numbers can be calculated with"
            raise RefusalError("arithmetic", what, place)
    if isinstance(left, Const) and isinstance(right, Const):
        with localcontext() as exact:
            exact.prec = 120  # two numbers of the text have 31 digits each at most, and a few operators
            first, second = Decimal(cast(Decimal, left.value)), Decimal(cast(Decimal, right.value))
            result = first + second if op == "+" else first - second if op == "-" else first * second
            if abs(result) >= Decimal(10) ** 30:
                raise RefusalError("number", "the result is out of range", place, WIDE)
            return Const(int(result) if result == result.to_integral_value() else result)
    operands = []
    for value in (left, right):
        if isinstance(value, Const):
            if not isinstance(value.value, int):
                raise RefusalError("arithmetic", "Cedar calculates with whole numbers only", place)
            operands.append(literal(value, kinds.long(), uses, place))
        else:
            fact = cast(Fact, value)
            agreed(fact.kind, kinds.long(), place, "a fact")
            fact.kind.found().whole = True
            operands.append(fact.expr)
    kind = kinds.long()
    kind.whole = True
    return Fact(Binary(cast(BinaryOp, op), operands[0], operands[1]), kind)


def element(item: Value, collection: Value, uses: Uses, place: Place) -> Value:
    """``item in collection``, where both are there."""
    if isinstance(collection, Many):
        if isinstance(item, Fact) and len(collection.items) > 1 and _constant(collection):
            values = as_set(collection, item.kind, uses, place)
            return truth(Method(values, "contains", (item.expr,)))
        parts = (as_condition(equal(item, other, uses, place)) for other in collection.items)
        return truth(disj(*parts))
    if isinstance(collection, Fact):
        inside = elements_of(collection, place)
        if isinstance(item, Const):
            return truth(Method(collection.expr, "contains", (literal(item, inside, uses, place),)))
        if isinstance(item, Fact):
            agreed(inside, item.kind, place, "an element")
            return truth(Method(collection.expr, "contains", (item.expr,)))
    raise RefusalError("membership", "`in` asks for a set or an array", place)


def elements_of(collection: Fact, place: Place) -> Kind:
    """The kind of the elements of a fact that has to be a set."""
    known = collection.kind.found()
    if not known.name:
        known = agree(known, kinds.set_of(Kind()))
    if known.name != "Set" or known.of is None:
        raise RefusalError("membership", f"this is no set but `{known.shown}`", place)
    return known.of


def as_set(collection: Many, kind: Kind, uses: Uses, place: Place) -> Expr:
    """A collection of constants and facts as a set of Cedar; it must not be empty."""
    items: dict[Expr, None] = {}
    for item in collection.items:
        if isinstance(item, Const):
            items.setdefault(literal(item, kind, uses, place))
        elif isinstance(item, Fact):
            agreed(kind, item.kind, place, "an element")
            items.setdefault(item.expr)
        else:
            raise RefusalError("nested", "a collection of collections", place, "write one level")
    return SetLit(tuple(items))
