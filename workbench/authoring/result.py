"""What a compilation of English returns: readings, sentences, documents. Frozen values; imports language only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from workbench.language.ast import Statement
from workbench.language.diagnostics import Diagnostic

Status: TypeAlias = Literal["compiled", "kept", "ambiguous", "refused"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a sentence: its rules as trees and as Cedar+, in plain English, and what was assumed."""

    statements: tuple[Statement, ...]
    cedar_plus: str
    paraphrase: str
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordLink:
    """Code points ``[start, end)`` of the text became ``part`` ("subject", "modality", "action", "condition" …)."""

    start: int
    end: int
    part: str


@dataclass(frozen=True, slots=True)
class Question:
    """One concrete request on which readings differ: whoever says what should come of it says which is meant.

    ``readings``: those asked about, as places among the candidates (from 0); ``outcomes``: what each of them decides,
    in the same order. ``request`` and ``entities`` are of the form of a test case; ``facts`` the same as a table, path
    and value, who and what first. ``permitted``: another rule permits the request, so that it is asked whether it is
    forbidden. Without ``request`` no request was found that separates them, and a reading is chosen by its number.
    """

    text: str
    readings: tuple[int, ...]
    request: Mapping[str, Any] = field(default_factory=dict)
    entities: tuple[Mapping[str, Any], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    outcomes: tuple[str, ...] = ()
    permitted: bool = False


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """One sentence. ``start`` and ``end`` are code points in the text it was taken from.

    ``compiled`` has one candidate, ``ambiguous`` several and a question that separates them (``asked`` as data),
    ``refused`` none and at least one diagnostic; ``kept`` says that its rules stand already.
    """

    text: str
    start: int
    end: int
    status: Status
    candidates: tuple[Reading, ...] = ()
    question: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    words: tuple[WordLink, ...] = ()
    asked: Question | None = None
    readings: tuple[Reading, ...] = ()
    """All readings, where a person chose one among several and the sentence is ``compiled`` by that."""
    meant: str = ""
    """The sentence as it was compiled, where a pronoun at its start was replaced; its rules carry this as English."""


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """A whole English text. ``cedar_plus`` is the current source with the new rules (``new_ids``) appended."""

    sentences: tuple[SentenceResult, ...]
    cedar_plus: str
    new_rules: tuple[Statement, ...] = ()
    new_ids: tuple[str, ...] = ()
    tests: tuple[Mapping[str, Any], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
