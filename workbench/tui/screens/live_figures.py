"""What Live's groups and its board of agents have in common: a window of time, an order, a list and one row opened.

The service is asked once a second (again at once while a long record is still being counted), in a thread. Window and
order are remembered. May import what panes may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from workbench.tui.actions import Action
from workbench.tui.screens.live_pane import LivePane
from workbench.tui.view.groups import WINDOW_WORDS
from workbench.tui.view.plain import one_line
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.figure_list import FigureList
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.splitter import SplitPanes

if TYPE_CHECKING:
    from workbench.service.group_views import Counting
    from workbench.service.workspace import Workspace

Shown = TypeVar("Shown")

WINDOWS = tuple(WINDOW_WORDS)
ROOMY = 120  # cells from which on the list and what is opened stand side by side
EVERY = 1.0  # seconds between two questions


def _action(verb: str, title: str, help: str, *keys: str, show: bool = True) -> Action:
    return Action(f"live.{verb}", title, help, keys, scope="live", show=show, run=f"in_view('{verb}')")


FIGURE_ACTIONS = (
    _action("acknowledge", "Acknowledge", "Say that a group of refusals is known: until when, and why", "A"),
    _action("withdraw", "Withdraw", "In Groups: take an acknowledgement back", "U", show=False),
    _action("decisions", "In feed", "The decisions of this group or agent, in the feed", "d"),
    _action("window", "Window", "In Groups and Agents: 5 minutes, an hour, 24 hours, all", "W"),
    _action("order", "Order", "In Groups and Agents: another order of the rows", "s", show=False),
)


class FiguresPane(LivePane, Generic[Shown]):
    """A view with a :class:`FigureList` and, beside it or in its place, one row opened."""

    ORDERS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[tuple[str, ...]] = ()  # ids of the actions to hint at first
    FIELDS: ClassVar[Mapping[str, str]] = {}  # column → order: what a click on its title means
    DEFAULT_CSS = """
    FiguresPane {
        & .figures--list { width: 1fr; height: 1fr; }
        & .figures--opened { display: none; width: 1fr; height: 1fr; }
        & EmptyState { display: none; }
        & .-none EmptyState { display: block; }
        & .-none FigureList { display: none; }
        &.-opened .figures--opened { display: block; }
        &.-opened .figures--list { display: none; }
        &.-roomy.-opened .figures--list { display: block; width: 5fr; }
        &.-roomy.-opened .figures--opened { width: 6fr; }
        & SplitPanes { layout: horizontal; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.window, self.order = "1h", self.ORDERS[0]
        self.shown: Shown | None = None
        self._asked_at = float("-inf")
        self._hurry = False
        self._at_once = True
        self._trouble = ""
        self._remembered = False

    # -- for views to say ----------------------------------------------------------------------------------------

    def list_widget(self) -> FigureList[Any]:
        """The list, made anew."""
        raise NotImplementedError

    def opened_widget(self) -> Widget:
        """What shows the row that is opened."""
        raise NotImplementedError

    def nothing(self) -> EmptyState:
        """What is shown where there is nothing to list."""
        raise NotImplementedError

    def ask(self, workspace: Workspace, window: str, order: str) -> Shown:
        """Ask the service, in a thread."""
        raise NotImplementedError

    def show(self, shown: Shown, *, at_once: bool) -> tuple[int, Counting]:
        """Draw an answer; how many rows it has, and how far counting has come."""
        raise NotImplementedError

    def said(self, shown: Shown, width: int, *, held: bool) -> Content:
        """What the bar says of it."""
        raise NotImplementedError

    # -- the view ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield SplitPanes(
            Vertical(self.list_widget(), self.nothing(), classes="figures--list"),
            self.opened_widget(),
            id=f"{self.VIEW}-split",
        )

    @property
    def figures(self) -> FigureList[Any]:
        """The list."""
        return self.query_one(FigureList)

    @property
    def is_opened(self) -> bool:
        """Whether a row is opened."""
        return self.has_class("-opened")

    def on_resize(self) -> None:
        """List and opened row stand side by side where there is room."""
        self.set_class(self.size.width >= ROOMY, "-roomy")

    def hints(self, actions: Sequence[Action]) -> Sequence[Action]:
        places = {id: place for place, id in enumerate(self.FIRST)}
        return sorted(actions, key=lambda action: places.get(action.id, len(places)))

    def take_focus(self) -> None:
        (self.query_one(".figures--opened") if self.is_opened else self.figures).focus()

    def poll(self) -> None:
        if not self._remembered:
            self._remembered = True
            self._recall()
        if not self._hurry and monotonic() - self._asked_at < EVERY:
            return
        if self.run_service(
            self.ask, self.workspace, self.window, self.order, group="ask", when_busy="skip",
            on_result=self._learned, on_error=self._failed,
        ):  # fmt: skip
            self._asked_at, self._hurry = monotonic(), False

    def _recall(self) -> None:
        remembered = self.workbench.remembered
        window = remembered.get("live", f"{self.VIEW}-window", self.window)
        order = remembered.get("live", f"{self.VIEW}-order", self.order)
        self.window = window if window in WINDOWS else self.window
        self.order = order if order in self.ORDERS else self.order

    def ask_anew(self) -> None:
        """Something else is wanted, or has changed: what is being answered is void."""
        self.forget_service("ask")
        self._hurry = True
        self.poll()

    def _learned(self, shown: Shown) -> None:
        self._trouble = ""
        self.shown = shown
        many, counting = self.show(shown, at_once=self._at_once)
        self._at_once = False
        self._hurry = bool(counting.left)
        self.query_one(".figures--list").set_class(not many, "-none")
        self.draw_bar()
        self.live.show_hints()

    def _failed(self, error: Exception) -> None:
        title = str(getattr(error, "title", "") or f"{type(error).__name__}: {error}")
        if title != self._trouble:
            self._trouble = title
            self.draw_bar()
            self.workbench.report(error)

    def bar(self, width: int) -> Content:
        if self._trouble:
            return Content.styled(f"✗ {one_line(self._trouble)}", "$deny bold").truncate(max(width, 1))
        if self.shown is None:
            return Content.styled("counting …", "$muted").truncate(max(width, 1))
        listed = not self.is_opened or self.has_class("-roomy")  # of a list out of sight it says nothing
        return self.said(self.shown, width, held=listed and self.figures.waits)

    # -- what a hand does ----------------------------------------------------------------------------------------

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """What can be done changes with the row."""
        event.stop()
        self.draw_bar()
        self.live.show_hints()

    def on_figure_list_head_clicked(self, event: FigureList.HeadClicked) -> None:
        """The title of a column: order by it."""
        event.stop()
        order = self.FIELDS.get(event.field, "")
        if order:
            self._take(order=order)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return self.is_opened
        if action == "open":
            return not self.is_opened and bool(self.figures.rows)
        if action == "order":
            return len(self.figures.rows) > 1
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        self.figures.action_choose()

    def action_back(self) -> None:
        """Close what is opened; the list is as it was left."""
        self.remove_class("-opened")
        self.figures.focus()
        self.live.show_hints()
        self.call_after_refresh(self.draw_bar)

    def action_window(self) -> None:
        """The next window of time."""
        self._take(window=WINDOWS[(WINDOWS.index(self.window) + 1) % len(WINDOWS)])

    def action_order(self) -> None:
        """The next order."""
        self._take(order=self.ORDERS[(self.ORDERS.index(self.order) + 1) % len(self.ORDERS)])

    def _take(self, *, window: str = "", order: str = "") -> None:
        self.window, self.order = window or self.window, order or self.order
        self._at_once = True
        remembered = self.workbench.remembered
        remembered.put("live", f"{self.VIEW}-window", self.window)
        remembered.put("live", f"{self.VIEW}-order", self.order)
        self.ask_anew()

    def open_up(self) -> None:
        """Show what was opened, and give it the focus."""
        self.add_class("-opened")
        self.take_focus()
        self.live.show_hints()
        self.call_after_refresh(self.draw_bar)
