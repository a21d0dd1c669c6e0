"""Statements about a rule beside others: overridden, redundant, an idle preference; where a person knows the answer."""

from __future__ import annotations

import pytest

from tests.analysis.little import EVERY, OURS, decided, one, program, says, task, without
from workbench.analysis.assumptions import Assumption
from workbench.analysis.properties import rule_answers
from workbench.analysis.results import Answer
from workbench.language.program import Program

CEDAR = Assumption("cedar", "missing")


def answer(made: Program, kind: str, about: str, assumption: Assumption = OURS) -> Answer:
    return one(rule_answers(made, task(assumption), {kind}), about, kind)  # type: ignore[arg-type]


# ---- overridden ------------------------------------------------------------------------------------------------------

FORBIDS = """
@id("R3") forbid (principal, action, resource) when { context.n < 10 };
@id("R7") forbid (principal, action, resource) when { context.n >= 10 && context.n < 100 };
@id("R9") forbid (principal, action, resource) when { context.n == 5000 };
"""


@pytest.mark.parametrize("assumption", EVERY)
def test_always_overridden_by_two(assumption: Assumption) -> None:
    made = program(FORBIDS + '@id("it") permit (principal, action, resource) when { context.n < 50 };')
    found = answer(made, "overridden", "it", assumption)
    assert (found.verdict, found.by) == ("holds", ("R3", "R7"))
    assert (found.proved, found.environments) == (5, 5)


@pytest.mark.parametrize("assumption", EVERY)
def test_not_overridden_where_one_request_gets_through(assumption: Assumption) -> None:
    made = program(FORBIDS + '@id("it") permit (principal, action, resource) when { context.n < 101 };')
    found = answer(made, "overridden", "it", assumption)
    assert found.verdict == "fails"
    assert found.witness is not None
    assert decided(made, found.witness).outcome == "allow"
    assert found.witness.request["context"]["n"] == 100
    assert found.by == ("it",)


def test_what_waits_for_approval_is_not_overridden() -> None:
    made = program(
        """
        @id("it") permit (principal, action, resource);
        procedure all { on action in [Action::"view", Action::"print", Action::"edit"] require approval from principal }
        """
    )
    found = answer(made, "overridden", "it")
    assert found.verdict == "fails"
    assert found.witness is not None
    assert decided(made, found.witness).outcome == "hold"


def test_an_error_overrides_under_our_semantics_alone() -> None:
    """The forbid errs on every request with an unknown owner, and the permit applies to no other."""
    made = program(
        """
        @id("it") permit (principal, action, resource) when { resource has owner && !(resource.owner has level) };
        @id("errs") forbid (principal, action, resource) when { resource has owner && resource.owner.level > 3 };
        """
    )
    ours = answer(made, "overridden", "it", Assumption("cedar+", "missing"))
    assert (ours.verdict, ours.by) == ("holds", ("errs",))
    cedars = answer(made, "overridden", "it", CEDAR)
    assert cedars.verdict == "fails"
    assert cedars.witness is not None
    assert cedars.witness.after.cedar == "allow"
    assert says(made, "errs", cedars.witness) == "errs"


def test_an_observed_forbid_overrides_nothing() -> None:
    made = program(
        '@id("it") permit (principal, action, resource); @stage("observe") forbid (principal, action, resource);'
    )
    assert answer(made, "overridden", "it").verdict == "fails"


# ---- redundant -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumption", EVERY)
def test_redundant_permits(assumption: Assumption) -> None:
    made = program(
        """
        @id("small") permit (principal, action, resource) when { context.n < 5 };
        @id("large") permit (principal, action, resource) when { context.n > 2 && context.n < 100 };
        @id("middle") permit (principal, action, resource) when { context.n == 3 || context.n == 4 };
        @id("wide") permit (principal, action, resource) when { context.n >= 3 && context.n < 7 };
        """
    )
    found = {rule.id: answer(made, "redundant", rule.id, assumption) for rule in made.rules}
    assert {name: each.verdict for name, each in found.items()} == {
        "small": "fails",
        "large": "fails",
        "middle": "holds",
        "wide": "holds",
    }
    assert found["wide"].by == ("large",)
    assert len(found["middle"].by) == 1
    for name in ("small", "large"):
        witness = found[name].witness
        assert witness is not None
        assert decided(made, witness).outcome == "allow"
        assert decided(without(made, name), witness).outcome == "deny"


