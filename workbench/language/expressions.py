"""The expression parser: tokens → surface tree, accepting exactly what Cedar accepts, plus decimal literals.

Precedence climbing over Cedar's grammar (``||`` < ``&&`` < relations < ``+ -`` < ``*`` < ``! -`` < member access).
Relations do not chain. Imports tokens, literals and the tree.
"""

from __future__ import annotations

import re
from typing import NoReturn, cast

from workbench.language.ast import (
    Binary,
    BinaryOp,
    Call,
    DecimalLit,
    EntityLit,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    Name,
    RecordLit,
    SetLit,
    Unary,
    Var,
    Wildcard,
)
from workbench.language.diagnostics import Finding, Span
from workbench.language.literals import RESERVED, EscapeError, unescape, unescape_pattern
from workbench.language.slips import word_slip
from workbench.language.spelling import nearest
from workbench.language.tokens import CLAUSE_KEYWORDS, NAMELESS, Cursor, Token, one_of, printable
from workbench.language.vocabulary import EXTENSION_METHODS, FUNCTIONS, METHOD_ARITY, METHODS, VARIABLES

_RELATION = 3
_LEVEL = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "=", "in", "has", "like", "is"), _RELATION),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "%": 5,
}
_MAX_UNARY = 4
_SAME_METHOD = 75.0
_MAX_LONG = 2**63 - 1
_DECIMAL = re.compile(r"-?([0-9]+)\.([0-9]{1,4})")
_EXPRESSION = "an expression"


