"""Roster keys suspended, revoked and lifted: at once, by those who may, and never to block governance alone."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from workbench.governance.key_statements import from_json, signers
from workbench.governance.keys import SigningKey, generate_key, public_line, serialize_private
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.views import SignerSpec
from workbench.service.workspace import Workspace
from workbench.store.ledger import entries

PEOPLE = {"ana": "operator", "bo": "operator", "cy": "operator", "sam": "supervisor", "sue": "supervisor"}
DAY = 86_400


@dataclass
class Team:
    """A workspace of five, each with a key file; ``cy`` is the one operator too many."""

    workspace: Workspace
    clock: FrozenClock
    folder: Path
    keys: dict[str, SigningKey] = field(repr=False)

    def using(self, name: str) -> SignWith:
        return SignWith(str(self.folder / name))

    def print(self, name: str) -> str:
        return self.keys[name].public.fingerprint

    def act(self, act: Any, whose: str, *names: str, why: str = "lost", envelope: str = "") -> Any:
        using = [self.using(name) for name in names]
        return self.workspace.key_care.act(act, self.print(whose), why=why, using=using, envelope=envelope)


@pytest.fixture(scope="session")
def made(config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, SigningKey]]:
    folder = tmp_path_factory.mktemp("team")
    keys = {name: generate_key() for name in PEOPLE}
    for name, key in keys.items():
        (folder / name).write_bytes(serialize_private(key, None))
        (folder / f"{name}.pub").write_text(public_line(key, name) + "\n")
    specs = [SignerSpec(f'Operator::"{n}"', role, public_line(keys[n], n)) for n, role in PEOPLE.items()]
    files = [(folder / name, "") for name in ("ana", "bo", "sam", "sue")]
    Workspace.create(
        folder / "ws", profile="team", signer_keys=specs, keys=files, swarm_id="swarm-care", clock=FrozenClock()
    ).close()
    return folder, keys


@pytest.fixture
def team(made: tuple[Path, dict[str, SigningKey]], tmp_path: Path) -> Iterator[Team]:
    source, keys = made
    shutil.copytree(source, tmp_path / "team")
    clock = FrozenClock()
    with Workspace.open(tmp_path / "team" / "ws", clock=clock) as workspace:
        yield Team(workspace, clock, tmp_path / "team", keys)


def refused(code: str, make: Any) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def proposal(team: Team) -> str:
    """A roster amendment that waits for votes: take ``cy`` out."""
    care = team.workspace.key_care
    return care.propose_removal(team.print("cy"), proposer='Operator::"bo"', person=True)


def vote(team: Team, digest: str, name: str, **changes: Any) -> Any:
    return team.workspace.vote(digest, using=team.using(name), **changes)


def test_an_owner_suspends_at_once_and_earlier_votes_stand(team: Team) -> None:
    digest = proposal(team)
    vote(team, digest, "ana")
    held = team.act("suspend", "ana", "ana", why="left in a taxi")
    assert (held.state, held.principal, held.signed_by) == ("suspended", 'Operator::"ana"', ('Operator::"ana"',))
    assert held.warnings == ()
    error = refused("key_suspended", lambda: vote(team, digest, "ana", verdict="reject"))
    assert "left in a taxi" in error.detail
    seats = [seat.filled_by for seat in team.workspace.proposal(digest).seats]
    assert 'Operator::"ana"' in seats
    assert [key.state for key in team.workspace.key_care.roster_keys() if key.fingerprint == team.print("ana")] == [
        "suspended"
    ]


def test_every_process_refuses_a_held_key(team: Team) -> None:
    digest = proposal(team)
    with Workspace.open(team.workspace.location, clock=team.clock) as other:
        team.act("suspend", "ana", "ana")
        refused("key_suspended", lambda: other.vote(digest, using=team.using("ana")))


def test_a_vote_signed_before_is_refused_when_it_is_handed_in_after(team: Team) -> None:
    """``signed_at`` is only a claim: what counts is when the ledger key sees it."""
    digest = proposal(team)
    vote(team, digest, "ana")
    envelope = team.workspace.export_vote(digest, 'Operator::"ana"')
    team.act("suspend", "ana", "ana")
    refused("key_suspended", lambda: team.workspace.import_vote(envelope))


@pytest.mark.parametrize("act", ["suspend", "revoke"])
def test_one_person_cannot_hold_anothers_key_and_two_can(team: Team, act: Any) -> None:
    refused("not_entitled", lambda: team.act(act, "ana", "bo"))
    assert team.workspace.key_care.held() == ()
    assert vote(team, proposal(team), "ana")
    held = team.act(act, "ana", "bo", "sam")
    assert held.signed_by == ('Operator::"bo"', 'Operator::"sam"')


def test_one_person_cannot_be_two_signers(team: Team) -> None:
    refused("same_person", lambda: team.act("suspend", "ana", "bo", "bo"))


def test_blocking_governance_takes_two_and_says_so_loudly(team: Team) -> None:
    """Supervisors are two: without sam nobody could pass a sensitive amendment any more."""
    refused("would_block", lambda: team.act("suspend", "sam", "sam"))
    assert vote(team, proposal(team), "sam")
    held = team.act("suspend", "sam", "sam", "bo")
    assert any("sensitive" in warning for warning in held.warnings)


def test_two_others_never_block_a_class_for_good(team: Team) -> None:
    """Not at once, not by suspending first, and not beside what is held already; her own word it takes."""
    told = refused("would_block", lambda: team.act("revoke", "sam", "ana", "bo"))
    assert "keys suspend" in told.hint
    team.act("suspend", "sam", "ana", "bo")
    refused("would_block", lambda: team.act("revoke", "sam", "ana", "bo"))
    refused("would_block", lambda: team.act("revoke", "cy", "ana", "bo"))
    team.act("lift", "sam", "ana", "bo")
    assert team.act("revoke", "cy", "ana", "bo").warnings == ()
    refused("would_block", lambda: team.act("revoke", "sam", "sam"))
    held = team.act("revoke", "sam", "sam", "bo")
    assert [warning.split(" amendment ")[0] for warning in held.warnings] == ["nobody can approve a sensitive"]


def test_every_class_that_stays_closed_is_told_and_not_only_what_closes_now(team: Team) -> None:
    team.act("suspend", "sam", "sam", "bo")
    held = team.act("suspend", "ana", "ana")  # cy is there: it closes nothing more, and ana may do it alone
    assert [warning.split(" amendment ")[0] for warning in held.warnings] == ["nobody can approve a sensitive"]
    more = team.act("suspend", "sue", "sue", "bo")
    assert ["major" in warning for warning in more.warnings] == [True, False]


def test_the_last_spare_counts_those_already_held(team: Team) -> None:
    assert team.act("suspend", "ana", "ana").warnings == ()  # cy is there
    refused("would_block", lambda: team.act("suspend", "cy", "cy"))


def test_lifting_takes_two_and_not_the_key_itself(team: Team) -> None:
    team.act("suspend", "ana", "ana")
    refused("two_needed", lambda: team.act("lift", "ana", "bo"))
    refused("key_suspended", lambda: team.act("lift", "ana", "bo", "ana"))
    lifted = team.act("lift", "ana", "bo", "sam", why="found")
    assert lifted.state == "lifted"
    assert vote(team, proposal(team), "ana")
    refused("not_held", lambda: team.act("lift", "ana", "bo", "sam"))
    assert team.act("suspend", "ana", "ana").state == "suspended"


def test_a_revoked_key_stays_so(team: Team) -> None:
    team.act("revoke", "ana", "ana")
    refused("key_revoked", lambda: team.act("lift", "ana", "bo", "sam"))
    refused("key_revoked", lambda: team.act("suspend", "ana", "bo", "sam"))
    refused("key_revoked", lambda: vote(team, proposal(team), "ana"))


def test_a_suspended_key_can_still_be_revoked_by_others_and_signs_nothing(team: Team) -> None:
    team.act("suspend", "ana", "ana")
    refused("key_suspended", lambda: team.act("suspend", "ana", "ana"))
    refused("key_suspended", lambda: team.act("revoke", "ana", "ana"))
    refused("key_suspended", lambda: team.act("suspend", "bo", "ana", "sam"))
    assert team.act("revoke", "ana", "bo", "sam").state == "revoked"


def test_a_statement_travels_between_signers(team: Team) -> None:
    care = team.workspace.key_care
    text, people = care.sign("suspend", team.print("ana"), why="stolen", using=[team.using("bo")])
    assert people == ('Operator::"bo"',)
    assert care.held() == ()
    refused("not_entitled", lambda: team.act("suspend", "ana", envelope=text, why=""))
    refused("other_statement", lambda: team.act("suspend", "cy", "sam", envelope=text, why=""))
    refused("other_statement", lambda: team.act("revoke", "ana", "sam", envelope=text, why=""))
    refused("other_statement", lambda: team.act("suspend", "ana", "sam", envelope=text, why="bored"))
    held = team.act("suspend", "ana", "sam", envelope=text, why="")
    assert (held.why, held.signed_by) == ("stolen", ('Operator::"bo"', 'Operator::"sam"'))


def test_a_statement_cannot_be_used_again(team: Team) -> None:
    text, _ = team.workspace.key_care.sign("suspend", team.print("ana"), why="x", using=[team.using("ana")])
    team.act("suspend", "ana", envelope=text, why="")
    team.act("lift", "ana", "bo", "sam")
    refused("stale_statement", lambda: team.act("suspend", "ana", envelope=text, why=""))


def test_a_statement_grows_old(team: Team) -> None:
    text, _ = team.workspace.key_care.sign("suspend", team.print("ana"), why="x", using=[team.using("ana")])
    team.clock.advance(8 * DAY)
    refused("old_statement", lambda: team.act("suspend", "ana", envelope=text, why=""))


def test_what_is_not_a_statement(team: Team) -> None:
    text, _ = team.workspace.key_care.sign("suspend", team.print("ana"), why="x", using=[team.using("ana")])
    envelope = json.loads(text)
    vote_type = "application/vnd.concord.vote.v1+json"
    cases = {
        "json": "x",
        "envelope": "[]",
        "payload_type": json.dumps({**envelope, "payloadType": vote_type}),
        "no_signature": json.dumps({**envelope, "signatures": []}),
        "bad_signature": json.dumps(
            {**envelope, "signatures": [{**envelope["signatures"][0], "keyid": team.print("bo")}]}
        ),
        "unknown_key": json.dumps(
            {**envelope, "signatures": [{**envelope["signatures"][0], "keyid": generate_key().public.fingerprint}]}
        ),
        "same_person": json.dumps({**envelope, "signatures": envelope["signatures"] * 2}),
    }
    for code, bad in cases.items():
        refused(code, lambda bad=bad: team.act("suspend", "ana", envelope=bad, why=""))
    assert team.workspace.key_care.held() == ()


def test_unknown_keys_and_the_ledger_key(team: Team) -> None:
    care = team.workspace.key_care
    stranger = generate_key().public.fingerprint
    refused("unknown_key", lambda: care.act("suspend", stranger, using=[team.using("bo"), team.using("sam")]))
    ledger = next(key.fingerprint for key in care.roster_keys() if key.role == "ledger")
    refused("ledger_key", lambda: care.act("suspend", ledger, using=[team.using("bo"), team.using("sam")]))


def test_the_ledger_keeps_the_statement_with_its_signatures(team: Team) -> None:
    team.act("suspend", "ana", "bo", "sam", why="stolen")
    session = team.workspace._session
    with session.read() as connection:
        (body,) = [json.loads(entry.body)["body"] for entry in entries(connection) if entry.kind == "key"]
        statement, seals = from_json(body["envelope"])
        roster = session.laws.checked(connection, statement.constitution).version.content.roster
    assert (body["event"], body["id"], body["why"]) == ("suspended", team.print("ana"), "stolen")
    assert [person.principal for person in signers(statement, seals, roster)] == ['Operator::"bo"', 'Operator::"sam"']
    assert team.workspace.verify().ok


def test_no_private_key_and_no_passphrase_is_kept_anywhere(team: Team) -> None:
    """After votes, statements and refusals nothing in the workspace holds a secret, and no error quotes one."""
    seed = Ed25519PrivateKey.generate()
    secret = "a passphrase that nobody else has"
    encrypted = serialize_private(SigningKey(seed), secret)
    (team.folder / "ana3").write_bytes(encrypted)
    line = public_line(SigningKey(seed).public, "ana3")
    digest = team.workspace.key_care.rotate(team.print("ana"), line, proposer='Operator::"ana"')
    pass_roster(team, digest, ("ana", "bo", "sam", "sue"))
    using = SignWith(str(team.folder / "ana3"), secret)
    assert secret not in repr(using)
    error = refused(
        "wrong_passphrase", lambda: team.workspace.vote(proposal(team), using=SignWith(using.key_path, "no" + secret))
    )
    assert secret not in f"{error!r}{error.to_dict()}"
    (waiting,) = team.workspace.proposals(open_only=True)
    team.workspace.vote(waiting.version.digest, using=using)
    team.workspace.key_care.act("suspend", SigningKey(seed).public.fingerprint, why="x", using=[using])
    raw = seed.private_bytes_raw()
    secrets = [secret.encode(), raw, raw.hex().encode(), base64.b64encode(raw)]
    files = [path for path in team.workspace.location.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        data = path.read_bytes()
        assert not [found for found in secrets if found in data], path


def pass_roster(team: Team, digest: str, names: tuple[str, ...]) -> None:
    for name in names:
        vote(team, digest, name)
    team.clock.advance(3 * DAY + 1)
    team.workspace.tick()
    assert team.workspace.proposal(digest).state == "active"


def test_rotation_puts_a_new_key_in_the_place_of_the_old(team: Team) -> None:
    new = generate_key()
    (team.folder / "ana2").write_bytes(serialize_private(new, None))
    care = team.workspace.key_care
    digest = care.rotate(team.print("ana"), public_line(new, "ana 2026"), proposer='Operator::"ana"')
    assert team.workspace.proposal(digest).version.amendment_class == "sensitive"
    refused("unknown_key", lambda: vote(team, digest, "ana2"))  # not before it is in force
    pass_roster(team, digest, ("ana", "bo", "sam", "sue"))
    names = {key.comment: key.principal for key in care.roster_keys()}
    assert names["ana 2026"] == 'Operator::"ana"'
    assert "ana" not in names
    next_one = proposal(team)
    refused("unknown_key", lambda: vote(team, next_one, "ana"))
    assert vote(team, next_one, "ana2")
    assert team.workspace.verify().ok


def test_rotation_refuses_what_cannot_stand(team: Team) -> None:
    care = team.workspace.key_care
    bo = public_line(team.keys["bo"], "x")
    refused("shared_key", lambda: care.rotate(team.print("ana"), bo, proposer='Operator::"bo"'))
    refused("unsupported_key", lambda: care.rotate(team.print("ana"), "ssh-rsa AAAA", proposer='Operator::"bo"'))
    demo = public_line(generate_key(), "DEMO ONLY elsewhere")
    refused("demo_key", lambda: care.rotate(team.print("ana"), demo, proposer='Operator::"bo"'))
    line = public_line(generate_key())
    refused("unknown_key", lambda: care.rotate(generate_key().public.fingerprint, line, proposer='Operator::"bo"'))
    refused("unknown_proposer", lambda: care.rotate(team.print("ana"), line, proposer='Operator::"x"'))
    assert team.workspace.proposals() == ()


def test_the_last_key_of_a_person_is_not_taken_out_by_mistake(team: Team) -> None:
    care = team.workspace.key_care
    refused("last_key", lambda: care.propose_removal(team.print("cy"), proposer='Operator::"bo"'))
    digest = care.propose_removal(team.print("cy"), proposer='Operator::"bo"', person=True)
    pass_roster(team, digest, ("ana", "bo", "sam", "sue"))
    assert 'Operator::"cy"' not in {key.principal for key in care.roster_keys()}


def test_a_roster_that_could_approve_nothing_is_not_proposed(team: Team) -> None:
    care = team.workspace.key_care
    refused("blocked", lambda: care.propose_removal(team.print("sam"), proposer='Operator::"bo"', person=True))


# ---- tokens of those who sign here -----------------------------------------------------------------------------------


def test_a_token_proves_nobody_while_the_last_key_of_its_signer_is_held(team: Team) -> None:
    credentials, ana = team.workspace.credentials, 'Operator::"ana"'
    view, token = credentials.new_token(ana)
    assert credentials.proven(token)[1].vouches
    team.act("suspend", "ana", "ana")
    assert ana in refused("token_of_nobody", lambda: credentials.proven(token)).detail
    refused("key_suspended", lambda: credentials.new_token(ana))
    credentials.suspend(view.id)
    refused("key_suspended", lambda: credentials.resume(view.id))
    assert next(each for each in credentials.list() if each.id == view.id).role == ""
    team.act("lift", "ana", "bo", "sam")
    credentials.resume(view.id)
    assert credentials.proven(token)[1].vouches
    team.act("revoke", "ana", "ana", "bo")
    refused("token_of_nobody", lambda: credentials.proven(token))


def test_a_token_outlives_a_rotated_key_and_not_its_person_s_place(team: Team) -> None:
    credentials = team.workspace.credentials
    _, token = credentials.new_token('Operator::"cy"')
    _, anas = credentials.new_token('Operator::"ana"')
    line = public_line(generate_key(), "new")
    rotated = team.workspace.key_care.rotate(team.print("ana"), line, proposer='Operator::"bo"')
    pass_roster(team, rotated, ("ana", "bo", "sam", "sue"))
    assert team.print("ana") not in {key.fingerprint for key in team.workspace.key_care.roster_keys()}
    assert credentials.proven(anas)[1].vouches
    pass_roster(team, proposal(team), ("bo", "cy", "sam", "sue"))
    refused("token_of_nobody", lambda: credentials.proven(token))
