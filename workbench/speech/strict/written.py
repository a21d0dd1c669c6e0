"""Folded words as the text wrote them, so that an explanation shows "Lösche" where the tables know "loesche".

Imports folding. Linear in the text, but for the few words that are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.speech.strict.folding import fold

_TOKEN = re.compile(r"\S+")
_EDGES = ".,;:!?…()[]{}\"'`*_~“”„‚‘’«»<>"


def as_written(folded: str, shown: str, spelling: Mapping[str, str]) -> str:
    """The stretch of ``shown`` whose words, folded and written out by ``spelling``, are ``folded``; ``folded`` itself
    where there is none."""
    wanted = folded.split()
    if not wanted:
        return folded
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in _TOKEN.finditer(shown):
        bare = found[0].strip(_EDGES)
        if not bare:
            continue
        start = found.start() + found[0].index(bare)
        plain = fold(bare).text
        parts = spelling.get(plain, plain).split()
        words += parts
        spans += [(start, start + len(bare))] * len(parts)
    size = len(wanted)
    for place, word in enumerate(words):
        if word == wanted[0] and words[place : place + size] == wanted:
            return shown[spans[place][0] : spans[place + size - 1][1]]
    return folded