class ExpressionParser(Cursor):
    """Parses expressions at a cursor. ``bare_names`` lets a lone identifier stand for an attribute of ``context``."""

    def __init__(self, tokens: list[Token], findings: list[Finding], *, bare_names: bool = False) -> None:
        super().__init__(tokens, findings)
        self.bare_names = bare_names

    def expression(self) -> Expr:
        """Any expression; ``if`` may stand here and inside brackets only."""
        if self.token.text == "if":
            return self._if()
        return self._binary(1)

    def _if(self) -> Expr:
        """``if … then … else …``; a ladder of ``else if`` is read in a loop."""
        rungs: list[tuple[int, Expr, Expr]] = []
        while self.token.text == "if":
            start = self.advance().start
            condition = self.expression()
            self.expect("then")
            then = self.expression()
            self.expect("else")
            rungs.append((start, condition, then))
        result = self._binary(1)
        end = self.previous_end()
        for start, condition, then in reversed(rungs):
            result = If(condition, then, result, Span(start, end))
        return result

    def _binary(self, minimum: int) -> Expr:
        left = self._unary()
        while True:
            operator = self.token
            level = _LEVEL.get(operator.text, 0)
            if level < minimum or level == 0:
                return left
            if level == _RELATION:
                left = self._relation(left)
                if _LEVEL.get(self.token.text, 0) >= _RELATION:
                    self.fail(
                        f"unexpected `{self.token.text}`: comparisons do not chain",
                        self.token.span,
                        expected="`&&`, `||` or the end of the expression",
                        help="put one comparison in parentheses, or join two with `&&`",
                    )
                continue
            if operator.text in ("/", "%"):
                self.fail(
                    f"`{operator.text}` is not an operator of Cedar",
                    operator.span,
                    expected=one_of(("+", "-", "*")),
                    help="multiply the other side instead",
                )
            self.advance()
            right = self._binary(level + 1)
            left = Binary(cast(BinaryOp, operator.text), left, right, left.span.to(right.span))

    def _relation(self, left: Expr) -> Expr:
        operator = self.advance()
        match operator.text:
            case "has":
                path = self._has_path()
                return Has(left, path, Span(left.span.start, self.previous_end()))
            case "like":
                if self.token.kind != "string":
                    self.unexpected("a pattern in quotes", help="`*` stands for any text")
                token = self.advance()
                return Like(left, self._pattern(token), Span(left.span.start, token.end))
            case "is":
                type_name = self.type_name()
                container = self._binary(_RELATION + 1) if self.accept("in") else None
                return Is(left, type_name, container, Span(left.span.start, self.previous_end()))
            case "=":
                self.fail("`=` is not an operator", operator.span, expected="`==`", fix="==")
        right = self._binary(_RELATION + 1)
        return Binary(cast(BinaryOp, operator.text), left, right, left.span.to(right.span))

    def _has_path(self) -> tuple[str, ...]:
        if self.token.kind == "string":
            return (self.string(self.advance()),)
        path = [self._attribute_name("an attribute name, or one in quotes")]
        while self.accept("."):
            path.append(self._attribute_name("an attribute name"))
        return tuple(path)

    def _attribute_name(self, expected: str) -> str:
        if self.token.kind != "ident":
            self.unexpected(expected)
        token = self.advance()
        if token.text in RESERVED:
            self.fail(f"`{token.text}` is a reserved word", token.span, expected=expected, help="write it in quotes")
        return token.text

    def _unary(self) -> Expr:
        first = self.token
        if first.text not in ("!", "-"):
            return self._member()
        count = 0
        while self.token.text == first.text:
            self.advance()
            count += 1
        if count > _MAX_UNARY:
            span = Span(first.start, self.previous_end())
            self.fail(f"more than {_MAX_UNARY} `{first.text}` in a row", span, fix=first.text * (2 - count % 2))
        if self.token.text in ("!", "-"):
            self.unexpected(_EXPRESSION, help="put the inner one in parentheses")
        operand: Expr
        number = self.token
        if first.text == "-" and number.kind in ("int", "decimal") and self.peek().text not in (".", "(", "["):
            self.advance()
            count -= 1
            span = Span(first.start + count, number.end)
            operand = self._long(number, span, -1) if number.kind == "int" else self._decimal("-" + number.text, span)
        else:
            operand = self._member()
        for left in range(count - 1, -1, -1):
            operand = Unary("!" if first.text == "!" else "-", operand, Span(first.start + left, self.previous_end()))
        return operand

    def _member(self) -> Expr:
        base = self._primary()
        start = base.span.start
        while True:
            token = self.token
            if token.text == ".":
                self.advance()
                name_token = self.token
                name = self._attribute_name("an attribute or method name")
                if self.token.text == "(":
                    base = self._method(base, name, name_token)
                else:
                    base = GetAttr(base, name, Span(start, name_token.end))
            elif token.text == "[":
                self.advance()
                if self.token.kind != "string":
                    self._unquoted_index()
                attr = self.string(self.advance())
                end = self.expect("]").end
                base = GetAttr(base, attr, Span(start, end))
            elif token.text == "(":
                self.fail("only functions and methods can be called", token.span, expected="an operator")
            else:
                return base

    def _unquoted_index(self) -> NoReturn:
        token = self.token
        if token.kind == "ident" and self.peek().text == "]":
            message = f"unexpected `{token.text}`"
            self.fail(message, token.span, expected="an attribute name in quotes", fix=f'"{token.text}"')
        self.unexpected("an attribute name in quotes", help="a set is asked with `contains`, not by number")

    def _method(self, receiver: Expr, name: str, name_token: Token) -> Expr:
        self.advance()
        args = self._items(")")
        end = self.expect(")", "`,` or `)`").end
        arity = METHOD_ARITY.get(name)
        if arity is not None and len(args) != arity:
            plural = "" if arity == 1 else "s"
            message = f"`{name}` takes {arity} argument{plural}, not {len(args)}"
            self.note("CP001", message, Span(name_token.start, end), expected=f"{arity or 'no'} argument{plural}")
        elif arity is None and name not in EXTENSION_METHODS:
            self._unknown_call(name, name_token.span, "method", METHODS)
        return Method(receiver, name, args, Span(receiver.span.start, end))

    def _unknown_call(self, name: str, span: Span, kind: str, known: tuple[str, ...]) -> None:
        if name in FUNCTIONS:
            self.note("CP010", f"`{name}` is a function, not a method", span, expected=f"`{name}(…)`")
        elif name in METHODS:
            self.note("CP010", f"`{name}` is a method, not a function", span, expected=f"`….{name}(…)`")
        else:
            self.note(
                "CP010",
                f"`{name}` is not a {kind} of Cedar",
                span,
                expected=one_of(known),
                fix=nearest(name, known, _SAME_METHOD) if kind == "method" else "",
                help="rules call Cedar's own functions only; they cannot read clocks, files or networks",
            )

    def _items(self, close: str) -> tuple[Expr, ...]:
        """Expressions separated by commas (one may trail) up to ``close``, which is left standing."""
        items: list[Expr] = []
        while self.token.text != close:
            items.append(self.expression())
            if not self.accept(","):
                break
        return tuple(items)

    def _primary(self) -> Expr:
        token = self.token
        match token.kind:
            case "ident":
                return self._name()
            case "string":
                self.advance()
                return Lit(self.string(token), token.span)
            case "int":
                self.advance()
                return self._long(token, token.span, 1)
            case "decimal":
                self.advance()
                return self._decimal(token.text, token.span)
            case "slot":
                self.fail("a template slot may stand in the scope only", token.span, expected=_EXPRESSION)
        if self.accept("("):
            inner = self.expression()
            self.expect(")", "an operator or `)`")
            return inner
        if self.accept("["):
            items = self._items("]")
            end = self.expect("]", "`,` or `]`").end
            return SetLit(items, Span(token.start, end))
        if self.accept("{"):
            return self._record(token)
        return self.unexpected(_EXPRESSION)

    def _record(self, opening: Token) -> Expr:
        fields: dict[str, Expr] = {}
        while self.token.text != "}":
            key_token = self.token
            if key_token.kind == "string":
                key = self.string(self.advance())
            else:
                key = self._attribute_name("a field name or `}`")
            self.expect(":")
            value = self.expression()
            if key in fields:
                message = f"the field `{printable(key) or NAMELESS}` stands twice in this record"
                self.note("CP001", message, key_token.span, expected="another name", help="keep one of them")
            fields[key] = value
            if not self.accept(","):
                break
        end = self.expect("}", "`,` or `}`").end
        return RecordLit(tuple(fields.items()), Span(opening.start, end))

    def _name(self) -> Expr:
        token = self.token
        word = token.text
        if self.peek().text == "::":
            return self._path()
        if word in ("true", "false"):
            self.advance()
            return Lit(word == "true", token.span)
        if word == "if":
            self.fail("an `if` inside an expression must be in parentheses", token.span, expected="`(`")
        if word in RESERVED:
            self.unexpected(_EXPRESSION)
        self.advance()
        if word in VARIABLES:
            return Var(word, token.span)  # type: ignore[arg-type]
        if self.token.text == "(":
            return self._call(word, token)
        if self.bare_names and word not in CLAUSE_KEYWORDS:
            return Name(word, token.span)
        if slip := word_slip(token):
            self.fail(f"unknown name `{word}`", slip.span, expected=_EXPRESSION, fix=slip.fix, help=slip.help)
        return self.fail(
            f"unknown name `{word}`",
            token.span,
            expected=one_of(VARIABLES) + ", a literal or a function",
            help=f'write `context.{word}` for a field of the request, or `"{word}"` for a text',
        )

    def _call(self, name: str, token: Token) -> Expr:
        self.advance()
        args = self._items(")")
        end = self.expect(")", "`,` or `)`").end
        if name not in FUNCTIONS:
            self._unknown_call(name, Span(token.start, self.previous_end()), "function", FUNCTIONS)
        return Call(name, args, Span(token.start, end))

    def _path(self) -> Expr:
        start = self.token.start
        path = self.type_name()
        if self.token.text == "::" and self.peek().kind == "string":
            self.advance()
            eid = self.advance()
            return EntityLit(path, self.string(eid), Span(start, eid.end))
        if self.token.text == "(":
            self._call(path, Token("ident", path, start, self.previous_end()))
            return Lit(False, Span(start, self.previous_end()))
        return self.unexpected('`::"…"` (an entity of this type)', help="a type may stand after `is` only")

    def type_name(self) -> str:
        """A path ``A::B``; stops before ``::`` that a string follows."""
        parts = [self._type_part()]
        while self.token.text == "::" and self.peek().kind != "string":
            self.advance()
            parts.append(self._type_part())
        return "::".join(parts)

    def _type_part(self) -> str:
        if self.token.kind != "ident":
            self.unexpected("a type name")
        token = self.advance()
        if token.text in RESERVED:
            self.fail(f"`{token.text}` is a reserved word", token.span, expected="a type name")
        return token.text

    def string(self, token: Token) -> str:
        """The value of a string token; a wrong escape is noted and read as written."""
        try:
            return unescape(token.text[1:-1])
        except EscapeError as error:
            return self._bad_escape(token, error)

    def _pattern(self, token: Token) -> tuple[str | Wildcard, ...]:
        try:
            return unescape_pattern(token.text[1:-1])
        except EscapeError as error:
            return (self._bad_escape(token, error),)

    def _bad_escape(self, token: Token, error: EscapeError) -> str:
        span = Span(token.start + 1 + error.start, token.start + 1 + error.end)
        expected = r"one of `\n`, `\r`, `\t`, `\0`, `\\`, `\"`, `\'`, `\x41`, `\u{…}`"
        self.note("CP001", str(error), span, expected=expected, help=r"write a backslash as `\\`")
        return token.text[1:-1]

    def _long(self, token: Token, span: Span, sign: int) -> Expr:
        digits = token.text.lstrip("0")
        value = sign * int(digits or "0") if len(digits) <= 19 else sign * 10**19
        if not -_MAX_LONG - 1 <= value <= _MAX_LONG:
            limit = f"at most {_MAX_LONG}" if sign > 0 else f"at least {-_MAX_LONG - 1}"
            shown = printable("-" * (sign < 0) + token.text)
            self.note("CP001", f"`{shown}` does not fit into a Long", span, expected=limit)
            value = sign
        return Lit(value, span)

    def _decimal(self, text: str, span: Span) -> Expr:
        found = _DECIMAL.fullmatch(text)
        units = int(found[1] + found[2].ljust(4, "0")) if found and len(found[1].lstrip("0")) <= 15 else None
        if found is None:
            message = f"the decimal `{printable(text)}` has more than 4 digits after the point"
            self.note("CP001", message, span, expected="1 to 4 digits after the point")
        elif units is None or units > _MAX_LONG + text.startswith("-"):
            self.note(
                "CP001",
                f"the decimal `{printable(text)}` is out of range",
                span,
                expected="at most ±922337203685477.5807",
            )
        return DecimalLit(text, span)
