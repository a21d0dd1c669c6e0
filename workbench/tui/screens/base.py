"""What every screen has in common: chrome, the workspace, service calls in threads, and errors that are said.

A screen is a mode. It declares ``NUMBER``, ``NAME``, ``ACTIONS`` and ``compose_body``; everything else is here. How to
write one is in :class:`WorkbenchScreen`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from workbench.tui.actions import LIST, REGISTRY, Action, bindings, bindings_for, keyed
from workbench.tui.lanes import lane_of
from workbench.tui.styling import styled_by
from workbench.tui.widgets.chrome import FooterBar, TopBar
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.hand import Handed
from workbench.tui.widgets.tour_strip import TourStrip

if TYPE_CHECKING:
    from workbench.service.views import Status
    from workbench.service.workspace import Workspace
    from workbench.tui.app import WorkbenchApp
    from workbench.tui.view.export import ExportView

    _Base = Screen[Any]
else:
    _Base = object

Result = TypeVar("Result")

LOADING_AFTER = 0.15  # seconds
FOOTER_HINTS = 7
HELP = "global.help"  # the key that explains, where ? is text


class ServiceCalls(_Base):
    """Runs service calls in threads. For screens and modals alike; mix in before ``Screen``."""

    def run_service(
        self,
        call: Callable[..., Result],
        *args: object,
        group: str,
        on_result: Callable[[Result], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        when_busy: Literal["replace", "skip"] = "replace",
        **kwargs: object,
    ) -> bool:
        """Run ``call(*args, **kwargs)`` in a thread, then ``on_result(result)`` here on the interface's own thread.

        A newer call of the same ``group`` makes the older one's result void; ``when_busy="skip"`` (for polls) refuses
        the newer one instead and returns ``False``. Each group has threads of its own (``lanes``), so one that hangs
        holds up no other. ``call`` must not touch widgets. An exception goes to ``on_error``; without one it is shown:
        a toast for a ``WorkbenchError``, a window with the details for anything else.
        """
        calls, busy = self.__dict__.setdefault("_calls", {}), self.__dict__.setdefault("_busy", set())
        if when_busy == "skip" and group in busy:
            return False
        calls[group] = token = calls.get(group, 0) + 1
        busy.add(group)

        def deliver(result: Result | None, error: Exception | None) -> None:
            if calls.get(group) != token:
                return
            busy.discard(group)
            try:
                if error is not None:
                    (on_error or self.workbench.report)(error)
                elif on_result is not None:
                    on_result(cast(Result, result))
            except Exception as failure:  # a broken handler is shown, the screen lives on
                self.workbench.report(failure)
            front = self.screen if self.is_attached else None
            if isinstance(front, WorkbenchScreen) and front.in_front:
                front.show_hints()  # what can be done changes with what was answered

        lane = lane_of(self, group)

        async def work() -> Any:  # nothing, which Textual's type for it does not allow
            result: Result | None = None
            error: Exception | None = None
            try:
                result = await lane.run(call, *args, **kwargs)
            except Exception as raised:
                error = raised
            self.call_later(deliver, result, error)

        self.run_worker(work, group=f"service-{group}", exclusive=False, exit_on_error=False)
        return True

    def forget_service(self, group: str) -> None:
        """Make the result of a running call of ``group`` void."""
        calls = self.__dict__.setdefault("_calls", {})
        calls[group] = calls.get(group, 0) + 1
        self.__dict__.setdefault("_busy", set()).discard(group)

    @property
    def workbench(self) -> WorkbenchApp:
        """The app, with its own type."""
        from workbench.tui.app import WorkbenchApp

        app = self.app
        assert isinstance(app, WorkbenchApp)
        return app


class WorkbenchScreen(ServiceCalls, Handed, Screen[None]):
    """One of the nine screens.

    Declare ``NUMBER`` (1–9), ``NAME`` (the mode and the actions' scope) and ``ACTIONS``; write ``compose_body``.
    Override ``workspace_ready`` (called once, when the workspace is open), ``refresh_data`` (called when the screen is
    shown and then every ``REFRESH_SECONDS``, never while another screen is in front) and ``tick`` (every second).
    """

    BINDINGS = bindings_for(LIST)
    NUMBER: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    ACTIONS: ClassVar[tuple[Action, ...]] = ()
    HELP: ClassVar[str] = ""
    REFRESH_SECONDS: ClassVar[float] = 0.0
    SMALLEST: ClassVar[tuple[int, int]] = (60, 14)
    NEEDS_WORKSPACE: ClassVar[bool] = True

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 (Textual's own type)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-middle"), (36, "-tall")]  # noqa: RUF012

    DEFAULT_CSS = """
    WorkbenchScreen { background: $background; color: $ink; layout: vertical; }
    WorkbenchScreen > #body { height: 1fr; width: 1fr; }
    WorkbenchScreen > #too-small, WorkbenchScreen > #opening { display: none; }
    WorkbenchScreen.-opening > #body { display: none; }
    WorkbenchScreen.-opening > #opening { display: block; }
    WorkbenchScreen.-tiny > #opening { display: none; }
    WorkbenchScreen.-tiny > #body { display: none; }
    WorkbenchScreen.-tiny > #too-small { display: block; }
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        own = cls.__dict__.get("ACTIONS", ())
        REGISTRY.add(own)
        cls.BINDINGS = [*cls.__dict__.get("BINDINGS", ()), *bindings(own)]
        super().__init_subclass__(**kwargs)

    def __init__(self) -> None:
        super().__init__()
        self._composed = False
        self._told = False
        self._front = False
        self._styled: tuple[object, ...] = ()
        self._failing = ""

    # -- for screens to override ---------------------------------------------------------------------------------

    def compose_body(self) -> Iterable[Widget]:
        """The widgets between top bar and footer."""
        return ()

    def workspace_ready(self) -> None:
        """The workspace is open: ``self.workspace`` may be used from now on."""

    def refresh_data(self) -> None:
        """Ask the services again (with ``run_service``)."""

    def tick(self, status: Status) -> None:
        """A second has passed and this screen is in front; for countdowns."""

    def unsaved(self) -> str:
        """What would be lost by leaving now, in words; empty when nothing would."""
        return ""

    def export_view(self) -> ExportView | None:
        """What the screen lists now, as it is filtered, for the key ``e``; ``None`` where it lists nothing.

        Its ``rows`` is called in a thread: take what it needs from widgets here, before.
        """
        return None

    def hints(self) -> list[Action]:
        """The footer's actions, the commonest first; those that cannot be done now are left out."""
        return [action for action in self.ACTIONS if action.show and self.is_possible(action)]

    # -- given ---------------------------------------------------------------------------------------------------

    @property
    def workspace(self) -> Workspace:
        """The open workspace. Raises ``RuntimeError`` before ``workspace_ready``; see ``has_workspace``."""
        workspace = self.workbench.workspace
        if workspace is None:
            raise RuntimeError("the workspace is not open yet")
        return workspace

    @property
    def has_workspace(self) -> bool:
        """Whether the workspace is open."""
        return self.workbench.workspace is not None

    @property
    def in_front(self) -> bool:
        """Whether this screen is the one shown (a window may lie over it)."""
        return self._front

    def show_hints(self) -> None:
        """Draw the footer again, after what is possible has changed; nothing is before the screen is built."""
        if self._composed:
            for footer in self.query(FooterBar):
                footer.show(self.hints_now())

    def hints_now(self) -> list[Action]:
        """What the footer offers as things stand: this screen's own, the commonest first, then those of everywhere."""
        typing = self.focused is not None and self.focused.check_consume_key("x", "x")
        everywhere = [action for action in REGISTRY.of("global") if action.show or (typing and action.id == HELP)]
        own = [] if self.has_class("-tiny") else self.hints()  # no keys of what is not shown
        if own and self.workbench.was_sent:  # what escape does then
            leaves = next((action for action in self.ACTIONS if "escape" in action.keys), None)
            if leaves is not None and self.is_possible(leaves):
                own = [replace(leaves, title="Back"), *(one for one in own if one != leaves)]
        if typing:  # letters are text there
            own, everywhere = ([one for one in some if one.works_while_typing] for some in (own, everywhere))
        return [*own[: FOOTER_HINTS - len(everywhere)], *everywhere]

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        """What can be done, and by which keys, depends on what has the focus."""
        self.show_hints()

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Container(*self.compose_body(), id="body")
        yield EmptyState("opening the workspace …", state="loading", id="opening")
        yield EmptyState("", id="too-small")
        yield TourStrip()
        yield FooterBar()

    def on_mount(self) -> None:
        self._composed = True
        self.show_hints()
        self.show_chrome()
        if self.REFRESH_SECONDS:
            self.set_interval(self.REFRESH_SECONDS, self._refresh_in_front)
        self.call_after_refresh(self.tell_ready)  # a widget counts as mounted only after this handler
        if self.NEEDS_WORKSPACE:
            self.set_timer(LOADING_AFTER, self._still_opening)

    def on_resize(self) -> None:
        width, height = self.SMALLEST
        tiny = self.size.width < width or self.size.height < height
        self.set_class(tiny, "-tiny")
        small = self.query_one("#too-small", EmptyState)
        small.title = f"{self.size.width}×{self.size.height} is too small for {self.NAME.capitalize()}"
        small.why = f"It needs {width}×{height}."
        small.next_key = keyed("{global.open-live} opens Live, which fits") if self.NAME != "live" else ""
        self.query_one(TopBar).rows = self.size.height
        self.show_hints()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        styled, self._styled = self._styled, styled_by(self.app)
        event.refresh_styles = styled != self._styled
        self._front = True
        self.show_chrome()
        self.workbench.tour_visited(self.NAME)
        self.show_hints()
        self._refresh_in_front()

    def on_screen_suspend(self) -> None:
        self._front = False

    def tell_ready(self) -> None:
        """Call ``workspace_ready`` once, as soon as both the workspace and the widgets are there."""
        if self.has_workspace and self._composed and not self._told:
            self._told = True
            self.remove_class("-opening")
            try:
                self.workspace_ready()
            except Exception as error:
                self.workbench.report(error)
            self._refresh_in_front()

    def show_chrome(self) -> None:
        """Draw the top bar again from the app's facts, and the footer: what can be done changes with what a
        list holds by now."""
        for bar in self.query(TopBar):
            bar.chrome = self.workbench.chrome(self.NAME)
        if self._front:
            self.show_hints()

    def show_tour(self) -> None:
        """Draw the strip of the tour again, or hide it."""
        for strip in self.query(TourStrip):
            strip.tell(self.workbench.telling(self.NAME))

    def second_passed(self, status: Status, *, anew: bool) -> None:
        """Call :meth:`tick`, and where ``anew`` :meth:`refresh_data`, once the screen is built. What fails is said, and
        not each second."""
        if not self._told:
            return
        failed, self._failing = self._failing, ""
        try:
            self.tick(status)
            if anew:
                self.refresh_data()
        except Exception as error:
            self._failing = repr(error)
            if self._failing != failed:
                self.workbench.report(error)

    def _still_opening(self) -> None:
        """Say that the workspace is being opened, where that takes long enough to wonder."""
        self.set_class(not self._told, "-opening")

    def _refresh_in_front(self) -> None:
        if self._front and self._told:
            self.refresh_data()

    def is_possible(self, action: Action) -> bool:
        """Whether ``check_action`` allows ``action`` now."""
        name, _, rest = action.textual_action.partition("(")
        if "." in name:
            return True
        parameters = (rest.rstrip(")").strip("'\""),) if rest else ()
        return self.check_action(name, parameters) is True

    async def _dispatch_message(self, message: Message) -> None:
        """Textual ends a screen whose handler raised; ours says what happened and lives on."""
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            self.workbench.report(error)
