"""The four questions of soundness, put to one program or to a change: does what is shown happen, is what is proved so?

A witness that an engine does not confirm, and a proof that some random world refutes, raise :class:`Contradiction`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from tests.analysis.concrete import Ground, Names
from tests.analysis.truth import Row, Said, Truth
from workbench.analysis.assumptions import Assumption
from workbench.analysis.facts import Facts
from workbench.analysis.model import Case
from workbench.analysis.results import RequestEnvironment
from workbench.analysis.search import Search
from workbench.analysis.space import Space
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.engine import EntityError
from workbench.language.program import Program, Rule

LIMIT_MS = 10_000
What = Literal["satisfied", "erring"]
Found = Mapping[tuple[str, str], str]


def left_open(verdict: str, why: str) -> str:
    """What the analysis did not settle, and why, without the names in it: for a tally."""
    return f"{verdict}: {re.sub('`[^`]*`', '…', why)}"


class Contradiction(AssertionError):  # noqa: N818
    """The analysis says one thing and the engines another."""


class Bench:
    """One program under one assumption, with both engines beside it. ``tally`` counts what was looked at."""

    def __init__(self, program: Program, schema_text: str, assumption: Assumption) -> None:
        assert program.schema is not None
        self.program = program
        self.schema = program.schema
        self.assumption = assumption
        self.truth = Truth(program, schema_text)
        self.task = Task(assumption, limit_ms=LIMIT_MS)
        self.tally: Counter[str] = Counter()
        self._spaces: dict[RequestEnvironment, Space] = {}

    def space(self, environment: RequestEnvironment) -> Space:
        if environment not in self._spaces:
            self._spaces[environment] = Space(self.schema, environment, self.assumption)
        return self._spaces[environment]

    # ---- the encoding alone

    def encoding(self, environment: RequestEnvironment, drawn: Iterable[tuple[Row, list[Row]]]) -> None:
        """In every world the terms say of each rule, and of the program, what the engine says; and facts are true."""
        space = self.space(environment)
        encoded = {rule.id: space.rule(rule) for rule in self.supported(space)}
        roots = [term for each in encoded.values() for term in (each.satisfied, each.erring)]
        facts = Facts(space.encoder)
        added = facts.of([*roots, space.principal.term, space.resource.term])
        ruling = space.ruling(self.program.rules) if len(encoded) == len(self.program.rules) else None
        names = Names(space)
        for request, rows in drawn:
            entities = self.truth.entities(rows)
            said = self.truth.said(request, entities)
            ground = Ground(space, names, request, entities)
            ground.note(facts.known)
            for rule, each in encoded.items():
                mine = ground.holds(each.satisfied), ground.holds(each.erring)
                if mine != (rule in said.satisfied, rule in said.erring):
                    raise Contradiction(f"{environment}, {self._text(rule)}: encoded {mine}, {request}, {rows}")
                self.tally["rules in worlds"] += 1
            for fact in added:
                if not ground.holds(fact):
                    raise Contradiction(f"{environment}: {fact} is not so in {request}, {rows}")
            if ruling is not None:
                outcomes = {"allow": ruling.allow, "hold": ruling.hold, "deny": ruling.deny}
                outcome = self.truth.outcome(said, self.assumption.semantics)
                if {name for name, term in outcomes.items() if ground.holds(term)} != {outcome}:
                    raise Contradiction(f"{environment}: not {outcome} in {request}, {rows}")
                self.tally["decisions in worlds"] += 1

    def supported(self, space: Space) -> list[Rule]:
        found = []
        for rule in self.program.rules:
            try:
                space.rule(rule)
            except Unsupported:
                self.tally["unsupported"] += 1
            else:
                found.append(rule)
        return found

    def _text(self, rule: str) -> str:
        return f"{rule} {self.program.by_id[rule].statement}"

    # ---- one world, through the solver

    def pinned(self, environment: RequestEnvironment, request: Row, rows: list[Row]) -> None:
        """With everything that rules read fixed to one world, the solver finds what the engine says, and that alone."""
        space = self.space(environment)
        terms, encoded = space.terms, {rule.id: space.rule(rule) for rule in self.supported(space)}
        entities = self.truth.entities(rows)
        said = self.truth.said(request, entities)
        agree = []
        for rule, each in encoded.items():
            agree.append(each.satisfied if rule in said.satisfied else terms.not_(each.satisfied))
            agree.append(each.erring if rule in said.erring else terms.not_(each.erring))
        facts = Facts(space.encoder)
        facts.of([*agree, space.principal.term, space.resource.term])
        ground = Ground(space, Names(space), request, entities)
        ground.note(facts.known)
        pins = [_pin(space, term, ground.value(term)) for term in facts.known if term.op in ("app", "member")]
        search = Search(space, self.task)
        other = search.find(terms.not_(terms.and_(*agree)), lambda case: case, also=pins)
        if other.verdict != "none":
            raise Contradiction(f"{environment}: {other} beside {said}, in {request}, {rows}")
        same = search.find(terms.and_(*agree), lambda case: case, also=pins)
        if same.verdict != "found" or same.value is None:
            raise Contradiction(f"{environment}: {same.verdict} {same.why}, but {said} is so in {request}, {rows}")
        found = self.said_of(same.value)
        if any((rule in found.satisfied, rule in found.erring) != _in(rule, said) for rule in encoded):
            raise Contradiction(f"spurious: {found}, not {said}, by {same.value}")
        self.tally["worlds pinned"] += 1

    # ---- single rules, through the solver

    def ask_rules(self, environment: RequestEnvironment) -> Found:
        """Whether each rule can be satisfied here, and whether it can err: ``found``, and then so, or ``none``."""
        space = self.space(environment)
        search = Search(space, self.task)
        found: dict[tuple[str, str], str] = {}
        for rule in self.supported(space):
            encoded = space.rule(rule)
            for what, term in (("satisfied", encoded.satisfied), ("erring", encoded.erring)):
                answer = search.find(term, lambda case: case)
                if answer.verdict == "found":
                    assert answer.value is not None
                    self._confirm(rule.id, what, answer.value)
                elif answer.verdict == "undecided":
                    self.tally[left_open("undecided", answer.why)] += 1
                found[rule.id, what] = answer.verdict
                self.tally[answer.verdict] += 1
        return found

    def said_of(self, case: Case | Any) -> Said:
        """What both engines say; they must agree."""
        request, rows = dict(case.request), [dict(row) for row in case.entities]
        try:
            entities = self.truth.entities(rows)
        except EntityError as error:
            raise Contradiction(f"spurious: it does not fit the schema: {error}") from None
        ours = self.truth.said(request, entities)
        if ours != self.truth.said_by_cedar(request, rows):
            raise Contradiction(f"the engines differ on {request}, {rows}")
        return ours

    def _confirm(self, rule: str, what: str, case: Case) -> None:
        said = self.said_of(case)
        if rule not in getattr(said, what):
            raise Contradiction(f"spurious: {self._text(rule)} is not {what} by {case}")
        self.tally["confirmed"] += 1

    def bombard(self, environment: RequestEnvironment, found: Found, drawn: Iterable[tuple[Row, list[Row]]]) -> None:
        """No world satisfies, or makes err, what was proved never to."""
        proved = [key for key, verdict in found.items() if verdict == "none"]
        for request, rows in drawn:
            said = self.truth.said(request, self.truth.entities(rows))
            for rule, what in proved:
                if rule in getattr(said, what):
                    raise Contradiction(f"{environment}: {self._text(rule)} is {what} by {request}, {rows}")
                self.tally["bombs"] += 1


def _in(rule: str, said: Said) -> tuple[bool, bool]:
    return rule in said.satisfied, rule in said.erring


def _pin(space: Space, term: Term, value: Any) -> Term:
    """That the unknown is worth this; a set is pinned by its members, where they are asked about."""
    terms = space.terms
    if term.sort == "Bool":
        return term if value else terms.not_(term)
    return terms.true if term.sort.startswith("S:") else terms.eq(term, terms.const(term.sort, value))
