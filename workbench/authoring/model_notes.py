"""What a text says of the models that helped to write it: read from the comments and ``@doc`` that a person's yes left.

The notes are part of the text that is signed, so a version tells of itself who wrote what, without any draft. They are
the author's words like the rest of the text: evidence, no proof. Pure; imports the splitting of sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from workbench.authoring.sentences import split_sentences

_REWRITTEN = re.compile(r"<!-- as written: (?P<written>.*?) \(rewritten by (?P<origin>[^<>]*)\) -->", re.DOTALL)
_DIRECT = re.compile(r'@doc\("written by a model, not read by the compiler: (?P<origin>(?:[^"\\]|\\.)*)"\)')


@dataclass(frozen=True, slots=True)
class ModelNote:
    """``rewrite``: ``sentence`` stands for what the author had ``written``; ``direct``: a rule that a model wrote.

    ``origin``: the model, when, how often it was asked, rounds of feedback, cost, the prompt's digest; as it stands.
    """

    way: Literal["rewrite", "direct"]
    origin: str
    sentence: str = ""
    written: str = ""

    @property
    def model(self) -> str:
        """The model's name."""
        return self.origin.partition(",")[0].strip()


def notes_in(english: str) -> tuple[ModelNote, ...]:
    """The sentences of a text that stand for others, in order."""
    found = []
    sentences = split_sentences(english)
    for note in _REWRITTEN.finditer(english):
        before = [sentence for sentence in sentences if sentence.end <= note.start()]
        said = before[-1].text if before else ""
        found.append(ModelNote("rewrite", _plain(note["origin"]), said, _plain(note["written"])))
    return tuple(found)


def note_of(rule: str, english: str, sentence: str) -> ModelNote | None:
    """What is said of one rule: its own text, else the note beside its ``sentence`` in ``english``."""
    direct = _DIRECT.search(rule)
    if direct is not None:
        return ModelNote("direct", _plain(direct["origin"].replace('\\"', '"')), sentence)
    wanted = " ".join(sentence.split())
    for note in notes_in(english) if wanted else ():
        if wanted and " ".join(note.sentence.split()).endswith(wanted):
            return note
    return None


def told(english: str, cedar_plus: str) -> tuple[str, ...]:
    """A line for each model that had part in a text: how many sentences it rewrote, how many rules it wrote."""
    counted: dict[str, list[int]] = {}
    notes = [*notes_in(english), *(ModelNote("direct", _plain(d["origin"])) for d in _DIRECT.finditer(cedar_plus))]
    for note in notes:
        counted.setdefault(note.model or "a model", [0, 0])[note.way == "direct"] += 1
    return tuple(f"{model}: {_counts(*each)}" for model, each in counted.items())


def _counts(rewritten: int, written: int) -> str:
    parts = []
    if rewritten:
        parts.append(f"{rewritten} sentence{'s' if rewritten > 1 else ''} rewritten")
    if written:
        parts.append(f"{written} rule{'s' if written > 1 else ''} written, not read by the compiler")
    return ", ".join(parts)


def _plain(text: str) -> str:
    return " ".join(text.split())
