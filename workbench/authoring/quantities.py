"""Numbers with what they are counted in: as leaves of conditions ("above 100 GB", "older than 30 days", "$500"). Pure.

An attribute's unit is read from its name (``ageDays``, ``size_gb``) or is its type (duration). What is said in another
unit is converted where that is exact, and fits nothing where it is not: units are never guessed.
Imports language, meaning, lexicon, clock, moments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from workbench.authoring.clock import CLOCK, hour_window, is_hour
from workbench.authoring.lexicon import CONTEXT, AttributeWord, is_number
from workbench.authoring.meaning import REQUEST, AttrRef, Env, Leaf, Option, Place, Ref
from workbench.authoring.moments import births, since
from workbench.authoring.words import split_name
from workbench.language.ast import Binary, BinaryOp, Call, Expr, Lit, Method
from workbench.language.schema import ExtensionType, PrimitiveType

_DECIMAL_METHODS = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}
_I64 = 1 << 63
_MILLISECONDS = {
    "millisecond": 1, "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "week": 604_800_000,
}  # fmt: skip
_SCALES = (_MILLISECONDS, {"mg": 1, "g": 1000, "kg": 10**6, "tonne": 10**9}, {"m": 1, "km": 1000}, {"ml": 1, "l": 1000})
_SUFFIXES = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


@dataclass(frozen=True, slots=True)
class Amount:
    """``value``: an integer, or an exact decimal as text; ``unit``: its name in the language's file, or empty."""

    value: int | str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.value} {self.unit}".rstrip()


def compare(mention: AttrRef, op: str, value: int | str | Amount, start: int, end: int) -> Leaf:
    """The number, duration or sum of money mentioned stands in relation ``op`` to a constant."""
    amount = value if isinstance(value, Amount) else Amount(value)

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        for word in mention.words:
            for place in env.places(AttrRef((word,), mention.ref)):
                found.extend(measured(env, word, place, op, amount, unknown))
        if not found:
            _complain(env, mention, amount, start, end)
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def between(mention: AttrRef, low: Amount, high: Amount, start: int, end: int) -> Leaf:
    """``low <= x && x <= high``; a unit said once holds for both."""
    first = Amount(low.value, low.unit or high.unit)

    def build(env: Env, unknown: bool) -> list[Option]:
        found = []
        note = f"between {low.value} and {high} includes both"
        for word in mention.words:
            for place in env.places(AttrRef((word,), mention.ref)):
                if is_hour(env, place):
                    found.extend(hours_between(env, place, first, high, unknown))
                    continue
                one, other = (constant(env, word, place, amount) for amount in (first, high))
                if one is not None and other is not None and _ascending(first, high):
                    least = number_expr(place.expr, is_decimal(place), ">=", one)
                    most = number_expr(place.expr, is_decimal(place), "<=", other)
                    found.append(env.guarded([place], Binary("&&", least, most), unknown, (note,)))
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def hours_between(env: Env, place: Place, low: Amount, high: Amount, unknown: bool) -> list[Option]:
    """An hour of the day is within a window that leaves out its end and may run through midnight."""
    first, last = low.value, high.value
    if low.unit or not isinstance(first, int) or not isinstance(last, int):
        return []
    if not 0 <= first < 24 or not 0 < last <= 24 or first == last:
        return []
    return [env.guarded([place], hour_window(place.expr, first, last), unknown, CLOCK)]


def headed(heads: tuple[str, ...], op: str, amount: Amount, ref: Ref, start: int, end: int, *, age: bool) -> Leaf:
    """The attribute of ``ref`` whose name ends in one of ``heads``, unsaid ("costing over 100": a cost).

    ``age``: that of a thing may also be the time since it was made ("older than 30 days"). What the thing itself does
    not have may be the request's ("refunds costing over 100").
    """

    def build(env: Env, unknown: bool) -> list[Option]:
        things = tuple(owner for owner in ref.owners if owner != CONTEXT)
        of = [replace(ref, owners=things)] if things or ref.via else []
        if CONTEXT in ref.owners and ref.type is None and ref.via is None:
            of.append(REQUEST)
        found = next((f for f in (_of_heads(env, heads, op, amount, r, unknown, age) for r in of) if f), [])
        if not found:
            _complain_of_heads(env, heads, amount, of, start, end)
        return list(dict.fromkeys(found))

    return Leaf(build, start, end)


