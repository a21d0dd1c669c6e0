"""Overlays as statements to be signed: a stop, a brake, a run-time norm, and the lifting of one.

Imports the field types and the engine's uids. A placing says {act, swarm_id, id, kind, content, why, placed_at,
expires_at, constitution}, a lifting {act, swarm_id, id, why, lifted_at, constitution}; ``overlay_signing`` signs their
canonical bytes, each under a payload type of its own. ``constitution`` is the digest of the version in force, whose
roster says who the signers are; so a statement holds for one swarm, one id and the time of one version. ``placed_at``
and ``lifted_at`` are the signer's claim; what counts is the time of the ledger entry that carries the statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from workbench.engine.request import RequestError, as_uid
from workbench.governance.artifact import validated
from workbench.governance.canonical import canonical_bytes
from workbench.governance.errors import GovernanceError
from workbench.governance.fields import Digest, Frozen, Instant, SwarmId
from workbench.governance.times import floored, format_time
from workbench.governance.wording import check_text

OVERLAY_TYPE = "application/vnd.concord.overlay.v1+json"
LIFT_TYPE = "application/vnd.concord.overlay-lift.v1+json"
MAX_WHY = 500  # characters
MAX_TEXT = 16 * 1024  # characters of a brake's or a norm's text
MAX_NAME = 1_024  # characters of the uid that a stop names
MAX_WITHOUT = 200  # rules that one brake takes away
MAX_SIGNERS = 16
MAX_ENVELOPE = 256 * 1024
_ID = re.compile(r"[0-9a-f]{8,32}")

Kind: TypeAlias = Literal["stop", "brake", "norm"]
Target: TypeAlias = Literal["agent", "action", "all"]
Basis: TypeAlias = Literal["structure", "proved"]  # how a brake is known to tighten: by its form, or by a proof


class OverlayError(GovernanceError):
    """An overlay that may not be placed, may not be lifted, or is not what it says."""


# ---- what is placed --------------------------------------------------------------------------------------------------


class Stop(Frozen):
    """Decisions of one agent, of one action (or group of actions), or all are denied. ``name``: its uid, or empty."""

    target: Target
    name: str = ""


class TakenAway(Frozen):
    """A rule that a brake takes away or replaces, by its id and by the digest (64 hex digits) of what it meant then."""

    id: str
    digest: str


class Brake(Frozen):
    """Forbids added, as Cedar+ text, and permits taken away; ``basis`` says how it is known only to tighten.

    Only under the basis ``proved``: ``replaces``, permits and forbids in whose place the permits and forbids of
    ``instead`` (Cedar+ text) stand. The proof is no part of the statement: whoever takes the brake in makes it anew.
    """

    forbids: str = ""
    without: tuple[TakenAway, ...] = ()
    basis: Basis = "structure"
    replaces: tuple[TakenAway, ...] = ()
    instead: str = ""


class Norm(Frozen):
    """A forbid added at run time: the Cedar+ text that acts, and the sentence it was compiled from, if it was."""

    cedar_plus: str
    english: str = ""


class Placing(Frozen):
    """The statement that places an overlay. Make one with :func:`placing`."""

    swarm_id: SwarmId
    id: str
    kind: Kind
    content: Stop | Brake | Norm
    why: str
    placed_at: Instant
    expires_at: Instant | None
    constitution: Digest

    def statement(self) -> dict[str, Any]:
        """The mapping whose canonical bytes are signed."""
        return {
            "act": "place",
            "swarm_id": self.swarm_id,
            "id": self.id,
            "kind": self.kind,
            "content": content_json(self.content),
            "why": self.why,
            "placed_at": format_time(self.placed_at),
            "expires_at": None if self.expires_at is None else format_time(self.expires_at),
            "constitution": self.constitution,
        }

    @property
    def payload_type(self) -> str:
        """What DSSE calls the statement."""
        return OVERLAY_TYPE


class Lifting(Frozen):
    """The statement that ends an overlay. Make one with :func:`lifting`."""

    swarm_id: SwarmId
    id: str
    why: str
    lifted_at: Instant
    constitution: Digest

    def statement(self) -> dict[str, Any]:
        """The mapping whose canonical bytes are signed."""
        return {
            "act": "lift",
            "swarm_id": self.swarm_id,
            "id": self.id,
            "why": self.why,
            "lifted_at": format_time(self.lifted_at),
            "constitution": self.constitution,
        }

    @property
    def payload_type(self) -> str:
        """What DSSE calls the statement."""
        return LIFT_TYPE


Statement: TypeAlias = Placing | Lifting
_CONTENTS: Mapping[str, type[Frozen]] = {"stop": Stop, "brake": Brake, "norm": Norm}
_ACTS: Mapping[str, type[Statement]] = {"place": Placing, "lift": Lifting}


def content_json(content: Stop | Brake | Norm) -> dict[str, Any]:
    """What is placed, as a statement says it."""
    match content:
        case Stop():
            return {"target": content.target, "name": content.name}
        case Brake():
            said: dict[str, Any] = {
                "forbids": content.forbids,
                "without": [_named_rule(rule) for rule in content.without],
                "basis": content.basis,
            }
            if content.basis == "proved":  # a statement by structure keeps the bytes that it always had
                said |= {"replaces": [_named_rule(rule) for rule in content.replaces], "instead": content.instead}
            return said
        case Norm():
            return {"cedar_plus": content.cedar_plus, "english": content.english}


def _named_rule(rule: TakenAway) -> dict[str, str]:
    return {"id": rule.id, "digest": rule.digest}


def placing(
    *,
    swarm_id: str,
    id: str,
    content: Stop | Brake | Norm,
    why: str,
    placed_at: datetime,
    expires_at: datetime | None,
    constitution: str,
) -> Placing:
    """A placing whose every field may stand in one.

    Raises :class:`OverlayError`: ``why_missing``, ``why_too_long``, ``text_too_long``, ``overlay_id``, ``stop_target``,
    ``too_long`` (a name), ``too_many_rules``, ``basis`` (a brake whose basis is not that of its kind); and the code of
    a text that hides something (``bidi_control``, ``control_character`` …).
    """
    kind = next(name for name, form in _CONTENTS.items() if isinstance(content, form))
    _check_said(id, why, content)
    found: Placing = validated(
        Placing,
        {
            "swarm_id": swarm_id,
            "id": id,
            "kind": kind,
            "content": content,
            "why": why.strip(),
            "placed_at": floored(placed_at),
            "expires_at": None if expires_at is None else floored(expires_at),
            "constitution": constitution,
        },
    )
    return found


def lifting(*, swarm_id: str, id: str, why: str, lifted_at: datetime, constitution: str) -> Lifting:
    """A lifting whose every field may stand in one. Raises :class:`OverlayError` as :func:`placing` does."""
    _check_said(id, why, None)
    found: Lifting = validated(
        Lifting,
        {
            "swarm_id": swarm_id,
            "id": id,
            "why": why.strip(),
            "lifted_at": floored(lifted_at),
            "constitution": constitution,
        },
    )
    return found


def _check_said(id: str, why: str, content: Stop | Brake | Norm | None) -> None:
    """Refuses what would mislead a reader, or have no bounds, whoever signed it."""
    if _ID.fullmatch(id) is None:
        raise OverlayError("overlay_id", f"`{id[:40]}` is not the id of an overlay", "8 to 32 hexadecimal digits")
    if not why.strip():
        raise OverlayError("why_missing", "an overlay says why", 'say it in a sentence, with `--why "…"`')
    if len(why.strip()) > MAX_WHY:
        raise OverlayError("why_too_long", f"the reason has {len(why)} characters, more than {MAX_WHY}")
    check_text(why, "reason")
    match content:
        case Stop(target="all"):
            if content.name:
                raise OverlayError("stop_target", "a stop of all names nothing else")
        case Stop():
            _check_name(content.name)
        case Brake():
            _check_source(content.forbids)
            _check_source(content.instead)
            if len(content.without) > MAX_WITHOUT or len(content.replaces) > MAX_WITHOUT:
                raise OverlayError("too_many_rules", f"a brake takes away or replaces at most {MAX_WITHOUT} rules")
            for rule in (*content.without, *content.replaces):
                check_text(rule.id, "rule id")
            if (content.basis == "proved") != bool(content.replaces and content.instead.strip()):
                raise OverlayError(
                    "basis",
                    f"the brake is said to tighten by `{content.basis}`, and is not of that kind",
                    "`proved` is what replaces rules by others, and `structure` everything else",
                )
        case Norm():
            _check_source(content.cedar_plus)
            _check_source(content.english)


def check_length(name: str) -> None:
    """Refuses a name that no screen could show. Raises :class:`OverlayError` (``too_long``)."""
    if len(name) > MAX_NAME:
        raise OverlayError(
            "too_long",
            f"the name `{name[:40]}…` has {len(name)} characters, more than {MAX_NAME}",
            "`workbench stop all` meets everyone, whatever they are called",
        )


def _check_name(name: str) -> None:
    """Any uid at all, in the spelling of the engine: whoever chose a strange id must not thereby escape a stop."""
    check_length(name)
    try:
        spelled = str(as_uid(name))
    except RequestError as error:
        raise OverlayError("stop_target", str(error), 'write it as `Agent::"nora"`') from error
    if spelled != name:
        raise OverlayError("stop_target", f"`{name[:80]}` is not how that entity is written", f"write `{spelled}`")


def _check_source(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise OverlayError(
            "text_too_long", f"the text has {len(text)} characters, more than {MAX_TEXT}", "amend the constitution"
        )
    check_text(text, "text")


def statement_of(value: Any) -> Statement:
    """A statement from the mapping that was signed, accepted only in exactly that form.

    Raises :class:`OverlayError` (``statement_form``) or the code of the field that is wrong.
    """
    if not isinstance(value, Mapping) or _ACTS.get(str(value.get("act"))) is None:
        raise OverlayError("statement_form", "this is not a statement about an overlay")
    fields = {name: item for name, item in value.items() if name != "act"}
    made: Statement
    if value["act"] == "place":
        form = _CONTENTS.get(str(fields.get("kind")))
        if form is None or not isinstance(fields.get("content"), Mapping):
            raise OverlayError("statement_form", "the statement places nothing that is known")
        fields["content"] = validated(form, dict(fields["content"]))
        made = validated(Placing, fields)
        _check_said(made.id, made.why, made.content)
    else:
        made = validated(Lifting, fields)
        _check_said(made.id, made.why, None)
    written, said = canonical_bytes(value), made.statement()
    if not _same(said, value) and canonical_bytes(said) != written:
        raise OverlayError("statement_form", "the statement is not written in its one form")
    return made


def _same(one: Any, other: Any) -> bool:
    """Whether two plain values are the same in every type, and so have the same bytes; cheaper than those bytes."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
