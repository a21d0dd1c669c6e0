"""No text may kill the process: noise into every entry to cedarpy, in a process of its own. Limits stand before it.

``WORKBENCH_FUZZ_ROUNDS`` and ``WORKBENCH_FUZZ_SEED`` ask for more noise, and for other noise.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.language.hostile_noise import REQUEST, SCHEMA
from workbench.language import cedar
from workbench.language.check import check
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.format import format_source
from workbench.language.schema_reader import read_schema

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("WORKBENCH_FUZZ_ROUNDS", "150"))
SEED = int(os.environ.get("WORKBENCH_FUZZ_SEED", "0"))
ENTRIES = 23
SMALL_STACK = "1024"  # KiB; threads have 8 MiB on Linux, and a musl build's 1 MiB is the least that Python sets


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "arguments"), [(SEED, []), (SEED + 1_000_000, [SMALL_STACK])])
def test_noise_kills_no_process(seed: int, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "tests.language.hostile_noise", str(seed), str(ROUNDS), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120 + ROUNDS)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"died in {lines[-1:]}: {done.stderr[-500:]}"
    assert lines[-1:] == ["survived"], done.stderr[-500:]
    assert len(lines) > ROUNDS * ENTRIES
    assert [line for line in lines if line.startswith("slow")] == []


class _Bomb:
    """Stands in cedarpy's place and may not be touched."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"cedarpy.{name} was reached")


def condition(text: str) -> str:
    return f"permit (principal, action, resource) when {{ {text} }};"


DEEP = "(" * 65 + "true" + ")" * 65
OVER = {
    "brackets": condition(DEEP),
    "a chain": condition(" || ".join(["true"] * 66)),
    "a chain of steps": condition("context" + ".a" * 65),
    "bangs": condition("!(" * 70 + "true" + ")" * 70),
    "a doubling has": condition("(" * 9 + "context" + " has a.b)" * 9),
    "a long rule": condition("[" + "1, " * 9_000 + "1].contains(1)"),
    "a large text": "//" + " " * (8 * 1024 * 1024),
    "a surrogate": condition('context.a == "\ud800"'),
    "one among others": condition("true") * 50 + condition(DEEP) + condition("true"),
}
JSON = "[" * 65 + "]" * 65
LARGE_SCHEMA = "// " + " " * (1024 * 1024)
NESTED_SCHEMA = "entity E { a: " + "{a: " * 40 + "Long" + "}" * 40 + "};"
GOOD = "permit (principal, action, resource);"
TEMPLATE = "permit (principal == ?principal, action, resource);"


@pytest.mark.parametrize("source", OVER.values(), ids=OVER.keys())
def test_what_is_over_a_limit_never_reaches_cedar(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = cedar.parse_schema(SCHEMA)
    check(GOOD, SCHEMA)
    monkeypatch.setattr(cedar, "cedarpy", _Bomb())
    calls: list[Callable[[], object]] = [
        lambda: cedar.parse_policies(source),
        lambda: cedar.policy_json(source),
        lambda: cedar.validate(source, handle),
        lambda: cedar.authorize(source, REQUEST, []),
        lambda: format_source(source),
    ]
    for call in calls:
        with pytest.raises((cedar.CedarError, DiagnosticsError)):
            call()
    assert all(isinstance(found, cedar.CedarError) for found in cedar.validate_each([source, source], handle))
    assert all(isinstance(found, cedar.CedarError) for found in cedar.parse_each([source, source]))
    for schema in (SCHEMA, None):
        if source is not OVER["one among others"]:
            assert {found.code for found in check(source, schema).errors} <= {"CP003", "CP001"}


def test_the_checker_asks_cedar_about_nothing_over_its_own_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its depth is half of conformance's, and it counts the parts of a rule."""
    check(GOOD, SCHEMA)
    monkeypatch.setattr(cedar, "cedarpy", _Bomb())
    for text in ("(" * 32 + "true" + ")" * 32, "[" + "1, " * 600 + "1].contains(1)"):
        assert [found.code for found in check(condition(text), SCHEMA).errors] == ["CP003"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: cedar.parse_schema(LARGE_SCHEMA),
        lambda: cedar.parse_schema(NESTED_SCHEMA),
        lambda: read_schema(LARGE_SCHEMA),
        lambda: read_schema(NESTED_SCHEMA),
        lambda: cedar.parse_schema_json(JSON),
    ],
)
def test_no_schema_over_a_limit_reaches_cedar(call: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cedar, "cedarpy", _Bomb())
    with pytest.raises((cedar.CedarError, DiagnosticsError)):
        call()


_STORE = cedar.cedarpy.Entities


class _OnlyPolicies:
    """cedarpy that reads policies and the empty entity store, and may not be asked for anything more."""

    PolicySet = cedar.cedarpy.PolicySet

    class Entities:
        @staticmethod
        def from_json_str(text: str, schema: object) -> object:
            assert text == "[]"
            return _STORE.from_json_str(text, schema)


@pytest.mark.parametrize(
    "call",
    [
        lambda: cedar.CedarEngine(GOOD, JSON),
        lambda: cedar.CedarEngine(GOOD, [{"uid": {"type": "P", "id": "a"}, "attrs": {"a": nested(65)}, "parents": []}]),
        lambda: cedar.CedarEngine(TEMPLATE, links=[("policy0", "new", {"?principal": DEEP})]),
        lambda: cedar.authorize(GOOD, {**REQUEST, "context": nested(66)}, []),
        lambda: cedar.authorize(GOOD, {**REQUEST, "context": JSON}, []),
        lambda: cedar.authorize(GOOD, {**REQUEST, "principal": DEEP}, []),
        lambda: cedar.authorize(GOOD, {**REQUEST, "resource": {"type": DEEP, "id": "x"}}, []),
    ],
)
def test_no_data_over_a_limit_reaches_cedar(call: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cedar, "cedarpy", _OnlyPolicies)
    with pytest.raises(cedar.CedarError):
        call()


def nested(depth: int) -> object:
    found: object = 1
    for _ in range(depth):
        found = {"a": found}
    return found


def test_all_that_reaches_cedar_is_known_here() -> None:
    """A new function of cedarpy's in use must come with its guard, and with an attempt on it among the noise."""
    tree = ast.parse(Path(cedar.__file__).read_text())
    used = {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("cedarpy.")
    }
    types = {"cedarpy.AuthzResult", "cedarpy.Decision", "cedarpy.ValidationError", "cedarpy.ValidationResult"}
    assert {name for name in used if name not in types and not name.startswith("cedarpy.Decision.")} == {
        "cedarpy.Entities",
        "cedarpy.Entities.from_json_str",
        "cedarpy.PolicySet",
        "cedarpy.PolicySet.from_str",
        "cedarpy.Schema",
        "cedarpy.Schema.from_json_str",
        "cedarpy.Schema.from_str",
        "cedarpy.is_authorized",
        "cedarpy.is_authorized_batch",
        "cedarpy.policies_to_json_str",
        "cedarpy.validate_policies",
    }
