"""Author under the hands: what a key costs in a long text, and the caret, which stays in view whatever is resized."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument

from tests.tui.draft_fakes import DraftWorkspace
from tests.tui.fakes import make_app, settled
from workbench.service.live_views import LiveView
from workbench.tui.view.author_live import _alike, shifted
from workbench.tui.widgets.quick_wrap import QuickWrapped

SHORT, LONG = 60, 2_000


async def opened(pilot: Any, lines: int) -> Any:
    await settled(pilot)
    workspace = pilot.app.workspace
    english = "".join(f"Agents must never issue a refund above {n} euros.\n" for n in range(lines))
    cedar = "".join(f"// line {n} of a long text, which wraps in a pane that is narrow\n" for n in range(lines))
    workspace.save_draft(english=english, cedar_plus=cedar, revision=workspace.draft().revision)
    await pilot.press("2")
    await settled(pilot)
    return pilot.app.screen


async def costs(lines: int) -> tuple[float, float]:
    """CPU seconds of the interface's own thread for one key, drawn, at best of several: in English, in Cedar+."""
    async with make_app(DraftWorkspace()).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, lines)
        found = []
        for pane in ("english", "cedar"):
            area = screen.query_one(f"#{pane}")
            area.focus()
            area.move_cursor((area.document.line_count // 2, 0))
            await settled(pilot, 1)
            best = 9.0
            for _ in range(4):
                begun = time.thread_time()
                await pilot.press("a", "b", "c")
                best = min(best, (time.thread_time() - begun) / 3)
            found.append(best)
        return found[0], found[1]


async def test_a_key_in_a_text_of_two_thousand_lines_costs_little_more_than_in_a_short_one() -> None:
    """Of CPU time, so that a busy machine changes little. Fails where a key reads, lexes or places the whole text."""
    for pane, short, long in zip(("English", "Cedar+"), await costs(SHORT), await costs(LONG), strict=True):
        assert long < 3 * short + 0.006, f"{pane}: {long * 1000:.1f} ms a key, against {short * 1000:.1f} ms"


async def test_the_caret_stays_in_view_when_the_terminal_is_resized() -> None:
    async with make_app(DraftWorkspace()).run_test(size=(160, 50)) as pilot:
        screen = await opened(pilot, 400)
        for pane in ("english", "cedar"):
            area = screen.query_one(f"#{pane}")
            area.focus()
            area.move_cursor((203, 10))
            await settled(pilot)
            for size in [(80, 24), (120, 40), (60, 16), (200, 60), (80, 24)]:
                await pilot.resize_terminal(*size)
                await settled(pilot)
                await pilot.pause()
                caret = area.wrapped_document.location_to_offset(area.cursor_location).y
                top, height = round(area.scroll_offset.y), area.scrollable_content_region.height
                assert top <= caret < top + height, f"{pane} at {size}: row {caret}, seen {top}–{top + height}"


async def test_every_text_of_an_editor_is_wrapped_quickly() -> None:
    """Textual makes a new wrapped document for each text; one of its own would add 2,000 heights up for every row."""
    async with make_app(DraftWorkspace()).run_test(size=(100, 30)) as pilot:
        area = (await opened(pilot, 50)).query_one("#cedar")
        for change in (lambda: area.load_text("new\ntext"), lambda: area.insert("x\n"), lambda: area.show_text("y")):
            change()
            await pilot.pause()
            assert type(area.wrapped_document) is QuickWrapped
            assert area.wrapped_document.document is area.document
            assert area.wrapped_document.height == area.virtual_size.height


def test_the_quick_height_is_textuals_after_any_edits() -> None:
    dice = random.Random(7)
    document = Document("one\ntwo two two\n\nthree three three three")
    quick = QuickWrapped(document, width=9)
    for _ in range(300):
        row = dice.randrange(document.line_count)
        column = dice.randrange(len(document.get_line(row)) + 1)
        end_row = dice.randrange(row, document.line_count)
        end_column = dice.randrange(len(document.get_line(end_row)) + 1)
        start, end = sorted([(row, column), (end_row, end_column)])
        text = dice.choice(["", "a", "word ", "a longer piece of text", "\n", "x\ny\n", "tab\tbed"])
        result = document.replace_range(start, end, text)
        quick.wrap_range(start, end, result.end_location)
        assert quick.height == WrappedDocument.height.fget(quick)  # type: ignore[attr-defined]
        if dice.random() < 0.05:
            quick.wrap(dice.choice([0, 5, 9, 40]))
            assert quick.height == WrappedDocument.height.fget(quick)  # type: ignore[attr-defined]


@settings(deadline=None)
@given(st.text("ab\n", max_size=40), st.text("ab\n", max_size=40))
def test_the_common_ends_of_two_texts_are_the_longest(one: str, other: str) -> None:
    head, tail = _alike(one, other, str.startswith), _alike(one, other, str.endswith)
    assert one[:head] == other[:head]
    assert one[head : head + 1] != other[head : head + 1] or head in (len(one), len(other))
    assert one[len(one) - tail :] == other[len(other) - tail :]
    rest_one, rest_other = one[: len(one) - tail], other[: len(other) - tail]
    assert rest_one[-1:] != rest_other[-1:] or not rest_one or not rest_other
    assert shifted(LiveView(one, ()), other).english == other


async def test_typing_waits_for_no_check_no_save_and_no_reading() -> None:
    """Every call of the service hangs; each letter is on the screen nevertheless, and all is saved once it answers."""
    workspace = DraftWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot, 5)
        english, cedar = screen.query_one("#english"), screen.query_one("#cedar")
        answer, asked = threading.Event(), set()

        def hanging(owner: Any, name: str) -> None:
            real = getattr(owner, name)

            def call(*args: Any, **kwargs: Any) -> Any:
                asked.add(name)
                assert threading.current_thread() is not threading.main_thread(), f"`{name}` on the interface's thread"
                answer.wait(60)
                return real(*args, **kwargs)

            setattr(owner, name, call)

        for name in ("check", "save_draft", "draft"):
            hanging(workspace, name)
        for name in ("live", "complete"):
            hanging(workspace.drafting.writing, name)
        try:
            for area in (english, cedar):
                area.focus()
                area.go_to_end()
                for _ in range(4):
                    await pilot.press(*"Be kind ")
                    await asyncio.sleep(0.3)  # pauses in which checks and readings begin
                await asyncio.sleep(0.8)  # and here a save
                await pilot.press("!")
                assert area.text.endswith("Be kind " * 4 + "!")
                drawn = "".join(strip.text for strip in screen._compositor.render_strips())
                assert "Be kind Be kind" in drawn
            assert {"check", "live", "complete", "save_draft"} <= asked
        finally:
            answer.set()
        for _ in range(100):
            await settled(pilot, 1)
            if not screen.unsaved():
                break
            await asyncio.sleep(0.05)
        assert workspace.saved.english.endswith("Be kind " * 4 + "!")
        assert workspace.saved.cedar_plus.endswith("Be kind " * 4 + "!")
