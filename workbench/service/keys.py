"""Key files on this machine: making, listing and opening them. Passphrases are used and forgotten.

Private halves never leave this module but as a ``SigningKey``, which shows nothing of itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.governance.errors import KeyFileError
from workbench.governance.keys import (
    PublicKey,
    Signing,
    SigningKey,
    demo_swarm,
    generate_key,
    inspect_private,
    load_private,
    parse_public_line,
    public_line,
    serialize_private,
)
from workbench.governance.roster import RosterEntry
from workbench.service.errors import WorkbenchError, from_os, governed
from workbench.service.files import sync_folder, write_atomically
from workbench.service.paths import config_dir
from workbench.service.views import KeyView

MAX_KEY_FILE = 64 * 1024
_REMEMBERED = "key-paths.txt"  # in the user's configuration: one path a line


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that can sign, with the person and role that the roster gives it."""

    key: Signing
    principal: str
    role: str
    comment: str


def new_key(path: Path, passphrase: str, comment: str = "") -> KeyView:
    """Make an encrypted Ed25519 key at ``path`` (mode 0600) and its public half at ``path.pub``; never overwrites.

    Raises :class:`WorkbenchError`: ``key_exists``, ``passphrase_needed``, or what the file system says.
    """
    with governed("the key was not made"):
        key = generate_key()
        data = serialize_private(key, passphrase)
    write_new_key(path, key, data, comment)
    return KeyView(str(path), key.public.fingerprint, "", "", demo_swarm(comment) is not None, True)


def write_new_key(path: Path, key: SigningKey, data: bytes, comment: str) -> None:
    """Write both halves of a key; refuses a path that is taken."""
    public = path.with_name(path.name + ".pub")
    for taken in (path, public):
        if taken.exists():
            raise WorkbenchError("the key was not made", f"`{taken}` exists", "choose another path", "key_exists")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        write_atomically(public, (public_line(key, comment) + "\n").encode())
        sync_folder(path.parent)
    except OSError as error:
        raise from_os(error) from error


def read_public_line(path: Path) -> str:
    """The public line of the key at ``path`` (private file or ``.pub``), with the comment where there is one.

    Raises :class:`WorkbenchError`.
    """
    if path.suffix == ".pub":
        line = _read(path).decode("utf-8", "replace").strip()
        with governed("the key cannot be used"):
            parse_public_line(line)
        return line
    with governed("the key cannot be used"):
        return public_line(inspect_private(_read(path)).public, _comment(path))


def open_signer(path: Path, passphrase: str, roster: Sequence[RosterEntry], swarm_id: str) -> Signer:
    """Open a key and find its person in ``roster``.

    Raises :class:`WorkbenchError`: ``no_key_file``, ``not_a_key``, ``unsupported_key``, ``demo_key`` (one of another
    swarm), ``unknown_key`` (the roster has no such key), ``ledger_votes`` (it is a ledger key),
    ``passphrase_needed``, ``wrong_passphrase``, ``hardware_key`` (its private half is in a device: it signs through
    ssh-agent).
    """
    data = _read(path)
    with governed("the key cannot be used"):
        public = inspect_private(data).public
    comment = _comment(path)
    refuse_foreign_demo(path.name, comment, swarm_id)
    entry = known_person(path.name, public, roster)
    with governed("the key cannot be opened"):
        return Signer(load_private(data, passphrase or None), entry.principal, entry.role, comment)


def open_file(path: Path, passphrase: str) -> tuple[SigningKey, str]:
    """The key in a file and its comment, whosever it is. Raises :class:`WorkbenchError` as :func:`open_signer` does."""
    with governed("the key cannot be opened"):
        return load_private(_read(path), passphrase or None), _comment(path)


def person_of(public: PublicKey, roster: Iterable[RosterEntry]) -> RosterEntry | None:
    """The roster's entry that holds exactly this key (kind and all) and may vote."""
    for entry in roster:
        if entry.votes and public.fingerprint in (key.fingerprint for key in entry.public_keys):
            return entry
    return None


