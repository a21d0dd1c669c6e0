"""A single expression asked of a request: approvers and seats."""

from __future__ import annotations

import pytest

from tests.engine.support import entity
from workbench.engine import EvalError, Request, evaluate_predicate
from workbench.language.lower import desugar_expr
from workbench.language.parser import parse_expression

ROWS = [
    entity("Operator::ana", {"role": "operator", "trust": {"__extn": {"fn": "decimal", "arg": "0.9"}}}, ["Team::t"])
]


def ask(text: str, who: str = "ana") -> bool:
    request = Request(
        f'Operator::"{who}"', 'Action::"approve"', 'Case::"c"', {"requester": {"__entity": {"type": "A", "id": "x"}}}
    )
    return evaluate_predicate(desugar_expr(parse_expression(text)), request, ROWS)


def test_predicates() -> None:
    assert ask('principal.role == "operator" && principal.trust > 0.8')
    assert ask('principal in Team::"t" && context.requester != principal')
    assert not ask('principal.role == "supervisor"')


@pytest.mark.parametrize(
    ("text", "who"), [("principal.missing", "ana"), ("principal.role", "ana"), ('principal.role == "x"', "bo")]
)
def test_a_predicate_without_a_boolean_value_raises(text: str, who: str) -> None:
    with pytest.raises(EvalError):
        ask(text, who)


def test_unreadable_input_raises() -> None:
    request = Request('A::"a"', 'A::"a"', 'A::"a"', {"x": None})
    with pytest.raises(EvalError, match="null"):
        evaluate_predicate(parse_expression("true"), request)
