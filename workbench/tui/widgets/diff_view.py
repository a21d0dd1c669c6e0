"""The difference of two texts, drawn line by line: side by side or unified, long lines wrapped, words marked.

Line API: a row is made when it is drawn, so size does not matter. Takes rows of ``view.diff``; knows no service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from workbench.tui.lexers import Lexer
from workbench.tui.view.diff import DiffItem, DiffRow, Fold, folded, hunk_ends, hunks, unified
from workbench.tui.view.plain import visible
from workbench.tui.view.wrapping import wrap
from workbench.tui.widgets.hand import Hand
from workbench.tui.widgets.syntax import StyledRange, lexed, segments, syntax_styles, within

Layout = Literal["side", "unified"]

SIGNS = {"same": " ", "removed": "-", "added": "+", "changed": "~"}
SIDE_BY_SIDE_FROM = 110  # columns of the widget
_CACHE_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class _Look:
    """Styles under the current theme."""

    plain: Style
    number: Style
    line: Style
    fold: Style
    header: Style
    here: Style
    added: Style
    removed: Style
    added_word: Style
    removed_word: Style
    void: Style
    syntax: dict[str, Style]


class DiffView(Hand, ScrollView, can_focus=True):
    """A difference. ``show`` gives it rows; ``n``/``p`` go from change to change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff-view--number",
        "diff-view--line",
        "diff-view--fold",
        "diff-view--header",
        "diff-view--here",
        "diff-view--added",
        "diff-view--removed",
        "diff-view--added-word",
        "diff-view--removed-word",
        "diff-view--void",
    }
    DEFAULT_CSS = """
    DiffView {
        overflow-x: hidden; overflow-y: auto;
        scrollbar-gutter: stable;
        & .diff-view--number { color: $muted; }
        & .diff-view--line { color: $line; }
        & .diff-view--fold { color: $muted; text-style: italic; }
        & .diff-view--header { color: $muted; text-style: bold; }
        & .diff-view--here { color: $primary; text-style: bold; }
        & .diff-view--added { color: $allow; background: $diff-added; }
        & .diff-view--removed { color: $deny; background: $diff-removed; }
        & .diff-view--added-word { background: $diff-added-word; text-style: underline; }
        & .diff-view--removed-word { background: $diff-removed-word; text-style: underline; }
        & .diff-view--void { background: $surface; }
    }
    """

    layout_choice: reactive[Layout | None] = reactive[Layout | None](None)
    """``None`` chooses by width."""

    class HunkChanged(Message):
        """The change in view: ``index`` from 1 of ``total``; 0 of 0 where the texts are equal."""

        def __init__(self, diff: DiffView, index: int, total: int) -> None:
            super().__init__()
            self.diff = diff
            self.index = index
            self.total = total

        @property
        def control(self) -> DiffView:
            return self.diff

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[DiffRow, ...] = ()
        self._titles = ("before", "after")
        self._lexer: Lexer | None = None
        self._unfolded = False
        self._items: tuple[DiffItem, ...] = ()
        self._hunks: tuple[int, ...] = ()
        self._ends: tuple[int, ...] = ()
        self._opened: set[int] = set()  # first rows of folds that were opened one by one
        self._hunk = 0
        self._first_line: list[int] = []  # of each item
        self._lines: list[tuple[int, int]] = []  # drawn line → item, piece
        self._laid_out: tuple[Layout, int] | None = None
        self._cache: dict[int, Strip] = {}
        self._look_now: _Look | None = None
        self._told = (-1, -1)

    # ---- data ----------------------------------------------------------------------------------------------------

    def show(self, rows: Sequence[DiffRow], *, titles: tuple[str, str], lexer: Lexer | None) -> None:
        """Shows ``rows`` from the first change on."""
        self._rows = tuple(rows)
        self._titles = titles
        self._lexer = lexer
        self._hunk = 0
        self._opened.clear()
        self._told = (-1, -1)
        self._arrange()
        self.scroll_to(0, 0, animate=False)

    @property
    def hunk_count(self) -> int:
        return len(self._hunks)

    @property
    def hunk(self) -> int:
        """Index of the current change, from 0."""
        return self._hunk

    @property
    def layout_now(self) -> Layout:
        """How it is drawn: as chosen, or by width."""
        if self.layout_choice is not None:
            return self.layout_choice
        return "side" if self._width >= SIDE_BY_SIDE_FROM else "unified"

    def step_hunk(self, step: int) -> None:
        """To the next (1) or previous (-1) change, around the ends; from what is in view, where that was scrolled."""
        if not self._hunks:
            return
        lines = [self._first_line[first] for first in self._hunks]
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.size.height - 1
        if top <= lines[self._hunk] < bottom:
            hunk = self._hunk + step
        elif step > 0:
            hunk = next((place for place, line in enumerate(lines) if line >= top), 0)
        else:
            hunk = next((place for place in reversed(range(len(lines))) if lines[place] < top), -1)
        self._go(hunk % len(self._hunks))
        self.scroll_to(0, max(0, lines[self._hunk] - 3), animate=False)

    def _go(self, hunk: int) -> None:
        """Make this change the current one, where it is."""
        self._hunk = hunk
        self._cache.clear()
        self.refresh()
        self._tell()

    def on_click(self, event: Click) -> None:
        """A change becomes the current one; a fold is opened."""
        line = event.y - self.gutter.top - 1 + self.scroll_offset.y
        if event.y - self.gutter.top < 1 or not 0 <= line < len(self._lines):
            return
        index = self._lines[line][0]
        item = self._items[index]
        if isinstance(item, Fold):
            self._opened.add(item.first)
            self._arrange()
            return
        for place, (first, end) in enumerate(zip(self._hunks, self._ends, strict=True)):
            if first <= index < end:
                self._go(place)

    def toggle_layout(self) -> None:
        """Side by side ↔ unified."""
        self.layout_choice = "unified" if self.layout_now == "side" else "side"

    def toggle_folds(self) -> None:
        """Shows or hides the unchanged lines far from any change."""
        self._unfolded = not self._unfolded
        self._opened.clear()
        self._arrange()

    def watch_layout_choice(self) -> None:
        self._arrange()

    def _tell(self) -> None:
        now = (self._hunk + 1 if self._hunks else 0, len(self._hunks))
        if now != self._told:
            self._told = now
            self.post_message(self.HunkChanged(self, *now))

    # ---- layout --------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._restyle())

    def _restyle(self) -> None:
        self._look_now = None
        self._cache.clear()
        self.refresh()

    def on_resize(self) -> None:
        if self._laid_out != (self.layout_now, self._width):
            self._arrange()

    @property
    def _width(self) -> int:
        """Columns that can be drawn on, the scroll bar's excluded."""
        return self.scrollable_content_region.width

    def _arrange(self) -> None:
        """Which line of the widget shows which piece of which row."""
        width = self._width
        if not width:
            return
        layout = self.layout_now
        items: Sequence[DiffItem] = self._rows if self._unfolded else folded(self._rows, opened=self._opened)
        self._items = tuple(items) if layout == "side" else unified(items)
        self._hunks, self._ends = hunks(self._items), hunk_ends(self._items)
        self._hunk = min(self._hunk, max(len(self._hunks) - 1, 0))
        self._lines, self._first_line = [], []
        text_width = self._text_width(layout, width)
        for index, item in enumerate(self._items):
            self._first_line.append(len(self._lines))
            self._lines += [(index, piece) for piece in range(self._height(item, text_width))]
        self._laid_out = (layout, width)
        self._cache.clear()
        self.virtual_size = Size(width, len(self._lines) + 1)
        self.refresh()
        self._tell()

    @staticmethod
    def _height(item: DiffItem, width: int) -> int:
        if isinstance(item, Fold):
            return 1
        return max(len(wrap(item.left, width)), len(wrap(item.right, width)))

    def _number_width(self) -> int:
        largest = max((max(row.left_number, row.right_number) for row in self._rows[-1:]), default=1)
        return max(2, len(str(largest)))

    def _text_width(self, layout: Layout, width: int) -> int:
        numbers = self._number_width()
        if layout == "side":
            return max(8, (width - 2) // 2 - numbers - 3)
        return max(8, width - 2 * numbers - 5)

    # ---- drawing -------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self._width
        look = self._look()
        if self._laid_out is None or self._laid_out[1] != width:
            return Strip.blank(width, look.plain)
        if y == 0:
            return self._header(look, width)
        line = y - 1 + self.scroll_offset.y
        if line >= len(self._lines):
            return Strip.blank(width, look.plain)
        strip = self._cache.get(line)
        if strip is None:
            if len(self._cache) > _CACHE_LIMIT:
                self._cache.clear()
            drawn = self._draw(line, look, width).adjust_cell_length(width, look.plain)
            strip = self._cache[line] = drawn.apply_style(look.plain)
        return strip

    def _header(self, look: _Look, width: int) -> Strip:
        before, after = (visible(title) for title in self._titles)
        if self._laid_out is not None and self._laid_out[0] == "side":
            half = (width - 2) // 2
            parts = [
                Segment(_fit(f" {before}", half + 1), look.header),
                Segment("│", look.line),
                Segment(_fit(f" {after}", width - half - 2), look.header),
            ]
        else:
            parts = [Segment(_fit(f" - {before}   + {after}", width), look.header)]
        return Strip(parts).adjust_cell_length(width, look.plain).apply_style(look.plain)

    def _draw(self, line: int, look: _Look, width: int) -> Strip:
        index, piece = self._lines[line]
        item = self._items[index]
        here = bool(self._hunks) and self._in_current_hunk(index)
        mark = Segment("▌" if here else " ", look.here)
        if isinstance(item, Fold):
            text = f"⋯ {item.count:,} unchanged lines"
            return Strip([mark, Segment(f"  {text}", look.fold)])
        if self._laid_out is not None and self._laid_out[0] == "side":
            half = (width - 2) // 2
            left = self._side(item, piece, "left", look, half)
            right = self._side(item, piece, "right", look, width - half - 2)
            return Strip([mark, *left, Segment("│", look.line), *right])
        return Strip([mark, *self._one_column(item, piece, look, width - 1)])

    def _in_current_hunk(self, index: int) -> bool:
        return self._hunks[self._hunk] <= index < self._ends[self._hunk]

    def _side(self, row: DiffRow, piece: int, side: Literal["left", "right"], look: _Look, width: int) -> list[Segment]:
        number = row.left_number if side == "left" else row.right_number
        numbers = self._number_width()
        if not number:
            return [Segment(" " * width, look.void)]
        changed = row.kind != "same"
        sign = " " if not changed else ("-" if side == "left" else "+")
        text, words = (row.left, row.left_words) if side == "left" else (row.right, row.right_words)
        ground = (look.removed if side == "left" else look.added) if changed else look.plain
        shown = f"{number:>{numbers}}" if piece == 0 else " " * numbers
        lead = [Segment(f"{shown} ", look.number), Segment(f"{sign} ", ground)]
        return [*lead, *self._text(text, words, piece, side, changed, look, width - numbers - 3)]

    def _one_column(self, row: DiffRow, piece: int, look: _Look, width: int) -> list[Segment]:
        numbers = self._number_width()
        left = f"{row.left_number:>{numbers}}" if row.left_number and piece == 0 else " " * numbers
        right = f"{row.right_number:>{numbers}}" if row.right_number and piece == 0 else " " * numbers
        changed = row.kind != "same"
        side: Literal["left", "right"] = "left" if row.kind == "removed" else "right"
        ground = {"removed": look.removed, "added": look.added}.get(row.kind, look.plain)
        text, words = (row.left, row.left_words) if side == "left" else (row.right, row.right_words)
        lead = [Segment(f"{left} {right} ", look.number), Segment(f"{SIGNS[row.kind]} ", ground)]
        return [*lead, *self._text(text, words, piece, side, changed, look, width - 2 * numbers - 4)]

    def _text(
        self,
        text: str,
        words: Sequence[tuple[int, int]],
        piece: int,
        side: Literal["left", "right"],
        changed: bool,
        look: _Look,
        width: int,
    ) -> list[Segment]:
        laid_out = self._laid_out or ("unified", width)
        pieces = wrap(text, self._text_width(laid_out[0], laid_out[1]))
        ground = Style(bgcolor=(look.removed if side == "left" else look.added).bgcolor) if changed else Style()
        base = look.plain + ground
        if piece >= len(pieces):
            return [Segment(" " * width, base)]
        start, end = pieces[piece]
        ranges: list[StyledRange] = lexed(text, self._lexer, look.syntax)
        word = look.removed_word if side == "left" else look.added_word
        ranges += [(first, last, word) for first, last in words]
        drawn = segments(text[start:end], base, within(ranges, start, end))
        used = sum(segment.cell_length for segment in drawn)
        return [*drawn, Segment(" " * max(0, width - used), base)]

    def _look(self) -> _Look:
        if self._look_now is None:
            get = self.get_component_rich_style
            added_word, removed_word = get("diff-view--added-word"), get("diff-view--removed-word")
            self._look_now = _Look(
                plain=self.rich_style,
                number=get("diff-view--number"),
                line=get("diff-view--line"),
                fold=get("diff-view--fold"),
                header=get("diff-view--header"),
                here=get("diff-view--here"),
                added=get("diff-view--added"),
                removed=get("diff-view--removed"),
                added_word=Style(bgcolor=added_word.bgcolor, underline=True),
                removed_word=Style(bgcolor=removed_word.bgcolor, underline=True),
                void=get("diff-view--void"),
                syntax=syntax_styles(self.app),
            )
        return self._look_now


def _fit(text: str, width: int) -> str:
    return text[: max(width - 1, 0)] + "…" if len(text) > width else text.ljust(width)
