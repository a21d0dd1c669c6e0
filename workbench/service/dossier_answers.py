"""What the analyses say of a proposal, for its dossier: asked for here, or read out of a dossier and believed only
where it can be confirmed.

A dossier carries the answers that it tells as data, so that its bytes follow from the proposal and from them. A solver
may name another witness (one of another release, and the same one after other questions), and a slow machine may leave
open what a quick one decides; so two people may hold different dossiers of one proposal. Whoever takes one in
(:func:`unconfirmed`) has the analyses made again and replays every witness in both engines. Not for faces.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import TypeAdapter, ValidationError

from workbench.analysis.assumptions import OURS
from workbench.analysis.results import (
    CHANGES,
    Answer,
    Change,
    ChangeWitness,
    Difference,
    Outcome,
    ProofReport,
    RequestEnvironment,
    Witness,
)
from workbench.analysis.task import Task
from workbench.analysis.words import Voice, news, tone
from workbench.analysis.words_answer import denies_the_unknown
from workbench.engine.request import as_uid
from workbench.language.quotation import quoted
from workbench.service.analysis_subjects import Subject
from workbench.service.analyst import Analyst, solver_here
from workbench.service.dossier_mutants import Noticed, looked_into, mistakes_unconfirmed

# For one question: what is left open here stays open in what people sign, and a proposer can write rules that are hard.
# No limit for all of them together: where time ends, two machines would leave open something else, and no dossier of
# such a proposal could be confirmed.
LIMIT_MS = 3_000
_SOLVER = "z3-solver"
_SOLVERS = re.compile(r"z3-solver(?: \d+(?:\.\d+)*)?")
_NUMBER = re.compile(r"#\d+\Z")  # of a procedure's requirements
_BECOMES: Mapping[Change, Outcome] = {"permitted": "allow", "denied": "deny", "held": "hold"}
# What a witness that nobody found can come to.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, StopIteration)


@dataclass(frozen=True, slots=True)
class Answers:
    """``difference``: of the proposal from its parent. ``report``: of the proposal; its witnesses are there where a
    reader is told of them, and where they show that there is nothing to tell. ``tested``: what its test cases would
    notice. ``solver``: which one was asked."""

    solver: str
    difference: Difference
    report: ProofReport
    tested: Noticed


def answers(
    analyst: Analyst,
    parent: Subject,
    child: Subject,
    task: Task | None = None,
    *,
    cases: Sequence[Mapping[str, Any]] = (),
) -> Answers | None:
    """The analyses of a proposal; ``None`` where there is no solver. May take long.

    ``cases``: its test cases, in the artifact's form. ``task``: its ``stop`` and ``tell`` are used. Raises ``Stopped``.
    """
    if not solver_here():
        return None
    given = replace(task or Task(), assumption=OURS, limit_ms=LIMIT_MS)
    difference = analyst.difference(parent.program, child.program, given)
    report = analyst.prove(child.program, given, invariants=child.invariants)
    shown, voice = {id(answer) for answer in told(report, parent, child)[0]}, _voice(child)
    kept = tuple(
        answer if id(answer) in shown or denies_the_unknown(answer, voice) else _bare(answer)
        for answer in report.answers
    )
    tested = looked_into(child.program, cases, given)
    made = Answers(_solver(), difference, replace(report, answers=kept), tested)
    return from_text(to_text(made))  # as whoever reads the dossier has them


def told(report: ProofReport, parent: Subject, child: Subject) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    """What is worth telling: in full, and in a sentence each, namely warnings about rules that the proposal leaves as
    they are."""
    found = news(report, _voice(child))
    kept = {rule.digest for rule in parent.program.rules}
    old = {rule.id for rule in child.program.rules if rule.digest in kept}
    brief = [tone(answer) == "warn" and old.issuperset(_NUMBER.sub("", answer.about).split(" + ")) for answer in found]
    full = tuple(answer for answer, short in zip(found, brief, strict=True) if not short)
    return full, tuple(answer for answer, short in zip(found, brief, strict=True) if short)


def _voice(child: Subject) -> Voice:
    return Voice(child.program, invariants=child.invariants)


def _bare(answer: Answer) -> Answer:
    """An answer that is only counted, or told in a sentence that needs no witness."""
    by = answer.by if answer.verdict == "holds" else ()  # by which rules it is so belongs to the sentence
    return replace(answer, environment=None, witness=None, by=by, why="")


def _solver() -> str:
    try:
        return f"{_SOLVER} {version(_SOLVER)}"
    except PackageNotFoundError:
        return _SOLVER


# ---- as data ---------------------------------------------------------------------------------------------------------


@cache
def _form() -> TypeAdapter[Answers | None]:
    return TypeAdapter(Answers | None)


def to_text(found: Answers | None) -> str:
    """Answers as JSON in ASCII, sorted; ``null`` where there are none."""
    plain = _form().dump_python(found, mode="json")
    return json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def from_text(text: str) -> Answers | None:
    """Answers from their JSON. Raises ``ValueError`` for anything else."""
    try:
        return _form().validate_python(json.loads(text))
    except (ValidationError, RecursionError) as error:
        raise ValueError("this is not what a dossier says of proofs") from error


# ---- whether they can be confirmed -----------------------------------------------------------------------------------


def unconfirmed(theirs: Answers, ours: Answers, parent: Subject, child: Subject) -> str:
    """Why answers that others made cannot be confirmed by ``ours``; empty where they can.

    Every verdict must be the same, and everything that is said but the witnesses: those may be others, as many and for
    the same reasons, if both engines do with each what is said of it.
    """
    if _SOLVERS.fullmatch(theirs.solver) is None:
        return "it names no solver"
    for told, own in zip(theirs.report.answers, ours.report.answers, strict=False):
        if (told.kind, told.about) == (own.kind, own.about) and told.verdict != own.verdict:
            return f"{told.kind} of {quoted(told.about[:80])}: it says {told.verdict}, and here it is {own.verdict}"
    if _claims(theirs.report) != _claims(ours.report):
        return "its proofs are not those that are made here"
    if _spoken(theirs.report, parent, child) != _spoken(ours.report, parent, child):
        return "it warns of other things than are found here"  # what a witness shows decides what is told
    for theirs_here, ours_here in zip(theirs.difference.environments, ours.difference.environments, strict=False):
        for change in CHANGES:
            told_verdict, own_verdict = theirs_here.verdicts.get(change), ours_here.verdicts[change]
            if theirs_here.environment == ours_here.environment and told_verdict != own_verdict:
                where = f"{theirs_here.environment}, {change}"
                return f"{where}: it says {told_verdict}, and here it is {own_verdict}"
    if _changes(theirs.difference) != _changes(ours.difference):
        return "the differences that it tells are not those that are found here"
    spurious = next(_spurious(theirs, parent, child), "")
    return spurious or mistakes_unconfirmed(theirs.tested, ours.tested, child.program)


def _claims(report: ProofReport) -> tuple[ProofReport, list[bool]]:
    """A report without what may be another solver's choice: witnesses and what comes with them; and where one is."""
    bare = tuple(
        answer if answer.witness is None else replace(answer, witness=None, environment=None, by=(), proved=0)
        for answer in report.answers
    )
    return replace(report, answers=bare), [answer.witness is not None for answer in report.answers]


