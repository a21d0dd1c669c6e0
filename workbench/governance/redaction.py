"""Redaction: a roster signer's word that the payloads of some decisions are to be erased, and why.

Imports keys, DSSE and the roster. Signs {swarm_id, events, why, principal, role, signed_at} (payload type
``application/vnd.concord.redaction.v1+json``); the ledger entry carries all of it, so that an audit can tell an erased
payload from one that was removed behind everyone's back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.governance.dsse import sign, signer_of
from workbench.governance.errors import ArtifactError, GovernanceError
from workbench.governance.keys import Signing
from workbench.governance.roster import RosterEntry
from workbench.governance.times import floored, format_time
from workbench.governance.wording import check_text

REDACTION_TYPE = "application/vnd.concord.redaction.v1+json"
MOST = 10_000  # decisions in one redaction
MAX_WHY = 2_000
_FIELDS = ("events", "why", "principal", "role", "signed_at")


class RedactionError(GovernanceError):
    """A redaction that is refused, and why."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Which decisions (ledger numbers, ascending), why, and who says so; ``signed_at`` is the signer's claim."""

    swarm_id: str
    events: tuple[int, ...]
    why: str
    principal: str
    role: str
    signed_at: datetime

    def statement(self) -> dict[str, Any]:
        """What is signed."""
        return {
            "swarm_id": self.swarm_id,
            "events": list(self.events),
            "why": self.why,
            "principal": self.principal,
            "role": self.role,
            "signed_at": format_time(self.signed_at),
        }


def redaction(
    swarm_id: str, events: Sequence[int], why: str, *, principal: str, role: str, signed_at: datetime
) -> Redaction:
    """A redaction of ``events``, in any order.

    Raises :class:`RedactionError`: ``no_events``, ``too_many``, ``bad_why``.
    """
    wanted = tuple(sorted(set(events)))
    if not wanted:
        raise RedactionError("no_events", "no event is named", "name the decisions by their numbers")
    if len(wanted) > MOST:
        raise RedactionError("too_many", f"{len(wanted):,} events are named", f"at most {MOST:,} at once")
    if not why.strip() or len(why) > MAX_WHY:
        raise RedactionError(
            "bad_why", "a redaction needs a reason of at most 2,000 characters", "say why in a sentence"
        )
    try:
        check_text(why, "reason")
    except ArtifactError as error:
        raise RedactionError("bad_why", error.message, error.help) from error
    return Redaction(swarm_id, wanted, why, principal, role, floored(signed_at))


def redaction_body(key: Signing, found: Redaction) -> dict[str, Any]:
    """The ledger entry's body: everything that was signed, the key's fingerprint, the signature."""
    said = found.statement()
    return {
        "event": "redacted",
        "id": f"redaction-{found.events[0]}",
        **{name: said[name] for name in _FIELDS},
        "key": key.public.fingerprint,
        "signature": sign(key, REDACTION_TYPE, said),
    }


def verify_redaction(body: Mapping[str, Any], roster: Sequence[RosterEntry], swarm_id: str) -> tuple[int, ...]:
    """The decisions that the entry's ``body`` erases, proved to be signed by a person of ``roster``.

    Raises :class:`RedactionError`: ``payload_form``, ``unknown_key``, ``wrong_principal``, ``bad_signature``.
    """
    events = body.get("events")
    if not isinstance(events, list) or not all(type(seq) is int for seq in events):
        raise RedactionError("payload_form", "the redaction names no events")
    if not all(isinstance(body.get(name), str) for name in (*_FIELDS[1:], "key", "signature")):
        raise RedactionError("payload_form", "the redaction lacks what a redaction has")
    for entry in roster:
        for key in entry.public_keys:
            if key.fingerprint != body["key"]:
                continue
            if not entry.votes or (entry.principal, entry.role) != (body["principal"], body["role"]):
                raise RedactionError(
                    "wrong_principal", f"the key {body['key']} is not `{body['principal']}`'s to sign with"
                )
            said = {"swarm_id": swarm_id} | {name: body[name] for name in _FIELDS}
            try:
                signed = signer_of([key], REDACTION_TYPE, said, body["signature"])
            except ArtifactError:
                signed = None
            if signed is None:
                raise RedactionError(
                    "bad_signature", f"`{entry.principal}` did not sign the redaction as it is written"
                )
            return tuple(events)
    raise RedactionError("unknown_key", f"no one in the roster has the key {body['key']}")
