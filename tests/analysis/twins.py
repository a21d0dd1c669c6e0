"""The questions of soundness, put to equivalence: does what is proved to decide alike do so, and the rest not?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from random import Random

from tests.analysis.checks import LIMIT_MS, Contradiction, left_open
from tests.analysis.pairs import Pair
from tests.analysis.truth import Row, Truth
from tests.analysis.worlds import environments, worlds
from workbench.analysis.assumptions import OURS
from workbench.analysis.equivalence import Apart, Judge, equivalent
from workbench.analysis.mutants import mutants
from workbench.analysis.results import Witness
from workbench.analysis.task import Task
from workbench.language.ast import Procedure

Told = tuple[object, ...]
Telling = Callable[[Truth, Row, list[Row]], Told]


class TwinCheck:
    """A program beside small mistakes made in it, and beside the changed program of its pair."""

    def __init__(self, pair: Pair, rng: Random) -> None:
        self.pair, self.rng = pair, rng
        self.before = Truth(pair.before, pair.schema_text)
        self.tally: Counter[str] = Counter()

    def check(self, count: int, each: int) -> None:
        """``count`` mistakes, ``each`` worlds of every environment for what is proved."""
        task = Task(OURS, limit_ms=LIMIT_MS)
        judge = Judge(self.pair.before, task)
        made = mutants(self.pair.before)
        for mutant in self.rng.sample(made, min(len(made), count)):
            apart = judge.changed(self.pair.before.by_id[mutant.rule], mutant.changed)
            changed = replace(self.pair.before, rules=mutant.applied(self.pair.before.rules))
            self._judged(apart, Truth(changed, self.pair.schema_text), mutant.sentence, each, told)
        apart = equivalent(self.pair.before, self.pair.after, task)
        self._judged(apart, Truth(self.pair.after, self.pair.schema_text), "the whole change", each, decided)

    def _judged(self, apart: Apart, other: Truth, what: str, each: int, telling: Telling) -> None:
        self.tally[apart.verdict] += 1
        if apart.verdict in ("differs", "more"):
            assert apart.witness is not None
            self._confirm(apart.witness, other, what, telling)
        elif apart.verdict == "same":
            self._bombard(other, what, each, telling)
        else:
            self.tally[left_open(apart.verdict, apart.why)] += 1

    def _confirm(self, witness: Witness, other: Truth, what: str, telling: Telling) -> None:
        request, rows = dict(witness.request), [dict(row) for row in witness.entities]
        for truth in (self.before, other):
            if truth.said(request, truth.entities(rows)) != truth.said_by_cedar(request, rows):
                raise Contradiction(f"the engines differ on {witness}")
        if telling(self.before, request, rows) == telling(other, request, rows):
            raise Contradiction(f"spurious: {what}: {witness}")
        self.tally["confirmed"] += 1

    def _bombard(self, other: Truth, what: str, each: int, telling: Telling) -> None:
        schema = self.pair.before.schema
        assert schema is not None
        for environment in environments(schema):
            guide = self.rng.choice([self.pair.before, other.program])
            for request, rows in islice(worlds(schema, environment, self.rng, guide), each):
                self.tally["bombs"] += 1
                if telling(self.before, request, rows) != telling(other, request, rows):
                    raise Contradiction(f"proved the same: {what}: {request}, {rows}")


def decided(truth: Truth, request: Row, rows: list[Row]) -> Told:
    """The outcome, and who holds it."""
    said = truth.said(request, truth.entities(rows))
    outcome = truth.outcome(said, "cedar+")
    return outcome, frozenset(truth.enforced("procedure", said) if outcome == "hold" else ())


def told(truth: Truth, request: Row, rows: list[Row]) -> Told:
    """All that a test case can tell of: also what is asked of people, the score, and which rules on trial spoke."""
    said = truth.said(request, truth.entities(rows))
    rules = truth.program.by_id
    outcome, holders = decided(truth, request, rows)
    assert isinstance(holders, frozenset)
    asked = {(each, _asks(rules[each].statement)) for each in holders}
    scores = [rules[each].statement.score for each in truth.enforced("prefer", said)]  # type: ignore[union-attr]
    trial = {each for each in said.satisfied | said.erring if rules[each].stage == "observe"}
    return outcome, holders, frozenset(asked), sum(scores, Decimal(0)), frozenset(trial)


def _asks(statement: object) -> str:
    assert isinstance(statement, Procedure)
    parts = (statement.requires, statement.timelock, statement.timeout, statement.on_timeout, statement.on_rejection)
    return repr(parts)
