"""The timeline: what the ledger holds besides decisions, newest first, each as a sentence that a person reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from workbench.service.case_names import CASE_KINDS, asked
from workbench.service.clock import micros, moment
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import RuleOrigin, TimelineEntry
from workbench.service.happenings import Names, sentence, subject
from workbench.service.rules import rule_views
from workbench.service.session import Session
from workbench.service.views import RuleView
from workbench.store import timeline as store
from workbench.store import versions
from workbench.store.ledger import StoredEntry, entry, read_head

MOST = 1000  # entries of one page
MOST_ENTRIES = 2**63 - 1  # no ledger has a higher number
_STRIDE = 500  # entries read at once while words are looked for


class Timeline:
    """The use cases of History."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self,
        before: int | None = None,
        limit: int = 200,
        kinds: Sequence[str] = (),
        *,
        after: int = 0,
        words: str = "",
        only: Callable[[TimelineEntry], bool] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[TimelineEntry, ...]:
        """The newest ``limit`` (at most 1,000) entries with ``after < seq < before``, newest first.

        ``kinds``: only these. ``words``: only where every one of them is in the sentence or names the kind (whatever
        its case); ``only``: only those that it says yes to. Then as many entries are read as it takes, page by page,
        until ``cancelled`` says stop. Fewer than ``limit`` entries mean that there are no more.
        """
        limit = min(max(limit, 1), MOST)
        wanted = words.casefold().split()
        found: list[TimelineEntry] = []
        with self._session.read() as connection:
            names = store.version_names(connection)
            while len(found) < limit and not (cancelled is not None and cancelled()):
                step = _STRIDE if wanted or only is not None else limit
                rows = store.happenings(connection, after=after, before=before, limit=step, kinds=kinds)
                held = asked(connection, [row for row in rows if row.kind in CASE_KINDS])
                for row in rows:
                    made = _view(row, names, held)
                    said = f"{made.kind.replace('_', ' ')} {made.title}".casefold()
                    if len(found) < limit and all(word in said for word in wanted) and (only is None or only(made)):
                        found.append(made)
                if len(rows) < step:
                    break
                before = rows[-1].seq
        return tuple(found)

    def entry(self, seq: int) -> TimelineEntry:
        """One entry of the ledger, a decision too. Raises :class:`WorkbenchError` (``no_entry``)."""
        with self._session.read() as connection:
            row = entry(connection, seq) if 0 < seq < 2**63 else None
            if row is None:
                raise WorkbenchError(
                    "no such entry",
                    f"the ledger has no entry `{seq}`",
                    "`workbench history --all` lists them",
                    "no_entry",
                )
            return _view(row, store.version_names(connection), asked(connection, [row]))

    def last_by(self, at: datetime) -> int:
        """The number of the last entry, decisions included, that was written by ``at``; 0 where none was."""
        with self._session.read() as connection:
            return store.last_by(connection, read_head(connection).size, micros(at))

    def decision_by(self, seq: int) -> int:
        """The number of the last decision among the first ``seq`` entries; 0 where there is none."""
        with self._session.read() as connection:
            return store.decision_by(connection, min(max(seq, 0), MOST_ENTRIES))

    def origins(self, version: str) -> tuple[RuleOrigin, ...]:
        """Where each rule of a version in the chain comes from: the first version since which it says what it says.

        In source order. ``version`` by number or digest. Raises :class:`WorkbenchError` (``no_version``).
        """
        with self._session.read() as connection:
            chain = versions.chain(connection)
            place = next((n for n, row in enumerate(chain) if version in (row.version, row.digest)), None)
            if place is None:
                raise WorkbenchError("no such version", f"`{version}` was never in force", "", "no_version")
            since: dict[tuple[str, str, str], str] = {}
            for row in chain[: place + 1]:
                program = self._session.laws.checked(connection, row.digest).program
                standing = {_meaning(rule): row.version for rule in rule_views(program)}
                since = {key: since.get(key, first) for key, first in standing.items()}
            return tuple(RuleOrigin(rule, since[_meaning(rule)]) for rule in rule_views(program))


def _meaning(rule: RuleView) -> tuple[str, str, str]:
    """What makes it the same rule: its name, what it means, and whether it acts."""
    return rule.id, rule.digest, rule.stage


def _view(row: StoredEntry, names: Names, held: Mapping[str, Mapping[str, str]]) -> TimelineEntry:
    """``held``: what the ledger leaves out of cases (it can be erased), by their ids; for the sentence alone."""
    body = _body(row.body)
    known = held.get(str(body.get("id")), {}) if row.kind in CASE_KINDS else {}
    return TimelineEntry(
        seq=row.seq,
        at=moment(row.at),
        kind=row.kind,
        title=sentence(row.kind, {**known, **body}, names),
        subject=subject(body),
        hash=row.hash,
        body=body,
        prev=row.prev,
    )


def _body(data: bytes) -> Mapping[str, Any]:
    """The body of an entry's bytes; a damaged entry is listed too, and ``verify`` says what is wrong with it."""
    try:
        body = json.loads(data)["body"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"damaged": data[:2000].decode("utf-8", "replace")}
    return body if isinstance(body, dict) else {"damaged": json.dumps(body)[:2000]}
