"""A sentence in German: what :mod:`speech` asks of a language. Pure. Imports the grammar and the refusals of German."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.authoring.german_lexicon import GermanLexicon
from workbench.authoring.german_refusal import GermanRefusal
from workbench.authoring.german_shapes import GermanShapes
from workbench.authoring.german_words import tokenize
from workbench.authoring.lexicon import lexicon_of
from workbench.authoring.norm import Norm
from workbench.authoring.prepare import Failures
from workbench.language.diagnostics import Diagnostic
from workbench.language.schema import Schema


class GermanUtterance:
    """A sentence in German."""

    def __init__(self, text: str, schema: Schema, within: str, offset: int) -> None:
        self.refusal = GermanRefusal(text, within, offset)
        lexicon = lexicon_of(schema, "de")
        assert isinstance(lexicon, GermanLexicon)
        self.lexicon = lexicon
        self.tokens = tokenize(text)
        self._grammar = GermanShapes(self.lexicon, self.tokens)

    def norms(self) -> list[Norm]:
        return self._grammar.norms()

    @property
    def parts(self) -> Mapping[tuple[int, int], str]:
        return self._grammar.parts

    def refused(self, failures: Failures) -> tuple[Diagnostic, ...]:
        return self.refusal.unread(self._grammar, failures)
