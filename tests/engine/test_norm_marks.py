"""What the marks of a norm do in the engine: severity goes into the evidence, priority orders the reasons; no more."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.language.check import check

SCHEMA = "entity User; entity Doc; action read appliesTo { principal: User, resource: Doc, context: { n: Long } };"
PERMIT = '@id("all") permit (principal, action, resource);'
REQUEST = {"principal": 'User::"a"', "action": 'Action::"read"', "resource": 'Doc::"d"', "context": {"n": 1}}


def forbid(id: str, marks: str = "", n: int = 0) -> str:
    return f'@id("{id}") {marks} forbid (principal, action, resource) when {{ context.n > {n} }};'


def decided(*texts: str) -> Decision:
    """Rules that mean the same may stand together where they are norms, so bounds need not differ."""
    program = check(PERMIT + "".join(texts), SCHEMA).program
    assert program is not None
    return Evaluator(program).decide(REQUEST)


@settings(max_examples=60, deadline=None)
@given(priorities=st.lists(st.none() | st.integers(-5, 5), min_size=1, max_size=6))
def test_reasons_stand_by_priority_and_then_as_written(priorities: list[int | None]) -> None:
    """A rule that is no norm has the priority 0, whatever it is annotated with."""
    texts = [
        forbid(str(place), '@priority("9") @severity("critical")', -place - 1)
        if priority is None
        else forbid(str(place), f'@norm("n") @priority("{priority}")', -place - 1)
        for place, priority in enumerate(priorities)
    ]
    ranked = sorted(range(len(priorities)), key=lambda place: (-(priorities[place] or 0), place))
    found = decided(*texts)
    assert found.reasons == tuple(map(str, ranked))
    told = {item.rule: item.severity for item in found.evidence}
    assert told == {"all": "", **{str(n): "" if each is None else "warn" for n, each in enumerate(priorities)}}
    assert [item.rule for item in found.evidence if item.rule != "all"] == list(found.reasons)


def test_severity_is_told_of_norms_alone_and_only_where_there_is_one() -> None:
    found = decided(forbid("plain", n=-1), forbid("grave", '@norm("x") @severity("critical")', -2))
    told = {item["rule"]: item.get("severity") for item in found.to_dict()["evidence"]}
    assert told == {"all": None, "plain": None, "grave": "critical"}


def test_what_is_no_severity_and_no_priority_counts_as_the_usual_ones() -> None:
    texts = [
        forbid("a", '@norm("x") @severity("Critical") @priority("1e3")', -1),
        forbid("b", '@norm("x") @severity @priority("٣")', -2),
        forbid("c", '@norm("x") @priority("99999999999999999999")', -3),
    ]
    for order in permutations(range(3)):
        found = decided(*(texts[place] for place in order))
        assert found.reasons == tuple("abc"[place] for place in order)
        assert {item.severity for item in found.evidence if item.rule != "all"} == {"warn"}


def test_marks_decide_nothing() -> None:
    for marks in ('@norm("x") @severity("info") @priority("-9")', '@severity("info")', ""):
        assert decided(forbid("f", marks)).outcome == "deny"
