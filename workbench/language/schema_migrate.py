"""Carries rules over to a new schema: what a rename or an attribute made optional asks for is rewritten in place.

Comments and layout stay, for only the words that change are replaced. A read of an attribute that may be missing now
is guarded so that a missing one never lets a request through: in what permits, or spares from a forbid,
``x has a && …``; in what forbids, takes from a permit, or holds, ``if x has a then … else true``. What needs a person
is listed. Imports language only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from workbench.language.ast import (
    ActionScope,
    Binary,
    EntityLit,
    EntityScope,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Name,
    Policy,
    Procedure,
    Scope,
    Statement,
    Var,
    children,
    walk,
)
from workbench.language.check import check
from workbench.language.counterparts import Counterparts, SchemaPair
from workbench.language.diagnostics import Diagnostic, Finding, LineMap, Span
from workbench.language.literals import is_plain_identifier, quote
from workbench.language.parser import parse_statement
from workbench.language.render import render_expr
from workbench.language.schema import Schema
from workbench.language.source import statement_spans
from workbench.language.tokens import CLAUSE_KEYWORDS, Token, one_of, tokenize

_ANY = EntityScope("any")


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in the old text; ``line`` counts from 1 there, ``why`` says what was changed."""

    span: Span
    text: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Migration:
    """``source``: the rules for the new schema. ``left``: what a person must still do, with places in ``source``."""

    source: str
    edits: tuple[Edit, ...]
    left: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        return bool(self.edits)


def migrate_rules(source: str, old: Schema, new: Schema) -> Migration:
    """``source``, which validates under ``old``, rewritten for ``new``. Never raises on bad input.

    A statement that does not parse, or does not validate under ``old``, is left as it is and told.
    """
    schemas = SchemaPair(old, new)
    lines = LineMap(source)
    edits: list[Edit] = []
    told: list[Finding] = []
    for start, end in statement_spans(source):
        statement, _ = parse_statement(source, start, end)
        if statement is not None:
            rewriting = _Statement(source, start, end, statement, schemas, lines)
            edits += rewriting.edits()
            told += rewriting.left
    migrated = apply_edits(source, edits)
    after = LineMap(migrated)
    left = [replace(found, span=_moved(found.span, edits)).at(after) for found in told]
    return Migration(migrated, tuple(edits), (*left, *check(migrated, new).errors))


def _moved(span: Span, edits: list[Edit]) -> Span:
    """Where ``span``, which no edit touches, is after the edits."""
    shift = sum(len(e.text) - (e.span.end - e.span.start) for e in edits if e.span.end <= span.start)
    return Span(span.start + shift, span.end + shift)


