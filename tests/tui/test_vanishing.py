"""The store itself fails under open screens: deleted, replaced, moved away, full, locked, its server stopped.

No fault is made up here: the file is really gone, SQLite itself says that it is full. It is said, what is typed
meanwhile is kept, and all of it is saved once the store is back. What breaks for each screen is in ``test_faults``.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import TextArea

from workbench.service.databases import DATABASE
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.author import AuthorScreen

PATIENCE = 1_500


async def until(pilot: Pilot[None], holds: Callable[[], bool], what: str) -> None:
    """Wait for it, half a minute at most."""
    for _ in range(PATIENCE):
        if holds():
            return
        await asyncio.sleep(0.02)
        await pilot._wait_for_screen()
    drawn = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
    raise AssertionError(f"never: {what}\n{drawn}")


def said(app: WorkbenchApp) -> list[str]:
    """The toasts, title and text."""
    return [f"{notice.title} {notice.message}" for notice in app._notifications]


class Writing:
    """An open workbench with Author in front."""

    def __init__(self, app: WorkbenchApp, pilot: Pilot[None], author: AuthorScreen) -> None:
        self.app, self.pilot, self.author = app, pilot, author

    async def told(self, word: str) -> None:
        """It was said, in a toast that has ``word``."""
        await until(self.pilot, lambda: any(word in each for each in said(self.app)), f"`{word}` in {said(self.app)}")

    async def types(self, text: str) -> None:
        """Type it, and see that it stands there."""
        self.app.clear_notifications()
        await self.app._press_keys(list(text))
        await until(self.pilot, lambda: text in self.author.texts[0], "typed")
        assert len(self.app.screen_stack) == 1, self.app.screen_stack

    async def is_saved(self, text: str, place: Path) -> None:
        """Another program finds it in the draft; nothing of this one was done for that but waiting."""
        await until(self.pilot, lambda: not self.author.unsaved(), "saved by itself")
        with Workspace.open(place) as other:
            assert text in other.draft().english
        assert self.app._exception is None


@asynccontextmanager
async def writing(place: Path) -> AsyncIterator[Writing]:
    app = WorkbenchApp(place, open_workspace=lambda: Workspace.open(place, busy_seconds=0.2))
    async with app.run_test(size=(110, 35)) as pilot:
        await until(pilot, lambda: app.status is not None, "opened")
        author = await app.goto("author")
        assert isinstance(author, AuthorScreen)
        await until(pilot, lambda: author.kept is not None, "loaded")
        yield Writing(app, pilot, author)


async def moved_away_and_back(open_: Writing, place: Path) -> None:
    away = place.rename(place.with_name("away"))
    await open_.types("zebras ")
    await open_.told("deleted or moved away")
    before = open_.app.status
    away.rename(place)
    await until(open_.pilot, lambda: open_.app.status is not before, "asked again")
    await open_.is_saved("zebras", place)


async def deleted_and_a_copy_put_there(open_: Writing, place: Path) -> None:
    copy = shutil.copytree(place, place.with_name("copy"), ignore=shutil.ignore_patterns(f"{DATABASE}*"))
    with sqlite3.connect(place / DATABASE) as now, sqlite3.connect(copy / DATABASE) as then:
        now.backup(then)
    now.close()
    then.close()
    for path in place.glob(f"{DATABASE}*"):
        path.unlink()
    await open_.types("yaks ")
    await open_.told("deleted or moved away")
    shutil.move(copy / DATABASE, place / DATABASE)
    await open_.is_saved("yaks", place)


async def another_swarms_put_there(open_: Writing, place: Path) -> None:
    """It is not written to; with the right one back all goes on."""
    away = place.rename(place.with_name("away"))
    place.mkdir()
    shutil.copy(place.with_name("of-another.db"), place / DATABASE)
    theirs = (place / DATABASE).read_bytes()
    await open_.types("xeruses ")
    await open_.told("another swarm")
    assert (place / DATABASE).read_bytes() == theirs
    shutil.rmtree(place)
    away.rename(place)
    await open_.is_saved("xeruses", place)


async def full_and_with_room_again(open_: Writing, place: Path) -> None:
    """SQLite's own limit of pages: the same error as that of a disk, from the same place."""
    assert open_.app.workspace is not None
    writer = open_.app.workspace._session.database._writer
    assert writer is not None
    raw = writer.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA max_page_count = {raw.execute('PRAGMA page_count').fetchone()[0]}")
    open_.app.clear_notifications()
    text = "wombats " * 1_000  # more than any page that is free
    open_.author.query_one("#english", TextArea).insert(text)
    await open_.told("the disk is full")
    assert text in open_.author.texts[0]
    assert open_.author.unsaved()
    raw.execute("PRAGMA max_page_count = 1000000")
    await open_.is_saved(text.strip(), place)


async def locked_for_longer_than_is_waited(open_: Writing, place: Path) -> None:
    other = sqlite3.connect(place / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await open_.types("vultures ")
    await open_.told("locked by another program")
    assert open_.author.unsaved()
    other.execute("ROLLBACK")
    other.close()
    await open_.is_saved("vultures", place)


async def test_the_store_fails_in_every_way_under_one_open_screen(swarm: Path) -> None:
    """One after the other in the same program: what one leaves behind would show in the next."""
    theirs = shutil.copy(swarm / DATABASE, swarm.with_name("of-another.db"))
    with sqlite3.connect(theirs) as raw:
        raw.execute("UPDATE settings SET value = 'swarm-other' WHERE key = 'swarm_id'")
    raw.close()
    async with writing(swarm) as open_:
        await moved_away_and_back(open_, swarm)
        await another_swarms_put_there(open_, swarm)
        await locked_for_longer_than_is_waited(open_, swarm)
        await deleted_and_a_copy_put_there(open_, swarm)
        await full_and_with_room_again(open_, swarm)
        for word in ("zebras", "xeruses", "vultures", "yaks", "wombats"):
            assert word in open_.author.texts[0]
