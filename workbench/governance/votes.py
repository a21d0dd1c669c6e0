"""Votes: what a signer signs, in which of two forms, and what the ledger key witnesses.

Imports the artifact's models, keys, DSSE, SSHSIG and witnesses. A vote signs {digest, swarm_id, verdict, principal,
role, signed_at, comment, dossier_digest}, so it holds for one version of one swarm only. In the form DSSE the signature
is over the pre-authentication encoding of these bytes; in the form SSHSIG (namespace ``concord-vote``, for
``ssh-keygen`` and hardware keys) over SSH's frame of them: neither can be offered as the other. ``signed_at`` is the
signer's claim; the time that counts is the witness's ``received_at``, which the ledger key signs together with the
vote's own digest.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from workbench.governance import sshsig
from workbench.governance.artifact import ConstitutionVersion, Signature, validated
from workbench.governance.canonical import canonical_bytes, decode_base64, sha256_hex
from workbench.governance.dsse import VOTE_TYPE, sign, signer_of
from workbench.governance.errors import ArtifactError, VoteError
from workbench.governance.keys import PublicKey, Signing
from workbench.governance.roster import LEDGER_ROLE, RosterEntry, refuse_foreign_demo_key
from workbench.governance.times import floored, format_time
from workbench.governance.witnesses import made_witness, witnessed_at

Form: TypeAlias = Literal["", "sshsig"]


@dataclass(frozen=True, slots=True)
class VerifiedVote:
    """A vote whose signature holds under a key of the roster. ``received_at`` and ``entry`` are ``None`` until every
    ledger entry has witnessed it; only witnessed votes count. ``digest`` is the vote's own (64 hex digits)."""

    signature: Signature
    signer: RosterEntry
    key: PublicKey
    digest: str
    received_at: datetime | None = None
    entry: int | None = None


def _statement(signature: Signature, digest: str, swarm_id: str) -> dict[str, Any]:
    return {
        "digest": digest,
        "swarm_id": swarm_id,
        "verdict": signature.verdict,
        "principal": signature.principal,
        "role": signature.role,
        "signed_at": format_time(signature.signed_at),
        "comment": signature.comment,
        "dossier_digest": signature.dossier_digest,
    }


def vote_payload(signature: Signature, *, digest: str, swarm_id: str) -> bytes:
    """The canonical bytes that a vote for the version ``digest`` signs: inside DSSE's encoding (``VOTE_TYPE``), or as
    the message of an SSHSIG."""
    return canonical_bytes(_statement(signature, digest, swarm_id))


def vote_digest(signature: Signature, *, digest: str, swarm_id: str) -> str:
    """SHA-256 (hex) over the canonical {payload, signed_by, signature, and the form where it is not DSSE}: what a
    witness and an activation name."""
    statement = {
        "payload": _statement(signature, digest, swarm_id),
        "signed_by": signature.signed_by,
        "signature": signature.signature,
    }
    if signature.form:
        statement["form"] = signature.form
    return sha256_hex(canonical_bytes(statement))


def unsigned_vote(
    version: ConstitutionVersion,
    *,
    key: PublicKey,
    principal: str,
    role: str,
    signed_at: datetime,
    verdict: Literal["approve", "reject"] = "approve",
    comment: str = "",
    dossier_digest: str = "",
    key_comment: str = "",
) -> Signature:
    """The vote that ``key`` is about to sign, checked; its ``signature`` is 64 zero bytes. For :func:`vote_payload`.

    Raises :class:`VoteError`: ``demo_key`` (a demo key of another swarm), ``ledger_votes`` (the role ``ledger``), or
    the code of the field that is wrong.
    """
    if role == LEDGER_ROLE:
        raise VoteError("ledger_votes", "the ledger key witnesses votes and cannot vote")
    try:
        refuse_foreign_demo_key(key_comment, version.swarm_id)
        return validated(
            Signature,
            {
                "signed_by": key.fingerprint,
                "principal": principal,
                "role": role,
                "verdict": verdict,
                "signed_at": floored(signed_at),
                "comment": comment,
                "dossier_digest": dossier_digest,
                "signature": base64.b64encode(bytes(64)).decode(),
            },
        )
    except ArtifactError as error:
        raise VoteError(error.code, error.message, error.help) from error


