"""What is printed is shown, never obeyed; JSON survives; tables line up; markdown stays text."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli.diagnostics import print_diagnostics, summary
from workbench.cli.output import Printer, fitted, json_text, markdown_cell, one_line, plain, visible, width
from workbench.language.diagnostics import Diagnostic, LineMap, Span

anything = st.text(max_size=60)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("hidden", ["\xad", "\u2062", "\u206a", "\U000e0041", "\U0001d173"])
def test_what_cannot_be_seen_is_spelled_out_and_json_still_has_it(hidden: str) -> None:
    """Tag characters can carry a whole text that nobody sees; beyond U+FFFF an escape is a pair, as JSON has it."""
    text = f"a{hidden}b"
    assert hidden not in one_line(text)
    assert visible(text) != visible("ab")
    assert hidden not in json_text({"a": text})
    assert json.loads(json_text({"a": text})) == {"a": text}


@given(anything)
def test_nothing_that_acts_on_a_terminal_gets_through(text: str) -> None:
    shown = visible(text)
    assert not any((ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert not set(shown) & set("\u202e\u200b\u2066\ufeff")
    assert not set(one_line(text)) & set("\n\t\r\u2028")


@given(st.dictionaries(anything, st.one_of(anything, st.integers(), st.booleans(), st.none(), st.lists(anything))))
def test_json_says_the_same_with_unseen_characters_escaped(value: dict[str, object]) -> None:
    text = json_text(value)
    assert json.loads(text) == json.loads(json.dumps(value))
    assert visible(text) == text


@given(anything, st.integers(1, 40))
def test_fitted_fits(text: str, columns: int) -> None:
    shown = fitted(one_line(text), columns)
    assert width(shown) <= max(columns, 1)
    if width(one_line(text)) <= columns:
        assert shown == one_line(text)


@given(st.text("|`*_<>[]()#!&\\\n\x1b ab", max_size=20))
def test_a_markdown_cell_is_one_cell(text: str) -> None:
    cell = markdown_cell(text)
    unescaped = cell.replace("\\\\", "")
    assert "\n" not in cell
    assert not any(unescaped[i] in "|`*_<[" and (i == 0 or unescaped[i - 1] != "\\") for i in range(len(unescaped)))


def test_plain_turns_values_into_json() -> None:
    @dataclass(frozen=True, slots=True)
    class Inner:
        at: datetime
        score: Decimal
        names: frozenset[str]
        path: Path

    moment = datetime(2026, 3, 16, 10, 0, tzinfo=timezone(timedelta(hours=2)))
    made = plain(Inner(moment, Decimal("1.50"), frozenset({"b", "a"}), Path("x")))
    assert made == {"at": "2026-03-16T08:00:00Z", "score": "1.50", "names": ["a", "b"], "path": "x"}
    assert plain(datetime(2026, 1, 1, 0, 0, 0, 250000, UTC)) == "2026-01-01T00:00:00.250Z"


def test_colour_only_on_a_terminal_and_never_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Printer(io.StringIO()).styled("x", "bad") == "x"
    assert Printer(Terminal()).styled("x", "bad") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Printer(Terminal()).styled("x", "bad") == "x"


def test_table_columns_line_up_for_wide_text() -> None:
    stream = io.StringIO()
    Printer(stream).table(("name", "n"), [("日本", "1"), ("a\x1b[31m", "22")])
    lines = stream.getvalue().splitlines()
    assert [width(line[: line.rindex(" ") + 1]) for line in lines[:2]] == [
        width(line[: line.rindex(" ") + 1]) for line in lines[1:]
    ]
    assert "\x1b" not in stream.getvalue()


def diagnostic(source: str, start: int, end: int, message: str = "wrong") -> Diagnostic:
    lines = LineMap(source)
    return Diagnostic("CP001", message, Span(start, end), lines.position(start), lines.position(end), help="do better")


@given(st.text("ab\t\n日\x1b", min_size=1, max_size=80), st.data())
def test_a_diagnostic_anywhere_prints_and_underlines(source: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, len(source)))
    stream = io.StringIO()
    print_diagnostics(Printer(stream), "a\x1bb", source, [diagnostic(source, start, end)])
    text = stream.getvalue()
    assert "\x1b" not in text
    assert "error[CP001]: wrong" in text
    assert "help: do better" in text


def test_a_long_line_is_cut_around_the_place() -> None:
    source = "x" * 5000 + "HERE" + "y" * 5000
    stream = io.StringIO()
    print_diagnostics(Printer(stream), "f", source, [diagnostic(source, 5000, 5004)])
    _, line, carets, *_ = stream.getvalue().splitlines()
    assert len(line) < 200
    assert line[carets.index("^") : carets.rindex("^") + 1] == "HERE"


def test_summary_counts() -> None:
    found = diagnostic("x", 0, 1)
    assert summary([]) == "no findings"
    assert summary([found, found]) == "2 errors"
