"""What is so of single rules: that they never err, never or always apply, are overridden, or change nothing. Pure.

A rule is asked about in every environment that its scope lets through. Whether it errs and applies depends on the rule
and the schema alone; whether it is overridden or redundant depends on all rules that bear there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from workbench.analysis.inquiry import Inquiry, Settled, Shows, both
from workbench.analysis.law import Blame, Law, Seen
from workbench.analysis.replay import Replay
from workbench.analysis.results import Answer, Kind, RequestEnvironment
from workbench.analysis.search import NOT_REPRODUCED
from workbench.analysis.task import Task
from workbench.analysis.terms import Term
from workbench.language.ast import Procedure
from workbench.language.program import Program, Rule
from workbench.language.quotation import quoted

RULE_KINDS: tuple[Kind, ...] = (
    "never_errors",
    "never_applies",
    "always_applies",
    "overridden",
    "redundant",
    "idle_preference",
)
# A request that refutes an earlier one of these often refutes the later ones too.
_TELLING: tuple[Kind, ...] = (
    "redundant",
    "overridden",
    "idle_preference",
    "never_applies",
    "never_errors",
    "always_applies",
)


def rule_answers(program: Program, task: Task, kinds: Collection[Kind] | None = None) -> Iterator[Answer]:
    """Every statement of ``kinds`` about every rule, in the order of the rules.

    Procedures are their triggers; those for amendments are left out. Observed rules are asked about alone. Raises
    ``SolverMissing`` and ``Stopped``.
    """
    inquiry = Inquiry(program, task)
    for rule in about_requests(program):
        yield from answers_about(inquiry, rule, kinds)
    inquiry.remember_requests()


def about_requests(program: Program) -> tuple[Rule, ...]:
    """The rules that bear on requests: all but the procedures for amendments."""
    return tuple(
        rule for rule in program.rules if not (isinstance(rule.statement, Procedure) and rule.statement.action is None)
    )


def kinds_of(rule: Rule) -> tuple[Kind, ...]:
    """The statements that can be made of a rule."""
    alone: tuple[Kind, ...] = ("never_errors", "never_applies", "always_applies")
    if rule.stage == "observe":
        return alone
    if rule.kind == "permit":
        return (*alone, "overridden", "redundant")
    if rule.kind == "forbid":
        return (*alone, "redundant")
    return (*alone, "idle_preference") if rule.kind == "prefer" else alone


def answers_about(inquiry: Inquiry, rule: Rule, kinds: Collection[Kind] | None = None) -> tuple[Answer, ...]:
    """The statements of ``kinds`` about one rule, in the order of :data:`RULE_KINDS`."""
    wanted = [kind for kind in kinds_of(rule) if kinds is None or kind in kinds]
    asked = _AboutRule(inquiry, rule)
    found = {kind: asked.answer(kind) for kind in _TELLING if kind in wanted}
    return tuple(found[kind] for kind in RULE_KINDS if kind in found)


@dataclass(frozen=True)
class _AboutRule:
    """The questions about one rule, each in one environment."""

    inquiry: Inquiry
    rule: Rule

    def answer(self, kind: Kind) -> Answer:
        """The statement, over every environment that the rule bears on."""
        inquiry, rule = self.inquiry, self.rule
        alone = kind in ("never_errors", "never_applies", "always_applies")

        def ask(environment: RequestEnvironment) -> Settled:
            return inquiry.remembered(
                kind, environment, (rule,) if alone else None, lambda: self._ask(kind, environment), rule.id
            )

        return inquiry.answer(kind, rule.id, inquiry.bearing(rule), ask)

    def _ask(self, kind: Kind, environment: RequestEnvironment) -> Settled:
        inquiry, digest = self.inquiry, self.rule.digest
        said = inquiry.prover.space(environment).rule(self.rule)
        match kind:
            case "never_errors":
                return inquiry.seek(environment, said.erring, lambda seen: digest in seen.erring)
            case "never_applies":
                return inquiry.seek(environment, said.satisfied, lambda seen: digest in seen.satisfied)
            case "always_applies":
                terms = inquiry.prover.space(environment).terms
                other = terms.not_(said.satisfied)
                return inquiry.seek(environment, other, lambda seen: digest not in seen.satisfied)
            case "overridden":
                return self._overridden(environment)
            case "redundant" if self.rule.kind == "permit":
                return self._redundant_permit(environment)
            case "redundant":
                return self._redundant_forbid(environment)
        return self._idle_preference(environment)

    def _overridden(self, environment: RequestEnvironment) -> Settled:
        """Whenever the permit applies, a forbid denies, or, where errors deny, another rule's error does."""
        inquiry, rule = self.inquiry, self.rule
        return inquiry.seek(
            environment,
            inquiry.law(environment).said(rule).satisfied,
            lambda seen: rule.digest in seen.satisfied and seen.passes,
            inquiry.law(environment).denials,
            inquiry.law(environment).all_denials(),
            like=f"overridden {rule.digest}",
        )

    def _idle_preference(self, environment: RequestEnvironment) -> Settled:
        inquiry, rule, law = self.inquiry, self.rule, self.inquiry.law(environment)
        return inquiry.seek_permitted(
            environment,
            law.said(rule).satisfied,
            lambda seen: rule.digest in seen.satisfied and seen.passes,
            law.denials,
            law.all_denials(),
            like=f"idle {rule.digest}",
        )

    # ---- redundant

    def _redundant_permit(self, environment: RequestEnvironment) -> Settled:
        """It lets nothing through that nothing else does, and its errors deny nothing that would pass."""
        inquiry, rule, law = self.inquiry, self.rule, self.inquiry.law(environment)
        said = law.said(rule)

        def excuses(seen: Seen) -> Iterator[Blame]:
            yield from law.denials(seen)
            yield from law.permits(seen, rule)

        every = (*law.all_denials(rule), *law.all_permits(rule))
        like = f"redundant {rule.digest}"
        found = inquiry.seek(environment, said.satisfied, self._differs(law), excuses, every, like=like)
        lets = self._changed(environment, found)
        return self._errors_too(environment, lets)

    def _redundant_forbid(self, environment: RequestEnvironment) -> Settled:
        """It denies nothing that would pass, and its errors do not."""
        denies = self._denies(environment, self.inquiry.law(environment).said(self.rule).satisfied, "denies")
        return self._errors_too(environment, denies)

    def _errors_too(self, environment: RequestEnvironment, settled: Settled) -> Settled:
        """The other half: where errors deny, those of the rule deny nothing that would pass.

        A proof names the rules that cover what the rule says; those that err beside it only where nothing else does.
        """
        law = self.inquiry.law(environment)
        if settled.verdict == "found" or not law.ours:
            return settled
        errors = self._denies(environment, law.said(self.rule).erring, "errs")
        if settled.verdict == "none" and errors.verdict == "none":
            return settled if settled.by else errors
        return both(settled, errors)

    def _denies(self, environment: RequestEnvironment, when: Term, how: str) -> Settled:
        """Nothing that passes without the rule is denied because of it."""
        inquiry, rule, law = self.inquiry, self.rule, self.inquiry.law(environment)
        differs, every = self._differs(law), law.all_denials(rule)
        found = inquiry.seek_permitted(
            environment,
            when,
            differs,
            lambda seen: law.denials(seen, rule),
            every,
            but=rule,
            like=f"{how} {rule.digest}",
        )
        return self._changed(environment, found)

    def _differs(self, law: Law) -> Shows:
        return lambda seen: seen.outcome != law.without(seen, self.rule)

    def _changed(self, environment: RequestEnvironment, settled: Settled) -> Settled:
        """A request that is found is put to the engine without the rule: to what else has something to say of it."""
        if settled.case is None:
            return settled
        prover, semantics = self.inquiry.prover, self.inquiry.task.assumption.semantics
        seen = self.inquiry.seen(environment, settled.case)
        speaking = seen.satisfied | seen.erring
        rest = tuple(each for each in prover.rules(environment) if each.id != self.rule.id and each.digest in speaking)
        if Replay(Program(rest, prover.schema)).outcome(settled.case, semantics) != prover.replay.outcome(
            settled.case, semantics
        ):
            return settled
        return Settled("undecided", why=f"{NOT_REPRODUCED}: removing {quoted(self.rule.id)} changes nothing of it")
