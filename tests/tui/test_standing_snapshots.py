"""Pictures of what stands beside the signed version, with their texts: the line on every screen, and the windows."""

from __future__ import annotations

import pytest

from tests.tui.draft_fakes import NEW_DIGEST, PASSPHRASE
from tests.tui.fakes import make_app, settled
from tests.tui.overlay_fakes import BRAKE, NORM, STOP, OverlaidWorkspace
from tests.tui.pictures import SIZES, THEMES, picture
from tests.tui.test_stop import CLOCK, RESTORED
from workbench.service.governing_views import SignWith


def overlaid() -> OverlaidWorkspace:
    return OverlaidWorkspace(NORM, BRAKE, STOP)


def stopped() -> OverlaidWorkspace:
    return OverlaidWorkspace(STOP)


def sealed() -> OverlaidWorkspace:
    return OverlaidWorkspace(STOP, pending=(RESTORED,))


def frozen() -> OverlaidWorkspace:
    return OverlaidWorkspace(pending=(CLOCK,))


def approved() -> OverlaidWorkspace:
    """Both seats are filled and the timelock runs, while an agent is stopped."""
    made = OverlaidWorkspace(STOP, proposed=True)
    for name in ("ana", "sam"):
        made.vote(NEW_DIGEST, using=SignWith(f"/demo/keys/demo-{name}", PASSPHRASE), comment=f"read by {name}")
    made.seconds = 3
    return made


PICTURES = {
    "overview-overlays": (overlaid, ()),
    "overview-sealed": (sealed, ()),
    "live-stopped": (stopped, ("6",)),
    "sign-approved": (approved, ("5",)),
    "stop": (stopped, ("6", "S")),
    "overlays": (overlaid, ("L", "j")),
    "lift": (overlaid, ("L", "j", "enter")),
    "acknowledge-sealed": (sealed, ("exclamation_mark",)),
    "acknowledge-clock": (frozen, ("exclamation_mark",)),
    "veto": (approved, ("5", "x")),
}
WINDOWS = ("stop", "overlays", "lift", "acknowledge-sealed", "acknowledge-clock", "veto")  # one theme and size


def wanted() -> list[tuple[str, str, tuple[int, int]]]:
    return [
        (name, theme, size)
        for name in PICTURES
        for theme in THEMES
        for size in SIZES
        if name not in WINDOWS or (theme, size) == (THEMES[0], SIZES[0])
    ]


@pytest.mark.parametrize(("name", "theme", "size"), wanted(), ids=lambda value: str(value))
def test_the_screen_looks_as_it_did(snap_compare, name, theme, size):
    made, keys = PICTURES[name]
    app = make_app(made(), theme=theme)

    async def before(pilot):
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        await pilot.pause(0.2)  # a window that has just opened may still place its scroll bar

    picture(snap_compare, app, name, size, before)
