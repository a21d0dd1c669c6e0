"""A draft that nobody wrote in goes with the version in force; one with work of its own stays, and it is said so.

A draft that only holds what some version said (the one it was begun on, or one that came into force since) is no work
of anybody's: left as it is, it would bring back what was taken back with the next proposal. So the transaction in
which a version comes into force moves it, once and for every process. Imports the store's drafts and versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection

from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.errors import GovernanceError
from workbench.service.draft_rows import of_version, stored_texts, version_texts
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import Behind
from workbench.service.session import Session
from workbench.service.weighing import OPEN
from workbench.store import drafts, versions
from workbench.store.ledger import LedgerHead

_UNREADABLE = (GovernanceError, WorkbenchError, ValueError, TypeError, AttributeError, KeyError)


def follow(session: Session, connection: Connection, head: LedgerHead, now: int) -> None:
    """Save the text of the version that has just come into force as the draft's next revision, where nobody wrote in
    the draft. Inside the write (``now`` in µs) in which ``head`` was moved to that version.

    Nothing that is wrong with a draft keeps a version from coming into force: then it stays as it is.
    """
    with suppress(*_UNREADABLE):
        active = session.laws.checked(connection, head.active_digest).version
        stored = drafts.current(connection)
        number = 0 if stored is None else stored.revision
        if _is_own(connection, active, stored):
            return
        drafts.add(connection, replace(of_version(active, number + 1, now), origin="follows"))


def _is_own(connection: Connection, active: ConstitutionVersion, stored: drafts.StoredDraft | None) -> bool:
    """Whether the draft is somebody's work, or says already what ``active`` does."""
    texts = version_texts(active)
    if stored is None:  # it showed the version before, which editors may hold: they must see that it is another now
        before = versions.chain(connection, versions.chain_length(connection) - 2)[0]
        return version_texts(load_yaml(before.yaml)) == texts
    if stored.base_version == active.constitution_version or stored_texts(stored) == texts:
        return True
    return on_proposal(connection, stored) or not untouched(connection, stored)


def on_proposal(connection: Connection, stored: drafts.StoredDraft) -> bool:
    """Whether a draft was begun on a proposal that is still open."""
    return any(row.version == stored.base_version for row in versions.proposal_list(connection, OPEN))


def untouched(connection: Connection, stored: drafts.StoredDraft) -> bool:
    """Whether a draft only says what the version it was begun on did, or one that came into force since.

    What an older version said was written on purpose: to take something back by an amendment.
    """
    texts = stored_texts(stored)
    return any(texts == version_texts(load_yaml(row.yaml)) for row in _since(connection, stored.base_version))


def _since(connection: Connection, base: str) -> Iterator[versions.StoredVersion]:
    """The version with a number and those after it, newest first; none where it was never in force."""
    found = versions.by_name(connection, base)
    return iter(()) if found is None else reversed(versions.chain(connection, found.position))


class Following:
    """What came into force since a draft was begun. Answers are remembered: screens ask every second."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[object, ...], Behind] = {}
        self._left: dict[tuple[object, ...], bool] = {}

    def left_behind(self, connection: Connection, head: LedgerHead, stored: drafts.StoredDraft) -> bool:
        """Whether the draft is to be read as what is in force: it says the same, or nobody wrote in it and what is in
        force came without moving it, as it did before :func:`follow` was there.
        """
        active = self._session.laws.checked(connection, head.active_digest).version
        if stored.base_version == active.constitution_version or on_proposal(connection, stored):
            return False
        if stored_texts(stored) == version_texts(active):
            return True
        key = head.active_digest, stored.revision, stored.saved_at
        if key not in self._left:
            row = versions.by_digest(connection, head.active_digest)
            before = row is not None and stored.saved_at < row.effective_at  # else an older text was brought back
            self._left = {key: before and untouched(connection, stored)}
        return self._left.get(key, False)

    def behind(self, connection: Connection, head: LedgerHead, stored: drafts.StoredDraft) -> Behind | None:
        """What a draft that differs from what is in force lies behind; ``None`` where it was begun on that, or on an
        open proposal."""
        active = self._session.laws.checked(connection, head.active_digest)
        number = active.version.constitution_version
        if stored.base_version == number or on_proposal(connection, stored):
            return None
        key = head.active_digest, stored.base_version, stored.cedar_plus
        found = self._known.get(key)
        if found is None:
            found = Behind(stored.base_version, number, self._taken_back(connection, head, stored))
            self._known = {key: found}  # of one draft at a time
        return found

    def _taken_back(self, connection: Connection, head: LedgerHead, stored: drafts.StoredDraft) -> tuple[str, ...]:
        """The ids of rules that were in force since, are no longer, and stand in the draft as they were."""
        active = self._session.laws.checked(connection, head.active_digest).program
        stands = {rule.id for rule in active.rules} | {rule.digest for rule in active.rules}
        gone: dict[str, None] = {}
        for row in _since(connection, stored.base_version):
            with suppress(WorkbenchError):  # what cannot be read is told by ``verify``
                program = self._session.laws.checked(connection, row.digest).program
                for rule in program.rules:
                    if not stands & {rule.id, rule.digest} and rule.text in stored.cedar_plus:
                        gone.setdefault(rule.id)
        return tuple(gone)
