"""What is seen of a case, rule by rule, is what the engine makes of it; what does not fit is not looked at."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from tests.analysis.little import program, task
from tests.analysis.pairs import pair
from tests.analysis.truth import Truth
from tests.analysis.worlds import environments, worlds
from workbench.analysis.assumptions import Assumption, Semantics
from workbench.analysis.inquiry import Inquiry
from workbench.analysis.model import Case
from workbench.analysis.replay import NotReproduced
from workbench.analysis.results import Outcome
from workbench.language.program import Program


@pytest.mark.parametrize("semantics", ["cedar+", "cedar"])
def test_every_rule_is_seen_to_say_what_it_says(semantics: Semantics) -> None:
    outcomes = {outcome for seed in range(8) for outcome in looked_at(seed, semantics)}
    assert outcomes == {"allow", "deny", *(["hold"] if semantics == "cedar+" else [])}


def looked_at(seed: int, semantics: Semantics) -> set[Outcome]:
    """The rules of the changed program that this one has not are looked at too, and decide nothing."""
    made = pair(seed)
    known = {rule.id for rule in made.before.rules}
    digests = {rule.digest for rule in made.before.rules}
    also = [rule for rule in made.after.rules if rule.id not in known and rule.digest not in digests]
    inquiry = Inquiry(made.before, task(Assumption(semantics, "missing")), also)
    truth = Truth(made.before, made.schema_text)
    others = Truth(Program(tuple(also), made.before.schema), made.schema_text)
    assert made.before.schema is not None
    digest = {rule.id: rule.digest for rule in (*made.before.rules, *also)}
    outcomes: set[Outcome] = set()
    for environment in environments(made.before.schema):
        for request, rows in islice(worlds(made.before.schema, environment, Random(seed), made.before), 15):
            seen = inquiry.seen(environment, Case(request, tuple(rows)))
            said, more = (each.said(request, each.entities(rows)) for each in (truth, others))
            assert seen.satisfied == {digest[each] for each in said.satisfied | more.satisfied}
            assert seen.erring == {digest[each] for each in said.erring | more.erring}
            assert seen.outcome == truth.outcome(said, semantics)
            outcomes.add(seen.outcome)
    return outcomes


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ({"context": {}}, []),
        ({"context": {"n": "5"}}, []),
        ({"principal": 'Doc::"d"'}, []),
        ({"principal": "no uid"}, []),
        ({}, [{"uid": {"type": "User", "id": "u"}, "attrs": {"role": 5, "level": 1}, "parents": []}]),
        ({}, [{"uid": {"type": "None", "id": "u"}, "attrs": {}, "parents": []}]),
    ],
)
def test_what_does_not_fit_is_not_looked_at(change: dict[str, object], rows: list[dict[str, object]]) -> None:
    inquiry = Inquiry(program("permit (principal, action, resource);"), task())
    edit = next(each for each in inquiry.prover.environments if each.action[1] == "edit")
    request = {"principal": 'User::"u"', "action": 'Action::"edit"', "resource": 'Doc::"d"', "context": {"n": 5}}
    assert inquiry.seen(edit, Case(request, ())).outcome == "allow"
    with pytest.raises(NotReproduced):
        inquiry.seen(edit, Case({**request, **change}, tuple(rows)))
