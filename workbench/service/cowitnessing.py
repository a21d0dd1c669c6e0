"""Rosters that demand several ledger keys: what waits for the other keys' word, and giving it.

The workspace's own ledger key witnesses at once. The holder of a further key runs a process of his own, with his own
key file and his own clock, against the same workspace: it says of each vote when *it* saw it, and signs the activations
whose time has come by that clock alone, never by the ledger's last entry, which the first holder writes. The latest
time of a vote counts (``governance.witnesses``), so neither can shorten a timelock alone, as long as neither can read
the other's file: on a server's database the second holder's folder needs no ``ledger.key``. Either can hold governance
up, which shows as overdue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from workbench.governance.activation import activate, further_signature, votes_digest
from workbench.governance.artifact import Activation, ConstitutionVersion, Signature
from workbench.governance.classes import check_class
from workbench.governance.errors import ChainError
from workbench.governance.keys import SigningKey
from workbench.governance.votes import vote_digest
from workbench.governance.witnesses import cowitnessed, ledger_entries, ledger_keys, words_of
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError, governed
from workbench.service.keys import open_file
from workbench.service.session import Session
from workbench.service.weighing import OPEN, Weighed, Weighing
from workbench.store import versions as store
from workbench.store.directory import set_setting, setting
from workbench.store.ledger import LedgerHead, append, read_head

_PENDING = "half_activated:{}"  # setting: the activation statement of a proposal that lacks a signature


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a further ledger key has just done: how many votes it witnessed, which versions it signed into force."""

    votes: int
    versions: tuple[str, ...]


def activation_of(
    session: Session, connection: Connection, head: LedgerHead, now: int, item: Weighed
) -> ConstitutionVersion:
    """The proposal with its activation statement; where several ledger keys must sign it, as signed so far.

    A statement that waits is kept while the votes stay as they were. Raises :class:`WorkbenchError`, and ``ChainError``
    (``wrong_class``): the row may be of whoever writes to the database, and no ledger key signs for what it claims.
    """
    _check_class(item)

    def anew() -> ConstitutionVersion:
        return activate(
            item.signed,
            ledger_key=session.ledger_key(),
            effective_at=moment(now),
            ledger_size=head.size,
            ledger_root=head.root(),
        )

    if len(ledger_entries(item.parent.version.content.roster)) < 2:
        return anew()
    waiting = _pending(connection, item)
    if waiting is not None:
        return item.signed.with_activation(waiting)
    made = anew()
    assert made.activation is not None
    _keep(connection, item, made.activation)
    return made


