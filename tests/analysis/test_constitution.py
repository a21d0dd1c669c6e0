"""Statements about a constitution as a whole, where a person knows whether they hold."""

from __future__ import annotations

import pytest

from tests.analysis.little import EVERY, OURS, decided, one, program, says, task
from workbench.analysis.assumptions import Assumption
from workbench.analysis.constitution import constitution_answers
from workbench.analysis.results import Answer
from workbench.language.program import Program

CEDAR = Assumption("cedar", "missing")


def answers(made: Program, kind: str, assumption: Assumption = OURS) -> dict[str, Answer]:
    return {each.about: each for each in constitution_answers(made, task(assumption), {kind})}  # type: ignore[arg-type]


@pytest.mark.parametrize("assumption", EVERY)
def test_actions_that_nothing_permits(assumption: Assumption) -> None:
    """Nobody speaks of `print`; `edit` is permitted and always forbidden; `view` is only sometimes."""
    made = program(
        """
        @id("p") permit (principal is User, action in [Action::"view", Action::"edit"], resource)
          when { context.n < 50 };
        @id("low") forbid (principal, action == Action::"edit", resource) when { context.n < 20 };
        @id("high") forbid (principal, action, resource) when { context.n >= 20 };
        """
    )
    found = answers(made, "unpermitted", assumption)
    assert {name: each.verdict for name, each in found.items()} == {"view": "fails", "print": "holds", "edit": "holds"}
    assert found["print"].by == ()
    assert (found["print"].proved, found["print"].environments) == (2, 2)
    assert found["edit"].by == ("low", "high")
    witness = found["view"].witness
    assert witness is not None
    assert decided(made, witness).outcome == "allow"
    assert witness.request["action"] == 'Action::"view"'


def test_without_rules_nothing_is_permitted() -> None:
    found = answers(program(""), "unpermitted")
    assert {each.verdict for each in found.values()} == {"holds"}
    assert list(found) == ["view", "print", "edit"]  # not the group, which no request may name


def test_what_can_be_approved_is_permitted() -> None:
    made = program(
        """
        @id("p") permit (principal, action == Action::"edit", resource);
        procedure all { on action == Action::"edit" require approval from principal }
        """
    )
    found = answers(made, "unpermitted")["edit"]
    assert found.verdict == "fails"
    assert found.witness is not None
    assert decided(made, found.witness).outcome == "hold"


def test_errors_alone_can_deny_everything() -> None:
    made = program(
        """
        @id("p") permit (principal, action == Action::"edit", resource);
        @id("errs") permit (principal, action == Action::"edit", resource)
          when { context.n + 9223372036854775807 > 0 && context.n - 9223372036854775807 > 0 };
        @id("f") forbid (principal, action == Action::"edit", resource) when { context.n <= 0 };
        """
    )
    ours = answers(made, "unpermitted")["edit"]
    assert (ours.verdict, ours.by) == ("holds", ("errs", "f"))
    assert answers(made, "unpermitted", CEDAR)["edit"].verdict == "fails"


def test_actions_of_a_namespace_are_called_by_their_whole_uid() -> None:
    schema = "namespace N { entity U; action go appliesTo { principal: [U], resource: [U] }; }"
    assert list(answers(program("", schema), "unpermitted")) == ['N::Action::"go"']


@pytest.mark.parametrize("assumption", EVERY)
def test_forbids_of_what_nothing_permits(assumption: Assumption) -> None:
    made = program(
        """
        @id("p") permit (principal is User, action == Action::"view", resource) when { context.n < 50 };
        @id("other action") forbid (principal, action == Action::"edit", resource);
        @id("beyond") forbid (principal, action, resource) when { context.n > 50 };
        @id("edge") forbid (principal, action, resource) when { context.n > 48 };
        @id("covered") forbid (principal, action, resource) when { context.n == 49 };
        @id("seen") @stage("observe") forbid (principal, action, resource);
        """
    )
    found = answers(made, "idle_forbid", assumption)
    assert {name: each.verdict for name, each in found.items()} == {
        "other action": "holds",
        "beyond": "holds",
        "edge": "fails",
        "covered": "fails",  # that another forbid denies it too is another statement
    }
    witness = found["edge"].witness
    assert witness is not None
    assert says(made, "edge", witness) == "satisfied"
    assert says(made, "p", witness) == "satisfied"
    assert decided(made, witness).code == "forbidden"


def test_an_observed_permit_permits_nothing() -> None:
    made = program(
        '@stage("observe") permit (principal, action, resource); @id("f") forbid (principal, action, resource);'
    )
    assert answers(made, "idle_forbid")["f"].verdict == "holds"
    assert {each.verdict for each in answers(made, "unpermitted").values()} == {"holds"}


def test_what_depends_on_an_unsupported_rule_is_not_decided() -> None:
    boxes = "context has boxes && context.boxes.contains({a: 1})"
    made = program(
        f"""
        @id("odd") permit (principal, action == Action::"edit", resource) when {{ {boxes} }};
        @id("p") permit (principal, action == Action::"view", resource);
        @id("f") forbid (principal, action == Action::"edit", resource);
        """
    )
    found = answers(made, "idle_forbid")["f"]
    assert found.verdict == "unsupported"
    assert "`odd`" in found.why
    permitted = answers(made, "unpermitted")
    assert {name: each.verdict for name, each in permitted.items()} == {
        "view": "fails",
        "print": "holds",
        "edit": "holds",  # whatever the odd rule says
    }
    assert one(permitted.values(), "edit").by == ("f",)
