"""The pieces of a German main clause, sorted: they stand in almost any order, and none may be left over. Pure.

Imports german_conditions, norm, meaning, subjects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.authoring import atoms
from workbench.authoring.german_clauses import Conditions
from workbench.authoring.german_conditions import Meanings
from workbench.authoring.german_phrases import Said, denials, is_said
from workbench.authoring.german_trees import Word
from workbench.authoring.meaning import PRINCIPAL, REQUEST, RESOURCE, AttrRef, Cond
from workbench.authoring.norm import Count, Subject, Tail
from workbench.authoring.subjects import subject_cond


@dataclass(frozen=True, slots=True)
class Bag:
    """The pieces of a main clause, sorted; ``only`` marks those that "nur" stands before.

    ``extra``: what an extraposed relative clause says, of one of the noun phrases.
    """

    phrases: tuple[Any, ...] = ()
    chunks: tuple[tuple[str, ...], ...] = ()
    at_gap: tuple[Any, ...] = ()
    by: tuple[Any, ...] = ()
    to: tuple[Any, ...] = ()
    pronouns: tuple[Word, ...] = ()
    negations: int = 0
    only_phrases: tuple[Any, ...] = ()
    only_by: bool = False
    waits: bool = False
    """A "nur" that nothing has followed yet: a subordinate clause must."""
    tail: Tail = field(default_factory=Tail)
    texts_of: tuple[Any, ...] = ()
    only_texts: bool = False
    opened: bool = False
    """Whether a clause before has named somebody who may act, so that "er" or "sie" may be who acts here."""


class Bags(Meanings):
    """Pieces, sorted."""

    def only_piece(self, span: tuple[int, int], _: Word) -> list[Any]:
        return [("only", None, span)]

    def to(self, span: tuple[int, int], _: Word, phrases: Any) -> list[Any]:
        return [("to", phrases, span)]

    def for_what(self, span: tuple[int, int], _: Word, phrases: Any) -> list[Any]:
        return [("for", phrases, span)]

    def at_gap(self, span: tuple[int, int], word: Word, phrases: Any) -> list[Any]:
        return [("at_gap", (word.text, phrases), span)]

    def chunk_piece(self, span: tuple[int, int], chunk: tuple[str, ...]) -> list[Any]:
        return [("chunk", chunk, span)]

    def to_attribute(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("to_attribute", parts[-1][1], span)]

    def times(self, span: tuple[int, int], *words: Any) -> list[Any]:
        number = self.value_of(words[-2])
        op = self.compared_number(span, words[0], words[1])[0].op if len(words) == 3 else "=="
        return [("times", Count(op, number, (), "", *span), span)] if isinstance(number, int) else []

    def excepting(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("except", self._exception(parts), span)]

    def _exception(self, parts: Sequence[Any]) -> Any:
        """``(whether "von" is said, phrases)``."""
        by = any(isinstance(part, Word) and part.name == "PREPOSITION_BY" for part in parts)
        return by, next(part for part in parts if isinstance(part, tuple))

    def _spared(self, said: Any) -> Iterator[Cond]:
        """Those that an exception names: actors, or (unless after "von") what is acted on."""
        by, phrases = said
        for who in self.listed_subjects(phrases):
            if not who.anybody:
                yield subject_cond(who, phrases[3][0])
        for thing in (
            self.things(phrases[2][0], elliptic=True)
            if not by and len(phrases[2]) == 1 and phrases[2][0].count is None
            else ()
        ):
            if len(thing.conds) == 1:
                yield thing.conds[0]

    def by_mention(self, span: tuple[int, int], _: Word, mention: Any) -> list[Any]:
        """ "von seinem Besitzer": whoever an attribute of the resource names."""
        words = mention[1].words
        return [("by_mention", atoms.identity(PRINCIPAL, AttrRef(words, RESOURCE), *span), span)]

    def field(self, _span: tuple[int, int], *pieces: Any) -> list[Any]:
        kinds = [piece[0] if isinstance(piece, tuple) else "" for piece in pieces]
        if kinds[-1] == "only" or (kinds[0] == "not" and len(kinds) > 1):
            return []  # "Agenten nur dürfen …", "Nicht Agenten dürfen …" say it of what stands elsewhere
        return [pieces]

    def middle(self, _span: tuple[int, int], *pieces: Any) -> list[Any]:
        return [pieces]

    def front(self, span: tuple[int, int], _: Word, said: Conditions, *_rest: Word) -> list[Any]:
        return [("front", said, span)]

    def front_first(self, span: tuple[int, int], said: Conditions, *_rest: Word) -> list[Any]:
        return [("front", said, span)]

    def bags(self, pieces: Sequence[Any], before: Bag | None = None) -> Iterator[Bag]:
        """The pieces sorted: one bag for each way to understand what is said in them."""
        bag = before or Bag()
        if not pieces:
            yield bag
            return
        first, *rest = pieces
        only = False
        if isinstance(first, tuple) and first[0] == "only":
            if not rest:
                yield replace(bag, waits=True)
                return
            only, first, *rest = True, rest[0], *rest[1:]
        for one in self._with(bag, first, only):
            self._count()
            yield from self.bags(rest, one)

    def _with(self, bag: Bag, piece: Any, only: bool) -> Iterator[Bag]:
        if not isinstance(piece, tuple):  # a condition, or what is said
            for cond in piece(REQUEST) if is_said(piece) else (piece,):
                yield replace(bag, tail=bag.tail.plus(**{"only" if only else "when": (cond,)}))
            return
        kind, said = piece[0], piece[1]
        if kind == "phrases":
            yield replace(
                bag,
                phrases=(*bag.phrases, piece),
                only_phrases=(*bag.only_phrases, piece) if only else bag.only_phrases,
            )
        elif kind == "neither" and not only and not any(one.negative for one in said):
            phrases = ("phrases", "||", said, piece[2])
            yield replace(bag, phrases=(*bag.phrases, phrases), negations=bag.negations + 1)
        elif kind == "by":
            yield replace(bag, by=(*bag.by, said), only_by=bag.only_by or only)
        elif kind == "by_mention":
            yield replace(bag, by=(*bag.by, Subject(conds=(said,))), only_by=bag.only_by or only)
        elif kind == "to_attribute":
            yield replace(bag, texts_of=(*bag.texts_of, said), only_texts=bag.only_texts or only)
        elif kind == "except":
            for cond in self._spared(said):
                yield replace(bag, tail=bag.tail.plus(unless=(cond,)))
        elif only and kind in ("chunk", "to", "at_gap"):
            yield from self._with(replace(bag, waits=True), piece, False)
        elif only:
            return
        elif kind == "not":
            yield replace(bag, negations=bag.negations + 1)
        elif kind == "chunk":
            yield replace(bag, chunks=(*bag.chunks, said))
        elif kind == "at_gap":
            yield replace(bag, at_gap=(*bag.at_gap, said))
        elif kind == "to":
            yield replace(bag, to=(*bag.to, said))
        elif kind == "pronoun":
            yield replace(bag, pronouns=(*bag.pronouns, said))
        elif kind == "over" and not bag.tail.window:
            yield replace(bag, tail=bag.tail.plus(window=said))
        elif kind == "times" and bag.tail.count is None:
            yield replace(bag, tail=bag.tail.plus(count=said))
        elif kind == "front":
            named = any(self._names_actor(part) for clause in said.clauses for part in clause.parts)
            for cond in self.conds(said):
                yield replace(bag, tail=bag.tail.plus(when=(cond,)), opened=named)

    def _names_actor(self, part: Any) -> bool:
        """Whether a part of a clause is of a type that acts and is never acted on."""
        ref = self.spoken_of(part[2][0]) if part[0] == "phrases" and len(part[2]) == 1 else None
        actions = self.lexicon.schema.actions.values()
        return (
            ref is not None
            and any(ref.type in action.principals for action in actions)
            and not any(ref.type in action.resources for action in actions)
        )

    # ---- what follows the verb

    def after_if(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "when", next(part for part in parts if isinstance(part, Conditions)))]

    def after_only(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "only", next(part for part in parts if isinstance(part, Conditions)))]

    def after_without(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "without", next(part for part in parts if isinstance(part, Conditions)))]

    def after_unless(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "unless", next(part for part in parts if isinstance(part, Conditions)))]

    def after_except(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "except", self._exception(parts))]

    def after_except_when(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "except_when", parts[-1])]

    def after_relative(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "relative", parts[-1])]

    def after_whose(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "whose", parts[-1])]

    def after_ending(self, span: tuple[int, int], *parts: Any) -> list[Any]:
        return [("after", "ending", (next(p[1] for p in parts if isinstance(p, tuple)), span))]

    def bags_after(self, bag: Bag, after: Sequence[Any]) -> Iterator[Bag]:
        """The bag with what stands after the verb; none where a "nur" waits in vain."""
        if not after:
            if not bag.waits and not bag.texts_of:
                yield bag
            return
        (_, kind, said), *rest = after
        for one in self._and_then(bag, kind, said):
            self._count()
            yield from self.bags_after(one, rest)

    def _and_then(self, bag: Bag, kind: str, said: Any) -> Iterator[Bag]:
        if kind == "when" and bag.waits:
            bag, kind = replace(bag, waits=False), "only"
        elif (
            kind == "when" and bag.tail.only
        ):  # "nur nachts erlaubt, wenn …" may restrict both or only what it is about
            for cond in self.conds(said):
                yield replace(bag, tail=bag.tail.plus(only=(cond,)))
        if kind == "without":
            for cond in self.conds(said):
                for denied in denials(cond):
                    yield replace(bag, tail=bag.tail.plus(when=(denied,)))
        elif kind in ("when", "only", "unless"):
            for cond in self.conds(said):
                yield replace(bag, tail=bag.tail.plus(**{kind: (cond,)}))
        elif kind == "except":
            for cond in self._spared(said):
                yield replace(bag, tail=bag.tail.plus(unless=(cond,)))
        elif kind == "except_when":
            yield replace(bag, tail=bag.tail.plus(unless=(said,)))
        elif kind in ("relative", "whose"):
            yield from self._extraposed(bag, self.relative_of(said) if kind == "relative" else self.whose_of(said))
        elif kind == "ending" and len(bag.texts_of) == 1:
            cond = self.ending(bag.texts_of[0], said[0], said[1])
            name = "only" if bag.only_texts else "when"
            yield replace(bag, texts_of=(), tail=bag.tail.plus(**{name: (cond,)}))

    def _extraposed(self, bag: Bag, said: Said) -> Iterator[Bag]:
        """A relative clause at the end says something of one of the noun phrases before: each is a reading."""
        for name in ("phrases", "to"):
            listed = getattr(bag, name)
            for index, (tag, op, phrases, span) in enumerate(listed):
                if len(phrases) != 1 or phrases[0].kind in ("nobody", "anybody", "entity", "member"):
                    continue
                one = replace(phrases[0], posts=(*phrases[0].posts, said))
                changed = (*listed[:index], (tag, op, (one,), span), *listed[index + 1 :])
                only = tuple(changed[index] if each is listed[index] else each for each in bag.only_phrases)
                if name == "to":
                    yield replace(bag, to=changed)
                else:
                    yield replace(bag, phrases=changed, only_phrases=only)

    def post_whose(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [self.whose_of(next(part for part in parts if isinstance(part, Conditions)))]

    def post_relative(self, _span: tuple[int, int], *parts: Any) -> list[Any]:
        return [self.relative_of(next(part for part in parts if isinstance(part, Conditions)))]
