"""Author in real terminals, as programs of their own: one is killed while somebody types; two edit the same draft."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tui import test_terminal as terminals
from workbench.service.unsaved_texts import FOLDER
from workbench.service.workspace import Workspace

SECONDS = 60.0  # two loaded cores


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    made = tmp_path / "work"
    Workspace.create(made).close()
    return made


@pytest.fixture
def opened(place: Path) -> Iterator[Callable[[], terminals.Terminal]]:
    made: list[terminals.Terminal] = []
    program = f"from workbench.tui.app import WorkbenchApp; WorkbenchApp({str(place)!r}).run()"

    def start() -> terminals.Terminal:
        made.append(terminals.Terminal(100, 30, program))
        return made[-1]

    yield start
    for one in made:
        if one.child.poll() is None:
            one.child.kill()
            one.child.wait()
        os.close(one.ours)
        os.close(one.theirs)


def at_author(one: terminals.Terminal) -> terminals.Terminal:
    """Author is open, with the caret behind the last word of the English."""
    assert one.read_until(b"1.0.0", SECONDS)
    one.type(b"2")
    assert one.read_until(b"clean", SECONDS), one.seen[-1500:]
    return one


def wait_for(condition: Callable[[], bool], *reading: terminals.Terminal) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for one in reading:
            one.read(0.02)
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def written_down(place: Path) -> str:
    """What lies beside the workspace, unsaved."""
    folder = place / FOLDER
    texts = []
    for path in folder.glob("*.json") if folder.is_dir() else ():
        try:
            texts.append(path.read_text())
        except OSError:
            continue  # replaced, or saved, this very moment
    return "\n".join(texts)


def test_killed_while_one_types_the_words_are_there_at_the_next_start_and_that_is_said(
    place: Path, opened: Callable[[], terminals.Terminal]
) -> None:
    one = at_author(opened())
    one.type(b"\n")

    def typing() -> bool:
        one.type(b"Agents must be kind. ")
        return "kind" in written_down(place)

    wait_for(typing, one)
    one.child.kill()  # not one moment later: nothing else was saved
    one.child.wait()
    again = opened()
    assert again.read_until(b"ended without being closed", SECONDS), again.seen[-1500:]
    with Workspace.open(place) as workspace:
        assert "Agents must be kind" in workspace.draft().english
    assert at_author(again).read_until(b"not compiled", SECONDS), "what came back has a word that nobody knows"
    again.type(b"\x11")
    assert again.finish(SECONDS) == 0
    assert written_down(place) == ""
    assert b"Traceback" not in one.seen + again.seen


def test_two_terminals_on_one_draft_the_second_is_told_and_both_texts_are_kept(
    place: Path, opened: Callable[[], terminals.Terminal]
) -> None:
    first, second = opened(), opened()
    at_author(first)
    at_author(second)

    def english() -> str:
        with Workspace.open(place) as workspace:
            return workspace.draft().english

    first.type(b"\nMine is first.")
    second.type(b"\nHers is second.")
    wait_for(lambda: b"changed elsewhere" in first.seen + second.seen, first, second)
    won, lost = ("Mine", "Hers") if "Mine is first." in english() else ("Hers", "Mine")
    loser = first if lost == "Mine" else second
    assert b"changed elsewhere" in loser.seen
    with Workspace.open(place) as workspace:
        kept = [each.english for each in workspace.drafting.revisions.list() if each.state == "stale"]
        assert any(lost in text for text in kept), "what lost is in the history"
        assert lost not in workspace.draft().english
    loser.type(b"\t\r")  # "keep mine", the second choice
    wait_for(lambda: lost in english(), first, second)
    assert won not in english(), "one of the two stands; the other is in the history"
    with Workspace.open(place) as workspace:
        assert any(won in each.english for each in workspace.drafting.revisions.list())
    winner = second if loser is first else first
    wait_for(lambda: b"was saved elsewhere" in winner.seen, winner)
    assert b"Traceback" not in first.seen + second.seen
