"""The questions of soundness, put to a change: is every difference shown one, is what is unchanged unchanged?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from random import Random

from tests.analysis.checks import LIMIT_MS, Contradiction, left_open
from tests.analysis.pairs import Pair
from tests.analysis.schemas import carried, lacks, seen_from
from tests.analysis.truth import CHANGED, Row, Said, Truth, loosens
from tests.analysis.worlds import completed, drawer, environments, worlds
from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.difference import difference
from workbench.analysis.results import (
    Answer,
    ChangeWitness,
    Difference,
    EnvironmentDifference,
    Judged,
    Outcome,
    RequestEnvironment,
    Witness,
)
from workbench.analysis.task import Memory, Task
from workbench.analysis.tightening import tightens

World = tuple[Row, list[Row]]


class Change:
    """One pair of programs under one assumption."""

    def __init__(self, pair: Pair, assumption: Assumption, rng: Random, memory: Memory | None = None) -> None:
        self.pair = pair
        self.task = Task(assumption, limit_ms=LIMIT_MS, memory=memory)
        self.assumption = assumption
        self.rng = rng
        self.before = Truth(pair.before, pair.schema_text)
        self.after = Truth(pair.after, pair.after_text or pair.schema_text)
        self.tally: Counter[str] = Counter()
        self._kept = {(r.digest, r.stage) for r in pair.before.rules} & {(r.digest, r.stage) for r in pair.after.rules}

    def check(self, each: int) -> None:
        """Compare, replay what is shown, and bombard what is said to be unchanged with ``each`` worlds a piece."""
        found = difference(self.pair.before, self.pair.after, self.task)
        answer = tightens(self.pair.before, self.pair.after, self.task) if self.assumption == OURS else None
        schema = self.pair.before.schema
        assert schema is not None
        if {one.environment for one in found.environments} != set(environments(schema)):  # no change takes one away
            raise Contradiction("an environment is left out")
        for one in found.environments:
            self._note(one)
            for shown in one.witnesses:
                self._confirm(one.environment, shown)
        if answer is not None:
            self._check_tightening(answer, found)
        for one in found.environments:
            complete = self.assumption.data == "complete"
            guide = self.rng.choice([self.pair.before, self.pair.after])
            drawn = worlds(schema, one.environment, self.rng, guide, complete=complete)
            self.bombard(one, answer, islice(drawn, each if one.touched else each // 10))

    def sides(self, environment: RequestEnvironment, request: Row, rows: list[Row]) -> tuple[World, World]:
        """A world as each of the programs is asked about it."""
        return (request, rows), (request, rows)

    def shown_to(self, truth: Truth, witness: Witness, environment: RequestEnvironment) -> World | None:
        """A witness as one of the programs is asked about it; ``None`` where its schema does not take it."""
        return dict(witness.request), [dict(row) for row in witness.entities]

    def _note(self, one: EnvironmentDifference) -> None:
        self.tally["untouched"] += not one.touched
        for change, verdict in one.verdicts.items():
            self.tally[f"{change} {verdict}"] += 1
            shown = [each for each in one.witnesses if each.change == change]
            if (verdict == "fails") != bool(shown):
                raise Contradiction(f"{one.environment}: {change} {verdict}, {len(shown)} witnesses")
            if verdict in ("undecided", "unsupported"):
                self.tally[left_open(verdict, one.why[change])] += 1

    # ---- what is shown

    def _confirm(self, environment: RequestEnvironment, shown: ChangeWitness) -> None:
        was, becomes = self._judge(environment, shown.witness)
        if becomes != CHANGED[shown.change] or was == becomes:
            raise Contradiction(f"spurious: {shown.change}, but {was} before and {becomes} after: {shown.witness}")
        known = {**self.pair.before.by_id, **self.pair.after.by_id}
        if not shown.rules or not set(shown.rules) <= known.keys():
            raise Contradiction(f"blamed are {shown.rules}")
        self.tally["confirmed"] += 1

    def _judge(self, environment: RequestEnvironment, witness: Witness) -> tuple[Outcome, Outcome]:
        """Both outcomes by both engines, which must be as the witness tells of them."""
        found: list[Outcome] = []
        for truth, told in ((self.before, witness.before), (self.after, witness.after)):
            assert told is not None
            world = self.shown_to(truth, witness, environment)
            if world is None:
                if (told.outcome, told.code) != ("deny", "invalid_request"):
                    raise Contradiction(f"told {told} of what is not taken: {witness}")
                found.append("deny")
                continue
            found.append(confirmed(truth, environment, self.assumption, world, told, self.rng))
        return found[0], found[1]

    def _check_tightening(self, answer: Answer, found: Difference) -> None:
        self.tally[f"tightens {answer.verdict}"] += 1
        if answer.verdict == "fails":
            assert answer.witness is not None
            assert answer.environment is not None
            was, becomes = self._judge(answer.environment, answer.witness)
            if not loosens(was, becomes):
                raise Contradiction(f"spurious: {was} before and {becomes} after: {answer.witness}")
        elif answer.verdict == "holds" and "fails" in (found.verdict("permitted"),):
            raise Contradiction("a change that permits something is said to tighten")

    # ---- what is proved

    def bombard(
        self, one: EnvironmentDifference, answer: Answer | None, drawn: Iterable[tuple[Row, list[Row]]]
    ) -> None:
        for request, rows in drawn:
            one_side, other = self.sides(one.environment, request, rows)
            said = _said(self.before, one_side), _said(self.after, other)
            was = self.before.outcome(said[0], self.assumption.semantics)
            becomes = self.after.outcome(said[1], self.assumption.semantics)
            self.tally["bombs"] += 1
            if was == becomes:
                continue
            self.tally["changed"] += 1
            place = f"{one.environment}: {was} before and {becomes} after: {request}, {rows}"
            for change, outcome in CHANGED.items():
                if becomes == outcome and one.verdicts[change] == "holds":  # type: ignore[index]
                    raise Contradiction(f"nothing is newly {change}, it says; {place}")
                shown = [each for each in one.witnesses if each.change == change]
                told = becomes == outcome and one.exhausted.get(change)  # type: ignore[call-overload]
                if told and not any(self._explains(each, said) for each in shown):
                    raise Contradiction(f"not explained by the witnesses; {place}")
            if answer is not None and answer.verdict == "holds" and loosens(was, becomes):
                raise Contradiction(f"only tightens, it says; {place}")

    def _explains(self, shown: ChangeWitness, said: tuple[Said, Said]) -> bool:
        """Whether the changed rules that are blamed for the witness have something to say here too."""
        for truth, one in zip((self.before, self.after), said, strict=True):
            for rule in truth.program.rules:
                changed = rule.id in shown.rules and (rule.digest, rule.stage) not in self._kept
                if changed and rule.id not in one.satisfied | one.erring:
                    return False
        return True


class SchemaChange(Change):
    """A pair whose second program has another schema."""

    def sides(self, environment: RequestEnvironment, request: Row, rows: list[Row]) -> tuple[World, World]:
        old, new = self.pair.before.schema, self.pair.after.schema
        assert old is not None
        assert new is not None
        return carried(old, new, environment, drawer(self.pair.before, environment, self.rng), request, rows)

    def shown_to(self, truth: Truth, witness: Witness, environment: RequestEnvironment) -> World | None:
        schema, other = (each.program.schema for each in (truth, self.after if truth is self.before else self.before))
        assert schema is not None
        assert other is not None
        contexts = [each.actions[environment.action].context.attributes for each in (schema, other)]
        if lacks(dict(witness.request["context"]), *contexts):
            return None
        values = drawer(truth.program, environment, self.rng)
        return seen_from(schema, values, dict(witness.request), map(dict, witness.entities), environment.action)


def _said(truth: Truth, world: World) -> Said:
    request, rows = world
    return truth.said(request, truth.entities(rows))


def confirmed(
    truth: Truth, environment: RequestEnvironment, assumption: Assumption, witness: World, told: Judged, rng: Random
) -> Outcome:
    """What both engines decide of a witness; raises where they differ, or where the witness tells otherwise.

    Where everything that is referred to is to exist, adding what a tidy witness leaves out must not change it.
    """
    request, rows = witness
    said = truth.said(request, truth.entities(rows))
    if said != truth.said_by_cedar(request, rows):
        raise Contradiction(f"the engines differ on {witness}")
    outcome = truth.outcome(said, assumption.semantics)
    if told.outcome != outcome:
        raise Contradiction(f"spurious: told {told.outcome}, but {outcome}: {witness}")
    if assumption.semantics == "cedar+" and truth.decided(request, truth.entities(rows)) != outcome:
        raise Contradiction(f"the engine decides otherwise: {witness}")
    kind = {"allow": "permit", "hold": "procedure", "deny": "forbid"}[outcome]
    if set(told.reasons) != truth.enforced(kind, said):
        raise Contradiction(f"told {told.reasons}, but {truth.enforced(kind, said)}: {witness}")
    if not set(told.errors) <= said.erring:
        raise Contradiction(f"told to err {told.errors}, but {said.erring}: {witness}")
    if assumption.data == "complete":
        whole = completed(truth.program, environment, rng, request, rows)
        if truth.outcome(truth.said(request, truth.entities(whole)), assumption.semantics) != outcome:
            raise Contradiction(f"{outcome} only because something is missing: {witness}")
    return outcome
