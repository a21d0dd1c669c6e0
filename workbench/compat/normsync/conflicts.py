"""Norms that get into each other's way, found by shared words (specification §5).

Imports the records and the store. A "contradiction" here is an overlap of words and no proof; the workbench's own
analysis proves. normsync's texts list words in the order of a hash seed that changes from run to run; here they are
sorted, so that two reports of the same norms can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.compat.normsync.norm import WorldNorm
from workbench.compat.normsync.store import NormStore


@dataclass
class NormConflict:
    """Two norms, by name, and how they meet.

    ``conflict_type``: ``logical_contradiction``, ``priority_ambiguity`` or ``scope_overlap``.
    """

    norm_a: str
    norm_b: str
    conflict_type: str
    description: str
    example_action: str


@dataclass(frozen=True, slots=True)
class _Words:
    norm: WorldNorm
    condition: frozenset[str]
    prohibited: frozenset[str]


def _read(norm: WorldNorm) -> _Words:
    prohibited = frozenset(norm.prohibited.lower().split())  # first, as there: an error names what it met first
    return _Words(norm, frozenset(norm.condition.lower().split()), prohibited)


def _set(tokens: Iterable[str]) -> str:
    return "{" + ", ".join(map(repr, sorted(tokens))) + "}"


def _example(tokens: frozenset[str], condition: frozenset[str]) -> str:
    return f"action='{min(tokens)}' in condition='{' '.join(sorted(condition))}'"


def _between(one: _Words, two: _Words) -> list[NormConflict]:
    """The conflicts of a pair, in the order that the specification names them."""
    a, b = one.norm, two.norm
    found = []
    clash = (one.prohibited & two.condition) | (two.prohibited & one.condition)
    if clash:
        text = (
            f"Norm '{a.name}' prohibits actions that norm '{b.name}' requires by condition (or vice versa): "
            f"conflicting token(s) {_set(clash)}"
        )
        example = _example(clash, one.condition | two.condition)
        found.append(NormConflict(a.name, b.name, "logical_contradiction", text, example))
    shared = one.condition & two.condition
    if shared and a.priority == b.priority and a.scope == b.scope:
        text = (
            f"Norms '{a.name}' and '{b.name}' share the same priority ({a.priority}) and scope ('{a.scope}') "
            f"with overlapping condition tokens {_set(shared)} — resolution is ambiguous"
        )
        found.append(NormConflict(a.name, b.name, "priority_ambiguity", text, _example(shared, shared)))
    if shared and (a.scope == "global") != (b.scope == "global"):
        wide, narrow = (a, b) if a.scope == "global" else (b, a)
        text = (
            f"Global norm '{wide.name}' overlaps in condition with scope-specific norm '{narrow.name}' "
            f"(scope='{narrow.scope}') on token(s) {_set(shared)}"
        )
        found.append(NormConflict(a.name, b.name, "scope_overlap", text, _example(shared, shared)))
    return found


def detect_norm_conflicts(store: Iterable[WorldNorm] | NormStore) -> list[NormConflict]:
    """Conflicts of each pair of norms, in the order of the pairs; a pair of names has each type once.

    Of a list all norms count, inactive ones too; of a store those in force.
    """
    norms = store.get_norms(active_only=True) if isinstance(store, NormStore) else list(store)
    read: dict[int, _Words] = {}  # a norm without a partner is never read, whatever stands in it
    told: set[tuple[frozenset[str], str]] = set()
    conflicts = []
    for at, one in enumerate(norms):
        for place in range(at + 1, len(norms)):
            if at not in read:
                read[at] = _read(one)
            if place not in read:
                read[place] = _read(norms[place])
            for conflict in _between(read[at], read[place]):
                slot = frozenset((conflict.norm_a, conflict.norm_b)), conflict.conflict_type
                if slot not in told:
                    told.add(slot)
                    conflicts.append(conflict)
    return conflicts
