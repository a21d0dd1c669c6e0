"""Little constitutions whose answers a person knows, and what really happens to a witness, by our engine alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

from workbench.analysis.assumptions import Assumption
from workbench.analysis.results import Answer, Witness
from workbench.analysis.task import Task
from workbench.engine import Decision, Evaluator
from workbench.language.ast import ActionScope, Condition, EntityScope, Policy, Procedure, Scope
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema

SCHEMA = """
entity Team;
entity User in [Team] = { role: String, level: Long, boss?: User };
entity Bot = { model: String };
entity Doc = { owner: User, secret: Bool, tags: Set<String> };
action reading;
action view, print in [reading] appliesTo {
  principal: [User, Bot], resource: [Doc], context: { n: Long, why?: String }
};
action edit appliesTo { principal: [User], resource: [Doc], context: { n: Long, boxes?: Set<{ a: Long }> } };
"""

EVERY = tuple(
    Assumption(semantics, data)
    for semantics, data in product(("cedar+", "cedar"), ("missing", "complete"))  # type: ignore[arg-type]
)
COMPLETE = Assumption("cedar+", "complete")
OURS = Assumption()


def program(text: str, schema: str = SCHEMA) -> Program:
    checked = check(text, read_schema(schema))  # a model, for the linter refuses what cannot be analysed well
    assert checked.program is not None, [(each.code, each.message) for each in checked.errors]
    return checked.program


def task(assumption: Assumption = OURS, **more: Any) -> Task:
    return Task(assumption, limit_ms=10_000, **more)


def one(answers: Iterable[Answer], about: str, kind: str = "") -> Answer:
    """The one answer about it."""
    (found,) = [each for each in answers if each.about == about and kind in ("", each.kind)]
    return found


def decided(program: Program, witness: Witness) -> Decision:
    """What our engine says of the witness; it must be what the witness itself says."""
    found = Evaluator(program).decide(dict(witness.request), list(witness.entities))
    assert found.code not in ("invalid_request", "invalid_entity"), found
    return found


def says(program: Program, rule_id: str, witness: Witness) -> str:
    """``satisfied``, ``errs`` or ``nothing``: what one rule of the program says of the witness."""
    rule = program.by_id[rule_id]
    statement = rule.statement
    if isinstance(statement, Procedure):
        scope = Scope(EntityScope("any"), statement.action or ActionScope("any"), EntityScope("any"))
        alone = Policy("permit", scope, () if statement.when is None else (Condition("when", statement.when),))
    else:
        alone = Policy("permit", statement.scope, statement.conditions)
    only = Program((replace(rule, kind="permit", statement=alone, annotations={}),), program.schema)
    found = Evaluator(only).decide(dict(witness.request), list(witness.entities))
    if found.errors:
        return "errs"
    return "satisfied" if found.outcome == "allow" else "nothing"


def without(program: Program, rule_id: str) -> Program:
    return Program(tuple(rule for rule in program.rules if rule.id != rule_id), program.schema)


class Kept(dict[str, Any]):
    """A memory that forgets nothing, and counts."""

    hits = 0

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key, default)
        self.hits += found is not None
        return found

    def put(self, key: str, value: Any) -> None:
        self[key] = value
