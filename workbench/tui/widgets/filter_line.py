"""One line that says which filter is in force, and a field to write another one in.

It reads what is written by itself: it says which filter is wanted, after a pause in typing, and tells a mistake in
place, where the last good filter stays in force. Knows neither services nor store; names to complete come in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Input, Static

from workbench.engine.decision_filter import EVERYTHING, DecisionFilter
from workbench.engine.filter_text import LONGEST, FilterError, parse_filter
from workbench.tui.view.filters import completed, forms, mistake, previewed, remembered_with
from workbench.tui.view.plain import visible

PAUSE = 0.2  # seconds without typing after which the filter is taken


class _Completing(Suggester):
    """Writes the last word to its end."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.names: Mapping[str, Sequence[str]] = {}

    async def get_suggestion(self, value: str) -> str | None:
        """The whole text, with what is suggested."""
        return completed(value, self.names)


class FilterInput(Input):
    """The field. Tab takes what is suggested; up and down go through earlier filters."""

    HELP = """Write which decisions to list: agent:a3, outcome:deny, rule:R* (any ending), since:10m; words without a
    key are looked for in every column. A minus before a word turns it round, a comma means or, quotes hold blanks
    together. Tab completes, up and down bring earlier filters back, enter goes to the list, esc leaves everything as
    it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False),
        Binding("up", "earlier(1)", "Earlier", show=False),
        Binding("down", "earlier(-1)", "Later", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        self.completing = _Completing()
        super().__init__(compact=True, max_length=LONGEST, suggester=self.completing, select_on_focus=False, id=id)
        self.history: list[str] = []
        self._at = -1

    def begin(self, text: str) -> None:
        """Write on from ``text``."""
        self._at = -1
        self.value = text
        self.cursor_position = len(text)

    def action_complete(self) -> None:
        """Take what is suggested, if anything."""
        suggestion = completed(self.value, self.completing.names)
        if suggestion is not None and self.cursor_position == len(self.value):
            self.value = suggestion
            self.cursor_position = len(suggestion)

    def action_earlier(self, step: int) -> None:
        """An earlier filter, or a later one again."""
        at = self._at + step
        if -1 <= at < len(self.history):
            self._at = at
            self.value = self.history[at] if at >= 0 else ""
            self.cursor_position = len(self.value)


class FilterLine(Vertical):
    """``/ agent:a3 outcome:deny``; nothing where everything is listed and nobody writes."""

    DEFAULT_CSS = """
    FilterLine { height: auto; width: 1fr; background: $surface; padding: 0 1; display: none; }
    FilterLine.-set, FilterLine.-open { display: block; }
    FilterLine > Horizontal { height: 1; }
    FilterLine #filter-lead { width: 2; color: $accent; text-style: bold; }
    FilterLine #filter-said { width: 1fr; height: 1; }
    FilterLine #filter-input { width: 1fr; background: $panel; display: none; }
    FilterLine #filter-note { height: auto; display: none; }
    FilterLine.-open #filter-input, FilterLine.-open #filter-note { display: block; }
    FilterLine.-open #filter-said { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "As it was", show=False)]

    class Wanted(Message):
        """This filter is wanted from now on."""

        def __init__(self, filter: DecisionFilter) -> None:
            super().__init__()
            self.filter = filter

    class Opened(Message):
        """A person begins to write: names to complete are welcome."""

    class Closed(Message):
        """The field is closed: the list may have the focus again. ``kept``: whether what was written is in force."""

        def __init__(self, kept: bool) -> None:
            super().__init__()
            self.kept = kept

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._filter, self._before = EVERYTHING, EVERYTHING
        self._note = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("/ ", id="filter-lead")
            yield Static(id="filter-said", markup=False)
            yield FilterInput(id="filter-input")
        yield Static(id="filter-note", markup=False)

    # -- for the owner -------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether a person is writing."""
        return self.has_class("-open")

    @property
    def history(self) -> list[str]:
        """Earlier filters, newest first."""
        return self.query_one(FilterInput).history

    @history.setter
    def history(self, texts: Sequence[str]) -> None:
        self.query_one(FilterInput).history = list(texts)

    def know(self, names: Mapping[str, Sequence[str]]) -> None:
        """Names that may be written, by key."""
        self.query_one(FilterInput).completing.names = names

    def show(self, filter: DecisionFilter, note: str) -> None:
        """The filter in force, and how many it found or how far the search is."""
        self._filter, self._note = filter, note
        self.set_class(bool(filter), "-set")
        self._draw()

    def open(self) -> None:
        """Let a person write, from the filter in force on."""
        self._before = self._filter
        self.add_class("-open")
        field = self.query_one(FilterInput)
        with self.prevent(Input.Changed):
            field.begin(f"{self._filter} " if self._filter else "")
        self._told(None)
        field.focus()
        self.post_message(self.Opened())

    # -- writing -------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Read at once, so that a mistake is seen; take it after a pause, a name that may go on as its beginning."""
        event.stop()
        self._rest()
        wanted = self._read(previewed(event.value))
        if wanted is not None:
            self._timer = self.set_timer(PAUSE, lambda: self._want(wanted))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it and go to the list; with a mistake in it, stay."""
        event.stop()
        self._rest()
        wanted = self._read(event.value)
        if wanted is None:
            return
        self._want(wanted)
        self.history = remembered_with(self.history, str(wanted))
        self._close(kept=True)

    def action_give_up(self) -> None:
        """Leave, with the filter that was in force before."""
        self._rest()
        self._want(self._before)
        self._close(kept=False)

    def on_resize(self, _: events.Resize) -> None:
        """Say as much as there is room for."""
        self._draw()
        if self.is_open:
            self._read(self.query_one(FilterInput).value)

    def _read(self, text: str) -> DecisionFilter | None:
        try:
            wanted = parse_filter(text)
        except FilterError as error:
            self._told(error)
            return None
        self._told(None)
        return wanted

    def _told(self, error: FilterError | None) -> None:
        width = max(self.size.width - 2, 10)
        note = self.query_one("#filter-note", Static)
        said = forms(width) if error is None else mistake(error, width)
        note.update(Content.assemble("  ", said))

    def _want(self, wanted: DecisionFilter) -> None:
        if wanted != self._filter:
            self.post_message(self.Wanted(wanted))

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _close(self, *, kept: bool) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed(kept))

    def _draw(self) -> None:
        said = self.query_one("#filter-said", Static)
        width = max(self.size.width - 2, 10)
        text, note = visible(str(self._filter)), self._note
        room = width - len(note) - 2
        if Content(text).cell_length > room:
            note = note if room > 20 else ""
            room = width - len(note) - (2 if note else 0)
        left = Content.styled(text, "$accent bold").truncate(max(room, 1), ellipsis=True)
        gap = max(width - left.cell_length - len(note), 0)
        said.update(Content.assemble(left, " " * gap, (note, "$muted")))
