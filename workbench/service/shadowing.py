"""A shadow: a proposed version that is asked beside the one in force, on live traffic, and decides nothing.

Only where it would have answered otherwise is anything kept. It ends when it is stopped, and by itself when its
proposal is no longer open. While none runs, a decision pays for one comparison.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Literal

from sqlalchemy import Connection

from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.grants import Grant
from workbench.engine.request import Request
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError
from workbench.service.judging import Judging, fitted
from workbench.service.law import Law
from workbench.service.refusing import RefusedError
from workbench.service.session import Session
from workbench.service.weighing import OPEN, Weighing
from workbench.store import shadows as store
from workbench.store import versions
from workbench.store.directory import set_setting, setting
from workbench.store.ledger import LedgerHead, append, read_head, save_state

_SETTING = "shadow"
_SAMPLES = 5  # differences shown of each kind


@dataclass(frozen=True, slots=True)
class ShadowAnswer:
    """What the shadow would have decided."""

    digest: str
    outcome: str
    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class ShadowDifference:
    """A decision that the shadow would have made otherwise."""

    event: int
    agent: str
    action: str
    resource: str
    decided: str
    shadow: str
    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class ShadowView:
    """What a shadow saw. ``denied``, ``allowed``, ``held``: decisions that it would have turned into that."""

    version: str
    digest: str
    state: Literal["running", "stopped"]
    since: datetime
    decisions: int
    denied: int
    allowed: int
    held: int
    samples: tuple[ShadowDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class _Running:
    digest: str
    version: str
    after: int
    at: int


class Shadowing:
    """The use cases of ``shadow``, and the two calls that deciding makes."""

    def __init__(self, session: Session, weighing: Weighing) -> None:
        self._session = session
        self._weighing = weighing
        self._lock = Lock()
        self._known: tuple[int, _Running | None, Evaluator | None] = (-1, None, None)

    # ---- beside a decision -------------------------------------------------------------------------------------------

    def judge(
        self,
        connection: Connection,
        head: LedgerHead,
        law: Law,
        request: Request,
        entities: Entities | Sequence[Any],
        now: int,  # noqa: ARG002 - the calls that deciding makes have one shape
        *,
        grants: Iterable[Grant] = (),
        deadline: Callable[[], bool] | None = None,
        judging: Judging | None = None,
    ) -> ShadowAnswer | None:
        """What the shadow says to a believed request; ``None`` where none runs.

        ``entities``: what the version in force was asked with, or what came with the request beside the directory.
        ``grants``: those that were used; ``judging``: of what is said, where the shadow's schema asks for it. Never
        raises for what a shadow's rules or schema do to a request.
        """
        generation, running, evaluator = self._known
        if generation != head.generation:
            running, evaluator = self._load(connection, head)
        if running is None or evaluator is None or running.digest == head.active_digest:
            return None
        known = entities if isinstance(entities, Entities) else law.known.directory
        try:
            if not isinstance(entities, Entities) and entities:
                known = known.with_added(list(entities))
            asked = fitted(request, evaluator.schema, judging)
            decision = evaluator.decide(asked, known, grants=grants, deadline=deadline)
        except RefusedError as refused:  # what is said cannot be judged, and the shadow asks for that
            return ShadowAnswer(running.digest, "deny", refused.code, "")
        except Exception as error:  # what a shadow trips over must not touch the decision
            return ShadowAnswer(running.digest, "deny", "evaluation_error", type(error).__name__)
        named = (*decision.reasons, *decision.procedures, *(error.rule for error in decision.errors if error.rule))
        return ShadowAnswer(running.digest, decision.outcome, decision.code, named[0] if named else "")

    def record(self, connection: Connection, seq: int, answer: ShadowAnswer, decided: str = "") -> None:
        """Keep the answer to decision ``seq`` where it differs from ``decided`` (looked up where it is not given)."""
        if answer.outcome != (decided or store.decided(connection, seq)):
            difference = store.StoredDifference(seq, answer.digest, answer.outcome, answer.code, answer.rule[:512])
            store.add(connection, difference)

    def _load(self, connection: Connection, head: LedgerHead) -> tuple[_Running | None, Evaluator | None]:
        with self._lock:
            generation, before, evaluator = self._known
            if generation == head.generation:
                return before, evaluator
            running = _read(connection)
            if running is None:
                evaluator = None
            elif before is None or before.digest != running.digest or evaluator is None:
                evaluator = Evaluator(self._weighing.version(connection, running.digest).program)
            self._known = (head.generation, running, evaluator)
            return running, evaluator

    # ---- start, stop, look -------------------------------------------------------------------------------------------

    def start(self, digest: str) -> ShadowView:
        """Run a proposed version as a shadow from now on.

        Raises :class:`WorkbenchError`: ``no_proposal``, ``not_open``, ``shadow_runs`` (another does).
        """
        with self._session.write() as connection:
            head = read_head(connection)
            now = self._session.now(head)
            row = versions.proposal(connection, digest)
            if row is None:
                raise WorkbenchError("no such proposal", f"there is no proposal `{digest}`", "", "no_proposal")
            if row.state not in OPEN:
                what = f"version {row.version} is {row.state}"
                raise WorkbenchError("it cannot run", what, "a shadow is a version that is still proposed", "not_open")
            other = _read(connection)
            if other is not None:
                what = f"version {other.version} runs as a shadow already"
                raise WorkbenchError("one at a time", what, "`workbench shadow --stop` ends it", "shadow_runs")
            self._weighing.version(connection, digest)
            running = _Running(digest, row.version, head.size, now)
            store.forget(connection, digest)
            set_setting(connection, _SETTING, json.dumps([digest, row.version, head.size, now]))
            self._note(connection, head, now, running, "started")
            return self._view(connection, head, running, "running")

    def stop(self) -> ShadowView:
        """End the shadow; what it saw. Raises :class:`WorkbenchError` (``no_shadow``)."""
        with self._session.write() as connection:
            head = read_head(connection)
            running = _read(connection)
            if running is None:
                raise WorkbenchError("no shadow runs", "", "`workbench shadow VERSION` begins one", "no_shadow")
            return self._end(connection, head, self._session.now(head), running)

    def view(self) -> ShadowView | None:
        """What the running shadow saw so far; ``None`` where none runs."""
        with self._session.read() as connection:
            running = _read(connection)
            return None if running is None else self._view(connection, read_head(connection), running, "running")

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """End a shadow whose proposal is no longer open. Inside a write."""
        running = _read(connection)
        if running is not None:
            row = versions.proposal(connection, running.digest)
            if row is None or row.state not in OPEN:
                self._end(connection, head, now, running)
        return None

    def _end(self, connection: Connection, head: LedgerHead, now: int, running: _Running) -> ShadowView:
        set_setting(connection, _SETTING, "")
        view = self._view(connection, head, running, "stopped")
        self._note(connection, head, now, running, "stopped", view)
        return view

    def _note(
        self,
        connection: Connection,
        head: LedgerHead,
        now: int,
        running: _Running,
        event: str,
        view: ShadowView | None = None,
    ) -> None:
        body: dict[str, Any] = {
            "event": event,
            "id": running.digest,
            "digest": running.digest,
            "version": running.version,
        }
        if view is not None:
            counted = {name: getattr(view, name) for name in ("decisions", "denied", "allowed", "held")}
            body |= counted
        append(connection, head, kind="shadow", at=now, body=body)
        head.generation += 1  # every process takes it up, or lets it go, before its next decision
        save_state(connection, head)

    @staticmethod
    def _view(
        connection: Connection, head: LedgerHead, running: _Running, state: Literal["running", "stopped"]
    ) -> ShadowView:
        by_outcome = {"deny": 0, "allow": 0, "hold": 0}
        for (_, would), count in store.counts(connection, running.digest).items():
            by_outcome[would] += count
        samples = [
            ShadowDifference(
                each.seq,
                each.agent,
                each.action,
                each.resource,
                each.decided,
                each.shadow,
                each.code,
                each.rule,
            )
            for outcome in by_outcome
            for each in store.newest(connection, running.digest, outcome, _SAMPLES)
        ]
        return ShadowView(
            version=running.version,
            digest=running.digest,
            state=state,
            since=moment(running.at),
            decisions=store.asked(connection, running.after, head.size),
            denied=by_outcome["deny"],
            allowed=by_outcome["allow"],
            held=by_outcome["hold"],
            samples=tuple(samples),
        )


def _read(connection: Connection) -> _Running | None:
    text = setting(connection, _SETTING)
    return _Running(*json.loads(text)) if text else None
