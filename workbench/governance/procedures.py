"""Which procedure an amendment of a class must pass: the constitution's own, or the default of the table.

Imports the language's tree and the electorate. Several own procedures for one class must all be passed: their
requirements add up (a person still fills one seat), the longest timelock and the shortest timeout hold. A procedure
under ``@stage("observe")`` does not bind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.governance.artifact import AmendmentClassName
from workbench.governance.electorate import Electorate
from workbench.language.ast import Binary, Duration, Expr, GetAttr, Lit, Method, Procedure, Require, SetLit, Var
from workbench.language.program import Program
from workbench.language.render import render_expr

EXPIRY_SECONDS = 30 * 86_400  # a proposal without quorum, where its procedure names no timeout


@dataclass(frozen=True, slots=True)
class AmendmentProcedure:
    """What must be had. ``own``: from the constitution, not the default. ``rejection_ends``: one eligible reject ends
    the proposal (the procedure says ``on rejection deny``); else it ends when the seats can no longer be filled."""

    name: str
    cls: AmendmentClassName
    requires: tuple[Require, ...]
    timelock_seconds: int
    timeout_seconds: int
    own: bool
    rejection_ends: bool = False

    @property
    def words(self) -> str:
        """For people: ``1 operator and 1 supervisor; timelock 24 hours``."""
        who = " and ".join(f"{require.count} {seat_words(require.where)}" for require in self.requires)
        return (
            f"{who}; {f'timelock {duration_words(self.timelock_seconds)}' if self.timelock_seconds else 'no timelock'}"
        )

    def without_timelock(self) -> AmendmentProcedure:
        """The same procedure, in force as soon as its quorum is met."""
        return replace(self, timelock_seconds=0)

    def waiting_at_least(self, seconds: int) -> AmendmentProcedure:
        """The same procedure, with a timelock of at least so many seconds."""
        return replace(self, timelock_seconds=max(self.timelock_seconds, seconds))


def amendment_procedure(
    program: Program, cls: AmendmentClassName, electorate: Electorate | None = None
) -> AmendmentProcedure:
    """The procedure that ``program`` demands for an amendment of class ``cls``, else the default for that class.

    With ``electorate`` a procedure whose ``when`` does not hold for this amendment is left out; without, all apply.
    """
    own = [
        procedure
        for rule, procedure in program.procedures
        if procedure.amendment == cls
        and rule.stage == "enforce"
        and (electorate is None or electorate.applies(procedure.when))
    ]
    if not own:
        return _plain(_DEFAULTS[cls], cls, own=False)
    parts = [_plain(procedure, cls, own=True) for procedure in own]
    return AmendmentProcedure(
        name=" + ".join(part.name for part in parts),
        cls=cls,
        requires=tuple(require for part in parts for require in part.requires),
        timelock_seconds=max(part.timelock_seconds for part in parts),
        timeout_seconds=min(part.timeout_seconds for part in parts),
        own=True,
        rejection_ends=any(part.rejection_ends for part in parts),
    )


def _plain(procedure: Procedure, cls: AmendmentClassName, *, own: bool) -> AmendmentProcedure:
    return AmendmentProcedure(
        name=procedure.name,
        cls=cls,
        requires=procedure.requires,
        timelock_seconds=procedure.timelock.seconds if procedure.timelock else 0,
        timeout_seconds=procedure.timeout.seconds if procedure.timeout else EXPIRY_SECONDS,
        own=own,
        rejection_ends=procedure.on_rejection is not None and procedure.on_rejection.kind == "deny",
    )


def has_role(name: str) -> Expr:
    """The condition of a seat that anyone with this role may fill."""
    return Binary("==", GetAttr(Var("principal"), "role"), Lit(name))


def _default(cls: AmendmentClassName, each: int, roles: Sequence[str], timelock: Duration | None) -> Procedure:
    requires = tuple(Require(each, has_role(role)) for role in roles)
    return Procedure(name=f"default for {cls} amendments", requires=requires, amendment=cls, timelock=timelock)


_DEFAULTS: dict[AmendmentClassName, Procedure] = {
    "minor": _default("minor", 1, ("operator",), None),
    "major": _default("major", 1, ("operator", "supervisor"), Duration(24, "hour")),
    "sensitive": _default("sensitive", 2, ("operator", "supervisor"), Duration(72, "hour")),
}


def seat_words(where: Expr | None) -> str:
    """A seat's condition in words: ``operator``, ``operator or supervisor``, ``signer`` (anyone) …"""
    match where:
        case None:
            return "signer"
        case Binary("==", GetAttr(Var("principal"), "role" | "name"), Lit(str(word))):
            return word
        case Binary("==", Lit(str(word)), GetAttr(Var("principal"), "role" | "name")):
            return word
        case Binary("||", left, right):
            return f"{seat_words(left)} or {seat_words(right)}"
        case Method(SetLit(items), "contains", (GetAttr(Var("principal"), "role" | "name"),)):
            return " or ".join(str(item.value) if isinstance(item, Lit) else render_expr(item) for item in items)
        case Binary("&&", left, Binary("!=", Var("principal"), GetAttr(Var("context"), "requester"))):
            return f"{seat_words(left)} other than the proposer"
        case Binary("!=", Var("principal"), GetAttr(Var("context"), "requester")):
            return "signer other than the proposer"
        case _:
            return f"signer with {render_expr(where)}"


def duration_words(seconds: int) -> str:
    """A length of time in a whole unit that reads well: ``10 seconds``, ``72 hours``, ``7 days``."""
    for size, unit, least in ((86_400, "day", 4 * 86_400), (3_600, "hour", 3_600), (60, "minute", 60)):
        if seconds >= least and seconds % size == 0:
            return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
