"""Lexers: what they colour, and that no text, however broken, makes them overlap or leave the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.lexers import TOKEN_KINDS, cedar, english, json

LEXERS = {"cedar": cedar.lex, "english": english.lex, "json": json.lex}
PIECES = ("//", "@id", "forbid", "permit", "::", "Action", "0.8", "-1", "# ", "- ", "**", "must not", "unless", "when")
FRAGMENTS = st.sampled_from([*'"\\ ()é\U0001f600`{:\t\x1b“.', *PIECES])


def kinds(lex, line):
    return [(line[token.start : token.end], token.kind) for token in lex(line)]


@pytest.mark.parametrize("name", LEXERS)
@given(line=st.one_of(st.text(st.characters(exclude_characters="\n\r")), st.lists(FRAGMENTS).map("".join)))
def test_tokens_are_ordered_disjoint_and_within_the_line(name, line):
    end = 0
    for token in LEXERS[name](line):
        assert end <= token.start < token.end <= len(line)
        assert token.kind in TOKEN_KINDS
        end = token.end


def test_a_forbid_is_coloured_by_part():
    line = 'forbid (principal, action == Action::"share_external", resource)'
    assert kinds(cedar.lex, line) == [
        ("forbid", "forbid"),
        ("principal", "variable"),
        ("action", "variable"),
        ("==", "operator"),
        ("Action", "type"),
        ('"share_external"', "string"),
        ("resource", "variable"),
    ]


def test_attributes_named_like_keywords_are_not_keywords():
    assert kinds(cedar.lex, "context.on && resource.principal.to") == [
        ("context", "variable"),
        ("&&", "operator"),
        ("resource", "variable"),
    ]


def test_methods_are_functions_and_when_before_a_bracket_is_not():
    assert ("contains", "function") in kinds(cedar.lex, 'when (resource.tags.contains("pii"))')
    assert ("when", "keyword") in kinds(cedar.lex, 'when (resource.tags.contains("pii"))')


def test_a_comment_mark_inside_a_string_is_text():
    assert kinds(cedar.lex, '@doc("see http://x") // why') == [
        ("@doc", "annotation"),
        ('"see http://x"', "string"),
        ("// why", "comment"),
    ]


def test_an_open_string_runs_to_the_end_of_its_line():
    assert kinds(cedar.lex, '@id("R1') == [("@id", "annotation"), ('"R1', "string")]


def test_the_words_that_carry_a_norm_stand_out():
    assert kinds(english.lex, "Agents must never share more than 3 tickets unless asked.") == [
        ("must never", "forbid"),
        ("more than", "keyword"),
        ("3", "number"),
        ("unless", "keyword"),
    ]
    assert kinds(english.lex, "## Refunds of 500 or more") == [("## Refunds of 500 or more", "heading")]


def test_json_keys_differ_from_strings():
    assert kinds(json.lex, '  "amount": -5, "tags": ["pii", null]') == [
        ('"amount"', "key"),
        ("-5", "number"),
        ('"tags"', "key"),
        ('"pii"', "string"),
        ("null", "keyword"),
    ]
