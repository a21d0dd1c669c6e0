"""Weighing: a proposal with its votes counted, under the version that it follows, be that in force or waiting too.

Everyone in the service who wants to know how votes stand asks here, so that screens, the tick and review never differ.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from sqlalchemy import Connection

from workbench.engine.entities import Entities
from workbench.governance.artifact import ConstitutionVersion, Content, Signature, load_yaml
from workbench.governance.assessment import Assessment, assess
from workbench.governance.canonical import sha256_hex
from workbench.governance.errors import GovernanceError
from workbench.governance.lifecycle import Standing, reservation, standing
from workbench.governance.revert import Revert, Stood, revert_of, went_back
from workbench.language.schema import Schema
from workbench.service.checked import Checked, changed_in_store, check_version
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError
from workbench.service.session import Session
from workbench.store import directory
from workbench.store import versions as store

OPEN = ("proposed", "approved")
Since: TypeAlias = Callable[[Connection, str], datetime | None]
_REMEMBERED = 256  # proposals kept checked


def content_digest(content: Content) -> str:
    """What two proposals share exactly when they say the same; of no use outside this workspace."""
    return sha256_hex(content.model_dump_json(by_alias=True).encode())


def row_content(row: store.StoredProposal) -> str:
    """The :func:`content_digest` of a stored proposal, as noted when it was proposed."""
    found = json.loads(row.detail).get("content")
    return found if isinstance(found, str) else content_digest(_read(row).content)


def _read(row: store.StoredProposal) -> ConstitutionVersion:
    """The version in a proposal's row. Raises :class:`WorkbenchError` (``proposal_unreadable``) that names the row."""
    try:
        return load_yaml(row.yaml)
    except GovernanceError as error:
        raise WorkbenchError(
            "a proposal in the store cannot be read",
            f"proposal {row.version} (`{row.digest}`): {error.message}",
            "restore the workspace from a backup",
            "proposal_unreadable",
        ) from error


def row_detail(content: str, stands: Standing | None = None) -> str:
    """The detail to store of a proposal: what it says, and what it waits for or why it ended."""
    reason, waiting = (stands.reason, stands.waiting) if stands is not None else ("", False)
    return json.dumps({"content": content, "reason": reason, "waiting": waiting})


def row_reason(row: store.StoredProposal) -> tuple[str, bool]:
    """What a stored proposal waits for or why it ended, in words, and whether it waits for another version."""
    detail = json.loads(row.detail)
    return str(detail.get("reason", "")), bool(detail.get("waiting", False))


