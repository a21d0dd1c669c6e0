"""Pictures of Overview, Live and Speech over a busy workspace, with their texts: two themes, two sizes."""

from __future__ import annotations

import pytest

from tests.tui.fakes import FakeWorkspace, make_app, settled
from tests.tui.pictures import SIZES, THEMES, picture
from tests.tui.test_speech_screen import judged

FILTER = (*"agent:ad*,chen", "space", *"-outcome:allow")
JOURNEYS: dict[str, tuple[str | tuple[str, ...], ...]] = {
    "overview": (),
    "live": ("6", "k", "k", "k"),
    "live-detail": ("6", "v", "k", "enter"),
    "live-filter": ("6", "slash", FILTER, "enter", "k", "k"),  # typed in one go
    "speech": ("8", "s"),
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("journey", JOURNEYS)
def test_the_screen_looks_as_it_did(snap_compare, journey, size, theme):
    app = make_app(FakeWorkspace(9_100), theme=theme)

    async def before(pilot):
        await settled(pilot)
        for keys in JOURNEYS[journey]:
            await pilot.press(*([keys] if isinstance(keys, str) else keys))
            await settled(pilot)
        if journey == "speech":
            await judged(pilot)

    picture(snap_compare, app, journey, size, before)
