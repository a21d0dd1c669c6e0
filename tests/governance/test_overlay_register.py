"""Who may place and lift, and the fold over the ledger that believes nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, LEDGER, SAM, START, SWARM, Person
from tests.governance.overlays import BRAKE, DIGEST, NORA, NORM, OTTO, ROSTER, by, entry, lift, place, register
from tests.governance.test_overlay import refused
from workbench.governance.keys import public_line
from workbench.governance.overlay import Placing, Stop
from workbench.governance.overlay_register import (
    MOST_IN_FORCE,
    Standing,
    check_lifting,
    check_placing,
    check_room,
    verify_overlay_entry,
)
from workbench.governance.roster import RosterEntry
from workbench.governance.unsigned import UNSIGNED_PRINCIPAL, unsigned_comment

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def placed(placing: Placing, *people: Person, at: Any = START) -> Standing:
    found = register((at, entry(by(placing, *people), *people)))
    assert found.flaws == ()
    return found.standings[placing.id]


def may_place(placing: Placing, *people: Person, standings: Any = (), at: Any = START, roster: Any = ROSTER) -> None:
    check_placing(placing, [person.entry for person in people], roster, {s.id: s for s in standings}, at)


# ---- placing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [ANA, SAM])
def test_any_signer_stops_for_up_to_seven_days(who: Person) -> None:
    may_place(place(expires_at=START + 7 * DAY), who)
    may_place(place(Stop(target="all")), who)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires_at": START + 7 * DAY + timedelta(milliseconds=1)}, "too_long"),
        ({"placed_at": START + timedelta(seconds=30), "expires_at": START + timedelta(days=7, seconds=30)}, "too_long"),
        ({"placed_at": START - HOUR, "expires_at": START + timedelta(days=7, minutes=-30)}, "too_long"),
        ({"expires_at": START}, "expired"),
        ({"expires_at": START - HOUR}, "expired"),
        ({"expires_at": None}, "needs_expiry"),
        ({"placed_at": START - 2 * DAY, "expires_at": START + HOUR}, "not_fresh"),
        ({"placed_at": START + 2 * HOUR, "expires_at": START + 3 * HOUR}, "not_fresh"),
        ({"content": BRAKE, "expires_at": START + timedelta(hours=72, milliseconds=1)}, "too_long"),
        ({"content": BRAKE, "expires_at": None}, "needs_expiry"),
        ({"content": NORM, "expires_at": START + HOUR}, "needs_expiry"),
    ],
)
def test_stops_and_brakes_are_short_and_fresh_and_norms_have_no_end(changes: dict[str, Any], code: str) -> None:
    content = changes.pop("content", NORA)
    with refused(code):
        may_place(place(content, **changes), ANA)


def test_a_stop_kept_in_a_drawer_cannot_outlast_its_own_claim() -> None:
    kept = place(placed_at=START, expires_at=START + 7 * DAY)
    may_place(kept, ANA, at=START + 23 * HOUR)
    with refused("not_fresh"):
        may_place(kept, ANA, at=START + 25 * HOUR)


@pytest.mark.parametrize(
    ("content", "who"), [(BRAKE, (SAM,)), (NORM, (SAM,)), (BRAKE, (SAM, Person('Operator::"aud"', "auditor")))]
)
def test_brakes_and_norms_need_an_operator(content: Any, who: tuple[Person, ...]) -> None:
    with refused("not_operator"):
        may_place(place(content), *who)
    with refused("signature_needed"):
        may_place(place(content))
    may_place(place(content), SAM, ANA)


def test_an_operator_has_one_brake_at_a_time_and_the_next_within_a_week_takes_two() -> None:
    first = placed(place(BRAKE, id="11111111"), ANA)
    second = place(BRAKE, id="22222222")
    with refused("brake_in_force"):
        may_place(second, ANA, SAM, standings=[first])
    may_place(second, EVE, standings=[first])  # another operator has one of their own

    at = START + 5 * HOUR  # the first was for four
    again = place(BRAKE, id="22222222", placed_at=at)
    with refused("second_signer_needed"):
        may_place(again, ANA, standings=[first], at=at)
    may_place(again, ANA, SAM, standings=[first], at=at)
    may_place(again, SAM, EVE, standings=[first], at=at)  # it is eve's, whoever signs beside her
    with refused("second_signer_needed"):  # the operator counts, not who signed first
        may_place(again, ANA, standings=[placed(place(BRAKE, id="11111111"), SAM, ANA)], at=at)

    beside = placed(place(BRAKE, id="11111111", expires_at=START + DAY), ANA, EVE)
    may_place(second, EVE, standings=[beside])  # eve only signed beside ana: her own is free
    with refused("brake_in_force"):
        may_place(second, ANA, EVE, standings=[beside])

    later = START + 7 * DAY
    may_place(place(BRAKE, id="22222222", placed_at=later), ANA, standings=[first], at=later)


def test_one_person_alone_governs_alone() -> None:
    """Where the roster has one person there is no second to ask; with two the rule holds."""
    alone = (ANA.entry, LEDGER.entry)
    first = placed(place(BRAKE, id="11111111"), ANA)
    at = START + 5 * HOUR
    again = place(BRAKE, id="22222222", placed_at=at)
    may_place(again, ANA, standings=[first], at=at, roster=alone)
    check_lifting(lift("11111111"), [ANA.entry], alone, first, START)
    with refused("two_signers_needed"):
        check_lifting(lift("11111111"), [ANA.entry], (*alone, SAM.entry), first, START)


def test_a_statement_places_once_even_after_it_was_lifted() -> None:
    standing = placed(place(), SAM)
    with refused("replayed"):
        may_place(place(), SAM, standings=[standing])
    lifted = register((START, entry(by(place(), SAM), SAM)), (START, entry(by(lift(), SAM), SAM))).standings
    assert not lifted["aabbccdd"].acts(START)
    with refused("replayed"):
        may_place(place(), SAM, standings=lifted.values())


def test_there_is_room_for_so_many() -> None:
    standing = placed(place(), SAM)
    many = {str(number): standing for number in range(MOST_IN_FORCE)}
    with refused("too_many_overlays"):
        check_room(many, START)
    check_room(many, START + DAY)  # those are over


# ---- lifting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "placers", "lifters", "code"),
    [
        (NORA, (ANA,), (ANA,), ""),
        (NORA, (ANA,), (SAM,), ""),  # a supervisor
        (NORA, (SAM,), (ANA,), "not_entitled"),
        (NORA, (ANA,), (EVE,), "not_entitled"),
        (NORA, (ANA,), (EVE, OTTO), "not_entitled"),
        (NORA, (ANA, EVE), (EVE,), ""),
        (NORA, (ANA,), (), "signature_needed"),
        (BRAKE, (ANA,), (ANA,), "two_signers_needed"),
        (BRAKE, (ANA,), (SAM,), "two_signers_needed"),
        (BRAKE, (ANA,), (EVE, SAM), ""),
        (BRAKE, (ANA,), (ANA, OTTO), ""),
        (NORM, (ANA,), (EVE,), ""),
        (NORM, (ANA,), (SAM,), "not_operator"),
        (NORM, (ANA,), (SAM, EVE), ""),
    ],
)
def test_who_lifts_what(content: Any, placers: tuple[Person, ...], lifters: tuple[Person, ...], code: str) -> None:
    standing = placed(place(content), *placers)

    def act() -> None:
        check_lifting(lift(), [person.entry for person in lifters], ROSTER, standing, START)

    if code:
        with refused(code):
            act()
    else:
        act()


def test_what_is_over_is_not_lifted_again_and_old_liftings_are_not_kept() -> None:
    standing = placed(place(), SAM)
    with refused("not_in_force"):
        check_lifting(lift(lifted_at=START + 5 * HOUR), [SAM.entry], ROSTER, standing, START + 5 * HOUR)
    brake = placed(place(BRAKE, expires_at=START + 3 * DAY), ANA)
    with refused("not_fresh"):
        check_lifting(lift(), [SAM.entry, EVE.entry], ROSTER, brake, START + 2 * DAY)


# ---- the fold --------------------------------------------------------------------------------------------------------


def test_the_fold_follows_an_overlay_through_its_life() -> None:
    start = (START, entry(by(place(), SAM), SAM))
    assert register(start).in_force(START)[0].by == (SAM.principal,)
    lifted = register(start, (START + HOUR, entry(by(lift(lifted_at=START + HOUR), SAM), SAM)))
    assert lifted.standings["aabbccdd"].ending == "lifted"
    assert lifted.standings["aabbccdd"].ended_by == (SAM.principal,)
    over = register(start, (START + 4 * HOUR, {"event": "expired", "id": "aabbccdd"}))
    assert (over.standings["aabbccdd"].ending, over.flaws) == ("expired", ())
    norm = (START, entry(by(place(NORM), ANA), ANA))
    promoted = register(
        norm, (START + 4 * DAY, {"event": "promoted", "id": "aabbccdd", "why": "1.1.0", "constitution": DIGEST})
    )
    assert (promoted.standings["aabbccdd"].ending, promoted.in_force(START + 4 * DAY)) == ("promoted", ())


NOTHING = "sha256:" + "0" * 64  # a version that forbids nothing


@pytest.mark.parametrize(
    ("said", "head", "after", "code"),
    [
        (NOTHING, NOTHING, 4 * DAY, "not_promoted"),
        (DIGEST, NOTHING, 4 * DAY, "not_head"),  # it forbade the same, and is no more in force
        (None, DIGEST, 4 * DAY, "not_head"),
        (DIGEST, DIGEST, 3 * DAY, "not_promoted"),  # a revert that is complete now would come into force at once
        (DIGEST, DIGEST, 3 * DAY + timedelta(milliseconds=1), ""),
    ],
)
def test_a_norm_ends_only_by_the_version_in_force_and_once_no_revert_can_undo_it(
    said: str | None, head: str, after: timedelta, code: str
) -> None:
    norm = (START, entry(by(place(NORM), ANA), ANA))
    body = {"event": "promoted", "id": "aabbccdd", "why": "1.1.0", "constitution": said}
    found = register(norm, (START + after, body), head_at=lambda seq: DIGEST if seq == 1 else head)
    assert len(found.in_force(START + after)) == (1 if code else 0)
    assert [code in why for _, _, why in found.flaws] == ([True] if code else [])


# ---- by whom, and under what, at that entry --------------------------------------------------------------------------

LATER = "sha256:" + "7" * 64


@pytest.mark.parametrize("under", [DIGEST, LATER])
def test_what_was_signed_under_a_version_that_is_not_in_force_any_more_ends_nothing(under: str) -> None:
    """From entry 2 on another version is in force; its roster has lost nobody, so nothing but the time tells."""
    gone = (START, entry(by(lift(constitution=under), ANA), ANA))
    found = register((START, entry(by(place(), ANA), ANA)), gone, head_at=lambda seq: DIGEST if seq < 2 else LATER)
    assert len(found.in_force(START)) == (1 if under == DIGEST else 0)
    assert [(seq, "not_head" in why) for seq, _, why in found.flaws] == ([(2, True)] if under == DIGEST else [])
    assert found.doubtful == {}


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_a_key_that_was_held_ends_nothing_and_what_it_signed_before_stands(state: str) -> None:
    stolen = ANA.key.public.fingerprint
    placed = (START, entry(by(place(), ANA), ANA))
    gone = (START, entry(by(lift(), SAM), SAM))
    alone = (START, entry(by(lift(), ANA), ANA))
    beside = (START, entry(by(lift(), SAM, ANA), SAM, ANA))

    def held_at(key: str, seq: int) -> str:
        return state if key == stolen and seq > 1 else ""

    for forged in (alone, beside):
        found = register(placed, forged, held_at=held_at)
        assert [each.id for each in found.in_force(START)] == ["aabbccdd"]
        assert f"key_{state}" in found.flaws[0][2]
    assert register(placed, gone, held_at=held_at).in_force(START) == ()


def test_a_placing_under_what_was_not_in_force_or_with_a_held_key_is_doubtful_until_discarded() -> None:
    body = (START, entry(by(place(), ANA), ANA))
    later = register(body, head_at=lambda _: LATER)
    held = register(body, held_at=lambda key, _: "suspended")
    for found, code in ((later, "not_head"), (held, "key_suspended")):
        assert found.standings == {}
        assert code in found.doubtful["aabbccdd"]
    old = (START, entry(by(lift(), SAM), SAM, event="discarded"))
    new = (START, entry(by(lift(constitution=LATER), SAM), SAM, event="discarded"))
    assert list(register(body, old, head_at=lambda _: LATER).doubtful) == ["aabbccdd"]
    assert register(body, new, head_at=lambda _: LATER).doubtful == {}


@given(st.lists(st.sampled_from(["", "suspended", "revoked"]), min_size=4, max_size=4), st.integers(1, 5))
def test_a_lifting_counts_exactly_where_its_key_is_free_and_its_version_in_force(holds: Any, last: int) -> None:
    """Entry 1 places; entries 2 to 4 try to lift; ``last`` is the last entry under the version that they name."""
    tries = [(START, entry(by(lift(), ANA), ANA))] * 3
    found = register(
        (START, entry(by(place(), SAM, ANA), SAM, ANA)),
        *tries,
        head_at=lambda seq: DIGEST if seq == 1 or seq <= last else LATER,
        held_at=lambda _, seq: holds[seq - 1] if seq > 1 else "",
    )
    may = [seq for seq in (2, 3, 4) if seq <= last and not holds[seq - 1]]
    assert (found.in_force(START) == ()) == bool(may)
    assert {seq for seq, _, _ in found.flaws} == {2, 3, 4} - set(may[:1])


@pytest.mark.parametrize("event", ["expired", "promoted", "lifted"])
def test_what_has_ended_does_not_end_again_in_another_way(event: str) -> None:
    at = START + 5 * HOUR
    content = NORM if event == "promoted" else NORA
    gone = (START, entry(by(lift(), ANA), ANA))
    again = {"event": event, "id": "aabbccdd"}
    if event == "lifted":
        again = entry(by(lift(lifted_at=at), ANA), ANA)
    found = register((START, entry(by(place(content), ANA), ANA)), gone, (at, again))
    ended = found.standings["aabbccdd"]
    assert (ended.ending, ended.ended_at, ended.ended_by) == ("lifted", START, (ANA.principal,))
    assert [seq for seq, _, _ in found.flaws] == [3]


BAD_ENDINGS = {
    "lifted by who may not": entry(by(lift(), EVE), EVE),
    "lifted by nobody": entry(by(lift()), unsigned=True),
    "lifted with a signature of something else": entry(
        by(lift(), SAM), SAM, signatures=entry(by(place(), SAM), SAM)["signatures"]
    ),
    "lifted by a key that the roster does not know": entry(by(lift(), Person(SAM.principal, "supervisor")), SAM),
    "lifted in another swarm": entry(by(lift(swarm_id="swarm-other"), SAM), SAM),
    "lifted by a statement about another": {**entry(by(lift("bbbbbbbb"), SAM), SAM), "id": "aabbccdd"},
    "said to be signed by another": entry(by(lift(), SAM), SAM, signers=[ANA.principal]),
    "said to be for another reason": entry(by(lift(), SAM), SAM, why="all is well"),
    "a placing called a lifting": entry(by(place(), SAM), SAM, event="lifted"),
    "expired before its time": {"event": "expired", "id": "aabbccdd"},
    "promoted, though it is no norm": {"event": "promoted", "id": "aabbccdd"},
    "discarded, though it was placed": entry(by(lift(), SAM), SAM, event="discarded"),
    "something else": {"event": "forgotten", "id": "aabbccdd"},
    "nothing": {},
}


@pytest.mark.parametrize("body", BAD_ENDINGS.values(), ids=BAD_ENDINGS.keys())
def test_a_forged_ending_ends_nothing(body: dict[str, Any]) -> None:
    found = register((START, entry(by(place(), ANA), ANA)), (START + HOUR, body))
    assert [seq for seq, _, _ in found.flaws] == [2]
    assert [standing.id for standing in found.in_force(START + HOUR)] == ["aabbccdd"]
    assert found.doubtful == {}


BAD_PLACINGS = {
    "signed by nobody": entry(by(place())),
    "said to be unsigned": entry(by(place(NORM)), unsigned=True),
    "a supervisor's brake": entry(by(place(BRAKE), SAM), SAM),
    "longer than signed": {
        **entry(by(place(), SAM), SAM),
        "statement": {**place().statement(), "expires_at": "2026-03-15T15:00:00Z"},
    },
    "of another swarm": entry(by(place(swarm_id="swarm-other"), SAM), SAM),
}


@pytest.mark.parametrize("body", BAD_PLACINGS.values(), ids=BAD_PLACINGS.keys())
def test_a_placing_that_is_not_believed_is_doubtful_until_people_have_looked(body: dict[str, Any]) -> None:
    """It may be a forgery, or a stop that somebody tampered with in order to end it: so it is never passed over."""
    found = register((START, body))
    assert (found.standings, list(found.doubtful)) == ({}, ["aabbccdd"])
    wrong = register((START, body), (START, entry(by(lift(), ANA), ANA, event="discarded")))
    assert list(wrong.doubtful) == ["aabbccdd"]  # ana alone may not
    for people in ((SAM,), (ANA, EVE)):
        seen = register((START, body), (START, entry(by(lift(), *people), *people, event="discarded")))
        assert (seen.doubtful, seen.flaws) == ({}, ())


def test_a_replayed_placing_changes_nothing() -> None:
    once = (START, entry(by(place(), SAM), SAM))
    gone = (START, entry(by(lift(), SAM), SAM))
    found = register(once, gone, once)
    assert ([seq for seq, _, _ in found.flaws], found.doubtful) == ([3], {})
    assert found.in_force(START) == ()


def test_norms_without_a_signature_count_only_where_a_key_of_the_roster_lies_open() -> None:
    anyone = RosterEntry(
        principal=UNSIGNED_PRINCIPAL, role="operator", keys=(public_line(EVE.key, unsigned_comment(SWARM)),)
    )
    lies_open = (anyone, LEDGER.entry)
    body = (START, entry(by(place(NORM)), unsigned=True))
    gone = (START, entry(by(lift()), unsigned=True))
    assert list(register(body, roster=lies_open).standings) == ["aabbccdd"]
    assert register(body, gone, roster=lies_open).in_force(START) == ()
    assert register(body).standings == {}
    for content in (NORA, BRAKE):
        bare = (START, entry(by(place(content)), unsigned=True))
        assert register(bare, roster=lies_open).standings == {}


def test_an_entry_is_checked_again_by_anyone_who_has_the_roster() -> None:
    body = entry(by(place(BRAKE), SAM, ANA), SAM, ANA)
    found = verify_overlay_entry(body, ROSTER, SWARM)
    assert [person.principal for person in found.people] == [SAM.principal, ANA.principal]
    assert body["by"] == ANA.principal  # the operator, whom the brake counts for
    for name, value in (("why", "x"), ("signers", [SAM.principal]), ("kind", "stop")):
        with refused("entry_differs"):
            verify_overlay_entry({**body, name: value}, ROSTER, SWARM)
    with refused("unknown_key"):
        verify_overlay_entry(body, ROSTER[3:], SWARM)
    with refused("entry_form"):
        verify_overlay_entry({**body, "event": "seen"}, ROSTER, SWARM)


events = st.sampled_from([*BAD_ENDINGS.values(), *BAD_PLACINGS.values(), entry(by(place(), ANA), ANA)])


@given(st.lists(events, max_size=6), st.lists(events, max_size=6))
def test_no_forgery_in_any_order_ends_a_stop_or_keeps_it_from_ending(before: Any, after: Any) -> None:
    """Whatever stands around the honest entries, the stop acts until it is lifted, and then no more."""
    stop = (START, entry(by(place(Stop(target="all"), id="99999999"), SAM), SAM))
    gone = (START, entry(by(lift("99999999"), SAM), SAM))
    around = [(START, body) for body in before]
    beyond = [(START, body) for body in after]
    assert register(*around, stop, *beyond).standings["99999999"].acts(START)
    assert not register(*around, stop, *beyond, gone, *beyond).standings["99999999"].acts(START)


@given(st.lists(events, max_size=8), st.integers(0, 8))
def test_reading_in_two_parts_is_reading_at_once(bodies: Any, cut: int) -> None:
    at_once = register(*((START, body) for body in bodies))
    first = register(*((START, body) for body in bodies[:cut]))
    parts = register(*((START, body) for body in bodies[cut:]), start=first, number=min(cut, len(bodies)) + 1)
    assert parts == at_once
