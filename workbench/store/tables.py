"""The tables, as SQLModel classes, and their Core handles for the hot path.

Times are integers: microseconds since 1970 in UTC. JSON and ledger entries are kept as the exact bytes written.
May import SQLModel; nothing here reads or writes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, text
from sqlmodel import Field, SQLModel


def _bytes() -> Any:
    return Field(sa_column=Column(LargeBinary, nullable=False))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False))


BESIDES = text("kind <> 'decision'")
"""What the timeline lists; an index covers exactly these entries, so a query must say it in the same words."""


class Head(SQLModel, table=True):
    """One row: where the ledger stands and what is in force. Read first in every write, so it decides races."""

    __tablename__: ClassVar[Any] = "head"
    id: int = Field(default=1, primary_key=True)
    size: int = Field(default=0, sa_type=BigInteger)  # entries in the ledger
    hash: str = ""  # of the last entry
    frontier: bytes = _bytes()  # Merkle frontier of the ledger, as governance writes it
    last_at: int = Field(default=0, sa_type=BigInteger)  # time of the last entry
    active_digest: str = ""  # digest of the version in force
    next_due: int | None = Field(default=None, sa_type=BigInteger)  # when something will happen by itself
    generation: int = 0  # grows with every change of directory, facts or overlays
    frozen_at: int | None = Field(default=None, sa_type=BigInteger)  # trusted time when a clock's jump froze timelocks
    sealed: str = ""  # why every decision is denied until a signer acknowledges it; empty: it is not


class LedgerEntry(SQLModel, table=True):
    """The record. ``body`` holds the canonical bytes of the whole entry; the other columns repeat parts of it."""

    __tablename__: ClassVar[Any] = "ledger"
    __table_args__ = (Index("ix_ledger_happenings", "seq", "kind", sqlite_where=BESIDES, postgresql_where=BESIDES),)
    seq: int | None = Field(default=None, primary_key=True)
    kind: str
    at: int = Field(sa_type=BigInteger)
    hash: str
    prev: str
    body: bytes = _bytes()


class DecisionRow(SQLModel, table=True):
    """A cache of what the feed lists; ``seq`` is the ledger's. ``at``: when the action happened."""

    __tablename__: ClassVar[Any] = "decisions"
    __table_args__ = (
        Index("ix_decisions_outcome_seq", "outcome", "seq"),
        Index("ix_decisions_violation_seq", "violation", "seq"),
        Index("ix_decisions_recorded_at", "recorded_at"),
    )
    seq: int | None = Field(default=None, primary_key=True)
    at: int = Field(sa_type=BigInteger)
    recorded_at: int = Field(sa_type=BigInteger)
    agent: str
    action: str
    resource: str
    outcome: str
    code: str
    rule: str
    violation: bool
    version: str


class Payload(SQLModel, table=True):
    """What was asked and answered. Erasable: the ledger keeps only salted digests of it."""

    __tablename__: ClassVar[Any] = "payloads"
    seq: int | None = Field(default=None, primary_key=True)
    salt: bytes = _bytes()
    request: bytes = _bytes()
    entities: bytes = _bytes()
    decision: bytes = _bytes()


class Tally(SQLModel, table=True):
    """Running counts (``allow``, ``deny``, ``hold``, ``violations``), kept in the transaction of what they count."""

    __tablename__: ClassVar[Any] = "tallies"
    name: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)


class VersionRow(SQLModel, table=True):
    """A version that is or was in force, in the order of activation (``position`` from 0)."""

    __tablename__: ClassVar[Any] = "versions"
    position: int = Field(primary_key=True)
    version: str = Field(unique=True)
    digest: str = Field(unique=True)
    effective_at: int = Field(sa_type=BigInteger)
    yaml: str = _text()


class ProposalRow(SQLModel, table=True):
    """A proposed version. ``state`` is the lifecycle's; ``detail`` its JSON; ``yaml`` the unsigned artifact."""

    __tablename__: ClassVar[Any] = "proposals"
    digest: str = Field(primary_key=True)
    version: str
    parent_digest: str
    state: str
    proposed_at: int = Field(sa_type=BigInteger)
    due: int | None = Field(default=None, sa_type=BigInteger)
    detail: str = _text()
    yaml: str = _text()


class VoteRow(SQLModel, table=True):
    """One witnessed vote: ``vote`` is its JSON with the witness."""

    __tablename__: ClassVar[Any] = "votes"
    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(index=True)
    principal: str
    fingerprint: str
    received_at: int = Field(sa_type=BigInteger)
    vote: str = _text()


class DraftRow(SQLModel, table=True):
    """One revision of the working text. ``origin``: ``saved``, or ``stale`` for a text that lost a race."""

    __tablename__: ClassVar[Any] = "drafts"
    id: int | None = Field(default=None, primary_key=True)
    revision: int = Field(index=True)
    origin: str
    base_version: str
    saved_at: int = Field(sa_type=BigInteger)
    english: str = _text()
    cedar_plus: str = _text()
    schema_text: str = _text()
    tests: str = _text()


