"""Links from words to clauses: inside both texts, none of the parts forgotten, the very words of each comparison."""

from __future__ import annotations

import pytest

from tests.authoring.corpus import Case, all_cases, schema_of
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.links import Link, at_clause, at_word, links
from workbench.language.ast import Binary, Expr, Procedure, Unary, bodies
from workbench.language.parser import parse

SWARM = "support-swarm"
KNOWN = {"subject", "modality", "action", "condition", "approval"}


def linked(text: str, corpus: str = SWARM) -> tuple[tuple[Link, ...], str]:
    schema = schema_of(corpus)
    result = compile_sentence(text, schema)
    source = result.candidates[0].cedar_plus
    return links(text, result.words, source, schema), source


def compiled() -> list[Case]:
    return [
        case
        for case in all_cases()
        if compile_sentence(case.text, schema_of(case.corpus), ask=False).status == "compiled"
    ]


def comparisons(expr: Expr) -> int:
    if isinstance(expr, Binary) and expr.op in ("&&", "||"):
        return comparisons(expr.left) + comparisons(expr.right)
    return comparisons(expr.arg) if isinstance(expr, Unary) and isinstance(expr.arg, Binary) else 1


def said(text: str) -> dict[str, set[str]]:
    """Words by the clause that they became."""
    found, source = linked(text)
    clauses: dict[str, set[str]] = {}
    for link in found:
        clauses.setdefault(source[link.clause_start : link.clause_end], set()).add(text[link.start : link.end])
    return clauses


def test_every_link_lies_inside_both_texts_and_no_part_is_left_out() -> None:
    every = compiled()
    assert len(every) > 120
    for case in every[::2]:
        found, source = linked(case.text, case.corpus)
        parts = {link.part for link in found}
        read = compile_sentence(case.text, schema_of(case.corpus), ask=False).words
        for link in found:
            assert 0 <= link.start < link.end <= len(case.text), (case.text, link)
            assert 0 <= link.clause_start < link.clause_end <= len(source), (case.text, link)
            assert case.text[link.start : link.end].strip() == case.text[link.start : link.end]
        assert {"modality", "action"} <= parts, case.text
        statements = parse(source).statements
        if not any(isinstance(each, Procedure) for each in statements):  # of those nobody is the subject
            assert {word.part for word in read} & KNOWN <= parts, case.text
        elif not any(each.amendment for each in statements if isinstance(each, Procedure)):
            assert "approval" in parts, case.text
        wanted = sum(comparisons(body) for statement in statements for body in bodies(statement))
        clauses = {(link.clause_start, link.clause_end) for link in found if link.part in ("condition", "approval")}
        assert len(clauses) >= wanted, case.text


def test_a_comparison_is_linked_to_the_very_words_that_name_it() -> None:
    clauses = said("Agents must not close sensitive tickets when the amount is above 500 unless they are supervisors.")
    assert clauses["context.amount > 500"] == {"amount is above 500"}
    assert clauses['resource.category == "sensitive"'] == {"sensitive"}
    assert clauses['principal.role == "supervisor"'] == {"supervisors"}
    assert clauses["forbid"] == {"must not"}


def test_a_phrase_of_the_schema_is_linked_as_a_whole() -> None:
    clauses = said("Agents must never share a ticket outside the company if it carries customer email addresses.")
    assert clauses['resource.tags.contains("email")'] == {"carries customer email addresses"}
    assert clauses['action == Action::"share_external"'] == {"share a ticket outside the company"}


def test_who_approves_and_how_long_is_linked() -> None:
    clauses = said("A refund above 500 requires approval from a supervisor within 2 hours.")
    assert clauses['principal.role == "supervisor"'] == {"supervisor"}
    assert clauses["2 hours"] == {"2"}
    assert clauses["procedure"] == {"requires approval from a supervisor"}


def test_each_of_two_actions_is_linked_to_its_own_word() -> None:
    clauses = said("Agents may not reply to or close sensitive tickets.")
    assert "close" in " ".join(clauses['Action::"close_ticket"'])
    assert "reply" in " ".join(clauses['Action::"reply"'])


def test_both_rules_of_only_are_linked() -> None:
    text = "Only supervisors may delete tickets."
    found, source = linked(text)
    at = text.index("supervisors") + 3
    clauses = {source[link.clause_start : link.clause_end] for link in at_word(found, at)}
    assert clauses == {'principal.role == "supervisor"'}
    assert len({link.clause_start for link in at_word(found, at) if link.part == "condition"}) == 2


def test_the_caret_takes_the_narrowest_words_and_back() -> None:
    text = "Agents may reply to German tickets if the amount is above 200."
    found, source = linked(text)
    (link,) = at_word(found, text.index("German") + 1)
    assert source[link.clause_start : link.clause_end] == 'resource.region == "de"'
    assert {text[back.start : back.end] for back in at_clause(found, link.clause_start + 2)} == {"German"}
    assert at_word(found, len(text) + 5) == ()
    assert at_clause(found, len(source) + 5) == ()


@pytest.mark.parametrize("source", ["", "permit (principal", "forbid (principal, action, resource)", "…" * 50, "@id("])
def test_whatever_stands_in_the_rules_it_never_raises(source: str) -> None:
    assert isinstance(links("Agents may reply.", (), source, schema_of(SWARM)), tuple)
