"""Who may approve a held request, and under which key it is found again: the directory's word, never the request's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.entities import Entities
from workbench.engine.request import Request
from workbench.engine.values import EntityUid
from workbench.governance.approvers import Approvers, requirement_of, requirements_of
from workbench.governance.cases import DEFAULT_TIMEOUT
from workbench.governance.held_requests import HeldRequest
from workbench.language.ast import Duration, Fallback, Procedure, Require
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema import Schema

SCHEMA = """
entity Team;
entity Agent in [Team] = { role: String };
entity Order = { amount: Long, @volatile seen: Long, @source("meter") weight: Long };
type Asked = { amount: Long, @volatile nonce: String, limit?: Long };
action refund appliesTo { principal: [Agent], resource: [Order], context: Asked };
"""
RULES = """
permit (principal, action, resource);
procedure anyone { on action == Action::"refund" require approval from principal }
procedure leads {
  on action == Action::"refund"
  require 2 approvals from principal where principal.role == "lead"
  require approval from principal where principal in Team::"finance" && context.requester.role == "agent"
  with timelock 2 minutes
  with timeout 3 hours
  on timeout escalate to procedure anyone
  on rejection deny
}
procedure sized {
  on action == Action::"refund"
  require approval from principal where resource.amount < 100 && principal != context.requester
}
@stage("observe")
procedure watched { on action == Action::"refund" when context.amount > 7 require approval from principal }
"""


@pytest.fixture(scope="module")
def program() -> Program:
    found = check(RULES, SCHEMA)
    assert found.program is not None, found.errors
    return found.program


def schema_of(program: Program) -> Schema:
    assert program.schema is not None
    return program.schema


def agent(name: str, role: str = "agent", *teams: str) -> dict[str, Any]:
    parents = [{"type": "Team", "id": team} for team in teams]
    return {"uid": {"type": "Agent", "id": name}, "attrs": {"role": role}, "parents": parents}


def order(name: str = "o", **attrs: Any) -> dict[str, Any]:
    return {"uid": {"type": "Order", "id": name}, "attrs": {"amount": 5, "seen": 1, "weight": 1} | attrs, "parents": []}


def team(name: str) -> dict[str, Any]:
    return {"uid": {"type": "Team", "id": name}, "attrs": {}, "parents": []}


PEOPLE = [agent("jo"), agent("lea", "lead"), agent("leo", "lead", "finance"), agent("fay", "agent", "finance")]
UIDS = [EntityUid("Agent", name) for name in ("jo", "lea", "leo", "fay", "ghost")]


def may(
    program: Program, name: str, *, directory: list[Any] | None = None, sent: list[Any] | None = None, **context: Any
) -> tuple[set[str], ...]:
    """The names of those who may take a seat of each ``require`` of a procedure."""
    schema = schema_of(program)
    known = Entities.from_json([*PEOPLE, team("finance")] if directory is None else directory, schema)
    held = HeldRequest(
        Request('Agent::"jo"', 'Action::"refund"', 'Order::"o"', {"amount": 9, "nonce": "n"} | context),
        tuple([order()] if sent is None else sent),
    )
    procedure = next(each for _, each in program.procedures if each.name == name)
    found = Approvers(held.request, known, held.world(known), schema).may(procedure.requires, UIDS)
    return tuple({uid.partition('"')[2].rstrip('"') for uid in each} for each in found)


def test_each_seat_by_its_own_condition(program: Program) -> None:
    assert may(program, "leads") == ({"lea", "leo"}, {"leo", "fay"})


def test_without_a_condition_everyone_in_the_directory_but_who_asked(program: Program) -> None:
    assert may(program, "anyone") == ({"lea", "leo", "fay"},)


def test_who_is_not_in_the_directory_may_nothing(program: Program) -> None:
    directory = [agent("jo"), agent("fay")]
    assert may(program, "anyone", directory=directory) == ({"fay"},)


def test_a_team_may_not_though_the_directory_knows_it(program: Program) -> None:
    schema = schema_of(program)
    known = Entities.from_json([*PEOPLE, team("finance")], schema)
    approvers = Approvers(Request('Agent::"jo"', 'Action::"refund"', 'Order::"o"', {}), known, known, schema)
    assert not approvers.known(EntityUid("Team", "finance"))
    assert not approvers.known(EntityUid("Action", "refund"))
    assert set(approvers.everyone()) == {'Agent::"lea"', 'Agent::"leo"', 'Agent::"fay"'}


def test_a_condition_without_a_value_is_nobody_s_approval(program: Program) -> None:
    assert may(program, "sized") == ({"lea", "leo", "fay"},)
    assert may(program, "sized", sent=[]) == (set(),)  # nothing is known of the order's amount
    assert may(program, "sized", amount="nine") == (set(),)  # the context does not fit


def test_the_requester_of_the_context_is_the_one_who_asked(program: Program) -> None:
    """A request that brings a ``requester`` of its own does not change who that is."""
    boss = [agent("jo", "boss"), *PEOPLE[1:], team("finance")]
    assert may(program, "leads", directory=boss)[1] == set()
    forged = {"__entity": {"type": "Agent", "id": "fay"}}
    assert may(program, "leads", directory=boss, requester=forged)[1] == set()


def test_requirements_are_those_that_bind(program: Program) -> None:
    found = requirements_of(program)
    assert set(found) == {"anyone", "leads", "sized"}
    leads = found["leads"]
    assert (leads.counts, leads.timelock, leads.timeout) == ((2, 1), 120_000_000, 3 * 3_600_000_000)
    assert (leads.on_timeout, leads.on_rejection) == ("anyone", "")
    assert found["anyone"].timeout == DEFAULT_TIMEOUT
    assert leads.digest == next(rule.digest for rule, each in program.procedures if each.name == "leads")


def test_times_that_no_calendar_holds_are_cut() -> None:
    endless = Procedure(
        "endless",
        (Require(1),),
        timelock=Duration(10**15, "day"),
        timeout=Duration(0, "second"),
        on_timeout=Fallback("deny"),
    )
    found = requirement_of(endless, "d")
    assert found.timelock == 100 * 365 * 86_400 * 1_000_000
    assert found.timeout == 0  # and not the default


# ---- the key of a request --------------------------------------------------------------------------------------------


def key(program: Program, sent: list[Any], directory: list[Any] | None = None, **context: Any) -> str:
    schema = schema_of(program)
    known = Entities.from_json(directory or PEOPLE, schema)
    request = Request('Agent::"jo"', 'Action::"refund"', 'Order::"o"', {"amount": 9, "nonce": "n"} | context)
    return HeldRequest(request, tuple(sent)).key(known, schema)


def test_what_changes_between_a_request_and_its_retry_is_not_in_its_key(program: Program) -> None:
    first = key(program, [order()])
    assert key(program, [order(seen=2)], nonce="other") == first
    assert key(program, [order(weight=2)]) == first
    assert key(program, [order(amount=6)]) != first
    assert key(program, [order()], limit=1) != first
    assert key(program, [order(), order("p")]) != first
    assert key(program, []) != first


def test_the_order_of_entities_is_not_in_the_key(program: Program) -> None:
    assert key(program, [order(), order("p")]) == key(program, [order("p"), order()])


def test_what_the_directory_knows_is_not_the_request_s_to_say(program: Program) -> None:
    known = [*PEOPLE, order(amount=7)]
    assert key(program, [order()], known) == key(program, [], known) == key(program, [order(amount=8)], known)


CONTEXTS = st.fixed_dictionaries(
    {"amount": st.integers(-(2**63), 2**63 - 1), "nonce": st.text()}, optional={"limit": st.integers(0, 9)}
)


@given(CONTEXTS, st.integers(-(2**63), 2**63 - 1))
@settings(max_examples=100, deadline=None)
def test_what_is_kept_of_a_request_is_read_back_the_same(context: dict[str, Any], amount: int) -> None:
    held = HeldRequest(Request('Agent::"jo"', 'Action::"refund"', 'Order::"o"', context), (order(amount=amount),))
    again = HeldRequest.from_json(held.to_json())
    assert again is not None
    assert again.request == held.request
    assert list(again.entities) == list(held.entities)


def test_an_erased_request_is_none() -> None:
    assert HeldRequest.from_json("") is None
    for damaged in ("{}", "[]", "nonsense", '{"request": {}, "entities": []}'):
        with pytest.raises((ValueError, KeyError, TypeError)):
            HeldRequest.from_json(damaged)


def test_which_conditions_are_about_people_alone(program: Program) -> None:
    by_name = {
        each.name: [Approvers.asks_of_people_only(r.where) for r in each.requires] for _, each in program.procedures
    }
    assert by_name == {"anyone": [True], "leads": [True, False], "sized": [False], "watched": [True]}
