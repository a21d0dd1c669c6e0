"""``audit redact``: erase what was asked in some decisions. The ledger keeps its salted digests, and still verifies.

A roster signer signs for it, the ledger says who and why. Erased are request, entities and answer, the resource that
the feed shows, and the same in the cases that the decisions opened; then the database file is written anew, so that
nothing of them stays in its free pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from workbench.governance.redaction import redaction, redaction_body
from workbench.service.audit_views import Redacted
from workbench.service.cases import Cases
from workbench.service.clock import moment
from workbench.service.databases import locate
from workbench.service.errors import WorkbenchError, governed, store_errors
from workbench.service.governing_views import SignWith
from workbench.service.key_care import refuse_held
from workbench.service.ledger_audit import ERASED
from workbench.service.session import Session
from workbench.service.signers import open_signer_with
from workbench.store import erasing
from workbench.store.ledger import append, read_head

_ELSEWHERE = "backups, exports and other copies made before still hold it"


class Redacting:
    """The use case ``audit redact``."""

    def __init__(self, session: Session, cases: Cases) -> None:
        self._session = session
        self._cases = cases

    def redact(self, events: Sequence[int], *, why: str, using: SignWith) -> Redacted:
        """Erase what these decisions asked. Those that are erased already only have the file overwritten again.

        Raises :class:`WorkbenchError`: ``no_event``, ``no_events``, ``too_many``, ``bad_why``, ``not_entitled`` (the
        recovery role), ``key_suspended``, ``key_revoked``, and those of keys; then nothing was erased.
        """
        with self._session.read() as connection:
            roster = self._session.laws.checked(connection, read_head(connection).active_digest).version.content.roster
        signer = open_signer_with(using, roster, self._session.swarm_id)
        if signer.role == "recovery":
            raise WorkbenchError(
                "refused", f"`{signer.principal}` may change the roster, and nothing else", "", "not_entitled"
            )
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            with governed("nothing was erased"):
                wanted = redaction(
                    self._session.swarm_id,
                    events,
                    why,
                    principal=signer.principal,
                    role=signer.role,
                    signed_at=moment(now),
                )
            refuse_held(connection, signer.key.public.fingerprint)
            unknown = sorted(set(wanted.events) - erasing.listed(connection, wanted.events))
            if unknown:
                raise WorkbenchError(
                    "no such event", f"there is no decision `{unknown[0]}`", "nothing was erased", "no_event"
                )
            kept = tuple(sorted(erasing.with_payload(connection, wanted.events)))
            already = tuple(seq for seq in wanted.events if seq not in kept)
            entry = cases = 0
            if kept:
                with governed("nothing was erased"):
                    body = redaction_body(signer.key, replace(wanted, events=kept))
                entry = append(connection, head, kind="redaction", at=now, body=body).seq
                erasing.erase(connection, kept, ERASED)
                cases = sum(self._cases.erase(connection, head, now, seq) for seq in kept)
        overwritten, message = self._overwrite()
        return Redacted(kept, already, cases, entry, overwritten, message)

    def _overwrite(self) -> tuple[bool, str]:
        """Whether the erased bytes are gone from the file too, and what a person should know of it."""
        where = locate(self._session.location)
        if not isinstance(where, Path):
            how = "on the server run `VACUUM FULL payloads, cases, case_votes, decisions`, and mind its own log archive"
            return False, f"the rows are deleted; {how}; {_ELSEWHERE}"
        try:
            with store_errors():
                emptied = erasing.overwrite(where)
        except WorkbenchError as error:
            return False, f"the rows are deleted, but the file was not written anew ({error.detail}): run this again"
        if not emptied:
            return (
                False,
                "the rows are deleted, but another process still reads its log: run this again when it is idle",
            )
        return True, f"erased and overwritten; {_ELSEWHERE}"
