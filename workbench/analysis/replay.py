"""What really happens to a witness: our engine as it decides, and Cedar's own beside it. Pure.

Nothing is shown that did not reproduce here. Cedar knows permits and forbids alone; ours is asked the same way too, and
must say the same, rule by rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from workbench.analysis.assumptions import Semantics
from workbench.analysis.model import Case
from workbench.analysis.results import Judged, Outcome
from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.language.cedar import CedarAnswer, CedarEngine, CedarError, parse_schema
from workbench.language.lower import lower_policy
from workbench.language.program import Program
from workbench.language.schema_json import schema_text

_NOT_JUDGED = frozenset({"invalid_request", "invalid_entity"})


class NotReproduced(Exception):  # noqa: N818  # a bug of the encoding, told as "not decided"
    """The engines did not do with a witness what the encoding says that they do."""


class Replay:
    """Both engines over one program, which has a schema."""

    def __init__(self, program: Program) -> None:
        assert program.schema is not None
        self.program = program
        self._evaluator = Evaluator(program)
        self._bound = tuple((rule, body) for rule, body in program.policies if rule.stage == "enforce")

    @cached_property
    def _plain(self) -> Evaluator:
        """Ours over what Cedar is given: permits and forbids that bind."""
        return Evaluator(Program(tuple(rule for rule, _ in self._bound), self.program.schema))

    @cached_property
    def _cedar(self) -> CedarEngine:
        assert self.program.schema is not None
        policies = "\n".join(lower_policy(statement) for _, statement in self._bound)
        return CedarEngine(policies, (), parse_schema(schema_text(self.program.schema)))

    def decide(self, case: Case) -> Decision:
        """As the product decides. Raises :class:`NotReproduced` for a case that does not fit the schema."""
        decision = self._evaluator.decide(dict(case.request), list(case.entities))
        if decision.code in _NOT_JUDGED:
            raise NotReproduced(f"it does not fit the schema: {decision.errors[0].message}")
        return decision

    def outcome(self, case: Case, semantics: Semantics) -> Outcome:
        """The outcome alone, by our engine; quick, for trying. Raises as :meth:`decide`."""
        return self._decided(case, semantics).outcome

    def speaking(self, case: Case, semantics: Semantics) -> frozenset[str]:
        """The ids of all rules that are satisfied, or err, by our engine. Raises as :meth:`decide`."""
        return frozenset(each.rule for each in self._decided(case, semantics).evidence)

    def _decided(self, case: Case, semantics: Semantics) -> Decision:
        ours = self.decide(case)
        return ours if semantics == "cedar+" else self.as_cedar(case)

    def as_cedar(self, case: Case) -> Decision:
        """As our engine decides in Cedar's semantics, of the permits and forbids that bind."""
        return self._plain.decide(dict(case.request), list(case.entities), semantics="cedar")

    def judged(self, case: Case, semantics: Semantics) -> Judged:
        """What both engines say. Raises :class:`NotReproduced` where they differ, rule by rule."""
        decision, plain, cedar = self.decide(case), self.as_cedar(case), self._ask_cedar(case)
        said: Literal["allow", "deny"] = "allow" if cedar.outcome == "allow" else "deny"
        if plain.outcome != said or set(plain.reasons) != self._named(cedar.reasons):
            raise NotReproduced(f"the engines differ: ours {plain.outcome}, cedar {said}")
        if {error.rule for error in plain.errors} != self._named(cedar.errors):
            raise NotReproduced("the engines differ on which rules err")
        of = decision if semantics == "cedar+" else plain
        failed = tuple(dict.fromkeys(error.rule for error in of.errors))
        permits: tuple[str, ...] = ()
        if of.outcome == "hold":  # nothing errs then, so what left evidence was satisfied
            permits = tuple(e.rule for e in of.evidence if e.effect == "permit" and e.stage == "enforce")
        return Judged(of.outcome, said, of.code, of.reasons, failed, permits)

    def _ask_cedar(self, case: Case) -> CedarAnswer:
        try:
            answer = self._cedar.over(case.entities).authorize(dict(case.request))
        except CedarError as error:
            raise NotReproduced(f"cedar refuses it: {error}") from None
        if answer.outcome == "invalid":
            raise NotReproduced(f"cedar does not take it: {'; '.join(answer.messages)}")
        return answer

    def _named(self, policies: Iterable[str]) -> set[str]:
        return {self._bound[int(name.removeprefix("policy"))][0].id for name in policies}
