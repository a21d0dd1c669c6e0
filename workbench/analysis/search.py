"""Looking for a request: the solver proposes, the engines confirm. Pure.

A question ends in one of three ways: found (a concrete case that was replayed), none (proved: whatever the request and
the data, it cannot be), undecided (the time ran out, or what the solver proposed did not reproduce).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from workbench.analysis.bits import BitTranslator, multiplies, width_for
from workbench.analysis.facts import Facts
from workbench.analysis.model import Case, Reading, World, repairs
from workbench.analysis.patterns import TooManyStates, watched
from workbench.analysis.replay import NotReproduced
from workbench.analysis.solver import Question, Translator
from workbench.analysis.space import Space
from workbench.analysis.task import Task
from workbench.analysis.terms import Term

NOT_REPRODUCED = "a request was found that does not do on the engines what the analysis expects of it"
TIME_LIMIT = "not decided within the time limit"
MOST_ROUNDS = 200
STATES_PER_MS = 60  # of the search for texts: about what a slow machine looks at

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sought(Generic[T]):
    """``found``: ``value`` is what the confirmation made of the case. ``none``: ``core`` names parts that clash.

    ``undecided``: ``why``, in words.
    """

    verdict: Literal["found", "none", "undecided"]
    value: T | None = None
    core: tuple[str, ...] = ()
    why: str = ""


class Lacking(Exception):  # noqa: N818  # leads the search on
    """Raised by a confirmation: the case does not do, because the question lacked these parts; it goes on with them."""

    def __init__(self, parts: Mapping[str, Term], why: str) -> None:
        super().__init__(why)
        self.parts = parts


class Search:
    """Asks questions about one space; what was translated for one is kept for the next."""

    def __init__(self, space: Space, task: Task, facts: Callable[[], Facts] | None = None) -> None:
        """``facts``: makes what is known of the world, where that is more than the space's own."""
        self.space = space
        self.task = task
        self._facts = facts or (lambda: Facts(space.encoder))
        self._translator = Translator()

    def find(
        self,
        wanted: Term | Mapping[str, Term],
        confirm: Callable[[Case], T],
        *,
        also: Iterable[Term] = (),
        hints: Iterable[str] = (),
        spare: int = 0,
    ) -> Sought[T]:
        """Look for a case in which every term of ``wanted`` is true. Named ones may be blamed where there is none.

        ``confirm`` replays a case, and raises :class:`~workbench.analysis.replay.NotReproduced` where it does not show
        what was wanted, or :class:`Lacking`. ``also``: must hold, and is not blamed. ``spare``: a core
        of no more parts than that is rid of those that can be spared. Raises ``Stopped`` and ``SolverMissing``.
        """
        self.task.stop.check()
        terms = self.space.terms
        parts = dict(wanted) if isinstance(wanted, Mapping) else {}
        fixed = [*also, *([wanted] if isinstance(wanted, Term) else [])]
        for name, part in parts.items():
            if part is terms.false:
                return Sought("none", core=(name,))
        if any(term is terms.false for term in fixed):
            return Sought("none")
        with watched(self.task.stop.check, STATES_PER_MS * self.task.limit_ms):
            return self._sought(fixed, parts, confirm, hints, spare)

    def _sought(
        self,
        fixed: list[Term],
        parts: dict[str, Term],
        confirm: Callable[[Case], T],
        hints: Iterable[str],
        spare: int,
    ) -> Sought[T]:
        """With unbounded integers; where products take too long, with as many bits as they need."""
        sought = self._asked(self._translator, fixed, parts, confirm, hints, spare)
        known = -1
        while sought.why == TIME_LIMIT and known < len(parts) and multiplies([*fixed, *parts.values()]):
            known = len(parts)  # numbers are as wide as these parts need; for further ones it begins anew
            facts = self._facts()
            width = width_for([*fixed, *parts.values(), *facts.of([*fixed, *parts.values()])])
            if width is not None:
                sought = self._asked(BitTranslator(width), fixed, parts, confirm, hints, spare)
        return sought

    def _asked(
        self,
        translator: Translator,
        fixed: list[Term],
        parts: dict[str, Term],
        confirm: Callable[[Case], T],
        hints: Iterable[str],
        spare: int,
    ) -> Sought[T]:
        """``parts`` grow by what is lacking."""
        question = Question(translator, self.task.limit_ms, self.task.stop, self.task.effort)
        facts = self._facts()
        question.add(fixed)
        for name, part in parts.items():
            question.suppose(name, part)
        question.add(facts.of([*fixed, *parts.values(), self.space.principal.term, self.space.resource.term]))
        rounds = 0
        while rounds < MOST_ROUNDS:
            status = question.check()
            if status == "unsat":
                return Sought("none", core=_needed(question, spare))
            if status == "unknown":
                return Sought("undecided", why=TIME_LIMIT)
            reading = Reading(question.model(), facts.known)
            try:
                missing = [term for term in repairs(self.space, reading) if term is not self.space.terms.true]
                if not missing:
                    return Sought("found", confirm(World(self.space, reading, hints).case()))
            except TooManyStates as error:
                return Sought("undecided", why=str(error))
            except NotReproduced as error:
                return Sought("undecided", why=f"{NOT_REPRODUCED}: {error}")
            except Lacking as lacking:
                fresh = {name: part for name, part in lacking.parts.items() if name not in parts}
                if not fresh:  # it was told so before
                    return Sought("undecided", why=f"{NOT_REPRODUCED}: {lacking}")
                parts.update(fresh)
                if isinstance(translator, BitTranslator):
                    return Sought("undecided", why=TIME_LIMIT)
                for name, part in fresh.items():
                    question.suppose(name, part)
                question.add(facts.of(fresh.values()))
                continue
            rounds += 1
            question.add([*missing, *facts.of(missing)])
        return Sought("undecided", why="the question takes too many rounds")


def _needed(question: Question, most: int) -> tuple[str, ...]:
    """A core of a question that cannot be: of up to ``most`` parts, each is left out that the others do without."""
    core = needed = question.core()
    for name in core if len(core) <= most else ():
        rest = [other for other in needed if other != name]
        if name in needed and question.check(rest) == "unsat":
            needed = question.core()
    return needed
