"""MC/DC: for each condition of a rule two requests that differ in it, and in what the rule says. Pure.

*Unique cause*: every other condition keeps its value (one that is not evaluated has none). Where other conditions are
coupled to this one so that there is no such pair, *masking*: they may change, but on both sides the rule hangs on this
condition alone. Where not even that exists, it is proved: the condition never makes the difference.
(NASA/TM-2001-210876, Hayhurst et al., A Practical Tutorial on Modified Condition/Decision Coverage.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, TypeAlias

from workbench.analysis.conditions import action_scope, atoms_of, condition_of
from workbench.analysis.environments import bearing
from workbench.analysis.examined import Alone, examine
from workbench.analysis.model import Case
from workbench.analysis.prover import Prover
from workbench.analysis.results import RequestEnvironment, Witness
from workbench.analysis.search import Sought
from workbench.analysis.staging import Seen, Stage, Truth, only
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.language.ast import Expr
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted
from workbench.language.render import render_expr

Cause: TypeAlias = Literal["unique-cause", "masking"]
MOST_VECTORS = 8
MOST_ENVIRONMENTS = 4
COUPLED = "it never makes the difference: the other conditions have settled it"
KIND_ALONE = "the kind of request alone decides it"


@dataclass(frozen=True, slots=True)
class Pair:
    """``condition`` is true in the one case and false in the other, and the rule is satisfied in one of them only.

    ``decides``: whether what the whole program decides differs too.
    """

    rule: str
    condition: str
    true_case: Witness
    false_case: Witness
    kind: Cause

    @property
    def decides(self) -> bool:
        return self.true_case.after.outcome != self.false_case.after.outcome


@dataclass(frozen=True, slots=True)
class Unpaired:
    """There is no pair. ``proved``: it is so for every request; else ``why`` it was not found."""

    rule: str
    condition: str
    proved: bool
    why: str


def pairs(
    program: Program,
    task: Task,
    rules: Collection[str] | None = None,
    conditions: Mapping[str, Collection[Expr]] | None = None,
) -> Iterator[Pair | Unpaired]:
    """For each condition of each rule that decides (``rules``: ids), in their order.

    ``conditions``: those of each rule that are looked at, by its id; of other rules none. Raises ``SolverMissing``,
    ``Stopped``, and ``ValueError`` for a program without a schema.
    """
    prover = Prover(program, task)
    alone = Alone(prover.schema)
    deciding = (rule for rule in program.rules if rule.stage == "enforce" and rule.kind != "prefer")
    chosen = [rule for rule in deciding if action_scope(rule) is not None and (rules is None or rule.id in rules)]
    for place, rule in enumerate(chosen):
        task.step(place, len(chosen), quoted(rule.id))
        yield from _of_rule(prover, rule, alone, None if conditions is None else conditions.get(rule.id, ()))


def unpaired(program: Program, rule: Rule, cases: Iterable[Mapping[str, Any]], alone: Alone) -> tuple[Expr, ...]:
    """The conditions of which ``cases`` (the artifact's form) hold no pair with unique cause that are decided
    otherwise. No solver is asked.
    """
    atoms = atoms_of(condition_of(rule))
    rows = []
    for case in examine(program, cases, alone):
        if rule.id in case.said:
            said = tuple(alone.said(only(rule, atom), case.request, case.entities) for atom in atoms)
            rows.append((case, case.said[rule.id], said))
    settled: set[int] = set()
    for one, other in combinations(rows, 2):
        if {one[1], other[1]} == {"satisfied", "nothing"} and one[0].expect != other[0].expect:
            apart = [
                place
                for place, (a, b) in enumerate(zip(one[2], other[2], strict=True))
                if a != b and "erring" not in (a, b)
            ]
            if len(apart) == 1:
                settled.add(apart[0])
    return tuple(atom for place, atom in enumerate(atoms) if place not in settled)


class _Stages:
    """One rule in each environment that it can bear on, made when first asked for."""

    def __init__(self, prover: Prover, rule: Rule, alone: Alone) -> None:
        self._prover = prover
        self.rule = rule
        self._alone = alone
        self.environments = [e for e in prover.environments if bearing((rule,), e, prover.schema)]
        self._made: dict[RequestEnvironment, Stage | str] = {}

    def of(self, environment: RequestEnvironment) -> Stage | str:
        """The stage, or why there is none."""
        if environment not in self._made:
            try:
                self._made[environment] = Stage(self._prover, environment, self.rule, self._alone)
            except Unsupported as error:
                self._made[environment] = str(error)
        return self._made[environment]


def _of_rule(
    prover: Prover, rule: Rule, alone: Alone, conditions: Collection[Expr] | None
) -> Iterator[Pair | Unpaired]:
    stages = _Stages(prover, rule, alone)
    for place, atom in enumerate(atoms_of(condition_of(rule))):
        if conditions is None or atom in conditions:
            yield _paired(stages, place, render_expr(atom))


def _paired(stages: _Stages, place: int, text: str) -> Pair | Unpaired:
    why, looked = "", 0
    for environment in stages.environments:
        stage = stages.of(environment)
        if isinstance(stage, str):
            why = why or stage
            continue
        if stage.is_fixed(place):
            continue
        looked += 1
        if looked > MOST_ENVIRONMENTS:
            why = why or "looked for in some kinds of request only"
            break
        pairing = _Pairing(stage, place, text)
        found = pairing.run()
        if found is not None:
            return found
        why = why or pairing.why
    if why:
        return Unpaired(stages.rule.id, text, False, why)
    return Unpaired(stages.rule.id, text, True, COUPLED if looked else KIND_ALONE)


class _Pairing:
    """A pair for one atom in one environment. ``why``: what stood in the way of knowing that there is none."""

    def __init__(self, stage: Stage, place: int, text: str) -> None:
        self._stage = stage
        self._place = place
        self._text = text
        self._hangs = stage.hangs_on(place)
        self.why = ""

    def run(self) -> Pair | None:
        return self._best(self._unique) or self._best(self._masking)

    def _best(self, way: Callable[[bool, tuple[Term, ...]], Pair | None]) -> Pair | None:
        """A pair that shows in the decision, if there is one: first any, then one where the rule alone decides."""
        found: Pair | None = None
        for also in ((), self._stage.decisive):
            for satisfied in (True, False):
                pair = way(satisfied, also)
                if pair is not None and pair.decides:
                    return pair
                found = found or pair
            if found is None:
                return None
        return found

    def _side(self, truth: Literal["true", "false"], satisfied: bool) -> tuple[Term, ...]:
        stage = self._stage
        return stage.state(self._place, truth), stage.fine, stage.rule_says(satisfied)

    def _pair(self, true_case: Witness, false_case: Witness, kind: Cause) -> Pair:
        return Pair(self._stage.rule.id, self._text, true_case, false_case, kind)

    def _known(self, found: Sought[Witness]) -> Witness | None:
        if found.verdict == "undecided":
            self.why = self.why or found.why
        return found.value

    def _unique(self, satisfied: bool, also: tuple[Term, ...]) -> Pair | None:
        """``satisfied``: whether the rule is where the condition is true."""
        stage, terms = self._stage, self._stage.space.terms
        barred: list[dict[int, Truth]] = []  # values of other atoms with which there is no false side

        def hanging(seen: Seen) -> bool:
            free = not any(all(seen.atoms[j] == value for j, value in clash.items()) for clash in barred)
            return free and self._is(seen, "true", satisfied) and stage.depends(seen, self._place)

        for _ in range(MOST_VECTORS):
            clashes = (terms.and_(*(stage.state(j, v) for j, v in clash.items())) for clash in barred)
            true_side = terms.and_(self._hangs, *self._side("true", satisfied), *map(terms.not_, clashes))
            first = self._known(stage.find(true_side, hanging, also))
            if first is None:
                return None
            values = stage.seen(Case(first.request, first.entities)).atoms
            kept = {
                str(j): terms.or_(stage.state(j, value), stage.state(j, "undefined"))
                for j, value in enumerate(values)
                if j != self._place and value != "undefined"
            }

            def alike(seen: Seen, values: tuple[Truth, ...] = values) -> bool:
                same = (
                    "undefined" in (one, other) or one == other
                    for j, (one, other) in enumerate(zip(values, seen.atoms, strict=True))
                    if j != self._place
                )
                return self._is(seen, "false", not satisfied) and all(same)

            found = stage.find(kept, alike, (*also, *self._side("false", not satisfied)))
            second = self._known(found)
            if second is not None:
                return self._pair(first, second, "unique-cause")
            if found.verdict == "undecided" or not found.core:
                return None
            barred.append({int(name): values[int(name)] for name in found.core})
        return None

    def _masking(self, satisfied: bool, also: tuple[Term, ...]) -> Pair | None:
        cases: list[Witness] = []
        for truth, says in (("true", satisfied), ("false", not satisfied)):
            side = self._side(truth, says)  # type: ignore[arg-type]
            wanted = self._stage.space.terms.and_(self._hangs, *side)

            def shows(seen: Seen, truth: str = truth, says: bool = says) -> bool:
                return self._is(seen, truth, says) and self._stage.depends(seen, self._place)

            found = self._known(self._stage.find(wanted, shows, also))
            if found is None:
                return None
            cases.append(found)
        return self._pair(cases[0], cases[1], "masking")

    def _is(self, seen: Seen, truth: str, satisfied: bool) -> bool:
        return seen.atoms[self._place] == truth and seen.rule == ("satisfied" if satisfied else "nothing")
