"""Author: a sentence becomes a rule; a mistake gets its place; nothing that was typed is lost."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from textual.app import App
from textual.events import Key

from tests.tui.draft_fakes import CEDAR, DOUBLE, ENGLISH, SENTENCE, UNCLEAR, DraftWorkspace
from tests.tui.fakes import make_app, settled
from workbench.language.diagnostics import Diagnostic, Position, Span
from workbench.service.errors import WorkbenchError
from workbench.service.views import CompileView, EventRow, SentenceView
from workbench.tui import key_order
from workbench.tui.screens.external_editor import edit_outside
from workbench.tui.screens.modals.question import QuestionScreen
from workbench.tui.view import author as author_view
from workbench.tui.view.draft import Kept
from workbench.tui.view.trying import event_rows
from workbench.tui.widgets.code_area import CodeArea
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox


async def opened(pilot):
    await settled(pilot)
    await pilot.press("2")
    await settled(pilot)
    return pilot.app.screen


async def waited(pilot, seconds=0.9):
    await pilot.pause(seconds)
    await settled(pilot)


def areas(screen):
    return screen.query_one("#english", CodeArea), screen.query_one("#cedar", CodeArea)


def shown(screen, selector="#detail"):
    return str(screen.query_one(selector).content)


async def type_english(pilot, screen, text):
    english, _ = areas(screen)
    english.move_cursor(english.document.end)
    english.insert(text)
    await pilot.pause()


async def test_a_sentence_compiles_and_its_rule_is_shown_marked_and_explained():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, cedar = areas(screen)
        assert pilot.app.focused is english
        await pilot.press("pagedown", "pagedown")
        await pilot.press(*"Agents")
        english.insert(SENTENCE.removeprefix("Agents"))
        await pilot.press("f5")
        await settled(pilot)
        assert 'Action::"share_external"' in cedar.text
        assert cedar.new_lines == (13, 16)
        assert "No agent may share a ticket with external services" in shown(screen)
        assert "`email` is the tag" in shown(screen)
        assert "1 new rule, 4 test cases → 3 Tests" in "".join(str(n.message) for n in pilot.app._notifications)
        assert workspace.saved.english.endswith(SENTENCE + "\n")
        assert workspace.saved.cedar_plus == cedar.text


def told(message: str, line: int, severity="error") -> Diagnostic:
    place = Position(line, 1)
    return Diagnostic("CP001", message, Span(0, 1), place, place, severity)


async def test_where_nothing_compiled_nothing_says_that_it_did():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, UNCLEAR)
        await pilot.press("f5")
        await settled(pilot)
        (note,) = pilot.app._notifications
        assert note.title == "Not compiled"
        assert "`rarely` cannot be measured · F8 goes there" in note.message
        assert "compiled and saved" not in str(areas(screen)[0].border_title)


async def test_f8_goes_to_errors_before_warnings_in_whichever_text_they_are():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, cedar = areas(screen)
        english.set_diagnostics([told("no word of the schema", 3)])
        cedar.set_diagnostics([told("a warning", 2, "warning"), told("another", 5, "warning")])
        cedar.focus()
        for _ in range(2):  # the second time: the one error again, from behind it
            await pilot.press("f8")
            assert pilot.app.focused is english
            assert english.cursor_location == (2, 0)
        cedar.set_diagnostics([told("a warning", 2, "warning"), told("wrong", 5)])
        cedar.focus()
        await pilot.press("f8")
        assert (pilot.app.focused, cedar.cursor_location) == (cedar, (4, 0))
        for area in (english, cedar):
            area.set_diagnostics([told("a warning", 2, "warning")])
        await pilot.press("f8")
        assert (pilot.app.focused, cedar.cursor_location) == (cedar, (1, 0))


async def test_the_list_of_findings_goes_along_with_f8():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        _, cedar = areas(screen)
        await type_english(pilot, screen, UNCLEAR)
        wrong = [told("wrong", 2), told("wrong as well", 5)]
        screen._check = replace(screen._check, diagnostics=tuple(wrong), clean=False)
        cedar.set_diagnostics(wrong)
        screen._list()
        cedar.focus()
        await settled(pilot)
        for _ in range(3):
            await pilot.press("f8")
            await settled(pilot)
            finding = next(
                each for each in screen._findings if each.key == screen.query_one("#findings", RowList).current.key
            )
            assert finding.diagnostic == wrong[cedar.cursor_location[0] == 4]
            assert finding.diagnostic.message in shown(screen)


async def test_a_broken_rule_gets_a_diagnostic_with_a_place_and_f8_goes_there():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        _, cedar = areas(screen)
        cedar.insert("\nforbid (principal, action, resource) when { resource.wrong };\n", cedar.document.end)
        await waited(pilot, 0.3)
        (found,) = cedar.diagnostics
        assert (found.start.line, found.start.column) == (13, 54)
        assert "1 error" in str(cedar.border_title)
        row = screen.query_one("#findings", RowList).rows[0]
        assert (row.cells[0].text, row.cells[2].text) == ("✗ error", "c+ 13:54")
        await pilot.press("f8")
        assert pilot.app.focused is cedar
        assert cedar.cursor_location == (12, 53)
        assert "did you mean `region`?" in shown(screen)


async def test_what_is_typed_is_saved_by_itself():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, "Be kind.")
        assert screen.unsaved()
        await waited(pilot)
        assert workspace.saved.english == ENGLISH + "Be kind."
        assert workspace.saved.revision == 2
        assert not screen.unsaved()


async def test_leaving_the_screen_saves_at_once():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, "Be kind.")
        await pilot.press("escape", "3")
        await settled(pilot)
        assert workspace.saved.english.endswith("Be kind.")


async def test_a_save_on_an_old_revision_asks_and_loses_nothing():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        workspace.saved = replace(workspace.saved, english="Theirs.\n", revision=5)
        await type_english(pilot, screen, "Mine.")
        await waited(pilot)
        assert pilot.app.screen is not screen, "a person must choose"
        await pilot.press("enter")  # "decide later" has the focus
        await waited(pilot)
        assert areas(screen)[0].text.endswith("Mine.")
        assert workspace.saved.english == "Theirs.\n"
        assert screen.unsaved()
        await pilot.press("f5")
        await settled(pilot)
        await pilot.click("#choice-mine")
        await settled(pilot)
        assert workspace.saved.english.endswith("Mine.\n")


async def test_tests_changed_elsewhere_do_not_disturb_writing():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        workspace.saved = replace(workspace.saved, tests=({"name": "new"},), revision=5)
        await type_english(pilot, screen, "Mine.")
        await waited(pilot)
        await waited(pilot)
        assert pilot.app.screen is screen
        assert workspace.saved.english.endswith("Mine.")
        assert workspace.saved.tests == ({"name": "new"},)


async def test_a_failing_save_is_said_and_the_text_stays():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        workspace.fail["save_draft"] = WorkbenchError("the disk is full", "no space", "free some", "store_full")
        await type_english(pilot, screen, "Mine.")
        await waited(pilot)
        assert "not saved: the disk is full" in str(areas(screen)[0].border_title)
        assert screen.unsaved()
        workspace.fail.clear()
        await type_english(pilot, screen, " More.")
        await waited(pilot)
        assert workspace.saved.english.endswith("Mine. More.")


async def test_an_ambiguous_sentence_offers_its_readings_and_enter_chooses_one():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, DOUBLE + "\n" + UNCLEAR)
        await pilot.press("f5")
        await settled(pilot)
        findings = screen.query_one("#findings", RowList)
        assert [row.cells[0].text for row in findings.rows] == [
            "? ambiguous", "  ↳ reading 1", "  ↳ reading 2", "✗ not compiled"
        ]  # fmt: skip
        assert "`rarely` cannot be measured" in shown(screen), "the sentence at the caret is told of"
        findings.go_to(findings.rows[0].key)
        await pilot.pause()
        assert "May a lead issue a refund of 10?" in shown(screen)
        await pilot.press("escape", "down", "down")
        assert "Nobody but a supervisor" in shown(screen)
        await pilot.press("enter")
        await settled(pilot)
        assert workspace.saved.origins[DOUBLE].place == 2
        assert [row.cells[0].text for row in findings.rows] == ["✗ not compiled"]
        assert areas(screen)[1].text == CEDAR, "the Cedar+ takes it with F5, not before"


async def test_a_late_check_of_an_older_text_is_dropped():
    async with make_app(DraftWorkspace()).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        _, cedar = areas(screen)
        old = screen.workspace.check("wrong")
        screen._checked("wrong", old)
        assert cedar.diagnostics == ()


async def test_a_rule_is_shown_on_both_sides():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.app.goto_rule("reply-rate")
        await settled(pilot)
        english, cedar = areas(pilot.app.screen)
        assert cedar.cursor_location[0] == 7
        assert english.cursor_location[0] == 4
        assert "30 messages or more" in shown(pilot.app.screen)


async def test_a_draft_that_cannot_be_loaded_says_so_in_place():
    workspace = DraftWorkspace()
    workspace.fail["draft"] = WorkbenchError("the workspace is damaged", "page 3 is torn", "restore a backup", "x")
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert screen.query_one(StateBox).has_class("-said")
        text = "\n".join(strip.text for strip in screen._compositor.render_strips())
        assert all(word in text for word in ("the workspace is damaged", "page 3 is torn", "restore a backup"))


async def test_digits_type_in_an_editor_and_open_screens_outside():
    async with make_app(DraftWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("x", "3")
        assert pilot.app.screen is screen
        assert "x3" in areas(screen)[0].text
        await pilot.press("escape", "3")
        await settled(pilot)
        assert pilot.app.screen.NAME == "tests"


@pytest.mark.parametrize(
    ("english", "revision", "now", "step"),
    [
        (ENGLISH, 1, (ENGLISH, CEDAR), "nothing"),
        (ENGLISH, 2, ("typed", CEDAR), "adopt"),
        ("theirs", 2, (ENGLISH, CEDAR), "show"),
        ("theirs", 2, ("typed", CEDAR), "conflict"),
    ],
)
def test_what_to_do_when_the_draft_moved(english, revision, now, step):
    base = DraftWorkspace().saved
    newer = replace(base, english=english, revision=revision)
    assert Kept(base, (ENGLISH, CEDAR)).when(newer, now) == step


async def test_what_is_said_of_a_sentence_goes_when_it_is_touched_and_moves_when_it_is_not():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, f"{UNCLEAR}\n{DOUBLE}\n")
        await waited(pilot, 0.4)
        english, _ = areas(screen)
        findings = screen.query_one("#findings", RowList)
        assert [row.cells[2].text for row in findings.rows][:2] == ["en 6:1", "en 7:1"]
        english.insert("\n", (0, 0))
        await pilot.pause()
        assert [row.cells[2].text for row in findings.rows][:2] == ["en 7:1", "en 8:1"]
        assert [each.start.line for each in english.diagnostics] == [7, 8]
        english.insert("quite ", (6, 6))
        await pilot.pause()
        assert [row.cells[0].text for row in findings.rows] == ["? ambiguous", "  ↳ reading 1", "  ↳ reading 2"]
        assert [each.start.line for each in english.diagnostics] == [8]


@pytest.mark.parametrize(("script", "expected"), [("printf more >> $1", "onemore"), ("exit 3", None), ("true", None)])
def test_the_persons_own_editor_hands_its_text_back(monkeypatch, tmp_path, script, expected):
    editor = tmp_path / "my editor"
    quoted = script.replace("$1", '"$1"')
    editor.write_text(f"#!/bin/sh\n{quoted}\n")
    editor.chmod(0o700)
    monkeypatch.setenv("VISUAL", f"'{editor}'")

    class Screenless:
        said = ()

        def suspend(self):
            return nullcontext()

        def notify(self, message, **_):
            self.said = message

    assert edit_outside(Screenless(), "one", ".md") == expected


async def test_a_norm_can_be_typed_at_once_and_the_next_begins_on_a_line_of_its_own():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, _ = areas(screen)
        assert english.has_focus
        assert english.cursor_location == english.document.end
        before = english.document.line_count
        await pilot.press(*"Be", "f5")
        await settled(pilot)
        assert english.text.endswith("Be\n")
        assert english.document.line_count == before + 1
        assert english.cursor_location == (before, 0)


async def test_after_f5_the_sentence_just_written_is_the_one_that_is_told_of_and_asked_about():
    workspace = DraftWorkspace()
    workspace.save_draft(english=UNCLEAR + "\n", revision=workspace.draft().revision)
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, _ = areas(screen)
        await type_english(pilot, screen, DOUBLE)
        await pilot.press("f5")
        await settled(pilot)
        assert "✗ not compiled" in [row.cells[0].text for row in screen.query_one("#findings", RowList).rows]
        assert english.cursor_location == (2, 0), "on the new line, where the next sentence begins"
        assert "May a lead issue a refund of 10?" in shown(screen)
        await pilot.press("ctrl+l")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)


async def test_a_burst_with_f5_behind_it_ends_no_line_in_the_middle(monkeypatch):
    """F5 is a key of the program and may overtake letters that wait in the editor: it works behind them."""
    monkeypatch.setattr(key_order, "PATIENCE", 0.0)  # a loaded machine: no key waits for the one before
    monkeypatch.setattr(key_order.KeyOrder, "on_event", App.on_event)
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        english, _ = areas(screen)
        english.focus()
        english.go_to_end()
        await pilot.pause()
        for char in SENTENCE:
            pilot.app.post_message(Key(char, char))
        pilot.app.post_message(Key("f5", None))
        for char in "And be kind.":
            pilot.app.post_message(Key(char, char))
        for _ in range(200):
            await settled(pilot, 1)
            if "And be kind." in english.text:
                break
        assert english.text == f"{ENGLISH}{SENTENCE}\nAnd be kind."
        await waited(pilot)
        assert "never-share-email" in workspace.saved.cedar_plus


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_first_visit_may_be_for_a_rule_and_both_sides_of_it_are_in_sight(size):
    """One is sent there before the panes have a size, and before long lines are wrapped."""
    workspace = DraftWorkspace()
    long = "Agents should be brief, because whoever reads their words has little time and many other things to do. " * 2
    before = "".join(f"# {number}: {long}\n" for number in range(30))
    notes = "".join(f"// {number}: {long}\n" for number in range(30))
    workspace.saved = replace(workspace.saved, english=before + ENGLISH + before, cedar_plus=notes + CEDAR + notes)
    async with make_app(workspace).run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.app.goto_rule("reply-rate")
        await settled(pilot, 8)
        text = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        assert "An agent that has sent 30" in text, "the English"
        assert '@id("reply-rate")' in text, "the rule"


async def test_a_program_that_begins_on_author_takes_digits_as_keys():
    """Where the last session was left here, nothing was chosen yet: a digit opens a screen, and is no text."""
    app = make_app(DraftWorkspace(), screen="author")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("3")
        await settled(pilot)
        assert app.current_mode == "tests"


async def test_digits_lead_on_until_one_is_at_work_in_a_text():
    """Whoever walks through the screens writes nothing into the constitution by it."""
    app = make_app(DraftWorkspace())
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        english, _ = areas(app.screen)
        assert english.has_focus
        await pilot.press("3")
        await settled(pilot)
        assert (app.current_mode, english.text) == ("tests", ENGLISH)
        for first in ("x", "end"):  # a letter, or a step of the caret
            await pilot.press("2")
            await settled(pilot)
            english.focus()
            before = english.text
            await pilot.press("ctrl+end", first, "3")
            await settled(pilot)
            assert app.current_mode == "author"
            assert english.text == before + ("x3" if first == "x" else "3")
            await pilot.press("question_mark" if first == "end" else "f1")  # a window over it is no new visit
            await settled(pilot)
            await pilot.press("escape")
            await settled(pilot)
            english.focus()
            await pilot.press("4")
            await settled(pilot)
            assert app.current_mode == "author"
            await pilot.press("escape", "1")
            await settled(pilot)
            assert app.current_mode == "overview"
        await pilot.press("2")
        await settled(pilot)
        await pilot.click(english, offset=(10, 1))
        before = english.text
        await pilot.press("5")
        await settled(pilot)
        assert app.current_mode == "author"
        assert english.text != before


async def test_the_dot_of_the_tour_is_no_text_until_something_is_typed():
    workspace = DraftWorkspace()
    app = make_app(workspace, tour=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("full_stop")
        await settled(pilot)
        english, _ = areas(app.screen)
        assert english.has_focus
        await pilot.press("comma")
        await settled(pilot)
        assert (app.current_mode, english.text) == ("overview", ENGLISH)
        await pilot.press("full_stop")
        await settled(pilot)
        await pilot.press("A", "full_stop", "comma")
        await settled(pilot)
        assert (app.current_mode, english.text) == ("author", ENGLISH + "A.,")
        await pilot.press("1", "escape", "1", "2")
        await settled(pilot)
        await pilot.press("tab")
        english.focus()
        await settled(pilot)
        await pilot.press("full_stop")
        await settled(pilot)
        assert app.current_mode == "tests", "another visit: nothing is typed in it"


async def test_findings_say_all_of_it_and_not_their_sign_alone_where_there_is_little_room():
    for size, cells in (((80, 24), 2), ((120, 40), 3)):
        workspace = DraftWorkspace()
        workspace.saved = replace(
            workspace.saved, cedar_plus=CEDAR + "forbid (principal, action, resource) when { resource.wrong };\n"
        )
        async with make_app(workspace).run_test(size=size) as pilot:
            screen = await opened(pilot)
            findings = screen.query_one("#findings", RowList)
            await settled(pilot)  # listed anew once the list has its size
            assert len(findings.rows[0].cells) == cells
            assert findings.rows[0].cells[0].text.startswith("✗"), "the sign is there, not its colour alone"
            said = findings.rows[0].cells[1].text
            width = findings.size.width
            drawn = " ".join(findings.render_line(y).text[:width] for y in range(findings.size.height))
            assert all(word in drawn.split() for word in said.split()), "on as many lines as it takes"
            await pilot.resize_terminal(*((120, 40) if size == (80, 24) else (80, 24)))
            await settled(pilot)
            assert len(findings.rows[0].cells) == 5 - cells, "and as the room changes"


async def test_it_opens_at_the_first_line_of_both_texts_and_writes_at_the_end():
    workspace = DraftWorkspace()
    workspace.saved = replace(workspace.saved, english=ENGLISH + "\n" * 30, cedar_plus="\n" * 30 + CEDAR)
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        english, cedar = areas(screen)
        await waited(pilot, 0.4)
        assert (english.scroll_offset.y, cedar.scroll_offset.y) == (0, 0)
        await pilot.press("x")
        await settled(pilot)
        assert english.text.endswith("\nx")
        assert english.scroll_offset.y > 0, "one sees what one types"


async def test_the_first_key_that_moves_begins_where_the_reader_looks():
    async with make_app(DraftWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("down")
        assert areas(screen)[0].cursor_location == (1, 0)


async def test_where_it_is_very_low_one_pane_is_open_and_the_way_out_is_offered_in_an_editor_alone():
    async with make_app(DraftWorkspace()).run_test(size=(40, 10)) as pilot:
        screen = await opened(pilot)
        english, cedar = areas(screen)
        assert (english.size.height, cedar.size.height) == (5, 0)
        cedar.focus()
        await settled(pilot)
        assert (english.size.height, cedar.size.height) == (0, 5)
        assert "author.leave" in {action.id for action in screen.hints()}
        await pilot.press("escape")
        await settled(pilot)
        assert cedar.size.height == 0
        assert screen.query_one("#findings").size.height >= 4
        assert "author.leave" not in {action.id for action in screen.hints()}
        await pilot.press("i")
        assert pilot.app.focused is english


def test_a_compilation_over_a_broken_cedar_plus_says_that_nothing_was_compiled() -> None:
    """As the service answers it: no rule is new, the Cedar+ stays, and its error is among the diagnostics."""
    place, span = Position(51, 3), Span(900, 901)
    broken = Diagnostic("CP001", "unexpected end of the text", span, place, place)
    rested = SentenceView("Be brief.", 0, 9, "compiled", (), "", ())
    made = CompileView(1, (rested,), CEDAR, (), (), (broken,), None)  # type: ignore[arg-type]  # the draft is not read
    assert author_view.broken_at(made) == 51
    assert "error in line 51" in author_view.compiled_line(made)
    warned = replace(made, diagnostics=(replace(broken, severity="warning"),))
    assert author_view.broken_at(warned) == 0
    assert "error" not in author_view.compiled_line(warned)
    refused = replace(rested, status="refused", diagnostics=(broken,))
    unread = replace(made, sentences=(refused,))
    assert author_view.broken_at(unread) == 0, "an error of a sentence is a place in the English"
    assert author_view.compiled_line(unread).split("\n") == [
        "1 not compiled",
        "line 51: unexpected end of the text · F8 goes there",
    ]


def test_a_decision_to_try_stands_under_the_time_at_which_it_was_written_down() -> None:
    claimed = datetime(2026, 11, 29, 16, 55, tzinfo=UTC)
    event = EventRow(1, claimed, "maeve", "reply", "T-1", "allow", "allowed", "", False, "1.0.0")
    recorded = replace(event, recorded_at=claimed - timedelta(hours=4))
    assert [row.cells[0].text for row in event_rows([event, recorded], None)] == ["29 Nov 16:55", "29 Nov 12:55"]
