"""The name that was probably meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable

_CLOSE_ENOUGH = 60.0


def nearest(name: str, candidates: Iterable[str], enough: float = _CLOSE_ENOUGH) -> str:
    """The candidate most like ``name``, or the empty string if none is ``enough`` like it (of 100)."""
    from rapidfuzz import fuzz, process, utils

    best = process.extractOne(
        name, sorted(set(candidates)), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=enough
    )
    return best[0] if best else ""


def is_slip(name: str, meant: str) -> bool:
    """Whether ``name``, which is another name, differs from ``meant`` by case, or by one letter or two swapped ones.

    Of names under four letters only case and order count: a letter more or less makes another word of them.
    """
    if name == meant:
        return False
    one, two = name.casefold(), meant.casefold()
    if one == two:
        return True
    start = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    rest, wanted = one[start:], two[start:]
    if len(rest) == len(wanted) and rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]:
        return True
    if len(meant) < 4:
        return False
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]
