"""Hints in sentences, with the keys as a person chose them: ``a approves`` says ``F5 approves`` after a remap.

For texts of our own only, never for data: the first word of each piece is taken for a key where it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.tui.actions import GLOBAL, LIST, REGISTRY, Action
from workbench.tui.key_names import shown_key

_PIECE = re.compile(r"(^|[·,;:(“] ?|\band |\bor |— )(\S+)(?= )")

_TWO = re.compile(r"(^|[·,;:(] ?)n p(?= )")
PAIR = {"window.next", "window.previous"}


def hinted(text: str, *scopes: str) -> str:
    """``text`` with each default key of an action that has other keys now replaced by its key of now.

    A piece begins at the start and after ``·``, a comma, a semicolon, a colon, ``and`` or ``or``; its first word is
    looked up among the actions of ``scopes``, then lists', then everywhere's. One without a key now says ``ctrl+p``.
    """
    return hinted_by(text, (action for scope in scopes for action in REGISTRY.of(scope)))


def hinted_by(text: str, actions: Iterable[Action]) -> str:
    """As ``hinted``, where a default key means one of ``actions`` before it means one of lists or everywhere.

    ``n p`` at the beginning of a piece are two keys, where both are of the same actions.
    """
    chosen = REGISTRY.chosen
    if not chosen:
        return text
    now: dict[str, str] = {}
    own = list(actions)
    for action in (*own, *REGISTRY.of(LIST), *REGISTRY.of(GLOBAL)):
        for key in action.keys:
            shown = action.key_text or REGISTRY["global.palette"].key_text
            now.setdefault(shown_key(key), shown if action.id in chosen else shown_key(key))
    pairs = {action.id: action for action in own}
    if pairs.keys() >= PAIR:
        both = " ".join(pairs[name].key_text for name in ("window.next", "window.previous"))
        text = _TWO.sub(lambda found: f"{found[1]}{both}", text)
    return _PIECE.sub(lambda found: found[1] + now.get(found[2], found[2]), text)
