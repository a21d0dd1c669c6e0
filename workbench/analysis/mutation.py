"""How much of a constitution its test cases hold fast: what mutants none of them notices, and which request would.

A mutant that is proved to decide nothing otherwise is no mistake, and is removed. What is not decided is counted as not
noticed, never as proved. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.analysis.environments import bearing
from workbench.analysis.equivalence import Judge
from workbench.analysis.examined import Alone, Examined, concluded, examine
from workbench.analysis.mutants import Mutant, mutants
from workbench.analysis.results import Witness
from workbench.analysis.solver import afresh
from workbench.analysis.task import SolverMissing, Task
from workbench.engine.conversion import parse_uid
from workbench.language.ast import Procedure
from workbench.language.program import Program
from workbench.language.schema import Schema

NO_TIME = "not looked into within the limit"
_SAID = {"allow": "allowed", "deny": "denied", "hold": "held"}


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test case notices; ``case``: the test case that would, in the artifact's form.

    Its expectation is what the constitution decides now: a proposal, until a person confirms it.
    """

    mutant: Mutant
    witness: Witness
    case: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Open:
    """A mutant that no test case notices, and of which it is not known whether any could; ``why``."""

    mutant: Mutant
    why: str


@dataclass(frozen=True, slots=True)
class MutationScore:
    """``equivalent``: proved to decide the same; ``beyond``: these only ask for one more approval at times, which no
    test case can tell of. ``failing``: names of cases that fail as it is, and so hold nothing fast; ``cases``: how many
    were used.
    """

    killed: tuple[Mutant, ...]
    survived: tuple[Survivor, ...]
    equivalent: tuple[Mutant, ...]
    undecided: tuple[Open, ...]
    beyond: tuple[Mutant, ...] = ()
    cases: int = 0
    failing: tuple[str, ...] = ()

    @property
    def counted(self) -> int:
        """Mutants that a test case could notice, as far as is known."""
        return len(self.killed) + len(self.survived) + len(self.undecided)

    @property
    def ratio(self) -> float:
        """The part of them that a test case notices, 0 to 1; 1 where there are none."""
        return len(self.killed) / self.counted if self.counted else 1.0


def score(
    program: Program,
    cases: Iterable[Mapping[str, Any]],
    task: Task,
    *,
    enough: Callable[[], bool] | None = None,
) -> MutationScore:
    """Every mutant of ``program`` put before its test ``cases``; those that survive, before the solver.

    ``enough`` is asked between mutants: once it says so, what is left is told as not decided. Without the solver every
    survivor is. Raises ``Stopped``.
    """
    if program.schema is None:
        return MutationScore((), (), (), ())
    alone = Alone(program.schema)
    examined = examine(program, cases, alone)
    passing = [case for case in examined if case.passes(concluded(case.rules, case.said))]
    failing = tuple(case.name for case in examined if case not in passing)
    made = mutants(program)
    killed: list[Mutant] = []
    alive: list[Mutant] = []
    for place, mutant in enumerate(made):
        task.step(place, 2 * len(made), "putting mutants before the test cases")
        noticed = any(_notices(case, mutant, alone, program.schema) for case in passing)
        (killed if noticed else alive).append(mutant)
    with afresh():  # the same cases have the same score, and the same witnesses
        found = _of_survivors(program, alive, task, enough or (lambda: False), len(made))
    return replace(found, killed=tuple(killed), cases=len(passing), failing=failing)


def _notices(case: Examined, mutant: Mutant, alone: Alone, schema: Schema) -> bool:
    changed = mutant.changed
    said = {name: each for name, each in case.said.items() if name != mutant.rule}
    rules = [rule for rule in case.rules if rule.id != mutant.rule]
    if changed is not None and bearing((changed,), case.environment, schema):
        said[changed.id] = alone.said(changed, case.request, case.entities)
        rules.append(changed)
    return not case.passes(concluded(rules, said))


def _of_survivors(
    program: Program, alive: Sequence[Mutant], task: Task, enough: Callable[[], bool], total: int
) -> MutationScore:
    survived: list[Survivor] = []
    same: list[Mutant] = []
    beyond: list[Mutant] = []
    undecided: list[Open] = []
    judge, why = Judge(program, task), ""
    for place, mutant in enumerate(alive):
        task.step(2 * total - len(alive) + place, 2 * total, "looking for what survivors decide otherwise")
        if not why and enough():
            why = NO_TIME
        if not why:
            try:
                apart = judge.changed(program.by_id[mutant.rule], mutant.changed)
            except SolverMissing as error:
                why = str(error)
        if why:
            undecided.append(Open(mutant, why))
        elif apart.verdict == "same":
            same.append(mutant)
        elif apart.verdict == "more":
            beyond.append(mutant)
        elif apart.witness is not None:
            survived.append(Survivor(mutant, apart.witness, _case(program, mutant, apart.witness)))
        else:
            undecided.append(Open(mutant, apart.why))
    return MutationScore((), tuple(survived), tuple(same), tuple(undecided), tuple(beyond))


def _case(program: Program, mutant: Mutant, witness: Witness) -> Mapping[str, Any]:
    """The test case that notices the mutant."""
    before = witness.before
    assert before is not None
    action = parse_uid(witness.request["action"]).id
    case: dict[str, Any] = {
        "name": f"{action}: {mutant.sentence} would show → {_SAID[before.outcome]}",
        "request": dict(witness.request),
        "entities": [dict(row) for row in witness.entities],
        "expect": before.outcome,
    }
    if before.outcome == "hold":
        lost = [rule for rule in before.reasons if rule not in witness.after.reasons] or list(before.reasons)
        statement = program.by_id[lost[0]].statement
        assert isinstance(statement, Procedure)
        case["procedure"] = statement.name
    return case
