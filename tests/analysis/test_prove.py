"""One report of everything: its order, what it leaves out, what it remembers, how it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.analysis.little import COMPLETE, OURS, Kept, program, task
from workbench.analysis.assumptions import Assumption
from workbench.analysis.constitution import CONSTITUTION_KINDS, constitution_answers
from workbench.analysis.invariants import INVARIANT_KINDS, invariant_answers
from workbench.analysis.procedures import PROCEDURE_KINDS, procedure_answers
from workbench.analysis.properties import RULE_KINDS, rule_answers
from workbench.analysis.prove import AMENDMENTS, NO_PROCEDURES, prove
from workbench.analysis.results import RequestEnvironment
from workbench.analysis.search import Search
from workbench.analysis.stop import Progress, Stop, Stopped
from workbench.language.program import Program

TEXT = """
@id("p") permit (principal, action, resource) when { context.n < 50 };
@id("q") permit (principal is User, action == Action::"view", resource) when { principal.role == "lead" };
@id("f") forbid (principal, action == Action::"edit", resource) when { context.n > 30 };
@id("g") forbid (principal, action, resource) when { context.n > 40 };
@id("likes") prefer score(1.0) (principal, action, resource) when { context.n > 60 };
@id("big") procedure big { on action == Action::"edit" when n > 10 require approval from principal }
@id("huge") procedure huge { on action == Action::"edit" when n > 20 require 2 approvals from principal }
@id("law") procedure law { on amendment minor require approval from principal where principal.role == "operator" }
"""
IMPLYING = ("never_applies", "overridden", "idle_forbid")
DEMANDS = '@id("i") forbid (principal, action, resource) when { context.n > 40 };'


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RequestEnvironment]:
    """The environment of every question that is put to the solver."""
    found: list[RequestEnvironment] = []
    find = Search.find

    def counting(search: Search, *args: Any, **more: Any) -> Any:
        found.append(search.space.environment)
        return find(search, *args, **more)

    monkeypatch.setattr(Search, "find", counting)
    return found


def told(answers: Any) -> list[tuple[str, str, str]]:
    return [(each.kind, each.about, each.verdict) for each in answers]


def test_everything_in_one_report_in_order() -> None:
    made, demanded = program(TEXT), program(DEMANDS)
    report = prove(made, task(), invariants=demanded)
    assert (report.rules, report.environments, report.assumption) == (8, 5, OURS)
    assert report.answers[0].kind == "invariant"
    kinds = dict.fromkeys(each.kind for each in report.answers)
    assert set(kinds) == {*INVARIANT_KINDS, *RULE_KINDS, *CONSTITUTION_KINDS, *PROCEDURE_KINDS}
    parts = [
        *invariant_answers(made, demanded, task()),
        *rule_answers(made, task()),
        *constitution_answers(made, task()),
        *procedure_answers(made, task()),
    ]
    assert told(report.answers) == told(parts)
    assert {each.about for each in report.of("redundant") if each.verdict == "holds"} == set()
    assert [each.about for each in report.of("idle_preference") if each.verdict == "holds"] == ["likes"]
    assert report.left_out == (AMENDMENTS,)


@pytest.mark.parametrize("kind", [*INVARIANT_KINDS, *RULE_KINDS, *CONSTITUTION_KINDS, *PROCEDURE_KINDS])
def test_one_kind_alone(kind: Any) -> None:
    made, demanded = program(TEXT), program(DEMANDS)
    alone = prove(made, task(), invariants=demanded, kinds=[kind])
    whole = prove(made, task(), invariants=demanded)
    assert told(alone.answers) == told(whole.of(kind))
    assert alone.answers


def test_kinds_that_have_no_answer_are_none() -> None:
    assert prove(program(TEXT), task(), kinds=[]).answers == ()
    assert prove(program(TEXT), task(), kinds=["invariant", "tightens"]).answers == ()
    assert prove(program(TEXT), task(), kinds=[]).left_out == ()


def test_what_was_not_looked_into_is_said() -> None:
    cedar = Assumption("cedar", "missing")
    report = prove(program(TEXT), task(cedar))
    assert report.left_out == (NO_PROCEDURES, AMENDMENTS)
    assert report.of("idle_procedure") == report.of("held_alone") == ()
    assert prove(program(TEXT), task(cedar), kinds=["redundant"]).left_out == ()
    condition = "context has boxes && context.boxes.contains({a: 1})"
    boxes = f'permit (principal, action == Action::"edit", resource) when {{ {condition} }};'
    odd = prove(program(TEXT + '@id("odd") ' + boxes), task())
    (first, second) = odd.left_out
    assert "`odd`" in first
    assert second == AMENDMENTS


def test_a_rule_without_a_schema_is_not_analysed() -> None:
    with pytest.raises(ValueError, match="schema"):
        prove(Program((), None), task())


def test_an_empty_program() -> None:
    report = prove(program(""), task())
    assert told(report.answers) == [("unpermitted", name, "holds") for name in ("view", "print", "edit")]


# ---- remembering -----------------------------------------------------------------------------------------------------


def test_the_second_time_nothing_is_asked(asked: list[RequestEnvironment]) -> None:
    memory = Kept()
    first = prove(program(TEXT), task(memory=memory), invariants=program(DEMANDS))
    assert asked
    asked.clear()
    again = prove(program(TEXT), task(memory=memory), invariants=program(DEMANDS))
    assert again == first
    assert asked == []


def test_another_order_or_other_words_ask_nothing(asked: list[RequestEnvironment]) -> None:
    """What a statement depends on is what rules mean, and what they are called."""
    memory = Kept()
    prove(program(TEXT), task(memory=memory), kinds=["never_errors", "never_applies", "always_applies"])
    asked.clear()
    text = "\n".join(reversed(TEXT.strip().split("\n"))).replace("context.n < 50", "(50 > context.n)")
    report = prove(
        program(text.replace("(50 > context.n)", "( context.n<50 )")), task(memory=memory), kinds=RULE_KINDS[:3]
    )
    assert len(report.answers) == 7 * 3
    assert asked == []


def test_an_edit_asks_only_what_it_touches(asked: list[RequestEnvironment]) -> None:
    memory = Kept()
    prove(program(TEXT), task(memory=memory), invariants=program(DEMANDS))
    asked.clear()
    edited = TEXT.replace("context.n > 30", "context.n > 31")
    report = prove(program(edited), task(memory=memory), invariants=program(DEMANDS))
    assert {each.action[1] for each in asked} <= {"edit"}
    fresh = prove(program(edited), task(), invariants=program(DEMANDS))
    assert told(report.answers) == told(fresh.answers)


def test_a_rule_that_is_added_is_the_only_one_asked_about_alone(asked: list[RequestEnvironment]) -> None:
    memory = Kept()
    kinds = RULE_KINDS[:3]
    prove(program(TEXT), task(memory=memory), kinds=kinds)
    entries = len(memory)
    more = TEXT + '@id("new") permit (principal, action == Action::"edit", resource) when { context.n == 77 };'
    prove(program(more), task(memory=memory), kinds=kinds)
    assert len(memory) - entries == 3  # of the new rule, in one environment


@pytest.mark.parametrize(
    "other",
    [
        lambda text: text.replace("context.n < 50", "context.n < 30"),
        lambda text: text.replace('@id("g")', '@id("g") @stage("observe")'),
        lambda text: text.replace("n > 20 require", "n > 60 require"),
        lambda text: text.replace('@id("q")', '@id("z")'),
    ],
)
@pytest.mark.parametrize("assumption", [OURS, COMPLETE, Assumption("cedar", "missing")])
def test_a_memory_never_changes_an_answer(other: Callable[[str], str], assumption: Assumption) -> None:
    memory = Kept()
    for each in (OURS, COMPLETE):
        prove(program(TEXT), task(each, memory=memory), invariants=program(DEMANDS))
    edited = program(other(TEXT))
    remembering = prove(edited, task(assumption, memory=memory), invariants=program(DEMANDS))
    fresh = prove(edited, task(assumption), invariants=program(DEMANDS))
    assert told(remembering.answers) == told(fresh.answers)
    ids = {rule.id for rule in edited.rules}
    assert all(set(answer.by) <= ids for answer in remembering.answers)


def test_a_request_that_is_remembered_has_what_rules_of_now_take_for_granted() -> None:
    schema = "entity Config = { most: Long }; entity U = { v: Long }; entity D;"
    schema += "action go appliesTo { principal: [U], resource: [D] };"
    permit = '@id("p") permit (principal, action, resource) when { principal.v > 3 };'
    added = permit + '@id("f") forbid (principal, action, resource) when { Config::"main".most > principal.v };'
    memory = Kept()
    prove(program(permit, schema), task(COMPLETE, memory=memory), kinds=["never_applies"])
    for remembering in (memory, None):
        report = prove(program(added, schema), task(COMPLETE, memory=remembering))
        assert [answer.verdict for answer in report.of("never_errors")] == ["holds", "holds"]
        witness = report.of("never_applies")[0].witness
        assert witness is not None
        assert (witness.after.outcome, witness.after.errors) == ("allow", ())
        assert "main" in [row["uid"]["id"] for row in witness.entities]


def test_an_edit_of_the_schema_is_another_question() -> None:
    schema = "entity U {a};entity D;action go appliesTo {principal: [U], resource: [D]};"
    text = '@id("it") permit (principal, action, resource) when { principal has a && principal.a > 3 };'
    memory = Kept()
    there = prove(program(text, schema.replace("{a}", "{ a?: Long }")), task(memory=memory), kinds=["never_applies"])
    longer = text.replace("> 3", "> 3 && principal.a < 5")
    assert there.answers[0].verdict == "fails"
    prove(program(longer, schema.replace("{a}", "{ a?: Long }")), task(memory=memory), kinds=["never_applies"])
    gone = prove(program(text, schema.replace("{a}", "{ a?: Long, b: Long }")), task(memory=memory))
    assert gone.of("never_applies")[0].witness is not None
    attrs = [row["attrs"] for row in gone.of("never_applies")[0].witness.entities if row["uid"]["type"] == "U"]  # type: ignore[union-attr]
    assert set(attrs[0]) == {"a", "b"}


def test_what_is_not_decided_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Kept()
    made = program('@id("it") permit (principal, action == Action::"edit", resource) when { context.n * 3 == 7 };')
    from workbench.analysis import solver

    monkeypatch.setattr(solver.Question, "check", lambda self: "unknown")
    (open_,) = prove(made, task(memory=memory), kinds=["never_applies"]).answers
    assert open_.verdict == "undecided"
    assert "time limit" in open_.why
    monkeypatch.undo()
    (closed,) = prove(made, task(memory=memory), kinds=["never_applies"]).answers
    assert closed.verdict == "holds"


def test_a_witness_that_does_not_reproduce_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be if the encoding were wrong: here the engine is told another program than the solver."""
    made = program('@id("it") permit (principal, action == Action::"edit", resource) when { context.n > 3 };')
    from workbench.analysis.inquiry import Inquiry

    seen = Inquiry.seen
    monkeypatch.setattr(
        Inquiry, "seen", lambda self, *of: replace(seen(self, *of), satisfied=frozenset(), outcome="deny")
    )
    for answer in prove(made, task(), kinds=["never_applies", "overridden", "redundant", "unpermitted"]).answers:
        if answer.about in ("it", "edit"):
            assert answer.verdict == "undecided"
            assert answer.witness is None
            assert "engines" in answer.why


