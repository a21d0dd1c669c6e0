"""Integers as bit-vectors answer as unbounded integers do, and answer some products that those do not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.analysis.small import program
from workbench.analysis import search as module
from workbench.analysis.bits import MOST_BITS, BitTranslator, multiplies, width_for
from workbench.analysis.model import Case
from workbench.analysis.prover import Prover, as_permit
from workbench.analysis.replay import NotReproduced, Replay
from workbench.analysis.search import TIME_LIMIT
from workbench.analysis.solver import Question, Translator
from workbench.analysis.task import Task
from workbench.analysis.terms import Terms
from workbench.language.program import Program

SCHEMA = (
    "entity U; entity R; action go appliesTo { principal: U, resource: R, "
    "context: { x: Long, y: Long, z: Long, t: datetime, d: duration } };"
)
CONDITIONS = [
    ("context.x * context.y == 391 && context.x > 1 && context.y > 1", True),
    ("context.x * context.y != context.y * context.x", False),
    ("context.x * context.y < 0 && context.x > 0 && context.y > 0", False),
    ("context.x + context.y < context.x && context.y > 0", False),
    ("context.x - context.y > 9223372036854775806 && context.y < 0", True),
    ("-context.x > 5 && context.x > -6", False),
    ('context.d.toDays() == -1 && context.d > duration("-1d")', False),
    ("context.d.toHours() == -1 && context.d.toMinutes() == -119", True),
    ('context.t.toTime() == duration("1h") && context.t < datetime("1969-01-01")', True),
    ("context.x * 3 == 7", False),
]


def asked(condition: str, what: str) -> tuple[str, Any]:
    made = program(f"permit (principal, action, resource) when {{ {condition} }};", SCHEMA)
    prover = Prover(made, Task())
    (environment,), (rule,) = prover.environments, made.rules

    alone = Replay(Program((as_permit(rule),), prover.schema))

    def confirm(case: Case) -> dict[str, Any]:
        judged = alone.judged(case, "cedar")
        if what != ("erring" if judged.errors else "satisfied" if judged.outcome == "allow" else "nothing"):
            raise NotReproduced(condition)
        return dict(case.request["context"])

    sought = prover.search(environment).find(getattr(prover.space(environment).rule(rule), what), confirm)
    assert sought.verdict != "undecided", sought.why
    return sought.verdict, sought.value


@pytest.mark.parametrize(("condition", "possible"), CONDITIONS)
def test_both_ways_say_the_same(condition: str, possible: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = asked(condition, "satisfied")[0], asked(condition, "erring")[0]
    assert expected[0] == ("found" if possible else "none")
    monkeypatch.setattr(module, "Translator", lambda: BitTranslator(140))
    assert (asked(condition, "satisfied")[0], asked(condition, "erring")[0]) == expected


def test_the_second_try_is_made_where_the_first_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Question.check
    kinds: list[type[Translator]] = []

    def check(self: Question) -> str:
        kinds.append(type(self._translator))
        return whole(self) if isinstance(self._translator, BitTranslator) else "unknown"

    monkeypatch.setattr(Question, "check", check)
    assert (
        asked("context.x * context.y == 391 && context.x > 1 && context.x < 99 && context.y == 23", "satisfied")[0]
        == "found"
    )
    assert kinds == [Translator, BitTranslator]


def test_a_question_without_a_product_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Question, "check", lambda _: "unknown")
    made = program("permit (principal, action, resource) when { context.x > 3 };", SCHEMA)
    prover = Prover(made, Task())
    term = prover.space(prover.environments[0]).rule(made.rules[0]).satisfied
    sought = prover.search(prover.environments[0]).find(term, lambda case: case)
    assert (sought.verdict, sought.why) == ("undecided", TIME_LIMIT)


def test_the_width_holds_every_number_or_there_is_none() -> None:
    terms = Terms()
    x, y = terms.app("x", "Int"), terms.app("y", "Int")
    assert not multiplies([terms.add(x, y), terms.mul(terms.integer(3), x)])
    product = terms.mul(x, y)
    assert multiplies([terms.le(product, x)])
    assert width_for([terms.le(product, x)]) == 130
    deep = product
    while width_for([deep]) is not None:
        deep = terms.mul(deep, x)
    assert (width_for([deep.args[0]]) or 0) <= MOST_BITS
