"""Which norm or overlay a person means: by content id, by the statement's id, by name, or by the beginning of one.

Pure. What stands is meant before what has ended, so that a norm that was repealed and added again is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
SHORTEST = 4  # characters of a beginning


def meant(
    wanted: str, things: Sequence[T], names: Callable[[T], Sequence[str]], stands: Callable[[T], bool]
) -> list[T]:
    """Those that ``wanted`` can mean, one where it is clear. ``names``: what a thing may be called, its id first. Whole
    names count before beginnings; of several that ended and share a whole name or an id, the last is meant."""
    said = wanted.strip()
    bare = said.rpartition(":")[2]  # as decisions name them: stop:3f9a2c7e, norm:3f9a2c7e.2
    for words in ({said}, {bare, bare.partition(".")[0]}):
        whole = [thing for thing in things if not words.isdisjoint(names(thing))]
        if whole:
            return [thing for thing in whole if stands(thing)] or whole[-1:]
    if len(said) < SHORTEST:
        return []
    begun = [thing for thing in things if any(name.startswith((said, bare)) for name in names(thing))] if bare else []
    return [thing for thing in begun if stands(thing)] or list({names(thing)[0]: thing for thing in begun}.values())
