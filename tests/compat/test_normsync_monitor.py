"""The monitor against a loop over its norms, however norms change: in place, in the list, in the store, in its file."""

from __future__ import annotations

import copy
import pickle
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.compat.normsync import (
    AgentAction,
    NormMonitor,
    NormStore,
    NormViolation,
    WorldNorm,
    detect_norm_conflicts,
    index,
)

ODD = ["İ", "i̇", "ı", "I", "ß", "SS", "Σ", "ΑΣ", "ας", "é", "é", "ﬁ", "==", "=", "a==b", "|", "\x1f", "\xa0"]
WORDS = ["attack", "at", "tack", "counterattack", "t", "a", "zone", "safe_zone", "party", "art", *ODD]
texts = st.lists(st.sampled_from(WORDS), max_size=3).flatmap(
    lambda words: st.sampled_from([" ", "", "\t", "  ", " "]).map(lambda between: between.join(words))
)
norms = st.builds(
    WorldNorm,
    name=st.sampled_from("abc"),
    description=st.just(""),
    condition=texts,
    prohibited=texts,
    active=st.sampled_from([True, True, True, False, 0, 2]),
)
acts = st.builds(
    AgentAction, st.just("x"), texts, texts, texts, st.sampled_from(["", "red", "İ"]), timestamp=st.just(1.0)
)


def loop(norms: list[Any], action: AgentAction) -> list[str]:
    """Section 2 of the specification, word for word; the ids of the norms that fire."""
    hay = (action.action + " " + action.location + " " + action.target + " " + action.faction).lower()
    verb = action.action.lower().strip()
    fired = []
    for norm in norms:
        required = norm.condition.lower().replace("==", "").split()
        forbidden = norm.prohibited.lower().replace("==", "").split()
        if norm.active and all(t in hay for t in required) and any(t in verb for t in forbidden):
            fired.append(norm.id)
    return fired


def fired(monitor: NormMonitor, action: AgentAction) -> list[str]:
    return [violation.norm_id for violation in monitor.check(action)]


change = st.one_of(
    st.tuples(st.just("add"), norms),
    st.tuples(st.just("again"), st.integers(0, 99)),
    st.tuples(st.just("repeal"), st.integers(0, 99)),
    st.tuples(st.just("active"), st.integers(0, 99)),
    st.tuples(st.just("condition"), st.integers(0, 99), texts),
    st.tuples(st.just("prohibited"), st.integers(0, 99), texts),
    st.tuples(st.just("none"), st.just(0)),
)


@pytest.mark.parametrize(
    "limits", [{}, {"FEW_TOKENS": 0, "REMEMBERED": 2, "SLACK": 0}, {"LONGEST_WORD": 3, "LONGEST_HAY": 9}]
)
@settings(max_examples=60, deadline=None)
@given(first=st.lists(norms, max_size=6), steps=st.lists(st.tuples(change, acts), min_size=1, max_size=8))
def test_the_index_is_the_loop(limits: dict[str, int], first: list[WorldNorm], steps: list[Any]) -> None:
    """Through any changes, with the index's limits as they are and so small that every branch is taken."""
    with mock.patch.multiple(index, **limits) if limits else mock.MagicMock():
        listed, monitor = list(first), NormMonitor(first)
        for (what, *told), action in steps:
            at = told[0] % len(listed) if listed and isinstance(told[0], int) else None
            if what == "add":
                listed.append(told[0])
                monitor.add_norm(told[0])
            elif at is None:
                pass
            elif what == "again":
                listed.append(listed[at])
                monitor.add_norm(listed[at])
            elif what == "repeal":
                monitor.repeal_norm(listed[at].id)
            elif what == "active":
                listed[at].active = not listed[at].active
            elif what in ("condition", "prohibited"):
                setattr(listed[at], what, told[1])
            for _ in range(2):
                assert fired(monitor, action) == loop(listed, action)


@settings(max_examples=40, deadline=None)
@given(listed=st.lists(norms, min_size=30, max_size=60), done=st.lists(acts, min_size=3, max_size=6))
def test_many_norms_are_the_loop(listed: list[WorldNorm], done: list[AgentAction]) -> None:
    monitor = NormMonitor(listed)
    for action in done:
        assert fired(monitor, action) == loop(listed, action)


def test_parts_of_words_match_both_ways() -> None:
    """Compatible, and why the workbench's own norms are strict: "art" is met by a party, "at" prohibits an attack."""
    norm = WorldNorm("n", "", "art", "at")
    assert fired(NormMonitor([norm]), AgentAction("x", "counterattack", "party")) == [norm.id]


