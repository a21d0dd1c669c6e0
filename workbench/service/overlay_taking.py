"""Taking overlays in, and ending them: the one way in for every statement, signed here or elsewhere.

Everything happens in a write transaction: what a person signed is checked against the version in force, the register
and the clock, then the ledger entry, the row, the head's generation, notices and voided grants are written together.
Growing the generation is what brings it into every process before its next decision. A brake that must be proved is
checked, proved outside of the transaction, and then checked again inside it: where the brakes in force have changed
meanwhile, it is proved anew. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection

from workbench.analysis.task import Task
from workbench.engine.request import as_uid
from workbench.engine.validate import rules_of
from workbench.governance.overlay import Brake, Lifting, Norm, OverlayError, Placing, Stop
from workbench.governance.overlay_register import (
    Standing,
    check_lifting,
    check_placing,
    check_room,
    described,
    placed_by,
)
from workbench.governance.overlay_replacing import brake_for
from workbench.governance.overlay_rules import check_marks, check_norm_english
from workbench.governance.overlay_signing import Signed, signers, to_envelope
from workbench.governance.roster import RosterEntry
from workbench.governance.times import format_time
from workbench.norms import Norm as WorldNorm
from workbench.norms import told_in
from workbench.service.cases import Cases
from workbench.service.checked import Checked
from workbench.service.clock import micros, moment
from workbench.service.errors import governed
from workbench.service.governing_views import OverlayView
from workbench.service.key_care import refuse_held
from workbench.service.overlay_compiling import enforced, norm_digests, rules_under
from workbench.service.overlay_law import halt
from workbench.service.overlay_proving import Proving, proved_brake
from workbench.service.overlay_reading import UNSIGNED, Read, read_overlays
from workbench.service.overlay_targets import check_target
from workbench.service.overlay_views import NOBODY, doubtful_view, overlay_view
from workbench.service.session import Session
from workbench.store import notices
from workbench.store import overlays as store
from workbench.store.ledger import LedgerHead, append, read_head, save_state

Beside: TypeAlias = frozenset[str] | None
_SECOND = timedelta(seconds=1)
_TRIES = 5  # proofs for one brake, where other brakes come and go meanwhile


class _UnprovedError(Exception):
    """The brake is not proved against what is in force inside this transaction."""


@dataclass(frozen=True, slots=True)
class _Admitted:
    """What may be placed, but for a proof: the version in force, who signed, what stands."""

    checked: Checked
    people: list[RosterEntry]
    standings: Mapping[str, Standing]
    at: datetime


class Taking:
    """Admits statements about overlays, and lets time and new versions end what they placed."""

    def __init__(self, session: Session, cases: Cases, proving: Proving) -> None:
        self._session = session
        self._cases = cases
        self._proving = proving

    # ---- placing and lifting -----------------------------------------------------------------------------------------

    def take(self, found: Signed, task: Task | None = None, beside: Beside = None) -> OverlayView:
        """Place or lift what ``found`` says; how it stands then. ``beside``: the norms (overlays' ids) that may stand
        under the content id of a new one, because they are to be repealed next; the version's norms may, too, then.

        Raises :class:`WorkbenchError`, the code says why.
        """
        brake = proved_brake(found.statement)
        if brake is None:
            return self._take(found, beside)
        assert isinstance(found.statement, Placing)
        for _ in range(_TRIES):
            with governed("refused"):
                with self._session.read() as connection:
                    head = read_head(connection)
                    here = self._admitted(connection, head, self._moment(head), found, found.statement)
                self._proving.prove(here.checked, here.standings, here.at, brake, task)
            with suppress(_UnprovedError):
                return self._take(found)
        with governed("refused"):
            raise OverlayError("not_proved", "other brakes were placed or ended each time that it was proved", "again")
        raise AssertionError

    def _moment(self, head: LedgerHead) -> int:
        """Now (µs), as an entry would have it."""
        return max(self._session.now(head), head.last_at) // 1000 * 1000

    def _take(self, found: Signed, beside: Beside = None) -> OverlayView:
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._moment(head)
            with governed("refused"):
                if isinstance(found.statement, Placing):
                    return self._place(connection, head, now, found, found.statement, beside)
                return self._lift(connection, head, now, found, found.statement)

    def _view(self, standing: Standing, now: int) -> OverlayView:
        return overlay_view(standing, moment(now), unsigned=self._session.profile == UNSIGNED)

    def _people(self, connection: Connection, head: LedgerHead, found: Signed, checked: Checked) -> list[RosterEntry]:
        if found.statement.constitution != head.active_digest:
            raise OverlayError(
                "not_head", "the statement was signed under another version than the one in force", "sign it anew"
            )
        people = signers(found, checked.version.content.roster, self._session.swarm_id)
        for signature in found.signatures:
            refuse_held(connection, signature.signed_by)
        return list(people)

    def _admitted(
        self, connection: Connection, head: LedgerHead, now: int, found: Signed, placing: Placing, beside: Beside = None
    ) -> _Admitted:
        """Everything that is checked of a placing but its proof. Raises :class:`OverlayError`."""
        checked = self._session.laws.checked(connection, head.active_digest)
        people = self._people(connection, head, found, checked)
        read = read_overlays(connection)
        standings, at = read.register.standings, moment(now)
        check_room(standings, at)
        free = not people and self._session.profile == UNSIGNED and placing.kind == "norm"
        if not free or placing.id in standings:
            check_placing(placing, people, checked.version.content.roster, standings, at)
        self._check_content(placing, checked, standings, at)
        if isinstance(placing.content, Norm):
            _check_twins(placing.content, checked, standings, at, beside)
        return _Admitted(checked, people, standings, at)

    def _place(
        self, connection: Connection, head: LedgerHead, now: int, found: Signed, placing: Placing, beside: Beside
    ) -> OverlayView:
        here = self._admitted(connection, head, now, found, placing, beside)
        people = here.people
        brake = proved_brake(placing)
        if brake is not None and not self._proving.holds(here.checked, here.standings, here.at, brake):
            raise _UnprovedError
        by = placed_by(people, placing.kind)
        body = _body("placed", placing.kind, placing, described(placing.content), by, found)
        if placing.expires_at is not None:
            body["expires_at"] = format_time(placing.expires_at)
            body["seconds"] = (placing.expires_at - placing.placed_at) // _SECOND
        receipt = append(connection, head, kind="overlay", at=now, body=body)
        standing = Standing(placing, by, receipt.seq, moment(receipt.at))
        store.put(connection, _row(standing, found))
        voided = self._void(connection, head, now, standing)
        if placing.expires_at is not None:
            expires = micros(placing.expires_at)
            head.next_due = expires if head.next_due is None else min(head.next_due, expires)
        notify(connection, standing, "placed", now)
        head.generation += 1
        save_state(connection, head)
        return replace(self._view(standing, now), voided=voided)

    @staticmethod
    def _check_content(placing: Placing, checked: Checked, standings: Mapping[str, Standing], at: datetime) -> None:
        """What was signed means under the version in force what its signers saw."""
        match placing.content:
            case Stop() as stop:
                check_target(stop, checked)
            case Brake() as brake:
                without, replaces = ([rule.id for rule in named] for named in (brake.without, brake.replaces))
                if brake_for(brake.forbids, without, checked.program, replaces, brake.instead) != brake:
                    raise OverlayError(
                        "not_head", "a rule that it takes away or replaces means something else now", "sign anew"
                    )
            case Norm() as norm:
                check_norm_english(norm, checked.schema)
                check_marks(norm, checked.schema)
                digests = frozenset(rule.digest for rule in rules_under(norm, checked))
                if digests <= enforced(checked.program):
                    raise OverlayError(
                        "stands_already", f"version {checked.version.constitution_version} forbids exactly this"
                    )
                for other in standings.values():
                    said = other.placing.content
                    if not other.acts(at) or not isinstance(said, Norm) or not _alike(norm, said):
                        continue
                    if digests <= norm_digests(said, checked):
                        raise OverlayError("stands_already", f"the norm `{other.id}` forbids exactly this")

    def _void(self, connection: Connection, head: LedgerHead, now: int, standing: Standing) -> int:
        """Grants of what is stopped are void: whoever waited for one must ask again once the stop is over."""
        if not isinstance(standing.placing.content, Stop):
            return 0
        stopped = halt(standing, standing.placing.content)
        checked = self._session.laws.checked(connection, head.active_digest)
        groups = rules_of(checked.schema).ancestors

        def matches(requester: str, action: str) -> bool:
            return stopped.meets(as_uid(requester), as_uid(action), groups)

        return self._cases.void_for_stop(connection, head, now, matches, f"stopped: {standing.placing.why}")

    def _lift(self, connection: Connection, head: LedgerHead, now: int, found: Signed, lifting: Lifting) -> OverlayView:
        checked = self._session.laws.checked(connection, head.active_digest)
        people = self._people(connection, head, found, checked)
        read = read_overlays(connection)
        standing = read.register.standings.get(lifting.id)
        if standing is None and lifting.id not in read.doubtful:
            raise OverlayError("no_overlay", f"there is no overlay `{lifting.id}`", "`workbench overlays list`")
        free = not people and self._session.profile == UNSIGNED and standing is not None and standing.kind == "norm"
        if not free or (standing is not None and not standing.acts(moment(now))):
            check_lifting(lifting, people, checked.version.content.roster, standing, moment(now))
        by = placed_by(people, "stop")
        if standing is None:
            return self._discard(connection, head, now, found, lifting, read, by)
        body = _body("lifted", standing.kind, lifting, described(standing.placing.content), by, found)
        receipt = append(connection, head, kind="overlay", at=now, body=body)
        ended = {"entry": standing.seq, "ended": receipt.seq, "by": list(by), "why": lifting.why}
        store.move(connection, standing.id, {"state": "lifted", "detail": json.dumps(ended)})
        notify(connection, standing, "lifted", now)
        head.generation += 1
        save_state(connection, head)
        return self._view(read_overlays(connection).register.standings[standing.id], now)

    def _discard(
        self,
        connection: Connection,
        head: LedgerHead,
        now: int,
        found: Signed,
        lifting: Lifting,
        read: Read,
        by: tuple[str, ...],
    ) -> OverlayView:
        """End what could not be believed: its row goes, the ledger says who looked at it."""
        row = next((row for row in store.rows(connection) if row.id == lifting.id), None)
        shown = doubtful_view(lifting.id, read.doubtful[lifting.id], row)
        body = _body("discarded", shown.kind, lifting, shown.what, by, found)
        receipt = append(connection, head, kind="overlay", at=now, body=body)
        store.drop(connection, lifting.id)
        head.generation += 1
        save_state(connection, head)
        end = moment(receipt.at)
        return replace(shown, state="lifted", ending="lifted", ended_by=by, ended_at=end, ended_why=lifting.why)


def _check_twins(norm: Norm, checked: Checked, standings: Mapping[str, Standing], at: datetime, beside: Beside) -> None:
    """One content id is in force once: else neither name nor id would say which is to be repealed."""
    told = told_in(norm.cedar_plus)
    if told is None:
        return
    signed = checked.program.by_id.get(told.id) if beside is None else None
    twin = "the constitution" if signed is not None and _other_form(told, told_in(signed.text)) else ""
    for other in standings.values():
        said = other.placing.content
        if other.acts(at) and isinstance(said, Norm) and other.id not in (beside or ()):
            twin = twin or (f"the norm `{other.id}`" if _other_form(told, told_in(said.cedar_plus)) else "")
    if twin:
        raise OverlayError(
            "in_force_otherwise",
            f"`{told.name}` ({told.id}) is in force with another description, scope, priority or severity, by {twin}",
            "put this one in its place with `norm add NAME DESCRIPTION CONDITION PROHIBITED --replace`",
        )


def _other_form(told: WorldNorm, other: WorldNorm | None) -> bool:
    return other is not None and other.id == told.id and other != told


def _alike(norm: Norm, other: Norm) -> bool:
    """Whether the same rule would be the same norm: two that people know by other names both stand, and both fire."""
    one, two = told_in(norm.cedar_plus), told_in(other.cedar_plus)
    return one is None or two is None or one == two


def _body(
    event: str, kind: str, statement: Placing | Lifting, what: str, by: tuple[str, ...], found: Signed
) -> dict[str, Any]:
    """The ledger entry: what a person wants to read, and what was signed, so that it can be checked again."""
    body: dict[str, Any] = {
        "event": event,
        "id": statement.id,
        "kind": kind,
        "what": what,
        "why": statement.why,
        "by": by[0] if by else NOBODY,
        "signers": list(by),
        "statement": statement.statement(),
        "signatures": [each.plain() for each in found.signatures],
    }
    return body if by else {**body, "unsigned": True}


def _row(standing: Standing, found: Signed) -> store.StoredOverlay:
    placing = standing.placing
    return store.StoredOverlay(
        id=standing.id,
        kind=standing.kind,
        state="in_force",
        placed_by=standing.by[0] if standing.by else NOBODY,
        placed_at=micros(standing.placed_at),
        expires_at=None if placing.expires_at is None else micros(placing.expires_at),
        statement=to_envelope(found),
        detail=json.dumps({"entry": standing.seq}),
    )


def notify(connection: Connection, standing: Standing, event: str, now: int) -> None:
    """Queue the notice of a stop or a brake that was placed or has ended."""
    if standing.kind == "norm":
        return
    content = standing.placing.content
    detail: dict[str, Any] = {"event": event, "kind": standing.kind}
    if isinstance(content, Stop) and content.target == "agent":
        detail["agent"] = content.name
    if standing.placing.expires_at is not None:
        detail["expires_at"] = format_time(standing.placing.expires_at)
    dedupe = f"{standing.kind}|{standing.id}|{event}"
    notices.queue(connection, kind=standing.kind, subject=standing.id, dedupe=dedupe, at=now, detail=detail)
