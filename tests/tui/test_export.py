"""Exporting what a screen lists: the three forms, the file that is complete or not there at all, and the window."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
from datetime import UTC, datetime
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Button, Input, Select

from tests.tui.fakes import HOSTILE, FakeWorkspace, make_app, settled
from workbench.service.errors import WorkbenchError
from workbench.service.table_files import path_of, write_pieces
from workbench.tui.screens.modals.export import ExportScreen
from workbench.tui.view.export import (
    FORMATS,
    ExportView,
    csv_line,
    file_name,
    head_pieces,
    json_line,
    markdown_line,
    rendered,
)
from workbench.tui.view.plain import visible

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(
    [
        "=1+1",
        "@x",
        "-2",
        "'quoted",
        "a|b",
        "a;=1+1",
        "x\n@SUM(1)",
        "\u00a0＝1",
        "a;'b;;'=c",
        "\r\n\n=1",
        "\x0b+1;\u3000-1",
        "`c`",
        "x\r\ny",
        "\ta",
        'say "no"',
        "\ud800",
        "<b>",
        "\\",
        HOSTILE,
        "a\U000e0041b",
        "\U0001d173",
    ]
)
CELLS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3).map(tuple), max_size=5)


def a_view(rows, columns=("one", "two", "three")) -> ExportView:
    return ExportView("live", columns, lambda: iter(rows))


# -- the forms -------------------------------------------------------------------------------------------------------


@given(ROWS)
def test_json_lines_give_every_cell_back_and_hold_nothing_a_terminal_acts_on(rows):
    made = "".join(rendered(a_view(rows), "jsonl"))
    back = [tuple(json.loads(line).values()) for line in made.split("\n")[:-1]]
    assert back == rows
    assert [list(map(type, row)) for row in back] == [list(map(type, row)) for row in rows]  # true is not 1
    assert all(visible(line) == line for line in made.split("\n"))
    made.encode()  # no lone surrogate is left


@given(ROWS)
def test_csv_gives_the_same_cells_back_and_no_cell_is_a_formula(rows):
    made = "".join(rendered(a_view(rows), "csv"))
    head, *back = list(csv.reader(io.StringIO(made, newline="")))
    assert head == ["one", "two", "three"]
    assert len(back) == len(rows)
    for row, cells in zip(rows, back, strict=True):
        for value, cell in zip(row, cells, strict=True):
            if isinstance(value, str):
                parts = re.split("([;\n])", cell)  # as a spreadsheet splits them that knows nothing of our quotes
                assert not any(part.lstrip().startswith(tuple("=+-@＝＋－＠\t\r")) for part in parts)
                shown = "\n".join(visible(line) for line in value.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
                assert "".join(part.removeprefix("'") for part in parts) == shown  # a first apostrophe is always ours
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                said = {"None": "", "True": "true", "False": "false"}
                assert cell == said.get(str(value), str(value))


def test_csv_is_rfc_4180():
    assert csv_line(("a", 'say "no"', "x,y", "two\nlines", None, 7)) == 'a,"say ""no""","x,y","two\nlines",,7\r\n'
    assert csv_line(("=cmd|'/C calc'!A0", -5, "-5")) == "'=cmd|'/C calc'!A0,-5,'-5\r\n"
    assert csv_line(("a;=1+1", "b; -2;c")) == "a;'=1+1,b;' -2;c\r\n"


@pytest.mark.parametrize("ending", FORMATS)
def test_a_megabyte_in_one_cell_is_one_piece_that_a_terminal_may_show(tmp_path, ending):
    text = "\x1b]52;c;=1+1\x07\ud800|\n" * 80_000
    pieces = list(rendered(a_view([(text, "end", None)]), ending))
    write_pieces(tmp_path / "list", pieces)
    back = (tmp_path / "list").read_bytes().decode()
    assert len(pieces) == 1 + head_pieces(ending)
    assert not set(back) & {"\x1b", "\x07", "\x9c"}
    assert "end" in back


