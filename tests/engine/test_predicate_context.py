"""A predicate's context is read by the schema, as a decision's is: plain strings for decimals and times."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.engine import EvalError, Request, evaluate_predicate
from workbench.language.check import check

SCHEMA = """
entity Person = { limit: decimal };
entity Payment;
action pay appliesTo {
  principal: [Person], resource: [Payment], context: { amount: decimal, now: datetime, note?: { by?: Person } }
};
"""
ROWS = [{"uid": {"type": "Person", "id": "ann"}, "attrs": {"limit": "5.0"}, "parents": []}]
HELD = {"amount": "4.9999", "now": "2026-03-01T10:00:00Z"}
REQUESTER = {"requester": {"__entity": {"type": "Person", "id": "bob"}}}


def ask(where: str, context: dict[str, Any], schema: str | None = SCHEMA, rows: Any = ROWS) -> bool:
    source = f'procedure p {{ on action == Action::"pay" require approval from principal where {where} }}'
    program = check(source, SCHEMA).program
    assert program is not None
    ((_, procedure),) = program.procedures
    expr = procedure.requires[0].where
    assert expr is not None
    return evaluate_predicate(
        expr, Request('Person::"ann"', 'Action::"pay"', 'Payment::"p"', context), rows, schema=schema
    )


def test_the_held_requests_context_is_read_by_the_schema() -> None:
    where = "principal.limit.greaterThanOrEqual(context.amount)"
    assert ask(where, HELD | REQUESTER)
    assert ask(where, HELD | REQUESTER | {"amount": {"__extn": {"fn": "decimal", "arg": "5.0"}}})
    assert not ask(where, HELD | REQUESTER | {"amount": "5.0001"})
    late = 'context.now < datetime("2026-03-01T10:00:00.001Z") && principal != context.requester'
    assert ask(late, HELD | REQUESTER)
    assert not ask(late, HELD | REQUESTER | {"now": "2026-03-01T12:00:00+0100"})
    by = {"note": {"by": {"type": "Person", "id": "ann"}}}
    assert ask("context has note.by && context.note.by == principal", HELD | REQUESTER | by)


@pytest.mark.parametrize(
    "context",
    [
        {"amount": "4.99999"},
        {"amount": 4},
        {"now": "yesterday"},
        {"note": {"by": "ann"}},
        {"requester": None},
    ],
)
def test_a_context_that_does_not_fit_has_no_answer(context: dict[str, Any]) -> None:
    with pytest.raises(EvalError):
        ask("true", HELD | REQUESTER | context)


def test_what_is_missing_has_no_answer() -> None:
    with pytest.raises(EvalError, match="context attribute `amount`"):
        ask("true", {"now": "2026-03-01"} | REQUESTER)


def test_without_a_schema_a_string_stays_a_string() -> None:
    rows = [{**ROWS[0], "attrs": {"limit": {"__extn": {"fn": "decimal", "arg": "5.0"}}}}]
    where = "principal.limit.greaterThanOrEqual(context.amount)"
    with pytest.raises(EvalError, match="expected decimal, got string"):
        ask(where, HELD | REQUESTER, schema=None, rows=rows)
    assert ask(where, {"amount": {"__extn": {"fn": "decimal", "arg": "4.0"}}}, schema=None, rows=rows)
