"""Terminals that can draw no screens: a clear word, and the commands that tell the same in lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def on_a_terminal(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code and all that a command writes on a real (pseudo) terminal."""
    outer, inner = os.openpty()
    given = {name: value for name, value in os.environ.items() if name not in ("TERM", "LC_ALL", "LANG", "PYTHONUTF8")}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "workbench", *arguments],
            cwd=ROOT, env={**given, **environment}, stdin=inner, stdout=inner, stderr=subprocess.PIPE, timeout=60,
        )  # fmt: skip
    finally:
        os.close(inner)
        os.close(outer)
    return done.returncode, done.stderr.decode("utf-8", "replace")


CANNOT = {
    "dumb": ({"TERM": "dumb"}, "this terminal cannot draw screens: `TERM` is dumb", "workbench status"),
    "none": ({}, "`TERM` is not set", "TERM=xterm-256color"),
    "latin1": ({"TERM": "xterm", "PYTHONIOENCODING": "iso8859-1"}, "locale says `iso8859-1`", "LC_ALL=C.UTF-8"),
    "ascii": ({"TERM": "xterm", "PYTHONIOENCODING": "ascii"}, "locale says `ascii`", "PYTHONUTF8=1"),
}


@pytest.mark.parametrize(
    ("command", "name"),
    [
        *((command, name) for command in ((), ("open",)) for name in CANNOT),
        *((("demo",), name) for name in ("latin1", "ascii")),  # where it cannot draw at all it tells its story in lines
    ],
)
def test_a_terminal_that_cannot_draw_is_told_so(command: tuple[str, ...], name: str, tmp_path: Path) -> None:
    environment, says, help_ = CANNOT[name]
    place = str(tmp_path / "workspace")
    code, told = on_a_terminal(*command, WORKBENCH_WORKSPACE=place, WORKBENCH_CONFIG=str(tmp_path), **environment)
    assert code == 2
    assert says in told
    assert help_ in told
    assert not (tmp_path / "workspace").exists()


def test_a_pipe_is_no_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "open", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "no terminal: the screens need one" in done.stderr
    assert "workbench status" in done.stderr
