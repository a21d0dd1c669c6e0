"""The support swarm: a day of recorded actions that fits its schema, tells its story, and comes out of its script."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

from workbench.engine.decision import Decision
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema_reader import read_schema
from workbench.service.samples import Sample, load_sample
from workbench.service.testing import run_cases

NORM = """
@id("no-addresses-outside")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""


@cache
def sample() -> Sample:
    return load_sample("support-swarm")


@cache
def actions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in sample().actions.read_text(encoding="utf-8").splitlines()]


@cache
def decisions(added: str = "") -> list[Decision]:
    """The whole day decided by our engine, facts laid over the caller's context as the service does."""
    result = check(sample().cedar_plus + added, sample().schema)
    assert result.program is not None, result.errors
    assert {finding.code for finding in result.diagnostics} <= {"CP101"}  # amounts and consents are what callers say
    engine = Evaluator(result.program)
    known = Entities.from_json(list(sample().directory), schema=sample().schema)
    return [engine.decide(asked(action), known.with_added(action["entities"])) for action in actions()]


def asked(action: dict[str, Any]) -> Request:
    request = action["request"]
    context = {**request["context"], **action["facts"]}
    return Request(request["principal"], request["action"], request["resource"], context)


def shares_addresses(action: dict[str, Any]) -> bool:
    return (
        action["request"]["action"] == 'Action::"share_external"' and "email" in action["entities"][0]["attrs"]["tags"]
    )


def test_the_script_writes_the_same_bytes() -> None:
    made = runpy.run_path(str(sample().root / "make_actions.py"))["text"]()
    assert made.encode() == sample().actions.read_bytes()


def test_a_working_day_of_twelve_agents() -> None:
    times = [datetime.fromisoformat(action["at"]) for action in actions()]
    assert len(times) >= 2000
    assert times == sorted(set(times))
    assert {(t.date(), t.tzinfo) for t in times} == {(times[0].date(), UTC)}
    assert {t.hour for t in times} == set(range(8, 18))
    agents = {entity["uid"]["id"] for entity in sample().directory if entity["uid"]["type"] == "Agent"}
    assert len(agents) == 12
    assert {f'Agent::"{agent}"' for agent in agents} == {action["request"]["principal"] for action in actions()}


def test_the_caller_claims_only_what_is_its_to_claim() -> None:
    """Attributes that the server or a meter vouches for stand in ``facts``, and no agent describes an agent."""
    schema = read_schema(sample().schema)
    for action in actions():
        kind, name = re.fullmatch(r'(\w+)::"(.*)"', action["request"]["action"]).groups()  # type: ignore[union-attr]
        context = schema.actions[kind, name].context.attributes
        theirs = {attribute for attribute, declared in context.items() if declared.source == "caller"}
        assert set(action["request"]["context"]) == theirs
        assert set(action["facts"]) == set(context) - theirs
        assert {entity["uid"]["type"] for entity in action["entities"]} <= {"Ticket", "Memory"}


def test_the_mix_of_outcomes() -> None:
    outcomes = Counter(decision.outcome for decision in decisions())
    total = len(decisions())
    assert 0.88 <= outcomes["allow"] / total <= 0.95
    assert 0.04 <= outcomes["deny"] / total <= 0.06
    assert 0.02 <= outcomes["hold"] / total <= 0.03
    codes = Counter(decision.code for decision in decisions())
    assert set(codes) == {"allowed", "forbidden", "not_permitted", "held"}
    assert codes["forbidden"] >= 40
    assert codes["not_permitted"] >= 40


def test_most_rules_have_work_to_do() -> None:
    bound = {rule for decision in decisions() for rule in (*decision.reasons, *decision.procedures)}
    idle = {rule for rule in re.findall(r'@id\("([^"]+)"\)', sample().cedar_plus) if rule not in bound}
    assert idle == {"prefer-reputation", "avoid-language-gap", "amend_minor", "amend_major", "amend_sensitive"}


def test_the_new_norm_bites_all_day() -> None:
    places = [place for place, action in enumerate(actions()) if shares_addresses(action)]
    assert 0.01 <= len(places) / len(actions()) <= 0.02
    assert places[0] < 40
    assert all(45 <= later - earlier <= 75 for earlier, later in pairwise(places))
    assert {decisions()[place].outcome for place in places} == {"allow"}
    after = decisions(NORM)
    assert {place for place, decision in enumerate(after) if "no-addresses-outside" in decision.reasons} == set(places)
    assert [d for p, d in enumerate(after) if p not in places] == [
        d for p, d in enumerate(decisions()) if p not in places
    ]


def test_both_engines_agree_on_the_whole_day() -> None:
    """A sample of the day as test cases: ours, ours in Cedar's semantics, and Cedar's own."""
    program = check(sample().cedar_plus, sample().schema).program
    assert program is not None
    cases = [
        {
            "name": action["at"],
            "request": asked(action).to_json(),
            "entities": [*sample().directory, *action["entities"]],
            "expect": decision.outcome,
        }
        for action, decision in list(zip(actions(), decisions(), strict=True))[::20]
    ]
    run = run_cases(program, cases)
    assert run.disagreements == 0
    assert run.failed == 0


def test_its_own_test_cases_pass_and_are_reviewed() -> None:
    program = check(sample().cedar_plus, sample().schema).program
    assert program is not None
    run = run_cases(program, sample().tests)
    assert len(run.results) >= 12
    assert [result.message for result in run.results if not result.passed or not result.engines_agree] == []
    assert run.reviewed == len(run.results)
    assert {result.expect for result in run.results} == {"allow", "deny", "hold"}


def test_the_norm_contradicts_no_test_case() -> None:
    program = check(sample().cedar_plus + NORM, sample().schema).program
    assert program is not None
    assert run_cases(program, sample().tests).failed == 0


def test_every_rule_has_its_sentence_and_every_sentence_its_rule() -> None:
    sentences = [line.removeprefix("- ") for line in sample().english.splitlines() if line.startswith("- ")]
    assert sentences == re.findall(r'@english\("([^"]+)"\)', sample().cedar_plus)
    assert len(set(sentences)) == len(sentences)


def test_the_english_compiles_to_nothing_new() -> None:
    from workbench.authoring.document import compile_document

    result = compile_document(sample().english, read_schema(sample().schema), sample().cedar_plus)
    assert {sentence.status for sentence in result.sentences} == {"kept"}
    assert result.cedar_plus == sample().cedar_plus


def test_the_compiler_makes_each_rule_from_its_sentence() -> None:
    """Nothing here was written by hand and given a sentence that does not say it (procedures name each other)."""
    from workbench.authoring.compiler import compile_sentence

    schema = read_schema(sample().schema)
    program = check(sample().cedar_plus, schema).program
    assert program is not None
    for rule in program.rules:
        if rule.kind == "procedure":
            continue
        (reading,) = compile_sentence(rule.english, schema).candidates
        made = check(reading.cedar_plus, schema).program
        assert made is not None
        assert [other.digest for other in made.rules] == [rule.digest], rule.english


def test_the_roster_names_both_signers() -> None:
    assert {(p.principal, p.role) for p in sample().roster} == {
        ('Operator::"ana"', "operator"),
        ('Operator::"sam"', "supervisor"),
    }
