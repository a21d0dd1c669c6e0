"""Live, the feed: decisions as they are made; follow or pause, filter, and drill into one.

The screen never records anything: it tails the store by its high-water mark, in a thread, ten times a second, and
fetches rows by the page when they are about to be seen.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.actions import Action
from workbench.tui.screens import live_questions as questions
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.live_detail import DetailPane
from workbench.tui.screens.modals.stop import StopScreen
from workbench.tui.screens.norm_names import named
from workbench.tui.view import overlays as overlay_view
from workbench.tui.view.chrome import clickable
from workbench.tui.view.detail import event_detail
from workbench.tui.view.events import FILTERS, Filter, columns, filter_word, follow_text, heads, next_filter
from workbench.tui.widgets.chrome import Clickable
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.event_list import PAGE, EventList

if TYPE_CHECKING:
    from workbench.service.governing_views import OverlayView
    from workbench.service.views import EventRow, Status

POLLS_PER_SECOND = 10
ROOMY = 120  # cells from which on list and decision stand side by side


class News(NamedTuple):
    """What a poll found: ids after the last one known under ``only``, and the rows of the newest of them."""

    only: Filter
    high: int
    ids: array[int]
    rows: tuple[EventRow, ...]


class FilterBar(Static, Clickable):
    """The filters, clickable, and where the list stands."""


class LiveScreen(WorkbenchScreen):
    """Mode 6."""

    NUMBER = 6
    NAME = "live"
    CSS_PATH = "live.tcss"
    SMALLEST = (30, 6)
    HELP = """Every decision as it is made. Enter opens one: the rule that decided beside its English, what it read, why
    a permit did not apply, the receipt. v shows only violations, denied or held ones. S stops an agent, an action or
    everything for a while; L lists what is stopped, and lifts it. Space pauses the recorded actions."""
    ACTIONS = (
        Action("live.open", "Open", "Open the decision under the cursor", ("enter",), scope="live"),
        Action("live.back", "Back", "Back to the list, where you were", ("escape",), scope="live"),
        Action("live.stop", "Stop", "Stop an agent, an action or everything for a while", ("S",), scope="live"),
        Action("live.rule", "Open rule", "Open the rule that decided in Author", ("o",), scope="live"),
        Action("live.case", "Case", "Open the case that a held request waits in", ("C",), scope="live"),
        Action("live.words", "Words", "Judge what was said for it anew, in Speech", ("w",), scope="live"),
        Action("live.filter", "Filter", "Show all, violations, denied, held", ("v",), scope="live"),
        Action("live.follow", "Follow", "Follow the newest decision, or stay here", ("f",), scope="live"),
        Action("live.player", "Pause/play", "Pause or resume the recorded actions", ("space", "p"), scope="live"),
        Action(
            "live.faster",
            "Faster",
            "Play the recorded actions faster",
            ("plus", "equals_sign"),
            scope="live",
            show=False,
        ),
        Action("live.slower", "Slower", "Play the recorded actions slower", ("minus",), scope="live", show=False),
        Action(
            "live.next",
            "Next",
            "In an open decision: the next one",
            ("n", "right"),
            scope="live",
            show=False,
            run="step(1)",
        ),
        Action(
            "live.previous",
            "Previous",
            "In an open decision: the one before",
            ("b", "left"),
            scope="live",
            show=False,
            run="step(-1)",
        ),
        Action("live.copy", "Copy", "Copy the open decision as text", ("c",), scope="live", show=False),
    )

    def __init__(self) -> None:
        super().__init__()
        self._only: Filter = "all"
        self._high = -1
        self._loaded = False
        self._shown: questions.Opened | None = None
        self._wanted: int | None = None
        self._trouble = ""

    def compose_body(self) -> Iterable[Widget]:
        yield FilterBar(id="bar", markup=False)
        yield Horizontal(
            Vertical(
                Static(id="heads", markup=False),
                EventList(id="feed"),
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
    def feed(self) -> EventList:
        """The list."""
        return self.query_one(EventList)

    def workspace_ready(self) -> None:
        self.feed.focus()
        self.set_interval(1 / POLLS_PER_SECOND, self._poll)
        self._poll()

    def refresh_data(self) -> None:
        self._poll()

    def _poll(self) -> None:
        if not self.in_front or not self.has_workspace:
            return
        last = self.feed.last_id if self._loaded else 0
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
            self._draw_bar()
        if news is None or news.only != self._only:
            return
        self._high = news.high
        if self._loaded:
            self.feed.extend(news.ids, news.rows)
        else:
            self._loaded = True
            self.feed.set_ids(news.ids, near=self._wanted)
            self.feed.fill(news.rows)
        self.query_one("#listing").set_class(not self.feed.total, "-none")
        self._draw_bar()

    def _failed(self, error: Exception) -> None:
        title = str(getattr(error, "title", "") or f"{type(error).__name__}: {error}")
        if title != self._trouble:
            self._trouble = title
            self._draw_bar()
            self.workbench.report(error)

    def on_event_list_rows_wanted(self, event: EventList.RowsWanted) -> None:
        ids = event.ids

        def failed(error: Exception) -> None:
            self.feed.unfilled(ids)
            self._failed(error)

        workspace = self.workspace
        self.run_service(
            lambda: named(workspace, workspace.rows(ids)),
            group=f"rows-{ids[0]}",
            on_result=self.feed.fill,
            on_error=failed,
        )

    # -- the bar -------------------------------------------------------------------------------------------------

    def on_event_list_moved(self) -> None:
        self._draw_bar()

    def on_event_list_laid_out(self, event: EventList.LaidOut) -> None:
        self.query_one("#heads", Static).update(heads(columns(event.width)))

    def on_resize(self) -> None:
        self.set_class(self.size.width >= ROOMY, "-roomy")
        self.call_after_refresh(self._draw_bar)

    def _draw_bar(self) -> None:
        bar = self.query_one("#bar", Static)
        width = bar.content_size.width or self.size.width
        left = Content(" ").join(_filter_tab(only, word, only == self._only) for only, word in FILTERS)
        feed = self.feed
        style = "$muted" if feed.following else "$hold bold"
        text = follow_text(feed.following, feed.cursor, feed.total)
        if self._trouble:
            text, style = f"✗ {self._trouble}", "$deny bold"
        right = Content.styled(text, style)
        if left.cell_length + right.cell_length + 2 > width:
            left = Content.styled(f"v {filter_word(self._only)}", "$accent")
        gap = max(width - left.cell_length - right.cell_length, 1)
        bar.update(Content.assemble(left, " " * gap, right))

    # -- one decision --------------------------------------------------------------------------------------------

    @property
    def detail_open(self) -> bool:
        """Whether a decision is open."""
        return self._shown is not None

    def show_event(self, seq: int) -> None:
        """Open a decision from elsewhere; the filter is lifted when it hides the decision."""
        self.feed.following = False
        if not self.feed.select(seq):
            self._wanted = seq
            self._set_filter("all")
        self._open(seq)

    def on_event_list_opened(self, event: EventList.Opened) -> None:
        self._open(event.seq)

    def _open(self, seq: int) -> None:
        self.run_service(questions.opened, self.workspace, seq, group="event", on_result=self._opened)

    def _opened(self, opened: questions.Opened) -> None:
        self._shown = opened
        self.query_one("#body").add_class("-detail")
        pane = self.query_one(DetailPane)
        pane.show(opened)
        pane.focus()
        self.show_hints()
        self._draw_bar()

    def tick(self, _status: Status) -> None:
        """A second has passed: a case that the open decision waits for may have moved on."""
        shown = self._shown
        if shown is not None and any(case.state in ("open", "granted") for case in shown.cases):
            ask = partial(questions.opened, self.workspace, shown.detail.row.seq)
            self.run_service(ask, group="cases", on_result=self._renewed, when_busy="skip")

    def _renewed(self, opened: questions.Opened) -> None:
        shown = self._shown
        if shown is not None and shown.detail.row.seq == opened.detail.row.seq and shown.cases != opened.cases:
            self._shown = opened
            self.query_one(DetailPane).renew(opened)

    # -- actions -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What an open decision offers is offered only there."""
        if action in {"back", "step", "copy"}:
            return self.detail_open
        if action == "rule":
            return self._shown is not None and bool(self._shown.detail.rules)
        if action == "case":
            return self._shown is not None and bool(self._shown.cases)
        if action == "words":
            return self._shown is not None and "speech" in self._shown.detail.request
        if action == "open":
            return not self.detail_open
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Open the decision under the cursor."""
        self.feed.action_open()

    def action_back(self) -> None:
        """Close the decision; the list is as it was left."""
        self._shown = None
        self.query_one("#body").remove_class("-detail")
        self.feed.focus()
        self.show_hints()
        self.call_after_refresh(self._draw_bar)

    def action_step(self, by: int) -> None:
        """Open the next decision (or the one before) that the filter lists."""
        self.feed.action_move(by)
        seq = self.feed.selected
        if seq is not None:
            self._open(seq)

    async def action_rule(self) -> None:
        """Open the rule that decided, in Author."""
        if self._shown is not None and self._shown.detail.rules:
            await self.workbench.goto_rule(self._shown.detail.rules[0].id)

    async def action_case(self) -> None:
        """Open the case that holds it, in Cases: one that still waits where there are several."""
        if self._shown is not None and self._shown.cases:
            waiting = [case for case in self._shown.cases if case.state == "open"]
            await self.workbench.goto_case((waiting or list(self._shown.cases))[0].id)

    async def action_words(self) -> None:
        """Judge what was said anew, beside its evidence."""
        if self._shown is not None:
            await self.workbench.goto_speech(self._shown.detail.row.seq)

    def action_copy(self) -> None:
        """Copy the decision as text."""
        if self._shown is not None:
            self.workbench.copy(event_detail(self._shown.detail, 100, self._shown.cases).plain)

    def action_stop(self) -> None:
        """Ask what to stop, for how long and why; what the cursor is on is offered."""
        if not self.has_workspace:
            return
        seq = self._shown.detail.row.seq if self._shown is not None else self.feed.selected
        self.run_service(questions.stoppable, self.workspace, seq, group="stop", on_result=self._ask_for_stop)

    def _ask_for_stop(self, found: questions.Stoppable) -> None:
        self.app.push_screen(StopScreen(self.workspace, found.keys, found.digest, found.names), self._stopped)

    def _stopped(self, stop: OverlayView | None) -> None:
        if stop is not None:
            self.notify(overlay_view.stopped_said(stop), title="■ STOPPED", severity="warning", markup=False)
            self.workbench.look_now()

    def action_filter(self) -> None:
        """The next filter; the position is kept as near as can be."""
        self._wanted = self.feed.selected
        self._set_filter(next_filter(self._only))

    def action_set_filter(self, only: Filter) -> None:
        """This filter."""
        self._wanted = self.feed.selected
        self._set_filter(only)

    def _set_filter(self, only: Filter) -> None:
        self._only = only
        self._loaded = False
        self.forget_service("poll")
        self.run_service(self._ask, only, 0, -1, group="poll", on_result=self._learned, on_error=self._failed)
        self._draw_bar()

    def action_follow(self) -> None:
        """Follow, or stay."""
        self.feed.action_toggle_follow()

    def action_player(self) -> None:
        """Pause or resume the player."""
        self.workbench.toggle_player()

    def action_faster(self) -> None:
        """Twice the pace."""
        self.workbench.change_pace(1)

    def action_slower(self) -> None:
        """Half the pace."""
        self.workbench.change_pace(-1)


def _filter_tab(only: str, word: str, current: bool) -> Content:
    text = Content.styled(f" {word} ", "$background on $accent bold" if current else "$muted")
    return text.stylize(clickable(f"set_filter('{only}')"))
