"""What a person does on History: opening, marking and comparing, going to rules, decisions, screens; verifying.

Mixed into the screen before its base class, which knows what is listed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.service.views import VersionView
from workbench.tui.screens import history_questions as ask
from workbench.tui.screens.history_norms import NormEntries
from workbench.tui.screens.history_wanted import WantedEntries
from workbench.tui.screens.modals.verify_run import VerifyScreen
from workbench.tui.screens.modals.version_diff import VersionDiffScreen
from workbench.tui.screens.modals.version_rules import VersionRulesScreen
from workbench.tui.screens.modals.why import WhyScreen
from workbench.tui.view import timeline as view

if TYPE_CHECKING:
    from workbench.service.governing_views import TimelineEntry


class EntryActs(NormEntries, WantedEntries):
    """Every action on an entry."""

    if TYPE_CHECKING:
        _marked: list[TimelineEntry]
        _entries: list[TimelineEntry]

        @property
        def current(self) -> TimelineEntry | None: ...
        @property
        def _reading(self) -> bool: ...
        def _look(self) -> None: ...
        def _list(self) -> None: ...
        def _show_rows(self) -> None: ...

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
        elif self._narrowed:
            self.want_everything()
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
        self._show_rows()
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

    def action_why(self) -> None:
        """Why a decision came out: the one that the entry names, or the last one by then."""
        entry = self.current
        if entry is not None:
            until = self._wanted.until if self._entries and entry is self._entries[0] else None
            self.run_service(
                partial(ask.decision_by, self.workspace, entry, until), group="decision", on_result=self._why_found
            )

    def _why_found(self, seq: int) -> None:
        if not seq:
            self.notify("No decision was made until then.")
            return

        async def closed(chosen: int | None) -> None:
            if chosen:
                await self.workbench.goto_event(chosen)

        self.app.push_screen(WhyScreen(self.workspace, seq), closed)

    def action_verify(self) -> None:
        """Verify everything, in a window that says how far it is."""
        if self.has_workspace:
            self.app.push_screen(VerifyScreen(self.workspace))

    def action_copy(self) -> None:
        """Copy the hash."""
        entry = self.current
        if entry is not None:
            self.workbench.copy(entry.hash)
