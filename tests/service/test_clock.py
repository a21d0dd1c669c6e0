"""The two clocks: a jump forward freezes timelocks in every process, a clock set back never runs the ledger back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.service.clock import JUMP, ClockWatch, FrozenClock, micros
from workbench.service.workspace import Workspace
from workbench.store.ledger import read_head

RULE = """
@id("no-weekend-mail")
@english("No e-mail leaves on weekends.")
forbid (principal, action == Action::"send_email", resource)
when { context.weekday == "saturday" };
"""
SECOND = 1_000_000


@given(steps=st.lists(st.tuples(st.sampled_from(["advance", "jump", "back"]), st.integers(0, 7200)), max_size=30))
def test_what_is_believed_never_runs_ahead_of_the_monotonic_clock(steps: list[tuple[str, int]]) -> None:
    """Over any sequence of steps: at most a minute for each hour that passed, and one for the beginning."""
    clock = FrozenClock()
    watch = ClockWatch(clock)
    start = micros(clock.now())
    for kind, seconds in steps:
        {"advance": clock.advance, "jump": clock.jump, "back": clock.set_back}[kind](seconds)
        believed, ahead = watch.read()
        passed = clock.monotonic()
        assert believed - start <= (passed + JUMP * (passed // 3600 + 1)) * SECOND
        assert (ahead > 0) == (believed < micros(clock.now()))


def frozen(workspace: Workspace) -> int | None:
    with workspace._session.read() as connection:
        return read_head(connection).frozen_at


def approve_major(workspace: Workspace) -> str:
    """A major amendment of the demo whose timelock (10 s) has just begun; its digest."""
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, revision=draft.revision)
    digest = workspace.propose("no mail on weekends", proposer='Operator::"ana"').version.digest
    for name in ("ana", "sam"):
        path = workspace.location / "keys" / f"demo-{name}"
        workspace.vote(digest, key_path=path, passphrase=workspace.demo_passphrase())
    assert workspace.proposal(digest).state == "approved"
    return digest


@pytest.fixture
def approved(workspace: Workspace) -> str:
    return approve_major(workspace)


def test_a_jump_forward_does_not_end_a_timelock(workspace: Workspace, clock: FrozenClock, approved: str) -> None:
    clock.jump(3600)
    assert workspace.tick() == ()
    assert frozen(workspace) is not None
    clock.advance(3600)  # not even real time ends it while it is frozen
    assert workspace.tick() == ()
    assert workspace.proposal(approved).state == "approved"


def test_set_right_again_it_goes_on(workspace: Workspace, clock: FrozenClock, approved: str) -> None:
    clock.jump(3600)
    workspace.tick()
    clock.set_back(3600)
    assert workspace.tick() == ()
    assert frozen(workspace) is None
    clock.advance(11)
    assert [version.digest for version in workspace.tick()] == [approved]
    assert workspace.verify().ok


def test_entries_do_not_take_the_time_of_a_clock_that_jumped(
    workspace: Workspace, clock: FrozenClock, approved: str
) -> None:
    before = clock.now()
    clock.jump(86_400)
    workspace.tick()
    workspace.set_fact("budget_remaining", 5)
    with workspace._session.read() as connection:
        assert read_head(connection).last_at < micros(before) + 60 * SECOND


def test_a_minute_is_forgiven(workspace: Workspace, clock: FrozenClock, approved: str) -> None:
    clock.jump(JUMP - 1)
    assert [version.digest for version in workspace.tick()] == [approved]


def test_every_process_of_this_boot_sees_it(place: Path) -> None:
    """The clock jumps while no process runs; the next one knows from the mark that the boot keeps."""
    clock = FrozenClock(boot="this-boot")
    with Workspace.open(place, clock=clock) as first:
        digest = approve_major(first)
    clock.jump(3600)
    with Workspace.open(place, clock=clock) as second:
        assert frozen(second) is not None
        assert second.proposal(digest).state == "approved"


def test_after_a_restart_of_the_machine_a_frozen_timelock_stays_frozen(place: Path) -> None:
    clock = FrozenClock(boot="one")
    with Workspace.open(place, clock=clock) as first:
        digest = approve_major(first)
        clock.jump(86_400)
        first.tick()
    again = FrozenClock(clock.now(), boot="two")
    with Workspace.open(place, clock=again) as second:
        again.advance(60)
        second.tick()
        assert frozen(second) is not None
        assert second.proposal(digest).state == "approved"


def test_set_back_time_stands_still_in_the_ledger(workspace: Workspace, clock: FrozenClock, approved: str) -> None:
    clock.set_back(86_400)
    assert workspace.tick() == ()
    clock.advance(60)
    assert workspace.tick() == ()  # the timelock runs by ledger time, which waits for the clock
    assert workspace.proposal(approved).state == "approved"
    workspace.set_fact("budget_remaining", 5)
    assert workspace.verify().ok
