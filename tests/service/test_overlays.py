"""Stops, brakes and run-time norms in a real workspace: their life, and every attack on it that we know of."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import FACTS, Ask, ticket
from tests.service.test_amending import ANA, SAM, key, vote, write_rule
from workbench.engine.request import Request
from workbench.governance.keys import load_private
from workbench.governance.overlay import Norm, Placing, Stop, lifting, placing
from workbench.governance.overlay_register import verify_overlay_entry
from workbench.governance.overlay_signing import Signed, from_envelope, signed, to_envelope
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import OverlayView, SignWith
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

HOUR = 3600
EMAIL = "Agents must never share customer email addresses with external services."
NO_SHARE = 'forbid (principal, action == Action::"share_external", resource);'


def refused(code: str) -> Any:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code)


def using(workspace: Workspace, name: str) -> SignWith:
    return SignWith(key_path=str(key(workspace, name)), passphrase=workspace.demo_passphrase())


def stop(workspace: Workspace, target: str = "all", name: str = "", *, who: str = "ana", **changes: Any) -> OverlayView:
    fields = {"seconds": HOUR, "why": "odd refunds", "using": using(workspace, who)} | changes
    return workspace.overlays.stop(target, name, **fields)


def brake(workspace: Workspace, *who: str, **changes: Any) -> OverlayView:
    fields = {"forbids": NO_SHARE, "why": "a leak", "using": [using(workspace, name) for name in who or ("ana",)]}
    return workspace.overlays.brake(**(fields | changes))


def norm(workspace: Workspace, text: str = EMAIL, who: str = "ana") -> OverlayView:
    return workspace.overlays.norm(text, why="a leak", using=using(workspace, who))


def lift(workspace: Workspace, id: str, *who: str) -> OverlayView:
    return workspace.overlays.lift(id, why="it is mended", using=[using(workspace, name) for name in who])


def entries(place: Path, kind: str = "overlay") -> list[dict[str, Any]]:
    with sqlite3.connect(place / "workspace.db") as database:
        rows = database.execute("select body from ledger where kind = ? order by seq", (kind,)).fetchall()
    return [json.loads(body)["body"] for (body,) in rows]


def sql(place: Path, statement: str, *values: Any) -> None:
    with sqlite3.connect(place / "workspace.db") as database:
        database.execute(statement, values)
        database.execute("update head set generation = generation + 1")


# ---- stops -----------------------------------------------------------------------------------------------------------


def test_a_stop_from_placing_to_lifting(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    assert ask().decision.outcome == "allow"
    placed = stop(workspace, "agent", "nora", who="sam", seconds=4 * HOUR)
    assert (placed.kind, placed.state, placed.what, placed.placed_by) == (
        "stop",
        "in_force",
        'agent Agent::"nora"',
        SAM,
    )
    denied = ask()
    assert (denied.decision.code, denied.decision.reasons) == ("stopped", (f"stop:{placed.id}",))
    assert workspace.event(denied.seq).row.rule == f"stop:{placed.id}"
    assert workspace.status().violations == 0
    other = ask(agent="omar", entities=[], resource='Ticket::"T-9"')
    assert other.decision.code != "stopped"
    clock.advance(60)
    lifted = lift(workspace, placed.id, "sam")
    assert (lifted.state, lifted.ending, lifted.ended_by, lifted.ended_why) == (
        "lifted",
        "lifted",
        (SAM,),
        "it is mended",
    )
    assert ask().decision.outcome == "allow"
    assert workspace.overlays.list() == ()
    assert [view.state for view in workspace.overlays.list(in_force=False)] == ["lifted"]
    assert workspace.verify().ok


def test_a_stop_ends_by_itself_with_an_entry(workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock) -> None:
    placed = stop(workspace, "action", "share_external")
    clock.advance(HOUR - 0.001)
    assert ask().decision.code == "stopped"
    clock.advance(0.001)
    assert ask().decision.outcome == "allow"  # the decision itself took the step
    assert [(e["event"], e["id"]) for e in entries(place)] == [("placed", placed.id), ("expired", placed.id)]
    assert workspace.overlays.list() == ()
    workspace.tick()
    assert len(entries(place)) == 2


def test_the_clock_set_back_does_not_lengthen_and_a_jump_does_not_end_a_stop(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    stop(workspace)
    clock.set_back(10 * HOUR)
    assert ask().decision.code == "stopped"
    clock.advance(HOUR + 1)
    ask()
    clock.set_back(-10 * HOUR)
    assert ask().decision.outcome == "allow"

    stop(workspace)
    clock.set_back(-48 * HOUR)  # the wall clock alone runs ahead: that is not believed
    assert ask().decision.code == "stopped"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"seconds": 0}, "no_time"),
        ({"seconds": -5}, "no_time"),
        ({"seconds": 7 * 24 * HOUR + 1}, "too_long"),
        ({"seconds": 10**12}, "too_long"),
        ({"why": ""}, "why_missing"),
        ({"why": "x" * 501}, "why_too_long"),
        ({"why": "fine\u202edeppots"}, "bidi_control"),
        ({"why": "\x1b]0;owned\x07"}, "control_character"),
        ({"target": "swarm"}, "stop_target"),
        ({"target": "all", "name": "nora"}, "stop_target"),
        ({"target": "agent", "name": ""}, "stop_target"),
        ({"target": "agent", "name": "nobody"}, "no_such_agent"),
        ({"target": "agent", "name": 'Agent::"no'}, "stop_target"),
        ({"target": "agent", "name": "n" * 100_000}, "too_long"),
        ({"target": "agent", "name": 'Agent::"' + "n" * 100_000 + '"'}, "too_long"),
        ({"target": "action", "name": "n" * 100_000}, "too_long"),
        ({"target": "agent", "name": 'Ticket::"T-1"'}, "not_a_principal"),
        ({"target": "action", "name": "fly"}, "no_such_action"),
        ({"target": "action", "name": 'Action::"fly"'}, "no_such_action"),
        ({"target": "action", "name": "amend"}, "governance_untouchable"),
        ({"target": "action", "name": 'Action::"amend"'}, "governance_untouchable"),
        ({"target": "agent", "name": ANA}, "governance_untouchable"),
        ({"target": "agent", "name": "ana"}, "governance_untouchable"),
    ],
)
def test_a_stop_that_may_not_be_is_refused_and_nothing_is_written(
    workspace: Workspace, place: Path, changes: dict[str, Any], code: str
) -> None:
    target, name = changes.pop("target", "all"), changes.pop("name", "")
    with refused(code) as caught:
        stop(workspace, target, name, **changes)
    assert len(str(caught.value)) < 1_000  # whatever was given, it is not echoed at length
    assert workspace.overlays.list(in_force=False) == ()
    assert entries(place) == []


def test_only_its_signer_or_a_supervisor_lifts_a_stop(workspace: Workspace) -> None:
    placed = stop(workspace, who="sam")
    with refused("not_entitled"):
        lift(workspace, placed.id, "ana")
    with refused("signature_needed"):
        lift(workspace, placed.id)
    by_ana = stop(workspace, "agent", "nora", who="ana")
    assert lift(workspace, by_ana.id, "sam").state == "lifted"
    assert lift(workspace, "last", "sam").id == placed.id
    with refused("no_overlay"):
        lift(workspace, "last", "sam")
    with refused("not_in_force"):
        lift(workspace, placed.id, "sam")


def test_nobody_is_kept_from_amending_by_stops_and_brakes(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    stop(workspace)
    brake(workspace, forbids="forbid (principal, action, resource);")
    write_rule(workspace)
    proposal = workspace.propose("no addresses outside", proposer=ANA)
    vote(workspace, proposal, "ana")
    approved = vote(workspace, proposal, "sam")
    assert approved.state == "approved"
    clock.advance(11)
    assert [version.version for version in workspace.tick()] == ["1.1.0"]
    assert ask().decision.code == "stopped"  # and the new version is stopped as the old one was


def test_a_brake_does_not_make_proposals_stale(workspace: Workspace, clock: FrozenClock) -> None:
    write_rule(workspace)
    proposal = workspace.propose("no addresses outside", proposer=ANA)
    brake(workspace)
    assert workspace.proposal(proposal.version.digest).state == "proposed"


# ---- grants ----------------------------------------------------------------------------------------------------------


BILLING = "jonas"


def refund(workspace: Workspace, agent: str = BILLING) -> Any:
    context = {
        "amount": 700, "currency": "EUR", "recipient": "l@example.com", "estimated_cost": 1,
        "customer_consented": True, "approvals": 0, "verified_identity": True,
    }  # fmt: skip
    request = Request(f'Agent::"{agent}"', 'Action::"issue_refund"', 'Ticket::"T-1"', context)
    who = Credential(f'Agent::"{agent}"')
    return workspace.decide(request, credential=who, entities=[ticket()], facts=FACTS)


def test_a_stop_voids_the_grants_of_what_it_stops(workspace: Workspace, clock: FrozenClock) -> None:
    held = refund(workspace)
    assert held.decision.outcome == "hold"
    case = held.cases[0]
    workspace.cases.vote(case, "approve", using=using(workspace, "viktor"))
    assert workspace.cases.get(case).state == "granted"
    assert stop(workspace, "agent", "ravi").voided == 0  # another agent's
    assert workspace.cases.get(case).state == "granted"
    placed = stop(workspace, "agent", BILLING)
    assert placed.voided == 1
    assert workspace.cases.get(case).state == "void"
    assert refund(workspace).decision.code == "stopped"
    lift(workspace, placed.id, "ana")
    again = refund(workspace)
    assert (again.decision.outcome, again.cases != held.cases) == ("hold", True)  # approval has to be asked for anew


# ---- brakes ----------------------------------------------------------------------------------------------------------


def test_a_brake_adds_forbids_and_takes_permits_away(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    placed = brake(workspace, without=["reply-own-region"])
    assert (placed.without, placed.cedar_plus) == (("reply-own-region",), NO_SHARE)
    assert placed.expires_at is not None
    assert (placed.expires_at - placed.placed_at).total_seconds() == 72 * HOUR
    denied = ask()
    assert (denied.decision.code, denied.decision.reasons) == ("forbidden", (f"brake:{placed.id}",))
    reply = ask(action="reply")
    assert (reply.decision.code, reply.decision.reasons) == ("not_permitted", (f"brake:{placed.id}",))
    clock.advance(72 * HOUR)
    assert ask().decision.outcome == "allow"
    assert ask(action="reply").decision.outcome == "allow"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"forbids": "permit (principal, action, resource);"}, "adds_permit"),
        ({"forbids": "prefer score(1.0) (principal, action, resource);"}, "adds_prefer"),
        ({"forbids": 'procedure p { on action == Action::"reply" require approval from principal }'}, "adds_procedure"),
        ({"forbids": '@stage("observe") ' + NO_SHARE}, "observed_rule"),
        ({"forbids": 'forbid (principal, action == Action::"amend", resource);'}, "governance_untouchable"),
        ({"forbids": "forbid ("}, "not_clean"),
        ({"forbids": "x" * 20_000}, "text_too_long"),
        ({"without": ["reply-rate"]}, "removes_forbid"),
        ({"without": ["refund_above_500"]}, "removes_procedure"),
        ({"without": ["amend_minor"]}, "governance_untouchable"),
        ({"without": ["nothing"]}, "no_such_rule"),
        ({"without": ["n" * 100_000]}, "no_such_rule"),
        ({"forbids": " ", "without": []}, "empty_brake"),
        ({"seconds": 72 * HOUR + 1}, "too_long"),
        ({"seconds": 0}, "no_time"),
        ({"using": []}, "signature_needed"),
    ],
)
def test_a_brake_that_could_do_anything_else_is_refused(
    workspace: Workspace, place: Path, changes: dict[str, Any], code: str
) -> None:
    amending = {rule.id for rule in workspace.rules() if rule.id.startswith("amend")}
    if changes.get("without") == ["amend_minor"]:
        changes = {"without": [next(iter(sorted(amending)))]}
    with refused(code):
        brake(workspace, **changes)
    assert entries(place) == []


def test_an_operator_brakes_once_and_then_with_another(workspace: Workspace, clock: FrozenClock) -> None:
    first = brake(workspace)
    with refused("brake_in_force"):
        brake(workspace, "ana", "sam", without=["reply-own-region"])
    with refused("two_signers_needed"):
        lift(workspace, first.id, "ana")
    with refused("same_person"):
        lift(workspace, first.id, "ana", "ana")
    lift(workspace, first.id, "ana", "sam")
    with refused("second_signer_needed"):
        brake(workspace)
    second = brake(workspace, "sam", "ana")
    assert (second.placed_by, second.signers) == (ANA, (ANA, SAM))
    clock.advance(7 * 24 * HOUR)
    workspace.tick()
    assert brake(workspace).state == "in_force"


def test_a_supervisor_alone_brakes_nothing(workspace: Workspace) -> None:
    with refused("not_operator"):
        brake(workspace, "sam")


# ---- norms -----------------------------------------------------------------------------------------------------------


def test_a_norm_acts_on_the_next_action_until_it_is_repealed(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    placed = norm(workspace)
    assert (placed.what, placed.english, placed.expires_at, placed.signed) == (EMAIL, EMAIL, None, True)
    denied = ask(tags=("email",))
    assert (denied.decision.code, denied.decision.reasons) == ("forbidden", (f"norm:{placed.id}",))
    assert workspace.status().violations == 1
    assert ask().decision.outcome == "allow"
    clock.advance(30 * 24 * HOUR)
    assert ask(tags=("email",)).decision.code == "forbidden"
    repealed = workspace.overlays.repeal(placed.id, why="mended", using=using(workspace, "ana"))
    assert repealed.ending == "lifted"
    assert ask(tags=("email",)).decision.outcome == "allow"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Agents may share tickets with external services.", "adds_permit"),
        ("permit (principal, action, resource);", "adds_permit"),
        ('@stage("observe")\n' + NO_SHARE, "observed_rule"),
        ("Be nice.", "not_compiled"),
        ('@english("Agents may share everything.")\n' + NO_SHARE, "english_differs"),
        ("", "no_rules"),
        ("x" * 20_000, "text_too_long"),
        ('@id("budget2") ' + NO_SHARE + "permit (principal, action, resource);", "adds_permit"),
    ],
)
def test_what_is_no_forbid_is_no_norm(workspace: Workspace, text: str, code: str) -> None:
    with refused(code):
        norm(workspace, text)


def test_norms_are_an_operators_and_others_write_drafts(workspace: Workspace, ask: Ask) -> None:
    with refused("not_operator"):
        norm(workspace, who="sam")
    with refused("signature_needed"):
        workspace.overlays.norm(EMAIL, why="a leak", using=None)
    draft = workspace.overlays.draft_norm(EMAIL)
    assert EMAIL in draft.english
    assert "never-share-external-email" in draft.cedar_plus
    assert workspace.overlays.list() == ()
    assert ask(tags=("email",)).decision.outcome == "allow"
    with refused("nothing_to_promote"):
        workspace.overlays.draft_norm(EMAIL)


def test_the_same_is_not_forbidden_twice(workspace: Workspace) -> None:
    placed = norm(workspace)
    with refused("stands_already"):
        norm(workspace)
    with refused("stands_already"):
        norm(workspace, placed.cedar_plus)
    with refused("stands_already"):
        norm(workspace, next(rule.cedar_plus for rule in workspace.rules() if rule.id == "budget"))


def test_a_norm_goes_into_a_version_and_then_ends_by_itself(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock
) -> None:
    placed = norm(workspace)
    other = norm(workspace, NO_SHARE.replace("share_external", "delete_ticket"))
    with refused("no_overlay"):
        workspace.overlays.promote(["ffffffff"])
    draft = workspace.overlays.promote([placed.id])
    assert f'@norm("{placed.id}")' in draft.cedar_plus
    assert draft.english.rstrip().endswith(f"- {EMAIL}")
    assert workspace.check(draft.cedar_plus).clean
    assert "delete_ticket" not in draft.cedar_plus.partition(f'@norm("{placed.id}")')[2]
    with refused("nothing_to_promote"):
        workspace.overlays.promote([placed.id])
    assert ask(tags=("email",)).decision.reasons == (f"norm:{placed.id}",)  # it acts meanwhile

    proposal = workspace.propose("no addresses outside", proposer=ANA)
    for name in ("ana", "sam"):
        vote(workspace, proposal, name)
    clock.advance(11)
    assert [version.version for version in workspace.tick()] == ["1.1.0"]
    assert [view.id for view in workspace.overlays.list()] == [placed.id, other.id]  # a revert could come
    clock.advance(72 * HOUR + 1)
    workspace.tick()
    ended = workspace.overlays.get(placed.id)
    assert (ended.state, ended.ending) == ("lifted", "promoted")
    assert [view.id for view in workspace.overlays.list()] == [other.id]
    assert [e["event"] for e in entries(place)] == ["placed", "placed", "promoted"]
    assert ask(tags=("email",)).decision.reasons == ("never-share-external-email",)
    assert workspace.verify().ok
    for name in (placed.id, "never-share-external-email"):
        with refused("signed_norm"):
            workspace.overlays.repeal(name, why="mended", using=using(workspace, "ana"))
    assert ask(tags=("email",)).decision.code == "forbidden"


def test_repeal_knows_norms_only(workspace: Workspace) -> None:
    placed = stop(workspace)
    with refused("not_a_norm"):
        workspace.overlays.repeal(placed.id, why="mended", using=using(workspace, "ana"))
    with refused("no_overlay"):
        workspace.overlays.repeal("ffffffff", why="mended", using=using(workspace, "ana"))
    with refused("not_a_norm"):
        workspace.overlays.promote([placed.id])


# ---- statements that come from outside -------------------------------------------------------------------------------


def opened(workspace: Workspace, name: str) -> Any:
    return load_private(key(workspace, name).read_bytes(), workspace.demo_passphrase())


def statement(workspace: Workspace, clock: FrozenClock, **changes: Any) -> Placing:
    from datetime import timedelta

    fields: dict[str, Any] = {
        "swarm_id": workspace.swarm_id,
        "id": "aabbccdd",
        "content": Stop(target="all"),
        "why": "signed elsewhere",
        "placed_at": clock.now(),
        "expires_at": clock.now() + timedelta(hours=1),
        "constitution": workspace.version().digest,
    }
    return placing(**(fields | changes))


def test_a_norm_signed_elsewhere_says_what_its_english_says(workspace: Workspace, clock: FrozenClock) -> None:
    """The sentence is what lists, screens and denials show; an operator's signature does not make it true."""

    def hand_in(cedar_plus: str, english: str) -> OverlayView:
        content = Norm(cedar_plus=cedar_plus, english=english)
        made = statement(workspace, clock, content=content, expires_at=None)
        return workspace.overlays.hand_in(to_envelope(signed(made, [opened(workspace, "ana")])))

    lie = '@english("Agents may share everything.")\n' + NO_SHARE
    for cedar_plus, english in ((NO_SHARE, "Agents may share everything."), (NO_SHARE, EMAIL), (lie, "")):
        with refused("english_differs"):
            hand_in(cedar_plus, english)
    made = norm(workspace)
    lift(workspace, made.id, "ana")
    assert hand_in(made.cedar_plus, EMAIL).what == EMAIL  # as compiled here
    bare = norm(workspace, NO_SHARE)
    assert (bare.english, bare.what) == ("", 'Nobody may perform the action "share_external".')


