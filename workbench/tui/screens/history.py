"""Screen 9: everything that happened beside decisions, newest first; opened, compared, verified."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial

from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from workbench.service.governing_views import TimelineEntry
from workbench.service.moments import EXAMPLES
from workbench.service.views import Status
from workbench.tui.actions import REGISTRY, Action
from workbench.tui.screens import history_questions as ask
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.field_keys import FieldKeys
from workbench.tui.screens.history_acts import EntryActs
from workbench.tui.screens.history_keys import ACTIONS, HELP, OF_A_NORM, OF_THE_LIST
from workbench.tui.screens.history_wanted import Wanted
from workbench.tui.view import timeline as view
from workbench.tui.view import timeline_entry as opened
from workbench.tui.view.export import ExportView
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.find_bar import FindBar
from workbench.tui.widgets.moment_bar import MomentBar
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.splitter import SplitPanes
from workbench.tui.widgets.state_box import StateBox

WIDE = 150  # columns from which an entry stands beside the list
STACKED = (100, 36)  # columns and rows from which it stands below the list
NEAR_END = 30  # rows before the last one at which older entries are asked for
PAUSE = 0.12  # seconds that the cursor rests before what an entry is about is asked for


class HistoryScreen(EntryActs, FieldKeys, WorkbenchScreen):
    """The auditor's screen: from a moment to the version, its rules, their English and who signed."""

    NUMBER = 9
    NAME = "history"
    CSS_PATH = "history.tcss"
    AUTO_FOCUS = ""
    REFRESH_SECONDS = 1.0
    SMALLEST = (40, 10)
    HELP = HELP
    ACTIONS = ACTIONS

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[TimelineEntry] = []
        self._marked: list[TimelineEntry] = []
        self._around: dict[int, opened.Around] = {}
        self._high = 0  # the newest entry that was looked at
        self._more = False
        self._today: date | None = None
        self._resting: Timer | None = None

    def compose_body(self) -> Iterable[Widget]:
        table = RowList(view.columns(()), header=True, id="timeline")
        table.add_class("pane")
        about = VerticalScroll(Static(id="entry"), id="entry-about", classes="pane")
        yield FindBar(placeholder="words: a kind, a name, a version, an agent …", id="timeline-bar")
        yield MomentBar(self.read_moment, placeholder=EXAMPLES, id="moment-bar")
        yield StateBox(
            SplitPanes(table, about, id="history-panes"),
            EmptyState("", id="timeline-none"),
            loading="Reading the ledger",
            id="history-box",
        )

    def on_mount(self) -> None:
        self.query_one("#timeline").border_title = "Timeline"
        self._draw_bar()

    def workspace_ready(self) -> None:
        self.recall()
        self._draw_bar()

    # ---- data ----------------------------------------------------------------------------------------------------

    def refresh_data(self) -> None:
        if not self._loaded:
            self._reload("skip")
            return
        if self._wanted.until is not None:
            return  # what happens now does not belong to it
        wanted, kinds = self._wanted, view.GROUPS[self._wanted.group]
        self.run_service(
            partial(ask.newer, self.workspace, kinds, wanted.words, self._high),
            group="timeline",
            on_result=partial(self._grown, wanted),
            on_error=self._failed,
            when_busy="skip",
        )

    def _reload(self, when_busy: ask.WhenBusy = "replace") -> None:
        wanted = self._wanted
        self.run_service(
            partial(ask.newest, self.workspace, wanted, self._given_up(wanted)),
            group="timeline",
            on_result=partial(self._arrived, wanted),
            on_error=self._failed,
            when_busy=when_busy,
        )

    def _given_up(self, wanted: Wanted) -> ask.Cancelled:
        """Whether nobody waits for this list any more; asked from the thread that reads it."""
        return lambda: self._wanted != wanted or not self.is_running

    def _arrived(self, wanted: Wanted, found: ask.Page) -> None:
        if wanted != self._wanted:
            return
        self._entries, self._high, self._more = list(found.entries), found.high, found.more
        self._loaded = True
        self._list()

    def _grown(self, wanted: Wanted, found: ask.Page) -> None:
        if wanted != self._wanted:
            return
        if found.more:  # more came than one page holds: the list would have a hole
            self._reload()
            return
        self._high = found.high
        if found.entries:
            self._entries[:0] = found.entries
            self._around.clear()  # what has just happened may have changed what an entry is about
            self._list()

    def _older(self) -> None:
        if not self._more or not self._entries:
            return
        wanted, last = self._wanted, self._entries[-1].seq
        kinds = view.GROUPS[wanted.group]
        self.run_service(
            partial(ask.older, self.workspace, kinds, wanted.words, last, self._given_up(wanted)),
            group="older",
            on_result=partial(self._older_arrived, wanted, last),
            on_error=self._failed,
            when_busy="skip",
        )

    def _older_arrived(self, wanted: Wanted, last: int, found: ask.Page) -> None:
        if wanted == self._wanted and self._entries and self._entries[-1].seq == last:
            self._entries += found.entries
            self._more = found.more
            self._list()

    def _failed(self, error: Exception) -> None:
        self._entries, self._loaded = [], False
        self.query_one(StateBox).failed(error)
        self.show_hints()

    def _list(self) -> None:
        table, box = self.query_one("#timeline", RowList), self.query_one(StateBox)
        narrowed = self._narrowed
        self.set_class(narrowed and not self._entries, "-unmatched")
        if self._entries or narrowed:
            box.ready()
        else:
            box.empty(
                "The ledger is empty", "Even a new workspace begins with its genesis.", "V verifies the workspace"
            )
        none = self.query_one("#timeline-none", EmptyState)
        none.title = view.none_title(self._wanted.words, self._wanted.until)
        none.why = view.WHY_NONE.get(self._wanted.group, "")
        none.next_key = "esc lists everything"
        self._show_rows()
        if self.in_front and not self.focused:
            table.focus()
        self._look()
        self.show_hints()

    def _show_rows(self) -> None:
        status = self.workbench.status
        self._today = today = status.now.date() if status is not None else None
        narrow = self.size.width < view.WORDS_FROM
        brief = self.size.width < view.WHOLE_FROM
        rows = view.rows(self._entries, self._marked, today, narrow=narrow, brief=brief)
        self.query_one("#timeline", RowList).show(rows, view.columns(self._entries, today, narrow=narrow))

    def tick(self, status: Status) -> None:
        """The day that needs no saying is known now, or another one has begun."""
        if self._entries and status.now.date() != self._today:
            self._show_rows()

    @property
    def current(self) -> TimelineEntry | None:
        """The entry under the cursor."""
        cursor = self.query_one("#timeline", RowList).cursor
        return self._entries[cursor] if cursor < len(self._entries) else None

    # ---- one entry -----------------------------------------------------------------------------------------------

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        self.query_one("#entry-about").scroll_home(animate=False)
        if event.index >= len(self._entries) - NEAR_END:
            self._older()
        self._look()
        self.show_hints()

    def _look(self) -> None:
        """Draw the entry; ask what it is about once the cursor rests on it, and is in sight."""
        self._draw()
        entry = self.current
        if self._resting is not None:
            self._resting.stop()
            self._resting = None
        in_sight = any(self.has_class(name) for name in ("-beside", "-below", "-detail"))
        if entry is not None and entry.seq not in self._around and in_sight:
            self._resting = self.set_timer(PAUSE, partial(self._ask_around, entry))

    def _ask_around(self, entry: TimelineEntry) -> None:
        self.run_service(
            partial(ask.around, self.workspace, entry), group="around", on_result=partial(self._know, entry.seq)
        )

    def _know(self, seq: int, around: opened.Around) -> None:
        self._around = {seq: around}  # only this one: what it says is of today, and texts are long
        self._draw()
        self.show_hints()

    def _draw(self) -> None:
        self._draw_bar()
        entry = self.current
        if entry is None:
            return
        self.query_one("#entry-about").border_title = Content(f"Entry {entry.seq:,}")
        shown = opened.detail(entry, self._around.get(entry.seq), roomy=self.size.height >= 36)
        self.query_one("#entry", Static).update(shown)

    def _draw_bar(self) -> None:
        bar, wanted = self.query_one(FindBar), self._wanted
        counted = view.where(len(self._entries), self._more, wanted.words) if self._loaded else ""
        right = Content.styled(counted, "$muted")
        if self._marked:
            right = Content.styled(f"{view.MARK} {len(self._marked)} marked, d compares", "$accent")
        bar.show(view.groups_line(wanted.group, wanted.words, self.size.width - 2, wanted.until), right)

    def on_resize(self) -> None:
        width, height = self.size
        self.set_class(width >= WIDE, "-beside")
        self.set_class(WIDE > width >= STACKED[0] and height >= STACKED[1], "-below")
        if self._entries:
            self._show_rows()
        self.call_after_refresh(self._look)

    # ---- what is possible ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What an entry offers is offered only on one that has it."""
        entry = self.current if self._entries else None
        if action == "open":
            return entry is not None and not self._reading
        if action in ("copy", "live", "why"):
            return entry is not None
        if action in ("norm", "repeal_norm", "compare") and entry is not None and view.norm_of(entry):
            return True
        if action in ("norm", "repeal_norm"):
            return False
        if action in ("mark", "compare"):
            return entry is not None and bool(view.version_of(entry) or (action == "compare" and self._marked))
        if action == "rules":
            return entry is not None and entry.kind in ("genesis", "activation")
        if action == "goto":
            return entry is not None and bool(view.version_of(entry) or view.case_of(entry))
        if action == "back":
            return self.has_class("-detail") or self._narrowed or bool(self._marked) or self._reading
        return super().check_action(action, parameters)

    def hints(self) -> list[Action]:
        """In an entry the way back comes first, and what is about the list goes; on a norm its own keys come first."""
        own = super().hints()
        if any(one.id == "history.norm" for one in own):
            own.sort(key=lambda one: one.id not in OF_A_NORM)
        if not self._reading:
            return own
        return [REGISTRY["history.back"], *(one for one in own if one.id not in OF_THE_LIST)]

    def export_view(self) -> ExportView | None:
        """The entries as filtered: also those that are not read yet."""
        if not self._entries:
            return None
        wanted, workspace = self._wanted, self.workspace
        return ExportView("history", view.EXPORT, lambda: map(view.export_row, ask.every(workspace, wanted)))

    @property
    def _reading(self) -> bool:
        return self.focused is self.query_one("#entry-about")
