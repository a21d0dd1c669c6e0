"""What a dossier says of surviving mutants, and that nothing of it is believed: small programs, and lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.service.test_overlay_law import checked_of
from workbench.analysis.assumptions import OURS
from workbench.analysis.model import Case
from workbench.analysis.replay import Replay
from workbench.analysis.results import Witness
from workbench.analysis.stop import Stop, Stopped
from workbench.analysis.task import NO_SOLVER, Task
from workbench.service import dossier_mutants
from workbench.service.dossier_mutants import Mistake, Noticed, looked_into, mistakes_unconfirmed, tell_tested, unasked
from workbench.service.dossier_page import Page

# the second forbid is idle: what it forbids the first forbids as well
PROGRAM = checked_of("""
@id("all") permit (principal, action == Action::"read", resource);
@id("much") forbid (principal, action == Action::"read", resource) when { context.amount > 5 };
@id("more") forbid (principal, action == Action::"read", resource) when { context.amount > 9 };
""").program


def case(amount: int, expect: str, name: str = "") -> dict[str, Any]:
    return {
        "name": name or f"{amount} → {expect}",
        "request": {
            "principal": 'Agent::"a"', "action": 'Action::"read"', "resource": 'Doc::"d"',
            "context": {"amount": amount, "urgent": False},
        },
        "entities": [],
        "expect": expect,
    }  # fmt: skip


CASES = [case(1, "allow"), case(20, "deny"), case(7, "allow", "wrong")]


@pytest.fixture(scope="module")
def ours() -> Noticed:
    return looked_into(PROGRAM, CASES, Task())


def of(tested: Noticed, fate: str) -> dict[str, Mistake]:
    return {each.sentence: each for each in tested.mistakes if each.fate == fate}


def page_of(tested: Noticed) -> str:
    page = Page("")
    tell_tested(page, tested, ())
    return page.to_bytes().decode().replace("&gt;", ">").replace("&quot;", '"')


def test_each_survivor_is_told_with_a_request_that_shows_it(ours: Noticed) -> None:
    survived = of(ours, "survived")
    assert "`much` removed" in survived, "7 is denied by it alone, and no case asks for that"
    assert "`more` removed" in of(ours, "same")
    assert "`all` removed" in of(ours, "noticed")
    assert (ours.cases, ours.failing) == (2, ("wrong",))
    text = page_of(ours)
    assert "<summary>If `much` were removed, no test case would notice.</summary>" in text
    assert text.count("<summary>If ") == len(survived)
    assert all(each.witness is not None for each in survived.values())
    assert "As the rules are, it is denied. With this mistake, it would be permitted." in text
    assert '"expect": "deny"' in text
    assert f"{len(of(ours, 'same'))} mutants left out: proved to decide nothing otherwise." in text
    assert "1 test case left out, which fail: `wrong`." in text
    assert "No test case notices these either" not in text


def test_the_request_of_a_survivor_is_a_test_case_that_notices_it(ours: Noticed) -> None:
    for sentence, each in of(ours, "survived").items():
        assert each.witness is not None
        assert each.witness.before is not None
        more = {
            "name": "more", "request": each.witness.request, "entities": list(each.witness.entities),
            "expect": each.witness.before.outcome,
        }  # fmt: skip
        assert sentence in of(unasked(PROGRAM, [*CASES, more], Task()), "noticed")


def test_without_the_solver_of_no_survivor_is_said_that_it_matters(ours: Noticed) -> None:
    bare = unasked(PROGRAM, CASES, Task())
    assert {each.fate for each in bare.mistakes} == {"noticed", "open"}
    assert of(bare, "noticed") == of(ours, "noticed")
    assert {each.why for each in of(bare, "open").values()} == {NO_SOLVER}
    text = page_of(bare)
    assert "If `much` were removed, no test case would notice; it may decide nothing otherwise." in text
    assert "would show it" not in text


def test_how_many_are_looked_into_is_bounded_and_the_rest_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dossier_mutants, "MOST", 2)
    some = looked_into(PROGRAM, CASES, Task())
    assert len(of(some, "survived")) + len(of(some, "same")) == 2
    assert of(some, "open")
    assert "not looked into within the limit" in page_of(some)
    assert some == looked_into(PROGRAM, CASES, Task())


def test_it_can_be_stopped_and_tells_how_far_it_is() -> None:
    said: list[str] = []
    looked_into(PROGRAM, CASES, Task(tell=lambda progress: said.append(progress.what)))
    assert {"putting mutants before the test cases", "looking for what survivors decide otherwise"} <= set(said)
    stop = Stop()
    stop.set()
    for ask in (looked_into, unasked):
        with pytest.raises(Stopped):
            ask(PROGRAM, CASES, Task(stop=stop))


# ---- nothing is believed ---------------------------------------------------------------------------------------------


def at(amount: int, mistake: Mistake) -> Mistake:
    """With another request, of which is said what both engines do with it."""
    assert mistake.witness is not None
    request = {**mistake.witness.request, "context": {"amount": amount, "urgent": True}}
    made = Case(request, mistake.witness.entities)
    without = replace(PROGRAM, rules=tuple(rule for rule in PROGRAM.rules if rule.id != "much"))
    before, after = (Replay(each).judged(made, OURS.semantics) for each in (PROGRAM, without))
    return replace(mistake, witness=Witness(request, made.entities, after, before))


def changed(tested: Noticed, sentence: str, change: Callable[[Mistake], Mistake]) -> Noticed:
    listed = tuple(change(each) if each.sentence == sentence else each for each in tested.mistakes)
    assert listed != tested.mistakes
    return replace(tested, mistakes=listed)


def test_another_request_that_shows_the_same_mistake_is_taken(ours: Noticed) -> None:
    assert mistakes_unconfirmed(ours, ours, PROGRAM) == ""
    assert mistakes_unconfirmed(changed(ours, "`much` removed", lambda each: at(8, each)), ours, PROGRAM) == ""


def asking(mistake: Mistake, **change: Any) -> Mistake:
    """With something else said of its request."""
    assert mistake.witness is not None
    return replace(mistake, witness=replace(mistake.witness, **change))


def otherwise(mistake: Mistake) -> Mistake:
    assert mistake.witness is not None
    return asking(mistake, after=replace(mistake.witness.after, reasons=("approved by all",)))


LIES: dict[str, Callable[[Noticed], Noticed]] = {
    "a request that shows nothing": lambda t: changed(t, "`much` removed", lambda each: at(3, each)),
    "a request that no engine reads": lambda t: changed(
        t, "`much` removed", lambda each: asking(each, request={"principal": 7})
    ),
    "data that do not fit": lambda t: changed(t, "`much` removed", lambda each: asking(each, entities=({"uid": 3},))),
    "another decision of a request": lambda t: changed(t, "`much` removed", otherwise),
    "no request": lambda t: changed(t, "`much` removed", lambda each: replace(each, witness=None)),
    "a survivor proved to be the same": lambda t: changed(
        t, "`much` removed", lambda each: replace(each, fate="same", witness=None)
    ),
    "a survivor that is noticed": lambda t: changed(
        t, "`much` removed", lambda each: replace(each, fate="noticed", witness=None)
    ),
    "one that is the same, left open": lambda t: changed(
        t, "`more` removed", lambda each: replace(each, fate="open", why="time limit")
    ),
    "a mistake less": lambda t: replace(t, mistakes=t.mistakes[:-1]),
    "no mistakes": lambda t: replace(t, mistakes=()),
    "a sentence of its own": lambda t: changed(
        t, "`more` removed", lambda each: replace(each, sentence="All tests are fine.")
    ),
    "no failing case": lambda t: replace(t, failing=()),
    "more cases": lambda t: replace(t, cases=3),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_so_is_not_confirmed(ours: Noticed, lie: str) -> None:
    theirs = LIES[lie](ours)
    assert mistakes_unconfirmed(theirs, ours, PROGRAM)
    page_of(theirs)  # whoever checks a file makes its page first: that must not fail
