"""``decide`` and ``rank``: outcomes as exit codes, evidence, and every way a request or file can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import RULES, Run, request

Asking = Callable[..., Path]


@pytest.mark.parametrize(
    ("asked", "code", "outcome", "why"),
    [
        (request(), 0, "allow", "allowed"),
        (request(doc="plot"), 1, "deny", "forbidden"),
        (request("write", who="bob"), 1, "deny", "not_permitted"),
        (request("write", size=101), 4, "hold", "held"),
        (request(size="big"), 1, "deny", "invalid_request"),
        (request("fly"), 1, "deny", "invalid_request"),
    ],
)
def test_outcomes(
    run: Run, desk: Path, asking: Asking, asked: dict[str, Any], code: int, outcome: str, why: str
) -> None:
    command = ("decide", desk / "rules.cedarplus", "--request", asking(asked), "--entities", desk / "entities.json")
    shown = run(*command)
    assert shown.code == code
    assert shown.out.split()[:2] == [outcome, why]
    told = run(*command, "--json")
    assert told.code == code
    assert (told.json["outcome"], told.json["code"]) == (outcome, why)
    assert told.err == ""


def test_a_denial_says_the_rule_its_english_and_what_was_read(run: Run, desk: Path, asking: Asking) -> None:
    shown = run(
        "decide",
        desk / "rules.cedarplus",
        "--request",
        asking(request(doc="plot")),
        "--entities",
        desk / "entities.json",
    )
    assert "because of secrets: “Nobody may read secret documents.”" in shown.out
    assert 'resource.tags = ["secret"]' in shown.out


def test_a_default_denial_names_the_nearest_permit(run: Run, desk: Path, asking: Asking) -> None:
    told = run(
        "decide", desk / "rules.cedarplus", "--request", asking(request("write", who="bob")),
        "--entities", desk / "entities.json", "--json",
    )  # fmt: skip
    assert told.json["reasons"] == []
    assert [miss["rule"] for miss in told.json["why_not"]] == ["writers"]


def test_a_grant_lets_a_held_request_through(run: Run, desk: Path, asking: Asking) -> None:
    command = ("decide", desk / "rules.cedarplus", "--request", asking(request("write", size=101)))
    entities = ("--entities", desk / "entities.json")
    assert run(*command, *entities).code == 4
    assert run(*command, *entities, "--grant", "big").code == 0


@pytest.mark.parametrize("command", ["decide", "explain"])
def test_a_grant_of_no_procedure_is_an_error_that_names_those_there_are(
    run: Run, desk: Path, asking: Asking, command: str
) -> None:
    asked = (command, desk / "rules.cedarplus", "--request", asking(request("write", size=101)))
    unknown = run(*asked, "--grant", "big", "--grant", "other")
    assert (unknown.code, unknown.out) == (2, "")
    assert "`other`" in unknown.err
    assert "there is `big`" in unknown.err
    (desk / "rules.cedarplus").write_text(RULES.replace('@id("big")', '@id("size")'), "utf-8")
    assert "its procedure is named `big`" in run(*asked, "--grant", "size").err
    (desk / "rules.cedarplus").write_text("permit (principal, action, resource);", "utf-8")
    assert "has no procedure" in run(*asked, "--grant", "big").err


@pytest.mark.parametrize(
    ("asked", "code"),
    [(request(), 0), (request(doc="plot"), 1), (request("write", size=101), 4), (request(size="big"), 1)],
)
def test_a_sandbox_decides_alike(run: Run, desk: Path, asking: Asking, asked: dict[str, Any], code: int) -> None:
    command = ("decide", desk / "rules.cedarplus", "--request", asking(asked), "--entities", desk / "entities.json")
    plain, told = run(*command, "--json"), run(*command, "--sandbox", "--json")
    assert told.code == plain.code == code
    sandbox = told.json["sandbox"]
    assert {name: value for name, value in told.json.items() if name != "sandbox"} == plain.json
    assert "wall-clock time" in sandbox["how"]
    assert "sandboxed" in run(*command, "--sandbox").out.splitlines()[-1]


def test_a_sandbox_takes_grants_and_tells_what_is_wrong(run: Run, desk: Path, asking: Asking) -> None:
    rules, path = desk / "rules.cedarplus", asking(request("write", size=101))
    entities = ("--entities", desk / "entities.json")
    assert run("decide", rules, "--sandbox", "--request", path, *entities, "--grant", "big").code == 0
    assert run("decide", rules, "--sandbox", "--request", desk / "docs.cedarschema").code == 3
    assert run("decide", rules, "--sandbox", "--request", desk / "nothing.json").code == 2
    (desk / "misfits.json").write_text('[{"uid": {"type": "User", "id": "x"}, "attrs": {"role": 7}, "parents": []}]')
    misfits = [
        run("decide", rules, *sandbox, "--request", path, "--entities", desk / "misfits.json")
        for sandbox in ((), ("--sandbox",))
    ]
    assert misfits[0].code == 3
    assert misfits[0] == misfits[1]
    denied = run("decide", rules, "--sandbox", "--request", path)
    assert denied.code == 1
    rules.write_text("permit (principal, action, resource) when { context.sise == 1 };", "utf-8")
    shown = run("decide", rules, "--sandbox", "--request", path)
    assert shown.code == 3
    assert f"{rules}:1:53: error[CP002]" in shown.err


def test_the_schema_may_be_named(run: Run, desk: Path, asking: Asking) -> None:
    (desk / "second.cedarschema").write_text("entity Other;", encoding="utf-8")
    command = ("decide", desk / "rules.cedarplus", "--request", asking(request()), "--entities", desk / "entities.json")
    ambiguous = run(*command)
    assert ambiguous.code == 2
    assert "2 schemas" in ambiguous.err
    assert run(*command, "--schema", desk / "docs.cedarschema").code == 0


def test_the_request_may_come_from_standard_input(run: Run, desk: Path) -> None:
    import json

    command = ("decide", desk / "rules.cedarplus", "--request", "-", "--entities", desk / "entities.json")
    assert run(*command, input=json.dumps(request())).code == 0
    twice = run("decide", "-", "--request", "-", "--schema", desk / "docs.cedarschema", input="{}")
    assert twice.code == 2
    assert "only one" in twice.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        ('{"principal": 1}', "missing"),
        ('{"principal": 1, "action": 2, "resource": 3}', "principal"),
        ('{"principal": "User", "action": "x", "resource": "y"}', "principal"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 5000, "nested deeper"),
        ('{"x": 1e999}', "fraction"),
        ("{\ud800}", "UTF-8"),
    ],
    ids=["empty", "list", "incomplete", "numbers", "no-uid", "repeated-key", "deep", "float", "surrogate"],
)
def test_a_request_that_is_none_is_refused(run: Run, desk: Path, text: str, words: str) -> None:
    path = desk / "bad.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    command = ("decide", desk / "rules.cedarplus", "--request", path, "--entities", desk / "entities.json")
    shown = run(*command)
    assert shown.code == 3
    assert shown.out == ""
    assert str(path) in shown.err
    told = run(*command, "--json")
    assert told.code == 3
    assert set(told.json["error"]) == {"title", "detail", "hint", "code"}


@pytest.mark.parametrize(
    "entities",
    ['[{"uid": {"type": "User", "id": "x"}, "attrs": {"role": 7}, "parents": []}]', "[1]", "{}", "null"],
)
def test_entities_that_do_not_fit_are_refused(run: Run, desk: Path, asking: Asking, entities: str) -> None:
    path = desk / "bad.json"
    path.write_text(entities, encoding="utf-8")
    shown = run("decide", desk / "rules.cedarplus", "--request", asking(request()), "--entities", path)
    assert shown.code == 3
    assert str(path) in shown.err


def test_a_constitution_with_errors_decides_nothing(run: Run, desk: Path, asking: Asking) -> None:
    (desk / "rules.cedarplus").write_text("permit (principal, action, resource", encoding="utf-8")
    shown = run(
        "decide", desk / "rules.cedarplus", "--request", asking(request()), "--entities", desk / "entities.json"
    )
    assert shown.code == 3
    assert "CP001" in shown.err
    assert "^" in shown.err


def test_rank_orders_by_score_and_leaves_out_the_denied(run: Run, desk: Path, asking: Asking) -> None:
    asked = [request(size=50), request(size=5), request(doc="plot", size=5), request("write", size=500)]
    command = ("rank", desk / "rules.cedarplus", "--requests", asking(asked), "--entities", desk / "entities.json")
    told = run(*command, "--json")
    assert told.code == 0
    assert [item["index"] for item in told.json["allowed"]] == [1, 0]
    assert [item["index"] for item in told.json["held"]] == [3]
    assert [item["index"] for item in told.json["denied"]] == [2]
    shown = run(*command)
    assert shown.out.startswith("1. ")
    assert "score 1.5" in shown.out.splitlines()[0]


def test_rank_names_what_stands_in_the_way(run: Run, desk: Path, asking: Asking) -> None:
    asked = [
        request("write", size=500), request(doc="plot"), request("write", who="bob"), request(size="big"), request(),
    ]  # fmt: skip
    lines = run(
        "rank", desk / "rules.cedarplus", "--requests", asking(asked), "--entities", desk / "entities.json"
    ).out.splitlines()
    assert lines[0].endswith("(request 5)  score 1.5")
    assert [line.strip() for line in lines[2::2]] == [
        "held by big",
        "forbidden by secrets",
        "not_permitted; nearest is writers, but `principal == resource.owner` is false",
        "invalid_request: context attribute `size`: expected a Long, found a String",
    ]
    assert [line.split("(")[1] for line in lines[1::2]] == [f"request {n})" for n in (1, 2, 3, 4)]


def test_rank_of_nothing_and_of_what_is_no_list(run: Run, desk: Path, asking: Asking) -> None:
    command = ("rank", desk / "rules.cedarplus", "--entities", desk / "entities.json", "--requests")
    empty = run(*command, asking([]))
    assert (empty.code, empty.err) == (1, "")
    assert "no candidates" in empty.out
    assert run(*command, asking([]), "--json").json == {"allowed": [], "held": [], "denied": []}
    single = run(*command, asking(request()))
    assert single.code == 3
    assert "in a list: `[{…}]`" in single.err
    (desk / "numbers.json").write_text("[1]", "utf-8")
    assert "in a list" not in run(*command, desk / "numbers.json").err


@pytest.mark.parametrize(
    ("asked", "code"), [([request(doc="plot")], 1), ([request(doc="plot"), request("write", size=500)], 4), ([], 1)]
)
def test_rank_exit_codes(run: Run, desk: Path, asking: Asking, asked: list[dict[str, Any]], code: int) -> None:
    shown = run("rank", desk / "rules.cedarplus", "--requests", asking(asked), "--entities", desk / "entities.json")
    assert shown.code == code
