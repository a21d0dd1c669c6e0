"""The ledger keys' word on when a vote arrived: made, added to, and held to be true.

Imports the artifact's models, keys and DSSE. A roster usually has one entry of the role ``ledger``. Where it has
several, each must say when it saw the vote, and the *latest* of their times counts: whoever holds one of the keys can
delay a vote, and cannot backdate it. Several keys in one entry are spares.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workbench.governance.artifact import CoWitness, Signature, Witness
from workbench.governance.dsse import WITNESS_TYPE, sign, signer_of
from workbench.governance.errors import VoteError
from workbench.governance.keys import PublicKey, Signing
from workbench.governance.roster import RosterEntry
from workbench.governance.times import floored, format_time


def ledger_keys(roster: Sequence[RosterEntry]) -> list[PublicKey]:
    """The keys of the role ``ledger``."""
    return [key for entry in roster if not entry.votes for key in entry.public_keys]


def ledger_entries(roster: Sequence[RosterEntry]) -> list[tuple[PublicKey, ...]]:
    """The keys of each ledger entry; one of each must witness."""
    return [entry.public_keys for entry in roster if not entry.votes]


def made_witness(key: Signing, vote: str, *, swarm_id: str, received_at: datetime, entry: int) -> Witness:
    """The ledger key's statement on the vote with digest ``vote`` (hex): that it came at ``received_at``, cut to ms."""
    received_at = floored(received_at)
    signed = sign(key, WITNESS_TYPE, _statement(vote, swarm_id, received_at, entry))
    return Witness(received_at=received_at, entry=entry, signature=signed)


def cowitnessed(key: Signing, signature: Signature, vote: str, *, swarm_id: str, received_at: datetime) -> Signature:
    """The vote with a further ledger key's statement, at its own time; it refers to the first one's ledger entry.

    Raises :class:`VoteError` (``not_witnessed``) where the first is missing, (``already_witnessed``) the second time.
    """
    first = signature.witness
    if first is None:
        raise VoteError("not_witnessed", "the workspace's own ledger key has not witnessed this vote yet")
    mine = key.public.fingerprint
    if any(other.signed_by == mine for other in first.also):
        raise VoteError("already_witnessed", f"{mine} has witnessed this vote already")
    received_at = floored(received_at)
    signed = sign(key, WITNESS_TYPE, _statement(vote, swarm_id, received_at, first.entry))
    further = CoWitness(signed_by=mine, received_at=received_at, signature=signed)
    return signature.model_copy(update={"witness": first.model_copy(update={"also": (*first.also, further)})})


def words_of(key: PublicKey, signature: Signature, vote: str, *, swarm_id: str, roster: Sequence[RosterEntry]) -> bool:
    """Whether the ledger entry that ``key`` stands in has given its word on this vote already."""
    witness = signature.witness
    mine = next((entry for entry in ledger_entries(roster) if key in entry), (key,))
    if witness is None:
        return False
    first = _statement(vote, swarm_id, witness.received_at, witness.entry)
    if signer_of(mine, WITNESS_TYPE, first, witness.signature) is not None:
        return True
    return any(other.signed_by in (spare.fingerprint for spare in mine) for other in witness.also)


def witnessed_at(signature: Signature, vote: str, *, swarm_id: str, roster: Sequence[RosterEntry]) -> datetime | None:
    """When the vote with digest ``vote`` arrived by the word of every ledger entry; ``None`` while one is missing.

    Raises :class:`VoteError` (``bad_witness``) for any statement that does not hold, or is there twice.
    """
    witness = signature.witness
    if witness is None:
        return None
    waiting = ledger_entries(roster)
    keys = ledger_keys(roster)
    statement = _statement(vote, swarm_id, witness.received_at, witness.entry)
    _strike(waiting, keys, signature, statement, witness.signature)
    for other in witness.also:
        named = [key for key in keys if key.fingerprint == other.signed_by]
        statement = _statement(vote, swarm_id, other.received_at, witness.entry)
        _strike(waiting, named, signature, statement, other.signature)
    return None if waiting else witness.latest


def _strike(
    waiting: list[tuple[PublicKey, ...]],
    keys: list[PublicKey],
    signature: Signature,
    statement: dict[str, Any],
    signed: str,
) -> None:
    """Takes the entry that signed off the list of those that are waited for."""
    signer = signer_of(keys, WITNESS_TYPE, statement, signed)
    spoke = next((place for place, entry in enumerate(waiting) if signer in entry), None)
    if signer is None or spoke is None:
        raise VoteError("bad_witness", f"no ledger key witnessed the vote of `{signature.principal}` as it is written")
    del waiting[spoke]


def _statement(vote: str, swarm_id: str, received_at: datetime, entry: int) -> dict[str, Any]:
    return {"vote": vote, "swarm_id": swarm_id, "received_at": format_time(received_at), "entry": entry}
