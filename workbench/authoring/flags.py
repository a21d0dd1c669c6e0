"""Ways to say that a yes-or-no attribute holds, or does not: "the file is archived", "the request has a truce". Pure.

Offers wordings by the form of the words alone; who uses them sees to it that the grammar reads them as the attribute.
Imports the words of English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.authoring.languages.english import english

_WHEN = frozenset(("today", "this", "last", "per", "in", "week", "hour", "day", "month", "minute", "left", "remaining"))


def wordings(noun: str, phrases: Sequence[str], negated: bool) -> Iterator[str]:
    """Clauses that say it of ``noun`` ("the ticket"), by each of the attribute's ``phrases``, the likeliest first."""
    for phrase in phrases:
        words = phrase.split()
        if words:
            yield from _by(noun, words, negated)


def _by(noun: str, words: list[str], negated: bool) -> Iterator[str]:
    first, last, rest = words[0], words[-1], " ".join(words[1:])
    no = " not" if negated else ""
    be = next((place for place, word in enumerate(words) if word in english().copula.is_), -1)
    if be == 0 and len(words) == 2 and not is_quality(last):  # "is a contractor"
        yield f"{noun} is{no} {'an' if rest[0] in 'aeiou' else 'a'} {rest}"
    if be == 0:  # "is blocked"
        yield f"{noun} is{no} {rest}"
    elif 0 < be < len(words) - 1:  # "checks are green"
        yield f"{of(noun)} {' '.join(words[: be + 1])}{no} {' '.join(words[be + 1 :])}"
    elif first in english().flag.verbs and rest:  # "contains personal data"
        yield f"{noun} does not {english().flag.verbs[first]} {rest}" if negated else f"{noun} {first} {rest}"
    elif first in english().article.a and rest:  # "a verified identity"
        yield f"{noun} has no {rest}" if negated else f"{noun} has {' '.join(words)}"
    elif first in english().article.the and is_quality(last):  # "the customer consented"
        yield f"it is not the case that {' '.join(words)}" if negated else " ".join(words)
    elif (len(words) == 1 and is_quality(first)) or (
        len(words) > 1 and first in english().flag.relating
    ):  # "archived", "on call"
        yield f"{noun} is{no} {' '.join(words)}"
    elif len(words) > 1 and is_quality(last):  # "checks green"
        yield f"{of(noun)} {' '.join(words[:-1])} {'are' if is_plural(words[-2]) else 'is'}{no} {last}"
    elif len(words) > 1 and is_plural(last):  # "green tests"
        yield f"{noun} has {'no ' if negated else ''}{' '.join(words)}"


def of(noun: str) -> str:
    """ "the ticket's", "the customers'"."""
    return f"{noun}'" if is_plural(noun.rsplit(" ", 1)[-1]) else f"{noun}'s"


def is_plural(word: str) -> bool:
    """Whether a word looks like a plural."""
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))


def is_many(noun: str) -> bool:
    """Whether a noun phrase takes "are": "the agent's tags", "the request's refunds today"."""
    words = noun.split()
    while len(words) > 1 and words[-1] in _WHEN and not words[-2].endswith(("'", "'s")):
        words.pop()
    return is_plural(words[-1])


def is_quality(word: str) -> bool:
    """Whether a word looks like what something is rather than what it has."""
    flag = english().flag
    alike = word.endswith(flag.quality_endings) and not word.endswith(flag.no_quality_endings)
    return word in flag.qualities or (len(word) > 4 and alike)
