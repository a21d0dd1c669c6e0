"""normcore under another import: ``from workbench.compat.normcore import evaluate``.

Imports the speech room. Same names, same judgments, same errors, same log; no ``openai``, no ``pydantic``; linear in
the length of its input. What the original's users also rely on lies in ``citations``, ``models``, ``normative``,
``evaluator``, ``logging``; the helper names of its Rust crate in ``rust``, and here.
"""

from __future__ import annotations

from workbench.compat.normcore.citations import (
    build_links_from_grounds,
    coerce_grounds_input,
    extract_citation_keys,
    grounds_from_openai_citations,
    grounds_from_tool_call_refs,
    link_set_from_openai_citations,
    parse_grounds,
    parse_openai_citations,
)
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
    "build_links_from_grounds",
    "coerce_grounds_input",
    "configure_logging",
    "evaluate",
    "evaluate_from_json",
    "extract_citation_keys",
    "grounds_from_openai_citations",
    "grounds_from_tool_call_refs",
    "link_set_from_openai_citations",
    "parse_conversation",
    "parse_grounds",
    "parse_json",
    "parse_openai_citations",
    "to_pretty_json",
]
