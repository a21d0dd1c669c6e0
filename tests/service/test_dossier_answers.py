"""Whether a dossier's answers are confirmed: small programs, and lies that are true of something else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.service.test_overlay_law import SCHEMA, checked_of
from workbench.analysis.assumptions import OURS
from workbench.analysis.difference import Comparison
from workbench.analysis.model import Case
from workbench.analysis.replay import Replay
from workbench.analysis.results import Answer, Difference, Witness
from workbench.analysis.task import Task
from workbench.service.analysis_memory import Remembered
from workbench.service.analysis_subjects import Subject
from workbench.service.analyst import Analyst
from workbench.service.dossier_answers import Answers, answers, from_text, to_text, told, unconfirmed

PERMIT = '@id("all") permit (principal, action, resource);'
ERRS = '@id("errs") forbid (principal, action, resource) when { context.amount * 2 == 40 };'
OWNER = {"__entity": {"type": "Agent", "id": "agent-1"}}
PARENT = Subject("1.0.0", checked_of(PERMIT).program)
CHILD = Subject("1.1.0", checked_of(f"{PERMIT}\n{ERRS}").program)


@pytest.fixture(scope="module")
def ours() -> Answers:
    found = answers(Analyst(Remembered()), PARENT, CHILD)
    assert found is not None
    return found


def refused(theirs: Answers, ours: Answers) -> str:
    assert theirs != ours
    return unconfirmed(theirs, ours, PARENT, CHILD)


def difference(found: Answers, change: Any) -> Answers:
    """With the list of environments changed."""
    return replace(found, difference=replace(found.difference, environments=tuple(change(found.difference))))


def test_there_is_something_to_lie_about(ours: Answers) -> None:
    """Three kinds of request change alike, and one rule can err on each."""
    changes = [[(one.change, one.rules) for one in each.witnesses] for each in ours.difference.environments]
    assert changes == [[("denied", ("errs",))]] * 3
    shown = [answer for answer in ours.report.answers if answer.witness is not None]
    assert [(answer.kind, answer.about) for answer in shown] == [("never_errors", "errs")]
    assert refused(replace(ours, solver="z3-solver 3.0"), ours) == ""


def test_a_witness_of_another_kind_of_request_is_none_here(ours: Answers) -> None:
    def swapped(found: Difference) -> list[Any]:
        first, second, *rest = found.environments
        return [replace(first, witnesses=second.witnesses), replace(second, witnesses=first.witnesses), *rest]

    assert "the engines do otherwise" in refused(difference(ours, swapped), ours)


def test_a_request_that_is_decided_as_before_shows_no_change(ours: Answers) -> None:
    """Both engines confirm what is said of it: it was permitted, and it is."""
    comparison = Comparison(PARENT.program, CHILD.program, Task(OURS))

    def quiet(witness: Witness) -> Witness:
        context = {**witness.request["context"], "amount": 10}
        made = comparison.witness(Case({**witness.request, "context": context}, witness.entities))
        assert made.before is not None
        assert (made.before.outcome, made.after.outcome) == ("allow", "allow")
        return made

    def told_as_change(found: Difference) -> list[Any]:
        return [
            replace(each, witnesses=tuple(replace(one, witness=quiet(one.witness)) for one in each.witnesses))
            for each in found.environments
        ]

    assert "the engines do otherwise" in refused(difference(ours, told_as_change), ours)


@pytest.mark.parametrize(
    "change",
    [
        {"entities": ({"uid": 3},)},
        {"entities": ({},)},
        {"entities": ({"uid": {"type": "Agent"}, "attrs": 1, "parents": 2},)},
        {"entities": ({"uid": {"type": [], "id": {}}},)},
        {"request": {}},
        {"request": {"action": 'Action::"fly"'}},
        {"request": {"action": 'Action::"read"', "context": 3}},
    ],
)
def test_what_no_schema_knows_is_refused_across_schemas_too(change: Any) -> None:
    """There a witness is cut to what each side knows before any engine sees it."""
    wider = SCHEMA.replace("urgent: Bool", "urgent: Bool, extra?: Long")
    child = Subject("1.1.0", checked_of(f"{PERMIT}\n{ERRS}", wider).program)
    ours = answers(Analyst(Remembered()), PARENT, child)
    assert ours is not None
    assert unconfirmed(replace(ours, solver="z3-solver"), ours, PARENT, child) == ""

    def broken(found: Difference) -> list[Any]:
        return [
            replace(
                each,
                witnesses=tuple(replace(one, witness=replace(one.witness, **change)) for one in each.witnesses),
            )
            for each in found.environments
        ]

    assert unconfirmed(difference(ours, broken), ours, PARENT, child)


def _only(found: Answers, change: Any) -> Answers:
    """With the one answer changed that a page tells with its witness."""
    listed = tuple(change(answer) if answer.witness is not None else answer for answer in found.report.answers)
    return replace(found, report=replace(found.report, answers=listed))


def _elsewhere(answer: Answer) -> Answer:
    assert answer.environment is not None
    return replace(answer, environment=replace(answer.environment, action=("Action", "burn")))


@pytest.mark.parametrize(
    "lie",
    [
        _elsewhere,
        lambda answer: replace(answer, environment=None),
        lambda answer: replace(answer, by=(*answer.by, "all")),
        lambda answer: replace(answer, witness=replace(answer.witness, entities=({"uid": 3},))),
        lambda answer: replace(answer, witness=replace(answer.witness, request={})),
        lambda answer: replace(
            answer, witness=replace(answer.witness, after=replace(answer.witness.after, outcome="allow"))
        ),
        lambda answer: replace(answer, witness=None),
    ],
)
def test_a_proof_is_shown_by_its_own_request_alone(ours: Answers, lie: Any) -> None:
    shown = next(answer for answer in ours.report.answers if answer.witness is not None)
    if lie is _elsewhere and shown.environment is not None and shown.environment.action[1] == "burn":
        pytest.fail("choose another action")
    assert refused(_only(ours, lie), ours)


def test_what_is_only_counted_here_is_not_shown_there_either(ours: Answers) -> None:
    """A true request beside a statement that it has nothing to do with."""
    shown = next(answer for answer in ours.report.answers if answer.witness is not None)
    bare = next(answer for answer in ours.report.answers if answer.verdict == "fails" and answer.witness is None)
    listed = tuple(
        replace(answer, witness=shown.witness, environment=shown.environment) if answer is bare else answer
        for answer in ours.report.answers
    )
    assert refused(replace(ours, report=replace(ours.report, answers=listed)), ours)


def test_a_warning_cannot_be_hidden_behind_another_request() -> None:
    """A rule that fails on an unknown entity, harmlessly, and by an overflow: which of them is shown decides whether
    the page warns of it; whoever confirms it must find the same.
    """
    both = '@id("both") forbid (principal, action, resource) when { resource.secret && context.amount * 2 == 40 };'
    child = Subject("1.1.0", checked_of(f"{PERMIT}\n{both}").program)
    ours = answers(Analyst(Remembered()), PARENT, child)
    assert ours is not None
    assert told(ours.report, PARENT, child) == ((), ())
    (kept,) = [answer for answer in ours.report.answers if answer.witness is not None]

    def overflowing(answer: Answer) -> Answer:
        assert answer.witness is not None
        doc = {"uid": {"type": "Doc", "id": "doc-1"}, "attrs": {"secret": True, "owner": OWNER}, "parents": []}
        context = {"amount": 2**62, "urgent": False}
        case = Case({**answer.witness.request, "context": context}, (*answer.witness.entities, doc))
        judged = Replay(child.program).judged(case, OURS.semantics)
        assert judged.errors == ("both",)
        return replace(answer, witness=Witness(case.request, case.entities, judged))

    theirs = _only(ours, overflowing)
    assert [answer.about for answer in told(theirs.report, PARENT, child)[0]] == ["both"]
    assert "warns of other things" in unconfirmed(theirs, ours, PARENT, child)
    assert "warns of other things" in unconfirmed(ours, theirs, PARENT, child)
    assert kept.verdict == "fails"


def test_what_is_only_counted_has_no_witness_and_is_not_told_in_full(ours: Answers) -> None:
    full, short = told(ours.report, PARENT, CHILD)
    assert [answer.about for answer in full] == ["errs"]
    assert short == ()
    again = answers(Analyst(Remembered()), CHILD, CHILD)
    assert again is not None
    full, short = told(again.report, CHILD, CHILD)
    assert (full, [answer.about for answer in short]) == ((), ["errs"])
    assert all(answer.witness is None for answer in again.report.answers)


def test_as_data_they_come_back_as_they_were(ours: Answers) -> None:
    text = to_text(ours)
    assert text.isascii()
    assert from_text(text) == ours
    assert from_text("null") is None
    for wrong in ("", "{}", "[]", '{"solver": 3}', text[:-1], text.replace('"holds"', '"proved"'), "[" * 100_000):
        with pytest.raises(ValueError, match=r"."):
            from_text(wrong)