def known_person(name: str, public: PublicKey, roster: Iterable[RosterEntry]) -> RosterEntry:
    """As :func:`person_of`; raises :class:`WorkbenchError` (``unknown_key``, ``ledger_votes``) for the key called
    ``name``."""
    entry = person_of(public, roster)
    if entry is None and any(public.fingerprint == key.fingerprint for other in roster for key in other.public_keys):
        raise WorkbenchError(
            "the ledger key cannot vote",
            f"`{name}` ({public.fingerprint}) witnesses what people sign, and signs nothing as one of them",
            "sign with the key of a person in the roster",
            "ledger_votes",
        )
    if entry is None:
        raise WorkbenchError(
            "unknown key",
            f"`{name}` ({public.fingerprint}) belongs to nobody in the roster in force",
            "sign with a key that the roster names",
            "unknown_key",
        )
    return entry


def refuse_foreign_demo(name: str, comment: str, swarm_id: str) -> None:
    """Raises :class:`WorkbenchError` (``demo_key``) for a key whose comment ties it to another swarm."""
    home = demo_swarm(comment)
    if home is not None and home != swarm_id:
        raise WorkbenchError(
            "a demo key of another swarm",
            f"`{name}` was made for `{home}` and signs only there",
            f"sign with a key of `{swarm_id}`",
            "demo_key",
        )


def list_keys(folders: Iterable[Path], roster: Sequence[RosterEntry]) -> tuple[KeyView, ...]:
    """Every private key in ``folders`` and the user's own: those that the roster knows first, each path once."""
    paths = [path for folder in (*folders, config_dir() / "keys") for path in _files(folder)]
    paths += [Path.home() / ".ssh" / "id_ed25519", *_remembered()]
    views = []
    for path in dict.fromkeys(paths):
        with suppress(WorkbenchError, KeyFileError):
            file = inspect_private(_read(path))
            entry = person_of(file.public, roster)
            views.append(
                KeyView(
                    path=str(path),
                    fingerprint=file.public.fingerprint,
                    principal=entry.principal if entry else "",
                    role=entry.role if entry else "",
                    demo=demo_swarm(_comment(path)) is not None,
                    encrypted=file.encrypted,
                )
            )
    return tuple(sorted(views, key=lambda view: (not view.principal, view.path)))


def remember_keys(paths: Iterable[Path], workspace: Path) -> None:
    """Note where keys of the user's lie (their paths, nothing else), so that they are offered the next time.

    Those inside ``workspace`` are found there anyway. A convenience: where the user's configuration cannot be written,
    nothing is noted and nothing fails.
    """
    known = _remembered()
    home = workspace.absolute()
    new = [path for path in (each.absolute() for each in paths) if home not in path.parents and path not in known]
    new = [path for path in new if path.is_file() and "\n" not in str(path)]
    if new:
        with suppress(OSError, UnicodeEncodeError):
            config_dir().mkdir(parents=True, exist_ok=True)
            lines = "".join(f"{path}\n" for path in (*known, *new))
            write_atomically(config_dir() / _REMEMBERED, lines.encode(), mode=0o600)


def _remembered() -> list[Path]:
    with suppress(OSError, UnicodeDecodeError):
        return [Path(line) for line in (config_dir() / _REMEMBERED).read_text(encoding="utf-8").splitlines() if line]
    return []


def _files(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".pub")
    return []


def _comment(path: Path) -> str:
    """The comment in the public half beside a private key, or the empty string."""
    with suppress(OSError, KeyFileError, UnicodeDecodeError):
        line = path.with_name(path.name + ".pub").read_text(encoding="utf-8")
        return parse_public_line(line.strip())[1]
    return ""


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_KEY_FILE)
    except OSError as error:
        raise WorkbenchError(
            "no such key file",
            f"`{path}` cannot be read: {(error.strerror or '').lower()}",
            "name a private key file, or make one with `workbench keys new`",
            "no_key_file",
        ) from None
