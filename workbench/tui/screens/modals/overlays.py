"""What is in force beside the signed version, listed; enter ends one, with the safeguards of every signature."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.service.governing_views import OverlayView
from workbench.service.views import KeyView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.keyring import keys_here
from workbench.tui.screens.modals.lift import LiftScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import overlays as view
from workbench.tui.view.prose import plural, stack, text
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

NOTHING = (
    "Nothing acts beside the signed version.",
    "A stop, a brake or a run-time norm would stand here, and at the top of every screen, while it is in force.",
    "S on Live stops an agent, an action or everything",
)


class OverlaysScreen(ServiceCalls, Window[None]):
    """Asks every second; countdowns run by the service's time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close", lift="lift", copy="copy"),
    ]
    CSS = "OverlaysScreen .window { width: 92; padding: 0 1; }"  # not a default: it must win over the app's width
    DEFAULT_CSS = """
    OverlaysScreen #overlays { height: auto; max-height: 8; background: $surface; }
    OverlaysScreen #overlay-about { height: auto; max-height: 14; margin-top: 1; padding: 0 1; }
    OverlaysScreen #overlay-text { height: auto; }
    OverlaysScreen.-low #overlays { max-height: 5; }
    OverlaysScreen.-low #overlay-about { max-height: 10; }
    OverlaysScreen.-none #overlays { display: none; }
    OverlaysScreen.-none #overlay-text { width: 1fr; text-align: center; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012 (Textual declares it so)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._overlays: list[OverlayView] = []
        self._now: datetime | None = None  # the service's time, once it was asked

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Beside the signed version"
            yield RowList(view.COLUMNS, header=True, id="overlays")
            yield VerticalScroll(Static(id="overlay-text"), id="overlay-about", can_focus=False)

    def on_mount(self) -> None:
        self.query_one("#overlay-text", Static).update(Content.styled("looking …", "$muted"))
        self.query_one(RowList).focus()
        self._ask()
        self.set_interval(1.0, self._ask)

    def _ask(self) -> None:
        workspace = self._workspace
        self.run_service(
            lambda: (workspace.overlays.list(), workspace.overlays.now()),
            group="overlays",
            on_result=self._arrived,
            on_error=self._failed,
            when_busy="skip",
        )

    def _arrived(self, found: tuple[tuple[OverlayView, ...], datetime]) -> None:
        self._overlays, now = view.ordered(found[0]), found[1]
        self._now = now
        self.set_class(not self._overlays, "-none")
        window, table = self.query_one(".window"), self.query_one(RowList)
        hints = "enter lifts one · y copies its id · esc back" if self._overlays else "esc back"
        window.border_subtitle = Content(self.told(hints))
        window.border_title = Content(
            f"Beside the signed version: {plural(len(self._overlays), 'overlay')}" if self._overlays else "Overlays"
        )
        table.show(view.rows(self._overlays, now))
        table.styles.height = len(self._overlays) + 1
        self._draw()

    def _failed(self, error: Exception) -> None:
        parts = [str(getattr(error, name, "")) for name in ("title", "detail", "hint")]
        said = "\n".join(part for part in parts if part) or f"{type(error).__name__}: {error}"
        self.query_one("#overlay-text", Static).update(text(f"✗ {said}", "$deny"))

    @property
    def current(self) -> OverlayView | None:
        """The overlay under the cursor."""
        row = self.query_one(RowList).current
        return next((each for each in self._overlays if row is not None and each.id == row.key), None)

    def _draw(self) -> None:
        overlay, shown = self.current, self.query_one("#overlay-text", Static)
        if self._now is None:
            return
        if overlay is not None:
            shown.update(view.detail(overlay, self._now))
        else:
            title, why, key = NOTHING
            shown.update(stack(Content.styled(f"○ {title}", "$primary"), text(why, "$muted"), text(key, "$accent")))

    def on_row_list_moved(self) -> None:
        self.query_one("#overlay-about").scroll_home(animate=False)
        self._draw()

    def on_row_list_chosen(self) -> None:
        self.action_lift()

    def action_lift(self) -> None:
        """Ask for a key, the reason and the id's last characters, then lift it."""
        overlay, now = self.current, self._now
        if overlay is None or now is None:
            return

        def ask(keys: tuple[KeyView, ...]) -> None:
            self.app.push_screen(LiftScreen(self._workspace, overlay, keys, now), self._lifted)

        self.run_service(partial(keys_here, self._workspace), group="keys", on_result=ask)

    def _lifted(self, overlay: OverlayView | None) -> None:
        if overlay is not None:
            self.notify(view.lifted_said(overlay), title="Lifted", markup=False)
            self.workbench.look_now()
            self._ask()

    def action_copy(self) -> None:
        """Copy the id."""
        if self.current is not None:
            self.workbench.copy(self.current.id)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
