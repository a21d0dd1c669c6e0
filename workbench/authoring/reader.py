"""The base of the grammar: tokens, function words, schema words; every reading, none preferred. Pure.

A rule of the grammar is a method ``rule(i)`` that yields ``(meaning, j)`` for every way in which the tokens from ``i``
up to ``j`` may be read. A sentence is understood when a reading ends at its last token: so no word is ever passed
over. ``reach`` is the furthest token that any rule could use, for the diagnostic when there is no reading.
Imports lexicon, words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from workbench.authoring.lexicon import AttributeWord, Lexicon, TypeWord, ValueWord
from workbench.authoring.words import Token, same_noun

Read = TypeVar("Read")
MOST_STEPS = 200_000


class TooManyReadings(Exception):  # noqa: N818 - a signal within this package, never an error to callers
    """The sentence has more readings than are worth enumerating."""


class Reader:
    """Tokens of one sentence with a schema's lexicon, whose language gives the function words."""

    def __init__(self, lexicon: Lexicon, tokens: tuple[Token, ...]) -> None:
        self.lexicon = lexicon
        self.words = lexicon.words
        self.tokens = tokens
        self._said = [
            (token.lower, token.lemma) if token.kind in ("word", "number", "mark") else None for token in tokens
        ]
        self.reach = 0
        self._steps = 0
        self._parts: dict[tuple[int, int], str] = {}
        self._read: dict[tuple[str, int], Sequence[Any]] = {}
        self._phrases_said: dict[tuple[int, tuple[str, ...]], tuple[int, ...]] = {}
        self._tables_said: dict[tuple[int, int], tuple[Mapping[str, str], tuple[str, int] | None]] = {}
        self._split: dict[str, tuple[str, ...]] = {}

    # ---- tokens

    def at(self, i: int) -> Token | None:
        """The token at ``i``; none behind the last, and none before the first."""
        self._step()
        return self.tokens[i] if 0 <= i < len(self.tokens) else None

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooManyReadings

    def used(self, j: int) -> int:
        """Note that the tokens before ``j`` could be used."""
        if j > self.reach:
            self.reach = j
        return j

    def say(self, i: int, phrase: str) -> int:
        """The end of ``phrase`` at ``i``, or -1. Words as in a language's file."""
        words = self._split.get(phrase)
        if words is None:
            words = self._split[phrase] = tuple(phrase.split())
        for word in words:
            self._step()
            said = self._said[i] if 0 <= i < len(self._said) else None
            if said is None or (said[0] != word and not (word[0] == "~" and said[1] == word[1:])):
                return -1
            i += 1
        return self.used(i)

    def any_of(self, i: int, phrases: Sequence[str]) -> Sequence[int]:
        """The ends of every phrase that stands at ``i``, without duplicates; looked for once."""
        self._step()
        key = (i, tuple(phrases))
        found = self._phrases_said.get(key)
        if found is None:
            ends = (self.say(i, phrase) for phrase in phrases)
            found = self._phrases_said[key] = tuple(dict.fromkeys(end for end in ends if end >= 0))
        return found

    def longest(self, i: int, phrases: Sequence[str]) -> int:
        """The end of the longest phrase at ``i``, or -1."""
        return max(self.any_of(i, phrases), default=-1)

    def table(self, i: int, table: Mapping[str, str]) -> Iterator[tuple[str, int]]:
        """Meanings of every phrase of ``table`` that stands at ``i``; of two readings of one start the longest."""
        self._step()
        known = self._tables_said.get((i, id(table)))
        if known is None:  # with the table itself, so that no other can come to have its id
            best: tuple[str, int] | None = None
            for phrase, meaning in table.items():
                j = self.say(i, phrase)
                if j >= 0 and (best is None or j > best[1]):
                    best = (meaning, j)
            known = self._tables_said[i, id(table)] = (table, best)
        if known[1] is not None:
            yield known[1]

    def maybe(self, i: int, *phrases: str) -> int:
        """``i``, or the end of the first of ``phrases`` that stands there."""
        for phrase in phrases:
            j = self.say(i, phrase)
            if j >= 0:
                return j
        return i

    def comma(self, i: int) -> int:
        return self.maybe(i, ",")

    def possessed(self, token: Token | None) -> bool:
        """Whether ``token`` is the mark of a possessive."""
        return token is not None and token.kind == "mark" and token.lemma in self.words.possessive.mark

    def part(self, i: int, j: int, name: str) -> None:
        """Remember what the tokens ``i`` to ``j`` were read as (for the links from words to clauses)."""
        self._parts[i, j] = name

    @property
    def parts(self) -> Mapping[tuple[int, int], str]:
        return self._parts

    # ---- words of the schema

    def _lemmas(self, i: int, items: tuple[str | None, ...]) -> int:
        """The end of ``items`` (gaps excluded) at ``i``, articles and a possessive mark allowed between; or -1."""
        for index, item in enumerate(items):
            token = self.at(i)
            while token is not None and (
                (token.lower in self.words.article.a_the) or (index > 0 and self.possessed(token))
            ):
                i += 1
                token = self.at(i)
            if token is None or token.kind not in ("word", "number") or item != token.lemma:
                return -1
            i += 1
        return self.used(i)

    def _nouns(self, i: int, nouns: tuple[str, ...]) -> int:
        """The end of ``nouns`` at ``i``, each in the singular or plural, a possessive mark allowed between; or -1."""
        token = self.at(i)
        if len(nouns) > 1 and token is not None and token.kind == "word" and same_noun(token.noun, "".join(nouns)):
            return self.used(i + 1)  # "autopilot" for AutoPilot
        for index, noun in enumerate(nouns):
            token = self.at(i)
            if index > 0 and self.possessed(token):
                i += 1
                token = self.at(i)
            if token is None or token.kind not in ("word", "number") or not same_noun(token.noun, noun):
                return -1
            i += 1
        return self.used(i)

    def _bag(self, i: int, items: tuple[str | None, ...]) -> int:
        """Like :meth:`_lemmas` for words in any order ("remaining budget" for ``budget_remaining``)."""
        window = self.tokens[i : i + len(items)]
        if len(window) == len(items) > 1 and sorted(t.lemma for t in window) == sorted(str(item) for item in items):
            return self.used(i + len(items))
        return -1

    def types(self, i: int) -> Sequence[tuple[TypeWord, int]]:
        """Entity types named at ``i``."""
        return self._once("types", i, self._read_types)

    def attributes(self, i: int) -> Sequence[tuple[tuple[AttributeWord, ...], int]]:
        """Attributes named at ``i`` by a phrase without a gap, grouped by where the phrase ends."""
        return self._once("attributes", i, self._read_attributes)

    def values(self, i: int) -> Sequence[tuple[tuple[ValueWord, ...], int]]:
        """Values named at ``i``, grouped by where the phrase ends."""
        return self._once("values", i, self._read_values)

    def _once(self, rule: str, i: int, read: Callable[[int], Iterator[Read]]) -> Sequence[Read]:
        """What a rule reads at ``i``, looked for once."""
        key = (rule, i)
        if key not in self._read:
            self._read[key] = tuple(read(i))
        return self._read[key]

    def _read_types(self, i: int) -> Iterator[tuple[TypeWord, int]]:
        for word in self.lexicon.types:
            j = self._nouns(i, word.phrase.nouns)
            if j > i:
                yield word, j

    def _read_attributes(self, i: int) -> Iterator[tuple[tuple[AttributeWord, ...], int]]:
        found: dict[int, dict[AttributeWord, None]] = {}
        for word in self.lexicon.attributes:
            if word.phrase.gapped:
                continue
            j = max(self._lemmas(i, word.phrase.items), self._nouns(i, word.phrase.nouns) if word.phrase.nouns else -1)
            if j < 0:
                j = self._bag(i, word.phrase.items)
            if j > i:
                found.setdefault(j, {})[word] = None
        for j, words in found.items():
            yield tuple(words), j

    def _read_values(self, i: int) -> Iterator[tuple[tuple[ValueWord, ...], int]]:
        found: dict[int, dict[ValueWord, None]] = {}
        for word in self.lexicon.values:
            if word.phrase.gapped:
                continue
            j = self._nouns(i, word.phrase.nouns)
            if j > i:
                found.setdefault(j, {})[word] = None
        for j, words in found.items():
            yield tuple(words), j

    def number(self, i: int) -> tuple[int | str, int] | None:
        """An integer, or an exact decimal as text, at ``i``."""
        token = self.at(i)
        if token is not None and token.kind == "number" and token.value is not None:
            value, j = token.value, self.used(i + 1)
            after = self.at(j)
            while (
                isinstance(value, int) and after is not None and after.kind == "number" and after.text.isalpha()
                and isinstance(after.value, int) and after.value >= 100
            ):  # fmt: skip
                value, j = value * after.value, self.used(j + 1)  # "four hundred", "10 thousand"
                after = self.at(j)
            return value, j
        return None

    def quoted(self, i: int) -> tuple[str, int] | None:
        """Text in quotation marks (or a host name) at ``i``."""
        token = self.at(i)
        if token is not None and token.kind == "quoted":
            self.used(i + 1)
            return str(token.value), i + 1
        return None
