"""The care of roster keys: suspend and revoke at once, lift, and propose the roster that follows from it.

A held key is refused wherever a person signs (votes, overlays, cases): :func:`refuse_held`. What was witnessed before
stands. The statements are in ``governance.key_statements``; every one is in the ledger, with its signatures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection

from workbench.governance.artifact import validated
from workbench.governance.key_statements import (
    Act,
    KeyStatement,
    Seal,
    from_json,
    refuse_unentitled,
    refuse_untimely,
    sealed,
    signers,
    to_json,
)
from workbench.governance.keys import demo_swarm, parse_public_line
from workbench.governance.reachability import unreachable
from workbench.governance.roster import RosterEntry, check_roster, owner_of, with_line, without_key, without_person
from workbench.service.agent import agent_keys
from workbench.service.checked import Checked
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import SignWith
from workbench.service.holding import HELD, STATES, said_of_keys
from workbench.service.keys import person_of, refuse_foreign_demo
from workbench.service.session import Session
from workbench.service.signers import open_signer_with
from workbench.service.views import KeyView
from workbench.store.key_holds import StoredHold, hold_of, holds, keep_hold
from workbench.store.ledger import append, read_head

if TYPE_CHECKING:
    from workbench.service.amending import Amending
    from workbench.service.cowitnessing import CoWitnessing


@dataclass(frozen=True, slots=True)
class HeldKey:
    """What was last said of a roster key. ``warnings``: what it now costs, in sentences."""

    fingerprint: str
    principal: str
    state: Literal["suspended", "revoked", "lifted"]
    since: datetime
    why: str
    signed_by: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def refuse_held(connection: Connection, fingerprint: str) -> None:
    """Raises :class:`WorkbenchError` (``key_suspended``, ``key_revoked``) for a key that is held."""
    hold = hold_of(connection, fingerprint)
    if hold is None or hold.state not in HELD:
        hold = said_of_keys(connection).get(fingerprint)  # a row that is gone lets nobody sign
    if hold is None or hold.state not in HELD:
        return
    detail = json.loads(hold.detail)
    raise WorkbenchError(
        f"the key is {hold.state}",
        f"{fingerprint} has been {hold.state} since {moment(hold.at):%Y-%m-%d %H:%M} UTC by {hold.placed_by}: "
        f"{detail.get('why') or 'no reason given'}",
        "sign with another key" if hold.state == "revoked" else "sign with another key, or have two signers lift it",
        f"key_{hold.state}",
    )


@dataclass(frozen=True, slots=True)
class RosterKey:
    """A key of the roster in force. ``state``: ``active``, ``suspended`` or ``revoked``."""

    principal: str
    role: str
    fingerprint: str
    comment: str
    hardware: bool
    state: str


class KeyCare:
    """The use cases of ``keys rotate | suspend | revoke``."""

    def __init__(self, session: Session, amending: Amending, witnessing: CoWitnessing) -> None:
        self._session = session
        self._amending = amending
        self.witness = witnessing.witness

    def roster_keys(self) -> tuple[RosterKey, ...]:
        """Every key of the roster in force, with whether it is held."""
        with self._session.read() as connection:
            roster = self._roster(connection)
            states = {row.fingerprint: row.state for row in holds(connection) if row.state in HELD}
        found = []
        for entry in roster:
            for line in entry.keys:
                key, comment = parse_public_line(line)
                state = states.get(key.fingerprint, "active")
                found.append(RosterKey(entry.principal, entry.role, key.fingerprint, comment, key.hardware, state))
        return tuple(found)

    def agent_keys(self) -> tuple[KeyView, ...]:
        """The keys that ssh-agent offers, those that the roster knows first; ``path`` is empty.

        Raises :class:`WorkbenchError` (``no_agent``, ``agent_answer``, ``agent_refused``).
        """
        with self._session.read() as connection:
            roster = self._roster(connection)
        views = []
        for offered in agent_keys():
            entry = person_of(offered.public, roster)
            views.append(
                KeyView(
                    path="",
                    fingerprint=offered.public.fingerprint,
                    principal=entry.principal if entry else "",
                    role=entry.role if entry else "",
                    demo=demo_swarm(offered.comment) is not None,
                    encrypted=False,
                )
            )
        return tuple(sorted(views, key=lambda view: not view.principal))

    def held(self) -> tuple[HeldKey, ...]:
        """What was last said of each key of which anything ever was, oldest first."""
        with self._session.read() as connection:
            return tuple(_view(row) for row in holds(connection))

    def sign(
        self, act: Act, fingerprint: str, *, why: str, using: Sequence[SignWith], envelope: str = ""
    ) -> tuple[str, tuple[str, ...]]:
        """The statement with one signature more for each of ``using``, to be handed on; and who has signed it so far.

        ``envelope``: the statement as others signed it, which must say the same. Nothing is recorded. Raises
        :class:`WorkbenchError`.
        """
        with self._session.read() as connection:
            statement, seals, law = self._statement(connection, act, fingerprint, why, envelope)
            seals = (*seals, *self._seals(statement, using, law))
            with governed(f"the key cannot be {STATES[act]}"):
                people = signers(statement, seals, law.version.content.roster)
        return to_json(statement, seals), tuple(person.principal for person in people)

    def act(
        self, act: Act, fingerprint: str, *, why: str = "", using: Sequence[SignWith] = (), envelope: str = ""
    ) -> HeldKey:
        """Suspend, revoke or lift, from this moment on. ``using``: who signs here; ``envelope``: who signed elsewhere.

        Raises :class:`WorkbenchError`: ``unknown_key``, ``not_entitled``, ``two_needed``, ``would_block``, ``own_key``,
        ``stale_statement``, ``old_statement``, ``future_statement``, ``key_suspended`` or ``key_revoked`` (a signer's
        own key is held, or this one is so already), ``not_held`` …
        """
        text, _ = self.sign(act, fingerprint, why=why, using=using, envelope=envelope)
        title = f"the key was not {STATES[act]}"
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            self._session.settle(connection, head, now)
            statement, seals, law = self._statement(connection, act, fingerprint, why, text)
            roster = law.version.content.roster
            for seal in seals:
                refuse_held(connection, seal.signed_by)
            _refuse_senseless(connection, statement)
            blocked, fresh = self._blocked(connection, law, fingerprint) if act != "lift" else ((), False)
            with governed(title):
                refuse_untimely(statement, moment(now))
                owner = owner_of(fingerprint, roster)
                people = signers(statement, seals, roster)
                refuse_unentitled(statement, seals, people, owner, blocks=bool(blocked) if act == "revoke" else fresh)
            names = [person.principal for person in people]
            detail = {
                "why": statement.why,
                "principal": owner.principal,
                "signed_by": names,
                "statement": statement.digest,
            }
            body = {"event": STATES[act], "id": fingerprint, **detail, "envelope": text}
            receipt = append(connection, head, kind="key", at=now, body=body)
            hold = StoredHold(fingerprint, STATES[act], ", ".join(names), receipt.at, json.dumps(detail))
            keep_hold(connection, hold)
        warnings = tuple(f"nobody can approve a {cls} amendment any more: it takes {words}" for cls, words in blocked)
        return _view(hold, warnings)

    def rotate(self, fingerprint: str, line: str, *, proposer: str, summary: str = "") -> str:
        """Propose the roster with ``line`` in the place of a key: a sensitive amendment; the proposal's digest.

        Raises :class:`WorkbenchError`: ``unknown_key``, ``shared_key``, ``demo_key``, ``unsupported_key`` …, and what
        proposing says.
        """
        with governed("the key cannot be rotated"):
            new, comment = parse_public_line(line)
            refuse_foreign_demo("the new key", comment, self._session.swarm_id)
            with self._session.read() as connection:
                roster = self._roster(connection)
            owner = owner_of(fingerprint, roster)
            if not owner.votes:
                raise WorkbenchError(
                    "the key cannot be rotated",
                    "it is a ledger key, and nothing could be witnessed between the two",
                    "first add the new one to its roster entry (`workbench propose --roster FILE`), then take this out",
                    "ledger_key",
                )
            changed = with_line(roster, fingerprint, line)
            check_roster(changed, self._session.swarm_id)
        said = summary or f"rotate a key of {owner.principal}: {fingerprint} becomes {new.fingerprint}"
        return self._amending.propose_roster(changed, said, proposer)

    def propose_removal(self, fingerprint: str, *, proposer: str, person: bool = False, summary: str = "") -> str:
        """Propose the roster without a key, or (``person``) without everything of its person; the proposal's digest.

        Raises :class:`WorkbenchError`: ``unknown_key``, ``last_key``, ``ledger_key``, and what proposing says.
        """
        with governed("the key cannot be taken out"):
            with self._session.read() as connection:
                roster = self._roster(connection)
            owner = owner_of(fingerprint, roster)
            changed = without_person(roster, owner.principal) if person else without_key(roster, fingerprint)
        what = f"take {owner.principal} out" if person else f"take out a key of {owner.principal}: {fingerprint}"
        return self._amending.propose_roster(changed, summary or what, proposer)

    def _roster(self, connection: Connection) -> tuple[RosterEntry, ...]:
        return self._session.laws.checked(connection, read_head(connection).active_digest).version.content.roster

    def _statement(
        self, connection: Connection, act: Act, fingerprint: str, why: str, envelope: str
    ) -> tuple[KeyStatement, tuple[Seal, ...], Checked]:
        """The statement as it must be now, or the one in ``envelope``, which must be that."""
        head = read_head(connection)
        law = self._session.laws.checked(connection, head.active_digest)
        before = hold_of(connection, fingerprint)
        title = f"the key cannot be {STATES[act]}"
        with governed(title):
            owner = owner_of(fingerprint, law.version.content.roster)
            wanted = validated(
                KeyStatement,
                {
                    "act": act,
                    "swarm_id": self._session.swarm_id,
                    "key": fingerprint,
                    "why": why,
                    "at": moment(self._session.now(head)),
                    "constitution": head.active_digest,
                    "previous": json.loads(before.detail)["statement"] if before else "",
                },
            )
            found, seals = from_json(envelope) if envelope else (wanted, ())
        if not owner.votes:
            help = "propose a roster with another: `workbench keys rotate`"
            raise WorkbenchError(title, f"{fingerprint} is a ledger key, which signs no votes", help, "ledger_key")
        if found.swarm_id != wanted.swarm_id:
            raise WorkbenchError(title, f"it is for the swarm `{found.swarm_id}`", "sign it anew here", "wrong_swarm")
        if (found.act, found.key) != (act, fingerprint) or why not in ("", found.why):
            what = f"the file says: {found.act} {found.key}, because `{found.why}`"
            raise WorkbenchError(title, what, "say the same, or leave the file out", "other_statement")
        if (found.constitution, found.previous) != (wanted.constitution, wanted.previous):
            raise WorkbenchError(
                title,
                "since it was signed, another version came into force or something else was said of this key",
                "sign it anew",
                "stale_statement",
            )
        return found, seals, law

    def _seals(self, statement: KeyStatement, using: Sequence[SignWith], law: Checked) -> tuple[Seal, ...]:
        opened = [open_signer_with(how, law.version.content.roster, self._session.swarm_id) for how in using]
        with governed("the statement was not signed"):
            return tuple(sealed(signer.key, statement) for signer in opened)

    @staticmethod
    def _blocked(connection: Connection, law: Checked, fingerprint: str) -> tuple[tuple[tuple[str, str], ...], bool]:
        """The classes that have no quorum once this key is held too, each with what it takes; whether one had until
        now."""
        held = {row.fingerprint for row in holds(connection) if row.state in HELD}

        def missing(out: set[str]) -> dict[str, str]:
            able = [e for e in law.version.content.roster if not out >= {key.fingerprint for key in e.public_keys}]
            content = law.version.content.model_copy(update={"roster": tuple(able)})
            return dict(unreachable(law.version.model_copy(update={"content": content}), law.program))

        after = missing(held | {fingerprint})
        return tuple(after.items()), bool(after.keys() - missing(held).keys())


def _refuse_senseless(connection: Connection, statement: KeyStatement) -> None:
    """Nothing is held twice, a revoked key stays so, and only what is suspended can be lifted."""
    hold = hold_of(connection, statement.key)
    state = hold.state if hold is not None else ""
    if statement.act == "lift" and state != "suspended":
        if state == "revoked":
            refuse_held(connection, statement.key)
        raise WorkbenchError("nothing to lift", f"{statement.key} is not suspended", "", "not_held")
    if state == "revoked" or (statement.act == "suspend" and state == "suspended"):
        refuse_held(connection, statement.key)


def _view(row: StoredHold, warnings: tuple[str, ...] = ()) -> HeldKey:
    detail = json.loads(row.detail)
    state: Literal["suspended", "revoked", "lifted"]
    match row.state:
        case "suspended" | "revoked":
            state = row.state
        case _:
            state = "lifted"
    return HeldKey(
        fingerprint=row.fingerprint,
        principal=str(detail.get("principal", "")),
        state=state,
        since=moment(row.at),
        why=str(detail.get("why", "")),
        signed_by=tuple(detail.get("signed_by", ())),
        warnings=warnings,
    )
