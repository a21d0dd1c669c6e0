"""Tests: cases run on both engines, and a person accepts, corrects or removes them."""

from dataclasses import replace

from tests.tui.draft_fakes import SENTENCE, DraftWorkspace, case
from tests.tui.fakes import make_app, settled
from workbench.service.errors import WorkbenchError
from workbench.tui.widgets.row_list import RowList


async def opened(pilot):
    await settled(pilot)
    await pilot.press("3")
    await settled(pilot)
    return pilot.app.screen


def drawn(screen):
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


def words(screen):
    """What is said of the row under the cursor, whole, whatever of it is in view."""
    return str(screen._pane()._detail.content)


async def test_the_cases_run_on_opening_and_the_summary_counts_them():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        text = drawn(screen)
        for word in ("5 cases", "✓ 4 passed", "✗ 1 failed", "= engines agree", "2 of 5 reviewed"):
            assert word in text
        assert workspace.calls.count("run_tests") == 1
        await pilot.press("r")
        await settled(pilot)
        assert workspace.calls.count("run_tests") == 2


async def test_engines_that_differ_are_said_in_words():
    workspace = DraftWorkspace()
    workspace.cases = [case("odd", "deny", "deny", agree=False)]
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        assert "≠ engines differ on 1" in drawn(screen)
        assert "≠ differ" in drawn(screen), "in the row, in place of pass or fail"
        assert "THE ENGINES DIFFER: ours, by Cedar's own semantics, says deny" in " ".join(words(screen).split())


async def test_enter_goes_into_the_evidence_and_esc_back():
    async with make_app(DraftWorkspace()).run_test(size=(80, 20)) as pilot:
        screen = await opened(pilot)
        assert "AS DATA" not in drawn(screen)
        await pilot.press("enter")
        await settled(pilot)
        assert "DECIDED BY" in drawn(screen)
        assert "ada Agent" in drawn(screen)
        assert pilot.app.focused is not screen.query_one(RowList)
        await pilot.press("escape")
        await settled(pilot)
        assert "ada Agent" not in drawn(screen)
        assert pilot.app.focused is screen.query_one(RowList)


async def test_accepting_names_the_person_who_is_asked_for():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        assert screen.current.name == "never-share-email fires", "the first that nobody reviewed"
        await pilot.press("a")
        await pilot.pause()
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert workspace.cases[0].reviewed_by == 'Operator::"sam"'
        assert "3 of 5 reviewed" in drawn(screen)


async def test_correcting_asks_what_is_right_and_leaves_it_without_an_answer():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("n", "c")
        await pilot.pause()
        await pilot.press("escape")
        assert workspace.cases[3].expect == "allow"
        await pilot.press("c")
        await pilot.pause()
        await pilot.click("#choice-deny")
        await settled(pilot)
        assert workspace.cases[3].expect == "deny"
        assert "✗ 1 failed" not in drawn(pilot.app.screen)


async def test_removing_asks_and_enter_alone_keeps():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("delete")
        await pilot.pause()
        await pilot.press("enter")
        await settled(pilot)
        assert len(workspace.cases) == 5
        await pilot.press("delete")
        await pilot.pause()
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert len(workspace.cases) == 4
        assert workspace.casebook.rejected == [], "taken out, and not kept as rejected"


async def test_rejecting_keeps_the_case_where_f_finds_it_and_x_takes_it_back():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("x")
        await settled(pilot)
        assert [c.name for c in workspace.casebook.rejected] == ["never-share-email fires"]
        assert "4 cases" in drawn(screen)
        assert "1 rejected" in drawn(screen)
        await pilot.press("f", "f", "f")
        await settled(pilot)
        assert "– out" in drawn(screen)
        assert "not proposed again" in words(screen)
        assert screen.current is None, "it has no result to accept or correct"
        await pilot.press("a", "x")
        await settled(pilot)
        assert workspace.casebook.rejected == []
        assert "Nothing was rejected" in drawn(screen)
        await pilot.press("f")
        await settled(pilot)
        assert "5 cases" in drawn(screen)


async def test_rejecting_what_somebody_reviewed_asks():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        screen.query_one(RowList).go_to("reply in the own region")
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("enter")
        await settled(pilot)
        assert workspace.casebook.rejected == [], "enter alone keeps it"


async def test_the_filter_leaves_what_fails_and_what_nobody_reviewed():
    workspace = DraftWorkspace()
    workspace.cases.append(case("odd", "deny", "deny", agree=False, reviewed_by='Operator::"ana"'))
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        rows = screen.query_one(RowList)
        await pilot.press("f")
        await settled(pilot)
        assert [row.key for row in rows.rows] == ["reply elsewhere", "odd"], "engines that differ are a failure"
        assert "failing: 2 of 6" in drawn(screen)
        await pilot.press("f")
        await settled(pilot)
        wanted = ["never-share-email fires", "reply elsewhere", "refund above 500 waits for a supervisor"]
        assert [row.key for row in rows.rows] == wanted
        workspace.cases = [replace(each, passed=True, engines_agree=True, reviewed_by="me") for each in workspace.cases]
        await pilot.press("r")
        await settled(pilot)
        assert "Every case is reviewed" in drawn(screen)
        assert screen.current is None, "nothing is listed, so nothing can be accepted or rejected"
        await pilot.press("a", "x", "c")
        assert pilot.app.screen is screen
        screen.show_test("odd")
        await settled(pilot)
        assert rows.current.key == "odd", "a link from another screen is not hidden by the filter"


