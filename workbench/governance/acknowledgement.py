"""A signer's word that something out of the ordinary is known: a clock that jumped, records that are missing.

Imports DSSE and the roster. It signs {what, swarm_id, facts, head, principal, role, signed_at, why}: ``facts`` says
what is acknowledged in figures, ``head`` is the hash of the ledger's last entry, so that the word cannot be used again
for the next time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from workbench.governance.dsse import sign, signer_of
from workbench.governance.errors import VoteError
from workbench.governance.keys import Signing
from workbench.governance.roster import RosterEntry
from workbench.governance.times import format_time
from workbench.governance.wording import check_text

ACKNOWLEDGEMENT_TYPE = "application/vnd.concord.acknowledgement.v1+json"
CLOCK_ROLE = "operator"  # whose word moves the time; where the roster has none, any signer's
What: TypeAlias = Literal["clock", "restored"]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What was said, and the base64 signature over it."""

    what: What
    swarm_id: str
    facts: Mapping[str, int | str]
    head: str
    principal: str
    role: str
    signed_at: datetime
    why: str
    signature: str = ""

    def statement(self) -> dict[str, Any]:
        """What is signed, and what the ledger keeps beside the signature."""
        return {
            "what": self.what,
            "swarm_id": self.swarm_id,
            "facts": dict(self.facts),
            "head": self.head,
            "principal": self.principal,
            "role": self.role,
            "signed_at": format_time(self.signed_at),
            "why": check_text(self.why, "reason"),
        }

    def signed(self, key: Signing) -> Acknowledgement:
        """The same with ``key``'s signature. Raises :class:`ArtifactError` for a reason that hides characters."""
        made = sign(key, ACKNOWLEDGEMENT_TYPE, self.statement())
        return Acknowledgement(
            self.what,
            self.swarm_id,
            self.facts,
            self.head,
            self.principal,
            self.role,
            self.signed_at,
            self.why,
            made,
        )


def verify_acknowledgement(
    said: Mapping[str, Any], signature: str, *, swarm_id: str, head: str, roster: Sequence[RosterEntry]
) -> None:
    """Proves that someone who may said ``said`` of exactly this swarm at exactly this place of the ledger.

    Raises :class:`VoteError`: ``wrong_swarm``, ``other_moment``, ``no_signer`` (not in the roster, or it may not
    vote), ``not_operator`` (a clock is accepted by an operator), ``bad_signature``.
    """
    if said.get("swarm_id") != swarm_id:
        raise VoteError("wrong_swarm", f"it was said of the swarm `{said.get('swarm_id')}`")
    if said.get("head") != head:
        raise VoteError("other_moment", "it was said at another place of the ledger", "say it anew")
    entry = next((e for e in roster if e.votes and e.principal == said.get("principal")), None)
    if entry is None or entry.role != said.get("role"):
        raise VoteError("no_signer", f"`{said.get('principal')}` is no signer in the roster in force")
    if said.get("what") == "clock" and entry.role != CLOCK_ROLE and any(e.role == CLOCK_ROLE for e in roster):
        raise VoteError("not_operator", f"`{entry.principal}` is `{entry.role}`, and only an operator accepts a time")
    if signer_of(entry.public_keys, ACKNOWLEDGEMENT_TYPE, said, signature) is None:
        raise VoteError("bad_signature", f"the signature is not that of `{entry.principal}` over these words")
