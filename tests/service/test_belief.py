"""Attacks of a lying agent, one by one: each would work on the engine alone, and is refused before the engine is asked.

``honest`` is what the agent may truly say, and it is denied. Every lie below makes the engine allow it when belief is
left out (``unbelieved``), which shows that the lie is worth telling; with belief the answer is a refusal that names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import pytest

from tests.service.conftest import Ask
from workbench.engine.entities import Entities, EntityError
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema import Schema
from workbench.service.belief import Known, RefusedError, believe, principal_types
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

SCHEMA = """
entity Team in [Team] = { @source("identity") cleared?: Bool };
entity Person = { level: Long };
entity Agent in [Team] = { role: String, chief: Person };
entity Shelf in [Shelf];
type Origin = { site: String, @source("identity") proven?: Bool };
type Stamp = { site: String, @source("identity") proven: Bool };
type Deep = { inner: { origin?: Origin } };
entity Doc in [Shelf, Agent] = {
  label: String,
  @source("server") scanned?: Bool,
  origin?: Origin,
  history?: Set<Stamp>,
  deep?: Deep
} tags Origin;
action every;
action climb appliesTo { principal: [Agent], resource: [Doc], context: {} };
action read in [every] appliesTo { principal: [Agent], resource: [Doc], context: {
  note?: String,
  @source("server") now?: datetime,
  @source("server") hour?: Long,
  @source("meter") spent?: Long,
  @source("identity") login?: String,
  asked?: Origin,
  trail?: Set<Stamp>,
  layers?: Set<Set<Stamp>>,
  deep?: Deep
} };
"""
RULES = """
@id("chiefs") permit (principal, action, resource) when { principal.role == "chief" };
@id("under") permit (principal, action == Action::"climb", resource) when { principal.chief.level > 5 };
@id("admins") permit (principal, action, resource) when { principal in Team::"admins" };
@id("open") permit (principal, action, resource) when { resource in Shelf::"open" };
@id("attic") permit (principal, action, resource) when { resource in Shelf::"attic" };
@id("own") permit (principal, action, resource) when { resource in principal };
@id("late") permit (principal, action, resource) when { context has hour && context.hour > 20 };
@id("then") permit (principal, action, resource)
  when { context has now && context.now > datetime("2030-01-01") };
@id("thrifty") permit (principal, action, resource) when { context has spent && context.spent < 10 };
@id("logged") permit (principal, action, resource) when { context has login && context.login == "root" };
@id("asked") permit (principal, action, resource)
  when { context has asked && context.asked has proven && context.asked.proven };
@id("trailed") permit (principal, action, resource)
  when { context has trail && context.trail.contains({site: "x", proven: true}) };
@id("layered") permit (principal, action, resource)
  when { context has layers && context.layers.contains([{site: "x", proven: true}]) };
@id("deeply") permit (principal, action, resource)
  when { context has deep && context.deep.inner has origin && context.deep.inner.origin has proven
         && context.deep.inner.origin.proven };
@id("scanned") permit (principal, action, resource) when { resource has scanned && resource.scanned };
@id("from") permit (principal, action, resource)
  when { resource has origin && resource.origin has proven && resource.origin.proven };
@id("past") permit (principal, action, resource)
  when { resource has history && resource.history.contains({site: "x", proven: true}) };
@id("below") permit (principal, action, resource)
  when { resource has deep && resource.deep.inner has origin && resource.deep.inner.origin has proven
         && resource.deep.inner.origin.proven };
@id("tagged") permit (principal, action, resource)
  when { resource.hasTag("seal") && resource.getTag("seal") has proven && resource.getTag("seal").proven };
