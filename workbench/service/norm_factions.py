"""Factions as the directory spells them. A norm binds its faction in whatever letters the directory has it.

A norm's scope takes the directory's spelling when the norm is added; a faction that is loaded later, or loaded anew in
other letters, must not free its members. So the forbids of norms are asked with every spelling that there is: the
forbids alone, never a permit, because two spellings may be two groups to the rest of a constitution. Not for faces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workbench.engine.entities import Entities
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema
from workbench.norms import binding_all, world_of

NONE: frozenset[str] = frozenset()


def factions_of(directory: Entities, schema: Schema) -> frozenset[str]:
    """The ids of the factions that a world's directory describes, or puts anybody into."""
    world = world_of(schema)
    if world is None or not world.faction:
        return NONE
    uids = (uid for entity in directory for uid in (entity.uid, *entity.parents))
    return frozenset(uid.id for uid in uids if uid.type == world.faction)


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
