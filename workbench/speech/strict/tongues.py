"""Which language a sentence is in: the one whose small words it holds most of; said of each sentence by itself.

A sentence without such words is in the language of the text. What is written in another script, or in a language that
has no table, is in none: it cannot be judged. Imports grammar and tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from workbench.speech.strict.grammar import Grammar, grammar
from workbench.speech.strict.tables import LANGUAGES, others

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SHORTEST_ALIEN = 6
"""Shorter commands of one language are too often words of another."""


def tongues(texts: Sequence[str], chosen: str | None) -> list[tuple[str, ...]]:
    """The languages that each folded sentence may be in, the likeliest first; none for one that no table covers.

    ``chosen``: the only language that counts; a sentence that has no word of it and some of another is in none.
    """
    if chosen is not None:
        return [_among(text, (chosen,), chosen) for text in texts]
    totals = [sum(_score(name, words) for words in map(_words, texts)) for name in LANGUAGES]
    main = LANGUAGES[totals.index(max(totals))]
    return [_among(text, LANGUAGES, main) for text in texts]


def _among(text: str, names: tuple[str, ...], main: str) -> tuple[str, ...]:
    words = _words(text)
    letters = sum(map(len, words))
    foreign = sum(not char.isascii() for word in words for char in word)
    if foreign * 2 > letters:
        return ()
    scores = {name: _score(name, words) for name in names}
    best = max(scores.values())
    elsewhere = max(sum(word in known for word in words) for known in others().values())
    elsewhere = max([elsewhere, *(_score(name, words) for name in LANGUAGES if name not in names)])
    if elsewhere > best and (best == 0 or elsewhere >= 2 * best):
        return ()
    likely = [name for name in names if scores[name] == best]
    return tuple(sorted(likely, key=lambda name: name != main))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _score(name: str, words: Sequence[str]) -> int:
    """How many words of a sentence belong to the language: its small words and its commands."""
    known, verbs = _known(name)
    return sum(1 for word in words if word in known) + any(word in verbs for word in words)


@lru_cache(maxsize=4)
def _known(name: str) -> tuple[frozenset[str], frozenset[str]]:
    of: Grammar = grammar(name)
    short = frozenset(of.language.spelling)
    return of.language.words["detect"] | short, of.commands | of.closing


@lru_cache(maxsize=4)
def alien(name: str) -> frozenset[str]:
    """Commands of the other languages that are no words of this one: they shelter in no harmless sentence."""
    own = grammar(name)
    mine = frozenset().union(*own.language.words.values()) | own.commands
    found: set[str] = set()
    for other in LANGUAGES:
        if other != name:
            theirs = grammar(other)
            found |= (theirs.commands | theirs.closing) - theirs.language.words["noun_verbs"]
    return frozenset(word for word in found - mine if len(word) >= _SHORTEST_ALIEN)
