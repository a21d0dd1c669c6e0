"""``ws.replaying``: the draft decided over what agents did in the last days, and what it would have changed.

The record is read a page at a time, each page in a transaction of its own, so that the log may be as long as it likes
and deciding goes on meanwhile. Work runs in a thread of its own; what is known when it is stopped is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Connection

from workbench.analysis.stop import Progress, Tell
from workbench.governance.errors import GovernanceError
from workbench.language.program import Program
from workbench.service.analysis_jobs import Job, Jobs
from workbench.service.analysis_subjects import subject_of
from workbench.service.clock import micros, moment
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError
from workbench.service.redecided import Directory, Engine, Recorded, Redeciding
from workbench.service.replayed import Replayed, so_far, summed
from workbench.service.session import Session
from workbench.service.trying import Verdict, told
from workbench.service.views import EventDetail
from workbench.service.watching import Watching
from workbench.service.weighing import Weighing
from workbench.store import cases as case_store
from workbench.store import directory as directory_store
from workbench.store import replays, versions
from workbench.store.ledger import read_head
from workbench.store.timeline import happenings

DAYS = (1, 7, 30, 0)
"""What may be chosen; 0 is everything that was recorded."""
_PAGE = 500
_TELL = 50  # records between two words on how far it is


class Replay:
    """A replay that runs. ``halt`` ends it with what is known by then."""

    def __init__(self, job: Job[Replayed], halted: Event) -> None:
        self._job = job
        self._halted = halted

    @property
    def done(self) -> bool:
        return self._job.done

    @property
    def progress(self) -> Progress | None:
        """How far it is; ``what`` says what was found so far."""
        return self._job.progress

    @property
    def result(self) -> Replayed | None:
        return self._job.result

    @property
    def error(self) -> WorkbenchError | None:
        return self._job.error

    def halt(self) -> None:
        """End it soon; the result is what was found by then."""
        self._halted.set()

    def stop(self) -> None:
        """End it; nobody wants the result."""
        self._halted.set()
        self._job.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; whether it has."""
        return self._job.wait(timeout)


@dataclass(frozen=True, slots=True)
class Opened:
    """One example in full: the decision as recorded, and what the draft says of the same request."""

    event: EventDetail
    draft: Verdict


class Replaying:
    """The use case of Last days."""

    def __init__(self, session: Session, weighing: Weighing, drafting: Drafting, watching: Watching) -> None:
        self._session = session
        self._weighing = weighing
        self._drafting = drafting
        self._watching = watching
        self._jobs = Jobs()

    def close(self) -> None:
        """Stop what runs. Safe to call twice."""
        self._jobs.close()

    def start(self, days: int = 7) -> Replay:
        """Decide the draft over the decisions of the last ``days`` (0: all). The replay before it is stopped.

        It fails where the draft is not clean (``not_clean``).
        """
        halted = Event()

        def work(job: Job[Replayed]) -> Replayed:
            def tell(progress: Progress) -> None:
                job.signal.check()
                job.tell(progress)

            return self.run(days, tell, halted)

        return Replay(self._jobs.start("replay", work), halted)

    def run(
        self,
        days: int,
        tell: Tell | None = None,
        halted: Event | None = None,
        *,
        against: tuple[str, Program] | None = None,
    ) -> Replayed:
        """As :meth:`start`, in the caller's thread; ``against``: another constitution than the draft, with its name.

        Raises :class:`WorkbenchError` (``not_clean``), and what ``tell`` raises.
        """
        since, span = self._span(days)
        name, program, revision = self._against(against)
        work = self._redeciding(Engine.of(program))
        stopped = False
        for place, recorded in enumerate(self._recorded(since, span.last)):
            if halted is not None and halted.is_set():
                stopped = True
                break
            if tell is not None and place % _TELL == 0:
                tell(Progress(place, span.decisions, so_far(work)))
            work.take(recorded)
        return summed(work, program, name, revision, _moment(since), span.decisions, stopped=stopped)

    def _against(self, given: tuple[str, Program] | None) -> tuple[str, Program, int]:
        if given is not None:
            return *given, 0
        draft = self._drafting.draft()
        return "the draft", subject_of("the draft", draft.cedar_plus, draft.schema).program, draft.revision

    def opened(self, seq: int) -> Opened:
        """A recorded decision, and what the draft says of its request. Raises :class:`WorkbenchError`: ``no_event``,
        ``not_clean``, ``redacted``."""
        event = self._watching.event(seq)
        name, program, _ = self._against(None)
        engine = Engine.of(program)
        with self._session.read() as connection:
            kept = replays.page(connection, -(2**62), seq - 1, seq, 1)
            used = self._grants(connection, replays.grants(connection, seq), seq)
        recorded = _recorded(kept[0], used)
        decision = self._redeciding(engine).asked(recorded, engine)
        if decision is None:
            raise WorkbenchError(
                "it cannot be decided again", f"what decision {seq} asked has been erased", "", "redacted"
            )
        return Opened(event, told(name, program, decision))

    # ---- the record --------------------------------------------------------------------------------------------------

    def _span(self, days: int) -> tuple[int, replays.Span]:
        with self._session.read() as connection:
            now = max(micros(self._session.clock.now()), read_head(connection).last_at)
            since = micros(moment(now) - timedelta(days=days)) if days else -(2**62)
            return since, replays.span(connection, since)

    def _recorded(self, since: int, last: int) -> Iterator[Recorded]:
        after = 0
        with self._session.read() as connection:
            granted = replays.grants(connection)
        while True:
            with self._session.read() as connection:
                found = replays.page(connection, since, after, last, _PAGE)
                used = {
                    kept.row.seq: self._grants(connection, granted, kept.row.seq)
                    for kept in found
                    if kept.row.seq in granted
                }
            for kept in found:
                yield _recorded(kept, used.get(kept.row.seq, ()))
            if len(found) < _PAGE:
                return
            after = found[-1].row.seq

    @staticmethod
    def _grants(connection: Connection, granted: Mapping[int, Sequence[str]], seq: int) -> tuple[str, ...]:
        """The procedures whose grants a decision used."""
        return tuple(case.procedure for case in case_store.by_ids(connection, granted.get(seq, ())))

    def _redeciding(self, draft: Engine) -> Redeciding:
        engines: dict[str, Engine | None] = {}

        def base_of(version: str) -> Engine | None:
            if version not in engines:
                engines[version] = self._version(version)
            return engines[version]

        with self._session.read() as connection:
            written = [json.loads(text) for _, _, text in directory_store.entities(connection)]
            changes = happenings(connection, after=0, before=None, limit=1, kinds=("directory",))
        return Redeciding(draft, base_of, Directory(written), changed_at=changes[0].seq if changes else 0)

    def _version(self, version: str) -> Engine | None:
        """A version of the chain; ``None`` where the store has it no more, or another text under its digest."""
        try:
            with self._session.read() as connection:
                found = versions.by_name(connection, version)
                if found is None:
                    return None
                return Engine.of(self._session.laws.checked(connection, found.digest).program)
        except (WorkbenchError, GovernanceError):
            return None


def _recorded(kept: replays.Kept, grants: tuple[str, ...]) -> Recorded:
    row = kept.row
    return Recorded(
        key=row.seq,
        at=moment(row.at),
        agent=row.agent,
        action=row.action,
        resource=row.resource,
        outcome=row.outcome,
        code=row.code,
        rule=row.rule,
        base=row.version,
        request=kept.request,
        entities=kept.entities,
        grants=grants,
    )


def _moment(since: int) -> datetime | None:
    return moment(since) if since > 0 else None
