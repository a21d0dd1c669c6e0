"""The procedures of the samples: who may approve what, asked of both engines; several at once; grants; escalations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import pytest

from tests.samples.dimensions import DIMENSIONS, case, cases, constitution, decided, path, procedure, world
from tests.samples.mutations import expressions
from workbench.engine import EvalError, Evaluator, Grant, Request, case_key, evaluate_predicate
from workbench.language.ast import ActionScope, Expr, Procedure
from workbench.language.cedar import CedarEngine, SchemaHandle
from workbench.language.check import check
from workbench.language.lower import lower_policy, procedure_policies
from workbench.language.schema import Schema
from workbench.language.schema_json import approval_schema, approver_types

EVERYBODY = {"cleo", "carl", "cara", "dora", "dan", "dima", "coco", "lou"}


def entities_of(name: str, asked: dict[str, Any], changes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The sample's world, as the case sees it, with attributes changed by the id of their entity."""
    own = {(row["uid"]["type"], row["uid"]["id"]): row for row in asked["entities"]}
    rows = [own.get((row["uid"]["type"], row["uid"]["id"]), row) for row in world(name)]
    return [{**row, "attrs": {**row["attrs"], **changes.get(row["uid"]["id"], {})}} for row in rows]


def approver(asked: dict[str, Any], uid: dict[str, str]) -> Request:
    """The held request as a `where` sees it: the principal is the approver, the context knows who asked."""
    request = Request.from_json(asked["request"])
    requester = {"__entity": {"type": request.principal.type, "id": request.principal.id}}
    context = {**asked["request"]["context"], "requester": requester}
    return Request(uid, request.action, request.resource, context)


def candidates(name: str, rows: list[Any]) -> list[dict[str, str]]:
    schema = constitution(name).program.schema
    assert schema is not None
    return [row["uid"] for row in rows if row["uid"]["type"] in approver_types(schema)]


def derived(name: str, asked: dict[str, Any]) -> tuple[Schema, SchemaHandle]:
    request = Request.from_json(asked["request"])
    triggers = frozenset({(request.action.type, request.action.id)})
    return approval_schema(constitution(name).schema, triggers, request.principal.type)


def satisfying(name: str, asked: dict[str, Any], where: Expr, rows: list[Any]) -> set[str]:
    """The ids of those who satisfy ``where`` for a held request, by our engine; an error is nobody's approval."""
    schema, _ = derived(name, asked)
    found = set()
    for uid in candidates(name, rows):
        with suppress(EvalError):
            if evaluate_predicate(where, approver(asked, uid), rows, schema=schema):
                found.add(uid["id"])
    return found


def as_cedar_says(name: str, asked: dict[str, Any], held_by: Procedure, place: int, rows: list[Any]) -> set[str]:
    """The same by Cedar. An escalated request's action is not the procedure's own, so it is asked about any."""
    policies = dict(procedure_policies(replace(held_by, action=ActionScope("any"))))
    _, handle = derived(name, asked)
    cedar = CedarEngine(lower_policy(policies[f"where {place}"]), rows, handle)
    found = set()
    for uid in candidates(name, rows):
        answer = cedar.authorize(approver(asked, uid).to_json())
        assert answer.outcome != "invalid", answer.messages
        if answer.outcome == "allow":
            found.add(uid["id"])
    return found


def eligible(name: str, asked: dict[str, Any], held_by: Procedure, place: int, rows: list[Any]) -> set[str]:
    """Who may fill a seat; both engines must say the same."""
    where = held_by.requires[place].where
    assert where is not None
    found = satisfying(name, asked, where, rows)
    assert found == as_cedar_says(name, asked, held_by, place, rows)
    return found


