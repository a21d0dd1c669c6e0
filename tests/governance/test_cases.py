"""The life of a case as a pure function: what grants, what ends, what is final; and that nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.governance.cases import (
    DEFAULT_TIMEOUT,
    MAX_ESCALATIONS,
    Case,
    CaseError,
    CaseState,
    CaseVote,
    Event,
    Requirement,
    Succeeded,
    Tick,
    Used,
    Verdict,
    Voided,
    Voted,
    opened,
    seated,
    step,
)

HOUR = 3_600_000_000
START = 1_000 * HOUR
ASKER = 'Agent::"jonas"'
VIKTOR, CAMILLE, RAVI, INES = (f'Agent::"{name}"' for name in ("viktor", "camille", "ravi", "ines"))
PEOPLE = (ASKER, VIKTOR, CAMILLE, RAVI, INES)

FIRST = Requirement("first", "digest-1", (1,), timelock=0, timeout=HOUR, on_timeout="second", on_rejection="second")
SECOND = Requirement("second", "digest-2", (1, 1), timelock=HOUR // 2, timeout=2 * HOUR, on_timeout="third")
THIRD = Requirement("third", "digest-3", (2,), timeout=4 * HOUR)
ALL = {each.procedure: each for each in (FIRST, SECOND, THIRD)}


def fresh(requirement: Requirement = FIRST) -> Case:
    return opened("c1", requester=ASKER, requirement=requirement, version="v1", at=START)


def vote(
    case: Case,
    who: str,
    verdict: Verdict = "approve",
    *,
    at: int = START + 1,
    may: Sequence[frozenset[str]] | None = None,
    stage: int | None = None,
) -> Case:
    eligible = tuple(may) if may is not None else tuple(frozenset(PEOPLE) for _ in case.requirement.counts)
    cast = CaseVote(case.stage if stage is None else stage, who, verdict, at)
    return step(case, Voted(cast, eligible, ALL), at)


def refused(case: Case, who: str, code: str, **how: Any) -> None:
    with pytest.raises(CaseError) as error:
        vote(case, who, **how)
    assert error.value.code == code


def test_one_approval_grants_and_the_window_is_one_timeout_long() -> None:
    granted = vote(fresh(), VIKTOR, at=START + 5)
    assert granted.state is CaseState.GRANTED
    assert (granted.quorum_at, granted.usable_from, granted.usable_until) == (START + 5, START + 5, START + 5 + HOUR)
    assert granted.seated == ((VIKTOR,),)
    assert granted.due == granted.usable_until


def test_a_timelock_holds_a_grant_back_and_the_window_runs_from_its_end() -> None:
    granted = vote(vote(fresh(SECOND), VIKTOR), CAMILLE, at=START + 7)
    assert granted.usable_from == START + 7 + HOUR // 2
    assert granted.usable_until == granted.usable_from + 2 * HOUR
    assert not granted.usable(granted.usable_from - 1)
    assert granted.usable(granted.usable_from)
    assert granted.usable(granted.usable_until - 1)
    assert not granted.usable(granted.usable_until)


def test_without_a_timeout_there_is_a_day_and_then_a_deny() -> None:
    case = fresh(Requirement("plain", "digest", (1,)))
    assert case.deadline == START + DEFAULT_TIMEOUT == START + 24 * HOUR
    assert step(case, Tick(ALL), case.deadline - 1) == case
    assert step(case, Tick(ALL), case.deadline).state is CaseState.EXPIRED


def test_a_seat_of_each_kind_is_needed_and_the_order_of_votes_wastes_none() -> None:
    both, one = frozenset({VIKTOR, CAMILLE}), frozenset({VIKTOR})
    case = vote(fresh(SECOND), VIKTOR, may=[both, one])  # would take the first seat, and must make room
    assert vote(case, CAMILLE, may=[both, one]).seated == ((CAMILLE,), (VIKTOR,))


def test_two_seats_of_one_kind_want_two_people() -> None:
    case = vote(fresh(THIRD), VIKTOR)
    assert case.state is CaseState.OPEN
    refused(case, VIKTOR, "already_voted")
    assert vote(case, RAVI).state is CaseState.GRANTED


def test_who_lost_the_role_before_the_quorum_does_not_count_towards_it() -> None:
    case = vote(fresh(THIRD), VIKTOR)
    still = vote(case, RAVI, may=[frozenset({RAVI, CAMILLE})])
    assert still.state is CaseState.OPEN
    assert vote(still, CAMILLE, may=[frozenset({RAVI, CAMILLE})]).seated == ((RAVI, CAMILLE),)


def test_the_requester_cannot_vote_whatever_where_says() -> None:
    refused(fresh(), ASKER, "requester_votes")
    refused(fresh(), ASKER, "requester_votes", verdict="reject")
    assert ASKER not in replace(fresh(), votes=(CaseVote(0, ASKER, "approve", START),)).approvers


def test_who_is_not_asked_can_neither_approve_nor_reject() -> None:
    refused(fresh(), INES, "not_eligible", may=[frozenset({VIKTOR})])
    refused(fresh(), INES, "not_eligible", may=[frozenset({VIKTOR})], verdict="reject")


def test_one_reject_denies_where_nothing_else_is_said() -> None:
    denied = vote(fresh(THIRD), VIKTOR, "reject")
    assert (denied.state, denied.reason) == (CaseState.DENIED, f"rejected by `{VIKTOR}`")
    refused(denied, CAMILLE, "case_closed")


def test_a_reject_overrides_ones_own_approval() -> None:
    assert vote(vote(fresh(THIRD), VIKTOR), VIKTOR, "reject").state is CaseState.DENIED


def test_a_rejecter_s_own_approval_is_gone_wherever_it_stands() -> None:
    both = (
        CaseVote(0, VIKTOR, "approve", START),
        CaseVote(0, VIKTOR, "reject", START),
        CaseVote(0, RAVI, "approve", START),
    )
    assert replace(fresh(), votes=both).approvers == (RAVI,)


def test_on_rejection_escalates_and_keeps_the_rejecter_out_for_good() -> None:
    escalated = vote(fresh(), VIKTOR, "reject", at=START + 9)
    assert escalated.state is CaseState.OPEN
    assert (escalated.requirement, escalated.stage, escalated.deadline) == (SECOND, 1, START + 9 + 2 * HOUR)
    move = escalated.escalations[0]
    assert (move.from_procedure, move.to_procedure, move.why) == ("first", "second", "rejection")
    refused(escalated, VIKTOR, "rejected_before", at=START + 10)


def test_a_timeout_escalates_twice_and_approvals_do_not_carry_over() -> None:
    case = vote(fresh(replace(FIRST, counts=(2,))), VIKTOR)
    once = step(case, Tick(ALL), case.deadline)
    assert (once.requirement, once.stage, once.approvers) == (SECOND, 1, ())
    assert once.deadline == case.deadline + 2 * HOUR
    assert once.votes == case.votes  # history stays
    half = vote(once, VIKTOR, at=once.opened_at + HOUR + 1)
    assert half.state is CaseState.OPEN
    twice = step(half, Tick(ALL), half.deadline)
    assert (twice.requirement, twice.stage, len(twice.escalations)) == (THIRD, 2, 2)
    assert step(twice, Tick(ALL), twice.deadline).state is CaseState.EXPIRED


def test_a_vote_for_an_earlier_stage_is_stale() -> None:
    once = step(fresh(), Tick(ALL), START + HOUR)
    refused(once, VIKTOR, "stale_stage", stage=0, at=START + HOUR + 1)
    refused(fresh(), VIKTOR, "stale_stage", stage=1)


def test_a_vote_at_the_deadline_is_too_late() -> None:
    assert vote(fresh(), VIKTOR, at=START + HOUR - 1).state is CaseState.GRANTED
    refused(fresh(), VIKTOR, "too_late", at=START + HOUR)


def test_an_escalation_to_nowhere_denies() -> None:
    case = fresh(replace(FIRST, on_timeout="gone", on_rejection="gone"))
    assert step(case, Tick(ALL), case.deadline).state is CaseState.EXPIRED
    assert vote(case, VIKTOR, "reject").state is CaseState.DENIED


def test_a_circle_of_escalations_ends() -> None:
    ping = replace(FIRST, on_timeout="pong")
    pong = replace(SECOND, procedure="pong", on_timeout="first")
    case = fresh(ping)
    for _ in range(MAX_ESCALATIONS + 1):
        assert case.state is CaseState.OPEN
        case = step(case, Tick({"first": ping, "pong": pong}), case.deadline)
    assert (case.state, case.stage) == (CaseState.EXPIRED, MAX_ESCALATIONS)


def test_a_grant_is_used_once_and_only_in_its_window() -> None:
    granted = vote(fresh(), VIKTOR)
    assert granted.usable_until is not None
    used = step(granted, Used(77), START + 2)
    assert (used.state, used.used_by) == (CaseState.USED, 77)
    for late, when in ((used, START + 3), (granted, granted.usable_until), (fresh(), START + 1), (granted, START)):
        with pytest.raises(CaseError) as error:
            step(late, Used(78), when)
        assert error.value.code == "grant_not_usable"


def test_a_grant_that_nobody_used_expires() -> None:
    granted = vote(fresh(), VIKTOR)
    assert granted.usable_until is not None
    assert step(granted, Tick(ALL), granted.usable_until - 1) == granted
    expired = step(granted, Tick(ALL), granted.usable_until)
    assert (expired.state, expired.reason) == (CaseState.EXPIRED, "the grant was not used in time")


@pytest.mark.parametrize("state", ["open", "granted"])
def test_the_same_procedure_in_a_new_version_goes_on(state: str) -> None:
    case = fresh() if state == "open" else vote(fresh(), VIKTOR)
    after = step(case, Succeeded("v2", ALL), START + 2)
    assert after == replace(case, version="v2")


CHANGES: dict[str, dict[str, Requirement]] = {
    "changed": {**ALL, "first": replace(FIRST, digest="other")},
    "removed": {name: each for name, each in ALL.items() if name != "first"},
}


@pytest.mark.parametrize("procedures", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("granted", [False, True])
def test_a_new_version_with_another_procedure_voids(procedures: dict[str, Requirement], granted: bool) -> None:
    case = vote(fresh(), VIKTOR) if granted else fresh()
    after = step(case, Succeeded("v2", procedures), START + 2)
    assert after.state is CaseState.VOID
    assert "another version came into force" in after.reason
    assert after.version == "v1"  # the one under which it ended


def test_an_escalated_case_goes_by_both_procedures() -> None:
    once = step(fresh(), Tick(ALL), START + HOUR)
    assert step(once, Succeeded("v2", ALL), START + HOUR).state is CaseState.OPEN
    changed = {**ALL, "second": replace(SECOND, digest="other")}
    assert step(once, Succeeded("v2", changed), START + HOUR).state is CaseState.VOID
    unmet = {**ALL, "third": replace(THIRD, digest="other")}  # not reached yet: it will be taken as it then is
    assert step(once, Succeeded("v2", unmet), START + HOUR).state is CaseState.OPEN
    first = {**ALL, "first": replace(FIRST, digest="other")}
    assert step(once, Succeeded("v2", first), START + HOUR).state is CaseState.VOID


FINAL = [
    step(vote(fresh(), VIKTOR), Used(1), START + 2),
    vote(fresh(THIRD), VIKTOR, "reject"),
    step(fresh(THIRD), Tick(ALL), START + 4 * HOUR),
    step(fresh(), Voided("stopped"), START),
]


@pytest.mark.parametrize("case", FINAL, ids=[str(case.state) for case in FINAL])
@pytest.mark.parametrize("event", [Tick(ALL), Succeeded("v2", {}), Voided("again")], ids=["tick", "succeeded", "void"])
def test_final_states_stay(case: Case, event: Event) -> None:
    assert step(case, event, START + 1_000 * HOUR) == case


def test_absurd_numbers_of_approvals_are_never_met_and_cost_nothing() -> None:
    case = fresh(replace(FIRST, counts=(10**15,)))
    assert vote(case, VIKTOR).state is CaseState.OPEN
    assert seated([10**15], [frozenset({VIKTOR})], [VIKTOR]) == [[VIKTOR, None]]


def test_a_procedure_that_asks_nobody_grants_nothing() -> None:
    case = fresh(replace(FIRST, counts=()))
    refused(case, VIKTOR, "not_eligible")


# ---- any order of events -------------------------------------------------------------------------------------------


def met(counts: Sequence[int], may: Sequence[frozenset[str]], people: Sequence[str]) -> bool:
    """Whether distinct people can take every seat: by trying everything, not by matching."""
    seats = [eligible for count, eligible in zip(counts, may, strict=True) for _ in range(count)]
    return any(
        all(person in eligible for person, eligible in zip(order, seats, strict=True))
        for order in permutations(people, len(seats))
    )


procedures = st.builds(
    Requirement,
    procedure=st.just("p0"),
    digest=st.just("d"),
    counts=st.lists(st.integers(1, 2), min_size=1, max_size=2).map(tuple),
    timelock=st.integers(0, 5),
    timeout=st.integers(1, 20),
    on_timeout=st.sampled_from(["", "p0", "p1", "p2"]),
    on_rejection=st.sampled_from(["", "p0", "p1", "p2"]),
)
laws = st.tuples(procedures, procedures, procedures).map(
    lambda three: {f"p{n}": replace(each, procedure=f"p{n}", digest=f"d{n}") for n, each in enumerate(three)}
)
groups = st.frozensets(st.sampled_from(PEOPLE))
events = st.lists(
    st.one_of(
        st.tuples(
            st.just("vote"),
            st.sampled_from(PEOPLE),
            st.sampled_from(["approve", "approve", "approve", "reject"]),
            st.tuples(groups, groups),
            st.integers(-1, 1),
        ),
        st.tuples(st.just("tick")),
        st.tuples(st.just("use"), st.integers(1, 10**6)),
        st.tuples(st.just("succeed"), st.booleans()),
        st.tuples(st.just("void")),
    ),
    max_size=30,
)


@given(laws, events, st.lists(st.integers(0, 12), min_size=30, max_size=30))
@settings(max_examples=400, deadline=None)
def test_whatever_happens_only_people_grant_and_only_once(
    law: dict[str, Requirement], happenings: list[tuple[Any, ...]], gaps: list[int]
) -> None:
    now = START
    case = opened("c", requester=ASKER, requirement=law["p0"], version="v", at=now)
    uses = 0
    since: set[str] = set()  # who approved since the last escalation, as this test counts
    rejecters: set[str] = set()
    for happening, gap in zip(happenings, gaps, strict=False):
        now += gap
        before = case
        may: tuple[frozenset[str], ...] = ()
        match happening:
            case ("vote", who, verdict, all_may, shift):
                may = all_may[: len(case.requirement.counts)]
                cast = CaseVote(case.stage + shift, who, verdict, now)
                event: Event = Voted(cast, may, law)
            case ("tick",):
                event = Tick(law)
            case ("use", seq):
                event = Used(seq)
            case ("succeed", same):
                event = Succeeded("w", law if same else {})
            case _:
                event = Voided("stopped")
        try:
            case = step(case, event, now)
        except CaseError:
            assert case == before
            continue
        if before.state not in (CaseState.OPEN, CaseState.GRANTED):
            assert case == before
        if isinstance(event, Voted):
            assert before.state is CaseState.OPEN
            assert now < before.deadline
            (since if event.vote.verdict == "approve" else rejecters).add(event.vote.principal)
        if case.stage != before.stage:
            assert case.stage == before.stage + 1 <= MAX_ESCALATIONS
            assert case.deadline == now + case.requirement.timeout
            since = set()
        if case.state is CaseState.GRANTED and before.state is CaseState.OPEN:
            assert isinstance(event, Voted)
            people = sorted(since - rejecters - {ASKER})
            assert met(case.requirement.counts, may, people)
            sitting = [person for row in case.seated for person in row]
            assert len(set(sitting)) == len(sitting)
            assert set(sitting) <= set(people)
        elif isinstance(event, Voted) and event.vote.verdict == "approve" and case.state is CaseState.OPEN:
            assert not met(case.requirement.counts, may, sorted(since - rejecters - {ASKER}))
        if case.state is CaseState.USED and before.state is not CaseState.USED:
            uses += 1
            assert before.state is CaseState.GRANTED
            assert before.usable_from is not None
            assert before.usable_until is not None
            assert before.usable_from <= now < before.usable_until
        assert case.votes[: len(before.votes)] == before.votes
        assert case.escalations[: len(before.escalations)] == before.escalations
    assert uses <= 1
