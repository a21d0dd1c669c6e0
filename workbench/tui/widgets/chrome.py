"""The top bar and the footer that every screen wears. They know neither services nor store."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.widget import Widget

from workbench.tui.actions import Action
from workbench.tui.view.chrome import Chrome, alerts_shown, facts_line, footer_line, tabs_line

LOW, VERY_LOW = 20, 16  # rows of the screen under which the top bar says less


class Clickable(Widget):
    """A widget whose text runs actions when clicked (``view.chrome.clickable``)."""

    async def on_click(self, event: Click) -> None:
        """Run the action under the pointer, as its key would."""
        action = event.style.meta.get("run")
        if isinstance(action, str):
            event.stop()
            await self.app.run_action(action, default_namespace=self.screen)


class TopBar(Clickable):
    """Product, badge, version in force and player on one line; the nine screens as tabs on the next; below them what
    acts beside the signed version, or stops everything, for as long as it does.
    """

    DEFAULT_CSS = """
    TopBar { dock: top; height: 2; background: $panel; color: $ink; }
    """

    chrome: reactive[Chrome] = reactive(Chrome(active=""))
    rows: reactive[int] = reactive(24)

    def watch_chrome(self) -> None:
        """As many lines as there is to say."""
        self._fit()

    def watch_rows(self) -> None:
        """``rows``: the height of the whole screen. A low one keeps its tabs and one line of alerts."""
        self._fit()

    def _alerts(self) -> list[Content]:
        return alerts_shown(self.chrome, self.size.width or 80, 2 if self.rows >= LOW else 1)

    def _fit(self) -> None:
        own = 2 if self.rows >= VERY_LOW else 1
        self.styles.height = own + len(self._alerts())

    def render(self) -> Content:
        """The lines; only tabs and alerts where the screen is very low."""
        tabs = tabs_line(self.chrome.active, self.size.width)
        lines = [tabs, *self._alerts()]
        if self.rows >= VERY_LOW:
            lines.insert(0, facts_line(self.chrome, self.size.width))
        return Content("\n").join(lines)


class FooterBar(Clickable):
    """Up to seven hints for the screen, and a note at the right."""

    DEFAULT_CSS = """
    FooterBar { dock: bottom; height: 1; background: $panel; color: $ink; }
    """

    actions: reactive[tuple[Action, ...]] = reactive(())
    note: reactive[str] = reactive("")

    def show(self, actions: Sequence[Action]) -> None:
        """The actions to hint at, the commonest first."""
        self.actions = tuple(actions)

    def render(self) -> Content:
        """One line."""
        return footer_line(self.actions, self.size.width, self.note)
