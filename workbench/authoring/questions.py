"""A concrete request on which the readings of a sentence differ, and what an answer to it leaves. Pure.

Two readings are compared by themselves and, where that shows nothing, beside a rule that permits everything: so "may"
and "only … may" are told apart too. Imports result, testgen, separating; language and engine to let a reading decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from workbench.analysis.results import Judged, Witness
from workbench.analysis.words_witness import action_text, facts_of, uid_text
from workbench.authoring.result import Question, Reading
from workbench.authoring.separating import Separation, separated
from workbench.authoring.testgen import generate_tests
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.ast import (
    ActionScope,
    Annotation,
    EntityScope,
    GetAttr,
    Policy,
    Prefer,
    Procedure,
    Scope,
    Statement,
    walk,
)
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.render import render_expr, render_statement
from workbench.language.schema import Schema

Answer: TypeAlias = Literal["allow", "deny", "hold", "neither"]
ANSWERS: tuple[Answer, ...] = ("allow", "deny", "hold", "neither")

_ANY = EntityScope("any")
_BROAD = Policy("permit", Scope(_ANY, ActionScope("any"), _ANY), (), (Annotation("id", "broad"),))
_WORDS = {"allow": "allowed", "deny": "denied", "hold": "held for approval"}
_WEIGHED = {"allow": "preferred or avoided", "deny": "of no account", "hold": "of no account"}
_MOST_SHOWN = 6
_MOST_FACTS = 8


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Where a person stands in choosing among the readings of one sentence.

    ``left``: readings that agree with every answer so far; ``asked`` is over them, ``None`` once one or none is left.
    """

    candidates: tuple[Reading, ...]
    left: tuple[int, ...]
    asked: Question | None
    answers: tuple[tuple[Question, Answer], ...] = ()

    @property
    def picked(self) -> int | None:
        """The reading that is meant, as a place among the candidates; ``None`` while that is open, or none is."""
        return self.left[0] if len(self.left) == 1 else None


def begin(candidates: Sequence[Reading], schema: Schema, first: Question | None = None) -> Inquiry:
    """Nothing is answered yet. ``first``: the first question, where it is known already."""
    every = tuple(range(len(candidates)))
    question = (first or asked(candidates, schema)) if len(every) > 1 else None
    return Inquiry(tuple(candidates), every, question)


def answered(inquiry: Inquiry, answer: Answer, schema: Schema) -> Inquiry:
    """What is left after ``answer`` to the question that is open, and the next question over that.

    A reading stays where it decides the request as answered; ``neither`` leaves none. Raises ``ValueError`` where no
    question with a request is open.
    """
    question = inquiry.asked
    if question is None or not question.request:
        raise ValueError("no request is asked about")
    left = tuple(n for n, outcome in zip(question.readings, question.outcomes, strict=True) if outcome == answer)
    following = asked(inquiry.candidates, schema, left) if len(left) > 1 else None
    return replace(inquiry, left=left, asked=following, answers=(*inquiry.answers, (question, answer)))


def picked(inquiry: Inquiry, reading: int) -> Inquiry:
    """``reading`` is meant. Raises ``ValueError`` where it is not among those left."""
    if reading not in inquiry.left:
        raise ValueError("that reading does not agree with what was answered")
    return replace(inquiry, left=(reading,), asked=None)


def asked(candidates: Sequence[Reading], schema: Schema, among: Sequence[int] = ()) -> Question:
    """A request that at least two readings decide differently, with what each says; else the readings themselves.

    ``among``: the readings that are still possible (places from 0), all of them where it is empty.
    """
    places = tuple(among) or tuple(range(len(candidates)))
    chosen = [candidates[n] for n in places]
    for permitted in (False, True):
        found = [alone(reading, schema, permitted=permitted) for reading in chosen]
        programs = [program for program in found if program is not None]
        if len(programs) != len(found):
            break
        case = _told_apart(programs) or separated(programs, [n + 1 for n in places])
        if case is not None:
            return _question(case, places, programs, permitted, _scores_alone(chosen))
    said = "; ".join(f"({n + 1}) {candidates[n].paraphrase}" for n in places[:_MOST_SHOWN])
    return Question(f"Which is meant: {said}", places)


