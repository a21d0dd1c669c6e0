"""Test cases on both engines: what counts as agreement, and that a difference is not overlooked."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.language.cedar import CedarAnswer, CedarError
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service import testing
from workbench.service.testing import run_cases

SCHEMA = """
entity User = { trust: decimal, since: datetime };
entity Doc;
action touch;
action read in [touch] appliesTo { principal: [User], resource: [Doc], context: { now: datetime } };
"""
PERMIT = '@id("all") permit (principal, action, resource);\n'
USER = {"uid": {"type": "User", "id": "u"}, "attrs": {"trust": "0.5", "since": "2026-01-01"}, "parents": []}


def program(rule: str) -> Program:
    result = check(PERMIT + rule, SCHEMA)
    assert result.program is not None, result.errors
    return result.program


def case(expect: str, **changes: Any) -> dict[str, Any]:
    request = {
        "principal": 'User::"u"',
        "action": 'Action::"read"',
        "resource": 'Doc::"d"',
        "context": {"now": "2026-03-01"},
    }
    entities = changes.pop("entities", [USER])
    return {"name": "a case", "request": request | changes, "entities": entities, "expect": expect}


@pytest.mark.parametrize(
    "rule",
    [
        'forbid (principal, action in Action::"touch", resource);',  # groups stand in the schema alone
        "forbid (principal, action, resource) when { principal.trust < 0.6 };",  # as do the types of plain JSON
        "forbid (principal, action, resource) when { context.now > principal.since };",
    ],
)
def test_cedar_is_asked_with_the_schema(rule: str) -> None:
    (result,) = run_cases(program(rule), [case("deny")]).results
    assert (result.ours, result.cedar, result.cedar_semantics_ours) == ("deny", "deny", "deny")
    assert result.passed
    assert result.engines_agree
    assert result.message == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"context": {}},
        {"context": {"now": "yesterday"}},
        {"action": 'Action::"touch"'},
        {"entities": [{**USER, "attrs": {}}]},
        {"entities": [{**USER, "attrs": {"trust": 1, "since": "2026-01-01"}}]},
    ],
)
def test_what_neither_engine_takes_is_agreed_on(changes: dict[str, Any]) -> None:
    (result,) = run_cases(program(""), [case("deny", **changes)]).results
    assert (result.ours, result.cedar, result.passed, result.engines_agree) == ("deny", None, True, True)


ANSWERS = {
    "another outcome": CedarAnswer("deny"),
    "another reason": CedarAnswer("allow", ("policy7",)),
    "an error more": CedarAnswer("allow", ("policy0",), ("policy0",)),
    "no decision": CedarAnswer("invalid"),
    "no answer": CedarError("it cannot be read"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_difference_is_told(answer: CedarAnswer | CedarError, monkeypatch: pytest.MonkeyPatch) -> None:
    def authorize(*_: Any) -> CedarAnswer:
        if isinstance(answer, CedarError):
            raise answer
        return answer

    monkeypatch.setattr(testing, "authorize", authorize)
    run = run_cases(program(""), [case("allow")])
    assert run.disagreements == 1
    assert not run.results[0].engines_agree
    assert run.results[0].message


def test_a_request_that_only_cedar_takes_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours refuses it before any rule is asked; in Cedar's semantics both must still come to the same."""
    monkeypatch.setattr(testing, "authorize", lambda *_: CedarAnswer("deny"))
    (result,) = run_cases(program(""), [case("deny", context={})]).results
    assert result.ours == "deny"
    assert not result.engines_agree
