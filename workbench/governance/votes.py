"""Votes: what a signer signs, what the ledger key witnesses, and how a vote travels as a file.

Imports the artifact's models, keys and DSSE. A vote signs {digest, swarm_id, verdict, principal, role, signed_at,
comment, dossier_digest}, so it holds for one version of one swarm only. ``signed_at`` is the signer's claim; the time
that counts is the witness's ``received_at``, which the ledger key signs together with the vote's own digest.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workbench.governance.artifact import ConstitutionVersion, Signature, Witness, validated
from workbench.governance.canonical import canonical_bytes, sha256_hex
from workbench.governance.dsse import VOTE_TYPE, WITNESS_TYPE, sign, signer_of
from workbench.governance.errors import ArtifactError, VoteError
from workbench.governance.keys import PublicKey, SigningKey
from workbench.governance.roster import LEDGER_ROLE, RosterEntry, refuse_foreign_demo_key
from workbench.governance.strict_json import json_text, parse_json
from workbench.governance.times import floored, format_time

MAX_VOTE_FILE = 256 * 1024
_PAYLOAD = frozenset({"digest", "swarm_id", "verdict", "principal", "role", "signed_at", "comment", "dossier_digest"})


@dataclass(frozen=True, slots=True)
class VerifiedVote:
    """A vote whose signature holds under a key of the roster. ``received_at`` and ``entry`` are ``None`` until it is
    witnessed; only witnessed votes count. ``digest`` is the vote's own (64 hex digits)."""

    signature: Signature
    signer: RosterEntry
    key: PublicKey
    digest: str
    received_at: datetime | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedVote:
    """A vote read from a file: the version and swarm it names, and the vote. Nothing is verified yet."""

    digest: str
    swarm_id: str
    signature: Signature


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
    """The canonical bytes that a vote for the version ``digest`` signs (inside DSSE's encoding, ``VOTE_TYPE``)."""
    return canonical_bytes(_statement(signature, digest, swarm_id))


def vote_digest(signature: Signature, *, digest: str, swarm_id: str) -> str:
    """SHA-256 (hex) over the canonical {payload, signed_by, signature}: what a witness and an activation name."""
    statement = {
        "payload": _statement(signature, digest, swarm_id),
        "signed_by": signature.signed_by,
        "signature": signature.signature,
    }
    return sha256_hex(canonical_bytes(statement))


