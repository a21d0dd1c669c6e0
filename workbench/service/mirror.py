"""The mirror: signed checkpoints and version files beside the database, which say whether it was set back.

``checkpoints/<size>.json`` is written after the commit of the row it repeats, so a file that the database does not know
can only mean that the database is older than the file, or has another history. Then nothing is allowed until a signer
acknowledges it. Files that prove nothing (torn, forged, of another swarm) seal nothing: ``audit verify`` names them.
What a process saw of the ledger itself counts like a file: entries that it knew and that are gone seal as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection

from workbench.governance.activation import verify_activation
from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.checkpoints import (
    MAX_CHECKPOINT_FILE,
    Checkpoint,
    CheckpointError,
    SignedCheckpoint,
    checkpoint_from_json,
    verify_checkpoint,
)
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import PublicKey
from workbench.governance.witnesses import ledger_keys
from workbench.service.errors import WorkbenchError, store_errors
from workbench.service.files import write_atomically
from workbench.service.session import VERSIONS, Session
from workbench.service.verify import MAX_VERSION_FILE, chain_files
from workbench.store import checkpoints as store
from workbench.store import notices, versions
from workbench.store.ledger import LedgerHead, append, entry, read_head, save_state
from workbench.store.timeline import happenings

CHECKPOINTS = "checkpoints"
RESTORED = "restored"  # what ``head.sealed`` says
Place: TypeAlias = tuple[int, str]  # entries, and the hash of the last of them
UNSEEN: Place = (0, "")
_NAME = re.compile(r"([1-9][0-9]{0,17})\.json")


@dataclass(frozen=True, slots=True)
class MirrorGap:
    """What the files know and the database does not: at least ``missing`` entries (0: as many, but others).

    ``files`` are paths inside the workspace's folder.
    """

    missing: int
    mirror_size: int
    database_size: int
    reason: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MirroredFile:
    """A checkpoint file. ``signed`` is ``None`` where it is none, and ``trouble`` says why (a code and words)."""

    path: Path
    size: int
    text: str
    signed: SignedCheckpoint | None
    trouble: str = ""

    @property
    def checkpoint(self) -> Checkpoint:
        """What it says. Only where it is one."""
        assert self.signed is not None
        return self.signed.checkpoint


class Mirror:
    """The files of one workspace against its database."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: tuple[int, ...] = ()
        self._last = UNSEEN
        self._found: MirrorGap | None = None

    @property
    def folder(self) -> Path:
        """Where the checkpoint files are. It may be a link to another disk."""
        return self._session.location / CHECKPOINTS

    # ---- is the database older than its files? -----------------------------------------------------------------------

    def check(self, head: LedgerHead, known: Place = UNSEEN) -> MirrorGap | None:
        """Compare where a file or the ledger changed since the last look, and seal the workspace over a gap. A seal
        that is gone while the gap is not was lifted by nobody, and is set again. ``known``: where this process itself
        saw the ledger end, in what was committed.

        Raises :class:`WorkbenchError` where there is a gap and the seal cannot be written.
        """
        seen, last = self._stamps(), max(self._last, known)
        lost = self._lost(head, last)
        sealed = self._found is None or bool(head.sealed)
        if seen == self._seen and sealed and not lost:
            self._last = (head.size, head.hash)
            return None
        found = self.gap()
        if found is None and lost and not head.sealed:
            found = _gone(last[0], head.size)
        self._found = found
        if found is not None and not head.sealed:
            self.seal(found)
        self._seen, self._last = seen, (head.size, head.hash)
        return found

    def _lost(self, head: LedgerHead, last: Place) -> bool:
        """Whether the database no longer has the entry that this process saw last."""
        if last in (UNSEEN, (head.size, head.hash)):
            return False
        if head.size <= last[0]:
            return True
        with self._session.read() as connection:
            found = entry(connection, last[0])
        return found is None or found.hash != last[1]

    def gap(self) -> MirrorGap | None:
        """What the files know and the database does not; ``None`` where they agree. Numbers as when it was sealed."""
        files, paths = self._listed()
        with self._session.read() as connection:
            head = read_head(connection)
            ahead = list(self._unknown(connection, files))
            extra = list(self._unknown_versions(connection, paths))
            if not ahead and not extra:
                return _witnessed(connection)
            sizes = [file.size for file in ahead]
            sizes += [v.activation.ledger.size + 1 for _, v in extra if v.activation is not None]
            size, mirrored = head.size, max(sizes)
            if head.sealed:
                size, mirrored = _as_sealed(connection, size, mirrored)
        names = [f"{CHECKPOINTS}/{file.path.name}" for file in ahead]
        names += [f"{VERSIONS}/{path.name}" for path, _ in extra]
        return MirrorGap(max(0, mirrored - size), mirrored, size, _words(mirrored, size, extra), tuple(names))

    def seal(self, found: MirrorGap) -> None:
        """Deny everything from now on. Nothing where it is sealed already. Raises :class:`WorkbenchError`."""
        with self._session.write() as connection:
            head = read_head(connection)
            if head.sealed:
                return
            body = {
                "event": RESTORED,
                "id": f"sealed-{head.size + 1}",
                "missing": found.missing,
                "mirror_size": found.mirror_size,
                "database_size": found.database_size,
                "reason": found.reason,
                "files": bool(found.files),
            }
            receipt = append(connection, head, kind="sealed", at=self._session.now(head), body=body)
            head.sealed = RESTORED
            head.generation += 1
            save_state(connection, head)
            notices.queue(
                connection,
                kind="sealed",
                subject=str(body["id"]),
                dedupe=f"{body['id']}|{receipt.hash[:16]}",
                at=receipt.at,
                detail={"count": found.missing},
            )

    def settle_gap(self) -> tuple[str, ...]:
        """Move the files that the database does not know to ``checkpoints/aside-<time>/``; their names.

        For a gap that a signer has acknowledged: they stay as evidence, and count no more.
        """
        mirrored, paths = self._listed()
        with self._session.read() as connection:
            files = [file.path for file in self._unknown(connection, mirrored)]
            files += [path for path, _ in self._unknown_versions(connection, paths)]
        if not files:
            return ()
        moved = []
        with store_errors():
            aside = self.folder / f"aside-{self._session.clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
            aside.mkdir(parents=True, exist_ok=True)
            for path in files:
                target = _free(aside / path.name)
                path.rename(target)
                moved.append(f"{CHECKPOINTS}/{aside.name}/{target.name}")
        return tuple(moved)

    def _listed(self) -> tuple[list[MirroredFile], list[Path]]:
        """Checkpoint files and version files. To be read *before* the database: what it commits later is then new there
        and not missing."""
        return self.files(), chain_files(self._session.location / VERSIONS)

    def _unknown(self, connection: Connection, files: Iterable[MirroredFile]) -> Iterator[MirroredFile]:
        """Files that hold a checkpoint by a ledger key of this swarm which is not of this database's history."""
        stored = {row.size: row.statement for row in store.listing(connection)}
        keys: list[PublicKey] | None = None
        for file in files:
            if file.signed is None or stored.get(file.size) == file.text:
                continue
            keys = keys if keys is not None else self._heard(connection)
            with suppress(GovernanceError):
                verify_checkpoint(file.signed, keys, self._session.swarm_id)
                if store.root_at(connection, file.size) != file.checkpoint.root:
                    yield file

    def _unknown_versions(
        self, connection: Connection, paths: Iterable[Path]
    ) -> Iterator[tuple[Path, ConstitutionVersion]]:
        """Files of versions that a ledger key of this swarm activated, and which the store never had in force."""
        known = {row.version for row in versions.chain(connection)}
        fresh = [path for path in paths if path.stem not in known]
        if not fresh:
            return
        judges = [load_yaml(row.yaml) for row in versions.chain(connection)]
        for path in fresh:
            with suppress(GovernanceError, OSError, UnicodeDecodeError):
                if path.stat().st_size > MAX_VERSION_FILE:
                    continue
                version = load_yaml(path.read_text(encoding="utf-8"))
                if version.swarm_id == self._session.swarm_id and _activated(version, judges):
                    yield path, version
                    judges.append(version)

    def keys(self, connection: Connection) -> list[PublicKey]:
        """Every key that may have signed a checkpoint: the ledger keys of every roster there was."""
        found: dict[PublicKey, None] = {}
        for row in versions.chain(connection):
            with suppress(GovernanceError):
                found.update(dict.fromkeys(ledger_keys(load_yaml(row.yaml).content.roster)))
        return list(found)

    def _heard(self, connection: Connection) -> list[PublicKey]:
        """Those, and the key that lies here: where the database was exchanged for a forged one, this may be the only
        key left that the true files were signed with. Hearing one more can only seal."""
        found = self.keys(connection)
        with suppress(WorkbenchError):
            found.append(self._session.ledger_key().public)
        return found

    # ---- files -------------------------------------------------------------------------------------------------------

    def heal(self, rows: Iterable[store.StoredCheckpoint]) -> None:
        """Write the files that are missing or torn. A file that holds a checkpoint is never overwritten.

        Raises :class:`WorkbenchError` where the disk does.
        """
        with store_errors():
            self.folder.mkdir(exist_ok=True)
            for row in rows:
                path = self.folder / f"{row.size}.json"
                if not path.exists() or (read_file(path).signed is None and not path.is_dir()):
                    write_atomically(path, row.statement.encode())

    def forget(self, rows: Iterable[store.StoredCheckpoint]) -> None:
        """Remove the files of rows that are about to be forgotten."""
        with store_errors():
            for row in rows:
                path = self.folder / f"{row.size}.json"
                if path.is_file() and read_file(path).text == row.statement:
                    path.unlink()

    def files(self) -> list[MirroredFile]:
        """Every checkpoint file, smallest first; those that are none say so."""
        return [read_file(path) for path in self._paths()]

    def _paths(self) -> list[Path]:
        try:
            found = [(int(match[1]), path) for path in self.folder.iterdir() if (match := _NAME.fullmatch(path.name))]
        except OSError:
            return []
        return [path for _, path in sorted(found)]

    def _stamps(self) -> tuple[int, ...]:
        """What changes when a file comes or goes."""
        stamps = []
        for folder in (self.folder, self._session.location / VERSIONS):
            try:
                stamps.append(folder.stat().st_mtime_ns)
            except OSError:
                stamps.append(0)
        return tuple(stamps)


