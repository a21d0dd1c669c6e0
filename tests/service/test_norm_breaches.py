"""What a violating decision broke, read from its ledger entry without the rest of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.governance.ledger import seal
from workbench.service.norm_breaches import broken, graded

words = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12) | st.sampled_from(
    ['"reasons":["x"]', '\\"errors":[]', '],"reasons":[', "norm:3f9a2c7e.2"]
)


def entry(**body: object) -> bytes:
    return seal(1, "decision", datetime(2026, 3, 1, tzinfo=UTC), "0" * 64, body).data


@given(st.lists(words.filter(bool), min_size=1, max_size=5, unique=True), words, words, st.booleans())
def test_the_rules_are_those_that_were_recorded(rules: list[str], other: str, said: str, forbidden: bool) -> None:
    """Whatever stands beside them: agents choose the words of much of an entry."""
    lists = {"reasons": rules, "errors": [other]} if forbidden else {"errors": rules, "reasons": [other]}
    data = entry(action=said, principal=said, code="x", **lists)
    assert broken("forbidden" if forbidden else "evaluation_error", data, "first") == tuple(rules)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}", b'{"body":{"reasons":7}}', b'{"body":{"reasons":[', entry(reasons=[])]
)
def test_what_says_nothing_is_told_by_the_feeds_rule_or_the_code(data: bytes) -> None:
    assert broken("forbidden", data, "first") == ("first",)
    assert broken("evaluation_error", data, "") == ("evaluation_error",)


def test_severities_are_the_recorded_ones_then_todays_then_the_default() -> None:
    evidence = [
        {"rule": "a", "effect": "forbid", "severity": "info"},
        {"rule": "b", "effect": "forbid"},
        {"rule": "c", "effect": "permit"},
    ]
    answer = json.dumps({"evidence": evidence}).encode()
    today = {"a": "critical", "b": "critical", "c": "high"}
    assert graded("abcd", "high", answer, lambda rule: today.get(rule, "")) == ("info", "warn", "high", "warn")
    assert graded("ab", "high", b"", lambda rule: today.get(rule, "")) == ("critical", "critical")
    assert graded("a", "info", b"{", lambda _: "") == ("info",)
