"""Changes that no outcome shows: what a procedure asks of people, what a preference weighs, a rule on trial. Pure.

A test case can tell of them still: by ``requires``, ``score``, ``observed`` (``analysis.expecting``). Given here are
the questions, as terms; ``analysis.equivalence`` asks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from workbench.analysis.space import Ruling, Space
from workbench.analysis.terms import Term
from workbench.engine.decision import Decision
from workbench.language.ast import Prefer, Procedure
from workbench.language.program import Rule

ESCALATED = "no request is held by it alone: it is asked where another escalates to it, which no test case tells of"


def is_silent(rule: Rule, by: Rule | None) -> bool:
    """Whether ``by`` in the place of ``rule`` (nothing, for ``None``) can change no outcome."""
    if rule.kind == "prefer" or rule.stage == "observe":
        return True
    return by is not None and asks_otherwise(rule, by)


def asks_otherwise(rule: Rule, by: Rule) -> bool:
    """Whether two procedures are for the same requests, and ask for something else of people."""
    one, two = rule.statement, by.statement
    return (
        isinstance(one, Procedure)
        and isinstance(two, Procedure)
        and one != two
        and replace(two, **{name: getattr(one, name) for name in _ASKED}) == one
    )


_ASKED = ("requires", "timelock", "timeout", "on_timeout", "on_rejection", "annotations")


def showing(space: Space, rule: Rule, by: Rule | None, rest: Ruling) -> Iterator[tuple[Term, str]]:
    """Where the change shows, the plainest requests first, each with its outcome where that is settled.

    ``rest``: what the other rules decide.
    """
    terms = space.terms
    one, two = space.rule(rule), space.nothing if by is None else space.rule(by)
    passes = terms.and_(rest.permitted, terms.not_(rest.forbidden), terms.not_(rest.erring))
    if rule.stage == "observe":
        trial = terms.or_(one.satisfied, one.erring)
        other = terms.false if by is None or by.stage == "enforce" else terms.or_(two.satisfied, two.erring)
        apart = terms.not_(terms.eq(trial, other))
    elif rule.kind == "prefer":
        apart = terms.or_(*_weighs(space, rule, by))
    else:
        yield terms.and_(passes, one.satisfied), "hold"
        return
    yield terms.and_(passes, terms.not_(rest.triggered), apart), "allow"
    yield apart, ""


def _weighs(space: Space, rule: Rule, by: Rule | None) -> Iterator[Term]:
    """That both scores differ."""
    terms, nothing = space.terms, space.nothing
    one, two = space.rule(rule).satisfied, (nothing if by is None else space.rule(by)).satisfied
    first, second = _score(rule), _score(by)
    if first != second:
        yield terms.and_(one, two)
    if first:
        yield terms.and_(one, terms.not_(two))
    if second:
        yield terms.and_(two, terms.not_(one))


def _score(rule: Rule | None) -> object:
    return rule.statement.score if rule is not None and isinstance(rule.statement, Prefer) else 0


def shows(rule: Rule, before: Decision, after: Decision) -> bool:
    """Whether what both engines' decisions say apart from the outcome shows the change of ``rule``."""
    if rule.stage == "observe":
        return (rule.id in before.observed) != (rule.id in after.observed)
    if rule.kind == "prefer":
        return before.score != after.score
    return isinstance(rule.statement, Procedure) and rule.statement.name in before.procedures


def escalated_to(rule: Rule, rules: Iterable[Rule]) -> bool:
    """Whether some other procedure escalates to this one: it is then asked though it holds nothing itself."""
    assert isinstance(rule.statement, Procedure)
    name = rule.statement.name
    return any(
        fallback is not None and fallback.kind == "escalate" and fallback.procedure == name
        for other in _procedures(rules)
        if other.name != name
        for fallback in (other.on_timeout, other.on_rejection)
    )


def _procedures(rules: Iterable[Rule]) -> Sequence[Procedure]:
    return [rule.statement for rule in rules if isinstance(rule.statement, Procedure)]
