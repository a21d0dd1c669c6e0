"""Which overlays are in force, from the ledger's entries alone; and who may place or lift one.

Imports ``overlay``, the roster and the time that a revert has. The ledger is the record and a table of overlays only
repeats it: the state is a fold over the entries of kind ``overlay`` (:func:`folded`), which believes nothing that is
not signed by those who may, under the version in force at that entry, with keys that were not held then. An entry body
is {event, id, kind, what, why, by, signers, …}, and

- ``placed`` and ``lifted`` carry ``statement`` and ``signatures`` (``unsigned`` where a key of the roster lies open);
- ``expired`` is what time does by itself, ``promoted`` what a version (``constitution``) does that has forbidden the
  same for so long that no revert can take it back at once;
- ``discarded`` carries a lifting of something that the table listed and no entry had placed.

Time arrives as an argument: ``at`` is always the entry's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from workbench.governance.errors import GovernanceError
from workbench.governance.overlay import Kind, Lifting, Norm, OverlayError, Placing, Stop, statement_of
from workbench.governance.overlay_rules import in_words
from workbench.governance.overlay_signing import Signed, signatures_of, signers
from workbench.governance.revert import REVERT_SECONDS
from workbench.governance.roster import RosterEntry
from workbench.governance.unsigned import open_to_all

OPERATOR, SUPERVISOR = "operator", "supervisor"
LONGEST_STOP = timedelta(days=7)
LONGEST_BRAKE = timedelta(hours=72)
BRAKE_REPEAT = timedelta(days=7)  # within which an operator's next brake needs a second signer
CLAIM_EARLY, CLAIM_LATE = timedelta(hours=24), timedelta(minutes=1)  # how far a claimed time may lie from the entry's
MOST_IN_FORCE = 2_000
STANDS_AFTER = timedelta(seconds=REVERT_SECONDS)  # how long the law must have said what a norm says before that ends

Roster: TypeAlias = Sequence[RosterEntry]
RosterOf: TypeAlias = Callable[[str], Roster]  # of the version with this digest; raises GovernanceError for none
HeadAt: TypeAlias = Callable[[int], str]  # the digest in force when the entry with this number was written
HeldAt: TypeAlias = Callable[[str, int], str]  # a fingerprint, an entry: ``suspended`` or ``revoked`` then, else empty
SaidSince: TypeAlias = Callable[[Norm, str], datetime | None]  # see :func:`folded`
Ending: TypeAlias = Literal["", "lifted", "expired", "promoted"]
EVENTS = ("placed", "lifted", "expired", "promoted", "discarded")


@dataclass(frozen=True, slots=True)
class Standing:
    """An overlay that was placed, and how it ended if it did. ``seq``, ``placed_at``: of its ledger entry.

    ``by``: the uids of those who signed, the one it counts for first; empty where it was taken unsigned.
    """

    placing: Placing
    by: tuple[str, ...]
    seq: int
    placed_at: datetime
    ending: Ending = ""
    ended_at: datetime | None = None
    ended_by: tuple[str, ...] = ()
    ended_why: str = ""

    @property
    def id(self) -> str:
        return self.placing.id

    @property
    def kind(self) -> Kind:
        return self.placing.kind

    def acts(self, now: datetime) -> bool:
        """Whether it is in force at ``now``, even where nobody has noted its end yet."""
        expires = self.placing.expires_at
        return not self.ending and (expires is None or now < expires)


@dataclass(frozen=True, slots=True)
class Register:
    """Every overlay ever placed, by id in order of placing. ``flaws``: (entry, id, why) of what was not believed.

    ``doubtful``: id → why, of placings that are not believed. Such an entry may be a forgery, or a real stop that was
    tampered with in order to end it, so whoever decides must deny until a signer has discarded it.
    """

    standings: Mapping[str, Standing] = field(default_factory=dict)
    flaws: tuple[tuple[int, str, str], ...] = ()
    doubtful: Mapping[str, str] = field(default_factory=dict)

    def in_force(self, now: datetime) -> tuple[Standing, ...]:
        """Those that act at ``now``."""
        return tuple(standing for standing in self.standings.values() if standing.acts(now))


# ---- who may ---------------------------------------------------------------------------------------------------------


def needed(people: int, roster: Roster) -> int:
    """``people`` distinct signers, or as many as the roster has where it has fewer (one person alone governs alone)."""
    return min(people, len({entry.principal for entry in roster if _signs(entry)}) or people)


def _signs(entry: RosterEntry) -> bool:
    return entry.votes and entry.role != "recovery"


def check_placing(
    placing: Placing, people: Sequence[RosterEntry], roster: Roster, standings: Mapping[str, Standing], at: datetime
) -> None:
    """Refuses an overlay that these ``people`` may not place, at the time ``at`` of its entry.

    Raises :class:`OverlayError`: ``replayed``, ``not_fresh``, ``expired``, ``too_long``, ``needs_expiry``,
    ``signature_needed``, ``not_operator``, ``brake_in_force``, ``second_signer_needed``.
    """
    if placing.id in standings:
        raise OverlayError(
            "replayed", f"an overlay `{placing.id}` was placed before; a statement holds once", "sign a new one"
        )
    if not at - CLAIM_EARLY <= placing.placed_at <= at + CLAIM_LATE:
        raise OverlayError("not_fresh", "the statement was not signed just now", "sign it anew")
    match placing.kind:
        case "stop":
            _check_span(placing, at, LONGEST_STOP, "a stop lasts at most 7 days")
        case "brake":
            _check_span(placing, at, LONGEST_BRAKE, "a brake lasts at most 72 hours")
        case "norm" if placing.expires_at is not None:
            raise OverlayError("needs_expiry", "a norm stays until it is repealed, and has no end of its own")
    if not people:
        raise OverlayError("signature_needed", "nobody signed it", "sign with a key that the roster names")
    if placing.kind != "stop" and all(person.role != OPERATOR for person in people):
        said = ", ".join(f"`{person.principal}` is {person.role}" for person in people)
        draft = " or write it into the draft (`--draft`)" if placing.kind == "norm" else ""
        raise OverlayError(
            "not_operator", f"a {placing.kind} needs an operator's signature; {said}", f"ask an operator{draft}"
        )
    if placing.kind == "brake":
        _check_brake(people, roster, standings, at)


def check_room(standings: Mapping[str, Standing], now: datetime) -> None:
    """Refuses one overlay too many. Raises :class:`OverlayError` (``too_many_overlays``)."""
    if sum(1 for standing in standings.values() if standing.acts(now)) >= MOST_IN_FORCE:
        raise OverlayError("too_many_overlays", f"{MOST_IN_FORCE} overlays are in force", "amend the constitution")


def _check_span(placing: Placing, at: datetime, longest: timedelta, said: str) -> None:
    if placing.expires_at is None:
        raise OverlayError("needs_expiry", f"a {placing.kind} must end by itself", "say for how long")
    if placing.expires_at <= max(at, placing.placed_at):
        raise OverlayError("expired", f"the {placing.kind} is over before it begins", "say for how long from now")
    if placing.expires_at - at > longest or placing.expires_at - placing.placed_at > longest:
        raise OverlayError("too_long", said, "what must last longer is an amendment")


def _check_brake(
    people: Sequence[RosterEntry], roster: Roster, standings: Mapping[str, Standing], at: datetime
) -> None:
    operator = next(person.principal for person in people if person.role == OPERATOR)
    check_one_brake(operator, standings, at)
    for standing in _brakes_of(operator, standings):
        if at - standing.placed_at < BRAKE_REPEAT and len(people) < needed(2, roster):
            raise OverlayError(
                "second_signer_needed",
                f"`{operator}` placed the brake `{standing.id}` within the last 7 days",
                "let a second person sign as well",
            )


def check_one_brake(operator: str, standings: Mapping[str, Standing], at: datetime) -> None:
    """Refuses a second brake of one operator (a uid) at a time. Raises :class:`OverlayError` (``brake_in_force``)."""
    for standing in _brakes_of(operator, standings):
        if standing.acts(at):
            raise OverlayError(
                "brake_in_force",
                f"the brake `{standing.id}` of `{operator}` is still in force, and each has one at a time",
                "let another operator brake, or lift that one first",
            )


def _brakes_of(operator: str, standings: Mapping[str, Standing]) -> list[Standing]:
    return [each for each in standings.values() if each.kind == "brake" and each.by[:1] == (operator,)]


def placed_by(people: Sequence[RosterEntry], kind: Kind) -> tuple[str, ...]:
    """The uids of the signers, the one that it counts for first: of a brake or norm, the operator."""
    first = [person for person in people if kind == "stop" or person.role == OPERATOR][:1]
    return tuple(person.principal for person in (*first, *(each for each in people if each not in first)))


def check_lifting(
    lifting: Lifting, people: Sequence[RosterEntry], roster: Roster, standing: Standing | None, at: datetime
) -> None:
    """Refuses a lifting that these ``people`` may not do. ``standing`` is ``None`` for what no entry has placed.

    Stop: one of its signers, or a supervisor. Brake: any two. Norm: an operator. What no entry placed: a supervisor,
    or any two. Raises :class:`OverlayError`: ``not_in_force``, ``not_fresh``, ``signature_needed``, ``not_entitled``,
    ``two_signers_needed``, ``not_operator``.
    """
    if standing is not None and not standing.acts(at):
        ended = standing.ending or "expired"
        raise OverlayError("not_in_force", f"the {standing.kind} `{lifting.id}` is {ended} already")
    if not at - CLAIM_EARLY <= lifting.lifted_at <= at + CLAIM_LATE:
        raise OverlayError("not_fresh", "the statement was not signed just now", "sign it anew")
    if not people:
        raise OverlayError("signature_needed", "nobody signed it", "sign with a key that the roster names")
    enough = len(people) >= needed(2, roster)
    supervised = any(person.role == SUPERVISOR for person in people)
    match standing.kind if standing is not None else None:
        case "stop":
            assert standing is not None
            if not supervised and all(person.principal not in standing.by for person in people):
                whose = ", ".join(f"`{uid}`" for uid in standing.by)
                raise OverlayError("not_entitled", f"a stop is lifted by who placed it ({whose}), or by a supervisor")
        case "brake":
            if not enough:
                raise OverlayError("two_signers_needed", "a brake is lifted by two people", "let another sign too")
        case "norm":
            if all(person.role != OPERATOR for person in people):
                raise OverlayError("not_operator", "a norm is repealed by an operator", "ask an operator")
        case None:
            if not supervised and not enough:
                raise OverlayError("not_entitled", "this takes a supervisor, or two people")


# ---- the fold over the ledger ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry's statement with the people whose signatures hold; ``statement`` is ``None`` for what nobody signs."""

    event: str
    id: str
    statement: Placing | Lifting | None = None
    people: tuple[RosterEntry, ...] = ()
    keys: tuple[str, ...] = ()  # fingerprints
    unsigned: bool = False


