"""The languages that a text may be written in, and what reads a sentence of each. Pure.

English is read by the hand-written grammar of :mod:`shapes`, German by ``de.lark``; both yield norms, and everything
after them is the same. Imports the grammar and the refusals of English; those of German only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from workbench.authoring.languages import LanguageError
from workbench.authoring.lexicon import Lexicon, lexicon_of
from workbench.authoring.norm import Norm
from workbench.authoring.prepare import Failures
from workbench.authoring.refusal import Refusal
from workbench.authoring.shapes import Shapes
from workbench.authoring.words import Token, tokenize
from workbench.language.diagnostics import Diagnostic
from workbench.language.schema import Schema

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "German"}


class Utterance(Protocol):
    """One sentence in one language, read under one schema."""

    @property
    def lexicon(self) -> Lexicon:
        """The words of the schema in this language."""

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The words of the sentence."""

    def norms(self) -> list[Norm]:
        """Every reading. Raises :class:`~workbench.authoring.reader.TooManyReadings`."""

    @property
    def parts(self) -> Mapping[tuple[int, int], str]:
        """What the tokens of a range were read as."""

    def refused(self, failures: Failures) -> tuple[Diagnostic, ...]:
        """Why nothing came of it, once it is known that no reading fits the schema."""


class EnglishUtterance:
    """A sentence in English."""

    def __init__(self, text: str, schema: Schema, within: str, offset: int) -> None:
        self.refusal = Refusal(text, within, offset)
        self.lexicon = lexicon_of(schema)
        self.tokens = tokenize(text)
        self._grammar = Shapes(self.lexicon, self.tokens)

    def norms(self) -> list[Norm]:
        return self._grammar.norms()

    @property
    def parts(self) -> Mapping[tuple[int, int], str]:
        return self._grammar.parts

    def refused(self, failures: Failures) -> tuple[Diagnostic, ...]:
        return self.refusal.after_reading(self._grammar, failures)


def refusal_of(language: str, text: str, within: str, offset: int) -> Refusal:
    """What refuses a sentence before it is read. Raises as :func:`utterance`."""
    if language == "de":
        from workbench.authoring.german_refusal import GermanRefusal

        return GermanRefusal(text, within, offset)
    _known(language)
    return Refusal(text, within, offset)


def utterance(language: str, text: str, schema: Schema, within: str, offset: int) -> Utterance:
    """A sentence in ``language``, one of :data:`LANGUAGES`. Raises :class:`LanguageError` for any other."""
    if language == "de":
        from workbench.authoring.german_speech import GermanUtterance

        return GermanUtterance(text, schema, within, offset)
    _known(language)
    return EnglishUtterance(text, schema, within, offset)


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise LanguageError(f"`{language}` is no language that a text can be read in; there are {', '.join(LANGUAGES)}")
