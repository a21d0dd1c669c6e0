"""Checkpoints: the ledger key's signed word that the ledger had so many entries and this root at some time.

Imports keys, DSSE and the canonical forms. A checkpoint signs {swarm_id, size, root, head, version, at} (payload type
``application/vnd.concord.checkpoint.v1+json``): ``head`` is the hash of entry ``size``, ``version`` the digest of the
constitution in force. It travels as a DSSE envelope, which ``openssl pkeyutl`` can check. Kept outside the database it
is what a database that was set back, or written anew, cannot explain away.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from workbench.governance.canonical import canonical_bytes, decode_base64
from workbench.governance.dsse import pae
from workbench.governance.errors import ArtifactError, GovernanceError
from workbench.governance.keys import PublicKey, SigningKey
from workbench.governance.strict_json import json_text, parse_json
from workbench.governance.times import floored, format_time, parse_time

CHECKPOINT_TYPE = "application/vnd.concord.checkpoint.v1+json"
MAX_CHECKPOINT_FILE = 16 * 1024
_FIELDS = frozenset({"swarm_id", "size", "root", "head", "version", "at"})
_HASH = re.compile(r"[0-9a-f]{64}")


class CheckpointError(GovernanceError):
    """A checkpoint that proves nothing, and why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``size`` entries with Merkle ``root``; ``head``: hash of the last (hex); ``version``: digest in force; ``at``:
    when it was signed, aware UTC in whole milliseconds."""

    swarm_id: str
    size: int
    root: str
    head: str
    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its signature (base64) and the fingerprint that the envelope names (a hint, not a proof)."""

    checkpoint: Checkpoint
    keyid: str
    signature: str


def checkpoint_payload(checkpoint: Checkpoint) -> bytes:
    """The canonical bytes that are signed (inside DSSE's encoding, :data:`CHECKPOINT_TYPE`)."""
    return canonical_bytes(
        {
            "swarm_id": checkpoint.swarm_id,
            "size": checkpoint.size,
            "root": checkpoint.root,
            "head": checkpoint.head,
            "version": checkpoint.version,
            "at": format_time(checkpoint.at),
        }
    )


def sign_checkpoint(key: SigningKey, checkpoint: Checkpoint) -> SignedCheckpoint:
    """Sign with the ledger key; ``at`` is cut to milliseconds."""
    checkpoint = Checkpoint(
        checkpoint.swarm_id,
        checkpoint.size,
        checkpoint.root,
        checkpoint.head,
        checkpoint.version,
        floored(checkpoint.at),
    )
    signature = key.sign(pae(CHECKPOINT_TYPE, checkpoint_payload(checkpoint)))
    return SignedCheckpoint(checkpoint, key.public.fingerprint, base64.b64encode(signature).decode())


def verify_checkpoint(signed: SignedCheckpoint, keys: Iterable[PublicKey], swarm_id: str) -> PublicKey:
    """The key among ``keys`` that signed it, for this swarm.

    Raises :class:`CheckpointError`: ``wrong_swarm``, ``bad_checkpoint`` (no such key signed it as it is written).
    """
    if signed.checkpoint.swarm_id != swarm_id:
        raise CheckpointError("wrong_swarm", f"the checkpoint is of the swarm `{signed.checkpoint.swarm_id[:80]}`")
    raw = decode_base64(signed.signature, 64, "signature")
    data = pae(CHECKPOINT_TYPE, checkpoint_payload(signed.checkpoint))
    for key in keys:
        if key.verify(raw, data):
            return key
    raise CheckpointError(
        "bad_checkpoint",
        f"no ledger key signed the checkpoint of {signed.checkpoint.size} entries as it is written",
        "it was changed, forged, or made with another key",
    )


def checkpoint_to_json(signed: SignedCheckpoint) -> str:
    """The checkpoint as a file: a DSSE envelope on one line."""
    envelope = {
        "payloadType": CHECKPOINT_TYPE,
        "payload": base64.b64encode(checkpoint_payload(signed.checkpoint)).decode(),
        "signatures": [{"keyid": signed.keyid, "sig": signed.signature}],
    }
    return json_text(envelope, spaced=True) + "\n"


def checkpoint_from_json(text: str) -> SignedCheckpoint:
    """A checkpoint from its envelope; :func:`verify_checkpoint` then says whether it proves anything.

    Raises :class:`CheckpointError`: ``envelope``, ``payload_type``, ``payload_form`` (not canonical, or other fields).
    """
    try:
        envelope = parse_json(text, "checkpoint") if len(text) <= MAX_CHECKPOINT_FILE else None
        match envelope:
            case {
                "payloadType": str(kind),
                "payload": str(encoded),
                "signatures": [{"keyid": str(keyid), "sig": str(signature)}],
            }:
                pass
            case _:
                raise CheckpointError("envelope", "the file is not a DSSE envelope with one signature")
        if kind != CHECKPOINT_TYPE:
            raise CheckpointError("payload_type", f"the envelope holds `{kind[:80]}`, not a checkpoint")
        decode_base64(signature, 64, "signature")
        payload = base64.b64decode(encoded, validate=True)
        checkpoint = _checkpoint(parse_json(payload.decode(), "checkpoint"))
    except ValueError as error:  # not base64, not ascii, not UTF-8
        raise CheckpointError("envelope", "the payload of the envelope cannot be read") from error
    except ArtifactError as error:
        raise CheckpointError("envelope", error.message, error.help) from error
    if checkpoint is None or checkpoint_payload(checkpoint) != payload:
        raise CheckpointError("payload_form", "the checkpoint is not written in its canonical form")
    return SignedCheckpoint(checkpoint, keyid, signature)


def _checkpoint(value: object) -> Checkpoint | None:
    """The checkpoint in a payload, ``None`` where its fields are others. Raises :class:`ArtifactError` (its time)."""
    if not isinstance(value, dict) or value.keys() != _FIELDS:
        return None
    size, texts = value["size"], {name: value[name] for name in _FIELDS - {"size"}}
    if type(size) is not int or size < 1 or not all(isinstance(text, str) for text in texts.values()):
        return None
    if not (_HASH.fullmatch(texts["root"]) and _HASH.fullmatch(texts["head"])):
        return None
    return Checkpoint(texts["swarm_id"], size, texts["root"], texts["head"], texts["version"], parse_time(texts["at"]))