def verify_overlay_entry(body: Mapping[str, Any], roster: Roster, swarm_id: str = "") -> Checked:
    """The signed part of a ledger entry of kind ``overlay``, its signatures checked again under ``roster``.

    ``roster``: of the version that the statement names (``body["statement"]["constitution"]``). ``swarm_id``: of this
    swarm; empty to take the statement's own word. Whether these people *may* is for :func:`check_placing` and
    :func:`check_lifting`, which need what stood before, and whether they might *then* is for :func:`folded`, which does
    all of it. Raises :class:`OverlayError`:
    ``entry_form``, ``entry_differs`` (the readable part says something else than the signed one), and those of
    :func:`~workbench.governance.overlay_signing.signers`.
    """
    event, id = body.get("event"), body.get("id")
    if event not in EVENTS or not isinstance(id, str):
        raise OverlayError("entry_form", "the entry is not one about an overlay")
    if event in ("expired", "promoted"):
        return Checked(event, id)
    statement = statement_of(body.get("statement"))
    if isinstance(statement, Placing) != (event == "placed"):
        raise OverlayError("entry_form", f"the statement of the entry is none for `{event}`")
    found = Signed(statement, signatures_of(body.get("signatures")))
    people = signers(found, roster, swarm_id or statement.swarm_id)
    unsigned = not people and body.get("unsigned") is True
    kind = statement.kind if isinstance(statement, Placing) else None
    said = (id, body.get("why"), body.get("signers"), body.get("kind") if kind else None)
    meant = (statement.id, statement.why, list(placed_by(people, kind or "stop")), kind)
    if said != meant:
        raise OverlayError("entry_differs", "what the entry says is not what was signed")
    return Checked(event, id, statement, people, tuple(each.signed_by for each in found.signatures), unsigned)


