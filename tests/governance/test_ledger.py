"""The ledger: canonical entries, an unbroken chain, and the Merkle tree of RFC 9162."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import START
from workbench.governance.errors import ArtifactError, GovernanceError
from workbench.governance.ledger import (
    FIRST_PREV,
    LedgerReport,
    LedgerWalk,
    MerkleFrontier,
    Sealed,
    ended,
    entry_bytes,
    seal,
    verify_entries,
)
from workbench.governance.merkle import EMPTY_ROOT, leaf_hash

ASCII = st.text(st.characters(max_codepoint=127), max_size=6)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
BODIES = st.dictionaries(
    ASCII,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ASCII, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@given(BODIES)
def test_the_fast_encoder_is_rfc_8785(body: dict[str, Any]) -> None:
    assert entry_bytes(body) == rfc8785.dumps(body)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("float", 1.5),
        ("float", float("inf")),
        ("integer_range", 2**53),
        ("not_json", {"é": 1}),
        ("not_json", {1: 1}),
        ("not_json", b"x"),
        ("surrogate", "\ud800"),
    ],
)
def test_what_no_entry_may_hold(code: str, value: Any) -> None:
    with pytest.raises(ArtifactError) as caught:
        seal(1, "decision", START, FIRST_PREV, {"value": value})
    assert caught.value.code == code


def naive_root(leaves: list[bytes]) -> bytes:
    """The definition in RFC 9162, section 2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=4), max_size=40), st.integers(0, 40))
def test_the_frontier_is_the_naive_tree(leaves: list[bytes], stop: int) -> None:
    frontier = MerkleFrontier()
    for number, leaf in enumerate(leaves):
        if number == stop:
            frontier = MerkleFrontier.restore(frontier.size, frontier.state())
        frontier.append(leaf_hash(leaf))
        assert frontier.root() == naive_root(leaves[: number + 1]).hex()
        assert len(frontier.state()) == frontier.size.bit_count()
    assert frontier.size == len(leaves)


def test_the_empty_tree_and_wrong_states() -> None:
    assert MerkleFrontier().root() == EMPTY_ROOT == naive_root([]).hex()
    for size, state in ((1, []), (3, ["00" * 32]), (1, ["00"]), (-1, ["00" * 32])):
        with pytest.raises(ValueError):
            MerkleFrontier.restore(size, state)


def entries(count: int) -> list[tuple[int, bytes, str]]:
    made: list[tuple[int, bytes, str]] = []
    prev = FIRST_PREV
    for seq in range(1, count + 1):
        sealed = seal(seq, "decision", START + timedelta(seconds=seq), prev, {"rule": f"r{seq}", "allowed": True})
        made.append((sealed.seq, sealed.data, sealed.hash))
        prev = sealed.hash
    return made


def resealed(seq: int, data: bytes) -> tuple[int, bytes, str]:
    return (seq, data, leaf_hash(data))


GOOD = entries(8)
REPORT = verify_entries(GOOD)


def test_a_good_ledger_verifies() -> None:
    assert LedgerReport(True, 8, GOOD[-1][2], naive_root([data for _, data, _ in GOOD]).hex()) == REPORT
    assert verify_entries(GOOD, expected_size=8, expected_head=REPORT.head, expected_root=REPORT.root).ok
    assert verify_entries([]) == LedgerReport(True, 0, FIRST_PREV, EMPTY_ROOT)


@settings(max_examples=150)
@given(st.data())
def test_any_changed_byte_is_found_and_named(data: st.DataObject) -> None:
    row = data.draw(st.integers(0, 7))
    seq, body, stored = GOOD[row]
    place = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != body[place]))
    changed = body[:place] + bytes([byte]) + body[place + 1 :]
    plain = verify_entries([*GOOD[:row], (seq, changed, stored), *GOOD[row + 1 :]])
    assert (plain.ok, plain.bad_seq, plain.code, plain.size) == (False, row + 1, "hash", row)
    rehashed = verify_entries([*GOOD[:row], resealed(seq, changed), *GOOD[row + 1 :]], expected_head=REPORT.head)
    assert not rehashed.ok
    assert rehashed.bad_seq in (row + 1, row + 2, 9)


@given(st.permutations(range(8)).filter(lambda order: list(order) != list(range(8))))
def test_re_ordering_is_found(order: list[int]) -> None:
    first = next(place for place, row in enumerate(order) if place != row)
    report = verify_entries([GOOD[row] for row in order])
    assert (report.ok, report.bad_seq) == (False, first + 1)


@pytest.mark.parametrize("row", range(8))
def test_dropping_and_inserting_are_found(row: int) -> None:
    dropped = verify_entries([*GOOD[:row], *GOOD[row + 1 :]], expected_size=8)
    assert not dropped.ok
    assert dropped.bad_seq == row + 1
    doubled = verify_entries([*GOOD[: row + 1], *GOOD[row:]])
    assert not doubled.ok
    assert doubled.bad_seq == row + 2


