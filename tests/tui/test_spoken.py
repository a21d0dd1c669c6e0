"""The judgement of what was said, in the detail of a decision: everything is shown, and nothing of it acts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.draft_fakes import case as made_case
from tests.tui.fakes import NOW, FakeWorkspace
from tests.tui.held_fakes import held
from tests.tui.test_views import NASTY, is_safe
from workbench.service import views
from workbench.service.casebook import CaseRun
from workbench.speech.judgment import AdmissibilityStatus
from workbench.tui.view.detail import event_detail
from workbench.tui.view.held import detail as held_detail
from workbench.tui.view.spoken import VERDICTS, speech_lines
from workbench.tui.view.tests import detail as case_detail


def told(**changed: Any) -> dict[str, Any]:
    return {
        "status": "violates_norm",
        "feedback_hint": "Cite a ground, or say under which condition.",
        "violated_axioms": ["A5"],
        "statements": [
            {
                "id": "s1",
                "text": "I cannot say.",
                "modality": "refusal",
                "status": "acceptable",
                "violated_axiom": "",
                "explanation": "a refusal is always admissible",
            },
            {
                "id": "s2",
                "text": "You must pay today.",
                "modality": "assertive",
                "status": "violates_norm",
                "violated_axiom": "A5",
                "explanation": "no ground supports it",
            },
        ],
        "num_statements": 2,
        "grounds_accepted": 2,
        "grounds_cited": 1,
        "grounds_from": "caller",
        "grounds_dropped": 0,
    } | changed


def text(speech: Any, width: int = 80) -> str:
    return "\n".join(line.plain for line in speech_lines(speech, width))


def test_each_statement_stands_with_its_verdict_and_why() -> None:
    lines = text(told()).splitlines()
    assert lines[1] == "WHAT WAS SAID  ✗ violates a norm  against A5"
    assert lines[2:8] == [
        "✓ refusal  acceptable",
        "  “I cannot say.”",
        "  a refusal is always admissible",
        "✗ assertive  violates a norm  A5",
        "  “You must pay today.”",
        "  no ground supports it",
    ]
    assert lines[-1] == "→ Cite a ground, or say under which condition."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "▲ 2 grounds claimed by the caller, 1 of them cited"),
        ({"grounds_from": "record"}, "✓ 2 grounds recorded by a trusted source, 1 of them cited"),
        ({"grounds_from": "", "grounds_accepted": 0}, "· no grounds were given"),
        ({"grounds_dropped": 3}, "▲ 3 that the agent showed are not in the record"),
        ({"diagnostics": ["`grounds[0]` is no ground"]}, "· `grounds[0]` is no ground"),
        ({"num_statements": 90}, "and 88 more statements"),
    ],
)
def test_whose_grounds_they_are_is_said(changed: dict[str, Any], words: str) -> None:
    assert words in text(told(**changed))


def test_every_status_has_its_words() -> None:
    assert set(VERDICTS) == {status.value for status in AdmissibilityStatus}
    assert len({words for _, words, _ in VERDICTS.values()}) == len(VERDICTS)


def test_it_is_part_of_the_detail_and_only_where_something_was_said() -> None:
    event = FakeWorkspace().event(23)
    assert "WHAT WAS SAID" not in event_detail(event, 100).plain
    spoken = replace(event, decision={**event.decision, "speech": told()})
    assert "You must pay today." in event_detail(spoken, 100).plain


@given(NASTY, NASTY, st.integers(20, 200))
def test_what_agents_say_is_harmless(one: str, two: str, width: int) -> None:
    statement = dict.fromkeys(("id", "text", "modality", "status", "violated_axiom", "explanation"), one)
    hostile = told(status=one, feedback_hint=two, violated_axioms=[one, two], statements=[statement], grounds_from=two)
    hostile["diagnostics"] = [one, two]
    for line in speech_lines(hostile, width):
        assert is_safe(line.plain)
        assert "\n" not in line.plain


def test_markup_is_text() -> None:
    spoken = told(feedback_hint="[red]boo[/red]")
    assert "[red]boo[/red]" in text(spoken)


@pytest.mark.parametrize(
    "broken", [None, 5, "x", [], {}, {"statements": 5}, {"statements": [5], "num_statements": "x"}]
)
def test_a_record_of_another_form_is_no_crash(broken: Any) -> None:
    speech_lines(broken, 80)


def test_whoever_approves_a_message_reads_all_of_it() -> None:
    long = "You should keep the box. " * 40 + "You must wire us the money."
    case = held(3, context={"message": long, "amount": 5})
    shown = held_detail(case, {}, NOW).plain
    assert json.dumps(long) in shown
    assert "\x1b" not in held_detail(held(3, context={"message": "\x1b[31mx"}), {}, NOW).plain


def test_a_test_case_shows_the_words_that_it_says() -> None:
    plain = made_case("greets", "allow", "allow")
    speech = {"agent_output": "Hello [red]there[/red]\x1b!"}
    spoken = replace(plain, request={**plain.request, "speech": speech})
    run = CaseRun(views.TestRun(1, (plain, spoken)))
    assert "speech" not in case_detail(plain, run).plain
    assert "Hello [red]there[/red]" in case_detail(spoken, run).plain
    assert "\x1b" not in case_detail(spoken, run).plain