@given(ROWS)
def test_no_text_ends_a_markdown_cell_or_becomes_markup(rows):
    lines = list(rendered(a_view(rows), "md"))
    assert lines[0] == "| one | two | three |\n"
    assert lines[1] == "| --- | --- | --- |\n"
    for line in lines[2:]:
        assert line.endswith(" |\n")
        bare = re.sub(r"\\[\\`*_{}\[\]<>|~#!&]", "", line)  # what is escaped is taken away
        assert bare.count("|") == 4
        assert not set(bare) & set("\\`*_{}[]<>~#!&")
        assert visible(line[:-1]) == line[:-1]


def test_times_are_utc_in_every_form():
    moment = datetime.fromisoformat("2026-03-02T10:30:00+01:00")
    assert json.loads(json_line(("at",), (moment,))) == {"at": "2026-03-02T09:30:00Z"}
    assert csv_line((moment,)) == "2026-03-02T09:30:00Z\r\n"
    assert markdown_line((moment,)) == "| 2026-03-02T09:30:00Z |\n"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells under 3 columns"):
        list(rendered(a_view([(1, 2)]), "csv"))


@given(st.text(max_size=80), st.sampled_from(list(FORMATS)))
def test_the_name_offered_is_one_plain_file_name(name, ending):
    made = file_name(ExportView(name, (), tuple), ending, NOW)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", made)
    assert not made.startswith((".", "-"))
    assert made.endswith(f"-20260302T093000Z.{ending}")


# -- the file --------------------------------------------------------------------------------------------------------


def test_a_file_is_private_and_holds_exactly_the_pieces(tmp_path):
    path = tmp_path / "list.csv"
    assert write_pieces(path, ["a\r\n", "ä\r\n"]) == 2
    assert path.read_bytes() == "a\r\nä\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["list.csv"]


