"""``matrix FILE``: roles × actions in a table that fits the terminal; every cell says what is proved or shown."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from workbench.analysis.assumptions import OURS
from workbench.analysis.results import OTHER, Cell, CellVerdict, Matrix
from workbench.cli.matrices import print_matrix
from workbench.cli.output import Printer, width

VERDICTS: tuple[CellVerdict, ...] = ("always", "never", "depends", "undecided", "unsupported")


def made(values: Sequence[str], actions: Sequence[str]) -> Matrix:
    """A matrix whose cells take every verdict in turn; those at even places may be held."""
    uids = tuple(("Action", action) for action in actions)
    pairs = [(value, uid) for value in values for uid in uids]
    cells = tuple(
        Cell(value, uid, VERDICTS[place % 5], held=place % 2 == 0) for place, (value, uid) in enumerate(pairs)
    )
    return Matrix(OURS, "principal.role", tuple(values), uids, cells)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> object:
    """``printed(matrix, columns)``: the lines that a person sees."""

    def call(matrix: Matrix, columns: int = 80) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        stream = io.StringIO()
        print_matrix(Printer(stream), matrix)
        return stream.getvalue().splitlines()

    return call


def table_of(lines: list[str], corner: str = "principal.role") -> list[list[str]]:
    """The cells of the table among ``lines``, split where two blanks are."""
    start = next(place for place, line in enumerate(lines) if line.startswith(corner))
    end = lines.index("", start)
    return [[cell for cell in line.split("  ") if cell] for line in lines[start:end]]


def test_values_stand_across_where_that_fits(printed) -> None:  # type: ignore[no-untyped-def]
    lines = printed(made(["lead", OTHER], ["read", "write"]))
    assert [[cell.strip() for cell in row] for row in table_of(lines)] == [
        ["principal.role", "lead", "any other value"],
        ["read", "always*", "depends*"],
        ["write", "never", "not decided"],
    ]
    assert "entities may be missing" in " ".join(lines)
    assert lines[-1] == "* what is permitted can wait for approval"
    assert (
        " ".join(lines[-3:-1]) == "2 values of principal.role, 2 actions: 1 always, 1 never, 1 depends, 1 not decided."
    )


def test_it_turns_round_where_only_that_fits(printed) -> None:  # type: ignore[no-untyped-def]
    matrix = made([f"role-{n}" for n in range(12)], ["read"])
    rows = table_of(printed(matrix))
    assert len(rows) == 13
    assert [cell.strip() for cell in rows[1]] == ["role-0", "always*"]


@pytest.mark.parametrize(("values", "actions"), [(12, 12), (3, 9), (1, 1), (40, 2)])
@pytest.mark.parametrize("columns", [60, 80, 100])
def test_it_fits_and_tells_every_cell(printed, values: int, actions: int, columns: int) -> None:  # type: ignore[no-untyped-def]
    matrix = made([f"v{n:02}" for n in range(values)], [f"an_action_{n:02}" for n in range(actions)])
    lines = printed(matrix, columns)
    assert max(map(width, lines)) <= columns
    text = "\n".join(lines[:-1])
    assert all(f"an_action_{n:02}" in text for n in range(actions))
    assert all(f"v{n:02}" in text for n in range(values))


def test_names_cannot_act_on_the_terminal(printed) -> None:  # type: ignore[no-untyped-def]
    lines = printed(made(["\x1b[31mred", "a\nb", ""], ["go\u202e"]))
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\u001b[31mred" in text
    assert "a\\u000ab" in text
    assert "(empty)" in text


def test_an_empty_matrix_is_no_accident(printed) -> None:  # type: ignore[no-untyped-def]
    assert printed(Matrix(OURS, "principal.role", (), (), ()))[-1] == "0 values of principal.role, 0 actions: no cells."


def test_roles_of_the_sample(run: Run, swarm: Path) -> None:
    """What a person can work out from the sample's rules: who may delete, and that everything else depends on data."""
    found = run("matrix", swarm / "constitution.cedarplus", "--json").json
    assert found["attribute"] == "principal.role"
    assert found["values"] == ["supervisor", "lead", "compliance_handler", OTHER]
    cells = {(cell["value"], cell["action"]): cell for cell in found["cells"]}
    deletes = 'Action::"delete_ticket"'
    assert [cells[value, deletes]["verdict"] for value in found["values"]] == ["depends", "never", "never", "never"]
    assert cells["supervisor", 'Action::"delete_shared_memory"']["verdict"] == "always"
    refund = cells["lead", 'Action::"issue_refund"']
    assert (refund["verdict"], refund["held"]) == ("depends", True)
    assert refund["permitted"]["after"]["outcome"] in ("allow", "hold")
    assert refund["denied"]["after"]["outcome"] == "deny"
    assert {cell["held"] for key, cell in cells.items() if "refund" not in key[1]} == {False}


def test_a_table_of_the_sample_fits_eighty_columns(run: Run, swarm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("matrix", swarm / "constitution.cedarplus").out.splitlines()
    assert "delete_shared_memory  always      never     never               never" in lines
    assert max(map(width, lines)) <= 80
    markdown = run("matrix", swarm / "constitution.cedarplus", "--markdown").out
    assert "| <code>delete\\_shared\\_memory</code> | always | never | never | never |" in markdown


def test_values_and_attributes_can_be_named(run: Run, desk: Path) -> None:
    rules = desk / "rules.cedarplus"
    found = run("matrix", rules, "--values", "chief, clerk", "--json").json
    assert found["values"][:2] == ["chief", "clerk"]
    teams = run("matrix", rules, "--attribute", "context.size", "--values", "5,500", "--json")
    assert teams.json["values"][:2] == ["5", "500"]
    for wrong in (["--attribute", "principal.nope"], ["--attribute", "principal +"], ["--attribute", ""]):
        shown = run("matrix", rules, *wrong)
        assert shown.code == 2, wrong
        assert shown.err.startswith("error: no such matrix: ")
    assert run("matrix", rules, "--attribute", "context.size", "--values", "big").code == 2


def test_nonsense_is_refused(run: Run, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = desk / "rules.cedarplus"
    for values in ("a,,b", ",", " , "):
        shown = run("matrix", rules, "--values", values)
        assert shown.code == 2
        assert "has an empty one" in shown.err
    assert run("matrix", rules, "--json", "--markdown").code == 2
    assert run("matrix", desk / "none.cedarplus").code == 2
    assert run("matrix", rules, "--limit", "0").code == 2
    assert run("matrix", rules, "--semantics", "mine").code == 2
    monkeypatch.setitem(sys.modules, "z3", None)
    missing = run("matrix", rules, "--values", "never-asked-before", "--json")
    assert missing.code == 1
    assert missing.json["error"]["code"] == "no_solver"