def test_a_tail_cut_off_is_found_by_what_was_recorded() -> None:
    assert verify_entries(GOOD[:5]).ok  # nothing in the entries alone can tell
    assert verify_entries(GOOD[:5], expected_size=8).code == "truncated"
    assert verify_entries(GOOD[:5], expected_head=REPORT.head).code == "head"
    assert verify_entries(GOOD[:5], expected_root=REPORT.root).code == "root"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("json", b"{"),
        ("json", b"\xff"),
        ("json", b'{"a":1.0}'),
        ("json", b'{"a":NaN}'),
        ("json", b"[" * 100_000),
        ("form", b"[]"),
        ("form", b"{}"),
        ("form", seal(1, "k", START, FIRST_PREV, {}).data + b" "),
        ("form", seal(1, "k", START, FIRST_PREV, {}).data.replace(b"{}", b'{},"x":1')),
        ("form", seal(1, "k", START, FIRST_PREV, {}).data.replace(b'"seq":1', b'"seq":1,"seq":1')),
        ("form", seal(1, "k", START, FIRST_PREV, {}).data.replace(b'"k"', b'"\\u006b"')),
        ("order", seal(2, "k", START, FIRST_PREV, {}).data),
        ("link", seal(1, "k", START, "1" * 64, {}).data),
        ("time", seal(1, "k", START, FIRST_PREV, {}).data.replace(b"2026", b"noon")),
    ],
)
def test_entries_that_are_none(code: str, data: bytes) -> None:
    report = verify_entries([resealed(1, data), resealed(2, seal(2, "k", START, leaf_hash(data), {}).data)])
    assert (report.bad_seq, report.code) == (1, code)


def value_of(text: bytes) -> bytes:
    """An entry whose body is ``text``, written as the encoder would: only what it holds can be wrong."""
    return b'{"at":"2026-03-15T10:00:00Z","body":' + text + b',"kind":"k","prev":"' + b"0" * 64 + b'","seq":1}'


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'{"n":9007199254740991}', b'{"n":9007199254740992}'),
        (b'{"n":-9007199254740991}', b'{"n":-9007199254740992}'),
        (b"[9007199254740991,1]", b"[1,9007199254740992]"),
        ('{"k":"é"}'.encode(), '{"é":"k"}'.encode()),
        (b"[" * 62 + b"]" * 62, b"[" * 64 + b"]" * 64),
        (b'{"a":{},"b":{}}', b'{"b":{},"a":{}}'),
        (b'{"a":1}', b'{"a":1,"a":1}'),
    ],
)
def test_the_quick_reading_refuses_what_no_entry_may_hold(good: bytes, bad: bytes) -> None:
    assert verify_entries([resealed(1, value_of(good))]).ok
    report = verify_entries([resealed(1, value_of(bad))])
    assert (report.bad_seq, report.code) == (1, "form")


@settings(max_examples=200)
@given(BODIES, st.data())
def test_the_quick_reading_accepts_exactly_canonical_entries(body: dict[str, Any], data: st.DataObject) -> None:
    """Against the slow definition, on entries with a byte or two changed: JSON, the five fields, and the same bytes."""
    entry = bytearray(seal(1, "k", START, FIRST_PREV, body).data)
    for _ in range(data.draw(st.integers(0, 2))):
        entry[data.draw(st.integers(0, len(entry) - 1))] = data.draw(st.sampled_from(b'"{}[],:0123456789.e-\\ aZ'))
    report = verify_entries([resealed(1, bytes(entry))])
    assert (report.code not in ("json", "form")) == slowly_canonical(bytes(entry))


def slowly_canonical(data: bytes) -> bool:
    try:
        value = json.loads(data)
        canonical = rfc8785.dumps(value) == data and entry_bytes(value) == data
    except (ValueError, ArtifactError, rfc8785.CanonicalizationError):
        return False
    return canonical and set(value) == {"seq", "kind", "at", "prev", "body"} and isinstance(value["at"], str)


def test_a_walk_keeps_the_roots_it_was_asked_for_and_stands_still_at_what_is_wrong() -> None:
    walk = LedgerWalk(watch=(3, 8, 99))
    for entry in GOOD[:5]:
        walk.take(*entry)
    with pytest.raises(GovernanceError) as caught:
        walk.take(*GOOD[6])
    assert (caught.value.code, walk.size, walk.head) == ("order", 5, GOOD[4][2])
    for entry in GOOD[5:]:
        walk.take(*entry)
    assert walk.roots == {size: naive_root([data for _, data, _ in GOOD[:size]]).hex() for size in (3, 8)}
    assert ended(walk, expected_size=8, expected_head=REPORT.head, expected_root=REPORT.root) == REPORT


def test_time_never_runs_backwards() -> None:
    first = seal(1, "k", START, FIRST_PREV, {})
    same = seal(2, "k", START, first.hash, {})
    back = seal(3, "k", START - timedelta(seconds=1), same.hash, {})
    report = verify_entries([(s.seq, s.data, s.hash) for s in (first, same, back)])
    assert (report.bad_seq, report.code) == (3, "time")


def test_a_sealed_entry_is_linked_by_the_leaf_hash() -> None:
    sealed = seal(1, "k", START, FIRST_PREV, {"b": 1, "a": None})
    expected = b'{"at":"2026-03-15T10:00:00Z","body":{"a":null,"b":1},"kind":"k","prev":"' + b"0" * 64 + b'","seq":1}'
    assert sealed == Sealed(1, expected, hashlib.sha256(b"\x00" + expected).hexdigest())


def test_verification_is_quick_enough_for_a_million() -> None:
    many = entries(5_000)
    begun = time.process_time()
    assert verify_entries(many).ok
    spent = time.process_time() - begun
    print(f"\n{spent / 5_000 * 1e6:.1f} µs an entry")
    assert spent / 5_000 < 60e-6  # 60 s a million; about a quarter of that on a quiet machine
