"""Cedar's extension functions by name, over runtime values. Pure; may import the engine's values only.

One table serves expressions (``ip("…")``, ``a.lessThan(b)``) and the ``__extn`` escapes of Cedar's JSON forms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.engine.extensions.datetime import DAY_MS, Datetime, Duration, parse_datetime, parse_duration
from workbench.engine.extensions.decimal import Decimal4, parse_decimal
from workbench.engine.extensions.ipaddr import Ip, parse_ip
from workbench.engine.values import EvalError, Value, checked_long, type_name


@dataclass(frozen=True, slots=True)
class Function:
    """``parameters`` are the Python classes of the arguments; ``apply`` may rely on them."""

    name: str
    parameters: tuple[type, ...]
    apply: Callable[..., Value]

    def __call__(self, *args: Value) -> Value:
        """Check number and types of ``args``, then apply. Raises ``EvalError``."""
        if len(args) != len(self.parameters):
            raise EvalError(
                f"wrong number of arguments provided to extension function `{self.name}`: "
                f"expected {len(self.parameters)}, got {len(args)}"
            )
        for arg, parameter in zip(args, self.parameters, strict=True):
            if type(arg) is not parameter:
                raise EvalError(f"type error: expected {EXPECTED[parameter]}, got {type_name(arg)}")
        return self.apply(*args)


EXPECTED: Mapping[type, str] = {
    str: "string",
    Ip: "ipaddr",
    Decimal4: "decimal",
    Datetime: "datetime",
    Duration: "duration",
}


def _constructor(parse: Callable[[str], Any], extension: str) -> Callable[[str], Value]:
    def construct(text: str) -> Value:
        try:
            value: Value = parse(text)
        except ValueError as error:
            raise EvalError(f"error while evaluating `{extension}` extension function: {error}") from None
        return value

    return construct


def _offset(when: Datetime, by: Duration) -> Datetime:
    return Datetime(checked_long(when.millis + by.millis, "offset a datetime"))


def _since(when: Datetime, other: Datetime) -> Duration:
    return Duration(checked_long(when.millis - other.millis, "subtract datetimes"))


def _to_date(when: Datetime) -> Datetime:
    return Datetime(checked_long(when.millis // DAY_MS * DAY_MS, "take the date of a datetime"))


def _to_time(when: Datetime) -> Duration:
    return Duration(when.millis % DAY_MS)


def _table() -> Mapping[str, Function]:
    entries = [
        Function("ip", (str,), _constructor(parse_ip, "ipaddr")),
        Function("decimal", (str,), _constructor(parse_decimal, "decimal")),
        Function("datetime", (str,), _constructor(parse_datetime, "datetime")),
        Function("duration", (str,), _constructor(parse_duration, "datetime")),
        Function("isIpv4", (Ip,), Ip.is_ipv4),
        Function("isIpv6", (Ip,), Ip.is_ipv6),
        Function("isLoopback", (Ip,), Ip.is_loopback),
        Function("isMulticast", (Ip,), Ip.is_multicast),
        Function("isInRange", (Ip, Ip), Ip.is_in_range),
        Function("lessThan", (Decimal4, Decimal4), lambda a, b: a.units < b.units),
        Function("lessThanOrEqual", (Decimal4, Decimal4), lambda a, b: a.units <= b.units),
        Function("greaterThan", (Decimal4, Decimal4), lambda a, b: a.units > b.units),
        Function("greaterThanOrEqual", (Decimal4, Decimal4), lambda a, b: a.units >= b.units),
        Function("offset", (Datetime, Duration), _offset),
        Function("durationSince", (Datetime, Datetime), _since),
        Function("toDate", (Datetime,), _to_date),
        Function("toTime", (Datetime,), _to_time),
        Function("toMilliseconds", (Duration,), lambda d: d.millis),
        Function("toSeconds", (Duration,), lambda d: d.truncated(1_000)),
        Function("toMinutes", (Duration,), lambda d: d.truncated(60_000)),
        Function("toHours", (Duration,), lambda d: d.truncated(3_600_000)),
        Function("toDays", (Duration,), lambda d: d.truncated(DAY_MS)),
    ]
    return {entry.name: entry for entry in entries}


FUNCTIONS: Mapping[str, Function] = _table()
