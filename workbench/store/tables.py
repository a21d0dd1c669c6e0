"""The tables, as SQLModel classes, and their Core handles for the hot path.

Times are integers: microseconds since 1970 in UTC. JSON and ledger entries are kept as the exact bytes written.
May import SQLModel; nothing here reads or writes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, text
from sqlmodel import Field, SQLModel

from workbench.store.words import Prose, Words

WIDE = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both: SQLite's INTEGER is that wide, and only under this name is it the table's own key."""


def _bytes() -> Any:
    return Field(sa_column=Column(LargeBinary, nullable=False))


def _number() -> Any:
    """A key that the ledger gives out."""
    return Field(sa_column=Column(WIDE, primary_key=True, autoincrement=False))


def _counter() -> Any:
    """A key that the database gives out."""
    return Field(default=None, sa_column=Column(WIDE, primary_key=True))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Prose, nullable=False))


BESIDES = text("kind <> 'decision'")
"""What the timeline lists; an index covers exactly these entries, so a query must say it in the same words."""


class Head(SQLModel, table=True):
    """One row: where the ledger stands and what is in force. Read first in every write, so it decides races."""

    __tablename__: ClassVar[Any] = "head"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
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
    seq: int = _number()
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
        Index("ix_decisions_agent_seq", "agent", "seq", "violation"),  # all that compliance is counted from
    )
    seq: int = _number()
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
    severity: str = _text()


class Payload(SQLModel, table=True):
    """What was asked and answered. Erasable: the ledger keeps only salted digests of it."""

    __tablename__: ClassVar[Any] = "payloads"
    seq: int = _number()
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
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    version: str = Field(unique=True, sa_type=Words)
    digest: str = Field(unique=True, sa_type=Words)
    effective_at: int = Field(sa_type=BigInteger)
    yaml: str = _text()


class ProposalRow(SQLModel, table=True):
    """A proposed version. ``state`` is the lifecycle's; ``detail`` its JSON; ``yaml`` the unsigned artifact."""

    __tablename__: ClassVar[Any] = "proposals"
    digest: str = Field(primary_key=True, sa_type=Words)
    version: str = Field(sa_type=Words)
    parent_digest: str = Field(sa_type=Words)
    state: str
    proposed_at: int = Field(sa_type=BigInteger)
    due: int | None = Field(default=None, sa_type=BigInteger)
    detail: str = _text()
    yaml: str = _text()


class VoteRow(SQLModel, table=True):
    """One witnessed vote: ``vote`` is its JSON with the witness."""

    __tablename__: ClassVar[Any] = "votes"
    id: int | None = _counter()
    digest: str = Field(index=True, sa_type=Words)
    principal: str = Field(sa_type=Words)
    fingerprint: str = Field(sa_type=Words)
    received_at: int = Field(sa_type=BigInteger)
    vote: str = _text()


class DraftRow(SQLModel, table=True):
    """One revision of the working text. ``origin``: ``saved``, ``stale`` for a text that lost a race, or ``follows``
    for that of a version which came into force while nobody had written in the draft.

    ``restored``: the number of the older revision that it brought back; null for a text of its own.
    """

    __tablename__: ClassVar[Any] = "drafts"
    id: int | None = _counter()
    revision: int = Field(index=True)
    origin: str
    base_version: str = Field(sa_type=Words)
    saved_at: int = Field(sa_type=BigInteger)
    english: str = _text()
    cedar_plus: str = _text()
    schema_text: str = _text()
    tests: str = _text()
    invariants: str = _text()
    origins: str = _text()
    restored: int | None = Field(default=None)


class DirectoryEntity(SQLModel, table=True):
    """An entity that is believed, in Cedar's JSON form."""

    __tablename__: ClassVar[Any] = "directory"
    type: str = Field(primary_key=True, sa_type=Words)
    id: str = Field(primary_key=True, sa_type=Words)
    entity: str = _text()


class Fact(SQLModel, table=True):
    """A context attribute that the server or a meter vouches for; ``principal`` is empty for everyone."""

    __tablename__: ClassVar[Any] = "facts"
    principal: str = Field(primary_key=True, sa_type=Words)
    attribute: str = Field(primary_key=True, sa_type=Words)
    value: str = _text()


