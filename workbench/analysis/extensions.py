"""Cedar's extension methods over terms: addresses, decimals, times. Pure.

The same functions as ``engine.functions``, value for value: decimals count ten-thousandths, times milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workbench.analysis.terms import Term, Terms
from workbench.analysis.values import BOOL, DATETIME, DURATION, LONG, Scalar, Unsupported
from workbench.engine.extensions.datetime import DAY_MS, Datetime, Duration
from workbench.engine.extensions.decimal import Decimal4
from workbench.engine.extensions.ipaddr import Ip
from workbench.engine.functions import FUNCTIONS
from workbench.engine.values import EvalError
from workbench.language.schema import ExtensionType

_LOOPBACK = (Ip(4, 127 << 24, 8), Ip(6, 1, 128))
_MULTICAST = (Ip(4, 224 << 24, 4), Ip(6, 0xFF << 120, 8))
_UNITS = {"toMilliseconds": 1, "toSeconds": 1_000, "toMinutes": 60_000, "toHours": 3_600_000, "toDays": DAY_MS}
_COMPARED: Mapping[str, Callable[[Terms, Term, Term], Term]] = {
    "lessThan": lambda terms, a, b: terms.lt(a, b),
    "lessThanOrEqual": lambda terms, a, b: terms.le(a, b),
    "greaterThan": lambda terms, a, b: terms.lt(b, a),
    "greaterThanOrEqual": lambda terms, a, b: terms.le(b, a),
}


def constructed(terms: Terms, function: str, text: object) -> Scalar | None:
    """``decimal("…")`` and its like; ``None`` where the text is none. Raises :class:`Unsupported`."""
    try:
        value = FUNCTIONS[function](text)  # type: ignore[arg-type]
    except EvalError:
        return None
    match value:
        case Decimal4(units=number):
            return Scalar(ExtensionType("decimal"), terms.integer(number))
        case Datetime(millis=number):
            return Scalar(DATETIME, terms.integer(number))
        case Duration(millis=number):
            return Scalar(DURATION, terms.integer(number))
        case Ip():
            return Scalar(ExtensionType("ipaddr"), terms.const("Ip", value))
    raise Unsupported(f"`{function}` is not supported")


def called(terms: Terms, method: str, it: Term, others: list[Term]) -> tuple[Term, Scalar]:
    """``it.method(others)``: when it evaluates, and its value. Raises :class:`Unsupported`."""
    fine = terms.true
    if method in ("isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange"):
        return fine, Scalar(BOOL, _of_ip(terms, method, it, others))
    if method in _COMPARED:
        return fine, Scalar(BOOL, _COMPARED[method](terms, it, others[0]))
    if method in _UNITS:
        return fine, Scalar(LONG, terms.quotient(it, _UNITS[method]))
    match method:
        case "offset":
            moved = terms.add(it, others[0])
            return terms.is_i64(moved), Scalar(DATETIME, moved)
        case "durationSince":
            between = terms.sub(it, others[0])
            return terms.is_i64(between), Scalar(DURATION, between)
        case "toDate":
            date = terms.mul(terms.integer(DAY_MS), terms.div(it, DAY_MS))
            return terms.is_i64(date), Scalar(DATETIME, date)
        case "toTime":
            return fine, Scalar(DURATION, terms.mod(it, DAY_MS))
    raise Unsupported(f"`{method}` is not supported")


def _of_ip(terms: Terms, method: str, ip: Term, others: list[Term]) -> Term:
    match method:
        case "isIpv4":
            return terms.is_v4(ip)
        case "isIpv6":
            return terms.not_(terms.is_v4(ip))
        case "isInRange":
            return terms.in_range(ip, others[0])
    ranges = _LOOPBACK if method == "isLoopback" else _MULTICAST
    return terms.or_(*(terms.in_range(ip, terms.const("Ip", each)) for each in ranges))
