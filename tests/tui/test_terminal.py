"""In a real (pseudo) terminal: it starts, survives keys and signals at any moment, and gives the terminal back."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import psutil
import pytest

PROGRAM = "from tests.tui.fakes import make_app; make_app().run()"
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """A child process whose terminal this is."""

    def __init__(self, columns: int, rows: int, program: str = PROGRAM, owned: bool = False) -> None:
        self.ours, theirs = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(theirs)
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2])}
        for size in ("COLUMNS", "LINES"):  # a test runner's worker sets them, and they would win over the terminal
            environment.pop(size, None)
        self.child = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if owned else None,  # then it is told: SIGHUP
        )
        self.theirs = theirs
        self.seen = b""

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, wanted: bytes, seconds: float = 20) -> bool:
        deadline = time.monotonic() + seconds
        while wanted not in self.seen and time.monotonic() < deadline:
            self.read(0.1)
        return wanted in self.seen

    def read(self, seconds: float) -> None:
        while select.select([self.ours], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.ours, 65_536)
            except OSError:
                return
            seconds = 0

    def read_slowly(self, seconds: float, bytes_a_second: int) -> bool:
        """Read no faster than that, for so long or until the child has ended; whether it has."""
        begun, taken = time.monotonic(), 0
        while (spent := time.monotonic() - begun) < seconds:
            if self.child.poll() is not None:
                return True
            owed = int(spent * bytes_a_second) - taken
            if owed > 0 and select.select([self.ours], [], [], 0)[0]:
                got = os.read(self.ours, owed)
                taken += len(got)
                self.seen += got
            time.sleep(0.05)
        return self.child.poll() is not None

    def close(self) -> None:
        """Take the terminal away."""
        for name in ("ours", "theirs"):
            if (number := getattr(self, name)) >= 0:
                os.close(number)
                setattr(self, name, -1)

    def type(self, keys: bytes) -> None:
        os.write(self.ours, keys)

    def finish(self, seconds: float = 20) -> int:
        deadline = time.monotonic() + seconds
        while self.child.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        self.read(0.1)
        return self.child.wait(timeout=1)


@pytest.fixture
def terminal():
    made: list[Terminal] = []

    def start(columns: int = 80, rows: int = 24, program: str = PROGRAM, owned: bool = False) -> Terminal:
        made.append(Terminal(columns, rows, program, owned))
        return made[-1]

    yield start
    for one in made:
        if one.child.poll() is None:
            one.child.kill()
            one.child.wait()
        one.close()


def given_back(one: Terminal) -> bool:
    """The main screen is shown again and typing echoes as before."""
    return one.seen.rfind(LEAVE) > one.seen.rfind(ENTER) and termios.tcgetattr(one.theirs)[3] == one.before[3]


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
def test_it_starts_takes_ctrl_c_resizes_and_leaves(terminal, size):
    one = terminal(*size)
    assert one.read_until(b"\xe2\x96\xb2" if size == (80, 24) else b"too small"), one.seen[-2000:]
    one.type(b"\x03\x03")
    for columns, rows in ((200, 50), (3, 2), (61, 15)):
        one.resize(columns, rows)
        one.child.send_signal(signal.SIGWINCH)
        one.read(0.2)
    one.type(b"6\x03k")
    one.read(0.5)
    assert one.child.poll() is None
    one.type(b"\x11")
    assert one.finish() == 0
    assert given_back(one)
    assert b"Traceback" not in one.seen


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_the_terminal_is_given_back(terminal, sent):
    one = terminal()
    assert one.read_until(b"violation")
    one.child.send_signal(sent)
    one.finish()
    assert given_back(one)
    assert b"Traceback" not in one.seen


STREAMING = """
import threading, time
from tests.tui.fakes import FakeWorkspace, make_app
workspace = FakeWorkspace()
def grow():
    while True:
        time.sleep(0.02)
        workspace.grow(3)
threading.Thread(target=grow, daemon=True).start()
make_app(workspace).run()
"""


def test_over_a_line_of_two_kilobytes_a_second_it_answers_and_leaves(terminal):
    """Frames are dropped, not queued: a key is answered by the next one, however many decisions came meanwhile."""
    one = terminal(program=STREAMING)
    assert one.read_until(b"violation")
    one.type(b"6")
    assert not one.read_slowly(8, 2_000)
    memory = psutil.Process(one.child.pid).memory_info().rss
    assert not one.read_slowly(4, 2_000)
    assert psutil.Process(one.child.pid).memory_info().rss - memory < 20_000_000
    one.type(b"\x11")
    assert one.read_slowly(40, 2_000), "it never left"
    assert one.child.returncode == 0
    assert b"Traceback" not in one.seen


@pytest.mark.parametrize("owned", [True, False], ids=["told", "untold"])
def test_a_terminal_that_is_taken_away_ends_it(terminal, owned):
    """The window is closed, ssh breaks: no process is left behind that spins on a dead terminal."""
    one = terminal(owned=owned)
    assert one.read_until(b"violation")
    one.close()
    one.child.wait(timeout=20)
    assert one.child.returncode == 0, "what was open was not closed"
