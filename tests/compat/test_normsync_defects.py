"""What normsync does wrong and this does right, each with what it was; and the oddities that stay, for they are data.

A defect is mended only where no correct program's result changes. Ids, version numbers and substring matching are in
files and in programs, so they stay (specification §1, §2, §4); their tests are here too, so that nobody mends them.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from workbench.compat.normsync import (
    AgentAction,
    NormMonitor,
    NormRevision,
    NormStore,
    NormVersionStore,
    NormViolation,
    WorldNorm,
    print_violations,
    to_markdown,
)

ATTACK = AgentAction("hero", "attack", "safe_zone", timestamp=1.0)


def safe_zone() -> WorldNorm:
    return WorldNorm("no-attack", "", "safe_zone", "attack")


# ---- mended: store-backed monitors -----------------------------------------------------------------------------------


def test_a_norm_added_to_a_stored_constitution_is_enforced() -> None:
    """Was: put on a list that no check read. Never enforced, never stored, no error."""
    store = NormStore()
    monitor = NormMonitor(store)
    monitor.add_norm(safe_zone())
    assert len(monitor.check(ATTACK)) == 1
    assert [norm.id for norm in store.get_norms()] == [safe_zone().id]
    assert len(NormMonitor(store=store).check(ATTACK)) == 1


def test_adding_what_is_in_force_changes_nothing() -> None:
    """A correct program saved the norm itself, and perhaps called ``add_norm`` besides: the order stays its own."""
    store = NormStore()
    norms = [WorldNorm(name, "", "", "attack", priority=1) for name in "abc"]
    for norm in norms:
        store.save_norm(norm)
    monitor = NormMonitor(store)
    monitor.add_norm(norms[0])
    assert [violation.norm_name for violation in monitor.check(ATTACK)] == ["a", "b", "c"]
    norms[0].priority = 2
    monitor.add_norm(norms[0])
    assert [(norm.name, norm.priority) for norm in store.get_norms()] == [("b", 1), ("c", 1), ("a", 2)]


def test_a_stored_norm_is_repealed_where_it_is_stored() -> None:
    """Was: None, and the norm stayed in force (or, of a norm "added", a success that changed nothing stored)."""
    store = NormStore()
    for norm in (safe_zone(), WorldNorm("last", "", "", "sing")):
        store.save_norm(norm)
    monitor = NormMonitor(store)
    revision = monitor.repeal_norm(safe_zone().id)
    assert isinstance(revision, NormRevision)
    assert (revision.norm_id, revision.revision_type) == (safe_zone().id, "repeal")
    assert monitor.check(ATTACK) == []
    assert [(norm.name, norm.active) for norm in store.get_norms()] == [("no-attack", False), ("last", True)]
    assert monitor.repeal_norm(safe_zone().id) is None
    assert monitor.repeal_norm("unknown") is None
    assert store.get_revisions() == [], "recording it is the caller's, as before"


def test_a_stored_norm_is_repealed_by_the_id_that_readers_see() -> None:
    """A norm changed after it was made is stored under its first id; readers compute another, and repeal by that."""
    store, norm = NormStore(), WorldNorm("n", "", "tower", "attack")
    norm.condition = "safe_zone"
    store.save_norm(norm)
    monitor = NormMonitor(store)
    assert monitor.repeal_norm(norm.id) is None
    assert monitor.repeal_norm(monitor.active_norms()[0].id) is not None
    assert monitor.check(ATTACK) == []


# ---- mended: texts ---------------------------------------------------------------------------------------------------


def _printed(*violations: NormViolation) -> str:
    console = Console(file=io.StringIO(), width=160, force_terminal=True, color_system="truecolor")
    print_violations(violations, console)
    file: Any = console.file
    return str(file.getvalue())


@pytest.mark.parametrize(
    "name",
    ["[y]", "[red]innocent[/red]", "[/]", "[link=https://example.org]x[/link]", "a\\[b]", ":smile:"],
)
def test_names_are_printed_and_not_interpreted(name: str) -> None:
    """Was: Rich markup. ``[y]`` vanished, ``[/]`` ended the program, a link or a colour was the agent's to choose."""
    told = _printed(NormViolation("n", name, "a", name, name))
    assert told.count(name) == 3
    assert "\x1b]8" not in told
    assert "\x1b[31m" not in told


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\r", "\n", "\x9b", "\u202e", "\u2066", "\u200b", "\x00", "\ud800"])
def test_nothing_that_an_agent_says_acts_on_the_terminal(sign: str) -> None:
    violation = NormViolation("n", f"a{sign}b", "a", "agent", "d")
    told = _printed(violation)
    assert f"a\\u{ord(sign):04x}b" in told
    assert sign not in told.replace("\n", "") or sign == "\x1b"
    assert f"a{sign}b" not in told


