"""Amendments: propose, vote, and the steps that time takes by itself. The only module that changes what is in force.

Every change happens in one write transaction that reads the head first, so two processes never activate twice. States
come from ``governance.lifecycle`` alone; this module stores them. What is ready comes into force only if ``verify``
would accept it; what cannot come into force although it is due (the ledger key is lost, the clock is frozen, the
directory does not fit) stays where it is, is tried again, and is told of as overdue. Files are written after the commit
and healed by the next step, because the store is the truth and a crash between the two must not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from sqlalchemy import Connection

from workbench.analysis.task import Task
from workbench.engine.entities import EntityError
from workbench.governance.artifact import ConstitutionVersion, Signature, dump_yaml
from workbench.governance.assessment import Assessment
from workbench.governance.chain import check_link
from workbench.governance.errors import GovernanceError
from workbench.governance.lifecycle import AmendmentState, Standing, ready
from workbench.governance.roster import RosterEntry
from workbench.governance.times import format_time
from workbench.governance.vote_files import vote_from_json, vote_to_json
from workbench.governance.votes import sign_vote, verify_vote, vote_digest, witness_vote
from workbench.service.activated import activated, activated_since
from workbench.service.clock import micros, moment
from workbench.service.cowitnessing import activation_of
from workbench.service.entering import refuse_lost_votes
from workbench.service.errors import WorkbenchError, governed, store_errors
from workbench.service.files import write_atomically
from workbench.service.following import follow
from workbench.service.governing_views import SignWith
from workbench.service.invariant_proofs import PROPOSING, Look
from workbench.service.key_care import refuse_held
from workbench.service.profiles import UNSIGNED_KEY
from workbench.service.proposing import Proposal, Proposing
from workbench.service.review import Reviewing, Wanted
from workbench.service.session import KEYS, PROPOSALS, VERSIONS, Session
from workbench.service.signers import open_signer_with
from workbench.service.views import Blocker, Draft
from workbench.service.vote_checks import check_verdict, refuse_second, require_promises
from workbench.service.weighing import OPEN, Weighed, Weighing, known_entities, row_content, row_detail
from workbench.store import versions as store
from workbench.store.ledger import LedgerHead, append, read_head, save_state
from workbench.store.notices import queue

Verdict: TypeAlias = Literal["approve", "reject"]
RETRY = 5_000_000  # µs until what could not come into force is tried again
_HINDERED = "it could not come into force: {}"


class Amending:
    """The use cases of Sign, and the tick."""

    def __init__(self, session: Session, reviewing: Reviewing, weighing: Weighing) -> None:
        self._session = session
        self._weighing = weighing
        self._reviewing = reviewing
        self._proposing = Proposing(session, reviewing, weighing)
        self._mirrored = ""

    # ---- proposing ---------------------------------------------------------------------------------------------------

    def propose(
        self,
        draft: Draft,
        summary: str,
        proposer: str,
        *,
        after: str = "",
        again: bool = False,
        roster: Sequence[RosterEntry] | None = None,
        invariants: str | None = None,
        task: Task | None = None,
    ) -> str:
        """Turn the draft into a proposal; its digest. Raises as :meth:`put`.

        ``after``: digest of the open proposal that it builds on. ``again``: it was vetoed, and is to be carried by the
        quorum of a sensitive amendment. ``roster``, ``invariants``: where these change as well.
        """
        return self.put(Proposal(summary, Wanted(roster, invariants, proposer, again), draft, after), task)

    def revert(self, summary: str, proposer: str, task: Task | None = None) -> str:
        """Propose what stood before the version in force; its digest. Raises as :meth:`put`: ``no_revert``, …"""
        return self.put(Proposal(summary, Wanted(proposer=proposer), revert=True), task)

    def propose_roster(self, roster: Sequence[RosterEntry], summary: str, proposer: str) -> str:
        """Propose what is in force with another roster, and nothing of the draft; its digest. Raises as ``put``."""
        return self.put(Proposal(summary, Wanted(roster=tuple(roster), proposer=proposer)))

    def put(self, proposal: Proposal, task: Task | None = None) -> str:
        """Put a proposal to the vote; its digest. Raises as :meth:`Proposing.add`, and ``Stopped`` as ``task`` was.

        Whatever it says (the draft, another roster, or what stood before) is proved first where it has invariants: in
        no transaction, so that nobody waits for that. In an unsigned workspace its open key approves at once.
        """
        proofs = self._reviewing.invariants
        digest = proofs.judged(lambda look: self._put(proposal, look), seconds=PROPOSING, anew=True, task=task)
        self.mirror()
        if self._session.profile == "unsigned":
            key = self._session.location / KEYS / UNSIGNED_KEY
            self.vote(digest, using=SignWith(str(key)), verdict="approve", comment="unsigned")
        return digest

    def _put(self, proposal: Proposal, look: Look) -> str:
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            self._session.settle(connection, head, now)
            digest = self._proposing.add(connection, head, now, proposal, look)
            self._session.settle(connection, head, now)
        return digest

    # ---- voting ------------------------------------------------------------------------------------------------------

    def prove(self, digest: str, task: Task | None = None) -> tuple[Blocker, ...]:
        """Prove the invariants of a proposal for whoever looks at it; what its review says of them then.

        Raises as :meth:`Weighing.version`, and ``Stopped`` as ``task`` was.
        """
        with self._session.read() as connection:
            checked = self._weighing.version(connection, digest)
        self._reviewing.prove(checked, task)
        return self._reviewing.promises(checked)

    def vote(
        self,
        digest: str,
        *,
        using: SignWith,
        verdict: Verdict,
        comment: str,
        dossier: str = "",
        task: Task | None = None,
    ) -> None:
        """Sign with a key, witness, record; ``dossier``: digest of the dossier that was read.

        An approval has the invariants of what is approved proved first, before anything is signed.

        Raises :class:`WorkbenchError` with the reason's own code.
        """
        with self._session.read() as connection:
            weighed = self.weighed(connection, self.open(connection, digest))
        signer = open_signer_with(using, weighed.parent.version.content.roster, self._session.swarm_id)
        check_verdict(verdict)
        if verdict == "approve":
            require_promises(self._reviewing.invariants, weighed.checked, task)
        now = moment(self._session.now(self._session.head()))
        with governed("the vote was refused"):
            signature = sign_vote(
                signer.key,
                weighed.checked.version,
                principal=signer.principal,
                role=signer.role,
                verdict=verdict,
                signed_at=now,
                comment=comment,
                dossier_digest=dossier,
                key_comment=signer.comment,
            )
        self._record(digest, signature)

    def import_vote(self, envelope: str, task: Task | None = None) -> str:
        """Take a vote that was signed elsewhere; the proposal's digest."""
        with governed("the vote cannot be read"):
            imported = vote_from_json(envelope)
        if imported.swarm_id != self._session.swarm_id:
            raise WorkbenchError(
                "the vote was refused", f"it is for the swarm `{imported.swarm_id}`", "sign it anew here", "wrong_swarm"
            )
        self.cast(imported.digest, imported.signature, task)
        return imported.digest

    def export_vote(self, digest: str, principal: str) -> str:
        """A recorded vote as a DSSE envelope. Raises :class:`WorkbenchError` (``no_vote``)."""
        with self._session.read() as connection:
            for row in store.vote_list(connection, digest):
                if row.principal == principal:
                    signature = Signature.model_validate_json(row.vote)
                    return vote_to_json(signature, digest=digest, swarm_id=self._session.swarm_id)
        raise WorkbenchError("no such vote", f"`{principal}` has not voted on this", "", "no_vote")

    def cast(self, digest: str, signature: Signature, task: Task | None = None) -> None:
        """Witness and record a signed vote, and let the lifecycle step; an approval has the invariants proved first."""
        if signature.verdict == "approve":
            with self._session.read() as connection:
                weighed = self.weighed(connection, self.open(connection, digest))
            require_promises(self._reviewing.invariants, weighed.checked, task)
        self._record(digest, signature)

    def _record(self, digest: str, signature: Signature) -> None:
        signature = signature.model_copy(update={"witness": None})
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            self._session.settle(connection, head, now)
            row = self.open(connection, digest)
            weighed = self.weighed(connection, row)
            key = self._session.ledger_key_of(weighed.parent.version.content.roster)
            refuse_held(connection, signature.signed_by)
            with governed("the vote was refused"):
                verify_vote(
                    signature,
                    digest=digest,
                    swarm_id=self._session.swarm_id,
                    roster=weighed.parent.version.content.roster,
                )
            refuse_second(weighed, signature)
            vote = vote_digest(signature, digest=digest, swarm_id=self._session.swarm_id)
            body = {
                "proposal": digest,
                "vote": vote,
                "principal": signature.principal,
                "role": signature.role,
                "verdict": signature.verdict,
                "key": signature.signed_by,
            }
            receipt = append(connection, head, kind="vote", at=now, body=body)
            with governed("the vote cannot be witnessed"):
                witnessed = witness_vote(
                    key,
                    signature,
                    digest=digest,
                    swarm_id=self._session.swarm_id,
                    received_at=moment(receipt.at),
                    entry=receipt.seq,
                )
            stored = store.StoredVote(
                digest, signature.principal, signature.signed_by, receipt.at, witnessed.model_dump_json()
            )
            store.add_vote(connection, stored)
            self._session.settle(connection, head, now)
        self.mirror()

    def open(self, connection: Connection, digest: str) -> store.StoredProposal:
        """A proposal that may be voted on. Raises :class:`WorkbenchError`: ``no_proposal``, ``not_open``."""
        row = store.proposal(connection, digest)
        if row is None:
            raise WorkbenchError("no such proposal", f"there is no proposal `{digest}`", "", "no_proposal")
        if row.state not in OPEN:
            raise WorkbenchError(
                "the proposal is closed",
                f"version {row.version} is {row.state}",
                "votes count only while it is proposed or approved",
                "not_open",
            )
        return row

    # ---- time --------------------------------------------------------------------------------------------------------

    def weighed(self, connection: Connection, row: store.StoredProposal) -> Weighed:
        """A stored proposal with its votes counted."""
        return self._weighing.weighed(connection, row)

    def assess(self, connection: Connection, signed: ConstitutionVersion) -> Assessment:
        """The votes on a version that follows another, counted."""
        parent = self._weighing.version(connection, str(signed.parent_digest))
        return self._weighing.assess(connection, signed, parent)

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """Bring every open proposal to where it stands at ``now``, and activate what is ready. Inside a write.

        A timelock is over only where this process's own clock says so too: the ledger's time alone could have been
        written by anyone who can write to the database. Returns when something is due next (µs), ``None`` for nothing.
        """
        present = self._session.now(head)  # later than ``now`` while a jump of the clock holds the timelocks
        own = min(now, self._session.time.own())
        while True:
            weighed = [self.weighed(connection, row) for row in store.proposal_list(connection, OPEN)]
            holder = self._weighing.holder(weighed, head.active_digest)
            still_open = {item.row.digest for item in weighed}
            due: list[int] = []
            again = False
            for item in weighed:
                stands = item.standing(head.active_digest, holder, still_open, now)
                if ready(stands, head.active_digest, holder, moment(own)):
                    why = self._activate(connection, head, now, item)
                    if not why:
                        again = True
                        break
                    stands = replace(stands, reason=_HINDERED.format(why))
                if self._move(connection, head, now, item.row, stands):
                    again = True  # what follows it may have to move as well
                due += self._due(connection, item.row, stands, holder, present)
            if not again:
                return min(due, default=None)

    def _move(
        self, connection: Connection, head: LedgerHead, now: int, row: store.StoredProposal, stands: Standing
    ) -> bool:
        """Store where it stands; whether its state is another than before."""
        state = str(stands.state)
        due = micros(stands.due_at) if stands.due_at is not None else None
        detail = row_detail(row_content(row), stands)
        if (state, due, detail) == (row.state, row.due, row.detail):
            return False
        store.move_proposal(connection, row.digest, state, due, detail)
        if state != row.state:
            body = {
                "event": state,
                "id": row.digest,
                "proposal": row.digest,
                "version": row.version,
                "state": state,
                "reason": stands.reason,
            }
            append(connection, head, kind="state", at=now, body=body)
        return state != row.state

    @staticmethod
    def _due(
        connection: Connection, row: store.StoredProposal, stands: Standing, holder: str | None, present: int
    ) -> list[int]:
        """When an open proposal moves by itself, in µs: the end of its timelock if it holds the head, else its expiry.

        One that should have come into force by ``present`` is tried again after a while, and somebody is told.
        """
        if stands.state is AmendmentState.APPROVED and stands.due_at is not None and holder == stands.digest:
            due = micros(stands.due_at)
            if due > present:
                return [due]
            about = {"version": row.version, "deadline": format_time(stands.due_at)}
            dedupe = f"overdue|{row.digest}"
            queue(connection, kind="overdue", subject=row.digest, dedupe=dedupe, at=present, detail=about)
            return [present + RETRY]
        if stands.state is AmendmentState.PROPOSED and stands.expires_at is not None:
            return [micros(stands.expires_at) + 1000]  # it expires once that time has passed
        return []

    def _activate(self, connection: Connection, head: LedgerHead, now: int, item: Weighed) -> str:
        """Put it in force; or why it cannot be, although it is ready."""
        previous = head.active_digest
        try:
            refuse_lost_votes(connection, item)
            version = activation_of(self._session, connection, head, now, item)
            before = self._weighing.before(connection, item.parent)
            parent = self._weighing.stood(connection, item.parent, activated_since)
            parent = replace(parent, version=activated(connection, previous))
            check_link(version, item.checked.program, parent, before)
            known_entities(connection, item.checked.schema)
        except GovernanceError as error:
            return f"{error.message} ({error.code})"
        except WorkbenchError as error:
            return f"{error.title} ({error.code})"
        except EntityError as error:
            return f"the directory does not fit its schema: {error} (directory)"
        digest = item.row.digest
        since = micros(version.activation.effective_at) if version.activation is not None else now
        store.add_version(connection, item.row.version, digest, since, dump_yaml(version))
        store.move_proposal(connection, digest, "active", None, row_detail(row_content(item.row)))
        old = store.proposal(connection, previous)
        if old is not None:
            store.move_proposal(connection, previous, "superseded", None, old.detail)
        body = {
            "event": "activated",
            "id": digest,
            "version": item.row.version,
            "digest": digest,
            "previous_head": previous,
        }
        append(connection, head, kind="activation", at=now, body=body)
        head.active_digest = digest
        save_state(connection, head)
        follow(self._session, connection, head, now)
        return ""

    def heal(self, head: LedgerHead) -> None:
        """Write the files of what is in force, where this process has not done so yet."""
        if head.active_digest != self._mirrored:
            self.mirror()

    def mirror(self) -> None:
        """Write the files that are missing: versions in force, and proposals with the votes they have.

        A file of the chain that is there is never overwritten: if it differs, ``verify`` must be able to say so.
        """
        with self._session.read() as connection:
            head = read_head(connection)
            chain = store.chain(connection)
            proposals = [(row, self.weighed(connection, row).signed) for row in store.proposal_list(connection, OPEN)]
        with store_errors():
            folder = self._session.location / VERSIONS
            folder.mkdir(exist_ok=True)
            for version in chain:
                path = folder / f"{version.version}.yaml"
                if not path.exists():
                    write_atomically(path, version.yaml.encode())
            folder = self._session.location / PROPOSALS
            folder.mkdir(exist_ok=True)
            for row, signed in proposals:
                text = dump_yaml(signed).encode()
                path = folder / f"{row.version}-{row.digest.partition(':')[2][:12]}.yaml"
                if not path.exists() or path.read_bytes() != text:
                    write_atomically(path, text)
        self._mirrored = head.active_digest
