"""History: everything but decisions, newest first; opened, narrowed, compared, verified, and walked back to people."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.draft_fakes import NEW_DIGEST
from tests.tui.fakes import NOW, make_app, settled
from tests.tui.timeline_fakes import AuditedWorkspace, entry, hash_of, story
from workbench.service.errors import WorkbenchError
from workbench.tui.screens.history import PAUSE
from workbench.tui.view import timeline as view
from workbench.tui.view import timeline_entry


async def opened(pilot):
    await settled(pilot)
    await pilot.press("9")
    await settled(pilot)
    return pilot.app.screen


def drawn(screen):
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


def listed(screen):
    return [int(row.key) for row in screen.query_one("#timeline").rows]


async def rested(pilot):
    """The cursor rests: what the entry is about is asked for and drawn."""
    await pilot.pause(PAUSE * 1.5)
    await settled(pilot)


def facts(count: int, first: int = 1):
    return [
        entry(n, "fact", {"attribute": f"a{n}", "principal": "", "value": str(n)}) for n in range(first, first + count)
    ]


async def test_every_entry_is_listed_newest_first():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        assert listed(screen) == sorted((each.seq for each in story()), reverse=True)
        text = drawn(screen)
        for said in ("✗ vote", "ben rejects 1.1.0 as operator", "Agent nora is stopped for 4 h by ana", "21 entries"):
            assert said in text


async def test_an_empty_ledger_says_so_and_no_key_does_harm():
    async with make_app(AuditedWorkspace([])).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "The ledger is empty" in drawn(screen)
        await pilot.press("enter", "r", "d", "space", "s", "c", "escape", "j", "G")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_rows_of_cases_can_be_told_apart_in_a_small_terminal():
    async with make_app(AuditedWorkspace()).run_test(size=(80, 24)) as pilot:
        text = drawn(await opened(pilot))
        assert "nora asks for issue_refund on T-48112, 640 EUR" in text
        assert "nora uses the grant of issue_refund on T-48112, 640 EUR" in text
        assert "held by" not in text, "what would be cut stands in the entry"
        assert f"▸   {NOW - timedelta(seconds=40):%H:%M} ✗ vote" in text
        assert f"{NOW:%Y-%m-%d}" not in text, "all of it is of today"


async def test_groups_narrow_the_list_forwards_and_backwards():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v")
        await settled(pilot)
        kinds = {each.kind for each in story() if each.seq in listed(screen)}
        assert kinds == {"genesis", "proposal", "vote", "state", "activation"}
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settled(pilot)
        assert {each.kind for each in story() if each.seq in listed(screen)} == {"checkpoint", "redaction"}
        await pilot.press("escape")
        await settled(pilot)
        assert len(listed(screen)) == len(story())


async def test_a_group_can_be_clicked():
    async with make_app(AuditedWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        lines = drawn(screen).splitlines()
        row = next(n for n, line in enumerate(lines) if " overlays " in line)
        await pilot.click(offset=(lines[row].index("overlays"), row))
        await settled(pilot)
        assert {each.kind for each in story() if each.seq in listed(screen)} == {"overlay"}


async def test_a_group_of_which_nothing_happened_says_what_would():
    async with make_app(AuditedWorkspace(story()[:4])).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "v")
        await settled(pilot)
        assert "Nothing of this group yet" in drawn(screen)
        assert "A procedure that holds a request opens a case." in drawn(screen)
        await pilot.press("v", "v", "v", "v", "v", "v")
        await settled(pilot)
        assert len(listed(screen)) == 4


async def test_words_find_sentences_and_escape_brings_everything_back():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("slash")
        await pilot.pause()
        assert ("enter List" in drawn(screen), "esc Clear" in drawn(screen)) == (True, True), "the footer says it"
        await pilot.press(*"sam 1.1.0", "enter")
        await settled(pilot)
        assert listed(screen) == [1902]
        assert "1 entry found" in drawn(screen)
        assert pilot.app.focused.id == "timeline", "the list has the keys again"
        await pilot.press("slash", *"zebra9", "enter")  # what was there is selected: typing replaces it
        await settled(pilot)
        assert "No entry here has zebra9 in it" in drawn(screen)
        await pilot.press("slash", *"vote reject", "enter")
        await settled(pilot)
        found = [each.kind for each in story() if each.seq in listed(screen)]
        assert "vote" in found, "what stands in the row finds it: the word of its kind too"
        assert set(found) <= {"vote", "case_vote"}
        await pilot.press("escape")
        await settled(pilot)
        assert len(listed(screen)) == len(story())


async def test_where_there_is_no_room_enter_opens_and_escape_closes():
    async with make_app(AuditedWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert not screen.query_one("#entry-about").display
        await pilot.press("j", "enter")
        await rested(pilot)
        text = drawn(screen)
        assert not screen.query_one("#timeline").display
        for said in ("The stop of Agent nora is lifted by sam: mended", "○ lifted", hash_of(3940), hash_of(3939)):
            assert said in text
        await pilot.press("escape")
        await settled(pilot)
        assert screen.query_one("#timeline").display
        assert screen.current.seq == 3940


async def test_on_forty_columns_a_row_is_its_sentence_and_an_open_entry_names_its_way_out():
    async with make_app(AuditedWorkspace(story())).run_test(size=(40, 10)) as pilot:
        screen = await opened(pilot)
        line = next(line for line in drawn(screen).split("\n") if "▸" in line)
        assert "✗ ben rejects 1.1.0" in line, "the sign of its kind, and no word that takes the sentence's room"
        footer = drawn(screen).rstrip().split("\n")[-1]
        assert "enter Open" in footer
        await pilot.press("enter")
        await settled(pilot)
        footer = drawn(screen).rstrip().split("\n")[-1]
        assert footer.split()[:2] == ["esc", "Back"]
        assert "enter" not in footer
        await pilot.press("escape")
        await settled(pilot)
        assert "enter Open" in drawn(screen)


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_where_there_is_room_the_entry_under_the_cursor_is_shown(size):
    async with make_app(AuditedWorkspace()).run_test(size=size) as pilot:
        screen = await opened(pilot)
        assert "Entry 3,990" in drawn(screen)
        await pilot.press("G")
        await rested(pilot)
        assert "Entry 1" in drawn(screen)
        assert "SIGNED BY" in drawn(screen), "of the version that the genesis entry is about"
        assert screen.query_one("#timeline").display


async def test_an_activation_shows_its_version_who_signed_what_it_changed_and_its_texts():
    async with make_app(AuditedWorkspace()).run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "j")
        await rested(pilot)
        text = drawn(screen)
        for said in (
            "Never share customer e-mail addresses with external services",
            NEW_DIGEST,
            "✓ approve ana as operator",
            "+ never-share-email  forbid added",
            "Agents must never share customer email addresses",
            'permit (principal, action == Action::"reply", resource)',
        ):
            assert said in text


async def test_what_is_no_longer_there_leaves_the_entry_readable():
    workspace = AuditedWorkspace([entry(7, "case", {"id": "gone", "event": "opened", "requester": 'Agent::"x"'})])
    workspace.cases.get = lambda id: (_ for _ in ()).throw(WorkbenchError("no such case", id, "", "no_case"))
    async with make_app(workspace).run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await rested(pilot)
        assert '"id": "gone"' in drawn(screen)
        assert len(pilot.app.screen_stack) == 1


async def test_d_compares_a_version_with_its_parent():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "j", "d")
        await settled(pilot)
        text = drawn(pilot.app.screen)
        assert "1.0.0 → 1.1.0" in text
        assert '+ @id("never-share-email")' in text
        await pilot.press("e", "n", "p", "t", "z", "e")
        await settled(pilot)
        assert "Schema" in drawn(pilot.app.screen)
        assert "no change" in drawn(pilot.app.screen)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_two_marks_are_compared_the_older_version_first_whatever_the_order_of_marking():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "G", "space", "g", "space")
        await settled(pilot)
        assert "2 marked, d compares" in drawn(screen)
        await pilot.press("v", "d")  # marks outlive the group that they were made in
        await settled(pilot)
        assert "1.0.0 → 1.1.0" in drawn(pilot.app.screen)
        await pilot.press("escape", "escape", "escape")
        await settled(pilot)
        assert "marked" not in drawn(screen)


async def test_of_three_marks_the_oldest_goes_and_a_mark_is_taken_back():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "space", "j", "space", "j", "space")
        await settled(pilot)
        marked = [row.key for row in screen.query_one("#timeline").rows if row.cells[0].text == view.MARK]
        assert marked == ["2001", "1903"]
        await pilot.press("space")
        await settled(pilot)
        assert "1 marked" in drawn(screen)


async def test_the_first_version_has_nothing_to_be_compared_with():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "G", "d")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert [note.title for note in pilot.app._notifications] == ["nothing to compare with"]


async def test_from_a_moment_to_the_rule_its_english_and_the_people():
    """The auditor's journey; enter leads on to the rule in Author."""
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("v", "j", "r")
        await settled(pilot)
        text = drawn(pilot.app.screen)
        assert "3 rules of 1.1.0" in text
        assert "does this since 1.0.0" in text
        await pilot.press("G")
        await settled(pilot)
        text = drawn(pilot.app.screen)
        for said in (
            "“Agents must never share customer email addresses with external",
            "forbid (principal, action",
            "does this since 1.1.0",
            "✓ approve sam as supervisor",
        ):
            assert said in text
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen.NAME == "author"