Row = tuple[str, str, str, dict[str, dict[str, Any]], list[set[str]]]
TABLE: list[Row] = [
    ("agent-actions", "publishing from a public repository waits", "publish_public", {}, [{"rory"}]),
    (
        "agent-actions",
        "publishing from a public repository waits",
        "publish_public",
        {"sid": {"suspended": False}},
        [{"rory", "sid"}],
    ),
    ("message-content", "a promise of 100.0001 waits for a lead", "promises", {}, [{"lea"}]),
    # the only lead asks: nobody is left, and the timeout denies
    ("message-content", "a promise in public waits too", "promises", {}, [set()]),
    ("memory-access", "a keeper writes the lore, and waits", "lore", {}, [{"kay"}]),
    ("resource-budgets", "a cent over a quarter of the team's budget waits", "big_spend", {}, [{"ines"}]),
    ("temporal", "a whole day waits for a commander", "long_incident", {}, [{"nia"}]),
    ("amendment-rules", "retracting what was published waits", "retraction", {}, [set()]),
    (
        "amendment-rules",
        "retracting what was published waits",
        "retraction",
        {"remy": {"role": "editor"}},
        [{"remy"}],
    ),
    # carl may approve up to 5000, but he answers for the agent
    ("escalation", "1001 waits for a controller", "large_payment", {}, [{"cara"}]),
    ("escalation", "1001 waits for a controller", "large_payment", {"cara": {"limit": 1001}}, [{"cara"}]),
    ("escalation", "1001 waits for a controller", "large_payment", {"cara": {"limit": 1000}}, [set()]),
    ("escalation", "a large first payment waits for both", "first_payment", {}, [{"coco"}]),
    (
        "escalation",
        "10001 abroad waits for two",
        "foreign_payment",
        {},
        [{"carl", "cara"}, {"dora", "dan", "dima"}],
    ),
    ("escalation", "new bank details always wait", "new_bank_details", {}, [EVERYBODY - {"lou"}]),
    ("escalation", "a review of 50001 waits for two", "directors_review", {}, [{"dan", "dima"}]),
    ("escalation", "a review of 50001 waits for two", "last_word", {}, [{"dan", "dima"}]),
    # escalated: the held request is an agent's payment, and every director may decide it
    ("escalation", "1001 waits for a controller", "directors_review", {}, [{"dora", "dan", "dima"}]),
    ("escalation", "1001 waits for a controller", "last_word", {}, [{"dora", "dan", "dima"}]),
]


@pytest.mark.parametrize(("name", "called", "held_by", "changes", "who"), TABLE)
def test_who_may_approve(
    name: str, called: str, held_by: str, changes: dict[str, dict[str, Any]], who: list[set[str]]
) -> None:
    asked = case(name, called)
    found = procedure(name, held_by)
    rows = entities_of(name, asked, changes)
    assert [eligible(name, asked, found, place, rows) for place in range(len(found.requires))] == who


@pytest.mark.parametrize("name", sorted({row[0] for row in TABLE}))
def test_the_table_notices_every_small_change_of_who_may_approve(name: str) -> None:
    survivors = []
    for found in [found for _, found in constitution(name).program.procedures if found.action is not None]:
        for place, require in enumerate(found.requires):
            assert require.where is not None
            asked = [
                (case(name, called), entities_of(name, case(name, called), changes), who[place])
                for of, called, held_by, changes, who in TABLE
                if (of, held_by) == (name, found.name)
            ]
            for words, where in expressions(require.where):
                if all(satisfying(name, request, where, rows) == who for request, rows, who in asked):
                    survivors.append((found.name, place, words))
    assert survivors == []


def test_duties_are_separated_by_the_predicate_alone() -> None:
    """Who entered the invoice may not approve its payment, nor may who answers for the agent."""
    asked = case("escalation", "1001 waits for a controller")
    found = procedure("escalation", "large_payment")
    invoice = asked["request"]["resource"].split('"')[1]
    for entered_by, who in (("cleo", {"cara"}), ("cara", set()), ("carl", {"cara"})):
        changes = {invoice: {"entered_by": {"__entity": {"type": "Person", "id": entered_by}}}}
        rows = entities_of("escalation", asked, changes)
        assert eligible("escalation", asked, found, 0, rows) == who
    rows = entities_of("escalation", asked, {"payer": {"owner": {"__entity": {"type": "Person", "id": "dora"}}}})
    assert eligible("escalation", asked, found, 0, rows) == {"carl", "cara"}


