"""The Merkle tree of RFC 9162 (§2.1), grown one leaf at a time.

Imports the standard library. Leaf hash SHA-256(0x00 || entry), inner hash SHA-256(0x01 || left || right), empty tree
SHA-256(""). A frontier keeps the roots of the perfect subtrees only, one per set bit of the size: appending and the
root take O(log n), and the whole state of a ledger of a million entries is twenty hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()


def leaf_hash(entry: bytes) -> str:
    """The hash of one entry, in hex."""
    return hashlib.sha256(b"\x00" + entry).hexdigest()


def _inner(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class MerkleFrontier:
    """The right edge of the tree: roots of its perfect subtrees, largest first. Mutable; not for several threads."""

    __slots__ = ("_roots", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._roots: list[bytes] = []

    @classmethod
    def restore(cls, size: int, state: Sequence[str]) -> MerkleFrontier:
        """The frontier whose :meth:`state` was kept. Raises :class:`ValueError` when it does not fit ``size``."""
        frontier = cls()
        frontier._size = size
        frontier._roots = [bytes.fromhex(root) for root in state]
        if size < 0 or len(frontier._roots) != size.bit_count() or any(len(root) != 32 for root in frontier._roots):
            raise ValueError(f"a frontier of {len(state)} hashes does not fit a tree of {size} leaves")
        return frontier

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    def append(self, leaf: str) -> None:
        """Adds a leaf by its hash (hex, from :func:`leaf_hash`)."""
        self.append_hash(bytes.fromhex(leaf))

    def append_hash(self, node: bytes) -> None:
        """Adds a leaf by its hash as 32 bytes."""
        size = self._size
        while size & 1:
            node = _inner(self._roots.pop(), node)
            size >>= 1
        self._roots.append(node)
        self._size += 1

    def root(self) -> str:
        """The root of the tree, in hex."""
        if not self._roots:
            return EMPTY_ROOT
        node = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            node = _inner(left, node)
        return node.hex()

    def state(self) -> list[str]:
        """What :meth:`restore` needs, in hex, largest subtree first."""
        return [root.hex() for root in self._roots]