async def test_rules_of_a_version_that_is_no_longer_in_force_are_only_read():
    async with make_app(AuditedWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "G", "r")
        await settled(pilot)
        window = pilot.app.screen
        assert "2 rules of 1.0.0" in drawn(window)
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen is window
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_s_opens_a_proposal_in_sign_and_a_case_in_cases():
    workspace = AuditedWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("s")
        await settled(pilot)
        assert pilot.app.screen.NAME == "sign"
        await pilot.press("9", "v", "v", "s")
        await settled(pilot)
        assert pilot.app.screen.NAME == "cases"
        assert pilot.app.screen.current.state == "used"


async def test_l_opens_the_decision_that_an_entry_names_or_the_first_after_it():
    workspace = AuditedWorkspace(
        [entry(3, "fact", {"attribute": "a", "principal": "", "value": "1"}), entry(9, "grant", {"decision": 7}),
         entry(4000, "fact", {"attribute": "b", "principal": "", "value": "1"})]
    )  # fmt: skip
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("l")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert [note.message for note in pilot.app._notifications] == ["No decision was made after that."]
        for key, seq in (("j", 7), ("j", 4)):
            await pilot.press(key, "l")
            await settled(pilot)
            assert pilot.app.screen.NAME == "live"
            assert f"#{seq} " in drawn(pilot.app.screen)
            await pilot.press("9")
            await settled(pilot)


