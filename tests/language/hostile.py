"""Runs in a process of its own: every entry to cedarpy with inputs made to kill it. Prints one line per input."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from workbench.language import cedar
from workbench.language.check import check
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.format import format_source
from workbench.language.parser import parse, parse_expression
from workbench.language.schema_reader import read_schema

SCHEMA = "entity P; action x appliesTo { principal: P, resource: P, context: { a: Bool } };"
REQUEST = {"principal": 'P::"a"', "action": 'Action::"x"', "resource": 'P::"r"', "context": {"a": True}}


def nested(text: str, count: int, start: str = "context.a") -> str:
    for _ in range(count):
        start = text.replace("#", start)
    return start


CONDITIONS = {
    "1500 ors": " || ".join(["context.a"] * 1500),
    "5000 ands": " && ".join(["context.a"] * 5000),
    "1000 parentheses": "(" * 1000 + "true" + ")" * 1000,
    "unclosed parentheses": "(" * 100_000,
    "unclosed sets": "[" * 100_000,
    "unclosed records": "{a:" * 50_000,
    "nots in parentheses": nested("!(#)", 3000),
    "bangs": "!" * 100_000 + "true",
    "dashes": "-" * 100_000 + "1",
    "ifs in conditions": "if " * 20_000 + "true",
    "ifs in branches": "if true then " * 5000 + "true" + " else false" * 5000,
    "else ladder": "if true then true else " * 20_000 + "true",
    "dots": "context" + ".a" * 20_000,
    "indices": "context" + '["a"]' * 20_000,
    "method chain": "[true]" + ".contains(true)" * 20_000,
    "methods inside": nested("[true].contains(#)", 3000),
    "long has path": "context has a" + ".a" * 20_000,
    "has that doubles": nested("(# has a.b.c)", 30),
    "is in that doubles": nested("(# is P in principal)", 30, "principal"),
    "long set": "[" + "1," * 50_000 + "1] == [1]",
    "long sum": "+".join(["1"] * 20_000) + " == 1",
    "deep mixture": nested("(!# && context.a || context.a)", 60),
    "colons": "A" + "::A" * 50_000 + '::"x" == 1',
    "huge number": "9" * 100_000,
    "huge decimal": "9" * 100_000 + ".5 < context.a",
    "huge escape": '"' + "\\u{41}" * 20_000 + '" == "a"',
    "many quotes": '"' * 100_001,
    "surrogate": "context.a == \ud800",
    "nul": "\0" * 1000,
}

SOURCES = {
    **{name: f"permit (principal, action, resource) when {{ {text} }};" for name, text in CONDITIONS.items()},
    **{
        f"procedure, {name}": f'procedure p {{ on action == Action::"x" when {text} require approval from principal }}'
        for name, text in CONDITIONS.items()
    },
    "many conditions": "permit (principal, action, resource)" + " when { true }" * 20_000 + ";",
    "many annotations": "@a" * 20_000 + " permit (principal, action, resource);",
    "many semicolons": ";" * 30_000,
    "scope parentheses": "permit (principal == " + "(" * 50_000 + 'P::"a"' + ")" * 50_000 + ", action, resource);",
    "many actions": "permit (principal, action in [" + 'Action::"x",' * 20_000 + "], resource);",
    "many requires": "procedure p { on amendment major" + " require approval from principal" * 20_000 + "}",
    "9 MiB": " " * (9 * 1024 * 1024),
}

TYPES = (
    "".join(f"type T{i} = {{ a: T{i + 1}, b: T{i + 1} }};" for i in range(40)) + "type T40 = Long; entity E { a: T0 };"
)
SCHEMAS = {
    "3000 nested records": "entity E { a: " + "{a:" * 3000 + "Long" + "}" * 3000 + "};",
    "unclosed records": "entity E " + "{a:" * 50_000,
    "3000 nested sets": "entity E { a: " + "Set<" * 3000 + "Long" + ">" * 3000 + "};",
    "types that double": TYPES,
    "a chain of 3000 types": "".join(f"type T{i} = {{ a: T{i + 1} }};" for i in range(3000)) + "type T3000 = Long;",
    "a chain of aliases": "".join(f"type T{i} = T{i + 1};" for i in range(3000)) + "type T3000 = Long;",
    "types in a circle": "type A = B; type B = { a: A };",
    "a chain of 3000 groups": "action g0;" + "".join(f"action g{i + 1} in g{i};" for i in range(3000)),
    "a chain of 3000 entities": "entity E0;" + "".join(f"entity E{i + 1} in E{i};" for i in range(3000)),
    "many annotations": "@a" * 20_000 + " entity E;",
    "2 MiB": " " * (2 * 1024 * 1024),
    "surrogate": "entity \ud800;",
    "200 by 200 by 100 environments": f"entity {','.join(f'E{i}' for i in range(200))};"
    + "".join(
        f"action a{k} appliesTo {{ principal: [{','.join(f'E{i}' for i in range(200))}],"
        f" resource: [{','.join(f'E{i}' for i in range(200))}] }};"
        for k in range(100)
    ),
}

DEEP_JSON = "[" * 5000 + "]" * 5000


def attempts() -> list[tuple[str, Callable[[], object]]]:
    """Every named attempt on the process."""
    found: list[tuple[str, Callable[[], object]]] = []
    for name, source in SOURCES.items():
        found.append((f"check {name}", lambda source=source: check(source, SCHEMA)))
        found.append((f"parse {name}", lambda source=source: parse(source, max_depth=64)))
        if name.startswith("procedure"):
            continue
        found.append((f"format {name}", lambda source=source: format_source(source)))
        found.append((f"policies {name}", lambda source=source: cedar.parse_policies(source)))
        found.append((f"json {name}", lambda source=source: cedar.policy_json(source)))
        found.append((f"validate {name}", lambda source=source: cedar.validate(source, SCHEMA)))
        found.append((f"authorize {name}", lambda source=source: cedar.authorize(source, REQUEST, [])))
    for name, text in CONDITIONS.items():
        found.append((f"expression {name}", lambda text=text: parse_expression(text, bare_names=True)))
    for name, text in SCHEMAS.items():
        found.append((f"schema {name}", lambda text=text: read_schema(text)))
        found.append(
            (f"check with schema {name}", lambda text=text: check("permit (principal, action, resource);", text))
        )
    found.append(("deep entities", lambda: cedar.authorize("", REQUEST, DEEP_JSON)))
    context: dict[str, object] = {}
    context["a"] = [context, context]
    found.append(("context in itself", lambda: cedar.authorize("", {**REQUEST, "context": context}, [])))
    found.append(("deep uid", lambda: cedar.authorize("", {**REQUEST, "principal": "(" * 10_000}, [])))
    found.append(("json schema", lambda: cedar.parse_schema_json(DEEP_JSON)))
    return found


def main() -> None:
    for name, attempt in attempts():
        started = time.perf_counter()
        try:
            attempt()
            outcome = "done"
        except (cedar.CedarError, DiagnosticsError, ValueError) as error:
            outcome = type(error).__name__
        print(f"{name}\t{outcome}\t{time.perf_counter() - started:.3f}", flush=True)
    print("survived", flush=True)


if __name__ == "__main__":
    sys.exit(main())
