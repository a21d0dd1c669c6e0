"""The table of attacks in ``README.md`` says what is true: its tests exist and try for the reasons that it gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.governance.test_attacks_table import TABLE

ROOT = Path(__file__).parents[2]
TEXT = (Path(__file__).parent / "README.md").read_text()
ATTACKS, _, REST = TEXT.partition("## Not applicable here")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)(?:\[([^`]+)\])?`")
IN_TABLE = "tests/governance/test_attacks_table.py"


@dataclass(frozen=True)
class Row:
    """``reasons``: what stands in backticks in the second column; ``tests``: (file, function, parameter)."""

    attack: str
    reasons: tuple[str, ...]
    tests: tuple[tuple[str, str, str], ...]


def rows() -> Iterator[Row]:
    for line in ATTACKS.splitlines():
        if line.startswith("| ") and not line.startswith(("| attack", "| ---")):
            attack, reasons, tests = (cell.strip() for cell in line.strip("|").split(" | "))
            yield Row(attack, tuple(re.findall(r"`([^`]+)`", reasons)), tuple(TEST.findall(tests)))


ROWS = tuple(rows())


@cache
def literals(path: Path) -> frozenset[str]:
    """Every string in a module but its docstrings."""
    tree = ast.parse(path.read_text())
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return frozenset(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    )


@cache
def functions(path: Path) -> frozenset[str]:
    return frozenset(
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@cache
def said_by_the_program() -> frozenset[str]:
    return frozenset().union(*(literals(path) for path in (ROOT / "workbench").rglob("*.py")))


def test_there_is_a_table() -> None:
    assert len(ROWS) > 150
    assert len({row.attack for row in ROWS}) == len(ROWS)
    assert "| --- |" in REST


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.attack)
def test_an_attack_is_tried_for_the_reason_given(row: Row) -> None:
    assert row.tests, "no test tries it"
    for file, name, parameter in row.tests:
        assert name in functions(ROOT / file), f"{file} has no {name}"
        if parameter:
            assert parameter in TABLE, f"the table has no attack `{parameter}`"
            assert row.reasons == () or TABLE[parameter][0] in row.reasons
    tried = frozenset().union(*(literals(ROOT / file) for file, _, _ in row.tests))
    for reason in row.reasons:
        first, _, rest = reason.partition("_")  # some are put together: `key_` and `suspended`
        said = reason in said_by_the_program() or {f"{first}_", rest} <= said_by_the_program()
        assert said, f"the program never says `{reason}`"
        assert any(re.search(rf"\b{re.escape(reason)}\b", text) for text in tried), f"no test asks for `{reason}`"


def test_no_attack_of_the_governance_table_is_left_out() -> None:
    named = {parameter for row in ROWS for file, _, parameter in row.tests if file == IN_TABLE}
    assert named == set(TABLE)
