"""DSSE: what a signature is made over, so that bytes signed as one thing can never count as another.

Imports the key types. The pre-authentication encoding binds the payload's type and both lengths
(``DSSEv1 <len> <type> <len> <payload>``, lengths in decimal bytes).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.governance.canonical import canonical_bytes, decode_base64
from workbench.governance.keys import PublicKey, Signing

VOTE_TYPE = "application/vnd.concord.vote.v1+json"
WITNESS_TYPE = "application/vnd.concord.witness.v1+json"
ACTIVATION_TYPE = "application/vnd.concord.activation.v1+json"


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(key: Signing, payload_type: str, statement: Mapping[str, Any]) -> str:
    """The base64 signature over the canonical bytes of ``statement``.

    Raises :class:`KeyFileError` (``hardware_form``) for a hardware key, which can sign in the form SSHSIG only.
    """
    return base64.b64encode(key.sign(pae(payload_type, canonical_bytes(statement)))).decode()


def signer_of(
    keys: Iterable[PublicKey], payload_type: str, statement: Mapping[str, Any], signature: str
) -> PublicKey | None:
    """The key among ``keys`` that signed ``statement``, or ``None``.

    Raises :class:`ArtifactError` (``base64``) when ``signature`` is not the one spelling of 64 bytes.
    """
    raw = decode_base64(signature, 64, "signature")
    data = pae(payload_type, canonical_bytes(statement))
    return next((key for key in keys if key.verify(raw, data)), None)
