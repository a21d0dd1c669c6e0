"""``compile --scenarios``: requests that the author wants handled, each decided by what the text became."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

SCHEMA = """
entity User = { @values("admin; guest") role: String };
entity Doc = { secret: Bool };
@phrase("delete …") action delete appliesTo { principal: [User], resource: [Doc], context: {} };
@phrase("read …") action read appliesTo { principal: [User], resource: [Doc], context: {} };
"""


def scenario(action: str, role: str = "guest", **more: Any) -> dict[str, Any]:
    entities = [
        {"uid": {"type": "User", "id": "u"}, "attrs": {"role": role}, "parents": []},
        {"uid": {"type": "Doc", "id": "d"}, "attrs": {"secret": False}, "parents": []},
    ]
    request = {"principal": 'User::"u"', "action": f'Action::"{action}"', "resource": 'Doc::"d"', "context": {}}
    return {"request": request, "entities": entities, **more}


@pytest.fixture
def given(desk: Path) -> tuple[str, Path]:
    schema = desk / "docs.cedarschema"
    schema.write_text(SCHEMA, encoding="utf-8")
    return str(schema), desk / "scenarios.json"


def test_each_is_decided_by_what_the_text_became(run: Run, given: tuple[str, Path]) -> None:
    schema, file = given
    wanted = [
        scenario("read", name="a guest reads", expect="allow"),
        scenario("delete", expect="allow"),
        scenario("delete", "admin", name="an admin deletes"),
        scenario("burn", name="unknown"),
    ]
    file.write_text(json.dumps(wanted), encoding="utf-8")
    text = "Users may read docs. Guests must never delete docs."
    done = run("compile", "-", "--schema", schema, "--scenarios", str(file), "--json", input=text)
    assert done.code == 0
    reads, deletes, admin, unknown = done.json["scenarios"]
    assert (reads["outcome"], reads["met"], reads["sentences"]) == ("allow", True, ["Users may read docs."])
    assert (deletes["name"], deletes["outcome"], deletes["met"]) == ("scenario 2", "deny", False)
    assert deletes["sentences"] == ["Guests must never delete docs."]
    assert (admin["outcome"], admin["handled"], admin["met"]) == ("deny", False, None)
    assert admin["message"] == "no sentence speaks of it"
    assert not unknown["handled"]
    assert "burn" in unknown["message"]
    shown = run("compile", "-", "--schema", schema, "--scenarios", str(file), input=text)
    assert "deny, expected allow  scenario 2" in shown.out
    assert "by: Guests must never delete docs." in shown.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ("{}", "not a list of scenarios"),
        ("[3]", "scenario 1: there is no `request` object"),
        ('[{"request": {}, "expect": "yes"}]', "`expect` is not"),
        ('[{"request": {}, "entities": {}}]', "`entities` is not a list"),
    ],
)
def test_a_file_that_holds_none_is_refused_before_anything_is_compiled(
    run: Run, given: tuple[str, Path], content: str, said: str
) -> None:
    schema, file = given
    file.write_text(content, encoding="utf-8")
    done = run("compile", "-", "--schema", schema, "--scenarios", str(file), input="Users may read docs.")
    assert done.code == 3
    assert said in done.err
    assert done.out == ""


def test_scenarios_go_without_a_model(run: Run, given: tuple[str, Path]) -> None:
    schema, file = given
    done = run(
        "compile", "-", "--schema", schema, "--scenarios", str(file), "--model", "x", input="Users may read docs."
    )
    assert done.code == 2