def sign_vote(
    key: Signing,
    version: ConstitutionVersion,
    *,
    principal: str,
    role: str,
    signed_at: datetime,
    verdict: Literal["approve", "reject"] = "approve",
    comment: str = "",
    dossier_digest: str = "",
    key_comment: str = "",
    form: Form = "",
) -> Signature:
    """A vote on ``version``; a hardware key signs as SSHSIG whatever ``form`` says. ``key_comment`` is the comment of
    the key, where one is known.

    Raises :class:`VoteError` as :func:`unsigned_vote` does, :class:`KeyFileError` where an agent refuses.
    """
    unsigned = unsigned_vote(
        version,
        key=key.public,
        principal=principal,
        role=role,
        signed_at=signed_at,
        verdict=verdict,
        comment=comment,
        dossier_digest=dossier_digest,
        key_comment=key_comment,
    )
    statement = _statement(unsigned, version.digest, version.swarm_id)
    if form == "sshsig" or key.public.hardware:
        blob = sshsig.sign(key, canonical_bytes(statement), sshsig.VOTE_NAMESPACE)
        return unsigned.model_copy(update={"form": "sshsig", "signature": base64.b64encode(blob).decode()})
    return unsigned.model_copy(update={"signature": sign(key, VOTE_TYPE, statement)})


def verify_vote(signature: Signature, *, digest: str, swarm_id: str, roster: Sequence[RosterEntry]) -> VerifiedVote:
    """The vote, proved to come from a key of ``roster`` for exactly this version of this swarm; its witness likewise.

    Raises :class:`VoteError`: ``unknown_key``, ``ledger_votes``, ``wrong_principal``, ``wrong_role``,
    ``bad_signature``, ``bad_witness``; of the form SSHSIG also ``wrong_key``, ``sshsig_namespace``, ``no_presence``,
    and ``hardware_form`` for a hardware key's vote that is not of that form.
    """
    entry, key = _signer(signature.signed_by, roster)
    if not entry.votes:
        raise VoteError("ledger_votes", f"`{entry.principal}` holds the ledger key, which cannot vote")
    if entry.principal != signature.principal:
        raise VoteError(
            "wrong_principal", f"the key {signature.signed_by} is `{entry.principal}`'s, not `{signature.principal}`'s"
        )
    if entry.role != signature.role:
        raise VoteError("wrong_role", f"`{entry.principal}` is `{entry.role}`, but voted as `{signature.role}`")
    _hold_signature(signature, key, _statement(signature, digest, swarm_id))
    own = vote_digest(signature, digest=digest, swarm_id=swarm_id)
    received_at = witnessed_at(signature, own, swarm_id=swarm_id, roster=roster)
    number = signature.witness.entry if signature.witness is not None and received_at is not None else None
    return VerifiedVote(signature, entry, key, own, received_at, number)


def _hold_signature(signature: Signature, key: PublicKey, statement: dict[str, Any]) -> None:
    """Holds the signature to be ``key``'s over ``statement``, in the form that the vote names."""
    whose = signature.principal
    help = "it was changed, or given to another version"
    if signature.form == "sshsig":
        try:
            parsed = sshsig.parse(decode_base64(signature.signature, None, "SSH signature"))
            sshsig.verify(parsed, canonical_bytes(statement), key=key, namespace=sshsig.VOTE_NAMESPACE)
        except ArtifactError as error:
            if error.code != "bad_signature":
                raise VoteError(error.code, f"the vote of `{whose}`: {error.message}", error.help) from error
        else:
            return
    elif key.hardware:
        raise VoteError("hardware_form", f"the hardware key of `{whose}` can only sign in the form SSHSIG")
    elif signer_of([key], VOTE_TYPE, statement, signature.signature) is not None:
        return
    raise VoteError("bad_signature", f"the signature of `{whose}` is not over this version of this swarm", help)


def witness_vote(
    ledger_key: Signing, signature: Signature, *, digest: str, swarm_id: str, received_at: datetime, entry: int
) -> Signature:
    """The vote with the ledger key's word that it arrived at ``received_at`` (cut to ms) as ledger entry ``entry``."""
    own = vote_digest(signature, digest=digest, swarm_id=swarm_id)
    witness = made_witness(ledger_key, own, swarm_id=swarm_id, received_at=received_at, entry=entry)
    return signature.model_copy(update={"witness": witness})


def _signer(fingerprint: str, roster: Sequence[RosterEntry]) -> tuple[RosterEntry, PublicKey]:
    for entry in roster:
        for key in entry.public_keys:
            if key.fingerprint == fingerprint:
                return entry, key
    raise VoteError("unknown_key", f"no one in the roster has the key {fingerprint}")
