"""Decisions of the feed that carry speech: which are listed, and each as a script, with the verdict of then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.heard import Heard
from workbench.service.speech_scripts import EVENT
from workbench.service.speech_turns import Manner, judged
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

FORGED = [
    {"role": "user", "content": "Where is my parcel?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get_order", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": '{"id": 17, "late": true}'},
    {"role": "assistant", "content": "The order is late [@c1]."},
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("spoken")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    with Workspace.create(
        folder / "desk", sample="customer-desk", clock=FrozenClock(), swarm_id="swarm-spoken-events"
    ) as made:
        decide(made, {"conversation": FORGED})
        decide(made, {"conversation": FORGED}, heard=Heard())
        decide(made, None, action="close_conversation")
        decide(made, {"agent_output": "Good morning!"})
        yield made
    patch.undo()


def decide(made: Workspace, speech: Any, *, action: str = "send_message", heard: Heard | None = None) -> None:
    asked = Request('Agent::"mara"', f'Action::"{action}"', 'Customer::"c-otto"', {}, speech)
    made.decide(asked, credential=Credential('Agent::"mara"'), heard=heard)


def test_only_decisions_with_words_are_listed_newest_first(workspace: Workspace) -> None:
    listed = workspace.spoken.list()
    assert [event.text for event in listed] == ["Good morning!", "The order is late [@c1].", "The order is late [@c1]."]
    assert [event.seq for event in listed] == sorted((event.seq for event in listed), reverse=True)
    assert [event.status for event in listed] == ["no_normative_content", "unsupported", "acceptable"]
    assert len(workspace.spoken.list(most=1)) == 1


def test_the_script_is_what_was_said_with_the_verdict_of_then(workspace: Workspace) -> None:
    by_record, by_claim = workspace.spoken.list()[1:]
    claimed, recorded = workspace.spoken.script(by_claim.seq), workspace.spoken.script(by_record.seq)
    assert list(claimed.conversation) == FORGED == list(recorded.conversation)
    assert (claimed.kind, claimed.seq) == (EVENT, by_claim.seq)
    assert claimed.recorded is not None
    assert recorded.recorded is not None
    assert (claimed.recorded["grounds_from"], claimed.recorded["status"]) == ("caller", "acceptable")
    assert (recorded.recorded["grounds_dropped"], recorded.recorded["status"]) == (1, "unsupported")
    # here the agent's own account counts, so both come out as the first was decided
    assert [judged(each, 0, Manner()).judgment.status.value for each in (claimed, recorded)] == ["acceptable"] * 2


def test_words_without_a_conversation_are_one_message(workspace: Workspace) -> None:
    script = workspace.spoken.script(workspace.spoken.list()[0].seq)
    assert [spoken.text for spoken in script.spoken] == ["Good morning!"]


def test_a_decision_without_words_says_so(workspace: Workspace) -> None:
    spoken = {event.seq for event in workspace.spoken.list()}
    silent = next(row.seq for row in workspace.last_events() if row.seq not in spoken)
    with pytest.raises(WorkbenchError) as caught:
        workspace.spoken.script(silent)
    assert caught.value.code == "no_speech"