def test_a_statement_signed_elsewhere_is_taken_once(workspace: Workspace, clock: FrozenClock, place: Path) -> None:
    envelope = to_envelope(signed(statement(workspace, clock), [opened(workspace, "sam")]))
    assert workspace.overlays.hand_in(envelope).placed_by == SAM
    with refused("replayed"):
        workspace.overlays.hand_in(envelope)
    lift(workspace, "aabbccdd", "sam")
    with refused("replayed"):  # a stop that was lifted does not come back
        workspace.overlays.hand_in(envelope)
    assert [e["event"] for e in entries(place)] == ["placed", "lifted"]


def test_statements_of_other_swarms_versions_and_times_are_refused(workspace: Workspace, clock: FrozenClock) -> None:
    from datetime import timedelta

    sam = opened(workspace, "sam")
    for code, changes in {
        "wrong_swarm": {"swarm_id": "swarm-other"},
        "not_head": {"constitution": "sha256:" + "0" * 64},
        "not_fresh": {"placed_at": clock.now() - timedelta(days=2)},
        "expired": {"expires_at": clock.now()},
        "too_long": {"expires_at": clock.now() + timedelta(days=8)},
        "no_such_action": {"content": Stop(target="action", name='Action::"fly"')},
        "governance_untouchable": {"content": Stop(target="action", name='Action::"amend"')},
    }.items():
        with refused(code):
            workspace.overlays.hand_in(to_envelope(signed(statement(workspace, clock, **changes), [sam])))
    with refused("bad_signature"):
        found = signed(statement(workspace, clock), [sam])
        other = statement(workspace, clock, why="another")
        workspace.overlays.hand_in(to_envelope(Signed(other, found.signatures)))
    with refused("ledger_signs"):
        ledger = load_private((workspace.location / "ledger.key").read_bytes(), None)
        workspace.overlays.hand_in(to_envelope(signed(statement(workspace, clock), [ledger])))
    with refused("envelope"):
        workspace.overlays.hand_in("{}")
    assert workspace.overlays.list(in_force=False) == ()


