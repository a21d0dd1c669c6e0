"""The game world: a schema that is the shipped one, an evening of recorded actions, and norms that bite in it."""

from __future__ import annotations

import json
import runpy
from collections import Counter
from functools import cache
from typing import Any

from tests.samples.test_schemas import FOLDER
from workbench.authoring.compiler import compile_sentence
from workbench.engine.decision import Decision
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, compile_norm, told
from workbench.service.norm_checking import faction_of
from workbench.service.samples import Sample, load_sample
from workbench.service.testing import run_cases

NORMS = [
    Norm("sanctuary", "No violence in safe zones", "safe_zone", "attack fireball", severity="high"),
    Norm("no-theft", "Nobody steals", "", "steal loot", severity="critical", priority=1),
    Norm("truce", "The Red Hand keeps out of the temple", "temple", "enter trade travel rest", scope="Red Hand"),
]


@cache
def sample() -> Sample:
    return load_sample("world-norms")


@cache
def actions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in sample().actions.read_text(encoding="utf-8").splitlines()]


def decisions(norms: list[Norm]) -> list[Decision]:
    schema = read_schema(sample().schema)
    program = check(sample().cedar_plus + "".join(compile_norm(norm, schema) for norm in norms), schema).program
    assert program is not None
    engine, known = Evaluator(program), Entities.from_json(list(sample().directory), schema)
    return [engine.decide(_asked(action), known) for action in actions()]


def _asked(action: dict[str, Any]) -> Request:
    request = action["request"]
    assert request["context"] == {}  # the words are the server's
    return Request(request["principal"], request["action"], request["resource"], action["facts"])


def test_its_schema_is_the_shipped_one() -> None:
    assert sample().schema == (FOLDER / "world-norms.cedarschema").read_text(encoding="utf-8")


def test_the_script_writes_the_same_bytes() -> None:
    made = runpy.run_path(str(sample().root / "make_actions.py"))
    assert made["text"]().encode() == sample().actions.read_bytes()
    factions = {
        entity["uid"]["id"]: entity["parents"][0]["id"]
        for entity in sample().directory
        if entity["uid"]["type"] == "Agent"
    }
    assert made["FACTIONS"] == factions


def test_its_words_are_those_that_the_service_would_write() -> None:
    """The script writes them by itself; here they are put together again from what they say."""
    schema = read_schema(sample().schema)
    known = Entities.from_json(list(sample().directory), schema)
    for action in actions():
        facts = action["facts"]
        agent = Request.from_json(action["request"]).principal
        from workbench.norms import world_of

        world = world_of(schema)
        assert world is not None
        faction = faction_of(agent, "", world, known)
        assert told(facts["verb"], facts["location"], facts["target"], faction)._asdict() == facts


def test_without_norms_anyone_may_do_anything() -> None:
    assert {decision.outcome for decision in decisions([])} == {"allow"}


def test_norms_bite_now_and_then() -> None:
    found = decisions(NORMS)
    broken = Counter(rule for decision in found for rule in decision.reasons if decision.code == "forbidden")
    assert set(broken) == {norm.id for norm in NORMS}
    assert 0.03 <= sum(decision.outcome == "deny" for decision in found) / len(found) <= 0.15
    truce = [a["request"]["principal"] for a, d in zip(actions(), found, strict=True) if NORMS[2].id in d.reasons]
    assert set(truce) <= {'Agent::"grim"', 'Agent::"hild"'}


def test_its_own_test_cases_pass_and_are_reviewed() -> None:
    program = check(sample().cedar_plus, sample().schema).program
    assert program is not None
    run = run_cases(program, sample().tests)
    assert (len(run.results), run.failed, run.disagreements, run.reviewed) == (4, 0, 0, 4)


def test_its_sentences_are_its_rules() -> None:
    schema = read_schema(sample().schema)
    program = check(sample().cedar_plus, schema).program
    assert program is not None
    sentences = [line.removeprefix("- ") for line in sample().english.splitlines() if line.startswith("- ")]
    assert sentences == [rule.english for rule in program.rules]
    (reading,) = compile_sentence(sentences[0], schema).candidates
    made = check(reading.cedar_plus, schema).program
    assert made is not None
    assert made.rules[0].digest == program.rules[0].digest
