"""What is remembered between starts: values by screen and workspace; two programs at once; damage; a read-only home."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.fakes import make_app, settled
from tests.tui.test_shell import toasts
from workbench.service.remembering import (
    FILE_NAME,
    PLACES_LIMIT,
    SIZE_LIMIT,
    read_remembered,
    remembered_path,
    write_remembered,
)
from workbench.tui.remembered import Remembered

ROOT = Path(__file__).parents[2]

JSON_VALUES = st.recursive(
    st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["filter", "view", "split", "sort"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / FILE_NAME


def test_what_is_put_is_there_at_the_next_start(file):
    first = Remembered(file, "/w/one")
    first.put("live", "filter", "agent:a3 outcome:deny")
    first.put("review", "split", 42)
    first.flush()
    again = Remembered(file, "/w/one")
    assert again.get("live", "filter", "") == "agent:a3 outcome:deny"
    assert again.get("review", "split", 50) == 42
    assert again.get("review", "unknown", 7) == 7


def test_workspaces_keep_their_own_and_share_what_is_put_everywhere(file):
    one = Remembered(file, "/w/one")
    one.put("live", "filter", "one")
    one.put("ui", "theme", "dusk", everywhere=True)
    one.flush()
    two = Remembered(file, "/w/two")
    assert two.get("live", "filter", "") == ""
    assert two.get("ui", "theme", "") == "dusk"
    two.put("live", "filter", "two")
    two.flush()
    assert Remembered(file, "/w/one").get("live", "filter", "") == "one"


def test_a_fresh_start_forgets_its_own_workspace_only(file):
    for place in ("/w/one", "/w/demo"):
        memory = Remembered(file, place)
        memory.put("live", "filter", place)
        memory.flush()
    fresh = Remembered(file, "/w/demo", fresh=True)
    assert fresh.get("live", "filter", "") == ""
    fresh.put("ui", "screen", "live")
    fresh.flush()
    assert Remembered(file, "/w/demo").get("live", "filter", "") == ""
    assert Remembered(file, "/w/one").get("live", "filter", "") == "/w/one"


@pytest.mark.parametrize(
    ("stored", "default"),
    [("12", 0), (1, True), (True, 1), (3, ""), ([1], {}), ({"a": 1}, []), (1.5, 1), ("x", 0.5), (True, 0.5)],
)
def test_a_value_of_another_type_counts_as_none(file, stored, default):
    memory = Remembered(file, "/w")
    memory.put("live", "x", stored)
    memory.flush()
    again = Remembered(file, "/w")
    assert again.get("live", "x", default) is default
    assert again.get("live", "x", stored) == stored
    assert again.get("live", "x", None) == stored


@settings(max_examples=30, deadline=None)
@given(puts=st.lists(st.tuples(st.sampled_from(["/a", "/b", ""]), NAMES, JSON_VALUES | st.none()), max_size=12))
def test_the_last_put_wins_whatever_was_put(tmp_path_factory, puts):
    path = tmp_path_factory.mktemp("memory") / FILE_NAME
    model: dict[tuple[str, str], object] = {}
    for place, name, value in puts:
        memory = Remembered(path, place)
        memory.put("live", name, value)
        memory.flush()
        model[place, name] = value
    stored = read_remembered(path).values
    assert stored == {(place, "live", name): value for (place, name), value in model.items() if value is not None}


def test_what_is_not_json_is_refused_and_what_is_huge_is_not_kept(file):
    memory = Remembered(file, "/w")
    with pytest.raises(TypeError):
        memory.put("live", "filter", object())
    memory.put("live", "filter", "x" * 20_000)
    memory.flush()
    assert not file.exists()


def test_a_list_changed_afterwards_does_not_change_the_memory(file):
    memory = Remembered(file, "/w")
    columns = ["rule"]
    memory.put("live", "columns", columns)
    columns.append("agent")
    assert memory.get("live", "columns", []) == ["rule"]
    memory.put("live", "columns", columns)
    memory.flush()
    assert Remembered(file, "/w").get("live", "columns", []) == ["rule", "agent"]


def test_it_is_written_a_moment_after_the_last_change_by_itself(file):
    memory = Remembered(file, "/w")
    memory.put("live", "filter", "soon")
    until = time.monotonic() + 20
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert Remembered(file, "/w").get("live", "filter", "") == "soon"


def test_two_programs_put_their_own_onto_what_the_other_wrote(file):
    one, two = Remembered(file, "/w"), Remembered(file, "/w")
    one.put("live", "filter", "from one")
    two.put("review", "split", 33)
    two.flush()
    one.flush()
    again = Remembered(file, "/w")
    assert (again.get("live", "filter", ""), again.get("review", "split", 0)) == ("from one", 33)


def test_many_writers_at_once_lose_nothing(file):
    def write(number: int) -> None:
        for step in range(6):
            write_remembered(file, {("/w", "live", f"{number}-{step}"): step})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_remembered(file).values) == 24
    assert [
        path.name for path in file.parent.iterdir() if ".tmp" in path.name or path.name.startswith(f".{FILE_NAME}.")
    ] == [f".{FILE_NAME}.lock"]


KILLED = """
import sys
from pathlib import Path
from workbench.service.remembering import write_remembered
print("ready", flush=True)
number = 0
while True:
    number += 1
    write_remembered(Path(sys.argv[1]), {("/w", "live", "n"): number, ("/w", "live", "long"): "x" * 9000})
