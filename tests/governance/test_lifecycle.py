"""The life of an amendment: no path to ``active`` but through quorum, timelock and an unmoved head."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, FORBID, ROSTER, RULES, SAM, START, Chain, content, program
from workbench.governance.artifact import Signature
from workbench.governance.assessment import Assessment, assess
from workbench.governance.errors import LifecycleError
from workbench.governance.lifecycle import (
    Activate,
    AmendmentState,
    Counted,
    Event,
    Proposed,
    Standing,
    Superseded,
    Tick,
    ready,
    reservation,
    standing,
    step,
)

CHAIN = Chain()
CHAIN.versions.append(CHAIN.genesis(content(roster=(*ROSTER, EVE.entry))))
HEAD = CHAIN.head.digest
VERSION = CHAIN.amendment(content(RULES + FORBID, roster=(*ROSTER, EVE.entry)))
PROGRAM = program(CHAIN.head)


def count(*votes: Signature) -> Assessment:
    return assess(VERSION.with_signatures(votes), CHAIN.head, PROGRAM)


ANA_YES, SAM_YES = CHAIN.vote(VERSION, ANA), CHAIN.vote(VERSION, SAM)
EVE_NO, SAM_NO = CHAIN.vote(VERSION, EVE, verdict="reject"), CHAIN.vote(VERSION, SAM, verdict="reject")
NONE, HALF, FULL = count(), count(ANA_YES), count(ANA_YES, SAM_YES)
VETOED, REJECTED = count(ANA_YES, SAM_YES, EVE_NO), count(EVE_NO, SAM_NO)
assert FULL.due_at is not None
DUE: datetime = FULL.due_at
NOW = VERSION.created_at
DRAFT = Standing(VERSION.digest, HEAD)


def at(assessment: Assessment, *, head: str = HEAD, now: datetime = DUE, reserved_by: str | None = None) -> Standing:
    return standing(VERSION, assessment, head=head, now=now, reserved_by=reserved_by)


def refused(code: str, state: Standing, event: Event, now: datetime = NOW) -> None:
    with pytest.raises(LifecycleError) as caught:
        step(state, event, now)
    assert caught.value.code == code


def test_where_votes_put_it() -> None:
    states = [at(assessment).state for assessment in (NONE, HALF, FULL, VETOED, REJECTED)]
    assert states == ["proposed", "proposed", "approved", "vetoed", "rejected"]
    assert at(VETOED).reason == f"vetoed by `{EVE.principal}`"


def test_a_draft_that_is_not_clean_cannot_be_proposed() -> None:
    refused("not_clean", DRAFT, Proposed(clean=False, expires_at=NONE.expires_at))


def test_it_comes_into_force_at_the_end_of_the_timelock_and_not_before() -> None:
    approved = at(FULL, now=NOW)
    millisecond = timedelta(milliseconds=1)
    assert not ready(approved, HEAD, None, DUE - millisecond)
    assert ready(approved, HEAD, None, DUE)
    refused("not_due", approved, Activate(HEAD), DUE - millisecond)
    active = step(approved, Activate(HEAD), DUE + timedelta(days=400))  # overdue is not expired
    assert active.state is AmendmentState.ACTIVE
    assert step(active, Superseded(), DUE).state is AmendmentState.SUPERSEDED


def test_it_expires_without_a_quorum_but_never_with_one() -> None:
    later = VERSION.created_at + timedelta(days=30, milliseconds=1)
    assert at(HALF, now=VERSION.created_at + timedelta(days=30)).state is AmendmentState.PROPOSED
    assert at(HALF, now=later).state is AmendmentState.EXPIRED
    assert at(FULL, now=later).state is AmendmentState.APPROVED


def test_it_goes_stale_when_the_head_moves() -> None:
    other = "sha256:" + "1" * 64
    for assessment in (NONE, FULL):
        assert at(assessment, head=other).state is AmendmentState.STALE
    refused("not_head", at(FULL), Activate(other), DUE)


def test_it_may_follow_one_that_is_still_open() -> None:
    """It can be voted on and its timelock runs, but it comes into force after what it follows, or never."""
    other = "sha256:" + "1" * 64

    def follow(assessment: Assessment, *, parent_open: bool) -> Standing:
        return standing(VERSION, assessment, head=other, now=DUE, parent_open=parent_open)

    for assessment, state in ((NONE, "proposed"), (FULL, "approved")):
        waits = follow(assessment, parent_open=True)
        assert (waits.state, waits.waiting) == (state, True)
        over = follow(assessment, parent_open=False)
        assert (over.state, over.waiting) == ("stale", False)
    assert not ready(follow(FULL, parent_open=True), other, None, DUE)
    refused("not_head", follow(FULL, parent_open=True), Activate(other), DUE)
    assert ready(at(FULL), HEAD, None, DUE), "its parent came into force meanwhile"
    late = VERSION.created_at + timedelta(days=31)
    assert standing(VERSION, HALF, head=other, now=late, parent_open=True).state is AmendmentState.EXPIRED


def test_a_reserved_head_makes_siblings_wait() -> None:
    other = "sha256:" + "1" * 64
    waiting = at(FULL, reserved_by=other)
    assert waiting.state is AmendmentState.APPROVED
    assert "waits" in waiting.reason
    assert not ready(waiting, HEAD, other, DUE)
    refused("head_reserved", waiting, Activate(HEAD, other), DUE)
    assert ready(waiting, HEAD, VERSION.digest, DUE)
    assert step(waiting, Tick(HEAD), DUE).reason == ""


def test_the_first_to_reach_its_quorum_holds_the_head() -> None:
    early, late = START, START + timedelta(seconds=1)
    assert reservation([]) is None
    assert reservation([("b", late), ("c", early)]) == "c"
    assert reservation([("b", early), ("a", early)]) == "a"


def test_a_count_of_another_version_is_refused() -> None:
    refused("other_version", at(HALF), Counted(replace(FULL, digest="sha256:" + "2" * 64)))


@pytest.mark.parametrize("final", ["superseded", "rejected", "vetoed", "expired", "stale", "active"])
def test_what_is_over_stays_over(final: str) -> None:
    over = replace(at(FULL), state=AmendmentState(final))
    assert step(over, Tick("sha256:" + "9" * 64), DUE + timedelta(days=99)) == over
    for event in (Proposed(True, DUE), Counted(FULL), Activate(HEAD)):
        refused("wrong_state", over, event, DUE)
    if final != "active":
        refused("wrong_state", over, Superseded())


def test_a_proposal_cannot_skip_the_vote() -> None:
    refused("wrong_state", DRAFT, Activate(HEAD), DUE)
    refused("wrong_state", DRAFT, Counted(FULL))
    refused("wrong_state", at(HALF), Activate(HEAD), DUE)
    refused("wrong_state", at(HALF), Proposed(True, DUE))


EVENTS = st.one_of(
    st.builds(Proposed, clean=st.booleans(), expires_at=st.just(NONE.expires_at)),
    st.builds(Counted, st.sampled_from([NONE, HALF, FULL, VETOED, REJECTED])),
    st.builds(
        Tick,
        st.sampled_from([HEAD, VERSION.digest, None]),
        st.sampled_from([None, VERSION.digest, "other"]),
        st.booleans(),
    ),
    st.builds(
        Activate, st.sampled_from([HEAD, VERSION.digest, None]), st.sampled_from([None, VERSION.digest, "other"])
    ),
    st.just(Superseded()),
)


@settings(max_examples=600)
@given(st.lists(st.tuples(EVENTS, st.integers(-5, 40 * 86_400)), max_size=12))
def test_no_path_to_active_without_quorum_timelock_and_head(path: list[tuple[Event, int]]) -> None:
    state = DRAFT
    proposed = False
    last: Assessment | None = None
    for event, seconds in path:
        now = DUE + timedelta(seconds=seconds)
        try:
            after = step(state, event, now)
        except LifecycleError:
            continue
        if isinstance(event, Proposed):
            assert event.clean
            proposed = True
        if isinstance(event, Counted):
            last = event.assessment
        if after.state is AmendmentState.ACTIVE and state.state is not AmendmentState.ACTIVE:
            assert isinstance(event, Activate)
            assert proposed
            assert last is FULL
            assert now >= DUE
            assert event.head == HEAD
            assert event.reserved_by in (None, VERSION.digest)
        state = after
