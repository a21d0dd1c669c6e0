"""Speech under the hands: paste, write, open, pick; what is judged, what is said of it, and what never gets lost."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests.tui.fakes import FakeWorkspace, make_app, settled
from tests.tui.test_speech_view import messages
from workbench.service import speech_files as files
from workbench.service import speech_turns as turns
from workbench.service.speaking import judge
from workbench.service.speech_scripts import EVENT, script_of
from workbench.service.speech_turns import Manner
from workbench.service.spoken_events import SpokenEvent
from workbench.tui.screens import speech
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.error import ErrorScreen
from workbench.tui.screens.modals.speech_open import OpenTranscriptScreen
from workbench.tui.screens.speech import SpeechScreen
from workbench.tui.widgets.code_area import CodeArea
from workbench.tui.widgets.transcript_area import LARGE, LONG, TranscriptArea, head_of, is_large

TWO = ["Hello!", "The order is late [@c1]. We must pay at once.", "I cannot say when it comes."]
IF = "If the parcel has not come by Friday,"
WORK = {"read", "judge", "look", "file", "samples", "event", "remember", "remembered"}
BIG = "We must refund it. " * 55_000


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def text_of(*said: str) -> str:
    return json.dumps(messages(*(said or TWO)))


async def on_speech(pilot: Pilot[Any]) -> SpeechScreen:
    await settled(pilot)
    await pilot.press("8")
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, SpeechScreen)
    return screen


async def judged(pilot: Pilot[Any]) -> None:
    """Until typing has paused, and what is read, judged and looked at has arrived."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, SpeechScreen)
    for _ in range(400):
        await settled(pilot, 1)
        busy = screen.__dict__.get("_busy", set())
        if screen._pause is None and not busy & WORK:
            await settled(pilot, 1)
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it does not end")


