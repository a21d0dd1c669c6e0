"""The command palette's sources: the registry of actions, with what cannot be done now left out, and objects by name.

A mark narrows what is found: ``r:`` rules, ``v:`` versions, ``c:`` cases, ``a:`` agents, ``e:`` decisions …, ``>``
actions (``objects.KINDS``). Objects are gathered once, in a thread, when the first letter is typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from workbench.tui.actions import REGISTRY, SCREEN_NAMES, Action, load_all
from workbench.tui.lanes import lane_of
from workbench.tui.objects import ACTIONS_ONLY, Thing, decision, gather, narrowed, search
from workbench.tui.screens.base import WorkbenchScreen

PLACEHOLDER = "find an action, a rule, a case, an agent …"
MARKS = "r: rules · a: agents · c: cases · > actions · F1 all marks"
FEW_MARKS = "F1 says how to narrow"
URGENT = "live.stop"  # of several that are called so the one that is looked for in a hurry
PER_LETTER = 3.6  # what Textual's matcher gives for a letter that is found


class ActionProvider(Provider):
    """The actions of the screen in front, then the global ones; by name also those of the other screens."""

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
        kind, words = narrowed(query)
        if kind not in ("", ACTIONS_ONLY):
            return
        matcher = self.matcher(words)
        own = self._actions()
        for action in own:
            title = _title(action)
            named = max(matcher.match(title), matcher.match(action.title))
            score = max(named, matcher.match(action.help) * 0.8) if words else 1.0
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(self._run, action), help=action.help)
        if not words or not isinstance(self.screen, WorkbenchScreen):
            return
        listed = {(action.title, action.help) for action in own}  # several screens do some things alike
        for action in await lane_of(self.app, "palette").run(_elsewhere, self.screen.NAME):
            if (action.title, action.help) in listed:
                continue
            listed.add((action.title, action.help))
            score = matcher.match(action.title) * (0.8 if action.title.casefold() == words.casefold() else 0.7)
            score *= 1.05 if action.id == URGENT else 1.0
            if score > 0:
                text = matcher.highlight(action.title) + Content.styled(f"  on {action.scope.capitalize()}", "$muted")
                command = partial(cast(Any, self.app).goto_action, action)
                yield Hit(score, text, command, text.plain, action.help)

    async def _run(self, action: Action) -> None:
        await self.app.run_action(action.textual_action, default_namespace=self.screen)


class ObjectProvider(Provider):
    """Rules, versions, proposals, cases, agents, decisions, norms, tests and themes."""

    _gathering: asyncio.Task[tuple[Thing, ...]] | None = None

    async def search(self, query: str) -> Hits:
        """What has the words in its name or beside it; nothing before the workspace is open."""
        app = cast(Any, self.app)
        kind, words = narrowed(query)
        if app.workspace is None or kind == ACTIONS_ONLY or not (kind or words):
            return
        if self._gathering is None:
            themes = [file.name for file in app.themes.files]
            self._gathering = asyncio.create_task(lane_of(app, "palette").run(gather, app.workspace, themes))
        things = await asyncio.shield(self._gathering)  # a next letter ends this search, not the gathering
        found = await lane_of(app, "palette").run(_found, app.workspace, things, query)
        best = PER_LETTER * max(len(words), 1)
        for place, (score, thing) in enumerate(found):
            text = _shown(thing)
            yield Hit(best * score - place / 10_000, text, partial(app.goto_thing, thing), text.plain, _about(thing))


def _elsewhere(name: str) -> list[Action]:
    """What the other screens offer: they are loaded for it, in a thread."""
    return [action for action in load_all() if action.scope in SCREEN_NAMES and action.scope != name]


def _found(workspace: Any, things: Sequence[Thing], query: str) -> list[tuple[float, Thing]]:
    found = search(things, query)
    asked = None
    if not any(thing.kind == "event" and score == 1.0 for score, thing in found):
        try:
            asked = decision(workspace, query)
        except Exception:  # it is not found then, as one that is not there
            asked = None
    return [(1.0, asked), *found] if asked is not None else found


def _shown(thing: Thing) -> Content:
    return Content.assemble((f"{thing.kind} ", "$muted"), thing.name)


def _about(thing: Thing) -> str:
    # Textual takes a help for markup unless it is a text of its own already, which it takes as it is
    return cast(str, Content(thing.about or " "))


def _title(action: Action) -> str:
    what = action.help if action.id.startswith("global.open-") else action.title
    return f"{what}  ({action.key_text})" if action.bound else what


def _possible(screen: object, action: Action) -> bool:
    return not isinstance(screen, WorkbenchScreen) or screen.is_possible(action)
