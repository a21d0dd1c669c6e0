"""The lightest set that has something of each of several sets: what must give way, given which parts cannot all stay.

Pure; imports nothing of ours. Exact (branch and bound), until a number of steps is used up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

MOST_STEPS = 20_000


class TooManySteps(Exception):  # noqa: N818  # a limit that was reached, not a fault
    """The lightest set was not found within :data:`MOST_STEPS` steps."""


def lightest(sets: Sequence[Collection[str]], weight: Mapping[str, int]) -> frozenset[str]:
    """A set of least total weight (all positive) that meets every one of ``sets``, none of which may be empty.

    Of several the same one each time. Raises :class:`TooManySteps`.
    """
    ordered = [sorted(each, key=lambda name: (weight[name], name)) for each in sorted(sets, key=len)]
    best: tuple[int, tuple[str, ...]] | None = None
    steps = 0
    pending: list[tuple[int, tuple[str, ...], frozenset[str]]] = [(0, (), frozenset())]
    while pending:
        cost, chosen, barred = pending.pop()
        steps += 1
        if steps > MOST_STEPS:
            raise TooManySteps
        if best is not None and cost + _bound(ordered, chosen, barred, weight) >= best[0]:
            continue
        unmet = next((each for each in ordered if not any(name in chosen for name in each)), None)
        if unmet is None:
            best = cost, chosen
            continue
        open_ = [name for name in unmet if name not in barred]
        for place in range(len(open_) - 1, -1, -1):  # the lightest is looked at first: it is pushed last
            # what stands before it in the set is tried on its own, so that no choice is looked at twice
            pending.append((cost + weight[open_[place]], (*chosen, open_[place]), barred | set(open_[:place])))
    assert best is not None, "one of the sets is empty"
    return frozenset(best[1])


def _bound(
    sets: Sequence[Sequence[str]], chosen: tuple[str, ...], barred: frozenset[str], weight: Mapping[str, int]
) -> int:
    """What is still to be paid at the least: unmet sets that have nothing in common are paid one by one."""
    used: set[str] = set()
    total = 0
    for each in sets:
        if any(name in chosen for name in each) or not used.isdisjoint(each):
            continue
        open_ = [weight[name] for name in each if name not in barred]
        if not open_:
            return 1 << 60
        total += min(open_)
        used.update(each)
    return total