async def test_verifying_says_how_far_it_is_and_what_it_found():
    workspace = AuditedWorkspace()
    go = threading.Event()
    workspace.audit.wait = lambda: go.wait(5)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("V")
        await pilot.pause(0.3)
        assert "0 of 3,000 entries" in drawn(pilot.app.screen)
        go.set()
        await settled(pilot)
        text = drawn(pilot.app.screen)
        assert "✓ verified, anchored in the genesis pin" in text
        assert "✓ ledger  4,000 entries" in text
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_verifying_can_be_stopped_and_says_that_nothing_is_known_then():
    workspace = AuditedWorkspace()
    go = threading.Event()
    workspace.audit.wait = lambda: go.wait(5)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("V")
        await pilot.pause(0.2)
        await pilot.press("enter")  # the button that has the focus says Stop
        await pilot.pause(0.2)
        assert "stopping" in drawn(pilot.app.screen)
        go.set()
        await settled(pilot)
        assert workspace.audit.stopped
        assert "▲ stopped: this says nothing of the record" in drawn(pilot.app.screen)
        assert "nothing is said of the rest" in drawn(pilot.app.screen)
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_a_window_that_is_closed_stops_the_verification():
    workspace = AuditedWorkspace()
    go = threading.Event()
    workspace.audit.wait = lambda: go.wait(5)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("V")
        await pilot.pause(0.2)
        await pilot.press("escape", "escape")
        await pilot.pause(0.1)
        go.set()
        await settled(pilot)
        assert workspace.audit.stopped


