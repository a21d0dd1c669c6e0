"""Rounds of the soundness run: one seed makes a random program, or a change of one, and everything is asked of it.

A round raises :class:`~tests.analysis.checks.Contradiction` at the first answer that is wrong, and otherwise tallies
what it looked at. What the analysis left open is in the tally too, under the reason that it gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice
from random import Random
from typing import Any

from tests.analysis.changes import Change, SchemaChange
from tests.analysis.checks import LIMIT_MS, Bench
from tests.analysis.matrices import MatrixCheck, attributes
from tests.analysis.nearest import ClosestCheck
from tests.analysis.pairs import pair
from tests.analysis.schemas import schema_pair
from tests.analysis.statements import Statements
from tests.analysis.twins import TwinCheck
from tests.analysis.worlds import environments, worlds
from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.prove import prove
from workbench.analysis.results import Kind
from workbench.analysis.task import Task
from workbench.language.program import Program

Tally = Counter[str]

ASSUMPTIONS = (
    Assumption("cedar+", "missing"),
    Assumption("cedar+", "complete"),
    Assumption("cedar", "missing"),
    Assumption("cedar", "complete"),
)


def encoding_round(seed: int, each: int = 10) -> Tally:
    """In random worlds, what the terms are worth is what the engine says; and pinned to one, so says the solver."""
    made, tally = pair(seed), Tally()
    for assumption in ASSUMPTIONS:
        bench = Bench(made.before, made.schema_text, assumption)
        for environment in environments(bench.schema):
            complete = assumption.data == "complete"
            drawn = worlds(bench.schema, environment, Random(seed), made.before, complete=complete)
            bench.encoding(environment, islice(drawn, each))
            if assumption.semantics == "cedar":
                bench.pinned(environment, *next(drawn))
        tally += bench.tally
    return tally


def rules_round(seed: int, each: int = 60) -> Tally:
    """Each rule alone: can it apply, can it err? By the solver; the semantics does not matter to it."""
    made, tally = pair(seed), Tally()
    for assumption in ASSUMPTIONS[:2]:
        bench = Bench(made.before, made.schema_text, assumption)
        for environment in environments(bench.schema):
            found = bench.ask_rules(environment)
            complete = assumption.data == "complete"
            drawn = worlds(bench.schema, environment, Random(seed), made.before, complete=complete)
            bench.bombard(environment, found, islice(drawn, each))
        tally += bench.tally
    return tally


def changes_round(seed: int, each: int = 100) -> Tally:
    """A change of a program: what is different, what is not, and whether it only tightens."""
    made, tally, memory = pair(seed), Tally(), Remembered()
    for assumption in ASSUMPTIONS:
        change = Change(made, assumption, Random(seed), memory)
        change.check(each)
        tally += change.tally
    return tally


def schemas_round(seed: int, each: int = 40) -> Tally:
    """A change of a program and of its schema, over the requests that both sides have."""
    made, tally = schema_pair(seed), Tally()
    for assumption in (ASSUMPTIONS[0], ASSUMPTIONS[2]):
        change = SchemaChange(made, assumption, Random(seed))
        change.check(each)
        tally += change.tally
    return tally


PROVED: tuple[Kind, ...] = (
    "never_errors",
    "never_applies",
    "always_applies",
    "overridden",
    "redundant",
    "unpermitted",
    "idle_forbid",
    "idle_preference",
    "invariant",
    "idle_procedure",
    "held_alone",
)


class Remembered:
    """A memory without bounds, shared by everything that one seed asks."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        return self._known.get(key)

    def put(self, key: str, value: Any) -> None:
        self._known[key] = value


def statements_round(seed: int, each: int = 10) -> Tally:
    """Every statement about a program, and a few invariants: rules of it, and of the changed program.

    What was found out about the changed program, and under another assumption, is remembered, and must not mislead.
    """
    made, tally, memory = pair(seed), Tally(), Remembered()
    demanded = [rule for rule in (*made.after.rules, *made.before.rules) if rule.kind in ("permit", "forbid")]
    rules = {rule.id: rule for rule in demanded if rule.stage == "enforce"}
    chosen = Random(seed).sample(list(rules.values()), min(len(rules), 6))
    invariants = Program(tuple(chosen), made.before.schema)
    for assumption in ASSUMPTIONS:
        task = Task(assumption, limit_ms=LIMIT_MS, memory=memory)
        for program in (made.after, made.before) if assumption == OURS else (made.before,):
            statements = Statements(program, made.schema_text, assumption, Random(seed), invariants)
            report = prove(program, task, invariants=invariants, kinds=PROVED)
            statements.check(report.answers, each)
            tally += statements.tally
    return tally


def matrix_round(seed: int, each: int = 8) -> Tally:
    """The matrices of a program by two attributes."""
    made, tally, r = pair(seed), Tally(), Random(f"matrix {seed}")
    assert made.before.schema is not None
    named = attributes(made.before.schema)
    for assumption in r.sample(ASSUMPTIONS, 2):
        checked = MatrixCheck(made.before, made.schema_text, assumption, r.choice(named), r)
        checked.check(each)
        tally += checked.tally
    return tally


def closest_round(seed: int, requests: int = 4) -> Tally:
    """How requests could be decided otherwise, under our own semantics."""
    made = pair(seed)
    checked = ClosestCheck(made.before, made.schema_text, Random(f"closest {seed}"))
    checked.check(requests)
    return checked.tally


def twins_round(seed: int, mistakes: int = 6, each: int = 10) -> Tally:
    """Small mistakes in a program, and a change of it: do they decide alike?"""
    checked = TwinCheck(pair(seed), Random(f"twins {seed}"))
    checked.check(mistakes, each)
    return checked.tally


ROUNDS: Mapping[str, Callable[[int], Tally]] = {
    "encoding": encoding_round,
    "rules": rules_round,
    "changes": changes_round,
    "schemas": schemas_round,
    "statements": statements_round,
    "matrix": matrix_round,
    "closest": closest_round,
    "twins": twins_round,
}


def undecided(tally: Tally) -> dict[str, int]:
    """What the analysis left open, and why."""
    return {what: count for what, count in tally.items() if what.startswith("undecided")}


def spurious(tally: Tally) -> int:
    """How often the solver proposed a request that did not reproduce: each is a bug of the encoding."""
    from workbench.analysis.search import NOT_REPRODUCED

    return sum(count for what, count in tally.items() if NOT_REPRODUCED in what)
