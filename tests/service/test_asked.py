"""What a request says in short: sums with units, no defaults, any JSON; gone with what was redacted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.service.conftest import CONTEXT, Ask
from tests.service.test_audit_redact import redact
from workbench.norms import Norm
from workbench.service.asked import LONGEST, asked_in_short
from workbench.service.clock import FrozenClock
from workbench.service.watching import SHORT
from workbench.service.workspace import Workspace

leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=300)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"amount": 322, "currency": "EUR", "recipient": "lena@x.org"}, "322 EUR, recipient lena@x.org"),
        ({"amount": 0, "currency": "EUR", "approvals": 0, "paid": False, "note": ""}, ""),
        ({"price": {"__extn": {"fn": "decimal", "arg": "12.50"}}, "unit": "USD"}, "12.50 USD"),
        ({"hours": 3, "because": "a long reason"}, "hours 3, because a long reason"),
        ({"customer_consented": True}, "customer consented"),
        ({"to": {"__entity": {"type": "Team", "id": "blue"}}}, "to blue"),
        ({"from": {"__extn": {"fn": "ip", "arg": "10.0.0.1"}}}, "from 10.0.0.1"),
        ({"tags": ["a", {"__entity": {"type": "T", "id": "b"}}, 0, 4]}, "tags a/b/4"),
        ({"tags": [], "inner": {}}, ""),
        ({"inner": {"a": 1, "b": 2}}, "inner of 2 fields"),
        ({"amount": 1000, "currency": "EUR", "left": 2}, "1,000 EUR, left 2"),
    ],
)
def test_what_is_said(context: dict[str, Any], said: str) -> None:
    assert asked_in_short(context) == said


def test_what_is_shown_elsewhere_is_left_out() -> None:
    assert asked_in_short({"verb": "trade", "location": "market"}, beside=frozenset({"verb"})) == "location market"


@given(st.dictionaries(st.text(max_size=20), values, max_size=20))
def test_any_context_is_told_within_bounds(context: dict[str, Any]) -> None:
    assert len(asked_in_short(context)) <= LONGEST


def test_rows_that_are_asked_for_by_number_say_it_and_other_lists_do_not_read_it(
    workspace: Workspace, ask: Ask
) -> None:
    seq = ask(context=CONTEXT | {"amount": 41, "currency": "EUR", "recipient": "lena@example.com"}).seq
    assert workspace.rows([seq])[0].asked.startswith("41 EUR, recipient lena@example.com")
    assert workspace.last_events(1)[0].asked == ""


def test_it_is_gone_with_what_was_redacted(workspace: Workspace, ask: Ask) -> None:
    seq = ask(context=CONTEXT | {"recipient": "lena.unforgettable@example.com"}).seq
    assert "unforgettable" in workspace.rows([seq])[0].asked
    redact(workspace, seq)
    assert workspace.rows([seq])[0].asked == ""


def test_for_a_list_no_request_is_read_that_is_very_long(workspace: Workspace, ask: Ask) -> None:
    seqs = [ask(context=CONTEXT | {"recipient": "x" * length}).seq for length in (1_000, SHORT)]
    short, long = workspace.rows(seqs)
    assert short.asked.startswith("recipient xxx")
    assert long.asked == ""
    assert len(workspace.event(seqs[1]).request["context"]["recipient"]) == SHORT, "opened it is there"


def test_an_action_told_in_words_says_the_words_once(config: Path, tmp_path: Path) -> None:
    with Workspace.create(
        tmp_path / "w", sample="world-norms", profile="unsigned", swarm_id="swarm-asked", clock=FrozenClock()
    ) as world:
        world.norms.add(Norm("no-attack", "no attacks", "safe_zone", "attack", severity="high"))
        world.norms.check("grim", "trade", "market", target="elda")
        row = world.rows([world.high_water()])[0]
    assert row.verb == "trade"
    assert row.asked == "location market, target elda, faction red hand"
