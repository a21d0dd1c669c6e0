"""``audit why``: a decision with its rules, who signed them, what came out again, the cases and overlays, the proof."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from workbench.governance.artifact import load_yaml
from workbench.governance.checkpoints import checkpoint_from_json, verify_checkpoint
from workbench.governance.errors import GovernanceError
from workbench.governance.proofs import MerkleTree, verify_inclusion
from workbench.service.audit_views import Approval, DecidedUnder, Erasure, Proof, Redecision, Why
from workbench.service.cases import Cases
from workbench.service.checkpointing import Checkpointing
from workbench.service.clock import micros, moment
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import CaseView, OverlayView
from workbench.service.overlays import Overlays
from workbench.service.receipts import uid_id
from workbench.service.redeciding import redecide
from workbench.service.session import Session
from workbench.service.watching import Watching
from workbench.store import audit, cases, checkpoints, feed, versions
from workbench.store.ledger import StoredEntry, entry
from workbench.store.timeline import happenings

_NEAR = 20  # decisions named beside the one that was found
_GROUP = 4096  # entries after a decision among which its own transaction's are


class Explaining:
    """The use case ``audit why``."""

    def __init__(
        self, session: Session, watching: Watching, cases: Cases, overlays: Overlays, checkpointing: Checkpointing
    ) -> None:
        self._session = session
        self._watching = watching
        self._cases = cases
        self._overlays = overlays
        self._checkpointing = checkpointing

    def why(self, seq: int) -> Why:
        """Why decision ``seq`` came out as it did. Raises :class:`WorkbenchError` (``no_event``)."""
        event = self._watching.event(seq)
        with self._session.read() as connection:
            receipt = entry(connection, seq)
            assert receipt is not None  # the event above has one
            payload = feed.payload(connection, seq)
            opened = [row.id for row in cases.of_event(connection, seq)]
            used = _used(connection, seq)
            under = _under(connection, event.version_digest)
            erased = _erased(connection, seq) if payload is None else None
        used_cases = self._views(used)
        with self._session.read() as connection:
            grants = [case.procedure for case in used_cases]
            redecision: Redecision = redecide(self._session, connection, receipt, payload, grants)
        body = json.loads(receipt.body)["body"]
        return Why(
            event=event,
            under=under,
            redecision=redecision,
            overlays=self._acted([*body["reasons"], *body["errors"]], receipt),
            opened=self._views(opened),
            used=used_cases,
            proof=self._proof(receipt),
            erased=erased,
        )

    def find(self, agent: str, start: datetime, end: datetime) -> tuple[int, tuple[int, ...]]:
        """The last decision of ``agent`` (uid or bare id) that happened before ``end``, and its others since ``start``.

        Raises :class:`WorkbenchError` (``no_event``).
        """
        with self._session.read() as connection:
            found = audit.decisions_of(connection, uid_id(agent), micros(end), _NEAR)
        if not found:
            raise WorkbenchError(
                "no such event", f"`{agent}` decided nothing before {end:%Y-%m-%d %H:%M:%S} UTC", "", "no_event"
            )
        return found[0][0], tuple(sorted(seq for seq, at in found[1:] if at >= micros(start)))

    def _views(self, ids: list[str]) -> tuple[CaseView, ...]:
        found = []
        for id_ in ids:
            with suppress(WorkbenchError):
                found.append(self._cases.get(id_))
        return tuple(found)

    def _acted(self, rules: list[str], receipt: StoredEntry) -> tuple[OverlayView, ...]:
        """The overlays among the rules that determined it (``stop:<id>``, ``norm:<id>.2``, the content id of a norm,
        which one that was repealed before, or placed since, may have as well)."""
        named = {rule.partition(":")[2].partition(".")[0] for rule in rules if ":" in rule}
        then, at = set(rules), moment(receipt.at)

        def acted(view: OverlayView) -> bool:
            stood = 0 < view.event < receipt.seq and (view.ended_at is None or view.ended_at >= at)
            return view.id in named or (stood and not then.isdisjoint(view.rules))

        return tuple(view for view in self._overlays.list(in_force=False) if acted(view))

    def _proof(self, receipt: StoredEntry) -> Proof:
        """The receipt's inclusion in the newest checkpoint; a new one is signed where none covers it yet."""
        index = receipt.seq - 1
        with self._session.read() as connection:
            row = checkpoints.newest(connection)
        try:
            if row is None or row.size < receipt.seq:
                row = self._checkpointing.make()
            with self._session.read() as connection:
                tree = MerkleTree(checkpoints.leaf_hashes(connection, row.size))
                keys = self._checkpointing.mirror.keys(connection)
            signed = checkpoint_from_json(row.statement)
            key = verify_checkpoint(signed, keys, self._session.swarm_id)
            path = tree.inclusion(index)
        except (WorkbenchError, GovernanceError, IndexError, ValueError) as error:
            what = error.detail if isinstance(error, WorkbenchError) else str(error)
            return Proof(False, f"there is no proof: {what}", index)
        point = signed.checkpoint
        good = verify_inclusion(receipt.hash, index, point.size, path, point.root)
        message = (
            f"entry {receipt.seq} is in the ledger of {point.size:,} entries that the ledger key signed"
            if good
            else f"entry {receipt.seq} is NOT in the ledger that the ledger key signed: run `workbench audit verify`"
        )
        return Proof(good, message, index, point.size, point.root, path, point.at, key.fingerprint, row.statement)


def _used(connection: Connection, seq: int) -> list[str]:
    """The cases whose grants the decision used up, in its own transaction."""
    found = happenings(connection, after=seq, before=seq + _GROUP, limit=_GROUP, kinds=("grant",))
    bodies = (json.loads(row.body)["body"] for row in found)
    return [str(body["id"]) for body in bodies if body.get("decision") == seq]


def _under(connection: Connection, digest: str) -> DecidedUnder:
    stored = versions.by_digest(connection, digest)
    if stored is None:
        return DecidedUnder("", digest, "the store has no such version", None, ())
    try:
        version = load_yaml(stored.yaml)
    except GovernanceError as error:
        return DecidedUnder(stored.version, digest, f"it cannot be read: {error.message}", None, ())
    approvals = tuple(
        Approval(
            principal=vote.principal,
            role=vote.role,
            verdict=vote.verdict,
            fingerprint=vote.signed_by,
            signed_at=vote.signed_at,
            received_at=vote.witness.received_at if vote.witness is not None else None,
            comment=vote.comment,
        )
        for vote in version.signatures
    )
    return DecidedUnder(stored.version, digest, version.amendment.summary, moment(stored.effective_at), approvals)


def _erased(connection: Connection, seq: int) -> Erasure | None:
    for row in happenings(connection, after=seq, before=None, limit=100_000, kinds=("redaction",)):
        body = json.loads(row.body)["body"]
        if seq in body["events"]:
            return Erasure(row.seq, moment(row.at), str(body["principal"]), str(body["why"]))
    return None
