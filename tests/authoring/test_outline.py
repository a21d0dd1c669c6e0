"""The outline of a constitution: every rule once, its exceptions apart without a change of words."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.authoring.corpus import schema_of
from tests.authoring.rules import TWINS, Rules
from workbench.authoring.naming import listed
from workbench.authoring.outline import outline
from workbench.authoring.paraphrase import in_parts, paraphrase
from workbench.language.ast import Policy, Prefer
from workbench.language.check import check

SCHEMA = schema_of("support-swarm")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(Rules(TWINS).policies())
def test_the_parts_are_the_paraphrase(rule: Policy | Prefer) -> None:
    for schema in (TWINS, None):
        sentence, exceptions = in_parts(rule, schema)
        whole = f"{sentence} unless {listed(exceptions, 'or')}." if exceptions else sentence
        assert whole == paraphrase(rule, schema)
        kinds = [condition.kind for condition in rule.conditions]
        assert bool(exceptions) == (kinds in (["unless"], ["when", "unless"]))


def test_every_rule_stands_in_one_section_and_invariants_come_last() -> None:
    program = check(
        """
        procedure amend_minor { on amendment minor require approval from principal where principal.role == "x" }
        prefer score(1.0) (principal, action == Action::"reply", resource);
        procedure p { on action == Action::"reply" require approval from principal }
        forbid (principal, action == Action::"reply", resource) when { context.amount > 1 };
        permit (principal, action == Action::"reply", resource);
        permit (principal, action == Action::"close_ticket", resource);
        """,
        SCHEMA,
    ).program
    held = check('forbid (principal, action == Action::"reply", resource);', SCHEMA).program
    assert program is not None
    assert held is not None
    sections = outline(program, held)
    assert [s.name for s in sections] == [
        "permissions", "prohibitions", "approvals", "preferences", "amendments", "invariants",
    ]  # fmt: skip
    assert sorted(c.number for s in sections[:-1] for c in s.clauses) == [1, 2, 3, 4, 5, 6]
    assert [c.place for c in sections[0].clauses] == ["1.1", "1.2"]
    assert [c.number for c in sections[0].clauses] == [5, 6]
    assert [s.name for s in outline(held)] == ["prohibitions"]


@pytest.mark.parametrize("op", ["&&", "||"])
def test_only_alternatives_are_exceptions_of_their_own(op: str) -> None:
    spared = f"context.amount < 2 {op} context.customer_consented"
    source = f'forbid (principal, action == Action::"reply", resource) unless {{ {spared} }};'
    program = check(source, SCHEMA).program
    assert program is not None
    (section,) = outline(program)
    assert len(section.clauses[0].exceptions) == (2 if op == "||" else 1)
