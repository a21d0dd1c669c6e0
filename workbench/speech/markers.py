"""English words by which the compatible profile finds statements and their form: data only. Imports nothing.

Each table is a list of markers in a small notation. A space stands for any run of white space, ``[…]`` around a marker
for word boundaries on both sides, ``[`` alone for one on the left, ``^`` for the start of the examined text, ``W`` for
a run of word characters, ``(a|b)`` and ``?`` are as in regular expressions. ``pattern`` makes a regular expression of a
table. Nothing in it can backtrack over more than one run of white space or one word, so that matching is linear; the
one marker for which that does not hold (``if … then``) is searched for by ``extraction``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

STRONG = (
    "[(should|must|recommend|prioritize)]",
    "[(block|blocks|blocked|blocking)]",
    "[depends on]",
    "[is (blocked|required|dependent)]",
    "[is better]",
    "[better for you]",
    "[best (choice|option)]",
    "[(prefer|prefers|preferred)]",
    "[(cannot|can't|unable to) determine]",
    "[not enough (info|information|context)]",
    "[(need|require) (more|additional)]",
    "[i (would|will) not W",
    "[i (wouldn't|won't) W",
)
PERSONAL = (
    "[for you]",
    "[given your]",
    "[based on your]",
    "[according to your]",
    "[with your (preferences|constraints)]",
)
PROTOCOL = (
    "[i can]",
    "[how can i]",
    "[what can i]",
    "[thanks for]",
    "[let me know]",
    "[feel free]",
    "[hope you]",
)
ASIDE = (  # words that make a closing parenthesis an offer; no notation: letter by letter
    "e.g.", "for example", "such as", "find", "check", "status", "comment", "assign", "move", "create", "pull", "help",
    "assist", "transition", "workflow",
)  # fmt: skip
OFFER = ("i can (help|assist|pull|check|find)", "let me know if", "feel free to ask")
CLOSING_QUESTION = ("help", "assist", "can i", "would you like")
GREETING = (
    "hello", "hi", "hey", "greetings", "good (morning|afternoon|evening)", "thanks for asking",
    "i'?m doing (well|fine|good|great|okay|ok)", "i'?m (here|ready|available)", "hope you'?re doing well",
)  # fmt: skip

REFUSAL = (
    "cannot (determine|decide|choose)",
    "(need|require) (more|additional)",
    "insufficient",
    "please (provide|clarify|check)",
    "i don'?t (know|have)",
    "hard to (say|determine)",
    "^i (would|will) not W",
    "^i (wouldn't|won't) W",
)
GOAL = (
    "^if (your )?goal is",
    "^if you (want|care|optimize|aim)",
    "^assuming you (want|care|optimize|aim)",
    "^if you'?re (optimizing|aiming|trying)",
)
RECOMMENDATION = (
    "[(is|are) (the )?better]",
    "[should (be )?(prioritiz|focus|pick|choose)",
    "[recommend W",
    "[suggest (you )?(pick|choose|start)",
    "[best (place|choice|option)",
    "[prioritize (the )?W",
    "[(finish|complete) W first]",
)
CONDITIONAL = (
    "[(if|unless|assuming|given that|provided) ",
    "depends on",
    "(would|could|might) W (if|when|unless)",
)
DESCRIPTIVE = (
    "[(block|blocks)]",
    "[(depend|depends) on]",
    "[has status]",
    "[is (in progress|blocked|done|to do)",
    "[due date is]",
)
NORMATIVE = ("[should]", "[must]", "[(need|needs) to]", "[recommend", "[suggest", "[advise")


def marker(written: str) -> str:
    """One marker of the notation as a regular expression."""
    bounded = written.endswith("]")
    body = written.removesuffix("]")
    left = body.startswith("[")
    body = body.removeprefix("[").replace(".", r"\.").replace("W", r"\w+")
    body = re.sub(r"\(([^()]*)\)\?", r"(?:\1)?", body)
    body = re.sub(r"\((?!\?:)", "(?:", body).replace(" ", r"\s+")
    return (r"\b" if left else "") + body + (r"\b" if bounded else "")


def pattern(table: Sequence[str], *, lowered: bool = False) -> re.Pattern[str]:
    """A table as one regular expression; without regard to case unless it is matched against lower-case text."""
    return re.compile("|".join(marker(written) for written in table), re.NOFLAG if lowered else re.IGNORECASE)
