"""What the analyses answer, as documents: plain JSON for programs, Markdown for a pull request. Pure.

JSON keys and words are stable. A witness carries its request and entities in Cedar's JSON form, so that
``workbench decide --request … --entities …`` takes them as they are; whoever prints the JSON escapes unseen characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from workbench.analysis.assumptions import Assumption
from workbench.analysis.document_markdown import closest_markdown, difference_markdown, matrix_markdown, report_markdown
from workbench.analysis.results import (
    CHANGES,
    Answer,
    ChangeWitness,
    Closest,
    Difference,
    EnvironmentDifference,
    Judged,
    Matrix,
    ProofReport,
    RequestEnvironment,
    Witness,
)
from workbench.analysis.words import MUTE, Voice, headline, report_headline, report_notes, said, tone, worth_telling
from workbench.analysis.words_difference import (
    change_headline,
    closest_headline,
    difference_headline,
    difference_notes,
    matrix_headline,
)
from workbench.engine.values import EntityUid

Result: TypeAlias = ProofReport | Difference | Matrix | Closest | Answer | Witness


def to_json(value: Result, voice: Voice = MUTE) -> dict[str, Any]:
    """A result as a JSON document. Raises ``TypeError`` for what is no result."""
    match value:
        case ProofReport():
            return _report(value, voice)
        case Difference():
            return _difference(value)
        case Matrix():
            return _matrix(value)
        case Closest():
            return _closest(value)
        case Answer():
            return _answer(value, voice)
        case Witness():
            return _witness(value)
    raise TypeError(f"`{type(value).__name__}` is no result of an analysis")


def to_markdown(value: ProofReport | Difference | Matrix | Closest, voice: Voice = MUTE, *, title: str = "") -> str:
    """A result as GitHub-flavoured Markdown, short, witnesses folded away. All text from rules is escaped.

    ``title`` names what was analysed. Raises ``TypeError`` for what is no such result.
    """
    match value:
        case ProofReport():
            return report_markdown(value, voice, title=title)
        case Difference():
            return difference_markdown(value, voice, title=title)
        case Matrix():
            return matrix_markdown(value, title=title)
        case Closest():
            return closest_markdown(value, voice, title=title)
    raise TypeError(f"`{type(value).__name__}` has no Markdown form")


# ---- JSON ------------------------------------------------------------------------------------------------------------


def _report(report: ProofReport, voice: Voice) -> dict[str, Any]:
    return {
        "assumption": _assumption(report.assumption),
        "headline": report_headline(report, voice),
        "notes": list(report_notes(report, voice)),
        "rules": report.rules,
        "environments": report.environments,
        "answers": [_answer(answer, voice) for answer in report.answers],
        "left_out": list(report.left_out),
    }


def _answer(answer: Answer, voice: Voice) -> dict[str, Any]:
    return {
        "kind": answer.kind,
        "about": answer.about,
        "verdict": answer.verdict,
        "tone": tone(answer),
        "code": said(answer, voice).code,
        "news": worth_telling(answer, voice),
        "headline": headline(answer, voice),
        "notes": list(said(answer, voice).notes),
        "assumption": _assumption(answer.assumption),
        "environment": None if answer.environment is None else _environment(answer.environment),
        "witness": None if answer.witness is None else _witness(answer.witness),
        "by": list(answer.by),
        "why": answer.why,
        "proved": answer.proved,
        "environments": answer.environments,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "assumption": _assumption(difference.assumption),
        "headline": difference_headline(difference),
        "notes": list(difference_notes(difference)),
        "unchanged": difference.unchanged,
        "verdicts": {change: difference.verdict(change) for change in CHANGES},
        "environments": [_environment_difference(each) for each in difference.environments],
        "only_before": list(difference.only_before),
        "only_after": list(difference.only_after),
        "scores": list(difference.scores),
    }


def _environment_difference(found: EnvironmentDifference) -> dict[str, Any]:
    return {
        **_environment(found.environment),
        "touched": found.touched,
        "unchanged": found.unchanged,
        "verdicts": {change: found.verdicts[change] for change in CHANGES},
        "exhausted": {change: found.exhausted[change] for change in CHANGES if change in found.exhausted},
        "why": {change: found.why[change] for change in CHANGES if change in found.why},
        "witnesses": [_change(told) for told in found.witnesses],
    }


def _change(told: ChangeWitness) -> dict[str, Any]:
    return {
        "change": told.change,
        "headline": change_headline(told),
        "rules": list(told.rules),
        "witness": _witness(told.witness),
    }


def _matrix(matrix: Matrix) -> dict[str, Any]:
    return {
        "assumption": _assumption(matrix.assumption),
        "headline": matrix_headline(matrix),
        "attribute": matrix.attribute,
        "values": list(matrix.values),
        "actions": [_uid(action) for action in matrix.actions],
        "cells": [
            {
                "value": cell.value,
                "action": _uid(cell.action),
                "verdict": cell.verdict,
                "held": cell.held,
                "permitted": None if cell.permitted is None else _witness(cell.permitted),
                "denied": None if cell.denied is None else _witness(cell.denied),
                "why": cell.why,
            }
            for cell in matrix.cells
        ],
    }


def _closest(closest: Closest) -> dict[str, Any]:
    return {
        "assumption": _assumption(closest.assumption),
        "headline": closest_headline(closest),
        "verdict": closest.verdict,
        "wanted": closest.wanted,
        "minimal": closest.minimal,
        "changes": [{"path": path, "was": was, "becomes": becomes} for path, was, becomes in closest.changes],
        "witness": None if closest.witness is None else _witness(closest.witness),
        "why": closest.why,
    }


def _assumption(assumption: Assumption) -> dict[str, str]:
    return {"semantics": assumption.semantics, "data": assumption.data, "words": assumption.words}


def _environment(environment: RequestEnvironment) -> dict[str, str]:
    return {
        "principal": environment.principal,
        "action": _uid(environment.action),
        "resource": environment.resource,
    }


def _uid(uid: tuple[str, str]) -> str:
    return str(EntityUid(*uid))


def _witness(witness: Witness) -> dict[str, Any]:
    return {
        "request": _plain(witness.request),
        "entities": [_plain(entity) for entity in witness.entities],
        "before": None if witness.before is None else _judged(witness.before),
        "after": _judged(witness.after),
    }


def _judged(judged: Judged) -> dict[str, Any]:
    return {
        "outcome": judged.outcome,
        "cedar": judged.cedar,
        "code": judged.code,
        "reasons": list(judged.reasons),
        "errors": list(judged.errors),
    }


def _plain(value: Any) -> Any:
    """Mappings and tuples as objects and lists that ``json`` writes."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