def test_two_people_sign_one_after_the_other(workspace: Workspace, place: Path) -> None:
    first = brake(workspace)
    file = workspace.overlays.lift_file(first.id, why="mended", using=[using(workspace, "sam")])
    with refused("two_signers_needed"):
        workspace.overlays.hand_in(file)
    with refused("same_person"):
        workspace.overlays.cosign(file, using(workspace, "sam"))
    assert workspace.overlays.cosign(file, using(workspace, "ana")).state == "lifted"
    file = workspace.overlays.brake_file(forbids=NO_SHARE, why="again", using=[using(workspace, "ana")])
    with refused("second_signer_needed"):
        workspace.overlays.hand_in(file)
    assert workspace.overlays.cosign(file, using(workspace, "sam")).signers == (ANA, SAM)


def test_a_held_key_places_and_lifts_nothing(workspace: Workspace) -> None:
    placed = stop(workspace, who="ana")
    fingerprint = opened(workspace, "ana").public.fingerprint
    sql(
        workspace.location,
        "insert into key_holds (fingerprint, state, placed_by, at, detail) values (?, 'suspended', ?, 0, '{}')",
        fingerprint,
        SAM,
    )
    with refused("key_suspended"):
        stop(workspace, "agent", "nora", who="ana")
    with refused("key_suspended"):
        lift(workspace, placed.id, "ana")
    assert lift(workspace, placed.id, "sam").state == "lifted"


