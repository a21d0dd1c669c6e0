"""Bearer tokens of directory principals: their form, and what may be kept of one.

Imports the standard library's hashes only. A token is ``cw_``, 32 random bytes in base64url without padding (43
characters) and, against slips of the hand, the CRC-32 of all that in 8 hex digits. Only its SHA-256 is kept anywhere:
with 256 random bits nobody finds a token by its digest, so the digest needs no salt and may name the credential.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib

from workbench.governance.errors import GovernanceError

PREFIX = "cw_"
RANDOM_BYTES = 32
_FORM = re.compile(r"cw_[A-Za-z0-9_-]{43}[0-9a-f]{8}")
_CHECK = 8


class TokenError(GovernanceError):
    """Something that is no token. Never carries it."""


def token_of(random: bytes) -> str:
    """The token of 32 random bytes. Raises ``ValueError`` for any other number of them."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a token is made of {RANDOM_BYTES} random bytes")
    body = PREFIX + base64.urlsafe_b64encode(random).decode().rstrip("=")
    return body + _checksum(body)


def token_digest(token: str) -> str:
    """The SHA-256 of a token, in hex. Raises :class:`TokenError` (``bad_token``) for what cannot be one."""
    if _FORM.fullmatch(token) is None:
        raise TokenError("bad_token", "that has not the form of a token", "give it as it was shown when it was made")
    if _checksum(token[:-_CHECK]) != token[-_CHECK:]:
        raise TokenError("bad_token", "the token is mistyped or cut", "give it as it was shown when it was made")
    return hashlib.sha256(token.encode()).hexdigest()


def token_credential_id(digest: str) -> str:
    """The id of the credential that a token with this digest is."""
    return f"token-{digest[:12]}"


def key_credential_id(raw: bytes) -> str:
    """The id of the credential that a public key (32 bytes) is: the same key has the same id, whoever brings it."""
    return f"key-{hashlib.sha256(raw).hexdigest()[:12]}"


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
