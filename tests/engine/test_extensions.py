"""Extension functions on boundary strings, against cedarpy: the same strings are accepted, with the same meaning."""

from __future__ import annotations

from random import Random

import cedarpy
import pytest

from workbench.engine.functions import FUNCTIONS
from workbench.engine.values import EvalError, to_json

# fmt: off
SEEDS = {
    "decimal": [
        "0.0", "-0.5", "1.2345", "922337203685477.5807", "922337203685477.5808", "-922337203685477.5808",
        "-922337203685477.5809", "1.", ".5", "1", "+1.0", "1.23456", "00.10", "1.0\n", "١.٠", "-0.0", "9" * 21 + ".0",
        "0" * 27 + "1.0", "- 1.0", "1e3", " 1.0", "1.00000", "-.5", "--1.0", "1.-0", "9" * 5000 + ".0", "",
    ],
    "ip": [
        "127.0.0.1", "10.0.0.1/32", "10.0.0.0/8", "::1", "::", "ff00::/8", "ff00::1", "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3.4", "::ffff:102:304",
        "1.2.3.4/33", "1.2.3.4/08", "1.2.3.4/", "/8", "1.2.3", "01.2.3.4", "1.2.3.256", "::1/128", "::1/129",
        "fe80::1%eth0", "127.0.0.0/7", "127.0.0.0/8", "127.0.0.0/9", "128.0.0.0/1", "224.0.0.0/3", "224.0.0.0/4",
        "240.0.0.1", "12345::", "::1::", "1.2.3.4/+8", "0000:0000:0000:0000:0000:0000:0000:0001/128",
        "0000:0000:0000:0000:0000:0000:0000:00001", "0.0.0.0/0", "::/0", "1.2.3.4/000", ":1::", "1:::2", "1.2.3.4 ",
        "0.0.0.0", "1.2.3.4\n", ":::", "1:2:3:4:5:6:7", "::1.2.3.4", "::/127", "ff00::/7", "",
    ],
    "datetime": [
        "1970-01-01", "0000-01-01", "9999-12-31", "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0000-02-29",
        "2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.00Z",
        "2024-01-01T23:59:59.999+2359", "2024-01-01T23:59:59.999-2359", "2024-01-01T23:59:60Z", "2024-01-01T24:00:00Z",
        "2024-01-01t00:00:00Z", "2024-01-01T00:00:00z", "2024-01-01T00:00:00+2400", "2024-01-01T00:00:00+0060",
        "2024-01-01T00:00:00+00:00", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-32", "2024-1-1",
        "0000-01-01T00:00:00+2359", "9999-12-31T23:59:59.999-2359", "2024-01-01T00:00:00.000", "2024-01-01\n",
        "-2024-01-01", "2024-01-01T00:00Z", "2024-01-01T00:00:00-0000", "2024-01-01T", "２024-01-01", "",
    ],
    "duration": [
        "0ms", "1d", "1h", "1d2h3m4s5ms", "-1d", "5ms4s", "", "-", "1", "1d1d", "-9223372036854775808ms",
        "9223372036854775807ms", "9223372036854775808ms", "-9223372036854775809ms", "106751991167d", "106751991168d",
        "-106751991168d", "106751991167d7h12m55s807ms", "106751991167d7h12m55s808ms", "-106751991167d7h12m55s808ms",
        "1m", "1ms", "1m1ms", "1s1m", "+1d", "1 d", "1D", "00001d", "1.5d", "9" * 20 + "ms", "0d0h0m0s0ms",
        "0" * 31 + "1ms", "153722867280912m55s808ms", "-9223372036854775s808ms", "-1ms", "-1d1ms",
    ],
}
# fmt: on
LETTERS = "0123456789.:-+/TZdhmsaf% \n١"
ASKED = {
    "ip": ["isIpv4", "isIpv6", "isLoopback", "isMulticast"],
    "decimal": [],
    "datetime": ["toDate", "toTime"],
    "duration": ["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"],
}


def mutated(rng: Random, text: str) -> str:
    letters = list(text[:60])
    for _ in range(rng.randint(1, 3)):
        place = rng.randint(0, len(letters))
        letters[place : place + rng.randint(0, 1)] = rng.choice(["", rng.choice(LETTERS)])
    return "".join(letters)


def texts(constructor: str) -> list[str]:
    rng = Random(constructor)
    return SEEDS[constructor] + [mutated(rng, rng.choice(SEEDS[constructor])) for _ in range(150)]


def policies(constructor: str) -> str:
    """policy0: the text is accepted; then one per function asked: its result is what the context says."""
    made = f"{constructor}(context.text)"
    conditions = [f"{made} == context.value"]
    conditions += [f"{made}.{name}() == context.results.{name}" for name in ASKED[constructor]]
    return "".join(f"permit (principal, action, resource) when {{ {condition} }};" for condition in conditions)


@pytest.mark.parametrize("constructor", SEEDS)
def test_boundary_strings(constructor: str) -> None:
    asked = ASKED[constructor]
    compiled = cedarpy.PolicySet.from_str(policies(constructor))
    accepted = 0
    for text in texts(constructor):
        try:
            value = FUNCTIONS[constructor](text)
        except EvalError:
            context: dict[str, object] = {"text": text, "value": 0}
            expected: list[str] = []
        else:
            results = {name: to_json(FUNCTIONS[name](value)) for name in asked if _defined(name, value)}
            context = {"text": text, "value": to_json(value), "results": results}
            expected = ["policy0", *(f"policy{asked.index(name) + 1}" for name in results)]
            accepted += 1
        request = {"principal": 'A::"a"', "action": 'A::"a"', "resource": 'A::"a"', "context": context}
        answer = cedarpy.is_authorized(request, compiled, [])
        assert sorted(answer.diagnostics.reasons) == sorted(expected), text
        assert len(answer.diagnostics.errors) == len(asked) + 1 - len(expected), text
    assert accepted > 8


def _defined(name: str, value: object) -> bool:
    try:
        FUNCTIONS[name](value)  # type: ignore[arg-type]
    except EvalError:
        return False
    return True


@pytest.mark.parametrize("left", [text for text in SEEDS["ip"] if "/" in text or ":" in text][:18])
def test_ranges(left: str) -> None:
    """``isInRange`` for every pair of accepted addresses."""
    others = [text for text in SEEDS["ip"] if _accepted(text)]
    if not _accepted(left):
        return
    compiled = cedarpy.PolicySet.from_str(
        "permit (principal, action, resource) when { ip(context.a).isInRange(ip(context.b)) };"
    )
    for right in others:
        request = {"principal": 'A::"a"', "action": 'A::"a"', "resource": 'A::"a"', "context": {"a": left, "b": right}}
        mine = FUNCTIONS["isInRange"](FUNCTIONS["ip"](left), FUNCTIONS["ip"](right))
        assert mine == cedarpy.is_authorized(request, compiled, []).allowed, (left, right)


def _accepted(text: str) -> bool:
    try:
        FUNCTIONS["ip"](text)
    except EvalError:
        return False
    return True
