"""All seven statuses through the stages, those too that the public path of the original never reaches."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.compat.normcore import AdmissibilityStatus, evaluate
from workbench.speech.aggregation import aggregate, to_judgment
from workbench.speech.axioms import AxiomChecker
from workbench.speech.evaluator import AdmissibilityEvaluator
from workbench.speech.grounds import CreatorType, EvidenceType, LinkRole, LinkSet, Provenance, StatementGroundLink
from workbench.speech.licence import LicenseDeriver
from workbench.speech.matching import GroundSetMatcher
from workbench.speech.messages import read_message, tool_results
from workbench.speech.modality import ModalityDetector
from workbench.speech.normative import (
    EvaluationStatus,
    GroundSet,
    KnowledgeNode,
    License,
    Modality,
    Scope,
    Source,
    Statement,
    StatementValidationResult,
    Status,
    Strength,
)

EVERY = frozenset(Modality) - {Modality.DESCRIPTIVE}


def node(scope: str = "factual", strength: str = "strong", identity: str = "n") -> KnowledgeNode:
    return KnowledgeNode(identity, Source.OBSERVED, Status.CONFIRMED, 1.0, Scope(scope), strength)


def supports(*ground_ids: str, role: LinkRole = LinkRole.SUPPORTS) -> LinkSet:
    origin = Provenance(creator=CreatorType.HUMAN, evidence_type=EvidenceType.OBSERVATION)
    return LinkSet(
        links=[
            StatementGroundLink(statement_id="s", ground_id=ground_id, role=role, provenance=origin)
            for ground_id in ground_ids
        ]
    )


def statement(modality: str | None, *conditions: str) -> Statement:
    return Statement("s1", "agent", "participation", "…", modality and Modality(modality), list(conditions))


def judged(nodes: list[KnowledgeNode], links: LinkSet | None, *statements: Statement) -> Any:
    """Statements with their modality given, through matcher, deriver, checker and aggregation."""
    evaluator = AdmissibilityEvaluator()
    return to_judgment(evaluator.conclude([evaluator.statement(each, nodes, links) for each in statements]))


@pytest.mark.parametrize(
    ("text", "status", "licensed", "can_retry"),
    [
        ("I don't know whether we should deploy.", "acceptable", True, False),
        ("If it is green, we should deploy.", "conditionally_acceptable", True, False),
        ("We should deploy.", "violates_norm", False, True),
        ("The build is blocked.", "unsupported", True, True),
        ("", "underdetermined", False, False),
        ("Hello! How can I help you?", "no_normative_content", False, False),
    ],
)
def test_statuses_through_evaluate(text: str, status: str, licensed: bool, can_retry: bool) -> None:
    judgment = evaluate(agent_output=text)
    assert (judgment.status, judgment.licensed, judgment.can_retry) == (status, licensed, can_retry)


def test_parts_are_joined_and_trimmed_and_a_plain_text_is_not() -> None:
    """So blanks in a part are no content, while blanks alone are a text in which nothing is claimed."""

    def status(content: Any) -> str:
        return evaluate(conversation=[{"role": "assistant", "content": content}]).status.value

    part = {"type": "text", "text": " "}
    assert status([part, part]) == "underdetermined"
    assert status(" ") == "no_normative_content"
    assert status([{"type": "text", "text": "We mu"}, {"type": "text", "text": "st go"}]) == "violates_norm"
    assert status([]) == status(None) == "underdetermined"
    results = [
        tool_results([read_message({"role": "tool", "tool_call_id": "c", "content": content})])[0].result_text
        for content in (" x ", [{"type": "text", "text": " x "}])
    ]
    assert results == [" x ", "x"]


def test_a_statement_without_modality_is_underdetermined() -> None:
    judgment = judged([node()], supports("n"), statement(None))
    assert judgment.status is AdmissibilityStatus.UNDERDETERMINED
    assert not judgment.licensed
    assert not judgment.can_retry
    assert judgment.explanation == "Validator has no jurisdiction to judge"
    assert judgment.statement_evaluations[0].modality == "unknown"
    assert judgment.statement_evaluations[0].explanation == (
        "Cannot determine status (modality=None, license=['assertive', 'conditional', 'refusal'])"
    )


def test_an_ill_formed_statement_makes_the_act_ill_formed() -> None:
    """No stage of the original says so; whoever judges structure hands it to the aggregation."""
    wrong = StatementValidationResult(statement("assertive"), EvaluationStatus.ILL_FORMED, License(), GroundSet())
    good = StatementValidationResult(statement("refusal"), EvaluationStatus.ACCEPTABLE, License(), GroundSet())
    judgment = to_judgment(aggregate([good, wrong]))
    assert judgment.status is AdmissibilityStatus.ILL_FORMED
    assert (judgment.licensed, judgment.can_retry, judgment.num_acceptable) == (False, True, 1)
    assert judgment.feedback_hint is not None
    assert "subject-predicate" in judgment.feedback_hint
    assert [each.status.value for each in judgment.statement_evaluations] == ["acceptable", "ill_formed"]


def test_a_conditional_without_conditions_is_unsupported_by_a7() -> None:
    judgment = judged([], supports(), statement("conditional"))
    assert (judgment.status, judgment.violated_axioms) == ("unsupported", ["A7"])
    assert judgment.statement_evaluations[0].explanation == "Conditional statement without declared conditions"


def test_a_claim_licensed_on_no_candidates_is_unsupported_by_a4() -> None:
    """Out of reach for the deriver, which licenses nothing on no grounds; the checker holds all the same."""
    checked = AxiomChecker().check(statement("assertive"), License(EVERY), GroundSet())
    assert (checked.status, checked.violated_axiom) == (EvaluationStatus.UNSUPPORTED, "A4")
    assert checked.explanation == "Normative claim without grounding"


def test_the_detector_writes_into_the_statement() -> None:
    """Callers of the original may drop what ``detect_with_conditions`` returns."""
    given = Statement("s1", "agent", "participation", "If it rains, we must stay.")
    assert ModalityDetector().detect_with_conditions(given) is given
    assert (given.modality, given.conditions) == (Modality.CONDITIONAL, ["it rains"])


def test_a_refusal_is_tried_first() -> None:
    """A6 before all: no licence, no grounds, and still acceptable; the matcher gives it no candidates."""
    assert GroundSetMatcher().match(statement("refusal"), [node()]).is_empty()
    judgment = judged([node()], supports("n"), statement("refusal"))
    assert judgment.status == "acceptable"
    assert list(judgment.statement_evaluations[0].license) == ["refusal"]


@pytest.mark.parametrize(
    ("nodes", "links", "expected"),
    [
        ([], None, "refusal"),
        ([node("contextual")], None, "refusal"),
        ([node("contextual")], supports("n"), "refusal"),
        ([node("factual", "weak")], None, "conditional refusal"),
        ([node("factual", "weak")], supports("n"), "conditional refusal"),
        ([node()], None, "assertive conditional refusal"),
        ([node()], supports(), "refusal"),
        ([node()], supports("n"), "assertive conditional refusal"),
        ([node()], supports("n", role=LinkRole.DISAMBIGUATES), "refusal"),
        ([node("factual", "weak", "w"), node()], supports("w"), "conditional refusal"),
        ([node("factual", "weak", "w"), node()], supports("w", "n"), "assertive conditional refusal"),
    ],
)
def test_licences(nodes: list[KnowledgeNode], links: LinkSet | None, expected: str) -> None:
    """Weak and contextual evidence, and the conservative mode, none of which the public path reaches."""
    licence, trace = LicenseDeriver().derive_with_trace(GroundSet(nodes), links)
    assert licence == LicenseDeriver().derive(GroundSet(nodes), links)
    assert licence.names() == expected.split() == trace["permitted_modalities"]
    assert trace["mode"] == ("conservative" if links is None else "links")
    assert ("supports_links_count" in trace) == (links is not None)


def test_without_links_evidence_that_is_there_counts_as_used() -> None:
    """The conservative mode, through the whole text path."""
    evaluator = AdmissibilityEvaluator()
    for nodes, status in (
        ([node()], "acceptable"),
        ([node("factual", "weak")], "violates_norm"),
        ([], "violates_norm"),
    ):
        assert evaluator.text("We must go.", nodes, None).status.value == status
    assert evaluator.text("We must go.", [node()], supports()).status.value == "violates_norm"


def test_strengths_are_plain_words() -> None:
    trace = judged([node(strength=Strength.WEAK)], supports("n"), statement("conditional", "x"))
    assert trace.to_dict()["statement_evaluations"][0]["grounding_trace"][0]["strength"] == "weak"
    assert list(trace.statement_evaluations[0].license) == ["conditional", "refusal"]


def test_one_violation_makes_the_act_inadmissible() -> None:
    """Several statements, which the pipeline takes though the extractor finds one: the worst decides, in order."""
    fine, open_, bare = statement("refusal"), statement("conditional", "x"), statement("assertive")
    assert judged([], supports(), fine, open_).explanation == "Mix of conditional and acceptable statements"
    judgment = judged([], supports(), fine, open_, bare, statement("descriptive"))
    assert judgment.status == "violates_norm"
    assert judgment.violated_axioms == ["A5", "A4"]
    assert judgment.explanation == "Violated axioms: ['A5', 'A4']"
    assert (judgment.num_statements, judgment.num_acceptable) == (4, 2)


@pytest.mark.parametrize(("confidence", "strength"), [(-0.1, "strong"), (1.1, "strong"), (1.0, "middling")])
def test_a_node_refuses_values_outside_its_scales(confidence: float, strength: str) -> None:
    with pytest.raises(ValueError, match="is"):
        KnowledgeNode("n", Source.OBSERVED, Status.CONFIRMED, confidence, Scope.FACTUAL, strength)
