"""An open decision that is held: the cases it waits in, the way to them, and what becomes of them meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.tui.fakes import make_app, settled
from tests.tui.held_fakes import held
from tests.tui.overlay_fakes import OverlaidWorkspace
from tests.tui.test_shell import text_of
from tests.tui.test_stop import live
from workbench.service.views import Seat
from workbench.tui.screens import live_questions as questions


async def test_a_held_decision_names_its_cases_and_opens_one():
    workspace = OverlaidWorkspace()
    case = replace(held(12), seats=(Seat("supervisor", (), 'Agent::"viktor"'), Seat("lead", (), "")))
    workspace.cases.of_event = lambda seq: (replace(case, id="5be0c1" + "0" * 10, state="expired"), case)
    asked = []
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        hold = next(seq for seq in workspace.seqs if workspace.row(seq).outcome == "hold")
        allow = next(seq for seq in workspace.seqs if workspace.row(seq).outcome == "allow")

        async def goto_case(case_id):
            asked.append(case_id)

        pilot.app.goto_case = goto_case
        await pilot.app.goto_event(allow)
        await settled(pilot)
        await pilot.press("C")
        assert asked == []
        await pilot.app.goto_event(hold)
        await settled(pilot)
        assert f"1 of 2 seats filled · until {case.deadline:%H:%M:%S} UTC" in text_of(pilot.app)
        await pilot.press("C")
        await settled(pilot)
        assert asked == [case.id], "the one that still waits"


async def test_an_open_decision_follows_its_case_and_the_eye_stays():
    workspace = OverlaidWorkspace()
    case = held(12)
    workspace.cases.of_event = lambda seq: (case,)
    async with make_app(workspace).run_test(size=(80, 12)) as pilot:
        await live(pilot)
        hold = next(seq for seq in workspace.seqs if workspace.row(seq).outcome == "hold")
        await pilot.app.goto_event(hold)
        await settled(pilot)
        await pilot.press("pagedown")
        pane = pilot.app.front.query_one("#detail")
        place = pane.scroll_offset
        assert place.y
        case = replace(case, state="denied", reason="viktor rejected it")
        pilot.app.look_now()
        await settled(pilot)
        assert pane.scroll_offset == place
        await pilot.press("home")
        await settled(pilot)
        assert "✗ denied" in text_of(pilot.app)
        await pilot.press("C")
        await settled(pilot)
        assert pilot.app.current_mode == "cases"


def test_what_is_asked_again_is_held_by_the_case_that_stood_then():
    """Of the same request, under a procedure that held it, opened before: the newest such case and nothing else."""
    workspace = OverlaidWorkspace()
    seq = [seq for seq in workspace.seqs if workspace.row(seq).outcome == "hold"][-1]
    request = workspace.event(seq).request
    same = replace(
        held(12),
        procedure="hold-large-refund",
        requester=request["principal"],
        action=request["action"],
        resource=request["resource"],
        event=seq - 5,
    )
    others = (
        replace(same, id="a", event=seq - 9, opened_at=same.opened_at - timedelta(hours=1)),  # expired since, say
        replace(same, id="b", event=seq + 1, opened_at=same.opened_at + timedelta(hours=1)),  # opened later
        replace(same, id="c", resource='Ticket::"T-0"'),
        replace(same, id="d", requester='Agent::"nobody"'),
        replace(same, id="e", procedure="another"),
    )
    workspace.cases.list = lambda open_only=True: (*others, same)
    assert [case.id for case in questions.opened(workspace, seq).cases] == [same.id]
    allowed = next(seq for seq in workspace.seqs if workspace.row(seq).outcome == "allow")
    assert questions.opened(workspace, allowed).cases == ()


async def test_a_late_answer_about_another_decision_changes_nothing():
    workspace = OverlaidWorkspace()
    workspace.cases.of_event = lambda seq: (replace(held(12), event=seq, id=f"{seq:016x}"),)
    seq = next(seq for seq in workspace.seqs if workspace.row(seq).outcome == "hold")
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await live(pilot)
        await pilot.app.goto_event(seq)
        await settled(pilot)
        feed = pilot.app.front.feed
        shown = feed.shown
        other = replace(shown.detail, row=replace(shown.detail.row, seq=seq + 1))
        feed._renewed(questions.Opened(other))
        assert feed.shown is shown
