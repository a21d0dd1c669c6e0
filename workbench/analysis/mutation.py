"""How much of a constitution its test cases hold fast: what mutants none of them notices, and which request would.

A mutant that is proved to decide nothing otherwise is no mistake, and is removed: by the solver, and where it is not
installed by trying all that the rule can tell apart (``analysis.enumeration``). What is not decided is counted as not
noticed, never as proved. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.analysis.assumptions import Data
from workbench.analysis.case_words import told_case
from workbench.analysis.enumeration import Enumeration
from workbench.analysis.environments import bearing
from workbench.analysis.equivalence import Apart, Judge
from workbench.analysis.examined import Alone, Examined, concluded, examine, with_change
from workbench.analysis.expecting import Decided, asks, requires_of
from workbench.analysis.model import Case
from workbench.analysis.mutants import Mutant, mutants
from workbench.analysis.replay import Replay
from workbench.analysis.results import RequestEnvironment, Witness
from workbench.analysis.solver import afresh
from workbench.analysis.task import SolverMissing, Task
from workbench.language.ast import Prefer, Procedure
from workbench.language.program import Program, Rule

NO_TIME = "not looked into within the limit"
_TRIES, _TRIES_EACH = 10_000, 500  # requests that are tried where there is no solver; ten thousand take about a second


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
    """``equivalent``: proved to decide the same. ``failing``: names of cases that fail as it is, and so hold nothing
    fast; ``cases``: how many were used.
    """

    killed: tuple[Mutant, ...]
    survived: tuple[Survivor, ...]
    equivalent: tuple[Mutant, ...]
    undecided: tuple[Open, ...]
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

    ``enough`` is asked between mutants: once it says so, what is left is told as not decided. Without the solver they
    are decided by trying requests, as far as so many tell. Raises ``Stopped``.
    """
    if program.schema is None:
        return MutationScore((), (), (), ())
    bench = Bench(program)
    failing = bench.add(cases)
    made = mutants(program)
    killed: list[Mutant] = []
    alive: list[Mutant] = []
    for place, mutant in enumerate(made):
        task.step(place, 2 * len(made), "putting mutants before the test cases")
        (killed if bench.notices(mutant) else alive).append(mutant)
    with afresh():  # the same cases have the same score, and the same witnesses
        found = _of_survivors(program, alive, task, enough or (lambda: False), bench, len(made))
    return replace(found, killed=tuple(killed), cases=len(bench), failing=failing)


def directed(
    program: Program,
    cases: Iterable[Mapping[str, Any]],
    task: Task,
    *,
    rules: Collection[str] | None = None,
    enough: Callable[[], bool] | None = None,
) -> Iterator[tuple[Mutant, Mapping[str, Any]]]:
    """Test cases that notice what ``cases`` do not, each with the first mutant that it is for; as few as come of taking
    one for each mutant (of ``rules``: ids) that none before notices, until there are ``enough``.

    Kill constraints: the request reaches the rule, the mistake shows in what the rule says, and that shows in what is
    decided. Raises ``Stopped``.
    """
    if program.schema is None:
        return
    bench = Bench(program)
    bench.add(cases)
    made = [mutant for mutant in mutants(program) if rules is None or mutant.rule in rules]
    looking = _Looking(program, task, len(made))
    for place, mutant in enumerate(made):
        task.step(place, len(made), "looking for test cases that notice mistakes")
        if bench.notices(mutant):
            continue
        if enough is not None and enough():
            return
        apart = looking.apart(mutant)
        if apart.witness is not None:
            case = bench.case(mutant, apart.witness)
            bench.add([case])
            yield mutant, case


class _Looking:
    """For requests that mutants decide otherwise: first among those whose data are complete, which are easier to read;
    that there is none is proved for all.
    """

    def __init__(self, program: Program, task: Task, mutants: int) -> None:
        self._program, self._task, self._tries = program, task, _TRIES + _TRIES_EACH * mutants
        self._judges: dict[Data, Judge] = {}
        self._tried: Enumeration | None = None
        self._why = ""

    def apart(self, mutant: Mutant) -> Apart:
        """By the solver; without it, by trying. Raises ``Stopped``."""
        if self._tried is None:
            try:
                return self._solved(mutant)
            except SolverMissing as error:
                self._why = str(error)
                self._tried = Enumeration(self._program, self._tries, self._task.stop.check)
        found = self._tried.changed(self._program.by_id[mutant.rule], mutant.changed)
        if found.same:
            return Apart("same")
        if found.case is None:
            return Apart("undecided", why=f"{self._why}; {found.why}")
        return Apart("differs", self._witness(mutant, found.case))

    def _witness(self, mutant: Mutant, case: Case) -> Witness:
        mistaken = Program(mutant.applied(self._program.rules), self._program.schema)
        before, after = (Replay(each).judged(case, "cedar+") for each in (self._program, mistaken))
        return Witness(case.request, case.entities, after, before)

    def _solved(self, mutant: Mutant) -> Apart:
        rule = self._program.by_id[mutant.rule]
        wanted: Data = self._task.assumption.data
        if wanted == "missing":
            found = self._judge("complete").changed(rule, mutant.changed)
            if found.verdict == "differs":
                return found
        return self._judge(wanted).changed(rule, mutant.changed)

    def _judge(self, data: Data) -> Judge:
        if data not in self._judges:
            assumption = replace(self._task.assumption, data=data)
            self._judges[data] = Judge(self._program, replace(self._task, assumption=assumption))
        return self._judges[data]


