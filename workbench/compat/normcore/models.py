"""The original's ``models``: judgments, speech acts, links, annotations. Imports the speech room only."""

from __future__ import annotations

from workbench.speech.annotations import OpenAICitation, parse_openai_citations
from workbench.speech.citations import link_set_from_openai_citations
from workbench.speech.grounds import CreatorType, EvidenceType, LinkRole, LinkSet, Provenance, StatementGroundLink
from workbench.speech.judgment import AdmissibilityJudgment, AdmissibilityStatus, GroundRef, StatementEvaluation
from workbench.speech.messages import AssistantSpeechAct, RefusalSpeechAct, TextSpeechAct, ToolResultSpeechAct

EvaluationResult = StatementEvaluation  # the original's other name for it

__all__ = [
    "AdmissibilityJudgment",
    "AdmissibilityStatus",
    "AssistantSpeechAct",
    "CreatorType",
    "EvaluationResult",
    "EvidenceType",
    "GroundRef",
    "LinkRole",
    "LinkSet",
    "OpenAICitation",
    "Provenance",
    "RefusalSpeechAct",
    "StatementEvaluation",
    "StatementGroundLink",
    "TextSpeechAct",
    "ToolResultSpeechAct",
    "link_set_from_openai_citations",
    "parse_openai_citations",
]
