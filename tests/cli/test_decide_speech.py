"""``decide`` where it matters what is said: of a file, and in a workspace, where it is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Run
from workbench.service.samples import samples_root

DESK = samples_root() / "customer-desk"
HOSTILE = "You must pay \x1b[31m[red]now[/red]\x1b[0m."
GROUNDED = "You should keep the box [@call_7]."
RESULT = {"tool_call_id": "call_7", "tool": "returns_policy", "result": '{"policy_id": "p", "days": 30}'}

Ask = Callable[..., Outcome]


def said(words: Any, **context: Any) -> dict[str, Any]:
    return {
        "principal": 'Agent::"iris"',
        "action": 'Action::"send_message"',
        "resource": 'Customer::"c-lena"',
        "context": context,
        **({} if words is None else {"speech": words}),
    }


@pytest.fixture
def ask(run: Run, tmp_path: Path) -> Ask:
    """``decide`` of the desk's own constitution and directory."""

    def call(asked: Any, *more: object, command: str = "decide", option: str = "--request") -> Outcome:
        file = tmp_path / "request.json"
        file.write_text(json.dumps(asked), encoding="utf-8")
        entities = ("--entities", DESK / "directory.json")
        return run(command, DESK / "constitution.cedarplus", option, file, *entities, *more)

    return call


def test_what_is_said_decides(ask: Ask) -> None:
    facts = {"hour": 9, "messages_today": 1}
    allowed = ask(said({"agent_output": "Hello!"}, **facts))
    assert (allowed.code, allowed.out.split()[0]) == (0, "allow")
    denied = ask(said({"agent_output": HOSTILE}, **facts))
    assert denied.code == 1
    assert "because of message-admissible" in denied.out
    assert "violates_norm" in denied.out
    assert "\x1b" not in denied.out
    assert "[red]now[/red]" in denied.out
    told = ask(said({"agent_output": HOSTILE}, **facts), "--json").json
    assert (told["outcome"], told["speech"]["status"]) == ("deny", "violates_norm")
    assert told["speech"]["statements"][0]["violated_axiom"] == "A5"


@pytest.mark.parametrize(
    ("speech", "context", "code", "words"),
    [
        ({"agent_output": "Hello!"}, {"speech": {}}, "speech_claimed", "both"),
        ({"agent_output": "Hello!"}, {"message": "Pay!"}, "speech_differs", "context.message"),
        ({"agent_output": 5}, {}, "speech_invalid", "`agent_output`"),
        ({"agent_output": "x", "tone": "kind"}, {}, "speech_invalid", "`tone`"),
        ({}, {}, "speech_missing", "agent_output"),
        ({"conversation": [{"role": "assistant"}, {"role": "user", "content": "x"}]}, {}, "speech_invalid", "last"),
        ({"agent_output": "x", "grounds": "all"}, {}, "speech_invalid", "speech:"),
        (None, {}, "invalid_request", "speech"),
    ],
)
def test_nonsense_is_a_deny_that_says_what(
    ask: Ask, speech: Any, context: dict[str, Any], code: str, words: str
) -> None:
    shown = ask(said(speech, hour=9, messages_today=1, **context))
    assert shown.code == 1
    assert shown.out.split()[:2] == ["deny", code]
    assert words in shown.out
    assert shown.err == ""


@pytest.mark.parametrize("speech", ["text", 5, ["x"]])
def test_a_speech_that_is_no_object_is_a_request_that_cannot_be_read(ask: Ask, speech: Any) -> None:
    shown = ask(said(speech, hour=9, messages_today=1))
    assert (shown.code, "speech: expected an object" in shown.err) == (3, True)


def test_explain_shows_what_was_said(run: Run, ask: Ask, tmp_path: Path) -> None:
    shown = ask(said({"agent_output": HOSTILE}, hour=9, messages_today=1), command="explain")
    assert "message-admissible" in shown.out
    assert "violates_norm" in shown.out
    assert "\x1b" not in shown.out
    told = ask(said({"agent_output": HOSTILE}, hour=9, messages_today=1), "--json", command="explain").json
    assert told["request"]["context"]["speech"]["admissible"] is False
    assert told["speech"]["status"] == "violates_norm"