def test_a_table_of_violations_and_of_none(capsys: pytest.CaptureFixture[str]) -> None:
    violation = NormViolation("n", "no-attack", "a", "hero", "d" * 59 + "ef")
    told = _printed(violation)
    assert "Norm Violations" in told
    assert violation.id[:8] in told
    assert violation.id not in told
    assert "d" * 59 + "e" in told
    assert "ef" not in told
    assert _printed() == "\x1b[32mNo violations found.\x1b[0m\n"
    print_violations([])
    assert capsys.readouterr().out == "No violations found.\n"


def test_texts_of_conflicts_are_the_same_in_every_run() -> None:
    """Was: a set's repr, in the order of the hash seed, and an example chosen by it."""
    code = (
        "from workbench.compat.normsync import WorldNorm, detect_norm_conflicts;"
        "norms = [WorldNorm('a', '', 'x y z', 'k'), WorldNorm('b', '', 'z y x', 'x y'),"
        "WorldNorm('c', '', 'y z', 'k', 'red')];"
        "print([tuple(vars(conflict).values()) for conflict in detect_norm_conflicts(norms)])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True,
            text=True, timeout=60,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1
    text = told.pop()
    assert "conflicting token(s) {'x', 'y'}" in text
    assert "action='x' in condition='x y z'" in text
    assert "share the same priority (0) and scope ('global') with overlapping condition tokens {'x', 'y', 'z'}" in text
    assert (
        "Global norm 'a' overlaps in condition with scope-specific norm 'c' (scope='red') on token(s) {'y', 'z'}"
        in text
    )


# ---- mended where it is asked for: version numbers -------------------------------------------------------------------


def _edited(versions: NormVersionStore) -> None:
    norm = WorldNorm("rule", "", "harbor", "trade")
    versions.record_change(norm, "ada", "first")
    versions.record_change(WorldNorm("rule", "", "market", "trade"), "ada", "moved")
    versions.record_change(norm, "ada", "back")


def test_numbers_follow_the_id_as_files_have_them_and_the_name_where_asked() -> None:
    """Counted by id and listed by name, version 1 is there twice. Files hold these numbers; ``numbering`` mends."""
    by_id, by_name = NormVersionStore(NormStore()), NormVersionStore(NormStore(), numbering="name")
    _edited(by_id)
    _edited(by_name)
    told = [(v.version, v.previous_version, v.change_reason) for v in by_id.get_history("rule")]
    assert told == [(2, 1, "back"), (1, None, "first"), (1, None, "moved")]
    told = [(v.version, v.previous_version, v.change_reason) for v in by_name.get_history("rule")]
    assert told == [(3, 2, "back"), (2, 1, "moved"), (1, None, "first")]
    assert by_name.diff_versions("rule", 1, 3) == {}
    assert set(by_name.diff_versions("rule", 1, 2)) == {"id", "condition"}
    with pytest.raises(ValueError, match="`date` is no numbering"):
        NormVersionStore(NormStore(), numbering="date")  # type: ignore[arg-type]


def test_two_that_record_at_once_take_no_number_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Was: the highest number was read before the write began, so that two writers could take the same next one."""
    monkeypatch.setattr("time.time", lambda: time.sleep(0.003) or 1.0)  # asked for between the reading and the writing
    path, norm = str(tmp_path / "norms.db"), safe_zone()
    stores = [NormStore(path) for _ in range(2)]
    start = threading.Barrier(2)

    def record(store: NormStore) -> None:
        versions = NormVersionStore(store)
        start.wait(30)
        for _ in range(15):
            versions.record_change(norm, "ada", "")

    threads = [threading.Thread(target=record, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    history = NormVersionStore(stores[0]).get_history(norm.name)
    assert [version.version for version in history] == list(range(30, 0, -1))
    for store in stores:
        store.close()


@given(edits=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "y"])), max_size=8))
def test_numbering_by_name_counts_each_name_from_one(edits: list[tuple[str, str]]) -> None:
    store = NormStore()
    versions = NormVersionStore(store, numbering="name")
    for name, condition in edits:
        versions.record_change(WorldNorm(name, "", condition, "trade"), "ada", "")
    for name in "ab":
        count = sum(edited == name for edited, _ in edits)
        assert [v.version for v in versions.get_history(name)] == list(range(count, 0, -1))
    store.close()


def test_a_repeal_that_was_recorded_comes_back_as_an_inactive_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    versions, norm = NormVersionStore(NormStore()), safe_zone()
    for at, active in ((10.0, True), (20.0, False)):
        monkeypatch.setattr("time.time", lambda at=at: at)
        norm.active = active
        versions.record_change(norm, "ada", "")
    then = [versions.get_norm_at(norm.name, at) for at in (9.9, 10.0, 19.9, 20.0)]
    assert [found and found.active for found in then] == [None, True, True, False]
    assert versions.get_norm_at("unknown", 99.0) is None


# ---- kept: they are in files and programs ----------------------------------------------------------------------------


def test_ids_collide_and_follow_the_kind_of_a_number_as_they_do_in_files() -> None:
    assert WorldNorm("a|b", "", "c", "p").id == WorldNorm("a", "", "b|c", "p").id
    assert WorldNorm("n", "one", "c", "p", "red", False, 7).id == WorldNorm("n", "two", "c", "p").id
    assert AgentAction("x", "go", "here", "one", "red").id == AgentAction("x", "go", "here", "two").id
    assert AgentAction("x", "go", timestamp=5).id != AgentAction("x", "go", timestamp=5.0).id
    norm = safe_zone()
    norm.condition = "tower"
    assert norm.id == safe_zone().id


def test_a_whole_timestamp_changes_its_id_in_the_store() -> None:
    store = NormStore()
    store.save_violation(NormViolation("a", "b", "c", "d", "e", timestamp=5))
    (read,) = store.get_violations()
    assert read.timestamp == 5.0
    assert read.id != NormViolation("a", "b", "c", "d", "e", timestamp=5).id


def test_a_table_in_markdown_is_not_escaped() -> None:
    told = to_markdown([WorldNorm("a|b", "", "c", "p")])
    assert "| a|b | global | c | p | True |" in told


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    fields=st.tuples(texts, texts, texts, texts, texts, st.booleans(), st.integers(-(2**63), 2**63 - 1)),
    extra=st.dictionaries(st.sampled_from(["id", "color"]), texts),
)
def test_norms_survive_json_and_the_store(fields: Any, extra: dict[str, str]) -> None:
    norm = WorldNorm(*fields)
    assert WorldNorm.from_dict(extra | json.loads(json.dumps(norm.to_dict() | extra))) == norm
    store = NormStore()
    store.save_norm(norm)
    assert store.get_norms() == [norm]
    store.close()


@pytest.mark.parametrize("lacking", ["name", "description", "condition", "prohibited"])
def test_a_norm_without_a_needed_field_is_a_key_error(lacking: str) -> None:
    told = safe_zone().to_dict()
    del told[lacking]
    with pytest.raises(KeyError, match=lacking):
        WorldNorm.from_dict(told)


def test_a_refused_write_leaves_the_store_as_it_was_and_usable() -> None:
    store = NormStore()
    with pytest.raises(sqlite3.IntegrityError):
        store.save_norm(WorldNorm(None, "", "", ""))  # type: ignore[arg-type]
    store.save_norm(safe_zone())
    assert len(NormMonitor(store).check(ATTACK)) == 1
    store.close()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.get_norms()