class CoWitnessing:
    """The use case of ``witness``: a further ledger key gives its word."""

    def __init__(self, session: Session, weighing: Weighing, publish: Callable[[], None]) -> None:
        self._session = session
        self._weighing = weighing
        self._publish = publish

    def witness(self, path: Path, passphrase: str = "") -> Witnessed:
        """Witness every vote that lacks this key's word, at this process's time, and sign what may come into force.

        Raises :class:`WorkbenchError`: ``not_a_ledger_key`` (no roster that judges an open proposal has it as one),
        ``own_ledger_key`` (it is the workspace's own), and what opening the key says.
        """
        key, _ = open_file(path, passphrase)
        if self._is_own(key):
            raise WorkbenchError(
                "not a further key", "this is the workspace's own ledger key", "name the other one", "own_ledger_key"
            )
        with self._session.write() as connection, governed("the vote cannot be witnessed"):
            head = read_head(connection)
            now = self._session.now(head)
            self._refuse_stranger(connection, head, key)
            votes = sum(self._votes(connection, head, now, item, key) for item in self._open(connection, key))
            self._session.settle(connection, head, now)
            signed = [item for item in self._open(connection, key) if self._sign(connection, head, now, item, key)]
            self._session.settle(connection, head, now)
            states = {row.digest: row.state for row in store.proposal_list(connection)}
        self._publish()
        return Witnessed(
            votes,
            tuple(
                item.checked.version.constitution_version
                for item in signed
                if states.get(item.row.digest) in ("active", "superseded")
            ),
        )

    def _is_own(self, key: SigningKey) -> bool:
        """Whether it is the key that witnesses anyway; this process need not be able to read that one."""
        try:
            return key.public == self._session.ledger_key().public
        except WorkbenchError as error:
            if error.code != "no_ledger_key":
                raise
            return False

    def _open(self, connection: Connection, key: SigningKey) -> list[Weighed]:
        """The open proposals whose judge demands this key."""
        found = [self._weighing.weighed(connection, row) for row in store.proposal_list(connection, OPEN)]
        return [item for item in found if key.public in ledger_keys(item.parent.version.content.roster)]

    def _refuse_stranger(self, connection: Connection, head: LedgerHead, key: SigningKey) -> None:
        active = self._session.laws.checked(connection, head.active_digest).version
        if key.public not in ledger_keys(active.content.roster) and not self._open(connection, key):
            raise WorkbenchError(
                "not a ledger key",
                f"{key.public.fingerprint} does not stand as `ledger` in the roster in force",
                "propose a roster that has it: `workbench propose --roster FILE`",
                "not_a_ledger_key",
            )

    def _votes(self, connection: Connection, head: LedgerHead, now: int, item: Weighed, key: SigningKey) -> int:
        """Witness the votes of one proposal; how many."""
        done = 0
        roster = item.parent.version.content.roster
        for row in store.vote_list(connection, item.row.digest):
            signature = Signature.model_validate_json(row.vote)
            own = vote_digest(signature, digest=item.row.digest, swarm_id=self._session.swarm_id)
            if words_of(key.public, signature, own, swarm_id=self._session.swarm_id, roster=roster):
                continue
            more = cowitnessed(key, signature, own, swarm_id=self._session.swarm_id, received_at=self._own_time())
            store.replace_vote(connection, row, more.model_dump_json())
            self._note(connection, head, now, key, {"event": "witnessed", "proposal": item.row.digest, "vote": own})
            done += 1
        return done

    def _sign(self, connection: Connection, head: LedgerHead, now: int, item: Weighed, key: SigningKey) -> bool:
        """Sign the activation that waits, if its time has come by this process's own clock; whether it was signed."""
        waiting = _pending(connection, item)
        due = item.assessment.due_at
        if waiting is None or due is None or not due <= waiting.effective_at <= self._own_time():
            return False
        if key.public.fingerprint in (other.signed_by for other in waiting.also):
            return False
        try:
            _check_class(item)
        except ChainError:
            return False  # nor does it keep this key's word from anything else
        more = further_signature(key, item.signed.with_activation(waiting))
        _keep(connection, item, waiting.model_copy(update={"also": (*waiting.also, more)}))
        self._note(connection, head, now, key, {"event": "activation_signed", "proposal": item.row.digest})
        return True

    def _own_time(self) -> datetime:
        return self._session.clock.now()

    def _note(self, connection: Connection, head: LedgerHead, now: int, key: SigningKey, body: dict[str, str]) -> None:
        append(connection, head, kind="key", at=now, body={**body, "id": key.public.fingerprint})


def _check_class(item: Weighed) -> None:
    parent = item.parent
    check_class(parent.version, item.checked.version, parent.program, item.checked.program)


def _pending(connection: Connection, item: Weighed) -> Activation | None:
    """The statement that waits for a signature, while it is still about these very votes."""
    text = setting(connection, _PENDING.format(item.row.digest))
    found = Activation.model_validate_json(text) if text else None
    return found if found is not None and found.votes == votes_digest(item.signed) else None


def _keep(connection: Connection, item: Weighed, activation: Activation) -> None:
    set_setting(connection, _PENDING.format(item.row.digest), activation.model_dump_json())