async def test_a_hold_says_what_cedar_says_in_its_place():
    async with make_app(DraftWorkspace()).run_test(size=(140, 30)) as pilot:
        screen = await opened(pilot)
        screen.query_one(RowList).go_to("refund above 500 waits for a supervisor")
        await settled(pilot)
        assert "– n/a" in drawn(screen), "Cedar's column: it has no holds"
        assert "Cedar knows no procedures" in words(screen)


async def test_the_rules_that_decided_are_said_in_english():
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        assert "never-share-email" in words(screen)
        assert SENTENCE in words(screen)


async def test_the_cases_that_are_listed_are_written_and_a_failure_keeps_the_path():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("f", "E")
        await pilot.pause()
        window = pilot.app.screen
        window.query_one("#file-path").value = "there.json"
        await pilot.press("enter", "enter")
        await settled(pilot)
        assert pilot.app.screen is window
        assert "there is something already" in drawn(window)
        window.query_one("#file-path").value = "new.json"
        await pilot.click("#file-ours")
        await settled(pilot)
        assert workspace.casebook.written == [("new.json", ("reply elsewhere",), False)]
        await pilot.press("E")
        await pilot.pause()
        await pilot.press("escape")
        await settled(pilot)
        assert len(workspace.casebook.written) == 1


async def test_cases_of_a_file_are_added_and_run():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("i")
        await pilot.pause()
        pilot.app.screen.query_one("#file-path").value = "more.json"
        await pilot.press("enter", "enter")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert "6 cases" in drawn(screen)


async def test_no_cases_says_which_key_leads_on():
    workspace = DraftWorkspace()
    workspace.cases = []
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "No test cases yet" in drawn(screen)
        assert "2 opens Author" in drawn(screen)
        await pilot.press("a", "c", "x")
        assert pilot.app.screen is screen


async def test_an_error_stands_in_place_and_a_run_after_it_recovers():
    workspace = DraftWorkspace()
    workspace.fail["run_tests"] = WorkbenchError("the draft is not clean", "line 3: no", "correct it on Author", "x")
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "the draft is not clean" in drawn(screen)
        assert "y copies this text" in drawn(screen)
        workspace.fail.clear()
        await pilot.press("r")
        await settled(pilot)
        assert "5 cases" in drawn(screen)


async def test_hostile_names_are_data():
    workspace = DraftWorkspace()
    workspace.cases = [replace(case("[red]x[/]\x1b[31m\u202e", "deny", "deny"), reviewed_by="[bold]me")]
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        assert "[red]x[/]␛[31m�" in drawn(screen)
        assert "\x1b" not in drawn(screen)
        assert "[bold]me" in drawn(screen)


async def test_the_cursor_stays_on_its_case_when_the_cases_change():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        rows = screen.query_one(RowList)
        rows.go_to("reply elsewhere")
        workspace.cases.insert(0, case("new", "allow", "allow"))
        await pilot.press("r")
        await settled(pilot)
        assert rows.current.key == "reply elsewhere"
        await pilot.press("G")
        assert rows.cursor == 5
        await pilot.press("g", "k", "j")
        assert rows.cursor == 1


async def test_cases_that_came_in_while_one_was_elsewhere_are_looked_at_first():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("1")
        await settled(pilot)
        workspace.cases += [
            case("by hand", "allow", "allow", reviewed_by='Operator::"ana"'),
            case("new", "deny", "deny"),
        ]
        workspace.saved = replace(workspace.saved, revision=workspace.saved.revision + 1)
        await pilot.press("3")
        await settled(pilot)
        assert screen.current.name == "new", "the reviewed one is no work, the older ones were there before"


async def test_who_reviewed_elsewhere_counts_for_nothing_here_and_is_looked_at_last():
    workspace = DraftWorkspace()
    ana = replace(case("of a sample", "allow", "allow"), reviewed_elsewhere='Operator::"ana"')
    workspace.cases = [ana, case("new", "deny", "deny")]
    async with make_app(workspace).run_test(size=(120, 30)) as pilot:
        screen = await opened(pilot)
        assert screen.current.name == "new"
        assert "0 of 2 reviewed" in drawn(screen)
        assert "? elsewhere" in drawn(screen)
        await pilot.press("n")
        assert screen.current.name == "of a sample"
        assert "whom this roster does not have" in " ".join(words(screen).split())