def folded(
    register: Register,
    entries: Iterable[tuple[int, datetime, Mapping[str, Any]]],
    *,
    swarm_id: str,
    roster_of: RosterOf,
    head_at: HeadAt,
    held_at: HeldAt,
    said_since: SaidSince,
) -> Register:
    """The register after more ``entries`` (each its number, its time, its body). ``said_since``: since when everything
    that a norm forbids has been forbidden, without a break, up to the version with that digest; ``None``: it is not.

    An entry that is not good changes nothing but ``flaws`` and ``doubtful``: a forged lifting lifts nothing. Norms
    without a signature count only under a roster that has a key which lies open: what nobody signed (a setting, a
    column) cannot make signatures needless.
    """
    standings, flaws, doubtful = dict(register.standings), list(register.flaws), dict(register.doubtful)
    for seq, at, body in entries:
        try:
            statement = body.get("statement")
            roster = roster_of(str(statement.get("constitution"))) if isinstance(statement, Mapping) else ()
            entry = verify_overlay_entry(body, roster, swarm_id)
            _check_then(entry, seq, body, head_at, held_at)
            free = entry.unsigned and open_to_all(roster)
            standing = standings.get(entry.id)
            if entry.event == "placed":
                standings[entry.id] = _placed(entry, seq, at, roster, standings, free)
                doubtful.pop(entry.id, None)
            elif entry.event == "discarded":
                _check_discarded(entry, roster, standing, at)
                doubtful.pop(entry.id, None)
                flaws = [flaw for flaw in flaws if flaw[1] != entry.id]  # people have looked at them
            else:
                standings[entry.id] = _ended(entry, roster, standing, at, free, body, said_since)
        except GovernanceError as error:
            said = f"{error.message} ({error.code})"
            id = str(body.get("id"))
            flaws.append((seq, id, said))
            if body.get("event") == "placed" and id not in standings:
                doubtful[id] = said
    return Register(standings, tuple(flaws), doubtful)


