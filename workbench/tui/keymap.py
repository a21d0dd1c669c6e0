"""Keys that a person chose: taken over as far as they can be, with every doubt said. Pure.

``checked`` says which choices hold, ``clashes`` which keys then mean two things. Where two actions want one key, the
inner one wins: what has the focus, then the screen, then everywhere; within one place the one that was chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from workbench.tui.actions import GLOBAL, LIST, WINDOW, Action
from workbench.tui.key_names import EDITORS_OWN, UNSENT, is_typed, key_named, shown_key

QUIT = "global.quit"
MISSED = {
    "live.stop": "only the palette stops an agent, by the name",
    "global.palette": "nothing finds an action by its name",
    "global.keys": "nothing lists the keys of a screen",
    "global.help": "nothing explains what has the focus",
}
"""What is said when one of these has no key: whoever looks for it is in a hurry, or lost."""
Chosen = dict[str, tuple[str, ...]]
_WHERE = {GLOBAL: "everywhere", LIST: "lists"}

SHARED_ON_PURPOSE = frozenset(
    {
        # a list's own key stands back for the screen's, or is there only while the list is searched
        ("list.open", "*"),
        ("list.search", "*"),
        ("list.next-match", "*"),
        ("list.previous-match", "*"),
        ("list.end-search", "*"),
        ("list.previous-match", "global.norms"),
        # a form of their own in place of the list's
        ("tests.export", "global.export"),
        # while something is worked out, esc stops it; afterwards it leaves the window
        ("window.halt", "window.back"),
        ("speech.export", "global.export"),
    }
)
"""Pairs of actions (``*``: any of a screen) that have one key by default, and are meant to."""


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """``what`` happened to which choice, ``help``: what to do. ``dropped``: the choice does not hold.

    Codes: ``unknown_action``, ``unknown_key``, ``key_typed``, ``no_way_out`` (dropped); ``key_clash``, ``key_missed``,
    ``key_unsent``, ``key_of_editors`` (said only).
    """

    code: str
    action: str
    what: str
    help: str = ""
    dropped: bool = False


def checked(given: Mapping[str, Sequence[str]], actions: Iterable[Action]) -> tuple[Chosen, list[KeyProblem]]:
    """The choices that hold (Textual's names of keys), and what is wrong with any. ``actions``: all there are."""
    known = {action.id: action for action in actions}
    chosen: Chosen = {}
    problems: list[KeyProblem] = []
    for action_id, names in given.items():
        action = known.get(action_id)
        if action is None:
            close = get_close_matches(action_id, known, 1, 0.6)
            hint = f"did you mean `{close[0]}`?" if close else "`workbench keymap` lists the actions"
            problems.append(KeyProblem("unknown_action", action_id, f"there is no action `{action_id}`", hint, True))
            continue
        keys, wrong = _keys(action, names)
        problems += wrong
        if keys or not names:
            chosen[action_id] = keys
    for action_id, without in MISSED.items():
        if action_id in known and not chosen.get(action_id, ("",)):
            said = f"`{action_id}` has no key: {without}"
            problems.append(KeyProblem("key_missed", action_id, said, "give it one in [keys]"))
    if QUIT in known and not chosen.get(QUIT, ("",)):
        del chosen[QUIT]
        said = "the program cannot be without a key that leaves it"
        problems.append(KeyProblem("no_way_out", QUIT, said, "choose another key for it", True))
    return chosen, problems


def _keys(action: Action, names: Sequence[str]) -> tuple[tuple[str, ...], list[KeyProblem]]:
    keys: list[str] = []
    problems: list[KeyProblem] = []

    def say(code: str, what: str, help: str, dropped: bool) -> None:
        problems.append(KeyProblem(code, action.id, what, help, dropped))

    for name in names:
        try:
            key = key_named(name)
        except ValueError as error:
            say("unknown_key", f"`{action.id}`: {error}", "", True)
            continue
        if action.priority and is_typed(key):
            say("key_typed", f"`{action.id}` works while typing, so `{name}` cannot be its key",
                "choose an F key, or one with ctrl", True)  # fmt: skip
            continue
        if key in UNSENT:
            say("key_unsent", f"`{action.id}`: `{name}` may never arrive: {UNSENT[key]}", "choose another key", False)
        elif action.priority and key in EDITORS_OWN and key not in action.keys:
            say("key_of_editors", f"`{action.id}` takes `{name}` away from text fields", "", False)
        keys.append(key)
    return tuple(dict.fromkeys(keys)), problems


Windows = Mapping[str, Sequence[Action]]


def clashes(
    actions: Iterable[Action], chosen: Mapping[str, Sequence[str]], windows: Windows = MappingProxyType({})
) -> list[KeyProblem]:
    """Keys that mean two things in one place, and which of the two they do there; not those that are shared on purpose.

    Every place is looked at with what surrounds it: a list within a screen, a screen within what works everywhere. Of
    ``windows`` (a name → its actions) each is a place of its own, with the lists in it.
    """
    found = _clashing(actions, chosen, windows)
    return [_clash(key, winner, loser, screen) for (key, winner, loser), screen in found.items()]


def without_lost(actions: Iterable[Action], chosen: Chosen) -> Chosen:
    """``chosen``, and the keys left to those that lost one within their own screen: it is shown for them no more."""
    made = dict(chosen)
    for key, winner, loser in _clashing(actions, chosen):
        if winner.scope == loser.scope != WINDOW:  # in another window it still does it
            made[loser.id] = tuple(each for each in made.get(loser.id, loser.keys) if each != key)
    return made


def _clashing(
    actions: Iterable[Action], chosen: Mapping[str, Sequence[str]], windows: Windows = MappingProxyType({})
) -> dict[tuple[str, Action, Action], str]:
    """Key, who has it and who wanted it → the screen or window where that is so."""
    by_scope: dict[str, list[Action]] = {}
    for action in actions:
        by_scope.setdefault(action.scope, []).append(action)
    found: dict[tuple[str, Action, Action], str] = {}
    screens = [scope for scope in by_scope if scope not in (GLOBAL, LIST, WINDOW)] or [GLOBAL]
    places = [
        (name, [*(by_scope.get(LIST, ())), *by_scope.get(name, ()), *by_scope.get(GLOBAL, ())]) for name in screens
    ]
    places += [(name, [*by_scope.get(LIST, ()), *acts]) for name, acts in windows.items()]
    for screen, ranked in places:
        users: dict[str, list[Action]] = {}
        for action in dict.fromkeys(ranked):
            for key in chosen.get(action.id, action.keys):
                users.setdefault(key, []).append(action)
        for key, wanting in users.items():
            for winner, loser in _pairs(wanting, chosen):
                if not _on_purpose(winner, loser, chosen):
                    found.setdefault((key, winner, loser), screen)
    return found


def _pairs(wanting: Sequence[Action], chosen: Mapping[str, Sequence[str]]) -> Iterator[tuple[Action, Action]]:
    """Who wins over whom: what was chosen within a place, the inner place otherwise; priority before all."""
    ranked = sorted(wanting, key=lambda action: (not action.priority, action.scope == GLOBAL, action.scope != LIST))
    for index, first in enumerate(ranked):
        for other in ranked[index + 1 :]:
            swapped = first.scope == other.scope and first.id not in chosen and other.id in chosen
            yield (other, first) if swapped else (first, other)


def _on_purpose(one: Action, other: Action, chosen: Mapping[str, Sequence[str]]) -> bool:
    if one.id in chosen or other.id in chosen:
        return one.textual_action == other.textual_action
    return any(
        pair in SHARED_ON_PURPOSE
        for first, second in ((one, other), (other, one))
        for pair in ((first.id, second.id), (first.id, "*" if second.scope != GLOBAL else ""))
    )


def _clash(key: str, winner: Action, loser: Action, screen: str) -> KeyProblem:
    where = _WHERE.get(winner.scope) or f"on {screen.capitalize()}"
    where = f"in {where}" if winner.scope == LIST else where
    where = f"in the window `{screen}`" if WINDOW in (winner.scope, loser.scope) else where
    what = f"`{shown_key(key)}` does `{winner.id}` {where}, so it does not do `{loser.id}` there"
    return KeyProblem("key_clash", winner.id, what, f"choose another key for one of them in [keys]: `{loser.id}`")
