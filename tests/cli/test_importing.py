"""`workbench import rego`: what it prints, writes and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

PLAIN = """package p
default allow := false
allow if {
  input.user.role == "lead"
  input.action in {"read", "write"}
}
"""
PARTLY = PLAIN + 'deny contains "no" if count(input.tags) > 3\nallow if regex.match("a", input.name)\n'


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.rego"
    path.write_text(PLAIN, encoding="utf-8")
    return path


def test_rules_go_to_stdout_and_what_is_said_of_them_to_stderr(run: Run, policy: Path) -> None:
    done = run("import", "rego", policy)
    assert done.code == 0
    assert done.out.startswith('@id("allow-3")\npermit (principal, action in [Action::"read", Action::"write"], ')
    assert "assumed: `input.user` is the principal" in done.err
    assert "converted: 1 of 1 rule" in done.err


def test_what_is_written_passes_the_check(run: Run, policy: Path, tmp_path: Path) -> None:
    out = tmp_path / "rules.cedarplus"
    assert run("import", "rego", policy, "-o", out).code == 0
    assert run("check", out).code == 0  # the schema that was made lies beside it
    before = out.read_text()
    again = run("import", "rego", policy, "-o", out)
    assert again.code == 2
    assert "there is something already" in again.err
    assert out.read_text() == before
    assert run("import", "rego", policy, "-o", out, "--force").code == 0


def test_nothing_is_written_where_one_of_two_files_is_there(run: Run, policy: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.cedarschema").write_text("entity Mine;", encoding="utf-8")
    assert run("import", "rego", policy, "-o", tmp_path / "rules.cedarplus").code == 2
    assert not (tmp_path / "rules.cedarplus").exists()
    assert (tmp_path / "rules.cedarschema").read_text() == "entity Mine;"


def test_what_is_not_converted_is_named_with_place_and_help(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "partly.rego"
    path.write_text(PARTLY, encoding="utf-8")
    done = run("import", "rego", path)
    assert done.code == 3
    assert f"{path}:7:23: Cedar does not count" in done.err
    assert "`deny` denies more than it did" in done.err
    assert f"{path}:8:10: `regex.match` has no counterpart" in done.err
    assert "`allow` is left out, so that less is allowed" in done.err
    assert "partly converted: 1 of 3 rules" in done.err
    assert "forbid (principal, action, resource);" in done.out
    found = run("import", "rego", path, "--json")
    assert found.code == 3
    assert [(one["code"], one["line"], one["column"], one["stand_in"]) for one in found.json["refused"]] == [
        ("count", 7, 23, ["deny-7"]),
        ("function", 8, 10, []),
    ]
    assert found.json["whole"] is False


def test_the_json_form_has_everything(run: Run, policy: Path, desk: Path) -> None:
    found = run("import", "rego", policy, "--json").json
    assert found["schema_inferred"] is True
    assert "entity User" in found["schema"]
    assert found["converted"][0]["rules"] == ["allow-3"]
    known = run("import", "rego", policy, "--schema", desk / "docs.cedarschema", "--json").json
    assert known["schema_inferred"] is False
    assert 'when { principal.role == "lead" }' in known["cedar_plus"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--map", "user=principal"), 2, "does not say where"),
        (("--map", "input.user=someone"), 2, "no place in a request"),
        (("--otherwise", "perhaps"), 2, "neither `allow` nor `deny`"),
        (("--force",), 2, "`--force` goes with `--output`"),
        (("--allow", "nobody"), 3, "no rule is called"),
        (("-o", "-"), 2, "cannot be written"),
        (("-o", "x.cedarschema"), 2, "ends as a schema does"),
        (("--schema", "nowhere.cedarschema"), 2, "nowhere.cedarschema"),
    ],
)
def test_nonsense_is_answered(run: Run, policy: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run("import", "rego", policy, *arguments)
    assert (done.code, said in done.err) == (code, True), done


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("allow {", "1:8: the text ends in the middle"),
        ("", "no rule is called `allow` or `deny`"),
        ("package p\nallow { @ }", "2:9: `@` cannot stand here"),
        ("\x00\x1b[31m", "cannot stand here"),
    ],
)
def test_what_is_no_rego_is_refused_with_its_place(run: Run, text: str, said: str) -> None:
    done = run("import", "rego", "-", input=text)
    assert done.code == 3
    assert said in done.err
    assert "\x1b" not in done.err
    assert done.out == ""
