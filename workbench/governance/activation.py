"""The ledger key's statement that a version is in force: what was counted, after which version, since when.

Imports votes and DSSE. It binds the digest, the previous head, *all* votes (a stripped reject shows) and the ledger's
size and root. It carries no authority of its own: whoever verifies recomputes quorum, class and timelock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workbench.governance.artifact import Activation, ConstitutionVersion, LedgerState
from workbench.governance.canonical import canonical_bytes, digest_of
from workbench.governance.dsse import ACTIVATION_TYPE, sign, signer_of
from workbench.governance.errors import ChainError
from workbench.governance.keys import SigningKey
from workbench.governance.times import floored, format_time
from workbench.governance.votes import ledger_keys, vote_digest


def votes_digest(version: ConstitutionVersion) -> str:
    """``sha256:…`` over the canonical list of all vote digests of ``version``, sorted."""
    digest = version.digest
    votes = sorted(vote_digest(vote, digest=digest, swarm_id=version.swarm_id) for vote in version.signatures)
    return digest_of(canonical_bytes(votes))


def activate(
    version: ConstitutionVersion,
    *,
    ledger_key: SigningKey,
    effective_at: datetime,
    ledger_size: int,
    ledger_root: str,
) -> ConstitutionVersion:
    """``version`` with its activation statement, ``effective_at`` cut to milliseconds.

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
        )
    )


def verify_activation(version: ConstitutionVersion, judge: ConstitutionVersion) -> Activation:
    """The activation statement, proved to be by a ledger key of ``judge`` (the parent; for a genesis, itself).

    Raises :class:`ChainError`: ``not_activated``, ``previous_head``, ``votes_changed`` (a vote was added, stripped or
    changed since), ``bad_activation`` (its signature).
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
    if signer_of(ledger_keys(judge.content.roster), ACTIVATION_TYPE, statement, activation.signature) is None:
        raise ChainError("bad_activation", "no ledger key signed its activation as it is written")
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
