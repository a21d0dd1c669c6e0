"""Reverts: going back to what the parent replaced, soon after, without waiting again.

Imports the artifact's models and the class of a difference. A version is a revert when its content is exactly that of
the version before its parent, and going from there to the parent changed neither roster nor invariants nor any
procedure. Nothing marks it: whoever holds the three versions sees it. It needs the quorum of the higher of two classes,
its own and that of the amendment it undoes; where that quorum is complete within 72 hours of the parent's coming into
force (by witnessed arrival, not by what the version claims of itself) no timelock runs, later the usual one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from workbench.governance.artifact import AmendmentClassName, ConstitutionVersion
from workbench.language.ast import Procedure
from workbench.language.program import Program, Rule

REVERT_SECONDS = 72 * 3_600


@dataclass(frozen=True, slots=True)
class Revert:
    """That a version is a revert: ``until`` when its quorum needs no timelock, and at least which class's quorum."""

    until: datetime
    cls: AmendmentClassName


@dataclass(frozen=True, slots=True)
class Stood:
    """A version that was in force, with its checked program."""

    version: ConstitutionVersion
    program: Program


def revert_of(
    version: ConstitutionVersion, parent: Stood, before: Stood | None, parent_since: datetime | None
) -> Revert | None:
    """What makes ``version`` a revert of its parent, or ``None``.

    ``before``: the version that the parent followed (``None``: the parent is a genesis). ``parent_since``: when the
    parent came into force (``None``: it has not).
    """
    if before is None or parent_since is None or why_not(parent, before):
        return None
    if version.content != before.version.content or version.schema_version != before.version.schema_version:
        return None
    return Revert(parent_since + timedelta(seconds=REVERT_SECONDS), parent.version.amendment.cls)


def why_not(parent: Stood, before: Stood) -> str:
    """Why going back from ``parent`` to ``before`` is no revert but an amendment like any other; empty: it is one."""
    old, new = before.version.content, parent.version.content
    if old.roster != new.roster:
        return "the roster was changed"
    if old.invariants != new.invariants:
        return "the invariants were changed"
    if _procedures(before.program) != _procedures(parent.program):
        return "a procedure was changed"
    return ""


def _procedures(program: Program) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Every procedure: its meaning, its id and its annotations, order apart."""
    return sorted(
        (rule.digest, rule.id, tuple(sorted(rule.annotations.items()))) for rule in program.rules if _is_procedure(rule)
    )


def _is_procedure(rule: Rule) -> bool:
    return isinstance(rule.statement, Procedure)
