"""The graded corpora: sentences with the rules they mean, the question they raise, or the refusal they deserve.

``data/NAME.json`` beside ``data/NAME.cedarschema``: ``{"cases": [{"text": …, and one of
"rules": Cedar+ text; "ask": [the Cedar+ of every reading]; "refuse": code, "at": the words}]}``, written by hand from
the conventions of authoring. ``"same": k`` says that the sentence is another wording of ``cases[k]`` (counted from 0)
and means the same rules, which need not be written again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.authoring.deciding import alike
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.result import SentenceResult
from workbench.language.ast import Statement
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

DATA = Path(__file__).parent / "data"
NAMES = tuple(sorted(path.stem for path in DATA.glob("*.json") if "." not in path.stem))
Grade = Literal["right", "asked", "refused", "wrong"]


@dataclass(frozen=True)
class Case:
    """One sentence. ``rules``: what it means; ``ask``: every reading; ``refuse`` and ``at``: code and words."""

    corpus: str
    number: int
    text: str
    rules: str = ""
    ask: tuple[str, ...] = ()
    refuse: str = ""
    at: str = ""
    same: int | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        return statements(self.rules)


@cache
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
    rows = data["cases"]
    found = []
    for number, row in enumerate(rows):
        same = row.get("same")
        rules = row.get("rules", "") if same is None else row.get("rules", rows[same].get("rules", ""))
        ask, refuse, at = tuple(row.get("ask", ())), row.get("refuse", ""), row.get("at", "")
        found.append(Case(name, number, row["text"], rules, ask, refuse, at, same))
    return tuple(found)


def all_cases() -> list[Case]:
    return [case for name in NAMES for case in cases(name)]


@cache
def compiled(case: Case) -> SentenceResult:
    return compile_sentence(case.text, schema_of(case.corpus))


@cache
def grade(case: Case) -> Grade:
    """``wrong`` is a rule that the sentence does not mean: the one outcome that must never be."""
    result = compiled(case)
    if result.status == "refused":
        return "refused"
    if result.status == "ambiguous":
        return "asked"
    if not case.rules:
        return "wrong"
    return "right" if alike(case.statements, result.candidates[0].statements, schema_of(case.corpus)) else "wrong"