class Bench:
    """Test cases that pass, by the kind of request that they make, and the rules that mutants stand in for."""

    def __init__(self, program: Program) -> None:
        assert program.schema is not None
        self._program, self._schema = program, program.schema
        self._alone = Alone(program.schema)
        self._cases: dict[RequestEnvironment, list[Examined]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._cases.values()))

    def add(self, cases: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
        """The names of those that fail, and so are not taken."""
        failing = []
        for case in examine(self._program, cases, self._alone):
            if case.passes(concluded(case.rules, case.said)):
                self._cases.setdefault(case.environment, []).append(case)
            else:
                failing.append(case.name)
        return tuple(failing)

    def notices(self, mutant: Mutant) -> bool:
        """Whether any of them fails with the mistake."""
        rule, changed = self._program.by_id[mutant.rule], mutant.changed
        both = (rule,) if changed is None else (rule, changed)
        met = [env for env in self._cases if bearing(both, env, self._schema)]
        return any(self._tells(case, rule, changed) for environment in met for case in self._cases[environment])

    def _tells(self, case: Examined, rule: Rule, changed: Rule | None) -> bool:
        if changed is not None and _means_alike(rule, changed):  # then all hangs on what it says, which is quick to ask
            said = self._alone.said(changed, case.request, case.entities)
            if said == case.said.get(rule.id, "nothing"):
                return False
        return not case.passes(with_change(case, rule.id, changed, self._alone, self._schema))

    def alone_notices(self, case: Mapping[str, Any], mutant: Mutant) -> bool:
        """Whether this case, which need not be one of them, passes as it is, and fails with the mistake."""
        found = examine(self._program, [case], self._alone)
        return any(
            each.passes(concluded(each.rules, each.said)) and not each.passes(self._changed(each, mutant))
            for each in found
        )

    def _changed(self, case: Examined, mutant: Mutant) -> Decided:
        return with_change(case, mutant.rule, mutant.changed, self._alone, self._schema)

    def case(self, mutant: Mutant, witness: Witness) -> Mapping[str, Any]:
        """The test case that notices the mutant: it expects what is decided now, and of that what is needed."""
        asked = {"request": dict(witness.request), "entities": [dict(row) for row in witness.entities]}
        (examined,) = examine(self._program, [asked], self._alone)
        before, after = concluded(examined.rules, examined.said), self._changed(examined, mutant)
        name = told_case(self._program.by_id[mutant.rule], asked, before.outcome)
        return {"name": name, **asked, "expect": before.outcome, **_needed(mutant.rule, before, after)}


def _means_alike(rule: Rule, changed: Rule) -> bool:
    """Whether both do the same where they say the same."""
    one, two = rule.statement, changed.statement
    if (rule.kind, rule.stage) != (changed.kind, changed.stage) or isinstance(one, Procedure):
        return False
    return not (isinstance(one, Prefer) and isinstance(two, Prefer) and one.score != two.score)


def _needed(rule: str, before: Decided, after: Decided) -> dict[str, Any]:
    """What a case must expect beside the outcome, so that it fails where ``after`` is decided."""
    lost = [name for name in before.procedures if name not in after.procedures]
    needed: dict[str, Any] = {}
    if before.outcome == "hold":
        needed["procedure"] = (lost or list(before.procedures))[0]
        if len(before.procedures) > 1:
            needed["procedures"] = list(before.procedures)
    if before.outcome != after.outcome or lost:
        return needed
    if set(before.procedures) != set(after.procedures):
        return {**needed, "procedures": list(before.procedures)}
    for name, procedure in before.asked.items():
        if asks(procedure) != asks(after.asked[name]):
            return {**needed, "procedure": name, "requires": {name: requires_of(procedure)}}
    if before.score != after.score:
        return {**needed, "score": str(before.score)}
    return {**needed, ("observed" if rule in before.observed else "unobserved"): [rule]}


def _of_survivors(
    program: Program, alive: Sequence[Mutant], task: Task, enough: Callable[[], bool], bench: Bench, total: int
) -> MutationScore:
    survived: list[Survivor] = []
    same: list[Mutant] = []
    undecided: list[Open] = []
    looking, why = _Looking(program, task, len(alive)), ""
    for place, mutant in enumerate(alive):
        task.step(2 * total - len(alive) + place, 2 * total, "looking for what survivors decide otherwise")
        if not why and enough():
            why = NO_TIME
        if why:
            undecided.append(Open(mutant, why))
            continue
        apart = looking.apart(mutant)
        if apart.verdict == "same":
            same.append(mutant)
        elif apart.witness is not None:
            survived.append(Survivor(mutant, apart.witness, bench.case(mutant, apart.witness)))
        else:
            undecided.append(Open(mutant, apart.why))
    return MutationScore((), tuple(survived), tuple(same), tuple(undecided))
