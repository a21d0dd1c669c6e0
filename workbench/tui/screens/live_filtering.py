"""The feed's filter as a person handles it: the line it is written on, its keys, and ``v``.

The part of the feed's view that is about what is wanted; finding and listing it is in ``live_feed``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from workbench.engine.decision_filter import EVERYTHING, DecisionFilter, Outcome
from workbench.engine.filter_text import FilterError, parse_filter
from workbench.tui.actions import Action
from workbench.tui.screens.live_opened import OpenedDecision
from workbench.tui.view.filters import PRESETS, next_preset
from workbench.tui.widgets.filter_line import FilterInput, FilterLine

WRITING = (
    Action("filter.take", "List", "Go to the list", ("enter",), scope="filter", run="in_view('take')"),
    Action(
        "filter.leave", "As it was", "Leave the filter as it was", ("escape",), scope="filter", run="in_view('leave')"
    ),
    Action(
        "filter.complete", "Complete", "Take what is suggested", ("tab",), scope="filter", run="in_view('complete')"
    ),
    Action("filter.earlier", "Earlier", "An earlier filter", ("up",), scope="filter", run="in_view('earlier')"),
)
"""Hints while a filter is written; the field itself does what they say."""


class FilteredDecisions(OpenedDecision):
    """A view whose list shows what :attr:`wanted` says, with a :class:`FilterLine` to say it on."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.wanted = EVERYTHING

    @abstractmethod
    def list_anew(self, wanted: DecisionFilter, *, keep: bool = True) -> None:
        """List what ``wanted`` says, near where the cursor is; ``keep``: remember it."""

    def recall(self) -> None:
        """The filter and the earlier ones that are remembered; before anything is listed."""
        remembered = self.workbench.remembered
        earlier: list[object] = remembered.get("live", "filters", [])
        self.query_one(FilterLine).history = [str(each) for each in earlier]
        try:
            self.wanted = parse_filter(remembered.get("live", "filter", ""))
        except FilterError:  # of another release
            self.wanted = EVERYTHING

    def action_filter(self) -> None:
        """Write a filter."""
        if self.detail_open:
            self.close_decision()
        self.query_one(FilterLine).open()

    def on_filter_line_opened(self) -> None:
        """Names that may be written are asked for."""
        self.live.show_hints()
        workspace = self.workspace

        def ask() -> Mapping[str, tuple[str, ...]]:
            finding = workspace.finding
            return {"agent": finding.names("agent"), "action": finding.names("action"), "rule": finding.names("rule")}

        self.run_service(ask, group="names", on_result=self.query_one(FilterLine).know, on_error=lambda _: None)

    async def action_take(self) -> None:
        """In the filter line: enter."""
        await self.query_one(FilterInput).action_submit()

    def action_leave(self) -> None:
        """In the filter line: esc."""
        self.query_one(FilterLine).action_give_up()

    def action_complete(self) -> None:
        """In the filter line: tab."""
        self.query_one(FilterInput).action_complete()

    def action_earlier(self) -> None:
        """In the filter line: the key that goes up."""
        self.query_one(FilterInput).action_earlier(1)

    def on_filter_line_wanted(self, event: FilterLine.Wanted) -> None:
        """Another filter is written; it is remembered when the writing ends."""
        self.list_anew(event.filter, keep=False)

    def on_filter_line_closed(self, event: FilterLine.Closed) -> None:
        """Back to the list."""
        self.events.focus()
        self.live.show_hints()
        if event.kept:
            self.workbench.remembered.put("live", "filters", self.query_one(FilterLine).history)
            self.workbench.remembered.put("live", "filter", str(self.wanted))

    def action_outcome(self) -> None:
        """The next outcomes; the position is kept as near as can be."""
        self.list_anew(next_preset(self.wanted))

    def action_preset(self, at: int) -> None:
        """These outcomes."""
        outcomes: tuple[Outcome, ...] = PRESETS[at][0]
        self.list_anew(self.wanted.with_outcomes(*outcomes))
