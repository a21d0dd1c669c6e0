"""The top bar and the footer that every screen wears. They know neither services nor store."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.reactive import reactive
from textual.widget import Widget

from workbench.tui.actions import Action
from workbench.tui.view.chrome import Chrome, facts_line, footer_line, tabs_line


class Clickable(Widget):
    """A widget whose text runs actions when clicked (``view.chrome.clickable``)."""

    async def on_click(self, event: Click) -> None:
        """Run the action under the pointer, as its key would."""
        action = event.style.meta.get("run")
        if isinstance(action, str):
            event.stop()
            await self.app.run_action(action, default_namespace=self.screen)


class TopBar(Clickable):
    """Product, badge, version in force and player on one line; the nine screens as tabs on the next."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 2; background: $panel; color: $ink; }
    TopBar.-single { height: 1; }
    """

    chrome: reactive[Chrome] = reactive(Chrome(active=""))

    def render(self) -> Content:
        """Both lines; only the tabs where the screen is low."""
        tabs = tabs_line(self.chrome.active, self.size.width)
        if self.size.height < 2:
            return tabs
        return Content("\n").join((facts_line(self.chrome, self.size.width), tabs))


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
