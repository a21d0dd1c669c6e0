"""One decision of the feed in full, beside the list or in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.tui.actions import keyed
from workbench.tui.screens.live_questions import Opened
from workbench.tui.view.detail import event_detail, title, title_style

if TYPE_CHECKING:
    from workbench.service.views import EventDetail

BORDER = 6  # cells of a border's line that its text cannot have


def edge(hints: Sequence[str], width: int) -> Content:
    """Hints for the border of a pane ``width`` cells wide: those that fit, the first of them at least."""
    many = next((n for n in range(len(hints), 1, -1) if len(" · ".join(hints[:n])) <= width - BORDER), 1)
    return Content(" · ".join(hints[:many]))


class DetailPane(VerticalScroll, can_focus=True):
    """One decision in full, wrapped again whenever its width changes."""

    HELP = """One decision: why it was decided so, the rule beside its English, the request with what the rules read
    marked, and its receipt in the ledger. n and b go to the next and the one before, o opens the rule, C the case
    that a held request waits in, w what was said for it, S stops the agent, esc goes back."""

    def compose(self) -> ComposeResult:
        yield Static(id="detail-text", markup=False)

    def show(self, opened: Opened) -> None:
        """Show a decision from its first line."""
        self._opened = opened
        self.scroll_home(animate=False)
        self._draw()

    def renew(self, opened: Opened) -> None:
        """The same decision, whose cases have moved on; the eye stays where it is."""
        self._opened = opened
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw_border(self, detail: EventDetail) -> None:
        self.border_title = Content.styled(title(detail, self.size.width - BORDER), title_style(detail))
        hints = ["esc back", *([keyed("{live.rule} opens the rule")] if detail.rules else [])]
        hints += [keyed("{live.words} judges its words")] if "speech" in detail.request else []
        self.border_subtitle = edge(hints, self.size.width)

    def _draw(self) -> None:
        opened: Opened | None = getattr(self, "_opened", None)
        if opened is not None:
            self._draw_border(opened.detail)
            width = max(self.scrollable_content_region.width - 1, 20)
            self.query_one("#detail-text", Static).update(event_detail(opened.detail, width, opened.cases))
