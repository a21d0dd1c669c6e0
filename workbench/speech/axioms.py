"""The axiom checker: A4 to A7 of draft-romanchuk-normative-admissibility-00, in the order A6, A5, A7, A4.

Imports the normative types. An axiom looks at the form of a statement and at what its evidence licenses, never at its
truth. Trying refusals first means that a good refusal is never punished; explanations are those of the specification,
section 6, word for word.
"""

from __future__ import annotations

from workbench.speech.normative import AxiomCheckResult, EvaluationStatus, GroundSet, License, Modality, Statement

REFUSED = "Explicit refusal is always admissible (A6)"
CATEGORICAL = "Assertive statement without sufficient grounding (categoricity ban)"
CHOSEN_CONDITIONAL = "Conditional form chosen by agent (ASSERTIVE also permitted by grounding)"
CONDITIONS_DECLARED = "Conditional statement with declared conditions: "
NO_CONDITIONS = "Conditional statement without declared conditions"
UNGROUNDED = "Normative claim without grounding"
DESCRIPTION_GROUNDED = "Descriptive statement grounded in factual knowledge"
DESCRIPTION_UNGROUNDED = "Descriptive statement without factual grounding"


class AxiomChecker:
    """Applies the axioms to one statement."""

    def check(
        self, statement: Statement, license: License, ground_set: GroundSet, task_goal: str = ""
    ) -> AxiomCheckResult:
        """What the first axiom that applies says. ``task_goal`` is taken and not used: aims do not license speech."""
        del task_goal
        modality = statement.modality
        licensed = license.permits(Modality.ASSERTIVE)
        if modality is Modality.REFUSAL:
            return AxiomCheckResult(EvaluationStatus.ACCEPTABLE, None, REFUSED)
        if modality is Modality.ASSERTIVE and not licensed:
            return AxiomCheckResult(EvaluationStatus.VIOLATES_NORM, "A5", CATEGORICAL)
        if modality is Modality.CONDITIONAL:
            if licensed:
                return AxiomCheckResult(EvaluationStatus.CONDITIONALLY_ACCEPTABLE, None, CHOSEN_CONDITIONAL)
            if statement.conditions:
                declared = f"{CONDITIONS_DECLARED}{list(statement.conditions)}"
                return AxiomCheckResult(EvaluationStatus.CONDITIONALLY_ACCEPTABLE, None, declared)
            return AxiomCheckResult(EvaluationStatus.UNSUPPORTED, "A7", NO_CONDITIONS)
        if modality is Modality.DESCRIPTIVE:
            if ground_set.has_factual():
                return AxiomCheckResult(EvaluationStatus.ACCEPTABLE, None, DESCRIPTION_GROUNDED)
            return AxiomCheckResult(EvaluationStatus.UNSUPPORTED, "A4", DESCRIPTION_UNGROUNDED)
        if modality is Modality.ASSERTIVE:
            if ground_set.is_empty():
                return AxiomCheckResult(EvaluationStatus.UNSUPPORTED, "A4", UNGROUNDED)
            permitted = f"Statement modality ({modality.value}) permitted by license"
            return AxiomCheckResult(EvaluationStatus.ACCEPTABLE, None, permitted)
        undecided = f"Cannot determine status (modality=None, license={license.names()})"
        return AxiomCheckResult(EvaluationStatus.UNDERDETERMINED, None, undecided)