# ---- progress and stopping -------------------------------------------------------------------------------------------


def test_it_tells_how_far_it_is() -> None:
    steps: list[Progress] = []
    prove(program(TEXT), task(tell=steps.append), invariants=program(DEMANDS))
    assert [each.done for each in steps] == list(range(steps[0].total + 1))
    assert {each.total for each in steps} == {len(steps) - 1}
    assert steps[0].what == "invariant i"
    assert "rule q" in {each.what for each in steps}
    assert "action view" in {each.what for each in steps}


def test_it_stops_between_questions() -> None:
    stop, steps = Stop(), []

    def tell(progress: Progress) -> None:
        steps.append(progress)
        if progress.done == 4:
            stop.set()

    with pytest.raises(Stopped):
        prove(program(TEXT), task(tell=tell, stop=stop))
    assert len(steps) <= 6


def test_it_stops_in_the_middle_of_a_question() -> None:
    """The product of two large primes keeps the solver busy for longer than this test waits."""
    schema = "entity U; entity D; action go appliesTo { principal: [U], resource: [D], context: { a: Long, b: Long } };"
    hard = "context.a > 1 && context.b > context.a && context.a * context.b == 1000000016000000063"
    made = program(f'@id("hard") permit (principal, action, resource) when {{ {hard} }};', schema)
    stop = Stop()
    ended: list[float] = []

    def run() -> None:
        try:
            prove(made, replace(task(stop=stop), limit_ms=600_000), kinds=["never_applies"])
        except Stopped:
            ended.append(time.monotonic())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.7)
    assert thread.is_alive()
    begun = time.monotonic()
    stop.set()
    thread.join(10)
    assert ended
    assert ended[0] - begun < 1.0


