"""Compiled sentences, remembered by their text and the schema, and put where they stand in a larger text. Pure.

A sentence means the same wherever it stands, so an edit compiles what changed alone. Imports compiler, questions,
result; language for places.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from workbench.authoring.compiler import compile_sentence
from workbench.authoring.questions import asked
from workbench.authoring.result import SentenceResult, WordLink
from workbench.language.diagnostics import Diagnostic, LineMap, Span
from workbench.language.schema import Schema

KEPT = 4_096  # sentences; each a few kilobytes


class SentenceMemory:
    """The newest ``limit`` results; safe from any thread. ``compiled`` counts what was not known."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._lock = Lock()
        self._results: OrderedDict[tuple[str, str, str], SentenceResult] = OrderedDict()
        self.compiled = 0

    def knows(self, text: str, schema: Schema, language: str = "en") -> bool:
        """Whether ``text`` need not be compiled."""
        with self._lock:
            return (text, digest_of(schema), language) in self._results

    def result(self, text: str, schema: Schema, *, ask: bool = True, language: str = "en") -> SentenceResult:
        """``text`` compiled as a text of its own; an ambiguous one with its question, where ``ask``."""
        key = (text, digest_of(schema), language)
        with self._lock:
            found = self._results.get(key)
            if found is not None:
                self._results.move_to_end(key)
        if found is None:
            found = compile_sentence(text, schema, ask=ask, language=language)
            self.compiled += 1
        elif ask and found.status == "ambiguous" and found.asked is None:
            question = asked(found.candidates, schema)
            found = replace(found, asked=question, question=question.text)
        with self._lock:
            self._results[key] = found
            while len(self._results) > self._limit:
                self._results.popitem(last=False)
        return found


def digest_of(schema: Schema) -> str:
    """SHA-256 of the text that the schema was read from; of what it says where there is none."""
    text = schema.text or repr(schema)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def placed(result: SentenceResult, start: int, lines: LineMap) -> SentenceResult:
    """A result that was made for the sentence alone, as one of the text of ``lines`` at ``start``."""
    moved = start - result.start
    return replace(
        result,
        start=start,
        end=result.end + moved,
        diagnostics=tuple(_placed(each, moved, lines) for each in result.diagnostics),
        words=tuple(WordLink(word.start + moved, word.end + moved, word.part) for word in result.words),
    )


def _placed(found: Diagnostic, moved: int, lines: LineMap) -> Diagnostic:
    span = Span(found.span.start + moved, found.span.end + moved)
    return replace(found, span=span, start=lines.position(span.start), end=lines.position(span.end))
