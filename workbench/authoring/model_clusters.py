"""Which proposals decide alike, and a request that separates those that do not. Pure.

Two sets of rules are compared twice: by themselves, and beside a permit for everything, so that "only supervisors may"
and "may be done only if …" are different. The solver proves that they decide alike or shows a request; where it is not
installed, or does not find out, an enumerated sample is decided, and the answer says that nothing is proved. Imports
testgen, questions' words, the analyses, engine and language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.analysis.assumptions import Assumption
from workbench.analysis.stop import Stop
from workbench.analysis.task import SolverMissing, Task
from workbench.authoring.testgen import generate_tests
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.ast import ActionScope, Annotation, EntityScope, Policy, Prefer, Procedure, Scope, Statement
from workbench.language.check import check
from workbench.language.digest import rule_digest
from workbench.language.program import Program
from workbench.language.render import render_statement
from workbench.language.schema import Schema

LIMIT_MS = 1_500
_KNOWN = Assumption(data="complete")
"""A sentence speaks of principals and things that are there: that one is unknown is no difference between readings."""
_ANY = EntityScope("any")
_BROAD = Policy("permit", Scope(_ANY, ActionScope("any"), _ANY), (), (Annotation("id", "broad"),))


@dataclass(frozen=True, slots=True)
class Separating:
    """A request that two sets of rules decide otherwise, in the artifact's form, and what each says of it.

    ``one`` and ``other`` are outcomes, or words about a score. ``request`` is empty where no request separates them:
    they ask other people, or wait longer.
    """

    request: Mapping[str, Any]
    entities: tuple[Mapping[str, Any], ...]
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Compared:
    """``alike``: no difference was found; ``proved``: whether that, or the difference, is certain."""

    alike: bool
    proved: bool
    separating: Separating | None = None


Statements = tuple[Statement, ...]


def decides_alike(one: Statements, other: Statements, schema: Schema, stop: Stop | None = None) -> Compared:
    """Whether two sets of rules mean the same. Raises :class:`~workbench.analysis.stop.Stopped`."""
    if {_digest(s) for s in one} == {_digest(s) for s in other}:
        return Compared(True, True)
    proved = True
    scores = sorted({*_scores(one), *_scores(other)})
    shapes = [("", _alone), ("", _beside_a_permit), *((score, _scoring(score)) for score in scores)]
    for score, shape in shapes:
        programs = [_program(shape(statements), schema) for statements in (one, other)]
        if programs[0] is None or programs[1] is None:
            proved = False
            continue
        found = _compared(programs[0], programs[1], stop or Stop())
        if not found.alike:
            return _as_score(found, score) if score else found
        proved = proved and found.proved
    if _terms(one) != _terms(other):
        return Compared(False, True, Separating({}, (), "", ""))
    return Compared(True, proved)


def _as_score(found: Compared, score: str) -> Compared:
    """What stood as a permit is a preference: it decides nothing, and is said so."""
    told = found.separating
    assert told is not None
    words = {"allow": f"scored {score}", "deny": f"not scored {score}", "hold": f"not scored {score}"}
    return replace(found, separating=replace(told, one=words[told.one], other=words[told.other]))


def clusters(
    proposals: Sequence[Statements], schema: Schema, stop: Stop | None = None
) -> tuple[tuple[tuple[int, ...], ...], bool]:
    """Indices of proposals that decide alike, the largest cluster first, then the earliest; whether all is proved."""
    found: list[list[int]] = []
    proved = True
    for index, statements in enumerate(proposals):
        for cluster in found:
            compared = decides_alike(proposals[cluster[0]], statements, schema, stop)
            proved = proved and compared.proved
            if compared.alike:
                cluster.append(index)
                break
        else:
            found.append([index])
    found.sort(key=lambda cluster: (-len(cluster), cluster[0]))
    return tuple(tuple(cluster) for cluster in found), proved


# ---- what is compared ------------------------------------------------------------------------------------------------


def _digest(statement: Statement) -> str:
    return rule_digest(replace(statement, name="p") if isinstance(statement, Procedure) else statement)


def _terms(statements: Statements) -> list[str]:
    """What procedures ask for, which no decision shows: whom, how many, how long, and what then."""
    bare = [replace(s, name="p", action=ActionScope("any"), when=None) for s in statements if isinstance(s, Procedure)]
    return sorted(map(rule_digest, bare))


def _scores(statements: Statements) -> list[str]:
    return sorted({f"{s.score.normalize():f}" for s in statements if isinstance(s, Prefer)})


def _alone(statements: Statements) -> Statements:
    return tuple(_deciding(s) for s in statements if not isinstance(s, Prefer))


def _beside_a_permit(statements: Statements) -> Statements:
    return (*_alone(statements), _BROAD)


def _scoring(score: str) -> Callable[[Statements], Statements]:
    """The preferences of one score as permits: whom and what they mean."""

    def shape(statements: Statements) -> Statements:
        chosen = [s for s in statements if isinstance(s, Prefer) and f"{s.score.normalize():f}" == score]
        return tuple(Policy("permit", s.scope, s.conditions) for s in chosen)

    return shape


def _deciding(statement: Statement) -> Statement:
    return replace(statement, on_timeout=None, on_rejection=None) if isinstance(statement, Procedure) else statement


def _program(statements: Statements, schema: Schema) -> Program | None:
    return check("\n\n".join(render_statement(s) for s in statements), schema).program


# ---- comparing -------------------------------------------------------------------------------------------------------


def _compared(one: Program, other: Program, stop: Stop) -> Compared:
    try:
        found = _solved(one, other, stop)
    except SolverMissing:
        found = None
    if found is not None:
        return found
    separating = next(_sampled(one, other, stop), None)
    return Compared(separating is None, separating is not None, separating)


def _solved(one: Program, other: Program, stop: Stop) -> Compared | None:
    """What the solver knows; ``None`` where it does not find out."""
    from workbench.analysis.difference import Comparison

    comparison = Comparison(one, other, Task(_KNOWN, limit_ms=LIMIT_MS, stop=stop))
    open_ = False
    for environment in comparison.environments:
        stop.check()
        change = comparison.of(environment, 1)
        for shown in change.witnesses:
            witness = shown.witness
            assert witness.before is not None
            told = Separating(witness.request, tuple(witness.entities), witness.before.outcome, witness.after.outcome)
            return Compared(False, True, told)
        open_ = open_ or not change.unchanged
    return None if open_ else Compared(True, True)


def _sampled(one: Program, other: Program, stop: Stop) -> Iterator[Separating]:
    """Requests that the rules of either side are tested with, decided by both."""
    evaluators = Evaluator(one), Evaluator(other)
    for program in (one, other):
        for case in generate_tests(program, [rule.id for rule in program.rules if rule.id != "broad"]):
            stop.check()
            asked = Request.from_json(case["request"])
            said = [evaluator.decide(asked, case["entities"]).outcome for evaluator in evaluators]
            if said[0] != said[1]:
                yield Separating(case["request"], tuple(case["entities"]), said[0], said[1])
