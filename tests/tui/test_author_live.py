"""Author while a person writes: signs at once, words tied to clauses, questions answered, nothing frozen."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest
from textual.widgets import Button

from tests.tui.draft_fakes import CEDAR, DOUBLE, SENTENCE, UNCLEAR, DraftWorkspace, rules_of
from tests.tui.fakes import make_app, settled
from tests.tui.test_author import areas, opened, shown, type_english, waited
from workbench.authoring.links import Link
from workbench.service.live_views import LiveView
from workbench.service.views import Candidate, SentenceView
from workbench.service.workspace import Workspace
from workbench.tui.screens.modals.question import QuestionScreen
from workbench.tui.view import author_live as view
from workbench.tui.view.author import origin_of
from workbench.tui.widgets.completion_menu import CompletionMenu
from workbench.tui.widgets.row_list import RowList


def signs(screen):
    return {row: glyph for row, (glyph, _) in areas(screen)[0].signs.items()}


async def test_each_sentence_has_its_sign_and_the_count_its_words_without_a_key_pressed():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(160, 40)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, f"{SENTENCE}\n{DOUBLE}\n{UNCLEAR}\n")
        await waited(pilot, 0.4)
        assert signs(screen) == {3: "✓", 4: "✓", 5: "+", 6: "?", 7: "✗"}
        title = str(areas(screen)[0].border_title)
        assert all(words in title for words in ("✓ 2 stand", "+ 1 new", "? 1 to ask", "✗ 1 not compiled"))
        assert areas(screen)[1].text == CEDAR, "reading saves nothing and writes nothing"
        assert "compile_english" not in workspace.calls


def test_a_sentence_that_is_being_written_is_not_called_wrong():
    unfinished = SentenceView(UNCLEAR[:-1], 0, len(UNCLEAR) - 1, "refused", (), "", ())
    live = LiveView(UNCLEAR[:-1], (unfinished,))
    assert view.signs(live, caret=len(UNCLEAR) - 1) == {0: ("…", "muted")}
    assert view.signs(live, caret=3) == {0: ("✗", "sev-error")}
    ended = LiveView(UNCLEAR, (replace(unfinished, text=UNCLEAR, end=len(UNCLEAR)),))
    assert view.signs(ended, caret=len(UNCLEAR)) == {0: ("✗", "sev-error")}


async def test_a_late_reading_of_an_older_text_is_dropped():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await waited(pilot, 0.1)
        before = signs(screen)
        stop = screen._reading
        assert stop is not None
        screen._heard(stop, LiveView("other.", (SentenceView("other.", 0, 6, "refused", (), "", ()),)))
        assert signs(screen) == before
        await type_english(pilot, screen, "x")
        assert stop.is_set, "the next key ends the reading before"


async def test_the_caret_ties_words_to_clauses_and_back():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await waited(pilot, 0.1)
        english, cedar = areas(screen)
        english.move_cursor((3, 2))
        await pilot.pause()
        assert english.linked == ("Agents",)
        assert cedar.linked == ("principal",)
        assert "Agents” ⇄ principal" in shown(screen)
        cedar.focus()
        cedar.move_cursor((9, 12))  # the other rule's scope
        await pilot.pause()
        assert english.linked == ("An",)
        assert cedar._marks.rows == frozenset(range(7, 11))
        english.focus()
        english.move_cursor((0, 0))
        await pilot.pause()
        assert english.linked == () == cedar.linked


async def test_a_question_is_answered_and_can_be_taken_back():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, DOUBLE)
        await waited(pilot, 0.4)
        await pilot.press("ctrl+l")
        await settled(pilot)
        window = pilot.app.screen
        assert isinstance(window, QuestionScreen)
        text = shown(window, "#question-said")
        assert "A supervisor may issue a refund.  ✓ allowed" in text
        assert 'principal.role  "lead"' in " ".join(text.split(" ")).replace("   ", " ").replace("  ", "  ")
        assert isinstance(pilot.app.focused, Button)
        assert pilot.app.focused.id == "answer-later", "enter alone decides nothing"
        await pilot.press("d")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert workspace.saved.origins[DOUBLE].place == 2
        assert workspace.saved.origins[DOUBLE].answers == ("deny",)
        assert signs(screen)[5] == "+"
        assert "reading 2 of 2 chosen, answered deny" in shown(screen)
        await pilot.press("ctrl+l")
        await settled(pilot)
        assert "reading 2 of 2 is chosen" in shown(pilot.app.screen, "#question-said")
        await pilot.click("#answer-back")
        await settled(pilot)
        assert workspace.saved.origins == {}
        assert signs(screen)[5] == "?"


async def test_neither_chooses_nothing_and_a_number_picks():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, DOUBLE)
        await waited(pilot, 0.4)
        await pilot.press("ctrl+l")
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen)
        assert "No reading decides so" in shown(pilot.app.screen, "#question-said")
        await pilot.press("1")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionScreen), "a reading that was excluded is not picked"
        await pilot.press("u")
        await settled(pilot)
        await pilot.press("1")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert workspace.saved.origins[DOUBLE].place == 1


async def test_escape_leaves_the_question_for_later():
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, DOUBLE)
        await waited(pilot, 0.4)
        await pilot.press("ctrl+l")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert workspace.saved.origins == {}


async def test_there_is_nothing_to_ask_about_a_sentence_that_stands():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await waited(pilot, 0.1)
        areas(screen)[0].move_cursor((3, 2))
        await pilot.press("ctrl+l")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert any("its rules stand" in str(n.message) for n in pilot.app._notifications)


async def test_a_rule_whose_sentence_is_gone_is_told():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, _ = areas(screen)
        english.delete((4, 0), (5, 0))
        await waited(pilot, 0.4)
        rows = screen.query_one("#findings", RowList).rows
        assert [row.cells[0].text for row in rows] == ["▲ orphan"]
        assert "An agent that has sent 30 messages" in rows[0].cells[1].text


# ---- with the real service -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("author-live")
        patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
        Workspace.create(folder / "demo", swarm_id="swarm-author-live").close()
        yield folder / "demo"


@pytest.fixture
def workspace(place):
    with Workspace.open(place) as made:
        yield made


async def test_keys_are_drawn_while_two_hundred_sentences_are_read(workspace, monkeypatch):
    """The reading waits in the midst until the last key was drawn. How quick that is: ``tests/benchmarks``."""
    typed, read_in, live = threading.Event(), set(), workspace.drafting.writing.live

    def held_up(*args, tell, **kwargs):
        read_in.add(threading.current_thread())

        def telling(found):
            tell(found)
            typed.wait(30)

        return live(*args, tell=telling, **kwargs)

    monkeypatch.setattr(workspace.drafting.writing, "live", held_up)
    lines = [f"Agents must not issue a refund above {n}." for n in range(200)]
    workspace.save_draft(english="\n".join(lines) + "\n", cedar_plus="", revision=workspace.draft().revision)
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, 1)
        await pilot.press("2")
        screen = app.screen
        for _ in range(200):
            if screen._live.sentences:
                break
            await asyncio.sleep(0.02)
        assert screen._live.sentences, "what is read is shown before all is"
        english, _ = areas(screen)
        for count, key in enumerate("Agents", start=1):
            await pilot.press(key)
            assert english.text.endswith("Agents"[:count])
            assert screen._live.waiting, "it is still being read"
        typed.set()
        assert threading.main_thread() not in read_in
        for _ in range(300):
            if not screen._live.waiting and len(screen._live.sentences) == 201:
                break
            await asyncio.sleep(0.05)
        assert {s.status for s in screen._live.sentences[:200]} == {"compiled"}
        compiled = workspace.drafting.sentences.compiled
        english.insert("x", (0, 3))
        await waited(pilot, 0.4)
        assert workspace.drafting.sentences.compiled == compiled + 1


async def test_an_answer_reaches_the_rules_with_f5(workspace):
    double = "Agents must not reply or delete sensitive tickets."
    workspace.save_draft(english="", cedar_plus="", revision=workspace.draft().revision)
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await type_english(pilot, screen, double)
        await waited(pilot, 0.6)
        assert signs(screen) == {0: "?"}
        await pilot.press("ctrl+l")
        await waited(pilot, 0.3)
        await pilot.press("d")
        await waited(pilot, 0.3)
        assert signs(screen) == {0: "+"}
        await pilot.press("f5")
        await waited(pilot, 0.5)
        assert signs(screen) == {0: "✓"}
        assert areas(screen)[1].text.count("forbid (") == 2
        english, cedar = areas(screen)
        english.move_cursor((0, double.index("delete") + 1))
        await pilot.pause()
        assert any("delete_ticket" in words for words in cedar.linked)


def test_places_are_found_where_rules_are_laid_out_by_hand():
    source = CEDAR.replace("permit (principal, action", "permit (\n  principal, action")
    rules = rules_of(source)
    at = rules[0].cedar_plus.index("principal")
    sentence = SentenceView(
        "Agents may reply to tickets in their own region.", 10, 58, "kept",
        (Candidate(rules[0].cedar_plus, "", ()),), "", (),
        links=(Link(0, 6, at, at + 9, "subject"),),
        rules=(rules[0].id,),
    )  # fmt: skip
    linked = view.linked_words(sentence, 12, rules, source)
    assert [source[start:end] for start, end in linked.cedar] == ["principal"]
    assert linked.english == ((10, 16),)
    assert linked.rows == frozenset(range(2, 7))


def test_where_a_rule_comes_from():
    rule = rules_of(CEDAR)[0]
    assert origin_of(rule) == "its English sentence"
    assert origin_of(replace(rule, english="")) == "written by hand: no English"
    model = '@doc("written by a model, not read by the compiler: openai/x, asked 2 times")'
    assert origin_of(replace(rule, cedar_plus=f"{model}\n{rule.cedar_plus}")).startswith("written by a model")
    by_hand = SentenceView(rule.english, 0, 1, "kept", (), "", (), differs=True)
    assert "compiles to something else" in origin_of(rule, by_hand, "")
    assert origin_of(rule, None, "confirmed by x").endswith("; confirmed by x")


def test_an_edit_moves_what_it_did_not_touch():
    first = SentenceView("One.", 0, 4, "refused", (), "", ())
    last = SentenceView("Two.", 5, 9, "refused", (), "", ())
    live = LiveView("One.\nTwo.", (first, last))
    after = view.shifted(live, "One.\nMore.\nTwo.")
    assert [(s.text, s.start) for s in after.sentences] == [("One.", 0), ("Two.", 11)]
    for sentence in after.sentences:
        assert after.english[sentence.start : sentence.end] == sentence.text
    assert view.shifted(live, "One.\nTwos.").sentences == (first,)
    assert [s.text for s in view.shifted(live, "One. \nTwo.").sentences] == ["One.", "Two."]
    assert [s.text for s in view.shifted(live, "One.x\nTwo.").sentences] == ["Two."]
    assert [s.text for s in view.shifted(live, "One.\nxTwo.").sentences] == ["One."]


# ---- completion ---


def menu(screen):
    return screen.query_one("#completions", CompletionMenu)


async def typed(pilot, text):
    await pilot.press(*text)
    await waited(pilot, 0.25)


async def test_completions_come_while_typing_and_tab_takes_one():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, _ = areas(screen)
        await typed(pilot, "sh")
        assert [item.text for item in menu(screen).items] == ["share a ticket", "share a memory"]
        await pilot.press("down", "tab")
        await pilot.pause()
        assert english.text.endswith("\nshare a memory")
        assert english.cursor_location == english.document.end
        assert not menu(screen).is_open
        assert pilot.app.focused is english, "tab was the menu's"
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert english.text.endswith("\nsh")


async def test_escape_closes_the_menu_and_only_then_leaves_the_editor():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, _ = areas(screen)
        await typed(pilot, "sh")
        await pilot.press("escape")
        await pilot.pause()
        assert not menu(screen).is_open
        assert pilot.app.focused is english
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.focused is screen.query_one("#findings")


async def test_a_text_that_was_put_there_is_offered_nothing():
    workspace = DraftWorkspace()
    workspace.saved = replace(workspace.saved, english="Agents must never sh")
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await waited(pilot, 0.4)
        assert not menu(screen).is_open
        areas(screen)[0].insert(" sh")
        await waited(pilot, 0.4)
        assert not menu(screen).is_open


async def test_closed_it_takes_no_key():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, cedar = areas(screen)
        await typed(pilot, "x")
        assert not menu(screen).is_open
        row = english.cursor_location[0]
        await pilot.press("enter")
        assert english.cursor_location == (row + 1, 0)
        await pilot.press("up")
        assert english.cursor_location[0] == row
        await pilot.press("tab")
        await pilot.pause()
        assert pilot.app.focused is cedar


async def test_moving_on_closes_the_menu():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await typed(pilot, "sh")
        assert menu(screen).is_open
        await pilot.press("left")
        await pilot.pause()
        assert not menu(screen).is_open
        areas(screen)[0].move_cursor(areas(screen)[0].document.end)
        await pilot.press("ctrl+@")
        await waited(pilot, 0.1)
        assert menu(screen).is_open, "asked for, it comes at once"
        areas(screen)[1].focus()
        await pilot.pause()
        assert not menu(screen).is_open


async def test_a_late_completion_is_dropped():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        english, _ = areas(screen)
        await typed(pilot, "sh")
        offered = menu(screen)._completions
        await pilot.press("escape", "x")
        screen._offered(english, english.text[:-1], english.caret_offset - 1, offered)
        assert not menu(screen).is_open


async def test_the_menu_stays_on_the_screen():
    async with make_app(DraftWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await typed(pilot, "sh")
        region = menu(screen).region
        assert screen.region.contains_region(region)
        assert region.height == 2


async def test_an_error_in_cedar_plus_makes_no_sentence_new_that_stood():
    async with make_app(DraftWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await waited(pilot)
        english, cedar = areas(screen)
        stood = [each.status for each in screen._live.sentences]
        assert "kept" in stood
        screen._live = replace(
            screen._live, sentences=tuple(replace(each, status="compiled") for each in screen._live.sentences)
        )
        cedar.insert("wrong", (0, 0))
        await waited(pilot)
        assert not screen._check.clean
        assert [each.status for each in screen._live.sentences] == stood
        assert "new" not in str(english.border_title)


def test_what_is_wrong_is_said_before_what_stands():
    made = [SentenceView("Be brief.", 0, 9, status, (), "", ()) for status in ("kept", "kept", "ambiguous", "refused")]
    assert view.summary(LiveView("", tuple(made))) == "✗ 1 not compiled · ? 1 to ask · ✓ 2 stand"
    assert view.summary(LiveView("", tuple(made)), short=True) == "✗ 1 not compiled"
    assert view.summary(LiveView("", tuple(made[:2])), short=True) == "✓ 2 stand"


async def test_the_head_of_english_is_made_for_the_width_of_now():
    async with make_app(DraftWorkspace()).run_test(size=(200, 40)) as pilot:
        screen = await opened(pilot)
        screen.note("compiled and saved, once more, a while ago")
        await pilot.pause()
        assert str(areas(screen)[0].border_title) == "English · ✓ 2 stand · compiled and saved, once more, a while ago"
        await pilot.resize_terminal(120, 40)
        await settled(pilot)
        assert str(areas(screen)[0].border_title) == "English · ✓ 2 stand"


def test_beside_an_error_in_cedar_plus_no_sentence_is_called_new():
    made = LiveView("Be brief.", (SentenceView("Be brief.", 0, 9, "compiled", (), "", ()),))
    assert view.summary(made) == "+ 1 new"
    assert view.summary(made, compared=False) == "+ 1 not compared"