def decided(reading: Reading, question: Question, schema: Schema) -> str:
    """What ``reading`` decides on the request of ``question``; empty where it cannot decide."""
    program = alone(reading, schema, permitted=question.permitted)
    if program is None or not question.request:
        return ""
    return Evaluator(program).decide(Request.from_json(question.request), list(question.entities)).outcome


def alone(reading: Reading, schema: Schema, *, permitted: bool = False) -> Program | None:
    """The reading as a program of its own, over a broad permit where it permits nothing itself, or ``permitted``.

    A preference stands as a permit, a procedure without its escalations. ``None`` where that does not check.
    """
    statements = [_deciding(statement) for statement in reading.statements]
    if permitted or not any(isinstance(s, Policy) and s.effect == "permit" for s in statements):
        statements.append(_BROAD)
    return check("\n".join(render_statement(s) for s in statements), schema).program


def _deciding(statement: Statement) -> Statement:
    if isinstance(statement, Prefer):
        return Policy("permit", statement.scope, statement.conditions)
    if isinstance(statement, Procedure):
        return replace(statement, on_timeout=None, on_rejection=None)
    return statement


def _scores_alone(readings: Sequence[Reading]) -> bool:
    return all(isinstance(s, Prefer) for reading in readings for s in reading.statements)


def _told_apart(programs: Sequence[Program]) -> Separation | None:
    """The first generated test that not all of them decide alike; one that splits them evenly before others."""
    evaluators = [Evaluator(program) for program in programs]
    best: tuple[int, Separation] | None = None
    for case in _cases(programs):
        request = Request.from_json(case["request"])
        outcomes = tuple(evaluator.decide(request, case["entities"]).outcome for evaluator in evaluators)
        largest = max(map(outcomes.count, outcomes))
        if largest < len(outcomes) and (best is None or largest < best[0]):
            name = case["name"].rsplit(" → ", 1)[0]
            best = (largest, Separation(name, case["request"], tuple(case["entities"]), outcomes))
            if len(programs) - largest >= len(programs) // 2:
                break
    return None if best is None else best[1]


def _cases(programs: Sequence[Program]) -> Iterator[dict[str, Any]]:
    for program in programs:
        yield from generate_tests(program, [rule.id for rule in program.rules if rule.id != "broad"])


def _question(
    case: Separation, places: Sequence[int], programs: Sequence[Program], permitted: bool, weighed: bool
) -> Question:
    by_outcome: dict[str, list[str]] = {}
    for place, outcome in zip(places, case.outcomes, strict=True):
        by_outcome.setdefault(outcome, []).append(str(place + 1))
    words = _WEIGHED if weighed else _WORDS
    said = ", ".join(
        f"{words[outcome]} (reading{'s' if len(numbers) > 1 else ''} {', '.join(numbers)})"
        for outcome, numbers in by_outcome.items()
    )
    besides = ", while another rule permits it" if permitted else ""
    text = f"For example {case.example}{besides}: {said}?" + (f" ({case.agreement})" if case.agreement else "")
    facts = _facts(case.request, case.entities, programs)
    return Question(text, tuple(places), case.request, case.entities, facts, case.outcomes, permitted)


def _facts(
    request: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], programs: Sequence[Program]
) -> tuple[tuple[str, str], ...]:
    """Who does what to what, then every field that a condition of some reading names."""
    found = {
        "principal": uid_text(request.get("principal", "")),
        "action": action_text(request.get("action", "")),
        "resource": uid_text(request.get("resource", "")),
    }
    who = len(found)
    known = {f.path: f.value for f in facts_of(Witness(request, tuple(entities), Judged("deny", "deny", "")))}
    for program in programs:
        for rule in program.rules:
            for path in _paths(rule.statement):
                inner = [name for name in known if name == path or name.startswith((f"{path}.", f"{path}["))]
                found.update({name: known[name] for name in inner or ()} or {path: "missing"})
    found.update({path: value for path, value in known.items() if " in " in path})
    return tuple(found.items())[: who + _MOST_FACTS]


def _paths(statement: Statement) -> Iterator[str]:
    """The attributes that conditions read, as rules write them; of nested ones the whole path."""
    bodies = [c.body for c in statement.conditions] if not isinstance(statement, Procedure) else [statement.when]
    for body in bodies:
        nodes = list(walk(body)) if body is not None else []
        within = {node.expr for node in nodes if isinstance(node, GetAttr)}
        yield from (render_expr(node) for node in nodes if isinstance(node, GetAttr) and node not in within)
