"""Speech, with one message that takes long: how far it is, esc that leaves it, and enter that judges it after all."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.tui.fakes import make_app, settled
from tests.tui.test_speech_screen import flat, on_speech, shown
from workbench.speech.strict import statements

SENTENCES = 40


async def until(pilot: Any, condition: Any) -> None:
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")


async def test_one_long_message_says_how_far_it_is_is_left_and_is_judged_after_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, reached, real = threading.Event(), [], statements._strictest

    def waiting(*args: Any) -> Any:
        reached.append(1)
        if len(reached) == 11:
            gate.wait(20)  # the eleventh sentence takes as long as the test looks at it
        return real(*args)

    monkeypatch.setattr(statements, "_strictest", waiting)
    async with make_app().run_test(size=(120, 40)) as pilot:
        screen = await on_speech(pilot)
        reached.clear()
        screen.take("We must pay at once. " * SENTENCES, "x")
        await until(pilot, lambda: len(reached) == 11)
        await until(pilot, lambda: "10 of 40" in str(screen.query_one("#speech-right EmptyState").why))
        text = flat(await shown(pilot))
        assert "10 of 40" in text
        assert "message 1" in text
        assert "esc stops" in text
        screen.set_focus(None)
        await pilot.press("escape")
        gate.set()
        await settled(pilot)
        assert len(reached) == 11, "it was judged on although it was stopped"
        assert not screen.judging
        assert "was not judged to the end" in flat(await shown(pilot))
        screen._messages.focus()
        await pilot.press("enter")
        await until(pilot, lambda: 0 in screen.verdicts)
        await settled(pilot)
        assert "We must pay at once." in await shown(pilot)
        assert len(screen._statements.rows) == SENTENCES
