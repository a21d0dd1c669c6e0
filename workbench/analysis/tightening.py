"""Whether a change only ever tightens: nothing is allowed, and nothing held, that was denied; held stays held. Pure.

What the proved brake rests on, so it is strict: under our own semantics with anything missing, for every environment,
and whatever is not decided is not proved. A held request must also go on waiting for everything that it waited for.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.analysis.assumptions import OURS
from workbench.analysis.difference import Comparison
from workbench.analysis.results import Answer, Outcome, RequestEnvironment
from workbench.analysis.task import Task
from workbench.analysis.values import Unsupported
from workbench.language.program import Program
from workbench.language.quotation import quoted

_RANK = {"deny": 0, "hold": 1, "allow": 2}


def loosened(was: Outcome, becomes: Outcome) -> bool:
    """Whether a decision moved towards allowing."""
    return _RANK[becomes] > _RANK[was]


def tightens(before: Program, after: Program, task: Task) -> Answer:
    """Whether ``after`` only tightens ``before``; where it does not, a witness. Both have the same schema.

    ``task.assumption`` must be :data:`~workbench.analysis.assumptions.OURS` (``ValueError``). Raises ``Stopped`` and
    ``SolverMissing``.
    """
    if task.assumption != OURS:
        raise ValueError("tightening is only ever proved under our own semantics, with anything missing")
    comparison = Comparison(before, after, task)
    total = len(comparison.environments)
    if not comparison.same_schema:
        return Answer("tightens", "", "unsupported", OURS, why="the schema changes too", environments=total)
    if lost := _lost_procedures(before, after):
        why = f"the procedure {quoted(lost[0])} is changed or removed"
        return Answer("tightens", "", "unsupported", OURS, by=lost, why=why, environments=total)
    proved = 0
    left_open: Answer | None = None
    for done, environment in enumerate(comparison.environments):
        task.step(done, total, str(environment))
        answer = _here(comparison, environment)
        if answer.verdict == "fails":
            return replace(answer, environments=total)
        if answer.verdict == "holds":
            proved += 1
        else:
            left_open = left_open or answer
    task.step(total, total, "")
    if left_open is not None:
        return replace(left_open, proved=proved, environments=total)
    return Answer("tightens", "", "holds", OURS, proved=proved, environments=total)


def _lost_procedures(before: Program, after: Program) -> tuple[str, ...]:
    """The ids of procedures for requests that are not, word for word, in the newer program: it may ask for less."""
    kept = {rule.digest for rule in after.rules if rule.stage == "enforce"}
    return tuple(rule.id for rule, _ in before.procedures if rule.stage == "enforce" and rule.digest not in kept)


def _here(comparison: Comparison, environment: RequestEnvironment) -> Answer:
    old, new = comparison.rules(environment)
    if {rule.digest for rule in old} == {rule.digest for rule in new}:
        return Answer("tightens", "", "holds", OURS, environment)
    try:
        sides = comparison.sides(environment)
        terms, was, becomes = sides.search.space.terms, sides.before, sides.after
        looser = terms.or_(
            terms.and_(was.deny, terms.not_(becomes.deny)),
            terms.and_(was.hold, becomes.allow),
        )
        sought = sides.search.find(looser, comparison.confirming(sides.search.space, loosened))
    except Unsupported as error:
        return Answer("tightens", "", "unsupported", OURS, environment, why=str(error))
    if sought.value is not None:
        after = sought.value.after
        return Answer("tightens", "", "fails", OURS, environment, sought.value, after.reasons or after.errors)
    if sought.verdict == "none":
        return Answer("tightens", "", "holds", OURS, environment)
    return Answer("tightens", "", "undecided", OURS, environment, why=sought.why)
