"""Overview: the facts of the status, refreshed while in front; violations that open in Live; verifying."""

from __future__ import annotations

import threading
from dataclasses import replace

from tests.tui.fakes import NOW, FakePlayer, FakeWorkspace, make_app, make_row, settled
from tests.tui.test_shell import text_of
from tests.tui.timeline_fakes import AuditedWorkspace
from workbench.service.errors import WorkbenchError
from workbench.service.group_views import Storm
from workbench.service.notice_views import NoticeView
from workbench.tui.screens.overview_lists import Refused, Violations, Waiting


async def test_it_says_what_is_in_force_what_waits_and_what_happened():
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        shown = text_of(app)
        for fact in (
            "v1.0.0",
            "4f1c9e07ab52",
            "major",
            "4 h 12 min",
            "✓ ana (operator) · 02 Mar 04:30",
            "✓ sam (supervisor) · 02 Mar 04:30",
            "1 proposal to sign",
            "draft differs from v1.0.0",
            "✓ chain  ok",
            "✓ ledger ok",
            "/min now",
            "▲ violation",
        ):
            assert fact in shown, fact


async def test_a_broken_ledger_is_said_in_words():
    workspace = FakeWorkspace(
        status=lambda s: replace(s, ledger_ok=False, ledger_message="entry 17: the hash does not follow")
    )
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "✗ ledger BROKEN entry 17: the hash does not follow" in text_of(app)


async def test_a_violation_opens_in_live_and_the_newest_stays_on_top():
    workspace = FakeWorkspace(300)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        newest = replace(make_row(5_000), agent="newest", violation=True, outcome="deny", code="forbidden")
        workspace.add(newest)
        app.front.refresh_data()
        await settled(pilot)
        options = app.front.query_one(Violations)
        assert options.highlighted == 0
        assert options.get_option_at_index(0).id == "5000"
        await pilot.press("enter")
        await settled(pilot)
        assert app.current_mode == "live"
        assert app.front.feed.detail_open
        assert "#5000 " in text_of(app)


async def test_the_cursor_stays_on_its_violation_when_newer_ones_come():
    workspace = FakeWorkspace(300)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("down", "down")
        options = app.front.query_one(Violations)
        chosen = options.highlighted_option.id
        workspace.add(replace(make_row(5_000), violation=True, outcome="deny", code="forbidden"))
        app.front.refresh_data()
        await settled(pilot)
        assert options.highlighted_option.id == chosen
        assert options.highlighted == 3


async def test_without_violations_it_says_so():
    app = make_app(FakeWorkspace(20))  # the first violation would be the 23rd
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "no violation yet" in text_of(app)


async def test_before_the_first_decision_it_invites():
    """And offers only what does something: there is no player, no violation, and nothing waits."""
    app = make_app(FakeWorkspace(0, status=lambda status: replace(status, open_proposals=0, draft_changed=False)))
    app._make_player = None
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        shown = text_of(app)
        assert "nobody has asked anything yet" in shown
        assert shown.count("workbench serve") == 1
        assert "2 writes a rule" in shown
        assert "enter Open" not in shown
        assert "Pause/play" not in shown
        await pilot.press("enter", "space", "plus")
        await settled(pilot)
        assert app.current_mode == "overview"


