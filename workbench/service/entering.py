"""The last look before a version comes into force: is what the store says of it what was really said?

Rows are a cache, and whoever can write to the database may have taken a reject away, or given the version in force
another roster, other procedures or another beginning. The ledger knows every vote that was received, and a version's
digest what it says; a vote's own signature is looked at by ``governance.chain``. Not for faces.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection

from workbench.governance.activation import verify_activation
from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.votes import vote_digest
from workbench.service.checked import changed_in_store
from workbench.service.errors import WorkbenchError
from workbench.service.weighing import Weighed
from workbench.store import versions as store
from workbench.store.timeline import happenings

_ALL = 2**31


def in_force(connection: Connection, digest: str, before: ConstitutionVersion | None) -> ConstitutionVersion:
    """The version in force with its activation, as its file has it; ``before`` is the one that it followed.

    Raises :class:`WorkbenchError`: ``no_version``, ``store_corrupt``; ``ChainError`` where its activation, from which
    the time for a revert runs, is not what a ledger key signed.
    """
    stored = store.by_digest(connection, digest)
    if stored is None:
        raise WorkbenchError("no such version", f"the store has no version `{digest}`", "", "no_version")
    version = load_yaml(stored.yaml)
    if version.digest != digest:
        raise changed_in_store(f"version {stored.version}", digest)
    verify_activation(version, before or version)
    return version


def refuse_lost_votes(connection: Connection, item: Weighed) -> None:
    """Refuses a proposal of whose votes one is gone that the ledger received.

    Raises :class:`WorkbenchError` (``vote_lost``).
    """
    digest, swarm_id = item.checked.digest, item.signed.swarm_id
    kept = {vote_digest(vote, digest=digest, swarm_id=swarm_id) for vote in item.signed.signatures}
    for entry in happenings(connection, after=0, before=None, limit=_ALL, kinds=("vote",)):
        body = json.loads(entry.body)["body"]
        if body["proposal"] == digest and body["vote"] not in kept:
            raise WorkbenchError(
                "a vote was changed in the store",
                f"the {body['verdict']} of `{body['principal']}`, which entry {entry.seq} received, is gone",
                "restore the workspace from a backup",
                "vote_lost",
            )
