"""Pictures of Overview, Review's text and History as they are when empty, busy, wide and as of a moment; with texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tui.draft_fakes import DraftWorkspace
from tests.tui.fakes import FakeWorkspace, make_app, settled
from tests.tui.meaning_fakes import MeaningWorkspace
from tests.tui.pictures import picture
from tests.tui.timeline_fakes import AuditedWorkspace, audited

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 60)
MOMENT = ("colon", "3", "space", "m", "a", "r", "c", "h", "space", "2", "0", "2", "6", "enter")
LOOKS: dict[str, tuple[Callable[[], FakeWorkspace], tuple[str, ...], tuple[tuple[int, int], ...], tuple[str, ...]]] = {
    "overview-wide": (lambda: FakeWorkspace(600), (), (LARGE,), ("workbench-dark",)),
    "overview-day": (lambda: FakeWorkspace(600), ("W", "W"), (MIDDLE,), ("workbench-light",)),
    "overview-empty": (lambda: FakeWorkspace(0), (), (SMALL, MIDDLE), ("workbench-dark",)),
    "review-text": (MeaningWorkspace, ("4",), (SMALL, MIDDLE), ("workbench-dark", "workbench-light")),
    "review-wide": (MeaningWorkspace, ("4",), (LARGE,), ("workbench-dark",)),
    "review-empty": (DraftWorkspace, ("4",), (SMALL,), ("workbench-dark",)),
    "history-empty": (lambda: AuditedWorkspace([]), ("9",), (SMALL,), ("workbench-dark",)),
    "history-moment": (audited, ("9", *MOMENT), (MIDDLE,), ("workbench-dark",)),
    "history-why": (audited, ("9", "P"), (SMALL, MIDDLE), ("workbench-dark",)),
}
CASES = [
    pytest.param(name, size, theme, id=f"{name}-{size[0]}x{size[1]}-{theme}")
    for name, (_, _, sizes, themes) in LOOKS.items()
    for size in sizes
    for theme in themes
]


@pytest.mark.parametrize(("name", "size", "theme"), CASES)
def test_it_looks_as_it_did(snap_compare, name, size, theme):
    made, keys, _, _ = LOOKS[name]

    async def before(pilot):
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await settled(pilot)
        pilot.app.clear_notifications()
        await settled(pilot)

    picture(snap_compare, make_app(made(), theme=theme), name, size, before)
