"""What time and versions do to overlays by themselves: stops and brakes expire, norms go into the law.

A norm stays in force beside a version that forbids the same until a revert can no more take that back at once: the law
must have said it for 72 hours, by this process's own clock too, and no revert may be open. A step of the session's:
taken inside a write transaction, after the step that brings versions into force. Not for faces.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection

from workbench.governance.artifact import load_yaml
from workbench.governance.overlay import Norm
from workbench.governance.overlay_register import STANDS_AFTER, Standing, described, outlasted
from workbench.governance.overlay_rules import binding_forbids
from workbench.service.clock import micros, moment
from workbench.service.overlay_compiling import enforced, norm_digests
from workbench.service.overlay_reading import read_overlays
from workbench.service.overlay_taking import notify
from workbench.service.past import Past
from workbench.service.session import Session
from workbench.service.weighing import OPEN
from workbench.store import overlays as store
from workbench.store.ledger import LedgerHead, append, save_state
from workbench.store.versions import proposal_list

RETRY = 5_000_000  # µs until a norm is looked at again whose time is over by the ledger's clock alone


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
        promoted, due = self._promoted(connection, head, now, left)
        for each in promoted:
            version = self._session.laws.checked(connection, head.active_digest).version.constitution_version
            self._end(connection, head, now, each, "promoted", f"version {version} forbids the same")
            changed = True
        if changed:
            head.generation += 1
            save_state(connection, head)
        ends = [micros(each.placing.expires_at) for each in left if each.placing.expires_at]
        return min((*ends, *due), default=None)

    def _promoted(
        self, connection: Connection, head: LedgerHead, now: int, standing: list[Standing]
    ) -> tuple[list[Standing], list[int]]:
        """The norms that the law has said for long enough; and when (µs) others will have been."""
        norms = [each for each in standing if self._says(connection, head, each)]
        if not norms:
            return [], []
        past = Past(connection)
        own = moment(min(now, self._session.time.own()))
        present = self._session.now(head)
        found: list[Standing] = []
        due: list[int] = []
        for each in norms:
            assert isinstance(each.placing.content, Norm)
            since = past.forbidden_since(binding_forbids(each.placing.content.cedar_plus), head.active_digest)
            if since is None:
                continue
            if outlasted(since, own):
                found.append(each)
                continue
            end = micros(since + STANDS_AFTER) + 1000
            due.append(end if end > present else present + RETRY)
        if found and _may_be_reverted(connection, past, head):
            return [], due  # whatever becomes of the revert brings this step about again
        return found, due

    def _says(self, connection: Connection, head: LedgerHead, standing: Standing) -> bool:
        """Whether it is a norm whose every rule binds in the version in force."""
        if not isinstance(standing.placing.content, Norm):
            return False
        checked = self._session.laws.checked(connection, head.active_digest)
        digests = norm_digests(standing.placing.content, checked)
        return bool(digests) and digests <= enforced(checked.program)

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


def _may_be_reverted(connection: Connection, past: Past, head: LedgerHead) -> bool:
    """Whether a proposal is open that would bring back exactly what stood before the version in force."""
    parent = past.version(head.active_digest).parent_digest
    if parent is None:
        return False
    before = past.version(parent).content
    children = [row for row in proposal_list(connection, OPEN) if row.parent_digest == head.active_digest]
    return any(load_yaml(row.yaml).content == before for row in children)
