"""Random little constitutions over a schema whose every world can be tried: what is proved is so in all of them.

And what is not, is not: no answer may be undecided here. The truth is told by ``tests.analysis.truth``, world by world.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analysis.little import EVERY, program, task
from tests.analysis.truth import Row, Said, Truth
from workbench.analysis.assumptions import Assumption
from workbench.analysis.invariants import check_invariants
from workbench.analysis.matrix import matrix
from workbench.analysis.prove import prove
from workbench.analysis.results import OTHER
from workbench.language.check import check
from workbench.language.program import Program

SCHEMA = """
entity U = { role: String, on: Bool };
entity D;
action go, stay appliesTo { principal: [U], resource: [D], context: { a: Bool, b?: Bool } };
"""
ROLES = ("x", "y", "zzz")  # the last for all that no rule names

ATOMS = (
    "context.a",
    "(context has b && context.b)",
    "!(context has b)",
    'principal.role == "x"',
    'principal.role != "y"',
    "principal.on",
    '(principal has on && principal.role == "y")',
    "true",
)


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(ATOMS),
        lambda inner: st.one_of(
            st.builds("({} && {})".format, inner, inner),
            st.builds("({} || {})".format, inner, inner),
            st.builds("!({})".format, inner),
            st.builds("(if {} then {} else {})".format, inner, inner, inner),
        ),
        max_leaves=4,
    )


ACTIONS = st.sampled_from(["action", 'action == Action::"go"', 'action in [Action::"go", Action::"stay"]'])
STAGES = st.sampled_from(["", "", "", '@stage("observe") '])


@st.composite
def rules(draw: st.DrawFn) -> str:
    lines = []
    for place in range(draw(st.integers(1, 5))):
        effect = draw(st.sampled_from(["permit", "permit", "forbid", "forbid", "prefer score(1.0)", "procedure"]))
        stage, action, condition = draw(STAGES), draw(ACTIONS), draw(conditions())
        if effect == "procedure":
            action = 'action in [Action::"go", Action::"stay"]' if action == "action" else action
            body = f"on {action} when {{ {condition} }} require approval from principal"
            lines.append(f'@id("r{place}") {stage}procedure p{place} {{ {body} }}')
        else:
            lines.append(f'@id("r{place}") {stage}{effect} (principal, {action}, resource) when {{ {condition} }};')
    return "\n".join(lines)


@st.composite
def demands(draw: st.DrawFn) -> str:
    effect = draw(st.sampled_from(["permit", "forbid"]))
    return f'@id("i") {effect} (principal, {draw(ACTIONS)}, resource) when {{ {draw(conditions())} }};'


@lru_cache(maxsize=2)
def worlds(complete: bool) -> tuple[tuple[Row, tuple[Row, ...]], ...]:
    """Every request, up to what no rule can tell apart."""
    return tuple(_worlds(complete))


def _worlds(complete: bool) -> Iterator[tuple[Row, tuple[Row, ...]]]:
    uid, resource = {"type": "U", "id": "u"}, {"type": "D", "id": "d"}
    known: list[tuple[str, bool] | None] = list(product(ROLES, (False, True)))
    if not complete:
        known.append(None)
    for who, a, b, action in product(known, (False, True), (None, False, True), ("go", "stay")):
        context = {"a": a} if b is None else {"a": a, "b": b}
        request = {
            "principal": uid,
            "action": {"type": "Action", "id": action},
            "resource": resource,
            "context": context,
        }
        rows: list[Row] = [{"uid": resource, "attrs": {}, "parents": []}]
        if who is not None:
            rows.append({"uid": uid, "attrs": {"role": who[0], "on": who[1]}, "parents": []})
        yield request, tuple(rows)


class Everything:
    """All worlds of a program, with what its rules say in each."""

    def __init__(self, made: Program, assumption: Assumption, also: Program | None = None) -> None:
        self.assumption = assumption
        self.truth = Truth(made, SCHEMA)
        self.other = None if also is None else Truth(also, SCHEMA)
        self.worlds: list[tuple[Row, tuple[Row, ...], Said, Said | None]] = []
        for request, rows in worlds(assumption.data == "complete"):
            entities = self.truth.entities(rows)
            demanded = None if self.other is None else self.other.said(request, entities)
            self.worlds.append((request, rows, self.truth.said(request, entities), demanded))

    def broken(self, kind: str, about: str) -> bool:
        return any(self.breaks(kind, about, request, said, demanded) for request, _, said, demanded in self.worlds)

    def breaks(self, kind: str, about: str, request: Row, said: Said, demanded: Said | None) -> bool:
        if kind != "invariant":
            return self.truth.broken(kind, about, request, said, self.assumption.semantics)
        assert self.other is not None
        assert demanded is not None
        outcome = self.truth.outcome(said, self.assumption.semantics)
        if self.other.program.by_id[about].kind == "permit":
            return about in demanded.satisfied and outcome != "allow"
        return about in demanded.satisfied | demanded.erring and outcome != "deny"


SLOW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def checked(text: str) -> Program | None:
    """Two rules that are alike are none; the rest of the mistakes cannot be."""
    result = check(text, SCHEMA)
    assert {each.code for each in result.errors} <= {"CP006", "CP002"}, result.errors
    return result.program


@SLOW
@given(rules(), demands(), st.sampled_from(EVERY))
def test_every_answer_is_what_trying_every_world_says(text: str, demand: str, assumption: Assumption) -> None:
    made, demanded = checked(text), check_invariants(demand, SCHEMA).program
    if made is None or demanded is None:
        return
    everything = Everything(made, assumption, demanded)
    report = prove(made, task(assumption), invariants=demanded)
    assert report.answers[0].kind == "invariant"
    for answer in report.answers:
        if answer.kind == "no_approver":  # anybody may approve here
            assert answer.verdict == "fails"
            continue
        wanted = "fails" if everything.broken(answer.kind, answer.about) else "holds"
        assert answer.verdict == wanted, (answer, text)
        if answer.witness is not None:
            assert shows(everything, answer.kind, answer.about, answer.witness.request, answer.witness.entities)


def shows(everything: Everything, kind: str, about: str, request: Any, rows: Any) -> bool:
    """Whether the witness itself refutes the statement."""
    entities = everything.truth.entities(rows)
    demanded = None if everything.other is None else everything.other.said(dict(request), entities)
    return everything.breaks(kind, about, dict(request), everything.truth.said(dict(request), entities), demanded)


@SLOW
@given(rules(), st.sampled_from(EVERY))
def test_every_proof_needs_no_more_than_the_rules_that_it_names(text: str, assumption: Assumption) -> None:
    """With the named rules alone a permit is still overridden; without one of them it is not."""
    made = checked(text)
    if made is None:
        return
    for answer in prove(made, task(assumption), kinds=["overridden"]).answers:
        if answer.verdict != "holds":
            continue
        for left_out in (None, *answer.by):
            kept = {answer.about, *answer.by} - {left_out}
            rest = Program(tuple(rule for rule in made.rules if rule.id in kept), made.schema)
            still = not Everything(rest, assumption).broken("overridden", answer.about)
            assert still or left_out is not None, (answer, text)
            # over two environments each needs its own; in one, none can be spared
            assert not still or left_out is None or answer.environments > 1, (answer, text)


@SLOW
@given(rules(), st.sampled_from(EVERY))
def test_every_cell_is_what_trying_every_world_says(text: str, assumption: Assumption) -> None:
    made = checked(text)
    if made is None:
        return
    everything = Everything(made, assumption)
    found = matrix(made, task(assumption), values=["x", "y"])
    assert set(found.values) == {"x", "y", OTHER}
    for cell in found.cells:
        outcomes = {
            everything.truth.outcome(said, assumption.semantics)
            for request, rows, said, _ in everything.worlds
            if request["action"]["id"] == cell.action[1] and role(rows) == cell.value
        }
        passing = outcomes - {"deny"}
        wanted = "never" if not passing else "depends" if "deny" in outcomes else "always"
        assert (cell.verdict, cell.held) == (wanted, "hold" in outcomes), (cell, text)


def role(rows: tuple[Row, ...]) -> str:
    (found,) = [row["attrs"]["role"] for row in rows if row["uid"]["type"] == "U"] or [OTHER]
    return found if found in ("x", "y") else OTHER


def test_the_worlds_are_all_there() -> None:
    assert len(worlds(True)) == 6 * 2 * 3 * 2
    assert len(worlds(False)) == 7 * 2 * 3 * 2
    made = program(
        '@id("it") permit (principal, action, resource) when { principal.role == "x" && context.a };', SCHEMA
    )
    said = [said for *_, said, _ in Everything(made, EVERY[0]).worlds]
    assert sum("it" in each.satisfied for each in said) == 2 * 3 * 2
    assert sum("it" in each.erring for each in said) == 2 * 3 * 2
