"""What the audit returns to faces: why a decision came out as it did, its proof, what was redacted. Frozen values.

Times are aware UTC datetimes; texts are data, never markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.service.governing_views import CaseView, OverlayView
from workbench.service.views import EventDetail


@dataclass(frozen=True, slots=True)
class Approval:
    """A vote on the version that decided. ``received_at``: when the ledger key witnessed it."""

    principal: str
    role: str
    verdict: Literal["approve", "reject"]
    fingerprint: str
    signed_at: datetime
    received_at: datetime | None
    comment: str


@dataclass(frozen=True, slots=True)
class DecidedUnder:
    """The version that decided, since when it was in force, and who voted on it."""

    version: str
    digest: str
    summary: str
    in_force_since: datetime | None
    approvals: tuple[Approval, ...]


@dataclass(frozen=True, slots=True)
class Redecision:
    """The same request decided again, under the same version, overlays and recorded data.

    ``status``: ``equal``, ``differs``, or ``not_replayable`` where ``message`` says why. The rest is what came out now,
    empty where nothing did.
    """

    status: Literal["equal", "differs", "not_replayable"]
    message: str
    outcome: str = ""
    code: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """That the receipt is in the ledger as signed: RFC 9162 inclusion of leaf ``index`` in ``size`` leaves.

    ``checkpoint`` is the signed envelope. ``verified``: signature and path, on the spot; ``message`` says what, or why
    not.
    """

    verified: bool
    message: str
    index: int
    size: int = 0
    root: str = ""
    path: tuple[str, ...] = ()
    signed_at: datetime | None = None
    signed_by: str = ""
    checkpoint: str = ""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Who had what a decision asked erased, and why; ``entry`` is the ledger's."""

    entry: int
    at: datetime
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Why:
    """Everything about one decision. ``overlays``: those that acted; ``opened``: cases that it opened; ``used``: those
    whose grants it used up."""

    event: EventDetail
    under: DecidedUnder
    redecision: Redecision
    overlays: tuple[OverlayView, ...]
    opened: tuple[CaseView, ...]
    used: tuple[CaseView, ...]
    proof: Proof
    erased: Erasure | None = None


@dataclass(frozen=True, slots=True)
class Redacted:
    """What a redaction did. ``events`` were erased now, ``already`` before; ``entry`` is the ledger's, 0 where none was
    needed. ``overwritten``: whether the erased bytes are gone from the database file too; ``message`` says what is not.
    """

    events: tuple[int, ...]
    already: tuple[int, ...]
    cases: int
    entry: int
    overwritten: bool
    message: str
