"""The filter language of the feed: what people write, read into a :class:`DecisionFilter`. Pure.

    filter = { term }                                       all of them must hold; blanks stand between them
    term   = [ "-" ] ( key ":" value { "," value } | value { "," value } )          "-": it must not hold
    key    = "agent" | "outcome" | "rule" | "action" | "resource" | "severity" | "version" | "code" | "since" | "before"
    value  = { piece }                                      any of the values of a term will do
    piece  = one or more of: "*" (any text, also none) | text in quotes | any other character but blank , and "
    quotes = '"' { any character, with \\" for " and \\\\ for \\ } '"'         nothing within quotes is special

``agent:a3``, ``rule:R*``, ``-action:read,list``. Without a key, words are sought within what the row shows (agent,
action, resource, rule, outcome, severity, code), where A–Z and a–z count as the same; after a key, a value is the
whole name, as it is written. ``outcome``: ``allow``, ``deny`` (violations are among them), ``hold``, ``violation``;
``since`` and ``before`` (one value, when it was recorded, UTC): ``90s``, ``10m``, ``4h``, ``2d`` ago; ``09:30``, the
last time the clock showed it; ``2026-03-16``; ``2026-03-16T09:30``.

May import values of :mod:`workbench.language`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Literal, cast

from workbench.engine.decision_filter import (
    KEYS,
    OUTCOMES,
    UNITS,
    Ago,
    Clock,
    DecisionFilter,
    Named,
    NameKey,
    Outcome,
    Outcomes,
    Pattern,
    Recorded,
    Term,
    Words,
)
from workbench.language.annotations import SEVERITIES

LONGEST = 2_000  # code points of a filter
MOST_TERMS = 40
MOST_VALUES = 100  # of one term

_SAYINGS: dict[str, Outcome] = {
    "allowed": "allow", "permit": "allow", "permitted": "allow", "denied": "deny", "held": "hold",
    "violations": "violation",
}  # fmt: skip
_LARGEST = 10**9  # of a number before a unit; a thousand million days end no calendar


class FilterError(ValueError):
    """A text that is no filter.

    ``start`` and ``end`` say where in the text. Codes: ``filter_too_long``, ``filter_open_quote``, ``filter_no_value``,
    ``filter_unknown_key``, ``filter_unknown_outcome``, ``filter_unknown_severity``, ``filter_no_time``,
    ``filter_one_value``, ``filter_too_many``.
    """

    def __init__(self, code: str, message: str, help: str, start: int, end: int) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help
        self.start, self.end = start, end


def parse_filter(text: str) -> DecisionFilter:
    """The filter that ``text`` is. Raises :class:`FilterError`."""
    if len(text) > LONGEST:
        raise FilterError(
            "filter_too_long", f"the filter has {len(text):,} characters; {LONGEST:,} are the most", "shorten it",
            LONGEST, len(text),
        )  # fmt: skip
    terms = tuple(_term(word) for word in _split(text))
    if len(terms) > MOST_TERMS:
        raise FilterError(
            "filter_too_many", f"the filter has {len(terms)} terms; {MOST_TERMS} are the most",
            "join values with commas: `agent:a1,a2`", 0, len(text),
        )  # fmt: skip
    return DecisionFilter(terms)


@dataclass(frozen=True, slots=True)
class _Char:
    """A character of the text, where it stands, and whether quotes took from it any meaning of its own."""

    char: str
    at: int
    plain: bool


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands between two blanks. ``quotes``: where quotes opened, so that ``""`` is a value."""

    chars: tuple[_Char, ...]
    quotes: tuple[int, ...]
    start: int
    end: int


def _split(text: str) -> Iterator[_Word]:
    """The words of a text; blanks within quotes part nothing."""
    chars: list[_Char] = []
    quotes: list[int] = []
    at, start = 0, -1
    while at <= len(text):
        char = text[at] if at < len(text) else " "
        if char == '"' and at < len(text):
            start = at if start < 0 else start
            quotes.append(at)
            at = _within_quotes(text, at, chars)
            continue
        if char.isspace():
            if start >= 0:
                yield _Word(tuple(chars), tuple(quotes), start, at)
            chars, quotes, start = [], [], -1
        else:
            start = at if start < 0 else start
            chars.append(_Char(char, at, plain=True))
        at += 1


def _within_quotes(text: str, opened: int, chars: list[_Char]) -> int:
    """Take what stands in the quotes that open at ``opened``; the place after them."""
    at = opened + 1
    while at < len(text):
        char = text[at]
        if char == '"':
            return at + 1
        if char == "\\" and text[at + 1 : at + 2] in ('"', "\\") and at + 1 < len(text):
            at += 1
            char = text[at]
        chars.append(_Char(char, at, plain=False))
        at += 1
    raise FilterError(
        "filter_open_quote", f"the quote at character {opened + 1} is never closed", 'close it with `"`',
        opened, len(text),
    )  # fmt: skip


def _term(word: _Word) -> Term:
    chars = list(word.chars)
    negated = bool(chars) and chars[0] == _Char("-", word.start, plain=True)
    if negated:
        chars = chars[1:]
    colon = next((index for index, each in enumerate(chars) if each.plain and each.char == ":"), None)
    if not colon or any(quote < chars[colon].at for quote in word.quotes):  # 0: no key stands before it
        return Words(_patterns(chars, word, word.start + negated, "a word"), negated)
    key = "".join(each.char for each in chars[:colon]).lower()
    values = chars[colon + 1 :]
    if key in ("since", "before"):
        return _recorded(cast('Literal["since", "before"]', key), values, word, negated)
    if key not in KEYS:
        raise _unknown_key(key, word)
    patterns = _patterns(values, word, chars[colon].at + 1, f"`{key}:`")
    if key == "outcome":
        return Outcomes(tuple(dict.fromkeys(_outcome(pattern, word) for pattern in patterns)), negated)
    if key == "severity":
        patterns = tuple(_severity(pattern, word) for pattern in patterns)
    if key == "version":
        patterns = tuple(_version(pattern) for pattern in patterns)
    return Named(cast(NameKey, key), patterns, negated)


