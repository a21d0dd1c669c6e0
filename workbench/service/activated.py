"""A version of the chain, believed only where a ledger key of the version before it put it in force.

Rows can be added by whoever can write to the database; a row's digest only says that its text is its own. So whoever
takes a roster or rules from the store (the law in force, signatures of overlays, the care of keys) asks here. Not for
faces.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from workbench.governance.activation import verify_activation
from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.errors import ChainError
from workbench.store import versions as store


def activated(connection: Connection, digest: str) -> ConstitutionVersion:
    """The version with this digest, as its file has it. The first of the chain speaks for itself, and the ledger
    says which that is.

    Raises ``ChainError``: ``no_version``, ``version_changed`` (its row, or that of the version before it, holds another
    text), ``other_genesis`` (it follows nothing, and the ledger begins with another), and as
    :func:`~workbench.governance.activation.verify_activation`; ``ArtifactError`` where a row cannot be read.
    """
    version = _stored(connection, digest)
    if version.parent_digest is not None:
        verify_activation(version, _stored(connection, version.parent_digest))
    elif _first(connection) != digest:
        number = version.constitution_version
        raise ChainError("other_genesis", f"{number} follows nothing, and is not what the ledger began with")
    else:
        verify_activation(version, version)
    return version


def activated_since(connection: Connection, digest: str) -> datetime | None:
    """When the version with this digest came into force, by the ledger key's word; ``None`` where it never has.

    Raises as :func:`activated`.
    """
    if store.by_digest(connection, digest) is None:
        return None
    activation = activated(connection, digest).activation
    return None if activation is None else activation.effective_at


def _first(connection: Connection) -> str:
    """The digest of the version that the ledger saw come into force first; empty where it saw none."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(store.first_entry(connection))["body"]["digest"])
    return ""


def _stored(connection: Connection, digest: str) -> ConstitutionVersion:
    found = store.by_digest(connection, digest)
    if found is None:
        raise ChainError("no_version", f"no version with the digest `{digest[:80]}` was ever in force")
    version = _read(found.yaml)
    if version.digest != digest:
        raise ChainError("version_changed", f"version {found.version} was changed in the store")
    return version


@lru_cache(maxsize=8)
def _read(yaml: str) -> ConstitutionVersion:
    """A version's text read once: every overlay that is placed has its roster asked for here."""
    return load_yaml(yaml)
