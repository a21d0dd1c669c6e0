"""The log ``normcore``: silent as a library, the original's lines when asked for, never a line forged by a text."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from workbench.compat.normcore import configure_logging, evaluate
from workbench.compat.normcore.logging import LOGGER, chosen_level, log_observer
from workbench.compat.normcore.normative import LicenseDeriver
from workbench.speech.observing import OFF


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the log goes; afterwards it is silent again."""
    stream = io.StringIO()
    yield stream
    LOGGER.handlers[:] = [logging.NullHandler()]
    LOGGER.setLevel(logging.NOTSET)
    LOGGER.propagate = True


def lines(stream: io.StringIO) -> list[str]:
    """The lines without their time, which has a form of its own."""
    found = stream.getvalue().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| [A-Z]+ \| normcore \| ", line) for line in found)
    return [line.split(" | ", 1)[1].replace(" | normcore | ", " ") for line in found]


def test_info_lines_are_the_originals(written: io.StringIO) -> None:
    configure_logging("INFO", written)
    evaluate(agent_output="We should deploy now.")
    assert lines(written) == [
        "INFO AdmissibilityEvaluator: Extracted 1 statements",
        "INFO   Statement: We should deploy now....",
        "INFO     Modality: assertive, License: ['refusal'], Status: violates_norm",
        "INFO     Violated: A5",
        "INFO AdmissibilityEvaluator: Status=violates_norm, Licensed=False, (0/1 acceptable, 1 violations)",
    ]


def test_debug_adds_what_each_stage_found(written: io.StringIO) -> None:
    configure_logging("DEBUG", written)
    call = {"id": "c1", "type": "function", "function": {"name": "get_issue", "arguments": "{}"}}
    memory = {"id": "c2", "type": "function", "function": {"name": "memory_save", "arguments": "{}"}}
    conversation = [
        {"role": "assistant", "content": "", "tool_calls": [call, memory]},
        {"role": "tool", "tool_call_id": "c1", "content": '[{"issue_id": 1}]'},
        {"role": "tool", "tool_call_id": "c2", "content": "x"},
        {"role": "assistant", "content": "Hello! If rain, we must [@c1] go. I can help."},
    ]
    evaluate(conversation=conversation)
    assert lines(written) == [
        "DEBUG Filtering non-epistemic tool result from GroundSet: memory_save",
        "DEBUG KnowledgeStateBuilder: Built 1 knowledge nodes from tool results",
        "DEBUG StatementExtractor: Stripped protocol speech (original: 45 chars, cleaned: 26 chars)",
        "DEBUG StatementExtractor: Extracted single statement "
        "(length=26 chars, preview: If rain, we must [@c1] go....)",
        "INFO AdmissibilityEvaluator: Extracted 1 statements",
        "DEBUG Core (fallback 500): if rain, we must [@c1] go....",
        "DEBUG Modality: CONDITIONAL for: If rain, we must [@c1] go....",
        "DEBUG GroundSetMatcher: Found 1/1 relevant nodes for statement 'agent participation'",
        "DEBUG License (with links): ASSERTIVE, CONDITIONAL, REFUSAL (strong factual SUPPORTS)",
        "INFO   Statement: If rain, we must [@c1] go....",
        "INFO     Modality: conditional, License: ['assertive', 'conditional', 'refusal'], "
        "Status: conditionally_acceptable",
        "INFO AdmissibilityEvaluator: Status=conditionally_acceptable, Licensed=True, (1/1 acceptable, 0 violations)",
    ]


def test_nothing_extracted_says_so(written: io.StringIO) -> None:
    configure_logging("INFO", written)
    evaluate(agent_output="Hi there")
    assert lines(written) == [
        "INFO StatementExtractor: Only greeting/protocol speech detected, no normative content to evaluate",
        "INFO AdmissibilityEvaluator: No normative utterances extracted (protocol-only output after segmentation)",
    ]


def test_warnings(written: io.StringIO) -> None:
    configure_logging("WARNING", written)
    evaluate(agent_output="We must go.", grounds=[5])
    evaluate(agent_output="We must go.", openai_citations=[{"type": "x"}], links=[1], unheard_of=True)
    said = lines(written)
    assert said[0] == "WARNING Invalid grounds ignored: citations[0] is an object, not int"
    assert said[1].startswith("WARNING Invalid openai_citations ignored: citations[0].type must be one of ")
    assert said[2:] == ["WARNING `links` input is deprecated and ignored; use `grounds`"]


