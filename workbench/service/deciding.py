"""Deciding: believe, ask the engine, record, commit; only then answer.

Everything happens in one write transaction that begins by reading what is in force, so a decision and its receipt
always belong to the same version, and two processes can never decide under different ones at the same ledger place.
Callers in several threads share a transaction (``committing``). Fails closed: whatever goes wrong becomes a recorded
deny, and where even that cannot be recorded, an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from workbench.engine.decision import Code, Decision, RuleError
from workbench.engine.entities import Entities, EntityError
from workbench.engine.request import Request
from workbench.service.belief import believe
from workbench.service.cases import Cases, UsableGrant
from workbench.service.clock import moment
from workbench.service.committing import GroupCommit
from workbench.service.errors import WorkbenchError
from workbench.service.heard import Heard
from workbench.service.judging import Judging
from workbench.service.law import Law
from workbench.service.mirror import UNSEEN, Place
from workbench.service.receipts import MAX_REQUEST, Asked, named, size_of, written
from workbench.service.refusing import RefusedError
from workbench.service.session import Session
from workbench.service.shadowing import ShadowAnswer, Shadowing
from workbench.service.storms import StormWatch
from workbench.service.views import Credential, Recorded
from workbench.store import feed
from workbench.store.ledger import Batch, LedgerHead, read_head

LOOK = 1.0  # seconds between two looks at whether the database was set back
_SEALED = "the workspace was restored from an older state than its own records show"
_STORE_GONE = {
    "store_missing",
    "store_replaced",
    "store_locked",
    "store_unanswered",
    "store_closed",
    "store_read_only",
}
MAX_SECONDS = 0.25  # for asking the rules; what they do is bounded anyway, this is for a machine that stalls


@dataclass(slots=True)
class _Moment:
    """One transaction: where the ledger stands in it, the law it decides under, and what it will write at its end.

    ``law`` is ``None`` where ``trouble`` says why there is none; ``sealed`` where nothing may be allowed.
    """

    connection: Connection
    head: LedgerHead
    now: int
    law: Law | None
    trouble: str
    sealed: bool
    batch: Batch
    listed: list[feed.Listed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A decision and what it was made from; ``law`` is ``None`` where no rule was asked, ``used`` the grants taken."""

    decision: Decision
    request: Request
    law: Law | None = None
    used: tuple[UsableGrant, ...] = ()
    shadow: ShadowAnswer | None = None


