"""Live's feed: decisions one by one; follow or pause, filter, and drill into one.

The view never records anything: it tails the store by its high-water mark, in a thread, and fetches rows by the page
when they are about to be seen. A filter is looked for in a thread as well; until it is found the list stays as it was.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from workbench.analysis.stop import Progress, Stopped
from workbench.analysis.task import Task
from workbench.engine.decision_filter import EVERYTHING, DecisionFilter
from workbench.tui.actions import Action, key_of
from workbench.tui.screens.live_detail import DetailPane
from workbench.tui.screens.live_filtering import WRITING, FilteredDecisions
from workbench.tui.screens.live_opened import OPENED_ACTIONS, feed_action
from workbench.tui.screens.norm_names import named
from workbench.tui.view import asking
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.events import EXPORTED, exported, follow_text, heads
from workbench.tui.view.export import ExportView
from workbench.tui.view.filters import PRESETS, preset_word
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.event_list import PAGE, EventList
from workbench.tui.widgets.filter_line import FilterLine
from workbench.tui.widgets.splitter import SplitPanes

if TYPE_CHECKING:
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

SEARCHING_AFTER = 0.15  # seconds of looking for a filter, after which the line says so

FEED_ACTIONS: tuple[Action, ...] = (
    *OPENED_ACTIONS,
    feed_action("filter", "Filter", "Filter: agent:a3 outcome:deny rule:R* since:10m text", "slash"),
    feed_action("outcome", "Outcomes", "Show all, violations, denied, held; the rest of the filter stays", "v"),
    feed_action("follow", "Follow", "Follow the newest decision, or stay here", "f"),
)


_FIRST = ("live.open", "live.back", "live.filter", "live.outcome", "live.stop", "live.follow")
_OF_SOMETHING = ("live.filter", "live.outcome")  # not hinted at while nothing is there to be chosen from
_OF_THE_LIST = {"live.filter", "live.outcome", "live.follow", "live.view", "live.player"}


class News(NamedTuple):
    """What was found for ``wanted``: ids up to ``high``, and the rows of the newest of them."""

    wanted: DecisionFilter
    high: int
    ids: array[int]
    rows: tuple[EventRow, ...]


class Sent(NamedTuple):
    """That another view led here: to what, from which view, and what was listed before."""

    wanted: DecisionFilter
    view: str
    before: DecisionFilter


class FeedPane(FilteredDecisions):
    """Decisions as they are made."""

    VIEW = "feed"
    HELP = """Every decision as it is made. Enter opens one: the rule that decided beside its English, what it read, why
    a permit did not apply, the receipt. / filters, v shows only violations, denied or held ones; f follows the newest
    or stays."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._search = Task()
        self._began = 0.0
        self._progress: Progress | None = None
        self._high = -1
        self._loaded = False
        self._near: int | None = None
        self._trouble = ""
        self.sent: Sent | None = None

    def compose(self) -> ComposeResult:
        yield FilterLine(id="filter")
        yield SplitPanes(
            Vertical(
                Static(id="heads", markup=False),
                EventList(id="events"),
                EmptyState("no decision yet", id="none"),
                id="listing",
            ),
            DetailPane(id="detail", classes="pane"),
            id="split",
        )

    # -- data ----------------------------------------------------------------------------------------------------

    def take_focus(self) -> None:
        (self.query_one(DetailPane) if self.detail_open else self.events).focus()

    def stop_about(self) -> int | Mapping[str, str] | None:
        """The open decision, else the row that was moved to; while the list follows, its newest row is nobody's choice.

        Unless all rows are of the one agent that the filter names.
        """
        if self.shown is not None:
            return self.shown.detail.row.seq
        one = self.wanted.one("agent")
        if one is not None and not self.events.total:
            return {"agent": one}
        return self.events.selected if one is not None or not self.events.following else None

    def hints(self, actions: Sequence[Action]) -> Sequence[Action]:
        """While a filter is written, its own keys; about an open decision, what can be done with it."""
        if self.query_one(FilterLine).is_open:
            return WRITING
        if self.detail_open:
            return [action for action in actions if action.id not in _OF_THE_LIST]
        if not self.events.total and not self.wanted:
            actions = [action for action in actions if action.id not in _OF_SOMETHING]
        clears = self.wanted and self.sent is None
        actions = [replace(each, title="Clear") if clears and each.id == "live.back" else each for each in actions]
        return sorted(actions, key=lambda action: _FIRST.index(action.id) if action.id in _FIRST else len(_FIRST))

    def recall(self) -> None:
        super().recall()
        self._draw_filter()

    def poll(self) -> None:
        if not self._loaded:
            if self._began == 0.0:
                self._find()
            self._draw_filter()
            return
        self.run_service(
            self._tail, self.wanted, self._high, group="poll", on_result=self._learned, on_error=self._failed,
            when_busy="skip",
        )  # fmt: skip

    def _find(self) -> None:
        """List anew, all that is wanted; a search that is under way is stopped."""
        self._search.stop.set()
        self._search = task = Task(tell=self._tell)
        self._loaded, self._began, self._progress = False, monotonic(), None
        self.forget_service("poll")
        self.run_service(self._found, self.wanted, task, group="find", on_result=self._learned, on_error=self._failed)
        self.set_timer(SEARCHING_AFTER, self._draw_filter)

    def _tell(self, progress: Progress) -> None:
        self._progress = progress  # in the thread that searches; drawn with the next poll

    def _found(self, wanted: DecisionFilter, task: Task) -> News | None:
        try:
            found = self.workspace.finding.ids(wanted, task=task)
        except Stopped:
            return None
        return News(wanted, found.high, found.ids, _named_rows(self.workspace, found.ids[-PAGE:]))

    def _tail(self, wanted: DecisionFilter, known: int) -> News | None:
        workspace = self.workspace
        high = workspace.high_water()
        if high <= known:
            return None if high == known else News(wanted, high, array("q"), ())
        found = workspace.finding.ids(wanted, known)
        return News(wanted, found.high, found.ids, _named_rows(workspace, found.ids[-PAGE:]))

    def _learned(self, news: News | None) -> None:
        if self._trouble:
            self._trouble = ""
            self.draw_bar()
        if news is None or news.wanted != self.wanted:
            return
        if news.high < self._high:  # an older database was put in its place: of what is listed some never was
            self._high = -1
            self.events.set_ids(array("q"))
            self._find()
            return
        self._high = news.high
        if self._loaded:
            self.events.extend(news.ids, news.rows)
            if not news.ids:
                return
        else:
            self._loaded = True
            self.events.set_ids(news.ids, near=self._near)
            self.events.fill(news.rows)
        self._draw_none()
        self._draw_filter()
        self.draw_bar()

    def _failed(self, error: Exception) -> None:
        self._began = 0.0  # a search that failed is tried again with the next poll
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

        self.run_service(
            _named_rows, self.workspace, ids, group=f"rows-{ids[0]}", on_result=self.events.fill, on_error=failed
        )

    def export_view(self) -> ExportView | None:
        """Every decision that the filter wants, read by the page; not only those that are seen."""
        if not self.has_workspace or not self.events.total:
            return None
        workspace, wanted = self.workspace, self.wanted
        return ExportView("decisions", EXPORTED, lambda: _exported_rows(workspace, wanted))

    # -- the bar -------------------------------------------------------------------------------------------------

    def on_event_list_moved(self) -> None:
        """The bar says where the list stands; a decision beside the list goes along with its cursor."""
        self.draw_bar()
        self._draw_filter()
        events, shown = self.events, self.shown
        seq = events.selected
        if shown is None or seq is None or events.following or not events.has_focus:
            return
        if seq != shown.detail.row.seq:
            self.open_decision(seq, focus=False)

    def on_event_list_laid_out(self, event: EventList.LaidOut) -> None:
        """The heads stand over their columns."""
        self.query_one("#heads", Static).update(heads(event.columns))

    def bar(self, width: int) -> Content:
        events = self.events
        left = Content(" ").join(_preset(at, self.wanted) for at in range(len(PRESETS)))
        if left.cell_length + 2 + len(follow_text(False, events.total, events.total)) > width:
            left = Content.styled(f"{key_of('live.outcome')} {preset_word(self.wanted)}", "$accent")
            left = left.stylize(clickable("in_view('outcome')"))
        room = width - left.cell_length - 2
        style = "$muted" if events.following else "$hold bold"
        key = key_of("list.follow")
        text = follow_text(events.following, events.cursor, events.total, room, key, counted=bool(self.wanted))
        if self.wanted and not events.total:
            text = "nothing found"
        if self._trouble:
            text, style = f"✗ {self._trouble}", "$deny bold"
        right = Content.styled(text, style).truncate(max(room, 1), ellipsis=True)
        right = right.stylize(clickable("in_view('follow')"))
        return Content.assemble(left, " " * max(width - left.cell_length - right.cell_length, 1), right)

    def _draw_filter(self) -> None:
        key = key_of("live.back")
        leaves = f"{key} back to {self.sent.view.capitalize()}" if self.sent is not None else f"{key} clears"
        counts = self.events.following and self.events.total  # else the bar says of how many
        note = f"{self.events.total:,} found · {leaves}" if counts else leaves
        if not self._loaded and self._began and monotonic() - self._began >= SEARCHING_AFTER:
            done = self._progress
            share = f" {done.done / done.total:.0%}" if done is not None and done.total else ""
            note = f"searching …{share}"
        self.query_one(FilterLine).show(self.wanted, note)

    def _draw_none(self) -> None:
        nothing = self.query_one("#none", EmptyState)
        if self.wanted:
            nothing.title, nothing.why = (
                "nothing matches",
                "No decision is as the filter says. New ones are still looked at.",
            )
            nothing.next_key = f"{key_of('live.back')} lists all, {key_of('live.filter')} changes the filter"
        else:
            played = self.workbench.player is not None
            how = "" if played else f"\n{asking.LINES}"
            nothing.title, nothing.why = "no decision yet", f"Decisions appear here as agents ask for them.{how}"
            plays = f"{key_of('live.player')} plays the recorded actions"
            nothing.next_key = plays if played else f"{key_of('live.groups')} shows groups"
        self.query_one("#listing").set_class(not self.events.total, "-none")

    # -- what is listed ------------------------------------------------------------------------------------------

    def show_event(self, seq: int) -> None:
        """Open a decision from elsewhere; the filter is lifted when it hides the decision."""
        self.events.following = False
        if not self.events.select(seq):
            self._list(EVERYTHING, seq)
        self.open_decision(seq)

    def show_filtered(self, wanted: DecisionFilter) -> None:
        """List what ``wanted`` says, the newest first in sight, with no decision open."""
        if self.detail_open:
            self.close_decision()
        self.events.following = True
        self._list(wanted, None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back also takes the filter away."""
        if action == "follow":
            return self.events.total > 0
        if action == "back":
            return self.detail_open or bool(self.wanted) or self.workbench.was_sent
        return super().check_action(action, parameters)

    async def action_back(self) -> None:
        """Back to where one was sent from, screen or view; else close the decision, the list being as it was left;
        where none is open, list everything again.
        """
        if await self.workbench.go_back():
            return
        sent, self.sent = self.sent, None
        if self.detail_open:
            self.sent = sent
            self.close_decision()
        elif sent is not None and sent.wanted == self.wanted:
            self.list_anew(sent.before)
            self.live.show_view(sent.view)
        elif self.wanted:
            self.list_anew(EVERYTHING)

    def list_anew(self, wanted: DecisionFilter, *, keep: bool = True) -> None:
        self._list(wanted, self.events.selected, keep=keep)

    def _list(self, wanted: DecisionFilter, near: int | None, *, keep: bool = True) -> None:
        """``near``: the decision that the cursor goes to, or to the next one after it."""
        self.wanted, self._near = wanted, near
        if keep:
            self.workbench.remembered.put("live", "filter", str(wanted))
        self._find()
        self._draw_filter()
        self.live.show_hints()
        self.draw_bar()

    def follow_on(self) -> None:
        """Follow again, so that it is seen what becomes of what is asked for now; unless a decision is being read."""
        if not self.detail_open and not self.events.following:
            self.events.action_follow()

    def action_follow(self) -> None:
        """Follow, or stay."""
        self.events.action_toggle_follow()


def _named_rows(workspace: Workspace, ids: array[int]) -> tuple[EventRow, ...]:
    return named(workspace, workspace.rows(ids)) if ids else ()


def _exported_rows(workspace: Workspace, wanted: DecisionFilter) -> Iterator[tuple[object, ...]]:
    for row in workspace.finding.every_row(wanted):
        yield exported(named(workspace, [row], stops=False)[0])


def _preset(at: int, wanted: DecisionFilter) -> Content:
    outcomes, word = PRESETS[at]
    style = CHOSEN_VIEW if outcomes == wanted.outcomes else "$muted"
    return Content.styled(f" {word} ", style).stylize(clickable(f"in_view('preset', {at})"))
