"""Decisions and diagnostics as plain JSON and back; coming back, nothing is believed that is not well formed.

May import the engine's and the language's values. The worker writes with ``plain_…``, the parent reads with the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar, get_args

from workbench.engine.decision import Code, Decision, Evidence, NearMiss, Outcome, Read, Retry, RuleError, Sparing
from workbench.language.annotations import SEVERITIES
from workbench.language.diagnostics import Diagnostic, Finding, LineMap, Severity, Span
from workbench.language.guard import require_shallow_value
from workbench.language.program import RuleKind, Stage

MAX_DIAGNOSTICS = 200
_MAX_DEPTH = 80  # of a value that a rule read: the engine's 64, and the escapes around it
_SCORE = re.compile(r"[+-]?\d{1,60}(\.\d{1,60})?(E[+-]?\d{1,3})?", re.ASCII)
_OUTCOMES: Mapping[str, Outcome] = {"allowed": "allow", "held": "hold"}  # every other code denies

T = TypeVar("T")


class AnswerError(ValueError):
    """An answer that no honest worker gives."""


# ---- written by the worker -------------------------------------------------------------------------------------------


def plain_decision(decision: Decision) -> dict[str, Any]:
    """The decision with everything in it, reads as lists of path, value, whether missing, source."""
    return {
        "outcome": decision.outcome,
        "code": decision.code,
        "retry": decision.retry,
        "remedy": decision.remedy,
        "reasons": list(decision.reasons),
        "procedures": list(decision.procedures),
        "errors": [[error.rule, error.message] for error in decision.errors],
        "evidence": [
            [item.rule, item.effect, item.stage, item.severity, _plain_reads(item.reads)] for item in decision.evidence
        ],
        "observed": list(decision.observed),
        "why_not": [[miss.rule, list(miss.failed), _plain_reads(miss.reads)] for miss in decision.why_not],
        "spared_by": [[item.rule, list(item.conditions), _plain_reads(item.reads)] for item in decision.spared_by],
        "score": str(decision.score),
    }


def _plain_reads(reads: Sequence[Read]) -> list[list[Any]]:
    return [[read.path, read.value, read.missing, read.source] for read in reads]


def plain_diagnostics(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """The first :data:`MAX_DIAGNOSTICS`; lines and columns are left for the reader to work out."""
    names = ("code", "severity", "message", "expected", "fix", "help", "rule")
    kept = list(found)[:MAX_DIAGNOSTICS]
    return [{name: getattr(d, name) for name in names} | {"start": d.span.start, "end": d.span.end} for d in kept]


# ---- read by the parent ----------------------------------------------------------------------------------------------


def decision_from(value: Any) -> Decision:
    """The decision that :func:`plain_decision` wrote. Raises :class:`AnswerError` for anything else."""
    fields = _object(value, "decision")
    if set(fields) != _DECISION_FIELDS:
        raise AnswerError("the decision has other fields than a decision has")
    decision = Decision(
        outcome=_one_of(fields["outcome"], get_args(Outcome), "outcome"),
        code=_one_of(fields["code"], get_args(Code), "code"),
        retry=_one_of(fields["retry"], get_args(Retry), "retry"),
        remedy=_text(fields["remedy"], "remedy"),
        reasons=_texts(fields["reasons"], "reasons"),
        procedures=_texts(fields["procedures"], "procedures"),
        errors=_each(fields["errors"], _error, "errors"),
        evidence=_each(fields["evidence"], _evidence, "evidence"),
        observed=_texts(fields["observed"], "observed"),
        why_not=_each(fields["why_not"], _near_miss, "why_not"),
        spared_by=_each(fields["spared_by"], _sparing, "spared_by"),
        score=_score(fields["score"]),
    )
    if decision.outcome != _OUTCOMES.get(decision.code, "deny"):
        raise AnswerError("the outcome contradicts the code")
    if decision.outcome == "allow" and not decision.reasons:
        raise AnswerError("an allow without a rule that permits it")
    if (decision.outcome == "hold") != bool(decision.procedures):
        raise AnswerError("the outcome contradicts the procedures")
    return decision


_DECISION_FIELDS = frozenset(Decision.__dataclass_fields__)


def diagnostics_from(value: Any, source: str) -> tuple[Diagnostic, ...]:
    """The diagnostics that :func:`plain_diagnostics` wrote, placed in ``source``. Raises :class:`AnswerError`."""
    lines = LineMap(source)
    return tuple(_diagnostic(item, lines, len(source)) for item in _list(value, "diagnostics")[:MAX_DIAGNOSTICS])


def _diagnostic(value: Any, lines: LineMap, length: int) -> Diagnostic:
    fields = _object(value, "diagnostic")
    start, end = fields.get("start"), fields.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= length:
        raise AnswerError("a diagnostic is about no place in the text")
    text = {name: _text(fields.get(name), name) for name in ("code", "message", "expected", "fix", "help", "rule")}
    severity: Severity = _one_of(fields.get("severity"), get_args(Severity), "severity")
    return Finding(
        text["code"], text["message"], Span(start, end), text["expected"], text["fix"], text["help"], severity
    ).at(lines, rule=text["rule"])


def _error(value: Any) -> RuleError:
    rule, message = _row(value, 2, "error")
    return RuleError(_text(rule, "rule"), _text(message, "message"))


def _evidence(value: Any) -> Evidence:
    rule, effect, stage, severity, reads = _row(value, 5, "evidence")
    return Evidence(
        _text(rule, "rule"),
        _one_of(effect, get_args(RuleKind), "effect"),
        _each(reads, _read, "reads"),
        _one_of(stage, get_args(Stage), "stage"),
        _one_of(severity, ("", *SEVERITIES), "severity"),
    )


def _near_miss(value: Any) -> NearMiss:
    rule, failed, reads = _row(value, 3, "why_not")
    return NearMiss(_text(rule, "rule"), _texts(failed, "failed"), _each(reads, _read, "reads"))


def _sparing(value: Any) -> Sparing:
    rule, conditions, reads = _row(value, 3, "spared_by")
    return Sparing(_text(rule, "rule"), _texts(conditions, "conditions"), _each(reads, _read, "reads"))


def _read(value: Any) -> Read:
    path, read, missing, source = _row(value, 4, "read")
    if type(missing) is not bool:
        raise AnswerError("`missing` is no Boolean")
    try:
        require_shallow_value(read, _MAX_DEPTH)
    except ValueError as error:
        raise AnswerError(str(error)) from None
    return Read(_text(path, "path"), read, missing, _text(source, "source"))


def _score(value: Any) -> Decimal:
    if not isinstance(value, str) or _SCORE.fullmatch(value) is None:
        raise AnswerError("`score` is no decimal")
    return Decimal(value)


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise AnswerError(f"the {what} is no object")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise AnswerError(f"`{what}` is no list")
    return value


def _row(value: Any, length: int, what: str) -> list[Any]:
    row = _list(value, what)
    if len(row) != length:
        raise AnswerError(f"`{what}` has not {length} parts")
    return row


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise AnswerError(f"`{what}` is no text")
    return value


def _texts(value: Any, what: str) -> tuple[str, ...]:
    return tuple([_text(item, what) for item in _list(value, what)])


def _each(value: Any, read: Callable[[Any], T], what: str) -> tuple[T, ...]:
    return tuple([read(item) for item in _list(value, what)])


def _one_of(value: Any, known: Sequence[str], what: str) -> Any:
    if not isinstance(value, str) or value not in known:
        raise AnswerError(f"`{what}` is none that there is")
    return value
