"""The audit: every ledger entry, what repeats it, what was signed about it inside and outside the database, the files.

It reads one moment of the database, and never writes. ``lines`` of the result say what was checked; the first thing of
each kind that is wrong is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Thread

from sqlalchemy import Connection

from workbench.governance.artifact import load_yaml
from workbench.governance.checkpoints import SignedCheckpoint, checkpoint_from_json, verify_checkpoint
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import PublicKey
from workbench.service.belief_audit import belief_lines
from workbench.service.case_audit import case_lines
from workbench.service.explaining import Explaining
from workbench.service.exporting import Exporting
from workbench.service.ledger_audit import Walked, counted, walk_ledger
from workbench.service.mirror import CHECKPOINTS, Mirror
from workbench.service.redacting import Redacting
from workbench.service.session import VERSIONS, Session
from workbench.service.standing_audit import standing_lines
from workbench.service.statement_audit import Statements
from workbench.service.verify import chain_files, verify_files
from workbench.service.views import Verification, VerifyLine
from workbench.store import checkpoints, versions
from workbench.store.ledger import LedgerHead, read_head
from workbench.store.timeline import version_names

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class Auditing:
    """The use cases of ``audit`` on an open workspace."""

    def __init__(self, session: Session, explaining: Explaining, exporting: Exporting, redacting: Redacting) -> None:
        self._session = session
        self.why, self.find = explaining.why, explaining.find
        self.export = exporting.export
        self.redact = redacting.redact

    def verify(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Verification:
        """Check everything; a million entries take well under a minute.

        ``progress`` is called with (done, total) entries, at least every 20,000; once ``cancelled`` says so the result
        is not ``ok`` and says that too. Both are called in this thread.
        """
        return Audit(self._session).run(progress, cancelled)


class Audit:
    """One look at everything. Needs a database and its files, and nothing that time moves."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Verification:
        """As :meth:`Auditing.verify`."""
        mirrored = Mirror(self._session).files()  # before the database is read: it may only grow meanwhile
        chain = verify_files(chain_files(self._session.location / VERSIONS), None)
        lines = list(chain.lines)
        database = _Beside(self._session.database.integrity)
        with self._session.read() as connection:
            head = read_head(connection)
            lines.append(self._files(connection))
            points = _Points(connection, Mirror(self._session).keys(connection), self._session.swarm_id)
            points.read(mirrored_texts={file.size: file.text for file in mirrored if file.signed is not None})
            watch = frozenset({*points.sizes(), *_activated(connection)})
            walked = walk_ledger(
                connection, head, version_names(connection), watch, progress=progress, cancelled=cancelled
            )
            if walked.cancelled:
                done = f"stopped after {walked.walk.size:,} of {walked.total:,} entries: nothing is known of the rest"
                lines.append(VerifyLine(False, "ledger", done))
                return Verification(False, chain.anchored, chain.head, done, tuple(lines))
            lines += self._lines(connection, head, walked, points)
            for file in mirrored:
                if file.signed is None:
                    lines.append(VerifyLine(False, f"{CHECKPOINTS}/{file.path.name}", file.trouble))
        lines.insert(len(chain.lines) + 1, database.line())
        broken = next((line for line in lines if not line.ok), None)
        if broken is None or not chain.ok:
            return Verification(chain.ok, chain.anchored, chain.head, chain.message, tuple(lines))
        return Verification(False, chain.anchored, chain.head, f"{broken.subject}: {broken.message}", tuple(lines))

    def _files(self, connection: Connection) -> VerifyLine:
        """The files of the chain are those that the store says are in force."""
        subject = "files and store"
        folder = self._session.location / VERSIONS
        stored = {f"{version.version}.yaml": version.yaml for version in versions.chain(connection)}
        for name, text in stored.items():
            path = folder / name
            if not path.is_file():
                return VerifyLine(False, subject, f"`{name}` is missing from `{VERSIONS}/`")
            if path.read_bytes() != text.encode():
                return VerifyLine(False, subject, f"`{name}` is not what the store holds")
        extra = sorted({path.name for path in chain_files(folder)} - set(stored))
        if extra:
            return VerifyLine(False, subject, f"`{extra[0]}` is in `{VERSIONS}/`, but the store does not know it")
        return VerifyLine(True, subject, f"{counted(len(stored), 'version')}, alike in both")

    def _lines(self, connection: Connection, head: LedgerHead, walked: Walked, points: _Points) -> Iterator[VerifyLine]:
        """What follows from the walk. Where the ledger itself is broken, nothing is said of what it should contain."""
        size = walked.walk.size
        yield VerifyLine(
            not walked.ledger,
            "ledger",
            walked.ledger or f"{counted(size, 'entry', 'entries')}, each continuing the one before",
        )
        yield points.line(walked)
        if walked.ledger:
            return
        yield _activation_roots(connection, walked)
        statements = Statements(connection, self._session.swarm_id, walked.besides)
        yield from statements.lines(walked.erased)
        yield from belief_lines(connection, walked.besides)
        yield from case_lines(connection, walked.besides)
        yield from standing_lines(connection, head, walked.besides)
        if head.sealed:
            yield VerifyLine(False, "sealed", f"`{head.sealed}`: a signer has not acknowledged it yet")
        yield VerifyLine(
            not walked.cache,
            "decisions",
            walked.cache or f"{counted(walked.decisions, 'decision')}, listed as recorded",
        )