def _patterns(chars: list[_Char], word: _Word, first: int, what: str) -> tuple[Pattern, ...]:
    """The values of a term, parted by commas that stand in no quotes; the first begins at ``first``."""
    parts: list[list[_Char]] = [[]]
    begins = [first]
    for each in chars:
        if each.plain and each.char == ",":
            parts.append([])
            begins.append(each.at + 1)
        else:
            parts[-1].append(each)
    ends = [*(begin - 1 for begin in begins[1:]), word.end]
    if len(parts) > MOST_VALUES:
        raise FilterError(
            "filter_too_many", f"{what} has {len(parts)} values; {MOST_VALUES} are the most", "use `*` for many names",
            word.start, word.end,
        )  # fmt: skip
    found = []
    for part, begin, end in zip(parts, begins, ends, strict=True):
        if not part and not any(begin <= quote < end for quote in word.quotes):
            hint = "go on with a name, `a*`, or `a,b`" if ":" in what else "write what to look for"
            raise FilterError("filter_no_value", f"{what} has no value yet", hint, begin, end)
        pieces = [""]
        for each in part:
            if each.plain and each.char == "*":
                if len(pieces) == 1 or pieces[-1]:  # `**` says no more than `*`
                    pieces.append("")
            else:
                pieces[-1] += each.char
        found.append(Pattern(tuple(pieces)))
    return tuple(found)


def _unknown_key(key: str, word: _Word) -> FilterError:
    near = get_close_matches(key, KEYS, n=1)
    text = key[:40]
    meant = f"did you mean `{near[0]}:`? Or" if near else f"keys are {', '.join(KEYS)}; or"
    return FilterError(
        "filter_unknown_key", f"there is no key `{text}`", f'{meant} quote it, to look for the text: "{text}:…"',
        word.start, word.start + len(key) + 1,
    )  # fmt: skip


def _outcome(pattern: Pattern, word: _Word) -> Outcome:
    text = (pattern.exact or "").lower()
    said = _SAYINGS.get(text, text)
    if said not in OUTCOMES:
        near = get_close_matches(text, [*OUTCOMES, *_SAYINGS], n=1)
        meant = f"did you mean `{_SAYINGS.get(near[0], near[0])}`? " if near else ""
        raise FilterError(
            "filter_unknown_outcome", f"`{str(pattern)[:40]}` is no outcome",
            f"{meant}outcomes are allow, deny, hold and violation", word.start, word.end,
        )  # fmt: skip
    return said


def _severity(pattern: Pattern, word: _Word) -> Pattern:
    pattern = Pattern(tuple(piece.lower() for piece in pattern.pieces))
    if pattern.exact is not None and pattern.exact not in SEVERITIES:
        raise FilterError(
            "filter_unknown_severity", f"`{pattern.exact[:40]}` is no severity",
            f"severities are {', '.join(SEVERITIES)}", word.start, word.end,
        )  # fmt: skip
    return pattern


def _version(pattern: Pattern) -> Pattern:
    """Versions are shown with a ``v`` before the number, and written so too."""
    first = pattern.pieces[0]
    if first[:1] in ("v", "V") and (first[1:2].isdigit() or (first[1:] == "" and len(pattern.pieces) > 1)):
        return replace(pattern, pieces=(first[1:], *pattern.pieces[1:]))
    return pattern


def _recorded(side: Literal["since", "before"], chars: list[_Char], word: _Word, negated: bool) -> Recorded:
    text = "".join(each.char for each in chars)
    if not text:
        raise FilterError(
            "filter_no_value", f"`{side}:` has no time yet", "write 10m, 09:30, 2026-03-16 or 2026-03-16T09:30",
            word.end, word.end,
        )  # fmt: skip
    if "," in text:
        raise FilterError(
            "filter_one_value", f"`{side}:` takes one time", "join `since:` and `before:` for a span",
            word.start, word.end,
        )  # fmt: skip
    moment = _moment(text)
    if moment is None:
        raise FilterError(
            "filter_no_time", f"`{text[:40]}` is no time",
            "write 10m (ago), 09:30 (UTC), 2026-03-16 or 2026-03-16T09:30", word.start, word.end,
        )  # fmt: skip
    if negated:
        side = "before" if side == "since" else "since"
    return Recorded(side, moment)


def _moment(text: str) -> Ago | Clock | datetime | None:
    text = text.upper().removesuffix("Z")
    number, unit = text[:-1], text[-1:].lower()
    if unit in UNITS and number.isascii() and number.isdigit():
        return Ago(int(number) * UNITS[unit]) if len(number) <= 9 and int(number) < _LARGEST else None
    if not text.isascii() or not set(text) <= set("0123456789-:T"):
        return None
    day, _, hour = text.partition("T") if "-" in text else ("", "", text)
    seconds: float = 0
    if hour:
        parts = hour.split(":")
        whole = len(parts) in (2, 3) and all(len(part) == 2 and part.isdigit() for part in parts)
        numbers = [int(part) for part in parts] if whole else []
        if not numbers or numbers[0] > 23 or any(number > 59 for number in numbers[1:]):
            return None
        seconds = sum(number * size for number, size in zip(numbers, (3600, 60, 1), strict=False))
    if not day:
        return Clock(int(seconds)) if hour else None
    if len(day) != 10 or (text.endswith("T") and not hour):
        return None
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(seconds=seconds)
    except ValueError:
        return None
