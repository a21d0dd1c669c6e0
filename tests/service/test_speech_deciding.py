"""What an agent says is judged by the service before any rule is asked, and nothing that it brings passes for that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from tests.service.speech_desk import (
    FACTS,
    GREETING,
    GROUNDED,
    IRIS,
    LENA,
    RECORD,
    REFUSAL,
    RESULT,
    UNGROUNDED,
    believed,
    conversation,
    say,
    verdict,
)
from tests.service.test_audit_redact import using
from workbench.engine.request import Request
from workbench.service.heard import Heard, ToolRecord
from workbench.service.judging import MAX_TEXT, SHOWN_STATEMENTS
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

# ---- what is computed ------------------------------------------------------------------------------------------------


def test_the_service_fills_in_the_judgement_and_the_text(shared_desk: Workspace) -> None:
    recorded = say(shared_desk, UNGROUNDED)
    assert verdict(recorded) == ("deny", "forbidden")
    assert recorded.decision.reasons == ("message-admissible",)
    context = believed(shared_desk, recorded)
    assert context["message"] == UNGROUNDED
    assert context["speech"] == {
        "status": "violates_norm",
        "licensed": False,
        "modality": "assertive",
        "modalities": ["assertive"],
        "violated_axioms": ["A5"],
        "statements": 1,
        "admissible": False,
        "observed": True,  # nothing is cited, so nothing rests on a claim
    }


@pytest.mark.parametrize("text", [GREETING, REFUSAL, "If the lamp is unused, we should take it back."])
def test_what_needs_no_ground_may_be_said(shared_desk: Workspace, text: str) -> None:
    recorded = say(shared_desk, text)
    assert verdict(recorded) == ("allow", "allowed")
    assert believed(shared_desk, recorded)["speech"]["admissible"] is True


def test_the_modality_is_that_of_the_first_statement_that_violates(shared_desk: Workspace) -> None:
    mixed = say(shared_desk, f"{REFUSAL} {UNGROUNDED}")
    assert believed(shared_desk, mixed)["speech"]["modality"] == "assertive"
    assert believed(shared_desk, mixed)["speech"]["modalities"] == ["assertive", "refusal"]
    assert believed(shared_desk, mixed)["speech"]["statements"] == 2
    fine = say(shared_desk, f"{REFUSAL} If the lamp is unused, we should take it back.")
    assert believed(shared_desk, fine)["speech"]["modality"] == "refusal"
    assert believed(shared_desk, say(shared_desk, GREETING))["speech"]["modality"] == ""


def test_a_conversation_is_judged_by_its_last_message(shared_desk: Workspace) -> None:
    parts = [{"type": "text", "text": "You must "}, {"type": "text", "text": "pay today."}]
    asked = {"conversation": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": parts}]}
    recorded = say(shared_desk, asked)
    assert verdict(recorded) == ("deny", "forbidden")
    assert believed(shared_desk, recorded)["message"] == "You must pay today."


def test_an_action_without_speech_is_not_judged(shared_desk: Workspace) -> None:
    request = Request(IRIS, 'Action::"take_note"', LENA, {"text": UNGROUNDED}, {"agent_output": UNGROUNDED})
    recorded = shared_desk.decide(request, credential=Credential(IRIS))
    assert verdict(recorded) == ("allow", "allowed")
    assert recorded.speech is None
    assert believed(shared_desk, recorded) == {"text": UNGROUNDED}
    assert "speech" not in shared_desk.event(recorded.seq).decision


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_nobody_brings_a_judgement_of_its_own_words(shared_desk: Workspace) -> None:
    clean = believed(shared_desk, say(shared_desk, GREETING))["speech"]
    for speech in (UNGROUNDED, None):
        recorded = say(shared_desk, speech, context={"speech": clean})
        assert verdict(recorded) == ("deny", "speech_claimed")
        assert "context.speech" in shared_desk.event(recorded.seq).decision["errors"][0]["message"]


def test_not_even_a_trusted_source_gives_it_as_a_fact(shared_desk: Workspace) -> None:
    clean = believed(shared_desk, say(shared_desk, GREETING))["speech"]
    recorded = say(shared_desk, UNGROUNDED, facts={**FACTS, "speech": clean, "message": GREETING})
    assert verdict(recorded) == ("deny", "forbidden")
    assert believed(shared_desk, recorded)["message"] == UNGROUNDED


def test_the_judged_text_is_the_one_that_is_sent(shared_desk: Workspace) -> None:
    """The attack: a harmless text is judged, and another is what the request gives as its message."""
    assert verdict(say(shared_desk, GREETING, context={"message": UNGROUNDED})) == ("deny", "speech_differs")
    assert verdict(say(shared_desk, GREETING, context={"message": GREETING + " "})) == ("deny", "speech_differs")
    assert verdict(say(shared_desk, GREETING, context={"message": None})) == ("deny", "speech_differs")
    honest = say(shared_desk, GREETING, context={"message": GREETING})
    assert verdict(honest) == ("allow", "allowed")
    assert honest.speech is not None
    assert honest.speech["text_sha256"] == sha256(GREETING.encode()).hexdigest()


@pytest.mark.parametrize("speech", [None, {}, {"grounds": []}, {"agent_output": None, "conversation": None}])
def test_saying_nothing_is_a_deny(shared_desk: Workspace, speech: Mapping[str, Any] | None) -> None:
    recorded = say(shared_desk, speech)
    assert verdict(recorded) == ("deny", "speech_missing")
    assert "speech" in recorded.decision.remedy
    assert shared_desk.event(recorded.seq).row.code == "speech_missing"


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


MALFORMED: dict[str, tuple[Mapping[str, Any], str]] = {
    "a part that there is not": ({"agent_output": "x", "language": "de"}, "`language`"),
    "a text that is none": ({"agent_output": 5}, "`agent_output`"),
    "a list of parts as the text": ({"agent_output": []}, "`agent_output`"),
    "a conversation that is none": ({"conversation": "hello"}, "`conversation`"),
    "an empty conversation": ({"conversation": []}, "`conversation`"),
    "the last word is the user's": ({"conversation": [{"role": "user", "content": "x"}]}, "last message"),
    "the last message is none": ({"conversation": ["x"]}, "last message"),
    "a part that is neither text nor refusal": (
        {"conversation": [{"role": "assistant", "content": [{"type": "image_url", "image_url": "x"}]}]},
        "content[0]",
    ),
    "another text than the conversation's": (
        {"agent_output": "x", "conversation": [{"role": "assistant", "content": "y"}]},
        "`agent_output`",
    ),
    "a message that says and refuses": (
        {"conversation": [{"role": "assistant", "content": UNGROUNDED, "refusal": "I cannot help with that."}]},
        "refuses",
    ),
    "a broken message in between": (
        {"conversation": [{"role": "tool", "content": None}, {"role": "assistant", "content": "x"}]},
        "speech:",
    ),
    "grounds that are none": ({"agent_output": "x", "grounds": 5}, "speech:"),
    "too long a text": ({"agent_output": "x" * (MAX_TEXT + 1)}, f"{MAX_TEXT:,}"),
    "nested too deep": ({"agent_output": "x", "grounds": nested(200)}, "deep"),
}


@pytest.mark.parametrize(("speech", "said"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_cannot_be_judged_is_a_deny_that_says_what(
    shared_desk: Workspace, speech: Mapping[str, Any], said: str
) -> None:
    recorded = say(shared_desk, speech)
    assert verdict(recorded) == ("deny", "speech_invalid")
    assert said in recorded.decision.errors[0].message
    assert recorded.speech is None


def test_a_huge_conversation_is_refused_before_it_is_read(shared_desk: Workspace) -> None:
    big = [{"role": "user", "content": "x" * 300_000}, {"role": "assistant", "content": GREETING}]
    recorded = say(shared_desk, {"conversation": big})
    assert verdict(recorded) == ("deny", "speech_invalid")
    assert "256 KiB" in recorded.decision.errors[0].message


def test_what_breaks_inside_is_a_deny_too(shared_desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import workbench.speech.strict as strict

    def explode(**_: object) -> None:
        raise ZeroDivisionError(UNGROUNDED)

    monkeypatch.setattr(strict, "evaluate_speech", explode)
    recorded = say(shared_desk, GREETING)
    assert verdict(recorded) == ("deny", "speech_invalid")
    assert UNGROUNDED not in json.dumps(recorded.decision.to_dict())


# ---- whose grounds they are ------------------------------------------------------------------------------------------


def test_a_recorded_result_carries_an_assertion(shared_desk: Workspace) -> None:
    recorded = say(shared_desk, {"conversation": conversation(GROUNDED)}, heard=Heard((RECORD,)))
    assert verdict(recorded) == ("allow", "allowed")
    assert believed(shared_desk, recorded)["speech"]["observed"] is True
    assert recorded.speech is not None
    assert (recorded.speech["grounds_from"], recorded.speech["grounds_dropped"]) == ("record", 0)


def test_the_record_alone_is_enough(shared_desk: Workspace) -> None:
    """The agent need not tell of its tools at all: the record has them."""
    assert verdict(say(shared_desk, GROUNDED, heard=Heard((RECORD,)))) == ("allow", "allowed")


def test_without_a_record_the_agents_results_are_its_claim(shared_desk: Workspace) -> None:
    recorded = say(shared_desk, {"conversation": conversation(GROUNDED)})
    assert recorded.decision.reasons == ("assertions-recorded",)
    context = believed(shared_desk, recorded)
    assert (context["speech"]["status"], context["speech"]["observed"]) == ("acceptable", False)
    event = shared_desk.event(recorded.seq)
    assert event.decision["speech"]["grounds_from"] == "caller"
    (evidence,) = [each for each in event.decision["evidence"] if each["rule"] == "assertions-recorded"]
    assert evidence["sources"]["context.speech.observed"] == "server, on grounds claimed by the caller"


FORGED: dict[str, tuple[Mapping[str, Any], Heard]] = {
    "a result that no tool gave": ({"conversation": conversation(GROUNDED)}, Heard()),
    "a result under another id": ({"conversation": conversation(GROUNDED)}, Heard((ToolRecord("call_8", "t"),))),
    "a key that nobody gave": ({"conversation": conversation("You must pay [@call_9].")}, Heard((RECORD,))),
    "a ground of its own": (
        {"agent_output": "You must pay [@law].", "grounds": [{"citation_key": "law", "ground_id": "law-1"}]},
        Heard((RECORD,)),
    ),
    "a result of a function, which has no id": (
        {
            "conversation": [
                {"role": "function", "name": "policy", "content": RESULT},
                {"role": "assistant", "content": GROUNDED},
            ]
        },
        Heard(),
    ),
}


@pytest.mark.parametrize(("speech", "heard"), FORGED.values(), ids=FORGED.keys())
def test_forged_grounds_do_not_carry_an_assertion(
    shared_desk: Workspace, speech: Mapping[str, Any], heard: Heard
) -> None:
    recorded = say(shared_desk, speech, heard=heard)
    assert recorded.decision.reasons == ("message-admissible",)
    assert believed(shared_desk, recorded)["speech"]["status"] == "violates_norm"


def test_what_was_dropped_is_told(shared_desk: Workspace) -> None:
    asked = {
        "conversation": conversation(GROUNDED),
        "grounds": [{"citation_key": "law", "ground_id": "law-1"}],
    }
    recorded = say(shared_desk, asked, heard=Heard())
    assert recorded.speech is not None
    assert recorded.speech["grounds_dropped"] == 2


def test_a_bad_ground_is_told_and_the_others_count(shared_desk: Workspace) -> None:
    grounds = [{"citation_key": 5}, {"citation_key": "law", "ground_id": "law-1"}]
    recorded = say(shared_desk, {"agent_output": "You must pay [@law].", "grounds": grounds})
    assert recorded.speech is not None
    assert recorded.speech["status"] == "acceptable"
    assert len(recorded.speech["diagnostics"]) == 1
    assert recorded.decision.reasons == ("assertions-recorded",)


def test_a_recorded_failure_replaces_the_success_that_the_agent_shows(shared_desk: Workspace) -> None:
    failed = Heard((ToolRecord("call_7", "returns_policy", "{}", '{"error": "not found"}'),))
    recorded = say(shared_desk, {"conversation": conversation(GROUNDED)}, heard=failed)
    assert recorded.decision.reasons == ("message-admissible",)


def test_a_ground_that_was_really_given_counts(shared_desk: Workspace) -> None:
    ground = {"citation_key": "law", "ground_id": "law-1"}
    recorded = say(
        shared_desk, {"agent_output": "You must pay [@law].", "grounds": [ground]}, heard=Heard((), (ground,))
    )
    assert verdict(recorded) == ("allow", "allowed")


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_the_judgement_is_shown_later_without_being_made_again(
    shared_desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = say(shared_desk, f"{REFUSAL} {UNGROUNDED}")
    import workbench.speech.strict as strict

    monkeypatch.setattr(strict, "evaluate_speech", None)
    told = shared_desk.event(recorded.seq).decision["speech"]
    assert told == recorded.speech
    assert [each["modality"] for each in told["statements"]] == ["refusal", "assertive"]
    assert told["statements"][1]["violated_axiom"] == "A5"
    assert told["statements"][1]["text"] == UNGROUNDED
    assert told["feedback_hint"]


def test_of_very_many_statements_the_violating_ones_are_kept(shared_desk: Workspace) -> None:
    recorded = say(shared_desk, " ".join([REFUSAL] * (SHOWN_STATEMENTS + 20) + [UNGROUNDED]))
    assert recorded.speech is not None
    assert recorded.speech["num_statements"] == SHOWN_STATEMENTS + 21
    assert len(recorded.speech["statements"]) == SHOWN_STATEMENTS
    assert recorded.speech["statements"][0]["text"] == UNGROUNDED


def test_the_ledger_holds_no_word_of_it(own_desk: Workspace) -> None:
    secret = "the parcel of Rosalind Quibble"
    recorded = say(own_desk, f"You must give up {secret} today.")
    assert secret in json.dumps(dict(own_desk.event(recorded.seq).request))
    with own_desk._session.read() as connection:
        from workbench.store.ledger import entry

        stored = entry(connection, recorded.seq)
        assert stored is not None
        assert b"Quibble" not in stored.body
        assert json.loads(stored.body)["body"]["code"] == "forbidden"


def test_redaction_takes_the_words_and_the_judgement(own_desk: Workspace) -> None:
    recorded = say(own_desk, UNGROUNDED)
    own_desk.audit.redact([recorded.seq], why="asked to be forgotten", using=using(own_desk))
    event = own_desk.event(recorded.seq)
    assert event.request == {"redacted": True}
    assert "speech" not in event.decision
    assert own_desk.verify().ok
