"""A whole constitution in plain English: sections by kind of rule, each rule numbered, its exceptions apart. Pure.

Imports the paraphrase and the tree of rules. Whoever prints it lays it out; nothing here knows of lines or columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workbench.authoring.naming import listed
from workbench.authoring.paraphrase import in_parts
from workbench.language.ast import Procedure
from workbench.language.program import Program, Rule


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule. ``place`` is section and number in it ("2.3"), ``number`` its place in the source, from 1.

    ``sentence`` says all but the ``exceptions``, any of which spares from it; ``paraphrase`` is both in one.
    ``english`` is the sentence it was written from, or empty.
    """

    place: str
    number: int
    rule: Rule
    sentence: str
    exceptions: tuple[str, ...]
    paraphrase: str

    @property
    def english(self) -> str:
        return self.rule.english


@dataclass(frozen=True, slots=True)
class Section:
    """Rules of one kind. ``name`` is for programs, ``title`` and ``about`` for people."""

    name: str
    title: str
    about: str
    clauses: tuple[Clause, ...]


def _amends(rule: Rule) -> bool:
    return isinstance(rule.statement, Procedure) and rule.statement.amendment is not None


_SECTIONS: tuple[tuple[str, str, str, Callable[[Rule], bool]], ...] = (
    ("permissions", "What is permitted", "What no rule here permits is denied.", lambda rule: rule.kind == "permit"),
    (
        "prohibitions", "What is forbidden", "A prohibition outweighs every permission.",
        lambda rule: rule.kind == "forbid",
    ),
    (
        "approvals", "What needs approval", "What is permitted waits until these have approved.",
        lambda rule: rule.kind == "procedure" and not _amends(rule),
    ),
    (
        "preferences", "What is preferred", "These choose among what is permitted, and permit nothing.",
        lambda rule: rule.kind == "prefer",
    ),
    ("amendments", "How this constitution is changed", "Who must sign a change of each class.", _amends),
)  # fmt: skip
_INVARIANTS = (
    "invariants",
    "What must hold of every version",
    "A change that breaks one of these cannot come into force.",
)


def outline(program: Program, invariants: Program | None = None) -> tuple[Section, ...]:
    """The sections that have any rule, numbered from 1, rules in source order within each; invariants come last."""
    numbered = list(enumerate(program.rules, start=1))
    found: list[Section] = []
    for name, title, about, belongs in _SECTIONS:
        rules = [(number, rule) for number, rule in numbered if belongs(rule)]
        if rules:
            found.append(_section((name, title, about), rules, program, len(found) + 1))
    if invariants is not None and invariants.rules:
        found.append(_section(_INVARIANTS, enumerate(invariants.rules, start=1), invariants, len(found) + 1))
    return tuple(found)


def _section(heading: tuple[str, str, str], rules: Iterable[tuple[int, Rule]], program: Program, place: int) -> Section:
    clauses = []
    for count, (number, rule) in enumerate(rules, start=1):
        sentence, exceptions = in_parts(rule.statement, program.schema)
        whole = f"{sentence} unless {listed(exceptions, 'or')}." if exceptions else sentence
        clauses.append(Clause(f"{place}.{count}", number, rule, sentence, exceptions, whole))
    return Section(*heading, tuple(clauses))
