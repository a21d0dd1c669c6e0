"""Pictures of the windows about the draft's revisions, with their texts: one theme each, two sizes of the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.tui.draft_fakes import CEDAR, ENGLISH, NEW_RULE, SENTENCE, DraftWorkspace
from tests.tui.fakes import NOW, make_app, settled
from tests.tui.pictures import THEMES, picture
from workbench.service.draft_revisions import Change, Revision
from workbench.tui.screens.modals.draft_revisions import RevisionsScreen
from workbench.tui.screens.modals.edited import EditedScreen

_FIRST = Revision(1, 1, NOW - timedelta(days=1, hours=2), "saved", None, False, (), ENGLISH, CEDAR)
REVISIONS = (
    replace(
        _FIRST, key=6, number=5, saved_at=NOW - timedelta(minutes=1), state="restored", restored=3, newest=True,
        changes=(Change("Cedar+", 0, 6, '@id("never-share-email")'),), english=ENGLISH + SENTENCE + "\n",
    ),
    replace(
        _FIRST, key=5, number=3, saved_at=NOW - timedelta(minutes=2), state="stale", english="Mine.\n",
        changes=(Change("English", 1, 5, "Mine."),),
    ),
    replace(
        _FIRST, key=4, number=4, saved_at=NOW - timedelta(minutes=4), english=ENGLISH + SENTENCE + "\n",
        cedar_plus=CEDAR + "\n" + NEW_RULE,
        changes=(Change("Cedar+", 6, 0, '@id("never-share-email")'), Change("tests", 4, 0, "never-share-email fires")),
    ),
    replace(
        _FIRST, key=3, number=3, saved_at=NOW - timedelta(minutes=5), english=ENGLISH + SENTENCE + "\n",
        changes=(Change("English", 1, 0, SENTENCE),),
    ),
    replace(
        _FIRST, key=2, number=2, saved_at=NOW - timedelta(hours=3), english=ENGLISH,
        changes=(Change("tests", 1, 1, "reply elsewhere"),),
    ),
    _FIRST,
)  # fmt: skip


class _Revisions:
    def __init__(self, found: tuple[Revision, ...]) -> None:
        self._found = found

    def list(self) -> tuple[Revision, ...]:
        return self._found


def window(name: str) -> RevisionsScreen | EditedScreen:
    if name == "edited":
        return EditedScreen(ENGLISH, ENGLISH.replace("30 messages", "20 messages") + SENTENCE + "\n", ".md")
    return RevisionsScreen(_Revisions(() if name == "revisions-none" else REVISIONS))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "theme", "size"),
    [
        ("revisions", THEMES[0], (80, 24)),
        ("revisions", THEMES[1], (120, 40)),
        ("revisions-none", THEMES[1], (80, 24)),
        ("edited", THEMES[0], (80, 24)),
    ],
    ids=str,
)
def test_the_window_looks_as_it_did(snap_compare, name, theme, size):
    app = make_app(DraftWorkspace(), theme=theme)

    async def before(pilot):
        await settled(pilot)
        app.push_screen(window(name))
        await settled(pilot)
        if name == "revisions":
            await pilot.press("j", "j")
            await settled(pilot)

    picture(snap_compare, app, f"draft-{name}", size, before)
