"""Every command line of normcore's two READMEs, under its own spelling and under ours.

``normcore_readme.json`` holds what normcore 0.2.0 itself printed for them (licences sorted, log lines without their
time). Its own spelling is ``python -m workbench.compat.normcore``. Under our spelling these differ on purpose: the exit
code follows the verdict, where the original exits with 0 whatever the verdict; ``--json`` asks for the JSON; the strict
profile is the default; flags of the log stand behind the command, and the log is named ``workbench.speech``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Run
from tests.contracts.source_tree import ROOT
from workbench.compat.normcore.cli import main

LINES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "normcore_readme.json").read_text(encoding="utf-8"))
VERDICTS = {"acceptable": 0, "conditionally_acceptable": 0, "no_normative_content": 0, "violates_norm": 1}
each_line = pytest.mark.parametrize("line", LINES, ids=[line["name"] for line in LINES])


def pretty(judgment: Any) -> str:
    return json.dumps(judgment, indent=2, ensure_ascii=False) + "\n"


def log_of(text: str) -> list[str]:
    """Log lines without their time; a line without one fails."""
    return [line.split(" | ", 1)[1] for line in text.splitlines()]


@pytest.fixture
def normcore(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """``normcore("-v", "evaluate", …)``: normcore's own command line, in this process."""

    def call(*arguments: str, environment: Mapping[str, str] | None = None) -> Outcome:
        monkeypatch.delenv("NORMCORE_LOG_LEVEL", raising=False)
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)
        try:
            code: Any = main(arguments)
        except SystemExit as stop:
            code = stop.code
        shown = capsys.readouterr()
        return Outcome(code, shown.out, shown.err)

    return call


@each_line
def test_its_own_spelling_prints_the_same_bytes_and_the_same_log(normcore: Any, line: dict[str, Any]) -> None:
    done = normcore(*line["flags"], "evaluate", *line["arguments"], environment=line["environment"])
    assert done.out == pretty(line["judgment"])
    assert log_of(done.err) == line["log"]
    assert done.code == 0, "whatever the verdict"


@each_line
def test_our_spelling_says_the_same_and_exits_by_the_verdict(
    run: Run, monkeypatch: pytest.MonkeyPatch, line: dict[str, Any]
) -> None:
    for name, value in line["environment"].items():
        monkeypatch.setenv(name, value)
    done = run("speech", "evaluate", *line["arguments"], *line["flags"], "--profile", "compat", "--json")
    assert done.out == pretty(line["judgment"])
    assert done.code == VERDICTS[line["judgment"]["status"]]
    assert log_of(done.err) == [text.replace("| normcore |", "| workbench.speech |") for text in line["log"]]


def test_the_readme_promises_more_than_the_original_does() -> None:
    """Its own page says that citing makes these two acceptable; they hold no marker of a norm, so nothing is judged."""
    by_name = {line["name"]: line["judgment"]["status"] for line in LINES}
    assert by_name["conversation"] == by_name["conversation and grounds"] == "no_normative_content"


