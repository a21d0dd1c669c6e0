"""Many statements judged at once are judged as each alone: the same messages, in the same places of the same rules."""

from __future__ import annotations

import gc
from random import Random

import pytest

from workbench.language import check as checker
from workbench.language.cedar import CedarError, parse_each, parse_schema, validate, validate_each
from workbench.language.check import check

ACTIONS = 40
SCHEMA = (
    "entity Agent in [Team] { role: String, rank: decimal, level: Long }; entity Team;\n"
    "entity Doc { tags: Set<String> };\n"
    "action group; action other;\n"
    + "\n".join(
        f"action a{i} in [{'group' if i % 2 else 'other'}] appliesTo"
        f" {{ principal: [Agent], resource: [Doc], context: {{ n{i % 5}: Long, note?: String }} }};"
        for i in range(ACTIONS)
    )
)
CONDITIONS = [
    "true",
    'principal.role == "x"',
    'principal.rol == "x"',
    "principal.level > 0.5",
    "principal.rank > 3",
    "context.n1 > 2",
    "context.n0 == 1 && context.n3 == 2",
    'context.note == "x"',
    'resource.tags.contains("a")',
    "resource.tags.contains(1)",
    'principal in Team::"x"',
    'principal in Taem::"x"',
    'action == Action::"a3"',
    'action == Action::"nope"',
    "principal.role",
    'action in Action::"group"',
    "principal.role > 1",
    '[1, "a"].contains(1)',
    'ip("x").isIpv4()',
    "principal = 1",
    "(true",
]
SCOPES = [
    "action",
    'action == Action::"a{0}"',
    'action in [Action::"a{0}", Action::"a{1}"]',
    'action in Action::"group"',
]
SCOPES += ['action == Action::"a{0}"'] * 4 + ['action == Action::"gone{0}"']


def statement(r: Random, number: int) -> str:
    scope = r.choice(SCOPES).format(r.randrange(ACTIONS), r.randrange(ACTIONS))
    effect = r.choice(["permit", "forbid", "prefer score(1.0)"])
    return f'@id("r{number}") {effect} (principal, {scope}, resource) when {{ {r.choice(CONDITIONS)} }};'


def told(source: str) -> list[tuple[str, str, str, str, str]]:
    """The errors of each statement, the checker having seen nothing of it before."""
    checker._read.cache_clear()
    checker._kept.cache_clear()
    errors = [d for d in check(source, SCHEMA).errors if d.code != "CP006"]
    return sorted((d.rule, d.code, d.message, d.fix, source[d.span.start : d.span.end]) for d in errors)


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_is_judged_as_each_alone(seed: int) -> None:
    r = Random(seed)
    sources = [statement(r, number) for number in range(r.choice((5, 60, 300)))]
    together = told("\n".join(sources))
    assert together == sorted(error for source in sources for error in told(source))
    assert len({code for _, code, *_ in together}) > 1 or len(sources) == 5


def test_one_policy_that_does_not_parse_spoils_no_other() -> None:
    handle = parse_schema(SCHEMA)
    good, wrong, broken = (
        f"permit (principal, action, resource) when {{ {text} }};"
        for text in ("true", "principal.rol == 1", "true true")
    )
    deep = f"permit (principal, action, resource) when {{ {'(' * 70}true{')' * 70} }};"
    found = validate_each([good, wrong, broken, deep, good, wrong], handle)
    assert found[:3] == [validate(good, handle), validate(wrong, handle), validate(broken, handle)]
    assert isinstance(found[3], CedarError)
    assert found[4:] == found[:2]
    assert found[0] == []
    parsed = parse_each([good, broken, deep, good])
    assert [isinstance(each, CedarError) for each in parsed] == [False, True, True, False]


def test_a_way_into_a_circle_is_an_error_of_its_own() -> None:
    def procedure(name: str, target: str) -> str:
        return (
            f'procedure {name} {{ on action == Action::"a1" require approval from principal'
            f" on timeout escalate to procedure {target} }}\n"
        )

    source = procedure("outside", "one") + procedure("one", "two") + procedure("two", "one")
    messages = [(d.code, d.message) for d in check(source, SCHEMA).errors if d.code == "CP004"]
    assert messages == [
        ("CP004", "the procedure `one` leads into a circle"),
        ("CP004", "the procedure `one` escalates to itself through `two`"),
        ("CP004", "the procedure `two` escalates to itself through `one`"),
    ]


def test_the_collector_is_left_as_it_was() -> None:
    source = "\n".join(statement(Random(9), number) for number in range(400))
    for on in (True, False):
        (gc.enable if on else gc.disable)()
        try:
            told(source)
            assert gc.isenabled() == on
        finally:
            gc.enable()
