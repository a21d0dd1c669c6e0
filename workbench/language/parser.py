"""The statement parser: Cedar+ source → surface trees with real spans, and every syntax mistake in it.

Statements are cut apart first (``source``), so an error in one never hides another. The grammar is Cedar's for
``permit`` and ``forbid``; ``prefer`` and ``procedure`` are Cedar+'s own. Nothing here calls cedarpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NoReturn

from workbench.language.ast import (
    ActionScope,
    Annotation,
    Condition,
    EntityLit,
    EntityScope,
    Expr,
    Policy,
    Prefer,
    Scope,
    Slot,
    Statement,
)
from workbench.language.diagnostics import Diagnostic, DiagnosticsError, Finding, LineMap, Span, SyntaxFailure
from workbench.language.expressions import ExpressionParser
from workbench.language.guard import (
    MAX_CHAIN,
    MAX_DEPTH,
    MAX_RULES,
    is_plainly_shallow,
    nesting_findings,
    size_findings,
)
from workbench.language.procedures import parse_procedure
from workbench.language.source import statement_spans
from workbench.language.tokens import Token, printable, tokenize

_EFFECTS = "`permit`, `forbid`, `prefer`, `procedure` or an annotation"
_MAX_SCORE = Decimal(1_000_000)
_KEPT = 2_048  # texts of one statement: what is said of as many norms asks for each several times over


@dataclass(frozen=True, slots=True)
class ParseResult:
    """The statements that parsed, in order, and everything wrong with the others."""

    statements: tuple[Statement, ...]
    diagnostics: tuple[Diagnostic, ...]


class StatementParser(ExpressionParser):
    """Parses one statement; raises ``SyntaxFailure`` at the first mistake that it cannot step over."""

    def statement(self) -> Statement:
        """One statement with its annotations, and nothing after it."""
        start = self.token.start
        annotations = self._annotations()
        keyword = self.token
        match keyword.text:
            case "permit" | "forbid":
                self.advance()
                scope, conditions = self._rule()
                effect: Literal["permit", "forbid"] = "permit" if keyword.text == "permit" else "forbid"
                result: Statement = Policy(effect, scope, conditions, annotations, self._from(start))
            case "prefer":
                self.advance()
                score = self._score()
                scope, conditions = self._rule()
                result = Prefer(score, scope, conditions, annotations, self._from(start))
            case "procedure":
                result = parse_procedure(self, start, annotations)
            case _:
                self.unexpected(_EFFECTS)
        if self.token.kind != "end":
            self.unexpected("the end of the statement")
        return result

    def _from(self, start: int) -> Span:
        return Span(start, self.previous_end())

    def _annotations(self) -> tuple[Annotation, ...]:
        found: dict[str, Annotation] = {}
        while self.token.text == "@":
            start = self.advance().start
            name_token = self.token
            if name_token.kind != "ident":
                self.unexpected("the annotation's name")
            name = self.advance().text
            value = ""
            if self.accept("("):
                if self.token.kind != "string":
                    self._unquoted_text()
                value = self.string(self.advance())
                self.expect(")")
            span = self._from(start)
            if name in found:
                message = f"the annotation `@{printable(name)}` stands twice"
                self.note("CP001", message, span, expected=f"one `@{printable(name)}`", help="keep one of them")
            found[name] = Annotation(name, value, span)
        return tuple(found.values())

    def _unquoted_text(self) -> NoReturn:
        token = self.token
        if token.kind in ("ident", "int", "decimal") and self.peek().text == ")":
            message = f"unexpected `{printable(token.text)}`"
            self.fail(message, token.span, expected="a text in quotes", fix=f'"{token.text}"')
        self.unexpected("a text in quotes")

    def _score(self) -> Decimal:
        self.expect("score", "`score(…)`")
        self.expect("(")
        start = self.token.start
        negative = self.accept("-")
        if self.token.kind not in ("decimal", "int"):
            self.unexpected("a decimal such as `2.0`")
        number = self.advance()
        span = self._from(start)
        self.expect(")")
        whole, _, fraction = number.text.partition(".")
        if len(fraction) > 4:
            self.note("CP009", f"the score `{number.text}` has more than 4 decimals", span, expected="1 to 4 decimals")
            fraction = fraction[:4]
        value = Decimal(f"{whole}.{fraction}") if fraction else Decimal(whole)
        if value > _MAX_SCORE:
            self.note(
                "CP009",
                f"the score `{number.text}` is outside ±1000000",
                span,
                expected="a decimal between -1000000.0 and 1000000.0",
                fix="-1000000.0" if negative else "1000000.0",
            )
        return -value if negative else value

    def _rule(self) -> tuple[Scope, tuple[Condition, ...]]:
        scope = self._scope()
        conditions: list[Condition] = []
        while self.token.text in ("when", "unless"):
            keyword = self.advance()
            if self.token.text != "{":
                self.unexpected("`{`", help=f"the condition of a `{keyword.text}` stands in braces")
            self.advance()
            if self.token.text == "}":
                self.unexpected("an expression", help=f"leave out a `{keyword.text}` without a condition")
            body = self.expression()
            end = self.expect("}", "an operator or `}`").end
            kind: Literal["when", "unless"] = "when" if keyword.text == "when" else "unless"
            conditions.append(Condition(kind, body, Span(keyword.start, end)))
        self.expect(";", "`;`, `when` or `unless`")
        return scope, tuple(conditions)

    def _scope(self) -> Scope:
        start = self.expect("(", "`(principal, action, resource)`").start
        principal = self._entity_scope("principal")
        self.expect(",")
        action = self.action_scope()
        self.expect(",")
        resource = self._entity_scope("resource")
        self.accept(",")
        end = self.expect(")", "`)`").end
        return Scope(principal, action, resource, Span(start, end))

    def _entity_scope(self, name: str) -> EntityScope:
        start = self.expect(name).start
        type_name = self.type_name() if self.accept("is") else None
        operator = self.token
        if operator.text == "in":
            self.advance()
            entity = self._reference(name)
            return EntityScope("is_in" if type_name else "in", entity, type_name, self._from(start))
        if operator.text == "==" and type_name is None:
            self.advance()
            return EntityScope("eq", self._reference(name), None, self._from(start))
        if operator.text not in (",", ")"):
            self._scope_operator(operator, "`in`, `,` or `)`" if type_name else "`==`, `in`, `is`, `,` or `)`")
        return EntityScope("is" if type_name else "any", None, type_name, self._from(start))

    def _scope_operator(self, operator: Token, expected: str) -> None:
        if operator.kind == "end":
            self.unexpected(expected)
        fix = "==" if operator.text == "=" else ""
        self.fail(
            f"unexpected `{operator.text}` in the scope",
            operator.span,
            expected=expected,
            fix=fix,
            help="" if fix else "other conditions go into `when { … }`",
        )

    def action_scope(self) -> ActionScope:
        """``action``, ``action == A``, ``action in A`` or ``action in [A, …]``."""
        start = self.expect("action").start
        operator = self.token
        if operator.text == "==":
            self.advance()
            return ActionScope("eq", (self._action_reference(),), False, self._from(start))
        if operator.text == "in":
            self.advance()
            opened = 0
            while self.accept("("):
                opened += 1
            if self.token.text == "[":
                entities = self._action_list()
                listed = True
            else:
                entities, listed = (self._action_reference(),), False
            for _ in range(opened):
                self.expect(")")
            return ActionScope("in", entities, listed, self._from(start))
        if operator.text in ("is", "=", "!=", "<", "<=", ">", ">=", ":", "has", "like"):
            self._scope_operator(operator, "`==`, `in`, `,` or `)`")
        return ActionScope("any", (), False, self._from(start))

    def _action_list(self) -> tuple[EntityLit, ...]:
        self.advance()
        entities: list[EntityLit] = []
        while self.token.text != "]":
            entities.append(self._action_reference())
            if not self.accept(","):
                break
        self.expect("]", "`,` or `]`")
        return tuple(entities)

    def _action_reference(self) -> EntityLit:
        entity = self._reference("action")
        if isinstance(entity, Slot):
            self.fail("the action cannot be a template slot", entity.span, expected='`Action::"…"`')
        if entity.type.rsplit("::", 1)[-1] != "Action":
            self.note("CP001", f"`{entity.type}` is not a type of actions", entity.span, expected='`Action::"…"`')
        return entity

    def _reference(self, variable: str) -> EntityLit | Slot:
        """An entity, or the slot of the same name; Cedar allows parentheses around either."""
        if self.accept("("):
            inner = self._reference(variable)
            self.expect(")")
            return inner
        token = self.token
        expected = '`Action::"…"`' if variable == "action" else f'an entity such as `Type::"id"`, or `?{variable}`'
        if token.kind == "slot":
            self.advance()
            if token.text != f"?{variable}" or variable == "action":
                self.fail(f"unexpected slot `{token.text}`", token.span, expected=expected)
            return Slot(variable, token.span)
        if token.kind != "ident":
            self.unexpected(expected)
        path = self.type_name()
        if self.token.text != "::":
            self.fail(f"`{path}` is not an entity", Span(token.start, self.previous_end()), expected=expected)
        self.advance()
        eid = self.advance()
        return EntityLit(path, self.string(eid), Span(token.start, eid.end))


def parse_statement(
    text: str, start: int = 0, end: int | None = None, *, max_depth: int = MAX_DEPTH, max_chain: int = MAX_CHAIN
) -> tuple[Statement | None, list[Finding]]:
    """The one statement in ``text[start:end]`` and what is wrong with it; ``None`` where there is an error.

    Spans count from the beginning of ``text``.
    """
    tokens = tokenize(text, start, end)
    findings: list[Finding] = []
    if not is_plainly_shallow(text, start, len(text) if end is None else end, max_depth, max_chain):
        findings = nesting_findings(tokens, max_depth, max_chain)
    if findings:
        return None, findings
    try:
        statement = StatementParser(tokens, findings).statement()
    except SyntaxFailure as failure:
        findings.append(failure.finding)
    return (None if findings else statement), findings


@lru_cache(maxsize=_KEPT)
def parse_alone(text: str) -> tuple[Statement | None, tuple[Finding, ...]]:
    """:func:`parse_statement` of a whole text, remembered: who checks a rule and who tells of it read it once."""
    statement, findings = parse_statement(text)
    return statement, tuple(findings)


def parse(source: str, *, max_depth: int = MAX_DEPTH, max_chain: int = MAX_CHAIN) -> ParseResult:
    """Every statement of ``source`` as a surface tree, with spans into ``source``, and all diagnostics.

    Goes on after an error with the next statement. Never raises on any text.
    """
    lines = LineMap(source)
    if findings := size_findings(source):
        return ParseResult((), tuple(finding.at(lines) for finding in findings))
    statements: list[Statement] = []
    diagnostics: list[Diagnostic] = []
    for count, (start, end) in enumerate(statement_spans(source), 1):
        if count > MAX_RULES:
            message = f"more than {MAX_RULES} rules"
            finding = Finding("CP003", message, Span(start, end), f"at most {MAX_RULES} rules", help="split it up")
            diagnostics.append(finding.at(lines))
            break
        found: Sequence[Finding]
        if start == 0 and (max_depth, max_chain) == (MAX_DEPTH, MAX_CHAIN):
            statement, found = parse_alone(source[:end])
        else:
            statement, found = parse_statement(source, start, end, max_depth=max_depth, max_chain=max_chain)
        diagnostics.extend(finding.at(lines) for finding in found)
        if statement is not None:
            statements.append(statement)
    return ParseResult(tuple(statements), tuple(diagnostics))


def parse_expression(text: str, *, bare_names: bool = False) -> Expr:
    """One expression and nothing else; with ``bare_names`` as in a procedure's ``when``.

    Raises :class:`DiagnosticsError`.
    """
    tokens = tokenize(text)
    findings = size_findings(text) or nesting_findings(tokens)
    if not findings:
        parser = ExpressionParser(tokens, findings, bare_names=bare_names)
        try:
            expression = parser.expression()
            if parser.token.kind != "end":
                parser.unexpected("an operator or the end of the expression")
        except SyntaxFailure as failure:
            findings.append(failure.finding)
    if findings:
        lines = LineMap(text)
        raise DiagnosticsError(finding.at(lines) for finding in findings)
    return expression
