"""Reverts: going back to what the parent replaced, soon after, without waiting again.

Imports the artifact's models and the class of a difference. A version is a revert when its content is exactly that of
the version before its parent, and going from there to the parent changed neither roster nor invariants nor any
procedure. Nothing marks it: whoever holds the three versions sees it. It needs the quorum of the higher of two classes,
its own and that of the amendment it undoes; where that quorum is complete within 72 hours of the parent's coming into
force (by witnessed arrival, not by what the version claims of itself) no timelock runs, later the usual one does.

A revert cannot itself be reverted: what was undone would return without ever waiting. Doing it again is an amendment
like any other, which can then be reverted. Here a version counts as a revert that went back, was in force within those
72 hours, and did not go back from a revert itself.
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
    """A version that was in force, with its checked program. ``reverts``: it is a revert itself."""

    version: ConstitutionVersion
    program: Program
    reverts: bool = False


def revert_of(
    version: ConstitutionVersion, parent: Stood, before: Stood | None, parent_since: datetime | None
) -> Revert | None:
    """What makes ``version`` a revert of its parent, or ``None``.

    ``before``: the version that the parent followed (``None``: the parent is a genesis). ``parent_since``: when the
    parent came into force (``None``: it has not).
    """
    if before is None or parent_since is None or why_not(parent, before):
        return None
    if not _same(version, before.version):
        return None
    return Revert(parent_since + timedelta(seconds=REVERT_SECONDS), parent.version.amendment.cls)


def went_back(
    version: ConstitutionVersion, since: datetime, earlier: ConstitutionVersion, before_since: datetime
) -> bool:
    """Whether ``version``, in force ``since``, took back the version before it, in force ``before_since``, in time to
    need no timelock. ``earlier``: what that one had followed. It is a revert unless the one before it was.
    """
    return _same(version, earlier) and since <= before_since + timedelta(seconds=REVERT_SECONDS)


def _same(version: ConstitutionVersion, other: ConstitutionVersion) -> bool:
    return version.content == other.content and version.schema_version == other.schema_version


def why_not(parent: Stood, before: Stood) -> str:
    """Why going back from ``parent`` to ``before`` is no revert but an amendment like any other; empty: it is one."""
    if parent.reverts:
        return "a revert cannot itself be reverted"
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
