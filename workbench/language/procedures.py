"""The grammar of ``procedure``: clauses in any order, cut apart at clause keywords at bracket depth 0.

Imports the expression parser; the statement parser hands itself in as the cursor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from workbench.language.ast import (
    AmendmentClass,
    Annotation,
    Duration,
    Expr,
    Fallback,
    Procedure,
    Require,
)
from workbench.language.diagnostics import Finding, Span
from workbench.language.expressions import ExpressionParser
from workbench.language.literals import RESERVED
from workbench.language.tokens import CLAUSE_KEYWORDS, Token, one_of, printable

if TYPE_CHECKING:
    from workbench.language.parser import StatementParser

_UNITS = {
    unit: cast(Literal["second", "minute", "hour", "day"], unit.rstrip("s"))
    for unit in ("second", "seconds", "minute", "minutes", "hour", "hours", "day", "days")
}
_CLAUSES = "`on`, `when`, `require`, `with` or `}`"
_MAX_COUNT_DIGITS = 15


class _Clauses:
    """What the clauses said so far; each but ``require`` may stand once."""

    def __init__(self, cursor: StatementParser) -> None:
        self._cursor = cursor
        self.requires: list[Require] = []
        self.values: dict[str, object] = {}

    def once(self, name: str, value: object, span: Span) -> None:
        if name in self.values:
            message = f"`{name}` stands twice in this procedure"
            self._cursor.note("CP001", message, span, expected=f"one `{name}`", help="keep one of them")
        self.values[name] = value


def parse_procedure(cursor: StatementParser, start: int, annotations: tuple[Annotation, ...]) -> Procedure:
    """A whole procedure from the keyword on."""
    cursor.expect("procedure")
    name = _procedure_name(cursor)
    cursor.expect("{")
    clauses = _Clauses(cursor)
    while cursor.token.text != "}":
        _clause(cursor, clauses)
    end = cursor.expect("}").end
    values = clauses.values
    return Procedure(
        name=name.text,
        requires=tuple(clauses.requires),
        action=values.get("on action"),  # type: ignore[arg-type]
        amendment=values.get("on amendment"),  # type: ignore[arg-type]
        when=values.get("when"),  # type: ignore[arg-type]
        timelock=values.get("with timelock"),  # type: ignore[arg-type]
        timeout=values.get("with timeout"),  # type: ignore[arg-type]
        on_timeout=values.get("on timeout"),  # type: ignore[arg-type]
        on_rejection=values.get("on rejection"),  # type: ignore[arg-type]
        annotations=annotations,
        span=Span(start, end),
        name_span=name.span,
    )


def _procedure_name(cursor: StatementParser) -> Token:
    token = cursor.token
    if token.kind != "ident":
        cursor.unexpected("the procedure's name")
    if token.text in RESERVED or token.text in CLAUSE_KEYWORDS:
        cursor.fail(f"`{token.text}` is a reserved word", token.span, expected="the procedure's name")
    return cursor.advance()


def _clause(cursor: StatementParser, clauses: _Clauses) -> None:
    start = cursor.token.start
    match cursor.token.text:
        case "on":
            cursor.advance()
            _on(cursor, clauses, start)
        case "when":
            cursor.advance()
            body = _when(cursor)
            clauses.once("when", body, Span(start, cursor.previous_end()))
        case "require":
            cursor.advance()
            clauses.requires.append(_require(cursor, start))
        case "with":
            cursor.advance()
            what = cursor.token.text
            if what not in ("timelock", "timeout"):
                cursor.unexpected("`timelock` or `timeout`")
            cursor.advance()
            duration = _duration(cursor)
            clauses.once(f"with {what}", duration, Span(start, cursor.previous_end()))
        case "unless":
            cursor.unexpected(_CLAUSES, help="a procedure has a `when` only: write `when !(…)`")
        case _:
            cursor.unexpected(_CLAUSES, fix="}" if cursor.token.kind == "end" else "")


def _on(cursor: StatementParser, clauses: _Clauses, start: int) -> None:
    token = cursor.token
    if token.text == "action":
        scope = cursor.action_scope()
        if scope.kind == "any":
            cursor.unexpected("`==` or `in`", help="a procedure names the actions that it holds")
        _trigger(cursor, clauses, "on action", scope, start)
    elif token.text == "amendment":
        cursor.advance()
        if cursor.token.text not in ("minor", "major", "sensitive"):
            cursor.unexpected(one_of(("minor", "major", "sensitive")))
        kind = cast(AmendmentClass, cursor.advance().text)
        _trigger(cursor, clauses, "on amendment", kind, start)
    elif token.text in ("timeout", "rejection"):
        cursor.advance()
        fallback = _fallback(cursor)
        clauses.once(f"on {token.text}", fallback, Span(start, cursor.previous_end()))
    else:
        cursor.unexpected(one_of(("action", "amendment", "timeout", "rejection")))


def _trigger(cursor: StatementParser, clauses: _Clauses, name: str, value: object, start: int) -> None:
    span = Span(start, cursor.previous_end())
    other = "on amendment" if name == "on action" else "on action"
    if other in clauses.values:
        cursor.note("CP001", "a procedure has one trigger", span, expected="one `on`", help="write a second procedure")
    clauses.once(name, value, span)


def _fallback(cursor: StatementParser) -> Fallback:
    start = cursor.token.start
    if cursor.accept("deny"):
        return Fallback("deny", None, Span(start, cursor.previous_end()))
    if not cursor.accept("escalate"):
        cursor.unexpected("`deny` or `escalate to procedure …`")
    if cursor.token.text == "procedure":
        cursor.fail("unexpected `procedure`", cursor.token.span, expected="`to`", fix="to procedure")
    cursor.expect("to")
    cursor.expect("procedure")
    name = _procedure_name(cursor)
    return Fallback("escalate", name.text, Span(start, name.end))


def _when(cursor: StatementParser) -> Expr:
    if cursor.token.text == "{":
        cursor.advance()
        body = _bounded(cursor, bare_names=True, closing=True)
        cursor.expect("}", "an operator or `}`")
        return body
    return _bounded(cursor, bare_names=True)


def _require(cursor: StatementParser, start: int) -> Require:
    count = 1
    if cursor.token.kind == "int":
        number = cursor.advance()
        count = int(number.text) if len(number.text) <= _MAX_COUNT_DIGITS else 0
        if count < 1:
            message = f"`{printable(number.text)}` approvals cannot be asked for"
            cursor.note("CP008", message, number.span, expected="1 or more", fix="1")
    if cursor.token.text not in ("approval", "approvals"):
        cursor.unexpected("`approval from principal` or a number of approvals")
    cursor.advance()
    _word(cursor, "from", wrong=("of", "by"))
    _word(cursor, "principal", wrong=("resource", "action", "anyone"))
    where = _bounded(cursor) if cursor.accept("where") else None
    return Require(count, where, Span(start, cursor.previous_end()))


def _word(cursor: StatementParser, word: str, wrong: tuple[str, ...]) -> None:
    """Takes ``word``, and offers it in place of those that people write there."""
    if cursor.token.text in wrong:
        cursor.fail(f"unexpected `{cursor.token.text}`", cursor.token.span, expected=f"`{word}`", fix=word)
    cursor.expect(word)


def _duration(cursor: StatementParser) -> Duration:
    start = cursor.token.start
    if cursor.token.kind != "int":
        cursor.unexpected("a whole number of seconds, minutes, hours or days")
    number = cursor.advance()
    if cursor.token.text not in _UNITS:
        cursor.unexpected("`seconds`, `minutes`, `hours` or `days`")
    unit = _UNITS[cursor.advance().text]
    count = int(number.text) if len(number.text) <= _MAX_COUNT_DIGITS else 10**_MAX_COUNT_DIGITS
    return Duration(count, unit, Span(start, cursor.previous_end()))


def _bounded(cursor: StatementParser, *, bare_names: bool = False, closing: bool = False) -> Expr:
    """An expression that ends where its clause ends; the cursor is left there.

    Unless ``closing`` (the braced form, which ends at its ``}``), a clause keyword at depth 0 that no ``.`` precedes
    ends it, whatever stands before.
    """
    tokens, count = _until_clause(cursor, closing)
    findings: list[Finding] = cursor.findings
    if count == 0:
        named = cursor.token.text in CLAUSE_KEYWORDS
        cursor.unexpected("an expression", help="an attribute of this name is written `context.…`" if named else "")
    parser = ExpressionParser(tokens, findings, bare_names=bare_names)
    parser.whole = "clause"
    expression = parser.expression()
    if parser.token.kind != "end":
        parser.unexpected("an operator or the end of the clause")
    for _ in range(count):
        cursor.advance()
    return expression


def _until_clause(cursor: StatementParser, closing: bool) -> tuple[list[Token], int]:
    tokens: list[Token] = []
    depth = 0
    while True:
        token = cursor.peek(len(tokens))
        if token.kind == "end":
            break
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
            if depth < 0:
                break
        elif depth == 0 and not closing and token.text in CLAUSE_KEYWORDS and not (tokens and tokens[-1].text == "."):
            break
        tokens.append(token)
    count = len(tokens)
    stop = tokens[-1].end if tokens else cursor.token.start
    tokens.append(Token("end", "", stop, stop))
    return tokens, count
