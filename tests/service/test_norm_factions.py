"""A norm binds its faction in whatever letters the directory has it, and only the norm does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, compile_norm
from workbench.service.monitoring import Monitor
from workbench.service.norm_factions import bound_program, factions_of
from workbench.service.samples import samples_root
from workbench.service.workspace import Workspace

VAULT = Norm("vault", "", "vault", "open", scope="Night Watch")


def member(agent: str, *factions: str) -> dict[str, Any]:
    parents = [{"type": "Faction", "id": each} for each in factions]
    return {"uid": {"type": "Agent", "id": agent}, "attrs": {}, "parents": parents}


def request(agent: str, faction: str) -> Request:
    words = {"verb": "open", "location": "vault", "target": "", "faction": faction, "hay": f"open vault  {faction}"}
    return Request(f'Agent::"{agent}"', 'Action::"act"', 'World::"world"', words)


@pytest.fixture(scope="module")
def world(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    place = tmp_path_factory.mktemp("factions") / "game"
    with Workspace.create(place, sample="world-norms", profile="unsigned", swarm_id="swarm-factions") as workspace:
        yield workspace


@pytest.mark.parametrize("spelling", ["NIGHT WATCH", "night Watch", " Night Watch "])
def test_a_faction_that_is_loaded_later_in_other_letters_is_bound(world: Workspace, spelling: str) -> None:
    world.norms.add(VAULT)
    world.load_entities([member("spy", spelling, "Free Folk"), member("peasant", "Free Folk")])
    for claimed in ("", "free folk", "Free Folk", "night watch", "nobody"):
        found = world.norms.check("spy", "open", "vault", faction=claimed)
        assert found.decision.reasons == (VAULT.id,), claimed
        assert world.audit.why(found.event).redecision.status == "equal"
    assert world.norms.check("peasant", "open", "vault", faction="Night Watch").allowed
    before = found.event
    world.load_entities([member("spy", "Free Folk")])  # it has left
    assert world.norms.check("spy", "open", "vault", faction="Free Folk").allowed
    assert world.audit.why(before).redecision.status == "equal"  # by what was recorded of it


def test_a_monitor_in_memory_binds_it_too() -> None:
    monitor = Monitor([VAULT], directory=[member("spy", "NIGHT WATCH", "Free Folk")])
    assert not monitor.check("spy", "open", "vault", faction="Free Folk").allowed
    monitor.repeal("vault")
    assert monitor.check("spy", "open", "vault", faction="Free Folk").allowed


def test_a_signed_norm_is_bound_and_no_permit_is_widened() -> None:
    """Two spellings may be two groups to a constitution: what it permits to one, no norm gives to the other."""
    schema = read_schema((samples_root() / "schemas" / "world-norms.cedarschema").read_text(encoding="utf-8"))
    permit = '@id("p") permit (principal in Faction::"Night Watch", action == Action::"act", resource);\n'
    program = check(permit + compile_norm(VAULT, schema), schema).program
    assert program is not None
    directory = Entities.from_json([member("spy", "NIGHT WATCH"), member("watch", "Night Watch")], schema)
    factions = factions_of(directory, schema)
    assert factions == {"NIGHT WATCH", "Night Watch"}
    as_bound = bound_program(program, factions)
    decide = Evaluator(as_bound).decide
    assert decide(request("watch", ""), directory).reasons == (VAULT.id,)
    assert decide(request("spy", ""), directory).reasons == (VAULT.id,)
    strolling = Request(
        'Agent::"spy"', 'Action::"act"', 'World::"world"',
        {"verb": "walk", "location": "vault", "target": "", "faction": "", "hay": "walk vault  "},
    )  # fmt: skip
    assert decide(strolling, directory).code == "not_permitted"
    assert as_bound.rules[0] is program.rules[0]
    assert as_bound.rules[1].digest == program.rules[1].digest  # the rule that was signed
    assert bound_program(program, frozenset({"Night Watch", "Free Folk"})) is program
