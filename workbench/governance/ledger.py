"""The ledger's entries: canonical bytes, chained by hash, leaves of a Merkle tree.

Imports ``times``, ``merkle`` and errors. An entry is the canonical JSON of {seq, kind, at, prev, body}; its hash is the
RFC 9162 leaf hash of those bytes, and ``prev`` is the hash of the entry before. The stored bytes are the record. Values
are strings, Booleans, nulls, integers up to 2^53 - 1, lists and objects with ASCII keys: for these the standard
library's C encoder writes exactly RFC 8785, and does so ten times quicker (a property test compares them).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workbench.governance.canonical import MAX_DEPTH, SAFE_INTEGER
from workbench.governance.errors import ArtifactError, GovernanceError
from workbench.governance.merkle import MerkleFrontier, leaf_hash
from workbench.governance.times import format_time, parse_time

__all__ = [
    "FIRST_PREV",
    "LedgerReport",
    "LedgerWalk",
    "MerkleFrontier",
    "Sealed",
    "ended",
    "entry_bytes",
    "seal",
    "verify_entries",
]

FIRST_PREV = "0" * 64
_FIELDS = frozenset({"seq", "kind", "at", "prev", "body"})
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class _RangeError(Exception):
    """A number that is JSON, but that no entry may hold."""


def _integer(number: str) -> int:
    value = int(number) if len(number) < 20 else SAFE_INTEGER + 1
    if not -SAFE_INTEGER <= value <= SAFE_INTEGER:
        raise _RangeError
    return value


def _refuse(number: str) -> Any:
    raise ValueError(f"`{number}` cannot stand in the ledger")


_decoder = json.JSONDecoder(parse_float=_refuse, parse_int=_integer, parse_constant=_refuse)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry ready to be stored: its number (from 1), its bytes and their hash (hex)."""

    seq: int
    data: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What verification found. ``size`` and ``root`` are over the good entries before ``bad_seq`` (``None``: all good).

    ``code``: ``""``, or ``hash``, ``json``, ``form``, ``order``, ``link``, ``time``, ``truncated``, ``head``, ``root``.
    """

    ok: bool
    size: int
    head: str
    root: str
    bad_seq: int | None = None
    code: str = ""
    message: str = ""


def entry_bytes(value: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a ledger value.

    Raises :class:`ArtifactError`: ``float``, ``integer_range``, ``not_json``, ``depth``, ``surrogate``.
    """
    _check(value, 0)
    try:
        return _encoder.encode(value).encode()
    except UnicodeEncodeError as error:
        raise ArtifactError("surrogate", "a string has a lone surrogate, which no UTF-8 text can hold") from error


def _check(value: Any, depth: int) -> None:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -SAFE_INTEGER <= value <= SAFE_INTEGER:
            raise ArtifactError("integer_range", "a ledger entry has an integer beyond 2^53 - 1", "write it as text")
    elif depth >= MAX_DEPTH:
        raise ArtifactError("depth", f"a ledger entry is nested more than {MAX_DEPTH} deep")
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise ArtifactError("not_json", f"a ledger entry has the key `{key}`, which is not ASCII text")
            _check(item, depth + 1)
    elif kind is list or kind is tuple:
        for item in value:
            _check(item, depth + 1)
    elif kind is float:
        raise ArtifactError("float", "a ledger entry has a floating-point number", "write it as text")
    else:
        raise ArtifactError("not_json", f"a ledger entry has a value of type `{kind.__name__}`")


def seal(seq: int, kind: str, at: datetime, prev: str, body: Mapping[str, Any]) -> Sealed:
    """The entry number ``seq`` of ``kind``, after the entry with hash ``prev`` (:data:`FIRST_PREV` for the first).

    ``at`` is cut to milliseconds; ``body`` is a dict. Raises :class:`ArtifactError` for what no entry may hold.
    """
    data = entry_bytes({"seq": seq, "kind": kind, "at": format_time(at), "prev": prev, "body": body})
    return Sealed(seq, data, leaf_hash(data))


