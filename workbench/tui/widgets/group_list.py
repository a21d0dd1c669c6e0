"""The list of groups of refusals. Knows neither services nor store: groups come in, messages go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING

from workbench.tui.view import groups as view
from workbench.tui.view.figures import Figure, Span
from workbench.tui.widgets.figure_list import FigureList

if TYPE_CHECKING:
    from workbench.service.group_views import GroupsView, GroupView


def key_of(group: GroupView) -> str:
    """A group's key as one text; lengths keep names apart that hold the separator."""
    return "\x00".join(f"{len(part)}:{part}" for part in group.key)


class GroupList(FigureList["GroupView"]):
    """Groups in rows. ``names``: of norms, whose rules are content ids, and of stops."""

    HELP = """Refusals (denials and violations) in groups of one rule, one agent and one action, those that nobody has
    acknowledged first; then what was held, which waits in Cases, and what is known: acknowledged, or refused by a stop.
    The cursor stays on its group while the figures change; rows change places when you have not moved for a moment.
    Enter opens one, A acknowledges it, W takes another window, s another order, d lists its decisions in the feed."""

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(view.layout, view.heads, self._cells, clock=clock, id=id)
        self._view: GroupsView | None = None
        self._names: Mapping[str, str] = {}
        self._beside = False

    def stand_beside(self, beside: bool) -> None:
        """Whether one of the groups is opened beside the list."""
        if beside != self._beside and self._view is not None:
            self._beside = beside
            self.need(self._needed(self._view) | {"beside": int(beside)}, anew=True)
            self.refresh()

    def show_groups(self, shown: GroupsView, names: Mapping[str, str], *, at_once: bool = False) -> None:
        """These groups, in their order."""
        self._view, self._names = shown, names
        self.need(self._needed(shown) | {"beside": int(self._beside)}, anew=at_once)
        self.show_values({key_of(group): group for group in shown.groups}, shown.order, at_once=at_once)

    def _needed(self, shown: GroupsView) -> dict[str, int]:
        return view.needs_of(shown.groups, self._names, shown.order)

    def _cells(self, group: GroupView, columns: tuple[Figure, ...]) -> list[Span]:
        assert self._view is not None
        return view.cells(group, columns, self._view.now, self._names.get(group.rule, ""))
