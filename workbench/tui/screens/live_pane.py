"""One view of Live: what the screen asks of it, and what it may ask of the screen.

A view lists something about decisions and knows nothing of its neighbours. It asks the services through the screen
(:meth:`LivePane.run_service`), in threads, and says on its own piece of the bar where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from textual.containers import Vertical
from textual.content import Content

if TYPE_CHECKING:
    from workbench.service.views import Status
    from workbench.service.workspace import Workspace
    from workbench.tui.actions import Action
    from workbench.tui.app import WorkbenchApp
    from workbench.tui.screens.live import LiveScreen
    from workbench.tui.view.export import ExportView

Result = TypeVar("Result")


class LivePane(Vertical):
    """A view of Live. ``VIEW`` is its name (also its id): ``feed``, ``groups`` or ``agents``.

    Its keys are declared as actions of scope ``live`` that run ``in_view('verb')``: the screen hands them to the view
    in front, as ``action_verb``, where the view has that method and its ``check_action`` does not refuse.
    """

    VIEW: ClassVar[str] = ""

    DEFAULT_CSS = "LivePane { width: 1fr; height: 1fr; }"

    # -- for views to override -----------------------------------------------------------------------------------

    def poll(self) -> None:
        """Ask for news: ten times a second while this view is in front, and at once when it comes there."""

    def tick(self, status: Status) -> None:
        """A second has passed and this view is in front."""

    def take_focus(self) -> None:
        """This view has come to the front: give the focus to what a person works in."""

    def bar(self, width: int) -> Content:  # noqa: ARG002 (for views to override)
        """What stands on the bar beside the names of the views, on at most ``width`` cells."""
        return Content("")

    def hints(self, actions: Sequence[Action]) -> Sequence[Action]:
        """Of the actions that are possible now, those to hint at, the commonest first."""
        return actions

    def stop_about(self) -> int | Mapping[str, str] | None:
        """What a stop would be about: a decision by its ``seq``, or uids by kind (``agent``, ``action``)."""
        return None

    def export_view(self) -> ExportView | None:
        """What is listed, as filtered; ``None`` where nothing is."""
        return None

    # -- given ---------------------------------------------------------------------------------------------------

    @property
    def live(self) -> LiveScreen:
        """The screen, with its own type."""
        from workbench.tui.screens.live import LiveScreen

        screen = self.screen
        assert isinstance(screen, LiveScreen)
        return screen

    @property
    def workbench(self) -> WorkbenchApp:
        """The app, with its own type."""
        return self.live.workbench

    @property
    def workspace(self) -> Workspace:
        """The open workspace. Raises ``RuntimeError`` before it is there."""
        return self.live.workspace

    @property
    def has_workspace(self) -> bool:
        """Whether the workspace is open."""
        return self.live.has_workspace

    @property
    def in_front(self) -> bool:
        """Whether this is the view that is shown, of the screen that is shown."""
        return self.live.in_front and self.live.view == self.VIEW

    def run_service(
        self,
        call: Callable[..., Result],
        *args: object,
        group: str,
        on_result: Callable[[Result], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        when_busy: Literal["replace", "skip"] = "replace",
        **kwargs: Any,
    ) -> bool:
        """As ``ServiceCalls.run_service`` of the screen; ``group`` counts within this view."""
        return self.live.run_service(
            call,
            *args,
            group=f"{self.VIEW}-{group}",
            on_result=on_result,
            on_error=on_error,
            when_busy=when_busy,
            **kwargs,
        )

    def forget_service(self, group: str) -> None:
        """Make the result of a running call of ``group`` void."""
        self.live.forget_service(f"{self.VIEW}-{group}")

    def open_rule(self, rule: str) -> None:
        """Open a rule where it can be read: in Author, among the norms, or among the stops."""
        from workbench.tui.screens.live_questions import opens_in

        def show(where: str) -> None:
            if where == "author":
                self.call_later(self.workbench.goto_rule, rule)
            elif where == "norms":
                self.call_later(self.workbench.goto_norm, rule)
            else:
                self.workbench.action_overlays()

        self.run_service(opens_in, self.workspace, rule, group="rule", on_result=show)

    def draw_bar(self) -> None:
        """Draw the bar again, where this view is in front."""
        if self.is_attached and self.live.view == self.VIEW:
            self.live.draw_bar()
