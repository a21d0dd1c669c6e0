"""Sign, ``D``: the dossier is made in a window that tells how far it is and can be left at once."""

import asyncio
from threading import Event

import pytest

from tests.tui.draft_fakes import DraftWorkspace
from tests.tui.fakes import make_app, settled
from workbench.analysis.stop import Progress
from workbench.service.dossier import Dossier
from workbench.service.errors import WorkbenchError
from workbench.tui.screens.dossiers import DossierScreen

DIGEST = "sha256:" + "5" * 64


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
    await until(pilot, lambda: "newly denied" in drawn(pilot))
    assert isinstance(pilot.app.screen, DossierScreen)


async def test_it_tells_how_far_it_is_and_then_where_the_file_is(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    workspace = Held()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        assert "25%" in drawn(pilot)
        workspace.dossiers.let_go.set()
        await until(pilot, lambda: "dossier-9.html" in drawn(pilot))
        assert not isinstance(pilot.app.screen, DossierScreen)
    assert (tmp_path / "dossier-9.html").read_bytes() == b"<p>read me</p>"


async def test_escape_stops_it_and_nothing_is_written(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    workspace = Held()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
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
        await opened(pilot)
        workspace.dossiers.let_go.set()
        await until(pilot, lambda: "it is gone" in told(pilot))
    assert list(tmp_path.iterdir()) == []
