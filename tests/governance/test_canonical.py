"""Canonical bytes: RFC 8785's, one text per value, one value per text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from workbench.governance.canonical import SAFE_INTEGER, canonical_bytes, decode_base64, digest_of, sha256_hex
from workbench.governance.errors import ArtifactError
from workbench.governance.times import format_time, parse_time

LONGS = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | LONGS | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(lambda k: k != "__long"), inner, max_size=3)
    ),
    max_leaves=8,
)


def typed(value: Any) -> Any:
    """A value in which 1 and True differ for Python's equality too."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value).__name__, value)


def refused(code: str, value: Any) -> None:
    with pytest.raises(ArtifactError) as caught:
        canonical_bytes(value)
    assert caught.value.code == code


@given(VALUES, VALUES)
def test_two_values_share_bytes_only_when_equal(one: Any, two: Any) -> None:
    assert (canonical_bytes(one) == canonical_bytes(two)) == (typed(one) == typed(two))


def test_bytes_are_rfc_8785s() -> None:
    value = {"b": [1, True, None, "é\u2028\n"], "\U0001f600": 1, "\ufb33": 2}
    assert canonical_bytes(value) == rfc8785.dumps(value)
    assert canonical_bytes({"b": 1, "a": 2}) == b'{"a":2,"b":1}'


def test_longs_beyond_json_are_tagged() -> None:
    assert canonical_bytes(SAFE_INTEGER) == b"9007199254740991"
    assert canonical_bytes(SAFE_INTEGER + 1) == b'{"__long":"9007199254740992"}'
    assert canonical_bytes(-(2**63)) == b'{"__long":"-9223372036854775808"}'


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("float", 1.0),
        ("float", {"a": [float("nan")]}),
        ("integer_range", 2**63),
        ("integer_range", 10**400),
        ("reserved_key", {"__long": "1"}),
        ("not_json", {1: "a"}),
        ("not_json", {"a": b"bytes"}),
        ("surrogate", "\ud800"),
        ("surrogate", {"\ud800": 1}),
    ],
)
def test_what_has_no_canonical_form(code: str, value: Any) -> None:
    refused(code, value)


def test_depth_is_bounded() -> None:
    value: Any = []
    for _ in range(5_000):
        value = [value]
    refused("depth", value)


def test_digest_form() -> None:
    assert digest_of(b"") == "sha256:" + sha256_hex(b"")
    assert len(sha256_hex(b"")) == 64


@pytest.mark.parametrize("text", ["AAAA", "AAB=", "AB==", "AA==\n", "AA", "A A==", "AA==AA==", "éA=="])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(ArtifactError):
        decode_base64(text, 1, "it")


def test_base64_reads() -> None:
    assert decode_base64("AA==", 1, "it") == b"\0"


@given(
    st.datetimes(
        timezones=st.just(UTC) | st.just(timezone(timedelta(hours=5, minutes=30))), min_value=datetime(1971, 1, 1)
    )
)
def test_times_round_trip(moment: datetime) -> None:
    text = format_time(moment)
    assert format_time(parse_time(text)) == text
    assert timedelta(0) <= moment - parse_time(text) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-15T10:00:00.000Z",
        "2026-03-15T10:00:00.1Z",
        "2026-03-15T10:00:00+00:00",
        "2026-03-15 10:00:00Z",
        "2026-03-15T10:00:60Z",
        "2026-02-30T10:00:00Z",
        "2026-03-15T10:00:00z",
        "٢٠٢٦-03-15T10:00:00Z",
        "2026-03-15T10:00:00Z\n",
    ],
)
def test_times_have_one_spelling(text: str) -> None:
    with pytest.raises(ArtifactError) as caught:
        parse_time(text)
    assert caught.value.code == "time"


def test_a_time_needs_a_zone() -> None:
    with pytest.raises(ArtifactError) as caught:
        format_time(datetime(2026, 1, 1))
    assert caught.value.code == "naive_time"


def test_json_module_is_not_the_canonical_form() -> None:
    """The keys that sort differently by code point and by UTF-16 unit: why the standard encoder alone will not do."""
    value = {"\ufb33": 1, "\U0001f600": 2}
    assert json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() != canonical_bytes(
        value
    )
