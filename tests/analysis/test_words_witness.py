"""Witnesses as lines: who asks for what, what the rules read first, nothing of the data left out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.told import PROGRAM, doc, program, user, witness
from workbench.analysis.results import Judged, RequestEnvironment, Witness
from workbench.analysis.words import MUTE, Voice, cedar_value, judged_words, request_words, witness_said
from workbench.analysis.words_witness import facts_of
from workbench.language.literals import unescape
from workbench.language.parser import parse_expression
from workbench.language.quotation import bare

VOICE = Voice(PROGRAM)


def facts(found: Witness, voice: Voice = VOICE) -> dict[str, str]:
    return {fact.path: fact.value for fact in facts_of(found, voice)}


def test_who_asks_for_what() -> None:
    odd = {"principal": 'A::B::"x\\"y"', "action": 'Ns::Action::"go"', "resource": {"type": "Doc", "id": "d"}}
    assert request_words(odd) == 'A::B::"x\\"y" asks to do Ns::Action::"go" on Doc::"d".'
    assert request_words({}) == "? asks to do ? on ?."  # no request at all is still no reason to fail


def test_what_the_deciding_rules_read_stands_first_and_is_marked() -> None:
    found = witness("read", user(), doc("secret"))
    told = witness_said(found, VOICE)
    assert [(fact.path, fact.value) for fact in told.read] == [
        ("resource.labels", '["secret"]'),
        ("principal.trust", "1"),
    ]
    assert told.facts[:2] == told.read
    assert ("context.amount", "1") in {(fact.path, fact.value) for fact in told.facts[2:]}
    assert not any(fact.read for fact in told.facts[2:])
    assert witness_said(found, MUTE).read == witness_said(found, MUTE).facts


def test_a_permit_that_is_outweighed_decides_nothing() -> None:
    outweighed = program(
        '@id("trusted") permit (principal, action == Action::"read", resource) when { principal.trust > 0 };'
        '@id("large") forbid (principal, action == Action::"read", resource) when { context.amount > 3 };'
    )
    told = witness_said(witness("read", user(), doc(), amount=4, by=outweighed), Voice(outweighed))
    assert [fact.path for fact in told.read] == ["context.amount"]
    assert told.outcome == ("It is denied by `large`.",)


def test_what_rests_on_no_data_shows_none() -> None:
    told = witness_said(witness("read", user(), doc()), VOICE)
    assert told.outcome == ("It is permitted by `readers`.",)  # which has no conditions
    assert (told.read, told.unread) == ((), told.facts)
    assert len(told.facts) > 3


def test_a_denial_by_default_shows_what_the_nearest_permit_read() -> None:
    found = witness("write", user(), doc(owner="bob"))
    assert found.after.code == "not_permitted"
    read = {fact.path: fact.value for fact in witness_said(found, VOICE).read}
    assert read["resource.owner"] == 'User::"bob"'
    assert read['principal in Team::"desk"'] == "false"


def test_what_is_held_is_told_with_the_permit_behind_it() -> None:
    found = witness("write", user(parents=["desk"]), doc(), amount=6)
    told = witness_said(found, VOICE)
    assert told.outcome == ("It is permitted by `writers`, once `two_eyes` has approved.",)
    assert {"context.amount", "resource.owner", 'principal in Team::"desk"'} == {fact.path for fact in told.read}
    assert {*told.read, *told.unread} == set(told.facts)
    assert "resource.labels" in {fact.path for fact in told.unread}
    mute = witness_said(found, MUTE)
    assert (mute.read, mute.unread) == (mute.facts, ())


def test_every_field_is_told_by_the_path_that_leads_to_it() -> None:
    boss = user("bob", trust=9)
    ann = {**user(parents=["desk"]), "tags": {"shift": "night"}}
    ann["attrs"]["boss"] = {"__entity": {"type": "User", "id": "bob"}}
    found = facts(witness("write", ann, boss, doc(owner="bob")))
    assert found["principal.boss"] == 'User::"bob"'
    assert found["principal.boss.trust"] == "9"  # the first path that leads to it, although the owner is the same
    assert found['principal in Team::"desk"'] == "true"
    assert found['principal.getTag("shift")'] == '"night"'
    assert found["resource.size.pages"] == "7"
    assert found['resource.size["odd name"]'] == '"x"'


def test_one_entity_on_both_sides_is_told_once() -> None:
    found = facts(witness("write", user(), resource='User::"ann"'))
    assert found["resource"] == "the same as the principal"
    assert "resource.role" not in found


def test_an_entity_without_data_is_told_unless_there_is_nothing_to_know() -> None:
    assert facts(witness("read", doc()))["principal"] == "nothing is known of it"
    assert "principal" not in facts(witness("read", user(), doc()))
    schema = "entity Guest; entity Doc; action read appliesTo { principal: [Guest], resource: [Doc] };"
    bare = program('@id("a") permit (principal, action, resource);', schema)
    request = {"principal": 'Guest::"g"', "action": 'Action::"read"', "resource": 'Doc::"d"', "context": {}}
    empty = Witness(request, (), Judged("allow", "allow", "allowed", ("a",)))
    assert facts(empty, Voice(bare)) == {}
    assert facts(empty, MUTE) == {"principal": "nothing is known of it", "resource": "nothing is known of it"}


def test_a_field_that_is_absent_is_called_missing() -> None:
    found = witness("read", doc("secret"))
    assert found.after.code == "evaluation_error"
    assert [(fact.path, fact.value) for fact in witness_said(found, VOICE).read] == [
        ("principal", "nothing is known of it"),
        ("resource.labels", '["secret"]'),
        ("principal.trust", "missing"),
    ]


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (Judged("allow", "allow", "allowed", ("a", "b")), "It is permitted by `a` and `b`."),
        (Judged("hold", "allow", "held", ("two",)), "It is permitted once `two` has approved."),
        (Judged("hold", "allow", "held", ("a", "b")), "It is permitted once `a` and `b` have approved."),
        (Judged("deny", "deny", "forbidden", ("a",)), "It is denied by `a`."),
        (Judged("deny", "deny", "not_permitted"), "It is denied, because no rule permits it."),
        (
            Judged("deny", "allow", "evaluation_error", (), ("a",)),
            "It is denied, because `a` cannot be evaluated. Cedar itself would permit it.",
        ),
        (Judged("allow", "allow", "allowed", ("a",), ("f",)), "It is permitted by `a`. `f` cannot be evaluated."),
        (Judged("deny", "deny", "forbidden", ("a",), ("f",)), "It is denied by `a`."),
        (Judged("deny", "deny", "deadline_exceeded"), "It is denied."),
    ],
)
def test_what_comes_of_a_request(judged: Judged, words: str) -> None:
    assert judged_words(judged) == words


def test_why_a_rule_cannot_be_evaluated_is_told() -> None:
    found = witness("read", doc("secret"))
    assert judged_words(found.after, VOICE, found) == (
        'It is denied, because `secrets` cannot be evaluated: entity `User::"ann"` does not exist. '
        "Cedar itself would permit it."
    )


def test_both_versions_are_told_of_a_change() -> None:
    older = program('@id("nobody") forbid (principal, action, resource);')
    found = witness("read", user(), doc(), before=older)
    assert witness_said(found, Voice(PROGRAM, older)).outcome == (
        "The present version: it is denied by `nobody`.",
        "The new version: it is permitted by `readers`.",
    )


def test_a_request_that_fits_the_new_schema_only_is_told_all_the_same() -> None:
    older = program(
        '@id("x") permit (principal, action, resource);',
        "entity Z; action sit appliesTo { principal: [Z], resource: [Z] };",
    )
    found = witness("read", user(), doc("secret"))
    assert [fact.path for fact in witness_said(found, Voice(PROGRAM, older)).read] == [
        "resource.labels",
        "principal.trust",
    ]


# ---- values ----------------------------------------------------------------------------------------------------------

_LEAVES = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES)
def test_a_value_is_written_as_cedar_reads_it(value: Any) -> None:
    """What is printed parses as an expression of Cedar's, whatever letters it holds."""
    text = cedar_value(value)
    parse_expression(text)
    assert text.isprintable()


