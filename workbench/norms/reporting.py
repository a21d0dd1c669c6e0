"""What a report of norms and violations says: the value types, and the JSON and Markdown forms. Pure; imports nothing.

The JSON keeps the shape of normsync's ``to_json`` (two spaces, ASCII) and the Markdown that of its ``to_markdown``, so
that what reads those reads these; what a workspace knows besides (severity, the event's number, the action) comes as
further keys. Markdown cells are escaped: agents write the text that stands in them, and none of it may become markup.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MARKUP = re.compile(r"(?<![^\W_])_|_(?![^\W_])|[\\`*{}\[\]<>|~#!&]")  # an underscore within a word is none
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ReportedNorm:
    """One norm, or one rule of a constitution that was violated.

    ``severity``: empty where norms have none (a norms.db). ``path`` and ``line`` (from 1): where it stands in a file of
    the project, where that is known.
    """

    id: str
    name: str
    description: str = ""
    condition: str = ""
    prohibited: str = ""
    scope: str = "global"
    active: bool = True
    priority: int = 0
    severity: str = ""
    source: str = ""
    path: str = ""
    line: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The eight keys of the original, in its order, then ours."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "condition": self.condition,
            "prohibited": self.prohibited,
            "scope": self.scope,
            "active": self.active,
            "priority": self.priority,
            **({"severity": self.severity} if self.severity else {}),
        }


@dataclass(frozen=True, slots=True)
class ReportedViolation:
    """One violation. ``timestamp``: seconds since 1970 (UTC). ``details``: further keys of the JSON form, in order."""

    id: str
    norm_id: str
    norm_name: str
    action_id: str
    agent_id: str
    description: str
    severity: str = "warn"
    timestamp: float = 0.0
    details: tuple[tuple[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The eight keys of the original, in its order, then ``details``."""
        return {
            "id": self.id,
            "norm_id": self.norm_id,
            "norm_name": self.norm_name,
            "action_id": self.action_id,
            "agent_id": self.agent_id,
            "description": self.description,
            "severity": self.severity,
            "timestamp": self.timestamp,
            **dict(self.details),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What every form of a report is made from.

    ``rules``: forbids of a constitution beside the norms, which the forms for other services list too. ``cut``: more
    violations are recorded than are listed here. ``place``: the file, relative and with slashes, at which violations
    of norms that stand in none are told.
    """

    norms: Sequence[ReportedNorm]
    violations: Sequence[ReportedViolation]
    rules: Sequence[ReportedNorm] = ()
    cut: bool = False
    title: str = "Norm report"
    place: str = ""

    @property
    def active(self) -> int:
        return sum(norm.active for norm in self.norms)


def report_document(report: Report) -> dict[str, Any]:
    """The report as plain values, in the order of the original's keys; ``truncated`` where something is left out."""
    return {
        "norms": [norm.to_dict() for norm in report.norms],
        "norm_count": len(report.norms),
        "active_count": report.active,
        "violations": [violation.to_dict() for violation in report.violations],
        "violation_count": len(report.violations),
        "has_violations": bool(report.violations),
        **({"truncated": True} if report.cut else {}),
    }


def report_json(report: Report) -> str:
    """The JSON form: two spaces, everything beyond ASCII escaped, no line break at the end."""
    return json.dumps(report_document(report), indent=2)


def report_markdown(report: Report) -> str:
    """The Markdown form, ready for a comment on a change; with line breaks inside only.

    Laid out to the byte as the original's, where no cell needs an escape and norms have no severity.
    """
    lines = [f"# {report.title}", "", f"**Active norms:** {report.active}", ""]
    if report.norms:
        severe = any(norm.severity for norm in report.norms)
        rows = [(n.name, n.scope, n.condition, n.prohibited, str(n.active), n.severity) for n in report.norms]
        lines += ["## Norms", "", *(_NORMS_SEVERE if severe else _NORMS)]
        lines += [*(_row(row if severe else row[:-1]) for row in rows), ""]
    if report.violations:
        lines += ["## Violations", "", *_VIOLATIONS]
        lines += [_row((v.agent_id, v.norm_name, v.description, v.severity)) for v in report.violations]
    if report.cut:
        lines += ["", f"Only the newest {len(report.violations)} are listed."]
    return "\n".join(lines)


_NORMS = (
    "| Name | Scope | Condition | Prohibited | Active |",
    "|------|-------|-----------|-----------|--------|",
)
_NORMS_SEVERE = (
    "| Name | Scope | Condition | Prohibited | Active | Severity |",
    "|------|-------|-----------|------------|--------|----------|",
)
_VIOLATIONS = (
    "| Agent | Norm | Description | Severity |",
    "|-------|------|-------------|----------|",
)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_text(cell) for cell in cells) + " |"


def markdown_text(text: str) -> str:
    """``text`` as the content of a table cell that shows it literally: one line, and none of it markup."""
    return _MARKUP.sub(r"\\\g<0>", seen(text)) or " "


def seen(text: str) -> str:
    """``text`` with characters that act, hide or break lines written as escapes; lone surrogates too."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def by_norm(violations: Sequence[ReportedViolation]) -> Mapping[str, list[ReportedViolation]]:
    """Violations by the id of the norm that they violate, both in the order of the report."""
    found: dict[str, list[ReportedViolation]] = {}
    for violation in violations:
        found.setdefault(violation.norm_id, []).append(violation)
    return found


def with_unlisted(report: Report) -> tuple[ReportedNorm, ...]:
    """Norms and rules of the report, one for each id, and one for each id that only violations name (a norm repealed
    since, a rule that failed)."""
    known = {each.id: each for each in reversed((*report.norms, *report.rules))}
    missing = {v.norm_id: v.norm_name for v in reversed(report.violations) if v.norm_id not in known}
    return (
        *reversed(known.values()),
        *(ReportedNorm(id=id, name=name or id, active=False) for id, name in sorted(missing.items())),
    )


def record_id(*parts: object) -> str:
    """The id of a record as norms.db files have them: 16 hex digits over its fields joined by ``|`` (specification
    §1)."""
    return hashlib.sha256("|".join(map(str, parts)).encode("utf-8", "backslashreplace")).hexdigest()[:16]
