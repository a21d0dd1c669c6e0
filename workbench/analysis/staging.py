"""One rule in one request environment, taken apart: its atoms as terms, and when all hangs on one of them. Pure.

What the search for test cases (``mcdc``, ``boundary``) shares. A case is looked for in which the rule alone decides,
where there is one: no other rule then hides what the rule says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from workbench.analysis.conditions import action_scope, atoms_of, condition_of, hangs
from workbench.analysis.examined import Alone
from workbench.analysis.model import Case
from workbench.analysis.modest import modestly
from workbench.analysis.prover import Prover, Said
from workbench.analysis.replay import NotReproduced
from workbench.analysis.results import RequestEnvironment, Witness
from workbench.analysis.search import Sought
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.engine.conversion import InputError
from workbench.engine.entities import Entities
from workbench.engine.request import Request
from workbench.engine.validate import EntityError, rules_for
from workbench.language.ast import Binary, Condition, EntityScope, Expr, Lit, Policy, Scope, Unary
from workbench.language.digest import core_digest
from workbench.language.program import Rule
from workbench.language.quotation import quoted

Truth: TypeAlias = Literal["true", "false", "undefined"]
_TRUTHS: Mapping[Said, Truth] = {"satisfied": "true", "nothing": "false", "erring": "undefined"}
KNOWN: Mapping[Truth, bool | None] = {"true": True, "false": False, "undefined": None}


def only(rule: Rule, atom: Expr) -> Rule:
    """A permit for the rule's actions that is satisfied where ``atom`` is true, and errs where it does."""
    anyone, scope = EntityScope("any"), action_scope(rule)
    assert scope is not None
    policy = Policy("permit", Scope(anyone, scope, anyone), (Condition("when", atom),))
    return Rule(rule.id, core_digest(policy), "permit", policy, "", rule.span)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the engine says of a case: the rule, and each atom."""

    rule: Said
    atoms: tuple[Truth, ...]


class Stage:
    """Raises ``values.Unsupported`` where the rule cannot be encoded."""

    def __init__(self, prover: Prover, environment: RequestEnvironment, rule: Rule, alone: Alone) -> None:
        self.prover = prover
        self.environment = environment
        self.rule = rule
        self._alone = alone
        self.space = prover.space(environment)
        self.condition = condition_of(rule)
        self.atoms = atoms_of(self.condition)
        self.encoded = self.space.rule(rule)
        coded = [self.space.test(atom) for atom in self.atoms]
        self.ok = [ok for ok, _ in coded]
        self.truth = [truth for _, truth in coded]

    def is_fixed(self, place: int) -> bool:
        """Whether the atom has one value for all requests of this environment."""
        return self.truth[place].op == "const"

    def state(self, place: int, truth: Truth) -> Term:
        """That the atom evaluates to ``truth``, or does not evaluate."""
        terms = self.space.terms
        if truth == "undefined":
            return terms.not_(self.ok[place])
        value = self.truth[place] if truth == "true" else terms.not_(self.truth[place])
        return terms.and_(self.ok[place], value)

    def hangs_on(self, place: int) -> Term:
        """That the condition's value changes with the atom's alone."""
        terms = self.space.terms
        return terms.not_(terms.eq(self._with(place, terms.true), self._with(place, terms.false)))

    def _with(self, place: int, value: Term) -> Term:
        return self._value(
            self.condition, {atom: self.truth[i] for i, atom in enumerate(self.atoms)} | {self.atoms[place]: value}
        )

    def _value(self, expr: Expr, of: Mapping[Expr, Term]) -> Term:
        terms = self.space.terms
        match expr:
            case Binary(op="&&", left=left, right=right):
                return terms.and_(self._value(left, of), self._value(right, of))
            case Binary(op="||", left=left, right=right):
                return terms.or_(self._value(left, of), self._value(right, of))
            case Unary(op="!", arg=arg):
                return terms.not_(self._value(arg, of))
            case Lit(value=bool() as value):
                return terms.boolean(value)
        return of[expr]

    def depends(self, seen: Seen, place: int) -> bool:
        """Whether, with the other atoms as they were seen, the condition's value changes with this one's."""
        return hangs(self.condition, self.atoms, [KNOWN[truth] for truth in seen.atoms], place)

    @property
    def fine(self) -> Term:
        """That the rule does not err."""
        return self.space.terms.not_(self.encoded.erring)

    def rule_says(self, satisfied: bool) -> Term:
        """That it is satisfied, or that it says nothing."""
        return self.encoded.satisfied if satisfied else self.space.terms.not_(self.encoded.satisfied)

    @cached_property
    def decisive(self) -> tuple[Term, ...]:
        """What makes the decision hang on this rule, as further demands; none where that cannot be encoded."""
        terms = self.space.terms
        others = [each for each in self.prover.rules(self.environment) if each.id != self.rule.id]
        try:
            rest = self.space.ruling(others)
        except Unsupported:
            return ()
        calm = [terms.not_(rest.forbidden), terms.not_(rest.erring)]
        if self.rule.kind == "permit":
            return (terms.and_(*calm, terms.not_(rest.permitted)),)
        return (terms.and_(*calm, rest.permitted, terms.not_(rest.triggered)),)

    # ---- cases

    def seen(self, case: Case) -> Seen:
        """Raises ``NotReproduced`` for a case that does not fit."""
        asked = self._asked(case)
        said = tuple(_TRUTHS[self._alone.said(only(self.rule, atom), *asked)] for atom in self.atoms)
        return Seen(self._alone.said(self.rule, *asked), said)

    def is_true(self, expr: Expr, case: Case) -> bool:
        """Whether the engine finds the expression true. Raises as :meth:`seen`."""
        return self._alone.said(only(self.rule, expr), *self._asked(case)) == "satisfied"

    def _asked(self, case: Case) -> tuple[Request, Entities]:
        rules = rules_for(self.prover.schema)
        assert rules is not None
        try:
            request = Request.from_json(dict(case.request))
            rules.context_of(request)
            return request, Entities.checked(list(case.entities), rules)
        except (InputError, EntityError) as error:
            raise NotReproduced(f"it does not fit the schema: {error}") from None

    def find(
        self,
        wanted: Term | Mapping[str, Term],
        shows: Callable[[Seen], bool],
        also: tuple[Term, ...] = (),
        *,
        keep: Expr | None = None,
    ) -> Sought[Witness]:
        """A case, tidied, of which the engine says what it should, and which both engines decided.

        ``keep``: an expression that is true of it.
        """
        outcomes: list[str] = []

        def good(case: Case) -> bool:
            return shows(self.seen(case)) and (keep is None or self.is_true(keep, case))

        def still(case: Case) -> bool:
            return good(case) and self.prover.replay.outcome(case, semantics) == outcomes[0]

        def confirm(case: Case) -> Witness:
            if not good(case):
                raise NotReproduced(f"rule {quoted(self.rule.id)} says something else of it")
            outcomes[:] = [self.prover.replay.outcome(case, semantics)]
            return self.prover.witness(self.prover.tidy(case, still))

        semantics = self.prover.task.assumption.semantics
        search = self.prover.search(self.environment)
        parts = list(wanted.values()) if isinstance(wanted, Mapping) else [wanted]
        return modestly(
            self.space.terms, [*parts, *also], lambda within: search.find(wanted, confirm, also=(*also, *within))
        )
