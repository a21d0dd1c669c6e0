"""What the list of unnoticed mistakes says: mutants that no test case notices, conditions never met both ways. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.content import Content

from workbench.analysis.words_mutation import (
    coverage_headline,
    covered_words,
    score_headline,
    score_notes,
    survivor_words,
)
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import stack, text
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.service.mutating import Quality

COLUMNS = (Column("adds", 9), Column("what no test case notices"))


def summary(quality: Quality) -> Content:
    """Both figures, and what they leave out."""
    return stack(
        text(score_headline(quality.score), "$ink bold"),
        text(coverage_headline(quality.coverage), "$ink"),
        *(text(note, "$muted") for note in score_notes(quality.score)),
    )


def rows(quality: Quality, added: frozenset[str]) -> list[Row]:
    """Survivors first, by number; then what is not decided, then the conditions."""
    return [Row(key, (_mark(key, key in added), Cell(one_line(words)))) for key, words in _sentences(quality).items()]


def detail(quality: Quality, key: str) -> Content:
    """One row in full, with what the test case that would notice expects."""
    case = case_of(quality, key)
    words = text(_sentences(quality).get(key, ""), "$ink")
    return words if case is None else stack(words, text(f"a adds: {case['name']}", "$muted"))


def case_of(quality: Quality, key: str) -> Mapping[str, Any] | None:
    """The test case that would notice the mistake of a row; ``None`` for a row that has none."""
    return quality.score.survived[int(key)].case if key.isdecimal() else None


def _sentences(quality: Quality) -> dict[str, str]:
    found = {str(number): survivor_words(each) for number, each in enumerate(quality.score.survived)}
    found |= {f"open {number}": survivor_words(each) for number, each in enumerate(quality.score.undecided)}
    gaps = {f"condition {number}": covered_words(each) for number, each in enumerate(quality.coverage)}
    return found | {key: words for key, words in gaps.items() if words}


def _mark(key: str, added: bool) -> Cell:
    if key.isdecimal():
        return Cell("✓ added", "allow") if added else Cell("+ a test", "accent")
    return Cell("? open", "hold") if key.startswith("open") else Cell("~ partly", "muted")
