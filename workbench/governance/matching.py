"""Filling seats with people: a largest bipartite matching, so that no order of votes can waste an approval.

Imports nothing of the project. Kuhn's augmenting paths; seats and people are a few dozen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence


def fill(seats: Sequence[Collection[str]], people: Sequence[str]) -> list[str | None]:
    """Who takes each seat. ``seats[i]`` are those who may take seat i; each of ``people`` takes at most one.

    As many seats as possible are filled; ties go to earlier people and earlier seats.
    """
    taken: list[str | None] = [None] * len(seats)

    def free(person: str) -> int | None:
        return next((i for i, may in enumerate(seats) if taken[i] is None and person in may), None)

    def seat(person: str, tried: set[int]) -> bool:
        spare = free(person)
        if spare is not None:
            taken[spare] = person
            return True
        for index, may in enumerate(seats):
            if person in may and index not in tried:
                tried.add(index)
                holder = taken[index]
                if holder is not None and seat(holder, tried):
                    taken[index] = person
                    return True
        return False

    for person in people:
        seat(person, set())
    return taken
