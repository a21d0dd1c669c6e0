"""A subject as a condition on the principal ("except supervisors"). Pure. Imports atoms, meaning, norm."""

from __future__ import annotations

from workbench.authoring import atoms
from workbench.authoring.meaning import PRINCIPAL, Cond, Env, Join, Leaf, Option
from workbench.authoring.norm import Subject
from workbench.language.ast import Binary, Is, Var


def subject_cond(subject: Subject, at: int) -> Cond:
    """The subject as a condition on the principal."""
    parts: list[Cond] = []
    if subject.entity is not None:
        parts.append(atoms.entity(PRINCIPAL, subject.entity, at, at))
    if subject.group is not None:
        inside = atoms.member((subject.group.type,), subject.group.id, PRINCIPAL, at, at, exact=True)
        parts.append(inside if subject.type is None else _of_type(subject.type, inside))
    if subject.type is not None and not subject.conds and subject.group is None:
        parts.append(atoms.is_type(subject.type, at, at))
    parts.extend(subject.conds)
    return parts[0] if len(parts) == 1 else Join("&&", tuple(parts), True)


def _of_type(name: str, inside: Leaf) -> Leaf:
    """A member of a group that is of a type too, where others may act as well."""

    def build(env: Env, unknown: bool) -> list[Option]:
        if name not in env.principals:
            return []
        found = inside.build(env, unknown)
        if len(env.principals) == 1:
            return list(found)
        return [Option(Binary("&&", Is(Var("principal"), name), each.expr), each.notes) for each in found]

    return Leaf(build, inside.start, inside.end)
