"""What was in force when an entry of the ledger was written, and since when the law has forbidden something.

An activation entry alone says nothing, because whoever can write to the database can append one. A version came into
force with the entry that names it if a ledger key put it in force (``activated``) and what it follows was in force just
before; so no entry brings an old version back. One value reads one connection, once. Not for faces.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from functools import cache, cached_property

from sqlalchemy import Connection

from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.errors import GovernanceError
from workbench.governance.overlay_rules import binding_forbids
from workbench.service.activated import activated
from workbench.store.ledger import StoredEntry
from workbench.store.timeline import happenings

_ALL = 2**31


class Past:
    """The past as ``connection`` has it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.version = cache(self._version)
        self._took_force = cache(self._took)
        self._forbidden = cache(self._binding)

    def _version(self, digest: str) -> ConstitutionVersion:
        """A version that was in force, as :func:`~workbench.service.activated.activated` gives and refuses it."""
        return activated(self._connection, digest)

    # ---- what was in force -------------------------------------------------------------------------------------------

    def head_at(self, seq: int) -> str:
        """The digest of the version in force when entry ``seq`` was written; empty where none was."""
        for place in range(len(self._named) - 1, -1, -1):
            if self._named[place][0] < seq and self._took_force(place):
                return self._named[place][1]
        return ""

    @cached_property
    def _named(self) -> list[tuple[int, str]]:
        """(entry, digest) of every activation in the ledger, in order."""
        found = happenings(self._connection, after=0, before=None, limit=_ALL, kinds=("activation",))
        return [(entry.seq, _digest(entry)) for entry in reversed(found)]

    def _took(self, place: int) -> bool:
        """Whether the version that this entry names came into force with it."""
        digests = [digest for _, digest in self._named]
        with suppress(GovernanceError):
            parent = self.version(digests[place]).parent_digest
            for before in range(place - 1, -1, -1):
                if digests[before] == parent and digests.index(parent) == before:  # no entry repeated by somebody
                    return True
                if self._took_force(before):  # another came into force after the parent
                    return False
            return parent is None
        return False

    # ---- since when --------------------------------------------------------------------------------------------------

    def forbidden_since(self, rules: frozenset[str], digest: str) -> datetime | None:
        """Since when every version up to the one with ``digest`` has forbidden, as it binds, what ``rules`` (digests)
        forbid, by the ledger key's word; ``None`` where that one does not, or there are no rules."""
        since: datetime | None = None
        wanted: str | None = digest
        with suppress(GovernanceError):
            while wanted is not None and rules and rules <= self._forbidden(wanted):
                version = self.version(wanted)
                if version.activation is None:
                    break
                since, wanted = version.activation.effective_at, version.parent_digest
        return since

    def _binding(self, digest: str) -> frozenset[str]:
        return binding_forbids(self.version(digest).content.cedar_plus_source)


def _digest(entry: StoredEntry) -> str:
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(entry.body)["body"]["digest"])
    return ""