"""
NORA = 'Agent::"nora"'
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def entity(type_: str, id_: str, *parents: tuple[str, str], **attrs: Any) -> dict[str, Any]:
    above = [{"type": t, "id": i} for t, i in parents]
    return {"uid": {"type": type_, "id": id_}, "attrs": attrs, "parents": above}


def ref(type_: str, id_: str) -> dict[str, Any]:
    return {"__entity": {"type": type_, "id": id_}}


# nora's chief, one of her teams, and the shelf above another are named and not described: an operator forgot them.
DIRECTORY = [
    entity("Agent", "nora", ("Team", "desk"), ("Team", "ghosts"), role="agent", chief=ref("Person", "pia")),
    entity("Agent", "zoë", ("Team", "admins"), role="chief", chief=ref("Person", "pia")),
    entity("Team", "desk"),
    entity("Team", "admins"),
    entity("Shelf", "open"),
    entity("Shelf", "cellar", ("Shelf", "attic")),
]
DOC = entity("Doc", "d", label="plain")


class World(NamedTuple):
    known: Known
    evaluator: Evaluator


@cache
def world() -> World:
    program = check(RULES, SCHEMA, standing=True).program  # the linter of today refuses sets of records (CP011)
    assert program is not None
    schema = program.schema
    assert isinstance(schema, Schema)
    directory = Entities.from_json(DIRECTORY, schema)
    written = {(row["uid"]["type"], row["uid"]["id"]): row for row in DIRECTORY}
    return World(Known(schema, directory, written, {}, principal_types(schema)), Evaluator(program))


def unbelieved(request: Request, entities: list[Any]) -> str:
    """What the engine says when the caller is taken at its word."""
    decision = world().evaluator.decide(request, world().known.directory.with_added(entities))
    return decision.outcome if not decision.errors else decision.code


def believed(request: Request, entities: Any, *, credential: str = NORA, facts: Mapping[str, Any] | None = None) -> str:
    """What it says after belief. Raises ``RefusedError``."""
    asked = believe(request, Credential(credential), entities, facts or {}, AT, world().known)
    decision = world().evaluator.decide(asked, world().known.directory.with_added(entities))
    return decision.outcome if not decision.errors else decision.code


def asking(context: Mapping[str, Any] | None = None, *, who: str = NORA, action: str = "read") -> Request:
    return Request(who, f'Action::"{action}"', 'Doc::"d"', context)


def doc(*parents: tuple[str, str], tags: Mapping[str, Any] | None = None, **attrs: Any) -> list[dict[str, Any]]:
    """The document as the agent describes it."""
    row = entity("Doc", "d", *parents, label="plain", **attrs)
    return [row | {"tags": dict(tags)} if tags else row]


def refusal(request: Request, entities: Any = (), *, credential: str = NORA) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        believed(request, entities, credential=credential)
    assert caught.value.remedy
    return caught.value


def test_the_honest_request_is_believed_and_denied() -> None:
    assert unbelieved(asking(), [DOC]) == "deny"
    assert believed(asking({"note": "please"}), [DOC]) == "deny"


LIE = {"site": "x", "proven": True}
NOW = {"__extn": {"fn": "datetime", "arg": "2031-01-01"}}

# what is said → (context, entities, what the refusal names)
LIES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "the server's hour": ({"hour": 23}, [DOC], "context.hour"),
    "the server's time": ({"now": NOW}, [DOC], "context.now"),
    "what the meter counts": ({"spent": 0}, [DOC], "context.spent"),
    "what the identity provider proves": ({"login": "root"}, [DOC], "context.login"),
    "the same in a record": ({"asked": LIE}, [DOC], "context.asked.proven"),
    "in a record of a set": ({"trail": [{"site": "y", "proven": False}, LIE]}, [DOC], "context.trail.proven"),
    "in a set of sets": ({"layers": [[LIE]]}, [DOC], "context.layers.proven"),
    "three records down": ({"deep": {"inner": {"origin": LIE}}}, [DOC], "context.deep.inner.origin.proven"),
    "a sourced attribute of the resource": ({}, doc(scanned=True), 'Doc::"d".scanned'),
    "in a record of the resource": ({}, doc(origin=LIE), 'Doc::"d".origin.proven'),
    "in a set of records of the resource": ({}, doc(history=[LIE]), 'Doc::"d".history.proven'),
    "three records down in the resource": ({}, doc(deep={"inner": {"origin": LIE}}), 'Doc::"d".deep.inner.origin'),
    "in a tag of the resource": ({}, doc(tags={"seal": LIE}), 'Doc::"d" tag seal.proven'),
    "that it lies on a shelf of the directory": ({}, doc(("Shelf", "open")), 'Shelf::"open"'),
    "that it lies on a shelf which lies there": (
        {},
        [*doc(("Shelf", "mine")), entity("Shelf", "mine", ("Shelf", "open"))],
        'Shelf::"open"',
    ),
    "that it lies on a shelf above one of the directory": ({}, doc(("Shelf", "attic")), 'Shelf::"attic"'),
    "that it is in the agent": ({}, doc(("Agent", "nora")), NORA),
    "that her team is in the admins": ({}, [DOC, entity("Team", "ghosts", ("Team", "admins"))], 'Team::"ghosts"'),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_that_would_work_is_refused(lie: tuple[dict[str, Any], list[dict[str, Any]], str]) -> None:
    context, entities, named = lie
    assert unbelieved(asking(context), entities) == "allow"
    error = refusal(asking(context), entities)
    assert error.code == "refused_claim"
    assert named in error.message


def test_what_the_directory_names_without_describing_is_not_the_callers_to_describe() -> None:
    """How high her chief stands: an attribute of a principal's, at one remove."""
    pia = entity("Person", "pia", level=9)
    assert believed(asking(action="climb"), [DOC]) == "evaluation_error"
    assert unbelieved(asking(action="climb"), [DOC, pia]) == "allow"
    error = refusal(asking(action="climb"), [DOC, pia])
    assert error.code == "refused_claim"
    assert 'Person::"pia"' in error.message
    assert believed(asking(action="climb"), [DOC, entity("Person", "else", level=9)]) == "evaluation_error"


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_what_an_honest_source_says_is_not_touched_by_a_lie(
    lie: tuple[dict[str, Any], list[dict[str, Any]], str],
) -> None:
    """Nothing of what was sent is changed by looking at it, and the directory is as it was."""
    context, entities, _ = lie
    before = deepcopy((context, entities))
    refusal(asking(context), entities)
    assert (context, entities) == before
    assert believed(asking(), [DOC]) == "deny"


