"""``ws.replaying``: the draft decided over what agents did in the last days, and what it would have changed.

The record is read a page at a time, each page in a transaction of its own, so that the log may be as long as it likes
and deciding goes on meanwhile. Work runs in a thread of its own; what is known when it is stopped is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Connection

from workbench.analysis.stop import Progress
from workbench.governance.errors import GovernanceError
from workbench.language.program import Program
from workbench.service.analysis_jobs import Job, Jobs
from workbench.service.analysis_subjects import subject_of
from workbench.service.clock import micros, moment
from workbench.service.drafting import Drafting
from workbench.service.errors import WorkbenchError
from workbench.service.redecided import CHANGES, Change, Directory, Engine, Example, Recorded, Redeciding
from workbench.service.rules import rule_views
from workbench.service.session import Session
from workbench.service.trying import Verdict, told
from workbench.service.views import EventDetail, RuleView
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


@dataclass(frozen=True, slots=True)
class ByRule:
    """How many decisions a rule of the draft turns into something else. ``rule`` is ``None`` for a default deny."""

    change: Change
    rule_id: str
    rule: RuleView | None
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class ByAgent:
    """How many decisions of an agent turn into something else."""

    change: Change
    agent: str
    count: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the draft would have changed.

    ``total``: records in the span; ``looked_at`` is less where ``stopped``. ``same``: decided alike. ``aside``: why →
    how many say nothing of the rules. ``patched``: decided with today's directory for what was not recorded. The groups
    stand with the most frequent first; ``examples`` of each are the newest, newest first.
    """

    against: str
    revision: int
    since: datetime | None
    total: int
    looked_at: int
    same: int
    distinct: int
    patched: int
    aside: Mapping[str, int]
    by_rule: tuple[ByRule, ...]
    by_agent: tuple[ByAgent, ...]
    stopped: bool = False

    def count(self, change: Change) -> int:
        """How many turn into this."""
        return sum(each.count for each in self.by_rule if each.change == change)

    @property
    def changed(self) -> int:
        return sum(each.count for each in self.by_rule)


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
        job = self._jobs.start("replay", lambda job: self.run(days, job, halted))
        return Replay(job, halted)

    def run(self, days: int, job: Job[Replayed] | None = None, halted: Event | None = None) -> Replayed:
        """As :meth:`start`, in the caller's thread. Raises :class:`WorkbenchError`: ``not_clean``."""
        draft = self._drafting.draft()
        since, span = self._span(days)
        program = subject_of("the draft", draft.cedar_plus, draft.schema).program
        work = self._redeciding(Engine.of(program))
        stopped = False
        for place, recorded in enumerate(self._recorded(since, span.last)):
            if halted is not None and halted.is_set():
                stopped = True
                break
            if job is not None and place % _TELL == 0:
                job.signal.check()
                job.tell(Progress(place, span.decisions, _so_far(work)))
            work.take(recorded)
        return summed(work, program, "the draft", draft.revision, _moment(since), span.decisions, stopped=stopped)

    def opened(self, seq: int) -> Opened:
        """A recorded decision, and what the draft says of its request. Raises :class:`WorkbenchError`: ``no_event``,
        ``not_clean``, ``redacted``."""
        event, draft = self._watching.event(seq), self._drafting.draft()
        program = subject_of("the draft", draft.cedar_plus, draft.schema).program
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
        return Opened(event, told("the draft", program, decision))

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


def _so_far(work: Redeciding) -> str:
    tally = work.tally
    return ", ".join(f"{tally.changed(change):,} newly {change}" for change in CHANGES)


def summed(
    work: Redeciding,
    draft: Program,
    against: str,
    revision: int,
    since: datetime | None,
    total: int,
    *,
    stopped: bool = False,
) -> Replayed:
    """What was found, for people: rules with their words, the most frequent first."""
    tally = work.tally
    ids = {procedure.name: rule.id for rule, procedure in draft.procedures} | {rule.id: rule.id for rule in draft.rules}
    views = {view.id: view for view in rule_views(draft, {ids[rule] for _, rule in tally.by_rule if rule in ids})}
    by_rule = [
        ByRule(change, rule, views.get(ids.get(rule, "")), count, _newest(tally.examples.get((change, rule), ())))
        for (change, rule), count in tally.by_rule.items()
    ]
    by_agent = [ByAgent(change, agent, count) for (change, agent), count in tally.by_agent.items()]
    return Replayed(
        against=against,
        revision=revision,
        since=since,
        total=total,
        looked_at=tally.looked_at,
        same=tally.same,
        distinct=tally.distinct,
        patched=tally.patched,
        aside=dict(tally.aside.most_common()),
        by_rule=tuple(sorted(by_rule, key=lambda each: (CHANGES.index(each.change), -each.count, each.rule_id))),
        by_agent=tuple(sorted(by_agent, key=lambda each: (CHANGES.index(each.change), -each.count, each.agent))),
        stopped=stopped,
    )


def _newest(examples: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(reversed(list(examples)))
