"""The graded corpus: sentences with the rules they mean, the question they raise, or the refusal they deserve."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from workbench.authoring.compiler import compile_sentence
from workbench.authoring.result import SentenceResult
from workbench.language.ast import Statement
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

DATA = Path(__file__).parent / "data"
NAMES = ("support-swarm", "coding-agent", "finance-operations")
Grade = Literal["right", "asked", "refused", "wrong"]


@dataclass(frozen=True)
class Case:
    """One sentence. ``rules``: what it means; ``ask``: how many readings; ``refuse`` and ``at``: code and words."""

    corpus: str
    text: str
    rules: str = ""
    ask: tuple[str, ...] = ()
    refuse: str = ""
    at: str = ""

    @property
    def statements(self) -> tuple[Statement, ...]:
        return statements(self.rules)


def statements(source: str) -> tuple[Statement, ...]:
    result = parse(source)
    assert not result.diagnostics, result.diagnostics
    return tuple(desugar(statement) for statement in result.statements)


@cache
def schema_of(name: str) -> Schema:
    return read_schema((DATA / f"{name}.cedarschema").read_text(encoding="utf-8"))


@cache
def cases(name: str) -> tuple[Case, ...]:
    data: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return tuple(
        Case(name, c["text"], c.get("rules", ""), tuple(c.get("ask", ())), c.get("refuse", ""), c.get("at", ""))
        for c in data["cases"]
    )


def all_cases() -> list[Case]:
    return [case for name in NAMES for case in cases(name)]


def compiled(case: Case) -> SentenceResult:
    return compile_sentence(case.text, schema_of(case.corpus))


def grade(case: Case, result: SentenceResult) -> Grade:
    """``wrong`` is a rule that the sentence does not mean: the one outcome that must never be."""
    if result.status == "refused":
        return "refused"
    if result.status == "ambiguous":
        return "asked"
    return "right" if case.rules and result.candidates[0].statements == case.statements else "wrong"
