"""``context.speech`` in a schema: what makes it the service's judgement, and whose word it then is."""

from __future__ import annotations

import pytest

from workbench.language.check import check
from workbench.language.schema import ActionType, Attribute, PrimitiveType
from workbench.language.schema_reader import read_schema
from workbench.language.schema_speech import (
    SPEECH,
    carries_message,
    is_speech,
    judges_speech,
    optional_of,
)

FIELDS = {
    "status": "String",
    "licensed": "Bool",
    "modality": "String",
    "modalities": "Set<String>",
    "violated_axioms": "Set<String>",
    "statements": "Long",
}


def action_with(context: str) -> ActionType:
    schema = read_schema(f"entity A; action say appliesTo {{ principal: A, resource: A, context: {context} }};")
    return schema.actions["Action", "say"]


def speech(**changed: str) -> str:
    return "{ " + ", ".join(f"{name}: {kind}" for name, kind in ({**FIELDS, **changed}).items()) + " }"


def test_the_table_of_attributes_is_the_design() -> None:
    assert list(SPEECH) == list(FIELDS)


@pytest.mark.parametrize("mark", ["", "?"])
def test_required_or_optional_it_is_the_servers(mark: str) -> None:
    action = action_with(f"{{ speech{mark}: {speech()}, message: String, body: String }}")
    attributes = action.context.attributes
    assert judges_speech(action)
    assert carries_message(action)
    assert optional_of(action) == set()
    assert {name: attribute.source for name, attribute in attributes.items()} == {
        "speech": "server",
        "message": "server",
        "body": "caller",
    }
    assert attributes["speech"].required is (mark == "")


def test_a_schema_cannot_give_it_to_the_caller() -> None:
    action = action_with(f'{{ @source("caller") speech: {speech()}, @source("caller") message: String }}')
    assert {attribute.source for attribute in action.context.attributes.values()} == {"server"}


@pytest.mark.parametrize("name", FIELDS)
def test_without_one_attribute_it_is_the_callers_own(name: str) -> None:
    rest = ", ".join(f"{each}: {kind}" for each, kind in FIELDS.items() if each != name)
    action = action_with(f"{{ speech: {{ {rest} }}, message: String }}")
    assert not judges_speech(action)
    assert not carries_message(action)
    assert {attribute.source for attribute in action.context.attributes.values()} == {"caller"}


def test_a_message_of_another_type_is_no_text_that_was_judged() -> None:
    action = action_with(f"{{ speech: {speech()}, message: Long }}")
    assert not carries_message(action)
    assert action.context.attributes["message"].source == "caller"


def test_a_type_of_that_name_elsewhere_is_left_alone() -> None:
    schema = read_schema(
        f"type Speech = {speech()}; entity A {{ speech: Speech }};"
        "action say appliesTo { principal: A, resource: A, context: { inner: { speech: Speech } } };"
    )
    assert schema.entity_types["A"].attributes["speech"].source == "caller"
    assert not judges_speech(schema.actions["Action", "say"])


def test_what_is_no_record_is_no_judgement() -> None:
    assert not is_speech(None)
    assert not is_speech(Attribute(PrimitiveType("String")))


def test_two_more_may_stand_beside_them() -> None:
    action = action_with(f"{{ speech: {speech(observed='Bool', admissible='Bool', mood='String')} }}")
    assert judges_speech(action)
    assert optional_of(action) == {"observed", "admissible"}


def test_a_permit_that_reads_it_rests_on_no_claim_of_the_caller() -> None:
    """CP101 warns of a permit that only the caller's word supports; the same shape under another name is that."""
    for name, warned in (("speech", False), ("talk", True)):
        schema = f"entity A; action say appliesTo {{ principal: A, resource: A, context: {{ {name}: {speech()} }} }};"
        rule = f'permit (principal, action == Action::"say", resource) when {{ context.{name}.licensed }};'
        found = check(rule, schema)
        assert found.program is not None
        assert [each.code for each in found.diagnostics] == (["CP101"] if warned else [])
