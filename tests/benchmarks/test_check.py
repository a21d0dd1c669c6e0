"""The checker: what a key stroke costs against a first check, growth with the text, and many rules against cedarpy.

Ratios within one run only; the times are printed (``pytest -s``) and never asserted.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from time import process_time

import cedarpy
import pytest

from workbench.language import check as checker
from workbench.language.check import check
from workbench.language.program import CheckResult
from workbench.service.bench.workload import workload

ROOT = Path(__file__).resolve().parents[2]
CORE = (ROOT / "samples" / "schemas" / "concord-core.cedarschema").read_text()


def best(act: Callable[[], object], rounds: int = 3) -> float:
    """The least processor time of some rounds, in seconds."""
    found = float("inf")
    for _ in range(rounds):
        gc.collect()
        started = process_time()
        act()
        found = min(found, process_time() - started)
    return found


def forgotten(source: str, schema: str) -> CheckResult:
    """A check by a checker that has seen nothing of ``source`` before (the schema it knows)."""
    checker._read.cache_clear()
    checker._kept.cache_clear()
    checker.judge_of.cache_clear()
    return check(source, schema)


def constitution(rules: int) -> str:
    """Of three in ten the statements are procedures that escalate to each other, the rest forbids and preferences."""
    texts = []
    for i in range(rules):
        further = f"escalate to procedure p{i + 1}" if i % 10 < 2 and i + 1 < rules else "deny"
        match i % 10:
            case 0 | 1 | 2:
                texts.append(
                    f'procedure p{i} {{ on action == Action::"issue_refund" when amount > {i}\n'
                    f'  require approval from principal where principal.role == "lead{i}"\n'
                    f"  require 2 approvals from principal where principal != context.requester\n"
                    f"  with timeout 1 hour on timeout {further} }}"
                )
            case 3 | 4:
                texts.append(
                    f"prefer score({i}.5) (principal, action, resource) when {{ principal.reputation > 0.{i} }};"
                )
            case 5:
                texts.append(f'permit (principal, action, resource) when {{ principal.role == "r{i}" }};')
            case _:
                texts.append(
                    f'@id("r{i}")\n@english("no c{i}")\nforbid (principal, action == Action::"handle_task", resource)\n'
                    f'when {{ resource.category == "c{i}" && context.amount > {i} }};'
                )
    return "\n\n".join(texts)


def with_a_letter(source: str, number: int) -> str:
    """``source`` with one letter typed into a text in its middle."""
    place = source.index('== "', len(source) // 2) + 4
    return source[:place] + chr(ord("a") + number) + source[place:]


@pytest.mark.parametrize("rules", [200, 1_000])
def test_a_key_stroke_costs_little_of_a_first_check(rules: int) -> None:
    source = constitution(rules)
    assert forgotten(source, CORE).program is not None
    cold = best(lambda: forgotten(source, CORE))
    check(source, CORE)
    strokes = [with_a_letter(source, number) for number in range(5)]
    stroke = min(best(lambda text=text: check(text, CORE), 1) for text in strokes)  # type: ignore[misc]
    print(f"\n{rules} rules: first check {cold * 1e3:.1f} ms, after a key stroke {stroke * 1e3:.2f} ms")
    assert stroke * 5 < cold


def test_a_key_stroke_in_a_rule_that_becomes_wrong_costs_little_too() -> None:
    source = constitution(200)
    cold = best(lambda: forgotten(source, CORE))
    check(source, CORE)
    broken = [source.replace('"r155" };', end) for end in ('"r155', '"r155" }', '"r155" && };', "principal.rol };")]
    assert all(check(text, CORE).program is None for text in broken)
    check(source, CORE)
    again = [text.replace("no c77", "no c7") for text in broken]
    stroke = max(best(lambda text=text: check(text, CORE), 1) for text in again)  # type: ignore[misc]
    print(f"\n200 rules, one broken: first check {cold * 1e3:.1f} ms, after a key stroke {stroke * 1e3:.2f} ms")
    assert stroke * 2 < cold


def test_many_rules_cost_little_beside_what_cedar_itself_needs() -> None:
    """Over 100 actions: parse, identity, structure and cedarpy's verdicts, against cedarpy's parse and validation."""
    rules = 3_000
    work = workload(rules)
    schema = cedarpy.Schema.from_str(work.schema)

    def by_cedar() -> None:
        cedarpy.PolicySet.from_str(work.policies)
        assert cedarpy.validate_policies(work.policies, schema).validation_passed

    ours, theirs = (best(act, 2) for act in (lambda: forgotten(work.policies, work.schema), by_cedar))
    print(f"\n{rules} rules: {ours / rules * 1e6:.0f} µs a rule, cedarpy {theirs / rules * 1e6:.0f} µs")
    assert ours < 2 * theirs


@pytest.mark.parametrize(
    "text",
    [
        lambda size: constitution(size // 50),
        lambda size: "".join(
            f"procedure p{i} {{ on timeout escalate to procedure p{i + 1} }}\n" for i in range(size // 40)
        ),
        lambda size: "".join(
            f"procedure p{i} {{ on timeout escalate to procedure p{i ^ 1}"
            f" on rejection escalate to procedure p{i + 2} }}\n"
            for i in range(size // 40)
        ),
        lambda size: "permit (principal, action, resource) when { " + "principal." * (size // 10),
        lambda size: "@a " * (size // 3),
        lambda size: "procedure p { " + "@a " * (size // 3),
        lambda size: "permit (" * (size // 8),
        lambda size: "permit" + " " * size + "(" + "permit (" * (size // 8),
        lambda size: '"' + '\\"' * (size // 2),
        lambda size: '"\n\\\n' * (size // 4),
        lambda size: '"a\\" // b "\n' * (size // 10),
        lambda size: '"' * size,
        lambda size: "/" * size,
        lambda size: "// x\n" * (size // 5),
        lambda size: "procedure p { // x\n" * (size // 20),
        lambda size: "permit (\n" * (size // 9),
        lambda size: "{[(" * (size // 3),
        lambda size: "permit;" * (size // 7),
        lambda size: "\\" * size,
        lambda size: '"\\' * (size // 2),
        lambda size: "é" * size,
        lambda size: "0" * size + "." + "0" * size,
        lambda size: "permit (principal, action, resource) when { " + "1" * size + " == 1 };",
        lambda size: 'permit (principal, action, resource) when { "' + "\\u{1}" * size + '" == "" };',
        lambda size: 'permit (principal, action, resource) when { principal.role like "' + "*a" * size + '" };',
        lambda size: (
            "permit (principal, action, resource) when { [" + ", ".join(["1"] * (size // 3)) + "].contains(1) };"
        ),
        lambda size: "permit (principal, action, resource) when { principal.rol == 1 };\n" * (size // 70),
        lambda size: "procedure p { when " + "a " * (size // 2) + "}",
        lambda size: "procedure p { " + "when a " * (size // 8) + "}",
        lambda size: "@" * size,
        lambda size: "\n" * size,
        lambda size: "prefer score (\n" * (size // 15),
    ],
)
def test_twice_the_text_takes_about_twice_the_time(text: Callable[[int], str]) -> None:
    """Four times as much, that is; sixteen times the time is what must not be.

    Where a larger text leaves the processor's caches it may look so once, so another four times is asked before that
    counts: what is quadratic is so at every size.
    """
    check(text(10_000), CORE)
    spent = [best(lambda size=size: forgotten(text(size), CORE), 2) for size in (20_000, 80_000)]  # type: ignore[misc]
    if spent[1] >= 8 * max(spent[0], 0.004):
        large = text(320_000)
        spent.append(best(lambda: forgotten(large, CORE), 2))
        assert spent[2] < 8 * spent[1], f"{', '.join(f'{each * 1e3:.1f} ms' for each in spent)} for 1, 4, 16 times"