async def test_a_verification_that_fails_says_why_and_can_be_copied(monkeypatch):
    workspace = AuditedWorkspace()
    workspace.fail["verify"] = WorkbenchError("the store is damaged", "page 7", "restore a backup", "store_corrupt")
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        copied = []
        monkeypatch.setattr(pilot.app, "copy", copied.append)
        await pilot.press("V")
        await settled(pilot)
        assert "the store is damaged" in drawn(pilot.app.screen)
        await pilot.press("c")
        assert "restore a backup" in copied[0]


async def test_c_copies_the_hash(monkeypatch):
    async with make_app(AuditedWorkspace()).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        copied = []
        monkeypatch.setattr(pilot.app, "copy", copied.append)
        await pilot.press("c")
        assert copied == [hash_of(3990)]


async def test_what_happens_now_comes_on_top_and_the_cursor_stays_on_its_entry():
    workspace = AuditedWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("j", "j")
        here = screen.current.seq
        workspace.timeline.entries += facts(3, 4001)
        screen.refresh_data()
        await settled(pilot)
        assert listed(screen)[:4] == [4003, 4002, 4001, 3990]
        assert screen.current.seq == here


async def test_what_an_entry_is_about_is_asked_again_when_something_happens():
    workspace = AuditedWorkspace()
    async with make_app(workspace).run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v", "v")
        await rested(pilot)
        assert "✓ used" in drawn(screen)
        (case,) = workspace.cases.all.values()
        workspace.cases.all[case.id] = replace(case, state="void")
        workspace.timeline.entries.append(entry(4001, "case", {"id": case.id, "event": "void"}))
        screen.refresh_data()
        await settled(pilot)
        await rested(pilot)
        assert "○ void" in drawn(screen)


async def test_news_of_another_group_are_not_listed_and_not_looked_at_twice():
    workspace = AuditedWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v")
        await settled(pilot)
        before = listed(screen)
        workspace.timeline.entries += facts(3, 4001)
        screen.refresh_data()
        await settled(pilot)
        assert listed(screen) == before
        reads, newest = [], workspace.timeline.page
        workspace.timeline.page = lambda *given, **named: reads.append(named.get("limit")) or newest(*given, **named)
        screen.refresh_data()
        await settled(pilot)
        assert set(reads) == {1}, "only the newest number is asked for, however often the clock looks"


async def test_a_long_ledger_is_read_page_by_page_down_to_its_first_entry():
    workspace = AuditedWorkspace(facts(950))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert listed(screen) == list(range(950, 750, -1))
        assert "200+ entries" in drawn(screen)
        for _ in range(6):
            await pilot.press("G")
            await settled(pilot)
        assert listed(screen) == list(range(950, 0, -1))
        assert "950 entries" in drawn(screen)


async def test_more_news_than_a_page_leave_no_hole():
    workspace = AuditedWorkspace(facts(10))
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        workspace.timeline.entries += facts(450, 11)
        screen.refresh_data()
        await settled(pilot, 6)
        assert listed(screen) == list(range(460, 260, -1))


async def test_an_error_stands_in_place_and_goes_away():
    workspace = AuditedWorkspace()
    workspace.fail["page"] = WorkbenchError("the workspace is locked", "by another process", "close it", "x")
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "the workspace is locked" in drawn(screen)
        await pilot.press("enter", "d", "r", "space", "c")
        workspace.fail.clear()
        screen.refresh_data()
        await settled(pilot)
        assert len(listed(screen)) == len(story())


async def test_what_people_and_agents_wrote_is_never_interpreted():
    body = {"event": "placed", "id": "x", "kind": "stop", "what": "all", "why": "\x1b[31m[red]boo[/red]\u202egnp\u200b"}
    async with make_app(AuditedWorkspace([entry(5, "overlay", body)])).run_test(size=(200, 60)) as pilot:
        screen = await opened(pilot)
        await rested(pilot)
        assert drawn(screen).count("[red]boo") >= 3, "in the list, as the title and in the body, as written"
        assert not any(char in drawn(screen) for char in "\x1b\u202e\u200b")


