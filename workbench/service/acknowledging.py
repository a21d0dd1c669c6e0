"""Acknowledging: a signer's word that a jump of the clock, or a restore, is known and accepted.

Two things stop a workspace until somebody looks: a wall clock that ran ahead (timelocks stand still), and a database
older than its own checkpoints (every decision is denied). Neither is made well by a program; a person signs for it, and
the ledger keeps the word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from workbench.governance.acknowledgement import Acknowledgement, What, verify_acknowledgement
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import SignWith
from workbench.service.key_care import refuse_held
from workbench.service.mirror import Mirror
from workbench.service.session import Session
from workbench.service.signers import open_signer_with
from workbench.store.ledger import LedgerHead, append, read_head, save_state


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that waits for a signer's word: in words, and in the figures that are signed."""

    what: What
    words: str
    facts: Mapping[str, int | str]


class Acknowledging:
    """The use case ``workbench acknowledge``."""

    def __init__(self, session: Session, mirror: Mirror) -> None:
        self._session = session
        self._mirror = mirror

    def pending(self) -> tuple[Pending, ...]:
        """What waits; nothing where all is well."""
        with self._session.read() as connection:
            return tuple(self._pending(read_head(connection)))

    def _pending(self, head: LedgerHead) -> list[Pending]:
        found: list[Pending] = []
        if head.frozen_at is not None:
            since = moment(head.frozen_at)
            ahead = self._session.time.ahead()
            words = (
                f"the clock ran {ahead:,} seconds ahead; timelocks stand still since {since:%Y-%m-%d %H:%M:%S} UTC: "
                "set the clock right, or accept its time"
            )
            found.append(Pending("clock", words, {"frozen_at": head.frozen_at // 1000, "ahead_seconds": ahead}))
        if head.sealed:
            gap = self._mirror.gap()
            words = gap.reason if gap is not None else "the database is older than its own records"
            facts: dict[str, int | str] = {"why": head.sealed, "missing": gap.missing if gap is not None else 0}
            found.append(Pending("restored", f"{words}: every decision is denied until then", facts))
        return found

    def acknowledge(self, what: What, *, why: str, using: SignWith) -> None:
        """Sign for ``what`` and let things go on. ``why`` is kept in the ledger.

        Raises :class:`WorkbenchError`: ``nothing_pending``, ``why_missing``, ``not_operator`` (only an operator accepts
        a time), and those of keys.
        """
        if not why.strip():
            raise WorkbenchError("why?", "an acknowledgement says why", "give a reason with `--why`", "why_missing")
        with self._session.read() as connection:
            roster = self._session.laws.checked(connection, read_head(connection).active_digest).version.content.roster
        signer = open_signer_with(using, roster, self._session.swarm_id)
        with self._session.write() as connection:
            head = read_head(connection)
            pending = next((item for item in self._pending(head) if item.what == what), None)
            if pending is None:
                raise WorkbenchError("nothing to acknowledge", f"no `{what}` waits for it", "", "nothing_pending")
            now = self._session.now(head)
            roster = self._session.laws.checked(connection, head.active_digest).version.content.roster
            refuse_held(connection, signer.key.public.fingerprint)
            with governed("it cannot be acknowledged"):
                said = Acknowledgement(
                    what,
                    self._session.swarm_id,
                    pending.facts,
                    head.hash,
                    signer.principal,
                    signer.role,
                    moment(now),
                    why.strip(),
                ).signed(signer.key)
                statement = said.statement()
                verify_acknowledgement(
                    statement, said.signature, swarm_id=self._session.swarm_id, head=head.hash, roster=roster
                )
            aside = list(self._mirror.settle_gap()) if what == "restored" else []
            body = {
                "event": what,
                "id": what,
                "by": signer.principal,
                "key": signer.key.public.fingerprint,
                "why": said.why,
                "aside": aside,
                "statement": statement,
                "signature": said.signature,
            }
            append(connection, head, kind="acknowledged", at=now, body=body)
            self._go_on(connection, head, what)

    def _go_on(self, connection: Connection, head: LedgerHead, what: What) -> None:
        if what == "clock":
            self._session.time.accept(connection, head)
        else:
            head.sealed = ""
            save_state(connection, head)
        self._session.settle(connection, head, self._session.now(head))