def apply_edits(text: str, edits: list[Edit]) -> str:
    """``text`` with every edit made; they do not overlap, and insertions at one place stay in their order."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        pieces += [text[position : edit.span.start], edit.text]
        position = edit.span.end
    return "".join([*pieces, text[position:]])


class _Statement:
    """The edits of one statement; spans count from the beginning of the source."""

    def __init__(
        self, source: str, start: int, end: int, statement: Statement, schemas: SchemaPair, lines: LineMap
    ) -> None:
        self._text = source
        self._statement = statement
        self._schemas = schemas
        self._lines = lines
        self._tokens = tokenize(source, start, end)
        self._found: dict[tuple[int, int], Edit] = {}
        self.left: list[Finding] = []

    def edits(self) -> list[Edit]:
        statement = self._statement
        if isinstance(statement, Procedure):
            self._procedure(statement)
        else:
            scope = statement.scope
            self._entity_scope(scope.principal)
            self._actions(scope.action)
            self._entity_scope(scope.resource)
            counterparts = Counterparts.of_scope(scope, self._schemas)
            for condition in statement.conditions:
                forbids = isinstance(statement, Policy) and statement.effect == "forbid"
                weak = forbids == (condition.kind == "when")
                self._body(condition.body, counterparts, missing_counts=weak)
        return list(self._found.values())

    def _procedure(self, procedure: Procedure) -> None:
        if procedure.action is None:
            return  # amendments are judged by the governance schema
        self._actions(procedure.action)
        trigger = Scope(_ANY, procedure.action, _ANY)
        if procedure.when is not None:
            counterparts = Counterparts.of_scope(trigger, self._schemas)
            self._body(procedure.when, counterparts, missing_counts=True)
        approvers = Counterparts.of_approvers(procedure.action, self._schemas)
        for require in procedure.requires:
            if require.where is not None:
                self._body(require.where, approvers, missing_counts=False)

    def _edit(self, span: Span, text: str, why: str) -> None:
        if self._text[span.start : span.end] != text:
            line = self._lines.position(span.start).line
            self._found.setdefault((span.start, span.end), Edit(span, text, line, why))

    # ---- types and actions -------------------------------------------------------------------------------------------

    def _entity_scope(self, scope: EntityScope) -> None:
        if isinstance(scope.entity, EntityLit):
            self._entity(scope.entity)
        if scope.type is not None:
            self._type_after("is", scope.span.start, scope.type)

    def _actions(self, scope: ActionScope) -> None:
        for entity in scope.entities:
            self._entity(entity)

    def _entity(self, entity: EntityLit) -> None:
        renamed = self._schemas.renames.action((entity.type, entity.id))
        if renamed != (entity.type, entity.id):
            text = f"{renamed[0]}::{quote(renamed[1])}"
            self._edit(entity.span, text, f"the action `{entity.id}` is now `{renamed[1]}`")
            return
        name = self._schemas.renames.type_name(entity.type)
        if name != entity.type:
            inside = [t for t in self._tokens if entity.span.start <= t.start < entity.span.end]
            span = Span(inside[0].start, inside[-3].end)  # all but `::` and the id
            self._edit(span, name, f"the type `{entity.type}` is now `{name}`")

    def _type_after(self, word: str, start: int, name: str) -> None:
        """The type path after the first ``word`` from ``start`` on."""
        renamed = self._schemas.renames.type_name(name)
        if renamed == name:
            return
        at = next(i for i, token in enumerate(self._tokens) if token.start >= start and token.text == word) + 1
        last = at
        while self._tokens[last + 1].text == "::":
            last += 2
        span = Span(self._tokens[at].start, self._tokens[last].end)
        self._edit(span, renamed, f"the type `{name}` is now `{renamed}`")

    # ---- conditions --------------------------------------------------------------------------------------------------

    def _body(self, body: Expr, counterparts: Counterparts, *, missing_counts: bool) -> None:
        """Renames in ``body``, then guards. ``missing_counts``: a missing attribute is to make the condition true."""
        for node in walk(body):
            match node:
                case EntityLit():
                    self._entity(node)
                case Is(expr=inner, type=name):
                    self._type_after("is", inner.span.end, name)
                case GetAttr(expr=inner, attr=attr):
                    self._read(node.span, inner, attr, counterparts)
                case Name(name=name):
                    self._bare(node, name, counterparts)
                case Has():
                    self._has(node, counterparts)
        self._guard(body, body, (), counterparts, missing_counts)

    def _renamed(self, receiver: Expr, attr: str, counterparts: Counterparts) -> str:
        """The attribute's new name, where it has one for all types that ``receiver`` may be of."""
        changes = counterparts.attribute(receiver, attr)
        return changes[0].name if len(changes) == 1 else attr

    def _read(self, span: Span, receiver: Expr, attr: str, counterparts: Counterparts) -> None:
        name = self._renamed(receiver, attr, counterparts)
        if name == attr:
            return
        last = self._last_token(span.end)
        why = f"the attribute `{attr}` is now `{name}`"
        if last.text == "]":
            self._edit(self._last_token(last.start).span, quote(name), why)
        elif is_plain_identifier(name):
            self._edit(last.span, name, why)
        else:
            self._edit(Span(self._last_token(last.start).start, last.end), f"[{quote(name)}]", why)

    def _bare(self, node: Name, attr: str, counterparts: Counterparts) -> None:
        name = self._renamed(Var("context"), attr, counterparts)
        if name != attr:
            bare = is_plain_identifier(name) and name not in (*CLAUSE_KEYWORDS, *_VARIABLES)
            written = name if bare else render_expr(GetAttr(Var("context"), name))
            self._edit(node.span, written, f"the attribute `{attr}` is now `{name}`")

    def _has(self, node: Has, counterparts: Counterparts) -> None:
        after = [t for t in self._tokens if node.expr.span.end <= t.start < node.span.end]
        at = next(i for i, token in enumerate(after) if token.text == "has")
        receiver = node.expr
        renamed: list[str] = []
        for attr, token in zip(node.path, after[at + 1 :: 2], strict=False):
            changes = counterparts.attribute(receiver, attr)
            if not changes and counterparts.had(receiver, attr):
                message = f"`{attr}` is no longer declared: this test never holds now"
                self._tell(token.span, message, "decide what the rule should say without it")
            elif len(changes) > 1:
                message = f"`{attr}` is called differently now: {one_of(change.name for change in changes)}"
                self._tell(token.span, message, "write one rule for each type, or test for each name")
            renamed.append(self._renamed(receiver, attr, counterparts))
            receiver = GetAttr(receiver, attr)
        if renamed == list(node.path):
            return
        why = f"the attribute `{'.'.join(node.path)}` is now `{'.'.join(renamed)}`"
        if len(renamed) == 1:
            self._edit(after[at + 1].span, _word(renamed[0]), why)
            return
        for old, new, token in zip(node.path, renamed, after[at + 1 :: 2], strict=False):
            if old != new and all(map(is_plain_identifier, renamed)):
                self._edit(token.span, new, why)
        if not all(map(is_plain_identifier, renamed)):
            self._spelled_out(node, renamed, after[at].start, why, counterparts)

    def _spelled_out(self, node: Has, path: list[str], start: int, why: str, counterparts: Counterparts) -> None:
        """``x has a.b`` where a name cannot stand in a path: ``(x has "a" && x["a"] has b)``."""
        place = self._in_new_words(node.expr, counterparts)
        if place is None:
            message = f"`{path[0]}` cannot stand in the path of a `has`"
            self._tell(node.span, message, "test one step after the other, joined with `&&`")
            return
        rest = []
        for before, step in pairwise(path):
            place = GetAttr(place, before)
            rest.append(f"{render_expr(place)} has {_word(step)}")
        span = self._whole(node.span)
        self._edit(Span(span.start, span.start), "(", why)
        self._edit(Span(start, span.end), " && ".join([f"has {_word(path[0])}", *rest]) + ")", why)

    def _tell(self, span: Span, message: str, help: str) -> None:
        self.left.append(Finding("CP002", message, span, help=help))

    def _last_token(self, end: int) -> Token:
        return next(token for token in reversed(self._tokens) if token.kind != "end" and token.end <= end)

    # ---- guards ------------------------------------------------------------------------------------------------------

    def _guard(
        self, node: Expr, body: Expr, known: tuple[Has, ...], counterparts: Counterparts, missing_counts: bool
    ) -> None:
        """Guards the reads of ``node`` that ``known`` tests do not; ``&&`` and ``||`` are looked into."""
        if isinstance(node, Binary) and node.op in ("&&", "||"):
            self._guard(node.left, body, known, counterparts, missing_counts)
            tested = tuple(_tests(node.left)) if node.op == "&&" else ()
            self._guard(node.right, body, (*known, *tested), counterparts, missing_counts)
            return
        tests = list(dict.fromkeys(self._needed(node, known, counterparts)))
        if not tests:
            return
        span = self._whole(node.span)
        test = " && ".join(tests)
        why = f"an attribute need not be there any more: `{test}` is tested first"
        inner = isinstance(node, If)  # which may not follow `&&` bare
        if missing_counts:
            opening, closing = ("", "") if node is body else ("(", ")")
            self._edit(Span(span.start, span.start), f"{opening}if {test} then ", why)
            self._edit(Span(span.end, span.end), f" else true{closing}", why)
        else:
            self._edit(Span(span.start, span.start), f"{test} && " + ("(" if inner else ""), why)
            if inner:
                self._edit(Span(span.end, span.end), ")", why)

    def _needed(self, node: Expr, known: tuple[Has, ...], counterparts: Counterparts) -> Iterator[str]:
        """The tests, in the new schema's words, that the reads in ``node`` need; outer records first."""
        for part in _inner_first(node):
            receiver, attr = _read_of(part)
            if receiver is None or any(_covers(test, receiver, attr) for test in known):
                continue
            changes = counterparts.attribute(receiver, attr)
            if any(change.became_optional for change in changes) and len(changes) == 1:
                told = self._in_new_words(receiver, counterparts)
                if told is not None:
                    yield f"{render_expr(told)} has {_word(changes[0].name)}"

    def _in_new_words(self, receiver: Expr, counterparts: Counterparts) -> Expr | None:
        match receiver:
            case Var():
                return receiver
            case Name(name=name):
                return GetAttr(Var("context"), self._renamed(Var("context"), name, counterparts))
            case GetAttr(expr=inner, attr=attr):
                told = self._in_new_words(inner, counterparts)
                return None if told is None else GetAttr(told, self._renamed(inner, attr, counterparts))
            case EntityLit(type=name, id=id):
                return EntityLit(self._schemas.renames.type_name(name), id)
        return None

    def _whole(self, span: Span) -> Span:
        """``span`` with the parentheses that its ends belong to, which spans of operators leave out."""
        start, end = span.start, span.end
        depth = lowest = 0
        for token in self._tokens:
            if start <= token.start < end:
                depth += (token.text in _OPEN) - (token.text in _CLOSE)
                lowest = min(lowest, depth)
        before = [token for token in self._tokens if token.end <= start]
        after = [token for token in self._tokens if token.start >= end]
        for _ in range(-lowest):
            start = before.pop().start
        for _ in range(depth - lowest):
            end = after.pop(0).end
        return Span(start, end)


