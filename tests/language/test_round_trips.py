"""Trees and texts: rendering and parsing are inverse, formatting is idempotent, our Cedar JSON is Cedar's."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.language.trees import DECIMALS, STATEMENTS, TEXTS, expressions
from workbench.language import ast
from workbench.language.cedar import policy_json
from workbench.language.cedar_json import policy_to_json
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.digest import rule_digest
from workbench.language.format import format_source
from workbench.language.guard import check_tokens
from workbench.language.literals import quote, quote_pattern, unescape, unescape_pattern
from workbench.language.lower import as_policy, desugar, desugar_expr, lower_policy
from workbench.language.parser import parse, parse_expression
from workbench.language.render import render_expr, render_statement

RELAXED = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@RELAXED
@given(expressions())
def test_rendered_expressions_parse_to_the_same_tree(tree: ast.Expr) -> None:
    assert parse_expression(render_expr(tree)) == tree


@RELAXED
@given(expressions(bare_names=True))
def test_bare_names_survive_the_round_trip(tree: ast.Expr) -> None:
    assert parse_expression(render_expr(tree), bare_names=True) == tree


@RELAXED
@given(st.lists(STATEMENTS, max_size=3))
def test_rendered_statements_parse_to_the_same_trees(trees: list[ast.Statement]) -> None:
    result = parse("\n\n".join(map(render_statement, trees)))
    assert result.diagnostics == ()
    assert list(result.statements) == trees


@RELAXED
@given(st.lists(STATEMENTS, max_size=3))
def test_formatting_keeps_the_meaning_and_is_idempotent(trees: list[ast.Statement]) -> None:
    once = format_source("\n".join(map(render_statement, trees)))
    assert list(parse(once).statements) == trees
    assert format_source(once) == once


@RELAXED
@given(STATEMENTS)
def test_core_trees_have_no_sugar_and_desugaring_is_idempotent(tree: ast.Statement) -> None:
    core = desugar(tree)
    assert desugar(core) == core
    assert rule_digest(core) == rule_digest(tree)
    assert parse(render_statement(core)).statements == (core,)


@RELAXED
@given(STATEMENTS.filter(lambda tree: not isinstance(tree, ast.Procedure)))
def test_our_cedar_json_is_cedars(tree: ast.Policy | ast.Prefer) -> None:
    text = lower_policy(tree)
    assume(not check_tokens(text, max_depth=64))
    theirs = policy_json(text)
    (policy,) = [*theirs["staticPolicies"].values(), *theirs["templates"].values()]
    policy.pop("annotations", None)
    assert policy_to_json(as_policy(desugar(tree))) == policy


@RELAXED
@given(TEXTS)
def test_string_literals_round_trip(value: str) -> None:
    assert unescape(quote(value)[1:-1]) == value
    assert unescape_pattern(quote_pattern((value,) if value else ())[1:-1]) == ((value,) if value else ())


@RELAXED
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_parsed_or_refused_with_places_inside_it(text: str) -> None:
    for diagnostic in parse(text).diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.start.line >= 1
        assert diagnostic.start.column >= 1


@RELAXED
@given(st.text(alphabet='permitforbd(),;{}@"prncalsuew \n/.:|&!-0123', max_size=120))
def test_statement_like_noise_never_raises(text: str) -> None:
    result = parse(text)
    assert result.statements or result.diagnostics or not re.sub(r"//[^\n]*", "", text).strip()


@RELAXED
@given(DECIMALS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.booleans())
def test_decimal_comparisons_mean_cedars_methods(number: str, op: str, swapped: bool) -> None:
    text = f"{number} {op} context.x" if swapped else f"context.x {op} {number}"
    core = desugar_expr(parse_expression(text))
    if op in ("==", "!="):
        assert isinstance(core, ast.Binary)
        return
    names = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}
    mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    assert isinstance(core, ast.Method)
    assert core.receiver == ast.GetAttr(ast.Var("context"), "x")
    assert core.method == names[mirrored[op] if swapped else op]


COMMENTED = """\
// top of the file
// its second line

// touches the rule
@id("x") // why it is there
permit (principal, // who
  // what
  action, resource) when { // opening
   principal.role=="a" // first
   && true } // closing
 ; // after the rule
// between, before a blank line

procedure p { // header
  with timeout 60 minutes // deadline
  // trigger
  on action == Action::"x" when {amount > 0.80} // threshold
  require 1 approvals from principal where principal.role == "a"
  // last words
} // after the procedure
// end of file
"""


def test_the_formatter_keeps_every_comment_once() -> None:
    formatted = format_source(COMMENTED)
    assert sorted(re.findall(r"//.*", formatted)) == sorted(re.findall(r"//.*", COMMENTED))
    assert format_source(formatted) == formatted
    assert parse(formatted).statements == parse(COMMENTED).statements
    assert '@id("x") // why it is there\n' in formatted
    assert "  // trigger\n  on action" in formatted
    assert "when amount > 0.80 // threshold" in formatted
    assert "} // after the procedure" in formatted


def test_long_conditions_are_broken_at_their_operators() -> None:
    body = " && ".join(f'context.attribute_{index} == "value {index}"' for index in range(5))
    formatted = format_source(f"permit (principal, action, resource) when {{ {body} }};")
    assert max(map(len, formatted.splitlines())) <= 100
    assert formatted.endswith("\n};\n")
    assert format_source(formatted) == formatted


def test_a_source_with_errors_is_not_formatted() -> None:
    with pytest.raises(DiagnosticsError):
        format_source("permit (principal, action resource);")


def test_an_empty_source_stays_empty() -> None:
    assert format_source("") == ""
    assert format_source(" \n // only a comment \n") == "// only a comment\n"
