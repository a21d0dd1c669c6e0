"""``ws.casebook``: what people do with the test cases of the draft, beyond confirming one and taking one out.

Run on both engines with what is known of each; corrected, rejected, taken back; proposed anew when rules have changed;
written to a file and read from one. Whatever a person said of a case stays until a person says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.analysis.expecting import case_key, is_rejected
from workbench.service.analysing import IN_FORCE, Analysing
from workbench.service.analysis_jobs import Job
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError
from workbench.service.rules import rule_views
from workbench.service.testing import run_cases
from workbench.service.views import Draft, RuleView, TestRun

if TYPE_CHECKING:
    from workbench.analysis.coverage import Covered
    from workbench.analysis.mutation import MutationScore
    from workbench.analysis.task import Task
    from workbench.authoring.regenerating import Regenerated

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseRun:
    """All cases of one revision of the draft. ``cases``: as they are written, by name; ``rejected``: those that a
    person does not want, which are not run. ``rules``: by id.
    """

    run: TestRun
    cases: Mapping[str, Case] = field(default_factory=dict)
    rejected: tuple[Case, ...] = ()
    rules: Mapping[str, RuleView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposed:
    """New proposals, made for the draft's ``revision``."""

    revision: int
    found: Regenerated


class Casebook:
    """The use cases of Tests."""

    def __init__(self, drafting: Drafting, analysing: Analysing) -> None:
        self._drafting = drafting
        self._analysing = analysing

    # ---- running -----------------------------------------------------------------------------------------------------

    def run(self) -> CaseRun:
        """Every case on both engines. Raises :class:`WorkbenchError` (``not_clean``)."""
        draft, program = self._drafting.clean()
        run = run_cases(program, draft.tests, revision=draft.revision, people=self._drafting.people())
        return CaseRun(
            run,
            {str(case.get("name", "")): case for case in draft.tests},
            tuple(case for case in draft.tests if is_rejected(case)),
            {rule.id: rule for rule in rule_views(program)},
        )

    def coverage(self) -> tuple[Covered, ...]:
        """Every condition of the draft, by how many cases met it both ways. Raises ``WorkbenchError``."""
        from workbench.service.mutating import coverage_of

        draft, program = self._drafting.clean()
        return coverage_of(program, draft.tests)

    def measure(self, *, seconds: float | None = 20.0) -> Job[MutationScore]:
        """Begin to look for mistakes in the rules that no case notices, for ``seconds``; it ends the one before.

        Fails with ``not_clean`` where the draft does not check.
        """
        from workbench.service.mutating import score_of

        def work(task: Task) -> MutationScore:
            draft, program = self._drafting.clean()
            return score_of(program, draft.tests, task, seconds=seconds)

        return self._analysing.analyst.start("quality", work)

    # ---- what a person says of one -----------------------------------------------------------------------------------

    def correct(self, name: str, expect: str) -> Draft:
        """Correct what a case expects; what else it expected falls with it, and so does its confirmation.

        Raises :class:`WorkbenchError`: ``bad_expectation``, ``no_test``.
        """
        return self._drafting.set_expectation(name, expect)

    def reject(self, name: str) -> Draft:
        """Nobody wants this case: it is not run, nor proposed again. Raises :class:`WorkbenchError` (``no_test``)."""
        return self._drafting.change_test(name, lambda case: {**_unconfirmed(case), "origin": "rejected"})

    def restore(self, name: str) -> Draft:
        """Take a rejection back; the case is wanted, and to be confirmed. Raises :class:`WorkbenchError`."""
        return self._drafting.change_test(name, lambda case: {k: v for k, v in case.items() if k != "origin"})

    # ---- proposing anew ----------------------------------------------------------------------------------------------

    def propose(self) -> Job[Proposed]:
        """Begin to make proposals for the rules as they are now; nothing is saved before :meth:`take`.

        Fails with ``not_clean`` where the draft does not check.
        """

        def work(task: Task) -> Proposed:
            from workbench.authoring.regenerating import regenerated

            draft, program = self._drafting.clean()
            before = self._analysing.subject(IN_FORCE).program  # whose names the cases may still use
            return Proposed(draft.revision, regenerated(program, draft.tests, before=before, task=task))

        return self._analysing.analyst.start("tests", work)

    def take(self, proposed: Proposed) -> Draft:
        """Save proposals into the draft. Raises :class:`WorkbenchError` (``stale_draft``) where it changed meanwhile;
        the draft then stays as it is."""
        if self._drafting.draft().revision != proposed.revision:
            raise WorkbenchError(
                "the draft has changed meanwhile",
                "the proposals were made for an older text, and were not saved",
                "propose them again",
                "stale_draft",
            )
        return self._drafting.save(tests=proposed.found.cases, revision=proposed.revision)

    # ---- files -------------------------------------------------------------------------------------------------------

    def write(self, path: Path, names: Iterable[str] | None = None, *, cedar: bool) -> tuple[int, tuple[str, ...]]:
        """Write cases (those named, else all that are run) as Cedar's `run-tests` JSON, or in our own form.

        Answers how many, and what the form could not say. A file that is there is not written over.
        Raises :class:`WorkbenchError`: ``exists``, ``not_written``, ``not_clean``, ``nothing_to_write``.
        """
        from workbench.service.case_files import as_cedar, write_json

        wanted = None if names is None else set(names)
        cases = [
            case
            for case in self._drafting.draft().tests
            if (not is_rejected(case) if wanted is None else case.get("name") in wanted)
        ]
        if not cases:
            raise WorkbenchError("nothing to write", "no test case is shown", "show others first", "nothing_to_write")
        target = path.expanduser()
        if target.exists():
            raise WorkbenchError("there is something already", f"`{target}`", "name another file", "exists")
        if not cedar:
            write_json(target, cases)
            return len(cases), ()
        written = as_cedar(self._drafting.clean()[1], cases)
        write_json(target, written.cases)
        return len(written.cases), tuple(written.notes)

    def read(self, path: Path) -> tuple[Draft, int, int]:
        """Add the cases of a file, Cedar's form or ours, as cases that nobody has confirmed here.

        Answers the draft, how many came in, and how many were there already. Raises :class:`WorkbenchError`: as
        ``case_files.read_cases``.
        """
        from workbench.governance.artifact import TestCase
        from workbench.governance.errors import GovernanceError
        from workbench.service.case_files import read_cases

        cases = [_unconfirmed(case) for case in read_cases(path.expanduser())]
        for place, case in enumerate(cases, start=1):
            try:
                TestCase.of(case)
            except GovernanceError as error:
                detail = f"`{path}`, case {place}: {error.message}"
                raise WorkbenchError("not a test case of a constitution", detail, error.help, "bad_tests") from None
        standing = self._drafting.draft().tests
        there = {(case_key(case), case.get("expect")) for case in standing}
        fresh = [case for case in cases if (case_key(case), case.get("expect")) not in there]
        draft = self._drafting.add_tests(fresh)
        added = len(draft.tests) - len(standing)
        return draft, added, len(cases) - added


def _unconfirmed(case: Case) -> dict[str, Any]:
    """The case without anybody's word: who confirmed it elsewhere is nobody's word here."""
    return {key: value for key, value in case.items() if key not in ("reviewed_by", "cedar")}
