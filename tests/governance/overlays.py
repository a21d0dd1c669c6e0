"""Overlays for the tests: statements signed by people, and the ledger entries that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.governance.chains import ANA, EVE, LEDGER, SAM, START, SWARM, Person
from workbench.governance.overlay import Brake, Norm, Placing, Statement, Stop, TakenAway, lifting, placing
from workbench.governance.overlay_register import HeadAt, HeldAt, Register, folded, placed_by
from workbench.governance.overlay_signing import Signed, signed
from workbench.governance.roster import RosterEntry

DIGEST = "sha256:" + "5" * 64
OTTO = Person('Operator::"otto"', "operator")
RESCUE = Person('Operator::"rescue"', "recovery")
PEOPLE = (ANA, SAM, EVE, OTTO, RESCUE)
ROSTER: tuple[RosterEntry, ...] = (*(person.entry for person in PEOPLE), LEDGER.entry)
NORA = Stop(target="agent", name='Agent::"nora"')
NO_REPLY = 'forbid (principal, action == Action::"reply", resource);'
BRAKE = Brake(forbids=NO_REPLY, without=(TakenAway(id="may-share", digest="0" * 64),))
NORM = Norm(cedar_plus=NO_REPLY + "\n", english="Agents must not reply.")


def place(content: Stop | Brake | Norm = NORA, *, id: str = "aabbccdd", **changes: Any) -> Placing:
    """A placing of ``content`` for four hours (a norm: without end), claimed at the start."""
    at = changes.pop("placed_at", START)
    expires = None if isinstance(content, Norm) else at + timedelta(hours=4)
    fields: dict[str, Any] = {
        "swarm_id": SWARM,
        "id": id,
        "content": content,
        "why": "it went wrong",
        "placed_at": at,
        "expires_at": expires,
        "constitution": DIGEST,
    }
    return placing(**{**fields, **changes})


def lift(id: str = "aabbccdd", **changes: Any) -> Statement:
    fields: dict[str, Any] = {"swarm_id": SWARM, "id": id, "why": "it is over", "lifted_at": START}
    return lifting(**{**fields, "constitution": DIGEST, **changes})


def by(statement: Statement, *people: Person) -> Signed:
    return signed(statement, [person.key for person in people])


def entry(found: Signed, *people: Person, **changes: Any) -> dict[str, Any]:
    """The ledger entry's body for a signed statement, honest unless ``changes`` say otherwise."""
    statement = found.statement
    kind = statement.kind if isinstance(statement, Placing) else changes.pop("kind", "stop")
    event = "placed" if isinstance(statement, Placing) else "lifted"
    order = placed_by([person.entry for person in people], kind if event == "placed" else "stop")
    body = {
        "event": event,
        "id": statement.id,
        "kind": kind,
        "what": "…",
        "why": statement.why,
        "by": order[0] if order else "nobody",
        "signers": list(order),
        "statement": statement.statement(),
        "signatures": [{"signed_by": each.signed_by, "signature": each.signature} for each in found.signatures],
    }
    return {**body, **changes}


def register(
    *entries: tuple[datetime, dict[str, Any]],
    roster: Sequence[RosterEntry] = ROSTER,
    start: Register | None = None,
    number: int = 1,
    head_at: HeadAt = lambda _: DIGEST,
    held_at: HeldAt = lambda _, __: "",
) -> Register:
    """The register after these entries, numbered from ``number``; the version ``DIGEST`` has forbidden everything since
    the start."""
    return folded(
        start or Register(),
        ((seq, at, body) for seq, (at, body) in enumerate(entries, number)),
        swarm_id=SWARM,
        roster_of=lambda _: roster,
        head_at=head_at,
        held_at=held_at,
        said_since=lambda _, digest: START if digest == DIGEST else None,
    )