def read_file(path: Path) -> MirroredFile:
    """What a checkpoint file holds; never raises."""
    match = _NAME.fullmatch(path.name)
    size = int(match[1]) if match else 0
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_CHECKPOINT_FILE + 1).decode("utf-8")
        signed = checkpoint_from_json(text)
        if signed.checkpoint.size != size:
            raise CheckpointError("file_name", f"it is over {signed.checkpoint.size} entries, but named `{path.name}`")
    except (OSError, UnicodeDecodeError) as error:
        return MirroredFile(path, size, "", None, f"it cannot be read: {type(error).__name__}")
    except GovernanceError as error:
        return MirroredFile(path, size, text, None, error.message)
    return MirroredFile(path, size, text, signed)


def _activated(version: ConstitutionVersion, judges: Iterable[ConstitutionVersion]) -> bool:
    """Whether a ledger key of one of ``judges`` signed its activation."""
    for judge in judges:
        with suppress(GovernanceError):
            verify_activation(version, judge)
            return True
    return False


def _as_sealed(connection: Connection, size: int, mirrored: int) -> tuple[int, int]:
    """Sizes of database and mirror when the seal was set: both have entries since that explain nothing."""
    for row in happenings(connection, after=0, before=None, limit=1, kinds=("sealed",)):
        body = json.loads(row.body)["body"]
        return int(body["database_size"]), int(body["mirror_size"])
    return size, mirrored


