"""A process of its own that decides recorded actions and says, line by line, what was acknowledged. For fault tests."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from workbench.service.player import decide_recorded, read_recording
from workbench.service.workspace import Workspace


def main(place: str, actions: str, count: int) -> None:
    lines = read_recording(Path(actions))
    with Workspace.open(place, busy_seconds=30) as workspace:
        print("ready", flush=True)
        for number in range(count):
            recorded = decide_recorded(workspace, lines[number % len(lines)], date(2026, 3, 16))
            sys.stdout.write(f"{recorded.seq} {recorded.receipt_hash}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
