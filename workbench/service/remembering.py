"""What the screens remember between two starts, in one small file beside the configuration: splits, filters, theme.

Nothing here is worth a failure: a file that cannot be read counts as empty, one that cannot be written is left alone.
Several programs may write at once: each puts only what it changed itself onto the file as it is by then.
Imports the standard library and ``service.files`` only.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.service.files import write_atomically

FILE_NAME = "remembered.json"
FORMAT = 1
SIZE_LIMIT = 256 * 1024  # bytes of the whole file
VALUE_LIMIT = 16 * 1024  # bytes of one value
PLACES_LIMIT = 40  # workspaces that are remembered; the one not opened for longest goes first
EVERYWHERE = ""
"""The place of what holds for every workspace."""

Key = tuple[str, str, str]
"""Place (a workspace's folder, or ``EVERYWHERE``), scope (mostly a screen's name) and name."""

_LOCK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Recollection:
    """What was read. ``damaged``: why the file could not be used, in a few words; empty when all is well."""

    values: Mapping[Key, Any]
    damaged: str = ""


def remembered_path() -> Path:
    """Where the file is: the user's configuration folder."""
    from workbench.service.paths import config_dir

    return config_dir() / FILE_NAME


def read_remembered(path: Path) -> Recollection:
    """The file's values. A missing or unreadable file holds none; one that is not ours is ``damaged``. Never raises."""
    try:
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except OSError:
        return Recollection({})
    if len(data) > SIZE_LIMIT:
        return Recollection({}, f"larger than {SIZE_LIMIT // 1024} KiB")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return Recollection({}, "not JSON")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return Recollection({}, "not of this format")
    return Recollection(_flat(document))


def set_aside(path: Path) -> Path | None:
    """Rename a damaged file, over an older one of the kind; ``None`` where that is not allowed."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        os.replace(path, aside)
    except OSError:
        return None
    return aside


def write_remembered(path: Path, changes: Mapping[Key, Any], *, forget: str | None = None) -> bool:
    """Put ``changes`` onto the file as it is now; first drop all that is known of the place ``forget``.

    ``None`` as a value forgets that name. ``False`` where the file cannot be written; never raises ``OSError``.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _only_writer(path):
            known = {key: value for key, value in read_remembered(path).values.items() if key[0] != forget}
            for key, value in changes.items():
                known.pop(key, None)  # a place written to is the newest: it moves to the end
                if value is not None:
                    known[key] = value
            touched = {key[0] for key in changes}
            write_atomically(path, _document(known, touched), mode=0o600)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Keep other writers out for the moment between reading and replacing; goes on without where that is impossible.

    The lock is the kernel's, on a file of its own: it ends with the program that holds it, however that ends.
    """
    try:
        import fcntl
    except ImportError:  # not on this system: two writers in the same instant lose one value
        yield
        return
    with path.with_name(f".{path.name}.lock").open("ab") as lock:
        until = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:  # taken, or a file system without locks
                if time.monotonic() > until:
                    break
                time.sleep(0.01)
        yield


def _flat(document: Mapping[str, Any]) -> dict[Key, Any]:
    """The values by key; whatever is not in its right place is passed over."""
    found: dict[Key, Any] = {}
    places = document.get("workspaces")
    listed = [(EVERYWHERE, document.get("everywhere")), *(places.items() if isinstance(places, dict) else ())]
    for place, scopes in listed:
        for scope, names in scopes.items() if isinstance(scopes, dict) else ():
            for name, value in names.items() if isinstance(names, dict) else ():
                found[place, scope, name] = value
    return found


def _document(known: Mapping[Key, Any], touched: set[str]) -> bytes:
    places = dict.fromkeys(place for place, _, _ in known if place and place not in touched)
    places.update(dict.fromkeys(place for place, _, _ in known if place and place in touched))
    kept = list(places)[-PLACES_LIMIT:]

    def tree(place: str) -> dict[str, dict[str, Any]]:
        scopes: dict[str, dict[str, Any]] = {}
        for (where, scope, name), value in known.items():
            if where == place:
                scopes.setdefault(scope, {})[name] = value
        return scopes

    document = {"format": FORMAT, "everywhere": tree(EVERYWHERE), "workspaces": {place: tree(place) for place in kept}}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