def _witnessed(connection: Connection) -> MirrorGap | None:
    """The gap of a seal that no file shows, and that nobody has acknowledged: a process, or whoever put a backup in
    place, saw the entries that are gone."""
    for row in happenings(connection, after=0, before=None, limit=100, kinds=("sealed", "acknowledged")):
        body = json.loads(row.body)["body"]
        if body["event"] != RESTORED:
            continue
        if row.kind == "acknowledged" or body.get("files") is not False:
            return None
        missing, mirrored, size = (int(body[name]) for name in ("missing", "mirror_size", "database_size"))
        return MirrorGap(missing, mirrored, size, str(body["reason"]), ())
    return None


def _gone(seen: int, size: int) -> MirrorGap:
    """What a process saw, and the database does not hold any more."""
    what = f"the ledger had {seen:,} entries when it was last looked at"
    return MirrorGap(max(0, seen - size), seen, size, _against(what, seen, size), ())


def replaced(standing: int, size: int) -> MirrorGap:
    """A backup of ``size`` entries in place of a database of ``standing``, of which no checkpoint could be made."""
    what = f"the database that was replaced held {standing:,} entries"
    return MirrorGap(max(0, standing - size), standing, size, _against(what, standing, size), ())


def _words(mirrored: int, size: int, extra: list[tuple[Path, ConstitutionVersion]]) -> str:
    if extra:
        names = ", ".join(version.constitution_version for _, version in extra)
        what = f"version {names} was in force and the database does not know it"
    else:
        what = f"a signed checkpoint beside the database covers {mirrored:,} entries"
    return _against(what, mirrored, size)


def _against(what: str, mirrored: int, size: int) -> str:
    if mirrored > size:
        return f"{what}; the database holds {size:,}: it was restored from an older state"
    return f"{what}; the database has other entries there: it is of another history"


def _free(path: Path) -> Path:
    """``path``, or the same name with a number where it is taken."""
    number = 1
    target = path
    while target.exists():
        number += 1
        target = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return target