# ---- several procedures at once --------------------------------------------------------------------------------------

THREE = ("large_payment", "first_payment", "foreign_payment")


def subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, count) for count in range(len(names) + 1))


@pytest.mark.parametrize("granted", subsets(THREE), ids="+".join)
def test_all_procedures_must_grant(granted: tuple[str, ...]) -> None:
    asked = case("escalation", "a large first payment abroad waits for three procedures")
    decision = decided("escalation", asked, grants=granted)
    open_ = tuple(name for name in THREE if name not in granted)
    assert decision.procedures == open_
    assert decision.outcome == ("hold" if open_ else "allow")
    assert decision.reasons == (open_ or ("pay",))
    assert (decision.retry, decision.code) == (("after_approval", "held") if open_ else ("never", "allowed"))
    assert all(f"`{name}`" in decision.remedy for name in open_)


def test_what_holds_a_request_is_released_by_no_other_grant() -> None:
    asked = case("escalation", "a large first payment waits for both")
    assert decided("escalation", asked, grants=["large_payment", "large_payment"]).procedures == ("first_payment",)
    assert decided("escalation", asked, grants=["directors_review", "Large_Payment", "pay", ""]).procedures == (
        "large_payment",
        "first_payment",
    )


def test_a_grant_is_for_one_request() -> None:
    asked = case("escalation", "1001 waits for a controller")
    schema = constitution("escalation").program.schema
    grant = Grant("large_payment", case_key(Request.from_json(asked["request"]), schema))
    assert decided("escalation", asked, grants=[grant]).outcome == "allow"
    # a retry finds its case again although the meter has moved on
    assert decided("escalation", asked, grants=[grant], context={"paid_today": 50_000}).outcome == "allow"
    # another payment is another case
    other = decided("escalation", case("escalation", "10001 at home waits for one"), grants=[grant])
    assert other.outcome == "allow"  # the same invoice: what is *in* it is data, decided on again
    elsewhere = decided("escalation", case("escalation", "exactly 10000 abroad waits for one"), grants=[grant])
    assert elsewhere.procedures == ("large_payment",)
    first = decided("escalation", asked, grants=[grant], context={"first_payment": True})
    assert first.procedures == ("large_payment", "first_payment")


@pytest.mark.parametrize(
    ("called", "code"),
    [
        ("a blocked supplier: nobody is asked", "forbidden"),
        ("over the daily limit: nobody is asked", "forbidden"),
        ("another department's invoice: nobody is asked", "not_permitted"),
        ("a sum that does not fit 64 bits denies", "evaluation_error"),
        ("a supplier that nothing is known about denies", "evaluation_error"),
    ],
)
def test_no_grant_outweighs_a_deny(called: str, code: str) -> None:
    decision = decided("escalation", case("escalation", called), grants=THREE)
    assert (decision.outcome, decision.code, decision.procedures) == ("deny", code, ())


# ---- timeouts and chains ---------------------------------------------------------------------------------------------


def test_the_way_up_when_nobody_answers() -> None:
    hour = 3600
    found = {p.name: p for _, p in constitution("escalation").program.procedures}
    way = []
    name: str | None = "large_payment"
    while name is not None:
        step = found[name]
        assert step.timeout is not None
        assert step.on_timeout is not None
        way.append((name, step.timeout.seconds, step.on_timeout.kind))
        name = step.on_timeout.procedure
    assert way == [
        ("large_payment", 4 * hour, "escalate"),
        ("directors_review", 24 * hour, "escalate"),
        ("last_word", 48 * hour, "deny"),
    ]
    rejected = {name: p.on_rejection and (p.on_rejection.kind, p.on_rejection.procedure) for name, p in found.items()}
    assert rejected["large_payment"] == ("deny", None)
    assert rejected["first_payment"] == ("escalate", "directors_review")
    locks = {name: p.timelock.seconds for name, p in found.items() if p.timelock is not None}
    assert locks == {"foreign_payment": hour, "new_bank_details": 24 * hour}


