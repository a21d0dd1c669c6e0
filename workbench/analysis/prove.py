"""Everything that is proved of one constitution in one report: invariants, rules, actions, procedures. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from workbench.analysis.approvers import no_approver, requirement_name
from workbench.analysis.constitution import action_name, actions, forbids, idle_forbid, unpermitted
from workbench.analysis.inquiry import Inquiry
from workbench.analysis.invariants import kept
from workbench.analysis.procedures import held_alone, holding, idle_procedure, origins, pairs, requirements
from workbench.analysis.properties import about_requests, answers_about, kinds_of
from workbench.analysis.results import Answer, Kind, ProofReport
from workbench.analysis.task import Task
from workbench.language.program import Program

NO_PROCEDURES = "procedures hold nothing in Cedar's own semantics: whether one ever does was not looked into"
AMENDMENTS = "of procedures for amendments it was looked into who may approve, not when they apply"


@dataclass(frozen=True)
class _Step:
    """One thing to look into, in words, and the answers that it gives."""

    what: str
    answers: Callable[[], Collection[Answer]]


def prove(
    program: Program,
    task: Task,
    *,
    invariants: Program | None = None,
    kinds: Collection[Kind] | None = None,
    into: list[Answer] | None = None,
) -> ProofReport:
    """Every statement of ``kinds`` (all, for ``None``) about ``program``, and about ``invariants`` that fit its schema.

    ``into``: a list that gets the answers as they come, so that those there are can be told where it is stopped.

    ``task.tell`` hears of every rule, action and procedure; its limit is for one question to the solver. Raises
    ``SolverMissing``, ``Stopped``, and ``ValueError`` for a program without a schema.
    """
    inquiry = Inquiry(program, task, () if invariants is None else invariants.rules)
    steps = list(_steps(inquiry, invariants, kinds))
    answers: list[Answer] = [] if into is None else into
    try:
        for place, step in enumerate(steps):
            task.step(place, len(steps), step.what)
            answers += step.answers()
    finally:
        inquiry.remember_requests()  # what was found is of use to the next run, even if this one is stopped
    task.step(len(steps), len(steps), "done")
    return ProofReport(
        task.assumption,
        tuple(answers),
        len(program.rules),
        len(inquiry.prover.environments),
        tuple(_left_out(inquiry, kinds)),
    )


def _steps(inquiry: Inquiry, invariants: Program | None, kinds: Collection[Kind] | None) -> Iterator[_Step]:
    program, task = inquiry.program, inquiry.task

    def wanted(kind: Kind) -> bool:
        return kinds is None or kind in kinds

    if invariants is not None and wanted("invariant"):
        for rule in invariants.rules:
            yield _Step(f"invariant {rule.id}", partial(_one, kept, inquiry, rule))
    for rule in about_requests(program):
        if any(map(wanted, kinds_of(rule))):
            yield _Step(f"rule {rule.id}", partial(answers_about, inquiry, rule, kinds))
    if wanted("unpermitted"):
        for action in actions(inquiry):
            yield _Step(f"action {action_name(action)}", partial(_one, unpermitted, inquiry, action))
    if wanted("idle_forbid"):
        for rule in forbids(program):
            yield _Step(f"rule {rule.id}", partial(_one, idle_forbid, inquiry, rule))
    if wanted("idle_procedure"):
        for rule in holding(inquiry):
            yield _Step(f"procedure {rule.id}", partial(_one, idle_procedure, inquiry, rule))
    if wanted("no_approver"):
        for rule, place in requirements(program):
            what = f"approval {requirement_name(rule, place)}"
            yield _Step(what, partial(_one, no_approver, program, task, rule, place, origins(program, rule)))
    if wanted("held_alone"):
        for one, other in pairs(inquiry):
            yield _Step(f"procedures {one.id} and {other.id}", partial(_one, held_alone, inquiry, one, other))


def _one(ask: Callable[..., Answer], *about: object) -> tuple[Answer]:
    return (ask(*about),)


def _left_out(inquiry: Inquiry, kinds: Collection[Kind] | None) -> Iterator[str]:
    yield from inquiry.unsupported()
    procedures = [procedure for _, procedure in inquiry.program.procedures]
    asked = kinds is None or not {"idle_procedure", "held_alone"}.isdisjoint(kinds)
    if asked and not inquiry.ours and any(procedure.action is not None for procedure in procedures):
        yield NO_PROCEDURES
    if (kinds is None or "no_approver" in kinds) and any(procedure.amendment is not None for procedure in procedures):
        yield AMENDMENTS
