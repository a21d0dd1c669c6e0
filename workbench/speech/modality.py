"""The modality detector: in which form a statement is made, and under which conditions.

Imports the markers, the statement type, the observer. Form alone is looked at, never truth, and only in the core of
the statement: its first paragraph, sentence or line (specification, section 4).
"""

from __future__ import annotations

import re

from workbench.speech.markers import (
    CONDITIONAL,
    DESCRIPTIVE,
    GOAL,
    NORMATIVE,
    PERSONAL,
    RECOMMENDATION,
    REFUSAL,
    pattern,
)
from workbench.speech.normative import Modality, Statement
from workbench.speech.observing import DEBUG, SILENT, Observer, preview

CORE_LENGTH = 500  # characters of a text that has neither paragraphs, sentences nor lines
UNSPECIFIED = "unspecified"
_REFUSAL = pattern(REFUSAL)
_GOAL = pattern(GOAL)
_PERSONAL = pattern(PERSONAL)
_RECOMMENDATION = pattern(RECOMMENDATION)
_CONDITIONAL = pattern(CONDITIONAL)
_DESCRIPTIVE = pattern(DESCRIPTIVE)
_NORMATIVE = pattern(NORMATIVE)
_SENTENCE = re.compile(r"\.\s")
_CONDITIONS = (  # what introduces a condition, and how the condition is written down
    (re.compile(r"\bif\s+([^,]+)", re.IGNORECASE), "{}"),
    (re.compile(r"\bunless\s+([^,]+)", re.IGNORECASE), "NOT {}"),
    (re.compile(r"\b(?:assuming|given\s+that)\s+([^,]+)", re.IGNORECASE), "{}"),
    (re.compile(r"\bgiven\s+your\s+([^,.;]+)", re.IGNORECASE), "given your {}"),
    (re.compile(r"\bbased\s+on\s+your\s+([^,.;]+)", re.IGNORECASE), "based on your {}"),
)
_RULES = {  # what a message adds about the rule that fired
    "goal": " (goal-conditional)",
    "personalization": " (personalization framing)",
    "recommendation": " (recommendation in core)",
    "default": " (default policy)",
}
_FOR_YOU = re.compile(r"\bfor\s+you\b", re.IGNORECASE)


class ModalityDetector:
    """Finds the form of a text. What nothing else explains is assertive, so that no wording evades the check."""

    def __init__(self, observer: Observer = SILENT) -> None:
        self._observer = observer

    def detect(self, text: str) -> Modality:
        """The modality of a text, by the first rule that fires."""
        modality, rule = detected(text)
        if self._observer.level <= DEBUG:
            self._observer.debug(f"Core ({core_kind(text)}): {preview(core_of(text.lower()))}")
            self._observer.debug(f"Modality: {modality.name}{_RULES.get(rule, '')} for: {preview(text)}")
        return modality

    def detect_with_conditions(self, statement: Statement) -> Statement:
        """The same statement, now with its modality, and with its conditions if it is conditional."""
        statement.modality = self.detect(statement.raw_text)
        if statement.modality is Modality.CONDITIONAL:
            statement.conditions = conditions_of(statement.raw_text)
        return statement


def detected(text: str) -> tuple[Modality, str]:
    """The modality of a text, and the rule that fired in one word."""
    core = core_of(text.lower())
    if _REFUSAL.search(core):
        return Modality.REFUSAL, "refusal"
    if _GOAL.match(core):
        return Modality.CONDITIONAL, "goal"
    if _PERSONAL.search(core):
        return Modality.CONDITIONAL, "personalization"
    if _RECOMMENDATION.search(core):
        return Modality.ASSERTIVE, "recommendation"
    if _CONDITIONAL.search(core):
        return Modality.CONDITIONAL, "condition"
    if _DESCRIPTIVE.search(core) and not _NORMATIVE.search(core):
        return Modality.DESCRIPTIVE, "description"
    return Modality.ASSERTIVE, "default"


def core_of(lowered: str) -> str:
    """The part of a statement that decides: its first paragraph, else first sentence, else first line, else start.

    A sentence ends with a full stop followed by white space; that abbreviations do so too is the original's reading.
    """
    paragraph = lowered.find("\n\n")
    if paragraph >= 0:
        return lowered[:paragraph].strip()
    stop = _SENTENCE.search(lowered, 1)
    if stop:
        return lowered[: stop.start() + 1].strip()
    line = lowered.find("\n")
    return lowered[: line if line >= 0 else CORE_LENGTH].strip()


def core_kind(text: str) -> str:
    """Which part of a text its core is, for messages."""
    if "\n\n" in text:
        return "paragraph"
    if _SENTENCE.search(text, 1):
        return "sentence"
    return "first line" if "\n" in text else f"fallback {CORE_LENGTH}"


def conditions_of(text: str) -> list[str]:
    """The conditions that a text declares, first of each kind; ``unspecified`` where there is none to be read.

    A condition runs to the next comma (or, after ``your``, to the next ``, . ;``), else to the end of the text.
    """
    found: list[str] = []
    for introduced, written in _CONDITIONS:
        condition = introduced.search(text)
        if condition:
            found.append(written.format(condition[1].strip()))
    if _FOR_YOU.search(text):
        found.append("for you")
    return found or [UNSPECIFIED]
