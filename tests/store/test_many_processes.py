"""Ten processes on one workspace, on both databases: one activation, no lost vote, no gap, nothing forked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.store.citizens import all_at_once, citizens
from workbench.governance.keys import generate_key, public_line, serialize_private
from workbench.service.clock import FrozenClock
from workbench.service.views import SignerSpec
from workbench.service.workspace import Workspace
from workbench.store.ledger import StoredEntry, entries

pytestmark = pytest.mark.slow
MANY = 10
RULE = """
@id("no-email-outside")
@english("Agents must never share customer email addresses with external services.")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""


@pytest.fixture
def assembly(nowhere: Callable[[], Path | URL], config: Path, tmp_path: Path) -> Path:
    """A team's workspace with ten signers, whose keys are in ``keys/p0`` to ``keys/p9`` without a passphrase."""
    people, keys = [], []
    for n in range(MANY):
        key, path = generate_key(), tmp_path / f"p{n}"
        path.write_bytes(serialize_private(key, None))
        path.chmod(0o600)
        role = "supervisor" if n % 2 else "operator"
        people.append(SignerSpec(f'Operator::"p{n}"', role, public_line(key, "")))
        keys.append((path, ""))
    where = nowhere()
    url = "" if isinstance(where, Path) else where.render_as_string(hide_password=False)
    place = tmp_path / "assembly"
    Workspace.create(place, profile="team", signer_keys=people, keys=keys, clock=FrozenClock(), database=url).close()
    return place


def ledger(workspace: Workspace) -> list[StoredEntry]:
    with workspace._session.read() as connection:
        return list(entries(connection))


def proposed(place: Path) -> str:
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, revision=draft.revision)
        return workspace.propose("no addresses outside", proposer='Operator::"p0"').version.digest


@pytest.mark.timeout(300)
def test_ten_vote_and_tick_at_once(assembly: Path, tmp_path: Path) -> None:
    digest = proposed(assembly)
    with citizens(assembly, MANY) as people:
        one_key = all_at_once(people, do="vote", digest=digest, key=str(tmp_path / "p0"))
        for n, each in enumerate(people[1:], 1):
            each.tell(do="vote", digest=digest, key=str(tmp_path / f"p{n}"))
        own_keys = [each.hear_all() for each in people[1:]]
        announced = all_at_once(people, do="tick", times=20, advance=25 * 3600.0)
        late = all_at_once(people[:1], do="vote", digest=digest, key=str(tmp_path / "p0"))
    assert sorted(answer[0]["code"] if answer else "" for answer in one_key) == ["", *["already_voted"] * (MANY - 1)]
    assert own_keys == [[]] * (MANY - 1)  # no vote was refused
    assert announced == [["1.1.0"]] * MANY  # everyone hears of it, once, whoever did it
    assert [answer["code"] for answer in late[0]] == ["not_open"]
    later = FrozenClock()
    later.advance(25 * 3600)
    with Workspace.open(assembly, clock=later) as workspace:
        assert [version.version for version in workspace.versions()] == ["1.0.0", "1.1.0"]
        everyone = sorted(f'Operator::"p{n}"' for n in range(MANY))
        assert sorted(signer.principal for signer in workspace.version().signers) == everyone
        recorded = ledger(workspace)
        bodies = [json.loads(entry.body)["body"] for entry in recorded if entry.kind in ("vote", "activation")]
        assert sorted(body["principal"] for body in bodies if body.get("proposal") == digest) == everyone
        assert [body["version"] for body in bodies if "previous_head" in body] == ["1.0.0", "1.1.0"]
        assert [entry.seq for entry in recorded] == list(range(1, len(recorded) + 1))
        assert workspace.verify().ok


@pytest.mark.timeout(300)
def test_ten_decide_at_once_while_others_activate(place: Path) -> None:
    """Every receipt is kept, without a gap; the version changes in between, and each receipt names its own."""
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        draft = workspace.draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, revision=draft.revision)
        digest = workspace.propose("no addresses outside", proposer='Operator::"ana"').version.digest
        for name in ("ana", "sam"):
            key = place / "keys" / f"demo-{name}"
            workspace.vote(digest, key_path=key, passphrase=workspace.demo_passphrase())
    with citizens(place, MANY) as people:
        answers = all_at_once(people, do="decide", times=30)
        for n, each in enumerate(people):
            if n % 5 == 4:
                each.tell(do="tick", times=3, advance=11.0)
            else:
                each.tell(do="decide", times=20)
        answers += [each.hear_all() for n, each in enumerate(people) if n % 5 != 4]
    told = {seq: receipt for answer in answers for seq, receipt in answer}
    assert len(told) == MANY * 30 + 8 * 20  # every call was answered, and no number given twice
    later = FrozenClock()
    later.advance(11)
    with Workspace.open(place, clock=later) as workspace:
        recorded = ledger(workspace)
        stored = {entry.seq: entry.hash for entry in recorded}
        assert list(stored) == list(range(1, len(stored) + 1))
        assert {seq: stored[seq] for seq in told} == told
        assert sorted(told) == workspace.event_ids().tolist()
        assert sum(workspace.status().outcomes.values()) == len(told)
        assert [entry.kind for entry in recorded].count("activation") == 2  # the first version's, and this one's
        turn = max(entry.seq for entry in recorded if entry.kind == "activation")
        for entry in recorded:
            if entry.kind == "decision":
                assert (entry.seq > turn) == (json.loads(entry.body)["body"]["constitution"] == digest)
        assert workspace.verify().ok