def test_what_is_there_is_replaced_only_on_request(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("old")
    with pytest.raises(WorkbenchError) as refused:
        write_pieces(path, ["new"])
    assert (refused.value.code, path.read_text()) == ("file_exists", "old")
    assert str(path) in refused.value.detail
    write_pieces(path, ["new"], replace=True)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["list.csv"]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "list.csv"

    def pieces():
        yield "a"
        path.write_text("another's")

    with pytest.raises(WorkbenchError) as refused:
        write_pieces(path, pieces())
    assert (refused.value.code, path.read_text(), os.listdir(tmp_path)) == ("file_exists", "another's", ["list.csv"])


@pytest.mark.parametrize("replace", [False, True])
def test_a_failure_or_a_stop_leaves_nothing_and_the_old_file_as_it_was(tmp_path, replace):
    path = tmp_path / "list.csv"
    if replace:
        path.write_text("old")
    before = os.listdir(tmp_path)

    def breaks():
        yield "a"
        raise OSError(28, "No space left on device")

    with pytest.raises(WorkbenchError) as full:
        write_pieces(path, breaks(), replace=replace)
    assert full.value.code == "store_full"
    stop = Event()
    told = []

    def progress(count):
        told.append(count)
        stop.set()

    endless = iter(lambda: "row\n", "")
    with pytest.raises(WorkbenchError) as stopped:
        write_pieces(path, endless, replace=replace, progress=progress, cancelled=stop.is_set)
    assert stopped.value.code == "cancelled"
    assert told
    assert os.listdir(tmp_path) == before
    assert not replace or path.read_text() == "old"


def test_places_that_cannot_be_written_say_why(tmp_path):
    for path, code in ((tmp_path, "not_a_file"), (tmp_path / "no" / "x.csv", "not_found")):
        with pytest.raises(WorkbenchError) as refused:
            write_pieces(path, ["a"])
        assert refused.value.code == code
    for name in ("", "  ", "~nobody-of-that-name/x.csv", "a\0b"):
        with pytest.raises(WorkbenchError) as refused:
            path_of(name)
        assert refused.value.code == "not_a_file"


# -- the window ------------------------------------------------------------------------------------------------------


async def opened(pilot, view):
    """The window over a screen that lists ``view``."""
    await settled(pilot)
    pilot.app.front.export_view = lambda: view
    await pilot.press("e")
    await pilot.pause()
    assert isinstance(pilot.app.screen, ExportScreen)
    return pilot.app.screen


def toasts(app) -> list[str]:
    return [f"{note.title}|{note.message}" for note in app._notifications]


async def test_the_window_writes_the_list_and_says_how_much_went_where(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        window = await opened(pilot, a_view([(1, "=x", None), (2, HOSTILE, True)]))
        window.query_one("#form", Select).value = "csv"
        await pilot.pause()
        assert window.query_one("#file", Input).value == "live-20260302T093000Z.csv"
        await pilot.press("enter")
        await settled(pilot)
        written = tmp_path / "live-20260302T093000Z.csv"
        assert app.screen is app.front
        assert f"Exported|2 rows in {written}" in toasts(app)
        assert written.read_text().splitlines()[:2] == ["one,two,three", "1,'=x,"]


async def test_a_typed_name_stays_and_a_file_there_is_replaced_by_a_second_yes_only(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("old")
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        window = await opened(pilot, a_view([(1, 2, 3)]))
        window.query_one("#file", Input).value = str(path)
        await pilot.pause()
        window.query_one("#form", Select).value = "md"
        await pilot.pause()
        assert window.query_one("#file", Input).value == str(path)
        await pilot.press("enter")
        await settled(pilot)
        assert path.read_text() == "old"
        assert window.focused.id == "cancel"  # enter alone never replaces
        assert str(window.query_one("#write", Button).label) == "Replace it"
        window.query_one("#file", Input).value = str(tmp_path / "other.txt")  # another name: asked anew
        await pilot.pause()
        assert str(window.query_one("#write", Button).label) == "Write"
        window.query_one("#file", Input).value = str(path)
        await pilot.pause()
        window.query_one("#file", Input).focus()
        await pilot.press("enter")
        await settled(pilot)
        assert path.read_text() == "old"
        window.query_one("#write", Button).press()
        await settled(pilot)
        assert path.read_text() == "| one | two | three |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n"


async def test_a_failure_is_said_in_the_window_and_another_name_helps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        window = await opened(pilot, a_view([(1, 2, 3)]))
        window.query_one("#file", Input).value = "no/such/folder.csv"
        await pilot.press("enter")
        await settled(pilot)
        assert "no such folder" in "\n".join(strip.text for strip in window._compositor.render_strips())
        window.query_one("#file", Input).value = "good.jsonl"
        await pilot.press("enter")
        await settled(pilot)
        assert json.loads((tmp_path / "good.jsonl").read_text()) == {"one": 1, "two": 2, "three": 3}


async def test_esc_stops_a_long_export_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    begun = Event()

    def endless():
        while True:
            begun.set()
            yield (1, 2, 3)

    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        window = await opened(pilot, ExportView("live", ("one", "two", "three"), endless))
        await pilot.press("enter")
        for _ in range(200):
            await pilot.pause(0.02)
            if begun.is_set() and "esc stops" in "\n".join(s.text for s in window._compositor.render_strips()):
                break
        else:
            pytest.fail("no progress was shown")
        await pilot.press("escape")
        await settled(pilot)
        assert os.listdir(tmp_path) == []
        assert app.screen is window  # another form or name can be tried
        assert not window.query_one("#write", Button).disabled
        await pilot.press("escape")
        assert app.screen is app.front


async def test_a_short_list_is_copied_and_a_long_one_is_not(monkeypatch):
    copied = []
    monkeypatch.setattr("workbench.tui.clipboard.copy", lambda app, text: copied.append(text) or "Copied it")
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        window = await opened(pilot, a_view([("x" * 100, 0, 0)] * 1000))
        await pilot.click("#copy")
        await settled(pilot)
        assert app.screen is window
        assert copied == []
        assert "too long" in "\n".join(strip.text for strip in window._compositor.render_strips())
        await pilot.press("escape")
        window = await opened(pilot, a_view([(1, 2, 3)]))
        await pilot.click("#copy")
        await settled(pilot)
        assert [json.loads(text) for text in copied] == [{"one": 1, "two": 2, "three": 3}]
        assert "Exported|1 row. Copied it" in toasts(app)


async def test_where_nothing_is_listed_the_key_says_so():
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.front.export_view = lambda: None
        await pilot.press("e")
        await pilot.pause()
        assert app.screen is app.front
        assert any("no list here" in toast for toast in toasts(app))


def test_heads_are_not_counted_as_rows():
    for ending in FORMATS:
        assert len(list(rendered(a_view([(1, 2, 3)] * 4), ending))) - head_pieces(ending) == 4
