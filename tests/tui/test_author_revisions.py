"""Author over the real workspace: back and forth among the draft's revisions, the list of them, and ``$EDITOR``."""

from __future__ import annotations

import contextlib
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from tests.tui.fakes import settled
from workbench.service.clock import FrozenClock
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.draft_revisions import RevisionsScreen
from workbench.tui.screens.modals.edited import EditedScreen
from workbench.tui.widgets.row_list import RowList


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    made = tmp_path / "work"
    with Workspace.create(made, clock=FrozenClock()) as workspace:
        begun = workspace.draft()
        workspace.save_draft(english=begun.english + "Be kind.\n", revision=0)
        workspace.save_draft(english=begun.english + "Be kind.\nBe quick.\n", revision=1)
    return made


async def until(pilot: Any, condition: Any) -> None:
    for _ in range(600):
        await pilot.pause(0.02)
        if condition():
            await settled(pilot)
            return
    raise AssertionError("it never came:\n" + drawn(pilot))


def drawn(pilot: Any) -> str:
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())


def app_of(place: Path) -> WorkbenchApp:
    return WorkbenchApp(place, clock=FrozenClock(), remembered=Remembered())


async def at_author(pilot: Any) -> Any:
    await until(pilot, lambda: pilot.app.workspace is not None)
    await pilot.press("2")
    await until(pilot, lambda: getattr(pilot.app.screen, "kept", None) is not None)
    return pilot.app.screen


async def test_u_and_shift_u_go_back_and_forth_and_the_list_brings_any_back(place: Path) -> None:
    app = app_of(place)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await at_author(pilot)
        english = screen.query_one("#english")
        english.insert("Be brief.", english.document.end)  # not saved yet: going back keeps it as a revision first
        await pilot.press("escape", "u")
        await until(pilot, lambda: english.text.endswith("Be quick.\n"))
        assert screen.kept.base.revision == 4
        await pilot.press("u")  # older than this visit: asked about
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "Take back revision 4?" in drawn(pilot)
        assert "4 is: revision 2 came back" in drawn(pilot)
        assert "Revision 1 of the draft comes back" in drawn(pilot)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: english.text.endswith("Be kind.\n"))
        await pilot.press("U", "U")
        await until(pilot, lambda: english.text.endswith("Be brief."))
        await pilot.press("U")
        await until(pilot, lambda: any("nothing to redo" in n.title for n in app._notifications))
        assert english.text.endswith("Be brief.")
        assert not screen.unsaved()

        await pilot.press("H")
        await until(pilot, lambda: isinstance(app.screen, RevisionsScreen) and app.screen.query_one(RowList).rows)
        text = drawn(pilot)
        assert "English +1 “Be quick.”" in text
        assert "revision 3 came back" in text
        rows = app.screen.query_one(RowList)
        rows.go_to(rows.rows[-1].key)
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        assert "the draft now → revision 1" in drawn(pilot)
        assert "Be brief." in drawn(pilot).split("the draft now")[-1]
        await pilot.press("enter")
        await until(pilot, lambda: english.text.endswith("Be kind.\n"))
        with Workspace.open(place, clock=FrozenClock()) as other:
            assert other.draft().english.endswith("Be kind.\n")
            assert other.drafting.revisions.list()[0].restored == 1


@pytest.mark.parametrize("sentence", ["Supervisors must be brief.", "Use no names.", "zzub", "YUU", "uuuuu"])
async def test_a_sentence_typed_into_the_list_takes_nothing_back(
    place: Path, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letters are keys there, `u` among them; neither they nor an enter behind them change the draft."""
    monkeypatch.chdir(place.parent)  # an `e` exports the findings, under the name that the rest of a sentence makes
    app = app_of(place)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_author(pilot)
        before = screen.texts
        await pilot.press("escape", *("space" if letter == " " else letter for letter in sentence))
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert screen.texts == before
        assert not screen.unsaved()
        with Workspace.open(place, clock=FrozenClock()) as other:
            assert other.draft().revision == 2
        told = sum("Letters are keys" in str(note.title) for note in app._notifications)
        assert told <= 1, "said once"
        assert told == 1 or sentence[0] not in "zY", "and where a letter is no key"


def editor(tmp_path: Path, code: str) -> str:
    """A command that edits the file it is given, in Python."""
    script = tmp_path / "editor.py"
    script.write_text(f"import sys\npath = sys.argv[1]\ntext = open(path).read()\n{code}\n")
    return shlex.join([sys.executable, str(script)])


@pytest.mark.parametrize("pane", ["english", "cedar"])
async def test_ones_own_editor_edits_either_text_shows_the_difference_and_can_be_taken_back(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pane: str
) -> None:
    monkeypatch.setattr(App, "suspend", lambda self: contextlib.nullcontext())
    monkeypatch.setenv("VISUAL", editor(tmp_path, "open(path, 'w').write(text + '\\n// \\u00e4dded\\n')"))
    app = app_of(place)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await at_author(pilot)
        area = screen.query_one(f"#{pane}")
        area.focus()
        before = area.text
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(app.screen, EditedScreen))
        assert "// ädded" in drawn(pilot)
        assert "Taken over from the editor" in drawn(pilot)
        await pilot.press("u")
        await until(pilot, lambda: app.screen is screen)
        assert area.text == before
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(app.screen, EditedScreen))
        await pilot.press("enter")
        await until(pilot, lambda: not screen.unsaved())
        assert area.text == f"{before}\n// ädded\n"
        await pilot.press("ctrl+z")
        await settled(pilot)
        assert area.text == before, "the editor's own undo takes it back as one edit"


@pytest.mark.parametrize(
    ("visual", "said"),
    [
        ("/nowhere/at-all --wait", "did not start"),
        ("{failing}", "ended with an error"),
        ("{silent}", ""),
        ("'unclosed", "did not start"),
    ],
)
async def test_an_editor_that_fails_changes_nothing_and_says_so(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visual: str, said: str
) -> None:
    monkeypatch.setattr(App, "suspend", lambda self: contextlib.nullcontext())
    failing = editor(tmp_path, "open(path, 'w').write('half'); sys.exit(3)") if "failing" in visual else ""
    silent = editor(tmp_path, "pass") if "silent" in visual else ""
    monkeypatch.setenv("VISUAL", visual.format(failing=failing, silent=silent))
    app = app_of(place)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_author(pilot)
        before = screen.texts
        await pilot.press("ctrl+e")
        await settled(pilot)
        told = " ".join(f"{note.title} {note.message}" for note in app._notifications)
        assert said in told
        assert app.screen is screen
        assert screen.texts == before
        assert not screen.unsaved()
