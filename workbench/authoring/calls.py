"""Words for what Cedar's extension functions say: times, durations, addresses. Pure; imports the syntax tree only.

None of these is in the grammar of English rules, so they need to read well and to lose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.language.ast import Call, Expr, Lit, Method

Say = Callable[[Expr], str]

_DURATION = re.compile(r"(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)\.\d+")
_UNITS = ("day", "hour", "minute", "second", "millisecond")
_WHOLE = {f"to{unit.title()}s": unit for unit in _UNITS}
_KINDS = {
    "isIpv4": "an IPv4 address",
    "isIpv6": "an IPv6 address",
    "isLoopback": "a loopback address",
    "isMulticast": "a multicast address",
}
BEFORE_OR_AFTER = {"<": "before", "<=": "at or before", ">": "after", ">=": "at or after"}


def call(node: Call, say: Say, quoted: Callable[[str], str]) -> str:
    """A constructor as a noun phrase: ``duration("1d12h")`` is "1 day 12 hours"."""
    match node:
        case Call(function="duration", args=(Lit(value=str() as text),)):
            return length(text) or f"the duration {quoted(text)}"
        case Call(function="datetime", args=(Lit(value=str() as text),)):
            return f"the {'time' if 'T' in text else 'date'} {quoted(text)}"
        case Call(function="ip", args=(Lit(value=str() as text),)):
            return f"the IP address {quoted(text)}"
        case _:
            return f"the {node.function} of {' and '.join(map(say, node.args))}"


def method(node: Method, say: Say) -> str:
    """A time or a number that a method gives, as a noun phrase; the empty string for a method that is not known."""
    match node:
        case Method(receiver=later, method="durationSince", args=(earlier,)):
            return f"the time from {say(earlier)} to {say(later)}"
        case Method(receiver=moment, method="offset", args=(length,)):
            said = say(length)
            written = isinstance(length, Call)  # else "plus" would be the sum of two numbers
            joint = "" if written and said.startswith("minus ") else "plus " if written else "moved by "
            return f"({say(moment)} {joint}{said})"
        case Method(receiver=moment, method="toDate", args=()):
            return f"the date of {say(moment)}"
        case Method(receiver=moment, method="toTime", args=()):
            return f"the time of day of {say(moment)}"
        case Method(receiver=length, method=name, args=()) if name in _WHOLE:
            return f"the number of whole {_WHOLE[name]}s in {say(length)}"
        case _:
            return ""


def kind_of_address(name: str) -> str:
    """ "a loopback address" for ``isLoopback``; the empty string for a method that is no such test."""
    return _KINDS.get(name, "")


def is_decimal(text: str) -> bool:
    """Whether the text of a decimal is the one way to write that number: nothing is lost by saying it bare."""
    return _DECIMAL.fullmatch(text) is not None


def is_time(node: Expr) -> bool:
    """Whether an expression is a point in time by its form alone."""
    match node:
        case Call(function="datetime") | Method(method="offset" | "toDate"):
            return True
        case _:
            return False


def length(text: str) -> str:
    """``2d`` as "2 days", ``-1h30m`` as "minus 1 hour 30 minutes"; empty for what is no duration."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()[1:]):
        return ""
    parts = [
        f"{count} {unit}{'' if int(count) == 1 else 's'}"
        for count, unit in zip(match.groups()[1:], _UNITS, strict=True)
        if count
    ]
    return ("minus " if match[1] else "") + " ".join(parts)