@given(st.dictionaries(st.text(min_size=1, max_size=5), _VALUES, max_size=5))
def test_no_leaf_of_the_data_is_left_out(context: dict[str, Any]) -> None:
    request = {"principal": 'U::"u"', "action": 'Action::"a"', "resource": 'U::"v"', "context": context}
    found = Witness(request, (), Judged("allow", "allow", "allowed"))
    values = [fact.value for fact in facts_of(found)]

    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict) and value and not {"__entity", "__extn"} & set(value):
            return [leaf for item in value.values() for leaf in leaves(item)]
        return [value]

    for item in context.values():
        for leaf in leaves(item):
            assert cedar_value(leaf) in values, json.dumps(context)


# ---- names within lines ----------------------------------------------------------------------------------------------

_ODD = st.text('ab "`\\·:.\n\u202e', min_size=1, max_size=10) | st.text(min_size=1, max_size=10)


@given(_ODD, _ODD)
def test_no_action_and_no_entity_says_anything_outside_of_its_name(action: str, who: str) -> None:
    """Entities are written as Cedar quotes them, actions too; neither opens a quotation of the sentence's own."""
    told = request_words(
        {
            "principal": {"type": "User", "id": who},
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Doc", "id": "d"},
        }
    )
    assert "`" not in told
    assert told.isprintable()
    names = r'"(?:[^"\\]|\\.)*"'
    assert re.sub(names, "_", told) == "User::_ asks to do _ on Doc::_."
    found = re.findall(names, told)
    assert [unescape(name[1:-1]) for name in found] == [who, action, "d"]


@given(_ODD, st.sampled_from(["Action", "N::Action"]))
def test_a_kind_of_request_is_three_names_whatever_its_action_is_called(action: str, kind: str) -> None:
    told = str(RequestEnvironment("User", (kind, action), "Doc"))
    plain = str(RequestEnvironment("User", (kind, "read"), "Doc"))
    assert told.replace(bare(action), "read") == plain or bare(action) in plain
    assert told.isprintable()
    assert bare(action) in told
    assert re.sub("`[^`]*`", "", told).count(" · ") == 2


def test_actions_of_one_name_in_two_namespaces_are_told_apart() -> None:
    assert str(RequestEnvironment("User", ("Action", "read"), "Doc")) == "User · read · Doc"
    assert str(RequestEnvironment("User", ("N::Action", "read"), "Doc")) == "User · N::Action::read · Doc"
    assert str(RequestEnvironment("User", ("Action", "N::Action::read"), "Doc")) == "User · `N::Action::read` · Doc"
