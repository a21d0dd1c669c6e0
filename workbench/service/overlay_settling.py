"""What time and new versions do to overlays by themselves: stops and brakes expire, norms go into a version.

A step of the session's: taken inside a write transaction, after the step that brings versions into force.
Not for faces.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection

from workbench.governance.overlay import Norm
from workbench.governance.overlay_register import Standing, described
from workbench.service.clock import micros, moment
from workbench.service.overlay_compiling import enforced, norm_digests
from workbench.service.overlay_reading import read_overlays
from workbench.service.overlay_taking import notify
from workbench.service.session import Session
from workbench.store import overlays as store
from workbench.store.ledger import LedgerHead, append, save_state


class Settling:
    """The step. An overlay that is over does not act even before this has noted it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """End what is over at ``now`` (µs); when the next one expires (µs), ``None`` where none does."""
        standing = [each for each in read_overlays(connection).register.standings.values() if not each.ending]
        if not standing:
            return None
        at = moment(now)
        changed = False
        left: list[Standing] = []
        for each in standing:
            if not each.acts(at):
                self._end(connection, head, now, each, "expired", "its time is over")
                changed = True
            else:
                left.append(each)
        for each, version in self._promoted(connection, head, left):
            self._end(connection, head, now, each, "promoted", f"version {version} forbids the same")
            changed = True
        if changed:
            head.generation += 1
            save_state(connection, head)
        return min((micros(each.placing.expires_at) for each in left if each.placing.expires_at), default=None)

    def _promoted(
        self, connection: Connection, head: LedgerHead, standing: list[Standing]
    ) -> list[tuple[Standing, str]]:
        """The norms whose every rule binds in the version in force."""
        norms = [each for each in standing if isinstance(each.placing.content, Norm)]
        if not norms:
            return []
        checked = self._session.laws.checked(connection, head.active_digest)
        binding = enforced(checked.program)
        found = []
        for each in norms:
            assert isinstance(each.placing.content, Norm)
            digests = norm_digests(each.placing.content, checked)
            if digests and digests <= binding:
                found.append((each, checked.version.constitution_version))
        return found

    @staticmethod
    def _end(connection: Connection, head: LedgerHead, now: int, standing: Standing, event: str, why: str) -> None:
        body = {
            "event": event,
            "id": standing.id,
            "kind": standing.kind,
            "what": described(standing.placing.content),
            "why": why,
            "constitution": head.active_digest,
        }
        receipt = append(connection, head, kind="overlay", at=now, body=body)
        state = "expired" if event == "expired" else "lifted"
        ended = {"entry": standing.seq, "ended": receipt.seq, "by": [], "why": why}
        store.move(connection, standing.id, {"state": state, "detail": json.dumps(ended)})
        notify(connection, standing, event, now)
