"""Test cases as the engine sees them, rule by rule, so that a change of one rule is judged by that rule alone. Pure.

What a program decides follows from what each rule says (``engine.answer``); where one rule is changed, the others say
what they said. A property test holds this to whole programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workbench.analysis.environments import bearing
from workbench.analysis.expecting import Decided, is_rejected, unmet
from workbench.analysis.prover import Said, as_permit
from workbench.analysis.results import RequestEnvironment
from workbench.engine.conversion import InputError
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError
from workbench.engine.validate import EntityError, SchemaRules, rules_for
from workbench.language.ast import Prefer, Procedure
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema


class Alone:
    """What single rules say of requests; each compiled once."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._compiled: dict[str, Evaluator] = {}

    def said(self, rule: Rule, request: Request, entities: Entities) -> Said:
        """Whether the rule is satisfied, errs, or says nothing; of a procedure, its trigger."""
        evaluator = self._compiled.get(rule.digest)
        if evaluator is None:
            evaluator = self._compiled[rule.digest] = Evaluator(Program((as_permit(rule),), self._schema))
        decision = evaluator.decide(request, entities, semantics="cedar")
        if decision.errors:
            return "erring"
        return "satisfied" if decision.outcome == "allow" else "nothing"


@dataclass(frozen=True, slots=True)
class Examined:
    """One test case that fits the schema. ``rules``: those that can bear on it, ``said``: what each says, by id."""

    name: str
    request: Request
    entities: Entities
    environment: RequestEnvironment
    case: Mapping[str, Any]
    rules: tuple[Rule, ...]
    said: Mapping[str, Said]

    @property
    def expect(self) -> str:
        return str(self.case.get("expect", ""))

    def passes(self, decided: Decided) -> bool:
        """As ``service.testing`` judges a case."""
        return not unmet(self.case, decided)


def examine(program: Program, cases: Iterable[Mapping[str, Any]], alone: Alone) -> tuple[Examined, ...]:
    """The cases that can be decided and are wanted, in their order. ``program`` has a schema."""
    rules = rules_for(program.schema)
    assert rules is not None
    found = (_examined(program, case, alone, rules) for case in cases if not is_rejected(case))
    return tuple(each for each in found if each is not None)


def _examined(program: Program, case: Mapping[str, Any], alone: Alone, rules: SchemaRules) -> Examined | None:
    assert program.schema is not None
    try:
        request = Request.from_json(case.get("request", {}))
        rules.context_of(request)
        entities = Entities.checked(list(case.get("entities", ())), rules)
    except (RequestError, InputError, EntityError):
        return None
    environment = RequestEnvironment(
        request.principal.type, (request.action.type, request.action.id), request.resource.type
    )
    bear = bearing(program.rules, environment, program.schema)
    said = {rule.id: alone.said(rule, request, entities) for rule in bear}
    return Examined(str(case.get("name", "")), request, entities, environment, case, bear, said)


def with_change(case: Examined, name: str, changed: Rule | None, alone: Alone, schema: Schema) -> Decided:
    """What is decided of the case with ``changed`` (nothing, for ``None``) in the place of the rule ``name``."""
    said = {each: what for each, what in case.said.items() if each != name}
    rules = [rule for rule in case.rules if rule.id != name]
    if changed is not None and bearing((changed,), case.environment, schema):
        said[changed.id] = alone.said(changed, case.request, case.entities)
        rules.append(changed)
    return concluded(rules, said)


def concluded(rules: Sequence[Rule], said: Mapping[str, Said]) -> Decided:
    """What follows: a forbid, then errors, then the default deny, then procedures, then allow. Beside it the score, and
    which rules on trial spoke.
    """
    bound = [rule for rule in rules if rule.stage == "enforce" and rule.kind != "prefer"]
    satisfied = [rule for rule in bound if said[rule.id] == "satisfied"]
    score, observed = _score(rules, said), _observed(rules, said)
    kinds = {rule.kind for rule in satisfied}
    if "forbid" in kinds or "permit" not in kinds or any(said[rule.id] == "erring" for rule in bound):
        return Decided("deny", score=score, observed=observed)
    held = [rule.statement for rule in satisfied if isinstance(rule.statement, Procedure)]
    asked = {procedure.name: procedure for procedure in held}
    return Decided("hold" if asked else "allow", tuple(asked), score, observed, asked)


def _score(rules: Sequence[Rule], said: Mapping[str, Said]) -> Decimal:
    applying = (
        rule.statement.score
        for rule in rules
        if isinstance(rule.statement, Prefer) and rule.stage == "enforce" and said[rule.id] == "satisfied"
    )
    return sum(applying, Decimal(0))


def _observed(rules: Sequence[Rule], said: Mapping[str, Said]) -> frozenset[str]:
    return frozenset(rule.id for rule in rules if rule.stage == "observe" and said[rule.id] != "nothing")
