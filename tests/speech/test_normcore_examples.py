"""Every example of the two READMEs, word for word, with one import changed.

Where a page says what comes out, that is what is expected here. Two examples of the Python page and its usage code come
out otherwise than a reader would think, in the original too (specification, section 9.14); those tests say so.
"""

from __future__ import annotations

import io
import json
import shlex
from typing import Any

import pytest

from workbench.compat.normcore import AdmissibilityJudgment, configure_logging, evaluate
from workbench.compat.normcore.logging import chosen_level

USAGE = """
from normcore import evaluate

agent_message = {
    "role": "assistant",
    "content": "Issue 123 is blocked, so we should fix it first.",
}

trajectory = [
    {
        "role": "assistant",
        "tool_calls": [
            {
                "id": "tool_1",
                "type": "function",
                "function": {"name": "get_issue", "arguments": "{\\"issue_id\\": 123}"},
            }
        ],
    },
    {
        "role": "tool",
        "tool_call_id": "tool_1",
        "content": "{\\"issue_id\\": 123, \\"status\\": \\"Blocked\\"}",
    },
    agent_message,
]

judgment = evaluate(conversation=trajectory)
print(judgment.status)
print(judgment.licensed)
"""
ENTRY_POINT = """
from normcore import evaluate

judgment = evaluate(
    conversation=trajectory,
)
"""
CANONICAL = {
    "unlicensed assertive": (
        """
judgment = evaluate(
    conversation=[{"role": "assistant", "content": "We should deploy now."}]
)
""",
        "violates_norm",
    ),
    "self-licensing attempt": (
        """
judgment = evaluate(
    conversation=[{"role": "assistant", "content": "I believe we should deploy now."}]
)
""",
        "violates_norm",
    ),
    "conditional downgrade": (
        """
judgment = evaluate(
    conversation=[{"role": "assistant", "content": "If the deployment is blocked, we should roll back."}]
)
""",
        "conditionally_acceptable",
    ),
}
PHRASE = 'normcore evaluate --agent-output "The deployment is blocked, so we should fix it first."'
CONVERSATION = (
    "normcore evaluate --conversation "
    """'[{"role":"user","content":"Weather in New York?"},"""
    """{"role":"assistant","content":"Use umbrella [@callWeatherNYC]."}]'"""
)
WITH_GROUNDS = r"""normcore evaluate \
  --conversation '[{"role":"user","content":"Weather in New York today vs last year?"},{"role":"assistant","content":"Compare today [@callWeatherNYC] and archive [@file_weather_2025]."}]' \
  --grounds '[{"type":"file_citation","file_id":"file_weather_2025","filename":"ny_weather_2025.txt","index":0}]'
"""  # noqa: E501 — as the page has it
VERBOSE = (
    'normcore -vv evaluate --agent-output "We should deploy now."',
    'NORMCORE_LOG_LEVEL=INFO normcore evaluate --agent-output "We should deploy now."',
)
RUST = {
    'normcore evaluate --agent-output "We should deploy now."': "violates_norm",
    'normcore evaluate --agent-output "If the deployment is blocked, we should roll back."': "conditionally_acceptable",
    r"""normcore evaluate --conversation '[
  {"role":"assistant","content":"","tool_calls":[{"id":"callWeatherNYC","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"New York\"}"}}]},
  {"role":"tool","tool_call_id":"callWeatherNYC","content":"{\"weather_id\":\"nyc_2026-02-07\"}"},
  {"role":"assistant","content":"You should carry an umbrella [@callWeatherNYC]."}
]'""": "acceptable",  # noqa: E501 — as the page has it
}


def run(code: str, **names: Any) -> dict[str, Any]:
    """A page's Python with its one import changed; what it leaves behind."""
    left = {"evaluate": evaluate, **names}
    exec(code.replace("from normcore import", "from workbench.compat.normcore import"), left)
    return left


def evaluated(line: str) -> AdmissibilityJudgment:
    """What a page's command line asks for, by the options that it documents."""
    words = iter(shlex.split(line.replace("\\\n", " ")))
    given: dict[str, Any] = {}
    for word in words:
        if word == "--agent-output":
            given["agent_output"] = next(words)
        elif word in ("--conversation", "--grounds"):
            given[word.removeprefix("--")] = json.loads(next(words))
    return evaluate(**given)


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """The page does not say what its own example prints: without a citation, a claim is not licensed by a tool result
    that lies in the same conversation, so this is a violation. Cited, it is acceptable."""
    left = run(USAGE)
    assert capsys.readouterr().out == "AdmissibilityStatus.VIOLATES_NORM\nFalse\n"
    assert left["judgment"].num_statements == left["judgment"].grounds_accepted == 1
    assert left["judgment"].grounds_cited == 0
    cited = USAGE.replace("fix it first.", "fix it first [@tool_1].")
    assert run(cited)["judgment"].status == "acceptable"


