"""The analyses for whoever has checked programs, with or without a workspace: remembered, and told of in plain errors.

Light until something is asked: each analysis is loaded when it is first needed, and the solver with it. Imports the
language and the analyses; no database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from workbench.analysis.assumptions import Assumption
from workbench.analysis.results import Answer, Closest, Difference, Kind, Matrix, Outcome, ProofReport
from workbench.analysis.stop import Stop
from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP, Memory, SolverMissing, Task
from workbench.language.program import Program
from workbench.service.analysis_jobs import Job, Jobs
from workbench.service.analysis_memory import SHARED
from workbench.service.analysis_subjects import Subject
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.engine.entities import Entities
    from workbench.engine.request import Request

T = TypeVar("T")
Find: TypeAlias = Callable[[str, str], Callable[..., Any]]
ROLE = "principal.role"
LIMIT_MS = Task().limit_ms


def solver_here() -> bool:
    """Whether the solver is installed; it is not loaded to find out."""
    return find_spec("z3") is not None


def no_solver() -> WorkbenchError:
    """What is said where something needs the solver and it is not installed."""
    return WorkbenchError(NO_SOLVER, "", NO_SOLVER_HELP, "no_solver")


@contextmanager
def solver_errors() -> Iterator[None]:
    """Turn a solver that is missing or does not load into :class:`WorkbenchError` (``no_solver``)."""
    try:
        yield
    except SolverMissing as error:
        raise WorkbenchError(str(error), "", error.help, "no_solver") from error


class Analyst:
    """Every analysis, in the thread of the caller.

    Each may take long, and raises :class:`WorkbenchError` (``no_solver``) and, where its ``task`` was stopped,
    :class:`~workbench.analysis.stop.Stopped`. A whole result is remembered, and the pieces that it is made of. To have
    one in another thread, ask :meth:`start`.
    """

    def __init__(self, memory: Memory = SHARED, *, find: Find | None = None) -> None:
        """``find``: what gives the analysis of a module and name, where it is not the program's own."""
        self.memory = memory
        self.jobs = Jobs()
        self._closing = Stop()
        self._find = find or _analysis

    def close(self) -> None:
        """Stop whatever runs, in whichever thread; from here on every analysis is ``Stopped``. Safe to call twice."""
        self._closing.set()
        self.jobs.close()

    def start(self, kind: str, work: Callable[[Task], T], task: Task | None = None) -> Job[T]:
        """``work`` in a thread of its own, with ``task`` made stoppable: one at a time of each ``kind``."""
        given = task or Task()
        return self.jobs.start(kind, lambda job: work(replace(given, stop=job.signal, tell=job.tell)))

    def start_on(
        self,
        kind: str,
        load: Callable[[], tuple[Subject, ...]],
        work: Callable[[tuple[Subject, ...], Task], T],
        task: Task | None = None,
    ) -> Job[T]:
        """The same, where what it is about must be read and checked first, which may take long as well."""
        given = task or Task()

        def run(job: Job[T]) -> T:
            job.about = load()
            return work(job.about, replace(given, stop=job.signal, tell=job.tell))

        return self.jobs.start(kind, run)

    def prove(
        self,
        program: Program,
        task: Task | None = None,
        *,
        invariants: Program | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> ProofReport:
        """Every property of a constitution, or those of ``kinds``."""
        about = (program, invariants, sorted(kinds) if kinds is not None else "all")
        report: ProofReport = self._ask(
            "prove", about, task, lambda ask, task: ask(program, task, invariants=invariants, kinds=kinds)
        )
        return report

    def difference(self, before: Program, after: Program, task: Task | None = None) -> Difference:
        """What a change of a constitution means."""
        found: Difference = self._ask("difference", (before, after), task, lambda ask, task: ask(before, after, task))
        return found

    def tightens(self, before: Program, after: Program, task: Task | None = None) -> Answer:
        """Whether a change only tightens: ``holds`` where that is proved."""
        answer: Answer = self._ask(
            "tightens", (before, after), task, lambda ask, task: ask(before, after, task), "tightening"
        )
        return answer

    def matrix(
        self, program: Program, task: Task | None = None, *, attribute: str = ROLE, values: Sequence[str] = ()
    ) -> Matrix:
        """Values of an attribute × actions: always, never, depends."""
        from workbench.analysis.rows import NoRowsError

        given = tuple(values)
        try:
            found: Matrix = self._ask(
                "matrix",
                (program, attribute, given),
                task,
                lambda ask, task: ask(program, task, attribute=attribute, values=given),
            )
        except NoRowsError as error:
            raise WorkbenchError("no such matrix", error.message, error.help, error.code) from error
        return found

    def closest(
        self,
        program: Program,
        request: Request,
        entities: Entities | Sequence[Any],
        task: Task | None = None,
        *,
        wanted: Outcome | None = None,
    ) -> Closest:
        """The smallest change to a request that flips its decision. Not remembered: no two requests are the same."""
        found: Closest = self._ask(
            "closest", (), task, lambda ask, task: ask(program, request, entities, task, wanted=wanted)
        )
        return found

    def invariants(self, program: Program, invariants: Program, task: Task | None = None) -> tuple[Answer, ...]:
        """Whether each invariant is kept, in their order."""
        answers: tuple[Answer, ...] = self._ask(
            "invariant_answers",
            (program, invariants),
            task,
            lambda ask, task: tuple(ask(program, invariants, task)),
            "invariants",
        )
        return answers

    def _ask(
        self,
        name: str,
        about: Sequence[Any],
        task: Task | None,
        call: Callable[[Callable[..., Any], Task], Any],
        module: str = "",
    ) -> Any:
        """``call`` with the analysis ``name``; what is remembered about exactly the same is not asked again."""
        task = task or Task()
        memory = self.memory if task.memory is None else task.memory
        task.stop.check()
        key = _key(name, task.assumption, about) if about else ""
        found = memory.get(key) if key else None
        if found is None:
            self._closing.enter(task.stop.set)
            try:
                with solver_errors():
                    found = call(self._find(module or name, name), replace(task, memory=memory))
            finally:
                self._closing.leave(task.stop.set)
            if key:
                memory.put(key, found)
        return found


def _analysis(module: str, name: str) -> Callable[..., Any]:
    """An analysis, loaded when it is first asked for."""
    found: Callable[..., Any] = getattr(import_module(f"workbench.analysis.{module}"), name)
    return found


def _key(name: str, assumption: Assumption, about: Sequence[Any]) -> str:
    """Everything that a whole result depends on, but for the limit: what that cut short is never remembered."""
    parts = [fingerprint(part) if isinstance(part, Program) else part for part in about]
    return f"whole:{_sha256((name, assumption, parts))}"


def fingerprint(program: Program) -> str:
    """SHA-256 over what a program means and how its parts are called: all that an analysis can speak of."""
    rules = [(rule.id, rule.kind, rule.digest, rule.stage) for rule in program.rules]
    return _sha256((rules, program.schema))  # with the annotations: a matrix names the values that they list


def _sha256(value: Any) -> str:
    """Over ``repr``, which quotes every text: no id, however it is chosen, makes two values one."""
    return hashlib.sha256(repr(value).encode()).hexdigest()


ANALYST = Analyst()
"""Of this process: for files."""
