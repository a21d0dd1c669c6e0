"""A signer's word: for a clock that jumped, for a database that was set back; and what is no such word."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, FACTS, Ask, ticket
from tests.service.test_clock import approve_major, frozen
from workbench.engine.request import Request
from workbench.governance.acknowledgement import Acknowledgement, verify_acknowledgement
from workbench.governance.errors import VoteError
from workbench.governance.keys import generate_key, public_line
from workbench.governance.roster import RosterEntry
from workbench.service.clock import FrozenClock, moment
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

PASSPHRASE = "demo-only"


def using(workspace: Workspace, name: str) -> SignWith:
    return SignWith(str(workspace.location / "keys" / f"demo-{name}"), PASSPHRASE)


class Refused:
    """Expects a refusal with this code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        assert isinstance(error, WorkbenchError), "nothing was refused"
        assert error.code == self.code, error
        return True


def test_an_operator_accepts_the_time_and_the_timelock_is_over(workspace: Workspace, clock: FrozenClock) -> None:
    digest = approve_major(workspace)
    clock.jump(3600)
    workspace.tick()
    (waiting,) = workspace.acknowledging.pending()
    assert (waiting.what, waiting.facts["ahead_seconds"]) == ("clock", 3600)
    with Refused("not_operator"):
        workspace.acknowledging.acknowledge("clock", why="sam says so", using=using(workspace, "sam"))
    assert frozen(workspace) is not None
    workspace.acknowledging.acknowledge("clock", why="the time server was right", using=using(workspace, "ana"))
    assert workspace.acknowledging.pending() == ()
    workspace.tick()
    assert workspace.version().digest == digest
    assert workspace.verify().ok


def test_another_process_believes_the_accepted_time(place: Path) -> None:
    """Its own clocks show the same jump; the mark of the boot tells it that an operator knows."""
    clock = FrozenClock(boot="b")
    with Workspace.open(place, clock=clock) as one, Workspace.open(place, clock=clock) as two:
        clock.jump(3600)
        one.tick()
        one.acknowledging.acknowledge("clock", why="right", using=using(one, "ana"))
        two.tick()
        assert frozen(two) is None
        clock.jump(3600)
        two.tick()
        assert frozen(one) is not None, "the next jump is a jump again"


def test_nothing_waits_and_no_reason(workspace: Workspace, clock: FrozenClock) -> None:
    with Refused("nothing_pending"):
        workspace.acknowledging.acknowledge("clock", why="to be safe", using=using(workspace, "ana"))
    clock.jump(3600)
    workspace.tick()
    with Refused("why_missing"):
        workspace.acknowledging.acknowledge("clock", why="  ", using=using(workspace, "ana"))


def set_back(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    """The database as it was before the last minutes, beside checkpoints that know them."""
    database = workspace.location / "workspace.db"
    with workspace._session.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(database, workspace.location / "old.db")
    for _ in range(5):
        ask()
        clock.advance(61)
        workspace.tick()
    workspace.close()
    for end in ("-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
    shutil.move(workspace.location / "old.db", database)


def test_after_a_restore_everything_is_denied_until_a_signer_knows(
    place: Path, workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    set_back(workspace, ask, clock)
    with Workspace.open(place, clock=clock) as again:
        (waiting,) = again.acknowledging.pending()
        assert waiting.what == "restored"
        assert int(waiting.facts["missing"]) >= 5

        def asked() -> tuple[str, str]:
            request = Request.from_json(
                {
                    "principal": 'Agent::"nora"',
                    "action": 'Action::"share_external"',
                    "resource": 'Ticket::"T-1"',
                    "context": CONTEXT,
                }
            )
            recorded = again.decide(request, credential=Credential('Agent::"nora"'), entities=[ticket()], facts=FACTS)
            return recorded.decision.outcome, recorded.decision.code

        assert asked() == ("deny", "sealed")
        again.acknowledging.acknowledge("restored", why="the disk died at noon", using=using(again, "sam"))
        assert asked() == ("allow", "allowed")
        assert again.acknowledging.pending() == ()
        again.tick()
        assert again.status().sealed == ""
    with Workspace.open(place, clock=clock) as later:
        assert later.acknowledging.pending() == (), "the mirror was not set aside"


# ---- the statement ---------------------------------------------------------------------------------------------------

KEY, OTHER = generate_key(), generate_key()
ROSTER = [
    RosterEntry(principal='Operator::"ana"', role="operator", keys=(public_line(KEY),)),
    RosterEntry(principal='Operator::"sam"', role="supervisor", keys=(public_line(OTHER),)),
    RosterEntry(principal='Ledger::"w"', role="ledger", keys=(public_line(generate_key()),)),
]


def said(**changed: Any) -> Acknowledgement:
    plain: dict[str, Any] = {
        "what": "clock",
        "swarm_id": "swarm-a",
        "facts": {"ahead_seconds": 7},
        "head": "ab" * 32,
        "principal": 'Operator::"ana"',
        "role": "operator",
        "signed_at": moment(0),
        "why": "known",
    }
    return Acknowledgement(**{**plain, **changed})


def test_a_good_word_holds() -> None:
    word = said().signed(KEY)
    verify_acknowledgement(word.statement(), word.signature, swarm_id="swarm-a", head="ab" * 32, roster=ROSTER)


@pytest.mark.parametrize(
    ("word", "key", "code"),
    [
        (said(swarm_id="swarm-b"), KEY, "wrong_swarm"),
        (said(head="cd" * 32), KEY, "other_moment"),
        (said(principal='Operator::"eve"'), KEY, "no_signer"),
        (said(principal='Ledger::"w"', role="ledger"), KEY, "no_signer"),
        (said(role="supervisor"), KEY, "no_signer"),
        (said(principal='Operator::"sam"', role="supervisor"), OTHER, "not_operator"),
        (said(), OTHER, "bad_signature"),
    ],
)
def test_what_is_no_word_says_why(word: Acknowledgement, key: Any, code: str) -> None:
    made = word.signed(key)
    with pytest.raises(VoteError) as refused_:
        verify_acknowledgement(made.statement(), made.signature, swarm_id="swarm-a", head="ab" * 32, roster=ROSTER)
    assert refused_.value.code == code


def test_every_word_of_the_statement_is_signed() -> None:
    word = said().signed(KEY)
    for name in word.statement():
        changed = json.loads(json.dumps(word.statement()))
        changed[name] = {"ahead_seconds": 8} if name == "facts" else "clock!" if name == "what" else changed[name] + "x"
        with pytest.raises(VoteError):
            verify_acknowledgement(changed, word.signature, swarm_id="swarm-a", head="ab" * 32, roster=ROSTER)