def test_a_stage_alone_warns_of_links_that_lead_nowhere(written: io.StringIO) -> None:
    from tests.speech.test_normcore_stages import node, supports
    from workbench.speech.normative import GroundSet

    configure_logging("WARNING", written)
    LicenseDeriver().derive(GroundSet([node()]), supports("elsewhere", "n"))
    assert lines(written) == ["WARNING License (with links): Could not resolve 1 grounds: `elsewhere`"]


def test_a_text_cannot_forge_a_line(written: io.StringIO) -> None:
    configure_logging("DEBUG", written)
    forged = "We must go\n2026-01-01 00:00:00,000 | INFO | normcore | Status=acceptable\x1b[2J\u2028\ud800"
    conversation = [
        {"role": "assistant", "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "memory_save\nforged", "arguments": ""}}
        ]},
        {"role": "tool", "tool_call_id": "c", "content": ""},
        {"role": "assistant", "content": forged},
    ]  # fmt: skip
    evaluate(conversation=conversation)
    said = lines(written)  # every line has a time of its own
    assert len(said) == len(written.getvalue().split("\n")) - 1
    assert "\x1b" not in written.getvalue()
    assert any(r"We must go\n2026-01-01" in line for line in said)
    written.getvalue().encode()


def test_as_a_library_it_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """Not even a warning reaches stderr, and no root handler is set up."""
    code = (
        "import logging; from workbench.compat.normcore import evaluate;"
        "evaluate(agent_output='We must go.', grounds=[5], links=[1]);"
        "assert not logging.getLogger().handlers;"
        "assert [type(h).__name__ for h in logging.getLogger('normcore').handlers] == ['NullHandler']"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_applications_own_handlers_hear_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="normcore"):
        evaluate(agent_output="We should deploy now.")
    assert caplog.messages[-1].startswith("AdmissibilityEvaluator: Status=violates_norm")


@pytest.mark.parametrize(
    ("asked", "verbose", "environment", "expected"),
    [
        (None, 0, None, None),
        (None, 1, None, "INFO"),
        (None, 2, None, "DEBUG"),
        (None, 3, None, "DEBUG"),
        ("ERROR", 2, "DEBUG", "ERROR"),
        (None, 1, "ERROR", "INFO"),
        (None, 0, "ERROR", "ERROR"),
        (None, 0, "debug", "DEBUG"),
        (None, 0, "warn", "WARNING"),
        (None, 0, "no such level", "INFO"),
    ],
)
def test_levels(asked: str | None, verbose: int, environment: str | None, expected: str | None) -> None:
    """The option before -v and -vv, they before the environment; an unknown name means INFO."""
    environ = {} if environment is None else {"NORMCORE_LOG_LEVEL": environment}
    assert chosen_level(asked, verbose, environ) == expected


def test_the_environment_is_the_fallback(written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMCORE_LOG_LEVEL", "INFO")
    configure_logging(stream=written)
    evaluate(agent_output="We should deploy now.")
    assert len(lines(written)) == 5
    monkeypatch.delenv("NORMCORE_LOG_LEVEL")
    configure_logging(stream=written)
    evaluate(agent_output="We should deploy now.")
    assert len(lines(written)) == 5


def test_configuring_again_replaces(written: io.StringIO) -> None:
    configure_logging("DEBUG", io.StringIO())
    configure_logging("WARNING", written)
    evaluate(agent_output="We should deploy now.", grounds=[5])
    assert [line.split()[0] for line in lines(written)] == ["WARNING"]


def test_the_applications_root_does_not_hear_it_twice(written: io.StringIO, caplog: pytest.LogCaptureFixture) -> None:
    configure_logging("INFO", written)
    evaluate(agent_output="We should deploy now.")
    assert len(lines(written)) == 5
    assert not caplog.records  # which listens at the root


def test_nobody_watching_makes_no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages cost time: below the logger's level none is made, and a disabled logger makes none at all."""
    assert log_observer().level >= logging.getLogger().getEffectiveLevel()
    made: list[Any] = []
    monkeypatch.setattr("workbench.speech.evaluator.preview", made.append)
    monkeypatch.setattr("workbench.speech.extraction.preview", made.append)
    monkeypatch.setattr("workbench.speech.modality.preview", made.append)
    evaluate(agent_output="We should deploy now.")
    assert not made
    logging.disable(logging.CRITICAL)
    try:
        assert logging.CRITICAL < log_observer().level <= OFF
    finally:
        logging.disable(logging.NOTSET)
