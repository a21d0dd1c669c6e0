"""What is so of a constitution as a whole: actions that nothing permits, forbids of what nothing permits. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from workbench.analysis.inquiry import Inquiry, Settled
from workbench.analysis.results import Answer, Kind, RequestEnvironment
from workbench.analysis.task import Task
from workbench.engine.values import EntityUid
from workbench.language.program import Program, Rule

CONSTITUTION_KINDS: tuple[Kind, ...] = ("unpermitted", "idle_forbid")


def constitution_answers(program: Program, task: Task, kinds: Collection[Kind] | None = None) -> Iterator[Answer]:
    """Of every action that requests may name whether any can be permitted, of every forbid that binds whether it
    forbids anything that is. In the order of the schema and of the rules. Raises ``SolverMissing`` and ``Stopped``.
    """
    inquiry = Inquiry(program, task)
    if kinds is None or "unpermitted" in kinds:
        for action in actions(inquiry):
            yield unpermitted(inquiry, action)
    if kinds is None or "idle_forbid" in kinds:
        for rule in forbids(program):
            yield idle_forbid(inquiry, rule)
    inquiry.remember_requests()


def actions(inquiry: Inquiry) -> tuple[tuple[str, str], ...]:
    """The actions that requests may name, whether a rule speaks of them or not."""
    return tuple(dict.fromkeys(environment.action for environment in inquiry.prover.environments))


def forbids(program: Program) -> tuple[Rule, ...]:
    """The forbids that bind."""
    return tuple(rule for rule in program.rules if rule.kind == "forbid" and rule.stage == "enforce")


def action_name(action: tuple[str, str]) -> str:
    """What an answer calls an action: its id, or the whole uid where it is not simply an ``Action``."""
    return action[1] if action[0] == "Action" else str(EntityUid(*action))


def unpermitted(inquiry: Inquiry, action: tuple[str, str]) -> Answer:
    """No request to do it is permitted, not even after approval; ``by``: the rules that deny what permits permit."""

    def ask(environment: RequestEnvironment) -> Settled:
        law = inquiry.law(environment)
        return inquiry.seek_permitted(environment, law.space.terms.true, lambda seen: seen.passes, law.denials)

    return inquiry.answer(
        "unpermitted",
        action_name(action),
        [environment for environment in inquiry.prover.environments if environment.action == action],
        lambda environment: inquiry.remembered("unpermitted", environment, None, lambda: ask(environment)),
    )


def idle_forbid(inquiry: Inquiry, rule: Rule) -> Answer:
    """Nothing that satisfies the forbid satisfies a permit that binds, whatever else denies it.

    What the rule denies by its errors alone is not what it forbids: of that, ``redundant`` speaks.
    """

    def ask(environment: RequestEnvironment) -> Settled:
        law = inquiry.law(environment)
        inquiry.prover.space(environment).rule(rule)  # unsupported, if it is
        permits = {each.digest for each in law.of("permit")}
        return inquiry.seek_permitted(
            environment,
            law.said(rule).satisfied,
            lambda seen: rule.digest in seen.satisfied and not permits.isdisjoint(seen.satisfied),
        )

    return inquiry.answer(
        "idle_forbid",
        rule.id,
        inquiry.bearing(rule),
        lambda environment: inquiry.remembered("idle_forbid", environment, None, lambda: ask(environment), rule.id),
    )
