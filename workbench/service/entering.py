"""The last look before a version comes into force: is what the store says of it what was really said?

Rows are a cache, and whoever can write to the database may have taken a reject away. The ledger knows every vote that
was received. That the votes there are hold is for ``governance.chain`` to see. Not for faces.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection

from workbench.governance.votes import vote_digest
from workbench.service.errors import WorkbenchError
from workbench.service.weighing import Weighed
from workbench.store.timeline import happenings

_ALL = 2**31


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
