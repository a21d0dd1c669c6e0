"""Proposing: a draft, another roster, or the way back, as the next version that people vote on.

Every proposal is judged by ``review`` first, inside the write transaction that adds it, so nothing that is not clean
ever comes to a vote. ``after`` builds on a proposal that is still open: its roster and procedures then judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from workbench.governance.artifact import AmendmentClassName, ConstitutionVersion, Content, dump_yaml
from workbench.governance.genesis import build_amendment, next_version
from workbench.governance.revert import REVERT_SECONDS, why_not
from workbench.governance.roster import RosterEntry
from workbench.service.checked import Checked, check_version
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError, governed
from workbench.service.invariant_proofs import Look
from workbench.service.review import BlockedError, Reviewing, Wanted
from workbench.service.session import Session
from workbench.service.views import Draft
from workbench.service.weighing import OPEN, Weighing, content_digest, row_detail
from workbench.store import versions as store
from workbench.store.ledger import LedgerHead, append
from workbench.store.notices import queue


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: with ``draft`` that text, with none what the parent says; ``wanted`` on top of it.

    ``after``: digest of the open proposal to build on; where none is named, the one that the draft was begun on, if it
    was begun on one. ``revert``: go back to what the version in force replaced.
    """

    summary: str
    wanted: Wanted
    draft: Draft | None = None
    after: str = ""
    revert: bool = False


class Proposing:
    """Adds proposals. The tick and the files are for whoever calls (``amending``)."""

    def __init__(self, session: Session, reviewing: Reviewing, weighing: Weighing) -> None:
        self._session = session
        self._reviewing = reviewing
        self._weighing = weighing

    def add(self, connection: Connection, head: LedgerHead, now: int, wanted: Proposal, look: Look) -> str:
        """Judge and add a proposal inside a write; its digest. ``look`` tells what is known of its invariants.

        Raises :class:`~workbench.service.review.BlockedError`, and :class:`WorkbenchError`: ``unknown_proposer``,
        ``no_proposal`` and ``not_open`` (of ``after``), ``no_revert``, ``revert_late``; and
        :class:`~workbench.service.invariant_proofs.Unproved` where its invariants must be proved first.
        """
        waiting = store.proposal_list(connection, OPEN)
        parent = self._parent(connection, head, wanted.after or _begun_on(wanted.draft, waiting))
        _check_proposer(parent, wanted.wanted.proposer)
        draft = wanted.draft
        if wanted.revert:
            draft = self._back(connection, parent, now)
        elif draft is None:
            draft = _draft_of(parent.version.content, parent, now)
        report = self._reviewing.report(draft, parent, connection, waiting, wanted.wanted, look)
        if report.blockers or report.content is None or not report.cls:
            raise BlockedError(report.blockers)
        with governed("the draft cannot be proposed"):
            version = build_amendment(
                parent.version,
                report.content,
                cls=report.cls,
                proposed_by=wanted.wanted.proposer,
                created_at=moment(now),
                summary=wanted.summary,
                version=self._free_number(connection, parent.version, report.cls),
                reproposes=report.reproposes,
            )
        checked = self._session.laws.keep(check_version(version))
        row = store.StoredProposal(
            digest=checked.digest,
            version=version.constitution_version,
            parent_digest=parent.digest,
            state="proposed",
            proposed_at=now,
            due=None,
            detail=row_detail(content_digest(version.content)),
            yaml=dump_yaml(version),
        )
        store.add_proposal(connection, row)
        body = {
            "event": "proposed",
            "id": checked.digest,
            "proposal": checked.digest,
            "version": version.constitution_version,
            "parent": parent.digest,
            "class": report.cls,
            "kind": self._weighing.assess(connection, version, parent).kind,
            "proposed_by": version.proposed_by,
        }
        append(connection, head, kind="proposal", at=now, body=body)
        about = {"version": version.constitution_version, "class": report.cls, "state": "proposed"}
        queue(connection, kind="proposal", subject=row.digest, dedupe=f"proposal|{row.digest}", at=now, detail=about)
        return checked.digest

    def _parent(self, connection: Connection, head: LedgerHead, after: str) -> Checked:
        if not after or after == head.active_digest:
            return self._session.laws.checked(connection, head.active_digest)
        row = store.proposal(connection, after)
        if row is None:
            raise WorkbenchError("no such proposal", f"there is no proposal `{after}`", "", "no_proposal")
        if row.state not in OPEN:
            raise WorkbenchError(
                "it cannot be followed",
                f"version {row.version} is {row.state}",
                "propose after one that is proposed or approved, or after what is in force",
                "not_open",
            )
        parent = self._weighing.version(connection, after)
        active = self._session.laws.checked(connection, head.active_digest)
        if _ledger(parent.version) != _ledger(active.version):
            raise WorkbenchError(
                "it cannot be followed yet",
                f"version {row.version} changes the ledger key, which must witness the votes",
                "propose once it is in force",
                "ledger_changes",
            )
        return parent

    def _back(self, connection: Connection, parent: Checked, now: int) -> Draft:
        """What stood before ``parent``, as a draft. Raises :class:`WorkbenchError` where there is no way back."""
        before = self._weighing.before(connection, parent)
        since = self._weighing.since(connection, parent.digest)
        number = parent.version.constitution_version
        if before is None or since is None:
            what = f"{number} is the first version" if before is None else f"{number} is not in force yet"
            raise WorkbenchError("nothing to go back to", what, "", "no_revert")
        why = why_not(self._weighing.stood(connection, parent, self._weighing.since), before)
        hint = "write the change back into the draft and propose it like any other"
        if why:
            raise WorkbenchError("no revert", f"{number} cannot be taken back at once: {why}", hint, "no_revert")
        if moment(now) > since + timedelta(seconds=REVERT_SECONDS):
            raise WorkbenchError("too late for a revert", f"{number} is over 72 hours old", hint, "revert_late")
        return _draft_of(before.version.content, parent, now)

    def _free_number(self, connection: Connection, parent: ConstitutionVersion, cls: AmendmentClassName) -> str:
        """The next number by class; siblings that wait have distinct ones, so that their files do not collide."""
        taken = {row.version for row in store.proposal_list(connection)}
        taken |= {row.version for row in store.chain(connection)}
        number = next_version(parent.constitution_version, cls)
        while number in taken:
            number = next_version(number, cls)
        return number


def _begun_on(draft: Draft | None, waiting: Sequence[store.StoredProposal]) -> str:
    """The open proposal that a draft was begun on; empty for a draft of what is in force."""
    return next((row.digest for row in waiting if draft is not None and row.version == draft.base_version), "")


def _check_proposer(parent: Checked, proposer: str) -> None:
    people = [entry.principal for entry in parent.version.content.roster if entry.votes]
    if proposer not in people:
        raise WorkbenchError(
            "unknown proposer",
            f"`{proposer}` is not in the roster of {parent.version.constitution_version}",
            f"propose as one of: {', '.join(people)}",
            "unknown_proposer",
        )


def _draft_of(content: Content, parent: Checked, now: int) -> Draft:
    """A version's texts as a draft on ``parent``."""
    return Draft(
        english=content.english_source,
        cedar_plus=content.cedar_plus_source,
        schema=content.schema_text,
        tests=tuple(case.to_mapping() for case in content.test_cases),
        revision=0,
        base_version=parent.version.constitution_version,
        saved_at=moment(now),
        changed=True,
        invariants=content.invariants,
    )


def _ledger(version: ConstitutionVersion) -> Sequence[RosterEntry]:
    return sorted((entry for entry in version.content.roster if not entry.votes), key=lambda entry: entry.principal)