# ---- the record ------------------------------------------------------------------------------------------------------


def test_every_entry_can_be_checked_again(workspace: Workspace, place: Path) -> None:
    stop(workspace, "agent", "nora")
    norm(workspace)
    first = brake(workspace)
    lift(workspace, first.id, "ana", "sam")
    from workbench.governance.artifact import load_yaml

    roster = load_yaml((place / "versions" / "1.0.0.yaml").read_bytes()).content.roster
    found = entries(place)
    assert [e["event"] for e in found] == ["placed", "placed", "placed", "lifted"]
    for body in found:
        assert verify_overlay_entry(body, roster, "swarm-test").people
        assert body["statement"]["constitution"] == workspace.version().digest
    sealed = json.dumps(found)
    assert workspace.demo_passphrase() not in sealed
    assert from_envelope(_rows(place)[0]["statement"]).statement.id == found[0]["id"]


def _rows(place: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(place / "workspace.db") as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("select * from overlays order by placed_at, rowid")]


def test_a_row_that_no_entry_placed_denies_everything_until_someone_has_looked(
    workspace: Workspace, place: Path, ask: Ask
) -> None:
    """It is a forgery, or an overlay whose entry was destroyed in order to end it: nobody can tell, so nobody acts."""
    sql(
        place,
        "insert into overlays (id, kind, state, placed_by, placed_at, expires_at, statement, detail)"
        " values ('eeeeeeee', 'norm', 'in_force', ?, 0, null, '{}', '{}')",
        ANA,
    )
    denied = ask()
    assert (denied.decision.outcome, denied.decision.code) == ("deny", "evaluation_error")
    assert "workbench lift eeeeeeee" in denied.decision.remedy
    assert [(view.id, bool(view.doubt)) for view in workspace.overlays.list()] == [("eeeeeeee", True)]
    with refused("not_entitled"):
        lift(workspace, "eeeeeeee", "ana")
    assert lift(workspace, "eeeeeeee", "sam").state == "lifted"
    assert ask().decision.outcome == "allow"
    assert entries(place)[-1]["event"] == "discarded"
    assert workspace.overlays.list(in_force=False) == ()