def test_rank_judges_each_candidate(ask: Ask) -> None:
    texts = (HOSTILE, "Hello!", "I cannot say.")
    asked = [said({"agent_output": text}, hour=9, messages_today=1) for text in texts]
    ranking = ask(asked, "--json", command="rank", option="--requests").json
    assert [each["index"] for each in ranking["denied"]] == [0]
    broken = ask([said({"agent_output": 5})], command="rank", option="--requests")
    assert broken.code == 3
    assert "cannot be judged" in broken.err


def test_the_sandbox_says_that_it_does_not_judge(ask: Ask) -> None:
    shown = ask(said({"agent_output": "Hello!"}, hour=9, messages_today=1), "--sandbox")
    assert (shown.code, "speech evaluate" in shown.err) == (2, True)


# ---- in a workspace --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from workbench.service.workspace import Workspace

    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(tmp_path_factory.mktemp("config")))
    target = tmp_path_factory.mktemp("made") / "desk"
    Workspace.create(target, sample="customer-desk", swarm_id="swarm-cli-speech").close()
    patch.undo()
    return target


@pytest.fixture
def here(run: Run, place: Path, tmp_path: Path) -> Ask:
    def call(asked: Any, *more: object, heard: Any = None, facts: Any = {"messages_today": 1}) -> Outcome:  # noqa: B006
        command: list[object] = ["decide", "--workspace", place]
        for option, value in (("--request", asked), ("--facts", facts), ("--heard", heard)):
            if value is not None:
                file = tmp_path / f"{option[2:]}.json"
                file.write_text(json.dumps(value), encoding="utf-8")
                command += [option, file]
        return run(*command, *more)

    return call


IRIS = ("--as", 'Agent::"iris"')


def test_the_workspace_decides_and_records(here: Ask) -> None:
    allowed = here(said({"agent_output": "Hello!"}), *IRIS)
    assert (allowed.code, allowed.out.split()[0]) == (0, "allow")
    assert "recorded as decision" in allowed.out
    denied = here(said({"agent_output": HOSTILE}), *IRIS, "--json")
    assert denied.code == 1
    assert denied.json["speech"]["grounds_from"] == ""
    assert denied.json["seq"] > 0
    assert denied.json["receipt"]


def test_a_record_of_the_operator_carries_an_assertion(here: Ask) -> None:
    claimed = here(said({"agent_output": GROUNDED}), *IRIS, "--json")
    assert (claimed.code, claimed.json["speech"]["status"]) == (1, "violates_norm")
    heard = here(said({"agent_output": GROUNDED}), *IRIS, "--json", heard={"tools": [RESULT]})
    assert (heard.code, heard.json["speech"]["grounds_from"]) == (0, "record")
    shown = here(said({"agent_output": GROUNDED}), *IRIS, heard={"tools": [RESULT]})
    assert "recorded by a trusted source" in shown.out
    assert 'principal.region = "en"  (directory)' in shown.out


def test_what_the_workspace_cannot_do_is_told(here: Ask, run: Run, place: Path) -> None:
    asked = said({"agent_output": "Hello!"})
    nobody = here(asked)
    assert (nobody.code, "--as" in nobody.err) == (2, True)
    other = here(asked, "--as", 'Agent::"jonas"')
    assert (other.code, other.out.split()[:2]) == (1, ["deny", "refused_claim"])
    for heard in ([], {"tools": "x"}, {"tools": [{"tool": "t"}]}):
        broken = here(asked, *IRIS, heard=heard)
        assert (broken.code, "not a record" in broken.err) == (3, True)
    assert here(asked, *IRIS, facts=[1]).code == 3
    assert here(asked, *IRIS, "--sandbox").code == 2
    assert here(asked, DESK / "constitution.cedarplus", *IRIS).code == 2
    brought = here(said({"agent_output": "Hello!"}, speech={"status": "acceptable"}), *IRIS)
    assert (brought.code, brought.out.split()[:2]) == (1, ["deny", "speech_claimed"])


def test_an_auditor_reads_what_was_said(here: Ask, run: Run, place: Path) -> None:
    seq = here(said({"agent_output": HOSTILE}), *IRIS, "--json").json["seq"]
    shown = run("audit", "why", seq, "--workspace", place)
    assert "said        violates_norm  against A5" in shown.out
    assert "✗ assertive, violates_norm, A5" in shown.out
    assert "\x1b" not in shown.out
