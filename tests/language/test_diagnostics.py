"""Every code with several mistakes: exact place, message, expectation, fix and help; and that a fix mends its mistake.

The table is data (``data/diagnostics.json``), reviewed row by row; ``underlined`` is null where it is the whole of a
long statement. Sources are checked against the core schema.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from workbench.language.check import check
from workbench.language.diagnostics import Diagnostic

ROOT = Path(__file__).resolve().parents[2]
CORE = (ROOT / "samples" / "schemas" / "concord-core.cedarschema").read_text()
TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "diagnostics.json").read_text())
SOURCES = [pytest.param(row, id=f"{place}-{row['found'][0]['code']}") for place, row in enumerate(TABLE)]


@pytest.mark.parametrize("row", SOURCES)
def test_a_mistake_is_told_with_its_place_and_its_remedy(row: dict[str, Any]) -> None:
    source = row["source"]
    found = check(source, CORE).diagnostics
    told = [
        {
            "code": d.code,
            "at": d.span.start,
            "underlined": source[d.span.start : d.span.end],
            "message": d.message,
            "expected": d.expected,
            "fix": d.fix,
            "help": d.help,
        }
        for d in found
    ]
    for got, wanted in zip(told, row["found"], strict=True):
        if wanted["underlined"] is None:
            assert len(got.pop("underlined")) > 150
            wanted = {key: value for key, value in wanted.items() if key != "underlined"}
        assert got == wanted
    for d in found:
        assert d.start.line == source.count("\n", 0, d.span.start) + 1
        assert d.start.column == d.span.start - (source.rfind("\n", 0, d.span.start) + 1) + 1


def test_the_table_has_every_code_and_every_error_says_what_was_expected() -> None:
    rows = [found for row in TABLE for found in row["found"]]
    counts = Counter(found["code"] for found in rows)
    for code in ("CP001", "CP002", "CP003", "CP004", "CP005", "CP006", "CP007", "CP008", "CP009", "CP010"):
        assert counts[code] >= 3, code
    assert {"CP101", "CP102", "CP103"} <= set(counts)
    for found in rows:
        assert found["expected"] or found["code"].startswith("CP1"), found
        assert found["message"], found
        assert not found["message"].endswith("."), found
        assert "__cedar::internal" not in json.dumps(found), "Cedar's inner types are no words for people"
    assert sum(bool(found["fix"]) for found in rows) > 50


def place_of(diagnostic: Diagnostic) -> tuple[str, str, int]:
    return (diagnostic.code, diagnostic.message, diagnostic.span.start)


@pytest.mark.parametrize("row", [param for param in SOURCES if any(f["fix"] for f in param.values[0]["found"])])  # type: ignore[index]
def test_a_fix_put_in_its_place_mends_its_mistake(row: dict[str, Any]) -> None:
    source = row["source"]
    errors = check(source, CORE).errors
    for diagnostic in errors:
        if diagnostic.fix:
            mended = source[: diagnostic.span.start] + diagnostic.fix + source[diagnostic.span.end :]
            after = check(mended, CORE).errors
            assert place_of(diagnostic) not in map(place_of, after)
            assert len(after) <= len(errors), mended
