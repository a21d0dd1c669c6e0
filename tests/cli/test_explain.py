"""``explain FILE --request R``: one decision for a person, at 80 columns, and the same for a program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import RULES, Outcome, Run, request

Asking = Callable[..., Path]
MORE = """
@id("tiny")
@stage("observe")
forbid (principal, action == Action::"read", resource) when { context.size < 3 };
@id("claimed")
permit (principal, action == Action::"write", resource) when { context.size < 0 };
@id("sum")
forbid (principal, action == Action::"read", resource) when { context.size + 1 == 7 && resource.tags.isEmpty() };
"""


@pytest.fixture
def told(run: Run, desk: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """``told(request, *options)``: the explanation of one decision at the desk."""
    monkeypatch.setenv("COLUMNS", "80")
    (desk / "rules.cedarplus").write_text(RULES + MORE, encoding="utf-8")

    def tell(asked: dict[str, Any], *options: object) -> Outcome:
        return run(
            "explain", desk / "rules.cedarplus", "--request", asking(asked), "--entities", desk / "entities.json",
            *options,
        )  # fmt: skip

    return tell


def flat(text: str) -> str:
    """The words of a page, however they were wrapped."""
    return " ".join(text.split())


def test_a_denial_names_the_rule_what_it_read_and_what_would_have_spared_it(told: Callable[..., Outcome]) -> None:
    shown = told(request(doc="plot"))
    assert shown.code == 0
    assert shown.out.startswith("DENY  forbidden\n")
    page = flat(shown.out)
    assert "✗ secrets forbids it “Nobody may read secret documents.”" in page
    assert 'when { resource.tags.contains("secret") };' in page
    assert 'resource.tags ["secret"] the caller says so' in page
    assert 'would have been spared if `resource.tags.contains("secret")` is false' in page
    assert "✓ readers permits it, but is outweighed" in page
    assert "Retry: after change." in page


def test_a_default_denial_shows_the_nearest_permits_and_exactly_what_was_false(told: Callable[..., Outcome]) -> None:
    page = flat(told(request("write", who="bob", size=5)).out)
    assert page.startswith("DENY not_permitted")
    near = page[page.index("Nearest permits") :]
    assert "○ writers would permit it" in near
    assert 'but this is false principal == resource.owner principal User::"bob"' in near
    assert 'resource.owner User::"ann"' in near
    assert "○ claimed would permit it" in near
    assert "context.size < 0 context.size 5" in near


def test_the_smallest_change_that_would_have_allowed_it_is_told(told: Callable[..., Outcome]) -> None:
    asked = request("write", who="bob", size=5)
    page = flat(told(asked).out)
    assert "The smallest change that would allow it" in page
    flip = told(asked, "--json").json["closest"]
    assert flip["minimal"] is True
    assert [change["path"] for change in flip["changes"]]
    assert flip["witness"]["after"]["outcome"] == "allow"
    assert told(request("read"), "--json").json["closest"] is None, "what is allowed needs no change"


def test_without_the_solver_no_change_is_told_and_nothing_else_is_missing(
    told: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.service.analyst.find_spec", lambda _: None)
    shown = told(request("write", who="bob", size=5))
    assert shown.code == 0
    assert "smallest change" not in shown.out
    assert "What would help" in shown.out


def test_a_held_request_says_who_must_approve(told: Callable[..., Outcome]) -> None:
    page = flat(told(request("write", size=101)).out)
    assert page.startswith("HOLD held")
    assert "… big holds it" in page
    assert 'needs approval from principal where principal.role == "chief"' in page
    assert "✓ writers permits it" in page
    assert "outweighed" not in page
    granted = flat(told(request("write", size=101), "--grant", "big").out)
    assert granted.startswith("ALLOW allowed")
    assert "big has approved" in granted


def test_an_allowed_request_warns_of_a_permit_on_claims_alone(told: Callable[..., Outcome]) -> None:
    page = flat(told(request("write", who="bob", size=-1)).out)
    assert "✓ claimed permits it Anyone may write a doc when" in page
    assert "warning: this permit rests on the caller's claims alone" in page
    sure = flat(told(request("write", size=1)).out)
    assert "✓ writers permits it" in sure
    assert "warning" not in sure


def test_an_error_is_told_with_its_rule(told: Callable[..., Outcome]) -> None:
    page = flat(told(request(size=9223372036854775807)).out)
    assert page.startswith("DENY evaluation_error")
    assert "! sum could not be evaluated" in page
    assert "error: integer overflow" in page


def test_a_wrong_request_is_explained_without_rules(told: Callable[..., Outcome]) -> None:
    page = flat(told(request(size="big")).out)
    assert page.startswith("DENY invalid_request")
    assert "! context attribute `size`: expected a Long, found a String" in page
    assert "permits it" not in page


def test_what_is_only_observed_and_what_scores_are_told_apart(told: Callable[..., Outcome]) -> None:
    page = flat(told(request(size=1)).out)
    assert page.startswith("ALLOW allowed")
    assert "✗ tiny (observed only) would have denied it" in page
    assert "+ small-first scores it" in page
    assert "score 1.5" in page


def test_a_program_gets_the_decision_and_every_rule_it_names(told: Callable[..., Outcome]) -> None:
    shown = told(request(doc="plot"), "--json")
    assert shown.json["decision"]["code"] == "forbidden"
    assert shown.json["request"] == request(doc="plot")
    rules = {rule["id"]: rule for rule in shown.json["rules"]}
    assert {name: rule["role"] for name, rule in rules.items()} == {
        "readers": "satisfied",
        "secrets": "determining",
        "small-first": "satisfied",
        "tiny": "satisfied",
    }
    assert rules["secrets"]["english"] == "Nobody may read secret documents."
    assert rules["secrets"]["text"] in RULES
    held = told(request("write", size=101), "--json").json
    assert [rule["approvals"] for rule in held["rules"] if rule["role"] == "determining"] == [
        ['approval from principal where principal.role == "chief"']
    ]
    near = told(request("write", who="bob", size=5), "--json").json
    assert {rule["id"] for rule in near["rules"] if rule["role"] == "near"} == {"writers", "claimed"}


@pytest.mark.parametrize("columns", [60, 80])
def test_a_page_fits_the_terminal(told: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for asked in (request(doc="plot"), request("write", size=101), request("write", who="bob"), request(size="x" * 99)):
        too_long = [line for line in told(asked).out.splitlines() if len(line) > columns]
        assert too_long == []


def test_text_from_outside_is_shown_and_not_obeyed(told: Callable[..., Outcome]) -> None:
    shown = told(request(who="a\x1b[31m\u202e\n✓ forged  permits it"))
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out
    assert not any(line.startswith("✓") for line in shown.out.splitlines())


def test_without_a_request_every_rule_is_said(run: Run, desk: Path) -> None:
    shown = run("explain", desk / "rules.cedarplus")
    assert shown.out.split()[:3] == ["The", "constitution", "in"]
    assert "Anyone may read a doc." in shown.out
    assert sum(line.strip().startswith("[") for line in shown.out.splitlines()) == 5


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--entities", "entities.json"), 2, "--request"),
        (("--grant", "big"), 2, "--request"),
        (("--request", "missing.json"), 2, "missing.json"),
        (("--request", "rules.cedarplus"), 3, "not JSON"),
        (("--request", "entities.json"), 3, "must be an object"),
        (("--request", "-", "--entities", "-"), 2, "only one"),
    ],
)
def test_what_cannot_be_explained(
    run: Run, desk: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], code: int, words: str
) -> None:
    monkeypatch.chdir(desk)
    shown = run("explain", "rules.cedarplus", *options, input="{}")
    assert (shown.code, shown.out) == (code, "")
    assert words in shown.err
    assert json.loads(run("explain", "rules.cedarplus", *options, "--json", input="{}").out)["error"]


def test_a_constitution_with_errors_explains_nothing(run: Run, desk: Path, asking: Asking) -> None:
    (desk / "rules.cedarplus").write_text("permit (principal, action, resource", encoding="utf-8")
    shown = run("explain", desk / "rules.cedarplus", "--request", asking(request()))
    assert shown.code == 3
    assert "CP001" in shown.err
