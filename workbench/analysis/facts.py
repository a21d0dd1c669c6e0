"""What is true of every world: the facts about the unknowns of a question, as further terms. Pure.

Only for terms in the cone of the question. Predicates that quantify over a set's members are spelled out here: one
witness for "there is one", an instance for every named member for "all". Facts name new terms, which have facts of
their own, until nothing is new; that ends, because members are only ever named by a question or by a witness.

That memberships pass on (a in b, b in c: a in c) is not among them: ``analysis.model`` adds it where a model needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.encode import Encoder
from workbench.analysis.terms import Term, Terms, cone

_QUANTIFIED = frozenset({"subset", "meets", "within"})


class Facts:
    """The facts of one question, growing with it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._terms: Terms = encoder.terms
        self.known: dict[Term, None] = {}  # every term of the question and of its facts, in a stable order
        self._members: dict[str, dict[Term, None]] = {}  # by sort: terms that are asked whether they are in some set
        self._predicates: list[Term] = []

    def of(self, roots: Iterable[Term]) -> list[Term]:
        """What to add because of ``roots``."""
        found: list[Term] = []
        pending = list(roots)
        while pending:
            fresh = [term for term in cone(pending) if term not in self.known]
            self.known.update(dict.fromkeys(fresh))
            pending = [fact for fact in self._about(fresh) if fact is not self._terms.true]
            found += pending
        return found

    def _about(self, fresh: list[Term]) -> Iterator[Term]:
        predicates = [term for term in fresh if term.op in _QUANTIFIED]
        members = [term for term in fresh if term.op == "member"]
        for term in fresh:
            if term.op == "app":
                yield from self._about_unknown(term)
        for predicate in predicates:
            yield self._witnessed(predicate)
        new: list[Term] = []
        for member in members:
            item = member.args[1]
            named = self._members.setdefault(item.sort, {})
            if item not in named:
                named[item] = None
                new.append(item)
        for predicate in self._predicates:
            for item in new:
                yield self._instance(predicate, item)
        self._predicates += predicates
        for predicate in predicates:
            for item in list(self._members.get(predicate.args[-1].sort[2:], ())):
                yield self._instance(predicate, item)

    # ---- unknowns

    def _about_unknown(self, term: Term) -> Iterator[Term]:
        terms = self._terms
        if term.sort == "Int":
            yield terms.is_i64(term)
        if term.sort.startswith("E:"):
            ids = self._encoder.ids(term.sort[2:])
            if ids is not None:
                yield terms.or_(*(terms.eq(term, terms.const(term.sort, id)) for id in ids))
        if term.data == "in":
            entity, group = term.args
            yield terms.implies(term, self._encoder.exists(entity))
            if entity.sort == group.sort:
                yield terms.implies(term, terms.not_(terms.eq(entity, group)))

    # ---- sets

    def _witnessed(self, predicate: Term) -> Term:
        """The side of the predicate that says "there is one"."""
        terms = self._terms
        whole = predicate.args[-1]
        witness = terms.app(f"one of {predicate.id}", whole.sort[2:])
        there = self._spelled(predicate, witness)
        if predicate.op == "subset":
            return terms.or_(predicate, terms.not_(there))
        return terms.implies(predicate, there)

    def _instance(self, predicate: Term, item: Term) -> Term:
        """The side that says "all", for one member."""
        if predicate.args[-1].sort != f"S:{item.sort}":
            return self._terms.true
        there = self._spelled(predicate, item)
        terms = self._terms
        return terms.implies(predicate, there) if predicate.op == "subset" else terms.or_(predicate, terms.not_(there))

    def _spelled(self, predicate: Term, item: Term) -> Term:
        """For ``subset``: the item, if in the part, is in the whole. For the others: the item is what is claimed."""
        terms = self._terms
        left, right = predicate.args
        match predicate.op:
            case "subset":
                return terms.implies(terms.member(left, item), terms.member(right, item))
            case "meets":
                return terms.and_(terms.member(left, item), terms.member(right, item))
        return terms.and_(terms.member(right, item), self._encoder.inside(left, item))
