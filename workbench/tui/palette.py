"""The command palette's source: the registry of actions, with what cannot be done now left out."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from workbench.tui.actions import REGISTRY, Action
from workbench.tui.screens.base import WorkbenchScreen


class ActionProvider(Provider):
    """The actions of the screen in front, then the global ones."""

    def _actions(self) -> list[Action]:
        screen = self.screen
        own = list(screen.ACTIONS) if isinstance(screen, WorkbenchScreen) else []
        own = [action for action in own if _possible(screen, action)]
        twice = {action.textual_action for action in own}  # a screen may give a global action a key of its own
        everywhere = [action for action in REGISTRY.of("global") if not action.id.endswith("-anywhere")]
        return own + [action for action in everywhere if action.textual_action not in twice]

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for action in self._actions():
            yield DiscoveryHit(_title(action), partial(self._run, action), help=action.help)

    async def search(self, query: str) -> Hits:
        """What matches the words typed, in title or help."""
        matcher = self.matcher(query)
        for action in self._actions():
            title = _title(action)
            score = max(matcher.match(title), matcher.match(action.help) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(self._run, action), help=action.help)

    async def _run(self, action: Action) -> None:
        await self.app.run_action(action.textual_action, default_namespace=self.screen)


def _title(action: Action) -> str:
    what = action.help if action.id.startswith("global.open-") else action.title
    return f"{what}  ({action.key_text})" if action.bound else what


def _possible(screen: object, action: Action) -> bool:
    return not isinstance(screen, WorkbenchScreen) or screen.is_possible(action)
