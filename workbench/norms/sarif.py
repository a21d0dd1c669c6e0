"""SARIF 2.1.0: violations as code-scanning services take them. Pure; imports the report.

One run; its rules are the norms, its results the violations. What agents wrote stands in plain-text messages only,
with brackets escaped where the format would read a link (§3.11.6). A result has a place (``locations``) where the
norm stands in a file, else the place that the caller names, because services list only results that have one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workbench.norms.reporting import Report, ReportedNorm, ReportedViolation, seen, with_unlisted

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"info": "note", "warn": "warning", "high": "error", "critical": "error"}
_WEIGHTS = {"info": "2.0", "warn": "5.0", "high": "8.0", "critical": "9.5"}  # what services sort by: 0.1 to 10.0
_TOLD = ("seq", "action", "resource", "code")
_LINK = re.compile(r"[\\\[\]]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def level(severity: str) -> str:
    """A severity as SARIF's level; ``warning`` for any that is unknown."""
    return _LEVELS.get(severity, "warning")


def sarif_document(report: Report, *, version: str) -> dict[str, Any]:
    """The report as a SARIF log. ``version``: of this program."""
    norms = with_unlisted(report)
    index = {norm.id: number for number, norm in enumerate(norms)}
    driver = {"name": "workbench", "version": version, "rules": [_rule(norm) for norm in norms]}
    results = [
        _result(violation, norms[index[violation.norm_id]], index, report.place) for violation in report.violations
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def sarif_text(report: Report, *, version: str) -> str:
    """:func:`sarif_document` as text."""
    return json.dumps(sarif_document(report, version=version), indent=2)


def _rule(norm: ReportedNorm) -> dict[str, Any]:
    said = norm.description or norm.name or norm.id
    return {
        "id": seen(norm.id) or "norm",
        "name": seen(norm.name) or seen(norm.id) or "norm",
        "shortDescription": {"text": seen(said) or "norm"},
        "fullDescription": {"text": seen(_reach(norm)) or "norm"},
        "defaultConfiguration": {"level": level(norm.severity)},
        "properties": {
            "severity": seen(norm.severity),
            "scope": seen(norm.scope),
            "priority": norm.priority,
            "security-severity": _WEIGHTS.get(norm.severity, "5.0"),
            "tags": ["norm"],
        },
    }


def _reach(norm: ReportedNorm) -> str:
    if norm.prohibited:
        when = f" where {norm.condition}" if norm.condition else ""
        return f"prohibited: {norm.prohibited}{when}"
    return norm.source or norm.description or norm.name


def _result(violation: ReportedViolation, norm: ReportedNorm, index: Mapping[str, int], place: str) -> dict[str, Any]:
    path, line = (norm.path, norm.line) if norm.path else (place, 1)
    result: dict[str, Any] = {
        "ruleId": seen(norm.id) or "norm",
        "ruleIndex": index[norm.id],
        "level": level(violation.severity),
        "kind": "fail",
        "message": {"text": _message(violation.description)},
        "partialFingerprints": {"violation/v1": seen(violation.id)},
        "properties": {
            "agent": seen(violation.agent_id),
            "action_id": seen(violation.action_id),
            "severity": seen(violation.severity),
            "timestamp": violation.timestamp,
            **{key: _shown(value) for key, value in violation.details if key in _TOLD},
        },
    }
    if path:
        result["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(path)},
                    "region": {"startLine": max(line, 1)},
                }
            }
        ]
    return result


def _shown(value: Any) -> Any:
    return seen(value) if isinstance(value, str) else value


def _message(text: str) -> str:
    return _LINK.sub(lambda match: "\\" + match[0], seen(text)) or "violation"


def _uri(path: str) -> str:
    """A relative path as a URI reference (RFC 3986): everything that is not unreserved, or a slash, percent-encoded."""
    said = path.replace("\\", "/").encode("utf-8", "backslashreplace")
    return "".join(chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}" for byte in said)
