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
