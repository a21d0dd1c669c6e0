"""Merkle proofs of RFC 9162: that an entry is in the ledger (§2.1.3), that a ledger continues another (§2.1.4).

Imports the standard library. Hashes are hex text of 32 bytes, leaves those of ``merkle.leaf_hash``. A tree keeps every
level as one run of bytes, so a million leaves take 64 MiB and about a second once, and each proof then some twenty
slices. Where a level has an odd number of nodes the last is carried up unchanged: node ``i`` of level ``l`` is the hash
of the leaves ``i * 2**l`` to the lesser of ``(i + 1) * 2**l`` and the size, as the RFC's recursive definition has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from workbench.governance.merkle import EMPTY_ROOT

_NODE = 32


class MerkleTree:
    """The whole tree over some leaf hashes; immutable. For proofs: a root alone is ``MerkleFrontier``'s work."""

    __slots__ = ("_levels", "size")

    def __init__(self, leaves: Iterable[str]) -> None:
        """Raises :class:`ValueError` for a leaf that is not 32 bytes in hex."""
        joined = [bytes.fromhex(leaf) for leaf in leaves]
        if any(len(leaf) != _NODE for leaf in joined):
            raise ValueError("a leaf hash has 32 bytes")
        self.size = len(joined)
        level = b"".join(joined)
        self._levels = [level]
        while len(level) > _NODE:
            level = _parents(level)
            self._levels.append(level)

    def root(self) -> str:
        """The root, in hex."""
        return self._levels[-1].hex() if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> tuple[str, ...]:
        """The proof that leaf ``index`` (from 0) is in this tree, nearest sibling first. Raises :class:`IndexError`."""
        if not 0 <= index < self.size:
            raise IndexError(f"a tree of {self.size} leaves has no leaf {index}")
        path = []
        for level in self._levels[:-1]:
            sibling = (index ^ 1) * _NODE
            if sibling < len(level):  # the last of an odd number has none, and is carried up
                path.append(level[sibling : sibling + _NODE].hex())
            index >>= 1
        return tuple(path)

    def consistency(self, size: int) -> tuple[str, ...]:
        """The proof that this tree continues the one over its first ``size`` leaves. Raises :class:`IndexError`.

        Empty for ``size`` 0 (everything continues nothing) and for the tree's own size.
        """
        if not 0 <= size <= self.size:
            raise IndexError(f"a tree of {self.size} leaves continues none of {size}")
        path: list[str] = []
        start, end, whole = 0, self.size, True
        while 0 < size < end - start:  # SUBPROOF of the RFC, from the root down
            split = 1 << ((end - start - 1).bit_length() - 1)
            if size <= split:
                path.append(self._subtree(start + split, end))
                end = start + split
            else:
                path.append(self._subtree(start, start + split))
                start, size, whole = start + split, size - split, False
        if not whole:
            path.append(self._subtree(start, end))
        path.reverse()
        return tuple(path)

    def _subtree(self, start: int, end: int) -> str:
        """The node over the leaves from ``start`` to ``end``, which the recursive definition makes one."""
        height = (end - start - 1).bit_length()
        place = (start >> height) * _NODE
        return self._levels[height][place : place + _NODE].hex()


def _parents(level: bytes) -> bytes:
    sha256, last = hashlib.sha256, len(level) // (2 * _NODE) * (2 * _NODE)
    nodes = [sha256(b"\x01" + level[at : at + 2 * _NODE]).digest() for at in range(0, last, 2 * _NODE)]
    nodes.append(level[last:])  # the odd one, or nothing
    return b"".join(nodes)


def verify_inclusion(leaf: str, index: int, size: int, proof: Sequence[str], root: str) -> bool:
    """Whether ``proof`` shows that the leaf hash ``leaf`` stands at ``index`` in the tree of ``size`` with ``root``.

    RFC 9162 §2.1.3.2. Never raises: what is not hex of 32 bytes proves nothing.
    """
    if not 0 <= index < size:
        return False
    try:
        node, path = _bytes(leaf), [_bytes(step) for step in proof]
    except ValueError:
        return False
    number, last = index, size - 1
    for step in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            node = _inner(step, node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = _inner(node, step)
        number, last = number >> 1, last >> 1
    return last == 0 and node.hex() == root


def verify_consistency(old_size: int, old_root: str, size: int, root: str, proof: Sequence[str]) -> bool:
    """Whether ``proof`` shows that the tree of ``size`` with ``root`` continues that of ``old_size`` with ``old_root``.

    RFC 9162 §2.1.4.2. Never raises.
    """
    if not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    try:
        path = [_bytes(step) for step in proof]
        if not old_size & (old_size - 1):  # a power of two: its root is the first node, and is not repeated
            path.insert(0, _bytes(old_root))
    except ValueError:
        return False
    if not path:
        return False
    number, last = old_size - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = _inner(step, old), _inner(step, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = _inner(new, step)
        number, last = number >> 1, last >> 1
    return last == 0 and old.hex() == old_root and new.hex() == root


def _inner(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _bytes(text: str) -> bytes:
    node = bytes.fromhex(text)
    if len(node) != _NODE or node.hex() != text:
        raise ValueError("a hash is 64 lower-case hex digits")
    return node
