"""Where a text falls into blocks: paragraphs, list items, headings, quotations, code; as Markdown has them.

A block is a run of text that no sentence crosses. Block quotes keep their sentences (what they say is the agent's own
word unless it cites a source); a fence is code. Works on folded text. Imports nothing of ours.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["paragraph", "item", "heading", "quote", "code"]

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`\n]*)$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s+|$)")
_ITEM = re.compile(r"\s*(?:[-+*•‣▪●○◦·]|\(?(?:\d{1,4}|[a-z])[.)])(?:\s+(?:\[[ x]\]\s+)?|$)")
_ROW = re.compile(r"\s*\|(?=.*\S)")
_BOLD = re.compile(r"(\*\*|__)[^*_.!?\n]{1,60}\1:?")
_QUOTE = re.compile(r" {0,3}>[ >]*")
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$|[\s|:+-]*$")
PROSE_TAGS = frozenset({"", "text", "txt", "plain", "plaintext", "md", "markdown", "none"})
"""Fence tags under which the content is words rather than a program."""


@dataclass(slots=True)
class Block:
    """Lines that belong together: ``kind``, and the spans of the folded text that hold its words, marks left out."""

    kind: Kind
    lines: list[tuple[int, int]] = field(default_factory=list)
    tag: str = ""
    """For code: the word behind the fence."""
    group: int = 0
    """Blocks of one quotation share a number above 0."""

    def text(self, of: str) -> str:
        """The words of the block, lines parted by line ends."""
        return "\n".join(of[start:end] for start, end in self.lines)

    def starts(self) -> list[int]:
        """For each line, where it begins in :meth:`text`."""
        found, place = [], 0
        for start, end in self.lines:
            found.append(place)
            place += end - start + 1
        return found

    def at(self, index: int, starts: list[int]) -> int:
        """The place in the folded text of character ``index`` of :meth:`text`."""
        line = max(bisect_right(starts, index) - 1, 0)
        start, end = self.lines[line]
        return min(start + index - starts[line], end)


def blocks(text: str) -> Iterator[Block]:
    """The blocks of folded ``text`` in order, empty ones left out. Linear in its length."""
    open_block: Block | None = None
    fence = ""
    quoted = 0
    place = 0
    in_quote = False
    for line in text.split("\n"):
        start, end = place, place + len(line)
        place = end + 1
        if fence:
            assert open_block is not None
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                yield open_block
                open_block, fence = None, ""
            else:
                open_block.lines.append((start, end))
            continue
        fenced = _FENCE.match(line)
        if fenced:
            if open_block:
                yield open_block
            fence, open_block = fenced[1], Block("code", tag=fenced[2].strip().split(" ")[0])
            continue
        mark = _QUOTE.match(line)
        if mark:
            quoted += not in_quote
            start += mark.end()
        was_quote, in_quote = in_quote, bool(mark)
        words = text[start:end]
        if _RULE.match(words):
            if open_block:
                if "|" in words and open_block.kind == "item":
                    open_block.kind = "heading"  # the names of a table's columns
                yield open_block
            open_block = None
            continue
        made = _opened(words, start, end)
        if mark:
            made.group = quoted
            if made.kind == "paragraph":
                made.kind = "quote"
        continues = open_block is not None and made.kind in {"paragraph", "quote"} and was_quote == in_quote
        if continues and open_block is not None and open_block.kind != "heading":
            open_block.lines.append(made.lines[0])
            continue
        if open_block:
            yield open_block
        open_block = made
    if open_block and open_block.lines:
        yield open_block


def _opened(words: str, start: int, end: int) -> Block:
    """The block that a line begins (a paragraph where no mark says otherwise)."""
    heading = _HEADING.match(words)
    if heading:
        return Block("heading", [(start + heading.end(), start + len(words.rstrip().rstrip("#")))])
    row = _ROW.match(words)
    if row:
        return Block("item", [(start + row.end(), start + len(words.rstrip().rstrip("|")))])
    item = _ITEM.match(words)
    if item and item.end() < len(words):
        return Block("item", [(start + item.end(), end)])
    kind: Kind = "heading" if _BOLD.fullmatch(words.strip()) else "paragraph"
    return Block(kind, [(start, end)])
