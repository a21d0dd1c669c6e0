"""A concrete request on which the readings of a sentence differ, as a question to its author. Pure.

Imports result, testgen, separating; language and engine to let each reading decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench.authoring.result import Reading
from workbench.authoring.separating import separated
from workbench.authoring.testgen import generate_tests
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.ast import ActionScope, Annotation, EntityScope, Policy, Prefer, Procedure, Scope, Statement
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.render import render_statement
from workbench.language.schema import Schema

_ANY = EntityScope("any")
_BROAD = Policy("permit", Scope(_ANY, ActionScope("any"), _ANY), (), (Annotation("id", "broad"),))
_WORDS = {"allow": "allowed", "deny": "denied", "hold": "held for approval"}
_MOST_READINGS = 6


def question(candidates: Sequence[Reading], schema: Schema) -> str:
    """A request that at least two readings decide differently, with what each says; else the readings themselves."""
    programs = [_program(reading.statements, schema) for reading in candidates[:_MOST_READINGS]]
    known = [program for program in programs if program is not None]
    if len(known) == len(programs):
        evaluators = [Evaluator(program) for program in known]
        for program in known:
            for case in generate_tests(program, [rule.id for rule in program.rules if rule.id != "broad"]):
                outcomes = [_decided(evaluator, case) for evaluator in evaluators]
                if len(set(outcomes)) > 1:
                    return _asked(case["name"].rsplit(" → ", 1)[0], outcomes)
        found = separated(known)
        if found is not None:
            example, decided, agreement = found
            return _asked(example, decided) + (f" ({agreement})" if agreement else "")
    said = "; ".join(f"({n}) {reading.paraphrase}" for n, reading in enumerate(candidates[:_MOST_READINGS], 1))
    return f"Which is meant: {said}"


def _program(statements: Sequence[Statement], schema: Schema) -> Program | None:
    """The reading as a program of its own, over a broad permit where it does not permit anything itself."""
    alone = [_deciding(statement) for statement in statements]
    if not any(isinstance(s, Policy) and s.effect == "permit" for s in alone):
        alone.append(_BROAD)
    return check("\n".join(render_statement(s) for s in alone), schema).program


def _deciding(statement: Statement) -> Statement:
    """``statement`` as something that decides: a preference as a permit, a procedure without escalation."""
    if isinstance(statement, Prefer):
        return Policy("permit", statement.scope, statement.conditions)
    if isinstance(statement, Procedure):
        return replace(statement, on_timeout=None, on_rejection=None)
    return statement


def _decided(evaluator: Evaluator, case: dict[str, Any]) -> str:
    return evaluator.decide(Request.from_json(case["request"]), case["entities"]).outcome


def _asked(example: str, outcomes: Sequence[str]) -> str:
    by_outcome: dict[str, list[str]] = {}
    for number, outcome in enumerate(outcomes, 1):
        by_outcome.setdefault(outcome, []).append(str(number))
    said = ", ".join(
        f"{_WORDS[outcome]} (reading{'s' if len(numbers) > 1 else ''} {', '.join(numbers)})"
        for outcome, numbers in by_outcome.items()
    )
    return f"For example {example}: {said}?"
