"""Where the reading of a sentence comes from, beside the sentence: a person's choice, or a model that helped.

Kept with the draft by the sentence, and let go as soon as the sentence is changed: what was answered was answered about
exactly those words. Imports values and the splitting of sentences.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from workbench.authoring.sentences import split_sentences
from workbench.language.literals import quote


@dataclass(frozen=True, slots=True)
class Origin:
    """How one sentence came to its rules.

    ``reading``: digest of the reading that was chosen, number ``place`` of ``of`` (from 1), after ``answers``
    (outcomes, in order; none where it was picked by its number). ``model``: who proposed the words, ``way`` as in
    :class:`~workbench.authoring.model_readings.Proposal`, with what it cost and how often something was fed back.
    ``meant``: the sentence as it was compiled, where a pronoun at its start was replaced. ``by``: whose yes it was,
    where that is known; ``at``: RFC 3339.
    """

    reading: str = ""
    place: int = 0
    of: int = 0
    answers: tuple[str, ...] = ()
    model: str = ""
    way: str = ""
    cost: str = ""
    rounds: int = 0
    requests: int = 0
    by: str = ""
    at: str = ""
    meant: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value}


Origins = Mapping[str, Origin]


def choices_of(origins: Origins) -> dict[str, str]:
    """The digest of the reading chosen, by sentence: what compiling asks for."""
    return {origin.meant or sentence: origin.reading for sentence, origin in origins.items() if origin.reading}


def of_standing(origins: Origins, english: str) -> dict[str, Origin]:
    """Those whose sentence stands in ``english`` as it was."""
    if not origins:
        return {}
    said: Collection[str] = {" ".join(sentence.text.split()) for sentence in split_sentences(english)}
    return {sentence: origin for sentence, origin in origins.items() if sentence in said}


def spelled(origins: Origins) -> str:
    """As stored; empty for none."""
    if not origins:
        return ""
    return json.dumps({sentence: origin.to_dict() for sentence, origin in sorted(origins.items())}, ensure_ascii=False)


def read_origins(text: str) -> dict[str, Origin]:
    """What :func:`spelled` wrote. What a newer program added is passed over; what is unreadable counts as nothing."""
    try:
        data = json.loads(text or "{}")
    except ValueError:
        return {}
    known = {field.name: field.type for field in fields(Origin)}
    found = {}
    for sentence, values in data.items() if isinstance(data, dict) else ():
        if isinstance(values, dict):
            mine = {name: value for name, value in values.items() if name in known}
            kept: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in mine.items()}
            found[str(sentence)] = Origin(**kept)
    return found


def told(origin: Origin) -> str:
    """One origin in words, for a line beside the rule."""
    parts = []
    if origin.reading:
        how = f", answered {', then '.join(origin.answers)}" if origin.answers else ""
        parts.append(f"reading {origin.place} of {origin.of} chosen{how}")
    if origin.model:
        what = "rewritten" if origin.way == "rewrite" else "rules written"
        cost = f"{origin.cost} US dollars" if origin.cost else "cost unknown"
        asked = f"asked {origin.requests} time{'s' if origin.requests != 1 else ''}"
        fed = f"{origin.rounds} round{'s' if origin.rounds != 1 else ''} of feedback"
        parts.append(f"{what} by {quote(origin.model)[1:-1]}: {asked}, {fed}, {cost}")
    if origin.by:
        parts.append(f"confirmed by {origin.by}")
    return "; ".join(parts)
