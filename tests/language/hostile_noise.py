"""Runs in a process of its own: random hostile texts into every entry to cedarpy. ``SEED COUNT [STACK_KIB]``.

Writes each case's number before it is tried, so that a dead process tells which one killed it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

from workbench.language import cedar
from workbench.language.check import check
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.format import format_source
from workbench.language.schema_reader import read_schema

SCHEMA = (
    "entity P in [P] { a: P, s: Set<Long> }; action x appliesTo { principal: P, resource: P, context: { a: Bool } };"
)
REQUEST = {"principal": 'P::"a"', "action": 'Action::"x"', "resource": 'P::"r"', "context": {"a": True}}

AROUND = [
    *[("(", ")"), ("[", "]"), ("{a:", "}"), ('{"a":', "}"), ("!(", ")"), ("-(", ")"), ("!", ""), ("-", ""), ("!!", "")],
    *[("if true then ", " else true"), ("if ", " then true else true"), ("if true then true else ", "")],
    *[("(if a then ", " else b)"), ("ip(", ")"), ("principal.contains(", ")"), ("", ".contains(true)"), ("", ".a")],
    *[("", '["a"]'), ("", "[a]"), ("", "::A"), ("", " has a.b.c"), ("(", " has a.b)"), ("(", " is P in principal)")],
    *[("", " is P"), ("", ' like "*"'), ("true || ", ""), ("", " || true"), ("true && (", ")"), ("", " && a.b.c")],
    *[("1 + ", ""), ("", " - 1"), ("1 * (", ")"), ("", " * 1"), ("principal in ", ""), ("principal in [", "]")],
    *[("", " == 1"), ("1 < ", ""), ("@a ", ""), ('@a("', '")')],
    *[("// ", ""), ("", " // \n"), ("\n", ""), ("permit(", ")")],
    *[("when { ", " }"), ("", " when { true }")],
    *[("", " unless { false }"), ('"', '"'), ('"', ""), ("\\", ""), ("", ", 1")],
    *[("Set<", ">"), ("{a: Set<", ">}"), ("{a?: {b:", "}}")],
    *[("type T = ", ";"), ("namespace A { ", " }"), ("in [", "]")],
    *[("require approval from principal where ", "")],
    *[("on timeout escalate to procedure ", ""), ("procedure p { ", " }")],
]  # fmt: skip
CORES = [
    *["true", "1", "principal", "context.a", '"x"', 'P::"a"', ""],
    *["a", "0.5", "9223372036854775808", "-9223372036854775808"],
    *["\0", "\ud800", "\udfff", '"', "'", "//", "/*", "\\", '"\\'],
    *["?principal", "__cedar", "é" * 50, "\u202e", "\ufeff"],
    *['"' + "\\u{41}" * 300 + '"', '"' + "a" * 70_000 + '"', '"\\u{110000}"'],
    *['"\\x80"', "%", "#", "Long", "}{", ")(", ";;"],
]  # fmt: skip


def text(r: Random) -> str:
    """A core wrapped some times in each of some forms, now and then with a piece torn out."""
    found = r.choice(CORES)
    for _ in range(r.choice((1, 1, 2, 3))):
        before, after = r.choice(AROUND)
        count = int(10 ** r.uniform(0.3, 4.2))
        if r.random() < 0.3:
            other_before, other_after = r.choice(AROUND)
            before, after = before + other_before, other_after + after
        found = before * count + found + after * count
        if len(found) > 400_000:
            break
    if r.random() < 0.15 and len(found) > 2:
        start = r.randrange(len(found))
        found = found[:start] + found[start + r.randrange(1 + len(found) // 4) :]
    return found


def at_the_bound(r: Random) -> str:
    """Forms repeated about as often as the guard just lets pass: what cedarpy does get to see."""
    found = r.choice(CORES[:8])
    for _ in range(r.choice((1, 2, 3, 4))):
        before, after = r.choice(AROUND[:38])
        count = r.choice((1, 2, 4, 8, 15, 16, 30, 31, 32, 60, 63, 64, 65))
        found = before * count + found + after * count
        if r.random() < 0.5:
            found = f"({found})"
    return found


def source(r: Random, inside: str) -> str:
    match r.randrange(8):
        case 0:
            return inside
        case 1:
            return f"{inside} permit (principal, action, resource);"
        case 2:
            return f"permit (principal == {inside}, action, resource);"
        case 3:
            return f"permit (principal, action in {inside}, resource);"
        case 4:
            return f'procedure p {{ on action == Action::"x" when {inside} require approval from principal }}'
        case 5:
            return (
                f'prefer score(1.0) (principal, action, resource) when {{ {inside} }} unless {{ principal == P::"x" }};'
            )
    return f"permit (principal, action, resource) when {{ {inside} }};"


def value(r: Random, inside: str) -> object:
    """A JSON value around a text: nested, or in one of the forms that Cedar gives a meaning."""
    found: object = inside
    for _ in range(r.randrange(1, 4)):
        form = r.choice(("list", "record", "__entity", "__extn", "__expr", "type"))
        for _ in range(int(10 ** r.uniform(0, 2.2))):
            match form:
                case "list":
                    found = [found]
                case "record":
                    found = {"a": found}
                case "__extn":
                    found = {"__extn": {"fn": "decimal", "arg": found}}
                case "type":
                    found = {"type": found, "id": "x"}
                case _:
                    found = {form: found}
    return found


def attempts(r: Random) -> list[tuple[str, Callable[[], object]]]:
    inside = text(r) if r.random() < 0.5 else at_the_bound(r)
    written = source(r, inside)
    schema = f"entity E {{ a: {inside} }};" if r.random() < 0.7 else inside
    held = value(r, inside[:2000])
    rows = [{"uid": {"type": "P", "id": "a"}, "attrs": {"a": held}, "parents": []}]
    odd = [{"uid": held, "attrs": {}, "parents": [held]}]
    link = [("policy0", inside[:50], {"?principal": inside})]
    template = "permit (principal == ?principal, action, resource);"
    return [
        ("check", lambda: check(written, SCHEMA)),
        ("check without schema", lambda: check(written, None)),
        ("policies", lambda: cedar.parse_policies(written)),
        ("json", lambda: cedar.policy_json(written)),
        ("validate", lambda: cedar.validate(written, SCHEMA)),
        ("validate each", lambda: cedar.validate_each([written, written], cedar.parse_schema(SCHEMA))),
        ("parse each", lambda: cedar.parse_each([written, written])),
        ("format", lambda: format_source(written)),
        ("authorize", lambda: cedar.authorize(written, REQUEST, rows)),
        ("schema", lambda: read_schema(schema)),
        ("schema handle", lambda: cedar.parse_schema(schema)),
        ("check with schema", lambda: check("permit (principal, action, resource);", schema)),
        ("schema as JSON", lambda: cedar.parse_schema_json(json.dumps({"": {"entityTypes": held, "actions": {}}}))),
        ("schema of JSON text", lambda: cedar.parse_schema_json(inside)),
        ("entities", lambda: cedar.authorize("", REQUEST, rows)),
        ("entities of odd uids", lambda: cedar.authorize("", REQUEST, odd)),
        ("entities of text", lambda: cedar.authorize("", REQUEST, inside)),
        ("request", lambda: cedar.authorize("", {**REQUEST, "principal": inside}, [])),
        ("request of objects", lambda: cedar.authorize("", {**REQUEST, "action": held}, [])),
        ("request of odd types", lambda: cedar.authorize("", {**REQUEST, "resource": {"type": inside, "id": "x"}}, [])),
        ("context", lambda: cedar.authorize("", {**REQUEST, "context": held}, [])),
        ("context of text", lambda: cedar.authorize("", {**REQUEST, "context": inside}, [], SCHEMA)),
        ("link", lambda: cedar.CedarEngine(template, links=link)),
    ]  # fmt: skip


def main(seed: int, count: int) -> None:
    for number in range(seed, seed + count):
        for name, attempt in attempts(Random(number)):
            sys.stdout.write(f"{number}\t{name}\n")
            sys.stdout.flush()
            started = time.process_time()
            with suppress(cedar.CedarError, DiagnosticsError, ValueError):
                attempt()
            spent = time.process_time() - started
            if spent > 5:
                sys.stdout.write(f"slow\t{number}\t{name}\t{spent:.1f}\n")
    sys.stdout.write("survived\n")


if __name__ == "__main__":
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    if len(sys.argv) > 3:
        threading.stack_size(int(sys.argv[3]) * 1024)
        worker = threading.Thread(target=main, args=(seed, count))
        worker.start()
        worker.join()
    else:
        main(seed, count)
