"""Pictures of groups and agents, in a storm and calm, with their texts: two sizes, two themes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tui.fakes import FakeWorkspace, make_app, make_row, settled
from tests.tui.group_fakes import FakeAgents, FakeGroups, a_few, some_agents
from tests.tui.pictures import SIZES, THEMES, picture
from workbench.service.group_views import Storm

SMALL, WIDE = SIZES
DARK, LIGHT = THEMES
BOTH = [(theme, size) for theme in THEMES for size in SIZES]
PICTURES = {
    "live-groups": (("V",), BOTH),
    "live-groups-storm": ((), [(DARK, SMALL), (LIGHT, SMALL)]),
    "live-group-open": (("V", "enter"), [(DARK, SMALL), (LIGHT, WIDE)]),
    "live-group-acknowledge": (("V", "A"), [(DARK, SMALL), (LIGHT, WIDE)]),
    "live-agents": (("V", "V"), BOTH),
    "live-agent-open": (("V", "V", "enter"), [(DARK, SMALL), (LIGHT, WIDE)]),
    "live-groups-tiny": (("V",), [(DARK, (40, 10))]),
    "live-agents-tiny": (("V", "V"), [(DARK, (40, 10))]),
}


def made(*, storm: bool) -> FakeWorkspace:
    workspace = FakeWorkspace()
    shown = replace(
        make_row(300), agent="ada", action="issue_refund", resource="T-48210", outcome="deny", code="forbidden",
        rule="forbid-refund-over-500", violation=True, severity="critical",
    )  # fmt: skip
    workspace.add(shown)
    groups = [replace(a_few()[0], newest=300), *a_few()[1:]]
    workspace.groups = FakeGroups(groups, storm=Storm(10_012, 3) if storm else None)
    workspace.agents = FakeAgents(some_agents())
    return workspace


def wanted() -> list[tuple[str, str, tuple[int, int]]]:
    return [(name, *each) for name, (_, drawn) in PICTURES.items() for each in drawn]


@pytest.mark.parametrize(("name", "theme", "size"), wanted(), ids=lambda value: str(value))
def test_the_screen_looks_as_it_did(snap_compare, name, theme, size):
    app = make_app(made(storm="storm" in name), theme=theme)

    async def before(pilot):
        await settled(pilot)
        for key in ("6", *PICTURES[name][0]):
            await pilot.press(key)
            await settled(pilot)
        await settled(pilot)

    picture(snap_compare, app, name, size, before)


@pytest.mark.parametrize("keys", [("V", "enter"), ("V", "A"), ("V", "V", "enter")])
async def test_it_survives_any_size(keys):
    """From 40x10 to 200x60 and back: nothing raises, nothing is wider than the screen."""
    async with make_app(made(storm=False)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in ("6", *keys):
            await pilot.press(key)
            await settled(pilot)
        windows = len(pilot.app.screen_stack)
        for size in [(60, 14), (200, 60), (40, 10), (80, 24)]:
            await pilot.resize_terminal(*size)
            await settled(pilot, 1)
            strips = pilot.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert len(pilot.app.screen_stack) == windows, "no error window"
