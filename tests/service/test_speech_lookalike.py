"""A ``context.speech`` that is nearly what the service computes: nobody may bring it, and none of it is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.service.speech_desk import IRIS, LENA, UNGROUNDED
from workbench.engine.entities import Entities
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.language.schema_speech import SPEECH
from workbench.service.belief import Known, believe, principal_types
from workbench.service.judging import fitted
from workbench.service.refusing import RefusedError
from workbench.service.samples import load_sample
from workbench.service.views import Credential

SAMPLE = load_sample("customer-desk")
CLAIM = {"status": "acceptable", "licensed": True, "admissible": True}


def lacking(*names: str) -> str:
    """A schema whose ``speech`` lacks these attributes, as by a slip."""
    kinds = {"licensed": "Bool", "statements": "Long", "modalities": "Set<String>", "violated_axioms": "Set<String>"}
    kept = [f"{name}: {kinds.get(name, 'String')}" for name in SPEECH if name not in names]
    return (
        "entity Agent; entity Customer; action send_message appliesTo { principal: Agent, resource: Customer,"
        f" context: {{ speech: {{ {', '.join([*kept, 'admissible: Bool'])} }} }} }};"
    )


def asked(text: str = UNGROUNDED) -> Request:
    return Request(IRIS, 'Action::"send_message"', LENA, {"speech": CLAIM}, {"agent_output": text})


def believed(schema: Schema, request: Request) -> Request:
    known = Known(schema, Entities.from_json([], schema), {}, {}, principal_types(schema))
    return believe(request, Credential(IRIS), (), {}, datetime(2026, 1, 1, tzinfo=UTC), known)


@pytest.mark.parametrize("name", list(SPEECH))
def test_whatever_it_lacks_nobody_brings_it(name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        believed(read_schema(lacking(name)), asked())
    assert caught.value.code == "speech_claimed"


def test_a_record_with_the_short_names_only_is_refused_as_well() -> None:
    with pytest.raises(RefusedError) as caught:
        believed(read_schema(lacking(*SPEECH)), asked())
    assert caught.value.code == "speech_claimed"


def test_another_thing_of_that_name_is_the_caller_s() -> None:
    schema = read_schema(
        "entity Agent; entity Customer;"
        "action send_message appliesTo { principal: Agent, resource: Customer, context: { speech: { wpm: Long } } };"
    )
    request = Request(IRIS, 'Action::"send_message"', LENA, {"speech": {"wpm": 120}})
    assert believed(schema, request).context == {"speech": {"wpm": 120}}


def test_with_such_a_slip_the_sample_has_an_error() -> None:
    """So that no version with it comes into force."""
    slipped = SAMPLE.schema.replace("  statements: Long,\n", "")
    found = check(SAMPLE.cedar_plus.replace("context.speech.statements", "1"), slipped)
    assert [each.code for each in found.errors] == ["CP120"]
    assert check(SAMPLE.cedar_plus.replace("context.speech.statements", "1"), slipped, standing=True).program


def test_nothing_of_a_judgement_that_no_service_made_is_kept_when_another_law_is_asked() -> None:
    """Replay and shadow: what was recorded under a schema whose ``speech`` was the caller's is judged anew."""
    standing = fitted(asked(), read_schema(SAMPLE.schema)).context["speech"]
    assert (standing["status"], standing["licensed"], standing["admissible"]) == ("violates_norm", False, False)
