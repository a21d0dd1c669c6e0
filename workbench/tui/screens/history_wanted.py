"""What History lists: one group of entries, those with some words, those by some moment; remembered in part.

Mixed into the screen before its base class.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workbench.service.moments import span_of
from workbench.tui.view import timeline as view
from workbench.tui.widgets.find_bar import FindBar
from workbench.tui.widgets.moment_bar import MomentBar

if TYPE_CHECKING:
    from workbench.tui.screens.base import WorkbenchScreen

    _Base = WorkbenchScreen
else:
    _Base = object

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows. ``until``: the last instant that counts, ``None`` for now."""

    group: view.Group = "all"
    words: str = ""
    until: datetime | None = None


class WantedEntries(_Base):
    """Narrowing the list."""

    _wanted = Wanted()
    _loaded = False

    if TYPE_CHECKING:

        def _draw_bar(self) -> None: ...
        def _reload(self) -> None: ...

    @property
    def _narrowed(self) -> bool:
        """Whether the list is narrowed at all."""
        return self._wanted != Wanted()

    def recall(self) -> None:
        """Begin with the group that was listed last; words and moments are of their day."""
        group = self.workbench.remembered.get(self.NAME, "group", "all")
        if group in view.GROUPS:
            self._wanted = Wanted(next(name for name in view.GROUPS if name == group))

    def read_moment(self, text: str) -> tuple[datetime, datetime]:
        """The span that a text names, by the service's present. Raises ``WorkbenchError`` (``no_time``)."""
        status = self.workbench.status
        return span_of(text, status.now if status is not None else datetime.now().astimezone())

    def _want(self, wanted: Wanted) -> None:
        if wanted == self._wanted:
            return
        self._wanted, self._loaded = wanted, False
        self.workbench.remembered.put(self.NAME, "group", wanted.group)
        self.remove_class("-detail")
        self._draw_bar()
        if self.has_workspace:
            self._reload()

    def want_everything(self) -> None:
        """No group, no words, no moment."""
        self.query_one(FindBar).clear()
        self._want(Wanted())

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self._want(replace(self._wanted, words=event.words))

    def on_find_bar_closed(self) -> None:
        self.query_one("#timeline").focus()

    def on_moment_bar_chosen(self, event: MomentBar.Chosen) -> None:
        event.stop()
        self._want(replace(self._wanted, until=event.end - INSTANT))
        self.query_one("#timeline").focus()

    def on_moment_bar_closed(self, event: MomentBar.Closed) -> None:
        event.stop()
        self.query_one("#timeline").focus()

    def action_filter(self) -> None:
        """The next group."""
        self._want(replace(self._wanted, group=view.next_group(self._wanted.group)))

    def action_filter_back(self) -> None:
        """The group before."""
        self._want(replace(self._wanted, group=view.next_group(self._wanted.group, -1)))

    def action_set_group(self, group: view.Group) -> None:
        """This group (a click on its tab)."""
        self._want(replace(self._wanted, group=group))

    def action_until_now(self) -> None:
        """No moment any more (a click on it)."""
        self._want(replace(self._wanted, until=None))

    def action_find(self) -> None:
        """Type words."""
        self.query_one(FindBar).open()

    def action_moment(self) -> None:
        """Type a moment: the list begins with what had happened by then."""
        self.query_one(MomentBar).open()
