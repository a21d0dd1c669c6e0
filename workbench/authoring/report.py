"""What a whole text leaves open or says twice: new rules beside all others, on cases that decide. Pure.

Every finding shows a case. ``CA101``: just outside a permit nothing is said; ``CA102``: a prohibition takes part of
what a permit gives; ``CA103``: it takes all of it; ``CA104``: a rule says nothing that another does not say; ``CA105``:
approval is asked for what nothing permits. Cases are those proposed as tests, so a finding is a fact about them, no
proof. Imports engine, language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.ast import Procedure
from workbench.language.diagnostics import Diagnostic, LineMap, Span
from workbench.language.program import Program

MOST_OF_A_RULE = 3
_Case = tuple[str, Decision]


def findings(
    program: Program, new: Sequence[str], tests: Sequence[Mapping[str, Any]], spans: Mapping[str, Span], text: str
) -> tuple[Diagnostic, ...]:
    """What ``tests`` show about the rules ``new`` (ids) of ``program``.

    ``spans``: where in ``text`` the sentence of a rule stands; a rule without one has no finding.
    """
    evaluator, lines = Evaluator(program), LineMap(text)
    decided = [(_case(test), evaluator.decide(Request.from_json(test["request"]), test["entities"])) for test in tests]
    found: list[Diagnostic] = []
    for rule in new:
        span = spans.get(rule)
        if span is None:
            continue
        for code, severity, message, help_ in [*_of(program, rule, decided)][:MOST_OF_A_RULE]:
            first, last = lines.position(span.start), lines.position(span.end)
            found.append(Diagnostic(code, message, span, first, last, severity, help=help_, rule=rule))
    return tuple(found)


def _case(test: Mapping[str, Any]) -> str:
    return str(test["name"]).rsplit(" → ", 1)[0]


def _of(program: Program, rule: str, decided: Sequence[_Case]) -> Iterator[tuple[str, Any, str, str]]:
    statement = program.by_id[rule].statement
    effect = "procedure" if isinstance(statement, Procedure) else getattr(statement, "effect", "prefer")
    mine = [(name, decision) for name, decision in decided if rule in _satisfied(decision)]
    if effect == "permit":
        yield from _taken(mine)
        yield from _outside(rule, decided)
    if effect in ("permit", "forbid"):
        yield from _said_before(program, rule, effect, mine, decided)
    if effect == "procedure" and mine and not any("permit" in _satisfied(d).values() for _, d in mine):
        name = next(name for name, _ in mine)
        message = f"nothing permits what this holds, so that no approval helps: for example {name}"
        yield "CA105", "warning", message, "say who may do it, once it is approved"


def _satisfied(decision: Decision) -> dict[str, str]:
    """The rules that applied, with their effects."""
    return {each.rule: each.effect for each in decision.evidence if each.stage == "enforce"}


def _taken(mine: Sequence[_Case]) -> Iterator[tuple[str, Any, str, str]]:
    """Prohibitions that win over this permit."""
    denied = [
        (name, [other for other, effect in _satisfied(d).items() if effect == "forbid"])
        for name, d in mine
        if d.code == "forbidden"
    ]
    if denied and len(denied) == len(mine):
        others = ", ".join(f"`{other}`" for other in dict.fromkeys(o for _, some in denied for o in some))
        message = f"{others} forbids this in every case tried, such as {denied[0][0]}: the two contradict each other"
        yield "CA103", "warning", message, "drop one of them, or say `unless` in the prohibition"
        return
    seen: set[str] = set()
    for name, each in denied:
        for other in each:
            if other not in seen:
                seen.add(other)
                message = f"`{other}` forbids part of this, and wins: for example {name}"
                yield "CA102", "info", message, "nothing need be done where that is meant"


def _outside(rule: str, decided: Sequence[_Case]) -> Iterator[tuple[str, Any, str, str]]:
    """Cases that fail one condition of this permit alone, about what is done rather than who does it."""
    seen: set[tuple[str, ...]] = set()
    for name, decision in decided:
        if decision.code != "not_permitted" or not decision.why_not:
            continue
        near = decision.why_not[0]
        about = any(not read.path.startswith("principal") for read in near.reads)
        if near.rule == rule and len(near.failed) == 1 and about and near.failed not in seen:
            seen.add(near.failed)
            message = f"nothing is said where `{near.failed[0]}` does not hold, and so it is denied: for example {name}"
            yield "CA101", "info", message, "say what holds there, or leave it denied"


def _said_before(
    program: Program, rule: str, effect: str, mine: Sequence[_Case], decided: Sequence[_Case]
) -> Iterator[tuple[str, Any, str, str]]:
    """Another rule of the same effect that applies whenever this one does; of two that say the same, the later."""
    common: set[str] | None = None
    for _, decision in mine:
        others = {other for other, kind in _satisfied(decision).items() if kind == effect and other != rule}
        common = others if common is None else common & others
    order = {each.id: place for place, each in enumerate(program.rules)}
    for other in sorted(common or (), key=order.__getitem__):
        wider = any(other in _satisfied(d) and rule not in _satisfied(d) for _, d in decided)
        if wider or order[other] < order[rule]:
            message = f"`{other}` says this already, in every case tried"
            yield "CA104", "info", message, "leave one of them out, or say what is different"
            return
