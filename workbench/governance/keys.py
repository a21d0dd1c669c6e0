"""Ed25519 keys in OpenSSH's forms: public lines, fingerprints, encrypted private keys.

Imports ``cryptography``. The user's own ``ssh-ed25519`` key works; so does a hardware key
(``sk-ssh-ed25519@openssh.com``), which signs through ssh-agent and never as bare bytes. Private key material and
passphrases never enter a ``repr``, an exception or a pickle. A key whose comment begins ``DEMO ONLY <swarm id>``
belongs to that swarm alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from workbench.governance import ssh_wire
from workbench.governance.errors import KeyFileError

KEY_TYPE = "ssh-ed25519"
HARDWARE_TYPE = "sk-ssh-ed25519@openssh.com"
MAX_APPLICATION = 256
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
    """An Ed25519 public key, 32 bytes, plain or in a hardware device (then with the ``application`` it is bound to).

    Two keys are equal when their bytes are, whatever kind they claim to be: it is key *material* that counts once.
    Raises :class:`KeyFileError`: ``weak_key`` (it proves nothing), ``not_a_key`` (an application that is not one).
    """

    raw: bytes
    kind: str = field(default=KEY_TYPE, compare=False)
    application: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        y = int.from_bytes(self.raw, "little") & (2**255 - 1)
        if len(self.raw) != 32 or y >= _PRIME or y in _SMALL_ORDER:
            raise KeyFileError("weak_key", "the public key is not a usable Ed25519 key", "make one with `keys new`")
        name = self.application
        fits = 0 < len(name) <= MAX_APPLICATION and name.isascii() and name.isprintable() if self.hardware else not name
        if self.kind not in (KEY_TYPE, HARDWARE_TYPE) or not fits:
            raise KeyFileError("not_a_key", "the public key is damaged")

    @property
    def hardware(self) -> bool:
        """Whether it lives in a device, and so signs in the form SSHSIG only."""
        return self.kind == HARDWARE_TYPE

    @property
    def blob(self) -> bytes:
        """The SSH wire form, over which fingerprints are made."""
        plain = ssh_wire.field(self.kind.encode()) + ssh_wire.field(self.raw)
        return plain + ssh_wire.field(self.application.encode()) if self.hardware else plain

    @property
    def fingerprint(self) -> str:
        """``SHA256:`` and 43 base64 characters, as ``ssh-keygen -l`` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` (64 bytes) is this key's signature of exactly ``data``; a device never makes one."""
        return not self.hardware and self.verify_raw(signature, data)

    def verify_raw(self, signature: bytes, data: bytes) -> bool:
        """The bare Ed25519 check, also of what a device signed (its own frame around the message: see ``sshsig``)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signing(Protocol):
    """What signs: a private key in memory, or one that ssh-agent holds."""

    @property
    def public(self) -> PublicKey:
        """Its public half."""

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature of ``data``. A hardware key refuses (``hardware_form``)."""

    def sign_ssh(self, data: bytes) -> bytes:
        """The signature of ``data`` in SSH's wire form: its type, 64 bytes, and from a device its flags and counter."""


class SigningKey:
    """A private key in memory. It signs; it is never shown, compared, copied or pickled."""

    __slots__ = ("_key", "_public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature of ``data``."""
        return self._key.sign(data)

    def sign_ssh(self, data: bytes) -> bytes:
        """The signature of ``data`` in SSH's wire form."""
        return ssh_wire.field(KEY_TYPE.encode()) + ssh_wire.field(self.sign(data))

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
        reader = ssh_wire.Reader(body)
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise ValueError("magic")
        cipher, _, options = reader.field(), reader.field(), reader.field()
        reader.number()  # how many keys: the first is the one
        public = reader.field()
        rounds = _rounds(options)
    except (binascii.Error, ValueError) as error:
        raise KeyFileError("not_a_key", "the private key file is damaged") from error
    return KeyFile(public_key_of(public), cipher != b"none", rounds)


def _rounds(options: bytes) -> int:
    """The rounds of bcrypt in the options of the key derivation; 0 where there is none."""
    if not options:
        return 0
    reader = ssh_wire.Reader(options)
    reader.field()  # the salt
    return reader.number()


def load_private(data: bytes, passphrase: str | None) -> SigningKey:
    """The key in an OpenSSH private key file; a passphrase for an unencrypted one is ignored.

    Raises :class:`KeyFileError`: ``not_a_key``, ``unsupported_key``, ``passphrase_needed``, ``wrong_passphrase``,
    ``key_derivation`` (the file asks for an unreasonable amount of work), ``hardware_key`` (its private half is in a
    device).
    """
    file = inspect_private(data)
    if file.public.hardware:
        raise KeyFileError(
            "hardware_key",
            "the private half of this key is in a hardware device",
            "`ssh-add` it and sign with `--agent`, or sign the payload with `ssh-keygen -Y sign -n concord-vote`",
        )
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
    public = _public(key)
    line = f"{public.kind} {base64.b64encode(public.blob).decode()}"
    return f"{line} {comment}" if comment else line


def parse_public_line(line: str) -> tuple[PublicKey, str]:
    """The key and the comment of a public line, in its one spelling.

    Raises :class:`KeyFileError`: ``unsupported_key``, ``key_type`` (the line says another type than the key),
    ``not_a_key``, ``weak_key``.
    """
    kind, _, rest = line.partition(" ")
    body, _, comment = rest.partition(" ")
    if kind not in (KEY_TYPE, HARDWARE_TYPE):
        raise KeyFileError("unsupported_key", f"`{kind[:40]}` keys cannot sign here", f"use an `{KEY_TYPE}` key")
    try:
        blob = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyFileError("not_a_key", "the public key is not base64") from error
    if base64.b64encode(blob).decode() != body:
        raise KeyFileError("not_a_key", "the public key is not written in its one base64 spelling")
    if comment != comment.strip() or line != line.rstrip():
        raise KeyFileError("not_a_key", "the comment of the public key begins or ends with a space")
    key = public_key_of(blob)
    if key.kind != kind:
        raise KeyFileError("key_type", f"the line says `{kind}`, the key itself `{key.kind}`")
    return key, comment


def demo_comment(swarm_id: str) -> str:
    """The comment that ties a demo key to one swarm."""
    return f"{DEMO_PREFIX} {swarm_id}"


def demo_swarm(comment: str) -> str | None:
    """The swarm that a key's comment ties it to, or ``None`` when it is not a demo key."""
    if not comment.upper().startswith(DEMO_PREFIX):
        return None
    return comment[len(DEMO_PREFIX) :].strip()


def _public(key: SigningKey | PublicKey) -> PublicKey:
    return key if isinstance(key, PublicKey) else key.public


def public_key_of(blob: bytes) -> PublicKey:
    """The key in SSH's wire form. Raises :class:`KeyFileError`: ``unsupported_key``, ``not_a_key``, ``weak_key``."""
    reader = ssh_wire.Reader(blob)
    try:
        kind = reader.field()
        if kind not in (KEY_TYPE.encode(), HARDWARE_TYPE.encode()):
            raise KeyFileError("unsupported_key", "only Ed25519 keys can sign here", f"use an `{KEY_TYPE}` key")
        raw = reader.field()
        application = reader.field().decode("ascii") if kind == HARDWARE_TYPE.encode() else ""
        reader.end()
    except ValueError as error:
        raise KeyFileError("not_a_key", "the public key is damaged") from error
    if len(raw) != 32:
        raise KeyFileError("not_a_key", "the public key is damaged")
    return PublicKey(raw, kind.decode(), application)
