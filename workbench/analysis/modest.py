"""Numbers that a person would write: a request is looked for once more where the solver took outsized ones. Pure.

An overflow shows only with such numbers; then they stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workbench.analysis.results import Witness
from workbench.analysis.search import Sought
from workbench.analysis.terms import Term, Terms, cone

MOST = 1_000_000


def modestly(
    terms: Terms, wanted: Iterable[Term], find: Callable[[tuple[Term, ...]], Sought[Witness]]
) -> Sought[Witness]:
    """What ``find`` finds, given further demands; where that has outsized numbers, what it finds without such."""
    found = find(())
    if found.value is None or not _outsized([found.value.request.get("context"), found.value.entities]):
        return found
    numbers = [term for term in cone(list(wanted)) if term.op == "app" and term.sort == "Int"]
    least, most = terms.integer(-MOST), terms.integer(MOST)
    within = tuple(terms.and_(terms.le(least, term), terms.le(term, most)) for term in numbers)
    smaller = find(within)
    return found if smaller.value is None else smaller


def _outsized(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_outsized, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_outsized, value))
    return isinstance(value, int) and abs(value) > MOST
