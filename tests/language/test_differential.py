"""Our parser and cedarpy's accept the same Cedar and read it alike.

Inputs: part of Cedar's conformance corpus, hand-written edges, and noise made of tokens. Texts with decimal literals
are left out (they are Cedar+'s), and so is ``unknown(…)``, which belongs to cedarpy's partial evaluation, not to Cedar.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.language.cedar import CedarError, policy_json
from workbench.language.cedar_json import policy_to_json
from workbench.language.guard import check_tokens
from workbench.language.lower import as_policy, desugar
from workbench.language.parser import parse
from workbench.language.render import render_statement

DATA = Path(__file__).parent / "data"
CORPUS: list[str] = json.loads((DATA / "corpus_policies.json").read_text())
EDGES: dict[str, list[str]] = json.loads((DATA / "edges.json").read_text())


def agree(text: str) -> bool:
    """Asserts that both parsers accept ``text`` and agree on its meaning, or that both refuse it."""
    if check_tokens(text, max_depth=64):
        return False
    result = parse(text, max_depth=64)
    try:
        theirs = policy_json(text)
    except CedarError:
        assert result.diagnostics, f"we accept what Cedar refuses: {text!r}"
        return False
    assert not result.diagnostics, f"we refuse what Cedar accepts: {text!r}: {result.diagnostics[0].message}"
    found = {**theirs["staticPolicies"], **theirs["templates"]}
    for policy in found.values():
        policy.pop("annotations", None)
    in_order = [found[name] for name in sorted(found, key=lambda name: int(name.removeprefix("policy")))]
    assert [policy_to_json(as_policy(desugar(statement))) for statement in result.statements] == in_order  # type: ignore[arg-type]
    rendered = "\n".join(map(render_statement, result.statements))
    assert parse(rendered, max_depth=64).statements == result.statements
    return True


def in_condition(expression: str) -> str:
    return f"permit (principal, action, resource) when {{ {expression} }};"


def test_the_corpus_sample_is_read_as_cedar_reads_it() -> None:
    assert sum(map(agree, CORPUS)) > 0.9 * len(CORPUS)


@pytest.mark.parametrize("expression", EDGES["expressions"])
def test_expression_edges(expression: str) -> None:
    agree(in_condition(expression))


@pytest.mark.parametrize("source", EDGES["sources"])
def test_source_edges(source: str) -> None:
    agree(source)


def test_the_edges_are_of_both_kinds() -> None:
    """A differential test in which nothing is accepted would prove little."""
    accepted = sum(agree(in_condition(text)) for text in EDGES["expressions"])
    assert 100 < accepted < len(EDGES["expressions"]) - 100


WORDS = [
    *re.findall(r"\S+", "principal action resource context a b if then else in is has like true false 1 2"),
    *re.findall(r"\S+", ". , :: ( ) [ ] { } == != < <= > >= + - * ! && || : = @"),
    *['"a"', '"*"', '"\\n"', '"\\*"', "ip", "contains", ".contains(", "isEmpty()", "lessThan", "?principal", 'A::"x"'],
    *["-1", "principal.a", '["a"]', "when", "unless", "__cedar", "// c\n", "9223372036854775808", "\u00a0", "é"],
]
STATEMENT_WORDS = [
    *WORDS,
    "permit",
    "forbid",
    "(principal, action, resource)",
    ";",
    ";",
    "{",
    "}",
    "@a",
    '@a("b")',
    "\n",
]

EXPRESSIONS = st.recursive(
    st.sampled_from(
        [
            *("principal", "context.a", "1", "-5", '"s"', "true", 'A::"x"', 'resource["q r"]', "[1, 2]"),
            *('{a: 1, "b c": 2}', 'ip("1.1.1.1")', "-9223372036854775808", "context"),
        ]
    ),
    lambda inner: st.one_of(
        st.builds(
            lambda left, op, right: f"{left} {op} {right}",
            inner,
            st.sampled_from(["&&", "||", "==", "!=", "<", ">=", "+", "-", "*", "in", "is A in"]),
            inner,
        ),
        st.builds(
            lambda form, each: form.replace("#", each),
            st.sampled_from(
                [
                    *("(#)", "!#", "-#", "#.a", '#["x"]', "#.isEmpty()", "#.contains(#)", "[#]", "{k: #}", "# is A::B"),
                    *('# like "a*\\*b"', "# has a.b", '# has "q r"', "if # then # else #", "#.isInRange(#)"),
                ]
            ),
            inner,
        ),
    ),
    max_leaves=6,
)
QUICK = settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(EXPRESSIONS)
def test_generated_expressions(expression: str) -> None:
    agree(in_condition(expression))


@QUICK
@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_expression_noise(words: list[str]) -> None:
    agree(in_condition(" ".join(words)))


@QUICK
@given(EXPRESSIONS, st.integers(0, 60), st.sampled_from([*WORDS, ""]), st.booleans())
def test_expressions_with_one_token_changed(expression: str, place: int, word: str, insert: bool) -> None:
    tokens = re.findall(r'\w+|"[^"]*"|\S', expression)
    place %= len(tokens)
    tokens[place : place + (not insert)] = [word]
    agree(in_condition(" ".join(tokens)))


@QUICK
@given(st.lists(st.sampled_from([*EDGES["sources"], *STATEMENT_WORDS]), max_size=6))
def test_statement_noise(words: list[str]) -> None:
    agree(" ".join(words))


@QUICK
@given(st.sampled_from(EDGES["sources"]), st.integers(0, 200), st.characters(codec="utf-8"))
def test_one_character_inserted(source: str, place: int, character: str) -> None:
    place %= len(source) + 1
    text = source[:place] + character + source[place:]
    if not re.search(r"\d\.\d", text):
        agree(text)


@pytest.mark.parametrize("text", [r"a\*b", r"\x2a", r"\u{2a}", "*", r"\*", r"*\**", r"\\*"])
def test_patterns_match_what_cedar_matches(text: str) -> None:
    assert agree(in_condition(f'context.a like "{text}"'))
