"""The archive that ``backup`` writes and ``restore`` reads: one zip file whose first member names every other.

The manifest gives each member's size and SHA-256. Nothing in an archive is believed: names are of a fixed few forms, so
no member can land outside its place, be a link, or be read twice; no more is unpacked of it than the manifest says.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.service.errors import WorkbenchError

FORMAT = "concord-workspace-backup/1"
MANIFEST = "MANIFEST.json"
DATABASE = "workspace.db"
LEDGER_KEY = "ledger.key"
_MAX_MANIFEST = 4 * 1024 * 1024
_MAX_SMALL = 16 * 1024 * 1024  # of any member but the database
_MAX_MEMBERS = 100_000
_MAX_RATIO = 200  # what a real database compresses by is under 20
_BLOCK = 1024 * 1024
# What ``zipfile`` raises for damage, encryption, and methods it does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)
_NAMES = re.compile(
    r"workspace\.db|ledger\.key(?:\.pub)?"
    r"|versions/[0-9A-Za-z][0-9A-Za-z.+-]{0,80}\.yaml"
    r"|proposals/[0-9A-Za-z][0-9A-Za-z.+-]{0,120}\.yaml"
    r"|checkpoints/[1-9][0-9]{0,17}\.json"
    r"|keys/[0-9A-Za-z][0-9A-Za-z._@-]{0,80}"
)
_PRIVATE = re.compile(r"ledger\.key|keys/.*(?<!\.pub)")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the workspace in the archive: its path there, bytes, SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. ``size``, ``root`` and ``head`` are the ledger's, ``made_at`` RFC 3339."""

    swarm_id: str
    made_at: str
    made_by: str
    size: int
    root: str
    head: str
    version: str
    members: tuple[Member, ...]

    @property
    def has_keys(self) -> bool:
        """Whether it holds private keys (all encrypted)."""
        return any(is_private(member.name) for member in self.members)

    def to_json(self) -> str:
        """The manifest's text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=True) + "\n"


def is_name(name: str) -> bool:
    """Whether a file of a workspace may be in an archive under this name."""
    return _NAMES.fullmatch(name) is not None


def is_private(name: str) -> bool:
    """Whether a member is a private key."""
    return _PRIVATE.fullmatch(name) is not None


def write_archive(target: Path, manifest: Manifest, files: Mapping[str, Path | bytes]) -> None:
    """Write an archive of ``files`` (member name → file or content) at ``target``, which must not exist."""
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
        archive.writestr(MANIFEST, manifest.to_json())
        for member in manifest.members:
            content = files[member.name]
            if isinstance(content, bytes):
                archive.writestr(member.name, content)
            else:
                archive.write(content, member.name)


def digest_of_file(path: Path) -> Member:
    """Size and SHA-256 of a file; the member's name is left empty."""
    sha256, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            sha256.update(block)
            size += len(block)
    return Member("", size, sha256.hexdigest())


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """An archive, its manifest checked against its directory.

    Raises :class:`WorkbenchError`: ``not_found``, ``not_a_backup``, ``bad_backup``.
    """
    if not path.is_file():
        raise WorkbenchError("not found", f"there is no file `{path}`", "name a file that `backup` wrote", "not_found")
    try:
        file = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _bad(path, f"it is not a whole zip file: {error}", "not_a_backup") from error
    with file:
        yield Archive(path, file)