class DirectoryEntity(SQLModel, table=True):
    """An entity that is believed, in Cedar's JSON form."""

    __tablename__: ClassVar[Any] = "directory"
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    entity: str = _text()


class Fact(SQLModel, table=True):
    """A context attribute that the server or a meter vouches for; ``principal`` is empty for everyone."""

    __tablename__: ClassVar[Any] = "facts"
    principal: str = Field(primary_key=True)
    attribute: str = Field(primary_key=True)
    value: str = _text()


class CaseRow(SQLModel, table=True):
    """One request that waits for one procedure. ``state`` and ``detail`` (JSON) are the case's life; ``payload`` is the
    request as JSON, erasable. ``requirement`` names the procedure whose seats count now (another after escalation)."""

    __tablename__: ClassVar[Any] = "cases"
    __table_args__ = (Index("ix_cases_key", "case_key", "procedure"), Index("ix_cases_state", "state"))
    id: str = Field(primary_key=True)
    case_key: str
    procedure: str
    procedure_digest: str
    requirement: str
    version_digest: str
    state: str
    requester: str
    action: str
    resource: str
    opened_seq: int = Field(sa_type=BigInteger)
    opened_at: int = Field(sa_type=BigInteger)
    due: int | None = Field(default=None, sa_type=BigInteger)  # when it moves by itself
    detail: str = _text()
    payload: str = _text()


class CaseVoteRow(SQLModel, table=True):
    """One witnessed vote on a case, ``vote`` its JSON. ``stage`` counts escalations: votes of earlier ones lapse."""

    __tablename__: ClassVar[Any] = "case_votes"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(index=True)
    stage: int
    principal: str
    verdict: str
    received_at: int = Field(sa_type=BigInteger)
    vote: str = _text()


class OverlayRow(SQLModel, table=True):
    """A stop, a brake or a run-time norm. ``statement`` is the signed envelope; ``detail`` JSON of how it ended."""

    __tablename__: ClassVar[Any] = "overlays"
    __table_args__ = (Index("ix_overlays_state", "state"),)
    id: str = Field(primary_key=True)
    kind: str
    state: str
    placed_by: str
    placed_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    statement: str = _text()
    detail: str = _text()


class CheckpointRow(SQLModel, table=True):
    """A signed statement of size and root of the ledger; ``statement`` is its envelope."""

    __tablename__: ClassVar[Any] = "checkpoints"
    size: int = Field(primary_key=True, sa_type=BigInteger)
    root: str
    at: int = Field(sa_type=BigInteger)
    statement: str = _text()


class NoticeRow(SQLModel, table=True):
    """A notice that waits to be delivered, or was. ``dedupe`` names the happening: one notice each."""

    __tablename__: ClassVar[Any] = "notices"
    __table_args__ = (Index("ix_notices_next_at", "delivered_at", "next_at"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    dedupe: str = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)
    attempts: int = 0
    next_at: int = Field(sa_type=BigInteger)
    delivered_at: int | None = Field(default=None, sa_type=BigInteger)
    detail: str = _text()


class CredentialRow(SQLModel, table=True):
    """What proves a directory principal: a public key line, or the SHA-256 of a token. ``state``: active, suspended,
    revoked."""

    __tablename__: ClassVar[Any] = "credentials"
    id: str = Field(primary_key=True)
    principal: str = Field(index=True)
    kind: str
    value: str = _text()
    label: str
    state: str
    created_at: int = Field(sa_type=BigInteger)


class KeyHoldRow(SQLModel, table=True):
    """A roster key that is not witnessed any more: suspended or revoked since ``at``."""

    __tablename__: ClassVar[Any] = "key_holds"
    fingerprint: str = Field(primary_key=True)
    state: str
    placed_by: str
    at: int = Field(sa_type=BigInteger)
    detail: str = _text()


class ShadowRow(SQLModel, table=True):
    """What a version running beside the one in force would have decided, where that differs."""

    __tablename__: ClassVar[Any] = "shadows"
    seq: int | None = Field(default=None, primary_key=True)
    digest: str = Field(index=True)
    outcome: str
    code: str
    rule: str


class Setting(SQLModel, table=True):
    """A named value of this workspace."""

    __tablename__: ClassVar[Any] = "settings"
    key: str = Field(primary_key=True)
    value: str = _text()


metadata = SQLModel.metadata


def _core(model: type[SQLModel]) -> Table:
    return metadata.tables[str(model.__tablename__)]


head = _core(Head)
ledger = _core(LedgerEntry)
decisions = _core(DecisionRow)
payloads = _core(Payload)
tallies = _core(Tally)
versions = _core(VersionRow)
proposals = _core(ProposalRow)
votes = _core(VoteRow)
drafts = _core(DraftRow)
directory = _core(DirectoryEntity)
facts = _core(Fact)
settings = _core(Setting)
cases = _core(CaseRow)
case_votes = _core(CaseVoteRow)
overlays = _core(OverlayRow)
checkpoints = _core(CheckpointRow)
notices = _core(NoticeRow)
credentials = _core(CredentialRow)
key_holds = _core(KeyHoldRow)
shadows = _core(ShadowRow)
