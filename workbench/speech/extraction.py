"""The statement extractor: which part of an agent's words is a normative statement, if any.

Imports the markers, the statement type, the observer. Offers to help, greetings and closing questions are cut away;
what is left is one statement, or none (specification, section 3). Every step is linear in the length of the text: what
a pattern with nested repetitions would find, is found from the far end or in one walk.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from workbench.speech.markers import (
    ASIDE,
    CLOSING_QUESTION,
    GREETING,
    OFFER,
    PERSONAL,
    PROTOCOL,
    STRONG,
    marker,
    pattern,
)
from workbench.speech.normative import Statement
from workbench.speech.observing import DEBUG, SILENT, Observer, preview

FINAL_RESPONSE = "final_response"
TAIL_ROUNDS = 5
_STRONG = pattern(STRONG, lowered=True)
_PERSONAL = pattern(PERSONAL, lowered=True)
_PROTOCOL = pattern(PROTOCOL, lowered=True)
_ASIDE = re.compile("|".join(re.escape(words) for words in ASIDE), re.IGNORECASE)
_OFFER = pattern(OFFER)
_CLOSING_QUESTION = pattern(CLOSING_QUESTION)
_GREETING = re.compile("(?:" + "|".join(marker(each) for each in GREETING) + r")[!,.\s\-—]*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_IF_THEN = re.compile(r"\bif(?=\s)|then\b|\n")
_WHITE_SPACE = re.compile(r"\s*")


class StatementExtractor:
    """Finds the statement of a text."""

    def __init__(self, observer: Observer = SILENT) -> None:
        self._observer = observer

    def extract(self, text: str) -> list[Statement]:
        """One statement (id ``final_response``), or none when the text makes no normative claim."""
        given = text.strip()
        if not has_indicator(given.lower()):
            self._observer.debug("StatementExtractor: No normative indicators found (likely protocol-only output)")
            return self._nothing()
        left = without_greeting(without_protocol_sentences(without_tails(given)))
        if not left or (left.endswith("?") and not has_indicator(left.lower())):
            return self._nothing()
        if self._observer.level <= DEBUG:
            if left != given:
                self._observer.debug(
                    f"StatementExtractor: Stripped protocol speech "
                    f"(original: {len(given)} chars, cleaned: {len(left)} chars)"
                )
            self._observer.debug(
                f"StatementExtractor: Extracted single statement (length={len(left)} chars, preview: {preview(left)})"
            )
        return [Statement(FINAL_RESPONSE, "agent", "participation", left)]

    def _nothing(self) -> list[Statement]:
        self._observer.info(
            "StatementExtractor: Only greeting/protocol speech detected, no normative content to evaluate"
        )
        return []


def has_strong_indicator(lowered: str) -> bool:
    """Does a text in lower case claim, rank, block, require or refuse something?"""
    return _STRONG.search(lowered) is not None or has_if_then(lowered)


def has_indicator(lowered: str) -> bool:
    """As ``has_strong_indicator``, or does it speak to the reader's own situation?"""
    return has_strong_indicator(lowered) or _PERSONAL.search(lowered) is not None


def has_if_then(lowered: str) -> bool:
    """Is there, on one line, ``if``, something, and ``then``?

    The white space around the something may hold line ends, the something may not: it may be white space itself. One
    walk: for each ``then`` the nearest ``if`` before it decides, because any farther one spans more.
    """
    if "then" not in lowered or "if" not in lowered:
        return False
    newlines: list[int] = []
    nearest = before = -1  # where the white space ends that follows the last ``if``, and the one before
    for found in _IF_THEN.finditer(lowered):
        place = found.start()
        if found[0] == "\n":
            newlines.append(place)
        elif found[0] == "if":
            after = _WHITE_SPACE.match(lowered, place + 2)
            before, nearest = nearest, after.end() if after else place + 2
        elif nearest >= 0 and place and lowered[place - 1].isspace():
            start = place
            while lowered[start - 1].isspace():
                start -= 1
            if nearest == place:  # nothing but white space between the two
                if any(blank != "\n" for blank in lowered[start + 1 : place - 1]):
                    return True
                opening = before
            else:
                opening = nearest
            if opening >= 0:
                line_end = bisect_left(newlines, opening)
                if line_end == len(newlines) or newlines[line_end] >= start:
                    return True
    return False


def looks_like_protocol(sentence: str) -> bool:
    """Is a sentence part of the conversation's manners: an offer, thanks, a question that claims nothing?"""
    lowered = sentence.lower()
    if _PROTOCOL.search(lowered):
        return True
    return lowered.rstrip().endswith("?") and not has_indicator(lowered)


def without_tails(text: str) -> str:
    """A text without the asides, offers and closing questions at its end."""
    for _ in range(TAIL_ROUNDS):
        before = text
        text = _without_offer(_without_aside(text))
        text = _without_closing_question(text)
        if text == before:
            break
    return text


def _without_aside(text: str) -> str:
    if not text.endswith(")"):
        return text
    opening = text.find("(", text.rfind(")", 0, -1) + 1)
    if opening < 0 or not _ASIDE.search(text, opening + 1, len(text) - 1):
        return text
    return text[:opening].strip()


def _without_offer(text: str) -> str:
    found = _OFFER.search(text)
    return text[: found.start()].strip() if found else text


def _without_closing_question(text: str) -> str:
    if not text.endswith("?"):
        return text
    clause = 1 + max(text.rfind(".", 0, -1), text.rfind("!", 0, -1), text.rfind("?", 0, -1))
    return text[:clause].strip() if _CLOSING_QUESTION.search(text, clause) else text


def without_protocol_sentences(text: str) -> str:
    """A text without the manners before its first sentence that claims something; sentences are joined by one space."""
    sentences = _SENTENCE_END.split(text)
    kept: list[str] = []
    for place, sentence in enumerate(sentences):
        lowered = sentence.lower()
        strong = has_strong_indicator(lowered)
        if not strong and looks_like_protocol(sentence):
            continue
        if strong or _PERSONAL.search(lowered):
            kept.extend(sentences[place:])
            break
        kept.append(sentence)
    return " ".join(kept).strip()


def without_greeting(text: str) -> str:
    """A text without one greeting at its start and the marks after it."""
    found = _GREETING.match(text)
    return text[found.end() :].strip() if found else text.strip()
