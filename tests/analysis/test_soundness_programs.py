"""Small programs on which a proof easily goes wrong, and what a person says of each."""

from __future__ import annotations

import pytest

from tests.analysis.pairs import rule_of
from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.difference import difference
from workbench.analysis.equivalence import Judge
from workbench.analysis.invariants import invariant_answers
from workbench.analysis.matrix import matrix
from workbench.analysis.prove import prove
from workbench.analysis.task import Task
from workbench.analysis.tightening import tightens
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema

SCHEMA = """
entity U { n: Long };
entity D;
action go appliesTo { principal: [U], resource: [D], context: { ok: Bool, m: Long } };
"""
ALL = "permit (principal, action, resource);"
ERRS = "forbid (principal, action, resource) when { principal.n > 5 && principal.n < 5 };"
HELD = 'procedure p { on action == Action::"go" when { m > 3 } require approval from principal }'
COMPLETE = Assumption("cedar+", "complete")
CEDARS = Assumption("cedar", "missing")


def program(*rules: str, schema: str = SCHEMA) -> Program:
    statements = [desugar(surface) for rule in rules for surface in parse(rule).statements]
    return Program(tuple(rule_of(each, f"r{place}") for place, each in enumerate(statements)), read_schema(schema))


@pytest.mark.parametrize(("assumption", "kept"), [(OURS, "fails"), (COMPLETE, "holds"), (CEDARS, "holds")])
def test_a_forbid_that_can_only_err_denies_where_errors_do(assumption: Assumption, kept: str) -> None:
    """It never applies, and still an invariant, a cell of the matrix and a smaller program depend on it."""
    task, made = Task(assumption), program(ALL, ERRS)
    (answer,) = invariant_answers(made, program(ALL), task)
    assert answer.verdict == kept
    (cell,) = matrix(made, task, attribute="resource").cells
    assert cell.verdict == ("always" if kept == "holds" else "depends")
    assert Judge(made, task).changed(made.rules[1], None).verdict == ("same" if kept == "holds" else "differs")
    verdicts = {answer.kind: answer.verdict for answer in prove(made, task).answers if answer.about == "r1"}
    assert verdicts["never_applies"] == "holds"
    assert verdicts["redundant"] == kept


@pytest.mark.parametrize(("assumption", "kept"), [(OURS, "fails"), (COMPLETE, "holds"), (CEDARS, "fails")])
def test_a_demand_that_errs_is_not_met(assumption: Assumption, kept: str) -> None:
    """Nobody can say that it does not apply; where everything is known, it does not."""
    never = "forbid (principal, action, resource) when { principal.n > 5 && principal.n < 5 };"
    (answer,) = invariant_answers(program(ALL), program(never), Task(assumption))
    assert answer.verdict == kept


def test_what_waits_is_neither_always_permitted_nor_never() -> None:
    for demand in (ALL, "forbid (principal, action, resource) when { context.m > 3 };"):
        (answer,) = invariant_answers(program(ALL, HELD), program(demand), Task())
        assert answer.verdict == "fails"
        assert answer.witness is not None
        assert answer.witness.after.outcome == "hold"


def test_a_procedure_more_only_tightens_and_one_less_is_no_brake() -> None:
    assert tightens(program(ALL), program(ALL, HELD), Task()).verdict == "holds"
    assert tightens(program(ALL, HELD), program(ALL), Task()).verdict != "holds"


def test_a_rule_that_stays_may_say_something_else_of_another_schema() -> None:
    """`has` of what only the new schema knows is false on the old side."""
    rule = "permit (principal, action, resource) unless { principal has extra };"
    wider = SCHEMA.replace("n: Long }", "n: Long, extra?: Long }", 1)
    found = difference(program(rule), program(rule, schema=wider), Task())
    assert (found.verdict("denied"), found.verdict("permitted")) == ("fails", "holds")


def test_what_one_side_requires_is_there_on_the_other() -> None:
    """Data that fit both schemas have it, so a rule that asks whether it is there does not change its mind."""
    rule = "permit (principal, action, resource) when { context has v };"
    optional = SCHEMA.replace("m: Long", "m: Long, v?: Long", 1)
    required = SCHEMA.replace("m: Long", "m: Long, v: Long", 1)
    for one, other in ((optional, required), (required, optional)):
        assert difference(program(rule, schema=one), program(rule, schema=other), Task()).unchanged
    rule = "permit (principal, action, resource) when { principal has v };"
    optional = SCHEMA.replace("n: Long", "n: Long, v?: Long", 1)
    required = SCHEMA.replace("n: Long", "n: Long, v: Long", 1)
    for one, other in ((optional, required), (required, optional)):
        assert difference(program(rule, schema=one), program(rule, schema=other), Task()).unchanged


def test_a_witness_has_what_one_side_requires_of_the_data() -> None:
    """Only the old side reads the attribute, and only there it must be known; the request shown says what it is."""
    looser = SCHEMA.replace("n: Long", "n?: Long", 1)
    forbid = "forbid (principal, action, resource) when { principal.n > 5 };"
    found = difference(program(ALL, forbid), program(ALL, schema=looser), Task(COMPLETE))
    ((_, shown),) = found.witnesses
    assert shown.change == "permitted"
    (row,) = (row for row in shown.witness.entities if row["uid"]["type"] == "U")
    assert row["attrs"]["n"] > 5


def test_nothing_is_proved_from_what_is_not_supported() -> None:
    """A permit that no term expresses may permit anything: no action is unpermitted, no forbid idle, for want of it."""
    schema = SCHEMA.replace("m: Long", "m: Long, parts: Set<{ a: Long }>", 1)
    made = program(
        "permit (principal, action, resource) when { context.parts.isEmpty() };",
        "forbid (principal, action, resource) when { context.m > 3 };",
        schema=schema,
    )
    found = {(answer.kind, answer.about): answer.verdict for answer in prove(made, Task()).answers}
    for about in (("unpermitted", "go"), ("idle_forbid", "r1"), ("redundant", "r1"), ("never_applies", "r0")):
        assert found[about] in ("unsupported", "fails")
    (cell,) = matrix(made, Task(), attribute="resource").cells
    assert cell.verdict in ("unsupported", "depends")
    (answer,) = invariant_answers(made, program("forbid (principal, action, resource);", schema=schema), Task())
    assert answer.verdict in ("unsupported", "fails")