def test_long_words_and_long_accounts() -> None:
    long = "a" * 5_000
    monitor = NormMonitor(
        [WorldNorm("n", "", f"{long} b", long), *[WorldNorm(str(n), "", f"q{n}", "q") for n in range(99)]]
    )
    assert len(monitor.check(AgentAction("x", f"{long}a", "b"))) == 1
    assert monitor.check(AgentAction("x", long[1:], "b")) == []


ATTACK = AgentAction("hero", "attack", "safe_zone", timestamp=1.0)


def safe_zone() -> WorldNorm:
    return WorldNorm("no-attack", "", "safe_zone", "attack")


@pytest.mark.parametrize(
    ("field", "off", "on"),
    [("active", False, True), ("condition", "tower", "safe_zone"), ("prohibited", "sing", "attack")],
)
def test_a_change_of_a_shared_norm_counts_at_the_next_check(field: str, off: Any, on: Any) -> None:
    norm = safe_zone()
    one, two = NormMonitor([norm]), NormMonitor([norm])
    for value, found in ((on, 1), (off, 0), (on, 1), (off, 0)):
        setattr(norm, field, value)
        assert len(one.check(ATTACK)) == len(two.check(ATTACK)) == found


def test_a_deleted_field_falls_back_and_a_new_one_counts() -> None:
    norm = safe_zone()
    norm.active = False
    monitor = NormMonitor([norm])
    assert not monitor.check(ATTACK)
    del norm.active
    assert monitor.check(ATTACK)
    norm.active = False
    assert not monitor.check(ATTACK)


def test_copies_tell_of_their_own_changes() -> None:
    for made in (copy.copy(safe_zone()), copy.deepcopy(safe_zone()), pickle.loads(pickle.dumps(safe_zone()))):
        assert made == safe_zone()
        monitor = NormMonitor([made])
        assert monitor.check(ATTACK)
        made.active = False
        assert not monitor.check(ATTACK)


def test_a_new_name_is_told_by_the_next_violation() -> None:
    norm = safe_zone()
    monitor = NormMonitor([norm])
    monitor.check(ATTACK)
    norm.name = "renamed"
    (violation,) = monitor.check(ATTACK)
    assert violation.norm_name == "renamed"
    assert violation.description == "Agent 'hero' performed 'attack' in 'safe_zone', violating norm 'renamed'"
    assert violation.norm_id == safe_zone().id, "an id does not follow its fields"


def test_norms_that_cannot_be_watched_are_looked_at_anew() -> None:
    @dataclass
    class Timed(WorldNorm):
        @property
        def active(self) -> bool:  # type: ignore[override]
            return not nights[0]

        @active.setter
        def active(self, value: bool) -> None:
            pass

    nights = [False]
    timed = NormMonitor([Timed("n", "", "safe_zone", "attack")])
    duck = SimpleNamespace(id="d", name="d", condition="safe_zone", prohibited="attack", active=True)
    ducks = NormMonitor([safe_zone(), duck])  # type: ignore[list-item]
    assert (len(timed.check(ATTACK)), len(ducks.check(ATTACK))) == (1, 2)
    nights[0] = True
    duck.prohibited = "sing"
    assert (timed.check(ATTACK), fired(ducks, ATTACK)) == ([], [safe_zone().id])


def test_words_are_known_again_after_others_drove_them_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "REMEMBERED", 3)
    monitor = NormMonitor([safe_zone()])
    for number in range(20):
        assert len(monitor.check(AgentAction("x", "attack", "safe_zone", f"new{number}"))) == 1
        assert monitor.check(AgentAction("x", "attack", f"new{number}")) == []


