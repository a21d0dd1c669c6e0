"""Evidence made from a list known beforehand is the evidence that a second, recording evaluation gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.generate import Generator
from tests.engine.support import entity, evaluator
from workbench.engine import Entities, Evaluator, Request
from workbench.engine.values import equal


def compared(engine: Evaluator, request: dict[str, Any], entities: Entities) -> int:
    """Compares both ways for every satisfied rule whose reads are certain; how many there were."""
    env = engine._env(Request.from_json(request), entities, None)
    satisfied, _ = engine._ask(env)
    count = 0
    for rule in satisfied:
        known = rule.certain_reads
        if known is not None:
            traced = rule.reads(env)
            assert [read.path for read in known] == list(traced)
            for path, root, fields, value in known:
                assert (root, fields) == (traced[path].root, traced[path].fields)
                assert equal(value(env), traced[path].value)
                assert not traced[path].missing
            count += 1
    return count


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_certain_reads_are_the_traced_reads(seed: int) -> None:
    make = Generator(seed)
    engine, entities = Evaluator.from_cedar(make.policies(60)), Entities.from_json(make.entities())
    for _ in range(6):
        compared(engine, make.request(), entities)


def test_both_ways_are_taken() -> None:
    """The property above would hold emptily if no rule had certain reads, or every one."""
    certain = others = 0
    for seed in range(10):
        make = Generator(seed)
        engine, entities = Evaluator.from_cedar(make.policies(60)), Entities.from_json(make.entities())
        for _ in range(20):
            request = make.request()
            certain += compared(engine, request, entities)
            env = engine._env(Request.from_json(request), entities, None)
            others += sum(rule.certain_reads is None for rule in engine._ask(env)[0])
    assert certain > 200
    assert others > 10


@pytest.mark.parametrize(
    ("condition", "certain"),
    [
        ("when { context.a == 1 && context.b == 2 }", True),
        ("when { context.a == 1 || context.b == 2 }", False),
        ("unless { context.a == 2 || context.b == 1 }", True),
        ("unless { context.a == 2 && context.b == 1 }", False),
        ("when { !(context.a == 2 || context.b == 1) }", True),
        ("when { if context.a == 1 then context.b == 2 else false }", False),
        ("when { (context.a == 1 && context.b == 2) == true }", False),
        ("when { principal is U && context.a + context.b == 3 }", True),
        ('when { principal is U in U::"u" && context.a == 1 }', False),
        ('when { context has a && principal in U::"u" && context.a < context.b }', True),
    ],
)
def test_which_reads_are_certain(condition: str, certain: bool) -> None:
    engine = evaluator(f"permit (principal, action, resource) {condition};")
    decision = engine.decide(Request('U::"u"', 'A::"a"', 'U::"v"', {"a": 1, "b": 2}))
    assert decision.outcome == "allow"
    rule = engine._index.applicable(engine._env(Request('U::"u"', 'A::"a"', 'U::"v"'), Entities.from_json([]), None))[0]
    assert (rule.certain_reads is not None) == certain
    assert decision.evidence[0].reads


def test_an_erring_rule_lists_what_it_read_before_the_error() -> None:
    """Its reads are not those of a satisfied rule, so the list made beforehand must not be used for it."""
    engine = evaluator(
        "permit (principal, action, resource); "
        "forbid (principal, action, resource) when { context.a == 1 && context.gone == 1 && context.b == 2 };"
    )
    decision = engine.decide(Request('U::"u"', 'A::"a"', 'U::"v"', {"a": 1, "b": 2}), [entity("U::u")])
    assert decision.code == "evaluation_error"
    assert decision.evidence[1].to_dict()["reads"] == {"context.a": 1, "context.gone": None}
    assert decision.evidence[1].to_dict()["missing"] == ["context.gone"]


def test_sources_follow_the_types_of_the_request() -> None:
    """The remembered plan of one principal's type is not used for another's."""
    schema = (
        'entity Bot = { @source("meter") n: Long }; entity Man = { @source("identity") n: Long }; entity Doc;\n'
        "action look appliesTo { principal: [Bot, Man], resource: [Doc], context: {} };"
    )
    engine = evaluator("permit (principal, action, resource) when { principal.n == 1 };", schema)
    for kind, source in (("Bot", "meter"), ("Man", "identity"), ("Bot", "meter")):
        request = Request(f'{kind}::"x"', 'Action::"look"', 'Doc::"d"')
        (found,) = engine.decide(request, [entity(f"{kind}::x", {"n": 1}), entity("Doc::d")]).evidence
        assert found.to_dict()["sources"] == {"principal.n": source}
