"""The samples of the dimensions in a shell: ``check``, ``test``, ``explain``, ``format``, ``decide``, ``rank``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.samples.dimensions import DIMENSIONS, ROOT, case, cases, constitution, expectations, path
from workbench.cli.main import app

EXIT = {"allow": 0, "deny": 1, "hold": 4}


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "80"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(value: Any, name: str = "request.json") -> Path:
        made = tmp_path / name
        made.write_text(json.dumps(value), encoding="utf-8")
        return made

    return write


@pytest.mark.parametrize("name", DIMENSIONS)
def test_check_test_and_format_find_nothing_wrong(name: str) -> None:
    checked = run("check", path(name))
    assert checked.exit_code == 0
    assert f"clean ({len(constitution(name).rules)} rules, no findings)" in checked.stdout
    tested = run("test", path(name))
    assert tested.exit_code == 0, tested.stdout
    assert f"{len(cases(name))} of {len(cases(name))} test cases pass; 0 differ" in tested.stdout
    assert run("format", "--check", path(name)).exit_code == 0


@pytest.mark.parametrize("name", DIMENSIONS)
def test_explain_says_every_rule(name: str) -> None:
    told = json.loads(run("explain", path(name), "--json").stdout)["rules"]
    assert [rule["id"] for rule in told] == [rule.id for rule in constitution(name).rules]
    assert [rule["english"] for rule in told] == [rule.english for rule in constitution(name).rules]
    assert all(len(rule["paraphrase"]) > 20 for rule in told)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_decide_comes_to_what_the_cases_say(name: str, file: Any) -> None:
    """One case of every outcome and code, each from its own files, as a gateway's log would replay it."""
    seen: set[str] = set()
    for asked in cases(name):
        expected = expectations(name)[asked["name"]]
        if expected["code"] in seen or expected["code"] == "invalid_entity":
            continue
        seen.add(expected["code"])
        files = ("--request", file(asked["request"]), "--entities", file(asked["entities"], "entities.json"))
        shown = run("decide", path(name), *files)
        assert shown.exit_code == EXIT[asked["expect"]], shown.output
        assert shown.stdout.split()[:2] == [asked["expect"], expected["code"]]
        english = {rule.id: rule.english for rule in constitution(name).rules}
        assert all(english[rule] in shown.stdout for rule in expected["reasons"])
        told = json.loads(run("decide", path(name), *files, "--json").stdout)
        assert {key: told[key] for key in ("code", "reasons", "procedures", "score", "observed")} == {
            key: expected[key] for key in ("code", "reasons", "procedures", "score", "observed")
        }
    assert {"allowed", "held", "not_permitted"} <= seen


def test_decide_takes_the_world_that_ships_with_the_sample(file: Any) -> None:
    asked = case("temporal", "22:00 where she works")
    shown = run(
        "decide", path("temporal"), "--request", file(asked["request"]), "--entities", ROOT / "temporal/entities.json"
    )
    assert shown.exit_code == 1
    assert "because of night-rest" in shown.stdout
    assert "retry after change" in shown.stdout


def test_a_grant_on_the_command_line_releases_one_procedure(file: Any) -> None:
    asked = case("escalation", "a large first payment waits for both")
    command = (
        "decide",
        path("escalation"),
        "--request",
        file(asked["request"]),
        "--entities",
        file(asked["entities"], "e"),
    )
    assert run(*command).exit_code == 4
    one = run(*command, "--grant", "large_payment")
    assert one.exit_code == 4
    assert "held by first_payment" in one.stdout
    assert "held by large_payment" not in one.stdout
    assert run(*command, "--grant", "large_payment", "--grant", "first_payment").exit_code == 0


def test_rank_puts_the_best_candidate_first(file: Any) -> None:
    asked = [
        {
            "principal": f'Agent::"{who}"',
            "action": 'Action::"take_task"',
            "resource": 'Task::"t1"',
            "context": {"open_tasks": 0},
        }
        for who in ("sid", "cody", "rita")
    ]
    ranked = run(
        "rank", path("agent-actions"), "--requests", file(asked), "--entities", ROOT / "agent-actions/entities.json"
    )
    assert ranked.exit_code == 0
    first, second, third, why = ranked.stdout.splitlines()
    assert first.startswith('1. Agent::"rita"')
    assert first.endswith("score 3.3")
    assert second.startswith('2. Agent::"cody"')
    assert third.startswith('denied  Agent::"sid"')
    assert why.strip().startswith("forbidden by ")


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ([{"uid": {"type": "Crew", "id": "web"}, "attrs": {}, "parents": []}], "case 1: there is no `request` object"),
        ([{"request": {}, "expect": "allow"}, {"request": {}, "expect": "alow"}], "case 2: `expect` is not `allow`"),
        ([{"request": {}, "expect": "deny", "entities": {}}], "case 1: `entities` is not a list"),
    ],
)
def test_a_file_of_something_else_is_no_failing_test(cases: Any, words: str, file: Any) -> None:
    refused = run("test", path("agent-actions"), "--tests", file(cases))
    assert refused.exit_code == 3
    assert words in refused.stderr
    assert refused.stdout == ""


def test_a_failing_case_says_once_what_came_instead(file: Any) -> None:
    wrong = {**case("agent-actions", "anyone reads code"), "expect": "hold"}
    shown = run("test", path("agent-actions"), "--tests", file([wrong]))
    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[0] == "FAIL anyone reads code: expected hold, got allow by `read`"
    assert shown.stdout.splitlines()[1].startswith("failing: 0 of 1 test cases pass")
