"""One decision of the feed in full, beside the list or in its place."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.tui.actions import keyed
from workbench.tui.screens.live_questions import Opened
from workbench.tui.view.detail import event_detail, title, title_style


class DetailPane(VerticalScroll, can_focus=True):
    """One decision in full, wrapped again whenever its width changes."""

    HELP = """One decision: why it was decided so, the rule beside its English, the request with what the rules read
    marked, and its receipt in the ledger. n and b go to the next and the one before, o opens the rule, C the case
    that a held request waits in, w what was said for it, S stops the agent, esc goes back."""

    def compose(self) -> ComposeResult:
        yield Static(id="detail-text", markup=False)

    def show(self, opened: Opened) -> None:
        """Show a decision from its first line."""
        self._opened, detail = opened, opened.detail
        self.border_title = Content.styled(title(detail), title_style(detail))
        keys = ["esc back", *(["{live.rule} opens the rule"] if detail.rules else [])]
        keys += ["{live.words} judges its words"] if "speech" in detail.request else []
        self.border_subtitle = Content(keyed(" · ".join(keys)))
        self.scroll_home(animate=False)
        self._draw()

    def renew(self, opened: Opened) -> None:
        """The same decision, whose cases have moved on; the eye stays where it is."""
        self._opened = opened
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        opened: Opened | None = getattr(self, "_opened", None)
        if opened is not None:
            width = max(self.scrollable_content_region.width - 1, 20)
            self.query_one("#detail-text", Static).update(event_detail(opened.detail, width, opened.cases))
