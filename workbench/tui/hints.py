"""Hints in sentences, with the keys as a person chose them: ``a approves`` says ``F5 approves`` after a remap.

For texts of our own only, never for data: the first word of each piece is taken for a key where it is one.
"""

from __future__ import annotations

import re

from workbench.tui.actions import GLOBAL, LIST, REGISTRY
from workbench.tui.key_names import shown_key

_PIECE = re.compile(r"(^|[·,;:(“] ?|\band |\bor |— )(\S+)(?= )")


def hinted(text: str, *scopes: str) -> str:
    """``text`` with each default key of an action that has other keys now replaced by its key of now.

    A piece begins at the start and after ``·``, a comma, a semicolon, a colon, ``and`` or ``or``; its first word is
    looked up among the actions of ``scopes``, then lists', then everywhere's. One without a key now says ``ctrl+p``.
    """
    chosen = REGISTRY.chosen
    if not chosen:
        return text
    now: dict[str, str] = {}
    for scope in (*scopes, LIST, GLOBAL):
        for action in REGISTRY.of(scope):
            for key in action.keys:
                shown = action.key_text or REGISTRY["global.palette"].key_text
                now.setdefault(shown_key(key), shown if action.id in chosen else shown_key(key))
    return _PIECE.sub(lambda found: found[1] + now.get(found[2], found[2]), text)