def test_a_lie_in_a_shape_that_does_not_fit_is_a_lie_all_the_same() -> None:
    """A record where a set of them belongs, a list where a record does: nothing is let through for being malformed."""
    assert refusal(asking({"trail": LIE}), [DOC]).code == "refused_claim"
    assert refusal(asking({"asked": [[LIE]]}), [DOC]).code == "refused_claim"
    assert refusal(asking(), doc(origin=[LIE])).code == "refused_claim"


# ---- who asks --------------------------------------------------------------------------------------------------------


def test_another_principal_in_the_body() -> None:
    """zoë is a chief; nora has only her own credential."""
    zoe = 'Agent::"zoë"'
    assert unbelieved(asking(who=zoe), [DOC]) == "allow"
    error = refusal(asking(who=zoe), [DOC])
    assert error.code == "refused_claim"
    assert NORA in error.message
    assert zoe in error.message
    assert believed(asking(who=zoe), [DOC], credential=zoe) == "allow"


@pytest.mark.parametrize(
    "who",
    [
        'Agent::"Nora"',
        'Agent::"nora "',
        'Agent::" nora"',
        'Agent::"n\\u{43e}ra"',  # a Cyrillic o
        'Agent::"nora\\0"',
        'Agent::"nora\\u{200b}"',
        'agent::"nora"',
        'Team::Agent::"nora"',
    ],
)
def test_a_uid_that_only_looks_like_the_credentials(who: str) -> None:
    assert refusal(asking(who=who), [DOC]).code == "refused_claim"


