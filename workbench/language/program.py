"""A checked constitution: its rules, each with identity, stage, words and core syntax tree.

Made by ``language.check``; the engine compiles it, governance compares it, authoring explains it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from workbench.language.annotations import Severity, priority_of, severity_of
from workbench.language.ast import Policy, Procedure, Statement
from workbench.language.diagnostics import Diagnostic, Span
from workbench.language.schema import Schema

RuleKind: TypeAlias = Literal["permit", "forbid", "prefer", "procedure"]
Stage: TypeAlias = Literal["enforce", "observe"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement with its identity.

    ``statement`` is a *core* tree (no sugar). ``digest`` is 64 hex digits over the normalised meaning, annotations left
    out; ``id`` is ``@id`` where given, else the first 16 digits of the digest.
    ``text`` is the statement as written, annotations included; ``span`` its place in the source. Spans inside
    ``statement`` count from the first character of ``text`` (so an unchanged rule stays the same value when it moves).
    """

    id: str
    digest: str
    kind: RuleKind
    statement: Statement
    text: str
    span: Span = field(compare=False)
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        return "observe" if self.annotations.get("stage") == "observe" else "enforce"

    @property
    def english(self) -> str:
        """The sentence the rule was compiled from (``@english``), or the empty string."""
        return self.annotations.get("english", "")

    @property
    def severity(self) -> Severity | Literal[""]:
        """How bad it is to break a rule marked ``@norm``; empty for every other rule."""
        return severity_of(self.annotations)

    @property
    def priority(self) -> int:
        """Where a rule marked ``@norm`` stands among the reasons of a decision, the highest first; zero for others."""
        return priority_of(self.annotations)


@dataclass(frozen=True)
class Program:
    """Rules in source order, with the schema that they were checked against (``None`` for plain Cedar conformance)."""

    rules: tuple[Rule, ...]
    schema: Schema | None
    source: str = field(default="", repr=False)

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @property
    def policies(self) -> tuple[tuple[Rule, Policy], ...]:
        return tuple((r, r.statement) for r in self.rules if isinstance(r.statement, Policy))

    @property
    def procedures(self) -> tuple[tuple[Rule, Procedure], ...]:
        return tuple((r, r.statement) for r in self.rules if isinstance(r.statement, Procedure))


@dataclass(frozen=True, slots=True)
class CheckResult:
    """``program`` is ``None`` when there is any error; warnings leave it in place."""

    program: Program | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity == "error")
