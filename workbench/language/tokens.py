"""Text → tokens, with places; and the cursor that the parsers move over them.

Cedar's own tokens, plus decimal literals (``0.8``), which no Cedar text can contain. Imports diagnostics and slips.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, NoReturn, TypeAlias, cast

from workbench.language.diagnostics import Finding, Span, SyntaxFailure
from workbench.language.slips import slip_at

TokenKind: TypeAlias = Literal["ident", "int", "decimal", "string", "slot", "op", "comment", "bad", "end"]

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Cedar's scanner skips (Unicode white space), as the inside of a regular expression's character class."""

_OPEN_STRING = r'"(?:\\[^\n]|[^"\\])*'
STRING = _OPEN_STRING + '"'
COMMENT = r"//[^\n\r]*"
CLAUSE_KEYWORDS = ("on", "when", "require", "with")
"""The words that begin, and so end, a procedure's clauses."""


def with_strings(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """``pattern`` with ``<string>`` in it replaced, and the same without strings.

    In the first, a string that never closes is a match of the group ``open``, up to where it cannot go on. No quote in
    it can begin a string that closes, so what it holds is to be read with the second: to look for the end from each of
    those quotes anew would take time with the square of their number.
    """
    strings = rf"(?P<string>{STRING})|(?P<open>{_OPEN_STRING})"
    both = (pattern.replace("<string>", what) for what in (strings, "(?!)"))
    with_, without = (re.compile(each, flags) for each in both)
    return with_, without


def scan(
    patterns: tuple[re.Pattern[str], re.Pattern[str]], text: str, start: int = 0, end: int | None = None
) -> Iterator[re.Match[str]]:
    """The matches of ``patterns`` (of :func:`with_strings`) in order; after an open string also what it holds."""
    pattern, inside = patterns
    for found in pattern.finditer(text, start, len(text) if end is None else end):
        yield found
        if found.lastgroup == "open":
            yield from inside.finditer(text, found.start() + 1, found.end())


_TOKEN, _TOKEN_IN_OPEN_STRING = with_strings(
    rf"[{SPACE}]+"
    rf"|(?P<comment>{COMMENT})"
    r"|(?P<ident>[_a-zA-Z][_a-zA-Z0-9]*)"
    r"|(?P<op>::|==|!=|<=|>=|\|\||&&|[@.,;:(){}\[\]<>+\-*/%!=])"
    r"|(?P<decimal>[0-9]+\.[0-9]+)"
    r"|(?P<int>[0-9]+)"
    r"|<string>"
    r"|(?P<slot>\?[_a-zA-Z][_a-zA-Z0-9]*)"
    r"|(?P<bad>.)",
    re.DOTALL,
)


class Token(NamedTuple):
    """One token; ``start`` and ``end`` are code-point offsets into the text it was read from."""

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def tokenize(text: str, start: int = 0, end: int | None = None, *, comments: bool = False) -> list[Token]:
    """The tokens of ``text[start:end]``, the last of kind ``end``; offsets count from the beginning of ``text``.

    Nothing is refused here: a character that begins no token becomes one of kind ``bad`` (a quote that never closes
    too). Comments are left out unless asked for.
    """
    stop = len(text) if end is None else end
    new = tuple.__new__  # a named tuple's own constructor takes twice as long, and this runs at every key stroke
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text, start, stop):
        kind = found.lastgroup
        if kind is not None and (comments or kind != "comment"):
            if kind == "open":
                place = found.start()
                tokens.append(Token("bad", '"', place, place + 1))
                tokens += _tokens_inside(text, place + 1, found.end(), comments)
            else:
                tokens.append(new(Token, (kind, found.group(), found.start(), found.end())))
    tokens.append(Token("end", "", stop, stop))
    return tokens


def _tokens_inside(text: str, start: int, end: int, comments: bool) -> Iterator[Token]:
    """The tokens in a string that never closes, from after its quote."""
    for found in _TOKEN_IN_OPEN_STRING.finditer(text, start, end):
        if (kind := found.lastgroup) is not None and (comments or kind != "comment"):
            yield Token(cast(TokenKind, kind), found.group(), found.start(), found.end())


