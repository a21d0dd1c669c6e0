"""The whole journey with the keyboard alone, over the real workspace: English, rule, tests, difference, signatures,
timelock, and the next matching action denied, opened and explained. Only the clock is not real.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.keys import _character_to_key
from textual.pilot import Pilot

from workbench.service.clock import FrozenClock
from workbench.service.demo import SENTENCE
from workbench.service.player import decide_recorded, read_recording
from workbench.service.samples import load_sample
from workbench.service.verify import verify_path
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp

RULE = "never-share-external-email"


def drawn(app: WorkbenchApp) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[None], words: str, seconds: float = 15.0) -> str:
    """Wait for words on the screen; what is drawn then."""
    for _ in range(int(seconds / 0.1)):
        await pilot.pause(0.1)
        screen = drawn(pilot.app)
        if words in screen:
            return screen
    raise AssertionError(f"`{words}` never came:\n{drawn(pilot.app)}")


async def type_text(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*(_character_to_key(char) for char in text))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    yield tmp_path / "demo"
    shutil.rmtree(tmp_path / "demo")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "small"])
async def test_one_norm_all_the_way(place: Path, size: tuple[int, int]) -> None:
    clock = FrozenClock()
    Workspace.create(place, clock=clock).close()
    pin = Workspace.open(place, clock=clock)
    genesis = pin.versions()[0].digest
    pin.close()
    lines = iter(read_recording(load_sample().actions))
    app = WorkbenchApp(place, clock=clock)
    async with app.run_test(size=size) as pilot:
        await until(pilot, "v1.0.0")
        workspace = app.workspace
        assert workspace is not None

        def next_share() -> tuple[int, str]:
            """Let the swarm work until it shares a ticket that carries addresses; the receipt and the outcome."""
            for line in lines:
                recorded = decide_recorded(workspace, line, clock.now().date())
                if "share_external" in line and '"email"' in line.partition('"entities"')[2]:
                    return recorded.seq, recorded.decision.outcome
            raise AssertionError("the recording has no more of them")

        assert next_share()[1] == "allow"

        await pilot.press("2")
        await until(pilot, "22 rules")
        await type_text(pilot, SENTENCE)
        await pilot.press("f5")
        screen = await until(pilot, "23 rules")
        assert 'tags.contains("email")' in screen
        assert "Nobody may share" in screen

        await pilot.press("ctrl+o", "3")
        screen = await until(pilot, "18 tests")
        await until(pilot, "engines agree")
        assert "✓ 18 passed" in screen

        await pilot.press("4")
        screen = await until(pilot, "can be proposed")
        assert "major amendment" in screen
        assert RULE in screen
        await pilot.press("P")
        await until(pilot, "Propose the draft")
        await type_text(pilot, "Addresses stay inside")
        await pilot.press("tab", "tab", "tab", "enter")

        await until(pilot, "waits for signatures")
        digest = workspace.proposals(open_only=True)[0].version.digest
        for person, seats in (("ana", "●○"), ("sam", "●●")):
            await pilot.press("a")
            await until(pilot, f"demo-{person}")
            await pilot.press("enter")  # the focus is on Cancel: nothing may be signed
            assert all(seat.filled_by.find(person) < 0 for seat in workspace.proposal(digest).seats)
            await pilot.press("a")
            await until(pilot, f"demo-{person}")
            await pilot.press("tab", "tab")
            await type_text(pilot, workspace.demo_passphrase())
            await pilot.press("tab", "tab")
            await type_text(pilot, digest[-6:])
            await pilot.press("tab", "tab", "enter")
            await until(pilot, seats)

        assert workspace.version().version == "1.0.0"
        clock.advance(9.5)
        await pilot.pause(1.5)
        assert workspace.version().version == "1.0.0", "half a second too early"
        clock.advance(0.6)
        await until(pilot, "✓ active")

        seq, outcome = next_share()
        assert outcome == "deny"
        await pilot.press("6")
        await until(pilot, RULE[:12])
        await pilot.press("G", "enter")
        screen = await until(pilot, f"violation #{seq}")
        assert SENTENCE[:40] in screen
        assert "resource.tags" in screen
        await pilot.press("o")
        await until(pilot, f'@id("{RULE}")')

    found = verify_path(place, genesis)
    assert (found.ok, found.anchored) == (True, True)
    newest = place / "versions" / "1.1.0.yaml"
    newest.write_bytes(newest.read_bytes().replace(b'contains("email")', b'contains("emaik")'))
    assert not verify_path(place, genesis).ok
