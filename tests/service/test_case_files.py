"""Files of test cases: ours, and Cedar's own `run-tests` JSON, there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.pairs import pair
from tests.engine.support import program
from tests.samples.dimensions import DIMENSIONS, cases, constitution
from workbench.analysis.expecting import FIELDS, case_key
from workbench.authoring.testgen import generate_tests
from workbench.service.case_files import as_cedar, cases_in, read_cases, write_json
from workbench.service.errors import WorkbenchError
from workbench.service.testing import run_cases

SCHEMA = """
entity User; entity Album; entity Photo in [Album] = { secret?: Bool };
action view appliesTo { principal: [User], resource: [Photo] };
"""
RULES = """
@id("album") permit (principal == User::"alice", action, resource in Album::"holiday");
forbid (principal, action, resource) when { resource has secret && resource.secret };
@id("erring") forbid (principal, action, resource) when { User::"gone" == principal && 9223372036854775807 + 1 > 0 };
"""
# as Cedar's own samples are written
CEDAR = """[
 {"name": "in the album",
  "request": {"principal": "User::\\"alice\\"", "action": "Action::\\"view\\"", "resource": "Photo::\\"p\\"",
              "context": {}},
  "entities": [{"uid": {"type": "Photo", "id": "p"}, "attrs": {}, "parents": [{"type": "Album", "id": "holiday"}]}],
  "decision": "allow", "reason": ["album"], "num_errors": 0},
 {"request": {"principal": "User::\\"bob\\"", "action": "Action::\\"view\\"", "resource": "Photo::\\"p\\""},
  "entities": "photos.json", "decision": "deny", "reason": [], "num_errors": 0},
 {"name": "secret",
  "request": {"principal": "User::\\"alice\\"", "action": "Action::\\"view\\"", "resource": "Photo::\\"p\\"",
              "context": {}},
  "entities": [{"uid": {"type": "Photo", "id": "p"}, "attrs": {"secret": true},
                "parents": [{"type": "Album", "id": "holiday"}]}],
  "decision": "deny", "reason": ["policy1"], "num_errors": 0},
 {"name": "a rule that errs",
  "request": {"principal": "User::\\"gone\\"", "action": "Action::\\"view\\"", "resource": "Photo::\\"p\\"",
              "context": {}},
  "entities": [], "decision": "deny", "reason": [], "num_errors": 1}
]"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tests.json").write_text(CEDAR, encoding="utf-8")
    photos = [{"uid": {"type": "Photo", "id": "p"}, "attrs": {}, "parents": []}]
    (tmp_path / "photos.json").write_text(json.dumps(photos), encoding="utf-8")
    return tmp_path


def test_a_file_of_cedar_is_read_and_held_to_what_cedar_answers(folder: Path) -> None:
    read = read_cases(folder / "tests.json")
    run = run_cases(program(RULES, SCHEMA), read)
    assert [(each.name, each.passed, each.message) for each in run.results] == [
        ("in the album", True, ""),
        ("case 2", True, ""),
        ("secret", True, ""),
        ("a rule that errs", True, ""),
    ]
    assert read[1]["entities"][0]["uid"]["id"] == "p"


@pytest.mark.parametrize(
    ("place", "change", "why"),
    [
        (0, {"decision": "deny"}, "expected deny, got allow"),
        (0, {"reason": ["album", "policy1"]}, "not among the reasons: `policy1`"),
        (0, {"reason": ["policy0"]}, ""),
        (0, {"num_errors": 1}, "expected 1 rules that err, got 0"),
        (3, {"num_errors": 0}, "expected 0 rules that err, got 1"),
        (2, {"reason": ["album"]}, "not among the reasons: `album`"),
    ],
)
def test_what_cedar_answers_otherwise_fails(folder: Path, place: int, change: dict[str, Any], why: str) -> None:
    listed = json.loads(CEDAR)
    listed[place] |= change
    (folder / "tests.json").write_text(json.dumps(listed), encoding="utf-8")
    result = run_cases(program(RULES, SCHEMA), read_cases(folder / "tests.json")).results[place]
    assert result.message == why
    assert result.passed == (not why)


