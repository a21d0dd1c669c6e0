"""Overview: what is in force, how it came to be, who signed, what waits. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlalchemy import Connection

from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.assessment import Assessment, assess
from workbench.service.amending import Amending
from workbench.service.checked import Checked
from workbench.service.clock import micros, moment
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError
from workbench.service.keys import list_keys
from workbench.service.overlays import Overlays
from workbench.service.review import Reviewing
from workbench.service.rules import rule_views
from workbench.service.session import KEYS, PROPOSALS, VERSIONS, Session
from workbench.service.verify import chain_files, verify_files
from workbench.service.views import (
    KeyView,
    ProposalView,
    ReviewView,
    RuleView,
    Seat,
    SignerView,
    Status,
    Verification,
    VersionView,
)
from workbench.service.weighing import OPEN, Weighed, row_reason
from workbench.store import cases as case_store
from workbench.store import feed
from workbench.store import versions as store
from workbench.store.ledger import LedgerHead, entries, read_head

GRACE = 5_000_000  # µs after which a due version that is not in force is shown as overdue


class Overview:
    """The use cases of Overview, Sign's list and History, as far as they read."""

    def __init__(
        self, session: Session, amending: Amending, reviewing: Reviewing, drafting: Drafting, overlays: Overlays
    ) -> None:
        self._session = session
        self._amending = amending
        self._reviewing = reviewing
        self._drafting = drafting
        self._overlays = overlays
        self._chain: tuple[object, Verification] | None = None
        self._views: dict[str, VersionView] = {}

    def version(self, version: str | None = None) -> VersionView:
        """The version of that number, or the one in force. Raises :class:`WorkbenchError` (``no_version``)."""
        with self._session.read() as connection:
            return self._version(connection, self._stored(connection, version))

    def versions(self) -> tuple[VersionView, ...]:
        """Every version that is or was in force, genesis first."""
        with self._session.read() as connection:
            return tuple(self._version(connection, stored) for stored in store.chain(connection))

    def how_many(self) -> int:
        """How many versions are or were in force."""
        with self._session.read() as connection:
            return store.chain_length(connection)

    def since(self, position: int) -> tuple[VersionView, ...]:
        """The versions that came into force after the first ``position``."""
        with self._session.read() as connection:
            return tuple(self._version(connection, stored) for stored in store.chain(connection, position))

    def signing_keys(self) -> tuple[KeyView, ...]:
        """The key files of this machine; those that the roster in force knows come first."""
        with self._session.read() as connection:
            checked = self._session.laws.checked(connection, read_head(connection).active_digest)
        return list_keys([self._session.location / KEYS], checked.version.content.roster)

    def rules(self, version: str | None = None) -> tuple[RuleView, ...]:
        """The rules of a version, beside their words."""
        with self._session.read() as connection:
            stored = self._stored(connection, version)
            return rule_views(self._session.laws.checked(connection, stored.digest).program)

    def _stored(self, connection: Connection, version: str | None) -> store.StoredVersion:
        if version is None:
            found = store.by_digest(connection, read_head(connection).active_digest)
        else:
            found = store.by_name(connection, version) or store.by_digest(connection, version)
        if found is None:
            raise WorkbenchError("no such version", f"there is no version `{version}` in the chain", "", "no_version")
        return found

    def _version(self, connection: Connection, stored: store.StoredVersion) -> VersionView:
        found = self._views.get(stored.digest)
        if found is None:
            signed = load_yaml(stored.yaml)
            checked = self._session.laws.checked(connection, stored.digest)
            assessment = (
                self._amending.assess(connection, signed)
                if signed.parent_digest
                else assess(signed, signed, checked.program)
            )
            found = self._version_view(checked, signed, assessment, VERSIONS, f"{stored.version}.yaml")
            self._views[stored.digest] = found
        return found

    def _version_view(
        self, checked: Checked, signed: ConstitutionVersion, assessment: Assessment, folder: str, file: str
    ) -> VersionView:
        content = signed.content
        return VersionView(
            version=signed.constitution_version,
            digest=checked.digest,
            parent_version=signed.parent_version,
            amendment_class=signed.amendment.cls,
            summary=signed.amendment.summary,
            proposed_by=signed.proposed_by,
            created_at=signed.created_at,
            effective_at=signed.activation.effective_at if signed.activation else None,
            signers=_signers(assessment),
            english=content.english_source,
            cedar_plus=content.cedar_plus_source,
            schema=content.schema_text,
            path=str(self._session.location / folder / file),
        )

    # ---- proposals ---------------------------------------------------------------------------------------------------

    def proposals(self, *, open_only: bool = False) -> tuple[ProposalView, ...]:
        """Proposals, oldest first."""
        with self._session.read() as connection:
            rows = store.proposal_list(connection, OPEN if open_only else None)
            return tuple(self._proposal(connection, row) for row in rows)

    def proposal(self, digest: str) -> ProposalView:
        """One proposal by its digest. Raises :class:`WorkbenchError` (``no_proposal``)."""
        with self._session.read() as connection:
            row = store.proposal(connection, digest)
            if row is None:
                raise WorkbenchError("no such proposal", f"there is no proposal `{digest}`", "", "no_proposal")
            return self._proposal(connection, row)

    def _proposal(self, connection: Connection, row: store.StoredProposal) -> ProposalView:
        weighed = self._amending.weighed(connection, row)
        assessment = weighed.assessment
        stored = store.by_digest(connection, row.digest)
        signed = load_yaml(stored.yaml) if stored else weighed.signed
        effective = moment(stored.effective_at) if stored else assessment.due_at
        reason, waiting = row_reason(row)
        file = f"{row.version}-{row.digest.partition(':')[2][:12]}.yaml"
        folder, file = (VERSIONS, f"{row.version}.yaml") if stored else (PROPOSALS, file)
        return ProposalView(
            version=self._version_view(weighed.checked, signed, assessment, folder, file),
            state=row.state,
            seats=tuple(Seat(s.requirement, tuple(s.may_fill), s.filled_by) for s in assessment.seats),
            timelock_seconds=assessment.procedure.timelock_seconds,
            effective_at=effective,
            quorum_at=assessment.quorum_at,
            expires_at=assessment.expires_at,
            review=self._review(weighed, assessment, row),
            procedure=assessment.procedure.words,
            kind=assessment.kind,
            reason=reason,
            overdue=row.state == "approved" and not waiting and self._overdue(connection, assessment),
            after=weighed.parent.version.constitution_version
            if row.state in OPEN and store.by_digest(connection, row.parent_digest) is None
            else "",
        )

    def _review(self, weighed: Weighed, assessment: Assessment, row: store.StoredProposal) -> ReviewView:
        """Against what it amends; while that matters with what is known here of its invariants."""
        review = self._reviewing.of_proposal(weighed.parent, weighed.checked, assessment.procedure.words)
        told = self._reviewing.promises(weighed.checked) if row.state in (*OPEN, "active") else ()
        return replace(review, warnings=(*told, *review.warnings)) if told else review

    def _overdue(self, connection: Connection, assessment: Assessment) -> bool:
        """Whether it should have come into force a while ago: any tick would have done it."""
        present = self._session.now(read_head(connection))
        return assessment.due_at is not None and micros(assessment.due_at) + GRACE < present

    # ---- the whole ---------------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """The Overview's facts. The ledger's head is checked each time; ``verify`` checks every entry."""
        draft = self._drafting.draft()
        chain = self._chain_state()
        with self._session.read() as connection:
            head = read_head(connection)
            stored = self._stored(connection, None)
            counts = feed.counts(connection)
            program = self._session.laws.checked(connection, head.active_digest).program
            version = self._version(connection, stored)
            waiting = store.proposal_list(connection, OPEN)
            held = case_store.count(connection, "open")
            now = self._session.now(head)
            ledger_ok, ledger_message = self._ledger_state(connection, head)
            tests = len(self._session.laws.checked(connection, head.active_digest).version.content.test_cases)
        kinds = Counter(rule.kind for rule in program.rules)
        return Status(
            workspace=str(self._session.location),
            swarm_id=self._session.swarm_id,
            badge=self._session.badge,
            version=version,
            rules={kind: kinds.get(kind, 0) for kind in ("permit", "forbid", "prefer", "procedure")},
            tests=tests,
            open_proposals=len(waiting),
            draft_changed=draft.changed,
            draft_behind=draft.behind,
            receipts=head.size,
            outcomes={outcome: counts.get(outcome, 0) for outcome in ("allow", "deny", "hold")},
            violations=counts.get("violations", 0),
            chain_ok=chain.ok,
            chain_message=chain.message,
            ledger_ok=ledger_ok,
            ledger_message=ledger_message,
            now=moment(now),
            open_cases=held,
            overdue=sum(_is_late(row, head, now) for row in waiting),
            overlays=self._overlays.list(),
            sealed=head.sealed,
            frozen_since=moment(head.frozen_at) if head.frozen_at is not None else None,
        )

    def _chain_state(self) -> Verification:
        """``verify`` over the files of the chain, done anew only when one of them changed."""
        files = chain_files(self._session.location / VERSIONS)
        stamp: list[tuple[str, int, int]] = []
        for path in files:
            try:
                stat = path.stat()
            except OSError:
                continue
            stamp.append((path.name, stat.st_mtime_ns, stat.st_size))
        if self._chain is None or self._chain[0] != stamp:
            self._chain = (stamp, verify_files(files, None))
        return self._chain[1]

    def _ledger_state(self, connection: Connection, head: LedgerHead) -> tuple[bool, str]:
        """Whether the newest entry is the one that the head names, by its own bytes."""
        last = next(entries(connection, head.size - 1, page=1), None) if head.size else None
        if last is None or last.seq != head.size or last.hash != head.hash:
            return False, f"the ledger's last entry is not number {head.size:,}"
        return True, f"{head.size:,} entries, the last one in place"


def _is_late(row: store.StoredProposal, head: LedgerHead, now: int) -> bool:
    """Whether a proposal should be in force by now: approved, its parent the head, its timelock over."""
    late = row.due is not None and row.due + GRACE < now
    return late and row.state == "approved" and row.parent_digest == head.active_digest


def _signers(assessment: Assessment) -> tuple[SignerView, ...]:
    return tuple(
        SignerView(
            principal=vote.signature.principal,
            role=vote.signature.role,
            fingerprint=vote.signature.signed_by,
            verdict=vote.signature.verdict,
            signed_at=vote.signature.signed_at,
            comment=vote.signature.comment,
            counted=vote.counted,
            why_not=vote.why_not,
            form=vote.signature.form,
        )
        for vote in assessment.votes
    )
