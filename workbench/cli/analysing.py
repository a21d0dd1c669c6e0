"""What the commands that prove share: their options, work that shows how far it is and stops on Ctrl-C, rules' words.

Imports the service when something is asked; the solver is loaded by the analyses alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from workbench.cli.failures import INTERRUPTED, MisusedError
from workbench.cli.output import Printer, fitted, one_line

if TYPE_CHECKING:
    from workbench.analysis.assumptions import Assumption
    from workbench.analysis.task import Task
    from workbench.analysis.words import Say, Voice
    from workbench.cli.session import Session
    from workbench.language.program import Program
    from workbench.service.analysis_jobs import Job

T = TypeVar("T")
PROVING = "proving the invariants"
_LOOK = 0.1  # seconds between two looks at how far it is
_LONG_STOP = 5.0  # seconds; the solver answers within some milliseconds


class SemanticsChoice(StrEnum):
    """Whose semantics decides."""

    ours = "cedar+"
    cedar = "cedar"


class DataChoice(StrEnum):
    """What data may be missing."""

    missing = "missing"
    complete = "complete"


SemanticsOption = Annotated[
    SemanticsChoice,
    typer.Option("--semantics", help="How errors count: cedar+ denies, as the workbench does; cedar skips the rule."),
]
DataOption = Annotated[
    DataChoice,
    typer.Option("--data", help="Whether entities may be missing, or every one that is referred to exists."),
]
LimitOption = Annotated[
    float,
    typer.Option("--limit", metavar="SECONDS", help="For one question to the solver.", min=0.01, max=3600),
]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print Markdown for a pull request.")]
LIMIT = 3.0


def assumption_of(semantics: SemanticsChoice, data: DataChoice) -> Assumption:
    """The two options as one value."""
    from workbench.analysis.assumptions import Assumption

    return Assumption(
        "cedar" if semantics is SemanticsChoice.cedar else "cedar+",
        "complete" if data is DataChoice.complete else "missing",
    )


def task_of(semantics: SemanticsChoice, data: DataChoice, limit: float) -> Task:
    """How an analysis is to be run."""
    from workbench.analysis.task import Task

    return Task(assumption_of(semantics, data), limit_ms=max(1, round(limit * 1000)))


def one_form(session: Session, markdown: bool) -> None:
    """Raises ``WorkbenchError`` where both JSON and Markdown are wanted."""
    if markdown and session.as_json:
        raise MisusedError("JSON or Markdown?", "`--json` and `--markdown` are given", "leave one out")


class InterruptedWorkError(Exception):
    """Ctrl-C while something was analysed; it has stopped."""


def worked(kind: str, what: str, work: Callable[[Task], T], task: Task | None = None) -> T:
    """The result of ``work``, done in another thread while this one tells how far it is on a terminal.

    Raises :class:`InterruptedWorkError` after Ctrl-C, and the ``WorkbenchError`` that the work failed with.
    """
    from workbench.service.analyst import ANALYST

    job = ANALYST.start(kind, work, task)
    try:
        _wait(job, what)
    except KeyboardInterrupt:
        job.stop()
        job.wait(_LONG_STOP)
        raise InterruptedWorkError from None
    result = job.value()
    if result is None:
        raise InterruptedWorkError
    return result


def effected(kind: str, what: str, work: Callable[[Task], T]) -> T:
    """As :func:`worked`, for what changes something: after Ctrl-C what had been done by then is told, not denied.

    Raises ``typer.Exit`` (130) where nothing was done.
    """
    from workbench.service.analyst import ANALYST

    job = ANALYST.start(kind, work)
    try:
        _wait(job, what)
    except KeyboardInterrupt:
        job.signal.set()
        job.wait(_LONG_STOP)
    result = job.value() if job.done else None
    if result is None:
        said = "nothing was changed" if job.done else "whether anything was changed is not known"
        logs = Printer(sys.stderr)
        logs.line(f"{logs.styled('stopped', 'wait', 'bold')}: {said}")
        raise typer.Exit(INTERRUPTED)
    return result


def _wait(job: Job[T], what: str) -> None:
    if sys.stderr.isatty():
        _watch(job, what)
    else:
        while not job.wait(_LOOK):
            pass


def _watch(job: Job[T], what: str) -> None:
    """A bar on stderr while ``job`` runs; nothing of it stays."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    if job.wait(_LOOK):
        return  # over before anybody could read it
    columns = (TextColumn("{task.description}", markup=False), BarColumn(24), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        bar = shown.add_task(what, total=None)
        while not job.wait(_LOOK):
            progress = job.progress
            if progress is not None:
                told = Text(fitted(one_line(f"{what}: {progress.what}"), 44)).plain
                shown.update(bar, completed=progress.done, total=progress.total or None, description=told)


def interrupted() -> typer.Exit:
    """Say on stderr that it was stopped; what to raise then."""
    logs = Printer(sys.stderr)
    logs.line(logs.styled("stopped", "wait", "bold") + ": what is not told is not known")
    return typer.Exit(INTERRUPTED)


# ---- the words of rules ----------------------------------------------------------------------------------------------


def voice_of(program: Program, before: Program | None = None, invariants: Program | None = None) -> Voice:
    """What the words of results draw on: these programs, and what their rules say."""
    from workbench.analysis.words import Voice

    if before is not None:
        return Voice(program, before, invariants, _change_speaker(before, program))
    return Voice(program, None, invariants, speaker(program, invariants=invariants))


def speaker(*programs: Program, invariants: Program | None = None) -> Say:
    """A rule's words by its id: the sentence that it was written from in quotation marks, else its paraphrase.

    An invariant is always paraphrased: what was proved is what it says, not the sentence beside it.
    """
    from workbench.cli.decisions import paraphrased, rule_words

    def say(rule_id: str) -> str:
        for program in programs:
            rule = program.by_id.get(rule_id)
            if rule is not None:
                return rule_words(rule, program.schema)
        promise = None if invariants is None else invariants.by_id.get(rule_id)
        return "" if promise is None or invariants is None else paraphrased(promise, invariants.schema)

    return say


def _change_speaker(before: Program, after: Program) -> Say:
    """As :func:`speaker`, but what changes is paraphrased on both sides: the sentence beside it may be the old one."""
    from workbench.cli.decisions import paraphrased

    same = speaker(after, before)

    def say(rule_id: str) -> str:
        old, new = before.by_id.get(rule_id), after.by_id.get(rule_id)
        if old is not None and new is not None:
            if old.digest == new.digest and old.stage == new.stage:
                return same(rule_id)
            return f"now: {paraphrased(new, after.schema)} Before: {paraphrased(old, before.schema)}"
        if new is not None:
            return f"new: {paraphrased(new, after.schema)}"
        return "" if old is None else f"gone: {paraphrased(old, before.schema)}"

    return say


def named_file(path: Path) -> str:
    """A file's name as a title."""
    return one_line(path.name if str(path) != "-" else "<stdin>")