def test_another_normal_form_is_another_principal() -> None:
    """``zoë`` with the two dots apart: the same on a screen, another uid in the directory."""
    apart = 'Agent::"zoe\\u{308}"'
    error = refusal(asking(who=apart), [DOC], credential='Agent::"zoë"')
    assert error.code == "refused_claim"
    error = refusal(asking(who='Agent::"zoë"'), [DOC], credential=apart)
    assert error.code == "refused_claim"
    assert believed(asking(who=apart), [DOC], credential=apart) != "allow"


def test_another_spelling_of_the_same_uid_is_the_same_principal() -> None:
    assert believed(asking(who='Agent::"zo\\u{eb}"'), [DOC], credential='Agent::"zoë"') == "allow"


@pytest.mark.parametrize("credential", ["", "nora", "Agent::nora", '{"type":"Agent","id":"nora"}', 'Agent::"nora'])
def test_a_credential_that_names_nobody(credential: str) -> None:
    assert refusal(asking(), [DOC], credential=credential).code == "refused_claim"


# ---- entities that are not the caller's to describe ------------------------------------------------------------------

FORBIDDEN: dict[str, tuple[dict[str, Any], str]] = {
    "itself": (entity("Agent", "nora", ("Team", "admins"), role="chief", chief=ref("Person", "pia")), "only from"),
    "itself under another spelling of the uid": (
        {"uid": ref("Agent", "nora"), "attrs": {"role": "chief"}, "parents": []},
        "only from",
    ),
    "an unknown one of the type that acts": (entity("Agent", "new", role="chief"), "only from"),
    "a group that the directory describes": (entity("Team", "desk", ("Team", "admins")), "which the directory knows"),
    "the directory's again, unchanged": (entity("Shelf", "open"), "which the directory knows"),
    "an action of the schema": (entity("Action", "read"), "only from the schema"),
    "an action group": (entity("Action", "every"), "only from the schema"),
    "an action that there is not": (entity("Action", "fly", ("Action", "every")), "only from the schema"),
    "membership of an action group": (entity("Doc", "d", ("Action", "every"), label="x"), "is in"),
    "membership of an unknown agent": (entity("Doc", "d", ("Agent", "new"), label="x"), "is in"),
}


@pytest.mark.parametrize(("row", "why"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_an_entity_that_is_not_the_callers(row: dict[str, Any], why: str) -> None:
    error = refusal(asking(), [row] if row["uid"] == DOC["uid"] else [DOC, row])
    assert error.code == "refused_claim"
    assert why in error.message


def test_a_resource_of_its_own_may_be_described_with_shelves_of_its_own() -> None:
    """What the refusals above must not take away: unknown uids of types that nobody acts as."""
    own = [*doc(("Shelf", "mine"), origin={"site": "x"}), entity("Shelf", "mine", ("Shelf", "house"))]
    assert believed(asking({"asked": {"site": "x"}}), own) == "deny"
    assert believed(asking(who='Agent::"zoë"'), own, credential='Agent::"zoë"') == "allow"


@pytest.mark.parametrize("id_", ["Open", "open ", "ope\u0301n", "оpen"])
def test_a_look_alike_of_a_directory_group_is_not_that_group(id_: str) -> None:
    """It may be described, being unknown, and gives nothing: rules compare uids exactly."""
    assert believed(asking(), [*doc(("Shelf", id_)), entity("Shelf", id_)]) == "deny"


# ---- shapes that might slip through ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ({"__extn": {"fn": "datetime", "arg": "2031-01-01"}}, "invalid_request"),
        ({"__entity": {"type": "Agent", "id": "zoë"}}, "invalid_request"),
        ({"asked": {"__extn": {"fn": "decimal", "arg": "1.0"}}}, "invalid_request"),
        ({"asked": {"__entity": {"type": "Agent", "id": "zoë"}}}, "invalid_request"),
        ({"trail": {"site": "x"}}, "invalid_request"),
        ({"Hour": 23}, "invalid_request"),
        ({"hour\0": 23}, "invalid_request"),
        ({"ho\u0075r ": 23}, "invalid_request"),
    ],
)
def test_an_escape_or_a_near_name_instead_of_an_attribute_fits_nowhere(context: dict[str, Any], code: str) -> None:
    """None of them is read as the attribute by one half of the program and not by the other."""
    assert believed(asking(context), [DOC]) == code


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"uid": None},
        {"uid": {}},
        {"uid": {"type": "Doc"}},
        {"uid": {"type": "Doc", "id": 5}},
        {"uid": {"type": "Doc", "id": "d", "__entity": {"type": "Doc"}}},
        {"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": [5]},
        {"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": 5},
        {"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": [{"type": "Shelf"}]},
        {"uid": {"type": "Doc", "id": "\ud800"}, "attrs": {}, "parents": []},
        [],
        "Doc",
        None,
        5,
    ],
)
def test_an_entity_without_a_uid_is_refused_and_not_passed_on(row: Any) -> None:
    assert refusal(asking(), [row]).code == "invalid_entity"


