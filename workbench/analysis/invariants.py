"""Invariants: what the author demands of a constitution, as Cedar+, and whether it is kept. Pure.

A ``forbid`` says *never permitted*. It is kept if no request that satisfies it can be allowed or held: what people can
approve is permitted after all. Where the forbid itself errs (it reads what is missing), nobody can say that it does not
apply; so what is permitted there breaks it too, under Cedar's semantics as well.

A ``permit`` says *always permitted*. It is kept if every request that satisfies it is allowed; one that waits for an
approval is not, and breaks it. Where the permit itself errs it demands nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from workbench.analysis.inquiry import Inquiry, Settled, both
from workbench.analysis.law import Seen
from workbench.analysis.results import Answer, Kind, RequestEnvironment
from workbench.analysis.task import Task
from workbench.language.check import check
from workbench.language.diagnostics import Diagnostic, Finding, LineMap
from workbench.language.program import CheckResult, Program, Rule
from workbench.language.schema import Schema

INVARIANT_KINDS: tuple[Kind, ...] = ("invariant",)
_HELP = {
    "prefer": "a preference decides nothing; write a `forbid` (never permitted) or a `permit` (always permitted)",
    "procedure": "write a `forbid` for what must not be permitted, not even once it was approved",
    "stage": "an invariant is demanded or it is not; take `@stage` away",
}


def check_invariants(text: str, schema: str | Schema | None, taken: Collection[str] = ()) -> CheckResult:
    """The invariants of a text, as a program, or every mistake in it with its place. Never raises on bad input.

    Checked as rules are, and permits and forbids alone: anything else is CP012. ``taken``: ids of the rules that they
    are about, which none of them may have (CP006), or one could be taken for the other where it is told. Warnings are
    about rules that decide, which invariants do not; none is given.
    """
    checked = check(text, schema)
    found = [diagnostic for diagnostic in checked.diagnostics if diagnostic.severity == "error"]
    if checked.program is not None:
        lines = LineMap(text)
        found += [diagnostic for rule in checked.program.rules for diagnostic in _refused(rule, lines, taken)]
    return CheckResult(None if found else checked.program, tuple(found))


def _refused(rule: Rule, lines: LineMap, taken: Collection[str]) -> Iterator[Diagnostic]:
    if rule.id in taken:
        finding = Finding("CP006", f"a rule has the id `{rule.id}`", rule.statement.span, help="give it one of its own")
        yield finding.at(lines, rule.span.start, rule.id)
    if rule.kind in ("prefer", "procedure"):
        message = f"a `{rule.kind}` is no invariant"
        finding = Finding("CP012", message, rule.statement.span, "a `permit` or a `forbid`", help=_HELP[rule.kind])
        yield finding.at(lines, rule.span.start, rule.id)
    for annotation in rule.statement.annotations:
        if annotation.name == "stage":
            finding = Finding("CP012", "an invariant has no stage", annotation.span, help=_HELP["stage"])
            yield finding.at(lines, rule.span.start, rule.id)


# ---- whether they are kept -------------------------------------------------------------------------------------------


def invariant_answers(program: Program, invariants: Program, task: Task) -> Iterator[Answer]:
    """Whether the program keeps each invariant, in their order. ``invariants`` fit the program's schema.

    ``by``: where one is broken, the rules that decide the witness; where it is kept, rules that a proof needs. Raises
    ``SolverMissing`` and ``Stopped``.
    """
    inquiry = Inquiry(program, task, invariants.rules)
    for invariant in invariants.rules:
        yield kept(inquiry, invariant)
    inquiry.remember_requests()


def kept(inquiry: Inquiry, invariant: Rule) -> Answer:
    """Whether one invariant is kept."""
    ask = _never if invariant.kind == "forbid" else _always

    def remembered(environment: RequestEnvironment) -> Settled:
        return inquiry.remembered(
            "invariant",
            environment,
            None,
            lambda: ask(inquiry, invariant, environment),
            invariant.kind,
            invariant.digest,
        )

    return inquiry.answer("invariant", invariant.id, inquiry.bearing(invariant), remembered)


def _never(inquiry: Inquiry, invariant: Rule, environment: RequestEnvironment) -> Settled:
    law = inquiry.law(environment)
    said = inquiry.prover.space(environment).rule(invariant)
    every = tuple(law.all_denials())
    plainly = inquiry.seek_permitted(
        environment, said.satisfied, lambda seen: seen.passes and invariant.digest in seen.satisfied, law.denials, every
    )
    if plainly.verdict == "found":
        return plainly
    by_error = inquiry.seek_permitted(
        environment, said.erring, lambda seen: seen.passes and invariant.digest in seen.erring, law.denials, every
    )
    return both(plainly, by_error)


def _always(inquiry: Inquiry, invariant: Rule, environment: RequestEnvironment) -> Settled:
    law, terms = inquiry.law(environment), inquiry.prover.space(environment).terms
    satisfied = inquiry.prover.space(environment).rule(invariant).satisfied

    def shows(seen: Seen) -> bool:
        return invariant.digest in seen.satisfied and seen.outcome != "allow"

    unpermitted = inquiry.seek(environment, satisfied, shows, law.permits, tuple(law.all_permits()))
    if unpermitted.verdict == "found":
        return unpermitted
    stopped = terms.and_(satisfied, terms.or_(law.forbidden(), law.erring(), law.triggered()))
    return both(unpermitted, inquiry.seek(environment, stopped, shows))
