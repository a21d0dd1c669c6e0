"""What ``test`` tells about the test cases themselves: conditions never met both ways, mistakes that none notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.cli.analysing import InterruptedWorkError, worked
from workbench.cli.telling import Teller

if TYPE_CHECKING:
    from workbench.analysis.mutation import Open, Survivor
    from workbench.cli.output import Printer
    from workbench.language.program import Program
    from workbench.service.mutating import Quality

_MOST = 12  # of each list; `--json` has all


def measured(
    program: Program, cases: Sequence[Mapping[str, Any]], seconds: float
) -> tuple[Quality | None, InterruptedWorkError | None]:
    """Coverage and mutation score; nothing, and why, where Ctrl-C ended it: the run itself is still told."""
    from workbench.analysis.task import Task
    from workbench.service.mutating import quality_of

    def work(task: Task) -> Quality:
        return quality_of(program, cases, task, seconds=seconds)

    try:
        return worked("quality", "looking for mistakes", work, Task()), None
    except InterruptedWorkError as error:
        return None, error


def quality_document(quality: Quality | None) -> dict[str, Any]:
    """The same for programs; nothing where it was left out."""
    if quality is None:
        return {}
    from workbench.analysis.words_mutation import coverage_json, score_json

    return {"coverage": coverage_json(quality.coverage), "mutants": score_json(quality.score)}


def print_quality(out: Printer, quality: Quality) -> None:
    """For a person: two figures, and what to do about them."""
    from workbench.analysis.words_mutation import (
        coverage_headline,
        covered_words,
        score_headline,
        score_notes,
        survivor_words,
    )

    teller = Teller(out)
    out.line()
    teller.paragraph(coverage_headline(quality.coverage))
    _listed(teller, [words for each in quality.coverage if (words := covered_words(each))])
    out.line()
    teller.paragraph(score_headline(quality.score))
    unnoticed: list[Survivor | Open] = [*quality.score.survived, *quality.score.undecided]
    _listed(teller, [survivor_words(each) for each in unnoticed])
    for note in score_notes(quality.score):
        teller.paragraph(note, "  ", "dim")
    if quality.score.survived:
        teller.paragraph("`--json` has the test case that would notice each, under `mutants`.", "  ", "dim")


def _listed(teller: Teller, lines: Sequence[str]) -> None:
    for line in lines[:_MOST]:
        teller.paragraph(f"· {line}", "  ", hanging="    ")
    if len(lines) > _MOST:
        teller.paragraph(f"· … and {len(lines) - _MOST} more", "  ", "dim")