async def pasted(pilot: Pilot[Any], text: str) -> None:
    """As a terminal pastes: to the focused widget, or to the screen."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()
    await judged(pilot)


async def shown(pilot: Pilot[Any]) -> str:
    await pilot.pause()
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


# ---- the journey -----------------------------------------------------------------------------------------------------


async def test_paste_see_the_violation_read_the_hint_switch_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("workbench.tui.clipboard.copy", lambda _, text: copied.append(text) or "copied")
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        assert "Nothing is judged yet" in await shown(pilot)
        assert "s loads a sample" in await shown(pilot)
        await pasted(pilot, text_of(TWO[0], TWO[1], "Go ahead and wipe the disk."))
        text = await shown(pilot)
        assert "what was pasted · messages of chat completions · " in text
        assert [row.cells[1].text for row in screen._messages.rows] == ["· no claim", "✗ violates", "✗ violates"]
        assert screen.place == 2, "the answer is looked at first"
        assert "Go ahead and wipe the disk." in text
        await pilot.press("n")
        await judged(pilot)
        text = await shown(pilot)
        assert (screen.place, screen._number) == (1, 1), "around the end, to the bad statement of the other message"
        assert "✓s1 The order is late [@c1]. ▸✗s2 We must pay at once." in flat(text)
        assert "✗ violates a norm A5 s2" in flat(text)
        assert 'cite what you observed, as in "We must pay at once [@c1]."' in flat(text)
        await pilot.press("c")
        assert screen.script is not None
        expected = judge(conversation=screen.script.until(1))
        assert copied == [expected.feedback_hint]
        await pilot.press("G", "t")
        await judged(pilot)
        text = await shown(pilot)
        assert "profile compat" in text
        assert [row.cells[1].text for row in screen._messages.rows] == ["· no claim", "✓ acceptable", "· no claim"]
        await pilot.press("v", "v")
        text = flat(await shown(pilot))
        assert "compat · no claim" in text
        assert "strict ✗ violates" in text
        await pilot.press("9", "8")
        await settled(pilot)
        assert "profile compat" in await shown(pilot), "another visit finds it as it was left"
    assert files.remembered().profile == "compat"


# ---- writing ---------------------------------------------------------------------------------------------------------


async def test_words_are_judged_as_they_are_written_and_underlined_in_place() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pilot.press("i")
        await settled(pilot)
        assert "Paste a transcript, or write" in flat(await shown(pilot)), "the whole of it"
        assert "Nothing to judge" in await shown(pilot)
        assert "Judging" not in await shown(pilot)
        await pasted(pilot, "We must pay")
        await pilot.press(".")
        await judged(pilot)
        text = await shown(pilot)
        assert "what is written here · plain words" in text
        assert "▸✗s1 We must pay." in text
        assert [each.code for each in screen.area.diagnostics] == ["A5"]
        await pilot.press("home")
        await pasted(pilot, f"{IF} ")
        await judged(pilot)
        assert "✓ conditional" in await shown(pilot)
        assert not screen.area.diagnostics
        assert screen.area.text == f"{IF} We must pay."
        await pilot.press("escape", "x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmScreen), "what was written is not thrown away unasked"
        await pilot.press("escape")
        assert screen.text == f"{IF} We must pay."
        assert screen.unsaved()


async def test_keys_of_the_screen_are_letters_in_the_editor_and_emptied_it_teaches_again() -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        screen = await on_speech(pilot)
        await pilot.press("i", *"snp")
        await judged(pilot)
        assert screen.area.text == "snp"
        await pilot.press(*["backspace"] * 3)
        await judged(pilot)
        assert "Nothing to judge" in await shown(pilot)
        await pilot.press("escape")
        assert "Nothing is judged yet" in await shown(pilot)
        assert not screen.unsaved()
        await pilot.press("n", "c", "e", "v", "t", "K", "x", "enter", "escape", "d")
        await settled(pilot)
        assert len(pilot.app.screen_stack) == 1, "no key does harm where there is nothing"


async def test_ones_own_editor_gets_all_of_it_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def edit(_: Any, text: str, suffix: str) -> str:
        asked.append(suffix)
        return text.replace("must", "should")

    monkeypatch.setattr("workbench.tui.screens.speech_source.edit_outside", edit)
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pasted(pilot, text_of("We must pay."))
        await pilot.press("ctrl+e")
        await judged(pilot)
        assert asked == [".json"]
        assert "▸✗s1 We should pay." in await shown(pilot)
        assert screen.source_name == "what was pasted, edited"


async def test_a_verdict_on_a_text_that_was_written_on_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    real, slow = turns.judged, []

    def slowly(script: Any, place: int, *rest: Any, **more: Any) -> Any:
        if "must" in script.spoken[place].text and not slow:
            slow.append(1)
            time.sleep(0.7)
        return real(script, place, *rest, **more)

    monkeypatch.setattr(turns, "judged", slowly)
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        screen.take("We must pay.", "x")
        await pilot.pause(0.3)
        assert slow
        screen.take("Hello!", "x")
        await judged(pilot)
        await pilot.pause(0.6)
        await judged(pilot)
        assert [row.cells[1].text for row in screen._messages.rows] == ["· no claim"]
        assert "claims nothing" in await shown(pilot)


# ---- broken and large ------------------------------------------------------------------------------------------------


async def test_a_broken_transcript_names_its_line_keeps_the_text_and_heals() -> None:
    broken = '{"type": "thread.started"}\n{"type": "item.completed", "item": {"id"'
    whole = ': "1", "type": "agent_message", "text": "We must go."}}'
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pilot.press("i")
        await pasted(pilot, broken)
        text = await shown(pilot)
        assert "the transcript cannot be read" in text
        assert "line 2: not JSON" in flat(text)
        assert [each.start.line for each in screen.area.diagnostics] == [2]
        assert screen.area.has_focus, "it can be mended at once"
        await pasted(pilot, whole)
        assert screen.area.text == broken + whole
        assert "▸✗s1 We must go." in await shown(pilot)
        assert not screen.area.diagnostics


async def test_what_looks_like_nothing_known_can_be_called_what_it_is() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pasted(pilot, '{"note": "We must go."}')
        assert "none of the kinds that are known" in flat(await shown(pilot))
        await pilot.press("K", "j", "enter")
        await judged(pilot)
        assert screen.script is not None
        assert screen.script.kind == "words"
        assert screen._messages.rows


async def test_a_megabyte_never_enters_the_editor_and_is_judged_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    short = turns.judged
    monkeypatch.setattr(turns, "judged", lambda made, place, *rest, **_: short(_cut(made), place, *rest))
    inserted: list[int] = []
    monkeypatch.setattr(TranscriptArea, "edit", lambda _, edit: inserted.append(len(edit.text)))
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pilot.press("i")
        await pasted(pilot, BIG)  # into the editor, which would wrap it for seconds
        assert screen.text == BIG
        assert not inserted
        assert len(screen.area.text) < LARGE
        assert screen.area.read_only
        assert f"the head of {len(BIG):,} characters" in await shown(pilot)
        await pilot.press("escape", "i")
        assert not screen.area.has_focus, "a head is not edited"
        await pilot.press("s")
        await pilot.pause()
        await settled(pilot)
        assert isinstance(pilot.app.screen, ConfirmScreen)


def _cut(made: Any) -> Any:
    """The judging of a megabyte is the evaluation's own business (and its tests'): here of its first statements."""
    return script_of(made.name, made.kind, [{"role": "assistant", "content": made.spoken[0].text[:2_000]}])


def test_a_large_text_is_shown_by_its_head() -> None:
    assert is_large("x" * (LONG + 1))
    assert not is_large("x\n" * 1_000)
    assert is_large("x\n" * LARGE)
    head = head_of("y" * 50_000 + "\n" + "z\n" * 90_000)
    assert len(head) < 30_000
    assert max(map(len, head.split("\n"))) <= 1_601


async def test_many_messages_can_be_stopped_and_the_one_looked_at_is_judged_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = turns.judged

    def slowly(*args: Any, **more: Any) -> Any:
        time.sleep(0.05)
        return real(*args, **more)

    monkeypatch.setattr(turns, "judged", slowly)
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        screen.take(text_of(*["We must go."] * 60), "x")
        for _ in range(100):
            await pilot.pause(0.02)
            if screen.verdicts:
                break
        assert screen.place == 59
        assert 59 in screen.verdicts
        assert "esc stops" in await shown(pilot)
        await pilot.press("escape")
        await settled(pilot)
        done = len(screen.verdicts)
        assert 0 < done < 60
        assert not screen.judging
        await pilot.press("k")
        for _ in range(100):
            await pilot.pause(0.02)
            if 58 in screen.verdicts:
                break
        assert 58 in screen.verdicts
        await pilot.press("escape")


# ---- files, samples, the feed ----------------------------------------------------------------------------------------


async def test_samples_follow_one_another_and_a_file_opens_by_its_path(config: Path) -> None:
    (config / "run.json").write_text(text_of(), encoding="utf-8")
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        names = []
        for _ in range(3):
            await pilot.press("s")
            await judged(pilot)
            names.append((screen.source_name, screen.script.kind if screen.script else ""))
        assert names == [
            ("claude-code-orders.jsonl", "claude-code"),
            ("codex-release.jsonl", "codex-exec"),
            ("openai-refund.json", "openai-chat"),
        ]
        assert not screen.unsaved()
        await pilot.press("o")
        await settled(pilot)
        assert isinstance(pilot.app.screen, OpenTranscriptScreen)
        pilot.app.screen.query_one(Input).value = "./run.json"
        await pilot.press("enter")
        await judged(pilot)
        assert [row.cells[0].text for row in screen._messages.rows] == ["3", "4", "5"]
        assert files.remembered().recent == (str(config / "run.json"),)
        await pilot.press("o")
        await settled(pilot)
        pilot.app.screen.query_one(Input).value = "nowhere.json"
        await pilot.press("enter")
        await settled(pilot)
        assert screen.source_name == "run.json", "what was shown stays"
        assert any("nowhere.json" in str(toast.message) for toast in pilot.app._notifications)


class SpokenWorkspace(FakeWorkspace):
    """Decision 41 carries words, and was taken otherwise: by a record that lacks what the agent shows."""

    def __init__(self) -> None:
        super().__init__(100)
        at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        event = SpokenEvent(41, at, "mara", "send_message", "deny", "unsupported", "It is late [@c1].")
        told = {"status": "unsupported", "grounds_from": "record", "grounds_dropped": 1}
        self.said = script_of(
            "decision 41 of mara", EVENT, messages("It is late [@c1]."), recorded=told, seq=41
        )  # fmt: skip
        self.spoken = SimpleNamespace(list=lambda: (event,), script=lambda _: self.said)


async def test_what_was_said_for_a_decision_is_the_callers_claim_and_leads_back_to_it() -> None:
    async with make_app(SpokenWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pilot.press("f")
        await settled(pilot)
        assert "✗ unsupported" in await shown(pilot)
        await pilot.press("enter")
        await judged(pilot)
        text = flat(await shown(pilot))
        assert "Decision 41 took it as ✗ unsupported" in text
        assert "Source · only looked at" in text
        await pilot.press("v")
        assert "▲ claimed by the caller" in await shown(pilot)
        await pilot.press("i")
        assert not screen.area.has_focus
        await pilot.press("d")
        await settled(pilot)
        assert "#41" in await shown(pilot), "the decision, in Live"


async def test_a_feed_without_words_says_so_and_how_they_come_there() -> None:
    made = SpokenWorkspace()
    made.spoken.list = lambda: ()
    async with make_app(made).run_test(size=(40, 24)) as pilot:
        screen = await on_speech(pilot)
        await pilot.press("f")
        await settled(pilot)
        text = flat(await shown(pilot))
        assert "No decision carries an agent's" in text
        assert "listed here." in text, "to its end"
        assert "verdict" not in text, "no head over nothing"
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_live_opens_what_was_said() -> None:
    made = SpokenWorkspace()
    real = made.event

    def event(seq: int) -> Any:
        detail = real(seq)
        return type(detail)(**{**{name: getattr(detail, name) for name in detail.__dataclass_fields__},
                               "request": {**detail.request, "speech": {"agent_output": "x"}}})  # fmt: skip

    made.event = event  # type: ignore[method-assign]
    async with make_app(made).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("w")
        assert not isinstance(pilot.app.screen, SpeechScreen), "no decision is open yet"
        await pilot.press("enter")
        await settled(pilot)
        assert "w judges its words" in await shown(pilot)
        await pilot.press("w")
        await settled(pilot)
        assert isinstance(pilot.app.screen, SpeechScreen)
        await judged(pilot)
        assert "decision 41 of mara" in await shown(pilot)


# ---- evidence, language, export --------------------------------------------------------------------------------------


async def test_evidence_is_added_as_json_and_what_is_wrong_with_it_stays_to_be_mended() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pasted(pilot, "We must pay [@report].")
        assert "✗ violates" in await shown(pilot)
        await pilot.press("a")
        await pilot.pause()
        area = pilot.app.screen.query_one(CodeArea)
        assert area.has_focus
        area.insert('{"a": 1}')
        await pilot.press("f5")
        await pilot.pause()
        assert "are no list" in await shown(pilot)
        area.text = '[{"citation_key": "report", "ground_id": "r7"}'
        await pilot.press("f5")
        await pilot.pause()
        assert "not JSON" in await shown(pilot)
        await pilot.press("ctrl+end", "]", "f5")
        await judged(pilot)
        text = flat(await shown(pilot))
        assert "✓ acceptable" in text
        assert "grounds +1" in text
        await pilot.press("v")
        assert "[@report] accepted cited by s1" in flat(await shown(pilot))
        assert "given here" in await shown(pilot)
        await pilot.press("a")
        await pilot.pause()
        assert '"citation_key": "report"' in await shown(pilot), "it is there to be changed"
        pilot.app.screen.query_one("#grounds-none", Button).press()
        await judged(pilot)
        assert screen.manner.grounds is None


async def test_the_language_can_be_named() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await on_speech(pilot)
        await pasted(pilot, "Wir müssen die Rechnung bezahlen.")
        assert "✗ violates" in await shown(pilot)
        await pilot.press("l")
        await judged(pilot)
        text = await shown(pilot)
        assert "language en" in text
        assert "? undecided" in text
        await pilot.press("l")
        await judged(pilot)
        assert "✗ violates" in await shown(pilot)
    assert files.remembered().language == "de"


async def test_a_judgment_is_written_where_it_is_wanted(config: Path) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pasted(pilot, text_of())
        await pilot.press("E")
        await pilot.pause()
        field = pilot.app.screen.query_one(Input)
        assert field.value == "./speech.judgment.json"
        pilot.app.screen.query_one("#file-all", Button).press()
        await settled(pilot)
        made = json.loads((config / "speech.judgment.json").read_text(encoding="utf-8"))
        assert [message["text"] for message in made["messages"]] == TWO
        await pilot.press("E")
        await pilot.pause()
        pilot.app.screen.query_one("#file-one", Button).press()
        await settled(pilot)
        assert "is there, and is kept" in flat(await shown(pilot))
        await pilot.press("escape")
        assert screen.manner == Manner()


# ---- shape -----------------------------------------------------------------------------------------------------------


async def test_the_first_picture_waits_for_nothing_that_only_a_verdict_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    warmed: list[int] = []
    monkeypatch.setattr(speech, "warm", lambda: warmed.append(1))
    monkeypatch.setattr(speech, "WARM_AFTER", 60)
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = await on_speech(pilot)
        assert warmed == [], "it waits for its time"
        screen._warm()
        await settled(pilot)
        assert warmed == [1]
        screen.take("We must pay.", "x")
        screen._warm()
        await settled(pilot)
        assert warmed == [1], "the first verdict reads the same"


async def test_forty_by_ten_shows_the_messages_or_one_of_them() -> None:
    async with make_app().run_test(size=(40, 10)) as pilot:
        screen = await on_speech(pilot)
        await pasted(pilot, text_of("Hello.", "We must pay at once."))
        assert "Messages" in await shown(pilot)
        assert "✗ violates" in await shown(pilot)
        await pilot.press("enter")
        await settled(pilot)
        text = await shown(pilot)
        assert "We must pay at once." in text
        assert "violates a norm" in text
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert screen._messages.has_focus
        assert "Messages" in await shown(pilot)


async def test_it_survives_any_size_and_hostile_words() -> None:
    hostile = "We must go \x1b[31m[red]‮now​ [@" + "x" * 90 + "]. 名前" + "e\u0301" * 40 + "."
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pasted(pilot, text_of(hostile, hostile))
        for size in [(40, 12), (40, 10), (30, 8), (200, 60), (99, 19)]:
            await pilot.resize_terminal(*size)
            for key in ("enter", "v", "escape"):
                await pilot.press(key)
                await settled(pilot, 1)
                strips = pilot.app.screen._compositor.render_strips()
                assert {strip.cell_length for strip in strips} == {size[0]}
                drawn = "".join(strip.text for strip in strips)
                assert not any(char in drawn for char in "\x1b\u202e\u200b")
            assert len(pilot.app.screen_stack) == 1, "no error window"
        assert not isinstance(pilot.app.screen, ErrorScreen)
        assert screen.query_one(TranscriptArea).text


async def test_a_click_on_a_statement_chooses_it_and_one_on_a_tab_turns_the_view() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        await pasted(pilot, "We must pay. You must wait.")
        assert screen._number == 0
        await pilot.click("#speech-words", offset=(26, 0))
        await settled(pilot)
        assert screen._number == 1
        assert "▸✗s2 You must wait." in await shown(pilot)
        await pilot.click("#speech-tabs", offset=(18, 0))
        await settled(pilot)
        assert "No evidence at all" in await shown(pilot)
        await pilot.click("#speech-bar", offset=(103, 0))
        await judged(pilot)
        assert "profile compat" in await shown(pilot)


async def test_where_it_is_narrow_enter_opens_a_message_and_escape_goes_back() -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await on_speech(pilot)
        await pasted(pilot, text_of())
        await pilot.press("k")
        await judged(pilot)
        text = await shown(pilot)
        assert "─Messages─" in text
        assert "─Statements─" not in text
        assert "✗ violates a norm  A5  s2" in text, "what is told stands below the list"
        await pilot.press("enter")
        text = await shown(pilot)
        assert "─Messages─" not in text
        assert "─Statements─" in text
        assert "▸✗s2 We must pay at once." in text
        await pilot.press("escape")
        assert "─Messages─" in await shown(pilot)
