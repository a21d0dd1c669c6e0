"""``python -m tests``: everything that must be clean. Ruff, its formatter, mypy, then every test.

Each step is printed before it runs; all of them run; the exit code is 1 when any failed. Arguments go to pytest.
Without any the tests of the screens are a step of their own, so that no worker holds all tests in memory. Three run at
a time: on two cores some always wait for another process or a database. Of the screens' it is four: a test that waits
until a screen rests uses no processor. A worker that has nothing left takes over what waits at another, so that the
longest tests end together. Compiled code is kept beside the source, where git ignores it, whatever the environment
says: hundreds of tests start processes, and each would compile the whole package again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def steps(pytest_arguments: list[str]) -> list[tuple[str, list[str]]]:
    """Name and command line of every step."""
    python = [sys.executable, "-m"]
    spread = bool(find_spec("xdist")) and not any(a.startswith("-n") for a in pytest_arguments)

    def tests(workers: int, *arguments: str) -> list[str]:
        return [*python, "pytest", *(("-n", str(workers), "--dist", "worksteal") if spread else ()), *arguments]

    checks = [
        ("lint", [*python, "ruff", "check", "."]),
        ("format", [*python, "ruff", "format", "--check", "."]),
        ("types", [*python, "mypy"]),
    ]
    if pytest_arguments:
        return [*checks, ("tests", tests(3, *pytest_arguments))]
    return [*checks, ("tests", tests(3, "--ignore=tests/tui")), ("screens", tests(4, "tests/tui"))]


def main() -> int:
    """Run every step. Returns the exit code."""
    failed = []
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for name, command in steps(sys.argv[1:]):
        print(f"\n== {name}: {' '.join(['python', *command[1:]])}", flush=True)
        started = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(
            f"== {name}: {'ok' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - started:.0f} s", flush=True
        )
        if code != 0:
            failed.append(name)
    print(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'all clean'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
