"""Inclusion and consistency proofs against the RFC's own recursive definitions, and against everything near them."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.governance.merkle import EMPTY_ROOT, MerkleFrontier, leaf_hash
from workbench.governance.proofs import MerkleTree, verify_consistency, verify_inclusion


def leaves(count: int) -> tuple[str, ...]:
    return tuple(leaf_hash(b"%d" % number) for number in range(count))


LEAVES = leaves(600)


@cache
def mth(start: int, end: int) -> str:
    """MTH(D[start:end]) of RFC 9162 §2.1.1, over ``LEAVES``."""
    if end == start:
        return hashlib.sha256(b"").hexdigest()
    if end - start == 1:
        return LEAVES[start]
    k = largest_power_below(end - start)
    both = bytes.fromhex(mth(start, start + k)) + bytes.fromhex(mth(start + k, end))
    return hashlib.sha256(b"\x01" + both).hexdigest()


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, start: int, end: int) -> list[str]:
    """PATH(m, D[start:end]) of §2.1.3.1."""
    n = end - start
    if n == 1:
        return []
    k = largest_power_below(n)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, whole: bool) -> list[str]:
    """SUBPROOF(m, D[start:end], b) of §2.1.4.1."""
    n = end - start
    if m == n:
        return [] if whole else [mth(start, end)]
    k = largest_power_below(n)
    if m <= k:
        return [*subproof(m, start, start + k, whole), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


@pytest.mark.parametrize("size", range(1, 71))
def test_every_proof_of_every_small_tree_is_the_rfcs(size: int) -> None:
    tree = MerkleTree(LEAVES[:size])
    assert tree.root() == mth(0, size)
    for index in range(size):
        proof = tree.inclusion(index)
        assert list(proof) == path(index, 0, size)
        assert verify_inclusion(LEAVES[index], index, size, proof, tree.root())
    for old in range(1, size + 1):
        proof = tree.consistency(old)
        assert list(proof) == subproof(old, 0, size, True)
        assert verify_consistency(old, mth(0, old), size, tree.root(), proof)


@settings(max_examples=60)
@given(st.integers(71, 600), st.data())
def test_larger_trees_and_the_frontier_agree(size: int, data: st.DataObject) -> None:
    tree, frontier = MerkleTree(LEAVES[:size]), MerkleFrontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    assert tree.root() == frontier.root() == mth(0, size)
    assert list(tree.inclusion(index)) == path(index, 0, size)
    assert verify_inclusion(LEAVES[index], index, size, tree.inclusion(index), tree.root())
    assert verify_consistency(old, mth(0, old), size, tree.root(), tree.consistency(old))


# Computed with the definitions above for the eight inputs that certificate logs use in their examples.
EXAMPLE = tuple(
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
)


def test_the_example_tree_of_eight() -> None:
    tree = MerkleTree(EXAMPLE)
    assert tree.root() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert tree.inclusion(0) == (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    )
    assert MerkleTree(EXAMPLE[:7]).consistency(3) == (
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
    )


def test_the_edges() -> None:
    empty, one = MerkleTree(()), MerkleTree(LEAVES[:1])
    assert empty.root() == EMPTY_ROOT
    assert one.inclusion(0) == one.consistency(1) == one.consistency(0) == ()
    assert verify_consistency(0, EMPTY_ROOT, 1, one.root(), ())
    assert not verify_consistency(0, one.root(), 1, one.root(), ())
    assert not verify_inclusion(LEAVES[0], 0, 0, (), EMPTY_ROOT)
    for index in (-1, 1):
        with pytest.raises(IndexError):
            one.inclusion(index)
    for size in (-1, 2):
        with pytest.raises(IndexError):
            one.consistency(size)
    for leaf in ("00", "zz" * 32):
        with pytest.raises(ValueError):
            MerkleTree((leaf,))


@settings(max_examples=200)
@given(st.integers(2, 70), st.data())
def test_a_proof_proves_nothing_else(size: int, data: st.DataObject) -> None:
    """Another leaf, place, size or root, a step more, less, changed, or swapped: none verifies."""
    tree = MerkleTree(LEAVES[:size])
    index = data.draw(st.integers(0, size - 1))
    proof = list(tree.inclusion(index))
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
    assert not verify_inclusion(LEAVES[other], index, size, proof, tree.root())
    assert not verify_inclusion(LEAVES[index], other, size, proof, tree.root())
    assert not verify_inclusion(LEAVES[index], index, size, proof, mth(0, size + 1))
    assert not verify_inclusion(LEAVES[index], index, size, [*proof, LEAVES[0]], tree.root())
    assert not verify_inclusion(LEAVES[index], index, size, proof[:-1], tree.root())
    place = data.draw(st.integers(0, len(proof) - 1))
    flipped = [*proof[:place], f"{int(proof[place], 16) ^ 1:064x}", *proof[place + 1 :]]
    assert not verify_inclusion(LEAVES[index], index, size, flipped, tree.root())
    assert not verify_inclusion(LEAVES[index], index, size, [*proof[:place], "zz", *proof[place + 1 :]], tree.root())


@settings(max_examples=200)
@given(st.integers(2, 70), st.data())
def test_a_forked_ledger_is_not_consistent(size: int, data: st.DataObject) -> None:
    """Change one old entry: no proof of the fork, and no variation of the true one, makes the old root fit."""
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    forked = MerkleTree((*LEAVES[:changed], leaf_hash(b"forged"), *LEAVES[changed + 1 : size]))
    true = MerkleTree(LEAVES[:size])
    for proof in (forked.consistency(old), true.consistency(old)):
        assert not verify_consistency(old, mth(0, old), size, forked.root(), proof)
    proof = list(true.consistency(old))
    assert not verify_consistency(old, mth(0, old), size, true.root(), [*proof, LEAVES[0]])
    assert not verify_consistency(old, mth(0, old), size, true.root(), proof[:-1])
    assert not verify_consistency(old, mth(0, old + 1), size, true.root(), proof)
    assert not verify_consistency(size, true.root(), old, mth(0, old), proof)
    place = data.draw(st.integers(0, len(proof) - 1))
    flipped = [*proof[:place], f"{int(proof[place], 16) ^ 1:064x}", *proof[place + 1 :]]
    assert not verify_consistency(old, mth(0, old), size, true.root(), flipped)
