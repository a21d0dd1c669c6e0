"""What is in force, compiled: the version, its evaluator, the directory. Immutable; swapped as one value."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.governance.artifact import ConstitutionVersion, load_yaml
from workbench.governance.canonical import sha256_hex
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema import Schema
from workbench.service.belief import Known, principal_types
from workbench.service.errors import WorkbenchError
from workbench.store import directory as directory_store
from workbench.store import versions as version_store
from workbench.store.ledger import LedgerHead

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Checked:
    """A version with its digest and checked program. ``schema_digest``: SHA-256 of the schema text, hex."""

    version: ConstitutionVersion
    digest: str
    program: Program
    schema: Schema
    schema_digest: str


@dataclass(frozen=True, slots=True)
class Law:
    """Everything a decision needs. ``generation`` is that of the directory and the facts in ``known``."""

    checked: Checked
    evaluator: Evaluator
    known: Known
    generation: int

    @property
    def digest(self) -> str:
        return self.checked.digest


def check_version(version: ConstitutionVersion) -> Checked:
    """Check a version's rules. Raises :class:`WorkbenchError` (``not_clean``) when they are not.

    What the schema linter refuses is refused before anyone votes on a version (in review, and where a workspace is
    made); here it would only stop what is in force already.
    """
    result = check(version.content.cedar_plus_source, version.content.schema_text, standing=True)
    if result.program is None or result.program.schema is None:
        first = result.errors[0]
        raise WorkbenchError(
            "the constitution is not clean",
            f"version {version.constitution_version}, line {first.start.line}: {first.message} ({first.code})",
            "this version cannot be in force; restore the workspace from a backup",
            "not_clean",
        )
    schema_digest = sha256_hex(version.content.schema_text.encode())
    return Checked(version, version.digest, result.program, result.program.schema, schema_digest)


class LawBook:
    """Keeps versions checked and the law in force compiled, so that each is done once. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._law: Law | None = None
        self._checked: OrderedDict[str, Checked] = OrderedDict()

    def in_force(self, connection: Connection, head: LedgerHead) -> Law:
        """The law that ``head`` says is in force; compiled anew only when it changed, here or in another process."""
        law = self._law
        if law is not None and law.digest == head.active_digest and law.generation == head.generation:
            return law
        checked = self.checked(connection, head.active_digest)
        evaluator = law.evaluator if law is not None and law.checked is checked else Evaluator(checked.program)
        law = Law(checked, evaluator, _known(connection, checked.schema), head.generation)
        self._law = law
        return law

    def checked(self, connection: Connection, digest: str) -> Checked:
        """A version of the chain, checked. Raises :class:`WorkbenchError`: ``no_version``, ``not_clean``."""
        found = self.found(digest)
        if found is not None:
            return found
        stored = version_store.by_digest(connection, digest)
        if stored is None:
            raise WorkbenchError("no such version", f"the store has no version `{digest}`", "", "no_version")
        checked = check_version(load_yaml(stored.yaml))
        if checked.digest != digest:
            raise WorkbenchError(
                "a version was changed in the store",
                f"version {stored.version} no longer has the digest `{digest}`",
                "restore the workspace from a backup",
                "store_corrupt",
            )
        return self.keep(checked)

    def found(self, digest: str) -> Checked | None:
        """A checked version that is remembered."""
        with self._lock:
            found = self._checked.get(digest)
            if found is not None:
                self._checked.move_to_end(digest)
            return found

    def keep(self, checked: Checked) -> Checked:
        """Remember a checked version under its digest."""
        with self._lock:
            self._checked[checked.digest] = checked
            while len(self._checked) > _KEPT:
                self._checked.popitem(last=False)
        return checked


def _known(connection: Connection, schema: Schema) -> Known:
    written = {(type_, id_): json.loads(text) for type_, id_, text in directory_store.entities(connection)}
    facts = {(who, name): json.loads(text) for who, name, text in directory_store.fact_rows(connection)}
    return Known(schema, Entities.from_json(list(written.values()), schema), written, facts, principal_types(schema))