def test_what_was_found_before_a_stop_is_of_use(asked: list[RequestEnvironment]) -> None:
    memory, stop = Kept(), Stop()

    def tell(progress: Progress) -> None:
        if progress.done == 5:
            stop.set()

    with pytest.raises(Stopped):
        prove(program(TEXT), task(memory=memory, tell=tell, stop=stop))
    half = len(asked)
    asked.clear()
    report = prove(program(TEXT), task(memory=memory))
    resumed = len(asked)
    asked.clear()
    assert told(report.answers) == told(prove(program(TEXT), task()).answers)
    assert half > 0
    assert resumed < len(asked)


# ---- as a whole ------------------------------------------------------------------------------------------------------


def test_verdicts_of_one_report_agree_with_each_other() -> None:
    """What never applies is redundant; what is overridden is redundant; an idle forbid is, if it cannot err."""
    more = """
        @id("idle") forbid (principal, action, resource) when { context.n > 77 };
        @id("over") permit (principal, action, resource) when { context.n == 45 };
        @id("never") permit (principal, action, resource) when { context.n < 3 && context.n > 3 };
    """
    report = prove(program(TEXT + more), task(COMPLETE))
    found = {(each.kind, each.about): each.verdict for each in report.answers}
    implying = [about for (kind, about), verdict in found.items() if kind in IMPLYING and verdict == "holds"]
    assert implying
    assert {found.get(("redundant", about), "holds") for about in implying} == {"holds"}
