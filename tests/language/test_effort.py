"""The bound on the work of a check: what is far too much is refused at once, and what people write is far below it."""

from __future__ import annotations

import time

import pytest

from workbench.language.ast import Policy, bodies
from workbench.language.check import _read, check, weight
from workbench.language.diagnostics import Diagnostic
from workbench.language.effort import MAX_STEPS, Effort
from workbench.language.parser import parse
from workbench.language.schema_reader import read_schema


def schema(actions: int, types: int = 1) -> str:
    """So many actions, each for so many types of principal and of resource."""
    names = [f"T{number}" for number in range(types)]
    listed = f"[{', '.join(names)}]"
    applies = f"appliesTo {{ principal: {listed}, resource: {listed}, context: {{ x: Long }} }};"
    declared = "".join(f"entity {name} = {{ role: String }};\n" for name in names)
    group = "action every;\n"
    return declared + group + "".join(f'action "a{number}" in [every] {applies}\n' for number in range(actions))


def texts(rules: int, scope: str = "action") -> list[str]:
    return [f"permit (principal, {scope}, resource) when {{ context.x != {n} }};" for n in range(rules)]


def too_much(source: str, under: str) -> Diagnostic:
    started = time.process_time()
    found = [error for error in check(source, under).errors if error.code == "CP003"]
    assert time.process_time() - started < 10, "refused, but only after the work was done"
    assert len(found) == 1, check(source, under).errors
    assert f"{MAX_STEPS:,} steps" in found[0].expected
    return found[0]


def test_more_work_than_the_bound_is_refused_at_the_rule_that_passes_it_and_not_done() -> None:
    under = schema(20, 30)
    rules = texts(1_000)
    found = too_much("\n".join(rules), under)
    each = Effort(read_schema(under)).of_statement(parse(rules[0]).statements[0], 4)
    assert each == 20 * 30 * 30 * 8
    assert found.start.line == MAX_STEPS // each + 1
    narrow = 'action == Action::"a3"'
    assert check("\n".join([*texts(50), *texts(500, narrow)]), under).program is not None


def test_a_mistake_is_told_beside_it() -> None:
    source = "\n".join([*texts(1_000), "permit (principal action, resource);"])
    assert {error.code for error in check(source, schema(20, 30)).errors} == {"CP001", "CP003"}


def test_what_is_known_counts_too() -> None:
    under = schema(20, 15)
    rules = texts(3_000)
    few = check("\n".join(rules[:200]), under)
    assert few.program is not None
    too_much("\n".join(rules), under)


@pytest.mark.parametrize(
    ("rules", "actions", "scope"),
    [(20_000, 100, 'action in Action::"every"'), (1_000, 1_000, "action"), (20_000, 1_000, 'action == Action::"a1"')],
)
def test_large_constitutions_are_far_below_the_bound(rules: int, actions: int, scope: str) -> None:
    statement = parse(texts(1, scope)[0]).statements[0]
    assert isinstance(statement, Policy)
    parts = sum(map(weight, bodies(statement)))
    assert _read(texts(1, scope)[0]).parts == parts == 4
    effort = Effort(read_schema(schema(actions)))
    touched = 1 if "==" in scope else actions
    assert effort.of_statement(statement, parts) == touched * 8
    assert rules * effort.of_statement(statement, parts) < MAX_STEPS / 4


def procedure(number: int, trigger: str, more: str = "") -> str:
    where = f"principal.role == context.requester.role && context.x != {number}"
    return f"procedure p{number} {{ on {trigger} require approval from principal where {where} {more} }}"


def test_the_schemas_for_approvers_count_for_every_type_of_requester() -> None:
    under = schema(300, 8)
    few = [procedure(n, f'action == Action::"a{n}"') for n in range(3)]
    assert check("\n".join(few), under).program is not None
    many = [procedure(n, f'action in [Action::"a{n % 300}", Action::"a{n // 300}"]') for n in range(600)]
    found = too_much("\n".join(many), under)
    assert found.start.line == 1


def test_approvers_asked_about_the_requests_of_others_count() -> None:
    under = schema(60, 16)
    chained = [procedure(0, 'action == Action::"a0"')]
    chained += [
        procedure(n, 'action in Action::"every"', "with timeout 1 hour on timeout escalate to procedure p0")
        for n in range(1, 18)
    ]
    alone = [text.replace("with timeout 1 hour on timeout escalate to procedure p0", "") for text in chained]
    effort = Effort(read_schema(under))
    statements = parse("\n".join(alone)).statements
    own = sum(effort.of_statement(each, _read(text).parts) for each, text in zip(statements, alone, strict=True))
    assert own < MAX_STEPS
    assert own > 0.5 * MAX_STEPS
    found = too_much("\n".join(chained), under)
    assert found.start.line > 1
