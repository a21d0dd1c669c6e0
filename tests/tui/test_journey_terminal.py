"""The first start in a real terminal: the tour comes, ends with one key, and does not come again; and what the tests
read off a terminal is what tmux shows of the same bytes, where there is one.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.real_terminal import RealTerminal, Vt


@pytest.fixture
def start(tmp_path: Path):
    made: list[RealTerminal] = []

    def begin(*options: str, columns: int = 80, rows: int = 24) -> RealTerminal:
        command = ["demo", "--workspace", str(tmp_path / "demo"), *options]
        made.append(RealTerminal(command, columns, rows, {"WORKBENCH_CONFIG": str(tmp_path / "config")}))
        return made[-1]

    yield begin
    for one in made:
        one.close()


def test_the_tour_comes_with_the_first_start_and_not_again(start) -> None:
    first = start()
    first.until("Tour 1/5 · What is in force", "v1.0.0", "┏━ In force")  # what it talks about has a heavy frame
    first.press(".")
    first.until("Tour 2/5 · Write a norm", "English")
    first.press("ctrl+q")
    assert first.finish() == 0
    again = start()  # in the middle of it: it goes on where it was left
    again.until("Tour 2/5 · Write a norm", "English")
    again.press("escape", "T")
    again.until("v1.0.0", gone="Tour 2/5")
    again.press("ctrl+q")
    assert again.finish() == 0
    third = start("--screen", "overview")
    third.until("v1.0.0", "✓ allow")
    assert "Tour" not in third.screen.text()
    third.press("T")
    third.until("Tour 1/5")
    third.press("ctrl+q")
    assert third.finish() == 0


def test_no_tour_where_none_is_wanted(start) -> None:
    one = start("--no-tour")
    one.until("v1.0.0", "✓ allow")
    assert "Tour" not in one.screen.text()
    one.press("ctrl+q")
    assert one.finish() == 0


# -- the decoder -----------------------------------------------------------------------------------------------------

PIECES = st.lists(
    st.sampled_from(
        [
            b"plain", "▸ ◷ → “a”".encode(), "日本".encode(), b"\r\n", b"\r", b"\n", b"\b", b"\x1b[2;3H", b"\x1b[H",
            b"\x1b[J", b"\x1b[1J",
            b"\x1b[2J", b"\x1b[K", b"\x1b[1K", b"\x1b[2K", b"\x1b[3A", b"\x1b[2B", b"\x1b[4C", b"\x1b[3D", b"\x1b[5G",
            b"\x1b[1;31mred\x1b[0m", b"\x1b]0;title\x07", b"\x1b[?25l", b"\x1b[99;99H",
        ]
    ),
    max_size=12,
)  # fmt: skip


@given(PIECES, st.lists(st.integers(0, 200), max_size=6))
def test_it_does_not_matter_where_what_is_sent_is_cut(pieces: list[bytes], cuts: list[int]) -> None:
    sent = b"".join(pieces)
    whole, cut = Vt(20, 6), Vt(20, 6)
    whole.feed(sent)
    start = 0
    for at in [*sorted(min(each, len(sent)) for each in cuts), len(sent)]:
        cut.feed(sent[start:at])
        start = at
    assert cut.text() == whole.text()
    assert all(len(row) <= 20 for row in whole.text().split("\n"))


def test_the_decoder_sees_what_tmux_sees(start, tmp_path: Path) -> None:
    """Of a run of the program itself. Without tmux, of what is known of the same run."""
    one = start("--no-tour", "--screen", "live")
    sent: list[bytes] = []
    feed = one.screen.feed
    one.screen.feed = lambda data: (sent.append(data), feed(data))[1]  # type: ignore[method-assign, func-returns-value]
    one.until("✓ allow")
    one.press(" ", "?")
    one.until("Keys of Live")
    one.press("escape", "V", "V")
    one.until("refused")
    mine = one.screen.text()
    assert "Feed  Groups  Agents" in mine
    tmux = shutil.which("tmux")
    if tmux is None:
        return
    file = tmp_path / "sent"
    file.write_bytes(b"".join(sent))
    server = [tmux, "-L", f"workbench-{tmp_path.name}", "-f", "/dev/null"]
    try:
        run = f"cat {file}; sleep 60"
        subprocess.run([*server, "new-session", "-d", "-s", "s", "-x", "80", "-y", "24", run], check=True)
        subprocess.run([*server, "set", "-g", "status", "off"], check=True)
        subprocess.run([*server, "resize-window", "-t", "s", "-x", "80", "-y", "24"], check=False)
        subprocess.run([*server, "respawn-pane", "-k", "-t", "s", run], check=True)
        theirs = ""
        for _ in range(100):
            found = subprocess.run(
                [*server, "capture-pane", "-p", "-t", "s"], check=True, capture_output=True, text=True
            )
            theirs = "\n".join(row.rstrip() for row in found.stdout.rstrip("\n").split("\n"))
            if theirs == mine.rstrip("\n"):
                break
            time.sleep(0.1)
        assert theirs == mine.rstrip("\n")
    finally:
        subprocess.run([*server, "kill-server"], check=False, capture_output=True)
