"""The questions of soundness, put to statements about one program: what refutes one refutes it, what is proved stands.

Takes any answers of the analyses, by kind; what each statement means is spelled out in ``tests.analysis.truth``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from random import Random

from tests.analysis.changes import confirmed
from tests.analysis.checks import Contradiction, left_open
from tests.analysis.truth import Row, Said, Truth
from tests.analysis.worlds import environments, worlds
from workbench.analysis.assumptions import Assumption
from workbench.analysis.results import Answer, RequestEnvironment
from workbench.language.program import Program


class Statements:
    """The answers about one program under one assumption; ``invariants`` may be demanded of it."""

    def __init__(
        self,
        program: Program,
        schema_text: str,
        assumption: Assumption,
        rng: Random,
        invariants: Program | None = None,
    ) -> None:
        assert program.schema is not None
        self.program = program
        self.schema = program.schema
        self.assumption = assumption
        self.truth = Truth(program, schema_text)
        self.demanded = None if invariants is None else Truth(invariants, schema_text)
        self.rng = rng
        self.tally: Counter[str] = Counter()

    def check(self, answers: Iterable[Answer], each: int) -> None:
        """Replay every witness, and refute no proof with ``each`` worlds of every environment."""
        proved = []
        for answer in answers:
            self.tally[f"{answer.kind} {answer.verdict}"] += 1
            if answer.assumption != self.assumption:
                raise Contradiction(f"asked under {self.assumption}, answered under {answer.assumption}")
            if answer.verdict == "fails":
                self._confirm(answer)
            elif answer.verdict == "holds":
                if answer.proved != answer.environments:
                    raise Contradiction(f"held in {answer.proved} of {answer.environments}: {answer}")
                proved.append(answer)
            else:
                self.tally[left_open(answer.verdict, answer.why)] += 1
        for environment in environments(self.schema):
            complete = self.assumption.data == "complete"
            drawn = worlds(self.schema, environment, self.rng, self.program, complete=complete)
            self._bombard(environment, proved, islice(drawn, each))

    def _confirm(self, answer: Answer) -> None:
        """Both engines say so, in the environment that is named; and of what is tidy, everything that matters."""
        witness, environment = answer.witness, answer.environment
        if witness is None or environment is None:
            raise Contradiction(f"nothing is shown: {answer}")
        request, rows = dict(witness.request), [dict(row) for row in witness.entities]
        confirmed(self.truth, environment, self.assumption, (request, rows), witness.after, self.rng)
        said = self.truth.said(request, self.truth.entities(rows))
        if not self._broken(answer, request, rows, said):
            raise Contradiction(f"spurious: {answer}")
        self.tally["confirmed"] += 1

    def _broken(self, answer: Answer, request: Row, rows: list[Row], said: Said) -> bool:
        if answer.kind != "invariant":
            return self.truth.broken(answer.kind, answer.about, request, said, self.assumption.semantics)
        assert self.demanded is not None
        demand = self.demanded.said(request, self.demanded.entities(rows))
        outcome = self.truth.outcome(said, self.assumption.semantics)
        if self.demanded.kinds[answer.about] == "permit":
            return answer.about in demand.satisfied and outcome != "allow"
        return answer.about in demand.satisfied | demand.erring and outcome != "deny"

    def _bombard(
        self, environment: RequestEnvironment, proved: Sequence[Answer], drawn: Iterable[tuple[Row, list[Row]]]
    ) -> None:
        for request, rows in drawn:
            said = self.truth.said(request, self.truth.entities(rows))
            for answer in proved:
                self.tally["bombs"] += 1
                if self._broken(answer, request, rows, said):
                    raise Contradiction(f"{environment}: {answer} is refuted by {request}, {rows}")
                if answer.by and not self._by(answer, said):
                    raise Contradiction(f"{environment}: {answer} does not name what counts in {request}, {rows}")

    def _by(self, answer: Answer, said: Said) -> bool:
        """Whether, where the rule has something to say, one of those that are named for the proof has, too."""
        speaks = said.satisfied | (said.erring if self.assumption.semantics == "cedar+" else frozenset())
        if answer.kind == "redundant":
            return answer.about not in speaks or not speaks.isdisjoint(answer.by) or not self._lets(answer, said)
        if answer.kind in ("overridden", "idle_preference"):
            counts = answer.about in said.satisfied and self.truth.enforced("permit", said)
            return not counts or not speaks.isdisjoint(answer.by)
        return True

    def _lets(self, answer: Answer, said: Said) -> bool:
        """Whether anything depends on the redundant rule here at all: a forbid where nothing is permitted does not."""
        rest = said.without(answer.about)
        return self.truth.outcome(rest, self.assumption.semantics) != "deny"
