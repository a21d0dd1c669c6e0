"""What a screen lists, as a file: JSON Lines, CSV or a Markdown table. Pure; ``service.table_files`` writes it.

JSON Lines carry every cell exactly. CSV and Markdown are read by people and their programs: in them, characters that a
terminal would act on are made visible. Imports the standard library and ``view.plain`` only.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.tui.view.plain import visible

FORMATS: Mapping[str, str] = {"jsonl": "JSON Lines", "csv": "CSV", "md": "Markdown table"}
"""Ending of the file → what it is called."""

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#!&])")
_UNSAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_BREAK = re.compile(r"(\r\n|\r|\n)")
_PART = re.compile(r"(?:^|(?<=[;\n]))[^;\n]+")


@dataclass(frozen=True, slots=True)
class ExportView:
    """What is listed now, as it is filtered.

    ``name``: a word or two for the file's name. ``rows`` is called in a thread, so it must not touch widgets; it gives
    the cells of each row in the order of ``columns``: text, numbers, truth values, ``None`` or times (aware).
    """

    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterable[tuple[object, ...]]]


def file_name(view: ExportView, ending: str, now: datetime) -> str:
    """The name offered for the file: ``live-20260302T093000Z.csv``."""
    safe = _UNSAFE_NAME.sub("-", view.name).strip("-.") or "list"
    return f"{safe[:60]}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.{ending}"


def rendered(view: ExportView, ending: str) -> Iterator[str]:
    """The file, piece by piece: a head where the form has one, then one piece for each row.

    ``ending`` is one of ``FORMATS``. Raises ``ValueError`` for a row that has not one cell for each column.
    """
    if ending == "csv":
        yield csv_line(view.columns)
    elif ending == "md":
        yield markdown_line(view.columns)
        yield "|" + " --- |" * len(view.columns) + "\n"
    line = {"jsonl": lambda row: json_line(view.columns, row), "csv": csv_line, "md": markdown_line}[ending]
    for row in view.rows():
        if len(row) != len(view.columns):
            raise ValueError(f"a row of {len(row)} cells under {len(view.columns)} columns")
        yield line(row)


def head_pieces(ending: str) -> int:
    """How many of the pieces of ``rendered`` come before the first row."""
    return {"csv": 1, "md": 2}.get(ending, 0)


def json_line(columns: Sequence[str], row: Sequence[object]) -> str:
    """One object, its keys the columns; control, bidirectional and invisible characters are escaped, nothing is lost.

    Text, numbers, truth values and ``None`` are JSON's own; a time is RFC 3339; anything else is its text.
    """
    made = json.dumps(dict(zip(columns, map(_json_value, row), strict=True)), ensure_ascii=False, allow_nan=False)
    shown = visible(made)
    if shown != made:  # what is escaped stands in strings, as everything beyond ASCII does
        made = "".join(char if char == same else json.dumps(char)[1:-1] for char, same in zip(made, shown, strict=True))
    return made + "\n"


def csv_line(row: Sequence[object]) -> str:
    """One record of RFC 4180. A text that a spreadsheet would take for a formula begins with an apostrophe.

    So does each part of a text behind a line break or a semicolon: where decimals have a comma, spreadsheets take the
    semicolon for what separates cells, and our quotes for text. So does a part that begins with an apostrophe itself:
    taking one away from each part that has one always gives the text back.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_csv_value(value) for value in row])
    return out.getvalue()


def markdown_line(row: Sequence[object]) -> str:
    """One line of a table; no text in it can become markup, nor end its cell."""
    return "| " + " | ".join(_markdown_cell(_text(value)) for value in row) + " |\n"


def _json_value(value: object) -> object:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    return _text(value)


def _csv_value(value: object) -> str:
    text = _BREAK.sub("\n", _text(value))
    text = "\n".join(visible(line) for line in text.split("\n"))
    if isinstance(value, (int, float)):
        return text
    return _PART.sub(_held_as_text, text)


def _held_as_text(part: re.Match[str]) -> str:
    text = part.group()
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith("'") else text


def _markdown_cell(text: str) -> str:
    return _MARKUP.sub(r"\\\1", visible(" ".join(text.split()))) or " "


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat().replace("+00:00", "Z")
    return str(value)
