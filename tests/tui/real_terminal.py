"""A program in a real (pseudo) terminal, and what a person would see there: for journeys that no pilot steers.

``Vt`` decodes what a terminal is sent into rows of characters: the part of ECMA-48 that full-screen programs use.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len

ROOT = Path(__file__).parents[2]
LOADED = 30.0  # seconds that a loaded machine may take for anything
BYTES = {
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "backspace": b"\x7f",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pagedown": b"\x1b[6~",
    "pageup": b"\x1b[5~",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    "f5": b"\x1b[15~",
    "f8": b"\x1b[19~",
    "f9": b"\x1b[20~",
    "f10": b"\x1b[21~",
} | {f"ctrl+{chr(code + 96)}": bytes([code]) for code in range(1, 27) if chr(code + 96) not in "him"}
"""What terminals send for keys that are no characters."""

_TOKEN = re.compile(
    rb"\x1b\[([0-?]*)[ -/]*([@-~])"  # CSI: parameters, final byte
    rb"|\x1b[\]P_^X].*?(?:\x07|\x1b\\)"  # strings: titles, clipboard, answers
    rb"|\x1b[()*+].|\x1b[ -/]*[0-~]"
    rb"|([\x00-\x1f\x7f])"
    rb"|([^\x00-\x1f\x7f]+)",
    re.DOTALL,
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X](?:(?!\x07|\x1b\\).)*|[()*+ -/])?\Z", re.DOTALL)


class Vt:
    """The characters of a screen of ``columns`` × ``rows``. Colours are not kept."""

    def __init__(self, columns: int, rows: int) -> None:
        self.resize(columns, rows)
        self._rest = b""

    def resize(self, columns: int, rows: int) -> None:
        """Begin an empty screen of another size."""
        self.columns, self.rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0

    def feed(self, sent: bytes) -> None:
        """Take what was sent; a sequence or character that is cut off waits for its rest."""
        data = self._rest + sent
        cut = _UNFINISHED.search(data)
        end = cut.start() if cut else len(data)
        while end and end > len(data) - 4 and not _whole(data[:end]):
            end -= 1
        data, self._rest = data[:end], data[end:]
        for token in _TOKEN.finditer(data):
            parameters, final, control, text = token.groups()
            if text is not None:
                self._write(text.decode("utf-8", "replace"))
            elif control is not None:
                self._control(control)
            elif final is not None:
                self._csi(parameters.decode(), final.decode())

    @property
    def cursor_row(self) -> str:
        """The row where the cursor was left: of the field that has the focus."""
        return "".join(self._cells[self._y]).rstrip()

    def text(self) -> str:
        """The rows, their trailing blanks left out."""
        return "\n".join("".join(row).rstrip() for row in self._cells)

    def _write(self, text: str) -> None:
        for char in text:
            width = cell_len(char)
            if width == 0:
                continue
            if self._x + width > self.columns:
                self._x, self._y = 0, min(self._y + 1, self.rows - 1)
            row = self._cells[self._y]
            row[self._x] = char
            if width == 2:
                row[self._x + 1] = ""
            self._x += width

    def _control(self, char: bytes) -> None:
        if char == b"\r":
            self._x = 0
        elif char == b"\n":
            if self._y == self.rows - 1:
                self._cells = [*self._cells[1:], [" "] * self.columns]
            self._y = min(self._y + 1, self.rows - 1)
        elif char == b"\b":
            self._x = max(self._x - 1, 0)

    def _csi(self, parameters: str, final: str) -> None:
        if parameters[:1] in ("?", ">", "<", "="):
            if final == "h" and "1049" in parameters:
                self.resize(self.columns, self.rows)
            return
        numbers = [int(part or 0) for part in parameters.split(";")] if parameters else []
        first = numbers[0] if numbers else 0
        if final in "Hf":
            self._y = min(max(first, 1), self.rows) - 1
            self._x = min(max(numbers[1] if len(numbers) > 1 else 1, 1), self.columns) - 1
        elif final in "ABCDG":
            step = max(first, 1)
            self._y = min(max(self._y + {"A": -step, "B": step}.get(final, 0), 0), self.rows - 1)
            self._x = step - 1 if final == "G" else self._x + {"C": step, "D": -step}.get(final, 0)
            self._x = min(max(self._x, 0), self.columns - 1)
        elif final == "J":
            self._erase_rows(first)
        elif final == "K":
            start, end = {0: (self._x, self.columns), 1: (0, self._x + 1)}.get(first, (0, self.columns))
            self._cells[self._y][start:end] = [" "] * (end - start)

    def _erase_rows(self, what: int) -> None:
        blank = [" "] * self.columns
        if what == 0:
            self._cells[self._y][self._x :] = [" "] * (self.columns - self._x)
        for number in range(self.rows):
            if what == 2 or (what == 0 and number > self._y) or (what == 1 and number < self._y):
                self._cells[number] = list(blank)


def _whole(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"
    return True


class RealTerminal:
    """A child process whose terminal this is. ``command``: arguments of ``workbench``."""

    def __init__(
        self, command: Sequence[str], columns: int, rows: int, environment: Mapping[str, str] | None = None
    ) -> None:
        self.ours, theirs = pty.openpty()
        self.screen = Vt(columns, rows)
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environment or {})}
        for name in ("COLUMNS", "LINES", "SSH_AUTH_SOCK"):  # a test runner sets the first two
            env.pop(name, None)
        self.child = subprocess.Popen(
            [sys.executable, "-m", "workbench", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
            start_new_session=True,
        )
        os.close(theirs)

    # -- a person ------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys by name (``enter``, ``ctrl+o``), or characters as they are, each once the last is answered."""
        for key in keys:
            os.write(self.ours, BYTES.get(key) or key.encode())
            self._quiet()

    def type(self, text: str) -> None:
        """Type a text, as quickly as a person pastes it."""
        os.write(self.ours, text.encode())

    def fill(self, label: str, text: str, *, hidden: bool = False) -> None:
        """Tab to the field beside ``label`` and type ``text`` into it."""
        for _ in range(40):
            self.press("tab")
            if label in self.screen.cursor_row:
                self.type(text)
                self._wait(lambda: ("•" * len(text) if hidden else text) in self.screen.cursor_row, f"`{text}`")
                return
        raise AssertionError(f"no field `{label}`:\n{self.screen.text()}")

    def click(self, word: str, *, row: int | None = None) -> None:
        """Click the first place where ``word`` stands (in ``row`` only, where given; from below if negative)."""
        lines = self.screen.text().split("\n")
        rows = range(len(lines)) if row is None else [row % self.screen.rows]
        for y in rows:
            at = lines[y].find(word) if y < len(lines) else -1
            if at >= 0:
                x = cell_len(lines[y][:at]) + 1
                os.write(self.ours, f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m".encode())
                return
        raise AssertionError(f"`{word}` is not to be seen:\n{self.screen.text()}")

    # -- what comes of it ----------------------------------------------------------------------------------------

    def read(self, seconds: float) -> None:
        """Take what comes within ``seconds``; less when something came."""
        while select.select([self.ours], [], [], seconds)[0]:
            try:
                sent = os.read(self.ours, 65_536)
            except OSError:  # the child has gone
                return
            if not sent:
                return
            self.screen.feed(sent)
            seconds = 0

    def until(self, *words: str, gone: str = "", seconds: float = LOADED) -> str:
        """Wait for all ``words`` on the screen at once (and for ``gone`` not to be on it); what is shown then."""

        def there() -> bool:
            shown = self.screen.text()
            return all(word in shown for word in words) and not (gone and gone in shown)

        self._wait(there, f"{words}" + (f" without `{gone}`" if gone else ""), seconds)
        return self.screen.text()

    def _wait(self, holds: Callable[[], bool], what: str, seconds: float = LOADED) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            ended = self.child.poll() is not None and not select.select([self.ours], [], [], 0)[0]
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"{what} never came{' before it ended' if ended else ''}:\n{self.screen.text()}")
            self.read(0.1)

    def _quiet(self) -> None:
        """Until nothing has come for a moment: the last key was answered."""
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline and select.select([self.ours], [], [], 0.2)[0]:
            self.read(0)

    def finish(self, seconds: float = LOADED) -> int:
        """Wait for the end; the exit code."""
        deadline = time.monotonic() + seconds
        while self.child.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        self.read(0.1)
        return self.child.wait(timeout=1)

    def close(self) -> None:
        """End it, whatever it does."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self.ours)
