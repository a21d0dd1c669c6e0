"""Canonical bytes: the one JSON text of a value, over which digests and signatures are made (RFC 8785).

Imports only the canonicaliser. Values are ``None``, Booleans, integers, strings, lists or tuples, and mappings with
string keys. Floats do not exist here. Integers are Cedar Longs (64 bits, signed); those beyond 2^53 - 1, which JSON
readers round, are written as the tagged string ``{"__long": "9223372036854775807"}``, and so no mapping may use the
key ``__long`` itself: two different values never have the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

from workbench.governance.errors import ArtifactError

LONG_TAG = "__long"
SAFE_INTEGER = 2**53 - 1
LONG_MIN = -(2**63)
LONG_MAX = 2**63 - 1
MAX_DEPTH = 64


def canonical_bytes(value: Any) -> bytes:
    """The RFC 8785 bytes (UTF-8) of ``value``.

    Raises :class:`ArtifactError` with code ``float``, ``integer_range``, ``reserved_key``, ``depth``, ``surrogate`` or
    ``not_json``.
    """
    try:
        return rfc8785.dumps(_tagged(value, 0))
    except rfc8785.CanonicalizationError as error:
        raise ArtifactError("surrogate", "a string has a lone surrogate, which no UTF-8 text can hold") from error
    except UnicodeEncodeError as error:
        raise ArtifactError("surrogate", "a key has a lone surrogate, which no UTF-8 text can hold") from error


def _tagged(value: Any, depth: int) -> Any:
    """``value`` with Longs that JSON cannot hold replaced by tagged strings."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if -SAFE_INTEGER <= value <= SAFE_INTEGER:
            return value
        if LONG_MIN <= value <= LONG_MAX:
            return {LONG_TAG: str(value)}
        raise ArtifactError("integer_range", "an integer is outside the 64-bit range of a Cedar Long")
    if isinstance(value, float):
        raise ArtifactError("float", f"`{value}` is a floating-point number", 'write decimals as decimal("0.5")')
    if depth >= MAX_DEPTH:
        raise ArtifactError("depth", f"values are nested more than {MAX_DEPTH} deep")
    if isinstance(value, list | tuple):
        return [_tagged(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        tagged: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise ArtifactError("not_json", f"`{key!r}` is not a string, and so cannot be a key")
            if key == LONG_TAG:
                raise ArtifactError("reserved_key", f"the key `{LONG_TAG}` is reserved for integers beyond 2^53 - 1")
            tagged[key] = _tagged(item, depth + 1)
        return tagged
    raise ArtifactError("not_json", f"a value of type `{type(value).__name__}` has no canonical form")


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def digest_of(data: bytes) -> str:
    """SHA-256 in the artifact's form: ``sha256:`` and 64 hex digits."""
    return "sha256:" + sha256_hex(data)


def decode_base64(text: str, size: int | None, what: str) -> bytes:
    """The ``size`` bytes (``None``: however many) of standard base64 ``text`` in its one spelling: encoding them again
    gives ``text``.

    Raises :class:`ArtifactError` (``base64``).
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ArtifactError("base64", f"the {what} is not base64") from error
    if len(data) != (len(data) if size is None else size) or base64.b64encode(data).decode() != text:
        raise ArtifactError("base64", f"the {what} is not the base64 of {'its' if size is None else size} bytes")
    return data
