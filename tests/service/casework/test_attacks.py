"""Votes on cases that must not count, each refused with its own reason; and rows that nobody voted for."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.service.casework.conftest import Refused
from tests.service.casework.swarm import HOUR, Desk, agent, uid
from workbench.governance.case_votes import CaseStatement, SignedCaseVote, case_vote_to_json, sign_case_vote
from workbench.governance.dsse import VOTE_TYPE, sign
from workbench.governance.keys import SigningKey, generate_key, load_private, public_line, serialize_private
from workbench.service.governing_views import SignWith
from workbench.store import cases as store
from workbench.store import directory
from workbench.store.ledger import append, read_head, save_state
from workbench.store.tables import case_votes, cases, credentials, key_holds


def key_of(desk: Desk, name: str) -> SigningKey:
    data = (desk.workspace.location / "keys" / f"demo-{name}").read_bytes()
    return load_private(data, desk.workspace.demo_passphrase())


def statement(desk: Desk, case: str, name: str, verdict: str = "approve") -> CaseStatement:
    return CaseStatement(**json.loads(desk.workspace.cases.to_sign(case, verdict, principal=uid(name))))


def hand_in(desk: Desk, said: CaseStatement, name: str = "viktor") -> Any:
    return desk.workspace.cases.import_vote(case_vote_to_json(sign_case_vote(key_of(desk, name), said)))


def credential(desk: Desk, name: str, kind: str) -> str:
    return next(
        view.id for view in desk.workspace.credentials.list() if (view.principal, view.kind) == (uid(name), kind)
    )


def test_a_vote_signed_elsewhere_counts(desk: Desk) -> None:
    id = desk.held()
    assert hand_in(desk, statement(desk, id, "viktor")).state == "granted"


# ---- replays ---------------------------------------------------------------------------------------------------------

CHANGES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "another swarm": ("wrong_swarm", {"swarm_id": "swarm-other"}),
    "another request": ("wrong_request", {"case_key": "0" * 64}),
    "another procedure": ("wrong_procedure", {"procedure": "leads"}),
    "another text of the procedure": ("wrong_procedure", {"procedure_digest": "0" * 64}),
    "another version": ("wrong_version", {"version": "sha256:" + "0" * 64}),
    "another stage": ("stale_stage", {"stage": 1}),
    "another person": ("wrong_principal", {"principal": uid("camille")}),
    "nobody": ("unknown_key", {}),
    "no time": ("bad_time", {"signed_at": "yesterday"}),
    "a comment that reorders": ("bad_comment", {"comment": "\u202eok"}),
    "a comment without end": ("bad_comment", {"comment": "x" * 2_001}),
    "no verdict": ("bad_verdict", {"verdict": "maybe"}),
    "no case": ("no_case", {"case": "0" * 16}),
}


@pytest.mark.parametrize(("code", "change"), CHANGES.values(), ids=CHANGES.keys())
def test_a_vote_about_something_else_is_refused(
    desk: Desk, refused: Refused, code: str, change: Mapping[str, Any]
) -> None:
    id = desk.held()
    said = replace(statement(desk, id, "viktor"), **change)
    key = key_of(desk, "viktor") if code != "unknown_key" else generate_key()
    signed = SignedCaseVote(
        said, key.public.fingerprint, sign(key, "application/vnd.concord.case-vote.v1+json", said.to_json())
    )
    with refused(code):
        desk.workspace.cases.import_vote(case_vote_to_json(signed))
    assert desk.case(id).votes == ()
    assert desk.events("case_vote") == []


def test_a_vote_for_one_case_is_none_for_another(desk: Desk, refused: Refused) -> None:
    one, other = desk.held(), desk.held(amount=900)
    moved = replace(statement(desk, one, "viktor"), case=other)
    with refused("wrong_request"):
        hand_in(desk, moved)


def test_a_vote_for_an_earlier_case_of_the_same_request_is_none_for_this_one(desk: Desk, refused: Refused) -> None:
    first = desk.held("gift")
    said = statement(desk, first, "viktor")
    desk.vote(first, "nora", "reject")
    second = desk.held("gift")
    assert second != first
    with refused("case_closed"):
        hand_in(desk, said)
    signed = sign_case_vote(key_of(desk, "viktor"), said)
    moved = SignedCaseVote(replace(said, case=second), signed.signed_by, signed.signature)
    with refused("bad_signature"):
        desk.workspace.cases.import_vote(case_vote_to_json(moved))


def test_a_vote_made_before_the_escalation_is_stale_after_it(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    said = statement(desk, id, "camille")
    desk.later(HOUR)
    with refused("stale_stage"):
        hand_in(desk, said, "camille")
    with refused("stale_stage"):
        hand_in(desk, replace(statement(desk, id, "camille"), stage=0), "camille")


def test_a_vote_made_under_the_version_before_is_made_anew(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    said = statement(desk, id, "viktor")
    desk.amend("context.amount > 9000 ||", "context.amount > 8000 ||")
    with refused("wrong_version"):
        hand_in(desk, said)
    assert hand_in(desk, statement(desk, id, "viktor")).state == "granted"


def test_the_same_vote_twice_is_one(desk: Desk, refused: Refused) -> None:
    id = desk.held("wire")
    said = statement(desk, id, "viktor")
    assert hand_in(desk, said).state == "open"
    with refused("already_voted"):
        hand_in(desk, said)
    with refused("already_voted"):
        desk.vote(id, "viktor")
    token = desk.workspace.credentials.new_token(uid("viktor"), "second")[1]
    with refused("already_voted"):  # one person, two credentials
        desk.workspace.cases.vote_with_token(id, "approve", token)


def test_a_signer_s_token_approves_no_case(desk: Desk, refused: Refused) -> None:
    """Who signs amendments is no approver: those the directory names."""
    id = desk.held("wire")
    signer = next(key.principal for key in desk.workspace.key_care.roster_keys() if key.role == "operator")
    token = desk.workspace.credentials.new_token(signer)[1]
    with refused("not_in_directory"):
        desk.workspace.cases.vote_with_token(id, "approve", token)


def envelope_of(desk: Desk, id: str) -> dict[str, Any]:
    signed = sign_case_vote(key_of(desk, "viktor"), statement(desk, id, "viktor"))
    read: dict[str, Any] = json.loads(case_vote_to_json(signed))
    return read


def repacked(envelope: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    said = json.loads(base64.b64decode(envelope["payload"]))
    change(said)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {**envelope, "payload": base64.b64encode(text.encode()).decode()}


ENVELOPES: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "not JSON": ("json", lambda envelope: "approve, please"),
    "a list": ("envelope", lambda envelope: []),
    "no signature": ("envelope", lambda envelope: {**envelope, "signatures": []}),
    "two signatures": ("envelope", lambda envelope: {**envelope, "signatures": envelope["signatures"] * 2}),
    "an empty signature": (
        "bad_signature",
        lambda envelope: {**envelope, "signatures": [{**envelope["signatures"][0], "sig": ""}]},
    ),
    "another signature": (
        "bad_signature",
        lambda envelope: {
            **envelope,
            "signatures": [{**envelope["signatures"][0], "sig": base64.b64encode(bytes(64)).decode()}],
        },
    ),
    "a vote on a version": ("payload_type", lambda envelope: {**envelope, "payloadType": VOTE_TYPE}),
    "payload that is no base64": ("envelope", lambda envelope: {**envelope, "payload": "?"}),
    "payload in another spelling": (
        "payload_form",
        lambda envelope: {
            **envelope,
            "payload": base64.b64encode(base64.b64decode(envelope["payload"]) + b" ").decode(),
        },
    ),
    "a verdict turned round": (
        "bad_signature",
        lambda envelope: repacked(envelope, lambda s: s.update(verdict="reject")),
    ),
    "a comment slipped in": ("bad_signature", lambda envelope: repacked(envelope, lambda s: s.update(comment="yes"))),
    "a field too many": ("payload_form", lambda envelope: repacked(envelope, lambda s: s.update(extra="1"))),
    "a field too few": ("payload_form", lambda envelope: repacked(envelope, lambda s: s.pop("stage"))),
    "a stage that is true": ("payload_form", lambda envelope: repacked(envelope, lambda s: s.update(stage=False))),
    "a token's name as the signer": (
        "bad_signature",
        lambda envelope: {**envelope, "signatures": [{"keyid": "token-0123456789ab", "sig": ""}]},
    ),
    "too long": ("envelope", lambda envelope: "x" * 100_000),
}


@pytest.mark.parametrize(("code", "change"), ENVELOPES.values(), ids=ENVELOPES.keys())
def test_an_envelope_that_is_no_signed_vote_is_refused(
    desk: Desk, refused: Refused, code: str, change: Callable[[dict[str, Any]], Any]
) -> None:
    id = desk.held()
    changed = change(envelope_of(desk, id))
    with refused(code):
        desk.workspace.cases.import_vote(changed if isinstance(changed, str) else json.dumps(changed))
    assert desk.case(id).state == "open"
    assert desk.events("case_vote") == []


def test_a_vote_on_a_version_signed_over_the_same_bytes_is_no_vote_on_a_case(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    said, key = statement(desk, id, "viktor"), key_of(desk, "viktor")
    signed = SignedCaseVote(said, key.public.fingerprint, sign(key, VOTE_TYPE, said.to_json()))
    with refused("bad_signature"):
        desk.workspace.cases.import_vote(case_vote_to_json(signed))


def test_a_token_may_not_be_claimed_by_its_name(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    said = statement(desk, id, "vera")
    claimed = SignedCaseVote(said, credential(desk, "vera", "token"), base64.b64encode(bytes(64)).decode())
    with refused("bad_signature"):
        desk.workspace.cases.import_vote(case_vote_to_json(claimed))


# ---- who may vote ----------------------------------------------------------------------------------------------------


def test_the_requester_cannot_approve_even_where_where_lets_him(desk: Desk, refused: Refused) -> None:
    desk.workspace.load_entities([agent("viktor", "supervisor", 3_000)])
    id = desk.held(who="viktor")
    assert desk.case(id).seats[0].may_fill == (uid("vera"),)
    with refused("requester_votes"):
        desk.vote(id, "viktor")
    with refused("requester_votes"):
        desk.vote(id, "viktor", "reject")
    assert desk.vote(id, "vera").state == "granted"


@pytest.mark.parametrize("signer", ["ana", "sam"])
def test_signers_of_the_roster_approve_no_cases(desk: Desk, refused: Refused, signer: str) -> None:
    id = desk.held("gift")  # which anybody in the directory may approve
    with refused("unknown_key"):
        desk.workspace.cases.vote(id, "approve", using=desk.signer(signer))


def test_a_stranger_s_key_approves_nothing(desk: Desk, refused: Refused, tmp_path: Path) -> None:
    id = desk.held()
    key = generate_key()
    path = tmp_path / "key"
    path.write_bytes(serialize_private(key, "secret"))
    path.with_name("key.pub").write_text(public_line(key, "me") + "\n")
    with refused("unknown_key"):
        desk.workspace.cases.vote(id, "approve", using=SignWith(str(path), "secret"))


def test_who_is_not_asked_cannot_even_reject(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    for verdict in ("approve", "reject"):
        with refused("not_eligible"):
            desk.vote(id, "camille", verdict)
    assert desk.case(id).state == "open"


def test_a_role_taken_away_between_vote_and_quorum_takes_the_vote_with_it(desk: Desk) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    desk.workspace.load_entities([agent("viktor", "supervisor", 10)])  # may not approve so much any more
    half = desk.vote(id, "dora")
    assert half.state == "open"
    assert [seat.filled_by for seat in half.seats].count(uid("dora")) == 1
    assert uid("viktor") not in [seat.filled_by for seat in half.seats]
    assert desk.vote(id, "vera").state == "granted"


def test_who_leaves_the_directory_neither_votes_nor_counts(desk: Desk) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    desk.workspace.remove_entities([uid("viktor"), uid("vera")])
    assert desk.vote(id, "dora").state == "open"
    assert desk.case(id).state == "open"


def test_a_credential_that_outlived_its_principal_votes_for_nobody(desk: Desk, refused: Refused) -> None:
    id = desk.held("gift")  # which asks for no role
    with desk.workspace._session.write() as connection:  # the directory changed, and nobody saw to the credentials
        head = read_head(connection)
        directory.remove_entities(connection, [("Agent", "vera"), ("Agent", "viktor")])
        body = {"loaded": [], "removed": [uid("vera"), uid("viktor")]}
        body["state"] = directory.digest_of(directory.entities(connection))  # type: ignore[assignment]
        append(connection, head, kind="directory", at=head.last_at, body=body)
        head.generation += 1
        save_state(connection, head)
    for name in ("vera", "viktor"):
        with refused("not_in_directory"):
            desk.vote(id, name)
    assert desk.vote(id, "nora").state == "granted"


@pytest.mark.parametrize(("change", "code"), [("suspend", "credential_suspended"), ("revoke", "credential_revoked")])
def test_a_key_that_is_suspended_or_revoked_votes_no_more(desk: Desk, refused: Refused, change: str, code: str) -> None:
    id = desk.held()
    said = statement(desk, id, "viktor")
    getattr(desk.workspace.credentials, change)(credential(desk, "viktor", "key"))
    with refused(code):
        desk.vote(id, "viktor")
    with refused(code):  # nor does a vote signed before
        hand_in(desk, said)


@pytest.mark.parametrize("change", ["suspend", "revoke"])
def test_a_token_that_is_suspended_or_revoked_votes_no_more(desk: Desk, refused: Refused, change: str) -> None:
    id = desk.held()
    getattr(desk.workspace.credentials, change)(credential(desk, "vera", "token"))
    with refused("token_suspended" if change == "suspend" else "token_revoked"):
        desk.vote(id, "vera")


@pytest.mark.parametrize("first", ["viktor", "vera"])
def test_a_credential_revoked_between_vote_and_quorum_takes_its_vote_with_it(desk: Desk, first: str) -> None:
    id = desk.held("wire")
    desk.vote(id, first)
    desk.workspace.credentials.revoke(credential(desk, first, "key" if first == "viktor" else "token"))
    shown = desk.case(id).votes[0]
    assert (shown.counted, shown.why_not) == (False, "its credential is not active any more")
    assert desk.vote(id, "dora").state == "open"
    assert desk.vote(id, "vera" if first == "viktor" else "viktor").state == "granted"


def test_a_key_that_the_roster_s_care_holds_votes_no_more(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    held = {
        "fingerprint": key_of(desk, "viktor").public.fingerprint,
        "state": "suspended",
        "placed_by": uid("x"),
        "at": 0,
    }
    with desk.workspace._session.write() as connection:
        connection.execute(key_holds.insert(), {**held, "detail": "{}"})
    with refused("key_suspended"):
        desk.vote(id, "viktor")


@pytest.mark.parametrize("token", ["", "cw_", "cw_" + "A" * 51, "Agent::vera", "\0", "ключ"])
def test_what_is_no_token_proves_nobody(desk: Desk, refused: Refused, token: str) -> None:
    id = desk.held()
    with refused("bad_token") as error:
        desk.workspace.cases.vote_with_token(id, "approve", token)
    assert not token or token not in str(error.value.to_dict())


def test_a_wrong_passphrase_is_told_without_it(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    using = replace(desk.signer("viktor"), passphrase="hunter2-wrong")
    with refused("wrong_passphrase") as error:
        desk.workspace.cases.vote(id, "approve", using=using)
    assert "hunter2" not in str(error.value.to_dict()) + repr(using)


@pytest.mark.parametrize("verdict", ["", "yes", "APPROVE", "veto", "approve "])
def test_verdicts_are_two(desk: Desk, refused: Refused, verdict: str) -> None:
    id = desk.held()
    with refused("bad_verdict"):
        desk.vote(id, "viktor", verdict)


@pytest.mark.parametrize("comment", ["\ud800", "a\rb", "\x1b[31m", "x" * 2_001])
def test_comments_that_could_hide_something_are_refused(desk: Desk, refused: Refused, comment: str) -> None:
    id = desk.held()
    for name in ("viktor", "vera"):
        with refused("bad_comment"):
            desk.vote(id, name, comment=comment)


# ---- whoever can write the database ----------------------------------------------------------------------------------


def test_a_vote_written_into_the_database_counts_for_nothing(desk: Desk) -> None:
    id = desk.held("wire")
    forged = statement(desk, id, "vera")
    kept = {"statement": forged.to_json(), "signed_by": credential(desk, "vera", "token"), "signature": "", "entry": 1}
    with desk.workspace._session.write() as connection:
        store.add_vote(connection, store.StoredCaseVote(id, 0, uid("vera"), "approve", 0, json.dumps(kept)))
    assert desk.case(id).votes[0].why_not == "the ledger has no such vote"
    assert desk.vote(id, "viktor").state == "open"
    assert desk.vote(id, "dora").state == "granted"


def test_a_vote_copied_from_another_case_counts_for_nothing(desk: Desk) -> None:
    one, other = desk.held("wire"), desk.held("wire", 801)
    desk.vote(one, "viktor")
    with desk.workspace._session.write() as connection:
        row = store.votes(connection, [one])[one][0]
        store.add_vote(connection, replace(row, case_id=other))
    assert desk.case(other).votes[0].why_not == "it was changed in the store"
    assert desk.vote(other, "dora").state == "open"


def test_a_principal_put_under_a_vote_counts_for_nothing(desk: Desk) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    with desk.workspace._session.write() as connection:
        connection.execute(case_votes.update().values(principal=uid("vera")))
    assert not desk.case(id).votes[0].counted
    assert desk.vote(id, "dora").state == "open"


def test_another_key_put_under_a_principal_votes_for_nobody(desk: Desk) -> None:
    """A key credential is found by its own bytes: changing whose it is does not make an old signature theirs."""
    id = desk.held("wire")
    desk.vote(id, "viktor")
    line = public_line(generate_key(), "new")
    with desk.workspace._session.write() as connection:
        connection.execute(credentials.update().where(credentials.c.principal == uid("viktor")).values(value=line))
    assert not desk.case(id).votes[0].counted
    assert desk.vote(id, "dora").state == "open"


def test_a_case_marked_granted_in_the_database_without_times_is_not_usable(desk: Desk) -> None:
    id = desk.held()
    with desk.workspace._session.write() as connection:
        connection.execute(cases.update().where(cases.c.id == id).values(state="granted"))
    assert desk.ask().decision.outcome == "hold"
