"""The checker: every code of the refusal table with its place, expectation and fix; identity; speed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.language.check import check
from workbench.language.diagnostics import Diagnostic
from workbench.language.digest import rule_digest
from workbench.language.governance_schema import GOVERNANCE_SCHEMA
from workbench.language.parser import parse
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

ROOT = Path(__file__).resolve().parents[2]
CORE = (ROOT / "samples" / "schemas" / "concord-core.cedarschema").read_text()
EXAMPLES = (Path(__file__).parent / "data" / "examples.cedarplus").read_text()
PERMIT = 'permit (principal, action, resource) when { principal.role == "supervisor" };\n'


def errors(source: str, schema: str | None = CORE) -> list[Diagnostic]:
    return list(check(source, schema).errors)


def the_error(source: str, schema: str | None = CORE) -> tuple[str, str, Diagnostic]:
    """``(code, underlined text, diagnostic)`` of the one error that ``source`` must have."""
    found = errors(source, schema)
    assert len(found) == 1, found
    return found[0].code, source[found[0].span.start : found[0].span.end], found[0]


def test_the_examples_of_the_language_check_clean() -> None:
    result = check(EXAMPLES, CORE)
    assert result.errors == ()
    assert result.program is not None
    kinds = [rule.kind for rule in result.program.rules]
    assert kinds == ["forbid", "permit", "prefer", "forbid", "permit", "forbid", "procedure", "procedure", "procedure"]
    for rule in result.program.rules:
        assert EXAMPLES[rule.span.start : rule.span.end] == rule.text
        assert rule.digest == rule_digest(rule.statement)
        assert rule.id == rule.digest[:16]


def rule(condition: str, scope: str = "principal, action, resource") -> str:
    return f"permit ({scope}) when {{ {condition} }};"


TASK = 'principal, action == Action::"handle_task", resource'


@pytest.mark.parametrize(
    ("source", "code", "underlined", "fix"),
    [
        (rule("principal.role ="), "CP001", "=", "=="),
        (rule('principal.role = "x"'), "CP001", "=", "=="),
        ("permit (principal, action, resource)", "CP001", ")", ");"),
        (rule("1 < 2 < 3"), "CP001", "<", ""),
        (rule('principal.role == "a\\q"'), "CP001", "\\q", ""),
        (rule("9223372036854775808 == 1"), "CP001", "9223372036854775808", ""),
        (rule("principal.reputation > 0.12345"), "CP001", "0.12345", ""),
        (rule("role == 1"), "CP001", "role", ""),
        ('@a("x") @a("y") ' + PERMIT, "CP001", '@a("y")', ""),
        (rule('principal.rol == "x"'), "CP002", "rol", "role"),
        (rule('principal["rol"] == "x"'), "CP002", '["rol"]', '["role"]'),
        (rule("context.amonut > 3", TASK), "CP002", "amonut", "amount"),
        (
            rule("true", 'principal, action == Action::"handle_tsk", resource'),
            "CP002",
            'Action::"handle_tsk"',
            'Action::"handle_task"',
        ),
        (rule("true", "principal is Agnet, action, resource"), "CP002", "Agnet", "Agent"),
        (rule('principal in Taem::"x"'), "CP002", "Taem", "Team"),
        (rule("resource is Memroy"), "CP002", "Memroy", "Memory"),
        (rule("true", "principal is Memory, action, resource"), "CP002", "(principal is Memory, action, resource)", ""),
        (rule("principal.reputation > 80"), "CP002", "80", "80.0"),
        (rule("80 < principal.reputation"), "CP002", "80", "80.0"),
        (rule("principal.reputation == 1"), "CP002", "1", "1.0"),
        (
            rule("principal.reputation >= principal.reputation"),
            "CP002",
            "principal.reputation >= principal.reputation",
            "principal.reputation.greaterThanOrEqual(principal.reputation)",
        ),
        (rule("principal.role > 3"), "CP002", "principal.role", ""),
        (rule("principal.role == 3"), "CP002", "3", ""),
        (rule("resource.tags.contains(1)"), "CP002", "1", ""),
        (rule("principal.role"), "CP002", "principal.role", ""),
        (rule("context.now > 5"), "CP002", "5", ""),
        (rule('context.reason == "x"'), "CP002", "context.reason", ""),
        (rule('ip("nowhere").isIpv4()'), "CP002", 'ip("nowhere")', ""),
        (rule("resource.tags == []"), "CP002", "[]", ""),
        (rule("now() > 3"), "CP010", "now()", ""),
        (rule('principal.fetch("x")'), "CP010", "fetch", ""),
        (rule('unknown("x")'), "CP010", 'unknown("x")', ""),
        (rule('std::ip("x").isIpv4()'), "CP010", 'std::ip("x")', ""),
        ("permit (principal == ?principal, action, resource);", "CP007", "?principal", ""),
        ("prefer score(1000000.1) (principal, action, resource);", "CP009", "1000000.1", "1000000.0"),
        ("prefer score(-1000000.1) (principal, action, resource);", "CP009", "-1000000.1", "-1000000.0"),
        ("prefer score(0.00001) (principal, action, resource);", "CP009", "0.00001", ""),
        (rule("[" + ", ".join(["1"] * 600) + "].contains(1)"), "CP003", "", ""),
        (rule(" || ".join(["true"] * 70)), "CP003", "||", ""),
    ],
)
def test_codes_places_and_fixes(source: str, code: str, underlined: str, fix: str) -> None:
    found_code, found_text, diagnostic = the_error(source)
    assert found_code == code, diagnostic
    if underlined:
        assert found_text == underlined
    assert diagnostic.fix == fix
    assert diagnostic.message
    assert diagnostic.message[0].islower() or not diagnostic.message[0].isalpha()
    assert not diagnostic.message.endswith(".")


@pytest.mark.parametrize(
    "source",
    [
        rule('principal.rol == "x"'),
        rule("principal.reputation > 80"),
        rule("principal.reputation >= principal.reputation"),
        rule('principal.role = "x"'),
        "permit (principal, action, resource)",
        rule("true", 'principal, action == Action::"handle_tsk", resource'),
        "prefer score(1000000.1) (principal, action, resource);",
    ],
)
def test_applying_the_fix_mends_the_text(source: str) -> None:
    _, _, diagnostic = the_error(source)
    mended = source[: diagnostic.span.start] + diagnostic.fix + source[diagnostic.span.end :]
    assert errors(mended) == []


def procedure(body: str, name: str = "p") -> str:
    return f"procedure {name} {{ {body} }}\n"


REFUND = 'on action == Action::"issue_refund"'
APPROVAL = "require approval from principal"


@pytest.mark.parametrize(
    ("source", "code", "underlined"),
    [
        (procedure(f"{REFUND} {APPROVAL} on timeout escalate to procedure p"), "CP004", "p"),
        (procedure(f"{REFUND} {APPROVAL} on rejection escalate to procedure qq"), "CP005", "qq"),
        (procedure(REFUND), "CP008", "p"),
        (procedure(APPROVAL), "CP008", "p"),
        (procedure(f"{REFUND} require 0 approvals from principal"), "CP008", "0"),
        (procedure(f"{REFUND} {APPROVAL} with timeout 0 hours"), "CP008", "0 hours"),
        (procedure(f"{REFUND} {APPROVAL} with timelock 3651 days"), "CP008", "3651 days"),
        (
            procedure(f"{REFUND} {APPROVAL} with timeout 999999999999999999999 days"),
            "CP008",
            "999999999999999999999 days",
        ),
        (procedure(f"{REFUND} {REFUND} {APPROVAL}"), "CP001", REFUND),
        (procedure(f"{REFUND} on amendment major {APPROVAL}"), "CP001", "on amendment major"),
        (procedure(f"{REFUND} {APPROVAL} with timeout 1 hour with timeout 2 hours"), "CP001", "with timeout 2 hours"),
        (procedure(f"{REFUND} {APPROVAL} on timeout ask"), "CP001", "ask"),
        (procedure(f"on action {APPROVAL}"), "CP001", "require"),
        (procedure("on action is Action " + APPROVAL), "CP001", "is"),
        (procedure(f"{REFUND} when amuont > 3 {APPROVAL}"), "CP002", "amuont"),
        (procedure(f"{REFUND} when on > 3 {APPROVAL}"), "CP001", "on"),
        (procedure(f'{REFUND} {APPROVAL} where principal.rol == "x"'), "CP002", "rol"),
        (procedure(f"{REFUND} {APPROVAL} where amount > 3"), "CP001", "amount"),
        (procedure(f'{REFUND} {APPROVAL} where context.requester.owner == "x"'), "CP002", "owner"),
        (procedure(f"on amendment major {APPROVAL} where principal.reputation > 0.5"), "CP002", "reputation"),
        (procedure(f"on amendment major when amount > 3 {APPROVAL}"), "CP002", "amount"),
        (procedure(f"on amendment huge {APPROVAL}"), "CP001", "huge"),
        (procedure(f"{REFUND} {APPROVAL}") + procedure(f"{REFUND} {APPROVAL} with timeout 1 day"), "CP005", "p"),
    ],
)
def test_mistakes_in_procedures(source: str, code: str, underlined: str) -> None:
    found_code, found_text, diagnostic = the_error(source)
    assert (found_code, found_text) == (code, underlined), diagnostic


@pytest.mark.parametrize(
    "body",
    [
        f"{REFUND} when amount > 500 && context has reason {APPROVAL}",
        f"{REFUND} when {{ amount > 500 }} {APPROVAL}",
        f'{REFUND} {APPROVAL} where principal != context.requester && context.requester.role == "worker"',
        f"{REFUND} {APPROVAL} where principal.reputation > 0.5 && context.amount < 1000 with timelock 1 second",
        f'on action in [Action::"issue_refund", Action::"call_tool"] {APPROVAL} on rejection deny',
        f'on action in Action::"memory" {APPROVAL} where resource.scope == "swarm"',
        f'on amendment minor when context.requester.role == "operator" {APPROVAL}'
        " where principal.name != context.requester.name",
        f"{APPROVAL} {REFUND} with timeout 3650 days with timelock 60 minutes",
    ],
)
def test_procedures_that_are_right(body: str) -> None:
    assert errors(PERMIT + procedure(body)) == []


def test_escalations_are_bounded_and_acyclic() -> None:
    def chain(count: int, last: str) -> str:
        steps = [
            procedure(f"{REFUND} {APPROVAL} on timeout escalate to procedure p{index + 1}", f"p{index}")
            for index in range(count)
        ]
        return "".join(steps) + procedure(f"{REFUND} {APPROVAL} {last}", f"p{count}")

    assert errors(chain(8, "on timeout deny")) == []
    assert [found.code for found in errors(chain(9, "on timeout deny"))] == ["CP004"]
    circle = errors(chain(2, "on rejection escalate to procedure p0"))
    assert [found.code for found in circle] == ["CP004"] * 3
    assert "through" in circle[0].message


def test_an_escalation_asks_approvers_about_the_first_procedures_requests() -> None:
    schema = """
        entity Agent { role: String }; entity Boss { rank: Long }; entity R;
        action spend appliesTo { principal: Agent, resource: R, context: { amount: Long } };
        action review appliesTo { principal: Boss, resource: R, context: { note: String } };
    """
    second = procedure(f'on action == Action::"review" {APPROVAL} where context.note == "x"', "second")
    first = procedure(f'on action == Action::"spend" {APPROVAL} on timeout escalate to procedure second', "first")
    assert errors(second, schema) == []
    code, text, diagnostic = the_error(first + second, schema)
    assert (code, text) == ("CP002", "note")
    assert "`first`" in diagnostic.help


def test_identity() -> None:
    same = 'forbid (principal, action, resource) when { principal["role"] == "a" };'
    again = '@doc("x")\nforbid(principal,action,resource,) when {((principal.role) == "\\x61")};'
    (first,), (second,) = parse(same).statements, parse(again).statements
    assert rule_digest(first) == rule_digest(second)
    code, text, _ = the_error(PERMIT + same + again)
    assert (code, text) == ("CP006", again)
    assert errors(PERMIT + "@norm " + same + '@norm @id("other") ' + again) == []
    code, text, _ = the_error('@id("x") ' + PERMIT + '@id("x") ' + same)
    assert (code, text) == ("CP006", '@id("x")')


HELD = f"{REFUND} {APPROVAL}"
SCORE = "prefer score({}) (principal, action, resource);"


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (
            procedure(f"{REFUND} when amount > 500 {APPROVAL} with timeout 1 hour"),
            procedure(f"{APPROVAL} with timeout 60 minutes when {{ context.amount > 500 }} {REFUND}"),
            True,
        ),
        (procedure(HELD), procedure(HELD, "q"), False),
        (procedure(HELD), procedure(f"{REFUND} require 2 approvals from principal"), False),
        (SCORE.format("2.0"), SCORE.format("2.000"), True),
        (SCORE.format("2.0"), SCORE.format("-2.0"), False),
        (SCORE.format("2.0"), "permit (principal, action, resource);", False),
        (rule("principal.reputation > 0.80"), rule('principal.reputation.greaterThan(decimal("0.8"))'), True),
        (rule("0.8 < principal.reputation"), rule("principal.reputation > 0.8"), True),
        (
            rule("true", 'principal, action in [Action::"memory"], resource'),
            rule("true", 'principal, action in Action::"memory", resource'),
            True,
        ),
        (rule('principal.role == "a"'), rule('principal.role == "b"'), False),
    ],
)
def test_a_digest_is_of_the_meaning(left: str, right: str, equal: bool) -> None:
    (first,), (second,) = parse(left).statements, parse(right).statements
    assert (rule_digest(first) == rule_digest(second)) == equal
    assert len(rule_digest(first)) == 64


def test_a_digest_never_changes() -> None:
    """Signed artifacts hold digests: a change here breaks every constitution in force."""
    (statement,) = parse('forbid (principal, action == Action::"a", resource) when { principal.x > 0.5 };').statements
    assert rule_digest(statement) == "f28a4d9500b4f2ad017808150a075404dfb0da6f46cf39131b8e8a2dd23f3b14"


def test_one_error_does_not_hide_the_rest() -> None:
    source = "\n".join(
        [
            "permit (principal, action resource);",
            rule("principal.rol == 1"),
            'forbid (principal, action, resource) when { principal.role == "x" ',
            rule("principal.reputation > 3"),
            'procedure broken { on action == Action::"issue_refund" require',
            PERMIT,
            'permit (principal, action, resource) when { principal.role == "unclosed };',
        ]
    )
    lines = {found.start.line for found in errors(source)}
    assert lines == {1, 2, 3, 4, 5, 8}


def test_warnings() -> None:
    def warned(source: str) -> list[tuple[str, str]]:
        result = check(source, CORE)
        assert result.program is not None
        return [(found.code, source[found.span.start : found.span.end]) for found in result.diagnostics]

    assert warned(PERMIT) == []
    claims = rule("context.amount < 5")
    assert warned(claims) == [("CP101", "when { context.amount < 5 }")]
    assert warned(rule('context.amount < 5 && principal.role == "x"')) == []
    exception = "forbid (principal, action, resource) unless { context.amount < 5 };"
    assert ("CP101", "unless { context.amount < 5 }") in warned(PERMIT + exception)
    asked = 'permit (principal, action == Action::"call_tool", resource) when { context has reason };'
    assert ("CP101", "when { context has reason }") in warned(asked)
    assert "CP101" not in [code for code, _ in warned(asked.replace("context has reason", "principal has role"))]
    only = rule("principal.id == resource.owner", TASK)
    found = warned(only + 'forbid (principal, action == Action::"call_tool", resource);')
    assert ("CP103", 'action == Action::"call_tool"') in found
    assert [code for code, _ in found].count("CP102") == 7
    assert warned("forbid (principal, action, resource);") == [("CP102", "")]


def test_an_observed_permit_permits_nothing() -> None:
    result = check('@stage("observe") ' + PERMIT, CORE)
    assert [found.code for found in result.diagnostics] == ["CP102"]
    assert result.program is not None
    assert result.program.rules[0].stage == "observe"


@pytest.mark.parametrize("stage", ["trial", "", "Observe", "observe "])
def test_a_misspelt_stage_is_an_error(stage: str) -> None:
    """It would bind, while its author believes that it is on trial."""
    source = f'@stage("{stage}") ' + PERMIT
    code, text, found = the_error(source)
    assert (code, text, found.fix) == ("CP001", f'@stage("{stage}")', '@stage("observe")')
    assert check(source.replace(text, found.fix), CORE).program is not None
    assert check('@stage("enforce") ' + PERMIT, CORE).program is not None


def test_a_broken_schema_is_told_with_its_place() -> None:
    (found,) = errors(PERMIT, "entity A;\nentity B in [C];")
    assert found.rule == "schema"
    assert "line 2, column 14" in found.message


def test_without_a_schema_only_syntax_and_structure_count() -> None:
    assert errors(rule("principal.whatever > 3"), None) == []
    assert check(PERMIT, None).program is not None


def test_a_typed_schema_will_do_with_or_without_its_text() -> None:
    typed = read_schema(CORE)
    made = Schema(typed.entity_types, typed.actions)
    for schema in (typed, made):
        assert check(EXAMPLES, schema).errors == ()
        assert [found.code for found in check(rule("principal.rol == 1"), schema).errors] == ["CP002"]


def test_the_governance_schema_is_a_schema() -> None:
    assert ("Action", "amend") in read_schema(GOVERNANCE_SCHEMA).actions


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from([*EXAMPLES.split(), ";", "}", "{", '"', "\n", "0.5", "where", "::"]), max_size=25))
def test_noise_never_raises_and_is_never_a_program_with_errors(words: list[str]) -> None:
    source = " ".join(words)
    result = check(source, CORE)
    assert (result.program is None) == bool(result.errors)
    for diagnostic in result.diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(source)


def test_a_check_after_a_key_stroke_is_quick() -> None:
    source = "\n".join(
        f'@id("r{index}")\nforbid ({TASK})\nwhen {{ resource.category == "c{index}" && context.amount > {index} }};'
        for index in range(200)
    )
    check(source, CORE)
    best = 1.0
    for attempt in range(5):
        changed = source.replace('"c77"', f'"d{attempt}"')
        started = time.perf_counter()
        assert check(changed, CORE).program is not None
        best = min(best, time.perf_counter() - started)
    assert best < 0.05


def test_rules_keep_their_value_when_they_move() -> None:
    before = check(PERMIT + EXAMPLES, CORE).program
    after = check(PERMIT + "// a new line\n\n" + EXAMPLES, CORE).program
    assert before is not None
    assert after is not None
    assert before.rules == after.rules
    assert all(old.statement is new.statement for old, new in zip(before.rules, after.rules, strict=True))
