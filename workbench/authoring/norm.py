"""A sentence understood but not yet settled: who, does what, to what, when. Frozen values.

Imports language, meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from workbench.authoring.lexicon import Uid
from workbench.authoring.meaning import Cond
from workbench.language.ast import AmendmentClass, Duration, EntityLit, Fallback

Kind: TypeAlias = Literal["permit", "forbid", "only", "only_subject", "must", "prefer", "procedure"]
Style: TypeAlias = Literal["only", "without", "with"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who: everybody, or those of a type, in a group, or of whom conditions hold."""

    type: str | None = None
    group: EntityLit | None = None
    entity: EntityLit | None = None
    conds: tuple[Cond, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def anybody(self) -> bool:
        return self == Subject()


@dataclass(frozen=True, slots=True)
class Thing:
    """The object of an action: conditions on it, the type it was called, and how it was counted."""

    conds: tuple[Cond, ...] = ()
    type: str | None = None
    universal: bool = False  # "all tickets": means another thing under a negation
    entity: EntityLit | None = None
    spread: bool = False  # "A and B" read as either
    both: bool = False  # "A and B" read as both at once


@dataclass(frozen=True, slots=True)
class Count:
    """ "at most 3 refunds": ``op`` and ``number`` of ``nouns``; the window is found later in the sentence.

    ``own``: the nouns stand for the action, or for what it is done to.
    """

    op: str
    number: int
    nouns: tuple[str, ...]
    verb: str
    start: int
    end: int
    own: bool = False


@dataclass(frozen=True, slots=True)
class Doing:
    """An action with its object. ``uid`` ``None`` is any action; ``group`` an action group."""

    uid: Uid | None
    thing: Thing = Thing()
    count: Count | None = None
    loose: str = ""  # words taken for part of the action's name; only where that can but forbid more
    group: bool = False
    open: bool = False  # the phrase has room for an object and none was said
    notes: tuple[str, ...] = ()
    only: bool = False  # "may delete *only* closed projects"


def with_thing(doing: Doing, thing: Thing) -> Doing:
    """``doing`` with more said of its object."""
    old = doing.thing
    merged = Thing(
        (*old.conds, *thing.conds), thing.type or old.type, old.universal or thing.universal,
        thing.entity or old.entity, old.spread or thing.spread, old.both or thing.both,
    )  # fmt: skip
    return replace(doing, thing=merged, open=False)


@dataclass(frozen=True, slots=True)
class Approval:
    """``count`` approvals by people of whom ``conds`` hold."""

    count: int
    conds: tuple[Cond, ...]


@dataclass(frozen=True, slots=True)
class Approvals:
    """What a procedure asks for."""

    name: str
    required: tuple[Approval, ...]
    timeout: Duration | None = None
    timelock: Duration | None = None
    on_timeout: Fallback | None = None
    on_rejection: Fallback | None = None
    amendment: AmendmentClass | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Approvals as a restriction of what is allowed ("only"), or as what lifts a prohibition ("without")."""

    style: Style
    approvals: Approvals


@dataclass(frozen=True, slots=True)
class Tail:
    """What follows the action."""

    when: tuple[Cond, ...] = ()
    unless: tuple[Cond, ...] = ()
    only: tuple[Cond, ...] = ()
    until: tuple[Cond, ...] = ()
    thing: Thing = Thing()  # said before the rest of the sentence ("in muted rooms, …")
    by: Subject | None = None
    only_by: Subject | None = None
    window: str = ""
    count: Count | None = None
    asked: Asked | None = None
    notes: tuple[str, ...] = ()

    def plus(self, **changes: Any) -> Tail:
        """This tail with one more element: tuples are appended to, the rest replaced."""
        merged: dict[str, Any] = {}
        for name, value in changes.items():
            before = getattr(self, name)
            merged[name] = (*before, *value) if isinstance(before, tuple) else value
        return replace(self, **merged)


@dataclass(frozen=True, slots=True)
class Norm:
    """One reading of a sentence, before its actions and types are known."""

    kind: Kind
    subject: Subject
    doings: tuple[Doing, ...]
    tail: Tail = Tail()
    score: Decimal = Decimal(0)
    approvals: Approvals | None = None
    notes: tuple[str, ...] = ()
