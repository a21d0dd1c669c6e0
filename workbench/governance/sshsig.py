"""SSHSIG: signatures as ``ssh-keygen -Y sign`` makes them and ``ssh-keygen -Y verify`` checks them.

Imports the key types. Format: OpenSSH's PROTOCOL.sshsig (version 1) and PROTOCOL.u2f for keys in hardware devices.
What is signed is ``"SSHSIG" ‖ namespace ‖ reserved ‖ hash name ‖ hash(message)``, each but the first length-prefixed; a
device signs ``sha256(application) ‖ flags ‖ counter ‖ sha256(that)``. Read strictly, so that one signature has one
spelling: the reserved field is empty, no bytes follow, the hash is sha512 or sha256, armour has nothing around it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from workbench.governance.errors import ArtifactError, KeyFileError
from workbench.governance.keys import HARDWARE_TYPE, PublicKey, Signing, public_key_of
from workbench.governance.ssh_wire import Reader, field

VOTE_NAMESPACE = "concord-vote"
MAX_BLOB = 4096
USER_PRESENT = 0x01
_MAGIC = b"SSHSIG"
_VERSION = 1
_WIDTH = 70
_HASHES: dict[str, Callable[[bytes], bytes]] = {
    "sha512": lambda data: hashlib.sha512(data).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}
_ARMOUR = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\r?\n((?:[A-Za-z0-9+/=]{1,100}\r?\n){1,100})-----END SSH SIGNATURE-----(?:\r?\n)?"
)


@dataclass(frozen=True, slots=True)
class SshSignature:
    """A parsed signature; nothing of it is verified. ``flags`` and ``counter`` are a device's, 0 of other keys."""

    public: PublicKey
    namespace: str
    hash: str
    signature: bytes
    flags: int = 0
    counter: int = 0


def signed_data(message: bytes, namespace: str, hash: str = "sha512") -> bytes:
    """The bytes that a key signs for ``message``."""
    parts = (namespace.encode(), b"", hash.encode(), _HASHES[hash](message))
    return _MAGIC + b"".join(field(part) for part in parts)


def sign(key: Signing, message: bytes, namespace: str) -> bytes:
    """The SSHSIG blob (not armoured) of ``message``, hashed with sha512."""
    made = key.sign_ssh(signed_data(message, namespace))
    head = (key.public.blob, namespace.encode(), b"", b"sha512", made)
    return _MAGIC + _VERSION.to_bytes(4, "big") + b"".join(field(part) for part in head)


def parse(blob: bytes) -> SshSignature:
    """The parts of an SSHSIG blob.

    Raises :class:`ArtifactError`: ``sshsig_form`` (damaged, another version, a filled reserved field, trailing bytes),
    ``sshsig_key`` (a key that cannot sign here), ``sshsig_hash``, ``key_type`` (a signature of another type of key).
    """
    reader = Reader(blob)
    try:
        if len(blob) > MAX_BLOB or reader.take(len(_MAGIC)) != _MAGIC or reader.number() != _VERSION:
            raise ValueError("no SSHSIG of version 1")
        key, namespace, reserved, hash_name, made = (reader.field() for _ in range(5))
        reader.end()
        if reserved:
            raise ValueError("its reserved field is not empty")
        name = namespace.decode("ascii")
        hash = hash_name.decode("ascii")
    except ValueError as error:
        raise ArtifactError("sshsig_form", f"the SSH signature is damaged: {_said(error)}") from error
    if hash not in _HASHES:
        raise ArtifactError("sshsig_hash", f"the SSH signature uses the hash `{hash[:20]}`", "use sha512 or sha256")
    try:
        public = public_key_of(key)
    except KeyFileError as error:
        raise ArtifactError("sshsig_key", f"the key of the SSH signature: {error.message}", error.help) from error
    raw, flags, counter = signature_of(made, public)
    return SshSignature(public, name, hash, raw, flags, counter)


def verify(signature: SshSignature, message: bytes, *, key: PublicKey, namespace: str) -> None:
    """Holds ``signature`` to be ``key``'s over ``message``.

    Raises :class:`ArtifactError`: ``sshsig_namespace`` (made for another purpose), ``wrong_key``, ``no_presence`` (a
    device signed without a person touching it), ``bad_signature``.
    """
    if signature.namespace != namespace:
        raise ArtifactError(
            "sshsig_namespace",
            f"the SSH signature was made for `{signature.namespace[:40]}`, not for `{namespace}`",
            f"sign with `ssh-keygen -Y sign -n {namespace}`",
        )
    if signature.public.blob != key.blob:
        raise ArtifactError("wrong_key", f"the SSH signature was made with {signature.public.fingerprint}")
    data = signed_data(message, namespace, signature.hash)
    if key.hardware:
        if not signature.flags & USER_PRESENT:
            raise ArtifactError("no_presence", "the hardware key signed without a person touching it")
        data = device_data(key.application, signature.flags, signature.counter, data)
    if not key.verify_raw(signature.signature, data):
        raise ArtifactError("bad_signature", "the SSH signature does not hold")


def device_data(application: str, flags: int, counter: int, data: bytes) -> bytes:
    """What a device signs for ``data`` (PROTOCOL.u2f; no extensions)."""
    bound = hashlib.sha256(application.encode()).digest()
    return bound + bytes([flags]) + counter.to_bytes(4, "big") + hashlib.sha256(data).digest()


def armoured(blob: bytes) -> str:
    """The signature as ``ssh-keygen`` writes it into a ``.sig`` file."""
    text = base64.b64encode(blob).decode()
    lines = [text[place : place + _WIDTH] for place in range(0, len(text), _WIDTH)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def dearmoured(text: str) -> bytes:
    """The blob in a ``.sig`` file. Raises :class:`ArtifactError` (``sshsig_armour``)."""
    match = _ARMOUR.fullmatch(text) if len(text) <= 2 * MAX_BLOB else None
    try:
        if match is None:
            raise ValueError("no armour")
        body = "".join(match[1].split())
        blob = base64.b64decode(body, validate=True)
        if base64.b64encode(blob).decode() != body:
            raise ValueError("not its one spelling")
    except (binascii.Error, ValueError) as error:
        raise ArtifactError(
            "sshsig_armour", "the text is not an armoured SSH signature", "`ssh-keygen -Y sign` writes one"
        ) from error
    return blob


def signature_of(made: bytes, public: PublicKey) -> tuple[bytes, int, int]:
    """The 64 bytes, flags and counter of a signature in SSH's wire form, which must be of the key's own type.

    Raises :class:`ArtifactError`: ``key_type``, ``sshsig_form``.
    """
    reader = Reader(made)
    try:
        kind = reader.field()
        if kind != public.kind.encode():
            raise ArtifactError("key_type", f"the signature is not of the type of its key, `{public.kind}`")
        raw = reader.field()
        flags, counter = (reader.take(1)[0], reader.number()) if public.kind == HARDWARE_TYPE else (0, 0)
        reader.end()
        if len(raw) != 64:
            raise ValueError("not 64 bytes")
    except ValueError as error:
        raise ArtifactError("sshsig_form", f"the SSH signature is damaged: {_said(error)}") from error
    return raw, flags, counter


def _said(error: ValueError) -> str:
    return "it is not ascii" if isinstance(error, UnicodeError) else str(error)
