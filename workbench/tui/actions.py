"""The one registry of actions: bindings, footer, palette, help and the README's key table are all made from it.

A screen declares its actions as data (class variable ``ACTIONS``); the global ones are here. Imports Textual's binding
type and nothing else of the interface. ``python -m workbench.tui.actions`` prints the key table as markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from workbench.tui.key_names import NO_KEYBOARD_HAS, is_typed, shown_key

_NAMED_ACTION = re.compile(r"\{([a-z]+\.[a-z-]+)\}")
__all__ = ["GLOBAL", "GLOBAL_ACTIONS", "LIST", "LIST_ACTIONS", "PALETTE", "REGISTRY", "SCREEN_NAMES", "WINDOW"]
__all__ += ["Action", "Registry", "bindings", "bindings_for", "bound_to", "key_of", "key_table", "keyed", "load_all"]
__all__ += ["shown_key"]

GLOBAL = "global"
LIST = "list"
WINDOW = "window"

SCREEN_NAMES = ("overview", "author", "tests", "review", "sign", "live", "cases", "speech", "history")
"""The nine modes in order: digit ``n`` opens the n-th."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do with a key.

    ``id`` is ``scope.verb``; Textual runs ``action_<verb>`` on the screen (on the app for global ones) unless ``run``
    names another Textual action. ``title`` is one or two words for the footer, ``help`` a sentence. ``show`` puts it in
    the footer (seven fit). ``priority`` makes the key work even where an editor has the focus.
    """

    id: str
    title: str
    help: str
    keys: tuple[str, ...]
    scope: str = GLOBAL
    show: bool = True
    run: str = ""
    priority: bool = False

    @property
    def textual_action(self) -> str:
        """The action as Textual names it."""
        return self.run or self.id.rpartition(".")[2].replace("-", "_")

    @property
    def bound(self) -> tuple[str, ...]:
        """The keys that do it now: its own, unless the person chose others (see ``keymap``)."""
        return REGISTRY.keys(self)

    @property
    def works_while_typing(self) -> bool:
        """Whether its first key does it where letters are text."""
        return bool(self.bound) and not is_typed(self.bound[0])

    @property
    def key_text(self) -> str:
        """The first key that does it now, as a person reads it; empty when there is none."""
        return shown_key(self.bound[0]) if self.bound else ""


class Registry:
    """All actions known so far, in order. A screen's join when its module is loaded."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}
        self._chosen: dict[str, tuple[str, ...]] = {}

    def add(self, actions: Iterable[Action]) -> None:
        """Add ``actions``; the same action again changes nothing. Raises ``ValueError`` when an id means two things."""
        for action in actions:
            known = self._actions.setdefault(action.id, action)
            if known != action:
                raise ValueError(f"two actions are called `{action.id}`")

    def choose(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        """From now on these actions (by id) have these keys, every other its own. Ids may be of screens yet to come."""
        self._chosen = dict(keys)

    @property
    def chosen(self) -> frozenset[str]:
        """The ids of actions that have other keys now than their own."""
        return frozenset(self._chosen)

    def keys(self, action: Action) -> tuple[str, ...]:
        """The keys that do ``action`` now."""
        return self._chosen.get(action.id, action.keys)

    def keymap(self) -> dict[str, str]:
        """What was chosen as a key map of Textual's: id of a binding → its keys.

        Textual cannot take a key away, so a binding that is to have none gets one that no keyboard sends.
        """
        made: dict[str, str] = {}
        for action in self:
            if action.id in self._chosen:
                made[action.id] = ",".join(self._chosen[action.id]) or f"no-key-{action.id}"
                for index in range(2, len(action.keys) + 1):
                    made[f"{action.id}.{index}"] = f"no-key-{action.id}.{index}"
        return made

    def get(self, action_id: str) -> Action | None:
        """The action, where its screen was loaded."""
        return self._actions.get(action_id)

    def of(self, scope: str) -> tuple[Action, ...]:
        """The actions of a scope, in the order declared."""
        return tuple(action for action in self._actions.values() if action.scope == scope)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __getitem__(self, action_id: str) -> Action:
        return self._actions[action_id]


REGISTRY = Registry()

_F_KEYS = {
    2: "f2",
    3: "f3",
    4: "f4",
    9: "f9",
}  # editors own F6 and F7; Author has F5 (compile) and F8 (next diagnostic)


def _screen_actions() -> Iterator[Action]:
    for number, name in enumerate(SCREEN_NAMES, start=1):
        yield Action(
            f"global.open-{name}",
            name.capitalize(),
            f"Open the {name.capitalize()} screen",
            (str(number),),
            show=False,
            run=f"app.goto('{name}')",
        )
    for number, key in _F_KEYS.items():
        name = SCREEN_NAMES[number - 1]
        yield Action(
            f"global.open-{name}-anywhere",
            name.capitalize(),
            f"Open the {name.capitalize()} screen, also while typing",
            (key,),
            show=False,
            run=f"app.goto('{name}')",
            priority=True,
        )


GLOBAL_ACTIONS: tuple[Action, ...] = (
    *_screen_actions(),
    Action(
        "global.leader",
        "Screens",
        "Then a digit: open that screen, from anywhere, also while typing",
        ("ctrl+o",),
        show=False,
        run="app.leader",
        priority=True,
    ),
    Action("global.keys", "Keys", "All keys of this screen", ("question_mark",), run="app.keys"),
    Action(
        "global.help",
        "Help",
        "Explain in sentences what has the focus",
        ("f1",),
        show=False,
        run="app.help",
        priority=True,
    ),
    Action(
        "global.palette",
        "Palette",
        "Find any action by its name",
        ("ctrl+p",),
        run="app.command_palette",
        priority=True,
    ),
    Action(
        "global.theme",
        "Theme",
        "Choose a theme, shown at once while you move",
        ("ctrl+t",),
        show=False,
        run="app.themes",
        priority=True,
    ),
    Action(
        "global.overlays",
        "Overlays",
        "What acts beside the signed version: stops, brakes, norms; lift one",
        ("L",),
        show=False,
        run="app.overlays",
    ),
    Action(
        "global.norms",
        "Norms",
        "Every norm, with its conflicts and the forms it had; add, repeal or compare",
        ("N",),
        show=False,
        run="app.norms",
    ),
    Action(
        "global.add-norm",
        "Add a norm",
        "Write a norm in one line; what it compiles to is shown while you type",
        (),
        show=False,
        run="app.add_norm",
    ),
    Action(
        "global.split-back",
        "Border back",
        "Move the border between two panes left or up; the mouse drags it, a double click puts it back",
        ("less_than_sign",),
        show=False,
        run="app.split(-1)",
    ),
    Action(
        "global.split-on",
        "Border on",
        "Move the border between two panes right or down",
        ("greater_than_sign",),
        show=False,
        run="app.split(1)",
    ),
    Action(
        "global.jump",
        "Jump",
        "A letter on every pane; pressing one goes there (while typing: ctrl+o and this key)",
        ("apostrophe",),
        show=False,
        run="app.jump",
    ),
    Action(
        "global.export",
        "Export",
        "Write what is listed, as it is filtered, to a file, or copy it: JSON Lines, CSV or Markdown",
        ("e",),
        show=False,
        run="app.export",
    ),
    Action(
        "global.acknowledge",
        "Acknowledge",
        "Sign for a jump of the clock, or for a restored database, so that things go on",
        ("exclamation_mark",),
        show=False,
        run="app.acknowledge",
    ),
    Action(
        "global.tour",
        "Tour",
        "Begin the tour in five steps; while it is on: end it",
        ("T",),
        show=False,
        run="app.tour",
    ),
    Action(
        "global.tour-next",
        "Tour: next",
        "While the tour is on: its next step, on its screen",
        ("full_stop", "f10"),
        show=False,
        run="app.tour_next",
    ),
    Action(
        "global.tour-back",
        "Tour: back",
        "While the tour is on: the step before",
        ("comma",),
        show=False,
        run="app.tour_back",
    ),
    Action(
        "global.quit",
        "Quit",
        "Leave; asks only when something typed is not saved",
        ("ctrl+q",),
        show=False,
        run="app.leave",
        priority=True,
    ),
)
_LIST_ACTIONS = (
    ("down", "Down", ("down", "j"), "Next row"),
    ("up", "Up", ("up", "k"), "Row before"),
    ("page-down", "Page down", ("pagedown", "ctrl+d"), "A screenful on"),
    ("page-up", "Page up", ("pageup", "ctrl+u"), "A screenful back"),
    ("first", "First", ("g", "home"), "First row; in the feed the oldest"),
    ("follow", "Newest", ("G", "end"), "Last row; in the feed the newest, and stay with it"),
    ("count", "Count", ("0",), "Then a number and a motion: 012j goes twelve rows down, 012G to the twelfth"),
    ("open", "Open", ("enter",), "Open the row under the cursor"),
    ("search", "Search", ("slash",), "Go to a row by words in it, where the screen has no search of its own"),
    ("next-match", "Next match", ("n",), "While words are searched for: the next row with them"),
    ("previous-match", "Match before", ("N",), "While words are searched for: the row before with them"),
    ("end-search", "End search", ("escape",), "Forget the words that are searched for"),
)
LIST_ACTIONS: tuple[Action, ...] = tuple(
    Action(f"list.{name}", title, help, keys, scope=LIST, show=False, run=f"hand('{name}')")
    for name, title, keys, help in _LIST_ACTIONS
)
"""Keys that long lists share."""

PALETTE = next(action for action in GLOBAL_ACTIONS if action.id == "global.palette")
REGISTRY.add(GLOBAL_ACTIONS)
REGISTRY.add(LIST_ACTIONS)


def bindings(actions: Sequence[Action]) -> list[BindingType]:
    """Textual bindings of ``actions``: one per key; the first carries the id that a key map may name.

    An action without a key gets one that no keyboard sends, so that a key map can give it one.
    """
    return [binding for action in actions for binding in bound_to(action, action.textual_action)]


def bound_to(action: Action, run: str) -> list[BindingType]:
    """The bindings of ``action`` where it runs the Textual action ``run``."""
    return [
        Binding(
            key,
            run,
            action.title,
            show=action.show and index == 0,
            key_display=shown_key(key),
            tooltip=action.help,
            priority=action.priority,
            id=action.id if index == 0 else f"{action.id}.{index + 1}",
        )
        for index, key in enumerate(action.keys or (f"no-key-{action.id}",))
    ]


def key_of(action_id: str) -> str:
    """The key that does an action now, as a person reads it; ``ctrl+p`` finds those that have none.

    For hints in texts: the action's screen must be loaded, else a key is shown only where the person chose one.
    """
    action = REGISTRY.get(action_id)
    return (action.key_text if action else "") or (PALETTE.key_text if action_id != PALETTE.id else "") or "?"


def keyed(text: str) -> str:
    """``text`` with the key of an action in place of its id in braces: ``{global.open-live} opens Live``."""
    return _NAMED_ACTION.sub(lambda found: key_of(found[1]), text)


def bindings_for(scope: str) -> list[BindingType]:
    """Bindings of everything registered under ``scope``."""
    return bindings(REGISTRY.of(scope))


def key_table(actions: Iterable[Action] = REGISTRY) -> str:
    """The actions as a markdown table: the README's list of keys. Rows of a scope stay together."""
    by_scope: dict[str, list[Action]] = {}
    for action in actions:
        by_scope.setdefault(action.scope, []).append(action)
    lines = ["| Where | Key | Does |", "| --- | --- | --- |"]
    for scope in (GLOBAL, LIST, WINDOW, *SCREEN_NAMES):
        where = {GLOBAL: "everywhere", LIST: "lists", WINDOW: "windows"}.get(scope, scope.capitalize())
        for action in by_scope.get(scope, ()):
            keys = " ".join(f"`{shown_key(key)}`" for key in action.keys if key not in NO_KEYBOARD_HAS)
            keys = keys or "`ctrl+p`, by name"
            lines.append(f"| {where} | {keys} | {action.help} |")
    return "\n".join(lines) + "\n"


def load_all() -> Registry:
    """Import every screen so that all actions are registered; for the key table."""
    from workbench.tui import window_keys  # noqa: F401
    from workbench.tui.screens import load_screen_class

    for name in SCREEN_NAMES:
        load_screen_class(name)
    return REGISTRY


if __name__ == "__main__":
    # run as a module this file is `__main__`; the registry that screens fill is the imported one
    from workbench.tui.actions import key_table as table
    from workbench.tui.actions import load_all as load

    print(table(load()), end="")
