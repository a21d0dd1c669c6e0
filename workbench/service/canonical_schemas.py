"""The schemas that ship with the program, and the signed list of their digests (``samples/schemas/digests.yaml``).

A schema is canonical when its text is, byte for byte, one that the maintainers signed. The list is read with the public
key below; whoever holds the private key makes a new list with :func:`signed_list`::

    from workbench.governance.keys import load_private
    from workbench.service.canonical_schemas import read_versions, schemas_folder, signed_list
    folder = schemas_folder()
    key = load_private(open("maintainers.key", "rb").read(), passphrase)
    text = signed_list(folder, {**read_versions(folder), "concord-core": 2}, key)
    (folder / "digests.yaml").write_text(text)

and, for a new key, puts its public line here. Imports governance (keys, signatures, YAML) and the samples' folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.governance.canonical import sha256_hex
from workbench.governance.dsse import sign, signer_of
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import SigningKey, parse_public_line
from workbench.governance.yaml_reader import read_yaml
from workbench.governance.yaml_writer import write_yaml
from workbench.service.errors import WorkbenchError
from workbench.service.samples import samples_root

PUBLIC_LINE = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIPeNZDSKnhK5OCE6+TS/Rd0HwwVkbRc88t/UklU7+hH concord canonical schemas"
)
LIST_TYPE = "application/vnd.concord.schemas.v1+json"
LIST_NAME = "digests.yaml"
SUFFIX = ".cedarschema"


@dataclass(frozen=True, slots=True)
class CanonicalSchema:
    """A shipped schema: ``digest`` is SHA-256 of its text in UTF-8, 64 hex digits; ``version`` counts from 1."""

    name: str
    version: int
    digest: str

    @property
    def label(self) -> str:
        """``concord-core v1``."""
        return f"{self.name} v{self.version}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the list says of a text: ``canonical`` (it is in the list), ``differs`` (it has the name of one that is, but
    is another text), or ``other``. ``schema`` is the one meant."""

    kind: str
    schema: CanonicalSchema | None = None


def schemas_folder() -> Path:
    """The folder of the canonical schemas. Raises :class:`WorkbenchError` where the installation lacks it."""
    return samples_root() / "schemas"


def canonical_schemas(folder: Path | None = None, public_line: str = PUBLIC_LINE) -> tuple[CanonicalSchema, ...]:
    """The list, once its signature is verified.

    Raises :class:`WorkbenchError` (``schema_list``) when it is missing, malformed, or not signed by the key.
    """
    place = (folder or schemas_folder()) / LIST_NAME
    try:
        tree = read_yaml(place.read_text(encoding="utf-8"))
        key, _ = parse_public_line(public_line)
        statement = _statement(tree)
        signature = tree["signature"] if isinstance(tree, dict) else ""
        if signer_of([key], LIST_TYPE, statement, str(signature)) is None:
            raise _broken(place, "the signature is not the maintainers'")
    except (OSError, UnicodeDecodeError, GovernanceError, KeyError, TypeError, ValueError) as error:
        raise _broken(place, f"it cannot be read ({error})") from error
    return tuple(CanonicalSchema(row["name"], int(row["version"]), row["sha256"]) for row in statement["schemas"])


def standing_of(text: str, name: str, listed: tuple[CanonicalSchema, ...]) -> Standing:
    """What ``listed`` says of the schema ``text`` that is called ``name`` (a file's name without its ending)."""
    digest = sha256_hex(text.encode())
    for schema in listed:
        if schema.digest == digest:
            return Standing("canonical", schema)
    for schema in listed:
        if schema.name == name:
            return Standing("differs", schema)
    return Standing("other")


def read_versions(folder: Path) -> dict[str, int]:
    """Name → version as the list in ``folder`` has them, signed or not; empty where there is no list."""
    place = folder / LIST_NAME
    if not place.is_file():
        return {}
    return {row["name"]: int(row["version"]) for row in _statement(read_yaml(place.read_text()))["schemas"]}


def signed_list(folder: Path, versions: Mapping[str, int], key: SigningKey) -> str:
    """The text of a list of every schema in ``folder``, signed with ``key``; a name without a version is version 1."""
    rows = [
        {
            "name": path.stem,
            "version": str(versions.get(path.stem, 1)),
            "sha256": sha256_hex(path.read_text(encoding="utf-8").encode()),
        }
        for path in sorted(folder.glob(f"*{SUFFIX}"))
    ]
    statement: dict[str, Any] = {"schemas": rows}
    return write_yaml({**statement, "signature": sign(key, LIST_TYPE, statement)})


def _statement(tree: Any) -> dict[str, Any]:
    """What is signed: the rows, and nothing that is not in them. Raises ``KeyError`` or ``TypeError``."""
    return {"schemas": [{part: str(row[part]) for part in ("name", "version", "sha256")} for row in tree["schemas"]]}


def _broken(place: Path, why: str) -> WorkbenchError:
    return WorkbenchError(
        "the list of canonical schemas is broken", f"`{place}`: {why}", "install the program again", "schema_list"
    )