def sign_vote(
    key: SigningKey,
    version: ConstitutionVersion,
    *,
    principal: str,
    role: str,
    signed_at: datetime,
    verdict: Literal["approve", "reject"] = "approve",
    comment: str = "",
    dossier_digest: str = "",
    key_comment: str = "",
) -> Signature:
    """A vote on ``version``. ``key_comment`` is the comment of the key, where one is known.

    Raises :class:`VoteError`: ``demo_key`` (a demo key of another swarm), ``ledger_votes`` (the role ``ledger``), or
    the code of the field that is wrong.
    """
    if role == LEDGER_ROLE:
        raise VoteError("ledger_votes", "the ledger key witnesses votes and cannot vote")
    try:
        refuse_foreign_demo_key(key_comment, version.swarm_id)
        unsigned = validated(
            Signature,
            {
                "signed_by": key.public.fingerprint,
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
    statement = _statement(unsigned, version.digest, version.swarm_id)
    return unsigned.model_copy(update={"signature": sign(key, VOTE_TYPE, statement)})


def verify_vote(signature: Signature, *, digest: str, swarm_id: str, roster: Sequence[RosterEntry]) -> VerifiedVote:
    """The vote, proved to come from a key of ``roster`` for exactly this version of this swarm; its witness likewise.

    Raises :class:`VoteError`: ``unknown_key``, ``ledger_votes``, ``wrong_principal``, ``wrong_role``,
    ``bad_signature``, ``bad_witness``.
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
    if signer_of([key], VOTE_TYPE, _statement(signature, digest, swarm_id), signature.signature) is None:
        raise VoteError(
            "bad_signature",
            f"the signature of `{entry.principal}` is not over this version of this swarm",
            "it was changed, or given to another version",
        )
    own = vote_digest(signature, digest=digest, swarm_id=swarm_id)
    witness = signature.witness
    if witness is None:
        return VerifiedVote(signature, entry, key, own)
    statement = _witness_statement(own, swarm_id, witness.received_at, witness.entry)
    if signer_of(ledger_keys(roster), WITNESS_TYPE, statement, witness.signature) is None:
        raise VoteError("bad_witness", f"no ledger key witnessed the vote of `{entry.principal}` as it is written")
    return VerifiedVote(signature, entry, key, own, witness.received_at, witness.entry)


def witness_vote(
    ledger_key: SigningKey, signature: Signature, *, digest: str, swarm_id: str, received_at: datetime, entry: int
) -> Signature:
    """The vote with the ledger key's word that it arrived at ``received_at`` (cut to ms) as ledger entry ``entry``."""
    received_at = floored(received_at)
    own = vote_digest(signature, digest=digest, swarm_id=swarm_id)
    signed = sign(ledger_key, WITNESS_TYPE, _witness_statement(own, swarm_id, received_at, entry))
    return signature.model_copy(update={"witness": Witness(received_at=received_at, entry=entry, signature=signed)})


def ledger_keys(roster: Sequence[RosterEntry]) -> list[PublicKey]:
    """The keys of the role ``ledger``."""
    return [key for entry in roster if not entry.votes for key in entry.public_keys]


def vote_to_json(signature: Signature, *, digest: str, swarm_id: str) -> str:
    """The vote as a file: a DSSE envelope, without its witness."""
    payload = vote_payload(signature, digest=digest, swarm_id=swarm_id)
    envelope = {
        "payloadType": VOTE_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": signature.signed_by, "sig": signature.signature}],
    }
    return json_text(envelope, spaced=True) + "\n"


def vote_from_json(text: str) -> ImportedVote:
    """A vote from a DSSE envelope. The signature is not verified here (:func:`verify_vote` does).

    Raises :class:`VoteError`: ``envelope`` (not one, or not with exactly one signature), ``payload_type``,
    ``payload_form`` (not canonical, other fields), or the code of the field that is wrong.
    """
    try:
        envelope = parse_json(text, "vote") if len(text) <= MAX_VOTE_FILE else None
        match envelope:
            case {
                "payloadType": str(kind),
                "payload": str(encoded),
                "signatures": [{"keyid": str(key), "sig": str(sig)}],
            }:
                pass
            case _:
                raise VoteError("envelope", "the file is not a DSSE envelope with one signature")
        if kind != VOTE_TYPE:
            raise VoteError("payload_type", f"the envelope holds `{kind[:80]}`, not a vote")
        payload = base64.b64decode(encoded, validate=True)
        vote = parse_json(payload.decode(), "vote")
        if not isinstance(vote, dict) or vote.keys() != _PAYLOAD or canonical_bytes(vote) != payload:
            raise VoteError("payload_form", "the vote is not written in its canonical form")
        digest, swarm_id = str(vote.pop("digest")), str(vote.pop("swarm_id"))
        signature = validated(Signature, {**vote, "signed_by": key, "signature": sig})
    except (binascii.Error, UnicodeError) as error:
        raise VoteError("envelope", "the payload of the envelope cannot be read") from error
    except ArtifactError as error:
        raise VoteError(error.code, error.message, error.help) from error
    return ImportedVote(digest, swarm_id, signature)


def _witness_statement(vote: str, swarm_id: str, received_at: datetime, entry: int) -> dict[str, Any]:
    return {"vote": vote, "swarm_id": swarm_id, "received_at": format_time(received_at), "entry": entry}


def _signer(fingerprint: str, roster: Sequence[RosterEntry]) -> tuple[RosterEntry, PublicKey]:
    for entry in roster:
        for key in entry.public_keys:
            if key.fingerprint == fingerprint:
                return entry, key
    raise VoteError("unknown_key", f"no one in the roster has the key {fingerprint}")
