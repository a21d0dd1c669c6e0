"""Cases in a workspace: a request waits, people answer, it is decided again in full, once; all of it on the record."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from tests.service.casework.conftest import Refused
from tests.service.casework.swarm import DAY, HOUR, MINUTE, Desk, agent, order, uid
from workbench.engine.request import Request
from workbench.service.clock import micros
from workbench.store.ledger import entries, read_head
from workbench.store.tables import cases as case_table
from workbench.store.tables import notices as notice_table

# ---- the whole life ------------------------------------------------------------------------------------------------


def test_approved_and_used_once(desk: Desk) -> None:
    id = desk.held()
    opened = desk.case(id)
    assert (opened.state, opened.procedure, opened.requester) == ("open", "refunds", uid("jonas"))
    assert opened.context["amount"] == 800
    assert opened.english == "A refund above 500 requires approval from a supervisor."
    assert [(seat.requirement, seat.may_fill, seat.filled_by) for seat in opened.seats] == [
        ("supervisor", (uid("vera"), uid("viktor")), "")
    ]
    assert opened.deadline is not None
    assert (opened.deadline - desk.clock.now()).total_seconds() == HOUR

    granted = desk.vote(id, "viktor", comment="seen")
    assert (granted.state, granted.seats[0].filled_by, granted.votes[0].comment) == ("granted", uid("viktor"), "seen")
    released = desk.ask()
    assert (released.decision.outcome, released.cases) == ("allow", (id,))
    used = desk.case(id)
    assert (used.state, used.used_by) == ("used", released.seq)

    again = desk.ask()
    assert again.decision.outcome == "hold"
    assert again.cases != (id,)
    assert desk.events("case") == [("opened", id), ("granted", id), ("opened", again.cases[0])]
    assert desk.events("case_vote") == [("approve", id)]
    assert desk.events("grant") == [("used", id)]
    assert desk.workspace.verify().ok


def test_a_retry_finds_its_case_and_anything_else_is_another(desk: Desk) -> None:
    id = desk.held()
    desk.later(1)
    assert desk.held() == id
    assert desk.held(nonce="another") == id  # @volatile
    assert desk.held(spent=7) == id  # metered
    others = {
        desk.held(amount=801),
        desk.held(who="nora"),
        desk.held(resource="o-2", entities=[order("o-2", 1)]),
    }
    assert len(others | {id}) == 4
    assert len(desk.workspace.cases.list()) == 4


def test_what_the_request_says_of_an_unknown_resource_is_part_of_what_is_approved(desk: Desk) -> None:
    id = desk.held(resource="o-9", entities=[order("o-9", 10)])
    desk.vote(id, "viktor")
    dearer = desk.ask(resource="o-9", entities=[order("o-9", 99_999)])
    assert (dearer.decision.outcome, id in dearer.cases) == ("hold", False)
    assert desk.ask(resource="o-9", entities=[order("o-9", 10)]).decision.outcome == "allow"


def test_where_reads_what_the_request_said_of_its_resource(desk: Desk, refused: Refused) -> None:
    id = desk.held("wire", resource="o-9", entities=[order("o-9", 700)])
    assert set(desk.case(id).seats[0].may_fill) == {uid("viktor"), uid("vera"), uid("dora")}
    with refused("not_eligible"):
        desk.vote(id, "camille")


def test_a_timelock_holds_the_grant_back(desk: Desk) -> None:
    id = desk.held("wire")
    assert desk.vote(id, "viktor").state == "open"
    granted = desk.vote(id, "dora")
    assert granted.usable_from is not None
    assert granted.usable_until is not None
    assert (granted.usable_from - desk.clock.now()).total_seconds() == 10 * MINUTE
    assert (granted.usable_until - granted.usable_from).total_seconds() == 30 * MINUTE
    waiting = desk.ask("wire")
    assert (waiting.decision.outcome, waiting.cases) == ("hold", (id,))  # the same case, not a second one
    desk.later(10 * MINUTE - 1)
    assert desk.ask("wire").decision.outcome == "hold"
    desk.later(1)
    assert desk.ask("wire").decision.outcome == "allow"


def test_a_grant_after_its_window_is_none(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    desk.clock.advance(HOUR)  # nobody ticks: the decision itself must notice
    late = desk.ask()
    assert late.decision.outcome == "hold"
    assert late.cases != (id,)
    expired = desk.case(id)
    assert (expired.state, expired.reason) == ("expired", "the grant was not used in time")


def test_a_grant_one_second_before_the_end_of_its_window(desk: Desk) -> None:
    desk.vote(desk.held(), "viktor")
    desk.clock.advance(HOUR - 1)
    assert desk.ask().decision.outcome == "allow"


def test_both_procedures_are_needed_and_both_grants_are_used(desk: Desk) -> None:
    first, second = desk.ask("pay", 2_000).cases
    desk.vote(first, "viktor")
    half = desk.ask("pay", 2_000)
    assert (half.decision.outcome, half.decision.procedures) == ("hold", ("second_of_two",))
    assert half.cases == (second,)
    assert desk.case(first).state == "granted"  # held, not used: it came out as no allow
    desk.vote(second, "ravi")
    released = desk.ask("pay", 2_000)
    assert (released.decision.outcome, released.cases) == ("allow", (first, second))
    assert [desk.case(id).used_by for id in (first, second)] == [released.seq, released.seq]
    assert [code for code, _ in desk.events("grant")] == ["used", "used"]


def test_one_of_two_rejected_holds_for_good_until_it_is_asked_anew(desk: Desk) -> None:
    first, second = desk.ask("pay", 2_000).cases
    desk.vote(first, "viktor")
    denied = desk.vote(second, "ravi", "reject", comment="no order")
    assert (denied.state, denied.reason) == ("denied", f"rejected by `{uid('ravi')}`")
    again = desk.ask("pay", 2_000)
    assert again.decision.outcome == "hold"
    assert second not in again.cases


def test_escalated_twice_by_timeouts(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    desk.later(HOUR)
    once = desk.case(id)
    assert (once.requirement, once.procedure, once.state) == ("leads", "refunds", "open")
    assert [seat.requirement for seat in once.seats] == ["lead", "lead"]
    assert once.deadline is not None
    assert (once.deadline - desk.clock.now()).total_seconds() == 2 * HOUR
    with refused("not_eligible"):
        desk.vote(id, "viktor")
    assert desk.vote(id, "camille").state == "open"
    desk.later(2 * HOUR)
    twice = desk.case(id)
    assert twice.requirement == "directors"
    assert [(move.from_procedure, move.to_procedure, move.why) for move in twice.escalations] == [
        ("refunds", "leads", "timeout"),
        ("leads", "directors", "timeout"),
    ]
    assert [(vote.counted, vote.why_not) for vote in twice.votes] == [
        (False, "it was given before the case was escalated")
    ]
    assert desk.held() == id  # a retry finds it however far it went
    desk.vote(id, "dora")
    assert desk.ask().decision.outcome == "allow"
    assert [event for event, _ in desk.events("case")] == ["opened", "escalated", "escalated", "granted"]


def test_nobody_answers_at_the_end_of_the_chain(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    for seconds in (HOUR, 2 * HOUR, DAY):
        desk.later(seconds)
    assert (desk.case(id).state, desk.case(id).reason) == ("expired", "nobody answered in time")
    with refused("case_closed"):
        desk.vote(id, "dora")


def test_a_rejection_escalates_and_the_rejecter_stays_out(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    desk.workspace.load_entities([agent("viktor", "lead", 3_000)])
    desk.workspace.load_entities([agent("viktor", "supervisor", 3_000)])
    escalated = desk.vote(id, "viktor", "reject")
    assert (escalated.state, escalated.requirement) == ("open", "leads")
    assert escalated.escalations[0].why == "rejection"
    desk.workspace.load_entities([agent("viktor", "lead", 3_000)])  # promoted between the two
    with refused("rejected_before"):
        desk.vote(id, "viktor")
    assert uid("viktor") not in desk.case(id).seats[0].may_fill
    desk.vote(id, "camille")
    assert desk.vote(id, "ravi").state == "granted"


def test_a_deadline_that_passed_while_nobody_looked_is_seen_by_the_vote_itself(desk: Desk, refused: Refused) -> None:
    id = desk.held("pay", 800)
    desk.clock.advance(4 * HOUR)
    with refused("case_closed"):
        desk.vote(id, "viktor")
    assert desk.case(id).state == "expired"


# ---- release is a decision in full -----------------------------------------------------------------------------------


def test_a_forbid_wins_over_the_grant_and_does_not_use_it(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    denied = desk.ask(spent=101)
    assert (denied.decision.outcome, denied.decision.reasons) == ("deny", ("cap",))
    assert desk.case(id).state == "granted"
    assert desk.ask().decision.outcome == "allow"


def test_an_error_wins_over_the_grant(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    desk.workspace.remove_entities([uid("nora")])  # the order's owner: a forbid cannot be evaluated any more
    denied = desk.ask()
    assert (denied.decision.outcome, denied.decision.code) == ("deny", "evaluation_error")
    assert desk.case(id).state == "granted"
    assert desk.events("grant") == []


def test_a_new_version_with_the_same_procedure_decides_again_by_its_own_rules(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    desk.amend("context.amount > 9000 ||", "context.amount > 700 ||")
    assert desk.case(id).state == "granted"
    assert desk.ask().decision.reasons == ("cap",)
    assert desk.events("case")[-1] == ("continued", id)


def test_a_new_version_with_another_procedure_voids_open_and_granted_cases(desk: Desk) -> None:
    granted, waiting, other = desk.held(), desk.held(amount=900), desk.held("gift")
    desk.vote(granted, "viktor")
    desk.amend("when context.amount > 500", "when context.amount > 400")
    for id in (granted, waiting):
        assert desk.case(id).state == "void"
        assert "changed the procedure `refunds`" in desk.case(id).reason
        assert ("void", id) in desk.events("case")
    assert desk.case(other).state == "open"
    again = desk.ask()
    assert again.decision.outcome == "hold"
    assert granted not in again.cases


def test_a_version_that_changes_what_it_was_escalated_to_voids_it(desk: Desk) -> None:
    escalated, first = desk.held(), None
    desk.later(HOUR)
    first = desk.held(amount=900)
    desk.amend(
        "require 2 approvals from principal where principal.role",
        "require 3 approvals from principal where principal.role",
    )
    assert desk.case(escalated).state == "void"
    assert desk.case(first).state == "open"  # it stands at `refunds`, and goes to the new `leads`
    desk.later(HOUR)
    assert len(desk.case(first).seats) == 3


def test_votes_cast_before_a_version_that_keeps_the_procedure_still_count(desk: Desk) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    desk.amend("context.amount > 9000 ||", "context.amount > 8000 ||")
    assert desk.case(id).version == desk.workspace.version().version
    assert desk.vote(id, "dora").state == "granted"


def test_an_observed_procedure_holds_nothing(desk: Desk) -> None:
    id = desk.held("gift")
    assert desk.vote(id, "nora").state == "granted"  # anybody in the directory but who asked
    assert desk.ask("gift").decision.outcome == "allow"


# ---- restarts, clocks, notices ---------------------------------------------------------------------------------------


def test_a_restart_between_any_two_steps_changes_nothing(desk: Desk) -> None:
    id = desk.held()
    desk.reopen()
    assert desk.held() == id
    desk.clock.advance(HOUR)
    desk.reopen()
    assert desk.workspace.cases.get(id).requirement == "leads"
    desk.vote(id, "camille")
    desk.reopen()
    desk.vote(id, "ravi")
    desk.reopen()
    assert desk.ask().decision.outcome == "allow"
    desk.reopen()
    assert desk.case(id).state == "used"
    assert desk.held() != id


def test_a_clock_set_back_neither_prolongs_nor_shortens_anything(desk: Desk) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    granted = desk.vote(id, "dora")
    desk.clock.advance(10 * MINUTE - 1)
    desk.ask("ship")  # an entry: from here on time does not run back
    desk.clock.set_back(2 * HOUR)
    assert desk.ask("wire").decision.outcome == "hold"
    desk.clock.advance(2)
    assert desk.case(id).usable_until == granted.usable_until


def test_a_jump_of_the_clock_ends_no_timelock_and_no_deadline(desk: Desk) -> None:
    waiting, granted = desk.held(), desk.held("wire")
    desk.vote(granted, "viktor")
    desk.vote(granted, "dora")
    desk.clock.jump(11 * MINUTE)
    assert desk.ask("wire").decision.outcome == "hold"
    desk.clock.jump(5 * HOUR)
    assert desk.case(waiting).requirement == "refunds"
    assert desk.case(granted).state == "granted"


def test_a_grant_whose_window_ended_while_time_was_frozen_is_none(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    desk.clock.jump(2 * HOUR)
    desk.workspace.tick()  # from here on the timelocks stand still
    desk.clock.advance(HOUR)  # the jump is not believed, but this hour is
    late = desk.ask()
    assert (late.decision.outcome, late.cases) == ("hold", (id,))
    assert desk.case(id).state == "granted"


def test_a_timelock_that_runs_out_while_time_is_frozen_holds_until_the_clock_is_right(desk: Desk) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    desk.vote(id, "dora")
    desk.clock.jump(2 * HOUR)
    desk.workspace.tick()
    desk.clock.advance(11 * MINUTE)
    assert desk.ask("wire").decision.outcome == "hold"
    desk.clock.set_back(2 * HOUR)
    assert desk.ask("wire").decision.outcome == "allow"


def test_a_notice_at_opening_and_at_each_escalation(desk: Desk) -> None:
    id = desk.held()
    desk.held()
    desk.later(HOUR)
    with desk.workspace._session.read() as connection:
        rows = connection.execute(select(notice_table).where(notice_table.c.kind == "case")).all()
    assert [(row.subject, json.loads(row.detail)["about"]["procedure"]) for row in rows] == [
        (id, "refunds"),
        (id, "leads"),
    ]
    assert all("800" not in row.detail for row in rows)


def test_the_next_tick_is_told_of_deadlines(desk: Desk) -> None:
    id = desk.held("pay", 800)
    deadline = desk.case(id).deadline
    assert deadline is not None
    with desk.workspace._session.read() as connection:
        assert read_head(connection).next_due == micros(deadline)


# ---- what is kept of it ----------------------------------------------------------------------------------------------


def test_no_ledger_entry_says_what_was_asked(desk: Desk) -> None:
    id = desk.held(
        amount=817, nonce="a-secret-nonce", resource="order-of-lena", entities=[order("order-of-lena", 4_711)]
    )
    desk.vote(id, "viktor", comment="called lena back")
    desk.ask(amount=817, resource="order-of-lena", entities=[order("order-of-lena", 4_711)])
    with desk.workspace._session.read() as connection:
        told = [e.body.decode() for e in entries(connection) if e.kind in ("case", "case_vote", "grant")]
        key = connection.execute(select(case_table.c.case_key).where(case_table.c.id == id)).scalar_one()
    assert len(told) == 4
    for secret in ("a-secret-nonce", "order-of-lena", "called lena back", key):
        assert not any(secret in text for text in told), secret
    for number in ("817", "4711"):
        assert not any(re.search(rf"[^0-9a-f]{number}[^0-9a-f]", text) for text in told), number


def test_an_erased_request_voids_what_stands_and_leaves_the_record_whole(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor", comment="seen")
    event = desk.case(id).event
    with desk.workspace._session.write() as connection:
        head = read_head(connection)
        assert desk.workspace.cases.erase(connection, head, desk.workspace._session.now(head), event) == 1
    gone = desk.case(id)
    assert (gone.state, gone.redacted, dict(gone.context), gone.resource) == ("void", True, {}, "")
    assert [vote.comment for vote in gone.votes] == [""]
    with desk.workspace._session.read() as connection:
        row = connection.execute(select(case_table).where(case_table.c.id == id)).one()
    assert (row.payload, row.case_key, row.resource) == ("", "", "")  # the key could be guessed from what was asked
    assert desk.ask().decision.outcome == "hold"
    wrong = [line.message for line in desk.workspace.verify().lines if not line.ok]
    assert wrong == [f"the case `{id}`: what was asked is gone"]  # its decision has it still; a redaction takes both


def test_a_stop_voids_the_grants_that_it_is_about(desk: Desk) -> None:
    of_jonas, of_nora, waiting = desk.held(), desk.held(who="nora"), desk.held(amount=900)
    desk.vote(of_jonas, "viktor")
    desk.vote(of_nora, "viktor")
    with desk.workspace._session.write() as connection:
        head = read_head(connection)
        now = desk.workspace._session.now(head)
        count = desk.workspace.cases.void_for_stop(
            connection, head, now, lambda who, action: who == uid("jonas"), "agent jonas is stopped"
        )
    assert count == 1
    assert (desk.case(of_jonas).state, desk.case(of_jonas).reason) == ("void", "agent jonas is stopped")
    assert desk.case(of_nora).state == "granted"
    assert desk.case(waiting).state == "open"


def test_the_list_puts_the_most_urgent_first(desk: Desk) -> None:
    day, hour, four = desk.held("ship"), desk.held(), desk.held("pay", 800)
    done = desk.held("gift")
    desk.vote(done, "nora", "reject")
    granted = desk.held(amount=900)
    desk.vote(granted, "vera")
    assert [case.id for case in desk.workspace.cases.list()] == [hour, four, day]
    assert [case.id for case in desk.workspace.cases.list(open_only=False)] == [hour, four, day, granted, done]
    assert desk.workspace.cases.list(limit=1)[0].id == hour


@pytest.mark.parametrize("id", ["", "zz", "%", "_", "deadbeefdeadbeef", "'; drop table cases; --", "0" * 5_000])
def test_ids_that_name_nothing(desk: Desk, refused: Refused, id: str) -> None:
    desk.held()
    with refused("no_case"):
        desk.workspace.cases.get(id)


def test_a_case_is_found_by_the_beginning_of_its_id_where_that_is_unique(desk: Desk, refused: Refused) -> None:
    ids = [desk.held(amount=600 + n) for n in range(17)]  # seventeen ids, sixteen first digits
    first = [id[0] for id in ids]
    shared = next(digit for digit in first if first.count(digit) > 1)
    with refused("not_unique"):
        desk.workspace.cases.get(shared)
    assert desk.workspace.cases.get(f" {ids[0].upper()} ").id == ids[0]
    assert desk.workspace.cases.get(ids[3][:12]).id == ids[3]


def test_a_row_that_was_damaged_is_told_as_such_and_denies(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    for damage, code in (
        ({"detail": "{}"}, "store_corrupt"),
        ({"detail": "no"}, "store_corrupt"),
        ({"payload": "{}"}, "store_corrupt"),
        ({"requirement": "none"}, "case_changed"),
    ):
        with desk.workspace._session.write() as connection:
            kept: Any = connection.execute(select(case_table).where(case_table.c.id == id)).one()
            connection.execute(case_table.update().where(case_table.c.id == id).values(**damage))
        with refused(code):
            desk.workspace.cases.get(id)
        with refused(code):
            desk.vote(id, "viktor")
        with desk.workspace._session.write() as connection:
            connection.execute(case_table.update().where(case_table.c.id == id).values(**kept._asdict()))
    assert desk.workspace.cases.get(id).state == "open"


def test_a_grant_counts_only_under_a_law_that_has_its_procedure(desk: Desk) -> None:
    """Even where nothing has voided it: what is in force decides, not what a row says."""
    session = desk.workspace._session
    with session.read() as connection:
        before = session.laws.in_force(connection, read_head(connection))
    desk.amend("when context.amount > 500", "when context.amount > 400")
    id = desk.held()
    desk.vote(id, "viktor")
    context = {"amount": 800, "nonce": "n", "spent": 0}
    request = Request(uid("jonas"), 'Action::"refund"', 'Order::"known"', context)
    with session.read() as connection:
        head = read_head(connection)
        now, law = session.now(head), session.laws.in_force(connection, head)
        found = [desk.workspace.cases.usable(connection, head, each, request, now) for each in (law, before)]
    assert [[grant.case_id for grant in grants] for grants in found] == [[id], []]