class Archive:
    """An open archive."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        """For :func:`opened`."""
        self.path = path
        self._file = file
        self.manifest = self._manifest()
        self._check()

    def _manifest(self) -> Manifest:
        infos = self._file.infolist()
        if not infos or infos[0].filename != MANIFEST or infos[0].file_size > _MAX_MANIFEST:
            raise _bad(self.path, "it does not begin with a manifest", "not_a_backup")
        try:
            value = json.loads(b"".join(self._blocks(infos[0], infos[0].file_size)))
            if value.pop("format") != FORMAT:
                raise _bad(self.path, "it is of another format", "not_a_backup")
            members = tuple(_member(item) for item in value.pop("members"))
            manifest = Manifest(members=members, **value)
            if not all(
                isinstance(getattr(manifest, n), str) for n in ("swarm_id", "made_at", "root", "head", "version")
            ):
                raise TypeError("a field is no text")
            if type(manifest.size) is not int:
                raise TypeError("the size is no number")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _bad(self.path, f"its manifest cannot be read: {error}", "not_a_backup") from error
        return manifest

    def _check(self) -> None:
        """Every member is named once, in both, under a name that it may have, and is no bomb."""
        infos = {info.filename: info for info in self._file.infolist()[1:]}
        named = [member.name for member in self.manifest.members]
        if len(infos) != len(self._file.infolist()) - 1 or len(set(named)) != len(named) or len(named) > _MAX_MEMBERS:
            raise _bad(self.path, "it holds a file twice")
        stray = next((name for name in infos if not is_name(name)), None)
        if stray is not None:
            raise _bad(self.path, f"it holds `{stray[:120]}`, which no backup does")
        if set(infos) != set(named):
            raise _bad(self.path, "what it holds is not what its manifest names")
        for member in self.manifest.members:
            info = infos[member.name]
            if info.is_dir() or (info.external_attr >> 16) & 0o170000 not in (0, 0o100000):
                raise _bad(self.path, f"`{member.name}` is not an ordinary file")
            if info.file_size != member.size or (member.name != DATABASE and member.size > _MAX_SMALL):
                raise _bad(self.path, f"`{member.name}` has another size than its manifest says")
            if member.size > _MAX_SMALL and member.size > _MAX_RATIO * max(1, info.compress_size):
                raise _bad(self.path, f"`{member.name}` would unpack to {member.size:,} bytes, beyond all reason")
        if DATABASE not in named:
            raise _bad(self.path, "it holds no database")

    def unpack(self, folder: Path) -> None:
        """Write every member under ``folder``, which must be empty, and check its digest.

        Raises :class:`WorkbenchError`: ``bad_backup`` (a digest is wrong), ``store_full``.
        """
        needed = sum(member.size for member in self.manifest.members)
        if needed > shutil.disk_usage(folder).free:
            raise WorkbenchError("the disk is full", f"{needed:,} bytes are needed in `{folder}`", "", "store_full")
        for member in self.manifest.members:
            target = folder / member.name
            target.parent.mkdir(mode=0o700 if member.name.startswith("keys/") else 0o777, exist_ok=True)
            sha256 = hashlib.sha256()
            with target.open("xb") as stream:
                if is_private(member.name):
                    target.chmod(0o600)
                for block in self._blocks(self._file.getinfo(member.name), member.size):
                    sha256.update(block)
                    stream.write(block)
            if sha256.hexdigest() != member.sha256:
                raise _bad(self.path, f"`{member.name}` was changed: its digest is another")

    def _blocks(self, info: zipfile.ZipInfo, size: int) -> Iterator[bytes]:
        """The member's bytes; never more than ``size``."""
        left = size
        try:
            with self._file.open(info) as stream:
                while block := stream.read(min(_BLOCK, left + 1)):
                    left -= len(block)
                    if left < 0:
                        raise _bad(self.path, f"`{info.filename}` is longer than it says")
                    yield block
        except _DAMAGE as error:
            raise _bad(self.path, f"`{info.filename}` is damaged: {error}") from error
        if left:
            raise _bad(self.path, f"`{info.filename}` is shorter than it says")


def _member(item: Any) -> Member:
    member = Member(**item)
    if not (isinstance(member.name, str) and isinstance(member.sha256, str) and type(member.size) is int):
        raise TypeError("a member is not described as one")
    return member


def _bad(path: Path, what: str, code: str = "bad_backup") -> WorkbenchError:
    return WorkbenchError("this backup cannot be used", f"`{path.name}`: {what}", "use another backup", code)
