"""Pictures of the screens in two themes and two sizes, and beside each its text, which is what a reviewer reads.

``pytest --snapshot-update`` renews the pictures; ``WORKBENCH_UPDATE_TEXT=1`` the texts.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tui.fakes import FakeWorkspace, make_app, settled
from tests.tui.test_speech_screen import judged

TEXTS = Path(__file__).parent / "screens"
SIZES = [(80, 24), (120, 40)]
THEMES = ["workbench-dark", "workbench-light"]

JOURNEYS: dict[str, tuple[str, ...]] = {
    "overview": (),
    "live": ("6", "k", "k", "k"),
    "live-detail": ("6", "v", "k", "enter"),
    "live-filter": ("6", "slash", *"agent:ad*,chen", "space", *"-outcome:allow", "enter", "k", "k"),
    "speech": ("8", "s"),
}


def as_text(app) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips()) + "\n"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("journey", JOURNEYS)
def test_the_screen_looks_as_it_did(snap_compare, journey, size, theme):
    app = make_app(FakeWorkspace(9_100), theme=theme)
    shown: list[str] = []

    async def before(pilot):
        await settled(pilot)
        for key in JOURNEYS[journey]:
            await pilot.press(key)
            await settled(pilot)
        if journey == "speech":
            await judged(pilot)
        shown.append(as_text(app))

    same = snap_compare(app, terminal_size=size, run_before=before)
    name = TEXTS / f"{journey}-{size[0]}x{size[1]}.txt"
    if os.environ.get("WORKBENCH_UPDATE_TEXT"):
        TEXTS.mkdir(exist_ok=True)
        name.write_text(shown[0], encoding="utf-8")
    assert shown[0] == name.read_text(encoding="utf-8")
    assert same
