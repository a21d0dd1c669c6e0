"""Credentials: whom a token or a key proves, from when until when; and that no secret is kept anywhere."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.service.conftest import CONTEXT, FACTS, ticket
from workbench.engine.request import Request
from workbench.governance.credential_token import TokenError, token_digest, token_of
from workbench.governance.keys import PublicKey, demo_comment, generate_key, public_line
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import CredentialView
from workbench.service.views import Credential, EventDetail
from workbench.service.workspace import Workspace
from workbench.store.key_holds import StoredHold, keep_hold

NORA = 'Agent::"nora"'
LOTTE = 'Agent::"lotte"'


def refused(act: Callable[[], object]) -> WorkbenchError:
    """The refusal of ``act``."""
    with pytest.raises(WorkbenchError) as caught:
        act()
    assert caught.value.detail
    return caught.value


def mine(workspace: Workspace) -> tuple[CredentialView, ...]:
    """The credentials of the two: a demo has some of others from the start."""
    return tuple(view for view in workspace.credentials.list() if view.principal in (NORA, LOTTE))


def ledger(place: Path) -> list[dict[str, object]]:
    """The bodies of the ledger's entries about credentials."""
    raw = sqlite3.connect(place / "workspace.db")
    rows = raw.execute("SELECT body FROM ledger WHERE kind = 'credential' ORDER BY seq").fetchall()
    raw.close()
    return [json.loads(body)["body"] for (body,) in rows]


# ---- tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_proves_its_principal_until_it_is_revoked(workspace: Workspace) -> None:
    view, token = workspace.credentials.new_token(NORA, "laptop")
    assert (view.principal, view.kind, view.label, view.state) == (NORA, "token", "laptop", "active")
    proven = workspace.credentials.credential_of(token)
    assert (proven.principal, proven.kind) == (NORA, "token")

    assert workspace.credentials.suspend(view.id).state == "suspended"
    assert refused(lambda: workspace.credentials.credential_of(token)).code == "token_suspended"
    assert workspace.credentials.resume(view.id).state == "active"
    assert workspace.credentials.credential_of(token).principal == NORA
    assert workspace.credentials.revoke(view.id).state == "revoked"
    for change in (workspace.credentials.suspend, workspace.credentials.resume, workspace.credentials.revoke):
        assert refused(partial(change, view.id)).code == "credential_state"
    assert refused(lambda: workspace.credentials.credential_of(token)).code == "token_revoked"


def test_one_token_more_does_not_end_another(workspace: Workspace) -> None:
    first, old = workspace.credentials.new_token(NORA)
    _, new = workspace.credentials.new_token(NORA)
    workspace.credentials.revoke(first.id)
    assert workspace.credentials.credential_of(new).principal == NORA
    assert refused(lambda: workspace.credentials.credential_of(old)).code == "token_revoked"


def test_neither_file_nor_ledger_nor_error_has_the_token(workspace: Workspace, place: Path) -> None:
    view, token = workspace.credentials.new_token(NORA, "laptop")
    workspace.credentials.suspend(view.id)
    shown = repr(refused(lambda: workspace.credentials.credential_of(token)).to_dict()) + repr(view)
    secret = token.removeprefix("cw_")[:43]
    workspace.close()
    everything = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert view.id.encode() in everything  # the search does find what is there
    assert secret.encode() not in everything
    assert secret not in shown


@pytest.mark.parametrize(
    "token",
    ["", "nora", "cw_", NORA, "cw_" + "A" * 51, "Bearer cw_x", "cw_" + "é" * 51, "\ud800", token_of(b"\0" * 32) + "\n"],
)
def test_garbage_is_no_token_and_is_not_repeated(workspace: Workspace, token: str) -> None:
    error = refused(lambda: workspace.credentials.credential_of(token))
    assert error.code == "bad_token"
    assert len(token) < 5 or token not in repr(error.to_dict())


def test_a_token_of_another_workspace_proves_nobody(workspace: Workspace) -> None:
    """Well formed, with a right checksum, but never issued here."""
    assert refused(lambda: workspace.credentials.credential_of(token_of(b"\7" * 32))).code == "bad_token"


