"""What was said stays what it was: held for people, decided again, under another schema, in tests, in two processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from tests.service.speech_desk import (
    GREETING,
    GROUNDED,
    IRIS,
    LENA,
    RECORD,
    REFUSAL,
    UNGROUNDED,
    believed,
    conversation,
    say,
    verdict,
)
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.service.errors import WorkbenchError
from workbench.service.heard import Heard, ToolRecord, by_the_record
from workbench.service.judging import Judging, fitted
from workbench.service.samples import load_sample
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace

PARTS = ("lamp", "box", "bill", "foil", "bulb", "cable", "bag")
LONG = " ".join(f"You should keep the {part} [@call_7]." for part in PARTS)
MARA = 'Agent::"mara"'


# ---- held for people -------------------------------------------------------------------------------------------------


def held(workspace: Workspace, text: str, messages: list[Any] | None = None) -> Recorded:
    asked = {"conversation": [*(messages or []), *conversation(text)]}
    return say(workspace, asked, heard=Heard((RECORD,)))


def test_who_approves_a_message_has_not_approved_another(own_desk: Workspace) -> None:
    first = held(own_desk, LONG)
    assert first.decision.procedures == ("long_message",)
    (case,) = first.cases
    view = own_desk.cases.get(case)
    assert view.context["message"] == LONG  # what the lead reads
    token = own_desk.credentials.new_token(MARA, "test")[1]
    own_desk.cases.vote_with_token(case, "approve", token, "")
    other = held(own_desk, LONG.replace("bag", "money"))
    assert verdict(other) == ("hold", "held")
    assert other.cases != first.cases
    assert held(own_desk, LONG + " " + REFUSAL).cases not in (first.cases, other.cases)
    released = held(own_desk, LONG, [{"role": "user", "content": "Are you there?"}])  # the conversation went on
    assert (verdict(released), released.cases) == (("allow", "allowed"), first.cases)
    assert verdict(held(own_desk, LONG)) == ("hold", "held")  # a grant is for once
    assert own_desk.verify().ok


def test_a_message_is_part_of_its_case_where_the_schema_has_no_attribute_for_it() -> None:
    from workbench.engine.entities import Entities
    from workbench.governance.held_requests import HeldRequest
    from workbench.language.schema_reader import read_schema

    schema = read_schema(load_sample("customer-desk").schema.replace("  message: String,\n", ""))
    nothing = Entities.from_json([], schema)

    def key(text: str) -> str:
        request = Request(
            IRIS, 'Action::"send_message"', LENA, {"messages_today": 1, "hour": 8}, {"agent_output": text}
        )
        return HeldRequest(fitted(request, schema)).key(nothing, schema)

    assert key(LONG) == key(LONG)
    assert key(LONG) != key(LONG + " ")


# ---- decided again ---------------------------------------------------------------------------------------------------


def asked_of(workspace: Workspace) -> list[Recorded]:
    return [
        say(workspace, GREETING),
        say(workspace, UNGROUNDED),
        say(workspace, {"conversation": conversation(GROUNDED)}, heard=Heard((RECORD,))),
        say(workspace, {"conversation": conversation(GROUNDED)}),
    ]


def test_the_same_words_come_out_the_same(own_desk: Workspace) -> None:
    """Re-decided by the audit and replayed under the version in force: equal, without what a source heard."""
    asked = asked_of(own_desk)
    assert [recorded.decision.outcome for recorded in asked] == ["allow", "deny", "allow", "deny"]
    for recorded in asked:
        assert own_desk.audit.why(recorded.seq).redecision.status == "equal"
    replayed = own_desk.replaying.run(0)
    assert (replayed.same, replayed.changed, dict(replayed.aside)) == (4, 0, {})


NOTES = (
    '@id("notes") forbid (principal, action == Action::"take_note", resource) unless { context.speech.admissible };\n'
)


def _notes_speak(schema: str) -> str:
    return schema.replace("context: { text: String }", "context: { text: String, speech: Speech }")


def redraft(workspace: Workspace, schema: Callable[[str], str], rules: Callable[[str], str]) -> None:
    draft = workspace.draft()
    workspace.save_draft(schema=schema(draft.schema), cedar_plus=rules(draft.cedar_plus), revision=draft.revision)


def test_a_draft_that_asks_for_less_or_more_of_the_judgement_takes_the_record(own_desk: Workspace) -> None:
    asked_of(own_desk)
    redraft(
        own_desk,
        lambda text: text.replace(',\n  @phrase("recorded grounds") observed: Bool', ""),
        lambda text: text.replace("!context.speech.observed", "false").replace("context.speech.observed", "true"),
    )
    less = own_desk.replaying.run(0)
    assert (less.same, less.count("allowed"), dict(less.aside)) == (3, 1, {})


def test_what_was_judged_is_not_judged_again_to_be_replayed(
    own_desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import workbench.speech.strict as strict

    asked_of(own_desk)
    monkeypatch.setattr(strict, "evaluate_speech", None)
    replayed = own_desk.replaying.run(0)
    assert (replayed.same, dict(replayed.aside)) == (4, {})


def test_a_log_in_a_file_is_judged_by_what_its_runner_heard() -> None:
    """The sample's morning as a log: without the record of the tools everything that is asserted rests on claims."""
    from workbench.service.redecided import Directory, Engine, Redeciding
    from workbench.service.replay_logs import records_of

    sample = load_sample("customer-desk")
    program = check(sample.cedar_plus, sample.schema).program
    assert program is not None
    lines = sample.actions.read_text(encoding="utf-8").splitlines()
    outcomes = []
    for change in (lambda line: line, lambda line: {**line, "heard": None}):
        work = Redeciding(Engine.of(program), lambda _: None, Directory(sample.directory), trusting=True)
        log = [json.dumps({**change(json.loads(line)), "outcome": "allow"}) for line in lines]
        for record in records_of(log, "log"):
            work.take(record)
        assert not work.tally.aside
        outcomes.append(work.tally.by_rule["denied", "assertions-recorded"] + work.tally.changed("held"))
    assert outcomes[0] < outcomes[1]
    grounded = next(line for line in map(json.loads, lines) if line.get("heard", {}).get("tools"))
    both = [json.dumps({**grounded, "outcome": "allow", "heard": heard}) for heard in (grounded["heard"], None)]
    work = Redeciding(Engine.of(program), lambda _: None, Directory(sample.directory), trusting=True)
    for record in records_of(both, "log"):
        work.take(record)
    assert (work.tally.same, work.tally.distinct) == (1, 2)  # the same request, and two questions
    with pytest.raises(WorkbenchError) as caught:
        list(records_of([json.dumps({**json.loads(lines[0]), "heard": {"tools": 5}})], "log"))
    assert caught.value.code == "bad_log"


