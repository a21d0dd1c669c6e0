"""History as of a moment: what had happened by then, why the decision of then came out, and what is exported."""

from __future__ import annotations

from array import array
from dataclasses import replace

from tests.tui.fakes import NOW, make_app, settled
from tests.tui.test_history import drawn, facts, listed, opened
from tests.tui.timeline_fakes import ANA, AuditedWorkspace, audited, entry, story, why_of
from workbench.service.errors import WorkbenchError
from workbench.tui.view import timeline as view
from workbench.tui.view import timeline_entry
from workbench.tui.view.timeline import GROUPS


async def jumped(pilot, text):
    await pilot.press("colon")
    await settled(pilot)
    pilot.app.screen.query_one("#moment-input").value = text
    await settled(pilot)
    await pilot.press("enter")
    await settled(pilot)


async def test_a_moment_lists_what_had_happened_by_then():
    async with make_app(audited()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await jumped(pilot, "2 March 07:10")
        first = screen.current
        assert first.at <= NOW.replace(hour=7, minute=10, second=59)
        later = [each for each in story() if each.at > first.at]
        assert later, "something has happened since"
        assert all(each.at > NOW.replace(hour=7, minute=10, second=59) for each in later)
        assert "by 2026-03-02 07:10" in drawn(screen)
        await pilot.press("escape")
        await settled(pilot)
        assert len(listed(screen)) == len(story()), "escape brings everything back"
        assert screen.current == first, "and the cursor stays on its entry"


async def test_what_happens_now_does_not_come_into_a_list_of_then():
    workspace = audited()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await jumped(pilot, "2026-03-02 08:00")
        before = listed(screen)
        workspace.timeline.entries.append(entry(4100, "fact", {"attribute": "x", "principal": "", "value": "1"}))
        screen.refresh_data()
        await settled(pilot)
        assert listed(screen) == before


async def test_a_moment_that_is_none_is_refused_and_changes_nothing():
    async with make_app(audited()).run_test(size=(100, 30), notifications=True) as pilot:
        screen = await opened(pilot)
        before = listed(screen)
        await jumped(pilot, "the third of never")
        assert "3 March" in drawn(screen), "examples are given"
        assert screen.query_one("#moment-bar").has_class("-open"), "what was typed is not lost"
        await pilot.press("escape")
        await settled(pilot)
        assert listed(screen) == before


async def test_while_a_moment_is_typed_it_is_said_how_it_is_read():
    async with make_app(audited()).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("colon")
        screen.query_one("#moment-input").value = "1 march"
        await settled(pilot)
        assert "→ Sun 01 Mar 2026" in drawn(screen)
        screen.query_one("#moment-input").value = "1 ma"
        await settled(pilot)
        assert "? when" in drawn(screen)


async def test_before_anything_had_happened_it_says_so():
    async with make_app(audited()).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await jumped(pilot, "2020-01-01")
        assert "had happened by 2020-01-01" in drawn(screen)
        await pilot.press("escape")
        await settled(pilot)
        assert len(listed(screen)) == len(story())


async def test_why_tells_the_decision_of_that_moment_down_to_signers_and_proof_and_leads_on():
    """The auditor: a moment, the decision, its rule and English, who signed, the proof; and back, each with one key."""
    workspace = audited()
    workspace.seqs = array("q", (900, 1700, 2400))
    asked = []

    def why(seq):
        asked.append(seq)
        return why_of(workspace, seq)

    workspace.audit.why = why
    async with make_app(workspace).run_test(size=(100, 40)) as pilot:
        screen = await opened(pilot)
        await jumped(pilot, "2026-03-02 07:00")
        await pilot.press("P")
        await settled(pilot)
        assert asked == [1700], "the last decision by then"
        window = pilot.app.screen
        text = drawn(window)
        for word in ("Why #1,700", "forbid-refund-over-500", "Refunds above 500 euros are never paid.", "✓ approve ana",
                     "vouched for by Operator::\"ana\"", "✓ comes out the same"):  # fmt: skip
            assert word in text, word
        window.query_one("#why-about").scroll_end(animate=False)
        await settled(pilot)
        assert "✓ proved" in drawn(window)
        await pilot.press("n")
        await settled(pilot)
        assert asked == [1700, 2400]
        await pilot.press("n", "p", "p")
        await settled(pilot)
        assert asked[-1] in (1700, 900)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert "by 2026-03-02 07:00" in drawn(screen), "as it was left"
        await pilot.press("P")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.current_mode == "live"


async def test_why_that_fails_says_so_in_its_window_and_can_be_left():
    workspace = audited()

    def why(seq):
        raise WorkbenchError("the ledger cannot be read", f"entry {seq}", "restore it", "store_corrupt")

    workspace.audit.why = why
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("P")
        await settled(pilot)
        assert "the ledger cannot be read" in drawn(pilot.app.screen)
        assert "y copies this text" in drawn(pilot.app.screen)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_everything_that_is_filtered_is_exported_also_what_was_not_read_yet(monkeypatch):
    monkeypatch.setattr("workbench.tui.screens.history_questions.PAGE", 50)
    workspace = AuditedWorkspace([*facts(120), *(replace(each, seq=each.seq + 200) for each in story())])
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        view = screen.export_view()
        rows = list(view.rows())
        assert len(rows) == 120 + len(story())
        assert all(len(row) == len(view.columns) for row in rows)
        assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
        await pilot.press("v")
        await settled(pilot)
        kinds = {row[2] for row in screen.export_view().rows()}
        assert kinds <= set(GROUPS["versions"])


async def test_the_group_is_remembered_and_words_are_not():
    app = make_app(audited())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v")
        await settled(pilot)
        assert app.remembered.get("history", "group", "") == "versions"
    again = make_app(audited())
    again.remembered = app.remembered
    async with again.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert {each.kind for each in screen._entries} <= set(GROUPS["versions"])


async def test_a_click_takes_the_row_under_the_pointer():
    for size in ((80, 24), (120, 40)):
        async with make_app(audited()).run_test(size=size) as pilot:
            screen = await opened(pilot)
            lines = drawn(screen).splitlines()
            row = next(n for n, line in enumerate(lines) if "sam erases what" in line)
            await pilot.click(offset=(30, row))
            await settled(pilot)
            assert screen.current.kind == "redaction"


def test_an_acknowledgement_of_a_group_is_told():
    said = entry(3991, "group", {"event": "acknowledged", "rule": "email-domains", "agent": "oscar",
                                 "action": "send_email", "by": ANA, "until": "2026-03-03T09:00:00Z",
                                 "why": "a new mail tool"})  # fmt: skip
    shown = timeline_entry.detail(said, None).plain
    assert "ana acknowledges that email-domains refuses oscar send_email" in shown
    assert view.kind_of(said) in GROUPS["groups"]


async def test_an_open_decision_in_live_tells_why_too():
    async with make_app(audited()).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        number = pilot.app.screen.feed.shown.detail.row.seq
        await pilot.press("P")
        await settled(pilot)
        assert f"Why #{number}" in drawn(pilot.app.screen)
        await pilot.press("p")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.current_mode == "live"
        assert pilot.app.screen.feed.shown.detail.row.seq < number, "the decision that was looked at last is open"
