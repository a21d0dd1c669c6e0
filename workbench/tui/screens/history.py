"""Screen 9: everything that happened beside decisions, newest first; opened, compared, verified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from workbench.service.governing_views import TimelineEntry
from workbench.service.views import VersionView
from workbench.tui.screens import history_questions as ask
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.history_keys import ACTIONS, HELP
from workbench.tui.screens.history_norms import NormEntries
from workbench.tui.screens.modals.verify_run import VerifyScreen
from workbench.tui.screens.modals.version_diff import VersionDiffScreen
from workbench.tui.screens.modals.version_rules import VersionRulesScreen
from workbench.tui.view import timeline as view
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.find_bar import FindBar
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox

WIDE = 150  # columns from which an entry stands beside the list
STACKED = (100, 36)  # columns and rows from which it stands below the list
NEAR_END = 30  # rows before the last one at which older entries are asked for
PAUSE = 0.12  # seconds that the cursor rests before what an entry is about is asked for


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the list shows."""

    group: view.Group = "all"
    words: str = ""


class HistoryScreen(NormEntries, WorkbenchScreen):
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
        self._wanted = _Wanted()
        self._entries: list[TimelineEntry] = []
        self._marked: list[TimelineEntry] = []
        self._around: dict[int, view.Around] = {}
        self._high = 0  # the newest entry that was looked at
        self._more = False
        self._loaded = False
        self._resting: Timer | None = None

    def compose_body(self) -> Iterable[Widget]:
        table = RowList(view.COLUMNS, header=True, id="timeline")
        table.add_class("pane")
        about = VerticalScroll(Static(id="entry"), id="entry-about", classes="pane")
        yield FindBar(placeholder="words of the sentence: a name, a version, an agent …", id="timeline-bar")
        yield StateBox(
            Container(table, about, id="history-panes"),
            EmptyState("", id="timeline-none"),
            loading="Reading the ledger",
            id="history-box",
        )

    def on_mount(self) -> None:
        self.query_one("#timeline").border_title = "Timeline"
        self._draw_bar()

    # ---- data ----------------------------------------------------------------------------------------------------

    def refresh_data(self) -> None:
        if not self._loaded:
            self._reload("skip")
            return
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
            partial(ask.newest, self.workspace, view.GROUPS[wanted.group], wanted.words, self._given_up(wanted)),
            group="timeline",
            on_result=partial(self._arrived, wanted),
            on_error=self._failed,
            when_busy=when_busy,
        )

    def _given_up(self, wanted: _Wanted) -> ask.Cancelled:
        """Whether nobody waits for this list any more; asked from the thread that reads it."""
        return lambda: self._wanted != wanted or not self.is_running

    def _arrived(self, wanted: _Wanted, found: ask.Page) -> None:
        if wanted != self._wanted:
            return
        self._entries, self._high, self._more = list(found.entries), found.high, found.more
        self._loaded = True
        self._list()

    def _grown(self, wanted: _Wanted, found: ask.Page) -> None:
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

    def _older_arrived(self, wanted: _Wanted, last: int, found: ask.Page) -> None:
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
        narrowed = self._wanted != _Wanted()
        self.set_class(narrowed and not self._entries, "-unmatched")
        if self._entries or narrowed:
            box.ready()
        else:
            box.empty(
                "The ledger is empty", "Even a new workspace begins with its genesis.", "v verifies the workspace"
            )
        none = self.query_one("#timeline-none", EmptyState)
        none.title = (
            f"Nothing here is called {self._wanted.words}" if self._wanted.words else "Nothing of this group yet"
        )
        none.why = view.WHY_NONE.get(self._wanted.group, "")
        none.next_key = "esc lists everything"
        table.show(view.rows(self._entries, self._marked))
        if self.in_front and not self.focused:
            table.focus()
        self._look()
        self.show_hints()

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

    def _know(self, seq: int, around: view.Around) -> None:
        self._around = {seq: around}  # only this one: what it says is of today, and texts are long
        self._draw()
        self.show_hints()

    def _draw(self) -> None:
        self._draw_bar()
        entry = self.current
        if entry is None:
            return
        self.query_one("#entry-about").border_title = Content(f"Entry {entry.seq:,}")
        shown = view.detail(entry, self._around.get(entry.seq), roomy=self.size.height >= 36)
        self.query_one("#entry", Static).update(shown)

    def _draw_bar(self) -> None:
        bar, wanted = self.query_one(FindBar), self._wanted
        counted = view.where(len(self._entries), self._more, wanted.words) if self._loaded else ""
        right = Content.styled(counted, "$muted")
        if self._marked:
            right = Content.styled(f"{view.MARK} {len(self._marked)} marked, d compares", "$accent")
        bar.show(view.groups_line(wanted.group, wanted.words, self.size.width - 2), right)

    def on_resize(self) -> None:
        width, height = self.size
        self.set_class(width >= WIDE, "-beside")
        self.set_class(WIDE > width >= STACKED[0] and height >= STACKED[1], "-below")
        self.call_after_refresh(self._look)

    # ---- what is listed ------------------------------------------------------------------------------------------

    def _want(self, wanted: _Wanted) -> None:
        if wanted == self._wanted:
            return
        self._wanted, self._loaded = wanted, False
        self.remove_class("-detail")
        self._draw_bar()
        if self.has_workspace:
            self._reload()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self._want(_Wanted(self._wanted.group, event.words))

    def on_find_bar_closed(self) -> None:
        self.query_one("#timeline").focus()

    def action_filter(self) -> None:
        """The next group."""
        self._want(_Wanted(view.next_group(self._wanted.group), self._wanted.words))

    def action_filter_back(self) -> None:
        """The group before."""
        self._want(_Wanted(view.next_group(self._wanted.group, -1), self._wanted.words))

    def action_set_group(self, group: view.Group) -> None:
        """This group (a click on its tab)."""
        self._want(_Wanted(group, self._wanted.words))

    def action_find(self) -> None:
        """Type words."""
        self.query_one(FindBar).open()

    # ---- actions -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What an entry offers is offered only on one that has it."""
        entry = self.current if self._entries else None
        if action in ("open", "copy", "live"):
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
            return self.has_class("-detail") or self._wanted != _Wanted() or bool(self._marked) or self._reading
        return super().check_action(action, parameters)

    @property
    def _reading(self) -> bool:
        return self.focused is self.query_one("#entry-about")

    def on_row_list_chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The entry in full: its pane has the focus, and the whole screen where there is no room beside the list."""
        self.add_class("-detail")
        self.query_one("#entry-about").focus()
        self._look()
        self.show_hints()

    def action_back(self) -> None:
        """From the entry to the list; then from what narrows it, and the marks, to everything."""
        if self.has_class("-detail") or self._reading:
            self.remove_class("-detail")
        elif self._wanted != _Wanted():
            self.query_one(FindBar).clear()
            self._want(_Wanted())
        else:
            self._marked = []
            self._list()
        self.query_one("#timeline").focus()
        self.show_hints()

    def action_mark(self) -> None:
        """Mark the version, or take its mark away; of three the oldest mark goes."""
        entry = self.current
        if entry is None:
            return
        others = [each for each in self._marked if each.seq != entry.seq]
        self._marked = others if len(others) < len(self._marked) else [*others, entry][-2:]
        self.query_one("#timeline", RowList).show(view.rows(self._entries, self._marked))
        self._draw_bar()
        self.show_hints()

    def action_compare(self) -> None:
        """The two marked versions; the marked one and this; or this and its parent."""
        entry = self.current
        if entry is None:
            return
        if view.norm_of(entry):
            self.compare_norm(entry.subject)
            return
        chosen = list(self._marked)
        if len(chosen) == 1 and view.version_of(entry):
            chosen.append(entry)
        digests = [view.version_of(each) for each in sorted(chosen or [entry], key=lambda each: each.seq)]
        self.run_service(partial(ask.two_versions, self.workspace, digests), group="compare", on_result=self._compared)

    def _compared(self, pair: tuple[VersionView, VersionView]) -> None:
        self.app.push_screen(VersionDiffScreen(*pair))

    def action_rules(self) -> None:
        """The version's rules with where each comes from."""
        entry = self.current
        if entry is None:
            return

        def show(found: ask.Rules) -> None:
            window = VersionRulesScreen(found.version, found.origins, found.chain, found.in_force)
            self.app.push_screen(window, self._rule_chosen)

        self.run_service(partial(ask.rules, self.workspace, view.version_of(entry)), group="rules", on_result=show)

    async def _rule_chosen(self, rule_id: str | None) -> None:
        if rule_id:
            await self.workbench.goto_rule(rule_id)

    async def action_goto(self) -> None:
        """A version in Sign, a case in Cases."""
        entry = self.current
        if entry is None:
            return
        case = view.case_of(entry)
        if case:
            screen = await self.workbench.goto("cases")
            show = getattr(screen, "show_case", None)
            if show is not None:
                show(case)
        elif view.version_of(entry):
            await self.workbench.goto_proposal(view.version_of(entry))

    def action_live(self) -> None:
        """The decision that the entry names, or the first one after it."""
        entry = self.current
        if entry is not None:
            self.run_service(
                partial(ask.decision_of, self.workspace, entry), group="decision", on_result=self._decision_found
            )

    def _decision_found(self, seq: int) -> None:
        if seq:
            self.call_later(self.workbench.goto_event, seq)
        else:
            self.notify("No decision was made after that.")

    def action_verify(self) -> None:
        """Verify everything, in a window that says how far it is."""
        if self.has_workspace:
            self.app.push_screen(VerifyScreen(self.workspace))

    def action_copy(self) -> None:
        """Copy the hash."""
        entry = self.current
        if entry is not None:
            self.workbench.copy(entry.hash)
