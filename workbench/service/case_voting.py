"""Voting on cases: whose key or token it is, what is signed, and whether the vote is taken. Not for faces.

Approvers are directory principals: a key or a token counts where it is an *active* credential of one, at the time of
the vote and again when the quorum is counted. The roster is for amendments only. Reasons for which a vote is refused:
``no_case``, ``not_unique``, ``case_changed`` (its row is not as the ledger has it), ``store_corrupt`` (it is no case),
``case_closed``, ``case_erased``, ``too_late``, ``bad_verdict``, ``bad_comment``,
``unknown_key``, ``credential_suspended``, ``credential_revoked``, ``wrong_principal``, ``bad_signature``,
``not_in_directory``, ``requester_votes``, ``rejected_before``, ``already_voted``, ``not_eligible``, ``wrong_swarm``,
``wrong_case``, ``wrong_request``, ``wrong_procedure``, ``wrong_version``, ``stale_stage``; of tokens ``bad_token``,
``token_suspended``, ``token_revoked``; ``key_suspended``, ``key_revoked`` for a key that is held as one of the roster;
and those of :func:`~workbench.service.signers.open_signer_with`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from workbench.engine.request import as_uid
from workbench.governance.approvers import Approvers
from workbench.governance.canonical import canonical_bytes
from workbench.governance.case_votes import (
    CaseStatement,
    SignedCaseVote,
    case_vote_from_json,
    sign_case_vote,
    verify_case_vote,
)
from workbench.governance.cases import Case, CaseState, CaseVote, Verdict, Voted
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import PublicKey, demo_swarm, parse_public_line
from workbench.governance.roster import RosterEntry
from workbench.governance.times import format_time
from workbench.language.ast import Require
from workbench.service.agent import agent_keys, has_agent
from workbench.service.clock import moment
from workbench.service.docket import Docket, Docketed
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import SignWith
from workbench.service.key_care import refuse_held
from workbench.service.keys import Signer, list_keys, person_of, remember_keys
from workbench.service.law import Law
from workbench.service.proving import believed, proven_by_token, was_active
from workbench.service.session import KEYS, Session
from workbench.service.signers import ANY_AGENT_KEY, open_signer_with
from workbench.service.views import KeyView
from workbench.store import cases as store
from workbench.store import credentials as credential_store
from workbench.store.credentials import StoredCredential
from workbench.store.ledger import LedgerHead, entry, read_head

APPROVER = "approver"  # the role that a key of a directory principal is shown with
_REFUSED = "the vote was refused"
_LIST = "`workbench cases list` shows the open ones"


def find(connection: Connection, id: str) -> store.StoredCase:
    """The case with this id, or the one whose id begins so.

    Raises :class:`WorkbenchError`: ``no_case``, ``not_unique``.
    """
    prefix = id.strip().lower()
    digits = prefix != "" and all(char in "0123456789abcdef" for char in prefix)
    found = store.beginning_with(connection, prefix) if digits else []
    exact = [row for row in found if row.id == prefix]
    if len(exact or found) > 1:
        raise WorkbenchError("which case?", f"several begin with `{prefix}`", "give more of the id", "not_unique")
    if not found:
        raise WorkbenchError("no such case", f"there is no case `{id[:80]}`", _LIST, "no_case")
    return (exact or found)[0]


def requires_of(connection: Connection, session: Session, case: Case) -> tuple[Require, ...]:
    """The ``require`` clauses whose approvals count now, of the version that the case stands under."""
    program = session.laws.checked(connection, case.version).program
    for _, procedure in program.procedures:
        if procedure.name == case.requirement.procedure:
            return procedure.requires
    return ()


def trouble_with(connection: Connection, item: Docketed, row: store.StoredCaseVote, *, later: bool = False) -> str:
    """Why a stored vote does not count; empty where it does. ``later``: its credential may have ended since.

    A vote by key is verified anew, and any must be the one that the ledger tells of, for this very request and
    procedure: a row that somebody wrote into the database counts for nothing.
    """
    try:
        kept = json.loads(row.vote)
        said = CaseStatement(**kept["statement"])
        credential = _credential_of(connection, row.principal, kept["signed_by"])
        if credential is None:
            return "no credential of that principal made it"
        if credential.state != "active" and not later:
            return "its credential is not active any more"
        if (said.case, said.stage, said.principal, said.verdict) != (
            row.case_id,
            row.stage,
            row.principal,
            row.verdict,
        ):
            return "it was changed in the store"
        if said.case_key != item.row.case_key:
            return "it is for another request"
        requirement = item.case.requirement
        asked = (item.case.stage, requirement.procedure, requirement.digest)
        if said.stage == item.case.stage and (said.stage, said.procedure, said.procedure_digest) != asked:
            return "it is for another procedure"
        signed = SignedCaseVote(said, kept["signed_by"], kept["signature"])
        if credential.kind == "key":
            verify_case_vote(signed, _public(credential))
        written = entry(connection, kept["entry"])
        if written is None or written.kind != "case_vote" or json.loads(written.body)["body"]["vote"] != signed.digest:
            return "the ledger has no such vote"
        if not was_active(connection, credential, kept["entry"]):
            return "its credential was not active when it came"
    except (ValueError, KeyError, TypeError, GovernanceError):
        return "it cannot be verified"
    return ""


class CaseVoting:
    """The use cases of approving and rejecting."""

    def __init__(self, session: Session, docket: Docket) -> None:
        self._session = session
        self._docket = docket

    def vote(self, id: str, verdict: str, *, using: SignWith, comment: str = "") -> str:
        """Sign with a key and hand the vote in; the case's id."""
        with self._session.read() as connection:
            head = read_head(connection)
            case, key = self._open(connection, id)
            keys = _key_credentials(connection)
        signer = _signer(using, keys, self._session.swarm_id)
        statement = self._statement(case, key, _verdict(verdict), signer.principal, head, comment)
        with governed(_REFUSED):
            signed = sign_case_vote(signer.key, statement)
        self._cast(signed)
        if using.key_path:
            remember_keys([Path(using.key_path).expanduser()], self._session.location)
        return case.id

    def vote_with_token(self, id: str, verdict: str, token: str, comment: str = "") -> str:
        """Vote as the principal that a token proves; the case's id."""
        with self._session.read() as connection:
            head = read_head(connection)
            case, key = self._open(connection, id)
            credential = proven_by_token(connection, token)
        statement = self._statement(case, key, _verdict(verdict), credential.principal, head, comment)
        with governed(_REFUSED):
            statement.check()
        self._cast(SignedCaseVote(statement, credential.id))
        return case.id

    def to_sign(self, id: str, verdict: str, *, principal: str, comment: str = "") -> str:
        """The canonical JSON of the statement that ``principal`` would sign now."""
        with self._session.read() as connection:
            head = read_head(connection)
            case, key = self._open(connection, id)
        statement = self._statement(case, key, _verdict(verdict), principal, head, comment)
        with governed("the vote cannot be made"):
            statement.check()
            return canonical_bytes(statement.to_json()).decode()

    def import_vote(self, envelope: str) -> str:
        """Take a vote by key that was signed elsewhere; the case's id."""
        with governed("the vote cannot be read"):
            signed = case_vote_from_json(envelope)
        if not signed.signature:
            raise WorkbenchError(_REFUSED, "it is not signed", "sign it with a registered key", "bad_signature")
        self._cast(signed)
        return signed.statement.case

    def approver_keys(self) -> tuple[KeyView, ...]:
        """The keys here that belong to directory principals with an active credential.

        Those that only ssh-agent holds have no path: they are named by their fingerprint.
        """
        with self._session.read() as connection:
            keys = [row for row in _key_credentials(connection) if row.state == "active"]
        roster = _as_roster(keys)
        views = [view for view in list_keys([self._session.location / KEYS], roster) if view.principal]
        found = {view.fingerprint for view in views}
        if has_agent():
            with suppress(WorkbenchError):  # an agent that does not answer offers nothing
                for held in agent_keys():
                    entry = person_of(held.public, roster)
                    if entry is not None and held.public.fingerprint not in found:
                        demo = demo_swarm(held.comment) is not None
                        views.append(
                            KeyView("", held.public.fingerprint, entry.principal, entry.role, demo, encrypted=False)
                        )
        return tuple(views)

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _open(self, connection: Connection, id: str) -> tuple[Case, str]:
        """An open case and the key of its request."""
        row = find(connection, id)
        case = self._docket.read(connection, row).case
        if case.state is not CaseState.OPEN:
            why = f": {case.reason}" if case.reason else ""
            raise WorkbenchError(_REFUSED, f"the case is {case.state}{why}", _LIST, "case_closed")
        return case, row.case_key

    def _statement(
        self, case: Case, key: str, verdict: Verdict, principal: str, head: LedgerHead, comment: str
    ) -> CaseStatement:
        return CaseStatement(
            swarm_id=self._session.swarm_id,
            case=case.id,
            case_key=key,
            procedure=case.requirement.procedure,
            procedure_digest=case.requirement.digest,
            version=case.version,
            stage=case.stage,
            verdict=verdict,
            principal=principal,
            signed_at=format_time(moment(self._session.now(head))),
            comment=comment,
        )

    def _cast(self, signed: SignedCaseVote) -> None:
        """Judge a vote by what holds at this moment, record it, and let the case step."""
        with self._session.write() as connection, governed(_REFUSED):
            head = read_head(connection)
            now = self._session.now(head)
            self._session.settle(connection, head, now)
            said = signed.statement
            row = find(connection, said.case)
            item = self._docket.read(connection, row)
            case = item.case
            if case.state is not CaseState.OPEN:
                why = f": {case.reason}" if case.reason else ""
                raise WorkbenchError(_REFUSED, f"the case is {case.state}{why}", _LIST, "case_closed")
            said.agrees(self._statement(case, row.case_key, said.verdict, said.principal, head, said.comment))
            credential = self._prove(connection, signed)
            law = self._session.laws.in_force(connection, head)
            may = self._may(connection, law, item, said.principal)
            vote = CaseVote(case.stage, said.principal, said.verdict, now, credential.id)
            event = Voted(vote, may, self._docket.requirements(connection, law.digest))
            standing = now if head.frozen_at is None else min(now, head.frozen_at)
            self._docket.take(connection, head, item, event, signed, standing)
            self._session.settle(connection, head, now)

    def _prove(self, connection: Connection, signed: SignedCaseVote) -> StoredCredential:
        """The active credential that made the vote. Raises :class:`WorkbenchError` or ``CaseError``."""
        said = signed.statement
        credential = _credential_of(connection, said.principal, signed.signed_by)
        if credential is None:
            others = [row for row in _key_credentials(connection) if row.label == signed.signed_by]
            if others:
                raise WorkbenchError(
                    _REFUSED,
                    f"the key {signed.signed_by} is `{others[0].principal}`'s, not `{said.principal}`'s",
                    "sign with your own key",
                    "wrong_principal",
                )
            raise _unknown_key(signed.signed_by)
        _require_active(credential)
        if credential.kind == "key":
            refuse_held(connection, signed.signed_by)
            verify_case_vote(signed, _public(credential))
        elif signed.signature:
            raise WorkbenchError(_REFUSED, "a token signs nothing", "", "bad_signature")
        return credential

    def _may(self, connection: Connection, law: Law, item: Docketed, voter: str) -> tuple[frozenset[str], ...]:
        """Who of the voter and those who have approved may take which seat, by the directory as it is now."""
        held = item.held
        if held is None:
            raise WorkbenchError(_REFUSED, "what was asked was erased", "it must be asked again", "case_erased")
        directory = law.known.directory
        approvers = Approvers(held.request, directory, held.world(directory), law.checked.schema)
        uid = as_uid(voter)
        if not approvers.known(uid):
            raise WorkbenchError(
                _REFUSED,
                f"`{voter}` is no principal of the directory",
                "cases are approved by directory principals; the roster is for amendments",
                "not_in_directory",
            )
        sound = {
            vote.principal
            for vote, row in zip(item.case.votes, item.votes, strict=True)
            if vote.stage == item.case.stage and not trouble_with(connection, item, row)
        }
        people = [as_uid(person) for person in item.case.approvers if person in sound]
        return approvers.may(requires_of(connection, self._session, item.case), [uid, *people])


