"""Deciding: believe, ask the engine, record, commit; only then answer.

Everything happens in one write transaction that begins by reading what is in force, so a decision and its receipt
always belong to the same version, and two processes can never decide under different ones at the same ledger place.
Fails closed: whatever goes wrong becomes a recorded deny, and where even that cannot be recorded, an exception.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from workbench import __version__
from workbench.engine.decision import Code, Decision, Retry, RuleError
from workbench.engine.entities import EntityError
from workbench.engine.request import Request
from workbench.governance.times import format_time
from workbench.service.belief import RefusedError, believe
from workbench.service.clock import micros, moment
from workbench.service.errors import WorkbenchError
from workbench.service.law import Law
from workbench.service.session import Session
from workbench.service.views import Credential, Recorded
from workbench.store import feed
from workbench.store.ledger import LedgerHead, append, read_head

MAX_REQUEST = 256 * 1024  # bytes of request and entities together, as JSON
MAX_SECONDS = 0.25  # for asking the rules; what they do is bounded anyway, this is for a machine that stalls
MAX_CELL = 512  # characters of one column of the feed
_KEPT_ERRORS = 64  # rule ids in one ledger entry


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came in, and when it happened."""

    request: Request
    credential: Credential
    entities: Sequence[Any]
    facts: Mapping[str, Any]
    happened: datetime


class Deciding:
    """The use case behind every enforcing face. ``mirror()`` writes the file of what came into force meanwhile."""

    def __init__(self, session: Session, mirror: Callable[[], None]) -> None:
        self._session = session
        self._mirror = mirror

    def decide(
        self,
        request: Request,
        *,
        credential: Credential,
        entities: Sequence[Any] = (),
        facts: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Recorded:
        """Decide and record. ``facts``: context that a trusted source vouches for; ``at``: when the action happened.

        Raises :class:`WorkbenchError` only where nothing could be recorded: treat that as a deny.
        """
        with self._session.write() as connection:
            head = read_head(connection)
            stood = head.active_digest
            now = self._session.now(head)
            happened = moment(now) if at is None else at if at.tzinfo else at.replace(tzinfo=UTC)
            asked = _Asked(request, credential, entities, facts or {}, happened)
            law: Law | None = None
            believed = request
            try:
                head, law = self._law(connection, head, now)
                decision, believed = self._judge(law, asked)
                told = _vouched(decision.to_dict(), law, believed)
            except RefusedError as refusal:
                decision = _denied(refusal.code, refusal.message, refusal.remedy)
                told = decision.to_dict()
            except Exception as error:  # an enforcing face never answers with a traceback
                what = error.detail or error.title if isinstance(error, WorkbenchError) else _named(error)
                decision = _denied("evaluation_error", what, "tell the operator of this workspace", "never")
                told = decision.to_dict()
            row, kept, body = _written(law, replace(asked, request=believed), decision, told)
            body["constitution"] = head.active_digest
            receipt = append(connection, head, kind="decision", at=now, body=body)
            feed.record(connection, row._replace(seq=receipt.seq), receipt.at, kept)
        if head.active_digest != stood:
            with suppress(WorkbenchError):  # the next tick writes the file; the decision stands
                self._mirror()
        return Recorded(receipt.seq, decision, receipt.hash)

    def _law(self, connection: Connection, head: LedgerHead, now: int) -> tuple[LedgerHead, Law]:
        if head.next_due is not None and head.next_due <= now:
            with connection.begin_nested():
                moved = read_head(connection)
                self._session.settle(connection, moved, now)
            head = read_head(connection)
        return head, self._session.laws.in_force(connection, head)

    def _judge(self, law: Law, asked: _Asked) -> tuple[Decision, Request]:
        believed = believe(asked.request, asked.credential, asked.entities, asked.facts, asked.happened, law.known)
        if _size(asked.request, asked.entities) > MAX_REQUEST:
            raise RefusedError("invalid_request", "the request has over 256 KiB", "send less")
        known = law.known.directory
        if asked.entities:
            try:
                known = known.with_added(list(asked.entities))
            except EntityError as error:
                raise RefusedError("invalid_entity", str(error), "send entities that fit the schema") from None
        monotonic = self._session.clock.monotonic
        end = monotonic() + MAX_SECONDS
        return law.evaluator.decide(believed, known, deadline=lambda: monotonic() > end), believed


def _written(
    law: Law | None, asked: _Asked, decision: Decision, told: Mapping[str, Any]
) -> tuple[feed.FeedRow, feed.StoredPayload, dict[str, Any]]:
    """What is stored of a decision: the feed's row (its number still open), the payload, the ledger entry's body."""
    request, credential = asked.request, asked.credential
    salt = os.urandom(16)
    question = request.to_json() | {"credential": {"principal": credential.principal, "kind": credential.kind}}
    kept = feed.StoredPayload(salt, _encoded(question), _encoded(_shown(law, request, asked.entities)), _encoded(told))
    body: dict[str, Any] = {
        "principal": cell(credential.principal),
        "action": cell(str(request.action)),
        "outcome": decision.outcome,
        "code": decision.code,
        "reasons": list(decision.reasons),
        "procedures": list(decision.procedures),
        "errors": [error.rule for error in decision.errors if error.rule][:_KEPT_ERRORS],
        "happened_at": format_time(asked.happened),
        "schema": law.checked.schema_digest if law is not None else "",
        "engine": f"workbench {__version__}",
        "request": salted(salt, "request", kept.request),
        "entities": salted(salt, "entities", kept.entities),
        "decision": salted(salt, "decision", kept.decision),
    }
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
    )
    return row, kept, body


def salted(salt: bytes, label: str, data: bytes) -> str:
    """The digest that the ledger keeps of a payload: SHA-256 over salt, label and bytes, in hex."""
    return hashlib.sha256(salt + label.encode() + b"\0" + data).hexdigest()


def _denied(code: Code, message: str, remedy: str, retry: Retry = "after_change") -> Decision:
    return Decision("deny", code, retry, remedy, errors=(RuleError("", message),))


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _shown(law: Law | None, request: Request, entities: Sequence[Any]) -> list[Any]:
    """The entities that came with the request, and those of the directory that it names."""
    sent = list(entities) if isinstance(entities, Sequence) and not isinstance(entities, str | bytes) else []
    if law is None:
        return sent
    named = dict.fromkeys((uid.type, uid.id) for uid in (request.principal, request.resource))
    return sent + [law.known.written[uid] for uid in named if uid in law.known.written]


def _vouched(decision: Mapping[str, Any], law: Law, request: Request) -> Mapping[str, Any]:
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
    clean = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return clean if len(clean) <= MAX_CELL else clean[: MAX_CELL - 1] + "…"


def _size(request: Request, entities: Sequence[Any]) -> int:
    return len(json.dumps(request.to_json(), default=repr)) + len(json.dumps(list(entities), default=repr))


def _encoded(value: Any) -> bytes:
    """JSON bytes of anything that was asked; what is no JSON is shown as Python shows it, what is too large is cut."""
    try:
        data = json.dumps(value, separators=(",", ":"), default=repr).encode()
    except (ValueError, RecursionError, TypeError) as error:
        data = json.dumps({"unreadable": _named(error)}).encode()
    if len(data) > MAX_REQUEST * 4:
        data = json.dumps({"too_large": len(data)}).encode()
    return data
