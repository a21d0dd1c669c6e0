"""A digest is of what a rule means: the same however it is written, another for every other rule."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.language.trees import STATEMENTS
from workbench.language import ast
from workbench.language.digest import rule_digest
from workbench.language.guard import check_tokens
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.render import render_statement
from workbench.language.tokens import tokenize


def the_digest(text: str) -> str:
    result = parse(text)
    assert result.diagnostics == (), text
    (statement,) = result.statements
    return rule_digest(statement)


def in_parentheses(r: Random, text: str) -> str:
    """``text`` with some of its expressions in parentheses that change nothing."""
    (statement,) = parse(text).statements
    nodes = [node for body in ast.bodies(statement) for node in ast.walk(body)]
    spans = {(node.span.start, node.span.end) for node in nodes if not isinstance(node, ast.Name)}
    for start, end in sorted(spans, reverse=True):
        if r.random() < 0.2 and not any(
            start < other < end < stop or other < start < stop < end for other, stop in spans
        ):
            wrapped = f"{text[:start]}({text[start:end]}){text[end:]}"
            if not parse(wrapped).diagnostics:
                text = wrapped
                break
    return text


def rewritten(r: Random, text: str) -> str:
    """The same statement with other white space, comments, annotations, quotes around names, and escapes."""
    gaps = [" ", "  ", "\n", "\t", "\r\n", " // why\n", "\n// permit (principal, action, resource);\n"]
    words = []
    for token in tokenize(text)[:-1]:
        written = token.text
        if token.kind == "string" and "\\" not in written and r.random() < 0.5:
            written = (
                '"'
                + "".join(f"\\u{{{ord(c):x}}}" if c.isalnum() and r.random() < 0.3 else c for c in written[1:-1])
                + '"'
            )
        words.append(written)
    for place in range(len(words) - 1):
        if words[place] == "," and words[place + 1] not in (")", "]", "}"):
            continue
        if (
            words[place + 1] == "]"
            and words[place] not in ("[", ",")
            and r.random() < 0.3
            and not words[place].startswith('"')
        ):
            words[place] += ","
    notes = r.sample(
        ['@doc("x")', "@reviewed", '@english("Nobody may.")', '@id("n7")', '@since("2024")'], r.randrange(3)
    )
    return "\n".join(notes) + r.choice(gaps) + "".join(word + r.choice(gaps) for word in words)


@settings(deadline=None, max_examples=250)
@given(STATEMENTS, st.integers(0, 2**32))
def test_a_rule_has_one_digest_however_it_is_written(tree: ast.Statement, seed: int) -> None:
    r = Random(seed)
    plain = render_statement(ast_without_notes(tree))
    assume(not check_tokens(plain))
    wanted = the_digest(plain)
    assert the_digest(render_statement(desugar(tree))) == wanted  # sugar, or Cedar's own methods
    assert the_digest(render_statement(tree)) == wanted  # annotations
    other = rewritten(r, in_parentheses(r, plain))
    assume(not check_tokens(other))
    assert the_digest(other) == wanted, other


def ast_without_notes(tree: ast.Statement) -> ast.Statement:
    return replace(tree, annotations=())


CHANGES = [
    (r"^permit", "forbid"),
    (r"^forbid", "permit"),
    (r"\bwhen\b", "unless"),
    (r"\bunless\b", "when"),
    (r"==", "!="),
    (r"!=", "=="),
    (r"&&", "||"),
    (r"\|\|", "&&"),
    (r"<=", "<"),
    (r">=", ">"),
    (r" \+ ", " - "),
    (r" \* ", " + "),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"\bprincipal\.", "resource."),
    (r'::"', '::"z'),
    (r"\bcontainsAll\b", "containsAny"),
    (r"\blessThan\b", "greaterThan"),
    (r"score\((-?\d+)", r"score(1\1"),
    (r" is ", " is X::"),
    (r"\b(\d+) approvals", r"1\1 approvals"),
    (r"approval from", "7 approvals from"),
    (r"\b([1-9]\d*) hour", r"\1 day"),
    (r"\b([1-9]\d*) minute", r"\1 second"),
    (r"procedure (\w+) \{", r"procedure \1x {"),
    (r"on timeout deny", "on rejection deny"),
    (r"with timeout", "with timelock"),
    (r"amendment minor", "amendment major"),
    (r"amendment major", "amendment sensitive"),
    (r"to procedure ", "to procedure x"),
    (r"\(principal,", '(principal == User::"one",'),
    (r", resource\)", ', resource in Folder::"two")'),
    (r", action,", ', action == Action::"z",'),
]


@settings(deadline=None, max_examples=250)
@given(STATEMENTS, st.integers(0, 2**32))
def test_another_rule_has_another_digest(tree: ast.Statement, seed: int) -> None:
    r = Random(seed)
    plain = render_statement(ast_without_notes(tree))
    assume(not check_tokens(plain))
    wanted = the_digest(plain)
    for pattern, change in r.sample(CHANGES, len(CHANGES)):
        places = list(re.finditer(pattern, plain))
        if not places:
            continue
        place = r.choice(places)
        changed = plain[: place.start()] + place.expand(change) + plain[place.end() :]
        result = parse(changed)
        if result.diagnostics or len(result.statements) != 1:
            continue
        same = desugar(result.statements[0]) == desugar(ast_without_notes(tree))
        assert (rule_digest(result.statements[0]) == wanted) == same, changed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("principal.x < 0.50", 'principal.x.lessThan(decimal("0.5"))'),
        ("0.5 < principal.x", "principal.x > 0.5"),
        ('principal["x"] == "\\u{41}"', 'principal.x == "A"'),
        ("principal has a.b", "principal has a && principal.a has b"),
        ("(((true)))", "true"),
        ("1 + 2 + 3 == 6", "(1 + 2) + 3 == 6"),
        ("[1, 2,].contains(1)", "[1, 2].contains(1)"),
        ('{a: 1, "b": 2}.a == 1', '{"a": 1, b: 2}.a == 1'),
        ("-1 == 007", "-1 == 7"),
    ],
)
def test_two_ways_of_writing(one: str, other: str) -> None:
    def of(text: str) -> str:
        return the_digest(f"permit (principal, action, resource) when {{ {text} }};")

    assert of(one) == of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 + (2 + 3) == 6", "1 + 2 + 3 == 6"),
        ("context.a == context.b", "context.b == context.a"),
        ("[1, 2].contains(1)", "[2, 1].contains(1)"),
        ("-(1) == 1", "-1 == 1"),
        ("!(!true)", "true"),
        ('"a" == "b"', '"a" == "B"'),
        ("true == true", "1 == 1"),
        ('"1" == "1"', "1 == 1"),
        ('context like "*"', 'context like "\\*"'),
        ("principal has a.b", 'principal has "a.b"'),
        ('A::"x" == A::"x"', 'A::"x" == A::"X"'),
    ],
)
def test_what_is_written_alike_and_means_something_else(one: str, other: str) -> None:
    def of(text: str) -> str:
        return the_digest(f"permit (principal, action, resource) when {{ {text} }};")

    assert of(one) != of(other)
