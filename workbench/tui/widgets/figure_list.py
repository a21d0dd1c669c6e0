"""A list of rows of figures that change while somebody reads: the cursor stays on its row, and order waits for a hand.

Line API on :class:`RowList`. New values are drawn at once; a new order is taken only when nobody has moved the cursor
for a moment, and then the row under the cursor keeps its line of the screen where it can. Knows neither services nor
store: values come in through :meth:`FigureList.show_values`, messages go out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from workbench.tui.view.figures import LEAD, Figure, Span, field_at
from workbench.tui.view.table import Row
from workbench.tui.widgets.chosen import chosen
from workbench.tui.widgets.row_list import CURSOR, RowList

Value = TypeVar("Value")

_WIDE = 200  # cells of the rows that words are searched for in
WAIT = 3.0  # seconds after the last move of the cursor until rows may change places
AGENT_ROLES = tuple(f"agent-{number}" for number in range(1, 9))


class FigureList(RowList, Generic[Value]):
    """``layout``: width and what the rows need → columns; ``heads``: their titles with the order marked; ``cells``: a
    value as spans.

    ``clock`` gives seconds that never run back. The subclass names what it lists.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--violation", *(f"row-list--{role}" for role in AGENT_ROLES)}
    DEFAULT_CSS = """
    FigureList {
        height: 1fr; scrollbar-size-vertical: 1; background: $background; color: $ink;
        & .row-list--deny { text-style: bold; }  /* without colours it must not be the faintest */
        & .row-list--violation { color: $deny; text-style: bold; }
        & .row-list--agent-1 { color: $agent-1; }
        & .row-list--agent-2 { color: $agent-2; }
        & .row-list--agent-3 { color: $agent-3; }
        & .row-list--agent-4 { color: $agent-4; }
        & .row-list--agent-5 { color: $agent-5; }
        & .row-list--agent-6 { color: $agent-6; }
        & .row-list--agent-7 { color: $agent-7; }
        & .row-list--agent-8 { color: $agent-8; }
        & .row-list--header { text-style: underline; }
    }
    """

    class HeadClicked(Message):
        """The title of a column was clicked."""

        def __init__(self, field: str) -> None:
            super().__init__()
            self.field = field

    def __init__(
        self,
        layout: Callable[[int, Mapping[str, int] | None], tuple[Figure, ...]],
        heads: Callable[[tuple[Figure, ...], str, int], str],
        cells: Callable[[Value, tuple[Figure, ...]], list[Span]],
        *,
        clock: Callable[[], float] = monotonic,
        id: str | None = None,
    ) -> None:
        super().__init__((), header=True, id=id)
        self._decide, self._titles, self._spans = layout, heads, cells
        self._needs: dict[str, int] = {}
        self._decided: tuple[int, tuple[Figure, ...]] = (-1, ())
        self._clock = clock
        self._values: dict[str, Value] = {}
        self._order = ""
        self._moved_at = float("-inf")
        self._waits = False

    # ---- data ----------------------------------------------------------------------------------------------------

    @property
    def value(self) -> Value | None:
        """What the cursor is on."""
        row = self.current
        return None if row is None else self._values.get(row.key)

    @property
    def values(self) -> list[Value]:
        """What is listed, in the order shown."""
        return [self._values[row.key] for row in self.rows]

    @property
    def waits(self) -> bool:
        """Whether the rows stand in an older order than their figures ask for, because the cursor was just moved."""
        return self._waits

    def columns(self, width: int) -> tuple[Figure, ...]:
        """The columns on ``width`` cells."""
        if self._decided[0] != width:
            self._decided = width, self._decide(width, self._needs or None)
        return self._decided[1]

    def need(self, needs: Mapping[str, int], *, anew: bool) -> None:
        """What the longest text of each column needs. While somebody reads, columns only grow (but ``anew``): they must
        not jump back and forth with the rows."""
        before = {} if anew else self._needs
        self._needs = {field: max(cells, before.get(field, 0)) for field, cells in needs.items()}
        self._decided = (-1, ())

    def show_values(self, values: Mapping[str, Value], order: str, *, at_once: bool = False) -> None:
        """Show these values by key, in this order; ``at_once``: somebody asked for it, so nothing waits."""
        self._order = order
        wanted = list(values)
        still = not at_once and self._clock() - self._moved_at < WAIT
        keys = [row.key for row in self.rows]
        if still:
            known = set(keys)
            wanted = [key for key in keys if key in values] + [key for key in wanted if key not in known]
        self._waits = still and wanted != list(values)
        here = self.current
        line = self.cursor - self.scroll_offset.y
        self._values = dict(values)
        if wanted != keys:
            top = self.scroll_offset.y
            self.show([Row(key, ()) for key in wanted])
            if here is not None and here.key in self._values and (top or still):
                self.scroll_to(y=max(self.cursor - line, 0), animate=False, force=True)
        self.refresh()

    def _touched(self) -> None:
        self._moved_at = self._clock()

    # ---- moving --------------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        self._touched()
        super().action_move(step)

    def action_page(self, direction: int) -> None:
        self._touched()
        super().action_page(direction)

    def action_end(self, direction: int) -> None:
        self._touched()
        super().action_end(direction)

    def hand_go(self, index: int) -> None:
        self._touched()
        super().hand_go(index)

    def hand_texts(self) -> Sequence[str] | None:
        columns = self._decide(_WIDE, None)
        return ["".join(text for _, text in self._spans(value, columns)) for value in self.values] or None

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves the view: rows stay where the eye is."""
        self._touched()

    def on_mouse_scroll_up(self) -> None:
        """As above."""
        self._touched()

    def on_click(self, event: Click) -> None:
        self._touched()
        event.prevent_default()  # the base's own handler is called from here, and not a second time
        if event.y - self.gutter.top >= 1:
            super().on_click(event)
            return
        columns = self.columns(self.scrollable_content_region.width)
        if field := field_at(columns, event.x - self.gutter.left):
            self.post_message(self.HeadClicked(field))

    # ---- drawing -------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        plain = self.rich_style
        get = self.get_component_rich_style
        columns = self.columns(width)
        if y == 0:
            return Strip([Segment(self._titles(columns, self._order, width), get("row-list--header"))]).apply_style(
                plain
            )
        index = y + self.scroll_offset.y - 1
        if not 0 <= index < len(self.rows):
            return Strip.blank(width, plain)
        here = index == self.cursor
        lead = f"{CURSOR} " if here else "  "
        parts = [Segment(lead[:LEAD], get("row-list--accent", partial=True))]
        for role, text in self._spans(self._values[self.rows[index].key], columns):
            parts.append(Segment(text, get(f"row-list--{role}", partial=True)))
        strip = Strip(parts).adjust_cell_length(width)
        if here:
            strip = chosen(strip, get("row-list--cursor"))
        return strip.apply_style(plain)
