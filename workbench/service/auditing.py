"""The audit: every ledger entry, the columns that repeat it, the payloads it covers, and the files of the chain."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection

from workbench.governance.ledger import verify_entries
from workbench.service.receipts import cell, salted, uid_id
from workbench.service.session import VERSIONS, Session
from workbench.service.verify import chain_files, verify_files
from workbench.service.views import Verification, VerifyLine
from workbench.store import versions as store
from workbench.store.feed import FeedRow, StoredPayload, decision_records
from workbench.store.ledger import StoredEntry, entries, read_head


class Auditing:
    """The use case ``verify`` on an open workspace."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def verify(self) -> Verification:
        """Check everything; ``lines`` name the first thing that is wrong of each kind. Takes time on a long ledger."""
        chain = verify_files(chain_files(self._session.location / VERSIONS), None)
        lines = list(chain.lines)
        with self._session.read() as connection:
            lines += [self._files(connection), self._database(), self._ledger(connection), self._cache(connection)]
        broken = next((line for line in lines if not line.ok), None)
        if broken is None or not chain.ok:
            return Verification(chain.ok, chain.anchored, chain.head, chain.message, tuple(lines))
        return Verification(False, chain.anchored, chain.head, f"{broken.subject}: {broken.message}", tuple(lines))

    def _files(self, connection: Connection) -> VerifyLine:
        """The files of the chain are those that the store says are in force."""
        subject = "files and store"
        folder = self._session.location / VERSIONS
        stored = {f"{version.version}.yaml": version.yaml for version in store.chain(connection)}
        for name, text in stored.items():
            path = folder / name
            if not path.is_file():
                return VerifyLine(False, subject, f"`{name}` is missing from `{VERSIONS}/`")
            if path.read_bytes() != text.encode():
                return VerifyLine(False, subject, f"`{name}` is not what the store holds")
        extra = sorted({path.name for path in chain_files(folder)} - set(stored))
        if extra:
            return VerifyLine(False, subject, f"`{extra[0]}` is in `{VERSIONS}/`, but the store does not know it")
        return VerifyLine(True, subject, f"{len(stored)} versions, alike in both")

    def _database(self) -> VerifyLine:
        complaint = self._session.database.integrity()
        return VerifyLine(not complaint, "database", complaint or "sound")

    def _ledger(self, connection: Connection) -> VerifyLine:
        head = read_head(connection)
        feed = ((entry.seq, entry.body, entry.hash) for entry in entries(connection))
        report = verify_entries(
            feed, expected_size=head.size, expected_head=head.hash, expected_root=head.root() if head.size else None
        )
        message = report.message or f"{report.size:,} entries, each continuing the one before"
        return VerifyLine(report.ok, "ledger", message)

    def _cache(self, connection: Connection) -> VerifyLine:
        """The columns and payloads beside the ledger say what its bytes say."""
        subject = "decisions"
        recorded: Iterator[StoredEntry] = (e for e in entries(connection) if e.kind == "decision")
        count = 0
        for entry, row, payload in _paired(recorded, decision_records(connection)):
            if entry is None:
                return VerifyLine(False, subject, f"decision {row.seq if row else '?'} has no ledger entry")
            if row is None:
                return VerifyLine(False, subject, f"entry {entry.seq} is a decision that the feed does not list")
            body = json.loads(entry.body)["body"]
            rules = {*body["reasons"], *body["procedures"], *body["errors"], ""}
            said = (body["outcome"], body["code"], cell(uid_id(body["action"])), cell(uid_id(body["principal"])))
            if (row.outcome, row.code, row.action, row.agent) != said or row.rule not in rules:
                return VerifyLine(False, subject, f"decision {entry.seq} is listed other than the ledger recorded it")
            for label in ("request", "entities", "decision") if payload else ():
                data = getattr(payload, label)
                if payload and salted(payload.salt, label, data) != body[label]:
                    return VerifyLine(False, subject, f"the {label} of decision {entry.seq} was changed")
            count += 1
        return VerifyLine(True, subject, f"{count:,} decisions, listed as recorded")


def _paired(
    recorded: Iterator[StoredEntry], listed: Iterator[tuple[FeedRow, StoredPayload | None]]
) -> Iterator[tuple[StoredEntry | None, FeedRow | None, StoredPayload | None]]:
    """Ledger entries and feed rows side by side by number; ``None`` where one lacks the other."""
    entry, row = next(recorded, None), next(listed, None)
    while entry is not None or row is not None:
        if row is None or (entry is not None and entry.seq < row[0].seq):
            yield entry, None, None
            entry = next(recorded, None)
        elif entry is None or row[0].seq < entry.seq:
            yield None, row[0], row[1]
            row = next(listed, None)
        else:
            yield entry, row[0], row[1]
            entry, row = next(recorded, None), next(listed, None)
