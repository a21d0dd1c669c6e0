"""Meanings of the derivations of a German sentence, rule by rule: every one that there is. Pure.

lark gives all derivations as one forest with shared parts. A method named as a rule gets its children's meanings and
returns all that the rule may mean; where a node has several derivations, or a child several meanings, all are returned,
up to a bound. Here are the words of the schema, numbers and hours.
Imports german_terms, atoms, clock, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from lark import Token as Terminal
from lark.parsers.earley_forest import PackedNode, SymbolNode, TokenNode

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
        self._known: dict[int, list[tuple[Any, ...]]] = {}
        self._made = 0
        self.parts: dict[tuple[int, int], str] = {}

    # ---- the forest of all derivations

    def meanings(self, node: SymbolNode | TokenNode) -> list[Any]:
        """All that a node may mean."""
        return [meaning for (meaning,) in self._spliced(node)]

    def _spliced(self, node: SymbolNode | TokenNode) -> list[tuple[Any, ...]]:
        """Meanings as they stand among those of the neighbours: one each, or a row of them for a repeated part."""
        found = self._known.get(id(node))
        if found is None:
            found = self._known[id(node)] = list(self._made_of(node))
        return found

    def _made_of(self, node: SymbolNode | TokenNode) -> Iterator[tuple[Any, ...]]:
        if isinstance(node, TokenNode):
            yield (self._word(node.token),)
            return
        for packed in node.children:
            rule = packed.rule
            name = str(rule.alias or rule.origin.name)
            says = getattr(self, name, None)
            for row in self._rows(packed):
                self._count()
                for chosen in product(*(self._spliced(child) for child in row)):
                    self._count()
                    children = tuple(meaning for part in chosen for meaning in part)
                    if name.startswith("__"):  # lark's own rule for a repeated part
                        yield children
                    elif says is None:
                        yield (children[0],) if len(children) == 1 else (children,)
                    else:
                        yield from ((meaning,) for meaning in says(self._span(node), *children))

    def _rows(self, packed: PackedNode) -> Iterator[tuple[SymbolNode | TokenNode, ...]]:
        """The children of one derivation, in order: one row for each way to part the text among them."""
        right = () if packed.right is None else (packed.right,)
        if packed.left is None:
            yield right
        elif packed.left.is_intermediate:
            for inner in packed.left.children:
                self._count()
                for row in self._rows(inner):
                    yield (*row, *right)
        else:
            yield (packed.left, *right)

    def _count(self, steps: int = 1) -> None:
        self._made += steps
        if self._made > MOST_MEANINGS:
            raise TooManyReadings

    def _span(self, node: SymbolNode) -> tuple[int, int]:
        """The tokens of a node, ``[start, end)``."""
        return self._spelled.count_before(node.start), self._spelled.count_before(node.end)

    def _word(self, terminal: Terminal) -> Word:
        start = self._spelled.count_before(terminal.start_pos or 0)
        return Word(str(terminal.type), group_words(terminal), str(terminal), start, start + count_groups(terminal))

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
        return [hours(None, high[0], *span)] if high[1] else []
