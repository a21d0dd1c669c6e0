"""Overlays in decisions: whatever is placed, in whatever order, nothing is allowed that was not allowed without it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, START
from tests.governance.overlays import place
from workbench.engine.decision import Decision
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.governance.canonical import sha256_hex
from workbench.governance.overlay import Brake, Norm, Stop
from workbench.governance.overlay_register import Standing
from workbench.governance.overlay_rules import brake_of
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.checked import Checked
from workbench.service.clock import micros
from workbench.service.overlay_law import OverlayLaw

SCHEMA = """
entity Team; entity Agent in [Team] = { level: Long };
entity Doc = { owner: Agent, secret: Bool };
type Facts = { amount: Long, urgent: Bool };
action work;
action read in [work] appliesTo { principal: [Agent], resource: [Doc], context: Facts };
action edit in [work] appliesTo { principal: [Agent], resource: [Doc], context: Facts };
action burn appliesTo { principal: [Agent], resource: [Doc], context: Facts };
"""
HUGE = 9223372036854775807
# What conditions a rule may have; the third overflows for an amount above zero, so that a rule that has it errors.
CONDITIONS = (
    "",
    "when { context.amount < 5 }",
    f"when {{ context.amount + {HUGE} > 0 }}",
    "when { resource.secret }",
    'unless { principal in Team::"t" }',
    "when { principal == resource.owner && context.urgent }",
)
SCOPES = (
    "action",
    'action == Action::"read"',
    'action in Action::"work"',
    'action in [Action::"edit", Action::"burn"]',
)
conditions, scopes = st.sampled_from(CONDITIONS), st.sampled_from(SCOPES)
heads = st.builds(lambda scope, condition: f"(principal, {scope}, resource) {condition};", scopes, conditions)
permits = st.lists(heads, min_size=1, max_size=4, unique=True)
forbids = st.lists(heads, max_size=2, unique=True)
procedures = st.sampled_from(
    ["", 'procedure p { on action in Action::"work" when context.amount > 3 require approval from principal }']
)
ENTITIES: list[dict[str, Any]] = [
    {"uid": {"type": "Agent", "id": "in"}, "attrs": {"level": 1}, "parents": [{"type": "Team", "id": "t"}]},
    {"uid": {"type": "Agent", "id": "out"}, "attrs": {"level": 2}, "parents": []},
    {"uid": {"type": "Team", "id": "t"}, "attrs": {}, "parents": []},
    *(
        {
            "uid": {"type": "Doc", "id": name},
            "attrs": {"owner": {"__entity": {"type": "Agent", "id": "in"}}, "secret": name == "secret"},
            "parents": [],
        }
        for name in ("open", "secret")
    ),
]
REQUESTS = [
    Request(f'Agent::"{who}"', f'Action::"{action}"', f'Doc::"{doc}"', {"amount": amount, "urgent": True})
    for who in ("in", "out")
    for action in ("read", "edit", "burn")
    for doc in ("open", "secret")
    for amount in (0, 4, 9)
]
RANK = {"deny": 0, "hold": 1, "allow": 2}
NOW = micros(START)
_serial = iter(range(10**9))


def checked_of(rules: str, schema: str = SCHEMA) -> Checked:
    result = check(rules, schema)
    assert result.program is not None, result.errors
    assert result.program.schema is not None
    schema_digest = sha256_hex(schema.encode())
    return Checked(cast(Any, None), f"sha256:{next(_serial)}", result.program, result.program.schema, schema_digest)


def standing(content: Stop | Brake | Norm, hours: float | None = 4) -> Standing:
    expires = None if isinstance(content, Norm) or hours is None else START + timedelta(hours=hours)
    number = next(_serial)
    return Standing(place(content, id=f"{number:08x}", expires_at=expires), (ANA.principal,), number, START)


class Asked:
    """A constitution with overlays beside it, asked as the service asks."""

    def __init__(self, checked: Checked, overlays: Sequence[Standing], doubtful: Any = None) -> None:
        self.law = OverlayLaw.of(overlays, checked, doubtful)
        rules = tuple(rule for rule in checked.program.rules if rule.id not in self.law.without)
        self.evaluator = Evaluator(Program(rules, checked.schema))
        self.known = Entities.from_json(ENTITIES, checked.schema)

    def decide(self, request: Request, now: int = NOW) -> Decision:
        stopped = self.law.stopped(request, now)
        if stopped is not None:
            return stopped
        return self.law.tighten(self.evaluator.decide(request, self.known), request, self.known, now, None)


def rules_of(permits: Sequence[str], forbids: Sequence[str], procedure: str) -> str:
    texts = [f'@id("permit-{n}")\npermit {head}' for n, head in enumerate(permits)]
    texts += [f'@id("forbid-{n}")\nforbid {head}' for n, head in enumerate(forbids)]
    return "\n".join([*texts, procedure])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Checked, list[Standing]]:
    """A constitution, and overlays of every kind beside it."""
    permitted = draw(permits)
    checked = checked_of(rules_of(permitted, draw(forbids), draw(procedures)))
    stops = st.sampled_from(
        [
            Stop(target="all"),
            Stop(target="agent", name='Agent::"in"'),
            Stop(target="action", name='Action::"burn"'),
            Stop(target="action", name='Action::"work"'),
        ]
    )
    texts = st.lists(heads, max_size=2, unique=True).map(lambda found: "\n".join(f"forbid {head}" for head in found))
    taken = st.lists(st.sampled_from([f"permit-{n}" for n in range(len(permitted))]), max_size=2, unique=True)
    brakes = st.builds(
        lambda text, without: brake_of(text, without, checked.program) if text or without else None, texts, taken
    )
    norms = heads.map(lambda head: Norm(cedar_plus=f"forbid {head}\n"))
    found = draw(st.lists(st.one_of(stops, brakes, norms), max_size=4))
    return checked, [standing(content) for content in found if content is not None]


@settings(max_examples=300, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_another_overlay_never_allows_more(world: tuple[Checked, list[Standing]], random: Any) -> None:
    """Overlay by overlay, in any order: every answer stays as it is or becomes stricter. Errors included, since a
    permit that errors denies, and taking it away must not make room for another one."""
    checked, overlays = world
    random.shuffle(overlays)
    before = [Asked(checked, []).decide(request) for request in REQUESTS]
    for count in range(1, len(overlays) + 1):
        asked = Asked(checked, overlays[:count])
        after = [asked.decide(request) for request in REQUESTS]
        for request, was, now in zip(REQUESTS, before, after, strict=True):
            assert RANK[now.outcome] <= RANK[was.outcome], (request, was.to_dict(), now.to_dict())
        before = after
    assert [item.to_dict() for item in before] == [Asked(checked, overlays).decide(r).to_dict() for r in REQUESTS]


@settings(max_examples=150, deadline=None)
@given(permits, st.lists(heads, min_size=1, max_size=4, unique=True), procedures, st.integers(0, 3))
def test_what_overlays_forbid_is_what_the_same_rules_in_the_version_forbid(
    permitted: list[str], forbidden: list[str], procedure: str, own: int
) -> None:
    """Differential: forbids beside the version decide as they would inside it. (An error of the version's own denies
    in either case; only inside is a forbid said before it.)"""
    own = min(own, len(forbidden))
    inside = Asked(checked_of(rules_of(permitted, forbidden, procedure)), [])
    norms = [standing(Norm(cedar_plus=f"forbid {head}\n")) for head in forbidden[own:]]
    outside = Asked(checked_of(rules_of(permitted, forbidden[:own], procedure)), norms)
    for request in REQUESTS:
        there, here = inside.decide(request), outside.decide(request)
        assert there.outcome == here.outcome, request
        assert there.code == here.code or here.code == "evaluation_error", request


# ---- each answer by itself -------------------------------------------------------------------------------------------

RULES = """
@id("readers") permit (principal, action == Action::"read", resource);
@id("editors") permit (principal, action == Action::"edit", resource);
@id("open") permit (principal, action, resource) when { !resource.secret };
"""
READ, BURN = REQUESTS[0], REQUESTS[12]
NO_READ = Norm(cedar_plus='forbid (principal, action == Action::"read", resource) when { context.amount < 5 };\n')


def test_a_stop_is_said_with_who_until_when_and_why() -> None:
    stop = standing(Stop(target="agent", name='Agent::"in"'))
    denied = Asked(checked_of(RULES), [stop]).decide(READ)
    assert (denied.outcome, denied.code, denied.violation) == ("deny", "stopped", False)
    assert denied.reasons == (f"stop:{stop.id}",)
    for said in (ANA.principal, "2026-03-15T14:00:00Z", "it went wrong", stop.id):
        assert said in denied.remedy


def test_a_stop_of_a_group_of_actions_stops_its_members_and_nothing_else() -> None:
    asked = Asked(checked_of(RULES), [standing(Stop(target="action", name='Action::"work"'))])
    assert [asked.decide(request).code for request in (READ, BURN)] == ["stopped", "allowed"]


def test_a_norm_forbids_with_its_name_its_evidence_and_what_would_spare() -> None:
    norm = standing(NO_READ)
    denied = Asked(checked_of(RULES), [norm]).decide(READ)
    assert (denied.code, denied.reasons, denied.violation) == ("forbidden", (f"norm:{norm.id}",), True)
    assert {item.rule: item.effect for item in denied.evidence} == {
        f"norm:{norm.id}": "forbid",
        "readers": "permit",
        "open": "permit",
    }
    assert denied.evidence[0].reads[0].path == "context.amount"
    assert [sparing.rule for sparing in denied.spared_by] == [f"norm:{norm.id}"]
    assert norm.id in denied.remedy
    assert ANA.principal in denied.remedy


def test_several_rules_of_one_overlay_have_names_of_their_own() -> None:
    two = Norm(cedar_plus=NO_READ.cedar_plus + 'forbid (principal == Agent::"in", action, resource);')
    norm = standing(two)
    assert Asked(checked_of(RULES), [norm]).decide(READ).reasons == (f"norm:{norm.id}.1", f"norm:{norm.id}.2")


def test_a_permit_taken_away_names_the_brake() -> None:
    checked = checked_of(RULES.replace('@id("open")', '@stage("observe") @id("open")'))
    brake = standing(brake_of("", ["readers"], checked.program))
    denied = Asked(checked, [brake]).decide(READ)
    assert (denied.outcome, denied.code, denied.reasons) == ("deny", "not_permitted", (f"brake:{brake.id}",))
    assert brake.id in denied.remedy
    assert not denied.violation


def test_a_permit_that_errs_goes_on_denying_when_a_brake_takes_it_away() -> None:
    """The dangerous case: without the erring permit, the other one alone would allow."""
    checked = checked_of(
        RULES + f'@id("errs") permit (principal, action, resource) when {{ context.amount + {HUGE} > 0 }};'
    )
    request = REQUESTS[1]  # amount 4
    assert Asked(checked, []).decide(request).code == "evaluation_error"
    braked = Asked(checked, [standing(brake_of("", ["errs"], checked.program))])
    assert braked.evaluator.decide(request, braked.known).outcome == "allow"  # what must not get out
    denied = braked.decide(request)
    assert (denied.outcome, denied.code, denied.errors[0].rule) == ("deny", "evaluation_error", "errs")


def test_a_norm_that_errs_denies() -> None:
    norm = standing(Norm(cedar_plus=f"forbid (principal, action, resource) when {{ context.amount + {HUGE} > 0 }};"))
    denied = Asked(checked_of(RULES), [norm]).decide(REQUESTS[1])
    assert (denied.code, [error.rule for error in denied.errors]) == ("evaluation_error", [f"norm:{norm.id}"])


def test_what_is_over_does_not_act_though_nobody_noted_it() -> None:
    checked = checked_of(RULES)
    stop, brake, norm = standing(Stop(target="all"), 1), standing(brake_of(FORBID_ALL, [], checked.program), 2), NO_READ
    asked = Asked(checked, [stop, brake, standing(norm)])
    found = [asked.decide(READ, NOW + hours * 3_600_000_000) for hours in (0, 1, 2)]
    assert [(each.code, each.reasons[0].partition(":")[0]) for each in found] == [
        ("stopped", "stop"),
        ("forbidden", "brake"),
        ("forbidden", "norm"),
    ]
    at_the_end = asked.decide(BURN, NOW + 2 * 3_600_000_000)
    assert at_the_end.code == "allowed"
    assert asked.decide(BURN, NOW + 2 * 3_600_000_000 - 1).code == "forbidden"


FORBID_ALL = "forbid (principal, action, resource);"


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ('forbid (principal, action == Action::"read", resource) when { resource.colour == "red" };', {"read"}),
        ('forbid (principal, action in Action::"work", resource) when { resource.colour == "red" };', {"read", "edit"}),
        ('forbid (principal, action, resource) when { resource.colour == "red" };', {"read", "edit", "burn"}),
        ('forbid (principal, action == Action::"fly", resource);', set()),
        ("forbid (", {"read", "edit", "burn"}),
        ('@stage("observe") forbid (principal, action == Action::"read", resource);', {"read"}),
        ('permit (principal, action == Action::"read", resource);', {"read"}),
    ],
)
def test_rules_that_fit_the_schema_no_more_deny_what_they_could_bear_on(text: str, denied: set[str]) -> None:
    norm = standing(Norm(cedar_plus=text))
    asked = Asked(checked_of("permit (principal, action, resource);"), [norm])
    for request in REQUESTS:
        found = asked.decide(request)
        assert (found.code == "evaluation_error") == (request.action.id in denied)
        if found.code == "evaluation_error":
            assert found.errors[-1].rule == f"norm:{norm.id}"
            assert f"workbench lift {norm.id}" in found.remedy


def test_what_cannot_be_believed_denies_everything_until_it_is_lifted() -> None:
    asked = Asked(checked_of(RULES), [], {"aabbccdd": "the ledger does not know it"})
    denied = asked.decide(READ)
    assert (denied.outcome, denied.code) == ("deny", "evaluation_error")
    assert "workbench lift aabbccdd" in denied.remedy


def test_without_overlays_both_questions_cost_less_than_a_microsecond() -> None:
    law = OverlayLaw.of([], checked_of(RULES))
    asked = Asked(checked_of(RULES), [])
    decision = asked.evaluator.decide(READ, asked.known)
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(10_000):
            law.stopped(READ, NOW)
            law.tighten(decision, READ, asked.known, NOW, None)
        best = min(best, (time.perf_counter() - start) / 10_000)
    assert best < 2e-6, f"{best * 1e6:.2f} µs for both"
