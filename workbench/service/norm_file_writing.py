"""Norms of an existing or new ``norms.db``: added, repealed, told of. What the program that made the file reads stays.

Imports the compatible package; no workspace. Each change is a revision, as there; it is recorded as a version of its
name too, so that the file has a history.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import time

from workbench.compat.normsync import NormRevision, NormStore, NormVersion, NormVersionStore, WorldNorm
from workbench.norms import Norm
from workbench.service.errors import WorkbenchError, from_os
from workbench.service.norm_files import NormFile

ADDED = "norm added via CLI"
REPEALED = "norm repealed via CLI"
_BY = "cli"


@dataclass(frozen=True, slots=True)
class FileNorm:
    """A norm of a file, as it is listed."""

    id: str
    name: str
    description: str
    condition: str
    prohibited: str
    scope: str
    priority: int
    active: bool


@dataclass(frozen=True, slots=True)
class FileAdded:
    """What adding to a file did. ``replaced``: those of its name that were repealed for it."""

    norm: FileNorm
    replaced: tuple[FileNorm, ...] = ()


def add_norm(path: Path, wanted: Norm, *, why: str = "", replacing: bool = False) -> FileAdded:
    """Save a norm, in place of one with its id; folder and file are made where they lack.

    Raises :class:`WorkbenchError`: ``norms_db_unwritable``, ``norms_db_busy``, and for a file that is there already as
    ``NormFile``.
    """
    path = path.expanduser()
    norm = WorldNorm(
        wanted.name,
        wanted.description,
        wanted.condition,
        wanted.prohibited,
        scope=wanted.scope,
        priority=wanted.priority,
    )
    others: list[WorldNorm] = []
    if path.exists():
        found = NormFile(path)  # what cannot be read is not written into
        others = [each for each in found.active if each.name == norm.name and each.id != norm.id]
    else:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise from_os(error) from error
    gone = others if replacing else []
    with _written(path) as store:
        store.save_norm(norm)
        _record(store, norm, "add", why or ADDED)
        for other in gone:
            _end(store, other, f"replaced by {norm.id}")
    return FileAdded(_view(norm), tuple(_view(replace(each, active=False)) for each in gone))


def repeal_norm(path: Path, id: str, *, why: str = "") -> FileNorm:
    """Set a norm inactive, named by its id, the beginning of it (four characters or more), or its name.

    Raises :class:`WorkbenchError`: ``no_norm``, ``not_unique``, and as :func:`add_norm`.
    """
    found = NormFile(path)
    active = found.active
    meant = [each for each in active if id in (each.id, each.name)]
    if not meant and len(id) >= 4:
        meant = [each for each in active if each.id.startswith(id) or each.name.startswith(id)]
    if not meant:
        what = f"the file has no norm `{id[:80]}` in force"
        raise WorkbenchError("no such norm", what, f"`workbench norm list --db {path}`", "no_norm")
    if len(meant) > 1:
        what = f"`{id[:80]}` can be {', '.join(f'`{each.id}`' for each in meant[:5])}"
        raise WorkbenchError("which norm?", what, "say its id", "not_unique")
    with _written(found.path) as store:
        _end(store, meant[0], why or REPEALED)
    return _view(replace(meant[0], active=False))


def norms_of(path: Path, *, everything: bool = False) -> tuple[FileNorm, ...]:
    """The norms of a file in its order: those in force, or all."""
    return tuple(_view(each) for each in NormFile(path).data.norms if each.active or everything)


def revisions_of(path: Path) -> tuple[NormRevision, ...]:
    """The revisions of a file, newest first."""
    return tuple(sorted(NormFile(path).data.revisions, key=lambda each: each.timestamp, reverse=True))


def history_of(path: Path, name: str) -> tuple[NormVersion, ...]:
    """The recorded versions of a norm by name or id, newest first. Raises :class:`WorkbenchError` (``no_norm``)."""
    data = NormFile(path).data
    found = [each for each in data.versions if name in (each.norm_name, each.norm_id)]
    names = {each.norm_name for each in found}
    found = [each for each in data.versions if each.norm_name in names]
    if not found and not any(name in (each.id, each.name) for each in data.norms):
        what = f"the file has no norm `{name[:80]}`"
        raise WorkbenchError("no such norm", what, f"`workbench norm list --db {path}`", "no_norm")
    return tuple(sorted(found, key=lambda each: each.changed_at, reverse=True))


def _end(store: NormStore, norm: WorldNorm, why: str) -> None:
    store.repeal(norm.id)
    _record(store, replace(norm, active=False), "repeal", why)


def _record(store: NormStore, norm: WorldNorm, kind: str, why: str) -> None:
    store.save_revision(NormRevision(norm.id, kind, why, time()))
    NormVersionStore(store, numbering="name").record_change(norm, _BY, why)


def _view(norm: WorldNorm) -> FileNorm:
    return FileNorm(
        norm.id,
        norm.name,
        norm.description,
        norm.condition,
        norm.prohibited,
        norm.scope,
        norm.priority,
        norm.active,
    )


@contextmanager
def _written(path: Path) -> Iterator[NormStore]:
    try:
        with closing(NormStore(str(path))) as store:
            yield store
    except sqlite3.Error as error:
        busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        help = "another program holds it; try again" if busy else "make the file and its folder writable"
        code = "norms_db_busy" if busy else "norms_db_unwritable"
        raise WorkbenchError("the norm was not stored", f"`{path}`: {error}", help, code) from error
