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
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema
from workbench.norms import Norm, compile_norm
from workbench.service.errors import WorkbenchError
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


def shipped() -> Schema:
    return read_schema((samples_root() / "schemas" / "world-norms.cedarschema").read_text(encoding="utf-8"))


def refused(code: str) -> Any:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code)


@pytest.mark.parametrize("spelling", ["NIGHT WATCH", "night Watch", " Night Watch "])
def test_a_faction_in_other_letters_does_not_enter_the_directory(world: Workspace, spelling: str) -> None:
    """Else the rule that was signed would not be the whole of what decides."""
    world.norms.add(VAULT)
    before = world.entities()
    for loaded in (
        [member("spy", spelling, "Free Folk")],
        [{"uid": {"type": "Faction", "id": spelling}, "attrs": {}, "parents": []}],
        [member("spy", "Night Watch"), member("thief", spelling)],
    ):
        with refused("faction_spelled") as told:
            world.load_entities(loaded)
        assert f"`{spelling}` is written `Night Watch` by the norm `vault`" in told.value.detail
    for pair in (("Jackals", "JACKALS"), ("free folk",)):  # nor of one of the directory, nor twice at once
        with refused("faction_spelled"):
            world.load_entities([member("spy", *pair)])
    assert world.entities() == before
    world.load_entities([member("watch", "Night Watch")])
    world.norms.repeal("vault")
    with refused("faction_spelled"):
        world.load_entities([member("spy", spelling)])
    world.remove_entities(['Agent::"watch"'])
    world.load_entities([member("spy", spelling)])  # as it is written then
    world.remove_entities(['Agent::"spy"'])


@pytest.mark.parametrize("spelling", ["NIGHT WATCH", "night Watch", " Night Watch "])
def test_a_faction_that_is_there_in_other_letters_is_bound(world: Workspace, spelling: str) -> None:
    world.load_entities([member("spy", spelling, "Free Folk"), member("peasant", "Free Folk")])
    world.overlays.norm(compile_norm(VAULT, shipped()), why="as it was signed elsewhere", using=None)
    for claimed in ("", "nobody", "night watch", "free folk", "Free Folk"):
        found = world.norms.check("spy", "open", "vault", faction=claimed)
        assert found.decision.reasons == (VAULT.id,), claimed
        assert world.audit.why(found.event).redecision.status == "equal"
    (evidence,) = [item for item in found.decision.evidence if item.rule == VAULT.id]
    assert (f'principal in Faction::"{spelling}"', True) in [(read.path, read.value) for read in evidence.reads]
    assert world.norms.check("peasant", "open", "vault", faction="Night Watch").allowed
    world.load_entities([member("spy", "Free Folk")])  # it has left
    assert world.norms.check("spy", "open", "vault", faction="Free Folk").allowed
    assert world.audit.why(found.event).redecision.status == "equal"  # by what was recorded of it
    world.norms.repeal("vault")
    world.remove_entities(['Agent::"spy"', 'Agent::"peasant"'])


def test_a_monitor_in_memory_binds_it_too() -> None:
    monitor = Monitor([VAULT], directory=[member("spy", "NIGHT WATCH", "Free Folk")])
    assert not monitor.check("spy", "open", "vault", faction="Free Folk").allowed
    monitor.repeal("vault")
    assert monitor.check("spy", "open", "vault", faction="Free Folk").allowed


def test_a_signed_norm_is_bound_and_no_permit_is_widened() -> None:
    """Two spellings may be two groups to a constitution: what it permits to one, no norm gives to the other."""
    schema = shipped()
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