@pytest.mark.parametrize("assumption", EVERY)
def test_redundant_forbids(assumption: Assumption) -> None:
    made = program(
        """
        @id("p") permit (principal, action == Action::"view", resource) when { context.n < 50 };
        @id("f") forbid (principal, action, resource) when { context.n < 5 };
        @id("inside") forbid (principal, action, resource) when { context.n < 4 };
        @id("unpermitted") forbid (principal, action, resource) when { context.n > 60 };
        @id("needed") forbid (principal, action, resource) when { context.n < 6 };
        """
    )
    found = {rule.id: answer(made, "redundant", rule.id, assumption) for rule in made.rules}
    assert {name: each.verdict for name, each in found.items()} == {
        "p": "fails",
        "f": "holds",
        "inside": "holds",
        "unpermitted": "holds",
        "needed": "fails",
    }
    assert found["f"].by == ("needed",)
    assert found["unpermitted"].by == ()
    witness = found["needed"].witness
    assert witness is not None
    assert decided(made, witness).outcome == "deny"
    assert decided(without(made, "needed"), witness).outcome == "allow"


def test_a_permit_whose_errors_deny_is_not_redundant_under_our_semantics() -> None:
    """It never applies, and yet it denies: what errs denies. For Cedar it is not there."""
    made = program(
        """
        @id("all") permit (principal, action, resource);
        @id("it") permit (principal, action, resource) when { context.n + 1 < context.n };
        """
    )
    ours = answer(made, "redundant", "it")
    assert ours.verdict == "fails"
    assert ours.witness is not None
    assert decided(made, ours.witness).code == "evaluation_error"
    assert decided(without(made, "it"), ours.witness).outcome == "allow"
    assert answer(made, "never_applies", "it").verdict == "holds"
    assert answer(made, "redundant", "it", CEDAR).verdict == "holds"


def test_a_forbid_whose_errors_deny_is_not_redundant_under_our_semantics() -> None:
    made = program(
        """
        @id("all") permit (principal, action, resource);
        @id("same") forbid (principal, action, resource) when { context.n > 9223372036854775806 };
        @id("it") forbid (principal, action, resource) when { context.n < 3 && context.n - 3 > 0 };
        """
    )
    ours = answer(made, "redundant", "it")
    assert ours.verdict == "fails"
    assert ours.witness is not None
    assert ours.witness.after.errors == ("it",)
    assert decided(without(made, "it"), ours.witness).outcome == "allow"
    assert answer(made, "redundant", "it", CEDAR).verdict == "holds"


def test_what_errs_alone_is_covered_by_what_errs_as_well() -> None:
    made = program(
        """
        @id("all") permit (principal, action, resource);
        @id("it") forbid (principal, action, resource) when { context.n + 1 < context.n };
        @id("errs") forbid (principal, action, resource) when { context.n + 2 < context.n };
        """
    )
    found = answer(made, "redundant", "it")
    assert (found.verdict, found.by) == ("holds", ("errs",))
    assert answer(made, "redundant", "errs").verdict == "fails"


def test_two_that_are_alike_are_each_redundant() -> None:
    made = program(
        """
        @id("a") permit (principal, action, resource) when { context.n < 5 };
        @id("b") permit (principal, action, resource) when { !(context.n >= 5) };
        """
    )
    assert [answer(made, "redundant", name).by for name in "ab"] == [("b",), ("a",)]


def test_observed_rules_are_asked_about_alone() -> None:
    made = program('@id("it") @stage("observe") permit (principal, action, resource) when { context.n < 5 };')
    kinds = {found.kind for found in rule_answers(made, task())}
    assert kinds == {"never_errors", "never_applies", "always_applies"}


# ---- preferences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assumption", EVERY)
def test_idle_preferences(assumption: Assumption) -> None:
    made = program(
        """
        @id("p") permit (principal, action, resource) when { context.n < 50 };
        @id("f") forbid (principal, action, resource) when { context.n < 5 };
        @id("above") prefer score(1.0) (principal, action, resource) when { context.n > 60 };
        @id("below") prefer score(1.0) (principal, action, resource) when { context.n < 3 };
        @id("within") prefer score(1.0) (principal, action, resource) when { context.n < 6 };
        """
    )
    found = {name: answer(made, "idle_preference", name, assumption) for name in ("above", "below", "within")}
    assert {name: each.verdict for name, each in found.items()} == {
        "above": "holds",
        "below": "holds",
        "within": "fails",
    }
    assert found["below"].by == ("f",)
    witness = found["within"].witness
    assert witness is not None
    assert says(made, "within", witness) == "satisfied"
    assert decided(made, witness).outcome == "allow"