"""


def test_a_kill_in_the_middle_of_writing_leaves_a_whole_file_and_no_lock(file):
    file.parent.mkdir(parents=True)
    write_remembered(file, {("/w", "review", "split"): 33})
    for pause in (0.05, 0.11, 0.17):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(pause)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        found = read_remembered(file)
        assert found.damaged == ""
        assert found.values["/w", "review", "split"] == 33
    assert write_remembered(file, {("/w", "live", "n"): -1})
    assert read_remembered(file).values["/w", "live", "n"] == -1


DAMAGED = {
    "half": b'{"format": 1, "everywhere": {"ui": ',
    "bytes": b"\xff\xfe\x00",
    "empty": b"",
    "list": b"[1, 2]",
    "later": b'{"format": 99}',
    "deep": b"[" * 100_000,
    "huge": b'{"format": 1, "x": "' + b"x" * SIZE_LIMIT + b'"}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_set_aside_whole_and_a_new_one_begun(file, name):
    file.parent.mkdir(parents=True)
    file.write_bytes(DAMAGED[name])
    memory = Remembered(file, "/w")
    assert "remembered.json is " in memory.trouble
    assert file.with_name(f"{FILE_NAME}.damaged").read_bytes() == DAMAGED[name]
    memory.put("live", "filter", "anew")
    memory.flush()
    again = Remembered(file, "/w")
    assert (again.trouble, again.get("live", "filter", "")) == ("", "anew")


@pytest.mark.parametrize(
    "document",
    [
        {"everywhere": 3, "workspaces": []},
        {"everywhere": {"ui": "x"}, "workspaces": {"/w": None}},
        {"everywhere": {"ui": {"theme": {"a": 1}}}, "workspaces": {"/w": {"live": [1]}}},
        {},
    ],
)
def test_parts_of_the_wrong_shape_are_passed_over(file, document):
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"format": 1, **document}), encoding="utf-8")
    memory = Remembered(file, "/w")
    assert memory.trouble == ""
    assert memory.get("ui", "theme", "dusk") == "dusk"
    memory.put("live", "filter", "x")
    memory.flush()
    assert Remembered(file, "/w").get("live", "filter", "") == "x"


def test_only_the_workspaces_opened_last_are_remembered(file):
    for number in range(PLACES_LIMIT + 3):
        write_remembered(file, {(f"/w/{number}", "ui", "screen"): "live"})
        write_remembered(file, {("/w/0", "ui", "screen"): f"n{number}"})  # used again and again: it stays
    places = {key[0] for key in read_remembered(file).values}
    assert len(places) == PLACES_LIMIT
    assert "/w/0" in places
    assert "/w/1" not in places


def test_a_place_that_cannot_be_written_is_no_trouble(tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("", encoding="utf-8")
    memory = Remembered(blocked / "config" / FILE_NAME, "/w")  # a folder cannot be made there, even by root
    memory.put("live", "filter", "x")
    memory.flush()
    assert not memory.writable
    assert memory.trouble == ""
    assert memory.get("live", "filter", "") == "x"


def test_the_file_is_the_users_alone(file):
    memory = Remembered(file, "/w")
    memory.put("live", "filter", "customer:secret-name")
    memory.flush()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# -- in the app ------------------------------------------------------------------------------------------------------


async def test_theme_and_last_screen_come_back(file):
    app = make_app(remembered=Remembered(file, "/w"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.current_mode == "overview"
        await pilot.press("6", "ctrl+t", "down", "enter")
        await settled(pilot)
        kept = app.theme
    again = make_app(remembered=Remembered(file, "/w"))
    async with again.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert (again.current_mode, again.theme) == ("live", kept)
        assert kept != make_app().theme
    asked = make_app(remembered=Remembered(file, "/w"), screen="sign", theme="paper")
    async with asked.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert (asked.current_mode, asked.theme) == ("sign", "paper")
    after = Remembered(file, "/w")
    assert after.get("ui", "theme", "") == kept  # what was asked for once is not kept


async def test_a_theme_that_was_only_looked_at_is_not_kept(file):
    app = make_app(remembered=Remembered(file, "/w"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+t", "down", "down", "escape")
        await settled(pilot)
    assert Remembered(file, "/w").get("ui", "theme", "none") == "none"


@pytest.mark.parametrize(
    ("name", "value"), [("screen", "no-such-screen"), ("screen", 7), ("theme", "gone"), ("theme", [])]
)
async def test_what_no_longer_exists_is_passed_over(file, name, value):
    memory = Remembered(file, "/w")
    memory.put("ui", name, value)
    app = make_app(remembered=memory)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert (app.current_mode, app.theme) == ("overview", make_app().theme)


async def test_a_damaged_memory_is_one_toast(file):
    file.parent.mkdir(parents=True)
    file.write_bytes(b"{")
    app = make_app(remembered=Remembered(file, "/w"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert len([toast for toast in toasts(app) if "remembered" in toast]) == 1


def test_the_file_lies_in_the_configuration(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path))
    assert remembered_path() == tmp_path / FILE_NAME
    memory = Remembered.of(tmp_path / "demo", demo=True)
    memory.put("ui", "screen", "live")
    memory.flush()
    assert read_remembered(tmp_path / FILE_NAME).values == {(str(tmp_path / "demo"), "ui", "screen"): "live"}
