"""No input may kill the process: the guard, its bounds, and a process that is given everything known to kill one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language.trees import expressions
from workbench.language import ast, cedar
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.guard import (
    check_tokens,
    is_plainly_shallow,
    nesting_findings,
    require_shallow,
    require_shallow_json,
    require_shallow_value,
    schema_findings,
)
from workbench.language.literals import quote
from workbench.language.render import render_expr
from workbench.language.tokens import tokenize

ROOT = Path(__file__).resolve().parents[2]


def test_hostile_inputs_do_not_kill_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.language.hostile"], capture_output=True, text=True, cwd=ROOT, timeout=150
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"died after {lines[-1:]}: {done.stderr[-500:]}"
    assert lines[-1] == "survived"
    slow = [line for line in lines[:-1] if float(line.rsplit("\t", 1)[-1]) > 10]
    assert slow == []


def condition(text: str) -> str:
    return f"permit (principal, action, resource) when {{ {text} }};"


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("(" * 31 + "true" + ")" * 31, True),
        ("(" * 32 + "true" + ")" * 32, False),
        (" || ".join(["true"] * 65), True),
        (" || ".join(["true"] * 66), False),
        (" && ".join(["true"] * 66), False),
        (" + ".join(["1"] * 66), False),
        ("a" + ".b" * 64, True),
        ("a" + ".b" * 65, False),
        ("a" + '["b"]' * 65, False),
        ("[" + ", ".join(["a.b.c && d || e"] * 200) + "]", True),
        ("if a then " * 65 + "b" + " else c" * 65, False),
        ("(a has b.c)", True),
        ("(" * 9 + "a" + " has b.c)" * 9, False),
        ("(" * 9 + "a" + " is B in c)" * 9, False),
    ],
)
def test_bounds(text: str, accepted: bool) -> None:
    found = check_tokens(condition(text))
    assert (not found) == accepted
    if found:
        assert found[0].code == "CP003"
        assert found[0].help


def test_the_finding_stands_where_the_bound_is_passed() -> None:
    source = condition(" || ".join(["true"] * 66))
    (found,) = check_tokens(source)
    assert source[found.span.start : found.span.end] == "||"
    assert source[: found.span.start].count("||") == 64


def test_statements_are_bounded_one_by_one() -> None:
    """Chains of different rules do not add up."""
    assert check_tokens("\n".join([condition(" || ".join(["true"] * 60))] * 50)) == []


def test_conformance_may_nest_deeper() -> None:
    source = condition("(" * 60 + "true" + ")" * 60)
    assert check_tokens(source)
    assert check_tokens(source, max_depth=64) == []
    require_shallow(source)
    with pytest.raises(DiagnosticsError):
        require_shallow(condition("(" * 64 + "true" + ")" * 64))


def depth(node: ast.Expr) -> int:
    return 1 + max(map(depth, ast.children(node)), default=0)


@settings(deadline=None, max_examples=100)
@given(expressions(), st.integers(1, 40))
def test_what_passes_the_guard_has_a_shallow_tree(tree: ast.Expr, wraps: int) -> None:
    for _ in range(wraps):
        tree = ast.Unary("!", ast.Binary("&&", tree, ast.Var("context")))
    source = condition(render_expr(tree))
    if is_plainly_shallow(source, 0, len(source)):
        assert nesting_findings(tokenize(source)) == []
    if not check_tokens(source):
        assert depth(tree) <= 2 * (2 * 32 + 64)


@pytest.mark.parametrize(("open_", "close"), [("{a:", "}"), ("Set<", ">")])
def test_schema_nesting(open_: str, close: str) -> None:
    assert schema_findings("entity E { a: " + open_ * 31 + "Long" + close * 31 + " };") == []
    assert schema_findings("entity E { a: " + open_ * 32 + "Long" + close * 32 + " };")[0].code == "CP003"


def test_json_depth() -> None:
    require_shallow_json("[" * 64 + "]" * 64)
    require_shallow_json('["' + "[" * 100 + '", "\\"[["]')
    with pytest.raises(ValueError, match="deeper than 64"):
        require_shallow_json("[" * 65 + "]" * 65)
    endless: list[object] = []
    endless += [endless, endless]
    with pytest.raises(ValueError, match="deeper than 64"):
        require_shallow_value(endless)
    require_shallow_value([{"a": [1, "x", None]}] * 1000)


def test_every_entry_to_cedarpy_is_guarded() -> None:
    deep = condition("(" * 200 + "true" + ")" * 200)
    request = {"principal": 'P::"a"', "action": 'Action::"x"', "resource": 'P::"b"', "context": {}}
    for call in (
        lambda: cedar.parse_policies(deep),
        lambda: cedar.policy_json(deep),
        lambda: cedar.validate(deep, "entity P;"),
        lambda: cedar.CedarEngine(deep),
        lambda: cedar.authorize(deep, request, []),
        lambda: cedar.parse_schema("entity E { a: " + "{a:" * 99 + "Long" + "}" * 99 + "};"),
    ):
        with pytest.raises(cedar.CedarError, match="nest"):
            call()


def test_only_one_module_imports_cedarpy() -> None:
    importing = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "workbench").rglob("*.py")
        if any(line.lstrip().startswith(("import cedarpy", "from cedarpy")) for line in path.read_text().splitlines())
    ]
    assert importing == ["workbench/language/cedar.py"]


REQUEST = {"principal": 'P::"a"', "action": 'Action::"x"', "resource": 'P::"b"', "context": {"n": 1}}


@pytest.mark.parametrize("id_", ["O'Brien", "tab\t", 'a"b', "a\\", "\0", "e\u0301", "𝄞", ""])
def test_any_id_may_be_written_as_a_text(id_: str) -> None:
    """Cedar's own parser takes `U::"O'Brien"` for a text that is not normalised, and decides nothing."""
    uid = f"P::{quote(id_)}"
    engine = cedar.CedarEngine(f"permit (principal == {uid}, action, resource);")
    assert engine.authorize({**REQUEST, "principal": uid}).outcome == "allow"
    assert engine.authorize({**REQUEST, "principal": {"type": "P", "id": id_}}).outcome == "allow"
    assert engine.authorize({**REQUEST, "principal": f'{uid} "'}).outcome == "invalid"


def test_cedars_answers() -> None:
    policies = """
        permit (principal, action, resource);
        forbid (principal, action, resource) when { context.n > 1 };
        forbid (principal, action, resource) when { context.missing };
    """
    engine = cedar.CedarEngine(policies)
    allowed = engine.authorize(REQUEST)
    assert (allowed.outcome, allowed.reasons, allowed.errors) == ("allow", ("policy0",), ("policy2",))
    denied = engine.authorize_all([{**REQUEST, "context": {"n": 2}}])[0]
    assert (denied.outcome, denied.reasons, denied.errors) == ("deny", ("policy1",), ("policy2",))
    assert engine.authorize({**REQUEST, "principal": "nonsense"}).outcome == "invalid"
    linked = cedar.CedarEngine(
        "permit (principal == ?principal, action, resource);", links=[("policy0", "link", {"?principal": 'P::"a"'})]
    )
    assert linked.authorize(REQUEST).reasons == ("link",)
