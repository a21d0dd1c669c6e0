"""``test``: proposing cases, and Cedar's own form of them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def names(path: Path) -> list[str]:
    return [case["name"] for case in json.loads(path.read_text(encoding="utf-8"))]


def test_cases_are_proposed_run_and_notice_everything(run: Run, desk: Path) -> None:
    told = run("test", desk / "rules.cedarplus", "--generate", desk / "made.json")
    assert told.code == 0, told.err
    assert "proposed, 0 kept, 0 dropped" in told.out
    assert "Mutation score 100 %" in told.out
    assert "0 reviewed by a person" in told.out
    made = json.loads((desk / "made.json").read_text(encoding="utf-8"))
    assert {case["origin"] for case in made} == {"generated"}
    assert {case["expect"] for case in made} == {"allow", "deny", "hold"}


def test_proposing_again_keeps_what_a_person_said(run: Run, desk: Path) -> None:
    rules, made = desk / "rules.cedarplus", desk / "made.json"
    run("test", rules, "--generate", made)
    cases = json.loads(made.read_text(encoding="utf-8"))
    reviewed = [{**cases[0], "reviewed_by": 'User::"ann"'}, {**cases[1], "origin": "rejected"}]
    made.write_text(json.dumps([*reviewed, *cases[2:]]), encoding="utf-8")
    rules.write_text(rules.read_text(encoding="utf-8").replace("size > 100", "size > 200"), encoding="utf-8")
    told = run("test", rules, "--generate", made)
    assert told.code == 0, told.out
    again = json.loads(made.read_text(encoding="utf-8"))
    assert again[:2] == reviewed
    assert "1 reviewed by a person" in told.out
    sizes = {case["request"]["context"]["size"] for case in again[2:]}
    assert {200, 201} <= sizes
    assert 101 not in sizes


def test_a_file_that_is_no_list_of_cases_is_not_written_over(run: Run, desk: Path) -> None:
    (desk / "made.json").write_text('{"mine": 1}', encoding="utf-8")
    told = run("test", desk / "rules.cedarplus", "--generate", desk / "made.json")
    assert told.code == 3
    assert "not a list of test cases" in told.err
    assert (desk / "made.json").read_text(encoding="utf-8") == '{"mine": 1}'


def test_generate_and_tests_are_not_given_together(run: Run, desk: Path) -> None:
    told = run("test", desk / "rules.cedarplus", "--generate", desk / "a.json", "--tests", desk / "b.json")
    assert told.code == 2
    assert "which tests?" in told.err


def test_cases_go_to_cedar_and_come_back(run: Run, desk: Path) -> None:
    rules, cedar = desk / "rules.cedarplus", desk / "cedar.json"
    run("test", rules, "--generate", desk / "made.json", "--no-mutants")
    told = run("test", rules, "--tests", desk / "made.json", "--write-cedar", cedar, "--no-mutants")
    assert told.code == 0
    assert "held for approval, which Cedar does not know" in told.out
    back = run("test", rules, "--cases", cedar, "--no-mutants", "--json").json
    assert back["failed"] == back["disagreements"] == 0
    assert back["passed"] == len(names(cedar)) > 4
    assert set(names(cedar)) < set(names(desk / "made.json"))
    document = run("test", rules, "--tests", desk / "made.json", "--write-cedar", cedar, "--no-mutants", "--json").json
    assert document["cedar"]["notes"]


def test_nonsense_is_told_with_its_place(run: Run, desk: Path) -> None:
    (desk / "c.json").write_text('[{"request": {}, "decision": "perhaps"}]', encoding="utf-8")
    told = run("test", desk / "rules.cedarplus", "--cases", desk / "c.json")
    assert told.code == 3
    assert "case 1: `decision` is not `allow` or `deny`" in told.err
    gone = run("test", desk / "rules.cedarplus", "--cases", desk / "gone.json")
    assert gone.code in (2, 3)
    assert "gone.json" in gone.err
    nowhere = run("test", desk / "rules.cedarplus", "--generate", desk / "no" / "such" / "made.json")
    assert nowhere.code != 0
    assert "cannot be written" in nowhere.err
