"""Random keys over all nine screens of a real workspace, with decisions streaming in.

Twenty thousand keys, seeded, so that a failure can be done again: ``WORKBENCH_MONKEY_SEED=7`` presses those of one seed
only; ``WORKBENCH_MONKEY=100000 pytest tests/tui/test_monkey.py`` presses so many, with as many seeds as that takes.
"""

from __future__ import annotations

import os
import shutil
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.monkey import Monkey
from workbench.service.clock import SystemClock
from workbench.service.player import decide_recorded, read_recording
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.ledger import entries
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.author import AuthorScreen

EACH = 1_250
IN_THE_SUITE = 20_000
RECORDED = 150  # decisions before the first key
SIGNED = frozenset({"vote", "case_vote", "overlay", "norm", "acknowledged", "key", "activation", "token"})
"""Ledger entries that a person must have confirmed: with six characters of a digest, or a passphrase."""
MORE_TASKS, MORE_THREADS = 40, 6  # rows that are widgets come and go; executors keep threads that wait


def seeds() -> range:
    """Which monkeys are let loose."""
    only = os.environ.get("WORKBENCH_MONKEY_SEED")
    if only:
        return range(int(only), int(only) + 1)
    return range(-(-int(os.environ.get("WORKBENCH_MONKEY", IN_THE_SUITE)) // EACH))


class Staying(WorkbenchApp):
    """Leaving is asked for, and not done: a monkey finds the palette's Quit, too."""

    def _leave(self, sure: bool | None) -> None:
        pass


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo with decisions, open cases and a changed draft."""
    place = tmp_path_factory.mktemp("monkey") / "demo"
    with Workspace.create(place) as workspace:
        recording = workspace.recording()
        assert recording is not None
        for line in read_recording(recording)[:RECORDED]:
            decide_recorded(workspace, line, SystemClock().now().date())
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + "\n", revision=draft.revision)
    return place


@pytest.fixture
def asked_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where the interface's own thread waited for the database: every such place stalls the keys."""
    places: list[str] = []
    here = threading.get_ident()

    for name in ("read", "write"):
        original = getattr(Database, name)

        def watched(self: Database, original=original):  # type: ignore[no-untyped-def]
            if threading.get_ident() == here and watching:
                places.append("".join(traceback.format_stack()[-6:-1]))
            return original(self)

        monkeypatch.setattr(Database, name, watched)
    watching: list[bool] = [True]
    yield places
    watching.clear()


def ledger(place: Path) -> Counter[str]:
    """How many entries of each kind there are."""
    from workbench.service.databases import locate

    database = Database.open(locate(place))
    try:
        with database.read() as connection:
            return Counter(entry.kind for entry in entries(connection))
    finally:
        database.close()


@pytest.mark.parametrize("seed", seeds())
async def test_whatever_is_pressed_it_stands(
    seed: int, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_here: list[str]
) -> None:
    place = tmp_path / "demo"
    shutil.copytree(made, place)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 0.2)  # drawn five times a second, as over a slow line
    before = ledger(place)
    del asked_here[:]
    app = Staying(place, demo=True)
    async with app.run_test(size=(100, 30)) as pilot:
        while app.workspace is None or app.status is None:
            await pilot.pause(0.05)
        monkey = Monkey(pilot, seed)
        await monkey.see_all()
        tasks, threads = monkey.tasks()
        await monkey.play(EACH)
        await monkey.lead_out()
        await monkey.see_all()
        await monkey.settle()
        now, running = monkey.tasks()
        if now > tasks + MORE_TASKS or running > threads + MORE_THREADS:
            monkey.complain(f"{tasks} tasks and {threads} threads became {now} and {running}")
        author = monkey.screens()["author"]
        assert isinstance(author, AuthorScreen)
        stalls = list(asked_here)
        kept = app.workspace.draft()
        if (author.texts[0].rstrip(), author.texts[1].rstrip()) != (kept.english.rstrip(), kept.cedar_plus.rstrip()):
            monkey.complain("what stands on Author is not what was saved")
        assert set(monkey.visits) == set(SCREEN_NAMES), "it did not come everywhere"
        del asked_here[-1:]  # the draft just read, above
        assert not stalls, f"the database was asked in the interface's thread, {len(stalls)} times:\n{stalls[0]}"
    signed = {kind for kind in SIGNED if ledger(place)[kind] != before[kind]}
    assert not signed, f"signed without a confirmation: {signed}"