def test_a_draft_without_speech_takes_the_record_too(own_desk: Workspace) -> None:
    asked_of(own_desk)
    redraft(
        own_desk,
        lambda text: text.replace("  speech: Speech,\n  message: String,\n", ""),
        lambda _: 'permit (principal, action == Action::"send_message", resource);\n',
    )
    without = own_desk.replaying.run(0)
    assert (without.same, without.count("allowed"), dict(without.aside)) == (2, 2, {})


def test_a_draft_that_begins_to_ask_judges_what_was_recorded(own_desk: Workspace) -> None:
    request = Request(IRIS, 'Action::"take_note"', LENA, {"text": "x"}, {"agent_output": UNGROUNDED})
    own_desk.decide(request, credential=Credential(IRIS))
    own_desk.decide(
        Request(IRIS, 'Action::"take_note"', LENA, {"text": "x"}, {"agent_output": GREETING}),
        credential=Credential(IRIS),
    )
    own_desk.decide(Request(IRIS, 'Action::"take_note"', LENA, {"text": "x"}), credential=Credential(IRIS))
    redraft(
        own_desk,
        _notes_speak,
        lambda text: text + NOTES,
    )
    replayed = own_desk.replaying.run(0)
    assert (replayed.same, replayed.count("denied")) == (1, 1)
    assert sum(replayed.aside.values()) == 1  # what said nothing is no request of that schema


def test_a_shadow_that_asks_for_speech_is_told_it(own_desk: Workspace) -> None:
    redraft(
        own_desk,
        _notes_speak,
        lambda text: text + NOTES,
    )
    draft = own_desk.draft()
    kept = [case for case in draft.tests if "note" not in str(case["name"])]
    own_desk.save_draft(tests=kept, revision=draft.revision)
    proposal = own_desk.propose("notes are held to it, too", proposer='Operator::"ana"')
    own_desk.shadowing.start(proposal.version.digest)
    outcomes = []
    for text in (GREETING, UNGROUNDED):
        request = Request(IRIS, 'Action::"take_note"', LENA, {"text": "x"}, {"agent_output": text})
        outcomes.append(own_desk.decide(request, credential=Credential(IRIS)).decision.outcome)
    seen = own_desk.shadowing.view()
    assert outcomes == ["allow", "allow"]
    assert seen is not None
    assert (seen.denied, [each.rule for each in seen.samples]) == (1, ["notes"])


# ---- many at once ----------------------------------------------------------------------------------------------------