def test_a_digest_that_only_begins_alike_proves_nobody(workspace: Workspace, place: Path) -> None:
    """The id is a part of the digest; the whole of it must agree."""
    view, token = workspace.credentials.new_token(NORA)
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute("UPDATE credentials SET value = substr(value, 1, 20) || 'x' || substr(value, 22)")
    raw.commit()
    raw.close()
    assert refused(lambda: workspace.credentials.credential_of(token)).code == "bad_token"
    assert mine(workspace) == (view,)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 53), st.characters(codec="ascii"))
def test_a_mistyped_token_is_told_apart(random: bytes, place: int, char: str) -> None:
    """One wrong character anywhere: never the digest of another token, always a refusal."""
    token = token_of(random)
    assert len(token_digest(token)) == 64
    wrong = token[:place] + char + token[place + 1 :]
    if wrong != token:
        with pytest.raises(TokenError) as caught:
            token_digest(wrong)
        assert caught.value.code == "bad_token"


# ---- keys ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def key() -> PublicKey:
    return generate_key().public


def test_a_key_proves_its_principal_while_it_is_active(workspace: Workspace, key: PublicKey) -> None:
    assert workspace.credentials.principal_of_key(key) is None
    view = workspace.credentials.register_key(NORA, public_line(key, "nora at work") + "\n")
    assert (view.kind, view.label) == ("key", key.fingerprint)
    assert workspace.credentials.principal_of_key(key) == view
    workspace.credentials.suspend(view.id)
    assert workspace.credentials.principal_of_key(key) is None
    workspace.credentials.resume(view.id)
    assert workspace.credentials.principal_of_key(key) == view
    workspace.credentials.revoke(view.id)
    assert workspace.credentials.principal_of_key(key) is None
    assert refused(lambda: workspace.credentials.register_key(NORA, public_line(key))).code == "key_revoked"
    assert refused(lambda: workspace.credentials.register_key(LOTTE, public_line(key))).code == "key_revoked"


@pytest.mark.parametrize("principal", [NORA, LOTTE])
def test_one_key_proves_one_principal_only(workspace: Workspace, key: PublicKey, principal: str) -> None:
    """Under whatever comment: it is the key material that counts. Suspending it frees it for nobody."""
    view = workspace.credentials.register_key(NORA, public_line(key, "one"))
    again = public_line(key, "two")
    assert refused(lambda: workspace.credentials.register_key(principal, again)).code == "key_registered"
    workspace.credentials.suspend(view.id)
    assert refused(lambda: workspace.credentials.register_key(principal, again)).code == "key_registered"


def test_the_ledgers_key_is_nobodys(workspace: Workspace, place: Path) -> None:
    """Who can witness votes could otherwise also cast them."""
    line = (place / "ledger.key.pub").read_text()
    assert refused(lambda: workspace.credentials.register_key(NORA, line)).code == "ledger_key"


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_a_key_that_the_roster_distrusts_proves_nobody_else(workspace: Workspace, key: PublicKey, state: str) -> None:
    """A key that was lost by a signer is lost for all purposes."""
    with workspace._session.write() as connection:
        keep_hold(connection, StoredHold(key.fingerprint, state, 'Operator::"ana"', 0, "{}"))
    assert refused(lambda: workspace.credentials.register_key(NORA, public_line(key))).code == f"key_{state}"
    assert mine(workspace) == ()


def test_a_demo_key_proves_somebody_in_its_own_swarm_only(workspace: Workspace, key: PublicKey) -> None:
    foreign = public_line(key, demo_comment("swarm-elsewhere"))
    assert refused(lambda: workspace.credentials.register_key(NORA, foreign)).code == "demo_key"
    own = public_line(key, demo_comment(workspace.swarm_id))
    assert workspace.credentials.register_key(NORA, own).principal == NORA


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "unsupported_key"),
        ("ssh-rsa AAAAB3NzaC1yc2E", "unsupported_key"),
        ("ssh-ed25519 !!!", "not_a_key"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "not_a_key"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43, "weak_key"),
    ],
)
def test_what_is_no_key_is_not_registered(workspace: Workspace, line: str, code: str) -> None:
    assert refused(lambda: workspace.credentials.register_key(NORA, line)).code == code
    assert mine(workspace) == ()


