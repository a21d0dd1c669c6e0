"""normcore under another import: ``from workbench.compat.normcore import evaluate``.

Imports the speech room. Same names, same judgments, same errors, same log; no ``openai``, no ``pydantic``; linear in
the length of its input. What the original's users also rely on lies in ``citations``, ``models``, ``normative``,
``evaluator``, ``logging``; the helper names of its Rust crate in ``rust``, and here.
"""

from __future__ import annotations

from workbench.compat.normcore.evaluator import evaluate
from workbench.compat.normcore.logging import configure_logging
from workbench.compat.normcore.rust import (
    EvaluateError,
    EvaluateInput,
    evaluate_from_json,
    parse_conversation,
    parse_json,
    to_pretty_json,
)
from workbench.speech.judgment import AdmissibilityJudgment, AdmissibilityStatus, GroundRef, StatementEvaluation

__all__ = [
    "AdmissibilityJudgment",
    "AdmissibilityStatus",
    "EvaluateError",
    "EvaluateInput",
    "GroundRef",
    "StatementEvaluation",
    "configure_logging",
    "evaluate",
    "evaluate_from_json",
    "parse_conversation",
    "parse_json",
    "to_pretty_json",
]
