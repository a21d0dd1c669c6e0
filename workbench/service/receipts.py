"""What is written of a decision: the ledger entry's body, the feed's row, and the payload that may be erased. Pure.

The ledger holds salted digests of request, entities and answer; what was said stands in the payload alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from workbench import __version__
from workbench.engine.decision import Decision
from workbench.engine.request import Request
from workbench.governance.times import format_time
from workbench.language.annotations import DEFAULT_SEVERITY, SEVERITIES, Severity
from workbench.language.schema_speech import judges_speech
from workbench.service.clock import micros
from workbench.service.judging import Judging
from workbench.service.law import Law
from workbench.service.views import Credential
from workbench.store import feed

MAX_REQUEST = 256 * 1024  # bytes of request and entities together, as JSON
MAX_CELL = 512  # characters of one column of the feed
ON_CLAIMS = "server, on grounds claimed by the caller"
_SPEECH = "context.speech"
_KEPT_ERRORS = 64  # rule ids in one ledger entry
_ENGINE = f"workbench {__version__}"
_encoder = json.JSONEncoder(separators=(",", ":"), default=repr)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in, and when it happened. ``said``: in the asker's own words; it is kept, and no rule reads it."""

    request: Request
    credential: Credential
    entities: Sequence[Any]
    facts: Mapping[str, Any]
    happened: datetime
    judging: Judging | None = None
    said: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What is stored of one decision; the row's number is still open. ``speech``: the judgement in its payload."""

    row: feed.FeedRow
    payload: feed.StoredPayload
    body: dict[str, Any]
    speech: Mapping[str, Any] | None = None


def written(law: Law | None, asked: Asked, decision: Decision, constitution: str) -> Written:
    """What to store of ``decision``. ``law`` is ``None`` where there was none to ask; ``constitution`` its digest."""
    request, credential = asked.request, asked.credential
    salt = os.urandom(16)
    asking = {"principal": credential.principal, "kind": credential.kind}
    if credential.vouched_by:
        asking["vouched_by"] = credential.vouched_by
    question = request.to_json() | {"credential": asking if asked.said is None else asking | {"said": asked.said}}
    told: Mapping[str, Any] = decision.to_dict()
    if law is not None and decision.evidence:
        told = vouched(told, law, request)
    judged = asked.judging.found if asked.judging is not None and _is_judged(law, request) else None
    speech = None if judged is None else judged.told()
    if speech is not None:
        told = {**(_claimed(told) if speech["grounds_from"] == "caller" else told), "speech": speech}
    kept = feed.StoredPayload(salt, encoded(question), encoded(_shown(law, request, asked.entities)), encoded(told))
    body: dict[str, Any] = {
        "principal": cell(credential.principal),
        "action": cell(str(request.action)),
        "outcome": decision.outcome,
        "code": decision.code,
        "reasons": list(decision.reasons),
        "procedures": list(decision.procedures),
        "errors": [error.rule for error in decision.errors if error.rule][:_KEPT_ERRORS],
        "happened_at": format_time(asked.happened),
        "constitution": constitution,
        "schema": law.checked.schema_digest if law is not None else "",
        "overlays": law.overlays if law is not None else "",
        "engine": _ENGINE,
        "request": salted(salt, "request", kept.request),
        "entities": salted(salt, "entities", kept.entities),
        "decision": salted(salt, "decision", kept.decision),
    }
    severity = severity_of(decision)
    if severity:
        body["severity"] = severity
    row = feed.FeedRow(
        seq=0,
        at=micros(asked.happened.astimezone(UTC)),
        agent=cell(uid_id(credential.principal)),
        action=cell(request.action.id),
        resource=cell(request.resource.id),
        outcome=decision.outcome,
        code=decision.code,
        rule=cell(_first_rule(decision)),
        violation=decision.violation,
        version=law.checked.version.constitution_version if law is not None else "",
        severity=severity,
    )
    return Written(row, kept, body, speech)