def known_entities(connection: Connection, schema: Schema) -> Entities:
    """The directory under a schema. Raises ``EntityError`` where it does not fit."""
    return Entities.from_json([json.loads(text) for _, _, text in directory.entities(connection)], schema)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A proposal with its votes, and the version it follows."""

    row: store.StoredProposal
    checked: Checked
    parent: Checked
    signed: ConstitutionVersion
    assessment: Assessment

    def standing(self, head: str, reserved_by: str | None, still_open: Collection[str], now: int) -> Standing:
        """Where the lifecycle puts it. ``still_open``: the digests of the proposals that may yet come into force."""
        return standing(
            self.signed,
            self.assessment,
            head=head,
            reserved_by=reserved_by,
            parent_open=self.row.parent_digest in still_open,
            now=moment(now),
        )


class Weighing:
    """Finds versions wherever they are, and counts votes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._proposed: OrderedDict[str, Checked] = OrderedDict()
        self._lock = Lock()

    def version(self, connection: Connection, digest: str) -> Checked:
        """A version of the chain or a proposal. Raises :class:`WorkbenchError`: ``no_version``, ``version_changed`` or
        ``proposal_changed`` (what the store has under this digest is another text), ``proposal_unreadable``.

        Proposals are remembered apart from what the law book keeps: there may be many, and screens list them all.
        """
        with self._lock:
            found = self._proposed.get(digest) or self._session.laws.found(digest)
            if digest in self._proposed:
                self._proposed.move_to_end(digest)
        if found is not None:
            return found
        row = store.proposal(connection, digest)
        if row is None or row.state in ("active", "superseded"):
            return self._session.laws.checked(connection, digest)
        found = check_version(_read(row))
        if found.digest != digest:  # otherwise whoever writes to the database could put a laxer parent under a vote
            raise changed_in_store(f"proposal {row.version}", digest, "proposal_changed")
        with self._lock:
            self._proposed[found.digest] = found
            while len(self._proposed) > _REMEMBERED:
                self._proposed.popitem(last=False)
        return found

    def weighed(self, connection: Connection, row: store.StoredProposal) -> Weighed:
        """A stored proposal with its votes counted."""
        votes = [Signature.model_validate_json(vote.vote) for vote in store.vote_list(connection, row.digest)]
        checked = self.version(connection, row.digest)
        if (checked.version.parent_digest, checked.version.constitution_version) != (row.parent_digest, row.version):
            raise changed_in_store(f"proposal {row.version}", row.digest, "proposal_changed")
        signed = checked.version.with_signatures(votes)
        parent = self.version(connection, row.parent_digest)
        return Weighed(row, checked, parent, signed, self.assess(connection, signed, parent, checked.digest))

    def assess(
        self, connection: Connection, signed: ConstitutionVersion, parent: Checked, digest: str = ""
    ) -> Assessment:
        """The votes on a version (whose digest may be known) after ``parent``, counted."""
        revert = self.revert(connection, signed, parent)
        return assess(signed, parent.version, parent.program, revert, digest=digest)

    def revert(self, connection: Connection, version: ConstitutionVersion, parent: Checked) -> Revert | None:
        """What makes ``version`` a revert of ``parent``, if anything does."""
        before = self.before(connection, parent)
        if before is None or before.version.content != version.content:
            return None  # as nearly always: the rest need not be looked up
        since = self.since(connection, parent.digest)
        return revert_of(version, self.stood(connection, parent, self.since), before, since)

    def stood(self, connection: Connection, parent: Checked, since: Since) -> Stood:
        """``parent`` as a revert sees it; ``since`` says when a version came into force."""
        steps, place = 0, parent
        while (back := self._went_back(connection, place, since)) is not None:
            steps, place = steps + 1, back
        return Stood(parent.version, parent.program, steps % 2 == 1)  # what follows a revert to and fro is none

    def _went_back(self, connection: Connection, place: Checked, since: Since) -> Checked | None:
        """What ``place`` followed, where it took that back in time to need no timelock."""
        if place.version.parent_digest is None:
            return None
        before = self.version(connection, place.version.parent_digest)
        if before.version.parent_digest is None:
            return None
        earlier = self.version(connection, before.version.parent_digest)
        if earlier.version.content != place.version.content:
            return None
        times = since(connection, place.digest), since(connection, before.digest)
        if times[0] is None or times[1] is None:
            return None
        return before if went_back(place.version, times[0], earlier.version, times[1]) else None

    def before(self, connection: Connection, parent: Checked) -> Stood | None:
        """The version that ``parent`` followed; ``None`` for a genesis."""
        digest = parent.version.parent_digest
        if digest is None:
            return None
        before = self.version(connection, digest)
        return Stood(before.version, before.program)

    @staticmethod
    def since(connection: Connection, digest: str) -> datetime | None:
        """When a version came into force; ``None`` while it has not."""
        stored = store.by_digest(connection, digest)
        return None if stored is None else moment(stored.effective_at)

    @staticmethod
    def holder(weighed: Sequence[Weighed], head: str) -> str | None:
        """Who reserves the head: the first of its children to reach quorum."""
        return reservation(
            (item.row.digest, item.assessment.quorum_at)
            for item in weighed
            if item.row.parent_digest == head
            and item.assessment.quorum_at is not None
            and not item.assessment.rejected
            and not item.assessment.vetoed
        )
