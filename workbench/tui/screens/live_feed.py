"""Live's feed: decisions one by one; follow or pause, filter, and drill into one.

The view never records anything: it tails the store by its high-water mark, in a thread, and fetches rows by the page
when they are about to be seen.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from workbench.tui.actions import Action
from workbench.tui.screens.live_detail import DetailPane
from workbench.tui.screens.live_opened import OPENED_ACTIONS, OpenedDecision
from workbench.tui.screens.norm_names import named
from workbench.tui.view.chrome import clickable
from workbench.tui.view.events import FILTERS, Filter, columns, filter_word, follow_text, heads, next_filter
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.event_list import PAGE, EventList

if TYPE_CHECKING:
    from workbench.service.views import EventRow

FEED_ACTIONS = (
    *OPENED_ACTIONS,
    Action(
        "live.filter", "Filter", "Show all, violations, denied, held", ("v",), scope="live", run="in_view('filter')"
    ),
    Action(
        "live.follow",
        "Follow",
        "Follow the newest decision, or stay here",
        ("f",),
        scope="live",
        run="in_view('follow')",
    ),
)


class News(NamedTuple):
    """What a poll found: ids after the last one known under ``only``, and the rows of the newest of them."""

    only: Filter
    high: int
    ids: array[int]
    rows: tuple[EventRow, ...]


class FeedPane(OpenedDecision):
    """Decisions as they are made."""

    VIEW = "feed"
    HELP = """Every decision as it is made. Enter opens one: the rule that decided beside its English, what it read, why
    a permit did not apply, the receipt. v shows only violations, denied or held ones; f follows the newest or stays."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._only: Filter = "all"
        self._high = -1
        self._loaded = False
        self._wanted: int | None = None
        self._trouble = ""

    def compose(self) -> ComposeResult:
        yield Horizontal(
            Vertical(
                Static(id="heads", markup=False),
                EventList(id="events"),
                EmptyState(
                    "no decision yet", "Decisions appear here as agents ask for them.", "space plays", id="none"
                ),
                id="listing",
            ),
            DetailPane(id="detail", classes="pane"),
            id="split",
        )

    # -- data ----------------------------------------------------------------------------------------------------

    @property
    def events(self) -> EventList:
        """The list."""
        return self.query_one(EventList)

    def take_focus(self) -> None:
        (self.query_one(DetailPane) if self.detail_open else self.events).focus()

    def stop_about(self) -> int | None:
        return self.shown.detail.row.seq if self.shown is not None else self.events.selected

    def poll(self) -> None:
        last = self.events.last_id if self._loaded else 0
        known = -1 if not self._loaded else self._high
        self.run_service(
            self._ask,
            self._only,
            last,
            known,
            group="poll",
            on_result=self._learned,
            on_error=self._failed,
            when_busy="skip",
        )

    def _ask(self, only: Filter, last: int, known: int) -> News | None:
        workspace = self.workspace
        high = workspace.high_water()
        if high == known:
            return None
        ids = workspace.event_ids(only, after=last)
        return News(only, high, ids, named(workspace, workspace.rows(ids[-PAGE:])) if ids else ())

    def _learned(self, news: News | None) -> None:
        if self._trouble:
            self._trouble = ""
            self.draw_bar()
        if news is None or news.only != self._only:
            return
        self._high = news.high
        if self._loaded:
            self.events.extend(news.ids, news.rows)
        else:
            self._loaded = True
            self.events.set_ids(news.ids, near=self._wanted)
            self.events.fill(news.rows)
        self.query_one("#listing").set_class(not self.events.total, "-none")
        self.draw_bar()

    def _failed(self, error: Exception) -> None:
        title = str(getattr(error, "title", "") or f"{type(error).__name__}: {error}")
        if title != self._trouble:
            self._trouble = title
            self.draw_bar()
            self.workbench.report(error)

    def on_event_list_rows_wanted(self, event: EventList.RowsWanted) -> None:
        """Fetch what is about to be seen."""
        ids = event.ids

        def failed(error: Exception) -> None:
            self.events.unfilled(ids)
            self._failed(error)

        workspace = self.workspace
        self.run_service(
            lambda: named(workspace, workspace.rows(ids)),
            group=f"rows-{ids[0]}",
            on_result=self.events.fill,
            on_error=failed,
        )

    # -- the bar -------------------------------------------------------------------------------------------------

    def on_event_list_moved(self) -> None:
        """The bar says where the list stands."""
        self.draw_bar()

    def on_event_list_laid_out(self, event: EventList.LaidOut) -> None:
        """The heads stand over their columns."""
        self.query_one("#heads", Static).update(heads(columns(event.width)))

    def bar(self, width: int) -> Content:
        left = Content(" ").join(_filter_tab(only, word, only == self._only) for only, word in FILTERS)
        events = self.events
        style = "$muted" if events.following else "$hold bold"
        text = follow_text(events.following, events.cursor, events.total)
        if self._trouble:
            text, style = f"✗ {self._trouble}", "$deny bold"
        right = Content.styled(text, style)
        if left.cell_length + right.cell_length + 2 > width:
            left = Content.styled(f"v {filter_word(self._only)}", "$accent")
        gap = max(width - left.cell_length - right.cell_length, 1)
        return Content.assemble(left, " " * gap, right)

    # -- what is listed ------------------------------------------------------------------------------------------

    def show_event(self, seq: int) -> None:
        """Open a decision from elsewhere; the filter is lifted when it hides the decision."""
        self.events.following = False
        if not self.events.select(seq):
            self._wanted = seq
            self._set_filter("all")
        self.open_decision(seq)

    def action_filter(self) -> None:
        """The next filter; the position is kept as near as can be."""
        self.action_set_filter(next_filter(self._only))

    def action_set_filter(self, only: Filter) -> None:
        """This filter."""
        self._wanted = self.events.selected
        self._set_filter(only)

    def _set_filter(self, only: Filter) -> None:
        self._only = only
        self._loaded = False
        self.forget_service("poll")
        self.run_service(self._ask, only, 0, -1, group="poll", on_result=self._learned, on_error=self._failed)
        self.draw_bar()

    def action_follow(self) -> None:
        """Follow, or stay."""
        self.events.action_toggle_follow()


def _filter_tab(only: str, word: str, current: bool) -> Content:
    text = Content.styled(f" {word} ", "$background on $accent bold" if current else "$muted")
    return text.stylize(clickable(f"in_view('set_filter', '{only}')"))