def prolonged(steps: int, end: str = "deny") -> str:
    """The sample, with ``steps`` more escalations after its last word."""
    source = path("escalation").read_text(encoding="utf-8")
    place = source.rindex("on timeout deny")
    last = f"on timeout {end}"
    if not steps:
        return source[:place] + last + source[place + len("on timeout deny") :]
    source = source[:place] + "on timeout escalate to procedure more1" + source[place + len("on timeout deny") :]
    for step in range(1, steps + 1):
        way = last if step == steps else f"on timeout escalate to procedure more{step + 1}"
        source += (
            f'\nprocedure more{step} {{ on action == Action::"review_payment" when resource.amount > {step} '
            f"require approval from principal with timeout 1 day {way} }}"
        )
    return source


def codes(source: str) -> list[str]:
    return [found.code for found in check(source, constitution("escalation").schema).errors]


def test_eight_escalations_are_a_chain_and_nine_are_refused() -> None:
    assert codes(prolonged(6)) == []  # two of the sample's own, and six more
    refused = check(prolonged(7), constitution("escalation").schema).errors
    assert {(found.code, found.rule) for found in refused} >= {("CP004", "large_payment"), ("CP004", "first_payment")}
    assert {found.code for found in refused} == {"CP004"}
    assert "a chain of 9 escalations, over 8" in {found.message for found in refused}


@pytest.mark.parametrize("back_to", ["last_word", "directors_review", "large_payment"])
def test_a_circle_is_refused(back_to: str) -> None:
    assert "CP004" in codes(prolonged(0, f"escalate to procedure {back_to}"))


def test_an_escalation_whose_requests_the_approvers_cannot_be_asked_about_is_refused() -> None:
    """`large_payment` asks for the owner of the requester: an agent has one, the person who reviews has none."""
    refused = check(prolonged(0, "escalate to procedure large_payment"), constitution("escalation").schema).errors
    found = {(found.rule, found.message) for found in refused if found.code == "CP002"}
    assert found == {("large_payment", "attribute `owner` on entity type `Person` not found")}


def test_without_its_target_an_escalation_is_refused() -> None:
    assert "CP005" in codes(prolonged(0, "escalate to procedure lastword"))


# ---- procedures that are triggered by what cannot be evaluated -------------------------------------------------------


@pytest.mark.parametrize("name", DIMENSIONS)
def test_a_trigger_that_errs_denies_and_holds_nothing(name: str) -> None:
    """One more procedure whose trigger has no value: every request that reaches evaluation is denied, and says why."""
    schema = constitution(name).schema
    actions = ", ".join(
        f"{kind}::{id_!r}".replace("'", '"')
        for (kind, id_), action in constitution(name).program.schema.actions.items()  # type: ignore[union-attr]
        if action.principals
    )
    source = path(name).read_text(encoding="utf-8") + (
        f'\n@id("broken") procedure broken {{ on action in [{actions}] when 9223372036854775807 + 1 > 0 '
        "require approval from principal with timeout 1 hour }"
    )
    program = check(source, schema).program
    assert program is not None
    broken = Evaluator(program)
    for asked in cases(name):
        before = decided(name, asked)
        after = broken.decide(Request.from_json(asked["request"]), asked["entities"], grants=["broken"])
        assert after.outcome == "deny"
        assert after.procedures == ()
        if before.code in ("allowed", "held", "not_permitted"):
            assert after.code == "evaluation_error"
        if before.code not in ("invalid_request", "invalid_entity"):
            assert "broken" in {error.rule for error in after.errors}
