"""What the stages hand one another, under the original's module name. Imports the speech room only."""

from __future__ import annotations

from workbench.speech.normative import (
    AxiomCheckResult,
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
    ValidationResult,
)

__all__ = [
    "AxiomCheckResult",
    "EvaluationStatus",
    "GroundSet",
    "KnowledgeNode",
    "License",
    "Modality",
    "Scope",
    "Source",
    "Statement",
    "StatementValidationResult",
    "Status",
    "ValidationResult",
]
