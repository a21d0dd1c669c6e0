"""Brakes that change rules: what they may replace and by what, what is signed, and what a proof would compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, FORBID, RULES, SCHEMA, SWARM
from tests.governance.overlays import BRAKE, ROSTER, by, place
from tests.governance.test_overlay import changed, refused
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.governance.canonical import canonical_bytes
from workbench.governance.overlay import MAX_WITHOUT, Brake, Placing, TakenAway, content_json, statement_of
from workbench.governance.overlay_register import described
from workbench.governance.overlay_replacing import (
    brake_for,
    check_standing,
    compared,
    instead_rules,
    replaced,
    silenced,
)
from workbench.governance.overlay_rules import brake_of
from workbench.governance.overlay_signing import Signed, from_envelope, signers, to_envelope
from workbench.language.check import check
from workbench.language.program import Program

SMALL = 'permit (principal, action == Action::"reply", resource) when { context.amount < 10 };'
WIDER = 'forbid (principal, action == Action::"share_external", resource) when { resource.scope == "internal" };'
EXTRA = """
@id("tried") @stage("observe")
permit (principal, action == Action::"reply", resource) when { context.amount < 1 };
@id("big") procedure big { on action == Action::"reply" require approval from principal }
"""
PROVED = Brake(basis="proved", replaces=(TakenAway(id="may-reply", digest="0" * 64),), instead=SMALL)


def program(rules: str = RULES + FORBID) -> Program:
    result = check(rules, SCHEMA)
    assert result.program is not None, result.errors
    return result.program


# ---- what may be replaced, and by what -------------------------------------------------------------------------------


def test_a_brake_that_replaces_says_so_and_names_what_the_rules_meant() -> None:
    now = program()
    brake = brake_for("", (), now, ["may-reply", "may-reply"], f"  {SMALL}\n")
    named = TakenAway(id="may-reply", digest=now.by_id["may-reply"].digest)
    assert brake == Brake(basis="proved", replaces=(named,), instead=SMALL)
    assert [rule.kind for rule in instead_rules(brake, now.schema)] == ["permit"]  # type: ignore[arg-type]
    assert described(brake) == f"in place of may-reply: {SMALL}"
    both = brake_for(WIDER, ["may-read"], now, ["may-reply"], SMALL)
    assert (both.forbids, [rule.id for rule in both.without], both.basis) == (WIDER, ["may-read"], "proved")


def test_without_replacing_it_is_what_it_was() -> None:
    assert brake_for(WIDER, ["may-reply"], program()) == brake_of(WIDER, ["may-reply"], program())
    assert "replaces" not in content_json(brake_for(WIDER, [], program())), "its statement keeps its bytes"


@pytest.mark.parametrize(
    ("replaces", "instead", "code"),
    [
        (["may-reply"], " ", "nothing_instead"),
        ([], SMALL, "replaces_nothing"),
        (["nothing"], SMALL, "no_such_rule"),
        (["n" * 100_000], SMALL, "no_such_rule"),
        (["likes-short"], SMALL, "removes_prefer"),
        (["big"], SMALL, "removes_procedure"),
        (["tried"], SMALL, "observed_rule"),
        (["no-email"], SMALL, "adds_permit"),
        (["may-read"], SMALL, "already_taken"),
        (["may-reply"], "prefer score(1.0) (principal, action, resource);", "adds_prefer"),
        (
            ["may-reply"],
            'procedure p { on action == Action::"reply" require approval from principal }',
            "adds_procedure",
        ),
        (["may-reply"], "procedure p { on amendment minor require approval from principal }", "adds_procedure"),
        (["may-reply"], '@stage("observe")\n' + SMALL, "observed_rule"),
        (["may-reply"], 'permit (principal, action == Action::"amend", resource);', "governance_untouchable"),
        (["may-reply"], "permit (", "not_clean"),
        (["may-reply"], 'permit (principal == ?principal, action == Action::"reply", resource);', "not_clean"),
        (["may-reply"], "// nothing", "no_rules"),
        (["may-reply"], "x" * 16_385, "text_too_long"),
        (["may-reply"], '@english("Agents may reply to tickets.")\n' + SMALL, "english_differs"),
    ],
)
def test_anything_else_is_refused_before_any_proof(replaces: Sequence[str], instead: str, code: str) -> None:
    rules = program(RULES + FORBID + EXTRA)
    with refused(code) as caught:
        brake_for("", ["may-read"], rules, replaces, instead)
    assert len(str(caught.value)) < 1_000


def test_what_governs_is_not_replaced() -> None:
    rules = program(RULES.replace("procedure amend_minor", '@id("amends")\nprocedure amend_minor'))
    with refused("governance_untouchable"):
        brake_for("", (), rules, ["amends"], SMALL)
    amend = "action amend appliesTo { principal: [Agent], resource: [Ticket], context: Desk };"
    result = check(RULES + '@id("may-amend") permit (principal, action == Action::"amend", resource);', SCHEMA + amend)
    assert result.program is not None
    with refused("governance_untouchable"):
        brake_for("", (), result.program, ["may-amend"], SMALL)


def test_a_replaced_rule_is_found_again_by_its_name_or_its_meaning() -> None:
    brake = brake_for("", (), program(), ["may-reply"], SMALL)
    renamed = program(RULES.replace('"may-reply"', '"answers"'))
    reply = 'permit (principal, action == Action::"reply", resource)'
    rewritten = program(RULES.replace(f"{reply};", f"{reply} when {{ true }};"))
    gone = program(RULES.replace(f'@id("may-reply")\n{reply};', ""))
    found = [[rule.id for rule in replaced(brake, each)] for each in (renamed, rewritten, gone)]
    assert found == [["answers"], ["may-reply"], []]


@pytest.mark.parametrize(
    "other",
    [
        brake_of("", ["may-reply"], program()),
        brake_for("", (), program(), ["may-reply"], SMALL),
        brake_for("", (), program(), ["may-share", "may-reply"], SMALL),
    ],
)
def test_what_another_brake_has_taken_is_not_replaced(other: Brake) -> None:
    brake = brake_for("", (), program(), ["may-reply"], SMALL)
    with refused("already_taken"):
        check_standing(brake, [brake_of("", ["may-read"], program()), other], program())
    check_standing(brake, [brake_of(WIDER, ["may-read"], program())], program())
    renamed = program(RULES.replace('"may-reply"', '"answers"') + FORBID)
    with refused("already_taken"):
        check_standing(brake_for("", (), renamed, ["answers"], SMALL), [other], renamed)


# ---- what is signed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("content.instead", 'permit (principal, action == Action::"reply", resource);'),
        ("content.replaces", [{"id": "may-share", "digest": "0" * 64}]),
        ("content.replaces", [{"id": "may-reply", "digest": "1" * 64}]),
        ("constitution", "sha256:" + "6" * 64),
    ],
)
def test_the_signature_binds_what_is_replaced_and_by_what(path: str, value: Any) -> None:
    found = by(place(PROVED), ANA)
    assert [person.principal for person in signers(found, ROSTER, SWARM)] == [ANA.principal]
    assert from_envelope(to_envelope(found)).statement == found.statement
    with refused("bad_signature"):
        signers(Signed(changed(found.statement, path, value), found.signatures), ROSTER, SWARM)


@pytest.mark.parametrize(
    "content",
    [
        Brake(basis="proved"),
        Brake(basis="proved", forbids=WIDER),
        Brake(basis="proved", replaces=PROVED.replaces),
        Brake(basis="proved", instead=SMALL),
        Brake(basis="structure", replaces=PROVED.replaces, instead=SMALL),
    ],
)
def test_a_brake_is_of_the_basis_that_it_says(content: Brake) -> None:
    with refused("basis"):
        place(content)


def test_the_parts_of_the_other_basis_cannot_be_smuggled_into_a_statement() -> None:
    """An old statement with empty fields more, or a proved one with the label of structure, is another statement."""
    plain = place(BRAKE).statement()
    for content in (
        {**plain["content"], "replaces": [], "instead": ""},
        {**place(PROVED).statement()["content"], "basis": "structure"},
    ):
        with pytest.raises(Exception, match=r"one form|not of that kind"):
            statement_of({**plain, "content": content})


def test_a_statement_by_structure_has_the_bytes_that_it_always_had() -> None:
    said = place(BRAKE).statement()
    assert set(said["content"]) == {"forbids", "without", "basis"}
    assert statement_of(said) == place(BRAKE)
    assert canonical_bytes(statement_of(place(PROVED).statement()).statement()) == canonical_bytes(
        place(PROVED).statement()
    )


def test_a_brake_replaces_a_bounded_number_of_rules() -> None:
    many = tuple(TakenAway(id=f"r{number}", digest="0" * 64) for number in range(MAX_WITHOUT + 1))
    with refused("too_many_rules"):
        place(PROVED.model_copy(update={"replaces": many}))
    with refused("bidi_control"):
        place(PROVED.model_copy(update={"instead": SMALL + "// \u202e"}))
    assert isinstance(place(PROVED), Placing)


# ---- what a proof compares -------------------------------------------------------------------------------------------

HUGE = 9223372036854775807
CONDITIONS = (
    "",
    "when { context.amount < 5 }",
    f"when {{ context.amount + {HUGE} > 0 }}",
    "unless { context.amount > 2 }",
)
REQUESTS = [
    Request('Agent::"a"', f'Action::"{action}"', 'Ticket::"t"', {"amount": amount, "hour": 1})
    for action in ("reply", "share_external")
    for amount in (0, 3, 9)
]
ENTITIES = [
    {"uid": {"type": "Agent", "id": "a"}, "attrs": {"role": "x"}, "parents": []},
    {"uid": {"type": "Ticket", "id": "t"}, "attrs": {"tags": [], "scope": "internal"}, "parents": []},
]


@settings(deadline=None)
@given(st.sampled_from(("permit", "forbid")), st.lists(st.sampled_from(CONDITIONS), max_size=3))
def test_a_silenced_rule_says_nothing_and_errs_where_it_erred(effect: str, conditions: list[str]) -> None:
    """Its errors count: they denied before, and must go on denying."""
    text = f'@id("r")\n{effect} (principal, action == Action::"reply", resource) {" ".join(conditions)};'
    result = check(text, SCHEMA)
    assert result.program is not None
    rule = result.program.rules[0]
    quiet = silenced(rule)
    assert quiet.digest != rule.digest, "a proof that looks only at what changed must see it"
    for request in REQUESTS:
        was = Evaluator(Program((rule,), result.program.schema)).decide(request, ENTITIES)
        now = Evaluator(Program((quiet,), result.program.schema)).decide(request, ENTITIES)
        assert [error.rule for error in now.errors] == [error.rule for error in was.errors]
        assert now.code == ("evaluation_error" if was.code == "evaluation_error" else "not_permitted")


def test_the_programs_that_are_compared_hold_the_change_and_nothing_that_may_end_before_it() -> None:
    law = program(RULES + FORBID)
    taking = brake_of(WIDER, ["may-share"], law)
    replacing = brake_for("", (), law, ["may-read"], SMALL.replace("reply", "read_memory"))
    forbids = "forbid (principal, action, resource) when { context.amount > 9 };"
    brake = brake_for(forbids, (), law, ["may-reply", "no-email"], SMALL + WIDER)
    before, after = compared(law, [taking, replacing], brake)
    quiet = {rule.id: silenced(rule).digest for rule in law.rules if rule.kind in ("permit", "forbid")}
    silent_before = {rule.id for rule in before.rules if rule.digest == quiet.get(rule.id)}
    silent_after = {rule.id for rule in after.rules if rule.digest == quiet.get(rule.id)}
    assert silent_before == {"may-share", "may-read"}
    assert silent_after == {"may-share", "may-read", "may-reply", "no-email"}
    old = {rule.id for rule in law.rules}
    assert [(rule.id, rule.kind) for rule in before.rules if rule.id not in old] == [("brake:1", "permit")]
    assert [(rule.id, rule.kind) for rule in after.rules if rule.id not in old] == [
        ("brake:1", "permit"),
        ("new:1", "forbid"),
        ("new:2", "permit"),
        ("new:3", "forbid"),
    ]
    assert (before.schema, after.schema) == (law.schema, law.schema)
    assert {rule.id for rule in law.rules} <= {rule.id for rule in after.rules}, "procedures stay too"


def test_new_rules_have_names_that_the_version_does_not_use() -> None:
    law = program(RULES.replace('"may-share"', '"new:1"') + FORBID.replace('"no-email"', '"new:3"'))
    _, after = compared(law, [], brake_for("", (), law, ["may-reply"], SMALL + WIDER))
    ids = [rule.id for rule in after.rules]
    assert len(ids) == len(set(ids))
    assert ids[-2:] == ["new:2", "new:4"]
