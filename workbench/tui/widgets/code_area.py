"""An editor that colours by a line lexer and underlines diagnostics in place.

Overrides one private method of Textual's ``TextArea`` (``_build_highlight_map``; pinned by a test), because
tree-sitter, the public way, crashes under it. Knows nothing of services: diagnostics come in, messages go out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.style import Style
from rich.text import Text
from textual.document._wrapped_document import WrappedDocument
from textual.events import Key
from textual.geometry import Offset
from textual.strip import Strip
from textual.widgets.text_area import Selection, TextAreaTheme

from workbench.language.diagnostics import Diagnostic
from workbench.tui.lexers import Lexer
from workbench.tui.view.plain import editable, visible_code
from workbench.tui.widgets.code_marks import RULE_SIGN, SPOT, Marks, Sign, byte_offset, sign_strip, spot_style, tinted
from workbench.tui.widgets.parked_area import ParkedArea
from workbench.tui.widgets.quick_wrap import QuickWrapped
from workbench.tui.widgets.syntax import LEX_LIMIT, style_from, syntax_styles

SIGNS = {"error": "✗", "warning": "▲", "info": "•"}
NEW_SIGN = "+"
_SEVERITIES = ("info", "warning", "error")
_THEME = "workbench"


class _Highlights(defaultdict[int, list[tuple[int, int | None, str]]]):
    """Ranges per row, made when a row is drawn. Never empty to ``if``: the editor would skip it otherwise."""

    def __init__(self, make: Any) -> None:
        super().__init__(None)
        self._make = make

    def __missing__(self, row: int) -> list[tuple[int, int | None, str]]:
        ranges: list[tuple[int, int | None, str]] = self._make(row)
        self[row] = ranges
        return ranges

    def __bool__(self) -> bool:
        return True


class CodeArea(ParkedArea):
    """A text editor for Cedar+, English or JSON. ``show_text`` replaces the text, ``set_diagnostics`` underlines."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "code-area--error",
        "code-area--warning",
        "code-area--info",
        "code-area--new",
    }
    DEFAULT_CSS = """
    CodeArea {
        border: none;
        padding: 0;
        & .code-area--error { color: $sev-error; }
        & .code-area--warning { color: $sev-warning; }
        & .code-area--info { color: $sev-info; }
        & .code-area--new { color: $ok; background: $diff-added; }
        & .text-area--gutter { color: $muted; }
        & .text-area--cursor-gutter { color: $ink; }
        &:focus { border: none; }
    }
    """

    def __init__(
        self,
        lexer: Lexer | None,
        *,
        placeholder: str = "",
        read_only: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self._lexer = lexer
        self._diagnostics: tuple[Diagnostic, ...] = ()
        self._marked: dict[int, list[tuple[int, int, str]]] = {}  # row → column ranges with severity
        self._worst: dict[int, str] = {}  # row → severity of its sign
        self._new_rows: range = range(0)
        self._new_in = ""  # the text that the new rows belong to
        self._marks = Marks()
        self._sign_styles: dict[str, Style] = {}
        self._just_typed = False
        self._sought: tuple[int, int] | None = None  # where it was sent last
        self.menu_key: Callable[[str], bool] | None = None
        """Asked about every key before the editor is: whether an open menu took it."""
        super().__init__(
            soft_wrap=True,
            show_line_numbers=True,
            tab_behavior="focus",
            placeholder=placeholder,
            read_only=read_only,
            id=id,
            classes=classes,
        )
        self.indent_width = 2

    @property
    def wrapped_document(self) -> WrappedDocument:
        """The text as it is wrapped."""
        return self._wrapped

    @wrapped_document.setter
    def wrapped_document(self, made: WrappedDocument) -> None:
        self._wrapped = QuickWrapped.of(made)

    # ---- text and diagnostics ------------------------------------------------------------------------------------

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is underlined now, in order of position."""
        return self._diagnostics

    def show_text(self, text: str) -> None:
        """Replaces the text, the caret kept where it was as far as the new text allows; marks are cleared.

        A text that is shown already is left alone, with its undo history.
        """
        text = editable(text)
        if text == self.text:
            return
        caret, scroll = self.selection.end, self.scroll_offset
        self.set_diagnostics(())
        self._new_rows, self._marks = range(0), Marks()
        self.load_text(text)
        row = min(caret[0], self.document.line_count - 1)
        self.selection = Selection.cursor((row, min(caret[1], len(self.document.get_line(row)))))
        self.scroll_to(scroll.x, scroll.y, animate=False)

    def set_diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Underlines ``diagnostics`` (lines and columns from 1, in code points; places beyond the text are clamped)."""
        self._diagnostics = tuple(sorted(diagnostics, key=lambda d: (d.start.line, d.start.column)))
        self._marked, self._worst = {}, {}
        for diagnostic in self._diagnostics:
            first = max(diagnostic.start.line - 1, 0)
            last = max(diagnostic.end.line - 1, first)
            for row in range(first, min(last, first + 500) + 1):
                start = diagnostic.start.column - 1 if row == first else 0
                end = diagnostic.end.column - 1 if row == last else LEX_LIMIT
                self._marked.setdefault(row, []).append((start, max(end, start + 1), diagnostic.severity))
            worst = self._worst.get(first, "info")
            self._worst[first] = max(worst, diagnostic.severity, key=_SEVERITIES.index)
        self._build_highlight_map()
        self.refresh()

    def set_signs(self, signs: Mapping[int, Sign]) -> None:
        """A sign in the margin by row (from 0), instead of that of a diagnostic."""
        if signs != self._marks.signs:
            self._marks.signs = dict(signs)
            self.refresh()

    def set_linked(self, ranges: Iterable[tuple[int, int]], rows: Iterable[int] = ()) -> None:
        """Tints words (ranges of code points of the text) and marks the rows (from 0) of what they belong to."""
        before, own = (self._marks.spots, self._marks.rows), self._marks
        own.rows = frozenset(rows)
        own.place_spots(ranges, list(self.document.lines))
        if before != (own.spots, own.rows):
            self._build_highlight_map()
            self.refresh()

    @property
    def linked(self) -> tuple[str, ...]:
        """The words that are tinted now, in order."""
        lines = self.document.lines
        return tuple(lines[row][start:end] for row, spots in sorted(self._marks.spots.items()) for start, end in spots)

    @property
    def signs(self) -> Mapping[int, Sign]:
        """The signs in the margin by row."""
        return self._marks.signs

    def mark_new(self, first_line: int, last_line: int) -> None:
        """Marks lines (from 1, both included) as new and brings them into view; the next edit unmarks them."""
        self._new_rows = range(first_line - 1, last_line)
        self._new_in = self.text
        self._build_highlight_map()
        self.go_to(first_line, 1)
        self.refresh()

    @property
    def new_lines(self) -> tuple[int, int] | None:
        """First and last line (from 1) that are marked as new."""
        return (self._new_rows.start + 1, self._new_rows.stop) if self._new_rows else None

    @property
    def caret_offset(self) -> int:
        """Where the caret is, in code points of the text."""
        row, column = self.cursor_location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def location_at(self, offset: int) -> tuple[int, int]:
        """Row and column (from 0) of an offset in code points."""
        left = offset
        for row, line in enumerate(self.document.lines):
            if left <= len(line):
                return row, left
            left -= len(line) + 1
        return self.document.end

    # ---- moving --------------------------------------------------------------------------------------------------

    def go_to(self, line: int, column: int) -> None:
        """Puts the caret on a line and column (from 1; clamped) and brings it into the middle of the view."""
        row = min(max(line - 1, 0), self.document.line_count - 1)
        column = min(max(column - 1, 0), len(self.document.get_line(row)))
        self._sought = (row, column)
        self.move_cursor((row, column), center=True)

    def show_row(self, first: int, last: int) -> None:
        """Scrolls so that rows (from 0) are seen, the first before the last; the caret stays where it is."""
        first, last = (max(0, min(row, self.document.line_count - 1)) for row in (first, last))
        top = self.wrapped_document.location_to_offset((first, 0)).y
        bottom = self.wrapped_document.location_to_offset((last, 0)).y
        seen, height = round(self.scroll_offset.y), self.scrollable_content_region.height
        if top < seen or bottom >= seen + height:
            self.scroll_to(y=max(min(top, bottom - height + 2), 0) if bottom - top < height else top, animate=False)

    def end_line(self) -> None:
        """Ends the last line where it is not ended; a caret that stood at its end moves on to the new line."""
        if self.text and not self.text.endswith("\n"):
            self.insert("\n", self.document.end, maintain_selection_offset=True)

    @property
    def gravest(self) -> tuple[Diagnostic, ...]:
        """The errors; where there is none, every diagnostic."""
        errors = tuple(each for each in self._diagnostics if each.severity == "error")
        return errors or tuple(self._diagnostics)

    def step_diagnostic(self, step: int) -> Diagnostic | None:
        """Moves the caret to the next (``step`` 1) or previous (-1) of the gravest diagnostics, around the ends."""
        among = self.gravest
        if not among:
            return None
        row, column = self.cursor_location
        places = [(d.start.line - 1, d.start.column - 1) for d in among]
        if step > 0:
            index = bisect_right(places, (row, column)) % len(places)
        else:
            index = next((i for i in reversed(range(len(places))) if places[i] < (row, column)), len(places) - 1)
        found = among[index]
        self.go_to(found.start.line, found.start.column)
        return found

    def diagnostic_at_caret(self) -> Diagnostic | None:
        """The diagnostic that covers the caret, or else the first one on its line."""
        row, column = self.cursor_location
        here = [d for d in self._diagnostics if d.start.line - 1 <= row <= d.end.line - 1]
        for diagnostic in here:
            start, end = (
                (diagnostic.start.line - 1, diagnostic.start.column - 1),
                (diagnostic.end.line - 1, diagnostic.end.column),
            )
            if start <= (row, column) < end:
                return diagnostic
        return here[0] if here else None

    # ---- keys ----------------------------------------------------------------------------------------------------

    async def _on_key(self, event: Key) -> None:
        """A key that an open menu took is nobody else's; every other goes on to the editor."""
        if self.menu_key is not None and self.menu_key(event.key):
            event.stop()
            event.prevent_default()
        else:
            self.leave_park(event.key)
            self._just_typed = event.is_printable or event.key == "backspace"

    def was_typed(self) -> bool:
        """Whether the newest change is a key's, and not a text that was put there; asked once for each."""
        typed, self._just_typed = self._just_typed, False
        return typed

    def on_resize(self) -> None:
        """Wrapped anew, the text has its caret elsewhere: it stays in view where one is typing, and where one was sent
        to it, perhaps before there was a size at all."""
        sought = self._sought == self.cursor_location
        if self.has_focus or sought:
            self.call_after_refresh(self.scroll_cursor_visible, sought)

    @property
    def gutter_width(self) -> int:
        """Line numbers, a blank, the sign, a blank."""
        width = super().gutter_width
        return width + 1 if width else 0

    # ---- drawing -------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._adopt_theme()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._adopt_theme())

    def _adopt_theme(self) -> None:
        styles = syntax_styles(self.app)
        variables = self.app.theme_variables
        for severity, variable in (("error", "sev-error"), ("warning", "sev-warning"), ("info", "sev-info")):
            styles[severity] = style_from(f"{variable} underline", variables)
        styles[SPOT] = spot_style(variables)
        self._sign_styles = {}
        self.register_theme(TextAreaTheme(_THEME, syntax_styles=styles))
        if self.theme == _THEME:
            self._set_theme(_THEME)
        self.theme = _THEME
        self._build_highlight_map()
        self.refresh()

    def _build_highlight_map(self) -> None:
        """The one override of a private method: forget what was coloured; rows are lexed when they are drawn."""
        self._line_cache.clear()
        self._highlights = _Highlights(self._row_ranges)

    def _row_ranges(self, row: int) -> list[tuple[int, int | None, str]]:
        line = visible_code(self.document.get_line(row))
        bytes_until = partial(byte_offset, line, line.isascii())
        ranges: list[tuple[int, int | None, str]] = []
        if self._lexer is not None:
            ranges += [(bytes_until(t.start), bytes_until(t.end), t.kind) for t in self._lexer(line[:LEX_LIMIT])]
        for start, end in self._marks.spots.get(row, ()):
            ranges.append((bytes_until(min(start, len(line))), bytes_until(min(end, len(line))), SPOT))
        for start, end, severity in self._marked.get(row, ()):
            ranges.append(
                (bytes_until(min(start, len(line))), bytes_until(end) if end <= len(line) else None, severity)
            )
        return ranges

    def get_line(self, line_index: int) -> Text:
        """A line as drawn: what a terminal would act on is made visible."""
        return Text(visible_code(self.document.get_line(line_index)), end="")

    def render_line(self, y: int) -> Strip:
        """One row: the editor's own, with the sign of a diagnostic in the margin and new lines tinted."""
        strip = super().render_line(y)
        marks = self._marks
        document_y = y + self.scroll_offset.y
        if not self.show_line_numbers or document_y >= self.wrapped_document.height:
            return strip
        width, ground = self.gutter_width, Style(bgcolor=self.rich_style.bgcolor)
        # the editor puts the additional blank before the number; behind it, it parts number and sign
        strip = Strip.join([strip.crop(1, width), strip.crop(width - 1, width), strip.crop(width)])
        if not (self._worst or self._new_rows or marks.signs or marks.rows):
            return strip
        row, column = self.wrapped_document.offset_to_location(Offset(0, document_y))
        if row in self._new_rows:
            tint = self.get_component_rich_style("code-area--new")
            strip = Strip.join(
                [
                    strip.crop(0, width - 2),
                    sign_strip(NEW_SIGN, tint),
                    tinted(strip.crop(width), Style(bgcolor=tint.bgcolor)),
                ]
            )
        if row in marks.rows:
            strip = Strip.join(
                [
                    strip.crop(0, width - 2),
                    sign_strip(RULE_SIGN, ground + self._sign_style("primary")),
                    strip.crop(width),
                ]
            )
        severity = self._worst.get(row) if column == 0 else None
        if column == 0 and row in marks.signs:
            glyph, variable = marks.signs[row]
            strip = Strip.join(
                [strip.crop(0, width - 2), sign_strip(glyph, ground + self._sign_style(variable)), strip.crop(width)]
            )
        elif severity is not None:
            sign = sign_strip(SIGNS[severity], self.get_component_rich_style(f"code-area--{severity}"))
            strip = Strip.join([strip.crop(0, width - 2), sign, strip.crop(width)])
        return strip

    def _sign_style(self, variable: str) -> Style:
        found = self._sign_styles.get(variable)
        if found is None:
            found = self._sign_styles[variable] = style_from(variable, self.app.theme_variables)
        return found

    def _on_text_area_changed(self) -> None:
        """An edit: what was new has been read by now."""
        if self._new_rows and self.text != self._new_in:
            self._new_rows = range(0)
            self.refresh()