def _claimed(decision: Mapping[str, Any]) -> Mapping[str, Any]:
    """The decision with the judgement of speech named as what it is where the agent's own account carried it."""
    evidence = []
    for item in decision["evidence"]:
        sources = {
            path: ON_CLAIMS if path == _SPEECH or path.startswith(f"{_SPEECH}.") else source
            for path, source in item["sources"].items()
        }
        evidence.append({**item, "sources": sources})
    return {**decision, "evidence": evidence}


def _is_judged(law: Law | None, request: Request) -> bool:
    """Whether the law asked for the judgement: else it is no part of the decision."""
    action = None if law is None else law.known.schema.actions.get((request.action.type, request.action.id))
    return action is not None and judges_speech(action)


def severity_of(decision: Decision) -> Severity | Literal[""]:
    """How bad a violation is: the highest severity among the forbids that it breaks, of which those that do not say
    count as `warn`, as a rule's error does; empty for what is no violation."""
    if not decision.violation:
        return ""
    reasons = set(decision.reasons)
    said = {item.severity for item in decision.evidence if item.effect == "forbid" and item.rule in reasons}
    said = {each or DEFAULT_SEVERITY for each in said}
    return next((each for each in reversed(SEVERITIES) if each in said), DEFAULT_SEVERITY)


def salted(salt: bytes, label: str, data: bytes) -> str:
    """The digest that the ledger keeps of a payload: SHA-256 over salt, label and bytes, in hex."""
    return hashlib.sha256(salt + label.encode() + b"\0" + data).hexdigest()


def vouched(decision: Mapping[str, Any], law: Law, request: Request) -> Mapping[str, Any]:
    """The decision with the directory named as the source of what it vouched for, instead of the schema's default."""
    roots = ["principal"]
    if law.known.directory.find(request.resource) is not None:
        roots.append("resource")
    known = tuple(f"{root}{end}" for root in roots for end in ". ")
    evidence = []
    for item in decision["evidence"]:
        sources = dict(item["sources"])
        for path in sources:
            if path == "principal":
                sources[path] = "identity"
            elif path.startswith(known):
                sources[path] = "directory"
        evidence.append({**item, "sources": sources})
    return {**decision, "evidence": evidence}


def _shown(law: Law | None, request: Request, entities: Sequence[Any]) -> list[Any]:
    """The entities that came with the request, and those of the directory that it names."""
    sent = list(entities) if isinstance(entities, Sequence) and not isinstance(entities, str | bytes) else []
    if law is None:
        return sent
    named = dict.fromkeys((uid.type, uid.id) for uid in (request.principal, request.resource))
    return sent + [law.known.written[uid] for uid in named if uid in law.known.written]


def _first_rule(decision: Decision) -> str:
    for rules in (decision.procedures, decision.reasons) if decision.outcome == "hold" else (decision.reasons,):
        if rules:
            return rules[0]
    return next((error.rule for error in decision.errors if error.rule), "")


def uid_id(uid: str) -> str:
    """The id in ``Type::"id"``, else the text as it is."""
    head, quote, rest = uid.partition('::"')
    return rest[:-1] if quote and rest.endswith('"') else head + quote + rest


def cell(text: str) -> str:
    """Text that any database column takes: no lone surrogates or zero characters, at most :data:`MAX_CELL` long."""
    if text.isascii() and len(text) <= MAX_CELL and "\0" not in text:
        return text
    clean = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return clean if len(clean) <= MAX_CELL else clean[: MAX_CELL - 1] + "…"


def size_of(request: Request, entities: Sequence[Any]) -> int:
    """Bytes of request and entities as JSON, about."""
    return len(_encoder.encode(request.to_json())) + (len(_encoder.encode(list(entities))) if entities else 2)


def encoded(value: Any) -> bytes:
    """JSON bytes of anything that was asked; what is no JSON is shown as Python shows it, what is too large is cut."""
    try:
        data = _encoder.encode(value).encode()
    except (ValueError, RecursionError, TypeError) as error:
        data = json.dumps({"unreadable": named(error)}).encode()
    if len(data) > MAX_REQUEST * 4:
        data = json.dumps({"too_large": len(data)}).encode()
    return data


def named(error: Exception) -> str:
    """An exception for people: its type and text."""
    return f"{type(error).__name__}: {error}"