class CaseRow(SQLModel, table=True):
    """One request that waits for one procedure. ``state`` and ``detail`` (JSON) are the case's life; ``payload`` is the
    request as JSON, erasable. ``requirement`` names the procedure whose seats count now (another after escalation)."""

    __tablename__: ClassVar[Any] = "cases"
    __table_args__ = (Index("ix_cases_key", "case_key", "procedure"), Index("ix_cases_state", "state"))
    id: str = Field(primary_key=True, sa_type=Words)
    case_key: str = Field(sa_type=Words)
    procedure: str = Field(sa_type=Words)
    procedure_digest: str = Field(sa_type=Words)
    requirement: str = Field(sa_type=Words)
    version_digest: str = Field(sa_type=Words)
    state: str
    requester: str = Field(sa_type=Words)
    action: str = Field(sa_type=Words)
    resource: str = Field(sa_type=Words)
    opened_seq: int = Field(sa_type=BigInteger)
    opened_at: int = Field(sa_type=BigInteger)
    due: int | None = Field(default=None, sa_type=BigInteger)  # when it moves by itself
    detail: str = _text()
    payload: str = _text()


class CaseVoteRow(SQLModel, table=True):
    """One witnessed vote on a case, ``vote`` its JSON. ``stage`` counts escalations: votes of earlier ones lapse."""

    __tablename__: ClassVar[Any] = "case_votes"
    id: int | None = _counter()
    case_id: str = Field(index=True, sa_type=Words)
    stage: int
    principal: str = Field(sa_type=Words)
    verdict: str
    received_at: int = Field(sa_type=BigInteger)
    vote: str = _text()


class OverlayRow(SQLModel, table=True):
    """A stop, a brake or a run-time norm. ``statement`` is the signed envelope; ``detail`` JSON of how it ended."""

    __tablename__: ClassVar[Any] = "overlays"
    __table_args__ = (Index("ix_overlays_state", "state"),)
    id: str = Field(primary_key=True, sa_type=Words)
    kind: str
    state: str
    placed_by: str = Field(sa_type=Words)
    placed_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    statement: str = _text()
    detail: str = _text()


class CheckpointRow(SQLModel, table=True):
    """A signed statement of size and root of the ledger; ``statement`` is its envelope."""

    __tablename__: ClassVar[Any] = "checkpoints"
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: str
    at: int = Field(sa_type=BigInteger)
    statement: str = _text()


class NoticeRow(SQLModel, table=True):
    """A notice that waits to be delivered, or was. ``dedupe`` names the happening: one notice each."""

    __tablename__: ClassVar[Any] = "notices"
    __table_args__ = (Index("ix_notices_next_at", "delivered_at", "next_at"),)
    id: int | None = _counter()
    kind: str
    subject: str = Field(sa_type=Words)
    dedupe: str = Field(unique=True, sa_type=Words)
    created_at: int = Field(sa_type=BigInteger)
    attempts: int = 0
    next_at: int = Field(sa_type=BigInteger)
    delivered_at: int | None = Field(default=None, sa_type=BigInteger)
    detail: str = _text()


class CredentialRow(SQLModel, table=True):
    """What proves a directory principal: a public key line, or the SHA-256 of a token. ``state``: active, suspended,
    revoked."""

    __tablename__: ClassVar[Any] = "credentials"
    id: str = Field(primary_key=True, sa_type=Words)
    principal: str = Field(index=True, sa_type=Words)
    kind: str
    value: str = _text()
    label: str = Field(sa_type=Words)
    state: str
    created_at: int = Field(sa_type=BigInteger)


class KeyHoldRow(SQLModel, table=True):
    """A roster key that is not witnessed any more: suspended or revoked since ``at``."""

    __tablename__: ClassVar[Any] = "key_holds"
    fingerprint: str = Field(primary_key=True, sa_type=Words)
    state: str
    placed_by: str = Field(sa_type=Words)
    at: int = Field(sa_type=BigInteger)
    detail: str = _text()


class ShadowRow(SQLModel, table=True):
    """What a version running beside the one in force would have decided, where that differs."""

    __tablename__: ClassVar[Any] = "shadows"
    seq: int = _number()
    digest: str = Field(index=True, sa_type=Words)
    outcome: str
    code: str
    rule: str = Field(sa_type=Words)


class Setting(SQLModel, table=True):
    """A named value of this workspace."""

    __tablename__: ClassVar[Any] = "settings"
    key: str = Field(primary_key=True, sa_type=Words)
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