def _spoken(report: ProofReport, parent: Subject, child: Subject) -> tuple[list[tuple[str, str]], ...]:
    """What a reader is told of, in full and in a sentence."""
    return tuple([(answer.kind, answer.about) for answer in part] for part in told(report, parent, child))


def _changes(difference: Difference) -> tuple[Difference, list[Counter[tuple[str, ...]]]]:
    """A difference without its witnesses, and what they are there for: where all were found, their rules."""
    bare = tuple(replace(each, witnesses=()) for each in difference.environments)
    counted = [
        Counter(_reason(told, each.exhausted.get(told.change, False)) for told in each.witnesses)
        for each in difference.environments
    ]
    return replace(difference, environments=bare), counted


def _reason(told: ChangeWitness, every: bool) -> tuple[str, ...]:
    return (told.change, *(sorted(told.rules) if every else ()))


def _spurious(found: Answers, parent: Subject, child: Subject) -> Iterator[str]:
    """What the engines do otherwise than witnesses say."""
    from workbench.analysis.difference import Comparison
    from workbench.analysis.model import Case
    from workbench.analysis.replay import NotReproduced, Replay

    comparison, replay = Comparison(parent.program, child.program, Task(OURS)), Replay(child.program)
    programs = [each for each in (parent.program, child.program, child.invariants) if each is not None]
    known = {id for program in programs for id in program.by_id}
    for environment, told in found.difference.witnesses:
        try:
            made = comparison.witness(Case(told.witness.request, told.witness.entities))
            fits = _within(environment, told.witness) and known.issuperset(told.rules)
        except (NotReproduced, *_MALFORMED) as error:
            yield f"a witness of {environment} does not reproduce: {error}"
            continue
        changed = made.before is not None and made.before.outcome != made.after.outcome == _BECOMES[told.change]
        if made != told.witness or not changed or not fits:
            yield f"the engines do otherwise with a witness of {environment}"
    for answer in found.report.answers:
        if answer.witness is None:
            continue
        about = f"a witness of {answer.kind}, {quoted(answer.about[:80])},"
        try:
            judged = replay.judged(Case(answer.witness.request, answer.witness.entities), OURS.semantics)
            fits = answer.environment is not None and _within(answer.environment, answer.witness)
        except (NotReproduced, *_MALFORMED) as error:
            yield f"{about} does not reproduce: {error}"
            continue
        named = {answer.about, *judged.reasons, *judged.errors, *judged.permits}
        if judged != answer.witness.after or not fits or not named.issuperset(answer.by):
            yield f"{about} is not what the engines make of it"


def _within(environment: RequestEnvironment, witness: Witness) -> bool:
    """Whether a request is one of these. Raises ``ValueError``."""
    principal, action, resource = (as_uid(witness.request[name]) for name in ("principal", "action", "resource"))
    asked = RequestEnvironment(principal.type, (action.type, action.id), resource.type)
    return asked == environment