def _check_then(entry: Checked, seq: int, body: Mapping[str, Any], head_at: HeadAt, held_at: HeldAt) -> None:
    """Refuses what was said under a version that was not in force at the entry, or with a key that was held then."""
    if entry.event == "expired":
        return
    said = entry.statement.constitution if entry.statement is not None else body.get("constitution")
    if said != head_at(seq):
        raise OverlayError("not_head", "it is said under a version that was not in force when the entry was written")
    for key in entry.keys:
        state = held_at(key, seq)
        if state:
            raise OverlayError(f"key_{state}", f"{key} was {state} when the entry was written")


def _placed(
    entry: Checked, seq: int, at: datetime, roster: Roster, standings: Mapping[str, Standing], free: bool
) -> Standing:
    assert isinstance(entry.statement, Placing)
    if not (free and entry.statement.kind == "norm" and entry.id not in standings):
        check_placing(entry.statement, entry.people, roster, standings, at)
    return Standing(entry.statement, placed_by(entry.people, entry.statement.kind), seq, at)


def _check_discarded(entry: Checked, roster: Roster, standing: Standing | None, at: datetime) -> None:
    assert isinstance(entry.statement, Lifting)
    if standing is not None:
        raise OverlayError("entry_form", f"`{entry.id}` was placed, and cannot be discarded")
    check_lifting(entry.statement, entry.people, roster, None, at)


def _ended(
    entry: Checked,
    roster: Roster,
    standing: Standing | None,
    at: datetime,
    free: bool,
    body: Mapping[str, Any],
    said_since: SaidSince,
) -> Standing:
    if standing is None or standing.ending:
        raise OverlayError("entry_form", f"`{entry.id}` is not in force, and so cannot end")
    if entry.event == "lifted":
        assert isinstance(entry.statement, Lifting)
        if not (free and standing.kind == "norm"):
            check_lifting(entry.statement, entry.people, roster, standing, at)
        by = placed_by(entry.people, "stop")
        return replace(standing, ending="lifted", ended_at=at, ended_by=by, ended_why=entry.statement.why)
    if entry.event == "expired":
        expires = standing.placing.expires_at
        if expires is None or at < expires:
            raise OverlayError("entry_form", f"`{entry.id}` is said to be over before its time")
        return replace(standing, ending="expired", ended_at=at)
    norm = standing.placing.content
    if not isinstance(norm, Norm):
        raise OverlayError("entry_form", f"`{entry.id}` is no norm, and cannot be taken into a version")
    since = said_since(norm, str(body.get("constitution")))
    if since is None:
        raise OverlayError("not_promoted", f"the version that is said to forbid what `{entry.id}` forbids does not")
    if not outlasted(since, at):
        raise OverlayError("not_promoted", f"what `{entry.id}` forbids could still be taken back by a revert")
    return replace(standing, ending="promoted", ended_at=at, ended_why=str(body.get("why", "")))


def outlasted(since: datetime, at: datetime) -> bool:
    """Whether what the law has said ``since`` then can at ``at`` no more be taken back by a revert without waiting."""
    return at - since > STANDS_AFTER


def described(content: Any) -> str:
    """What an overlay does, in words: ``agent Agent::"nora"``, ``every decision``, the sentence of a norm or, where it
    has none, what its rules say."""
    if isinstance(content, Stop):
        return f"{content.target} {content.name}" if content.name else "every decision"
    if getattr(content, "cedar_plus", None) is not None:
        return content.english or in_words(content.cedar_plus)[:200]
    parts = [f"without {', '.join(rule.id for rule in content.without)}"] if content.without else []
    if content.forbids:
        parts.append(" ".join(content.forbids.split())[:200])
    if content.replaces:
        ids = ", ".join(rule.id for rule in content.replaces)
        parts.append(f"in place of {ids}: {' '.join(content.instead.split())[:200]}")
    return "; ".join(parts)
