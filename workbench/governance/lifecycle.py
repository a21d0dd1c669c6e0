"""The life of an amendment, as one pure function: ``step(state, event, now)``. No other code changes a state.

Imports the assessment's type. draft → proposed → approved → active → superseded; aside: rejected, vetoed, expired,
stale. The only way into ``active`` is for an approved amendment whose timelock is over, whose parent is the head, and
whose head no other approved amendment has reserved; to take it then needs nobody's leave.

An amendment may follow one that is still open itself (``propose --after``): it can be voted on, and its timelock runs,
but it waits for its parent to come into force, and is stale as soon as that ends in any other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.assessment import Assessment
from workbench.governance.errors import LifecycleError
from workbench.governance.times import floored


class AmendmentState(StrEnum):
    """The states; those from ``superseded`` on, and all four aside, are final."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    VETOED = "vetoed"
    EXPIRED = "expired"
    STALE = "stale"


OPEN = frozenset({AmendmentState.PROPOSED, AmendmentState.APPROVED})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an amendment is in its life.

    ``reason`` says in words why it came to rest there, where it did, or what it waits for (``waiting``): another
    version, which holds the head or which it follows.
    """

    digest: str
    parent_digest: str | None
    state: AmendmentState = AmendmentState.DRAFT
    expires_at: datetime | None = None
    quorum_at: datetime | None = None
    due_at: datetime | None = None
    activated_at: datetime | None = None
    reason: str = ""
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """The draft is put to the vote; ``clean`` when every check passed (it parses, its tests pass, engines agree)."""

    clean: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """The votes were counted anew."""

    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. ``head``: digest in force (``None`` before a genesis); ``reserved_by``: see :func:`reservation`.

    ``parent_open``: the parent is not in force, but may still come to be.
    """

    head: str | None
    reserved_by: str | None = None
    parent_open: bool = False


@dataclass(frozen=True, slots=True)
class Activate:
    """It comes into force, if it may. Fields as in :class:`Tick`."""

    head: str | None
    reserved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Superseded:
    """A later version came into force."""


Event: TypeAlias = Proposed | Counted | Tick | Activate | Superseded


def step(standing: Standing, event: Event, now: datetime) -> Standing:
    """The standing after ``event`` at ``now``. Ticks leave a final state as it is.

    Raises :class:`LifecycleError`: ``not_clean``, ``other_version`` (a count of another version), ``wrong_state``, and
    for an activation ``not_head``, ``not_due``, ``head_reserved``.
    """
    state = standing.state
    match event:
        case Proposed() if state is AmendmentState.DRAFT:
            if not event.clean:
                raise LifecycleError("not_clean", "the draft has not passed its checks, and cannot be proposed")
            return replace(standing, state=AmendmentState.PROPOSED, expires_at=event.expires_at)
        case Counted() if state in OPEN:
            return _counted(standing, event.assessment)
        case Tick():
            return _ticked(standing, event, floored(now)) if state in OPEN else standing
        case Activate() if state is AmendmentState.APPROVED:
            return _activated(standing, event, floored(now))
        case Superseded() if state is AmendmentState.ACTIVE:
            return replace(standing, state=AmendmentState.SUPERSEDED)
        case _:
            raise LifecycleError("wrong_state", f"`{type(event).__name__.lower()}` cannot happen to what is `{state}`")


def _counted(standing: Standing, count: Assessment) -> Standing:
    if count.digest != standing.digest:
        raise LifecycleError("other_version", "the votes counted are those of another version")
    counted = replace(standing, expires_at=count.expires_at, quorum_at=count.quorum_at, due_at=count.due_at, reason="")
    if count.vetoed:
        return replace(counted, state=AmendmentState.VETOED, reason=f"vetoed by `{count.vetoed}`")
    if count.rejected:
        return replace(counted, state=AmendmentState.REJECTED, reason="its quorum can no longer be met")
    return replace(counted, state=AmendmentState.APPROVED if count.satisfied else AmendmentState.PROPOSED)


def _ticked(standing: Standing, tick: Tick, now: datetime) -> Standing:
    waiting = standing.state is AmendmentState.PROPOSED
    if waiting and standing.expires_at is not None and now > standing.expires_at:
        return replace(standing, state=AmendmentState.EXPIRED, reason="it had no quorum in time")
    if tick.head != standing.parent_digest:
        if tick.parent_open:
            return replace(standing, waiting=True, reason="it waits for the version it follows to come into force")
        what = "another version came into force first"
        return replace(standing, state=AmendmentState.STALE, waiting=False, reason=what)
    queued = standing.state is AmendmentState.APPROVED and tick.reserved_by not in (None, standing.digest)
    what = "it waits: another version reached its quorum first" if queued else ""
    return replace(standing, waiting=queued, reason=what)


def _activated(standing: Standing, event: Activate, now: datetime) -> Standing:
    if event.head != standing.parent_digest:
        raise LifecycleError("not_head", "its parent is not the version in force")
    if standing.due_at is None or now < standing.due_at:
        raise LifecycleError("not_due", "its timelock is still running")
    if event.reserved_by not in (None, standing.digest):
        raise LifecycleError("head_reserved", "another version reached its quorum first, and holds the head")
    return replace(standing, state=AmendmentState.ACTIVE, activated_at=now)


def standing(
    version: ConstitutionVersion,
    assessment: Assessment,
    *,
    head: str | None,
    now: datetime,
    reserved_by: str | None = None,
    parent_open: bool = False,
) -> Standing:
    """Where a proposed version stands by its votes, the head and the time: proposed, counted, ticked; never activated.

    Final states that history decided (``stale``, ``expired``) are for the caller to keep: seen later, time and head
    alone may tell another of the two.
    """
    draft = Standing(assessment.digest, version.parent_digest)
    proposed = step(draft, Proposed(clean=True, expires_at=assessment.expires_at), now)
    return step(step(proposed, Counted(assessment), now), Tick(head, reserved_by, parent_open), now)


def ready(standing: Standing, head: str | None, reserved_by: str | None, now: datetime) -> bool:
    """Whether it may come into force now: approved, timelock over, its parent the head, the head not another's."""
    try:
        step(standing, Activate(head, reserved_by), now)
    except LifecycleError:
        return False
    return True


def reservation(approved: Iterable[tuple[str, datetime]]) -> str | None:
    """Which approved sibling, of (digest, quorum_at), holds the head: the first to reach its quorum, then by digest.

    The others wait; they go stale only if it comes into force. So small changes cannot starve a long timelock.
    """
    return min(((at, digest) for digest, at in approved), default=(None, None))[1]
