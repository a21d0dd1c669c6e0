"""Completion: what fits at the caret, by the words before it and by the types of the rule; never anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.authoring.corpus import NAMES, schema_of
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.completion import complete_cedar, complete_english
from workbench.authoring.offers import Completions
from workbench.language.check import check

SWARM = schema_of("support-swarm")


def english(text: str, **more: bool) -> Completions:
    at = text.index("|") if "|" in text else len(text)
    return complete_english(text.replace("|", ""), at, SWARM, **more)


def cedar(text: str) -> list[str]:
    at = text.index("|")
    return [item.text for item in complete_cedar(text.replace("|", ""), at, SWARM).items]


def applied(text: str, found: Completions, index: int = 0) -> str:
    return text[: found.start] + found.items[index].text + text[found.end :]


def test_a_phrase_of_an_action_goes_on_after_its_first_words() -> None:
    found = english("Agents must never sha")
    assert found.items[0].text == "share"
    assert found.items[0].kind == "action"
    assert found.items[0].detail == "share … outside the company"
    assert applied("Agents must never sha", found) == "Agents must never share"
    assert "reply to" in [item.text for item in english("Agents may reply t").items]


def test_the_longest_beginning_is_what_is_replaced() -> None:
    found = english("Customer records may be viewed with a verified iden")
    assert applied("Customer records may be viewed with a verified iden", found).endswith("with a verified identity")


@pytest.mark.parametrize(
    ("text", "wanted", "kind"),
    [
        ("Only superv", "supervisor", "value"),
        ("Agents who speak Germ", "German", "value"),
        ("Agents may reply to tick", "tickets", "type"),
        ("Agents may reply to tickets unl", "unless", "word"),
        ("Nobo", "nobody", "word"),
        ("Agents mus", "must not", "word"),
        ("if the refunds to", "refunds today", "attribute"),
    ],
)
def test_types_values_attributes_and_function_words_are_offered(text: str, wanted: str, kind: str) -> None:
    assert (wanted, kind) in [(item.text, item.kind) for item in english(text).items]


def test_after_a_modal_actions_come_first() -> None:
    assert english("Agents may re").items[0].kind == "action"
    assert english("re").items[0].kind != "action"


@pytest.mark.parametrize("text", ["", "Agents may ", "Agents m", "Agents may reply. ", "sup|ervisors", "9", "…"])
def test_nothing_is_offered_without_a_beginning_or_within_a_word(text: str) -> None:
    assert english(text).items == ()


def test_asked_for_it_offers_what_may_begin_here() -> None:
    assert english("Agents may ", asked=True).items[0].kind == "action"


def test_what_stands_there_already_is_not_offered() -> None:
    assert "supervisor" not in [item.text for item in english("Only supervisor").items]


def test_a_sentence_end_begins_anew() -> None:
    assert english("Agents may reply to customer. Supe").items[0].text == "supervisor"
    assert english("with a verified iden").items[0].text == "a verified identity"
    assert english("with a verified. iden").start == len("with a verified. ")


# ---- Cedar+ ----------------------------------------------------------------------------------------------------------


def test_attributes_are_those_of_the_types_that_the_scope_leaves() -> None:
    ticket = cedar('permit (principal, action == Action::"reply", resource) when { resource.|')
    assert {"category", "priority", "region"} <= {
        *ticket,
        *cedar('permit (principal, action == Action::"reply", resource) when { resource.r|'),
    }
    memory = cedar('permit (principal, action == Action::"read_shared_memory", resource) when { resource.|')
    assert "scope" in memory
    assert "priority" not in memory
    assert cedar("permit (principal, action, resource is Memory) when { resource.pri|") == []


def test_attributes_of_attributes_follow_their_type() -> None:
    assert "reputation" in cedar('permit (principal, action == Action::"reply", resource) when { resource.owner.re|')
    assert cedar('permit (principal, action == Action::"reply", resource) when { resource.owner.cat|') == []


def test_context_is_that_of_the_action() -> None:
    assert cedar('forbid (principal, action == Action::"read_shared_memory", resource) when { context.|') == ["hour"]
    assert "amount" in cedar('forbid (principal, action == Action::"issue_refund", resource) when { context.am|')


def test_the_rule_before_does_not_count() -> None:
    before = 'permit (principal, action == Action::"read_shared_memory", resource);'
    assert cedar(f"{before}\npermit (principal, action, resource) when {{ context.am|") == ["amount"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('permit (principal, action == Action::"iss|', ['issue_refund"']),
        ('permit (principal, action == Action::"iss|"', ["issue_refund"]),
        ('when { principal.role == "superv|', ['supervisor"']),
        ('when { principal.role != "superv|" };', ["supervisor"]),
        ('when { resource.tags.contains("em|', ['email"']),
        ('when { resource.tags.containsAny(["pii", "em|', ['email"']),
        ("permit (principal is Ag|", ["Agent"]),
        ("forb|", ["forbid"]),
        ("permit (princ|", ["principal"]),
        ("// princ|", []),
        ('@english("princ|', []),
        ("permit (principal.x.y.z.|", []),
    ],
)
def test_values_actions_types_and_keywords_are_offered(text: str, wanted: list[str]) -> None:
    assert cedar(text) == wanted


def test_a_rule_can_be_written_with_completions_alone() -> None:
    text = ""
    for typed in (
        "forb",
        ' (principal, action == Action::"iss',
        ", resource)\nwhen { context.amo",
        " > 500 && principal.ro",
        ' == "superv',
        " };",
    ):
        text += typed
        found = complete_cedar(text, len(text), SWARM)
        text = applied(text, found) if found.items else text
    assert check(text, SWARM).program is not None, text


# ---- properties ------------------------------------------------------------------------------------------------------

CORPUS = st.sampled_from(NAMES)
TEXTS = st.text(alphabet='abcdeiprstuo .,"|(){}=:@_0…\n', max_size=60)


@settings(max_examples=150, deadline=None)
@given(CORPUS, TEXTS, st.integers(min_value=-3, max_value=70))
def test_a_completion_goes_on_from_what_stands_there(name: str, text: str, offset: int) -> None:
    schema = schema_of(name)
    for found in (complete_english(text, offset, schema, asked=True), complete_cedar(text, offset, schema)):
        assert 0 <= found.start <= found.end <= len(text)
        assert len(found.items) <= 8
        typed = " ".join(text[found.start : found.end].lower().split())
        for item in found.items:
            assert item.text.lower().startswith(typed)
            assert item.text.lower() != typed
        assert len({item.text for item in found.items}) == len(found.items)


def test_actions_offered_are_understood_by_the_compiler() -> None:
    """Every action's beginning belongs to a phrase that the grammar knows for that very action."""
    for item in complete_english("Agents may ", 11, SWARM, asked=True).items:
        if item.kind == "action" and not item.detail:
            result = compile_sentence(f"Agents may {item.text} tickets.", SWARM, ask=False)
            other = compile_sentence(f"Agents may {item.text}.", SWARM, ask=False)
            assert "refused" not in (result.status, other.status) or {result.status, other.status} != {"refused"}, item
