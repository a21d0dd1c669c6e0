"""Diagnostics: what is wrong with a text, where, and what to do about it.

Pure values. Every mistake in Cedar+ or in a schema becomes a :class:`Diagnostic`; nothing else reports mistakes in
sources. Codes are those of the language's refusal table (``CP001`` … ``CP010`` are errors, ``CP1xx`` warnings).
Message style is Cedar's: lower case, no full stop, input in backticks, help kept apart from the message.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points ``[start, end)`` in a source text."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Position:
    """A place for people: ``line`` and ``column`` count from 1, columns in code points."""

    line: int
    column: int


class LineMap:
    """Turns code-point offsets of one text into lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        newline = text.find("\n")
        while newline >= 0:
            self._starts.append(newline + 1)
            newline = text.find("\n", newline + 1)

    def position(self, offset: int) -> Position:
        """Line and column (from 1) of ``offset``."""
        line = bisect_right(self._starts, offset) - 1
        return Position(line + 1, offset - self._starts[line] + 1)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a text.

    ``expected`` says what would have been accepted at ``span``; ``fix`` is text that would replace the span, where
    one is known; ``help`` is one sentence on what to do.
    """

    code: str
    message: str
    span: Span
    start: Position
    end: Position
    severity: Severity = "error"
    expected: str = ""
    fix: str = ""
    help: str = ""
    rule: str = ""

    def to_dict(self) -> dict[str, object]:
        """The JSON form that ``--json`` prints; lines and columns from 1, ``start``/``end`` in code points."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "line": self.start.line,
            "column": self.start.column,
            "end_line": self.end.line,
            "end_column": self.end.column,
            "start": self.span.start,
            "end": self.span.end,
            "expected": self.expected,
            "fix": self.fix,
            "help": self.help,
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic whose span is relative to some piece of text, before lines and columns are known."""

    code: str
    message: str
    span: Span
    expected: str = ""
    fix: str = ""
    help: str = ""
    severity: Severity = "error"

    def at(self, lines: LineMap, offset: int = 0, rule: str = "") -> Diagnostic:
        """The diagnostic in the whole text that ``lines`` describes, the piece beginning at ``offset`` of it."""
        start, end = self.span.start + offset, self.span.end + offset
        return Diagnostic(
            code=self.code,
            message=self.message,
            span=Span(start, end),
            start=lines.position(start),
            end=lines.position(end),
            severity=self.severity,
            expected=self.expected,
            fix=self.fix,
            help=self.help,
            rule=rule,
        )


class SyntaxFailure(Exception):  # noqa: N818 — unwinds the parser to its recovery point, never leaves ``language``
    """Raised by the parsers where they cannot go on; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class DiagnosticsError(ValueError):
    """Raised where a text must be clean and is not; carries every diagnostic found."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        first = self.diagnostics[0] if self.diagnostics else None
        where = f" at {first.start.line}:{first.start.column}" if first else ""
        more = f" (and {len(self.diagnostics) - 1} more)" if len(self.diagnostics) > 1 else ""
        super().__init__(f"{first.code}{where}: {first.message}{more}" if first else "not clean")
