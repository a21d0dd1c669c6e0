"""Which norm or overlay a person means: by content id, by the statement's id, by name, or by the beginning of one.

Pure. What stands is meant before what has ended, so that a norm that was repealed and added again is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
SHORTEST = 4  # characters of a beginning


def meant(
    wanted: str, things: Sequence[T], names: Callable[[T], Iterable[str]], stands: Callable[[T], bool]
) -> list[T]:
    """Those that ``wanted`` can mean, one where it is clear. Whole names count before beginnings; where several that
    ended share a whole name, the last of them is meant."""
    said = wanted.strip()
    bare = said.rpartition(":")[2]  # as decisions name them: stop:3f9a2c7e, norm:3f9a2c7e.2
    for words in ({said}, {bare, bare.partition(".")[0]}):
        whole = [thing for thing in things if not words.isdisjoint(names(thing))]
        if whole:
            return [thing for thing in whole if stands(thing)] or whole[-1:]
    if len(said) < SHORTEST:
        return []
    begun = [thing for thing in things if any(name.startswith((said, bare)) for name in names(thing))] if bare else []
    return [thing for thing in begun if stands(thing)] or begun
