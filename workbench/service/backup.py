"""``backup``: a consistent copy of a workspace in one file, while others go on working in it.

The database is copied by SQLite's own backup, in one moment; versions and checkpoints are taken from that copy, so that
all of it fits together. Private keys are never in the file unless they are asked for, and then only encrypted; so is
the ledger key, which lies unencrypted beside its database because a service must use it alone.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from workbench import __version__
from workbench.governance.errors import KeyFileError
from workbench.governance.keys import inspect_private, load_private, serialize_private
from workbench.governance.times import format_time
from workbench.service import archive
from workbench.service.archive import DATABASE, LEDGER_KEY, Manifest, Member
from workbench.service.checkpointing import Checkpointing
from workbench.service.databases import locate
from workbench.service.errors import WorkbenchError, governed, store_errors
from workbench.service.files import sync_folder
from workbench.service.mirror import CHECKPOINTS, MirrorGap
from workbench.service.session import KEYS, PROPOSALS, VERSIONS, Session
from workbench.store import checkpoints, versions
from workbench.store.database import Database
from workbench.store.errors import from_sqlite
from workbench.store.ledger import LedgerHead, read_head


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made. ``left_out``: private keys that were not encrypted, or could not be read."""

    path: str
    bytes: int
    size: int
    root: str
    version: str
    keys: int
    left_out: tuple[str, ...]


class Backups:
    """The use case ``backup`` of an open workspace."""

    def __init__(self, session: Session, checkpointing: Checkpointing) -> None:
        self._session = session
        self._checkpointing = checkpointing

    def make(self, path: Path, *, with_keys: bool = False, passphrase: str = "") -> BackedUp:
        """Write a backup to ``path``, which must not exist. ``passphrase`` encrypts the ledger key ``with_keys``.

        Raises :class:`WorkbenchError`: ``exists``, ``passphrase_needed``, ``on_a_server`` (its database is on
        PostgreSQL: ``pg_dump`` copies that), ``sealed``, and what disk and store say; then nothing was written.
        """
        source = self._source()
        if path.exists() or path.is_symlink():
            raise WorkbenchError("there is something already", f"`{path}` exists", "name a new file", "exists")
        if with_keys and not passphrase:
            raise WorkbenchError(
                "a passphrase is needed",
                "the ledger key lies unencrypted in the workspace, and does not go into a backup like that",
                "give a passphrase that encrypts it there",
                "passphrase_needed",
            )
        with suppress(WorkbenchError):  # a workspace without its ledger key, or a sealed one, is worth a backup too
            self._checkpointing.make()
        with store_errors(), _folder_beside(path) as held:
            work = Path(held)
            head, version, files = _copy(source, work / DATABASE)
            files |= self._beside()
            left_out: list[str] = []
            if with_keys:
                files |= self._keys(passphrase, left_out)
            members = tuple(_described(name, content) for name, content in sorted(files.items()))
            manifest = Manifest(
                swarm_id=self._session.swarm_id,
                made_at=format_time(self._session.clock.now()),
                made_by=f"workbench {__version__}",
                size=head.size,
                root=head.root(),
                head=head.hash,
                version=version,
                members=members,
            )
            made = work / "backup.zip"
            archive.write_archive(made, manifest, files)
            made.chmod(0o600)
            with made.open("rb") as stream:
                os.fsync(stream.fileno())
            _put(made, path)
        keys = sum(archive.is_private(name) for name in files)
        return BackedUp(str(path), path.stat().st_size, head.size, head.root(), version, keys, tuple(left_out))

    def _source(self) -> Path:
        with store_errors():
            where = locate(self._session.location)
        if isinstance(where, Path):
            return where
        raise WorkbenchError(
            "the database is on a server",
            f"the record of this workspace is in `{self._session.database.shown}`",
            f"copy it with `pg_dump`, and with it the folders {VERSIONS}, {PROPOSALS} and {CHECKPOINTS}",
            "on_a_server",
        )

    def gap(self) -> MirrorGap | None:
        """What the files beside the database know and it does not (after a restore), ``None`` where they agree."""
        return self._checkpointing.mirror.gap()

    def _beside(self) -> dict[str, Path | bytes]:
        """Proposals, and the public half of the ledger key."""
        found: dict[str, Path | bytes] = {}
        place = self._session.location / PROPOSALS
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            name = f"{PROPOSALS}/{path.name}"
            if archive.is_name(name) and path.is_file() and not path.is_symlink():
                found[name] = path.read_bytes()
        public = self._session.location / f"{LEDGER_KEY}.pub"
        if public.is_file():
            found[public.name] = public.read_bytes()
        return found

    def _keys(self, passphrase: str, left_out: list[str]) -> dict[str, Path | bytes]:
        with governed("the ledger key cannot be encrypted"):
            found: dict[str, Path | bytes] = {
                LEDGER_KEY: serialize_private(
                    load_private((self._session.location / LEDGER_KEY).read_bytes(), None), passphrase
                )
            }
        place = self._session.location / KEYS
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            name = f"{KEYS}/{path.name}"
            if not archive.is_name(name) or not path.is_file():
                continue
            data = path.read_bytes()
            if path.suffix == ".pub" or _encrypted(data):
                found[name] = data
            else:
                left_out.append(name)
        return found


def _folder_beside(path: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder to work in, on the disk of ``path``. An error names where it was to be, not a name that nobody gave."""
    try:
        return tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        error.filename = str(path.parent)
        raise


def _copy(source: Path, target: Path) -> tuple[LedgerHead, str, dict[str, Path | bytes]]:
    """A copy of the database as it is at one moment: its head, the version in force, and the files that go with it."""
    try:
        with closing(_readonly(source)) as raw, closing(sqlite3.connect(target)) as copy:
            raw.backup(copy)  # every page in one step, under one read lock; others go on writing to the log
        files: dict[str, Path | bytes] = {DATABASE: target}
        database = Database.open(target)
        try:
            with database.read() as connection:
                head = read_head(connection)
                chain = versions.chain(connection)
                files |= {f"{VERSIONS}/{row.version}.yaml": row.yaml.encode() for row in chain}
                rows = checkpoints.listing(connection)
                files |= {f"{CHECKPOINTS}/{row.size}.json": row.statement.encode() for row in rows}
        finally:
            database.close()
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole
    except sqlite3.Error as error:
        raise from_sqlite(error, str(source)) from error
    version = next((row.version for row in chain if row.digest == head.active_digest), "")
    return head, version, files


def _readonly(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)


def _put(made: Path, path: Path) -> None:
    """Give the finished file its name, never replacing one that came there meanwhile where the file system can."""
    try:
        os.link(made, path)
    except FileExistsError:
        raise WorkbenchError("there is something already", f"`{path}` exists", "name a new file", "exists") from None
    except OSError:  # a file system without links
        os.rename(made, path)
    sync_folder(path.parent)


def _described(name: str, content: Path | bytes) -> Member:
    if isinstance(content, Path):
        return replace(archive.digest_of_file(content), name=name)
    return Member(name, len(content), hashlib.sha256(content).hexdigest())


def _encrypted(data: bytes) -> bool:
    try:
        return inspect_private(data).encrypted
    except KeyFileError:
        return False