def test_it_is_judged_once_however_often_the_transaction_is_run(
    shared_desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import workbench.speech.strict as strict

    calls, evaluate = [], strict.evaluate_speech
    monkeypatch.setattr(strict, "evaluate_speech", lambda **asked: calls.append(1) or evaluate(**asked))
    group = shared_desk._deciding._group

    class Twice:
        """As where a group fails and each of its works is done again alone."""

        def do(self, work: Callable[[Any], Recorded]) -> Recorded:
            assert len(calls) == 1  # before the transaction begins
            first, second = group.do(work), group.do(work)
            assert believed(shared_desk, first) == believed(shared_desk, second)
            return second

    monkeypatch.setattr(shared_desk._deciding, "_group", Twice())
    assert verdict(say(shared_desk, UNGROUNDED)) == ("deny", "forbidden")
    assert len(calls) == 1


def test_threads_are_each_answered_for_their_own_words(shared_desk: Workspace) -> None:
    texts = [GREETING, UNGROUNDED, REFUSAL, GROUNDED] * 4
    answers: dict[int, Recorded] = {}

    def ask(place: int) -> None:
        answers[place] = say(shared_desk, texts[place])

    threads = [Thread(target=ask, args=(place,)) for place in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place, text in enumerate(texts):
        assert believed(shared_desk, answers[place])["message"] == text
        assert answers[place].decision.outcome == ("allow" if text in (GREETING, REFUSAL) else "deny")


PROCESS = """
import json, sys
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential
from workbench.service.workspace import Workspace
with Workspace.open(sys.argv[1], clock=FrozenClock(), busy_seconds=30) as workspace:
    for text in json.loads(sys.argv[2]):
        request = Request('Agent::"iris"', 'Action::"send_message"', 'Customer::"c-lena"', {}, {"agent_output": text})
        found = workspace.decide(request, credential=Credential('Agent::"iris"'), facts={"messages_today": 3})
        print(json.dumps([found.seq, found.decision.outcome, dict(found.speech)]), flush=True)
"""


def test_two_processes_judge_alike(own_desk: Workspace) -> None:
    texts = [f"{REFUSAL} {UNGROUNDED}", GREETING, GROUNDED, "Wir müssen den Vertrag heute kündigen."]
    other = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(own_desk.location), json.dumps(texts)], stdout=subprocess.PIPE, text=True
    )
    ours = [say(own_desk, text) for text in texts]
    out, _ = other.communicate(timeout=60)
    theirs = [json.loads(line) for line in out.splitlines()]
    assert [each[1:] for each in theirs] == [[each.decision.outcome, each.speech] for each in ours]
    for (seq, _, _), recorded in zip(theirs, ours, strict=True):
        assert believed(own_desk, recorded) == own_desk.event(seq).request["context"]
    assert own_desk.verify().ok


# ---- the record ------------------------------------------------------------------------------------------------------


def test_the_record_replaces_the_agents_account() -> None:
    told = conversation(GROUNDED, result="forged", tool="forged_tool")
    found = by_the_record(GROUNDED, told, [{"citation_key": "x", "ground_id": "y"}], Heard((RECORD,)))
    assert found.conversation is not None
    assert "forged" not in json.dumps(found.conversation)
    assert [message["role"] for message in found.conversation] == [
        "user",
        "assistant",
        "assistant",
        "tool",
        "assistant",
    ]
    assert found.conversation[-1] == {"role": "assistant", "content": GROUNDED}
    assert (found.grounds, found.dropped) == ([], 1)
    assert told == conversation(GROUNDED, result="forged", tool="forged_tool")  # what was sent is left as it was


def test_a_record_is_read_from_json() -> None:
    told = {"tools": [{"tool_call_id": "a", "tool": "t", "result": "r"}], "grounds": [{"ground_id": "g"}]}
    assert Heard.from_json(told) == Heard((ToolRecord("a", "t", "{}", "r"),), ({"ground_id": "g"},))
    for broken in ({}, {"tools": 5}, {"tools": [{"tool": "t"}]}, {"tools": [{"tool_call_id": 5, "tool": "t"}]}, []):
        with pytest.raises(ValueError, match="not a record"):
            Heard.from_json(broken)  # type: ignore[arg-type]


def test_no_word_of_it_is_in_a_repr() -> None:
    from workbench.service.heard import Evidence
    from workbench.service.judging import judged

    told = Heard((ToolRecord("call_7", "t", '{"a": "Quibble"}', "Quibble"),), ({"evidence_content": "Quibble"},))
    found = judged({"agent_output": "You must pay Rosalind Quibble [@call_7]."}, told)
    assert "Quibble" not in repr((told, found, Judging({"agent_output": "Quibble"})))
    assert "Quibble" not in repr(Evidence([{"content": "Quibble"}], ["Quibble"]))
