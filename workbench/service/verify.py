"""Verification: the chain from its files alone, the ledger from its bytes, and the store against both.

``verify_path`` needs no workspace, no database and no network: a folder of version files, and a pin if there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.governance.artifact import load_yaml
from workbench.governance.chain import verify_chain
from workbench.governance.errors import GovernanceError
from workbench.service.errors import WorkbenchError, from_os
from workbench.service.paths import read_pins
from workbench.service.views import Verification, VerifyLine

MAX_VERSION_FILE = 16 * 1024 * 1024
VERSIONS = "versions"


def verify_path(path: str | Path, genesis: str | None = None) -> Verification:
    """Verify a chain: a folder of ``<version>.yaml``, a workspace, or one version file with those before it.

    ``genesis`` is the digest that the first version must have; where it is not given, the pin kept in the user's
    configuration for that swarm. Raises :class:`WorkbenchError` (``not_found``, ``no_versions``) when there is nothing.
    """
    place = Path(path)
    if not place.exists():
        raise WorkbenchError("not found", f"there is nothing at `{place}`", "name a folder of versions", "not_found")
    if place.is_dir():
        folder = place / VERSIONS if (place / VERSIONS).is_dir() else place
        files = chain_files(folder)
    else:
        files = _up_to(place)
    if not files:
        raise WorkbenchError(
            "no versions", f"`{place}` holds no version files", "name a folder of `<version>.yaml`", "no_versions"
        )
    return verify_files(files, genesis)


def chain_files(folder: Path) -> list[Path]:
    """The version files in a folder, in order of name."""
    return sorted(p for p in folder.glob("*.yaml") if p.is_file() and not p.name.startswith("."))


def verify_files(files: Sequence[Path], genesis: str | None) -> Verification:
    """Verify the chain that these files make. Pins that cannot be read anchor nothing, and the message says so."""
    texts: list[tuple[str, str]] = []
    for file in files:
        try:
            texts.append((file.name, _text(file)))
        except (WorkbenchError, UnicodeDecodeError) as error:
            what = error.detail if isinstance(error, WorkbenchError) else "it is not UTF-8 text"
            code = error.code if isinstance(error, WorkbenchError) else "utf8"
            message = f"{file.name}: {what}"
            return Verification(False, False, "", message, (VerifyLine(False, file.name, what, code),))
    pin, trouble = (genesis, "") if genesis is not None else _pin(texts)
    report = verify_chain(texts, genesis_pin=pin)
    lines = tuple(VerifyLine(line.ok, line.subject, line.message, line.code) for line in report.lines)
    return Verification(report.ok, report.anchored, report.head, report.message + trouble, lines)


def _pin(texts: Iterable[tuple[str, str]]) -> tuple[str | None, str]:
    """The user's own pin for the swarm that these files say they belong to; and why none can be known."""
    try:
        pins = read_pins()
    except WorkbenchError as error:
        return None, f"; {error.title}: {error.detail}; {error.hint}"
    for _, text in texts:
        try:
            return pins.get(load_yaml(text).swarm_id), ""
        except GovernanceError:
            continue
    return None, ""


def _up_to(file: Path) -> list[Path]:
    """The file and its ancestors in the same folder; the file alone where it cannot be read."""
    by_digest: dict[str, tuple[Path, str | None]] = {}
    for path in chain_files(file.parent):
        try:
            version = load_yaml(_text(path))
        except (GovernanceError, WorkbenchError, UnicodeDecodeError):
            continue
        by_digest[version.digest] = (path, version.parent_digest)
    wanted = [file]
    digest = next((d for d, (path, _) in by_digest.items() if path.samefile(file)), None)
    while digest is not None and digest in by_digest:
        path, parent = by_digest.pop(digest)
        if path not in wanted and not path.samefile(file):
            wanted.append(path)
        digest = parent
    return wanted


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_VERSION_FILE + 1)
    except OSError as error:
        raise from_os(error) from error
    if len(data) > MAX_VERSION_FILE:
        raise WorkbenchError("the file is too large", f"`{path.name}` has over 16 MiB", "", "too_large")
    return data.decode("utf-8")
