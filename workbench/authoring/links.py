"""Which words of a sentence became which part of its rules, as places in both texts. Pure.

The grammar says what the words were read as (subject, modality, action, condition, approval), the parsed rules where
their parts stand. A single comparison is paired with the very words that name its attribute and its value. Imports
lexicon, words, result; language for parsing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.authoring.lexicon import CONTEXT, Lexicon, lexicon_of
from workbench.authoring.result import WordLink
from workbench.authoring.words import Token, same_noun, tokenize
from workbench.language.ast import (
    ActionScope,
    Binary,
    EntityLit,
    Expr,
    GetAttr,
    Is,
    Lit,
    Policy,
    Prefer,
    Procedure,
    Statement,
    Unary,
    walk,
)
from workbench.language.diagnostics import Span
from workbench.language.parser import parse
from workbench.language.schema import Schema

_HEAD = ("permit", "forbid", "prefer", "procedure")


@dataclass(frozen=True, slots=True)
class Link:
    """Code points ``[start, end)`` of the sentence became ``[clause_start, clause_end)`` of the Cedar+.

    ``part``: "subject", "modality", "action", "condition" or "approval".
    """

    start: int
    end: int
    clause_start: int
    clause_end: int
    part: str


@dataclass(frozen=True, slots=True)
class _Clause:
    part: str
    span: Span
    expr: Expr | None = None


def links(text: str, words: Sequence[WordLink], cedar_plus: str, schema: Schema) -> tuple[Link, ...]:
    """The links between a sentence and its rules, in the order of the words. Never raises on any text.

    ``words`` count from the beginning of ``text``.
    """
    by_part = {part: _outermost(word for word in words if word.part == part) for part in {w.part for w in words}}
    finder = _Finder(text, lexicon_of(schema))
    found: dict[Link, None] = {}
    for statement in parse(cedar_plus).statements:
        for clause in _clauses(statement, cedar_plus):
            spans = list(finder.words_of(clause.expr)) if clause.expr is not None else []
            if clause.part == "action":
                spans = _wider(spans, by_part.get("action", []))
            for start, end in spans or _said(clause.part, by_part):
                found[Link(start, end, clause.span.start, clause.span.end, clause.part)] = None
    return tuple(sorted(found, key=lambda link: (link.start, link.end, link.clause_start)))


def at_word(found: Iterable[Link], offset: int) -> tuple[Link, ...]:
    """The links of the narrowest words around ``offset``."""
    here = [link for link in found if link.start <= offset < link.end or (offset == link.end > link.start)]
    width = min((link.end - link.start for link in here), default=0)
    return tuple(link for link in here if link.end - link.start == width)


def at_clause(found: Iterable[Link], offset: int) -> tuple[Link, ...]:
    """The links of the narrowest clause around ``offset`` of the Cedar+."""
    here = [link for link in found if link.clause_start <= offset <= link.clause_end]
    width = min((link.clause_end - link.clause_start for link in here), default=0)
    return tuple(link for link in here if link.clause_end - link.clause_start == width)


# ---- the rules -------------------------------------------------------------------------------------------------------


def _clauses(statement: Statement, source: str) -> Iterator[_Clause]:
    """The parts of a rule that words become: its effect, its scope, and each comparison in its conditions."""
    if isinstance(statement, Procedure):
        yield from _procedure(statement, source)
        return
    yield _Clause("modality", _head(statement, source))
    scope = statement.scope
    yield from _actions(scope.action)
    for part, inner in (("subject", scope.principal), ("object", scope.resource)):
        if inner.span.end > inner.span.start and (part != "object" or inner.kind != "any"):
            yield _Clause(part, inner.span, inner.entity if isinstance(inner.entity, EntityLit) else None)
    for condition in statement.conditions:
        for leaf in _leaves(condition.body):
            yield _Clause("condition", leaf.span, leaf)


def _actions(scope: ActionScope) -> Iterator[_Clause]:
    """The actions of a scope: each of a list by itself, since each has a word of its own."""
    if len(scope.entities) == 1:
        yield _Clause("action", scope.span, scope.entities[0])
        return
    if scope.span.end > scope.span.start:
        yield _Clause("action", scope.span)
    for entity in scope.entities:
        yield _Clause("action", entity.span, entity)


def _procedure(procedure: Procedure, source: str) -> Iterator[_Clause]:
    yield _Clause("modality", _head(procedure, source))
    if procedure.action is not None:
        yield from _actions(procedure.action)
    for leaf in _leaves(procedure.when) if procedure.when is not None else ():
        yield _Clause("condition", leaf.span, leaf)
    for require in procedure.requires:
        yield _Clause("approval", require.span)
        for leaf in _leaves(require.where) if require.where is not None else ():
            yield _Clause("approval", leaf.span, leaf)
    for duration in (procedure.timelock, procedure.timeout):
        if duration is not None:
            yield _Clause("approval", duration.span, Lit(duration.count))


def _head(statement: Policy | Prefer | Procedure, source: str) -> Span:
    """The word that says what the rule does."""
    start = max((mark.span.end for mark in statement.annotations), default=statement.span.start)
    for word in _HEAD:
        at = source.find(word, start, start + 400)
        if at >= 0 and source[start:at].strip() == "":
            return Span(at, at + len(word))
    return Span(statement.span.start, statement.span.start)


def _leaves(expr: Expr) -> Iterator[Expr]:
    """The comparisons of a condition: what && and || join."""
    if isinstance(expr, Binary) and expr.op in ("&&", "||"):
        yield from _leaves(expr.left)
        yield from _leaves(expr.right)
    elif isinstance(expr, Unary) and expr.op == "!" and isinstance(expr.arg, Binary):
        yield from _leaves(expr.arg)
    else:
        yield expr


# ---- the sentence ----------------------------------------------------------------------------------------------------

_INSTEAD = {
    "subject": ("subject",),
    "object": ("action",),
    "modality": ("modality", "approval", "condition", "action", "subject"),
    "action": ("action", "modality", "condition", "approval", "subject"),
    "condition": ("condition", "subject", "action"),
    "approval": ("approval", "condition"),
}


def _said(part: str, by_part: dict[str, list[tuple[int, int]]]) -> list[tuple[int, int]]:
    """The words that were read as ``part``, or as what may stand for it."""
    return next((by_part[name] for name in _INSTEAD.get(part, (part,)) if by_part.get(name)), [])


def _wider(spans: Sequence[tuple[int, int]], around: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each span, or the larger one around it."""
    found = [next((w for w in around if w[0] <= span[0] and span[1] <= w[1]), span) for span in spans]
    return list(dict.fromkeys(found))


