"""What is in force, compiled: version, evaluator, overlays, directory. Immutable; swapped as one value."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock

from sqlalchemy import Connection

from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.governance.artifact import load_yaml
from workbench.governance.canonical import sha256_hex
from workbench.governance.errors import GovernanceError
from workbench.language.program import Program
from workbench.language.schema import Schema
from workbench.service.activated import activated
from workbench.service.belief import Known, principal_types
from workbench.service.checked import Checked, changed_in_store, check_version
from workbench.service.errors import WorkbenchError
from workbench.service.norm_factions import NONE, bound_program, factions_of
from workbench.service.overlay_law import OverlayLaw
from workbench.service.told import require_told
from workbench.store import directory as directory_store
from workbench.store import versions as version_store
from workbench.store.ledger import LedgerHead

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Law:
    """Everything a decision needs. ``generation`` is that of the directory, the facts and the overlays.

    ``evaluator`` asks the version's rules, without the permits that brakes take away. ``overlays`` is the digest of the
    overlays in force (hex, ``""`` for none), which every receipt names. ``factions``: those that the directory knows.
    """

    checked: Checked
    evaluator: Evaluator
    known: Known
    overlay: OverlayLaw
    generation: int
    overlays: str = ""
    factions: frozenset[str] = NONE

    @property
    def digest(self) -> str:
        return self.checked.digest


class LawBook:
    """Keeps versions checked and the law in force compiled, so that each is done once. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._law: Law | None = None
        self._checked: OrderedDict[str, Checked] = OrderedDict()

    def in_force(self, connection: Connection, head: LedgerHead) -> Law:
        """The law that ``head`` says is in force; compiled anew only when it changed, here or in another process.

        Raises :class:`WorkbenchError`: as :meth:`checked`, and ``not_in_force`` where the store's own chain says that
        another version is in force, or that none of its ledger keys ever put this one in force; ``directory_changed``
        where the directory is not as its newest ledger entry left it.
        """
        law = self._law
        if law is not None and law.digest == head.active_digest and law.generation == head.generation:
            return law
        checked = self.checked(connection, head.active_digest)
        if law is None or law.checked is not checked:
            _require_activated(connection, checked.digest)
        known = _known(connection, checked.schema)
        factions = factions_of(known.directory, checked.schema)
        overlay = OverlayLaw.load(connection, checked, factions)
        same = law is not None and law.checked is checked and law.factions == factions
        if law is not None and same and law.overlay.without == overlay.without:
            evaluator = law.evaluator
        else:
            evaluator = Evaluator(bound_program(_without(checked.program, overlay.without), factions))
        law = Law(checked, evaluator, known, overlay, head.generation, _digest(overlay), factions)
        self._law = law
        return law

    def checked(self, connection: Connection, digest: str) -> Checked:
        """A version of the chain, checked. Raises :class:`WorkbenchError`: ``no_version``, ``not_clean``,
        ``version_changed``."""
        found = self.found(digest)
        if found is not None:
            return found
        stored = version_store.by_digest(connection, digest)
        if stored is None:
            raise WorkbenchError("no such version", f"the store has no version `{digest}`", "", "no_version")
        checked = check_version(load_yaml(stored.yaml))
        if checked.digest != digest:
            raise changed_in_store(f"version {stored.version}", digest)
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


def _require_activated(connection: Connection, digest: str) -> None:
    """The head row alone puts nothing in force, nor back in force: the newest version of the chain is, and a ledger key
    of the version before it must have said so. Whoever can only write to the database has none.

    Raises :class:`WorkbenchError` (``not_in_force``).
    """
    newest = version_store.newest(connection)
    if newest is None or newest.digest != digest:
        raise _not_in_force(f"the head names `{digest}`, and the newest version of the chain is another")
    try:
        activated(connection, digest)
    except GovernanceError as error:
        raise _not_in_force(f"version {newest.version}: {error.message}") from error


def _not_in_force(what: str) -> WorkbenchError:
    return WorkbenchError(
        "what is in force was changed in the store", what, "restore the workspace from a backup", "not_in_force"
    )


def _without(program: Program, taken: frozenset[str]) -> Program:
    """The program without the permits that brakes take away."""
    if not taken:
        return program
    return replace(program, rules=tuple(rule for rule in program.rules if rule.id not in taken))


def _digest(overlay: OverlayLaw) -> str:
    """SHA-256 over the ids of the overlays in force; their statements are in the ledger."""
    ids = sorted(standing.placing.id for standing in overlay.in_force)
    return sha256_hex("\n".join(ids).encode()) if ids else ""


def _known(connection: Connection, schema: Schema) -> Known:
    rows = directory_store.entities(connection)
    require_told(connection, rows)
    written = {(type_, id_): json.loads(text) for type_, id_, text in rows}
    facts = {(who, name): json.loads(text) for who, name, text in directory_store.fact_rows(connection)}
    return Known(schema, Entities.from_json(list(written.values()), schema), written, facts, principal_types(schema))
