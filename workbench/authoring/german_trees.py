"""Meanings of a German parse tree, rule by rule: every one that it may have. Pure.

A method named as a rule gets its children's meanings and returns all that the rule may mean; where a tree has several
derivations, or a child several meanings, all are returned. Here are the words of the schema, numbers and hours.
Imports german_terms, atoms, clock, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from lark import Token as Terminal
from lark import Tree

from workbench.authoring import atoms
from workbench.authoring.clock import hours
from workbench.authoring.german_lexicon import GermanLexicon
from workbench.authoring.german_terms import GermanTerms, Spelled, count_groups, group_words
from workbench.authoring.languages.german import german
from workbench.authoring.meaning import AttrRef, Cond, Join, Not
from workbench.authoring.quantities import Amount
from workbench.authoring.reader import TooManyReadings
from workbench.authoring.words import Token

MOST_MEANINGS = 20_000


@dataclass(frozen=True, slots=True)
class Word:
    """A terminal: its name, the forms of its words, and the tokens from ``start`` to ``end``."""

    name: str
    forms: tuple[str, ...]
    group: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return " ".join(self.forms)


@dataclass(frozen=True, slots=True)
class Measure:
    """A comparison with a constant: ``op`` and ``number``, or ``between`` two."""

    op: str
    number: int | str
    high: int | str | None = None
    negated: bool = False
    """Whether it opens with "nicht"."""


class Trees:
    """Meanings of trees: what is common to all rules, and the smallest of them."""

    def __init__(self, lexicon: GermanLexicon, terms: GermanTerms, tokens: tuple[Token, ...], spelled: Spelled) -> None:
        self.lexicon = lexicon
        self.terms = terms
        self.tokens = tokens
        self._spelled = spelled
        self._known: dict[int, list[Any]] = {}
        self._spans: dict[int, tuple[int, int]] = {}
        self._made = 0
        self.parts: dict[tuple[int, int], str] = {}

    # ---- trees

    def meanings(self, node: Tree[Any] | Terminal) -> list[Any]:
        """All that a node may mean."""
        found = self._known.get(id(node))
        if found is None:
            found = self._known[id(node)] = list(self._meanings(node))
        return found

    def _meanings(self, node: Tree[Any] | Terminal) -> Iterator[Any]:
        if isinstance(node, Terminal):
            yield self._word(node)
            return
        name = str(node.data)
        if name == "_ambig":
            for child in node.children:
                yield from self.meanings(child)
            return
        rule = getattr(self, name, None)
        for children in product(*(self.meanings(child) for child in node.children)):
            self._made += 1
            if self._made > MOST_MEANINGS:
                raise TooManyReadings
            if rule is None:
                yield children[0] if len(children) == 1 else children
            else:
                yield from rule(self.span(node), *children)

    def span(self, node: Tree[Any] | Terminal) -> tuple[int, int]:
        """The tokens of a node, ``[start, end)``."""
        found = self._spans.get(id(node))
        if found is None:
            if isinstance(node, Terminal):
                start = self._spelled.token_at(node.start_pos or 0)
                found = (start, start + count_groups(node))
            else:
                spans = [self.span(child) for child in node.children]
                spans = [span for span in spans if span[1] > span[0]]
                found = (min(s for s, _ in spans), max(e for _, e in spans)) if spans else (0, 0)
            self._spans[id(node)] = found
        return found

    def _word(self, terminal: Terminal) -> Word:
        start, end = self.span(terminal)
        name = str(terminal.type)
        return Word(name, group_words(str(terminal)), str(terminal), start, end)

    def value_of(self, word: Word) -> Any:
        return self.tokens[word.start].value

    # ---- words of the schema

    def type(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("type", self.terms.meanings("type", word.group))]

    def value(self, span: tuple[int, int], word: Word) -> list[Any]:
        return [("value", self.terms.meanings("value", word.group), span)]

    def attribute(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("attribute", self.terms.meanings("attribute", word.group))]

    def flag(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("flag", self.terms.meanings("flag", word.group))]

    def said_last(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("flag", self.terms.meanings("said_last", word.group))]

    def said_second(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("flag", self.terms.meanings("said_second", word.group))]

    def unsaid_last(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("flag", self.terms.meanings("unsaid_last", word.group))]

    def unsaid_second(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("flag", self.terms.meanings("unsaid_second", word.group))]

    def object(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return [("object", chunk) for chunk in self.terms.meanings("object", word.group)]

    def chunk(self, _span: tuple[int, int], word: Word) -> list[Any]:
        return list(self.terms.meanings("chunk", word.group))

    # ---- numbers

    def compared_number(self, _span: tuple[int, int], sign: Word, number: Word) -> list[Measure]:
        negated = sign.forms[0] in german().negation.not_
        return [Measure(german().comparator.signs[sign.text], self.value_of(number), negated=negated)]

    def plain_number(self, _span: tuple[int, int], number: Word) -> list[Measure]:
        return [Measure("==", self.value_of(number))]

    def suffixed_number(self, _span: tuple[int, int], number: Word, suffix: Word) -> list[Measure]:
        return [Measure(german().comparator.suffixes[suffix.text], self.value_of(number))]

    def between_numbers(self, _span: tuple[int, int], _: Word, low: Word, __: Word, high: Word) -> list[Measure]:
        return [Measure("between", self.value_of(low), self.value_of(high))]

    def compared_with(self, mention: AttrRef, measure: Measure, start: int, end: int) -> Cond:
        """An attribute compared with constants."""
        if measure.high is not None:
            return atoms.between(mention, Amount(measure.number), Amount(measure.high), start, end)
        return atoms.compare(mention, measure.op, measure.number, start, end)

    def measured(self, measure: Measure, start: int, end: int) -> Cond:
        """The amount of the request, unsaid, compared with constants."""
        if measure.high is not None:
            low = atoms.measure(">=", measure.number, start, end)
            return Join("&&", (low, atoms.measure("<=", measure.high, start, end)), True)
        return atoms.measure(measure.op, measure.number, start, end)

    # ---- hours

    def time(self, _span: tuple[int, int], word: Word) -> list[Any]:
        """``(minutes after midnight, whether it is said to be a time)``."""
        if word.name == "CLOCK_NAMED":
            return [(int(german().clock.named[word.text]), True)]
        value = self.value_of(word)
        if word.name == "TIME":
            return [(value, True)]
        return [(value * 60, False)] if isinstance(value, int) and 0 <= value <= 24 else []

    def between(self, span: tuple[int, int], _: Word, low: Any, __: Word, high: Any) -> list[Cond]:
        return [hours(low[0], high[0], *span)] if high[1] else []

    def outside(self, span: tuple[int, int], _: Word, low: Any, __: Word, high: Any) -> list[Cond]:
        return [Not(hours(low[0], high[0], *span))] if high[1] else []

    def since(self, span: tuple[int, int], _: Word, low: Any) -> list[Cond]:
        return [hours(low[0], 1440, *span)] if low[1] else []

    def until(self, span: tuple[int, int], _: Word, high: Any) -> list[Cond]:
        return [hours(0, high[0], *span)] if high[1] else []
