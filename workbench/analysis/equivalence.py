"""Whether two programs over one schema ever decide otherwise: proved that they do not, or a request on which they do.

For one changed rule the question is asked of that rule, given what all others say, so that hundreds of small changes of
one program share almost everything. What no outcome shows is asked about too (``analysis.silent``). Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from workbench.analysis.environments import bearing
from workbench.analysis.expecting import Decided
from workbench.analysis.model import Case
from workbench.analysis.modest import modestly
from workbench.analysis.prover import Prover
from workbench.analysis.replay import NotReproduced, Replay
from workbench.analysis.results import RequestEnvironment, Witness
from workbench.analysis.silent import ESCALATED, asks_otherwise, escalated_to, is_silent, showing, shows
from workbench.analysis.space import Encoded, Ruling, Space
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported
from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.language.ast import Procedure
from workbench.language.program import Program, Rule


@dataclass(frozen=True, slots=True)
class Apart:
    """``same`` is proved; ``differs`` (in outcome, in who must approve, or in what a test case can tell beside these)
    has a witness, with what both engines say ``before`` and ``after``; ``more`` too, where all that changes is that
    somebody else must approve as well. ``why`` for the others.
    """

    verdict: Literal["same", "differs", "more", "undecided", "unsupported"]
    witness: Witness | None = None
    why: str = ""


def equivalent(before: Program, after: Program, task: Task) -> Apart:
    """Whether both decide everything alike.

    Raises ``SolverMissing``, ``Stopped``, and ``ValueError`` where ``before`` has no schema.
    """
    return Judge(before, task).apart(after.rules)


class Judge:
    """Programs compared with one that stays, whose worlds are kept between questions."""

    def __init__(self, program: Program, task: Task) -> None:
        self._prover = Prover(program, task)
        self._task = task
        self._ours = task.assumption.semantics == "cedar+"
        self._rest: dict[tuple[str, RequestEnvironment], Ruling] = {}

    def apart(self, rules: Sequence[Rule]) -> Apart:
        """Whether a program of ``rules`` differs: a witness if there is one, else what stands in the way of a proof."""
        prover = self._prover
        open_: list[Apart] = []
        for environment in prover.environments:
            old, new = prover.rules(environment), bearing(rules, environment, prover.schema)
            if _identity(old) != _identity(new):
                found = self._asked(environment, new, partial(_differing, before=old, after=new), noticed=False)
                if found.verdict == "differs":
                    return found
                open_.append(found)
        return _first(open_)

    def changed(self, rule: Rule, by: Rule | None) -> Apart:
        """Whether it makes a difference that ``by`` (``None``: nothing) stands in the place of ``rule``.

        A witness is one that a test case can tell of.
        """
        both = [each for each in (rule, by) if each is not None]
        silent = is_silent(rule, by)
        open_: list[Apart] = []
        for environment in self._prover.environments:
            if bearing(both, environment, self._prover.schema):
                ask = self._silently if silent else self._changed_in
                found = ask(environment, rule, by)
                if found.verdict == "differs":
                    return found
                open_.append(found)
        found = _first(open_)
        asked = by is not None and asks_otherwise(rule, by) and escalated_to(rule, self._prover.program.rules)
        return Apart("undecided", why=ESCALATED) if asked and found.verdict == "same" else found

    def _silently(self, environment: RequestEnvironment, rule: Rule, by: Rule | None) -> Apart:
        """The same for a change that no outcome shows."""
        prover = self._prover
        if not self._ours:
            return Apart("same")  # Cedar knows nothing of all this
        others = [each for each in prover.rules(environment) if each.id != rule.id]
        after = (*others, *(() if by is None else bearing((by,), environment, prover.schema)))
        try:
            space = prover.space(environment)
            questions = list(showing(space, rule, by, self._others(space, rule, environment, others)))
        except Unsupported as error:
            return Apart("unsupported", why=str(error))
        found = Apart("same")
        for wanted, outcome in questions:

            def apart(one: Decision, two: Decision, outcome: str = outcome) -> bool:
                return shows(rule, one, two) and outcome in ("", one.outcome)

            found = self._found(environment, after, wanted, apart)
            if found.verdict != "same":
                return found
        return found

    def _others(self, space: Space, rule: Rule, environment: RequestEnvironment, others: Sequence[Rule]) -> Ruling:
        """What all but one rule decide, kept for the next change of it."""
        rest = self._rest.get((rule.id, environment))
        if rest is None:
            rest = self._rest[rule.id, environment] = space.ruling(others)
        return rest

    def _changed_in(self, environment: RequestEnvironment, rule: Rule, by: Rule | None) -> Apart:
        prover = self._prover
        others = [each for each in prover.rules(environment) if each.id != rule.id]
        after = (*others, *(() if by is None else bearing((by,), environment, prover.schema)))

        def differing(noticed: bool, calm: bool = False) -> Callable[[Space], Term]:
            def term(space: Space) -> Term:
                rest = self._others(space, rule, environment, others)
                apart = _differing_by_one(space, rest, rule, by, ours=self._ours, noticed=noticed)
                return space.terms.and_(apart, *_calm(space, rule, by)) if calm else apart

            return term

        found = self._asked(environment, after, differing(True, calm=True), noticed=True)
        if found.verdict != "differs":  # a request that makes a rule err is shown where no other will do
            found = self._asked(environment, after, differing(True), noticed=True)
        if found.verdict == "same" and rule.kind == "procedure":
            whole = self._asked(environment, after, differing(False), noticed=False)
            return Apart("more", whole.witness) if whole.verdict == "differs" else whole
        return found

    def _asked(
        self,
        environment: RequestEnvironment,
        after: Sequence[Rule],
        differing: Callable[[Space], Term],
        *,
        noticed: bool,
    ) -> Apart:
        try:
            wanted = differing(self._prover.space(environment))
        except Unsupported as error:
            return Apart("unsupported", why=str(error))

        def apart(before: Decision, after: Decision) -> bool:
            one, two = self._told(before), self._told(after)
            more = one.outcome == two.outcome and set(one.procedures) <= set(two.procedures)
            return one != two and not (noticed and more)

        return self._found(environment, after, wanted, apart)

    def _found(
        self,
        environment: RequestEnvironment,
        after: Sequence[Rule],
        wanted: Term,
        apart: Callable[[Decision, Decision], bool],
    ) -> Apart:
        """A case for which ``wanted`` is true, and whose decisions, before and after, are ``apart``."""
        prover, semantics = self._prover, self._task.assumption.semantics
        program = Program(tuple(after), prover.schema)
        evaluators: list[Evaluator] = []  # made when there is a case to ask it about

        def shows(case: Case) -> bool:
            before = prover.replay.decide(case) if self._ours else prover.replay.as_cedar(case)
            return apart(before, evaluators[0].decide(dict(case.request), list(case.entities), semantics=semantics))

        def confirm(case: Case) -> Witness:
            evaluators[:] = [Evaluator(program)]
            if not shows(case):
                raise NotReproduced("both decide it alike")
            return self._witness(program, evaluators[0], prover.tidy(case, shows))

        search = prover.search(environment)
        found = modestly(search.space.terms, [wanted], lambda within: search.find(wanted, confirm, also=within))
        if found.verdict == "none":
            return Apart("same")
        return Apart("differs", found.value) if found.value is not None else Apart("undecided", why=found.why)

    def _told(self, decision: Decision) -> Decided:
        return Decided(decision.outcome, tuple(sorted(decision.procedures)) if self._ours else ())

    def _witness(self, program: Program, evaluator: Evaluator, case: Case) -> Witness:
        """What both engines say, before and after; of a program's rules those that say nothing of the case are left
        out, which is quicker and changes nothing.
        """
        noted = {each.rule for each in evaluator.decide(dict(case.request), list(case.entities)).evidence}
        few = Program(tuple(rule for rule in program.rules if rule.id in noted), program.schema)
        witness = self._prover.witness(case)
        return replace(witness, before=witness.after, after=Replay(few).judged(case, self._task.assumption.semantics))


def _first(found: Sequence[Apart]) -> Apart:
    """One answer for all kinds of request, of which none was found to differ."""
    order = ("undecided", "unsupported", "more")
    return next((each for verdict in order for each in found if each.verdict == verdict), Apart("same"))


def _identity(rules: Sequence[Rule]) -> list[tuple[str, str, str, str]]:
    return [(rule.id, rule.digest, rule.kind, rule.stage) for rule in rules]


# ---- as terms --------------------------------------------------------------------------------------------------------


def _differing_by_one(space: Space, rest: Ruling, rule: Rule, by: Rule | None, *, ours: bool, noticed: bool) -> Term:
    """That the decision differs with ``by`` in the place of ``rule``; the terms of ``rest`` stay as they are, shared.

    Nothing differs where the others forbid or err. Where they permit, a permit adds its error, a forbid takes away;
    where they do not, a permit adds what it permits.
    """
    terms = space.terms
    one, two = space.rule(rule), space.nothing if by is None else space.rule(by)
    if not ours:
        one, two = Encoded(one.satisfied, terms.false), Encoded(two.satisfied, terms.false)
    kinds = rule.kind, rule.kind if by is None else by.kind
    open_ = terms.and_(terms.not_(rest.forbidden), terms.not_(rest.erring))
    if rule.kind == "procedure":
        if not ours:
            return terms.false
        fine = terms.and_(terms.not_(one.erring), terms.not_(two.erring))
        apart = terms.not_(terms.eq(one.satisfied, two.satisfied))
        held = terms.and_(one.satisfied, terms.not_(two.satisfied)) if noticed else apart
        alone = terms.and_(apart, terms.not_(rest.triggered))
        change = terms.or_(terms.not_(terms.eq(one.erring, two.erring)), terms.and_(fine, terms.or_(held, alone)))
        return terms.and_(open_, rest.permitted, change)
    where, elsewhere = (
        terms.not_(terms.eq(_passes(space, kinds[0], one, permitted), _passes(space, kinds[1], two, permitted)))
        for permitted in (True, False)
    )
    return terms.and_(
        open_,
        terms.or_(
            terms.and_(rest.permitted, where),
            terms.and_(terms.not_(rest.permitted), elsewhere),
        ),
    )


def _calm(space: Space, rule: Rule, by: Rule | None) -> list[Term]:
    """That neither errs."""
    terms = space.terms
    return [terms.not_(space.rule(each).erring) for each in (rule, by) if each is not None]


def _passes(space: Space, kind: str, said: Encoded, permitted: bool) -> Term:
    """Whether the request passes, where the others neither forbid nor err, and permit or do not."""
    terms = space.terms
    if kind == "permit":
        return terms.not_(said.erring) if permitted else said.satisfied
    return terms.and_(terms.not_(said.satisfied), terms.not_(said.erring)) if permitted else terms.false


def _differing(space: Space, before: Sequence[Rule], after: Sequence[Rule]) -> Term:
    """The outcomes differ, or both hold and the procedures do."""
    terms = space.terms
    one, two = space.ruling(before), space.ruling(after)
    apart = [terms.not_(terms.eq(one.allow, two.allow)), terms.not_(terms.eq(one.hold, two.hold))]
    first, second = _triggers(space, before), _triggers(space, after)
    for name in dict.fromkeys((*first, *second)):
        a, b = first.get(name, terms.false), second.get(name, terms.false)
        apart.append(terms.and_(one.hold, two.hold, terms.not_(terms.eq(a, b))))
    return terms.or_(*apart)


def _triggers(space: Space, rules: Sequence[Rule]) -> dict[str, Term]:
    """Under Cedar's semantics nothing is ever held, so these do not matter there."""
    return {
        rule.statement.name: space.rule(rule).satisfied
        for rule in rules
        if isinstance(rule.statement, Procedure) and rule.stage == "enforce"
    }