def test_a_file_of_cedar_is_written_as_it_was_read(folder: Path) -> None:
    made = program(RULES, SCHEMA)
    read = read_cases(folder / "tests.json")
    written = as_cedar(made, read)
    assert written.notes == ()
    write_json(folder / "again.json", written.cases)
    assert read_cases(folder / "again.json") == read
    assert set(written.cases[0]) == {"name", "request", "entities", "decision", "reason", "num_errors"}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_ours_come_back_but_for_what_cedar_cannot_say(seed: int) -> None:
    """Requests, entities and outcomes; and what is left out or thinner is named."""
    made = pair(seed, count=5).before
    ours = generate_tests(made)
    written = as_cedar(made, ours)
    back = cases_in(json.loads(json.dumps(list(written.cases))), Path("x.json"))
    left_out = {*written.held, *written.refused}
    kept = [case for case in ours if case["name"] not in left_out]
    assert {case["name"] for case in ours if case["expect"] == "hold"} == set(written.held)
    assert [(case["name"], case_key(case)) for case in back] == [(case["name"], case_key(case)) for case in kept]
    assert [c["name"] for c, o in zip(back, kept, strict=True) if c["expect"] != o["expect"]] == list(written.otherwise)
    assert set(written.thinner) == {case["name"] for case in kept if any(case.get(field) for field in FIELDS)}
    assert all(each.passed for each in run_cases(made, back).results), "Cedar answers what is written"


@pytest.mark.parametrize("name", DIMENSIONS)
def test_samples_are_written_for_cedar(name: str) -> None:
    made = constitution(name).program
    written = as_cedar(made, cases(name))
    assert written.held
    assert {c["expect"] for c in cases(name) if c["name"] in written.refused} <= {"deny"}, "nobody can ask these"
    assert len(written.cases) + len(written.held) + len(written.refused) == len(cases(name))
    assert all(each.passed for each in run_cases(made, cases_in(list(written.cases), Path("x"))).results)


def test_what_an_error_denies_here_is_written_as_cedar_decides() -> None:
    """Cedar skips the rule that errs, and the permit lets the request through."""
    made = program(RULES + '@id("any") permit (principal, action, resource);', SCHEMA)
    request = {"principal": {"type": "User", "id": "gone"}, "action": 'Action::"view"', "resource": 'Photo::"p"'}
    case = {"name": "errs", "request": request, "entities": [], "expect": "deny"}
    written = as_cedar(made, [case])
    assert written.otherwise == ("errs",)
    assert (written.cases[0]["decision"], written.cases[0]["num_errors"]) == ("allow", 1)
    assert written.cases[0]["request"]["principal"] == 'User::"gone"'
    assert "an error denies" in written.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is not a list"),
        ("[3]", "case 1: it is not an object"),
        ("[", "x.json"),
        ('[{"decision": "allow"}]', "case 1: there is no `request` object"),
        ('[{"request": {}, "decision": "hold"}]', "case 1: `decision` is not `allow` or `deny`"),
        ('[{"request": {}, "decision": "deny", "reason": "x"}]', "case 1: `reason` is not a list of policy ids"),
        ('[{"request": {}, "decision": "deny", "num_errors": true}]', "case 1: `num_errors` is not a number"),
        ('[{"request": {}, "decision": "deny", "entities": "../out.json"}]', "outside of the folder"),
        ('[{"request": {}, "decision": "deny", "entities": 7}]', "`entities` is neither a list nor the name of a file"),
        ('[{"request": {}, "expect": "maybe"}]', "case 1: `expect` is not"),
        ('[{"request": {}, "expect": "deny", "entities": "photos.json"}]', "case 1: `entities` is not a list"),
        ('[{"a": 1, "a": 2}]', "x.json"),
    ],
)
def test_what_is_no_list_of_cases_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorkbenchError) as refused:
        read_cases(path)
    assert said in f"{refused.value.title} {refused.value.detail}"
    assert refused.value.code in ("bad_tests", "bad_json")


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as refused:
        write_json(tmp_path / "no" / "such.json", [])
    assert refused.value.code == "not_written"
