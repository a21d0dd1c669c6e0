"""A workspace whose roster demands two ledger keys: the second holder runs a process of his own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from workbench.governance.activation import activate
from workbench.governance.artifact import dump_yaml
from workbench.governance.genesis import build_amendment
from workbench.governance.keys import SigningKey, generate_key, public_line, serialize_private
from workbench.governance.roster import RosterEntry
from workbench.service.clock import FrozenClock, micros
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.views import SignerSpec
from workbench.service.weighing import content_digest, row_detail
from workbench.service.workspace import Workspace
from workbench.store import versions as store
from workbench.store.directory import set_setting, setting

PEOPLE = {"ana": "operator", "bo": "operator", "sam": "supervisor", "sue": "supervisor"}
HOURS = 3_600


@dataclass
class Two:
    """Two processes on one workspace, each with its own clock; ``vault`` is the second holder's key file."""

    first: Workspace
    second: Workspace
    clock: FrozenClock
    other_clock: FrozenClock
    folder: Path

    def pass_(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.other_clock.advance(seconds)

    def vote(self, digest: str, *names: str) -> Any:
        return [self.first.vote(digest, using=SignWith(str(self.folder / name))) for name in names][-1]

    def witness(self) -> Any:
        return self.second.key_care.witness(self.folder / "vault")

    def removal(self) -> str:
        """A proposal: a comment of Ana's key line changes; sensitive."""
        key = next(key for key in self.first.key_care.roster_keys() if key.comment.startswith("ana"))
        line = public_line(generate_key(), "ana next")
        return self.first.key_care.rotate(key.fingerprint, line, proposer='Operator::"bo"')

    def state(self, digest: str) -> str:
        return self.first.proposal(digest).state


@pytest.fixture(scope="session")
def made(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A team whose second version demands a second ledger key; it came into force under the first alone."""
    folder = tmp_path_factory.mktemp("two")
    keys = {name: generate_key() for name in (*PEOPLE, "vault")}
    for name, key in keys.items():
        (folder / name).write_bytes(serialize_private(key, None))
    specs = [SignerSpec(f'Operator::"{n}"', role, public_line(keys[n], n)) for n, role in PEOPLE.items()]
    files = [(folder / name, "") for name in PEOPLE]
    clock = FrozenClock()
    with Workspace.create(
        folder / "ws", profile="team", signer_keys=specs, keys=files, swarm_id="swarm-two", clock=clock
    ) as workspace:
        with workspace._session.read() as connection:
            digest = workspace.version().digest
            roster = workspace._session.laws.checked(connection, digest).version.content.roster
        vault = RosterEntry(principal='Ledger::"vault"', role="ledger", keys=(public_line(keys["vault"], "vault"),))
        proposal = workspace._amending.propose_roster((*roster, vault), "a second ledger key", 'Operator::"ana"')
        for name in PEOPLE:
            workspace.vote(proposal, using=SignWith(str(folder / name)))
        clock.advance(72 * HOURS)
        workspace.tick()
        assert workspace.proposal(proposal).state == "active"
    return folder


@pytest.fixture
def two(made: Path, tmp_path: Path) -> Iterator[Two]:
    shutil.copytree(made, tmp_path / "two")
    clock, other = FrozenClock(), FrozenClock()
    place = tmp_path / "two" / "ws"
    with Workspace.open(place, clock=clock) as first, Workspace.open(place, clock=other) as second:
        pair = Two(first, second, clock, other, tmp_path / "two")
        pair.pass_(100 * HOURS)
        yield pair


def refused(code: str, make: Any) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def test_both_keys_bring_a_version_into_force(two: Two) -> None:
    digest = two.removal()
    two.vote(digest, *PEOPLE)
    assert two.state(digest) == "proposed"  # no vote counts by the word of one
    assert two.witness().votes == 4
    assert two.state(digest) == "approved"
    assert two.witness() == two.witness()
    assert two.witness().votes == 0
    two.pass_(72 * HOURS)
    two.first.tick()
    assert two.state(digest) == "approved"  # due, and one signature short
    done = two.witness()
    assert done.versions == (two.first.proposal(digest).version.version,)
    assert two.state(digest) == "active"
    assert two.first.verify().ok, two.first.verify().message
    assert two.second.verify().ok


def test_the_second_holder_needs_no_access_to_the_first_key(two: Two) -> None:
    digest = two.removal()
    two.vote(digest, *PEOPLE)  # the first process has read its key
    hidden = two.folder / "ws" / "ledger.key"
    hidden.rename(two.folder / "elsewhere")
    assert two.witness().votes == 4
    two.pass_(72 * HOURS)
    assert two.witness().versions == ()  # only the first can begin
    two.first.tick()
    two.pass_(6)  # until what could not come into force is tried again
    two.first.tick()
    two.witness()
    assert two.state(digest) == "active"


def test_the_second_clock_starts_the_timelock(two: Two) -> None:
    digest = two.removal()
    two.vote(digest, *PEOPLE)
    two.pass_(10 * HOURS)
    two.witness()
    effective = two.first.proposal(digest).effective_at
    assert effective is not None
    assert effective == two.other_clock.now() + timedelta(hours=72)
    two.pass_(63 * HOURS)  # 73 hours after the first key's time
    two.first.tick()
    assert two.witness().versions == ()
    assert two.state(digest) == "approved"


def test_a_clock_put_forward_at_the_first_holder_moves_nothing(two: Two) -> None:
    """The first holder alone says that 72 hours have passed; the second's clock knows better."""
    digest = two.removal()
    two.vote(digest, *PEOPLE)
    two.witness()
    two.clock.advance(73 * HOURS)
    two.first.tick()
    two.first.load_entities(two.first.entities())  # any entry at all, by the first holder's clock
    assert two.first._session.head().last_at > micros(two.other_clock.now())  # the ledger says so too, by its first key
    assert two.witness().versions == ()
    assert two.state(digest) == "approved"
    two.other_clock.advance(73 * HOURS)
    assert two.witness().versions != ()


def test_a_reject_while_it_waits_makes_the_waiting_statement_void(two: Two) -> None:
    digest = two.removal()
    two.vote(digest, *PEOPLE)
    two.witness()
    two.pass_(73 * HOURS)
    two.first.tick()
    two.first.vote(digest, using=SignWith(str(two.folder / "sue")), verdict="reject")
    two.witness()
    two.pass_(1)
    two.first.tick()
    assert two.state(digest) != "active"


def test_a_vote_while_it_waits_begins_the_statement_anew(two: Two) -> None:
    """Not every seat's holder is needed: one more approval comes while the second signature is awaited."""
    draft = two.first.draft()
    forbid = (
        '\n@id("never")\nforbid (principal, action == Action::"share_external", resource)\n'
        'when { resource.tags.contains("never") };\n'
    )
    two.first.save_draft(cedar_plus=draft.cedar_plus + forbid, revision=draft.revision)
    digest = two.first.propose("never", proposer='Operator::"ana"').version.digest
    assert two.first.proposal(digest).version.amendment_class == "major"
    two.vote(digest, "ana", "sam")
    two.witness()
    two.pass_(24 * HOURS)
    two.first.tick()
    assert two.state(digest) == "approved"
    two.vote(digest, "bo")
    assert two.witness().versions == (two.first.proposal(digest).version.version,)
    assert two.state(digest) == "active"
    assert two.first.verify().ok


def test_a_statement_before_its_time_is_not_signed(two: Two) -> None:
    """The first holder writes one as if the timelock were over already."""
    digest = two.removal()
    two.vote(digest, *PEOPLE)
    two.witness()
    session = two.first._session
    with session.write() as connection:
        (row,) = store.proposal_list(connection, ("approved",))
        item = two.first._amending.weighed(connection, row)
        early = activate(
            item.signed,
            ledger_key=session.ledger_key(),
            effective_at=two.clock.now(),
            ledger_size=1,
            ledger_root="ab" * 32,
        ).activation
        assert early is not None
        set_setting(connection, f"half_activated:{digest}", early.model_dump_json())
    two.witness()
    with session.read() as connection:
        assert json.loads(setting(connection, f"half_activated:{digest}"))["also"] == []
    assert two.state(digest) == "approved"


def test_no_ledger_key_signs_a_version_of_an_untrue_class(two: Two) -> None:
    """A row in the database says that what no rule says is minor. Signed by both keys, nobody would see it any more:
    of English beside an unchanged rule the files alone believe what a compiler of another day might have said.
    """
    session, clock = two.first._session, two.clock
    with session.write() as connection:
        old = session.laws.checked(connection, two.first.version().digest).version
        said, lie = "Supervisors may delete tickets.", "Supervisors may never delete tickets."
        assert said in old.content.english_source
        names = ("english_source", "cedar_plus_source")
        content = old.content.model_copy(update={name: getattr(old.content, name).replace(said, lie) for name in names})
        made = build_amendment(
            old, content, cls="minor", proposed_by='Operator::"ana"', created_at=clock.now(), summary="x"
        )
        detail = row_detail(content_digest(content))
        number = made.constitution_version
        row = store.StoredProposal(made.digest, number, old.digest, "proposed", 1, None, detail, dump_yaml(made))
        store.add_proposal(connection, row)
    two.vote(made.digest, "ana")
    assert two.witness().votes == 1
    two.pass_(10)
    two.first.tick()
    assert (two.state(made.digest), "wrong_class" in two.first.proposal(made.digest).reason) == ("approved", True)
    place = f"half_activated:{made.digest}"
    with session.write() as connection:
        assert not setting(connection, place), "the first key has said nothing"
        (row,) = store.proposal_list(connection, ("approved",))
        item = two.first._amending.weighed(connection, row)
        begun = activate(
            item.signed, ledger_key=session.ledger_key(), effective_at=clock.now(), ledger_size=1, ledger_root="ab" * 32
        ).activation
        assert begun is not None
        set_setting(connection, place, begun.model_dump_json())
    two.pass_(10)
    assert two.witness().versions == ()
    with session.read() as connection:
        assert json.loads(setting(connection, place))["also"] == [], "nor does the second, where the first one lied"
    assert two.first.version().digest == old.digest


def test_only_a_further_ledger_key_can_give_its_word(two: Two) -> None:
    care = two.second.key_care
    refused("own_ledger_key", lambda: care.witness(two.folder / "ws" / "ledger.key"))
    refused("not_a_ledger_key", lambda: care.witness(two.folder / "ana"))
    refused("no_key_file", lambda: care.witness(two.folder / "nowhere"))
    stranger: SigningKey = generate_key()
    (two.folder / "stranger").write_bytes(serialize_private(stranger, None))
    refused("not_a_ledger_key", lambda: care.witness(two.folder / "stranger"))


def test_a_ledger_key_is_not_rotated_away(two: Two) -> None:
    care = two.first.key_care
    ledger = next(key.fingerprint for key in care.roster_keys() if key.role == "ledger")
    refused("ledger_key", lambda: care.rotate(ledger, public_line(generate_key()), proposer='Operator::"bo"'))
