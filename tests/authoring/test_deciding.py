"""The grader itself: what decides alike is the same however it is written, and one small mistake is noticed."""

from __future__ import annotations

from random import Random

import pytest

from tests.authoring.corpus import Case, all_cases, schema_of, statements
from tests.authoring.deciding import Same, alike, enumerated, proved
from workbench.analysis import mutants as mistakes
from workbench.language.ast import Policy, Procedure
from workbench.language.check import check
from workbench.language.program import Program

WAYS = pytest.mark.parametrize("same", [proved, enumerated], ids=["by proof", "by requests"])
SCHEMA = schema_of("support-swarm")

REPLY = 'action == Action::"reply", resource'
ASK = "require approval from principal"

ALIKE = [
    (f"forbid (principal, {REPLY}) when {{ context.amount > 5 && context.hour < 3 }};",
     f"forbid (principal, {REPLY}) when {{ 3 > context.hour }} when {{ context.amount >= 6 }};"),
    (f'permit (principal, {REPLY}) unless {{ principal.role == "lead" }};',
     f'permit (principal, {REPLY}) when {{ principal.role != "lead" }};'),
    ('forbid (principal, action in [Action::"reply", Action::"reassign"], resource);',
     f'forbid (principal, action == Action::"reassign", resource); forbid (principal, {REPLY});'),
    (f"prefer score(2.0) (principal, {REPLY}) when {{ context.hour > 3 }};",
     f"prefer score(2.0) (principal, {REPLY}) unless {{ context.hour <= 3 }};"),
    ('procedure a { on action == Action::"reply" when context.amount > 5 require approval from principal '
     'where principal.role == "lead" with timeout 1 hour on timeout deny }',
     'procedure b { on action == Action::"reply" when context.amount >= 6 require approval from principal '
     'where principal.role == "lead" with timeout 60 minutes on timeout deny }'),
]  # fmt: skip
APART = [
    (f"forbid (principal, {REPLY}) when {{ context.amount > 5 }};",
     f"forbid (principal, {REPLY}) when {{ context.amount >= 5 }};"),
    (f"forbid (principal, {REPLY});", f"permit (principal, {REPLY});"),
    (f"forbid (principal, {REPLY}) when {{ context.hour == 77 }};", ""),
    (f"permit (principal, {REPLY});",
     f'permit (principal, {REPLY}); forbid (principal, action == Action::"reassign", resource);'),
    (f"prefer score(2.0) (principal, {REPLY});", f"prefer score(1.0) (principal, {REPLY});"),
    (f'prefer score(2.0) (principal, {REPLY}) when {{ resource.scope == "x" }};',
     f'prefer score(2.0) (principal, {REPLY}) when {{ resource.scope == "y" }};'),
    (f'procedure a {{ on action == Action::"reply" {ASK} with timeout 1 hour on timeout deny }}',
     'procedure a { on action == Action::"reply" require 2 approvals from principal '
     "with timeout 1 hour on timeout deny }"),
    (f'procedure a {{ on action == Action::"reply" {ASK} with timeout 1 hour on timeout deny }}',
     f'procedure a {{ on action == Action::"reply" {ASK} with timeout 2 hours on timeout deny }}'),
    (f'procedure a {{ on action == Action::"reply" {ASK} where principal.trust > 3 }}',
     f'procedure a {{ on action == Action::"reply" {ASK} where principal.trust > 4 }}'),
    (f'procedure a {{ on action == Action::"reply" {ASK} }}',
     f'procedure a {{ on action == Action::"reassign" {ASK} }}'),
]  # fmt: skip


@WAYS
@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_decides_alike_is_the_same_however_it_is_written(one: str, other: str, same: Same) -> None:
    assert statements(one) != statements(other)
    assert alike(statements(one), statements(other), SCHEMA, same)
    assert alike(statements(other), statements(one), SCHEMA, same)


@WAYS
@pytest.mark.parametrize(("one", "other"), APART)
def test_what_decides_otherwise_is_not_the_same(one: str, other: str, same: Same) -> None:
    assert not alike(statements(one), statements(other), SCHEMA, same)
    assert not alike(statements(other), statements(one), SCHEMA, same)


def test_both_ways_to_decide_agree_on_small_mistakes_in_the_corpora() -> None:
    rng = Random(3)
    differing, missed = 0, []
    for case in rng.sample(_policies(), 40):
        program = check(case.rules, schema_of(case.corpus)).program
        assert program is not None
        made = mistakes.mutants(program)
        for mutant in rng.sample(made, min(len(made), 4)):
            changed = tuple(rule.statement for rule in mutant.applied(program.rules))
            said = [alike(case.statements, changed, schema_of(case.corpus), same) for same in (proved, enumerated)]
            assert said[1] or not said[0], (case.rules, mutant.sentence)  # what is proved alike is found alike
            missed += [mutant.sentence] if said[1] and not said[0] else []
            differing += not said[0]
    assert differing > 100
    assert len(missed) <= 2, missed  # a search may miss a request that a proof does not


def _policies() -> list[Case]:
    return [c for c in all_cases() if c.rules and all(isinstance(s, Policy) for s in c.statements)]


def test_without_a_solver_the_grader_looks_for_requests_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.authoring import deciding
    from workbench.analysis.task import SolverMissing

    asked: list[Program] = []

    def missing(one: Program, other: Program, task: object) -> None:
        asked.append(one)
        raise SolverMissing

    monkeypatch.setattr(deciding, "equivalent", missing)
    for pairs, expected in ((ALIKE[:2], True), (APART[:2], False)):
        for one, other in pairs:
            assert alike(statements(one), statements(other), SCHEMA) is expected
    assert asked


def test_the_name_of_a_procedure_is_of_no_account_but_that_of_its_successor_is() -> None:
    text = 'procedure %s { on action == Action::"reply" require approval from principal '
    text += "with timeout 1 hour on timeout %s }"
    one = statements(text % ("a", "escalate to procedure c"))
    assert isinstance(one[0], Procedure)
    assert alike(one, statements(text % ("b", "escalate to procedure c")), SCHEMA)
    assert not alike(one, statements(text % ("a", "escalate to procedure d")), SCHEMA)
    assert not alike(one, statements(text % ("a", "deny")), SCHEMA)