def _complain_of_heads(env: Env, heads: tuple[str, ...], amount: Amount, refs: list[Ref], start: int, end: int) -> None:
    """Say what the attribute that is meant is counted in, or that a unit is missing."""
    if not amount.unit:
        env.failures.append((end - 1, end, "unit"))
        return
    for word in env.lexicon.attributes:
        own = unit_of(env, word.path[-1])
        mine = own and word.phrase.items == split_name(word.path[-1]) and word.phrase.items[-2] in heads
        if mine and any(env.places(AttrRef((word,), ref)) for ref in refs):
            env.failures.append((start, end, f"`{word.name}` is counted in another unit than {amount.unit}"))


def _of_heads(
    env: Env, heads: tuple[str, ...], op: str, amount: Amount, ref: Ref, unknown: bool, age: bool
) -> list[Option]:
    found = []
    for word in env.lexicon.attributes:
        items = split_name(word.path[-1])
        if word.phrase.items != items or without_unit(env, items)[-1] not in heads:
            continue
        bare = replace(word, unsaid=unit_of(env, word.path[-1]))
        for place in env.places(AttrRef((word,), ref)):
            found.extend(measured(env, bare, place, op, amount, unknown, (f"{amount} is the `{word.name}`",)))
    length = duration(amount)
    if age and length is not None:
        for place in births(env, ref):
            found.extend(since(env, place, op, length, unknown))
    return found


def ago(mention: AttrRef, op: str, amount: Amount, start: int, end: int) -> Leaf:
    """What is mentioned lies further back than (``>``), or within, a length of time ("created over 3 days ago")."""

    def build(env: Env, unknown: bool) -> list[Option]:
        length = duration(amount)
        if length is None:
            return []
        return [option for place in env.places(mention) for option in since(env, place, op, length, unknown)]

    return Leaf(build, start, end)


def measured(
    env: Env, word: AttributeWord, place: Place, op: str, amount: Amount, unknown: bool, notes: tuple[str, ...] = ()
) -> list[Option]:
    """``place op amount``, of an attribute named by ``word``; nothing where the unit does not fit."""
    right = constant(env, word, place, amount)
    if right is not None:
        return [env.guarded([place], number_expr(place.expr, is_decimal(place), op, right), unknown, notes)]
    listed = {w.value for w in env.lexicon.values if w.path[-1] in env.lexicon.words.naming.currency}
    if amount.unit in {*env.lexicon.words.unit.money.values(), *listed} and not unit_of(env, place.path[-1]):
        return _money(env, place, op, amount, unknown, notes)
    return []


def _money(env: Env, place: Place, op: str, amount: Amount, unknown: bool, notes: tuple[str, ...]) -> list[Option]:
    """A sum beside an attribute that says its currency; in another currency the stricter side is taken."""
    naming = env.lexicon.words.naming
    found = []
    for name in naming.currency if split_name(place.path[-1])[-1] in naming.money else ():
        path = (*place.path[:-1], name)
        attribute = env.attribute(place.owner, path, place.only)
        right = _literal(place, amount.value)
        if attribute is None or attribute.type != PrimitiveType("String") or right is None:
            continue
        listed = {w.value for w in env.lexicon.values if w.path == path}
        codes = [v for v in sorted(listed) if amount.unit in (v, v.upper())] if listed else [amount.unit]
        strict = unknown and not listed  # where others are listed, the sentence says nothing of them
        currency = Place(place.owner, path, attribute.type, place.only)
        for code in codes:
            test = number_expr(place.expr, is_decimal(place), op, right)
            same = Binary("!=" if strict else "==", currency.expr, Lit(code))
            note = f"what is not in {code} takes the stricter side" if strict else f"this is about what is in {code}"
            both = Binary("||", same, test) if strict else Binary("&&", test, same)
            found.append(env.guarded([place, currency], both, unknown, (*notes, note)))
    return found


