"""Factions as the directory spells them. A norm binds its faction in whatever letters the directory has it.

A norm's scope takes the directory's spelling when the norm is added, and a faction that would enter the directory in
other letters than a norm or another entity has it is refused. What got there all the same must not free its members:
the forbids of norms are asked with every spelling that there is, and the evidence says which one was met. The forbids
alone, never a permit, because two spellings may be two groups to the rest of a constitution. Not for faces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from workbench.engine.entities import Entities
from workbench.engine.values import EntityUid
from workbench.governance.overlay import Norm as PlacedNorm
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema
from workbench.norms import Norm, binding_all, told_in, world_of
from workbench.service.checked import Checked
from workbench.service.errors import WorkbenchError
from workbench.service.overlay_reading import read_overlays

NONE: frozenset[str] = frozenset()


def factions_of(directory: Entities, schema: Schema) -> frozenset[str]:
    """The ids of the factions that a world's directory describes, or puts anybody into."""
    world = world_of(schema)
    if world is None or not world.faction:
        return NONE
    uids = (uid for entity in directory for uid in (entity.uid, *entity.parents))
    return frozenset(uid.id for uid in uids if uid.type == world.faction)


def require_spelled(connection: Connection, checked: Checked, before: Entities, loaded: Iterable[EntityUid]) -> None:
    """Refuse what is entered under a faction's name in other letters. ``loaded``: every uid that is entered or named as
    a parent; ``before``: the directory. Raises :class:`WorkbenchError` (``faction_spelled``)."""
    world = world_of(checked.schema)
    if world is None or not world.faction:
        return
    known = factions_of(before, checked.schema)
    written = {faction.strip().lower(): (faction, "the directory") for faction in known}
    for norm in _norms(connection, checked):
        if not norm.everyone:
            written.setdefault(norm.scope.strip().lower(), (norm.scope.strip(), f"the norm `{norm.name}`"))
    for uid in loaded:
        if uid.type != world.faction or uid.id in known:
            continue
        name, where = written.setdefault(uid.id.strip().lower(), (uid.id, "another of these entities"))
        if uid.id != name:
            raise WorkbenchError(
                "a faction in other letters",
                f"`{uid.id}` is written `{name}` by {where}; nothing was changed",
                "write it so; to have it otherwise, replace the norm or remove the old entities first",
                "faction_spelled",
            )


def _norms(connection: Connection, checked: Checked) -> Iterator[Norm]:
    """The norms in force."""
    texts = [rule.text for rule in checked.program.rules if "norm" in rule.annotations]
    for standing in read_overlays(connection).register.standings.values():
        if not standing.ending and isinstance(standing.placing.content, PlacedNorm):
            texts.append(standing.placing.content.cedar_plus)
    return (norm for norm in map(told_in, texts) if norm is not None)


def bound(rules: Iterable[Rule], schema: Schema, factions: frozenset[str]) -> tuple[Rule, ...]:
    """The rules, those of norms binding their faction in every spelling among ``factions``."""
    spelled: dict[str, list[str]] = {}
    for faction in sorted(factions):
        spelled.setdefault(faction.strip().lower(), []).append(faction)
    return tuple(binding_all(rule, schema, spelled) for rule in rules)


def bound_program(program: Program, factions: frozenset[str]) -> Program:
    """The program with its norms bound so; itself where that changes none of them."""
    if program.schema is None or not factions:
        return program
    rules = bound(program.rules, program.schema, factions)
    changed = any(now is not before for now, before in zip(rules, program.rules, strict=True))
    return replace(program, rules=rules) if changed else program
