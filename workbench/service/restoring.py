"""``restore``: a workspace from a backup, put in place only once all of it was unpacked and verified.

In place of a workspace that stands there (``--replace``) its database goes aside and its files stay: where they know
more than the backup, everything is denied until a signer acknowledges it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from urllib.parse import quote

from workbench.governance.keys import load_private, serialize_private
from workbench.service import archive
from workbench.service.archive import DATABASE, LEDGER_KEY, Manifest
from workbench.service.auditing import Audit
from workbench.service.checkpointing import Checkpointing
from workbench.service.clock import Clock, SystemClock
from workbench.service.databases import DATABASE_URL, holds_workspace
from workbench.service.errors import WorkbenchError, governed, store_errors
from workbench.service.files import sync_folder
from workbench.service.mirror import CHECKPOINTS, RESTORED, Mirror, MirrorGap, replaced
from workbench.service.session import PROPOSALS, VERSIONS, Session
from workbench.service.views import Verification
from workbench.store.database import Database
from workbench.store.directory import setting

_FOLDERS = (VERSIONS, PROPOSALS, CHECKPOINTS)


@dataclass(frozen=True, slots=True)
class Restored:
    """A workspace that was restored. ``gap``: what its own files know beyond the backup; then it is sealed. ``aside``:
    where what stood there before is now. ``can_sign``: whether it has its ledger key."""

    location: str
    size: int
    version: str
    made_at: str
    verification: Verification
    gap: MirrorGap | None
    aside: str
    can_sign: bool


def restore(
    path: Path,
    location: Path,
    *,
    replace_: bool = False,
    passphrase: str = "",
    ledger_key: Path | None = None,
    clock: Clock | None = None,
) -> Restored:
    """Make a workspace at ``location`` from the backup at ``path``; with ``replace_`` in place of the one there.

    ``passphrase`` opens the ledger key that came along; ``ledger_key`` names one kept elsewhere. Nothing is put in
    place before everything is unpacked, its digests are right and it verifies. Raises :class:`WorkbenchError`:
    ``exists``, ``not_a_backup``, ``bad_backup``, ``other_swarm``, ``on_a_server``, ``wrong_passphrase``, and as keys
    and disk say.
    """
    clock = clock or SystemClock()
    standing = location.is_dir() and any(location.iterdir())
    _check_target(location, standing, replace_)
    with store_errors(), archive.opened(path) as found:
        location.parent.mkdir(parents=True, exist_ok=True)
        building = location.parent / f".{location.name}.restore-{secrets.token_hex(4)}"
        building.mkdir(mode=0o700)
        try:
            found.unpack(building)
            _place_key(building, passphrase, ledger_key)
            verification = _verified(path, building, found.manifest, clock)
            aside = _put(building, location, found.manifest, clock) if standing else _move(building, location)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        manifest = found.manifest
    gap = _look(location, clock)
    return Restored(
        location=str(location),
        size=manifest.size,
        version=manifest.version,
        made_at=manifest.made_at,
        verification=verification,
        gap=gap,
        aside=aside,
        can_sign=(location / LEDGER_KEY).is_file(),
    )


def _check_target(location: Path, standing: bool, replace_: bool) -> None:
    if location.exists() and not location.is_dir():
        raise WorkbenchError("that is no folder", f"`{location}` is a file", "name a folder", "exists")
    if standing and not replace_:
        raise WorkbenchError(
            "there is something already",
            f"`{location}` is not empty",
            "name another folder, or put the backup in place of this workspace with `--replace`",
            "exists",
        )
    if standing and (location / DATABASE_URL).is_file():
        raise WorkbenchError(
            "the database is on a server",
            f"`{location}` keeps its record there",
            "restore it with `pg_restore`",
            "on_a_server",
        )
    if standing and not holds_workspace(location) and not any((location / name).is_dir() for name in _FOLDERS):
        raise WorkbenchError(
            "there is no workspace", f"`{location}` holds something else", "name another folder", "exists"
        )


def _place_key(building: Path, passphrase: str, ledger_key: Path | None) -> None:
    """Put the ledger key in place as a service uses it: unencrypted, mode 0600."""
    own = building / LEDGER_KEY
    if ledger_key is not None:
        data = ledger_key.expanduser().read_bytes()
        own.unlink(missing_ok=True)
    elif own.is_file() and passphrase:
        data = own.read_bytes()
        own.unlink()
    else:
        own.unlink(missing_ok=True)  # encrypted, and of no use to a service
        return
    with governed("the ledger key cannot be opened"):
        key = load_private(data, passphrase or None)
    handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(serialize_private(key, None))


def _verified(path: Path, building: Path, manifest: Manifest, clock: Clock) -> Verification:
    """The audit of what was unpacked, nothing in it moved by time. Raises :class:`WorkbenchError` (``bad_backup``)."""
    with _session(building, clock) as session:
        head = session.head()
        result = Audit(session).run()
    if (session.swarm_id, head.size, head.hash) != (manifest.swarm_id, manifest.size, manifest.head):
        raise _bad(path, "its database is not the one that its manifest names")
    wrong = next((line for line in result.lines if not line.ok and line.subject != "sealed"), None)
    if wrong is not None:
        raise _bad(path, f"it does not verify: {wrong.subject}: {wrong.message}")
    return result


def _move(building: Path, location: Path) -> str:
    if location.is_dir():
        location.rmdir()
    os.rename(building, location)
    sync_folder(location.parent)
    return ""


def _put(building: Path, location: Path, manifest: Manifest, clock: Clock) -> str:
    """Put the database in place of the one at ``location``, which goes aside; add the files that are missing there."""
    _check_swarm(location, manifest)
    aside = location / f"aside-{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    aside.mkdir(mode=0o700)
    _stop_writers(location / DATABASE)
    _witness(location, building, manifest, clock)
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        if (location / name).exists():
            os.rename(location / name, aside / name)
    os.rename(building / DATABASE, location / DATABASE)
    for path in sorted(building.rglob("*")):
        target = location / path.relative_to(building)
        if path.is_file() and not target.exists() and archive.is_name(str(path.relative_to(building))):
            target.parent.mkdir(exist_ok=True)
            os.rename(path, target)
    sync_folder(location)
    return str(aside)


def _check_swarm(location: Path, manifest: Manifest) -> None:
    """The same swarm, as far as what stands there can still say."""
    try:
        with closing(_readonly(location / DATABASE)) as raw:
            found = raw.execute("SELECT value FROM settings WHERE key = 'swarm_id'").fetchone()
    except sqlite3.Error:
        return  # damaged or gone: that may be why it is restored
    if found and found[0] != manifest.swarm_id:
        raise WorkbenchError(
            "another swarm's backup",
            f"the workspace is that of `{found[0]}`, the backup of `{manifest.swarm_id}`",
            "restore it into a folder of its own",
            "other_swarm",
        )


def _stop_writers(database: Path) -> None:
    """Seal the database that goes aside: a process that has it open must not go on deciding by it. A damaged one cannot
    be written, and decides nothing either."""
    if not database.is_file():
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=10, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("UPDATE head SET sealed = 'replaced', generation = generation + 1 WHERE sealed = ''")
        raw.execute("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _witness(location: Path, building: Path, manifest: Manifest, clock: Clock) -> None:
    """Let no entry be lost unseen: what the database that goes aside has beyond the backup gets a checkpoint, which
    stays; where none can be made, the backup's database is sealed over it before it takes its place."""
    try:
        with closing(_readonly(location / DATABASE)) as raw:
            size, hash, sealed = raw.execute("SELECT size, hash, sealed FROM head").fetchone()
    except (sqlite3.Error, TypeError):
        return  # damaged or gone: nothing is known of it
    with closing(_readonly(building / DATABASE)) as raw:
        if raw.execute("SELECT 1 FROM ledger WHERE seq = ? AND hash = ?", (size, hash)).fetchone():
            return  # the backup has all of it
    if sealed != RESTORED:  # the ledger key must not vouch for two histories
        with suppress(WorkbenchError), _session(location, clock) as session:
            Checkpointing(session).cover()
            return
    with _session(building, clock) as session:
        Mirror(session).seal(replaced(size, manifest.size))


@contextmanager
def _session(location: Path, clock: Clock) -> Iterator[Session]:
    """A database alone, with nothing in it moved by time."""
    with store_errors(), closing(Database.open(location / DATABASE)) as database:
        with database.read() as connection:
            swarm_id, profile = setting(connection, "swarm_id"), setting(connection, "profile")
        yield Session(location, database, clock, swarm_id, profile)


def _look(location: Path, clock: Clock) -> MirrorGap | None:
    """Open it once, as every process will: where its files know more, that seals it."""
    from workbench.service.workspace import Workspace

    with Workspace.open(location, clock=clock) as workspace:
        return workspace.backups.gap()


def _readonly(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)


def _bad(path: Path, what: str) -> WorkbenchError:
    return WorkbenchError("this backup cannot be used", f"`{path.name}`: {what}", "use another backup", "bad_backup")


def holds_keys(path: Path) -> bool:
    """Whether a backup holds its ledger key, encrypted. Raises as :func:`restore`."""
    with store_errors(), archive.opened(path) as found:
        return any(member.name == LEDGER_KEY for member in found.manifest.members)