def constant(env: Env, word: AttributeWord, place: Place, amount: Amount) -> Expr | None:
    """``amount`` as a constant of the attribute's type and unit; ``None`` where it does not fit."""
    if is_duration(place):
        return duration(amount)
    if not is_number(place.type):
        return None
    own = unit_of(env, place.path[-1])
    if amount.unit == "year" and split_name(place.path[-1]) == ("age",):
        return _literal(place, amount.value)  # an age that says nothing else is counted in years
    if not amount.unit:
        return None if word.unsaid else _literal(place, amount.value)
    if amount.unit == own:
        return _literal(place, amount.value)
    for scale in _SCALES:
        if own in scale and amount.unit in scale:
            exact = Decimal(amount.value) * scale[amount.unit] / scale[own]
            return _literal(place, int(exact)) if exact == int(exact) else None
    return None


def duration(amount: Amount) -> Expr | None:
    """``duration("8h")``; ``None`` for what is no time."""
    if amount.unit not in _MILLISECONDS:
        return None
    exact = Decimal(amount.value) * _MILLISECONDS[amount.unit]
    if exact != int(exact) or not 0 <= exact < _I64:
        return None
    suffix, size = next((s, n) for s, n in _SUFFIXES if int(exact) % n == 0)
    return Call("duration", (Lit(f"{int(exact) // size}{suffix}"),))


def unit_of(env: Env, name: str) -> str:
    """The unit that an attribute's name ends in ("day" of ``ageDays``), or the empty string."""
    items = split_name(name)
    return env.lexicon.units.get(items[-1], "") if len(items) > 1 else ""


def without_unit(env: Env, items: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """The words of a name without the unit that it ends in."""
    return items[:-1] if len(items) > 1 and items[-1] in env.lexicon.units else items


def _literal(place: Place, value: int | str) -> Expr | None:
    """A constant of the attribute's type, or ``None`` where it does not fit that."""
    if not is_decimal(place):
        return Lit(value) if isinstance(value, int) and -_I64 <= value < _I64 else None
    number = Decimal(value)
    if abs(number) >= Decimal(_I64) / 10000 or number != round(number, 4):
        return None
    text = f"{number:f}"
    return Call("decimal", (Lit(text if "." in text else text + ".0"),))


def number_expr(left: Expr, decimal: bool, op: str, right: Expr) -> Expr:
    """``left op right``, by methods for decimals."""
    if decimal and op in _DECIMAL_METHODS:
        return Method(left, _DECIMAL_METHODS[op], (right,))
    table: dict[str, BinaryOp] = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "==", "!=": "!="}
    return Binary(table[op], left, right)


def is_decimal(place: Place) -> bool:
    return place.type == ExtensionType("decimal")


def is_duration(place: Place) -> bool:
    return place.type == ExtensionType("duration")


def _ascending(low: Amount, high: Amount) -> bool:
    sizes = [Decimal(a.value) * _MILLISECONDS.get(a.unit, 1) for a in (low, high)]
    return sizes[0] <= sizes[1]


def _complain(env: Env, mention: AttrRef, amount: Amount, start: int, end: int) -> None:
    """Say that a unit is missing, or is another than the attribute's."""
    for word in mention.words:
        for place in env.places(AttrRef((word,), mention.ref)):
            own = unit_of(env, place.path[-1]) or ("a time" if is_duration(place) else "")
            if is_number(place.type) and amount.unit and not own:
                env.failures.append((start, end, f"the schema does not say in what `{word.name}` is counted"))
            if own and amount.unit != own:
                message = f"`{word.name}` is counted in another unit" if amount.unit else "unit"
                env.failures.append((end - 1 if not amount.unit else start, end, message))