def _verdict(text: str) -> Verdict:
    if text == "approve":
        return "approve"
    if text == "reject":
        return "reject"
    raise WorkbenchError("no such verdict", f"`{text[:40]}` is no verdict", "approve or reject", "bad_verdict")


def _key_credentials(connection: Connection) -> list[StoredCredential]:
    return believed(connection, [row for row in credential_store.all_of(connection) if row.kind == "key"])


def _credential_of(connection: Connection, principal: str, signed_by: str) -> StoredCredential | None:
    """The credential of ``principal`` that a vote names: a key by its fingerprint, a token by its id."""
    for row in believed(connection, credential_store.all_of(connection, principal)):
        if signed_by == (_public(row).fingerprint if row.kind == "key" else row.id):
            return row
    return None


def _public(credential: StoredCredential) -> PublicKey:
    return parse_public_line(credential.value)[0]


def _as_roster(keys: Iterable[StoredCredential]) -> list[RosterEntry]:
    """Keys of directory principals in the form in which key files look their person up; nothing is validated."""
    return [RosterEntry.model_construct(principal=row.principal, role=APPROVER, keys=(row.value,)) for row in keys]


def _signer(using: SignWith, keys: list[StoredCredential], swarm_id: str) -> Signer:
    """The opened key and whose it is. Raises :class:`WorkbenchError`."""
    try:
        signer = open_signer_with(using, _as_roster(keys), swarm_id)
    except WorkbenchError as error:
        if error.code == "unknown_key":
            raise _unknown_key(using.key_path or using.agent) from None
        if error.code == "not_in_agent" and using.agent == ANY_AGENT_KEY:
            what = "none of its keys belongs to a principal of the directory"
            raise WorkbenchError("not in the ssh-agent", what, "`ssh-add` the key", "not_in_agent") from None
        raise
    fingerprint = signer.key.public.fingerprint
    for row in keys:
        with suppress(GovernanceError):
            if _public(row).fingerprint == fingerprint:
                _require_active(row)
    return signer


def _require_active(credential: StoredCredential) -> None:
    if credential.state != "active":
        raise WorkbenchError(
            _REFUSED,
            f"the {credential.kind} of `{credential.principal}` is {credential.state}",
            "vote with a credential that is active",
            f"credential_{credential.state}",
        )


def _unknown_key(name: str) -> WorkbenchError:
    return WorkbenchError(
        "unknown key",
        f"`{name}` belongs to no principal of the directory",
        "register it with `workbench credentials register-key`; keys of the roster sign amendments, not cases",
        "unknown_key",
    )
