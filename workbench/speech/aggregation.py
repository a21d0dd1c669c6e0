"""All statements taken together: one violation makes the whole act inadmissible (specification, section 7).

Imports the normative types and the judgment. The order is lexicographic: the first status of ``violates_norm,
ill_formed, underdetermined, unsupported`` that any statement has, is the act's.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.speech.judgment import (
    AdmissibilityJudgment,
    AdmissibilityStatus,
    GroundRef,
    ModalityNames,
    StatementEvaluation,
)
from workbench.speech.normative import EvaluationStatus, KnowledgeNode, StatementValidationResult, ValidationResult

PROTOCOL_ONLY = "Protocol-only output (greetings/offers) - no normative claims to evaluate"
NO_CONTENT = "No content to validate"
_OUTCOMES = (  # status, licensed, can_retry, hint, explanation; {0} is the list of violated axioms, {1} their names
    (
        EvaluationStatus.VIOLATES_NORM,
        False,
        True,
        "Your response violates normative axioms: {1}. Please revise or refuse to answer if you lack required context.",
        "Violated axioms: {0}",
    ),
    (
        EvaluationStatus.ILL_FORMED,
        False,
        True,
        "Your response is structurally ill-formed. Please rephrase with clear subject-predicate statements.",
        "Structurally ill-formed statements detected",
    ),
    (EvaluationStatus.UNDERDETERMINED, False, False, None, "Validator has no jurisdiction to judge"),
    (
        EvaluationStatus.UNSUPPORTED,
        True,
        True,
        "Your statements lack required grounding. Consider asking for more context or using conditional phrasing.",
        "Statements lack required grounding (A4)",
    ),
)
_ACCEPTED = (EvaluationStatus.ACCEPTABLE, EvaluationStatus.CONDITIONALLY_ACCEPTABLE)
_SHOWN = {status: AdmissibilityStatus(status.value) for status in EvaluationStatus if status.value != "well_formed"}


def aggregate(results: Sequence[StatementValidationResult]) -> ValidationResult:
    """The verdict on all statements; without statements there was nothing normative to judge."""
    if not results:
        return ValidationResult(EvaluationStatus.NO_NORMATIVE_CONTENT, False, False, explanation=PROTOCOL_ONLY)
    axioms = [result.violated_axiom for result in results if result.violated_axiom]
    statuses = {result.status for result in results}
    retry, licensed, hint = False, True, None
    for status, permits, again, wording, explained in _OUTCOMES:
        if status in statuses:
            licensed, retry = permits, again
            hint = wording and wording.format(axioms, ", ".join(axioms))
            explanation = explained.format(axioms)
            break
    else:
        conditional = EvaluationStatus.CONDITIONALLY_ACCEPTABLE
        status = conditional if conditional in statuses else EvaluationStatus.ACCEPTABLE
        if status is EvaluationStatus.ACCEPTABLE:
            explanation = "All statements are normatively acceptable"
        elif statuses == {conditional}:
            explanation = "All statements are conditionally acceptable"
        else:
            explanation = "Mix of conditional and acceptable statements"
    return ValidationResult(
        status=status,
        licensed=licensed,
        can_retry=retry,
        feedback_hint=hint,
        violated_axioms=axioms,
        statement_results=list(results),
        explanation=explanation,
        num_statements=len(results),
        num_acceptable=sum(result.status in _ACCEPTED for result in results),
    )


def to_judgment(result: ValidationResult) -> AdmissibilityJudgment:
    """A validation as the judgment that goes out; a statement that is merely well-formed is underdetermined."""
    return AdmissibilityJudgment(
        status=_SHOWN.get(result.status, AdmissibilityStatus.UNDERDETERMINED),
        licensed=result.licensed,
        can_retry=result.can_retry,
        statement_evaluations=[_evaluation(each) for each in result.statement_results],
        feedback_hint=result.feedback_hint,
        violated_axioms=list(result.violated_axioms),
        explanation=result.explanation,
        num_statements=result.num_statements,
        num_acceptable=result.num_acceptable,
        grounds_accepted=result.grounds_accepted,
        grounds_cited=result.grounds_cited,
    )


def _evaluation(result: StatementValidationResult) -> StatementEvaluation:
    statement = result.statement
    return StatementEvaluation(
        statement_id=statement.id,
        statement=statement.raw_text,
        modality=statement.modality.value if statement.modality else "unknown",
        license=ModalityNames(modality.value for modality in result.license.permitted_modalities),
        status=_SHOWN.get(result.status, AdmissibilityStatus.UNDERDETERMINED),
        violated_axiom=result.violated_axiom,
        explanation=result.explanation,
        grounding_trace=[ground_ref(node) for node in result.ground_set.nodes],
        subject=statement.subject,
        predicate=statement.predicate,
    )


def ground_ref(node: KnowledgeNode) -> GroundRef:
    """A node of knowledge as an item of the trace."""
    return GroundRef(
        id=node.id,
        scope=node.scope.value,
        source=node.source.value,
        status=node.status.value,
        confidence=node.confidence,
        strength=str(node.strength),
        semantic_id=node.semantic_id,
    )
