"""Copying says by which route; an editor in a window can be left for one's own."""

from __future__ import annotations

import subprocess

import pytest
from textual.widgets import Input, TextArea

from tests.tui.fakes import FakeWorkspace, make_app, settled
from workbench.tui import clipboard
from workbench.tui.screens.modals.window import Window


def toasts(app) -> list[str]:
    return [note.message for note in app._notifications]


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """A desktop with one clipboard program, which keeps what it is given."""
    kept = tmp_path / "kept"
    program = tmp_path / "wl-copy"
    program.write_text(f'#!/bin/sh\ncat > "{kept}"\n')
    program.chmod(0o700)
    for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr(clipboard.shutil, "which", lambda name: str(program) if name == "wl-copy" else None)
    real = subprocess.run
    monkeypatch.setattr(
        clipboard.subprocess, "run", lambda command, **options: real([str(program), *command[1:]], **options)
    )
    return kept


async def test_the_desktops_program_is_named_and_what_a_field_copies_goes_there_too(programs):
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.copy("grüße")
        await pilot.pause()
        assert programs.read_text() == "grüße"
        assert toasts(app) == ["Copied 5 characters (wl-copy)"]
        app.copy("half \ud800 a pair")  # an agent's text may hold it
        await pilot.pause()
        assert programs.read_text() == "half \\ud800 a pair"
        field = Input("words in a field")
        await app.screen.mount(field)
        field.focus()
        await pilot.press("home", "shift+end", "ctrl+c")
        await pilot.pause()
        assert programs.read_text() == "words in a field"
        await pilot.press("end", "ctrl+v")
        assert field.value == "words in a fieldwords in a field"


async def test_over_ssh_it_goes_through_the_terminal_and_can_be_pasted_here(programs, monkeypatch):
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.copy_to_clipboard("over there")
        await pilot.pause()
        assert not programs.exists()
        assert toasts(app) == ["Copied 10 characters through the terminal (OSC 52)"]
        assert app.clipboard == "over there"
        app.copy_to_clipboard("x" * 80_000)
        await pilot.pause()
        assert "Wrote 80,000 characters to" in toasts(app)[-1]
        assert app.clipboard == "x" * 80_000


class Editing(Window[None]):
    """A window with an editor and a field."""

    SUFFIX = ".json"

    def compose(self):
        yield TextArea("[1]")
        yield Input("one")


async def test_ctrl_e_leaves_an_editor_in_a_window_for_ones_own(monkeypatch):
    asked = []
    answers = iter(["[1, 2]", None])

    def edit(app, text, suffix):
        asked.append((text, suffix))
        return next(answers)

    monkeypatch.setattr("workbench.tui.screens.modals.window.edit_outside", edit)
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.push_screen(Editing())
        area = app.screen.query_one(TextArea)
        area.focus()
        await pilot.press("ctrl+e")
        assert (asked, area.text) == ([("[1]", ".json")], "[1, 2]")
        await pilot.press("ctrl+z")
        assert area.text == "[1]"
        await pilot.press("ctrl+e")  # left as it was
        assert area.text == "[1]"
        app.screen.query_one(Input).focus()
        await pilot.press("home", "ctrl+e", "x")  # a field has the key for its end
        assert app.screen.query_one(Input).value == "onex"
        assert len(asked) == 2
