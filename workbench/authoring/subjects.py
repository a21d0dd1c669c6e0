"""A subject as a condition on the principal ("except supervisors"). Pure. Imports atoms, meaning, norm."""

from __future__ import annotations

from workbench.authoring import atoms
from workbench.authoring.meaning import PRINCIPAL, Cond, Join
from workbench.authoring.norm import Subject


def subject_cond(subject: Subject, at: int) -> Cond:
    """The subject as a condition on the principal."""
    parts: list[Cond] = []
    if subject.entity is not None:
        parts.append(atoms.entity(PRINCIPAL, subject.entity, at, at))
    if subject.group is not None:
        parts.append(atoms.member((subject.group.type,), subject.group.id, PRINCIPAL, at, at, exact=True))
    if subject.type is not None and not subject.conds and subject.group is None:
        parts.append(atoms.is_type(subject.type, at, at))
    parts.extend(subject.conds)
    return parts[0] if len(parts) == 1 else Join("&&", tuple(parts), True)
