"""Signs of agents: a colour and a glyph by which an agent is known again on every screen and every terminal.

A name alone gives a sign (its hash), but two names may give the same one. Agents of a directory are told apart: in the
order in which they were entered each takes the sign of its name or, where that is taken, the next free one. So nobody's
sign changes when another agent comes. Who was entered is told once for all that is drawn (:func:`learn`), as keys are
told to the registry. May import the number of agents' colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from zlib import crc32

from workbench.tui.theming import AGENT_COLOURS

AGENT_GLYPHS = "●■◆★▼◉◈✚"  # not the glyphs of outcomes
SIGNS = AGENT_COLOURS * len(AGENT_GLYPHS)
_STEP = 9  # odd, so that all signs are gone through; the next one differs in glyph and in colour


class Sign(NamedTuple):
    """``colour``: 1 to 8, a colour of the theme."""

    colour: int
    glyph: str


_told: Mapping[str, Sign] = {}


def learn(names: Iterable[str]) -> bool:
    """Take ``names`` for those who were entered, in that order; whether that changes anybody's sign."""
    global _told
    found = assigned(names)
    if found == _told:
        return False
    _told = found
    return True


def signs() -> Mapping[str, Sign]:
    """Those that were told; another object once they are others."""
    return _told


def agent_sign(agent: str) -> Sign:
    """An agent's sign: its own in the directory, else that of its name. The same on every machine."""
    return _told.get(agent) or _sign(_place(agent))


def assigned(names: Iterable[str]) -> Mapping[str, Sign]:
    """A sign for each of ``names``, which stand in the order of entering: the first 64 have one each.

    Those after them have the sign of their name, which then is another's as well.
    """
    places: dict[str, int] = {}
    free = set(range(SIGNS))
    for name in names:
        if name in places:
            continue
        place = _place(name)
        while free and place not in free:
            place = (place + _STEP) % SIGNS
        places[name] = place
        free.discard(place)
    return {name: _sign(place) for name, place in places.items()}


def _place(name: str) -> int:
    number = crc32(name.encode("utf-8", "surrogatepass"))
    return (number >> 11) % len(AGENT_GLYPHS) * AGENT_COLOURS + number % AGENT_COLOURS


def _sign(place: int) -> Sign:
    glyph, colour = divmod(place, AGENT_COLOURS)
    return Sign(colour + 1, AGENT_GLYPHS[glyph])
