"""Pictures of the screens for the README: ``python -m workbench.tui.picture FOLDER``.

A demo workspace is made in a temporary folder under a clock that stands still, recorded actions are decided in it, the
README's norm is compiled, signed and activated, and each screen is drawn without a terminal and saved as SVG. Swarm ids
and keys are new each time, so digests in the pictures differ from run to run.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench.service.clock import FrozenClock
from workbench.service.demo import SENTENCE, open_demo
from workbench.service.player import decide_recorded, read_recording
from workbench.service.samples import load_sample
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered

SIZE = (120, 36)
MORNING = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
BEFORE, AFTER = 260, 140  # recorded actions before and after the amendment
SECONDS_BETWEEN = 0.7
REST = 0.6  # seconds for what answers a key a moment later: checks, saves
_TYPED = tuple({" ": "space", ".": "full_stop"}.get(char, char) for char in SENTENCE)
SCREENS: dict[str, tuple[tuple[str, ...], ...]] = {  # name → keys pressed there, in groups with a rest after each
    "author": (_TYPED, ("f5",)),
    "review": (),
    "overview": (),
    "live": (("v",), ("end",), ("enter",)),
}


def main(folder: Path) -> None:
    """Write ``<screen>.svg`` for each of :data:`SCREENS` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = iter(read_recording(load_sample().actions))
    clock = FrozenClock(MORNING)
    with TemporaryDirectory() as temporary:
        place = Path(temporary) / "demo"
        with open_demo(place, clock=clock) as workspace:
            _work(workspace, clock, lines, BEFORE)
        asyncio.run(_draw(place, clock, folder, ("author", "review")))
        with Workspace.open(place, clock=clock) as workspace:
            _amend(workspace, clock)
            _work(workspace, clock, lines, AFTER)
        asyncio.run(_draw(place, clock, folder, ("overview", "live")))


def _work(workspace: Workspace, clock: FrozenClock, lines: Iterator[str], count: int) -> None:
    for _ in range(count):
        clock.advance(SECONDS_BETWEEN)
        decide_recorded(workspace, next(lines), MORNING.date())


def _amend(workspace: Workspace, clock: FrozenClock) -> None:
    keys = [key for key in workspace.signing_keys() if key.principal]
    summary = "Customer e-mail addresses stay inside the company"
    digest = workspace.propose(summary, proposer=keys[0].principal).version.digest
    for key in keys:
        workspace.vote(digest, key_path=key.path, passphrase=workspace.demo_passphrase())
    clock.advance(11)
    workspace.tick()


async def _draw(place: Path, clock: FrozenClock, folder: Path, names: tuple[str, ...]) -> None:
    app = WorkbenchApp(place, clock=clock, remembered=Remembered())
    async with app.run_test(size=SIZE) as pilot:
        for name in names:
            app.switch_mode(name)
            for keys in ((), *SCREENS[name]):
                await pilot.press(*keys)
                await pilot.pause(REST)
                await app.workers.wait_for_complete()
                await pilot.pause(REST)
            path = folder / f"{name}.svg"
            path.write_text(without_web_fonts(app.export_screenshot(title="workbench demo")), encoding="utf-8")
            print(path)


def without_web_fonts(svg: str) -> str:
    """The picture without its ``@font-face`` rules: shown in the reader's own monospaced font, fetching nothing."""
    return re.sub(r"\s*@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
