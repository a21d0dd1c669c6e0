"""What governance at run time returns to faces: overlays, cases, credentials, the timeline. Frozen values, no sessions.

Times are aware UTC datetimes; texts are data, never markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from workbench.service.views import RuleView, Seat


@dataclass(frozen=True, slots=True)
class Behind:
    """A draft with work of its own, written on version ``base``, while ``in_force`` has replaced that.

    ``taken_back``: ids of rules that it still has as they were, and that have been in force and are not any more.
    """

    base: str
    in_force: str
    taken_back: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The state of the draft as a sentence without its full stop."""
        said = f"the draft is based on {self.base}; {self.in_force} is in force since"
        if not self.taken_back:
            return said
        names = ", ".join(f"`{name}`" for name in self.taken_back[:3])
        more = f" and {len(self.taken_back) - 3} more" if len(self.taken_back) > 3 else ""
        return f"{said}; it still has {names}{more}, which {'was' if len(self.taken_back) == 1 else 'were'} taken back"


@dataclass(frozen=True, slots=True)
class SignWith:
    """Which key signs: a private key file with its passphrase, or a key that ssh-agent holds (its ``SHA256:…``)."""

    key_path: str = ""
    passphrase: str = field(default="", repr=False)
    agent: str = ""


@dataclass(frozen=True, slots=True)
class OverlayView:
    """Something that only forbids, at once and for a while, beside the signed version.

    ``what`` says in words what it does (``agent Agent::"nora"``); ``cedar_plus`` is the text of a brake's or norm's
    forbids; ``without`` the ids of permits that a brake takes away. ``expires_at`` is ``None`` for a norm.
    ``placed_by`` is who it counts for, ``signers`` all who signed (``signed``: false in an unsigned
    workspace, whose key is open to all).
    ``ending``: how it ended (``""`` while it stands; ``promoted`` once a version has said the same for long).
    ``doubt``: why it cannot be believed, so that everything is denied; empty for one that is as it should be.
    ``basis``: how a brake is known only to tighten; ``replaces``, ``instead``: ids of the rules that one of the basis
    ``proved`` replaces, and the text that stands in their place.
    """

    id: str
    kind: Literal["stop", "brake", "norm"]
    state: Literal["in_force", "lifted", "expired"]
    what: str
    why: str
    placed_by: str
    placed_at: datetime
    expires_at: datetime | None
    cedar_plus: str = ""
    without: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    ended_at: datetime | None = None
    english: str = ""
    signers: tuple[str, ...] = ()
    signed: bool = True
    ending: Literal["", "lifted", "expired", "promoted"] = ""
    ended_why: str = ""
    event: int = 0  # ledger number of the entry that placed it
    voided: int = 0  # grants that a stop voided, where it was placed just now
    doubt: str = ""
    replaces: tuple[str, ...] = ()
    instead: str = ""
    basis: Literal["", "structure", "proved"] = ""
    rules: tuple[str, ...] = ()  # by what decisions name it: ``norm:3f9a2c7e``, or the content ids of norms


@dataclass(frozen=True, slots=True)
class CaseVoteView:
    """A vote on a case. ``stage`` 0 before the first escalation; votes of earlier stages do not count any more."""

    principal: str
    verdict: Literal["approve", "reject"]
    at: datetime
    comment: str = ""
    stage: int = 0
    counted: bool = True
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """That a case went from one procedure's requirement to another's."""

    at: datetime
    from_procedure: str
    to_procedure: str
    why: Literal["timeout", "rejection"]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A request that waits for one procedure.

    ``state``: ``open``, ``granted`` (usable between ``usable_from`` and ``usable_until``, once), ``used``, ``denied``
    (rejected), ``expired`` (nobody answered in time, or the grant was not used), ``void`` (another version came into
    force, or a stop). ``requirement``: the procedure whose seats count now. ``deadline``: when the open case times out.
    """

    id: str
    procedure: str
    requirement: str
    state: Literal["open", "granted", "used", "denied", "expired", "void"]
    requester: str
    action: str
    resource: str
    context: Mapping[str, Any]
    english: str
    seats: tuple[Seat, ...]
    votes: tuple[CaseVoteView, ...]
    escalations: tuple[Escalation, ...]
    opened_at: datetime
    deadline: datetime | None
    usable_from: datetime | None
    usable_until: datetime | None
    version: str
    event: int  # ledger number of the decision that opened it
    used_by: int | None = None  # ledger number of the decision that used the grant
    reason: str = ""  # in words, where it came to rest, or what is wrong with it
    redacted: bool = False
    changed: bool = False  # its row is not as the ledger has it: nobody votes on it, and it releases nothing


@dataclass(frozen=True, slots=True)
class CredentialView:
    """What proves a principal. Never the token or a private key itself. ``role``: under which the principal signs here
    (``operator``); empty for who does not, as agents."""

    id: str
    principal: str
    kind: Literal["key", "token"]
    label: str  # the key's fingerprint, or the token's name
    state: Literal["active", "suspended", "revoked"]
    created_at: datetime
    role: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One happening in the ledger that is no decision, as History lists it.

    ``kind`` is the ledger's (``genesis``, ``proposal``, ``vote``, ``state``, ``activation``, ``overlay``, ``case``,
    ``directory``, ``fact``, ``clock``, ``checkpoint``, ``key``, …); ``subject`` a digest, id or version to open.
    """

    seq: int
    at: datetime
    kind: str
    title: str
    subject: str
    hash: str
    body: Mapping[str, Any]
    prev: str = ""  # hash of the entry before


@dataclass(frozen=True, slots=True)
class RuleOrigin:
    """A rule of a version, and the first version of the chain since which it means and does exactly this."""

    rule: RuleView
    since: str
