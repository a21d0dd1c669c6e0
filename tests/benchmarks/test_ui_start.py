"""From the start of the process to the first painted screen, in a pseudo terminal; the peer is a bare Textual app.

``-s`` prints milliseconds. What is asserted is the ratio of processor time: imports on the way to the first paint.
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import psutil
from textual.widgets import Static  # noqa: F401 (both arms find Textual's byte code compiled)

ROOT = Path(__file__).parents[2]
BARE = "from textual.app import App\nfrom textual.widgets import Static\n"
BARE += "class Bare(App):\n  def compose(self): yield Static('painted-now')\nBare().run()"
OURS = "from workbench.tui.app import WorkbenchApp\nWorkbenchApp({place!r}).run()"
ROUNDS = 3


def first_paint(program: str, sign: bytes, home: Path) -> tuple[float, float]:
    """Seconds until ``sign`` is on the wire: by the clock, and of the child's processor time."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "WORKBENCH_CONFIG": str(home / "config")}
    environment.pop("PYTHONPATH", None)
    begun = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=ROOT
    )
    seen = b""
    try:
        while sign not in seen:
            assert select.select([ours], [], [], 60)[0], seen[-500:]
            seen += os.read(ours, 65_536)
        took, spent = time.perf_counter() - begun, psutil.Process(child.pid).cpu_times()
        return took, spent.user + spent.system
    finally:
        child.kill()
        child.wait()
        os.close(ours)
        os.close(theirs)


def test_the_first_paint_costs_little_more_than_a_bare_application(tmp_path: Path) -> None:
    arms = {
        "bare": (BARE, b"painted-now"),
        "ours": (OURS.format(place=str(tmp_path / "none")), b"Constitution Workbench"),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for _ in range(ROUNDS):
        for name, (program, sign) in arms.items():
            taken[name].append(first_paint(program, sign, tmp_path))
    best = {name: (min(each[0] for each in all_), min(each[1] for each in all_)) for name, all_ in taken.items()}
    for name, (wall, own) in best.items():
        print(f"\n{name}: first paint after {wall * 1000:.0f} ms, {own * 1000:.0f} ms of processor time", end="")
    print(f"; load {os.getloadavg()[0]:.1f}")
    assert best["ours"][1] < 5.5 * best["bare"][1]
