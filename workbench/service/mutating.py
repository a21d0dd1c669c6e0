"""How good test cases are: which conditions they meet both ways, and which small mistakes in the rules they notice.

Works on a checked program alone; no workspace needed. Without the solver the mistakes that no case notices are told
without the request that would, and as perhaps no mistakes. Imports the analyses; no database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

from workbench.analysis.task import Task
from workbench.language.program import Program
from workbench.service.analysis_jobs import Job
from workbench.service.analysis_subjects import subject_of
from workbench.service.analyst import ANALYST, Analyst
from workbench.service.judging import spoken_cases

if TYPE_CHECKING:
    from workbench.analysis.coverage import Covered
    from workbench.analysis.mutation import MutationScore
    from workbench.service.workspace import Workspace

SECONDS = 40.0
"""How long survivors are looked into, by default; what is left is told as not decided."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the test cases of one program."""

    coverage: tuple[Covered, ...]
    score: MutationScore


def score_of(
    program: Program,
    cases: Iterable[Mapping[str, Any]],
    task: Task | None = None,
    *,
    seconds: float | None = None,
    most: int | None = None,
) -> MutationScore:
    """The mutation score of ``cases`` (the artifact's ``test_cases`` form).

    Survivors are looked into for ``seconds`` together, or the first ``most`` of them; what is left is told as not
    decided. Without ``seconds`` the same question has the same answer whenever it is asked. Raises ``Stopped``.
    """
    from workbench.analysis.mutation import score

    return score(program, spoken_cases(cases, program.schema), task or Task(), enough=_limit(seconds, most))


def coverage_of(program: Program, cases: Iterable[Mapping[str, Any]]) -> tuple[Covered, ...]:
    """Every condition of every rule that decides, with how many of ``cases`` found it true, and false."""
    from workbench.analysis.coverage import coverage

    return coverage(program, spoken_cases(cases, program.schema))


def quality_of(
    program: Program, cases: Sequence[Mapping[str, Any]], task: Task | None = None, *, seconds: float | None = SECONDS
) -> Quality:
    """Both. Raises ``Stopped``."""
    return Quality(coverage_of(program, cases), score_of(program, cases, task, seconds=seconds))


def start_quality(
    program: Program,
    cases: Sequence[Mapping[str, Any]],
    analyst: Analyst = ANALYST,
    *,
    seconds: float | None = SECONDS,
) -> Job[Quality]:
    """Both, in a thread of their own; a new one stops the one before it."""
    return analyst.start("quality", lambda task: quality_of(program, cases, task, seconds=seconds))


def start_draft_quality(workspace: Workspace, *, seconds: float | None = SECONDS) -> Job[Quality]:
    """Of the draft's test cases. Fails with ``not_clean`` where the draft does not check."""

    def work(task: Task) -> Quality:
        draft = workspace.draft()
        about = subject_of("draft", draft.cedar_plus, draft.schema, draft.invariants, revision=draft.revision)
        return quality_of(about.program, draft.tests, task, seconds=seconds)

    return ANALYST.start("quality", work)


def _limit(seconds: float | None, most: int | None) -> Callable[[], bool]:
    """Time runs from when it is first asked."""
    asked, ends = count(), list[float]()

    def enough() -> bool:
        if not ends:
            ends.append(inf if seconds is None else time.monotonic() + seconds)
        return (most is not None and next(asked) >= most) or time.monotonic() >= ends[0]

    return enough
