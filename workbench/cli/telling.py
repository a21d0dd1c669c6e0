"""What analyses found, printed for a person: headline, witness, rules, wrapped to the terminal.

Texts from rules and requests are made visible and never obeyed. Imports ``cli.output`` and the words of results.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from workbench.cli.output import Printer, Tone, fitted, one_line, width
from workbench.language.quotation import bare

if TYPE_CHECKING:
    from workbench.analysis.words import RuleSaid, Said, WitnessSaid
    from workbench.analysis.words_difference import ChangeSaid

MARKS: dict[str, tuple[str, Tone]] = {
    "good": ("✓", "good"),
    "warn": ("!", "wait"),
    "bad": ("✗", "bad"),
    "open": ("?", "accent"),
}
_CHANGES: dict[str, tuple[str, Tone]] = {"permitted": ("+", "good"), "denied": ("-", "bad"), "held": ("…", "wait")}
_LEAST, _MOST = 60, 100  # columns
_FEW = 6  # fields that nothing rests on


class Teller:
    """Prints results on one stream, wrapped at words."""

    def __init__(self, out: Printer) -> None:
        self.out = out
        self.columns = max(_LEAST, min(shutil.get_terminal_size((80, 24)).columns, _MOST))

    def paragraph(self, text: str, indent: str = "", *tones: Tone, hanging: str | None = None) -> None:
        """``text`` as one paragraph; nothing for the empty one."""
        further = indent if hanging is None else hanging
        lines = textwrap.wrap(
            one_line(text), self.columns, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False
        )
        for line in lines:
            self.out.line(self.out.styled(line, *tones))

    def marked(self, mark: str, tone: Tone, text: str) -> None:
        """A headline behind its mark."""
        lines = textwrap.wrap(one_line(text), self.columns - 2, break_on_hyphens=False) or [""]
        self.out.line(f"{self.out.styled(mark, tone, 'bold')} {self.out.styled(lines[0], 'bold')}")
        for line in lines[1:]:
            self.out.line("  " + self.out.styled(line, "bold"))

    def answer(self, said: Said) -> None:
        """One answer, in full."""
        mark, tone = MARKS[said.tone]
        self.marked(mark, tone, f"{said.headline} ({said.code})" if said.code else said.headline)
        for note in said.notes:
            self.paragraph(note, "  ")
        if said.witness is not None:
            self.paragraph(said.confirmation, "  ", "dim")
            self.witness(said.witness)
        self.rules(said.rules)

    def change(self, said: ChangeSaid) -> None:
        """A request whose decision changes, in full."""
        mark, tone = _CHANGES[said.change]
        self.marked(mark, tone, said.headline)
        self.paragraph(said.confirmation, "  ", "dim")
        self.witness(said.witness)
        self.rules(said.rules)

    def witness(self, said: WitnessSaid) -> None:
        """A request with its data."""
        self.paragraph(said.request, "    ", hanging="      ")
        self.pairs([(fact.path, fact.value) for fact in said.read], "      ")
        self._unread(said)
        for outcome in said.outcome:
            self.paragraph(outcome, "    ", hanging="      ")

    def _unread(self, said: WitnessSaid) -> None:
        """What nothing rests on: listed where it is little, counted where it would hide what matters."""
        rest = ", ".join(f"{fact.path}: {fact.value}" for fact in said.unread)
        if len(said.unread) > _FEW:
            text = f"and {len(said.unread)} fields that none of these rules reads (`--json` lists them)"
        else:
            text = f"{'not read by these rules' if said.read else 'whatever the data'}: {rest}"
        self.paragraph(text if rest else "", "      ", "dim", hanging="        ")

    def rules(self, rules: Sequence[RuleSaid]) -> None:
        """Rules beside their words; those without words are named in the sentences already."""
        for rule in rules:
            if rule.words:
                self.paragraph(f"{bare(rule.name)}: {rule.words}", "  ", "dim", hanging="    ")

    def pairs(self, pairs: Iterable[tuple[str, str]], indent: str) -> None:
        """``path  value`` in columns, cut where they do not fit."""
        rows = [(one_line(path), one_line(value)) for path, value in pairs]
        if not rows:
            return
        label = min(max(width(path) for path, _ in rows), self.columns // 2)
        room = self.columns - len(indent) - label - 2
        for path, value in rows:
            name = fitted(path, label)
            padded = self.out.styled(name, "accent") + " " * (label - width(name))
            self.out.line(f"{indent}{padded}  {fitted(value, room)}".rstrip())
