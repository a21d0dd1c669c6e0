"""What all tests share that draw a screen: the picture (SVG) and beside it its text, which is what a reviewer reads.

``pytest --snapshot-update`` renews pictures, ``WORKBENCH_UPDATE_TEXT=1`` texts. Syrupy names a picture after its test;
a text has the name it is given here and its size, and no theme: no state is told by colour alone, so the same is read
in every theme. May import Textual and Rich, nothing of the workbench.
"""

from __future__ import annotations

import difflib
import html
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

PICTURES = Path(__file__).parent / "__snapshots__"
TEXTS = Path(__file__).parent / "screens"
SIZES = [(80, 24), (120, 40)]
THEMES = ["workbench-dark", "workbench-light"]

_CELL = 12.2  # the width of a cell in a picture (Rich: font height 20 by an aspect of 0.61)
_SEGMENT = re.compile(r'<text [^>]*?x="([\d.]+)"[^>]*?url\(#terminal(?:-\d+)?-line-(\d+)\)">([^<]*)</text>')
_LINE = re.compile(r'<clipPath id="terminal(?:-\d+)?-line-\d+">')


def as_text(app: App[Any]) -> str:
    """What is drawn, a line for each row of the terminal, without the spaces at their ends."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips()) + "\n"


def text_in(svg: str) -> str:
    """The text of a picture, as :func:`as_text` gives it of the app that it shows.

    A picture has a ``<text>`` for each run of one style, placed by ``x``, and a clip path for each row but the last.
    """
    rows = [""] * (len(_LINE.findall(svg)) + 1)
    for x, row, run in _SEGMENT.findall(svg):
        line = rows[int(row)]
        rows[int(row)] = line + " " * (round(float(x) / _CELL) - cell_len(line)) + html.unescape(run)
    return "\n".join(row.replace("\N{NO-BREAK SPACE}", " ").rstrip() for row in rows) + "\n"


def text_path(name: str, size: tuple[int, int]) -> Path:
    return TEXTS / f"{name}-{size[0]}x{size[1]}.txt"


def kept_text(name: str, size: tuple[int, int], shown: str) -> None:
    """Keep ``shown`` under ``WORKBENCH_UPDATE_TEXT``, else hold it to the text that is kept.

    Raises:
        AssertionError: with the lines that differ; also where none is kept.
    """
    path = text_path(name, size)
    if os.environ.get("WORKBENCH_UPDATE_TEXT"):
        path.write_text(shown, encoding="utf-8")
        return
    assert path.exists(), f"no text is kept as {path.name}; WORKBENCH_UPDATE_TEXT=1 keeps it"
    kept = path.read_text(encoding="utf-8")
    if shown != kept:
        lines = difflib.unified_diff(kept.splitlines(), shown.splitlines(), path.name, "shown", n=1, lineterm="")
        raise AssertionError("\n".join(lines) or f"{path.name} differs in its line ends")


def picture(
    snap_compare: Callable[..., bool],
    app: App[Any],
    name: str,
    size: tuple[int, int],
    before: Callable[[Pilot[Any]], Awaitable[None]],
) -> None:
    """Run ``app``, then ``before``, and hold both the picture and its text to those that are kept.

    The text is held first, while the app runs: where it fails, or none is kept, no picture is written.
    """

    async def then(pilot: Pilot[Any]) -> None:
        await before(pilot)
        kept_text(name, size, as_text(pilot.app))

    same = snap_compare(app, terminal_size=size, run_before=then)
    assert same, f"the picture of {name} differs from the kept one, its text does not: a colour or a style"
