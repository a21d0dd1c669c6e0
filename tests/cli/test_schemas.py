"""``schema check``, ``schema diff``, ``schema migrate``: exit codes, JSON shapes, files written and left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import ENTITIES, RULES, SCHEMA, Run, request
from workbench.governance.artifact import load_yaml
from workbench.service.workspace import Workspace

RENAMED = (
    SCHEMA.replace("entity User = { role: String };", '@renamed_from("User") entity Person = { role?: String };')
    .replace("owner: User", '@renamed_from("owner") keeper: Person')
    .replace("[User]", "[Person]")
    .replace("size: Long", '@renamed_from("size") length: Long')
)
CASE = {"name": "ann reads", "request": request(), "entities": ENTITIES, "expect": "allow"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a constitution, its schema, its tests, and a renamed schema in a folder of its own."""
    (tmp_path / "rules.cedarplus").write_text(RULES)
    (tmp_path / "rules.cedarschema").write_text(SCHEMA)
    (tmp_path / "tests.json").write_text("[\n  " + json.dumps(CASE) + "\n]\n")
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "new.cedarschema").write_text(RENAMED)
    return tmp_path


def test_check_tells_what_is_clean_and_what_is_not(run: Run, place: Path) -> None:
    assert run("schema", "check", place / "rules.cedarschema").code == 0
    told = run("schema", "check", "-", "--json", input="entity A { role: Long, roIe: Long }; entity B;")
    assert told.code == 3
    assert not told.json["clean"]
    first = told.json["diagnostics"][0]
    assert (first["code"], first["line"], first["column"]) == ("CP111", 1, 8)
    assert "CP011" in [found["code"] for found in told.json["diagnostics"]]
    shown = run("schema", "check", "-", input="entity A { x: Lnog };")
    assert shown.code == 3
    assert "unknown type `Lnog`" in shown.out
    assert "^^^^" in shown.out


@pytest.mark.parametrize(
    "text", ["", "\x00", "entity", '"', "é", "}{", "namespace N {", "\u202e entity A;", "// only\n"]
)
def test_check_survives_nonsense(run: Run, text: str) -> None:
    told = run("schema", "check", "-", input=text)
    assert told.code in (0, 3)
    assert "Traceback" not in told.out + told.err
    assert "\u202e" not in told.out


@pytest.mark.parametrize("arguments", [("check", "nowhere"), ("diff", "nowhere", "nowhere"), ("check", ".")])
def test_a_file_that_is_not_there_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    told = run("schema", *arguments)
    assert told.code == 2
    assert "error:" in told.err


def test_diff_names_changes_and_what_breaks(run: Run, place: Path) -> None:
    old, new = place / "rules.cedarschema", place / "next" / "new.cedarschema"
    told = run("schema", "diff", old, new, "--constitution", place / "rules.cedarplus", "--json")
    assert told.code == 1
    document = told.json
    assert document["breaks"]
    assert {"renamed", "changed"} == {change["kind"] for change in document["changes"]}
    (constitution,) = document["constitutions"]
    assert {rule["id"] for rule in constitution["rules"]} == {"writers", "big", "small-first"}
    assert {rule["line"] for rule in constitution["rules"]} == {7, 9, 16}
    assert all(rule["diagnostics"][0]["code"] == "CP002" for rule in constitution["rules"])
    assert [test["name"] for test in constitution["tests"]] == ["ann reads"]
    shown = run("schema", "diff", old, new, "--constitution", place / "rules.cedarplus")
    assert "entity type Person (was User)" in shown.out
    assert "breaks: 3 rules, 1 tests no longer fit" in shown.out


def test_diff_of_what_breaks_nothing_exits_0(run: Run, place: Path) -> None:
    wider = place / "next" / "wider.cedarschema"
    wider.write_text(SCHEMA.replace("role: String", "role: String, note?: String"))
    told = run("schema", "diff", place / "rules.cedarschema", wider, "--constitution", place / "rules.cedarplus")
    assert told.code == 0, told.out
    assert "nothing breaks" in told.out
    assert run("schema", "diff", place / "rules.cedarschema", wider).code == 0
    assert run("schema", "diff", wider, place / "rules.cedarschema").code == 1, "an attribute is removed"


def test_an_added_action_may_break_a_rule_that_names_none(run: Run, place: Path) -> None:
    rules = place / "unscoped.cedarplus"
    rules.write_text("permit (principal, action, resource) when { context.size > 1 };")
    more = place / "next" / "more.cedarschema"
    more.write_text(SCHEMA + "action look appliesTo { principal: [User], resource: [Doc] };")
    told = run("schema", "diff", place / "rules.cedarschema", more, "--constitution", rules, "--json")
    assert told.code == 1
    assert [change["breaking"] for change in told.json["changes"]] == [False]
    assert len(told.json["constitutions"][0]["rules"]) == 1


def test_what_was_broken_before_is_counted_apart(run: Run, place: Path) -> None:
    (place / "tests.json").write_text(json.dumps([{**CASE, "request": request(size="big")}, {**CASE, "name": "b"}]))
    (place / "rules.cedarplus").write_text(RULES.replace("resource.tags", "resource.tgas"))
    old, new = place / "rules.cedarschema", place / "next" / "new.cedarschema"
    told = run("schema", "diff", old, new, "--constitution", place / "rules.cedarplus", "--json")
    (found,) = told.json["constitutions"]
    assert "secrets" not in [rule["id"] for rule in found["rules"]]
    assert (found["rules_before"], found["tests_before"]) == (1, 1)
    assert [test["name"] for test in found["tests"]] == ["b"]
    shown = run("schema", "diff", old, old, "--constitution", place / "rules.cedarplus")
    assert shown.code == 0
    assert "2 did not fit the old schema either" in shown.out


