"""Nouns of doing: which verb a noun is made from, and which it only looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.authoring.corpus import schema_of
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.languages.english import english
from workbench.authoring.nominals import is_verb, names_doing
from workbench.language.schema_reader import read_schema

_WORDS = english().nominal
VERBS = (
    "act",
    "add",
    "adopt",
    "approve",
    "assign",
    "authorise",
    "cancel",
    "close",
    "commit",
    "confirm",
    "convert",
    "create",
    "decide",
    "delete",
    "deliver",
    "deny",
    "deploy",
    "depart",
    "destroy",
    "enter",
    "escalate",
    "execute",
    "expose",
    "extend",
    "import",
    "install",
    "issue",
    "merge",
    "notify",
    "page",
    "pay",
    "post",
    "press",
    "publish",
    "recover",
    "refund",
    "reject",
    "remove",
    "renew",
    "restart",
    "revise",
    "roll",
    "sell",
    "sign",
    "state",
    "submit",
    "suppress",
    "suspend",
    "transfer",
    "trade",
)


def named(noun: str) -> set[str]:
    return {verb for verb in VERBS if names_doing(noun, verb, _WORDS.irregular, frozenset(_WORDS.false))}


@pytest.mark.parametrize(
    ("noun", "verb"),
    [
        ("deployment", "deploy"), ("approvals", "approve"), ("escalation", "escalate"), ("deletions", "delete"),
        ("execution", "execute"), ("notifications", "notify"), ("denial", "deny"), ("rejection", "reject"),
        ("submission", "submit"), ("suspension", "suspend"), ("extension", "extend"), ("conversion", "convert"),
        ("cancellation", "cancel"), ("closure", "close"), ("exposure", "expose"), ("issuance", "issue"),
        ("delivery", "deliver"), ("recovery", "recover"), ("installation", "install"), ("decision", "decide"),
        ("revision", "revise"), ("adoption", "adopt"), ("removals", "remove"), ("sales", "sell"),
        ("destruction", "destroy"), ("entries", "enter"), ("payment", "pay"), ("publication", "publish"),
        ("restarts", "restart"), ("trades", "trade"), ("authorisation", "authorise"), ("confirmation", "confirm"),
    ],
)  # fmt: skip
def test_a_noun_names_the_doing_of_its_verb_and_of_no_other(noun: str, verb: str) -> None:
    assert named(noun) == {verb}


@pytest.mark.parametrize(
    "noun",
    ["department", "signal", "station", "mission", "postal", "pages'", "importance", "statue", "rollout", "paying"],
)
def test_a_noun_that_only_looks_made_names_nothing(noun: str) -> None:
    assert named(noun) == set()


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12))
def test_a_noun_begins_as_its_verb_does(noun: str) -> None:
    """No likeness of sound or sense: but for the irregular ones, the first letters are the verb's."""
    for verb in named(noun):
        assert noun in _WORDS.irregular or noun.rstrip("s") in _WORDS.irregular or noun[:2] == verb[:2]


@given(st.sampled_from(VERBS), st.sampled_from(("zz", "q", "ness", "able")))
def test_an_ending_that_makes_no_noun_of_doing_is_not_taken_for_one(verb: str, ending: str) -> None:
    assert verb not in named(verb + ending)


def test_the_british_double_l_is_the_same_verb() -> None:
    assert is_verb("cancell", "cancel")
    assert is_verb("call", "call")
    assert not is_verb("cancell", "cance")


TWO = """
entity Person;
entity Host; entity Job = { urgent: Bool };
action deployHost appliesTo { principal: [Person], resource: [Host], context: {} };
action deployJob appliesTo { principal: [Person], resource: [Job], context: {} };
"""


def test_a_noun_of_two_actions_is_a_question_and_its_object_answers_it() -> None:
    schema = read_schema(TWO)
    alone = compile_sentence("Deployments are forbidden.", schema)
    assert alone.status == "ambiguous"
    assert len(alone.candidates) == 2
    for said in ("Deployments of jobs are forbidden.", "Job deployments are forbidden."):
        told = compile_sentence(said, schema)
        assert told.status == "compiled", said
        assert '"deployJob"' in told.candidates[0].cedar_plus


def test_the_noun_is_told_as_an_assumption() -> None:
    result = compile_sentence("Deployments to frozen services are forbidden.", schema_of("incident-response"))
    assert any("deploy" in note for note in result.candidates[0].assumptions)


@pytest.mark.parametrize(
    "text",
    [
        "Deployments from production are forbidden.",  # where it comes from is not what it applies to
        "Nobody may export the logs to production.",
        "Bots must not deploy from production.",
    ],
)
def test_the_other_direction_is_not_taken_for_this_one(text: str) -> None:
    assert compile_sentence(text, schema_of("incident-response")).status == "refused"


def test_who_is_in_the_group_must_be_plain_and_keeps_its_type() -> None:
    ops = schema_of("incident-response")
    assert compile_sentence("Engineers and bots in the platform squad may deploy.", ops).status == "refused"
    only = compile_sentence("Only engineers in the platform squad may deploy.", ops)
    assert only.status == "compiled"
    assert 'principal is Ops::Engineer && principal in Ops::Squad::"platform"' in only.candidates[0].cedar_plus
