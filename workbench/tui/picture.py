"""Pictures of the screens for the README: ``python -m workbench.tui.picture FOLDER [NAME …]``.

A demo workspace is made in a temporary folder under a clock that stands still, recorded actions are decided in it, the
README's norm is compiled, signed and activated, and each screen is drawn without a terminal and saved as SVG. Swarm ids
and keys are new each time, so digests in the pictures differ from run to run.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterable, Iterator
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
Shot = tuple[str, str, tuple[tuple[str, ...], ...]]
"""A picture's name, the screen it is of, and the keys pressed there: in groups, with a rest after each."""
DRAFTED: tuple[Shot, ...] = (
    ("author", "author", (_TYPED, ("f5",))),
    ("tests", "tests", ()),
    ("review", "review", ()),
)
IN_FORCE: tuple[Shot, ...] = (
    ("overview", "overview", ()),
    ("sign", "sign", ()),
    ("cases", "cases", ()),
    ("history", "history", ()),
    ("speech", "speech", (("s",),)),
    ("live", "live", (("v",), ("end",), ("enter",))),
    ("groups", "live", (("escape",), ("V",))),
    ("agents", "live", (("V",),)),
)
LIGHT: tuple[Shot, ...] = (("overview-light", "overview", ()), ("live-light", "live", (("v",), ("end",), ("enter",))))
THEMES = ("workbench-dark", "paper")
PICTURES = tuple(name for name, *_ in (*DRAFTED, *IN_FORCE, *LIGHT))
"""Their names."""


def main(folder: Path, names: Iterable[str] = PICTURES) -> None:
    """Write ``<name>.svg`` for each of ``names`` into ``folder``. Screens before one of them are passed through."""
    wanted = frozenset(names)
    folder.mkdir(parents=True, exist_ok=True)
    lines = iter(read_recording(load_sample().actions))
    clock = FrozenClock(MORNING)
    with TemporaryDirectory() as temporary:
        place = Path(temporary) / "demo"
        with open_demo(place, clock=clock) as workspace:
            _work(workspace, clock, lines, BEFORE)
        asyncio.run(_draw(place, clock, folder, DRAFTED, wanted))
        with Workspace.open(place, clock=clock) as workspace:
            _amend(workspace, clock)
            _work(workspace, clock, lines, AFTER)
        asyncio.run(_draw(place, clock, folder, IN_FORCE, wanted))
        asyncio.run(_draw(place, clock, folder, LIGHT, wanted, theme=THEMES[1]))


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


async def _draw(
    place: Path,
    clock: FrozenClock,
    folder: Path,
    shots: tuple[Shot, ...],
    wanted: frozenset[str],
    theme: str = THEMES[0],
) -> None:
    last = max((index for index, (name, *_) in enumerate(shots) if name in wanted), default=-1)
    if last < 0:
        return
    app = WorkbenchApp(place, clock=clock, theme=theme, remembered=Remembered())
    async with app.run_test(size=SIZE) as pilot:
        for name, mode, presses in shots[: last + 1]:
            app.switch_mode(mode)
            for keys in ((), *presses):
                await pilot.press(*keys)
                await pilot.pause(REST)
                await app.workers.wait_for_complete()
                await pilot.pause(REST)
            if name in wanted:
                path = folder / f"{name}.svg"
                path.write_text(without_web_fonts(app.export_screenshot(title="workbench demo")), encoding="utf-8")
                print(path)


def without_web_fonts(svg: str) -> str:
    """The picture without its ``@font-face`` rules: shown in the reader's own monospaced font, fetching nothing."""
    return re.sub(r"\s*@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."), sys.argv[2:] or PICTURES)
