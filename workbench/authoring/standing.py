"""What stands already: sentences whose rules are in the constitution, and readings that a person chose. Pure.

Imports sentence_memory, paraphrase, result; language for programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from workbench.authoring.paraphrase import paraphrase
from workbench.authoring.result import Reading, SentenceResult
from workbench.authoring.sentence_memory import SentenceMemory, placed
from workbench.language.ast import Statement
from workbench.language.diagnostics import LineMap
from workbench.language.program import Program, Rule
from workbench.language.schema import Schema


class Standing:
    """The rules of a constitution by their sentence and by what they say; none where it does not check."""

    def __init__(self, program: Program | None) -> None:
        self.by_english: dict[str, list[Rule]] = {}
        self.by_statement: dict[Statement, Rule] = {}
        for rule in program.rules if program is not None else ():
            if rule.english:
                self.by_english.setdefault(normal(rule.english), []).append(rule)
            self.by_statement[bare(rule.statement)] = rule

    def of(self, sentence: str) -> Sequence[Rule]:
        """The rules that carry ``sentence`` as their English."""
        return self.by_english.get(normal(sentence), ())

    def saying(self, statements: Iterable[Statement]) -> Sequence[Rule]:
        """The rules that say exactly ``statements``, whatever their English; none where one of them is missing."""
        found = [self.by_statement.get(bare(statement)) for statement in statements]
        return [rule for rule in found if rule is not None] if None not in found else ()


def sentence_read(
    text: str,
    start: int,
    lines: LineMap,
    schema: Schema,
    standing: Standing,
    memory: SentenceMemory,
    choices: Mapping[str, str],
    *,
    ask: bool = True,
    language: str = "en",
) -> SentenceResult:
    """One sentence of a text: its rules stand, or it is compiled, by the reading chosen where one was."""
    rules = standing.of(text)
    if rules:
        return kept(text, start, rules, schema)
    result = chosen(placed(memory.result(text, schema, ask=ask, language=language), start, lines), choices)
    if result.status == "compiled":
        same = standing.saying(result.candidates[0].statements)
        if same:
            return kept(text, start, same, schema)
    return result


def kept(text: str, start: int, rules: Sequence[Rule], schema: Schema) -> SentenceResult:
    """A sentence whose rules stand already."""
    reading = Reading(
        tuple(bare(rule.statement) for rule in rules),
        "\n\n".join(rule.text for rule in rules),
        " ".join(paraphrase(rule.statement, schema) for rule in rules),
    )
    return SentenceResult(text, start, start + len(text), "kept", (reading,))


def chosen(result: SentenceResult, choices: Mapping[str, str]) -> SentenceResult:
    """``result`` as the one reading that was chosen for its sentence; as it is where none was, or it is gone."""
    wanted = choices.get(normal(result.text))
    if result.status != "ambiguous" or not wanted:
        return result
    for place, reading in enumerate(result.candidates, start=1):
        if reading_digest(reading) == wanted:
            note = f"reading {place} of {len(result.candidates)}, chosen by a person"
            taken = replace(reading, assumptions=(note, *reading.assumptions))
            return replace(
                result, status="compiled", candidates=(taken,), question="", asked=None, readings=result.candidates
            )
    return result


def reading_digest(reading: Reading) -> str:
    """SHA-256 of the rules of a reading, as rendered: what a choice is remembered by."""
    return "sha256:" + hashlib.sha256(reading.cedar_plus.encode("utf-8", "surrogatepass")).hexdigest()


def normal(text: str) -> str:
    """A sentence with its white space evened out: what it is known by."""
    return " ".join(text.split())


def bare(statement: Statement) -> Statement:
    """A rule without its annotations."""
    return replace(statement, annotations=())
