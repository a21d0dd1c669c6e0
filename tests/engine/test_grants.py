"""Grants: every procedure must have granted this very request; a grant for another one counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.support import entity, evaluator
from workbench.engine import Grant, Request, case_key

SCHEMA = """
entity Agent; entity Order;
type Speech = { status: String, licensed: Bool, modality: String, modalities: Set<String>,
  violated_axioms: Set<String>, statements: Long };
action refund appliesTo { principal: [Agent], resource: [Order], context: {
  amount: Long, currency: String, note?: String, @volatile now: Long, @source("meter") refunds_today: Long,
  speech?: Speech, desk: { name: String, @volatile load: Long } } };
"""
SOURCE = """
@id("all") permit (principal, action, resource);
procedure large { on action == Action::"refund" when amount > 100 require approval from principal }
procedure foreign { on action == Action::"refund" when currency != "eur" require approval from principal }
@id("never") forbid (principal, action, resource) when { context.amount > 9000 };
"""
SPEECH = {"status": "acceptable", "licensed": True, "modality": "assertive", "modalities": [], "violated_axioms": [],
          "statements": 1}  # fmt: skip
ENGINE = evaluator(SOURCE, SCHEMA)
ROWS = [entity("Agent::a"), entity("Order::o")]


def request(**changed: Any) -> Request:
    context = {"amount": 500, "currency": "usd", "now": 1, "refunds_today": 2, "desk": {"name": "d", "load": 3}}
    return Request('Agent::"a"', 'Action::"refund"', 'Order::"o"', {**context, **changed})


def key(**changed: Any) -> str:
    return case_key(request(**changed), ENGINE.schema)


def test_all_procedures_must_grant() -> None:
    assert ENGINE.decide(request(), ROWS).procedures == ("large", "foreign")
    assert ENGINE.decide(request(), ROWS, grants=["large"]).procedures == ("foreign",)
    own = [Grant("large", key()), Grant("foreign", key())]
    assert ENGINE.decide(request(), ROWS, grants=own[:1]).outcome == "hold"
    assert ENGINE.decide(request(), ROWS, grants=own).outcome == "allow"
    assert ENGINE.decide(request(), ROWS, grants=["large", own[1]]).outcome == "allow"


def test_a_grant_never_outweighs_a_forbid_or_a_refusal() -> None:
    grants = [Grant(name, key(amount=9001)) for name in ("large", "foreign", "never", "all")]
    assert ENGINE.decide(request(amount=9001), ROWS, grants=grants).code == "forbidden"
    assert ENGINE.decide(request(extra=1), ROWS, grants=grants).code == "invalid_request"


@pytest.mark.parametrize(
    "other",
    [{"amount": 501}, {"currency": "gbp"}, {"note": "x"}, {"desk": {"name": "e", "load": 3}}],
    ids=["amount", "currency", "a new field", "inside a record"],
)
def test_a_grant_for_another_request_counts_for_nothing(other: dict[str, Any]) -> None:
    grants = [Grant("large", key(**other)), Grant("foreign", key(**other))]
    assert ENGINE.decide(request(), ROWS, grants=grants).procedures == ("large", "foreign")


@pytest.mark.parametrize(
    "later",
    [{"now": 2}, {"refunds_today": 9}, {"speech": SPEECH}, {"desk": {"name": "d", "load": 99}}],
    ids=["volatile", "metered", "speech", "volatile inside a record"],
)
def test_a_retry_is_the_same_case(later: dict[str, Any]) -> None:
    assert key(**later) == key()
    grants = [Grant("large", key()), Grant("foreign", key())]
    assert ENGINE.decide(request(**later), ROWS, grants=grants).outcome == "allow"


def test_who_and_what_are_part_of_the_case() -> None:
    asked = request().to_json()
    keys = {case_key(Request.from_json(asked), ENGINE.schema)}
    for role, uid in (("principal", 'Agent::"b"'), ("resource", 'Order::"p"')):
        keys.add(case_key(Request.from_json({**asked, role: uid}), ENGINE.schema))
    assert len(keys) == 3


def test_a_request_that_does_not_fit_has_no_case() -> None:
    with pytest.raises(ValueError, match="extra"):
        key(extra=1)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4), st.text(max_size=5), st.randoms())
def test_the_order_of_sets_and_fields_does_not_matter(numbers: list[int], text: str, random: Any) -> None:
    context = {"n": numbers, "t": text, "é": 1, "a": {"x": 1, "y": [text]}}
    shuffled = [*numbers, *numbers]
    random.shuffle(shuffled)
    one = Request('A::"a"', 'A::"b"', 'A::"c"', context)
    other = Request('A::"a"', 'A::"b"', 'A::"c"', {**dict(reversed(context.items())), "n": shuffled})
    assert case_key(one) == case_key(other)
    assert case_key(one) != case_key(Request('A::"a"', 'A::"b"', 'A::"c"', {**context, "t": text + "!"}))