async def test_verifying_shows_the_result_and_remembers_when_it_was():
    workspace = FakeWorkspace()
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "in full  not yet · V verifies all" in text_of(app)
        await pilot.press("V")
        await settled(pilot)
        assert "✓ verified, anchored in the genesis pin" in text_of(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "✓ in full ok at 09:30:00 UTC" in text_of(app)
        workspace.fail["verify"] = WorkbenchError("the chain cannot be read", "`1.0.0.yaml`", "restore it", "x")
        await pilot.press("V")
        await settled(pilot)
        assert "the chain cannot be read" in text_of(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "✓ in full ok at 09:30:00 UTC" in text_of(app), "what failed says nothing of the record"


async def test_a_verification_that_is_stopped_is_not_remembered():
    workspace = AuditedWorkspace()
    go = threading.Event()
    workspace.audit.wait = lambda: go.wait(5)
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("V")
        await pilot.pause(0.3)
        assert "0 of 3,000 entries" in text_of(app)
        await pilot.press("escape")
        await pilot.pause(0.2)
        assert "stopping" in text_of(app)
        go.set()
        await settled(pilot)
        assert workspace.audit.stopped
        await pilot.press("escape")
        await settled(pilot)
        assert "in full  not yet" in text_of(app)


async def test_it_asks_only_while_it_is_in_front():
    workspace = FakeWorkspace()
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        overview = app.front
        await pilot.press("7")
        await settled(pilot)
        workspace.calls.clear()
        overview._refresh_in_front()
        await settled(pilot)
        assert "pulse" not in workspace.calls
        await pilot.press("1")
        await settled(pilot)
        assert "pulse" in workspace.calls


async def test_the_player_can_be_paused_here_too():
    player = FakePlayer()
    app = make_app(player=player)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space")
        assert player.paused
        await pilot.press("plus")
        assert player.pace == 16


async def test_what_waits_can_be_clicked():
    app = make_app(FakeWorkspace(status=lambda status: replace(status, open_cases=3)))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lines = text_of(app).splitlines()
        row = next(index for index, line in enumerate(lines) if "7 Cases" in line and "answer" in line)
        await pilot.click(offset=(lines[row].index("answer"), row))
        await settled(pilot)
        assert app.current_mode == "cases"


async def test_what_waits_is_a_list_that_leads_on_from_a_storm_to_its_groups():
    """At 80x24 three of five fit: the border says so, and tab and ↓ show the rest."""
    workspace = FakeWorkspace(300, status=lambda status: replace(status, open_cases=3, draft_changed=True))
    workspace.groups.storm = lambda: Storm(24_607, 9)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        waits = app.front.query_one(Waiting)
        assert "▲ storm: 24,607 refusals/min" in text_of(app)
        assert "1 more: tab, then ↓" in text_of(app)
        assert "draft differs" not in text_of(app)
        while not waits.has_focus:
            await pilot.press("tab")
        await pilot.press("down", "down", "down")
        await settled(pilot)
        assert "draft differs" in text_of(app)
        waits.highlighted = 0
        await pilot.press("enter")
        await settled(pilot)
        assert app.current_mode == "live"
        assert app.front.view == "groups"


async def test_a_window_is_chosen_by_key_and_click_and_remembered():
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "5 min ago" in text_of(app)
        await pilot.press("W")
        await settled(pilot)
        assert "1 h ago" in text_of(app)
        lines = text_of(app).splitlines()
        row = next(index for index, line in enumerate(lines) if " 24 h " in line)
        await pilot.click(offset=(lines[row].index("24 h"), row))
        await settled(pilot)
        assert "24 h ago" in text_of(app)
        assert app.remembered.get("overview", "window", "") == "24 h"


async def test_a_stale_window_is_not_drawn():
    """An answer of the window before arrives after the key: what is drawn is of the window that is named."""
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        before = app.front._answer
        await pilot.press("W")
        await settled(pilot)
        app.front._answered(before)
        await settled(pilot)
        assert app.front._answer.window == "1 h"


async def test_an_agent_opens_its_decisions_and_a_rule_its_words():
    app = make_app(FakeWorkspace(600))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        refused = app.front.query_one(Refused)
        while not refused.has_focus:
            await pilot.press("tab")
        assert refused.has_focus
        assert refused.highlighted_option.id == "agent 0"
        name = app.front._answer.pulse.agents[0].name
        await pilot.press("enter")
        await settled(pilot)
        assert app.current_mode == "live"
        assert f"agent:{name}" in text_of(app)
        await pilot.press("1")
        await settled(pilot)
        refused.highlighted = next(
            n for n in range(refused.option_count) if refused.get_option_at_index(n).id == "rule 0"
        )
        await pilot.press("enter")
        await settled(pilot)
        assert app.current_mode == "author"


async def test_what_ends_by_itself_is_listed_and_opens():
    from tests.tui.held_fakes import HeldWorkspace, held

    case = held(12)
    workspace = HeldWorkspace(case)
    workspace.change_status = lambda status: replace(status, open_cases=1)
    app = make_app(workspace)
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        lines = text_of(app).splitlines()
        row = next(index for index, line in enumerate(lines) if "issue_refund by nora" in line)
        assert "the first in" in text_of(app)
        await pilot.click(offset=(lines[row].index("issue_refund by"), row))
        await settled(pilot)
        assert app.current_mode == "cases"


async def test_notices_that_were_not_delivered_are_counted_and_told():
    workspace = FakeWorkspace()
    failed = NoticeView(1, "case", "c-12", {}, NOW, "waiting", 3, None, "hooks.example: 503")
    fine = NoticeView(2, "case", "c-13", {}, NOW, "waiting", 0, None)
    workspace.notices.list = lambda *_, **__: (failed, fine)
    app = make_app(workspace)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        lines = text_of(app).splitlines()
        row = next(index for index, line in enumerate(lines) if "1 notice not delivered" in line)
        await pilot.click(offset=(lines[row].index("notice"), row))
        await settled(pilot)
        assert "hooks.example: 503" in text_of(app)


async def test_what_is_listed_can_be_exported():
    app = make_app(FakeWorkspace(300))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        view = app.front.export_view()
        rows = list(view.rows())
        assert len(rows) == len(app.front._answer.rows) > 0
        assert all(len(row) == len(view.columns) for row in rows)
        assert rows[0][view.columns.index("rule")] == "forbid-refund-over-500"


async def test_a_failing_store_is_said_and_comes_back():
    workspace = FakeWorkspace(300)
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        workspace.fail["pulse"] = WorkbenchError("the store is gone", "`ledger.db`", "bring it back", "store_missing")
        app.front.refresh_data()
        await settled(pilot)
        assert "✗ the store is gone" in text_of(app)
        del workspace.fail["pulse"]
        app.front.refresh_data()
        await settled(pilot)
        assert "/min now" in text_of(app)