@pytest.mark.parametrize(
    "tampering",
    [
        "update overlays set state = 'lifted'",
        "update overlays set state = 'expired', expires_at = 1",
        "update overlays set statement = '{}', detail = '{}'",
        "delete from overlays",
    ],
)
def test_no_change_in_the_table_ends_an_overlay(workspace: Workspace, place: Path, ask: Ask, tampering: str) -> None:
    placed = stop(workspace)
    sql(place, tampering)
    with Workspace.open(place, clock=FrozenClock()) as other:
        assert [view.id for view in other.overlays.list()] == [placed.id]
        verification = other.verify()
        assert not verification.ok
        assert placed.id in verification.message
    assert ask().decision.code == "stopped"
    assert lift(workspace, placed.id, "ana").state == "lifted"
    assert ask().decision.outcome == "allow"


def _forge(place: Path, body: dict[str, Any]) -> None:
    """Append an entry as the store would, with everything right but the signatures."""
    from workbench.store.database import Database
    from workbench.store.ledger import append, read_head, save_state

    database = Database.open(place / "workspace.db")
    with database.write() as connection:
        head = read_head(connection)
        append(connection, head, kind="overlay", at=head.last_at, body=body)
        head.generation += 1
        save_state(connection, head)
    database.close()


@pytest.mark.parametrize("event", ["lifted", "expired", "promoted"])
def test_no_entry_without_signatures_ends_an_overlay(workspace: Workspace, place: Path, ask: Ask, event: str) -> None:
    placed = stop(workspace)
    honest = entries(place)[0]
    statement = lifting(
        swarm_id=workspace.swarm_id,
        id=placed.id,
        why="x",
        lifted_at=placed.placed_at,
        constitution=workspace.version().digest,
    )
    body = {**honest, "event": event, "why": "x", "statement": statement.statement()}
    for change in (body, {**body, "signatures": []}, {**body, "signatures": [], "signers": [], "unsigned": True}):
        _forge(place, change)
    assert ask().decision.code == "stopped"
    assert [view.id for view in workspace.overlays.list()] == [placed.id]
    assert "`" + placed.id + "`" in workspace.verify().message


