"""Votes on cases: what an approver signs, and how such a vote travels as a file.

Imports keys and DSSE. A vote signs {swarm_id, case, case_key, procedure, procedure_digest, version, stage, verdict,
principal, signed_at, comment} as ``application/vnd.concord.case-vote.v1+json``: it holds for one case of one swarm,
under one version, at one stage of its escalation. ``signed_at`` is the signer's claim; the ledger says when it came.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from workbench.governance.canonical import canonical_bytes, sha256_hex
from workbench.governance.cases import CaseError, Verdict
from workbench.governance.dsse import sign, signer_of
from workbench.governance.errors import ArtifactError
from workbench.governance.keys import PublicKey, Signing
from workbench.governance.strict_json import json_text, parse_json
from workbench.governance.times import parse_time
from workbench.governance.wording import check_text

CASE_VOTE_TYPE = "application/vnd.concord.case-vote.v1+json"
MAX_COMMENT = 2_000
MAX_CASE_VOTE_FILE = 64 * 1024
_SAID = {  # what a vote must agree with the case on: field → reason code, and what is wrong in words
    "swarm_id": ("wrong_swarm", "the vote is for the swarm"),
    "case": ("wrong_case", "the vote is for the case"),
    "case_key": ("wrong_request", "the vote is for a request with the key"),
    "stage": ("stale_stage", "the vote was made at the stage"),  # before the procedure, which goes with the stage
    "procedure": ("wrong_procedure", "the vote is for the procedure"),
    "procedure_digest": ("wrong_procedure", "the vote is for a procedure with the digest"),
    "version": ("wrong_version", "the vote was made under the version"),
}


@dataclass(frozen=True, slots=True)
class CaseStatement:
    """What is signed. ``version`` is the digest of the constitution that the case stands under; ``stage`` counts its
    escalations; ``procedure`` and ``procedure_digest`` are those whose approvals count at that stage."""

    swarm_id: str
    case: str
    case_key: str
    procedure: str
    procedure_digest: str
    version: str
    stage: int
    verdict: Verdict
    principal: str
    signed_at: str
    comment: str = ""

    def to_json(self) -> dict[str, Any]:
        """The statement as canonical JSON writes it."""
        return asdict(self)

    def check(self) -> None:
        """Raises :class:`CaseError`: ``bad_verdict``, ``bad_comment``, ``bad_time``."""
        if self.verdict not in ("approve", "reject"):
            raise CaseError("bad_verdict", f"`{str(self.verdict)[:40]}` is no verdict", "approve or reject")
        if len(self.comment) > MAX_COMMENT:
            raise CaseError("bad_comment", f"the comment is longer than {MAX_COMMENT} characters", "say less")
        try:
            check_text(self.comment, "comment")
        except ArtifactError as error:
            raise CaseError("bad_comment", error.message, error.help) from error
        try:
            parse_time(self.signed_at)
        except ArtifactError as error:
            raise CaseError("bad_time", error.message, error.help) from error

    def agrees(self, asked: CaseStatement) -> None:
        """Whether this is about the same as ``asked``, which the workspace wrote itself.

        Raises :class:`CaseError`: ``wrong_swarm``, ``wrong_case``, ``wrong_request``, ``wrong_procedure``,
        ``wrong_version``, ``stale_stage``.
        """
        for name, (code, what) in _SAID.items():
            said, wanted = getattr(self, name), getattr(asked, name)
            if type(said) is not type(wanted) or said != wanted:
                raise CaseError(code, f"{what} `{str(said)[:100]}`, not `{wanted}`", "look at the case, and vote anew")


@dataclass(frozen=True, slots=True)
class SignedCaseVote:
    """A statement with who signed it: ``signed_by`` a key's fingerprint, ``signature`` base64 of 64 bytes.

    For a vote by token ``signed_by`` is the credential's id and ``signature`` empty.
    """

    statement: CaseStatement
    signed_by: str
    signature: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the canonical {payload, signed_by, signature}: what the ledger names."""
        payload = self.statement.to_json()
        return sha256_hex(
            canonical_bytes({"payload": payload, "signed_by": self.signed_by, "signature": self.signature})
        )


def sign_case_vote(key: Signing, statement: CaseStatement) -> SignedCaseVote:
    """The statement, signed. Raises :class:`CaseError` as :meth:`CaseStatement.check` does."""
    statement.check()
    return SignedCaseVote(statement, key.public.fingerprint, sign(key, CASE_VOTE_TYPE, statement.to_json()))


def verify_case_vote(vote: SignedCaseVote, key: PublicKey) -> None:
    """Prove that ``key`` signed it. Raises :class:`CaseError` (``bad_signature``)."""
    try:
        if signer_of([key], CASE_VOTE_TYPE, vote.statement.to_json(), vote.signature) is not None:
            return
    except ArtifactError:
        pass
    raise CaseError(
        "bad_signature",
        f"the signature of `{vote.statement.principal}` is not over this vote",
        "it was changed, or made for another",
    )


def case_vote_to_json(vote: SignedCaseVote) -> str:
    """The vote as a file: a DSSE envelope."""
    envelope = {
        "payloadType": CASE_VOTE_TYPE,
        "payload": base64.b64encode(canonical_bytes(vote.statement.to_json())).decode(),
        "signatures": [{"keyid": vote.signed_by, "sig": vote.signature}],
    }
    return json_text(envelope, spaced=True) + "\n"


def case_vote_from_json(text: str) -> SignedCaseVote:
    """A vote from a DSSE envelope; its signature is not verified here.

    Raises :class:`CaseError`: ``envelope``, ``payload_type``, ``payload_form``, or as :meth:`CaseStatement.check`.
    """
    try:
        envelope = parse_json(text, "vote") if len(text) <= MAX_CASE_VOTE_FILE else None
        match envelope:
            case {
                "payloadType": str(kind),
                "payload": str(encoded),
                "signatures": [{"keyid": str(key), "sig": str(signature)}],
            }:
                pass
            case _:
                raise CaseError("envelope", "the file is not a DSSE envelope with one signature")
        if kind != CASE_VOTE_TYPE:
            raise CaseError("payload_type", f"the envelope holds `{kind[:80]}`, not a vote on a case")
        payload = base64.b64decode(encoded, validate=True)
        said = parse_json(payload.decode(), "vote")
        if not _well_formed(said) or canonical_bytes(said) != payload:
            raise CaseError("payload_form", "the vote is not written in its canonical form")
    except ValueError as error:  # not base64, not ascii, not UTF-8
        raise CaseError("envelope", "the payload of the envelope cannot be read") from error
    except ArtifactError as error:
        raise CaseError(error.code, error.message, error.help) from error
    statement = CaseStatement(**said)
    statement.check()
    return SignedCaseVote(statement, key, signature)


def _well_formed(said: Any) -> bool:
    if not isinstance(said, Mapping) or said.keys() != {field.name for field in fields(CaseStatement)}:
        return False
    return all(type(value) is (int if name == "stage" else str) for name, value in said.items())
