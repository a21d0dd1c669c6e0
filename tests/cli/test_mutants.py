"""``test``: what it tells of the test cases themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ENTITIES, Run, request
from workbench.analysis import solver
from workbench.analysis.task import NO_SOLVER, SolverMissing


def write(desk: Path, *cases: tuple[str, str, dict[str, Any]]) -> None:
    made = [
        {"name": name, "request": request(**parts), "entities": ENTITIES, "expect": expect}
        for name, expect, parts in cases
    ]
    (desk / "tests.json").write_text(json.dumps(made), encoding="utf-8")


BASIC = ("reads", "allow", {}), ("secret", "deny", {"doc": "plot"}), ("big", "hold", {"action": "write", "size": 101})


def test_survivors_come_with_the_case_that_would_notice_and_adding_these_is_enough(run: Run, desk: Path) -> None:
    write(desk, *BASIC)
    told = run("test", desk / "rules.cedarplus", "--json")
    assert told.code == 0, told.out
    mutants = told.json["mutants"]
    assert mutants["survived"]
    assert told.json["coverage"]["conditions"]
    cases = json.loads((desk / "tests.json").read_text(encoding="utf-8"))
    cases += [each["case"] for each in mutants["survived"]]
    (desk / "tests.json").write_text(json.dumps(cases), encoding="utf-8")
    again = run("test", desk / "rules.cedarplus", "--json").json
    assert (again["failed"], again["mutants"]["survived"], again["mutants"]["ratio"]) == (0, [], 1.0)


def test_a_person_is_told_what_no_case_would_notice(run: Run, desk: Path) -> None:
    write(desk, *BASIC)
    shown = run("test", desk / "rules.cedarplus")
    assert shown.code == 0
    assert "3 of 3" in shown.out
    assert "no test case would notice." in " ".join(shown.out.split())
    assert "Mutation score" in shown.out
    assert "met both true and false" in shown.out


def test_it_can_be_left_out(run: Run, desk: Path) -> None:
    write(desk, *BASIC)
    assert "Mutation" not in run("test", desk / "rules.cedarplus", "--no-mutants").out
    assert "mutants" not in run("test", desk / "rules.cedarplus", "--no-mutants", "--json").json


def test_the_exit_code_is_that_of_the_cases(run: Run, desk: Path) -> None:
    write(desk, ("reads", "deny", {}))
    shown = run("test", desk / "rules.cedarplus")
    assert shown.code == 1
    assert "FAIL reads" in shown.out
    assert "1 test case left out" in shown.out


def test_without_time_or_solver_nothing_is_called_noticed(
    run: Run, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(desk, *BASIC)
    hasty = run("test", desk / "rules.cedarplus", "--seconds", "0", "--json").json["mutants"]
    assert (hasty["survived"], hasty["equivalent"]) == ([], [])
    assert hasty["undecided"]

    def missing() -> Any:
        raise SolverMissing

    monkeypatch.setattr(solver, "_z3", missing)
    told = run("test", desk / "rules.cedarplus", "--json")
    assert told.code == 0
    assert all(each["why"].startswith(NO_SOLVER) for each in told.json["mutants"]["undecided"])
    assert told.json["mutants"]["survived"], "found by trying"


@pytest.mark.parametrize("seconds", ["-1", "soon"])
def test_nonsense_is_refused(run: Run, desk: Path, seconds: str) -> None:
    write(desk, *BASIC)
    assert run("test", desk / "rules.cedarplus", "--seconds", seconds).code == 2
