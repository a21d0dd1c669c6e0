"""The ledger key's statement that a version is in force: what was counted, after which version, since when.

Imports votes and DSSE. It binds the digest, the previous head, *all* votes (a stripped reject shows) and the ledger's
size and root. It carries no authority of its own: whoever verifies recomputes quorum, class and timelock. Where the
roster has several ledger entries, each signs the same statement (see ``roster``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workbench.governance.artifact import Activation, ConstitutionVersion, CoSignature, LedgerState
from workbench.governance.canonical import canonical_bytes, digest_of
from workbench.governance.dsse import ACTIVATION_TYPE, sign, signer_of
from workbench.governance.errors import ChainError
from workbench.governance.keys import Signing
from workbench.governance.times import floored, format_time
from workbench.governance.votes import vote_digest
from workbench.governance.witnesses import ledger_entries, ledger_keys


def votes_digest(version: ConstitutionVersion) -> str:
    """``sha256:…`` over the canonical list of all vote digests of ``version``, sorted."""
    digest = version.digest
    votes = sorted(vote_digest(vote, digest=digest, swarm_id=version.swarm_id) for vote in version.signatures)
    return digest_of(canonical_bytes(votes))


def activate(
    version: ConstitutionVersion,
    *,
    ledger_key: Signing,
    effective_at: datetime,
    ledger_size: int,
    ledger_root: str,
    further_keys: Sequence[Signing] = (),
) -> ConstitutionVersion:
    """``version`` with its activation statement, ``effective_at`` cut to milliseconds. ``further_keys`` are those of
    the roster's other ledger entries.

    It is for the caller to have asked :func:`lifecycle.ready`; nothing is checked here, and everything by ``verify``.
    """
    effective_at = floored(effective_at)
    ledger = LedgerState(size=ledger_size, root=ledger_root)
    votes = votes_digest(version)
    statement = _statement(version, effective_at, version.parent_digest, votes, ledger)
    return version.with_activation(
        Activation(
            effective_at=effective_at,
            previous_head=version.parent_digest,
            votes=votes,
            ledger=ledger,
            signature=sign(ledger_key, ACTIVATION_TYPE, statement),
            also=tuple(_further(key, statement) for key in further_keys),
        )
    )


def further_signature(key: Signing, version: ConstitutionVersion) -> CoSignature:
    """A further ledger key's signature of the activation that ``version`` has.

    Raises :class:`ChainError` (``not_activated``) where it has none.
    """
    made = version.activation
    if made is None:
        raise ChainError("not_activated", "it has no activation statement to sign")
    return _further(key, _statement(version, made.effective_at, made.previous_head, made.votes, made.ledger))


def _further(key: Signing, statement: dict[str, Any]) -> CoSignature:
    return CoSignature(signed_by=key.public.fingerprint, signature=sign(key, ACTIVATION_TYPE, statement))


def verify_activation(version: ConstitutionVersion, judge: ConstitutionVersion) -> Activation:
    """The activation statement, proved to be by a ledger key of ``judge`` (the parent; for a genesis, itself).

    Raises :class:`ChainError`: ``not_activated``, ``previous_head``, ``votes_changed`` (a vote was added, stripped or
    changed since), ``bad_activation`` (a signature of it), ``half_activated`` (a ledger entry has not signed it).
    """
    activation = version.activation
    if activation is None:
        raise ChainError("not_activated", "it has no activation statement: it was never in force")
    if activation.previous_head != version.parent_digest:
        raise ChainError("previous_head", "its activation continues another version than its parent")
    if activation.votes != votes_digest(version):
        raise ChainError("votes_changed", "its votes are not those that were counted when it was activated")
    statement = _statement(
        version, activation.effective_at, activation.previous_head, activation.votes, activation.ledger
    )
    roster = judge.content.roster
    waiting = ledger_entries(roster)
    signed = [(ledger_keys(roster), activation.signature)]
    for other in activation.also:
        signed.append(([key for key in ledger_keys(roster) if key.fingerprint == other.signed_by], other.signature))
    for keys, signature in signed:
        signer = signer_of(keys, ACTIVATION_TYPE, statement, signature)
        spoke = next((place for place, entry in enumerate(waiting) if signer in entry), None)
        if signer is None or spoke is None:
            raise ChainError("bad_activation", "no ledger key signed its activation as it is written")
        del waiting[spoke]
    if waiting:
        raise ChainError("half_activated", "not every ledger key that the roster demands has signed its activation")
    return activation


def _statement(
    version: ConstitutionVersion,
    effective_at: datetime,
    previous_head: str | None,
    votes: str,
    ledger: LedgerState,
) -> dict[str, Any]:
    return {
        "digest": version.digest,
        "swarm_id": version.swarm_id,
        "effective_at": format_time(effective_at),
        "previous_head": previous_head,
        "votes": votes,
        "ledger": {"size": ledger.size, "root": ledger.root},
    }
