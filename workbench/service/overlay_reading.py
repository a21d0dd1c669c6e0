"""Reading the register of overlays out of the ledger: every entry verified once in a process, then remembered.

What is remembered is tied to the hash of the last entry read, so that a workspace that was replaced, or a transaction
that was rolled back, is read anew. Not for faces.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from workbench.governance.errors import GovernanceError
from workbench.governance.overlay_register import Register, Standing, folded
from workbench.governance.overlay_rules import binding_forbids
from workbench.governance.overlay_signing import from_envelope
from workbench.language.bulk import uncollected
from workbench.service.clock import micros, moment
from workbench.service.holding import KeysThen
from workbench.service.past import Past
from workbench.store import overlays as store
from workbench.store.directory import setting
from workbench.store.ledger import StoredEntry

UNSIGNED = "unsigned"  # the profile of a workspace that takes norms without a signature
_KEPT = 8
_STATES = {"": "in_force", "lifted": "lifted", "promoted": "lifted", "expired": "expired"}  # as the table says it
_lock = Lock()
_read: OrderedDict[tuple[int, str], Register] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Read:
    """The register, and what is not to be trusted, id → why: rows that no entry of the ledger placed, and entries that
    are not signed as they should be. While there is any, nothing may be allowed."""

    register: Register
    doubtful: Mapping[str, str]


def read_overlays(connection: Connection) -> Read:
    """The register as the ledger of ``connection`` has it, and how the table differs for the worse."""
    register = _register(connection)
    strange = [id for id in store.ids(connection, "in_force") if id not in register.standings]
    return Read(register, {**dict.fromkeys(strange, "the ledger does not know it"), **register.doubtful})


def overlay_faults(connection: Connection) -> tuple[str, ...]:
    """What is wrong with the record of overlays, for an audit: entries that are not signed by those who may, and rows
    that list something else than the ledger says. Everything is read anew; empty where all is well."""
    register = _folded(connection, Register(), store.entries(connection))
    faults = [f"entry {seq}: the overlay `{id}`: {why}" for seq, id, why in register.flaws]
    rows = {row.id: row for row in store.rows(connection)}
    for id, standing in register.standings.items():
        listed, meant = rows.pop(id, None), _STATES[standing.ending]
        if listed is None:
            faults.append(f"the overlay `{id}` of entry {standing.seq} is not listed")
        elif (listed.kind, listed.state) != (standing.kind, meant):
            faults.append(f"the overlay `{id}` is listed as {listed.state}, and by the ledger it is {meant}")
        elif listed.placed_at != micros(standing.placed_at) or not _same(listed.statement, standing):
            faults.append(f"the overlay `{id}` is listed with something else than was signed")
    return (*faults, *(f"the overlay `{id}` is listed, and no entry placed it" for id in rows))


def _same(envelope: str, standing: Standing) -> bool:
    try:
        return from_envelope(envelope).statement == standing.placing
    except GovernanceError:
        return False


def _register(connection: Connection) -> Register:
    with _lock:
        known = sorted(((*place, register) for place, register in _read.items()), key=lambda item: -item[0])
    start, register = 0, Register()
    for seq, digest, remembered in known:
        if store.hash_at(connection, seq) == digest:
            start, register = seq, remembered
            break
    entries = store.entries(connection, start)
    if not entries:
        return register
    with uncollected(len(entries)):
        register = _folded(connection, register, entries)
    last = entries[-1]
    with _lock:
        _read[last.seq, last.hash] = register
        while len(_read) > _KEPT:
            _read.popitem(last=False)
    return register


def _folded(connection: Connection, register: Register, entries: Sequence[StoredEntry]) -> Register:
    past, keys = Past(connection), KeysThen(connection)
    return folded(
        register,
        ((entry.seq, moment(entry.at), json.loads(entry.body)["body"]) for entry in entries),
        swarm_id=setting(connection, "swarm_id"),
        roster_of=lambda digest: past.version(digest).content.roster,
        head_at=past.head_at,
        held_at=keys.held_at,
        said_since=lambda norm, digest: past.forbidden_since(binding_forbids(norm.cedar_plus), digest),
    )
