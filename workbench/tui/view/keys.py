"""The sheet of keys as rows of a list: what can be done on a screen, in lists, and everywhere. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator

from workbench.tui.actions import GLOBAL, LIST, SCREEN_NAMES, Action
from workbench.tui.key_names import NO_KEYBOARD_HAS, shown_key
from workbench.tui.view.same_there import SAME_THERE
from workbench.tui.view.table import Cell, Column, Row

KEYS_WIDTH = 14  # of `PgDn or ctrl+d`
_OR = " or "  # a key may be a sign, such as an arrow: without the word it reads as part of the sentence
COLUMNS = (Column("", KEYS_WIDTH), Column(""))
SMALLEST_TEXT = 12
IN_A_WINDOW = "Each window names its keys on its border, and {key} explains it; `workbench keymap` lists them all"
DIGITS = "Open the screens; while typing, {key} and a digit"


def key_text(action: Action) -> str:
    """All keys that do it now: ``space or p``; empty for what only the palette finds."""
    shown = [shown_key(key) for key in action.bound if key not in NO_KEYBOARD_HAS]
    return _OR.join(shown)


def sheet(
    scope: str, actions: Iterable[Action], width: int, possible: Callable[[Action], bool] = lambda _: True
) -> list[Row]:
    """The rows, grouped under headings; a sentence that is longer than ``width`` goes on in the next row.

    The first row of an action has its id as its key. What cannot be done now is muted.
    """
    known = list(actions)
    own = [action for action in known if action.scope == scope]
    everywhere = [action for action in known if action.scope == GLOBAL and not action.id.startswith("global.open-")]
    space = max(width - KEYS_WIDTH - 4, SMALLEST_TEXT)
    rows: list[Row] = []
    for heading, group in (
        (scope.capitalize(), [action for action in own if action.bound]),
        ("In a list", [action for action in known if action.scope == LIST]),
        ("Everywhere", [action for action in everywhere if action.bound]),
        ("By name, in the palette", [action for action in (*own, *everywhere) if not action.bound]),
    ):
        if not group:
            continue
        if rows:
            rows.append(Row(f"-{heading}", (Cell(""), Cell(""))))
        rows.append(Row(f"={heading}", (Cell(""), Cell(heading, "accent"))))
        if heading == "Everywhere":
            rows += _lines("digits", _digits(known), DIGITS.format(key=_leader(known)), space, "strong", "plain")
        for action in group:
            can = action.scope == LIST or possible(action)
            rows += _lines(action.id, key_text(action), action.help, space, *(("strong", "plain") if can else _MUTED))
    rows += [Row("-Windows", (Cell(""), Cell(""))), Row("=Windows", (Cell(""), Cell("In a window", "accent")))]
    explains = next((action.key_text for action in known if action.id == "global.help"), "F1")
    rows += _lines("windows", explains, IN_A_WINDOW.format(key=explains or "F1"), space, "strong", "plain")
    return [*rows, *_same_there(scope, space)]


def _same_there(scope: str, space: int) -> Iterator[Row]:
    """What tells the same on the command line, for who cannot use the screen or wants it in a script."""
    told = SAME_THERE.get(scope, ())
    if told:
        yield Row("-There", (Cell(""), Cell("")))
        yield Row("=There", (Cell(""), Cell("On the command line", "accent")))
    for command, what in told:
        name = f"=There {command}"
        for index, piece in enumerate(textwrap.wrap(f"workbench {command}: {what}", space)):
            yield Row(f"{name}+{index}" if index else name, (Cell(""), Cell(piece)))


_MUTED = ("muted", "muted")


def _lines(key: str, keys: str, text: str, space: int, key_role: str, text_role: str) -> Iterator[Row]:
    """Keys at the right of their column; where there are more than fit it, the others stand below the first."""
    pieces = textwrap.wrap(text, space) or [""]
    names = [keys] if len(keys) <= KEYS_WIDTH else keys.replace(_OR, f"{_OR.rstrip()}\n").split("\n")
    for index in range(max(len(pieces), len(names))):
        left = names[index] if index < len(names) else ""
        piece = pieces[index] if index < len(pieces) else ""
        cells = (Cell(f"{left:>{KEYS_WIDTH}}", key_role), Cell(piece, text_role))
        yield Row(f"{key}+{index}" if index else key, cells)


def _digits(known: Iterable[Action]) -> str:
    opening = {action.id: action for action in known if action.id.startswith("global.open-")}
    found = [opening.get(f"global.open-{name}") for name in SCREEN_NAMES]
    keys = [action.key_text for action in found if action is not None and action.bound]
    return f"{keys[0]} … {keys[-1]}" if keys else ""


def _leader(known: Iterable[Action]) -> str:
    return next((action.key_text for action in known if action.id == "global.leader"), "ctrl+o")
