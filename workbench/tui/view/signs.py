"""Signs of agents: a colour and a glyph by which an agent is known again on every screen and every terminal.

A name alone gives a sign (its hash), but two names may give the same one. Agents of a directory are told apart: in the
order in which they were entered each takes, of the signs still free, one with the rarest glyph and the rarest colour,
and of those the one next to its name's. So nobody's sign changes when another agent comes, and a few agents differ in
glyph and colour alike, for whoever sees no colours. Who was entered is told once for all that is drawn
(:func:`learn`), as keys are told to the registry. May import the number of agents' colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from workbench.tui.theming import AGENT_COLOURS

AGENT_GLYPHS = "●■◆★▼◉◈✚"  # not the glyphs of outcomes
SIGNS = AGENT_COLOURS * len(AGENT_GLYPHS)


class Sign(NamedTuple):
    """``colour``: 1 to 8, a colour of the theme."""

    colour: int
    glyph: str


_names: tuple[str, ...] = ()
_told: Mapping[str, Sign] = {}


def learn(names: Sequence[str]) -> bool:
    """Take ``names`` for those who were entered, in that order; whether anybody is new. Cheap where nobody is."""
    global _names, _told
    found = tuple(names)
    if found == _names:
        return False
    _names, _told = found, assigned(found)
    return True


def signs() -> Mapping[str, Sign]:
    """Those that were told; another object once they are others."""
    return _told


def agent_sign(agent: str) -> Sign:
    """An agent's sign: its own in the directory, else that of its name. The same on every machine."""
    return _told.get(agent) or _sign(_place(agent))


def assigned(names: Iterable[str]) -> Mapping[str, Sign]:
    """A sign for each of ``names``, which stand in the order of entering: the first 64 have one each, of the first
    eight no two share a glyph or a colour, and after them both are spread as evenly.

    Those after the 64 have the sign of their name, which then is another's as well.
    """
    places: dict[str, int] = {}
    free = set(range(SIGNS))
    glyphs, colours = Counter[int](), Counter[int]()
    for name in names:
        if name in places:
            continue
        own = _place(name)
        rarest = min(
            free,
            key=lambda place: (glyphs[place // AGENT_COLOURS], colours[place % AGENT_COLOURS], (place - own) % SIGNS),
            default=own,
        )
        places[name] = rarest
        free.discard(rarest)
        glyphs[rarest // AGENT_COLOURS] += 1
        colours[rarest % AGENT_COLOURS] += 1
    return {name: _sign(place) for name, place in places.items()}


def _place(name: str) -> int:
    number = crc32(name.encode("utf-8", "surrogatepass"))
    return (number >> 11) % len(AGENT_GLYPHS) * AGENT_COLOURS + number % AGENT_COLOURS


def _sign(place: int) -> Sign:
    glyph, colour = divmod(place, AGENT_COLOURS)
    return Sign(colour + 1, AGENT_GLYPHS[glyph])
