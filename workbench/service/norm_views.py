"""What faces see of norms: one norm as it stands, its revisions and versions, and what checking an action found.

Values only; light to import but for the norm itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from workbench.engine.decision import Decision
    from workbench.norms import Norm

NormState: TypeAlias = Literal["in_force", "signed", "repealed", "promoted"]
Change: TypeAlias = Literal["add", "repeal", "promote", "take_in", "take_out"]


@dataclass(frozen=True, slots=True)
class NormView:
    """One norm. ``state``: ``in_force`` (added at run time), ``signed`` (a rule of the version in force), ``repealed``,
    or ``promoted`` (it ended because a version has said the same for long).

    ``id``: its content id, or what decisions name its rule by where it was added as a sentence or as Cedar+: then
    ``norm`` is ``None``, and name, condition and prohibited are empty. ``overlay``: the id of the signed statement that
    added it, empty for one that only stands in the constitution; ``event`` that statement's ledger number. ``doubt``:
    why it is not believed.
    """

    id: str
    name: str
    description: str
    condition: str
    prohibited: str
    scope: str
    priority: int
    severity: str
    state: NormState
    what: str  # in words
    cedar_plus: str
    overlay: str = ""
    rule: str = ""
    english: str = ""
    added_by: str = ""
    added_at: datetime | None = None
    why: str = ""
    ended_by: str = ""
    ended_at: datetime | None = None
    ended_why: str = ""
    signed: bool = True
    event: int = 0
    doubt: str = ""

    @property
    def active(self) -> bool:
        """Whether it forbids now."""
        return self.state in ("in_force", "signed")

    def to_dict(self) -> Mapping[str, Any]:
        """The JSON form: the fields, and whether it is active."""
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__}, "active": self.active}

    @property
    def norm(self) -> Norm | None:
        """The norm as it was written, where it was written as one."""
        if not self.prohibited:
            return None
        from workbench.norms import Norm

        return Norm(
            self.name,
            self.description,
            self.condition,
            self.prohibited,
            self.scope,
            self.priority,
            self.severity,  # type: ignore[arg-type]  # the norm looks
        )


@dataclass(frozen=True, slots=True)
class Added:
    """What adding a norm did. ``already``: it was in force, and nothing was written. ``replaced``: those of its name or
    id that were repealed for it. ``notes``: what its author should know, in sentences."""

    norm: NormView
    already: bool = False
    replaced: tuple[NormView, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NormRevision:
    """One change of what norms there are. ``change``: ``add``, ``repeal``; ``promote`` where a run-time norm ended
    because a version said the same for long; ``take_in`` and ``take_out`` where a version has a norm as a rule that the
    version before it had not, or has it no more. ``by``: a uid; ``event``: the ledger's number, 0 for a version's."""

    norm_id: str
    name: str
    change: Change
    reason: str
    by: str
    at: datetime
    event: int = 0
    overlay: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class NormVersion:
    """One form of the norm of a name, counted from 1 for that name. ``changed``: the fields that differ from the form
    before it; empty for the first, and for one that was repealed and added again as it was."""

    version: int
    norm: NormView
    by: str
    at: datetime
    why: str
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that an action breaks: a norm, a forbid of the signed version, or a rule that failed. ``norm_id`` and
    ``norm_name`` are the rule's own id where it is no norm."""

    rule: str
    norm_id: str
    norm_name: str
    severity: str
    description: str
    agent_id: str
    action_id: str
    event: int
    at: datetime
    english: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**fields, "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action: the decision, its receipt, and every rule that the action breaks, norms by priority.

    ``event`` and ``receipt`` are the ledger's; 0 and empty where nothing was recorded (a monitor in memory).
    ``faction``: the one that was believed. ``action_id``: the original's id of the action (specification §1), the time
    in seconds.
    """

    event: int
    decision: Decision
    receipt: str
    agent_id: str
    action: str
    location: str
    target: str
    faction: str
    action_id: str
    at: datetime
    violations: tuple[Violation, ...] = ()
    cases: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the action may be taken."""
        return self.decision.outcome == "allow"

    @property
    def severity(self) -> str:
        """The highest severity among the violations; empty where there is none."""
        from workbench.language.annotations import SEVERITIES

        found = {violation.severity for violation in self.violations}
        return next((each for each in reversed(SEVERITIES) if each in found), "")

    def to_dict(self) -> Mapping[str, Any]:
        """The JSON form."""
        plain = ("event", "receipt", "agent_id", "action", "location", "target", "faction", "action_id")
        return {
            **{name: getattr(self, name) for name in plain},
            "at": self.at.isoformat(),
            "outcome": self.decision.outcome,
            "code": self.decision.code,
            "severity": self.severity,
            "violations": [violation.to_dict() for violation in self.violations],
            "cases": list(self.cases),
            "decision": self.decision.to_dict(),
        }
