"""Diagnostics for a person: file, line and column, the source line, the place underlined, the code and the help.

Imports ``cli.output`` and the diagnostic values.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.cli.output import Printer, Tone, one_line, visible, width
from workbench.language.diagnostics import Diagnostic

_TONE: dict[str, Tone] = {"error": "bad", "warning": "wait", "info": "accent"}
_WINDOW = 160  # columns of a long source line that are shown around the place


def print_diagnostics(printer: Printer, name: str, source: str, found: Iterable[Diagnostic]) -> None:
    """All of ``found`` about the text ``source`` that came from ``name``, in order of place."""
    lines = source.split("\n")
    for diagnostic in sorted(found, key=lambda d: (d.span.start, d.code)):
        _print_one(printer, name, lines, diagnostic)


def _print_one(printer: Printer, name: str, lines: list[str], diagnostic: Diagnostic) -> None:
    tone = _TONE.get(diagnostic.severity, "bad")
    place = f"{one_line(name)}:{diagnostic.start.line}:{diagnostic.start.column}"
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    message = visible(diagnostic.message)
    printer.line(f"{printer.styled(place, 'bold')}: {printer.styled(head, tone, 'bold')}: {message}")
    number = str(diagnostic.start.line)
    gutter = " " * len(number)
    bar = printer.styled("|", "dim")
    about_the_whole = diagnostic.span.start == diagnostic.span.end and diagnostic.severity != "error"
    if lines != [""] and not about_the_whole and 0 < diagnostic.start.line <= len(lines):
        shown, carets = _underlined(lines[diagnostic.start.line - 1], diagnostic)
        printer.line(f"  {printer.styled(number, 'dim')} {bar} {shown}")
        printer.line(f"  {gutter} {bar} {printer.styled(carets, tone)}")
    for label, text in (("expected", diagnostic.expected), ("help", diagnostic.help), ("fix", diagnostic.fix)):
        if text:
            printer.line(f"  {gutter} {printer.styled('=', 'dim')} {label}: {one_line(text)}")


def _underlined(line: str, diagnostic: Diagnostic) -> tuple[str, str]:
    """The source line and, below it, carets under the place; both cut to a window where the line is long."""
    line = line.removesuffix("\r").replace("\t", " ")
    start = min(diagnostic.start.column - 1, len(line))
    same_line = diagnostic.end.line == diagnostic.start.line
    end = min(diagnostic.end.column - 1, len(line)) if same_line else len(line)
    left = max(0, start - _WINDOW // 2) if len(line) > _WINDOW else 0
    right = min(len(line), left + _WINDOW)
    end = min(max(end, start + 1), max(right, start + 1))
    before = ("…" if left else "") + one_line(line[left:start])
    under = one_line(line[start : min(end, right)])
    after = one_line(line[min(end, right) : right]) + ("…" if right < len(line) else "")
    return before + under + after, " " * width(before) + "^" * max(1, width(under))


def summary(found: Iterable[Diagnostic]) -> str:
    """``2 errors, 1 warning``."""
    severities = [d.severity for d in found]
    parts = []
    for severity in ("error", "warning", "info"):
        count = severities.count(severity)
        if count:
            word = "note" if severity == "info" else severity
            parts.append(f"{count} {word}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "no findings"


class SourceError(Exception):
    """A text that is not clean, with its name and itself, so that the places can be shown. Exit code 3."""

    def __init__(self, name: str, source: str, diagnostics: Iterable[Diagnostic]) -> None:
        super().__init__(name)
        self.name = name
        self.source = source
        self.diagnostics = tuple(diagnostics)