def test_a_norm_that_changes_is_in_force_at_every_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its old form leaves the index only when its new form is in: asked in between, by another thread, it fires."""
    norm = safe_zone()
    monitor = NormMonitor([norm, *[WorldNorm(f"n{number}", "", "x", "y") for number in range(9)]])
    monitor.check(ATTACK)
    drop, between = index._Tables.drop, []

    def watched(tables: Any, entry: Any) -> None:
        drop(tables, entry)
        between.append([found.id for found in tables.fired("attack safe_zone", "attack")])

    monkeypatch.setattr(index._Tables, "drop", watched)
    norm.condition = "safe"
    assert fired(monitor, ATTACK) == [norm.id]
    assert between == [[norm.id]]


@pytest.mark.parametrize("slack", [-99, 99], ids=["built anew", "grown"])
def test_a_check_amid_a_change_finds_what_lasts_and_hides_nothing_after(
    slack: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked at every token that the index learns, as another thread might. What such a check learned about words must
    not outlive the change: the new norm's tokens lie inside words that were asked for in between."""
    monkeypatch.setattr(index, "SLACK", slack)
    lasting, passing = safe_zone(), WorldNorm("passing", "", "", "sing")
    monitor = NormMonitor([lasting, passing])
    monitor.check(ATTACK)
    add, between = index._Vocabulary.add, []

    def watched(vocabulary: Any, token: str) -> None:
        between.append([found.name for found in monitor._index.fired("attack safe_zone", "attack")])
        add(vocabulary, token)

    monkeypatch.setattr(index._Vocabulary, "add", watched)
    for number in range(4):
        passing.condition = f"c{number}"
        monitor.add_norm(WorldNorm(f"new{number}", "", "safe_zone"[number:], "attack"[number:]))
        expected = ["no-attack", *[f"new{before}" for before in range(number + 1)]]
        assert [violation.norm_name for violation in monitor.check(ATTACK)] == expected
    assert len(between) > 4
    assert all("no-attack" in found for found in between)


def test_a_list_is_copied_and_its_norms_are_shared() -> None:
    given = [safe_zone()]
    monitor = NormMonitor(given)
    given.append(WorldNorm("all", "", "", "attack"))
    assert len(monitor.check(ATTACK)) == 1
    monitor.active_norms().clear()
    assert len(monitor.check(ATTACK)) == 1
    revision = monitor.repeal_norm(given[0].id)
    assert revision is not None
    assert (revision.revision_type, revision.reason) == ("repeal", "")
    assert given[0].active is False
    assert monitor.repeal_norm(given[0].id) is None
    assert monitor.repeal_norm("unknown") is None


def test_a_norm_that_is_there_twice_fires_twice_under_one_id() -> None:
    norm = safe_zone()
    found = NormMonitor([norm, norm]).check(ATTACK)
    assert len(found) == 2
    assert found[0].id == found[1].id


@pytest.mark.parametrize("field", ["action", "location", "target", "faction"])
@pytest.mark.parametrize("value", [None, 5, b"attack"])
def test_fields_that_are_no_text_are_a_type_error(field: str, value: Any) -> None:
    action = AgentAction(**{"agent_id": "x", "action": "attack", field: value})
    for listed in ([], [safe_zone()]):
        with pytest.raises(TypeError, match="expected str instance"):
            NormMonitor(listed).check(action)


@pytest.mark.parametrize("field", ["condition", "prohibited"])
def test_an_active_norm_without_text_is_an_error_and_an_inactive_one_is_not(field: str) -> None:
    norm = safe_zone()
    monitor = NormMonitor([norm])
    setattr(norm, field, None)
    with pytest.raises(AttributeError, match="lower"):
        monitor.check(ATTACK)
    norm.active = False
    assert monitor.check(ATTACK) == []


# ---- stores ----------------------------------------------------------------------------------------------------------


def test_what_other_connections_and_processes_write_counts_at_the_next_check(tmp_path: Path) -> None:
    path = str(tmp_path / "norms.db")
    store, other = NormStore(path), NormStore(path)
    monitor = NormMonitor(store)
    assert monitor.check(ATTACK) == []
    other.save_norm(safe_zone())
    assert fired(monitor, ATTACK) == [safe_zone().id]
    repealed = safe_zone()
    repealed.active = False
    other.save_norm(repealed)
    assert monitor.check(ATTACK) == []
    code = (
        "import sys; from workbench.compat.normsync import NormStore, WorldNorm;"
        "NormStore(sys.argv[1]).save_norm(WorldNorm('all', '', '', 'attack'))"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True, timeout=60)
    assert [violation.norm_name for violation in monitor.check(ATTACK)] == ["all"]
    raw = sqlite3.connect(path)
    raw.execute("DELETE FROM norms")
    raw.commit()
    assert monitor.check(ATTACK) == []
    for closing in (raw, store, other):
        closing.close()


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(norms, st.booleans(), acts), min_size=1, max_size=8))
def test_a_stored_constitution_is_the_loop_over_what_is_read(steps: list[tuple[WorldNorm, bool, AgentAction]]) -> None:
    store = NormStore()
    monitor = NormMonitor(store=store)
    for norm, repeal, action in steps:
        store.save_norm(norm)
        if repeal:
            monitor.repeal_norm(norm.id)
        for _ in range(2):
            assert fired(monitor, action) == loop(store.get_norms(active_only=True), action)
    store.close()


