"""The chain of versions in force, and the proposals that wait with their votes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select, update

from workbench.store.tables import BESIDES, ledger, proposals, versions, votes


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """``yaml`` is the artifact as in the file of the same version; ``effective_at`` in µs."""

    position: int
    version: str
    digest: str
    effective_at: int
    yaml: str


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """``state`` and ``detail`` (JSON) are the lifecycle's; ``due`` in µs, when it moves by itself."""

    digest: str
    version: str
    parent_digest: str
    state: str
    proposed_at: int
    due: int | None
    detail: str
    yaml: str


@dataclass(frozen=True, slots=True)
class StoredVote:
    """``vote`` is JSON, witness included; ``received_at`` in µs."""

    digest: str
    principal: str
    fingerprint: str
    received_at: int
    vote: str


_VERSION = tuple(versions.c[name] for name in StoredVersion.__dataclass_fields__)
_PROPOSAL = tuple(proposals.c[name] for name in StoredProposal.__dataclass_fields__)
_VOTE = tuple(votes.c[name] for name in StoredVote.__dataclass_fields__)


def chain(connection: Connection, first: int = 0) -> list[StoredVersion]:
    """Every version that is or was in force from ``position`` ``first`` on, genesis first."""
    query = select(*_VERSION).where(versions.c.position >= first).order_by(versions.c.position)
    return [StoredVersion(*row) for row in connection.execute(query)]


def chain_length(connection: Connection) -> int:
    """How many versions are or were in force."""
    return int(connection.execute(select(func.count()).select_from(versions)).scalar() or 0)


def newest(connection: Connection) -> StoredVersion | None:
    """The version that came into force last; ``None`` before a genesis."""
    found = connection.execute(select(*_VERSION).order_by(versions.c.position.desc()).limit(1)).first()
    return None if found is None else StoredVersion(*found)


def first_entry(connection: Connection) -> bytes:
    """The ledger entry of the first version's coming into force, as stored; empty where there is none."""
    query = select(ledger.c.body).where(BESIDES).where(ledger.c.kind == "activation").order_by(ledger.c.seq).limit(1)
    found = connection.execute(query).scalar()
    return found if isinstance(found, bytes) else b""


def by_digest(connection: Connection, digest: str) -> StoredVersion | None:
    """One version of the chain."""
    found = connection.execute(select(*_VERSION).where(versions.c.digest == digest)).first()
    return None if found is None else StoredVersion(*found)


def by_name(connection: Connection, version: str) -> StoredVersion | None:
    """One version of the chain by its number."""
    found = connection.execute(select(*_VERSION).where(versions.c.version == version)).first()
    return None if found is None else StoredVersion(*found)


def add_version(connection: Connection, version: str, digest: str, effective_at: int, yaml: str) -> None:
    """Put a version at the end of the chain."""
    position = chain_length(connection)
    connection.execute(versions.insert(), asdict(StoredVersion(position, version, digest, effective_at, yaml)))


def proposal_list(connection: Connection, states: tuple[str, ...] | None = None) -> list[StoredProposal]:
    """Proposals, oldest first; only those in ``states`` where given."""
    query = select(*_PROPOSAL).order_by(proposals.c.proposed_at, proposals.c.digest)
    if states is not None:
        query = query.where(proposals.c.state.in_(states))
    return [StoredProposal(*row) for row in connection.execute(query)]


def proposal(connection: Connection, digest: str) -> StoredProposal | None:
    """One proposal."""
    found = connection.execute(select(*_PROPOSAL).where(proposals.c.digest == digest)).first()
    return None if found is None else StoredProposal(*found)


def add_proposal(connection: Connection, row: StoredProposal) -> None:
    """Keep a new proposal."""
    connection.execute(proposals.insert(), asdict(row))


def move_proposal(connection: Connection, digest: str, state: str, due: int | None, detail: str) -> None:
    """Write the state that the lifecycle gave a proposal."""
    connection.execute(
        update(proposals).where(proposals.c.digest == digest).values(state=state, due=due, detail=detail)
    )


def vote_list(connection: Connection, digest: str) -> list[StoredVote]:
    """The votes on a proposal, in the order they were received."""
    query = select(*_VOTE).where(votes.c.digest == digest).order_by(votes.c.id)
    return [StoredVote(*row) for row in connection.execute(query)]


def replace_vote(connection: Connection, row: StoredVote, vote: str) -> None:
    """Keep a vote with a further ledger key's word, in place of ``row`` as it was read."""
    same = (votes.c.digest == row.digest) & (votes.c.principal == row.principal) & (votes.c.vote == row.vote)
    connection.execute(update(votes).where(same).values(vote=vote))


def add_vote(connection: Connection, row: StoredVote) -> None:
    """Keep a witnessed vote."""
    connection.execute(votes.insert(), asdict(row))
