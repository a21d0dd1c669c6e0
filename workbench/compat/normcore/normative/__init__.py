"""The original's ``normative``: the types of the pipeline; each stage in a module of its own name, and here.

Imports the modules of this package.
"""

from __future__ import annotations

from workbench.compat.normcore.normative.axiom_checker import AxiomChecker
from workbench.compat.normcore.normative.ground_matcher import GroundSetMatcher
from workbench.compat.normcore.normative.knowledge_builder import KnowledgeStateBuilder
from workbench.compat.normcore.normative.license_deriver import LicenseDeriver
from workbench.compat.normcore.normative.modality_detector import ModalityDetector
from workbench.compat.normcore.normative.models import (
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
from workbench.compat.normcore.normative.statement_extractor import StatementExtractor

__all__ = [
    "AxiomCheckResult",
    "AxiomChecker",
    "EvaluationStatus",
    "GroundSet",
    "GroundSetMatcher",
    "KnowledgeNode",
    "KnowledgeStateBuilder",
    "License",
    "LicenseDeriver",
    "Modality",
    "ModalityDetector",
    "Scope",
    "Source",
    "Statement",
    "StatementExtractor",
    "StatementValidationResult",
    "Status",
    "ValidationResult",
]
