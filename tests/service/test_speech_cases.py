"""What is said in test cases, and in the form of Try: the words, or their judgement, never both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.service.speech_desk import (
    GREETING,
    IRIS,
    LENA,
    UNGROUNDED,
    say,
)
from workbench.engine.request import Request
from workbench.governance.artifact import TestCase
from workbench.governance.errors import ArtifactError
from workbench.language.check import check
from workbench.service.judging import Judging, spoken, spoken_cases
from workbench.service.refusing import RefusedError
from workbench.service.samples import load_sample
from workbench.service.testing import run_cases
from workbench.service.workspace import Workspace


def case(speech: Any = None, expect: str = "deny", **context: Any) -> dict[str, Any]:
    sample = load_sample("customer-desk")
    request: dict[str, Any] = {
        "principal": IRIS,
        "action": 'Action::"send_message"',
        "resource": LENA,
        "context": {"hour": 9, "messages_today": 1, **context},
    }
    if speech is not None:
        request["speech"] = speech
    return {"name": "said", "request": request, "entities": list(sample.directory), "expect": expect}


def results(*cases: Mapping[str, Any]) -> list[tuple[bool, str]]:
    sample = load_sample("customer-desk")
    program = check(sample.cedar_plus, sample.schema).program
    assert program is not None
    return [(each.passed, each.ours) for each in run_cases(program, cases).results]


def test_a_test_case_says_the_words_or_their_judgement() -> None:
    judged = {
        "status": "acceptable", "licensed": True, "modality": "assertive", "modalities": ["assertive"],
        "violated_axioms": [], "statements": 1, "admissible": True, "observed": True,
    }  # fmt: skip
    assert results(
        case({"agent_output": UNGROUNDED}),
        case({"agent_output": GREETING}, "allow"),
        case(expect="allow", speech=None, message=UNGROUNDED) | {"name": "no words, no judgement"},
        {**case(expect="allow"), "request": {**case()["request"], "context": {**case()["request"]["context"],
            "message": UNGROUNDED, "speech": judged}}},
    ) == [(True, "deny"), (True, "allow"), (False, "deny"), (True, "allow")]  # fmt: skip


def test_a_test_case_that_gives_both_or_cannot_be_judged_is_a_deny() -> None:
    assert results(
        case({"agent_output": GREETING}, speech_given := "deny", message=UNGROUNDED),
        case({"agent_output": 5}),
        case({"agent_output": GREETING}, "allow", message=UNGROUNDED),
    ) == [(True, speech_given), (True, "deny"), (False, "deny")]


def test_the_artifact_carries_the_words_and_changes_no_earlier_digest() -> None:
    said = {"conversation": [{"role": "assistant", "content": None, "refusal": "No."}]}
    written = TestCase.of(case(said))
    assert written.to_mapping()["request"]["speech"] == said
    assert TestCase.of(written.to_mapping()) == written
    assert "speech" not in TestCase.of(case()).to_mapping()["request"]
    with pytest.raises(ArtifactError):
        TestCase.of(case(["a", "list"]))
    with pytest.raises(ArtifactError):
        TestCase.of(case({"agent_output": 1.5}))


def test_a_version_with_such_cases_reads_back_from_its_yaml(own_desk: Workspace) -> None:
    from pathlib import Path

    from workbench.governance.artifact import dump_yaml, load_yaml

    text = Path(own_desk.version().path).read_text(encoding="utf-8")
    version = load_yaml(text)
    assert any(test.request.speech for test in version.content.test_cases)
    assert load_yaml(dump_yaml(version)).digest == version.digest == own_desk.version().digest


def test_the_analyses_see_the_judgement_of_a_case() -> None:
    schema = check(load_sample("customer-desk").cedar_plus, load_sample("customer-desk").schema).program
    assert schema is not None
    (found,) = spoken_cases([case({"agent_output": UNGROUNDED})], schema.schema)
    assert "speech" not in found["request"]
    assert found["request"]["context"]["speech"]["violated_axioms"] == ["A5"]
    broken = case({"agent_output": 5})
    assert spoken_cases([broken, case()], schema.schema) == [broken, case()]


def test_cases_that_say_something_count_for_coverage_and_mutants() -> None:
    from workbench.service.mutating import coverage_of, score_of

    sample = load_sample("customer-desk")
    program = check(sample.cedar_plus, sample.schema).program
    assert program is not None
    said = [each for each in sample.tests if "speech" in each["request"]]
    with_words, without = score_of(program, said, most=0), score_of(program, [], most=0)
    assert len(with_words.killed) > len(without.killed)
    (admissible,) = [each for each in coverage_of(program, said) if each.rule == "message-admissible"]
    assert admissible.true
    assert admissible.false


def test_the_order_of_a_conversation_makes_another_question() -> None:
    from workbench.analysis.expecting import case_key

    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    one, two = case({"conversation": messages}), case({"conversation": messages[::-1]})
    assert case_key(one) != case_key(two)
    assert case_key(one) == case_key(case({"conversation": list(messages)}))


def test_a_form_is_filled_in_with_the_judgement(own_desk: Workspace) -> None:
    recorded = say(own_desk, UNGROUNDED)
    trial = own_desk.trying.of_event(recorded.seq)
    assert own_desk.trying.tried(trial).force.code == "forbidden"
    name = next(name for name in own_desk.trying.cases() if name.startswith("a second sentence"))
    tried = own_desk.trying.tried(own_desk.trying.of_case(name))
    assert [rule.id for rule in tried.draft.rules] == ["message-admissible"]
    changed = own_desk.trying.with_field(tried.trial, "context.speech.admissible", "yes")
    assert own_desk.trying.tried(changed).draft.outcome == "allow"


def test_both_at_once_are_refused_outside_the_service_too() -> None:
    program = check(load_sample("customer-desk").cedar_plus, load_sample("customer-desk").schema).program
    assert program is not None
    request = Request(IRIS, 'Action::"send_message"', LENA, {"speech": {}}, {"agent_output": GREETING})
    with pytest.raises(RefusedError) as caught:
        spoken(request, program.schema)
    assert caught.value.code == "speech_claimed"
    assert spoken(Request(IRIS, 'Action::"send_message"', LENA), program.schema).context == {}


def test_a_judgement_that_was_made_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import workbench.speech.strict as strict

    judging = Judging({"agent_output": UNGROUNDED}).made()
    monkeypatch.setattr(strict, "evaluate_speech", None)
    assert judging.read() is judging.read()
    nothing = Judging(None).made()
    assert nothing.found is None
    with pytest.raises(RefusedError) as caught:
        nothing.read()
    assert caught.value.code == "speech_missing"


def test_a_new_schema_breaks_no_case_that_only_says_something() -> None:
    from workbench.language.schema_reader import read_schema
    from workbench.service.schemas import impact, migrate

    sample = load_sample("customer-desk")
    old = read_schema(sample.schema)
    without = read_schema(sample.schema.replace("  speech: Speech,\n  message: String,\n", "  mood?: String,\n"))
    renamed = read_schema(
        sample.schema.replace("action send_message", '@renamed_from("send_message") action write_message')
    )
    assert impact("desk", "", sample.tests, old, old).tests == ()
    broken = impact("desk", "", sample.tests, old, without)
    assert broken.tests_before == 0
    said = {str(case["name"]) for case in sample.tests if "speech" in case["request"]}
    found = {each.name for each in broken.tests}
    assert found  # those that give the judgement itself
    assert not said & found  # without speech in the schema the words are only words
    moved = migrate("", sample.tests, old, renamed)
    assert moved.tests_left == ()
    assert [case["request"].get("speech") for case in moved.cases] == [
        case["request"].get("speech") for case in sample.tests
    ]
