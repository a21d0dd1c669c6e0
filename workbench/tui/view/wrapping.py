"""Where a line of text is broken so that it fits a width. Pure; knows the widths of characters only."""

from __future__ import annotations

from rich.cells import cell_len


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Pieces of ``text`` no wider than ``width`` cells, broken after a space where there is one; never empty."""
    if len(text) <= width and text.isascii():
        return [(0, len(text))]
    pieces: list[tuple[int, int]] = []
    start = used = 0
    space = -1
    for index, char in enumerate(text):
        size = 1 if char.isascii() else cell_len(char)
        while used + size > width and index > start:
            end = space + 1 if space >= start else index
            pieces.append((start, end))
            start, space = end, -1
            used = cell_len(text[start:index])
        used += size
        if char == " ":
            space = index
    return [*pieces, (start, len(text))]