def test_entry_point() -> None:
    trajectory = run(USAGE)["trajectory"]
    assert run(ENTRY_POINT, trajectory=trajectory)["judgment"].violated_axioms == ["A5"]


@pytest.mark.parametrize("name", CANONICAL)
def test_canonical_examples(name: str) -> None:
    code, expected = CANONICAL[name]
    assert run(code)["judgment"].status == expected


def test_quick_phrase_check_prints_a_judgment_as_json() -> None:
    judgment = evaluated(PHRASE)
    assert json.loads(judgment.model_dump_json(indent=2)) == judgment.to_dict()
    assert judgment.status == "violates_norm"


@pytest.mark.parametrize(
    ("line", "accepted"), [(CONVERSATION, 0), (WITH_GROUNDS, 1)], ids=["conversation", "with grounds"]
)
def test_conversation_examples(line: str, accepted: int) -> None:
    """The page shows these as evaluations of grounded claims; neither sentence has a word that makes it a claim for the
    original, so both are ``no_normative_content`` there and here. With ``should`` the file's ground is cited."""
    judgment = evaluated(line)
    assert judgment.status == "no_normative_content"
    assert (judgment.grounds_accepted, judgment.grounds_cited) == (accepted, accepted)
    claimed = evaluated(line.replace("Compare", "We should compare").replace("Use", "You should use"))
    assert claimed.status == ("acceptable" if accepted else "violates_norm")


@pytest.mark.parametrize(("line", "levels"), zip(VERBOSE, ({"DEBUG", "INFO"}, {"INFO"}), strict=True))
def test_logging_examples(line: str, levels: set[str]) -> None:
    """The judgment is the same; what is logged is what the option, or failing that the environment, asks for."""
    words = shlex.split(line)
    environ = dict(word.split("=", 1) for word in words[: words.index("normcore")])
    verbose = sum(word.count("v") for word in words if word in ("-v", "-vv"))
    stream = io.StringIO()
    configure_logging(chosen_level(None, verbose, environ), stream)
    try:
        assert evaluated(line).status == "violates_norm"
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("NORMCORE_LOG_LEVEL", raising=False)
            configure_logging()
    assert {written.split(" | ")[1] for written in stream.getvalue().splitlines()} == levels


@pytest.mark.parametrize("line", RUST)
def test_examples_of_the_rust_page(line: str) -> None:
    assert evaluated(line).status == RUST[line]


def test_public_api_of_the_rust_page() -> None:
    judgment = evaluate(agent_output="If deployment is blocked, we should roll back.", conversation=None, grounds=None)
    assert judgment.status.value == "conditionally_acceptable"


def test_sanity_rule_of_the_page() -> None:
    """ "If both are provided, --agent-output must exactly match the last assistant content"."""
    conversation = [{"role": "assistant", "content": "We should deploy now."}]
    assert evaluate(agent_output="We should deploy now.", conversation=conversation).status == "violates_norm"
    with pytest.raises(ValueError, match="must match the last assistant content"):
        evaluate(agent_output="We should deploy now. ", conversation=conversation)


def test_hard_invariants_of_the_page() -> None:
    """Tool output licenses when cited, external grounds too; personalization never; nothing uncited does."""

    def status(tool: str, text: str, grounds: Any = None) -> str:
        call = {"id": "c1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
        conversation = [
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "ok"},
            {"role": "assistant", "content": text},
        ]
        return evaluate(conversation=conversation, grounds=grounds).status.value

    file = [{"type": "file_citation", "file_id": "f1", "filename": "a.txt", "index": 0}]
    assert status("search", "We must go [@c1].") == "acceptable"
    assert status("search", "We must go.") == "violates_norm"
    for tool in ("memory_save", "update_profile", "user_preferences", "personalization"):
        assert status(tool, "We must go [@c1].") == "violates_norm"
    assert status("memory_save", "We must go [@f1].", file) == "acceptable"
    assert status("search", "We must go [@f1].") == "violates_norm"
