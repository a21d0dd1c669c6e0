"""``compile``, ``check``, ``explain``, ``format``, ``test``: JSON shapes, exit codes, places in texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import ENTITIES, RULES, SCHEMA, Run, request

SENTENCE = "Agents must never share customer email addresses with external services."


def test_compile_prints_the_documented_form(run: Run, swarm: Path) -> None:
    told = run("compile", "-", "--schema", swarm / "schema.cedarschema", "--json", input=SENTENCE)
    assert told.code == 0, told.out
    document = told.json
    assert {"sentences", "cedar_plus", "tests"} <= set(document)
    (sentence,) = document["sentences"]
    assert set(sentence) == {"text", "span", "status", "candidates", "question", "diagnostics"}
    assert sentence["text"] == SENTENCE
    assert sentence["span"] == [0, len(SENTENCE)]
    assert sentence["status"] == "compiled"
    (candidate,) = sentence["candidates"]
    assert set(candidate) == {"cedar_plus", "paraphrase", "assumptions"}
    assert 'action == Action::"share_external"' in document["cedar_plus"]
    assert 'resource.tags.contains("email")' in document["cedar_plus"]
    assert document["tests"]


def test_compile_refuses_what_it_does_not_understand(run: Run, swarm: Path) -> None:
    text = SENTENCE + "\nAgents should be polite to most people."
    told = run("compile", "-", "--schema", swarm / "schema.cedarschema", "--json", input=text)
    assert told.code == 3
    first, second = told.json["sentences"]
    assert first["status"] == "compiled"
    assert second["status"] in ("refused", "ambiguous")
    shown = run("compile", "-", "--schema", swarm / "schema.cedarschema", input=text)
    assert shown.code == 3
    assert "<stdin>:2:" in shown.out


def test_compile_of_nothing_is_refused(run: Run, swarm: Path) -> None:
    shown = run("compile", "-", "--schema", swarm / "schema.cedarschema", input="\n\n# A heading\n")
    assert shown.code == 3
    assert "no sentences" in shown.out


def test_compile_needs_a_schema_that_reads(run: Run, tmp_path: Path) -> None:
    assert run("compile", "-", input=SENTENCE).code == 2
    schema = tmp_path / "broken.cedarschema"
    schema.write_text("entity User = {\n  role String };\n", encoding="utf-8")
    shown = run("compile", "-", "--schema", schema, input=SENTENCE)
    assert shown.code == 3
    assert f"{schema}:2:" in shown.err


def test_check_of_a_clean_text(run: Run, desk: Path) -> None:
    told = run("check", desk / "rules.cedarplus", "--json")
    assert told.code == 0
    assert told.json["clean"] is True
    assert [rule["id"] for rule in told.json["rules"]] == ["readers", "secrets", "writers", "big", "small-first"]
    assert all(len(rule["digest"]) == 64 for rule in told.json["rules"])
    assert "clean (5 rules" in run("check", desk / "rules.cedarplus").out


def test_check_says_how_much_work_a_request_can_be(run: Run, desk: Path) -> None:
    """Reading is the dearest action of the desk: a permit, a forbid over a set, a preference."""
    told = run("check", desk / "rules.cedarplus", "--json").json["bound"]
    assert (told["action"], told["rules"], told["depth"]) == ('Action::"read"', 3, 3)
    fixed = (4) + (4 + 5) + (4 + 4)  # scopes with one action each; `contains` visits one part
    assert told["steps"] == {"fixed": fixed, "per_part": 0, "most": fixed}
    assert [item["action"] for item in told["actions"]] == ['Action::"read"', 'Action::"write"']
    assert run("check", desk / "rules.cedarplus").out.splitlines()[-2:] == [
        f"bounded: at most {fixed} steps for one request",
        '  (Action::"read" is the dearest: 3 rules, depth 3)',
    ]


def test_check_names_what_grows_with_the_data(run: Run, desk: Path) -> None:
    path = desk / "rules.cedarplus"
    path.write_text("permit (principal, action, resource) when { resource.tags == resource.tags };", "utf-8")
    lines = run("check", path).out.splitlines()
    assert "clean (1 rule, " in lines[-3]
    assert lines[-2:] == [
        "bounded: at most 8 steps for one request, and 1 more for each value in it",
        '  (Action::"read" is the dearest: 1 rule, depth 3; 131,080 at the largest request)',
    ]
    path.write_text("permit (principal, action, resource) when { resource.tagz == 1 };", "utf-8")
    assert run("check", path, "--json").json["bound"] is None


def test_check_underlines_the_place(run: Run, desk: Path) -> None:
    path = desk / "rules.cedarplus"
    path.write_text('permit (principal, action == Action::"read", resource)\nwhen { resource.tagz == 1 };\n', "utf-8")
    shown = run("check", path)
    assert shown.code == 3
    lines = shown.out.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith(f"{path}:2:17: error[CP002]"))
    source, carets = lines[place + 1], lines[place + 2]
    assert source.endswith("when { resource.tagz == 1 };")
    assert source[carets.index("^") : carets.rindex("^") + 1] == "tagz"
    assert any("tags" in line for line in lines[place:])
    told = run("check", path, "--json")
    assert told.code == 3
    assert told.json["clean"] is False
    first = next(d for d in told.json["diagnostics"] if d["severity"] == "error")
    assert (first["line"], first["column"]) == (2, 17)


def test_check_reads_standard_input_with_a_named_schema(run: Run, desk: Path) -> None:
    assert run("check", "-", "--schema", desk / "docs.cedarschema", input=RULES).code == 0
    unnamed = run("check", "-", input=RULES)
    assert unnamed.code == 2
    assert "--schema" in unnamed.err


def test_explain_numbers_every_rule(run: Run, desk: Path) -> None:
    told = run("explain", desk / "rules.cedarplus", "--json")
    assert told.code == 0
    assert [rule["number"] for rule in told.json["rules"]] == [1, 2, 3, 4, 5]
    assert all(rule["paraphrase"].endswith(".") for rule in told.json["rules"])
    places = [
        line.split()[0] for line in run("explain", desk / "rules.cedarplus").out.splitlines() if line[:1].isdigit()
    ]
    assert [place for place in places if "." in place] == ["1.1", "1.2", "2.1", "3.1", "4.1"]
    (desk / "rules.cedarplus").write_text("// nothing yet", encoding="utf-8")
    assert run("explain", desk / "rules.cedarplus").out == f"{desk / 'rules.cedarplus'}: no rules\n"


def test_format_prints_writes_and_checks(run: Run, desk: Path) -> None:
    path = desk / "rules.cedarplus"
    path.write_text('permit(principal,action==Action::"read",resource)when{context.size<3};// why\n', encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert run("format", path, "--check").code == 1
    formatted = run("format", path)
    assert formatted.code == 0
    assert path.read_text(encoding="utf-8") == before
    assert "// why" in formatted.out
    assert run("format", path, "--write").code == 0
    assert path.read_text(encoding="utf-8") == formatted.out
    assert run("format", path, "--check").code == 0
    assert run("format", "-", input=formatted.out).out == formatted.out
    assert run("format", path, "--write", "--check").code == 2
    assert run("format", "-", "--write", input="").code == 2


def test_format_leaves_a_broken_text_alone(run: Run, desk: Path) -> None:
    path = desk / "rules.cedarplus"
    path.write_text("permit (principal,", encoding="utf-8")
    shown = run("format", path, "--write")
    assert shown.code == 3
    assert "CP001" in shown.err
    assert path.read_text(encoding="utf-8") == "permit (principal,"


def case(name: str, expect: str, **parts: object) -> dict[str, object]:
    from tests.cli.conftest import ENTITIES

    return {"name": name, "request": request(**parts), "entities": ENTITIES, "expect": expect}  # type: ignore[arg-type]


def test_test_runs_both_engines(run: Run, desk: Path) -> None:
    cases = [case("reads", "allow"), case("secret", "deny", doc="plot"), case("big", "hold", action="write", size=101)]
    (desk / "tests.json").write_text(json.dumps(cases), encoding="utf-8")
    told = run("test", desk / "rules.cedarplus", "--json")
    assert told.code == 0, told.out
    assert (told.json["passed"], told.json["failed"], told.json["disagreements"]) == (3, 0, 0)
    assert "3 of 3" in run("test", desk / "rules.cedarplus").out
    (desk / "tests.json").write_text(json.dumps([*cases, case("wrong", "allow", doc="plot")]), encoding="utf-8")
    shown = run("test", desk / "rules.cedarplus")
    assert shown.code == 1
    assert "FAIL wrong: expected allow, got deny" in shown.out


def test_test_needs_test_cases(run: Run, desk: Path) -> None:
    shown = run("test", desk / "rules.cedarplus")
    assert shown.code == 2
    assert "--tests" in shown.err


def test_a_run_of_no_test_cases_is_no_success(run: Run, desk: Path) -> None:
    (desk / "tests.json").write_text("[]", encoding="utf-8")
    shown = run("test", desk / "rules.cedarplus")
    assert shown.code == 1
    assert "no test cases" in shown.out
    assert "ok" not in shown.out
    assert "`--tests FILE`" in shown.out
    told = run("test", desk / "rules.cedarplus", "--json")
    assert told.code == 1
    assert (told.json["passed"], told.json["results"]) == (0, [])


@pytest.mark.parametrize("command", ["check", "explain", "test"])
def test_a_schema_given_as_a_constitution_gets_one_hint(run: Run, desk: Path, command: str) -> None:
    (desk / "other.cedarplus").write_text((desk / "docs.cedarschema").read_text(encoding="utf-8"), encoding="utf-8")
    for name in ("docs.cedarschema", "other.cedarplus"):
        shown = run(command, desk / name)
        assert (shown.code, shown.out) == (3, "")
        assert shown.err.splitlines() == [
            f"error: this looks like a schema: `{desk / name}` holds no rules",
            "help: give it with `--schema`",
        ]
    for neither in ("", "permit (principal, action, resource", "entity User = { role String };"):
        (desk / "other.cedarplus").write_text(neither, encoding="utf-8")
        assert "looks like a schema" not in run(command, desk / "other.cedarplus").err


def test_the_sample_is_clean(run: Run, swarm: Path) -> None:
    assert run("check", swarm / "constitution.cedarplus").code == 0
    assert run("test", swarm / "constitution.cedarplus").code == 0
    assert run("format", swarm / "constitution.cedarplus", "--check").code == 0


@pytest.mark.parametrize("command", ["check", "explain", "format", "test"])
def test_files_that_are_none(run: Run, desk: Path, command: str) -> None:
    (desk / "latin.cedarplus").write_bytes(b'permit (principal, action, resource); // caf\xe9"')
    (desk / "huge.cedarplus").write_bytes(b"/" * (8 * 1024 * 1024 + 1))
    for path, code, words in (
        (desk / "absent.cedarplus", 2, "no such file"),
        (desk, 2, "folder"),
        (desk / "latin.cedarplus", 3, "byte 44 is not UTF-8"),
        (desk / "huge.cedarplus", 3, "8 MiB"),
    ):
        shown = run(command, path)
        assert (shown.code, shown.out) == (code, "")
        assert words in shown.err
        assert "Traceback" not in shown.err


ALIKE = SCHEMA.replace("{ role: String }", "{ role: String, roIe: String }")


@pytest.mark.parametrize(
    "command",
    [
        ("explain", "rules.cedarplus"),
        ("explain", "rules.cedarplus", "--request", "request.json"),
        ("test", "rules.cedarplus", "--tests", "cases.json"),
        ("decide", "rules.cedarplus", "--request", "request.json"),
        ("rank", "rules.cedarplus", "--requests", "requests.json"),
        ("compile", "english.txt", "--schema", "docs.cedarschema"),
    ],
)
def test_no_command_works_under_a_schema_that_the_linter_refuses(
    run: Run, desk: Path, command: tuple[str, ...]
) -> None:
    (desk / "request.json").write_text(json.dumps(request()), encoding="utf-8")
    (desk / "requests.json").write_text(json.dumps([request(), request(doc="plot")]), encoding="utf-8")
    case = {"name": "read", "request": request(), "entities": ENTITIES, "expect": "allow"}
    (desk / "cases.json").write_text(json.dumps([case]), encoding="utf-8")
    (desk / "english.txt").write_text("Users may read docs.", encoding="utf-8")
    arguments = [desk / word if "." in word else word for word in command]
    before = run(*arguments)
    assert before.code != 2
    assert "CP011" not in before.err
    (desk / "docs.cedarschema").write_text(ALIKE, encoding="utf-8")
    told = run(*arguments)
    assert told.code == 3
    assert f"{desk / 'docs.cedarschema'}:1:31: error[CP011]: the attributes `roIe` and `role`" in told.err
    assert told.out == ""


def test_check_tells_a_refused_schema_once_and_the_rules_mistakes_too(run: Run, desk: Path) -> None:
    (desk / "docs.cedarschema").write_text(ALIKE, encoding="utf-8")
    shown = run("check", desk / "rules.cedarplus")
    assert shown.code == 3
    assert shown.out.count("CP011") == 1
    (desk / "rules.cedarplus").write_text(RULES.replace("resource.owner", "resource.ownr"), encoding="utf-8")
    told = run("check", desk / "rules.cedarplus", "--json").json
    assert [found["code"] for found in told["schema_diagnostics"]] == ["CP011"]
    assert [found["code"] for found in told["diagnostics"]] == ["CP002"]
    assert not told["clean"]