def _outermost(words: Iterable[WordLink]) -> list[tuple[int, int]]:
    """The places that lie in no larger one."""
    spans = sorted({(word.start, word.end) for word in words}, key=lambda span: (span[0], -span[1]))
    found: list[tuple[int, int]] = []
    for start, end in spans:
        if not found or end > found[-1][1]:
            found.append((start, end))
    return found


class _Finder:
    """The words of one sentence that name attributes and values."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self._tokens = tokenize(text)
        self._lexicon = lexicon

    def words_of(self, expr: Expr) -> Iterator[tuple[int, int]]:
        """Where the attribute and the values of a comparison are named; the whole from the first to the last of them,
        where they stand close together."""
        named = sorted({place for node in walk(expr) for place in self._named(node)})
        merged: list[tuple[int, int]] = []
        for i, j in named:
            if merged and i <= merged[-1][1] + _APART:
                merged[-1] = (merged[-1][0], max(j, merged[-1][1]))
            else:
                merged.append((i, j))
        for i, j in merged:
            yield self._tokens[i].start, self._tokens[j - 1].end

    def _named(self, node: Expr) -> Iterator[tuple[int, int]]:
        match node:
            case GetAttr(attr=attr):
                for word in self._lexicon.attributes:
                    if word.path[-1] == attr and (word.place == CONTEXT) == _of_context(node):
                        yield from self._phrases(tuple(item for item in word.phrase.items if item is not None))
            case Lit(value=bool()):
                return
            case Lit(value=int() as value):
                said = (value, value - 1, value + 1, value * 60)  # "at most 3" may be `>= 4`; times are minutes
                for n, token in enumerate(self._tokens):
                    if token.kind in ("number", "time") and token.value in said:
                        yield n, n + 1
            case Lit(value=str() as value):
                for known in self._lexicon.values:
                    if known.value == value:
                        yield from self._phrases(known.phrase.nouns, nouns=True)
                for n, token in enumerate(self._tokens):
                    if token.kind == "quoted" and token.value == value:
                        yield n, n + 1
            case Is(type=kind):
                for known_type in self._lexicon.types:
                    if known_type.type == kind:
                        yield from self._phrases(known_type.phrase.nouns, nouns=True)
            case EntityLit(type=kind, id=name) if (kind, name) in self._lexicon.schema.actions:
                for phrase in self._lexicon.actions:
                    if phrase.uid == (kind, name):
                        yield from ((n, n + 1) for n, token in enumerate(self._tokens) if token.lemma == phrase.verb)
            case EntityLit(id=name):
                for n, token in enumerate(self._tokens):
                    if token.text.lower() == name.lower() or (token.kind == "quoted" and token.value == name):
                        yield n, n + 1
            case _:
                return

    def _phrases(self, items: Sequence[str], *, nouns: bool = False) -> Iterator[tuple[int, int]]:
        size = len(items)
        for n in range(len(self._tokens) - size + 1) if size else ():
            window = self._tokens[n : n + size]
            if all(_is(token, item, nouns) for token, item in zip(window, items, strict=True)):
                yield n, n + size


_APART = (
    2  # words between the attribute and its value ("reputation of at least 50" has more, and is joined by its part)
)


def _is(token: Token, item: str, nouns: bool) -> bool:
    return token.kind in ("word", "number") and (token.lemma == item or (nouns and same_noun(token.noun, item)))


def _of_context(node: GetAttr) -> bool:
    inner: Expr = node
    while isinstance(inner, GetAttr):
        inner = inner.expr
    return getattr(inner, "name", "") == CONTEXT
