"""What is offered at a caret: values that faces show without loading the dictionaries. Imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """``text`` replaces the range; ``kind``: "action", "type", "attribute", "value" or "word"; ``detail`` explains."""

    text: str
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """``items`` would replace code points ``[start, end)``, the best first; none where nothing fits."""

    start: int
    end: int
    items: tuple[Item, ...] = ()
