"""Ed25519 keys in OpenSSH's forms: public lines, fingerprints, encrypted private keys.

Imports ``cryptography``. The user's own ``ssh-ed25519`` key works. Private key material and passphrases never enter a
``repr``, an exception or a pickle. A key whose comment begins ``DEMO ONLY <swarm id>`` belongs to that swarm alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from workbench.governance.errors import KeyFileError

KEY_TYPE = "ssh-ed25519"
DEMO_PREFIX = "DEMO ONLY"
KDF_ROUNDS = 16
MAX_KDF_ROUNDS = 4096  # a hostile file could ask for hours of key derivation
MAX_KEY_FILE = 64 * 1024
_PRIME = 2**255 - 19
_ARMOUR = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----\s*")
_MAGIC = b"openssh-key-v1\0"
# y-coordinates of the curve's points of order 1, 2, 4 and 8: under such a "key" a signature can be made for any message
_SMALL_ORDER = frozenset(
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "00" * 32,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key, 32 bytes. Raises :class:`KeyFileError` (``weak_key``) for one that proves nothing."""

    raw: bytes

    def __post_init__(self) -> None:
        y = int.from_bytes(self.raw, "little") & (2**255 - 1)
        if len(self.raw) != 32 or y >= _PRIME or y in _SMALL_ORDER:
            raise KeyFileError("weak_key", "the public key is not a usable Ed25519 key", "make one with `keys new`")

    @property
    def blob(self) -> bytes:
        """The SSH wire form, over which fingerprints are made."""
        return _field(KEY_TYPE.encode()) + _field(self.raw)

    @property
    def fingerprint(self) -> str:
        """``SHA256:`` and 43 base64 characters, as ``ssh-keygen -l`` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` (64 bytes) is this key's signature of ``data``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """A private key in memory. It signs; it is never shown, compared, copied or pickled."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature of ``data``."""
        return self._key.sign(data)

    def __repr__(self) -> str:
        return f"SigningKey({self.public.fingerprint})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key cannot be pickled or copied")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a private key file shows without its passphrase."""

    public: PublicKey
    encrypted: bool
    kdf_rounds: int


def generate_key() -> SigningKey:
    """A new random key."""
    return SigningKey(Ed25519PrivateKey.generate())


def serialize_private(key: SigningKey, passphrase: str | None) -> bytes:
    """The OpenSSH private key file; ``None`` leaves it unencrypted (the ledger key, which a service must use alone).

    Raises :class:`KeyFileError` (``passphrase_needed``) for an empty passphrase.
    """
    if passphrase is None:
        return key._key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    if not passphrase:
        raise KeyFileError("passphrase_needed", "the passphrase is empty", "choose a passphrase of some length")
    encryption = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(KDF_ROUNDS).build(passphrase.encode())
    return key._key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)


def inspect_private(data: bytes) -> KeyFile:
    """The public half of an OpenSSH private key file, and whether it is encrypted; needs no passphrase.

    Raises :class:`KeyFileError`: ``not_a_key`` (another format, damaged), ``unsupported_key`` (not Ed25519).
    """
    match = _ARMOUR.fullmatch(data.strip()) if len(data) <= MAX_KEY_FILE else None
    if match is None:
        raise KeyFileError("not_a_key", "the file is not an OpenSSH private key", "make one with `keys new`")
    try:
        body = base64.b64decode(b"".join(match[1].split()), validate=True)
        if not body.startswith(_MAGIC):
            raise ValueError("magic")
        cipher, rest = _take(body[len(_MAGIC) :])
        _, rest = _take(rest)
        options, rest = _take(rest)
        public, rest = _take(rest[4:])
        rounds = int.from_bytes(_take(options)[1][:4], "big") if options else 0
    except (binascii.Error, ValueError) as error:
        raise KeyFileError("not_a_key", "the private key file is damaged") from error
    return KeyFile(_from_blob(public), cipher != b"none", rounds)


def load_private(data: bytes, passphrase: str | None) -> SigningKey:
    """The key in an OpenSSH private key file; a passphrase for an unencrypted one is ignored.

    Raises :class:`KeyFileError`: ``not_a_key``, ``unsupported_key``, ``passphrase_needed``, ``wrong_passphrase``,
    ``key_derivation`` (the file asks for an unreasonable amount of work).
    """
    file = inspect_private(data)
    if file.encrypted and not passphrase:
        raise KeyFileError("passphrase_needed", "the key is encrypted", "give its passphrase")
    if file.kdf_rounds > MAX_KDF_ROUNDS:
        raise KeyFileError("key_derivation", f"the key asks for {file.kdf_rounds} rounds of key derivation")
    password = passphrase.encode() if file.encrypted and passphrase else None
    try:
        key = load_ssh_private_key(data, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):  # raised outside the handler: no cause that might quote its input
        if file.encrypted:
            raise KeyFileError("wrong_passphrase", "the passphrase does not open this key")
        raise KeyFileError("not_a_key", "the private key file is damaged")
    loaded = SigningKey(key)
    if loaded.public != file.public:
        raise KeyFileError("not_a_key", "the private and the public half of the key do not belong together")
    return loaded


def fingerprint(key: SigningKey | PublicKey) -> str:
    """``SHA256:…`` of a key, private or public."""
    return _public(key).fingerprint


def public_line(key: SigningKey | PublicKey, comment: str = "") -> str:
    """The ``ssh-ed25519 AAAA… comment`` line, as in a ``.pub`` file, without line end."""
    line = f"{KEY_TYPE} {base64.b64encode(_public(key).blob).decode()}"
    return f"{line} {comment}" if comment else line


def parse_public_line(line: str) -> tuple[PublicKey, str]:
    """The key and the comment of a public line, in its one spelling.

    Raises :class:`KeyFileError`: ``unsupported_key``, ``not_a_key``, ``weak_key``.
    """
    kind, _, rest = line.partition(" ")
    body, _, comment = rest.partition(" ")
    if kind != KEY_TYPE:
        raise KeyFileError("unsupported_key", f"`{kind[:40]}` keys cannot sign here", f"use an `{KEY_TYPE}` key")
    try:
        blob = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyFileError("not_a_key", "the public key is not base64") from error
    if base64.b64encode(blob).decode() != body:
        raise KeyFileError("not_a_key", "the public key is not written in its one base64 spelling")
    if comment != comment.strip() or line != line.rstrip():
        raise KeyFileError("not_a_key", "the comment of the public key begins or ends with a space")
    return _from_blob(blob), comment


def demo_comment(swarm_id: str) -> str:
    """The comment that ties a demo key to one swarm."""
    return f"{DEMO_PREFIX} {swarm_id}"


def demo_swarm(comment: str) -> str | None:
    """The swarm that a key's comment ties it to, or ``None`` when it is not a demo key."""
    if not comment.upper().startswith(DEMO_PREFIX):
        return None
    return comment[len(DEMO_PREFIX) :].strip()


def _public(key: SigningKey | PublicKey) -> PublicKey:
    return key.public if isinstance(key, SigningKey) else key


def _from_blob(blob: bytes) -> PublicKey:
    try:
        kind, rest = _take(blob)
        if kind != KEY_TYPE.encode():
            raise KeyFileError("unsupported_key", "only Ed25519 keys can sign here", f"use an `{KEY_TYPE}` key")
        raw, rest = _take(rest)
    except ValueError as error:
        raise KeyFileError("not_a_key", "the public key is damaged") from error
    if rest or len(raw) != 32:
        raise KeyFileError("not_a_key", "the public key is damaged")
    return PublicKey(raw)


def _field(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _take(data: bytes) -> tuple[bytes, bytes]:
    """One length-prefixed field and what follows it. Raises :class:`ValueError` when cut short."""
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size:
        raise ValueError("cut short")
    return data[4 : 4 + size], data[4 + size :]