@pytest.mark.parametrize("entities", ["Doc", b"Doc", {"uid": {}}, 5, None, iter([DOC])])
def test_entities_that_are_no_list(entities: Any) -> None:
    assert refusal(asking(), entities).code == "invalid_entity"


def test_one_entity_twice_is_no_way_to_say_two_things() -> None:
    with pytest.raises(EntityError):
        believed(asking(), [DOC, doc(origin={"site": "x"})[0]])


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize("levels", [40, 5_000, 200_000])
def test_what_is_nested_too_deeply_is_refused_without_a_crash(levels: int) -> None:
    deep = nested(levels)
    assert refusal(asking({"note": deep}), [DOC]).code == "invalid_request"
    assert refusal(asking(), [entity("Doc", "d", label=deep)]).code == "invalid_entity"
    assert refusal(asking(), [{**DOC, "parents": deep}]).code == "invalid_entity"


def test_what_contains_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless
    assert refusal(asking({"note": endless}), [DOC]).code == "invalid_request"


def test_a_flood_of_entities_is_refused_before_each_is_looked_at() -> None:
    flood = [DOC] * 40_000
    assert refusal(asking(), flood).code == "invalid_entity"


# ---- what is overwritten rather than refused -------------------------------------------------------------------------


def test_a_trusted_fact_comes_before_what_the_caller_says() -> None:
    """``note`` is the caller's to say, unless a source that is trusted with this request says it."""
    asked = believe(asking({"note": "mine"}), Credential(NORA), [], {"note": "theirs"}, AT, world().known)
    assert asked.context["note"] == "theirs"


def test_the_time_is_the_servers() -> None:
    asked = believe(asking(), Credential(NORA), [], {}, AT, world().known)
    assert asked.context["hour"] == 9
    assert json.dumps(asked.context["now"]).count("2026-03-02T09:30:00.000Z") == 1
    assert "spent" not in asked.context  # no meter spoke: nobody makes a value up
    assert "login" not in asked.context


# ---- through the workspace -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"context": {"note": nested(5_000)}}, "invalid_request"),
        ({"entities": [entity("Ticket", "T-1", owner=nested(5_000))]}, "invalid_entity"),
        ({"entities": [entity("Ticket", "T-1")] * 30_000}, "invalid_entity"),
        ({"entities": [entity("Ticket", "T-1", ("Team", "billing"))]}, "refused_claim"),
        ({"entities": [entity("Team", "mine", ("Team", "billing"))]}, "refused_claim"),
        ({"entities": [entity("Action", "reply")]}, "refused_claim"),
        ({"context": {"hour": 3}}, "refused_claim"),
        ({"credential": 'Agent::"viktor"'}, "refused_claim"),
    ],
)
def test_a_refusal_is_recorded_and_is_no_violation(
    workspace: Workspace, ask: Ask, lie: dict[str, Any], code: str
) -> None:
    """A lie is a deny like another, kept with its reason; it cannot be used to fill the violations with noise."""
    recorded = ask(**lie)
    detail = workspace.event(recorded.seq)
    assert (detail.row.outcome, detail.row.code, detail.row.violation) == ("deny", code, False)
    assert recorded.decision.remedy
    assert recorded.cases == ()