class Cursor:
    """A place in a list of tokens, and the findings made so far; ``whole`` is what the tokens are all of."""

    def __init__(self, tokens: list[Token], findings: list[Finding]) -> None:
        self._tokens = tokens
        self._index = 0
        self.token = tokens[0]
        self.findings = findings
        self.whole = "text"

    def advance(self) -> Token:
        """The current token; moves to the next one (never past the end)."""
        token = self.token
        if token.kind != "end":
            self._index += 1
            self.token = self._tokens[self._index]
        return token

    def peek(self, ahead: int = 1) -> Token:
        """The token ``ahead`` places after the current one."""
        return self._tokens[min(self._index + ahead, len(self._tokens) - 1)]

    def previous_end(self) -> int:
        """The offset just after the last token taken."""
        return self._tokens[self._index - 1].end if self._index else self.token.start

    def accept(self, text: str) -> bool:
        """Takes the current token if it is exactly ``text``."""
        if self.token.text != text:
            return False
        self.advance()
        return True

    def expect(self, text: str, what: str = "") -> Token:
        """Takes the current token, which must be ``text``; ``what`` is the whole list of what may stand here."""
        if self.token.text != text:
            self.unexpected(what or f"`{text}`", fix=text if text in (";", ")", "]", "}") else "")
        return self.advance()

    def unexpected(self, expected: str, *, help: str = "", fix: str = "") -> NoReturn:
        """Stops at the current token; ``fix``, if given, is to be inserted after the token before."""
        token = self.token
        if slip := slip_at(self._tokens, self._index, expected):
            ends = token.kind == "end"
            message = f"unexpected end of the {self.whole}" if ends else f"unexpected `{printable(token.text)}`"
            raise SyntaxFailure(Finding("CP001", message, slip.span, expected, slip.fix, slip.help))
        if token.kind == "bad":
            message = (
                "this string is not closed" if token.text == '"' else f"unexpected character `{printable(token.text)}`"
            )
            raise SyntaxFailure(Finding("CP001", message, token.span, expected, help=help))
        if fix and self._index and self._can_close(fix):
            place = self._tokens[self._index - 1].span
            before = self._tokens[self._index - 1].text
            found = (
                f"the {self.whole} ends here"
                if token.kind == "end"
                else f"unexpected `{printable(token.text)}` after this"
            )
            raise SyntaxFailure(Finding("CP001", f"{found}, expected {expected}", place, expected, before + fix, help))
        message = (
            f"unexpected end of the {self.whole}" if token.kind == "end" else f"unexpected `{printable(token.text)}`"
        )
        raise SyntaxFailure(Finding("CP001", message, self._shown(token), expected, help=help))

    def _can_close(self, fix: str) -> bool:
        """Whether inserting ``fix`` here may be all that is missing: something that encloses it ends here too."""
        text = self.token.text
        return self.token.kind == "end" or (fix != ";" and text in (";", ")", "]", "}")) or text in CLAUSE_KEYWORDS

    def fail(self, message: str, span: Span, *, expected: str = "", fix: str = "", help: str = "") -> NoReturn:
        """Stops with a CP001 at ``span``."""
        raise SyntaxFailure(Finding("CP001", message, span, expected, fix, help))

    def note(self, code: str, message: str, span: Span, *, expected: str = "", fix: str = "", help: str = "") -> None:
        """Records a mistake that need not stop the parser."""
        self.findings.append(Finding(code, message, span, expected, fix, help))

    def _shown(self, token: Token) -> Span:
        """A span that can be underlined: an end of text is shown at the token before it."""
        if token.kind == "end" and self._index:
            return self._tokens[self._index - 1].span
        return token.span


NAMELESS = '""'  # a name that is the empty text, where a message shows it


def printable(text: str, limit: int = 60) -> str:
    """``text`` as it may stand in a message: nothing invisible, not too long."""
    shown = "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text[:limit])
    return shown + "…" if len(text) > limit else shown


def one_of(words: Iterable[str]) -> str:
    """``a``, ``b`` or ``c``, each in backticks, for ``expected``."""
    quoted = [f"`{word or NAMELESS}`" for word in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
