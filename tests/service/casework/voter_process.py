"""A process of its own that takes part in a case and says, line by line, what happened. For races and kills."""

from __future__ import annotations

import json
import sys
import time

from workbench.engine.request import Request
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.views import Credential
from workbench.service.workspace import Workspace


def main(place: str, what: str, count: int) -> None:
    """``retry``: ask the same ``count`` times. ``hang``: take the grant in a transaction, and never commit it."""
    with Workspace.open(place, clock=FrozenClock(), busy_seconds=60) as workspace:
        print("ready", flush=True)
        sys.stdin.readline()
        request = Request('Agent::"jonas"', 'Action::"refund"', 'Order::"known"', {"amount": 800, "nonce": "process"})
        if what == "hang":
            session = workspace._session
            with session.write() as connection:
                from workbench.store.ledger import read_head

                head = read_head(connection)
                law = session.laws.in_force(connection, head)
                now = session.now(head)
                held = Request(request.principal, request.action, request.resource, {**request.context, "spent": 0})
                found = workspace.cases.usable(connection, head, law, held, now)
                workspace.cases.use(connection, head, now, found, head.size + 1)
                print(f"used {len(found)}", flush=True)
                time.sleep(600)
        for _ in range(count):
            try:
                recorded = workspace.decide(request, credential=Credential('Agent::"jonas"'), facts={"spent": 0})
                print(json.dumps([recorded.decision.outcome, recorded.seq, list(recorded.cases)]), flush=True)
            except WorkbenchError as error:
                print(json.dumps([error.code, 0, []]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