def test_a_stored_norm_is_in_force_while_active_is_1() -> None:
    """Listed, but not in force: what a hand wrote as active 2. Rows of `True` are 1."""
    store, norm = NormStore(), safe_zone()
    norm.active = 2  # type: ignore[assignment]
    store.save_norm(norm)
    assert [listed.active for listed in store.get_norms()] == [True]
    assert store.get_norms(active_only=True) == []
    assert NormMonitor(store).check(ATTACK) == []


def test_rows_with_equal_fields_fire_each() -> None:
    """A norm saved under an older id stands beside its twin: both are read, under one computed id."""
    store, norm = NormStore(), WorldNorm("n", "", "tower", "attack")
    norm.condition = "safe_zone"  # keeps the id of the tower
    for saved in (norm, WorldNorm("n", "", "safe_zone", "attack")):
        store.save_norm(saved)
    assert len(NormMonitor(store).check(ATTACK)) == 2


def test_norms_are_read_again_only_when_they_may_have_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = str(tmp_path / "norms.db")
    store = NormStore(path)
    store.save_norm(safe_zone())
    monitor = NormMonitor(store)
    readings: list[bool] = []
    rows = store._norm_rows
    monkeypatch.setattr(store, "_norm_rows", lambda **given: readings.append(True) or rows(**given))
    for _ in range(3):
        for violation in monitor.check(ATTACK):
            store.save_violation(violation)
    assert len(readings) == 1
    NormStore(path).save_violation(NormViolation("a", "b", "c", "d", "e"))  # not a norm, but who could know
    monitor.check(ATTACK)
    assert len(readings) == 2


def test_a_transaction_that_is_taken_back_leaves_nothing_behind() -> None:
    store = NormStore()
    monitor = NormMonitor(store)
    assert monitor.check(ATTACK) == []
    store._conn.execute("INSERT INTO norms (id, name, condition, prohibited) VALUES ('i', 'n', '', 'attack')")
    assert store._conn.in_transaction
    assert len(monitor.check(ATTACK)) == 1, "the connection sees its own rows"
    store._conn.rollback()
    assert monitor.check(ATTACK) == []


def test_a_store_in_first_place_wins_and_a_list_beside_one_is_ignored() -> None:
    first, second = NormStore(), NormStore()
    first.save_norm(safe_zone())
    assert len(NormMonitor(first, store=second).active_norms()) == 1
    assert NormMonitor([safe_zone()], store=second).active_norms() == []
    assert NormMonitor([safe_zone()], store=second).check(ATTACK) == []


def test_checks_never_miss_a_lasting_norm_while_others_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads: one adds, changes and repeals (so that the index is built anew many times), others check."""
    monkeypatch.setattr(index, "SLACK", 2)
    lasting = safe_zone()
    monitor = NormMonitor([lasting, *[WorldNorm(f"n{n}", "", f"zone{n}", "trade") for n in range(30)]])
    stop, checks, missed = threading.Event(), count(), list[str]()
    checked = [0]

    def check(thread: int) -> None:
        while not stop.is_set():
            action = AgentAction("x", "attack", "safe_zone", f"t{thread}_{checked[0]}")
            if fired(monitor, action) != [lasting.id]:
                missed.append(action.target)
            checked[0] = next(checks)

    threads = [threading.Thread(target=check, args=(thread,)) for thread in (0, 1)]
    patience = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for number in range(100):
            seen = checked[0]
            norm = WorldNorm(f"new{number}", "", f"t0_{seen}", "trade")
            monitor.add_norm(norm)
            norm.condition = f"t1_{seen}"
            monitor.repeal_norm(norm.id)
            while checked[0] == seen and all(thread.is_alive() for thread in threads):
                time.sleep(0)  # a change only counts once somebody has checked beside it
    finally:
        stop.set()
        sys.setswitchinterval(patience)
        for thread in threads:
            thread.join(30)
    assert missed == []
    assert next(checks) >= 99


def test_a_norm_that_meets_no_other_is_not_read_for_conflicts() -> None:
    """A norms.db may hold NULL, and so may a list; what fails with two of them is the pair, as in the original."""
    odd = WorldNorm("odd", "", None, "attack")  # type: ignore[arg-type]
    assert detect_norm_conflicts([odd]) == []
    with pytest.raises(AttributeError, match="NoneType"):
        detect_norm_conflicts([WorldNorm("a", "", "zone", "attack"), odd])
    with pytest.raises(AttributeError, match="bool"):  # what is prohibited is read first
        detect_norm_conflicts([odd, WorldNorm("b", "", "zone", True)][::-1])  # type: ignore[arg-type]
