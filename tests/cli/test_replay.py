"""``replay``: a log of decisions, or the workspace's own record, decided again under a draft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ENTITIES, RULES, Run, request
from tests.cli.test_diff import _made, demo  # noqa: F401 - fixtures
from workbench.service.errors import WorkbenchError
from workbench.service.replay_logs import records_of

STRICTER = RULES + '@id("night") forbid (principal, action == Action::"write", resource);\n'


def line(outcome: str = "", *, entities: bool = True, **asked: Any) -> str:
    value: dict[str, Any] = {"at": "2026-03-01T10:00:00Z", "request": request(**asked)}
    if entities:
        value["entities"] = ENTITIES
    if outcome:
        value["outcome"] = outcome
    return json.dumps(value)


@pytest.fixture
def log(desk: Path) -> Path:
    """A write that is allowed, one that is held, and a read."""
    found = desk / "log.jsonl"
    lines = [line(action="write"), line(action="write", size=500), "", line(who="bob")]
    found.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (desk / "stricter.cedarplus").write_text(STRICTER, encoding="utf-8")
    return found


def sides(desk: Path) -> tuple[str, ...]:
    found = next(desk.glob("*.cedarschema"))
    base = next(path for path in desk.glob("*.cedarplus") if path.name != "stricter.cedarplus")
    return "--against", str(desk / "stricter.cedarplus"), "--base", str(base), "--schema", str(found)


def test_what_would_change_is_counted_by_rule_and_agent(run: Run, desk: Path, log: Path) -> None:
    done = run("replay", str(log), *sides(desk), "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["looked_at"], found["same"], found["denied"], found["held"], found["allowed"]) == (3, 1, 2, 0, 0)
    (group,) = found["by_rule"]
    assert (group["change"], group["rule"], group["count"]) == ("denied", "night", 2)
    assert [(e["key"], e["outcome"]) for e in group["examples"]] == [(2, "hold"), (1, "allow")]
    assert found["by_agent"] == [{"change": "denied", "agent": "ann", "count": 2}]
    text = run("replay", str(log), *sides(desk)).out
    assert "newly denied   2" in text
    assert "[night]" in text
    assert "ann 2 denied" in text


def test_outcomes_of_the_log_count_where_nothing_says_what_decided_it(run: Run, desk: Path, log: Path) -> None:
    log.write_text(line("allow", action="write") + "\n" + line("deny", who="bob") + "\n", encoding="utf-8")
    against = sides(desk)[:2] + sides(desk)[4:]
    found = json.loads(run("replay", str(log), *against, "--json").out)
    assert (found["denied"], found["allowed"], found["looked_at"]) == (1, 1, 2)


def test_with_what_decided_it_a_false_outcome_is_set_aside(run: Run, desk: Path, log: Path) -> None:
    log.write_text(line("deny", action="write") + "\n" + line("hold", action="write") + "\n", encoding="utf-8")
    found = json.loads(run("replay", str(log), *sides(desk), "--json").out)
    assert (found["same"], found["denied"], sum(found["set_aside"].values())) == (1, 0, 1)


def test_entities_may_come_from_a_file_of_their_own(run: Run, desk: Path, log: Path) -> None:
    log.write_text(line(action="write", entities=False) + "\n", encoding="utf-8")
    bare = json.loads(run("replay", str(log), *sides(desk), "--json").out)
    known = desk / "known.json"
    known.write_text(json.dumps(ENTITIES), encoding="utf-8")
    told = json.loads(run("replay", str(log), *sides(desk), "--entities", str(known), "--json").out)
    assert (bare["denied"], told["denied"]) == (0, 1), "without her document nobody may write"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("nonsense", 3, "line 1"),
        ("[]", 3, "line 1: it is no JSON object"),
        ("{}", 3, "line 1: it has no principal"),
        ('{"request": {"principal": "x", "action": "y", "resource": "z"}}', 3, "line 1: principal"),
        (line("maybe"), 3, "`maybe` is no outcome"),
        (line() + "\n" + "{", 3, "line 2"),
        ("[" * 5000, 3, "line 1"),
    ],
)
def test_what_is_no_log_is_told_with_its_line(run: Run, desk: Path, log: Path, text: str, code: int, said: str) -> None:
    log.write_text(text, encoding="utf-8")
    done = run("replay", str(log), *sides(desk))
    assert (done.code, said in done.err) == (code, True), done


def test_nonsense_is_told(run: Run, desk: Path, log: Path) -> None:
    against = sides(desk)[:2] + sides(desk)[4:]
    assert "does not say what was decided" in run("replay", str(log), *against).err
    assert run("replay", str(desk / "none.jsonl"), *sides(desk)).code == 2
    assert run("replay", "--base", str(log)).code == 2
    assert run("replay", str(desk), *sides(desk)).code == 2
    log.write_bytes(b"\xff\xfe\n")
    assert "is not UTF-8" in run("replay", str(log), *sides(desk)).err
    log.write_text("", encoding="utf-8")
    assert "the log is empty" in run("replay", str(log), *sides(desk)).out


def test_a_line_may_be_the_request_itself_and_facts_are_of_its_context() -> None:
    flat = json.dumps({**request(), "facts": {"size": 7}, "decision": {"outcome": "allow", "reasons": ["readers"]}})
    (record,) = records_of([flat], "log")
    assert json.loads(record.request or b"")["context"] == {"size": 7}
    assert (record.outcome, record.rule, record.agent, record.key) == ("allow", "readers", "ann", 1)
    with pytest.raises(WorkbenchError):
        list(records_of(["{"], "log"))


def test_the_record_of_a_workspace_is_decided_again(run: Run, demo: Path) -> None:  # noqa: F811
    empty = run("replay")
    assert (empty.code, "nothing was recorded then" in empty.out) == (0, True)
    document = json.loads(run("replay", "--days", "0", "--json").out)
    assert (document["total"], document["against"]) == (0, "the draft")
    assert run("replay", "--against", str(demo / "none.cedarplus")).code != 0
    assert run("replay", "--days", "-1").code == 2
