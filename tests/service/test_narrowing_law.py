"""Brakes that change rules, as decisions meet them: whatever is or is not proved of them, nothing more is allowed.

Most of what is tried here could never be taken in, since no proof of it exists: the decision must not lean on one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA
from tests.service.test_overlay_law import (
    FORBID_ALL,
    HUGE,
    NOW,
    RANK,
    READ,
    REQUESTS,
    RULES,
    Asked,
    checked_of,
    forbids,
    heads,
    permits,
    procedures,
    rules_of,
    standing,
)
from workbench.analysis.assumptions import OURS
from workbench.analysis.task import Task
from workbench.analysis.tightening import tightens
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.governance.overlay import Brake, Norm
from workbench.governance.overlay_register import Standing
from workbench.governance.overlay_replacing import brake_for, compared
from workbench.governance.overlay_rules import brake_of
from workbench.service.checked import Checked

HOUR = 3_600_000_000  # µs


def replacing(checked: Checked, replaces: Sequence[str], instead: str, **more: Any) -> Brake:
    return brake_for(more.get("text", ""), more.get("without", ()), checked.program, replaces, instead)


@st.composite
def replacements(draw: st.DrawFn, checked: Checked) -> Brake:
    """Any brake at all that replaces rules of a version, tighter or not."""
    kinds = {rule.id: rule.kind for rule in checked.program.rules if rule.id.startswith(("permit-", "forbid-"))}
    named = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=2, unique=True))
    effects = ["forbid"] + ["permit"] * any(kinds[id] == "permit" for id in named)
    rules = st.builds(lambda effect, head: f"{effect} {head}", st.sampled_from(effects), heads)
    return replacing(checked, named, "\n".join(draw(st.lists(rules, min_size=1, max_size=3, unique=True))))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Checked, list[Standing]]:
    permitted = draw(permits)
    checked = checked_of(rules_of(permitted, draw(forbids), draw(procedures)))
    taking = st.sampled_from([f"permit-{n}" for n in range(len(permitted))]).map(
        lambda id: brake_of("", [id], checked.program)
    )
    norms = heads.map(lambda head: Norm(cedar_plus=f"forbid {head}\n"))
    found = draw(st.lists(st.one_of(replacements(checked), replacements(checked), taking, norms), max_size=4))
    return checked, [standing(content) for content in found]


def outcomes(checked: Checked, overlays: Sequence[Standing]) -> list[str]:
    asked = Asked(checked, overlays)
    return [asked.decide(request).outcome for request in REQUESTS]


@settings(max_examples=250, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_no_replacement_ever_allows_more_beside_any_others(world: tuple[Checked, list[Standing]], random: Any) -> None:
    """Placed and ended in any order: with one more, every answer stays or becomes stricter."""
    checked, overlays = world
    random.shuffle(overlays)
    before = outcomes(checked, [])
    for count in range(1, len(overlays) + 1):
        after = outcomes(checked, overlays[:count])
        for request, was, now in zip(REQUESTS, before, after, strict=True):
            assert RANK[now] <= RANK[was], (request, was, now)
        before = after


@st.composite
def successions(draw: st.DrawFn) -> tuple[Checked, Brake]:
    """A brake made for one version, and the version that came into force after it."""
    old = checked_of(rules_of(draw(permits), draw(forbids), ""))
    return checked_of(rules_of(draw(permits), draw(forbids), draw(procedures))), draw(replacements(old))


@settings(max_examples=250, deadline=None)
@given(successions())
def test_under_another_version_than_it_was_proved_for_it_still_allows_nothing_more(
    world: tuple[Checked, Brake],
) -> None:
    checked, brake = world
    for request, was, now in zip(REQUESTS, outcomes(checked, []), outcomes(checked, [standing(brake)]), strict=True):
        assert RANK[now] <= RANK[was], (request, was, now)


@st.composite
def braked(draw: st.DrawFn) -> tuple[Checked, list[Brake], Brake]:
    permitted = draw(permits)
    checked = checked_of(rules_of(permitted, draw(forbids), draw(procedures)))
    others = [brake_of("", [f"permit-{n}"], checked.program) for n in range(len(permitted)) if draw(st.booleans())]
    return checked, others, draw(replacements(checked))


@settings(max_examples=300, deadline=None)
@given(braked(), st.lists(heads.map(lambda head: Norm(cedar_plus=f"forbid {head}\n")), max_size=1))
def test_what_is_proved_is_what_is_decided(world: tuple[Checked, list[Brake], Brake], norms: list[Norm]) -> None:
    """Where the change only tightens, the new rules mean in decisions what they say: as a program that has them. And
    what is compared before is the law as it stands, norms apart."""
    checked, others, brake = world
    before, after = (Evaluator(program) for program in compared(checked.program, others, brake))
    beside = [standing(other) for other in others]
    law, braked_law = Asked(checked, beside), Asked(checked, [*beside, standing(brake)])
    normed = Asked(checked, [*beside, standing(brake), *map(standing, norms)])
    without = Asked(checked, [*beside, *map(standing, norms)])
    for request in REQUESTS:
        was = before.decide(request, law.known).outcome
        will = after.decide(request, law.known).outcome
        assert law.decide(request).outcome == was
        if RANK[will] <= RANK[was]:
            assert braked_law.decide(request).outcome == will, request
        assert RANK[normed.decide(request).outcome] <= RANK[without.decide(request).outcome]


@settings(max_examples=60, deadline=None)
@given(braked())
def test_what_the_solver_proves_is_what_is_decided(world: tuple[Checked, list[Brake], Brake]) -> None:
    """The same with the real proof in the place of looking at each request: where it holds, decisions are those of the
    new rules; where it fails, its witness is allowed or held by them and was not before."""
    checked, others, brake = world
    before, after = compared(checked.program, others, brake)
    answer = tightens(before, after, Task(OURS))
    assert answer.verdict in ("holds", "fails"), answer.why
    beside = [standing(other) for other in others]
    law, narrowed = Asked(checked, beside), Asked(checked, [*beside, standing(brake)])
    if answer.verdict == "fails":
        assert answer.witness is not None
        assert answer.witness.before is not None
        request = Request.from_json(answer.witness.request)
        known = Entities.from_json(list(answer.witness.entities), checked.schema)
        now = law.law.tighten(law.evaluator.decide(request, known), request, known, NOW, None)
        assert now.outcome == answer.witness.before.outcome
        assert RANK[Evaluator(after).decide(request, known).outcome] > RANK[now.outcome]
        return
    for request in REQUESTS:
        assert narrowed.decide(request).outcome == Evaluator(after).decide(request, law.known).outcome, request


# ---- one by one ------------------------------------------------------------------------------------------------------

OPEN = 'permit (principal, action == Action::"read", resource);'
SMALL = 'permit (principal, action == Action::"read", resource) when { context.amount < 4 };'
ONE = '@id("readers") permit (principal, action == Action::"read", resource);'
MORE = REQUESTS[1]  # reads with an amount of 4
assert (READ.context["amount"], MORE.context["amount"], MORE.action.id) == (0, 4, "read")


def codes(checked: Checked, *overlays: Standing) -> list[str]:
    asked = Asked(checked, overlays)
    return [asked.decide(request).code for request in (READ, MORE)]


def test_a_narrower_permit_stands_in_the_place_of_another_and_names_the_brake() -> None:
    checked = checked_of(ONE)
    brake = standing(replacing(checked, ["readers"], SMALL))
    assert codes(checked, brake) == ["allowed", "not_permitted"]
    denied = Asked(checked, [brake]).decide(MORE)
    assert denied.reasons == (f"brake:{brake.id}",)
    assert not denied.violation
    for said in (brake.id, ANA.principal, "`readers`", "2026-03-15T14:00:00Z", "it went wrong"):
        assert said in denied.remedy
    assert [miss.rule for miss in denied.why_not] == [f"brake:{brake.id}"], "and what is missing"


def test_another_permit_goes_on_permitting() -> None:
    checked = checked_of(RULES)
    assert codes(checked, standing(replacing(checked, ["readers"], SMALL))) == ["allowed", "allowed"]
    assert codes(checked, standing(replacing(checked, ["readers", "open"], SMALL))) == ["allowed", "not_permitted"]


def test_what_is_held_is_narrowed_too() -> None:
    held = ONE + 'procedure p { on action == Action::"read" require approval from principal }'
    checked = checked_of(held)
    assert codes(checked) == ["held", "held"]
    assert codes(checked, standing(replacing(checked, ["readers"], SMALL))) == ["held", "not_permitted"]
    asked = Asked(checked, [standing(replacing(checked, ["readers"], SMALL))])
    granted = asked.evaluator.decide(MORE, asked.known, grants=["p"])
    assert granted.outcome == "allow"
    assert asked.law.tighten(granted, MORE, asked.known, NOW, None).code == "not_permitted", (
        "a grant gives no way round"
    )


def test_an_observed_permit_is_no_other_permit() -> None:
    checked = checked_of(ONE + f'@id("tried") @stage("observe") {OPEN[:-1]} when {{ true }};' + HELD)
    assert codes(checked, standing(replacing(checked, ["readers"], SMALL))) == ["held", "not_permitted"]


HELD = 'procedure p { on action == Action::"read" require approval from principal }'


def test_what_one_brake_has_taken_another_does_not_give_back() -> None:
    """Attack: one brake takes the permit away, another 'replaces' it by a part of it. In either order."""
    checked = checked_of(ONE)
    taking = standing(brake_of("", ["readers"], checked.program))
    giving = standing(replacing(checked, ["readers"], OPEN))
    for overlays in ((taking, giving), (giving, taking)):
        assert codes(checked, *overlays) == ["not_permitted", "not_permitted"]


def test_two_replacements_of_one_permit_are_both_conditions() -> None:
    checked = checked_of(ONE)
    small = standing(replacing(checked, ["readers"], SMALL))
    large = standing(replacing(checked, ["readers"], SMALL.replace("< 4", "> 3")))
    assert codes(checked, large) == ["not_permitted", "allowed"]
    assert codes(checked, small, large) == codes(checked, large, small) == ["not_permitted", "not_permitted"]


def test_what_a_norm_forbids_a_replacement_does_not_permit() -> None:
    checked = checked_of(ONE)
    norm = standing(Norm(cedar_plus='forbid (principal, action == Action::"read", resource);\n'))
    wide = standing(replacing(checked, ["readers"], OPEN))
    assert codes(checked, norm, wide) == ["forbidden", "forbidden"]


def test_a_replaced_forbid_goes_on_forbidding() -> None:
    checked = checked_of(OPEN + '@id("no-more") forbid (principal, action, resource) when { context.amount > 3 };')
    narrow = "forbid (principal, action, resource) when { context.amount > 100 };"
    assert codes(checked, standing(replacing(checked, ["no-more"], narrow))) == ["allowed", "forbidden"]
    wide = standing(replacing(checked, ["no-more"], FORBID_ALL))
    assert codes(checked, wide) == ["forbidden", "forbidden"]


@pytest.mark.parametrize(
    ("newer", "found"),
    [
        ("", ["not_permitted", "not_permitted"]),  # the version has nothing of the kind any more
        ('@id("others") permit (principal, action == Action::"edit", resource);', ["not_permitted", "not_permitted"]),
        (f'@id("renamed") {OPEN}', ["allowed", "not_permitted"]),  # the same under another name
        (  # another under the same name: what both permit
            '@id("readers") permit (principal, action == Action::"read", resource) when { context.amount > 3 };',
            ["not_permitted", "not_permitted"],
        ),
        (  # the replaced one is gone, and the version permits something of its own
            '@id("own") permit (principal, action, resource) when { context.amount > 3 };',
            ["not_permitted", "allowed"],
        ),
        (FORBID_ALL, ["forbidden", "forbidden"]),
    ],
)
def test_a_version_that_comes_into_force_beneath_it_is_never_exceeded(newer: str, found: list[str]) -> None:
    brake = standing(replacing(checked_of(ONE), ["readers"], SMALL))
    checked = checked_of(newer)
    assert codes(checked, brake) == found
    wide = standing(replacing(checked_of(ONE), ["readers"], OPEN))
    for code, bare in zip(codes(checked, wide), codes(checked), strict=True):
        assert code == bare or bare == "allowed"


def test_a_replacement_that_errs_denies() -> None:
    checked = checked_of(RULES)
    errs = f'permit (principal, action == Action::"read", resource) when {{ context.amount + {HUGE} > 0 }};'
    denied = Asked(checked, [standing(replacing(checked, ["readers"], errs))]).decide(MORE)
    assert (denied.outcome, denied.code) == ("deny", "evaluation_error")
    assert denied.errors[0].rule.startswith("brake:")


def test_what_stood_in_the_place_of_a_rule_that_is_gone_is_not_asked_at_all() -> None:
    """Not even whether it errs: it does nothing under a version that has not what it replaces."""
    errs = f'permit (principal, action == Action::"read", resource) when {{ context.amount + {HUGE} > 0 }};'
    brake = standing(replacing(checked_of(ONE), ["readers"], errs))
    newer = checked_of('@id("own") permit (principal, action, resource) when { context.amount < 100 };')
    assert codes(checked_of(ONE), brake)[1] == "evaluation_error"
    assert codes(newer, brake) == ["allowed", "allowed"]


def test_a_replaced_permit_that_errs_goes_on_denying() -> None:
    checked = checked_of(
        RULES + f'@id("errs") permit (principal, action, resource) when {{ context.amount + {HUGE} > 0 }};'
    )
    assert codes(checked) == ["allowed", "evaluation_error"]
    assert codes(checked, standing(replacing(checked, ["errs"], OPEN))) == ["allowed", "evaluation_error"]


def test_a_replacement_that_fits_the_schema_no_more_permits_nothing() -> None:
    old = checked_of(ONE)
    unread = SMALL.replace("context.amount", "context.size")
    brake = standing(replacing(old, ["readers"], SMALL).model_copy(update={"instead": unread}))
    assert codes(checked_of(ONE), brake) == ["evaluation_error", "evaluation_error"]
    elsewhere = standing(
        replacing(old, ["readers"], SMALL).model_copy(update={"instead": unread.replace("read", "edit")})
    )
    assert codes(checked_of(ONE), elsewhere) == ["not_permitted", "not_permitted"], "the replaced permit is not back"


def test_it_acts_until_its_time_is_over() -> None:
    checked = checked_of(ONE)
    asked = Asked(checked, [standing(replacing(checked, ["readers"], SMALL), 2), standing(Norm(cedar_plus=EDITS))])
    found = [asked.decide(MORE, NOW + hours * HOUR).code for hours in (0, 1, 2)]
    assert found == ["not_permitted", "not_permitted", "allowed"]
    assert asked.decide(MORE, NOW + 2 * HOUR - 1).code == "not_permitted"


EDITS = 'forbid (principal, action == Action::"edit", resource);\n'