_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_VARIABLES = ("principal", "action", "resource", "context")


def _word(name: str) -> str:
    """An attribute's name after ``has``: in quotes where it is no identifier, or would end a procedure's clause."""
    return name if is_plain_identifier(name) and name not in CLAUSE_KEYWORDS else quote(name)


def _inner_first(node: Expr) -> Iterator[Expr]:
    """Every node of the expression from left to right, what is inside a node before the node."""
    for child in children(node):
        yield from _inner_first(child)
    yield node


def _read_of(node: Expr) -> tuple[Expr | None, str]:
    """Receiver and attribute of what reads one; ``a has b.c`` reads ``a.b``."""
    match node:
        case GetAttr(expr=inner, attr=attr):
            return inner, attr
        case Name(name=name):
            return Var("context"), name
    return None, ""


def _tests(node: Expr) -> Iterator[Has]:
    """The tests that hold where ``node`` is true."""
    if isinstance(node, Has):
        yield node
    elif isinstance(node, Binary) and node.op == "&&":
        yield from _tests(node.left)
        yield from _tests(node.right)


def _covers(test: Has, receiver: Expr, attr: str) -> bool:
    """Whether ``test`` says that ``receiver.attr`` is there."""
    place = test.expr
    for step in test.path:
        if step == attr and place == receiver:
            return True
        place = GetAttr(place, step)
    return False
