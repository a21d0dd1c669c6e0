"""Live's view of groups: refusals by rule × agent × action, so that a storm stays readable; acknowledge one.

Touches the service in threads only. What a group's page shows of its newest decision is the feed's own detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.actions import key_of, keyed
from workbench.tui.screens import live_questions as questions
from workbench.tui.screens.live_acknowledging import acknowledge, withdraw
from workbench.tui.screens.live_detail import DetailPane, edge
from workbench.tui.screens.live_figures import FiguresPane
from workbench.tui.screens.norm_names import names_of
from workbench.tui.view import groups as view
from workbench.tui.view.detail import event_detail
from workbench.tui.view.export import ExportView
from workbench.tui.view.groups import ORDER_FIELDS, ORDER_WORDS
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.group_list import GroupList
from workbench.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.service.group_views import Counting, GroupsView, GroupView
    from workbench.service.workspace import Workspace
    from workbench.tui.widgets.figure_list import FigureList


class Found(NamedTuple):
    """What the service answered: the groups, and the names of the norms and stops among their rules."""

    view: GroupsView
    names: Mapping[str, str]


def _is_called(group: GroupView) -> bool:
    """Whether its rule may be that of a norm or a stop, which have names beside their ids."""
    return group.kind == "violation" or group.standing == "stopped"


class GroupPage(DetailPane):
    """One group in full: its figures, who knows of it, and its newest decision."""

    HELP = """One group: how many decisions, how fast, since when, who acknowledged it and until when; below it the
    newest of its decisions in full. A acknowledges, U takes that back, d lists all its decisions in the feed, o opens
    the rule, S stops the agent, esc goes back."""

    def __init__(self, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self.group: GroupView | None = None
        self._head: tuple[GroupView, datetime, str] | None = None

    def show_group(self, group: GroupView, now: datetime, name: str, opened: questions.Opened) -> None:
        """A group with its newest decision, from the first line."""
        self.group, self._head = group, (group, now, name)
        self.show(opened)

    def renew_group(self, group: GroupView, now: datetime, name: str) -> None:
        """The same group, whose figures have moved on; the eye stays where it is."""
        self.group, self._head = group, (group, now, name)
        self._draw()

    def _draw(self) -> None:
        opened: questions.Opened | None = getattr(self, "_opened", None)
        if opened is None or self._head is None:
            return
        width = max(self.scrollable_content_region.width - 1, 20)
        group, now, name = self._head
        says = [keyed("{live.acknowledge} acknowledges")] if group.unacknowledged or group.acknowledged else []
        self.border_title = Content("Group")
        self.border_subtitle = edge(["esc back", *says, keyed("{live.decisions} its decisions")], self.size.width)
        top = view.head(group, now, width, name)
        newest = Content.styled("its newest decision when you opened it".upper(), "$muted bold")
        whole = Content("\n").join((top, Content(""), newest, event_detail(opened.detail, width, opened.cases)))
        self.query_one("#detail-text", Static).update(whole)

    @property
    def text(self) -> str:
        """All of it, to be copied."""
        opened: questions.Opened | None = getattr(self, "_opened", None)
        if opened is None or self._head is None:
            return ""
        group, now, name = self._head
        return f"{view.head(group, now, 100, name).plain}\n\n{event_detail(opened.detail, 100, opened.cases).plain}"


class GroupsPane(FiguresPane[Found]):
    """Refusals in groups."""

    VIEW = "groups"
    HELP = GroupList.HELP
    FIRST = ("live.open", "live.back", "live.acknowledge", "live.stop", "live.decisions", "live.rule")
    ORDERS = tuple(ORDER_WORDS)
    FIELDS = {field: order for order, field in ORDER_FIELDS.items()} | {"agent": "name", "minutes": "rate"}

    def list_widget(self) -> FigureList[GroupView]:
        return GroupList(id="group-list")

    def opened_widget(self) -> Widget:
        return GroupPage(classes="pane figures--opened")

    def nothing(self) -> EmptyState:
        return EmptyState(
            "nothing was refused in this window",
            "Refusals are counted here by rule, agent and action:\na storm of thousands is a few rows.\n"
            "What is held stands below them; it waits in Cases.",
            f"{key_of('live.window')} takes a longer window · {key_of('live.view')} shows the agents",
        )

    @property
    def page(self) -> GroupPage:
        """The group that is opened."""
        return self.query_one(GroupPage)

    @property
    def group(self) -> GroupView | None:
        """What is opened, or what the cursor is on."""
        found: GroupView | None = self.page.group if self.is_opened else self.figures.value
        return found

    # -- data ----------------------------------------------------------------------------------------------------

    def ask(self, workspace: Workspace, window: str, order: str) -> Found:
        found = workspace.groups.list(window, order)  # type: ignore[arg-type]
        return Found(found, names_of(workspace, (group.rule for group in found.groups if _is_called(group))))

    def show(self, shown: Found, *, at_once: bool) -> tuple[int, Counting]:
        self.query_one(GroupList).show_groups(shown.view, shown.names, at_once=at_once)
        opened = self.page.group
        if self.is_opened and opened is not None:
            for group in shown.view.groups:
                if group.key == opened.key:
                    self.page.renew_group(group, shown.view.now, shown.names.get(group.rule, ""))
        return len(shown.view.groups), shown.view.counting

    def said(self, shown: Found, width: int, *, held: bool) -> Content:
        storm = shown.view.storm
        if storm is None:
            return view.bar(shown.view, width, held=held)
        said = Content.styled(view.storm_text(storm, width, ""), "$deny bold")
        line = view.bar(shown.view, width - said.cell_length - 2, held=held)
        return Content.assemble(said, "  ", line) if line else said

    def stop_about(self) -> int | None:
        return self.group.newest if self.group is not None else None

    def export_view(self) -> ExportView | None:
        shown = self.shown
        if shown is None or not shown.view.groups:
            return None

        def rows() -> Iterator[tuple[object, ...]]:
            for group in shown.view.groups:
                ack = group.ack
                yield (
                    group.rule, shown.names.get(group.rule, ""), group.agent, group.action, group.kind, group.severity,
                    group.count, group.total, group.rate, group.first, group.last, group.standing,
                    view.who(ack) if ack else "", ack.why if ack else "", ack.until if ack else None, group.newest,
                )  # fmt: skip

        columns = (
            "rule", "norm", "agent", "action", "kind", "severity", f"count_{shown.view.window}", "total", "per_minute",
            "first_seen", "last_seen", "standing", "acknowledged_by", "why", "until", "newest_event",
        )  # fmt: skip
        return ExportView("groups", columns, rows)

    # -- what a hand does ----------------------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Open the group under the cursor, with its newest decision in full."""
        event.stop()
        group = self.figures.value
        if group is not None:
            self.run_service(
                questions.opened, self.workspace, group.newest, group="open",
                on_result=lambda opened: self._opened(group, opened),
            )  # fmt: skip

    def _opened(self, group: GroupView, opened: questions.Opened) -> None:
        shown = self.shown
        if shown is None:
            return
        self.open_up()
        self.query_one(GroupList).stand_beside(True)
        self.page.show_group(group, shown.view.now, shown.names.get(group.rule, ""), opened)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        group = self.group if self.is_mounted else None
        if action == "acknowledge":
            return group is not None and (group.unacknowledged or group.acknowledged)
        if action == "decisions":
            return group is not None
        if action == "withdraw":
            return group is not None and group.ack is not None and group.standing in ("acknowledged", "grew")
        if action == "rule":
            return group is not None and bool(group.rule)
        if action == "copy":
            return self.is_opened
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        self.query_one(GroupList).stand_beside(False)
        super().action_back()

    def action_acknowledge(self) -> None:
        """Say that this group is known."""
        if self.group is not None:
            acknowledge(self, *self.group.key)

    def go_on(self) -> None:
        """One is acknowledged and will sink: the cursor goes to the next, so that A alone goes through a storm."""
        if not self.is_opened:
            self.figures.action_move(1)

    def action_withdraw(self) -> None:
        """Take that back."""
        if self.group is not None:
            withdraw(self, *self.group.key)

    def action_rule(self) -> None:
        """Open the rule's English, where it can be read."""
        if self.group is not None:
            self.open_rule(self.group.rule)

    def action_decisions(self) -> None:
        """Its decisions, in the feed."""
        if self.group is not None:
            rule, agent, action = self.group.key
            self.live.show_decisions(rule=rule, agent=agent, action=action, back=self.VIEW)

    def action_copy(self) -> None:
        """Copy what is opened as text."""
        self.workbench.copy(self.page.text)
