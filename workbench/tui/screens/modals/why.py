"""Why a decision came out: its rules with their English, who signed them, the same decision again, and its proof.

The auditor's window; ``n`` and ``p`` go to the decisions after and before. Reads only.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import why as view
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.audit_views import Why
    from workbench.service.workspace import Workspace


class WhyScreen(ServiceCalls, Window[int]):
    """Answers the number of a decision to open in Live, or 0."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close", live="live"),
        Binding("enter", "live", show=False),
        *window_keys(next="step(1)", previous="step(-1)", copy_all="copy"),
    ]
    CSS = """
    WhyScreen #why-window {
        width: 96%; height: 92%; max-width: 130; background: $background;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $muted;
    }
    WhyScreen #why-about { height: 1fr; width: 1fr; padding: 0 1; }
    WhyScreen #why-text { height: auto; width: 1fr; }
    """

    def __init__(self, workspace: Workspace, seq: int) -> None:
        super().__init__()
        self._workspace, self._seq = workspace, seq
        self._found: Why | None = None

    def compose(self) -> ComposeResult:
        about = VerticalScroll(Static(id="why-text"), id="why-about")
        yield StateBox(about, loading="Deciding it again, and proving its receipt", id="why-window")

    def on_mount(self) -> None:
        window = self.query_one("#why-window")
        window.border_subtitle = Content(self.told("n p decisions · enter Live · c copies · esc back"))
        self._ask(self._seq)

    def _ask(self, seq: int) -> None:
        self._seq = seq
        self.query_one("#why-window").border_title = Content(f"Why #{seq:,}")
        self.run_service(
            partial(self._workspace.audit.why, seq), group="why", on_result=self._arrived, on_error=self._failed
        )

    def _arrived(self, found: Why) -> None:
        self._found = found
        box = self.query_one(StateBox)
        box.border_title = Content(view.title(found))
        self.query_one("#why-text", Static).update(view.why(found, roomy=self.size.height >= 36))
        box.ready()
        about = self.query_one("#why-about", VerticalScroll)
        about.scroll_home(animate=False)
        about.focus()

    def _failed(self, error: Exception) -> None:
        self._found = None
        self.query_one(StateBox).failed(error)

    def action_step(self, step: int) -> None:
        """The decision after this one (before it with -1)."""
        self.run_service(
            partial(_beside, self._workspace, self._seq, step), group="beside", on_result=partial(self._stepped, step)
        )

    def _stepped(self, step: int, seq: int) -> None:
        if seq:
            self._ask(seq)
        else:
            self.notify("It is the newest decision." if step > 0 else "It is the first decision.")

    def action_live(self) -> None:
        """Open it in Live."""
        self.dismiss(self._seq)

    def action_copy(self) -> None:
        """Copy all of it as text."""
        if self._found is not None:
            self.workbench.copy(f"{view.title(self._found)}\n{view.why(self._found).plain}")

    def action_close(self) -> None:
        """Back to where it was opened."""
        self.dismiss(0)


def _beside(workspace: Workspace, seq: int, step: int) -> int:
    """The number of the decision after ``seq``, or before it; 0 where there is none."""
    if step < 0:
        return workspace.timeline.decision_by(seq - 1)
    after = workspace.events(seq, limit=1)
    return after[0].seq if after else 0
