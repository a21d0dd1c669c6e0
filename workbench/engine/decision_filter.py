"""Which decisions a person wants to see: the filter of the feed as typed values that can be printed. Pure.

How a filter is written is told by :mod:`workbench.engine.filter_text`; ``str`` of a filter parses to the same filter
again. May import nothing but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

NameKey: TypeAlias = Literal["agent", "action", "resource", "rule", "code", "version", "severity"]
Outcome: TypeAlias = Literal["allow", "deny", "hold", "violation"]

NAME_KEYS: tuple[NameKey, ...] = ("agent", "action", "resource", "rule", "code", "version", "severity")
KEYS = ("agent", "outcome", "rule", "action", "resource", "severity", "version", "code", "since", "before")
"""Every key, the commonest first."""
OUTCOMES: tuple[Outcome, ...] = ("allow", "deny", "hold", "violation")

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with gaps: the pieces in order, any text between two of them. One piece: exactly that text."""

    pieces: tuple[str, ...]

    @property
    def exact(self) -> str | None:
        """The text that alone fits; ``None`` where there is a gap."""
        return self.pieces[0] if len(self.pieces) == 1 else None

    @property
    def anything(self) -> bool:
        """Whether every text fits."""
        return len(self.pieces) > 1 and not any(self.pieces)

    def fits(self, text: str) -> bool:
        """Whether ``text`` is, as a whole, what the pattern describes."""
        if self.exact is not None:
            return text == self.exact
        first, *inner, last = self.pieces
        if len(first) + len(last) > len(text) or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in inner:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    def within(self, text: str) -> bool:
        """Whether some part of ``text`` fits; A–Z and a–z count as the same."""
        pieces = tuple(folded(piece) for piece in self.pieces)
        return Pattern(("", *pieces, "")).fits(folded(text))

    def __str__(self) -> str:
        return "*".join(_quoted(piece) for piece in self.pieces) if self.pieces != ("",) else '""'


@dataclass(frozen=True, slots=True)
class Named:
    """A column that is one of the patterns."""

    key: NameKey
    patterns: tuple[Pattern, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{'-' * self.negated}{self.key}:{','.join(map(str, self.patterns))}"


@dataclass(frozen=True, slots=True)
class Words:
    """Text somewhere in what the row shows of who, what, on what, and by which rule."""

    patterns: tuple[Pattern, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{'-' * self.negated}{','.join(map(str, self.patterns))}"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was decided; a denial that is a violation is both."""

    outcomes: tuple[Outcome, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{'-' * self.negated}outcome:{','.join(self.outcomes)}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """When it was recorded: at ``moment`` or later (``since``), or earlier than it (``before``).

    ``moment`` is as it was written: seconds before now, seconds since midnight (the last time the clock showed it), or
    a time itself.
    """

    side: Literal["since", "before"]
    moment: Ago | Clock | datetime

    def at(self, now: datetime) -> datetime:
        """The time that is meant at ``now`` (UTC, aware)."""
        if isinstance(self.moment, datetime):
            return self.moment
        if isinstance(self.moment, Ago):
            try:
                return now - timedelta(seconds=self.moment.seconds)
            except OverflowError:
                return datetime.min.replace(tzinfo=UTC)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(seconds=self.moment.seconds)
        return today if today <= now else today - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.side}:{_moment_text(self.moment)}"


@dataclass(frozen=True, slots=True)
class Ago:
    """So many seconds before now."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Clock:
    """So many seconds after midnight, UTC."""

    seconds: int


Term: TypeAlias = Named | Words | Outcomes | Recorded


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Terms that must all hold; none: everything is wanted."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes that the filter asks for, where it is one plain term that does so."""
        found = [term for term in self.terms if isinstance(term, Outcomes)]
        return found[0].outcomes if len(found) == 1 and not found[0].negated else ()

    def one(self, key: NameKey) -> str | None:
        """The one name that a decision must have in a column; ``None`` where several may stand there."""
        for term in self.terms:
            if isinstance(term, Named) and term.key == key and not term.negated and len(term.patterns) == 1:
                return term.patterns[0].exact
        return None

    def with_outcomes(self, *outcomes: Outcome) -> DecisionFilter:
        """The same filter, asking for these outcomes instead of others; for any where none is named."""
        rest = tuple(term for term in self.terms if not isinstance(term, Outcomes))
        return DecisionFilter((Outcomes(outcomes), *rest) if outcomes else rest)


EVERYTHING = DecisionFilter()

_SMALL = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def folded(text: str) -> str:
    """``text`` with A–Z as a–z and everything else as it is: what both databases do as well."""
    return text.translate(_SMALL)


def named(key: NameKey, name: str) -> Named:
    """The term for exactly this name."""
    return Named(key, (Pattern((name,)),))


def _moment_text(moment: Ago | Clock | datetime) -> str:
    if isinstance(moment, datetime):
        text = moment.isoformat().removesuffix("+00:00").replace("T00:00:00", "")
        return text[:-3] if text.count(":") == 2 and text.endswith(":00") else text
    if isinstance(moment, Ago):
        for unit in ("d", "h", "m"):
            if moment.seconds and moment.seconds % UNITS[unit] == 0:
                return f"{moment.seconds // UNITS[unit]}{unit}"
        return f"{moment.seconds}s"
    minutes, seconds = divmod(moment.seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def _quoted(piece: str) -> str:
    """A piece as it must be written: in quotes where a character of it would mean something else."""
    if not piece or (not piece.startswith("-") and not any(char.isspace() or char in '",*:' for char in piece)):
        return piece
    escaped = piece.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
