"""Amendments: propose, vote, and the steps that time takes by itself. The only module that changes what is in force.

Every change happens in one write transaction that reads the head first, so two processes never activate twice. States
come from ``governance.lifecycle`` alone; this module stores them. Files are written after the commit and healed by the
next step, because the store is the truth and a crash between the two must not matter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from sqlalchemy import Connection

from workbench.governance.activation import activate
from workbench.governance.artifact import AmendmentClassName, ConstitutionVersion, Signature, dump_yaml, load_yaml
from workbench.governance.assessment import Assessment, assess
from workbench.governance.genesis import build_amendment, next_version
from workbench.governance.lifecycle import AmendmentState, Standing, ready, reservation, standing
from workbench.governance.vote_files import vote_from_json, vote_to_json
from workbench.governance.votes import sign_vote, verify_vote, vote_digest, witness_vote
from workbench.service.clock import micros, moment
from workbench.service.errors import WorkbenchError, governed, store_errors
from workbench.service.files import write_atomically
from workbench.service.keys import Signer, open_signer
from workbench.service.law import Checked, check_version
from workbench.service.review import BlockedError, Reviewing
from workbench.service.session import PROPOSALS, VERSIONS, Session
from workbench.service.views import Draft
from workbench.store import versions as store
from workbench.store.ledger import LedgerHead, append, read_head, save_state

OPEN = ("proposed", "approved")
Verdict: TypeAlias = Literal["approve", "reject"]


class Weighed:
    """A proposal with its votes, and how it stands at one moment."""

    def __init__(
        self, row: store.StoredProposal, checked: Checked, parent: Checked, votes: Sequence[Signature]
    ) -> None:
        self.row = row
        self.checked = checked
        self.parent = parent
        self.signed = checked.version.with_signatures(votes)
        self.assessment: Assessment = assess(self.signed, parent.version, parent.program)

    def standing(self, head: str, reserved_by: str | None, now: int) -> Standing:
        """Where the lifecycle puts it."""
        return standing(self.signed, self.assessment, head=head, reserved_by=reserved_by, now=moment(now))


class Amending:
    """The use cases of Sign, and the tick."""

    def __init__(self, session: Session, reviewing: Reviewing) -> None:
        self._session = session
        self._reviewing = reviewing
        self._mirrored = ""

    # ---- proposing ---------------------------------------------------------------------------------------------------

    def propose(self, draft: Draft, summary: str, proposer: str) -> str:
        """Turn the draft into a proposal; its digest. Raises :class:`~workbench.service.review.BlockedError`."""
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            parent = self._session.laws.checked(connection, head.active_digest)
            people = [entry.principal for entry in parent.version.content.roster if entry.votes]
            if proposer not in people:
                raise WorkbenchError(
                    "unknown proposer",
                    f"`{proposer}` is not in the roster in force",
                    f"propose as one of: {', '.join(people)}",
                    "unknown_proposer",
                )
            taken = [row.yaml for row in store.proposal_list(connection, OPEN)]
            report = self._reviewing.report(draft, parent, connection, taken)
            if report.blockers or report.content is None or not report.cls:
                raise BlockedError(report.blockers)
            with governed("the draft cannot be proposed"):
                version = build_amendment(
                    parent.version,
                    report.content,
                    cls=report.cls,
                    proposed_by=proposer,
                    created_at=moment(now),
                    summary=summary,
                    version=self._free_number(connection, parent.version, report.cls),
                )
            checked = self._session.laws.keep(check_version(version))
            row = store.StoredProposal(
                digest=checked.digest,
                version=version.constitution_version,
                parent_digest=parent.digest,
                state="proposed",
                proposed_at=now,
                due=None,
                detail="{}",
                yaml=dump_yaml(version),
            )
            store.add_proposal(connection, row)
            body = {
                "proposal": checked.digest,
                "version": version.constitution_version,
                "parent": parent.digest,
                "class": report.cls,
                "proposed_by": proposer,
            }
            append(connection, head, kind="proposal", at=now, body=body)
            self._session.settle(connection, head, now)
        self.mirror()
        return checked.digest

    def _free_number(self, connection: Connection, parent: ConstitutionVersion, cls: AmendmentClassName) -> str:
        """The next number by class; siblings that wait have distinct ones, so that their files do not collide."""
        taken = {row.version for row in store.proposal_list(connection)}
        taken |= {row.version for row in store.chain(connection)}
        number = next_version(parent.constitution_version, cls)
        while number in taken:
            number = next_version(number, cls)
        return number

    # ---- voting ------------------------------------------------------------------------------------------------------

    def vote(self, digest: str, *, key_path: Path, passphrase: str, verdict: Verdict, comment: str) -> None:
        """Sign with the key in a file, witness, record. Raises :class:`WorkbenchError` with the reason's own code."""
        with self._session.read() as connection:
            weighed = self.weighed(connection, self._open(connection, digest))
        signer: Signer = open_signer(
            key_path, passphrase, weighed.parent.version.content.roster, self._session.swarm_id
        )
        _check_verdict(verdict)
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
                key_comment=signer.comment,
            )
        self.cast(digest, signature)

    def import_vote(self, envelope: str) -> str:
        """Take a vote that was signed elsewhere; the proposal's digest."""
        with governed("the vote cannot be read"):
            imported = vote_from_json(envelope)
        if imported.swarm_id != self._session.swarm_id:
            raise WorkbenchError(
                "the vote was refused", f"it is for the swarm `{imported.swarm_id}`", "sign it anew here", "wrong_swarm"
            )
        self.cast(imported.digest, imported.signature)
        return imported.digest

    def export_vote(self, digest: str, principal: str) -> str:
        """A recorded vote as a DSSE envelope. Raises :class:`WorkbenchError` (``no_vote``)."""
        with self._session.read() as connection:
            for row in store.vote_list(connection, digest):
                if row.principal == principal:
                    signature = Signature.model_validate_json(row.vote)
                    return vote_to_json(signature, digest=digest, swarm_id=self._session.swarm_id)
        raise WorkbenchError("no such vote", f"`{principal}` has not voted on this", "", "no_vote")

    def cast(self, digest: str, signature: Signature) -> None:
        """Witness and record a signed vote, and let the lifecycle step."""
        signature = signature.model_copy(update={"witness": None})
        key = self._session.ledger_key()
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            self._session.settle(connection, head, now)
            row = self._open(connection, digest)
            weighed = self.weighed(connection, row)
            with governed("the vote was refused"):
                verify_vote(
                    signature,
                    digest=digest,
                    swarm_id=self._session.swarm_id,
                    roster=weighed.parent.version.content.roster,
                )
            _refuse_second(weighed.signed.signatures, signature)
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

    def _open(self, connection: Connection, digest: str) -> store.StoredProposal:
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
        parent = self._session.laws.checked(connection, row.parent_digest)
        votes = [Signature.model_validate_json(vote.vote) for vote in store.vote_list(connection, row.digest)]
        checked = self._session.laws.found(row.digest) or self._session.laws.keep(check_version(load_yaml(row.yaml)))
        return Weighed(row, checked, parent, votes)

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """Bring every open proposal to where it stands at ``now``, and activate what is ready. Inside a write.

        Returns when something is due next (µs), ``None`` where nothing is.
        """
        while True:
            weighed = [self.weighed(connection, row) for row in store.proposal_list(connection, OPEN)]
            holder = self._holder(weighed, head)
            due: list[int] = []
            for item in weighed:
                stands = item.standing(head.active_digest, holder, now)
                if ready(stands, head.active_digest, holder, moment(now)):
                    self._activate(connection, head, now, item)
                    break
                self._move(connection, head, now, item.row, stands)
                due += _due(stands, holder)
            else:
                return min(due, default=None)

    @staticmethod
    def _holder(weighed: Sequence[Weighed], head: LedgerHead) -> str | None:
        """Who reserves the head: the first of its children to reach quorum."""
        return reservation(
            (item.row.digest, item.assessment.quorum_at)
            for item in weighed
            if item.row.parent_digest == head.active_digest
            and item.assessment.quorum_at is not None
            and not item.assessment.rejected
            and not item.assessment.vetoed
        )

    def _move(
        self, connection: Connection, head: LedgerHead, now: int, row: store.StoredProposal, stands: Standing
    ) -> None:
        state = str(stands.state)
        due = micros(stands.due_at) if stands.due_at is not None else None
        if (state, due) == (row.state, row.due):
            return
        store.move_proposal(connection, row.digest, state, due, json.dumps({"reason": stands.reason}))
        if state != row.state:
            body = {"proposal": row.digest, "version": row.version, "state": state, "reason": stands.reason}
            append(connection, head, kind="state", at=now, body=body)

    def _activate(self, connection: Connection, head: LedgerHead, now: int, item: Weighed) -> None:
        previous = head.active_digest
        with governed("the version cannot be activated"):
            version = activate(
                item.signed,
                ledger_key=self._session.ledger_key(),
                effective_at=moment(now),
                ledger_size=head.size,
                ledger_root=head.root(),
            )
        digest = item.row.digest
        store.add_version(connection, item.row.version, digest, now, dump_yaml(version))
        store.move_proposal(connection, digest, "active", None, item.row.detail)
        old = store.proposal(connection, previous)
        if old is not None:
            store.move_proposal(connection, previous, "superseded", None, old.detail)
        body = {"version": item.row.version, "digest": digest, "previous_head": previous}
        append(connection, head, kind="activation", at=now, body=body)
        head.active_digest = digest
        save_state(connection, head)

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


def _due(stands: Standing, holder: str | None) -> list[int]:
    """When an open proposal moves by itself, in µs: the end of its timelock if it holds the head, else its expiry."""
    if stands.state is AmendmentState.APPROVED and stands.due_at is not None:
        return [micros(stands.due_at)] if holder == stands.digest else []
    if stands.state is AmendmentState.PROPOSED and stands.expires_at is not None:
        return [micros(stands.expires_at) + 1000]  # it expires once that time has passed
    return []


def _check_verdict(verdict: str) -> None:
    if verdict not in ("approve", "reject"):
        raise WorkbenchError("no such verdict", f"`{verdict}` is no verdict", "approve or reject", "bad_verdict")


def _refuse_second(standing: Sequence[Signature], signature: Signature) -> None:
    """A person votes once; only a reject may follow an approve, and it overrides it."""
    verdicts = {vote.verdict for vote in standing if vote.principal == signature.principal}
    if not verdicts or (signature.verdict == "reject" and "reject" not in verdicts):
        return
    said = "rejected" if "reject" in verdicts else "approved"
    raise WorkbenchError(
        "already voted",
        f"`{signature.principal}` has {said} this version",
        "each person counts once; another person must sign",
        "already_voted",
    )