def test_diff_counts_recorded_actions_of_a_workspace(run: Run, tmp_path: Path) -> None:
    from workbench.engine.request import Request
    from workbench.service.samples import load_sample
    from workbench.service.views import Credential

    sample = load_sample()
    with Workspace.create(tmp_path / "w") as workspace:
        for line in sample.actions.read_text().splitlines()[:3]:
            row = json.loads(line)
            asked = Request.from_json(row["request"])
            workspace.decide(
                asked, credential=Credential(str(asked.principal)), entities=row["entities"], facts=row["facts"]
            )
        lying = Request.from_json({**row["request"], "context": {"amount": "much"}})
        workspace.decide(lying, credential=Credential(str(asked.principal)))
    (tmp_path / "old").write_text(sample.schema)
    (tmp_path / "new").write_text(sample.schema.replace("currency: String, ", ""))
    told = run("schema", "diff", tmp_path / "old", tmp_path / "new", "--workspace", tmp_path / "w", "--json")
    assert told.code == 1
    (found,) = told.json["constitutions"]
    assert (found["recorded"]["looked_at"], found["recorded"]["broken"]) == (4, 3), "one never fitted"
    assert "currency" in found["recorded"]["examples"][0]
    assert len(found["tests"]) == sum("currency" in case["request"]["context"] for case in sample.tests)
    same = run("schema", "diff", tmp_path / "old", tmp_path / "old", "--workspace", tmp_path / "w")
    assert same.code == 0, same.out


def test_migrate_prints_and_writes(run: Run, place: Path) -> None:
    rules, new = place / "rules.cedarplus", place / "next" / "new.cedarschema"
    told = run("schema", "migrate", rules, "--to", new)
    assert told.code == 0, told.err
    assert "principal == resource.keeper" in told.out
    assert "when length > 100" in told.out
    assert 'where principal has role && principal.role == "chief"' in told.out
    assert rules.read_text() == RULES, "nothing is written unless asked"
    assert run("schema", "migrate", rules, "--to", new, "--write").code == 0
    assert rules.read_text() == told.out
    (place / "rules.cedarschema").write_text(RENAMED)
    assert run("check", rules).code == 0
    assert run("test", rules).code == 0
    assert len((place / "tests.json").read_text().splitlines()) == 3, "a case a line, as before"


def test_migrate_tells_what_is_left_and_still_does_the_rest(run: Run, place: Path) -> None:
    new = place / "next" / "less.cedarschema"
    new.write_text(RENAMED.replace("tags: Set<String>, ", ""))
    told = run("schema", "migrate", place / "rules.cedarplus", "--to", new, "--json")
    assert told.code == 1
    assert [found["line"] for found in told.json["left"]["rules"]] == [6]
    assert "tags" in told.json["left"]["tests"][0]["message"]
    assert "resource.keeper" in told.json["migrated"]


def test_migrate_of_an_artifact_drops_its_votes(run: Run, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w") as workspace:
        schema = workspace.draft().schema
    artifact = next((tmp_path / "w" / "versions").glob("*.yaml"))
    copy = tmp_path / "copy.yaml"
    copy.write_text(artifact.read_text())
    (tmp_path / "new").write_text(schema.replace("trust: Long", '@renamed_from("trust") confidence: Long'))
    told = run("schema", "migrate", copy, "--to", tmp_path / "new", "--write")
    assert told.code == 0, told.err
    version = load_yaml(copy.read_text())
    assert version.signatures == ()
    assert "confidence" in version.content.schema_text
    assert "confidence" in version.content.test_cases[0].entities
    assert run("check", copy).code == 0
    assert run("test", copy).code == 0


def test_migrate_refuses_what_cannot_be_meant(run: Run, place: Path) -> None:
    new = place / "next" / "new.cedarschema"
    assert run("schema", "migrate", "-", "--to", new, "--schema", new, "--write", input=RULES).code == 2
    assert run("schema", "migrate", place / "rules.cedarplus", "--to", place / "rules.cedarplus").code == 3
    assert run("schema", "migrate", place / "rules.cedarplus").code == 2
    (place / "rules.cedarplus").write_text(RULES.replace("resource.tags", "resource.tgas"))
    unclean = run("schema", "migrate", place / "rules.cedarplus", "--to", new)
    assert unclean.code == 3
    assert "tgas" in unclean.err
    assert unclean.out == ""


def test_rules_can_be_carried_out_of_a_schema_that_the_linter_refuses_and_not_into_one(run: Run, place: Path) -> None:
    alike = SCHEMA.replace("{ role: String }", "{ role: String, roIe: String }")
    (place / "rules.cedarschema").write_text(alike)
    new = place / "next" / "new.cedarschema"
    assert run("schema", "migrate", place / "rules.cedarplus", "--to", new).code == 0
    (place / "rules.cedarschema").write_text(SCHEMA)
    new.write_text(alike)
    told = run("schema", "migrate", place / "rules.cedarplus", "--to", new)
    assert told.code == 3
    assert f"{new}:1:" in told.err
    assert "CP011" in told.err
