"""The customer desk: agents that are held to what they may say. Its texts, its cases, its morning, what is provable."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from functools import cache
from typing import Any

import pytest

from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema_lint import lint_schema
from workbench.language.schema_reader import read_schema
from workbench.language.schema_speech import SPEECH_OPTIONAL, carries_message, judges_speech, optional_of
from workbench.service.heard import Heard
from workbench.service.judging import Judging
from workbench.service.samples import Sample, load_sample
from workbench.service.testing import run_cases


@cache
def sample() -> Sample:
    return load_sample("customer-desk")


@cache
def program() -> Program:
    result = check(sample().cedar_plus, sample().schema)
    assert result.program is not None
    assert result.diagnostics == ()  # no rule rests on what the caller says of itself
    return result.program


@cache
def morning() -> list[dict[str, Any]]:
    return [json.loads(line) for line in sample().actions.read_text(encoding="utf-8").splitlines()]


@cache
def decided() -> list[tuple[str, tuple[str, ...]]]:
    """Outcome and rules of each recorded action, judged and laid over as the service does it."""
    evaluator, found = Evaluator(program()), []
    for action in morning():
        asked = action["request"]
        context = {**asked["context"], **action["facts"]}
        declared = read_schema(sample().schema).actions["Action", asked["action"].split('"')[1]]
        if judges_speech(declared):
            judging = Judging(asked["speech"], Heard.from_json(action["heard"]))
            context |= judging.read().in_context(declared)
        request = Request(asked["principal"], asked["action"], asked["resource"], context)
        decision = evaluator.decide(request, list(sample().directory))
        assert decision.code in ("allowed", "forbidden", "not_permitted", "held"), decision.errors
        found.append((decision.outcome, decision.reasons or decision.procedures))
    return found


def test_the_script_writes_the_same_bytes() -> None:
    made = runpy.run_path(str(sample().root / "make_actions.py"))["text"]()
    assert made.encode() == sample().actions.read_bytes()


def test_its_schema_is_clean_and_asks_for_all_there_is() -> None:
    assert lint_schema(sample().schema) == ()
    schema = read_schema(sample().schema)
    judged = [action for action in schema.actions.values() if judges_speech(action)]
    assert [action.id for action in judged] == ["send_message", "publish_article"]
    assert all(carries_message(action) and optional_of(action) == SPEECH_OPTIONAL.keys() for action in judged)


def test_its_own_test_cases_pass_and_are_reviewed() -> None:
    run = run_cases(program(), sample().tests)
    assert [(each.name, each.message) for each in run.results if not each.passed or not each.engines_agree] == []
    assert run.reviewed == len(run.results) >= 25
    assert {each.expect for each in run.results} == {"allow", "deny", "hold"}
    assert sum("speech" in each["request"] for each in sample().tests) >= 15


def test_every_sentence_has_its_rule_and_the_compiler_makes_it() -> None:
    from workbench.authoring.document import compile_document

    sentences = [line.removeprefix("- ") for line in sample().english.splitlines() if line.startswith("- ")]
    assert sentences == re.findall(r'@english\("([^"]+)"\)', sample().cedar_plus)
    kept = compile_document(sample().english, read_schema(sample().schema), sample().cedar_plus)
    assert {sentence.status for sentence in kept.sentences} == {"kept"}
    assert kept.cedar_plus == sample().cedar_plus


def test_the_compiler_makes_each_rule_from_its_sentence() -> None:
    from workbench.authoring.compiler import compile_sentence

    schema = read_schema(sample().schema)
    for rule in program().rules:
        if rule.kind == "procedure":
            continue  # its name is made of its sentence
        (reading,) = compile_sentence(rule.english, schema).candidates
        made = check(reading.cedar_plus, schema).program
        assert made is not None
        assert [other.digest for other in made.rules] == [rule.digest], rule.english


@pytest.mark.parametrize(
    ("sentence", "condition"),
    [
        ("Agents may send only admissible statements to customers.", "unless { context.speech.admissible }"),
        ("Agents may not send unlicensed statements to customers.", "when { !context.speech.licensed }"),
        (
            "Agents may not send norm-violating statements to customers.",
            'when { context.speech.status == "violates_norm" }',
        ),
        (
            "Agents may not send statements that violate the ban on ungrounded assertions.",
            'when { context.speech.violated_axioms.contains("A5") }',
        ),
        (
            "Agents may send statements to customers only if the verdict is acceptable or hedged.",
            'unless { context.speech.status == "acceptable" || context.speech.status == "conditionally_acceptable" }',
        ),
        ("Agents may not send statements without recorded grounds.", "when { !context.speech.observed }"),
        ("Agents must not send messages with more than 20 statements.", "when { context.speech.statements > 20 }"),
    ],
)
def test_other_sentences_about_what_is_said(sentence: str, condition: str) -> None:
    from workbench.authoring.compiler import compile_sentence

    schema = read_schema(sample().schema)
    (reading,) = compile_sentence(sentence, schema).candidates
    wanted = check(f'forbid (principal, action == Action::"send_message", resource) {condition};', schema).program
    made = check(reading.cedar_plus, schema).program
    assert made is not None
    assert wanted is not None
    assert made.rules[0].digest == wanted.rules[0].digest


def test_the_morning_is_told_as_it_was_made() -> None:
    outcomes = Counter(outcome for outcome, _ in decided())
    assert 0.08 <= outcomes["deny"] / len(morning()) <= 0.2
    assert outcomes["hold"] >= 2
    rules = Counter(rule for outcome, names in decided() if outcome == "deny" for rule in names)
    assert rules["message-admissible"] >= 10
    for action, (outcome, _) in zip(morning(), decided(), strict=True):
        if "speech" not in action["request"] or action["request"]["speech"]["conversation"][-1]["content"].startswith(
            ("Hello", "Good morning")
        ):
            assert outcome == "allow"


def test_a_forged_result_never_passes() -> None:
    """Where the agent shows a tool's result, or cites one, that the record does not have."""
    forged = [
        place
        for place, action in enumerate(morning())
        if "[@" in json.dumps(action["request"]) and not action["heard"]["tools"]
    ]
    assert len(forged) >= 3
    assert {decided()[place] for place in forged} == {("deny", ("message-admissible",))}


def test_what_it_promises_is_proved(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The sets and texts of the judgement are data like any other to the solver."""
    from typer.testing import CliRunner

    from workbench.cli.main import app

    invariants = tmp_path_factory.mktemp("proved") / "invariants.cedarplus"
    invariants.write_text(
        """
        @id("admissible") forbid (principal, action == Action::"send_message", resource)
        when { !context.speech.admissible };
        @id("recorded") forbid (principal, action == Action::"send_message", resource)
        when { context.speech.modalities.contains("assertive") && !context.speech.observed };
        @id("any-axiom") forbid (principal, action == Action::"publish_article", resource)
        when { context.speech.violated_axioms.contains("A5") };
        """,
        encoding="utf-8",
    )
    file = sample().root / "constitution.cedarplus"
    shown = CliRunner().invoke(app, ["prove", str(file), "--invariants", str(invariants)])
    assert shown.exit_code == 1
    assert "The invariant `admissible` is kept." in shown.stdout
    assert "The invariant `recorded` is kept." in shown.stdout
    assert (
        "The invariant `any-axiom` is broken." in shown.stdout
    )  # a licensed text may name no axiom; the solver cannot
