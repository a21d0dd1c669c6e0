"""Sign, ``D``: the dossier is made in a window that tells how far it is and can be left at once."""

import asyncio
from threading import Event

import pytest

from tests.tui.draft_fakes import NEW_DIGEST, DraftWorkspace
from tests.tui.fakes import make_app, settled
from workbench.analysis.stop import Progress
from workbench.service.dossier import Dossier, file_name
from workbench.service.errors import WorkbenchError
from workbench.tui.screens.dossiers import DossierScreen

DIGEST = "sha256:" + "5" * 64
NAME = file_name("1.1.0", NEW_DIGEST)


class Making:
    """A dossier that tells once how far it is, and then waits until it is let go or stopped."""

    def __init__(self):
        self.let_go, self.stopped = Event(), Event()
        self.fails = False

    def make(self, digest, task=None):
        task.tell(Progress(1, 4, "Agent · reply · Ticket: newly denied"))
        while not self.let_go.wait(0.01):
            if task.stop.is_set:
                self.stopped.set()
            task.stop.check()
        if self.fails:
            raise WorkbenchError("no such proposal", "it is gone", "", "no_proposal")
        return Dossier("dossier-9.html", "9.9.9", DIGEST, b"<p>read me</p>")


class Held(DraftWorkspace):
    """One proposal, and its dossier."""

    def __init__(self):
        super().__init__(proposed=True)
        self.dossiers = Making()


def drawn(pilot):
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())


def told(pilot):
    return "\n".join(note.message for note in pilot.app._notifications)


async def until(pilot, seen):
    for _ in range(200):
        await asyncio.sleep(0.02)
        await settled(pilot)
        if seen():
            return
    raise AssertionError(drawn(pilot))


async def opened(pilot):
    await settled(pilot)
    await pilot.press("5")
    await settled(pilot)
    await pilot.press("D")
    await settled(pilot)
    assert isinstance(pilot.app.screen, DossierScreen)


async def making(pilot):
    await opened(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: "newly denied" in drawn(pilot))


async def test_it_tells_how_far_it_is_and_then_where_the_file_is(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    workspace = Held()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await making(pilot)
        assert "25%" in drawn(pilot)
        workspace.dossiers.let_go.set()
        await until(pilot, lambda: not isinstance(pilot.app.screen, DossierScreen))
        assert NAME in drawn(pilot)
    assert (tmp_path / NAME).read_bytes() == b"<p>read me</p>"


async def test_escape_stops_it_and_nothing_is_written(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    workspace = Held()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await making(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DossierScreen))
        await until(pilot, workspace.dossiers.stopped.is_set)
        await until(pilot, lambda: "nothing was written" in told(pilot))
    assert list(tmp_path.iterdir()) == []


async def test_why_there_is_none_is_told(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    workspace = Held()
    workspace.dossiers.fails = True
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await making(pilot)
        workspace.dossiers.let_go.set()
        await until(pilot, lambda: "it is gone" in told(pilot))
    assert list(tmp_path.iterdir()) == []


async def test_nothing_is_made_before_somebody_says_where_to(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    workspace = Held()
    workspace.dossiers.let_go.set()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert NAME in drawn(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DossierScreen))
        assert told(pilot) == ""
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_there_is_replaced_only_after_a_second_yes(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / NAME).write_text("mine")
    workspace = Held()
    workspace.dossiers.let_go.set()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert "the file exists" in drawn(pilot)
        await pilot.press("enter")  # the focus is on Cancel
        await until(pilot, lambda: not isinstance(pilot.app.screen, DossierScreen))
        assert (tmp_path / NAME).read_text() == "mine"
        await pilot.press("D")
        await settled(pilot)
        await pilot.press("enter", "right", "enter")
        await until(pilot, lambda: (tmp_path / NAME).read_bytes() == b"<p>read me</p>")


async def test_another_name_is_not_replaced_by_that_yes(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name in (NAME, "other.html"):
        (tmp_path / name).write_text("mine")
    workspace = Held()
    workspace.dossiers.let_go.set()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("enter", "shift+tab", "ctrl+u", *"other.html", "enter")
        await settled(pilot)
        assert "other.html` is there already" in str(pilot.app.screen.query_one("#dossier-said").content)
        await pilot.press("shift+tab", "ctrl+u", *"missing/x.html", "enter")
        await settled(pilot)
        assert "no such folder" in drawn(pilot)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"mine"}
