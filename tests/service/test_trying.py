"""Try: the form says what the request says, the draft decides it as the engine would, and nothing is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.service.conftest import Ask
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema import EntityRef, ExtensionType, PrimitiveType, SetType, Type
from workbench.language.schema_reader import read_schema
from workbench.service.errors import WorkbenchError
from workbench.service.testing import run_cases
from workbench.service.trial_values import shown, typed
from workbench.service.workspace import Workspace

SCHEMA = read_schema('entity Agent; namespace Shop { entity Item; } entity Day enum ["mon", "tue"]; action a;')
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1).filter(lambda t: t != '""')
VALUES: dict[str, tuple[Type, st.SearchStrategy[Any]]] = {
    "bool": (PrimitiveType("Bool"), st.booleans()),
    "long": (PrimitiveType("Long"), st.integers(-(2**63), 2**63 - 1)),
    "text": (PrimitiveType("String"), st.one_of(TEXTS, st.just(""))),
    "texts": (SetType(PrimitiveType("String")), st.lists(TEXTS)),
    "numbers": (SetType(PrimitiveType("Long")), st.lists(st.integers(-100, 100))),
    "agent": (
        EntityRef("Agent"),
        st.builds(lambda name: {"__entity": {"type": "Agent", "id": name}}, TEXTS.filter(lambda t: "::" not in t)),
    ),
    "decimal": (
        ExtensionType("decimal"),
        st.builds(lambda n: {"__extn": {"fn": "decimal", "arg": f"{n // 10}.{abs(n) % 10}"}}, st.integers(0, 9999)),
    ),
    "duration": (
        ExtensionType("duration"),
        st.builds(lambda n: {"__extn": {"fn": "duration", "arg": f"{n}h{n}m"}}, st.integers(0, 59)),
    ),
}


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
def test_a_value_as_it_is_shown_is_typed_back_to_itself(kind: str, data: st.DataObject) -> None:
    of, values = VALUES[kind]
    value = data.draw(values)
    assert typed(shown(value), of, SCHEMA, "it") == value


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("maybe", PrimitiveType("Bool")),
        ("many", PrimitiveType("Long")),
        ("1.5", PrimitiveType("Long")),
        ("9223372036854775808", PrimitiveType("Long")),
        ("ten", ExtensionType("decimal")),
        ("yesterday", ExtensionType("datetime")),
        ("h", ExtensionType("duration")),
        ("localhost", ExtensionType("ipaddr")),
        ('Agent::"x', EntityRef("Agent")),
        ('Shop::Item::"x"', EntityRef("Agent")),
        ("wed", EntityRef("Day")),
        ("1, two", SetType(PrimitiveType("Long"))),
    ],
)
def test_what_does_not_fit_is_said_with_the_field(text: str, of: Type) -> None:
    with pytest.raises(WorkbenchError) as caught:
        typed(text, of, SCHEMA, "the field")
    assert caught.value.code == "bad_value"
    assert caught.value.detail.startswith("the field: ")


def test_a_recorded_decision_comes_out_as_it_did(workspace: Workspace, ask: Ask) -> None:
    for action, outcome in (("share_external", "allow"), ("issue_refund", "deny")):
        recorded = ask(action=action)
        assert recorded.decision.outcome == outcome
        tried = workspace.trying.tried(workspace.trying.of_event(recorded.seq))
        assert tried.force.outcome == tried.draft.outcome == recorded.decision.outcome
        assert {rule.id for rule in tried.force.rules} == set(recorded.decision.reasons)
        assert not tried.differs
    assert workspace.high_water() == recorded.seq, "trying is not recorded"


def test_the_draft_decides_beside_what_is_in_force(workspace: Workspace, ask: Ask) -> None:
    trial = workspace.trying.of_event(ask().seq)
    draft = workspace.draft()
    rule = '\n@id("none-out") forbid (principal, action == Action::"share_external", resource);\n'
    workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)
    tried = workspace.trying.tried(trial)
    assert (tried.draft.outcome, tried.force.outcome, tried.differs) == ("deny", "allow", True)
    assert [each.id for each in tried.draft.rules] == ["none-out"]
    assert "share a ticket outside the company" in tried.draft.rules[0].paraphrase


def test_every_field_that_is_filled_in_reaches_the_engine(workspace: Workspace, ask: Ask) -> None:
    """Field by field the form's verdict is the engine's own about the same request and the same entities."""
    trying, trial = workspace.trying, workspace.trying.of_event(ask(action="issue_refund").seq)
    for key, text in (
        ("principal.in", "billing"),
        ("context.amount", "200"),
        ("context.amount", "9,000"),
        ("principal.role", "supervisor"),
        ("context.refunds_today", "50"),
        ("context.amount", ""),
    ):
        trial = trying.with_field(trial, key, text)
        tried = trying.tried(trial)
        version = workspace.version()
        program = check(version.cedar_plus, version.schema).program
        assert program is not None
        known = [e for e in workspace.entities() if e["uid"] not in [x["uid"] for x in trial.entities]]
        ours = Evaluator(program).decide(Request.from_json(trial.request()), [*known, *trial.entities])
        assert (tried.force.outcome, tried.force.code) == (ours.outcome, ours.code), (key, text)
    outcomes = []
    for amount in ("200", "501", "9000"):
        trial = trying.with_field(trying.with_field(trial, "context.refunds_today", "0"), "context.amount", amount)
        outcomes.append(trying.tried(trial).draft.outcome)
    assert outcomes == ["allow", "hold", "deny"]


def test_what_is_not_given_is_said(workspace: Workspace, ask: Ask) -> None:
    trial = workspace.trying.with_field(workspace.trying.of_event(ask().seq), "context.amount", "")
    tried = workspace.trying.tried(trial)
    field = next(field for field in tried.fields if field.key == "context.amount")
    assert (field.text, field.given) == ("", False)
    assert tried.draft.code == "invalid_request"
    assert "amount" in tried.draft.errors[0][1]
    tags = next(field for field in tried.fields if field.key == "resource.tags")
    assert (tags.text, tags.given) == ("", True), "an empty set is given"


def test_a_form_can_begin_with_nothing(workspace: Workspace) -> None:
    tried = workspace.trying.tried(workspace.trying.blank())
    assert tried.draft.code not in ("invalid_request", "invalid_entity"), tried.draft.errors
    assert {"action", "principal", "resource", "context.amount", "principal.role", "resource.tags"} <= {
        field.key for field in tried.fields
    }
    action = tried.fields[0]
    assert 'Action::"issue_refund"' in {choice.value for choice in action.choices}
    assert "issue a refund" in {choice.label for choice in action.choices}
    assert all("Action::" not in field.label + field.group for field in tried.fields)


def test_another_principal_brings_its_own_facts_and_another_action_its_own_form(workspace: Workspace, ask: Ask) -> None:
    trying, trial = workspace.trying, workspace.trying.of_event(ask().seq)
    moved = trying.with_field(trial, "principal", "camille")
    assert next(f.text for f in trying.tried(moved).fields if f.key == "principal.role") == "lead"
    memory = trying.with_field(moved, "action", "read shared memory")
    assert memory.action == 'Action::"read_shared_memory"'
    assert memory.resource.startswith("Memory::")
    assert set(memory.context) <= {"hour"}


@pytest.mark.parametrize(
    ("key", "text", "code"),
    [
        ("context.nope", "1", "no_field"),
        ("nope", "1", "no_field"),
        ("context.amount.cents", "1", "no_field"),
        ("action", "dance", "no_action"),
        ("principal", "", "bad_value"),
        ("principal", 'Ticket::"x"', "bad_value"),
        ("context.hour", "late", "bad_value"),
    ],
)
def test_what_cannot_be_filled_in(workspace: Workspace, key: str, text: str, code: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        workspace.trying.with_field(workspace.trying.blank(), key, text)
    assert caught.value.code == code


def test_it_becomes_a_test_case_that_stands_for_itself(workspace: Workspace, ask: Ask) -> None:
    tried = workspace.trying.tried(workspace.trying.of_event(ask(action="issue_refund").seq))
    added = workspace.trying.add_case(tried)
    draft = workspace.draft()
    case = next(dict(each) for each in draft.tests if each["name"] == added.name)
    assert added.new
    assert case["expect"] == "deny"
    assert "reviewed_by" not in case or not case["reviewed_by"], "a person confirms it on Tests"
    program = check(draft.cedar_plus, draft.schema).program
    assert program is not None
    (result,) = run_cases(program, [case]).results
    assert result.passed
    assert result.engines_agree
    twice = workspace.trying.add_case(tried)
    assert twice.new == (len(workspace.draft().tests) > len(draft.tests)), "what is told is what was done"
    again = workspace.trying.of_case(str(case["name"]))
    assert again.request() == tried.trial.request()


def test_what_no_rule_was_asked_about_is_no_test_case(workspace: Workspace, ask: Ask) -> None:
    trial = workspace.trying.with_field(workspace.trying.of_event(ask().seq), "context.amount", "")
    with pytest.raises(WorkbenchError) as caught:
        workspace.trying.add_case(workspace.trying.tried(trial))
    assert caught.value.code == "bad_request"


def test_a_draft_that_is_not_clean_is_said_beside_what_is_in_force(workspace: Workspace, ask: Ask) -> None:
    trial = workspace.trying.of_event(ask().seq)
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + "\npermit (nonsense", revision=draft.revision)
    tried = workspace.trying.tried(trial)
    assert (tried.draft.outcome, tried.force.outcome) == ("", "allow")
    assert "line" in tried.draft.trouble


def test_what_is_not_there_is_said(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError) as event:
        workspace.trying.of_event(10**6)
    with pytest.raises(WorkbenchError) as case:
        workspace.trying.of_case("nope")
    assert (event.value.code, case.value.code) == ("no_event", "no_test")
