"""Deciding a recorded request again: same version, same overlays, the data that was recorded. Not for faces.

Where the directory has not changed since, it is believed as it stands; else only what the payload kept of it (the
principal and the resource) can be, and a difference says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from workbench.engine.decision import Decision
from workbench.engine.entities import Entities, EntityError
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request, RequestError
from workbench.governance.canonical import sha256_hex
from workbench.governance.errors import GovernanceError
from workbench.governance.overlay_register import Standing
from workbench.language.program import Program
from workbench.service.audit_views import Redecision
from workbench.service.checked import Checked
from workbench.service.errors import WorkbenchError
from workbench.service.norm_factions import bound_program, factions_of
from workbench.service.overlay_law import OverlayLaw
from workbench.service.overlay_reading import read_overlays
from workbench.service.session import Session
from workbench.store import directory
from workbench.store.feed import StoredPayload
from workbench.store.ledger import StoredEntry
from workbench.store.overlays import entries as overlay_entries
from workbench.store.timeline import happenings

_NEVER = 2**63
_BEFORE_THE_RULES: Mapping[str, str] = {
    "refused_claim": "it was refused before any rule was asked: the caller claimed what it may not",
    "speech_claimed": "it was refused before any rule was asked: the caller judged its own words",
    "speech_missing": "it was refused before any rule was asked: nothing was said that could be judged",
    "speech_invalid": "it was refused before any rule was asked: what was said could not be judged",
    "speech_differs": "it was refused before any rule was asked: another text was judged than the one given",
    "invalid_entity": "it was refused before any rule was asked: an entity did not fit the schema",
    "sealed": "the workspace was sealed, and no rule was asked",
    "deadline_exceeded": "the time for deciding ran out, which depends on the machine of that moment",
    "sandbox_limit": "a sandboxed worker went over a limit, which depends on the machine of that moment",
}


def redecide(
    session: Session, connection: Connection, entry: StoredEntry, payload: StoredPayload | None, grants: Sequence[str]
) -> Redecision:
    """Decide the request of ``entry`` again. ``grants``: procedures whose grants it used."""
    body = json.loads(entry.body)["body"]
    if payload is None:
        return Redecision("not_replayable", "redacted: what was asked has been erased")
    if body["code"] in _BEFORE_THE_RULES:
        return Redecision("not_replayable", _BEFORE_THE_RULES[body["code"]])
    if body["code"] == "evaluation_error" and not body["errors"]:
        return Redecision("not_replayable", "the service failed before any rule was asked")
    try:
        checked = session.laws.checked(connection, body["constitution"])
        changed = _directory_changed(connection, entry.seq)
        request, known = _asked(connection, payload, checked, changed)
        factions = factions_of(known, checked.schema)
        overlay = OverlayLaw.of(overlays_of(connection, entry), checked, factions=factions)
        decision = _decide(bound_program(checked.program, factions), overlay, request, known, entry.at, grants)
    except (WorkbenchError, GovernanceError, EntityError, RequestError, ValueError, KeyError, TypeError) as error:
        what = getattr(error, "detail", "") or getattr(error, "message", "") or str(error)
        return Redecision("not_replayable", f"what was recorded cannot be decided again: {what}")
    return _compared(body, decision, changed)


def overlays_of(connection: Connection, entry: StoredEntry) -> tuple[Standing, ...]:
    """The overlays that nobody had ended when ``entry`` was written, as its own digest of them says.

    Raises :class:`ValueError` where the register knows none that fit.
    """
    wanted = json.loads(entry.body)["body"].get("overlays", "")
    if not wanted:
        return ()
    ended = {}
    for row in overlay_entries(connection):
        body = json.loads(row.body)["body"]
        if body["event"] != "placed":
            ended[body["id"]] = row.seq
    known = read_overlays(connection).register.standings.values()
    standing = [each for each in known if each.seq < entry.seq < ended.get(each.id, _NEVER)]
    if sha256_hex("\n".join(sorted(each.id for each in standing)).encode()) == wanted:
        return tuple(replace(each, ending="", ended_at=None, ended_by=(), ended_why="") for each in standing)
    raise ValueError("the overlays that stood then are not all known")


def _directory_changed(connection: Connection, seq: int) -> int:
    """The first entry after ``seq`` that changed the directory, 0 where none did."""
    found = happenings(connection, after=seq, before=None, limit=100_000, kinds=("directory",))
    return found[-1].seq if found else 0


def _asked(connection: Connection, payload: StoredPayload, checked: Checked, changed: int) -> tuple[Request, Entities]:
    value = json.loads(payload.request)
    value.pop("credential", None)
    request = Request.from_json(value)
    recorded = json.loads(payload.entities)
    if changed:
        return request, Entities.from_json(_distinct(recorded), checked.schema)
    written = {(type_, id_): json.loads(text) for type_, id_, text in directory.entities(connection)}
    sent = [item for item in _distinct(recorded) if (item["uid"]["type"], item["uid"]["id"]) not in written]
    known = Entities.from_json(list(written.values()), checked.schema)
    return request, known.with_added(sent) if sent else known


def _distinct(entities: Sequence[Any]) -> list[Any]:
    """Each uid once: what came with the request is recorded beside what the directory says, which comes last."""
    found = {json.dumps(item["uid"], sort_keys=True): item for item in entities}
    return list(found.values())


def _decide(
    program: Program, overlay: OverlayLaw, request: Request, known: Entities, at: int, grants: Sequence[str]
) -> Decision:
    stopped = overlay.stopped(request, at)
    if stopped is not None:
        return stopped
    if overlay.without:
        rules = tuple(rule for rule in program.rules if rule.id not in overlay.without)
        program = replace(program, rules=rules)
    decision = Evaluator(program).decide(request, known, grants=list(grants))
    return overlay.tighten(decision, request, known, at, None)


def _compared(body: Mapping[str, Any], decision: Decision, changed: int) -> Redecision:
    errors = [error.rule for error in decision.errors if error.rule]
    now = (decision.outcome, decision.code, list(decision.reasons), list(decision.procedures), errors)
    then = (body["outcome"], body["code"], body["reasons"], body["procedures"], body["errors"])
    told = (decision.outcome, decision.code, decision.reasons)
    if now == then:
        return Redecision("equal", "decided again under the same version, it comes out the same", *told)
    what = f"decided again it is {decision.outcome} ({decision.code}), not {body['outcome']} ({body['code']})"
    if now[:2] == then[:2]:
        what = "decided again it comes out the same, but by other rules"
    if changed:
        why = f"the directory has changed since, with entry {changed}, and the payload keeps only a part of it"
        return Redecision("not_replayable", f"{why}; with that part {what}", *told)
    return Redecision("differs", what, *told)