# ---- whom ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "code"),
    [
        ("nora", "bad_uid"),
        ("", "bad_uid"),
        ('Agent::"nora', "bad_uid"),
        ('Agent::"Nora"', "unknown_principal"),
        ('Agent::"nora "', "unknown_principal"),
        ('Agent::"n\u043era"', "unknown_principal"),  # a Cyrillic o
        ('Robot::"nora"', "unknown_principal"),
        ('Action::"reply"', "unknown_principal"),
        ('Operator::"zoe"', "unknown_principal"),  # neither of the roster nor of the directory
        ('Workspace::"ledger"', "unknown_principal"),
        ('Team::"billing"', "not_a_principal"),
    ],
)
def test_only_principals_of_the_directory_are_proven(workspace: Workspace, principal: str, code: str) -> None:
    line = public_line(generate_key())
    assert refused(lambda: workspace.credentials.new_token(principal)).code == code
    assert refused(lambda: workspace.credentials.register_key(principal, line)).code == code
    assert not [view for view in workspace.credentials.list() if view.principal == principal]


def test_the_token_of_who_signs_here_is_in_the_ledger(workspace: Workspace, place: Path) -> None:
    workspace.credentials.new_token('Operator::"ana"', "board")
    said = ledger(place)[-1]
    assert (said["event"], said["principal"], said["label"]) == ("created", 'Operator::"ana"', "board")


def test_who_signs_here_is_given_a_token_and_no_second_key(workspace: Workspace) -> None:
    """The schema declares no operators: the roster knows them. Their keys are the roster's, for amendments."""
    view, token = workspace.credentials.new_token('Operator::"ana"', "board")
    assert (view.principal, view.role, view.state) == ('Operator::"ana"', "operator", "active")
    assert workspace.credentials.new_token('Operator::"sam"', "other")[0].role == "supervisor"
    assert workspace.credentials.new_token(NORA)[0].role == ""
    assert {each.role for each in workspace.credentials.list() if each.label in ("board", "other")} == {
        "operator",
        "supervisor",
    }
    line = public_line(generate_key())
    assert refused(lambda: workspace.credentials.register_key('Operator::"ana"', line)).code == "unknown_principal"
    assert workspace.credentials.suspend(view.id).role == "operator"
    assert refused(lambda: workspace.credentials.proven(token)).code == "token_suspended"
    workspace.credentials.resume(view.id)
    assert workspace.credentials.proven(token)[1].vouches
    assert workspace.verify().ok


def test_an_operator_vouches_and_nobody_who_acts_does(workspace: Workspace) -> None:
    standing = workspace.credentials.standing
    assert {who: standing(who).vouches for who in ('Operator::"ana"', 'Operator::"sam"', NORA)} == {
        'Operator::"ana"': True,
        'Operator::"sam"': False,  # a supervisor
        NORA: False,
    }
    assert (standing(NORA).acts, standing('Operator::"ana"').acts) == (True, False)
    assert replace(standing('Operator::"ana"'), acts=True).vouches is False


def test_the_ledger_says_whose_a_decision_is(workspace: Workspace) -> None:
    """Two principals with one id, of two types: a row of the feed cannot tell them apart."""
    asked = [NORA, 'Ticket::"nora"', LOTTE, NORA]
    seqs = [
        workspace.decide(Request(who, 'Action::"reply"', ticket()["uid"], CONTEXT), credential=Credential(who)).seq
        for who in asked
    ]
    assert workspace.credentials.asked_by(NORA, seqs) == {seqs[0], seqs[3]}
    assert workspace.credentials.asked_by('Ticket::"nora"', [*seqs, 10**30, -1, 0, 1]) == {seqs[1]}


def test_another_spelling_of_the_same_uid_is_the_same_principal(workspace: Workspace) -> None:
    view, token = workspace.credentials.new_token('Agent::"n\\u{6f}ra"')
    assert view.principal == workspace.credentials.credential_of(token).principal == NORA