READING = """
import sys
from workbench.engine.request import Request
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

memory = {"owner": {"__entity": {"type": "Agent", "id": "lotte"}}, "scope": "swarm", "tags": []}
asked = Request('Agent::"lotte"', 'Action::"read_shared_memory"', 'Memory::"m"', {"hour": 9})
with Workspace.open(sys.argv[1]) as workspace:
    (view,) = workspace.overlays.list()
    decision = workspace.decide(
        asked,
        credential=Credential('Agent::"lotte"'),
        entities=[{"uid": {"type": "Memory", "id": "m"}, "attrs": memory, "parents": []}],
    ).decision
    print(view.id, "bad_signature" in view.doubt, decision.outcome, decision.code)
"""


def test_a_placing_whose_entry_was_changed_denies_rather_than_ends(workspace: Workspace, place: Path) -> None:
    """Another process, which never read the honest entry, meets one whose signature does not hold any more."""
    placed = norm(workspace)

    def read() -> list[str]:
        command = [sys.executable, "-c", READING, str(place)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert read() == [placed.id, "False", "allow", "allowed"]
    with sqlite3.connect(place / "workspace.db") as database:
        (data,) = database.execute("select body from ledger where kind = 'overlay'").fetchone()
        changed = data.replace(b"contains(", b"containz(")
        assert changed != data
        database.execute("update ledger set body = ? where kind = 'overlay'", (changed,))
    assert read() == [placed.id, "True", "deny", "evaluation_error"]
    assert not workspace.verify().ok


# ---- several processes -----------------------------------------------------------------------------------------------


def test_another_process_obeys_at_once(workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock) -> None:
    with Workspace.open(place, clock=clock) as other:
        placed = stop(other)
        assert ask().decision.code == "stopped"
        lift(other, placed.id, "ana")
    assert ask().decision.outcome == "allow"


ANSWERING = """
import sys
from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

memory = {"owner": {"__entity": {"type": "Agent", "id": "lotte"}}, "scope": "swarm", "tags": []}
asked = Request('Agent::"lotte"', 'Action::"read_shared_memory"', 'Memory::"m"', {"hour": 9})
with Workspace.open(sys.argv[1], clock=FrozenClock()) as workspace:
    for _ in sys.stdin:
        recorded = workspace.decide(
            asked,
            credential=Credential('Agent::"lotte"'),
            entities=[{"uid": {"type": "Memory", "id": "m"}, "attrs": memory, "parents": []}],
        )
        print(recorded.decision.code, flush=True)
"""


def test_a_process_that_runs_already_obeys_its_next_decision(workspace: Workspace, place: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", ANSWERING, str(place)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as running:
        assert running.stdin is not None
        assert running.stdout is not None

        def ask() -> str:
            running.stdin.write("?\n")  # type: ignore[union-attr]
            running.stdin.flush()  # type: ignore[union-attr]
            return running.stdout.readline().strip()  # type: ignore[union-attr]

        try:
            said = [ask()]
            placed = stop(workspace, "action", "memory")
            said.append(ask())
            lift(workspace, placed.id, "ana")
            said.append(ask())
            braked = brake(workspace, forbids="", without=["memory-read"])
            said.append(ask())
            lift(workspace, braked.id, "ana", "sam")
            forbidden = norm(workspace, 'forbid (principal, action == Action::"read_shared_memory", resource);')
            said.append(ask())
            lift(workspace, forbidden.id, "ana")
            said.append(ask())
        finally:
            running.kill()
    assert said == ["allowed", "stopped", "allowed", "not_permitted", "forbidden", "allowed"]


BRAKING = """
import os, sys
import workbench.service.session, workbench.service.uses  # what opening loads
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.workspace import Workspace

place, name, passphrase = sys.argv[1:]
(ready, opened), (go, held_back) = os.pipe(), os.pipe()
for _ in range(10):
    if os.fork():
        continue
    os.close(held_back)
    with Workspace.open(place, clock=FrozenClock(), busy_seconds=60) as workspace:
        using = [SignWith(key_path=f"{place}/keys/demo-ana", passphrase=passphrase)]
        os.write(opened, b"!")
        os.read(go, 1)  # returns to all of them at once, when the first process lets go of its end
        try:
            said = workspace.overlays.brake(without=[name], why="all at once", using=using).id
        except WorkbenchError as error:
            said = error.code
        os.write(1, f"{said}\\n".encode())
    os._exit(0)
os.close(opened)
for _ in range(10):
    os.read(ready, 1)  # nothing, at once, where one of them has failed
os.close(held_back)
for _ in range(10):
    os.wait()
"""


def test_ten_processes_brake_at_once_and_one_has_it(workspace: Workspace, place: Path) -> None:
    """Forked from one that has read the program, so that it is not read ten times."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", BRAKING, str(place), "desk-work", workspace.demo_passphrase()]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    said = sorted(done.stdout.split())
    assert len(said) == 10, done.stderr
    in_force = workspace.overlays.list()
    assert [view.id for view in in_force] == [answer for answer in said if answer != "brake_in_force"]
    assert said.count("brake_in_force") == 9
    assert workspace.verify().ok


# ---- an unsigned workspace -------------------------------------------------------------------------------------------


def test_a_workspace_made_unsigned_takes_norms_from_anyone_and_says_so(tmp_path: Path, clock: FrozenClock) -> None:
    with Workspace.create(tmp_path / "game", profile="unsigned", clock=clock) as workspace:
        placed = workspace.overlays.norm(EMAIL, why="a game", using=None)
        assert (placed.signed, placed.placed_by, placed.signers) == (False, "nobody", ())
        assert workspace.overlays.list() == (placed,)
        ended = workspace.overlays.repeal(placed.id, why="over", using=None)
        assert (ended.state, ended.ended_by) == ("lifted", ())
        with refused("signature_needed"):
            workspace.overlays.brake(forbids=NO_SHARE, why="a game", using=[])
        with refused("not_in_force"):
            workspace.overlays.repeal(placed.id, why="over", using=None)


Make = Callable[[Workspace], OverlayView]


@pytest.mark.parametrize("make", [stop, brake, norm])
def test_ids_can_be_cut_short_and_carry_their_kind(workspace: Workspace, make: Make) -> None:
    placed = make(workspace)
    for said in (placed.id, placed.id[:4], f"{placed.kind}:{placed.id}", "last", f" {placed.id} "):
        assert workspace.overlays.get(said).id == placed.id
    for said in ("", placed.id[:3], "zzzz", f"{placed.id}0"):
        with refused("no_overlay"):
            workspace.overlays.get(said)


def test_stops_and_brakes_are_told_to_those_who_wait_for_notices(workspace: Workspace, place: Path) -> None:
    placed = stop(workspace, "agent", "nora")
    brake(workspace)
    norm(workspace)
    lift(workspace, placed.id, "ana")
    with sqlite3.connect(place / "workspace.db") as database:
        told = database.execute("select kind, subject, detail from notices order by id").fetchall()
    assert [(kind, json.loads(detail)["about"]["event"]) for kind, _, detail in told] == [
        ("stop", "placed"),
        ("brake", "placed"),
        ("stop", "lifted"),
    ]
    assert all("odd refunds" not in detail for _, _, detail in told)