def test_its_version_wins_over_a_command_and_ours_is_our_own(normcore: Any, run: Run) -> None:
    assert normcore("--version") == Outcome(0, "0.2.0\n", "")
    assert normcore("--version", "evaluate", "--conversation", "{") == Outcome(0, "0.2.0\n", "")
    ours = run("--version")
    assert (ours.code, ours.out.startswith("workbench ")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("evaluate",), "evaluate requires agent_output or conversation"),
        (("evaluate", "--conversation", ""), "evaluate requires agent_output or conversation"),
        (("evaluate", "--conversation", "null"), "evaluate requires agent_output or conversation"),
        (("evaluate", "--conversation", "[]"), "conversation must be a non-empty list"),
        (("evaluate", "--conversation", "{}"), "conversation must be a non-empty list"),
        (
            ("evaluate", "--conversation", "{"),
            "Failed to parse --conversation JSON: "
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            ("evaluate", "--agent-output", "x", "--grounds", " "),
            "Failed to parse --grounds JSON: Expecting value: line 1 column 2 (char 1)",
        ),
        (
            ("evaluate", "--agent-output", "We", "--conversation", '[{"role":"assistant","content":"We must."}]'),
            "agent_output must match the last assistant content in conversation",
        ),
        (("evaluate", "--agent-output", "x", "-vv"), "unrecognized arguments: -vv"),
        (("evaluate", "x"), "unrecognized arguments: x"),
        (("--version", "--bogus"), "unrecognized arguments: --bogus"),
        (("--log-level", "debug", "evaluate", "--agent-output", "x"), "argument --log-level: invalid choice: 'debug'"),
        # the original lets a TypeError out here (exit code 1, a traceback): an error all the same
        (("evaluate", "--agent-output", "x", "--grounds", "5"), "'int' object is not iterable"),
    ],
)
def test_what_it_refuses_is_refused_in_its_words(normcore: Any, arguments: Sequence[str], error: str) -> None:
    done = normcore(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: normcore [-h] [--log-level {CRITICAL,ERROR,WARNING,INFO,DEBUG}] [-v]")
    assert done.err.splitlines()[-1].startswith(f"normcore: error: {error}")


@pytest.mark.parametrize(
    ("flags", "environment", "levels"),
    [
        ((), {}, set()),
        (("-v",), {}, {"INFO"}),
        (("-v", "-v"), {}, {"INFO", "DEBUG"}),
        (("-vvv",), {}, {"INFO", "DEBUG"}),
        (("--log-level", "WARNING", "-vv"), {}, set()),
        (("--log", "INFO"), {}, {"INFO"}),
        ((), {"NORMCORE_LOG_LEVEL": "bogus"}, {"INFO"}),
        (("-v",), {"NORMCORE_LOG_LEVEL": "DEBUG"}, {"INFO"}),
    ],
)
def test_its_flags_of_the_log(
    normcore: Any, flags: Sequence[str], environment: Mapping[str, str], levels: set[str]
) -> None:
    done = normcore(*flags, "evaluate", "--agent", "We must go.", environment=environment)
    assert json.loads(done.out)["status"] == "violates_norm"
    assert {line.split(" | ")[0] for line in log_of(done.err)} == levels


def test_no_command_prints_help_and_exits_with_0(normcore: Any) -> None:
    done = normcore("-v")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("usage: normcore")


def test_it_runs_as_a_program_and_takes_bytes_that_are_no_text() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench.compat.normcore", "evaluate", "--agent-output", b"We must \xff go."],
        cwd=ROOT, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["statement_evaluations"][0]["statement"] == "We must \udcff go."


def test_the_smoke_workflow_step_by_step(run: Run, tmp_path: Path) -> None:
    """Events → ``speech convert -o`` → ``speech evaluate --log-level DEBUG -o``; ``speech run`` does it all at once."""
    events, conversation = ROOT / "samples" / "transcripts" / "codex-release.jsonl", tmp_path / "run.conversation.json"
    assert run("speech", "convert", events, "-o", conversation).code == 0
    out = tmp_path / "run.judgment.json"
    judged = run(
        "speech", "evaluate", "--conversation", conversation, "--log-level", "DEBUG", "-o", out, "--profile", "compat",
        "--json",
    )  # fmt: skip
    assert out.read_text(encoding="utf-8") == judged.out
    assert (judged.code, judged.json["status"]) == (0, "acceptable")
    assert "| DEBUG | workbench.speech |" in judged.err
    at_once = run("speech", "run", events, "--into", tmp_path, "--run-id", "smoke", "--profile", "compat", "--json")
    assert at_once.json == judged.json
    assert json.loads((tmp_path / "smoke.judgment.json").read_text()) == judged.json
    assert json.loads((tmp_path / "smoke.conversation.json").read_text()) == json.loads(conversation.read_text())
