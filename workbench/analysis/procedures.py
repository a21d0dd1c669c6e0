"""What is so of procedures: that one never holds a request, that two never hold the same. Pure.

Who can approve is asked in ``analysis.approvers``. Cedar knows no procedures: under its semantics none holds anything,
and nothing is said here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from workbench.analysis.approvers import no_approver
from workbench.analysis.inquiry import Inquiry, Settled
from workbench.analysis.law import Seen
from workbench.analysis.results import Answer, Kind, RequestEnvironment
from workbench.analysis.task import Task
from workbench.language.ast import Procedure
from workbench.language.program import Program, Rule
from workbench.language.structure import escalation_targets

PROCEDURE_KINDS: tuple[Kind, ...] = ("idle_procedure", "no_approver", "held_alone")


def procedure_answers(program: Program, task: Task, kinds: Collection[Kind] | None = None) -> Iterator[Answer]:
    """Of every procedure that binds whether it ever holds a request, of every approval that one requires whether
    anybody can give it, of every two whether a request can be held by both. Raises ``SolverMissing`` and ``Stopped``.
    """
    inquiry = Inquiry(program, task)
    if kinds is None or "idle_procedure" in kinds:
        for rule in holding(inquiry):
            yield idle_procedure(inquiry, rule)
    if kinds is None or "no_approver" in kinds:
        for rule, place in requirements(program):
            yield no_approver(program, task, rule, place, origins(program, rule))
    if kinds is None or "held_alone" in kinds:
        for one, other in pairs(inquiry):
            yield held_alone(inquiry, one, other)
    inquiry.remember_requests()


def holding(inquiry: Inquiry) -> tuple[Rule, ...]:
    """The procedures that bind requests."""
    if not inquiry.ours:
        return ()
    return tuple(
        rule
        for rule, procedure in inquiry.program.procedures
        if procedure.action is not None and rule.stage == "enforce"
    )


def requirements(program: Program) -> Iterator[tuple[Rule, int]]:
    """Every ``require`` of every procedure, those for amendments and observed ones too."""
    for rule, procedure in program.procedures:
        for place in range(len(procedure.requires)):
            yield rule, place


def pairs(inquiry: Inquiry) -> tuple[tuple[Rule, Rule], ...]:
    """Every two procedures that bear on one environment."""
    among = [(rule, frozenset(inquiry.bearing(rule))) for rule in holding(inquiry)]
    return tuple((one, two) for (one, here), (two, there) in combinations(among, 2) if here & there)


def origins(program: Program, rule: Rule) -> tuple[Rule, ...]:
    """The procedures whose requests it may have to decide: it, and those that bind and escalate to it."""
    assert isinstance(rule.statement, Procedure)
    procedures = {each.name: (of, each) for of, each in program.procedures if each.action is not None}
    leading = [
        of
        for name, (of, _) in procedures.items()
        if of.stage == "enforce" and rule.statement.name in escalation_targets(name, procedures)
    ]
    return (rule, *(each for each in leading if each.id != rule.id))


def idle_procedure(inquiry: Inquiry, rule: Rule) -> Answer:
    """It never holds a request: nothing that is permitted triggers it, or one that escalates to it.

    ``by``: the rules that deny what triggers it.
    """
    leading = origins(inquiry.program, rule)
    digests = {each.digest for each in leading}

    def shows(seen: Seen) -> bool:
        return seen.outcome == "hold" and not digests.isdisjoint(seen.satisfied)

    def ask(environment: RequestEnvironment) -> Settled:
        law = inquiry.law(environment)
        inquiry.prover.space(environment).rule(rule)  # unsupported, if it is
        triggered = law.space.terms.or_(*(law.said(each).satisfied for each in leading))
        return inquiry.seek_permitted(environment, triggered, shows, law.denials, tuple(law.all_denials()))

    among = {environment: None for each in leading for environment in inquiry.bearing(each)}
    return inquiry.answer(
        "idle_procedure",
        rule.id,
        among,
        lambda environment: inquiry.remembered(
            "idle_procedure", environment, None, lambda: ask(environment), *(each.id for each in leading)
        ),
    )


def held_alone(inquiry: Inquiry, one: Rule, other: Rule) -> Answer:
    """No request is held by both; ``by``: the rules that deny what triggers both."""
    digests = {one.digest, other.digest}

    def shows(seen: Seen) -> bool:
        return seen.outcome == "hold" and digests <= seen.satisfied

    def ask(environment: RequestEnvironment) -> Settled:
        law = inquiry.law(environment)
        said = [inquiry.prover.space(environment).rule(rule).satisfied for rule in (one, other)]
        both = law.space.terms.and_(*said)
        return inquiry.seek_permitted(environment, both, shows, law.denials, tuple(law.all_denials()))

    there: Sequence[RequestEnvironment] = inquiry.bearing(other)
    return inquiry.answer(
        "held_alone",
        f"{one.id} + {other.id}",
        [environment for environment in inquiry.bearing(one) if environment in there],
        lambda environment: inquiry.remembered(
            "held_alone", environment, None, lambda: ask(environment), one.id, other.id
        ),
    )