class _Beside:
    """The database's own check, in a thread of its own while the ledger is walked."""

    def __init__(self, check: Callable[[], str]) -> None:
        self._check = check
        self._complaint = "it did not answer"
        self._thread = Thread(target=self._run, name="integrity", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._complaint = self._check()
        except Exception as error:  # whatever it is, the database is not sound
            self._complaint = str(error) or type(error).__name__

    def line(self) -> VerifyLine:
        """Its answer, waited for."""
        self._thread.join()
        return VerifyLine(not self._complaint, "database", self._complaint or "sound")


class _Points:
    """The checkpoints there are, in the table and in the mirror, against the tree that the entries make."""

    def __init__(self, connection: Connection, keys: list[PublicKey], swarm_id: str) -> None:
        self._connection = connection
        self._keys = keys
        self._swarm_id = swarm_id
        self._found: list[tuple[str, SignedCheckpoint]] = []
        self._trouble = ""
        self._mirrored = 0

    def read(self, *, mirrored_texts: Mapping[int, str]) -> None:
        """Read and verify them; the first that proves nothing is the trouble."""
        rows = checkpoints.listing(self._connection)
        for row in rows:
            where = f"the checkpoint of {row.size:,} entries"
            signed = self._verified(where, row.statement)
            if signed is None:
                continue
            point = signed.checkpoint
            if (point.size, point.root) != (row.size, row.root):
                self._trouble = self._trouble or f"{where}: its row says other than what was signed"
            self._found.append((where, signed))
        stored = {row.statement for row in rows}
        self._mirrored = sum(text in stored for text in mirrored_texts.values())
        for size, text in mirrored_texts.items():
            if text not in stored:
                where = f"`{CHECKPOINTS}/{size}.json`"
                signed = self._verified(where, text)
                if signed is not None:
                    self._found.append((where, signed))

    def _verified(self, where: str, text: str) -> SignedCheckpoint | None:
        try:
            signed = checkpoint_from_json(text)
            verify_checkpoint(signed, self._keys, self._swarm_id)
        except GovernanceError as error:
            self._trouble = self._trouble or f"{where}: {error.message}"
            return None
        return signed

    def sizes(self) -> set[int]:
        """The sizes whose roots are wanted."""
        return {signed.checkpoint.size for _, signed in self._found}

    def line(self, walked: Walked) -> VerifyLine:
        """Whether every checkpoint is of this ledger; names between which entries it was changed."""
        subject = "checkpoints"
        if self._trouble:
            return VerifyLine(False, subject, self._trouble)
        agreed = 0
        for where, signed in sorted(self._found, key=lambda item: item[1].checkpoint.size):
            point = signed.checkpoint
            if point.size > walked.walk.size:
                if walked.ledger:
                    break  # the walk ended before; the ledger's line says where
                missing = f"{where} was signed, but the ledger ends at entry {walked.walk.size}"
                return VerifyLine(False, subject, f"{missing}: entry {walked.walk.size + 1} and what followed are gone")
            if walked.walk.roots[point.size] != point.root:
                one = point.size == agreed + 1
                which = f"entry {point.size} is" if one else f"one of the entries {agreed + 1} to {point.size} is"
                return VerifyLine(False, subject, f"{where} has another root: {which} not what was signed then")
            agreed = point.size
        if not self._found:
            return VerifyLine(True, subject, "none yet: only the ledger's own head vouches for its length")
        return VerifyLine(
            True, subject, f"{len(self._found)} of this ledger, {self._mirrored} mirrored; up to entry {agreed:,}"
        )


def _activated(connection: Connection) -> Iterator[int]:
    """The ledger sizes that the activation statements in the store name."""
    for row in versions.chain(connection):
        with suppress(GovernanceError):
            version = load_yaml(row.yaml)
            if version.activation is not None:
                yield version.activation.ledger.size


def _activation_roots(connection: Connection, walked: Walked) -> VerifyLine:
    """The size and root of the ledger that each activation signed are those of this one."""
    subject = "activations"
    count = 0
    for row in versions.chain(connection):
        try:
            version = load_yaml(row.yaml)
        except GovernanceError as error:
            return VerifyLine(False, subject, f"version {row.version} cannot be read: {error.message}")
        if version.activation is None:
            return VerifyLine(False, subject, f"version {row.version} has no activation statement")
        said = version.activation.ledger
        if said.size > walked.walk.size:
            return VerifyLine(
                False, subject, f"version {row.version} came into force at entry {said.size + 1}, which is gone"
            )
        if said.size and walked.walk.roots.get(said.size) != said.root:
            return VerifyLine(
                False,
                subject,
                f"version {row.version} was activated on another ledger: its first {said.size} entries differ",
            )
        count += 1
    return VerifyLine(True, subject, f"{counted(count, 'statement')} of this ledger's size and root")
