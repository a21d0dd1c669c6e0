"""The pulse: what is counted piece by piece is what one look at everything would count."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from workbench.service.clock import FrozenClock, micros
from workbench.service.errors import WorkbenchError
from workbench.service.pulse_views import Pulse
from workbench.service.pulses import COARSE, SLICES, Pulses
from workbench.service.workspace import Workspace
from workbench.store import feed, pulse
from workbench.store.tables import decisions, payloads

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OUTCOMES = (("allow", False), ("hold", False), ("deny", False), ("deny", True))

acts = st.lists(
    st.tuples(
        st.floats(0, 40, allow_nan=False),  # seconds since the one before
        st.sampled_from(("ada", "bruno", "chen")),
        st.sampled_from(OUTCOMES),
        st.sampled_from(("r1", "r2", "")),
        st.booleans(),  # whether somebody looks now
    ),
    max_size=40,
)


def _record(workspace: Workspace, seq: int, agent: str, outcome: tuple[str, bool], rule: str, at: int) -> feed.FeedRow:
    row = feed.FeedRow(seq, at, agent, "reply", "T-1", outcome[0], "x", rule, outcome[1], "1.0.0")  # type: ignore[arg-type]
    with workspace._session.write() as connection:
        feed.record(connection, [feed.Listed(row, at, feed.StoredPayload(b"", b"{}", b"[]", b"{}"))])
    return row


def _counts(pulse: Pulse) -> dict[str, int]:
    return {
        name: sum(getattr(each, name) for each in pulse.buckets) for name in ("allow", "deny", "hold", "violations")
    }


@given(acts=acts)
@SLOW
def test_looking_often_tells_what_looking_once_would(workspace: Workspace, clock: FrozenClock, acts: list) -> None:
    with workspace._session.write() as connection:
        connection.execute(decisions.delete())
        connection.execute(payloads.delete())
    often, told = Pulses(workspace._session), []
    for seq, (wait, agent, outcome, rule, look) in enumerate(acts, start=1000):
        clock.advance(wait)
        told.append((_record(workspace, seq, agent, outcome, rule, micros(clock.now())), micros(clock.now())))
        if look:
            often.read(300.0)
            often.rates(9, 5.0)
    rates = often.rates(9, 5.0)
    assert [each.start for each in rates] == [rates[0].start + timedelta(seconds=5) * place for place in range(9)]
    assert rates[-1].start <= clock.now() < rates[-1].start + timedelta(seconds=5)
    for each in rates:
        begun = micros(each.start)
        inside = [row for row, at in told if begun <= at < begun + 5_000_000]
        wanted = [sum(row.outcome == name for row in inside) for name in ("allow", "deny", "hold")]
        assert [each.allow, each.deny, each.hold] == wanted
        assert each.violations == sum(row.violation for row in inside)
    found, once = often.read(300.0), Pulses(workspace._session).read(300.0)
    assert found == once
    start = micros(found.buckets[0].start)
    within = [row for row, at in told if at >= start]
    assert _counts(found) == {
        "allow": sum(row.outcome == "allow" for row in within),
        "deny": sum(row.outcome == "deny" for row in within),
        "hold": sum(row.outcome == "hold" for row in within),
        "violations": sum(row.violation for row in within),
    }
    coarse = 300_000_000 // SLICES * COARSE
    named = [row for row, at in told if at >= start // coarse * coarse]
    agents = Counter(row.agent for row in named)
    assert {each.name: each.total for each in found.agents} == agents
    assert found.agent_count == len(agents)
    assert {each.name: each.deny + each.hold for each in found.rules} == Counter(
        row.rule for row in named if row.outcome != "allow"
    )
    violations = [each.violations for each in found.agents]
    assert violations == sorted(violations, reverse=True)


def test_the_window_ends_now_and_slices_are_equal(workspace: Workspace, clock: FrozenClock) -> None:
    _record(workspace, 1000, "ada", ("allow", False), "r1", micros(clock.now()))
    pulse = workspace.pulse.read(3600)
    assert len(pulse.buckets) == SLICES
    steps = {after.start - before.start for before, after in zip(pulse.buckets, pulse.buckets[1:], strict=False)}
    assert steps == {timedelta(seconds=15)}
    assert pulse.buckets[-1].start <= clock.now() < pulse.buckets[-1].start + timedelta(seconds=15)
    assert pulse.buckets[-1].allow == 1
    clock.advance(3601)
    assert workspace.pulse.read(3600).total == 0, "what is out of the window is out of the counts"


def test_a_database_set_back_is_counted_anew(workspace: Workspace, clock: FrozenClock) -> None:
    for seq in (1000, 1001):
        _record(workspace, seq, "ada", ("deny", True), "r1", micros(clock.now()))
    pulses = Pulses(workspace._session)
    assert pulses.read().total == 2
    with workspace._session.write() as connection:
        connection.execute(decisions.delete().where(decisions.c.seq == 1001))
    assert pulses.read().total == 1


def test_what_was_counted_is_not_read_again(workspace: Workspace, clock: FrozenClock) -> None:
    """The rows behind it are gone, and the counts stand: only what is new was asked for."""
    _record(workspace, 1000, "ada", ("allow", False), "r1", micros(clock.now()))
    pulses = Pulses(workspace._session)
    pulses.read()
    _record(workspace, 1001, "bruno", ("allow", False), "r1", micros(clock.now()))
    with workspace._session.write() as connection:
        connection.execute(decisions.delete().where(decisions.c.seq == 1000))
    assert pulses.read().total == 2


@pytest.mark.parametrize("seconds", [0, -1.0, 8 * 86_400, float("nan")])
def test_a_window_that_is_none_is_refused(workspace: Workspace, seconds: float) -> None:
    with pytest.raises(WorkbenchError) as refused:
        workspace.pulse.read(seconds)
    assert refused.value.code == "bad_window"


@pytest.mark.parametrize(
    ("slices", "width"), [(0, 1.0), (-1, 1.0), (10_001, 1.0), (60, 0.0), (60, -1.0), (2, 400_000.0), (60, float("nan"))]
)
def test_rates_of_a_window_that_is_none(workspace: Workspace, slices: int, width: float) -> None:
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "bad_window" and bool(error.hint)):
        workspace.rates(slices, width)


def test_rates_are_counted_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million decisions cost half a second to count; the next look reads what has come since."""
    pulses, spans = Pulses(workspace._session), []
    original = pulse.by_time

    def watched(connection: Connection, after: int, upto: int, start: int, width: int) -> list[pulse.Counted]:
        spans.append((after, upto))
        return original(connection, after, upto, start, width)

    monkeypatch.setattr(pulse, "by_time", watched)
    with workspace._session.read() as connection:
        high = feed.high_water(connection)
    now = micros(workspace._session.clock.now())
    for seq in (high + 1, high + 3):
        _record(workspace, seq, "ada", ("allow", False), "r1", now)
        assert pulses.rates(5, 1.0)[-1].allow == pulses.rates(5, 1.0)[-1].allow
    assert spans == [(0, high + 1), (high + 1, high + 3)]
