"""How much of a constitution its test cases hold fast: what mutants none of them notices, and which request would.

A mutant that is proved to decide nothing otherwise is no mistake, and is removed. What is not decided is counted as not
noticed, never as proved. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from workbench.analysis.environments import bearing
from workbench.analysis.examined import Alone, Decided, Examined, concluded, examine
from workbench.analysis.model import Case
from workbench.analysis.mutants import Mutant, mutants
from workbench.analysis.prover import Prover
from workbench.analysis.replay import NotReproduced, Replay
from workbench.analysis.results import RequestEnvironment, Witness
from workbench.analysis.solver import afresh
from workbench.analysis.space import Ruling, Space
from workbench.analysis.task import NO_SOLVER, SolverMissing, Task
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.engine.conversion import parse_uid
from workbench.language.ast import Procedure
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema

NO_TIME = "not looked into within the time given"
_SAID = {"allow": "allowed", "deny": "denied", "hold": "held"}


@dataclass(frozen=True, slots=True)
class Apart:
    """Whether two programs over one schema ever decide otherwise (outcome, or who must approve).

    ``same`` is proved; ``differs`` has a witness (``before`` and ``after`` on both engines); ``more`` too, where a test
    case was looked for and all that changes is that somebody else must approve as well. ``why`` for the others.
    """

    verdict: Literal["same", "differs", "more", "undecided", "unsupported"]
    witness: Witness | None = None
    why: str = ""


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


def equivalent(before: Program, after: Program, task: Task) -> Apart:
    """Whether both decide everything alike.

    Raises ``SolverMissing``, ``Stopped``, and ``ValueError`` where ``before`` has no schema.
    """
    judge = _Judge(before, task)
    return judge.apart(after.rules)


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
    judge, why = _Judge(program, task), ""
    for place, mutant in enumerate(alive):
        task.step(2 * total - len(alive) + place, 2 * total, "looking for what survivors decide otherwise")
        if not why and enough():
            why = NO_TIME
        if not why:
            try:
                apart = judge.apart(mutant.applied(program.rules), judge.environments(mutant), noticed=True)
            except SolverMissing:
                why = NO_SOLVER
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


class _Judge:
    """Programs compared with one that stays, whose worlds are kept between questions."""

    def __init__(self, program: Program, task: Task) -> None:
        self._prover = Prover(program, task)
        self._program = program
        self._task = task

    def environments(self, mutant: Mutant) -> tuple[RequestEnvironment, ...]:
        """Those that the rule, or what stands in its place, can bear on."""
        rules = [rule for rule in (self._program.by_id[mutant.rule], mutant.changed) if rule is not None]
        return tuple(e for e in self._prover.environments if bearing(rules, e, self._prover.schema))

    def apart(
        self, rules: Sequence[Rule], among: Sequence[RequestEnvironment] | None = None, *, noticed: bool = False
    ) -> Apart:
        """Whether a program of ``rules`` differs; the first witness there is, else what stands in the way of a proof.

        ``noticed``: the witness must be one that a test case can tell of.
        """
        after = Program(tuple(rules), self._prover.schema)
        open_: Apart | None = None
        for environment in self._prover.environments if among is None else among:
            found = self._in(environment, after, noticed)
            if found.verdict == "differs":
                return found
            if found.verdict != "same" and (open_ is None or open_.verdict == "more"):
                open_ = found
        return open_ or Apart("same")

    def _in(self, environment: RequestEnvironment, after: Program, noticed: bool) -> Apart:
        prover = self._prover
        rules, others = prover.rules(environment), bearing(after.rules, environment, prover.schema)
        if _identity(rules) == _identity(others):
            return Apart("same")
        found = self._asked(environment, rules, others, noticed)
        if found.verdict == "same" and noticed and any(rule.kind == "procedure" for rule in others):
            whole = self._asked(environment, rules, others, False)
            return Apart("more", whole.witness) if whole.verdict == "differs" else whole
        return found

    def _asked(
        self, environment: RequestEnvironment, rules: Sequence[Rule], others: Sequence[Rule], noticed: bool
    ) -> Apart:
        prover, semantics = self._prover, self._task.assumption.semantics
        replay = Replay(Program(tuple(others), prover.schema))
        try:
            wanted = _differing(prover.space(environment), rules, others, noticed)
        except Unsupported as error:
            return Apart("unsupported", why=str(error))

        def shows(case: Case) -> bool:
            before, now = self._decided(prover.replay, case), self._decided(replay, case)
            more = before.outcome == now.outcome and set(before.procedures) <= set(now.procedures)
            return before != now and not (noticed and more)

        def confirm(case: Case) -> Witness:
            if not shows(case):
                raise NotReproduced("both decide it alike")
            plain = prover.tidy(case, shows)
            witness = prover.witness(plain)
            return replace(witness, before=witness.after, after=replay.judged(plain, semantics))

        found = prover.search(environment).find(wanted, confirm)
        if found.verdict == "none":
            return Apart("same")
        return Apart("differs", found.value) if found.value is not None else Apart("undecided", why=found.why)

    def _decided(self, replay: Replay, case: Case) -> Decided:
        if self._task.assumption.semantics == "cedar":
            return Decided(replay.outcome(case, "cedar"))
        decision = replay.decide(case)
        return Decided(decision.outcome, tuple(sorted(decision.procedures)))


def _identity(rules: Sequence[Rule]) -> list[tuple[str, str, str, str]]:
    return [(rule.id, rule.digest, rule.kind, rule.stage) for rule in rules]


def _differing(space: Space, before: Sequence[Rule], after: Sequence[Rule], noticed: bool) -> Term:
    """The outcomes differ, or both hold and the procedures do; ``noticed``: one that held does not any more."""
    terms = space.terms
    one, two = space.ruling(before), space.ruling(after)
    apart = [terms.not_(terms.eq(a, b)) for a, b in zip(_outcomes(one), _outcomes(two), strict=True)]
    first, second = _triggers(space, before), _triggers(space, after)
    for name in dict.fromkeys((*first, *second)):
        a, b = first.get(name, terms.false), second.get(name, terms.false)
        changed = terms.and_(a, terms.not_(b)) if noticed else terms.not_(terms.eq(a, b))
        apart.append(terms.and_(one.hold, two.hold, changed))
    return terms.or_(*apart)


def _outcomes(ruling: Ruling) -> tuple[Term, Term]:
    return ruling.allow, ruling.hold


def _triggers(space: Space, rules: Sequence[Rule]) -> dict[str, Term]:
    """Under Cedar's semantics nothing is ever held, so these do not matter there."""
    return {
        rule.statement.name: space.rule(rule).satisfied
        for rule in rules
        if isinstance(rule.statement, Procedure) and rule.stage == "enforce"
    }