class LedgerWalk:
    """Recomputes a ledger entry by entry, the first first, and keeps the roots at the sizes in ``watch`` on its way.

    After a :class:`GovernanceError` from :meth:`take` it stands where it stood before that entry.
    """

    __slots__ = ("_at", "_frontier", "_last", "_sizes", "head", "roots")

    def __init__(self, watch: Iterable[int] = ()) -> None:
        self.head = FIRST_PREV
        self.roots: dict[int, str] = {}
        self._sizes = frozenset(watch)
        self._frontier = MerkleFrontier()
        self._at, self._last = "", _NEVER

    @property
    def size(self) -> int:
        """How many entries were taken."""
        return self._frontier.size

    def root(self) -> str:
        """The Merkle root over the entries taken, in hex."""
        return self._frontier.root()

    def take(self, seq: int, data: bytes, stored: str) -> dict[str, Any]:
        """The value of the next entry: stored under ``seq`` with the hash ``stored``.

        Raises :class:`GovernanceError` saying what is wrong with it: ``hash``, ``json``, ``form``, ``order``, ``link``,
        ``time``.
        """
        digest = hashlib.sha256(b"\x00" + data).digest()
        if digest.hex() != stored:
            raise GovernanceError("hash", "its bytes do not have the recorded hash")
        entry = _read(data)
        wanted = self._frontier.size + 1
        if entry["seq"] != wanted or seq != wanted:
            raise GovernanceError("order", f"it has the number {entry['seq'] if seq == wanted else seq}")
        if entry["prev"] != self.head:
            raise GovernanceError("link", "it does not continue the entry before")
        at = entry["at"]
        if at != self._at:
            if not isinstance(at, str):
                raise GovernanceError("form", "its time is not text")
            moment = parse_time(at)
            if moment < self._last:
                raise GovernanceError("time", "it is older than the entry before")
            self._at, self._last = at, moment
        self._frontier.append_hash(digest)
        self.head = stored
        if wanted in self._sizes:
            self.roots[wanted] = self._frontier.root()
        return entry


def verify_entries(
    entries: Iterable[tuple[int, bytes, str]],
    *,
    expected_size: int | None = None,
    expected_head: str | None = None,
    expected_root: str | None = None,
) -> LedgerReport:
    """Recomputes a whole ledger from its stored bytes, entry 1 first, and names the first that is wrong.

    ``entries`` are (seq, bytes, hash) as stored. What is expected at the end comes from elsewhere (a checkpoint, a head
    row): without it a ledger cut short cannot be told from a shorter one.
    """
    walk = LedgerWalk()
    for seq, data, stored in entries:
        try:
            walk.take(seq, data, stored)
        except GovernanceError as error:
            bad = walk.size + 1
            return LedgerReport(
                False, walk.size, walk.head, walk.root(), bad, error.code, f"entry {bad}: {error.message}"
            )
    return ended(walk, expected_size=expected_size, expected_head=expected_head, expected_root=expected_root)


def ended(
    walk: LedgerWalk,
    *,
    expected_size: int | None = None,
    expected_head: str | None = None,
    expected_root: str | None = None,
) -> LedgerReport:
    """Whether a walk to the last entry ended as was recorded elsewhere."""
    root = walk.root()
    for code, name, expected, found in (
        ("truncated", "size", expected_size, walk.size),
        ("head", "last hash", expected_head, walk.head),
        ("root", "Merkle root", expected_root, root),
    ):
        if expected is not None and expected != found:
            message = f"the ledger's {name} is `{found}`, but `{expected}` was recorded"
            return LedgerReport(False, walk.size, walk.head, root, walk.size + 1, code, message)
    return LedgerReport(True, walk.size, walk.head, root)


def _read(data: bytes) -> dict[str, Any]:
    """The entry whose canonical bytes ``data`` are. Raises :class:`GovernanceError`: ``json``, ``form``.

    What Python's parser reads and its encoder writes back to the same bytes is canonical, unless it is nested too deep
    or has a key that no entry may have; only bytes that could are looked at closely.
    """
    try:
        text = data.decode()
        entry = _decoder.decode(text)
    except _RangeError as error:
        raise GovernanceError("form", "its bytes hold an integer beyond 2^53 - 1") from error
    except (ValueError, RecursionError) as error:
        raise GovernanceError("json", "its bytes are not JSON") from error
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        raise GovernanceError("form", "its bytes are not those of a canonical entry")
    try:
        if not text.isascii() or text.count("{") + text.count("[") > MAX_DEPTH:
            _check(entry, 0)
        same = _encoder.encode(entry) == text
    except (ArtifactError, RecursionError) as error:
        raise GovernanceError("form", "its bytes are not those of a canonical entry") from error
    if not same:
        raise GovernanceError("form", "its bytes are not those of a canonical entry")
    return entry
