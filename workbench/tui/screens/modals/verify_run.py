"""Verifying the chain and the ledger, with how far it is and a way to stop it; then what was found, line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from workbench.service.views import Verification
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import timeline as view
from workbench.tui.view.prose import stack, text
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

REDRAW = 0.1  # seconds between two looks at how far it is


class VerifyScreen(ServiceCalls, Window[None]):
    """Runs the verification in a thread; the thread only notes how far it is, and asks whether to go on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="stop", copy_all="copy"),
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
    ]
    CSS = "VerifyScreen .window { width: 96; }"  # not a default: it must win over the app's width of windows
    DEFAULT_CSS = """
    VerifyScreen #found { height: auto; max-height: 24; scrollbar-gutter: stable; }
    VerifyScreen #found-text { height: auto; }
    VerifyScreen.-low #found { max-height: 12; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012 (Textual declares it so)

    def __init__(self, workspace: Workspace, heard: Callable[[Verification], None] | None = None) -> None:
        """``heard`` is told what was found, unless it was stopped: then nothing was."""
        super().__init__()
        self._workspace, self._heard = workspace, heard
        self._done, self._total = 0, 0
        self._stopping = False
        self._found = ""
        self._result: tuple[Verification, bool] | None = None
        self._working = True

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Verify the chain and the ledger"
            yield VerticalScroll(Static(id="found-text"), id="found")
            with Horizontal(classes="window--buttons"):
                yield Button("Stop", id="stop")

    def on_mount(self) -> None:
        self.query_one("#stop", Button).focus()
        self._draw()
        self._drawing = self.set_interval(REDRAW, self._draw)
        self.run_service(
            self._workspace.audit.verify,
            progress=self._noted,
            cancelled=lambda: self._stopping,
            group="verify",
            on_result=self._verified,
            on_error=self._failed,
        )

    def on_unmount(self) -> None:
        self._stopping = True  # the thread ends with the window

    def _noted(self, done: int, total: int) -> None:
        """From the thread: plain numbers, no widget."""
        self._done, self._total = done, total

    def _draw(self) -> None:
        if not self._working:
            return
        width = 30 if self.size.width >= 80 else 12
        shown = view.progress_line(self._done, self._total, width)
        if self._stopping:
            shown = Content.styled("stopping after the entry at hand …", "$muted")
        self.query_one("#found-text", Static).update(shown)

    def _verified(self, result: Verification) -> None:
        if self._heard is not None and not self._stopping:
            self._heard(result)
        self._result = result, self._stopping
        self._end(view.verification(result, stopped=self._stopping))
        self._fit()

    def on_resize(self) -> None:
        """What was found is broken into lines anew."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        if self._result is not None:
            result, stopped = self._result
            width = self.query_one("#found").scrollable_content_region.width
            self.query_one("#found-text", Static).update(view.verification(result, stopped=stopped, width=width))

    def _failed(self, error: Exception) -> None:
        parts = [str(getattr(error, name, "")) for name in ("title", "detail", "hint")]
        said = "\n".join(part for part in parts if part) or f"{type(error).__name__}: {error}"
        self._end(stack(Content.styled("✗ the verification failed", "$deny bold"), text(said)))

    def _end(self, shown: Content) -> None:
        self._working = False
        self._drawing.stop()
        self._found = shown.plain
        self.query_one("#found-text", Static).update(shown)
        button = self.query_one("#stop", Button)
        button.label = "Close"
        button.focus()
        self.query_one(".window").border_subtitle = Content(self.told("c copies this · esc back"))

    def on_button_pressed(self) -> None:
        self.action_stop()

    def action_stop(self) -> None:
        """Stop it while it runs; close the window once it does not."""
        if self._working and not self._stopping:
            self._stopping = True
            self._draw()
        else:
            self.dismiss(None)

    def action_move(self, lines: int) -> None:
        """Scroll what was found."""
        self.query_one("#found").scroll_relative(y=lines, animate=False)

    def action_copy(self) -> None:
        """Copy what was found."""
        if self._found:
            self.workbench.copy(self._found)
