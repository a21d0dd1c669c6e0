"""``explain FILE``: a whole constitution as a numbered document, from every kind of file, in every form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import RULES, Run
from workbench.cli.output import width
from workbench.service.workspace import Workspace

EXCEPTED = """
@id("own-only")
@doc("Decided in May.")
forbid (principal, action == Action::"write", resource)
when { context.size > 10 }
unless { principal == resource.owner || principal.role == "chief" && context.size < 100 };
@id("tried")
@stage("observe")
forbid (principal, action == Action::"read", resource) when { context.size > 1000 };
"""


@pytest.fixture
def rules(desk: Path) -> Path:
    file = desk / "rules.cedarplus"
    file.write_text(RULES + EXCEPTED, encoding="utf-8")
    return file


def test_sections_by_kind_with_every_rule_once(run: Run, rules: Path) -> None:
    told = run("explain", rules, "--json").json
    assert [section["name"] for section in told["sections"]] == [
        "permissions",
        "prohibitions",
        "approvals",
        "preferences",
    ]
    assert [rule["number"] for rule in told["rules"]] == list(range(1, 8))
    assert [(rule["id"], rule["place"]) for rule in told["rules"]] == [
        ("readers", "1.1"), ("secrets", "2.1"), ("writers", "1.2"), ("big", "3.1"), ("small-first", "4.1"),
        ("own-only", "2.2"), ("tried", "2.3"),
    ]  # fmt: skip
    assert sorted(place for section in told["sections"] for place in section["places"]) == sorted(
        rule["place"] for rule in told["rules"]
    )


def test_exceptions_stand_apart_and_add_up_to_the_paraphrase(run: Run, rules: Path) -> None:
    (rule,) = (rule for rule in run("explain", rules, "--json").json["rules"] if rule["id"] == "own-only")
    assert rule["sentence"] == "No user may write a doc when the request's size is more than 10"
    assert rule["exceptions"] == [
        "the user is the doc's owner",
        "(the user's role is \"chief\" and the request's size is less than 100)",
    ]
    assert rule["paraphrase"] == f"{rule['sentence']} unless {' or '.join(rule['exceptions'])}."
    page = run("explain", rules).out
    found = re.search(r"\n( *)2\.2 ?|^2\.2( +)", page, re.MULTILINE)
    assert found is not None
    after = page[found.end() :].splitlines()
    assert after[0].endswith("more than 10,")
    assert after[1].strip() == "unless the user is the doc's owner,"
    assert after[2].strip() == "or (the user's role is \"chief\" and the request's size is less than 100)."
    indents = [len(line) - len(line.lstrip()) for line in after[1:4]]
    assert indents[0] == indents[1] > indents[2]


def test_what_a_rule_carries_is_told(run: Run, rules: Path) -> None:
    page = run("explain", rules).out
    assert "“Nobody may read secret documents.”" in page
    assert "Decided in May." in page
    assert "[tried] on trial" in page
    assert "[readers]" in page
    assert "7 rules: 2 permissions, 3 prohibitions, 1 procedure, 1 preference; 1 on trial" in page


@pytest.mark.parametrize("columns", [40, 72, 100])
def test_the_page_fits_the_terminal_and_loses_no_word(
    run: Run, rules: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rules.parent)
    monkeypatch.setenv("COLUMNS", str(columns))
    page = run("explain", "rules.cedarplus").out
    assert max(map(width, page.splitlines())) <= columns
    for rule in run("explain", "rules.cedarplus", "--json").json["rules"]:
        assert " ".join(rule["sentence"].split()) in " ".join(page.split())


def test_markdown_shows_text_from_outside_literally(run: Run, rules: Path) -> None:
    text = rules.read_text(encoding="utf-8").replace("Nobody may read secret documents.", "<b>*# no*</b>")
    rules.write_text(text, encoding="utf-8")
    page = run("explain", rules, "--markdown").out
    assert page.startswith("# The constitution in ")
    assert "## 2. What is forbidden" in page
    assert "> \\<b\\>\\*\\# no\\*\\</b\\>" in page
    assert "- unless the user is the doc's owner,\n- or " in page


def test_a_version_and_the_draft_of_a_workspace(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "demo"
    Workspace.create(place, profile="demo").close()
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(place))
    artifact = run("explain", place / "versions" / "1.0.0.yaml", "--json").json
    assert "version 1.0.0" in artifact["title"]
    assert "in force since" in artifact["subtitle"]
    assert {signer["role"] for signer in artifact["signers"]} >= {"operator", "supervisor"}
    assert "ledger" not in {signer["role"] for signer in artifact["signers"]}
    assert artifact["sections"][-1]["name"] == "amendments"
    page = run("explain", place / "versions" / "1.0.0.yaml").out
    for signer in artifact["signers"]:
        assert f"{signer['principal']} as {signer['role']}" in page
    draft = run("explain", "--draft", "--json").json
    assert draft["title"] == "The draft"
    assert draft["rules"] == artifact["rules"]
    kept = tmp_path / "kept.cedarplus"
    kept.write_text('@id("no-gifts")\nforbid (principal, action == Action::"issue_refund", resource)\n'
                    "when { context.amount > 9000 };\n", encoding="utf-8")  # fmt: skip
    assert run("draft", "set", "--invariants", kept).code == 0
    drafted = run("explain", "--draft", "--json").json
    assert [(rule["id"], rule["section"]) for rule in drafted["invariants"]] == [("no-gifts", "invariants")]
    assert drafted["sections"][-1]["title"] == "What must hold of every version"
    assert "9000" in run("explain", "--draft").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "--draft"),
        (("rules.cedarplus", "--draft"), 2, "leave one out"),
        (("rules.cedarplus", "--json", "--markdown"), 2, "leave one out"),
        (("--draft", "--schema", "docs.cedarschema"), 2, "the draft has its own"),
        (("--draft", "--request", "entities.json"), 2, "name the constitution"),
        (("rules.cedarplus", "--markdown", "--request", "entities.json"), 2, "--markdown"),
        (("missing.cedarplus",), 2, "missing.cedarplus"),
        (("rules.cedarplus", "--schema", "missing.cedarschema"), 2, "missing.cedarschema"),
        (("rules.cedarplus", "--schema", "entities.json"), 3, "entities.json"),
        (("docs.cedarschema",), 3, "looks like a schema"),
        (("broken.yaml",), 3, "not a constitution"),
    ],
)
def test_what_cannot_be_outlined(
    run: Run, desk: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, words: str
) -> None:
    monkeypatch.chdir(desk)
    (desk / "broken.yaml").write_text("a: [", encoding="utf-8")
    shown = run("explain", *arguments)
    assert shown.code == code, shown.err
    told = shown.out if "--json" in arguments else shown.err
    assert words in told


def test_a_syntax_error_is_shown_in_its_place(run: Run, desk: Path) -> None:
    (desk / "rules.cedarplus").write_text("permit (principal, action, resource", encoding="utf-8")
    shown = run("explain", desk / "rules.cedarplus")
    assert (shown.code, shown.out) == (3, "")
    assert "rules.cedarplus:1:28" in shown.err