def test_who_leaves_the_directory_can_prove_nothing_until_it_is_said_anew(workspace: Workspace, key: PublicKey) -> None:
    """Otherwise whoever is next entered under the same uid would be proven by the last one's token."""
    token_view, token = workspace.credentials.new_token(NORA)
    key_view = workspace.credentials.register_key(NORA, public_line(key))
    _, others = workspace.credentials.new_token(LOTTE)
    entity = next(e for e in workspace.entities() if e["uid"]["id"] == "nora")
    workspace.remove_entities([NORA])
    assert refused(lambda: workspace.credentials.credential_of(token)).code == "token_suspended"
    assert workspace.credentials.principal_of_key(key) is None
    assert refused(lambda: workspace.credentials.resume(token_view.id)).code == "unknown_principal"
    workspace.load_entities([entity])
    assert refused(lambda: workspace.credentials.credential_of(token)).code == "token_suspended"
    workspace.credentials.resume(key_view.id)
    assert workspace.credentials.principal_of_key(key) is not None
    assert workspace.credentials.credential_of(others).principal == LOTTE
    assert workspace.verify().ok


# ---- the record ------------------------------------------------------------------------------------------------------


def test_every_change_is_in_the_ledger(workspace: Workspace, place: Path, key: PublicKey) -> None:
    view, _ = workspace.credentials.new_token(NORA, "laptop")
    workspace.credentials.register_key(LOTTE, public_line(key))
    workspace.credentials.suspend(view.id)
    workspace.credentials.resume(view.id)
    workspace.credentials.revoke(view.id)
    bodies = [body for body in ledger(place) if body["principal"] in (NORA, LOTTE)]
    assert [body["event"] for body in bodies] == ["created", "registered", "suspended", "resumed", "revoked"]
    assert {str(body["id"]) for body in bodies if body["principal"] == NORA} == {view.id}
    assert workspace.verify().ok


def test_an_id_may_be_cut_short_but_not_be_ambiguous(workspace: Workspace) -> None:
    """Enough tokens that two ids begin alike: there are sixteen first digits."""
    views = [workspace.credentials.new_token(NORA)[0] for _ in range(17)]
    digits = [view.id.removeprefix("token-")[0] for view in views]
    twice = next(digit for digit in digits if digits.count(digit) > 1)
    assert refused(lambda: workspace.credentials.revoke(f"token-{twice}")).code == "not_unique"
    for nothing in ("", "token", "token-", "t", "-", "token-%", "token-zz"):
        assert refused(partial(workspace.credentials.revoke, nothing)).code == "unknown_credential"
    assert workspace.credentials.revoke(views[1].id[:-1]).id == views[1].id
    assert [view.state for view in mine(workspace)].count("revoked") == 1


def test_another_process_sees_a_revocation_at_once(workspace: Workspace, place: Path, clock: FrozenClock) -> None:
    view, token = workspace.credentials.new_token(NORA)
    with Workspace.open(place, clock=clock) as other:
        assert other.credentials.credential_of(token).principal == NORA
        workspace.credentials.revoke(view.id)
        assert refused(lambda: other.credentials.credential_of(token)).code == "token_revoked"


def test_a_view_and_an_error_show_no_value(workspace: Workspace, key: PublicKey) -> None:
    view = workspace.credentials.register_key(NORA, public_line(key))
    assert isinstance(view, CredentialView)
    assert {"value", "token"}.isdisjoint(CredentialView.__dataclass_fields__)


@pytest.mark.parametrize("label", ["a\nb", "\u202ex", "x" * 300, "a\0"])
def test_a_label_that_would_mislead_is_refused(workspace: Workspace, label: str) -> None:
    refused(lambda: workspace.credentials.new_token(NORA, label))
    assert mine(workspace) == ()


# ---- deciding under a token ------------------------------------------------------------------------------------------


def test_a_token_asks_in_the_name_of_its_principal_and_no_other(workspace: Workspace) -> None:
    _, token = workspace.credentials.new_token(NORA)
    credential = workspace.credentials.credential_of(token)

    def ask(who: str) -> EventDetail:
        request = Request(who, 'Action::"share_external"', 'Ticket::"T-1"', CONTEXT)
        recorded = workspace.decide(request, credential=credential, entities=[ticket()], facts=FACTS)
        return workspace.event(recorded.seq)

    own = ask(NORA)
    assert (own.row.outcome, own.row.agent) == ("allow", "nora")
    assert own.request["credential"] == {"principal": NORA, "kind": "token"}
    other = ask(LOTTE)
    assert (other.row.outcome, other.row.code, other.row.agent) == ("deny", "refused_claim", "nora")