class Deciding:
    """The use case behind every enforcing face. ``mirror()`` writes the file of what came into force meanwhile;
    ``guard(place)`` seals a workspace whose database was set back, also behind ``place`` where this process saw it."""

    def __init__(
        self,
        session: Session,
        cases: Cases,
        shadowing: Shadowing,
        mirror: Callable[[], None],
        guard: Callable[[Place], None],
    ) -> None:
        self._session = session
        self._cases = cases
        self._shadowing = shadowing
        self._storms = StormWatch()
        self._mirror = mirror
        self._guard = guard
        self._place = UNSEEN  # where this process saw the ledger end
        self._look_at = float("-inf")  # of the monotonic clock
        self._group = GroupCommit(self._moment, _of_the_store)

    def decide(
        self,
        request: Request,
        *,
        credential: Credential,
        entities: Sequence[Any] = (),
        facts: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        heard: Heard | None = None,
        said: Mapping[str, Any] | None = None,
    ) -> Recorded:
        """Decide and record. ``facts``: context that a trusted source vouches for; ``at``: when the action happened;
        ``heard``: what a trusted source recorded of the conversation, for what is said in it; ``said``: what the asker
        called it, kept with the request and read by no rule.

        Raises :class:`WorkbenchError` only where nothing could be recorded: treat that as a deny.
        """
        given = facts or {}
        judging = Judging(request.speech, heard).made()  # outside the transaction, and once however often that is run

        def work(here: _Moment) -> Recorded:
            happened = moment(here.now) if at is None else at if at.tzinfo else at.replace(tzinfo=UTC)
            return self._decide(here, Asked(request, credential, entities, given, happened, judging, said))

        return self._group.do(work)

    @contextmanager
    def _moment(self) -> Iterator[_Moment]:
        """A write transaction with everything that decisions in it need; at its end they are written in one go."""
        doubt = self._look()
        with self._session.write() as connection:
            head = read_head(connection)
            stood = head.active_digest
            law, trouble = None, ""
            lost = head.size < self._place[0]
            if lost:  # set back since the last look; the next one begins with a look
                self._look_at = float("-inf")
            try:
                if doubt is not None:
                    raise doubt
                if self._session.is_due(head) and not lost:
                    with connection.begin_nested():
                        moved = read_head(connection)
                        self._session.catch_up(connection, moved)
                    head = read_head(connection)
                law = self._session.laws.in_force(connection, head)
            except Exception as error:  # an enforcing face never answers with a traceback
                trouble = error.detail or error.title if isinstance(error, WorkbenchError) else named(error)
            sealed = lost or bool(head.sealed)
            here = _Moment(connection, head, self._session.now(head), law, trouble, sealed, Batch(connection, head))
            yield here
            here.batch.flush()
            feed.record(connection, here.listed)
            self._storms.check(connection, here.now, (item.row for item in here.listed))
        if not lost:  # else the guard is to hear of what this process knew
            self._place = (head.size, head.hash)
        if head.active_digest != stood:
            with suppress(WorkbenchError):  # the next tick writes the file; the decisions stand
                self._mirror()

    def _look(self) -> WorkbenchError | None:
        """Once a second, before anything is done: was the database set back? What keeps that from being known.

        Raises :class:`WorkbenchError` where the store is gone: then nothing can be recorded either.
        """
        now = self._session.clock.monotonic()
        if now < self._look_at:
            return None
        try:
            self._guard(self._place)
        except WorkbenchError as error:
            if _of_the_store(error):
                raise
            return error
        self._look_at, self._place = now + LOOK, UNSEEN  # the guard knows it now
        return None

    def _decide(self, here: _Moment, asked: Asked) -> Recorded:
        believed = asked.request
        answer: _Answer | None = None
        try:
            answer = self._judge(here, asked)
            decision, believed = answer.decision, answer.request
        except RefusedError as refused:
            decision = refused.decision()
        except Exception as error:
            decision = _trouble(named(error))
        stored = written(here.law, replace(asked, request=believed), decision, here.head.active_digest)
        receipt = here.batch.add(kind="decision", at=here.now, body=stored.body)
        here.listed.append(feed.Listed(stored.row._replace(seq=receipt.seq), receipt.at, stored.payload))
        cases = () if answer is None else self._follow(here, asked, answer, receipt.seq)
        return Recorded(receipt.seq, decision, receipt.hash, cases, stored.speech)

    def _judge(self, here: _Moment, asked: Asked) -> _Answer:
        law = here.law
        if here.sealed:
            return _Answer(_denied("sealed", _SEALED, "a signer runs `workbench acknowledge`"), asked.request)
        if law is None:
            return _Answer(_trouble(here.trouble), asked.request)
        believed = believe(
            asked.request, asked.credential, asked.entities, asked.facts, asked.happened, law.known, asked.judging
        )
        if size_of(asked.request, asked.entities) > MAX_REQUEST:
            raise RefusedError("invalid_request", "the request has over 256 KiB", "send less")
        known = _known(law, asked.entities)
        stopped = law.overlay.stopped(believed, here.now)
        if stopped is not None:
            return _Answer(stopped, believed)
        monotonic = self._session.clock.monotonic
        end = monotonic() + MAX_SECONDS

        def late() -> bool:
            return monotonic() > end

        decision = law.evaluator.decide(believed, known, deadline=late)
        used: tuple[UsableGrant, ...] = ()
        if decision.outcome == "hold":
            used = self._cases.usable(here.connection, here.head, law, believed, here.now, asked.entities)
            used = tuple(each for each in used if each.grant.procedure in decision.procedures)
            if used:  # decided again in full, on what holds now: a forbid, an error, a stop still wins
                grants = [each.grant for each in used]
                decision = law.evaluator.decide(believed, known, grants=grants, deadline=late)
        decision = law.overlay.tighten(decision, believed, known, here.now, late)
        shadow = self._shadowing.judge(
            here.connection,
            here.head,
            law,
            believed,
            known,
            here.now,
            grants=[each.grant for each in used],
            deadline=late,
            judging=asked.judging,
        )
        return _Answer(decision, believed, law, used, shadow)

    def _follow(self, here: _Moment, asked: Asked, answer: _Answer, seq: int) -> tuple[str, ...]:
        """What a decision entails beside its receipt, in the same transaction: cases opened, grants used up."""
        decision, law = answer.decision, answer.law
        if law is None:
            return ()
        if answer.shadow is not None:
            self._shadowing.record(here.connection, seq, answer.shadow, decision.outcome)
        if decision.outcome == "allow" and answer.used:
            self._cases.use(here.connection, here.head, here.now, answer.used, seq)
            return tuple(each.case_id for each in answer.used)
        if decision.outcome == "hold":
            return self._cases.hold(
                here.connection, here.head, here.now, law, answer.request, decision, seq, asked.entities
            )
        return ()


def _known(law: Law, entities: Sequence[Any]) -> Entities:
    """The directory, with what came with the request."""
    if not entities:
        return law.known.directory
    try:
        return law.known.directory.with_added(list(entities))
    except EntityError as error:
        raise RefusedError("invalid_entity", str(error), "send entities that fit the schema") from None


def _trouble(message: str) -> Decision:
    return _denied("evaluation_error", message, "tell the operator of this workspace")


def _denied(code: Code, message: str, remedy: str) -> Decision:
    return Decision("deny", code, "never", remedy, errors=(RuleError("", message),))


def _of_the_store(error: Exception) -> bool:
    return isinstance(error, WorkbenchError) and error.code in _STORE_GONE