TEXT = st.text('aZ9 :"\\\n\x1b\u202e[é', max_size=9)


# ---- pure -----------------------------------------------------------------------------------------------------------


def test_the_groups_go_round_and_hold_every_kind_once():
    names = list(view.GROUPS)
    walked = ["all"]
    for _ in names:
        walked.append(view.next_group(walked[-1]))
    assert walked == [*names, "all"]
    assert all(view.next_group(view.next_group(name), -1) == name for name in names)
    kinds = [kind for group in view.GROUPS.values() for kind in group]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == set(view.SIGNS), "every kind with a sign is in a group, and the other way round"


async def test_the_day_is_left_out_as_soon_as_it_is_known_to_be_today():
    async with make_app(AuditedWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        status, pilot.app.status = pilot.app.status, None
        screen._show_rows()  # as at the start, before the first status has come
        dated = [row.cells[1].text for row in screen.query_one("#timeline").rows]
        pilot.app.status = status
        screen.tick(status)
        timed = [row.cells[1].text for row in screen.query_one("#timeline").rows]
        assert dated == [f"{NOW:%Y-%m-%d} {time}" for time in timed]


def test_the_day_stands_where_it_is_not_today_and_the_year_where_it_is_another():
    days = [NOW, NOW - timedelta(days=1), NOW - timedelta(days=400)]
    entries = [replace(entry(n, "fact", {"attribute": "a", "value": "1"}), at=at) for n, at in enumerate(days, 1)]

    def shown(some, today):
        width = view.columns(some, today)[1].width
        return [row.cells[1].text for row in view.rows(some, (), today)], width

    times = [f"{NOW:%H:%M}", f"{days[1]:%m-%d %H:%M}", f"{days[2]:%Y-%m-%d %H:%M}"]
    assert shown(entries[:1], NOW.date()) == (times[:1], 5)
    assert shown(entries[:2], NOW.date()) == ([times[0].rjust(11), times[1]], 11)
    assert shown(entries, NOW.date()) == ([times[0].rjust(16), times[1].rjust(16), times[2]], 16)
    assert shown(entries[:1], None)[0] == [f"{NOW:%Y-%m-%d %H:%M}"], "nothing is left out where the day is not known"


@given(st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.integers(0, 60))
def test_progress_never_says_more_than_everything(done, total, width):
    shown = view.progress_line(done, total, width).plain
    assert "100%" in shown or total > done or total == 0
    assert shown.count("█") <= max(width, 4)


@given(
    st.sampled_from([*view.SIGNS, "unheard_of"]),
    st.dictionaries(st.sampled_from(["id", "case", "digest", "proposal", "verdict", "why"]),
                    st.none() | st.integers() | TEXT | st.lists(TEXT, max_size=3)),
)  # fmt: skip
def test_any_entry_can_be_listed_and_opened(kind, body):
    each = entry(9, kind, body)
    (row,) = view.rows([each], [each])
    assert len(row.cells) == len(view.columns([each]))
    assert "BODY" in timeline_entry.detail(each, None).plain
    assert isinstance(view.version_of(each), str)
    assert isinstance(view.case_of(each), str)


@given(st.lists(st.integers(1, 10**9), max_size=5, unique=True))
def test_the_columns_of_kind_and_number_hold_what_stands_there_and_no_more(numbers):
    some = [entry(number, "case", {"case": "c1"}) for number in numbers]
    *_, kind, _, number = view.columns(some)[1:]
    rows = view.rows(some)
    assert all(len(row.cells[4].text) == number.width == len(number.title) for row in rows)
    assert number.width == max([5, *(len(f"{each:,}") for each in numbers)])
    assert [row.cells[2].text for row in rows] == ["◷ case"] * len(some)
    assert kind.width == (len("◷ case") if some else 10)
