"""What holds for every rule: no two are said alike, nothing is left out, and none is read back as another rule."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.authoring.corpus import DATA, schema_of, statements
from tests.authoring.rules import TWINS, Rules
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.naming import quoted
from workbench.authoring.paraphrase import paraphrase
from workbench.language.ast import (
    Call,
    EntityLit,
    Like,
    Lit,
    Prefer,
    Procedure,
    Statement,
    bodies,
    walk,
)
from workbench.language.render import render_statement
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

SCHEMAS = ("twins", *sorted(path.stem for path in DATA.glob("*.cedarschema")))
LONGEST = 600
RUN = settings(
    max_examples=60, deadline=None, phases=(Phase.generate, Phase.reuse), suppress_health_check=list(HealthCheck)
)


def schema(name: str) -> Schema:
    return TWINS if name == "twins" else schema_of(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_said_of_a_rule_is_said_of_no_other_leaves_nothing_out_and_is_never_read_as_another(name: str) -> None:
    """With the schema and without; a question or a refusal is all right, another rule is not."""
    with_schema: dict[str, Statement] = {}
    without: dict[str, Statement] = {}

    @RUN
    @given(Rules(schema(name)).statements())
    def check(rule: Statement) -> None:
        for said, known in ((paraphrase(rule, schema(name)), with_schema), (paraphrase(rule), without)):
            assert known.setdefault(said, rule) == rule, f"{said}\n{render_statement(known[said])}"
            missing = {constant for constant in constants(rule) if constant not in said}
            assert not missing, (missing, said)
            assert said.endswith(".")
            assert said.isprintable()
        said = paraphrase(rule, schema(name))
        if len(said) <= LONGEST:
            result = compile_sentence(said, schema(name))
            if result.status == "compiled":
                assert result.candidates[0].statements == (rule,), said

    check()


def constants(rule: Statement) -> set[str]:
    """Every constant of a rule as its paraphrase has to show it."""
    found: set[str] = set()
    if isinstance(rule, Procedure):
        found.add(quoted(rule.name))
        found.update(str(require.count) for require in rule.requires if require.count > 1)
        found.update(str(d.count) for d in (rule.timelock, rule.timeout) if d is not None)
        found.update(quoted(f.procedure) for f in (rule.on_timeout, rule.on_rejection) if f and f.procedure)
    else:
        for scope in (rule.scope.principal, rule.scope.resource):
            if isinstance(scope.entity, EntityLit):
                found.add(quoted(scope.entity.id))
    if isinstance(rule, Prefer):
        found.add(f"{rule.score:f}")
    nodes = [node for body in bodies(rule) for node in walk(body)]
    spans = {node.args[0] for node in nodes if isinstance(node, Call) and node.function == "duration"}
    for node in nodes:  # "90m" is said as 90 minutes
        match node:
            case Lit(value=bool()):
                pass  # "is true" may be said of the attribute itself
            case Lit(value=int() as value):
                found.add(str(abs(value)))
            case Lit(value=str() as value) if node not in spans:
                found.add(quoted(value)[1:-1])
            case EntityLit(id=name) if not node.type.endswith("Action"):
                found.add(quoted(name))
            case Like(pattern=pattern):
                found.update(quoted(piece)[1:-1] for piece in pattern if isinstance(piece, str))
            case _:
                pass
    return found


WORDLESS = read_schema("""
entity Crew;
entity Agent in [Crew] = { role: String, limit: Long, tags: Set<String> };
entity Change = { owner: Agent, size: Long, title: String, tags: Set<String>, opened: datetime };
type Facts = { now: datetime, from: ipaddr, amount: Long, note?: String, flag: Bool };
action merge appliesTo { principal: [Agent], resource: [Change], context: Facts };
""")


@pytest.mark.parametrize(
    "conditions",
    [
        "unless { context.amount > 1 } when { context.flag }",
        "when { context.amount > 1 } when { context.flag }",
        "unless { context.amount > 1 } unless { context.flag }",
        "when { context.flag && context.flag }",
        "when { context.flag && (context.amount > 1 && resource.size > 1) }",
        "when { !(context.amount == 1) }",
        "when { !(context.amount < 1) }",
        "when { !!context.flag }",
        "when { if context.flag then context.amount > 1 else resource.size > 1 }",
        "when { {a: 1} == {a: 1} }",
        'when { ["a"] == resource.tags }',
        'when { resource.tags.containsAll(["a", "b"]) }',
        'when { resource.tags.containsAny(["a", "b"]) }',
        'when { ["a", "b"].containsAll(resource.tags) }',
        "when { resource.tags.isEmpty() }",
        "when { context.amount + resource.size > 5 }",
        'when { context.now.toTime() < duration("8h") }',
        'when { context.now.toDate() == datetime("2026-12-24") }',
        "when { context.now.durationSince(resource.opened).toHours() > 5 }",
        "when { context.from.isLoopback() }",
        'when { resource.title like "a*b" }',
        'when { resource.title like "a" }',
        "when { 5 < context.amount }",
        'when { "role" == principal.role }',
        'when { action == Action::"merge" }',
        "when { context.flag == true }",
    ],
)
def test_what_is_spoken_but_not_read_is_refused(conditions: str) -> None:
    (rule,) = statements(f'forbid (principal, action == Action::"merge", resource) {conditions};')
    said = paraphrase(rule, WORDLESS)
    assert compile_sentence(said, WORDLESS).status == "refused", said


def test_a_template_and_the_condition_of_an_amendment_are_spoken_and_refused() -> None:
    for source in (
        'permit (principal == ?principal, action == Action::"merge", resource);',
        'permit (principal, action == Action::"merge", resource in ?resource);',
        """procedure amend { on amendment major when context.requester == Agent::"x"
             require approval from principal where principal.role == "chief" }""",
    ):
        (rule,) = statements(source)
        said = paraphrase(rule, WORDLESS)
        assert compile_sentence(said, WORDLESS).status == "refused", said
