"""A small world of heroes and orcs, made as a workspace: who acts is in the directory, orcs are in their faction."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.serving import ROOT
from workbench.service.workspace import Workspace

RULES = '@id("anything-goes")\n@english("Agents may act.")\npermit (principal, action == Action::"act", resource);\n'
AGENTS = {"hero": None, "orc": "orcs", "elf": None}
ROSTER = "- principal: 'Operator::\"ana\"'\n  role: operator\n- principal: 'Operator::\"sam\"'\n  role: supervisor\n"


def make_world(place: Path, *, profile: str, swarm_id: str) -> dict[str, str]:
    """A workspace at ``place``; a token for each of its agents."""
    sample = place.parent / f"samples-{place.name}" / "small-world"
    sample.mkdir(parents=True)
    (sample / "constitution.cedarplus").write_text(RULES)
    (sample / "constitution.en.md").write_text("- Agents may act.\n")
    (sample / "schema.cedarschema").write_text(
        (ROOT / "samples" / "schemas" / "world-norms.cedarschema").read_text(encoding="utf-8")
    )
    directory = [{"uid": {"type": "World", "id": "world"}, "attrs": {}, "parents": []}]
    directory += [{"uid": {"type": "Faction", "id": "orcs"}, "attrs": {}, "parents": []}]
    for name, faction in AGENTS.items():
        parents = [{"type": "Faction", "id": faction}] if faction else []
        directory.append({"uid": {"type": "Agent", "id": name}, "attrs": {}, "parents": parents})
    (sample / "directory.json").write_text(json.dumps(directory))
    (sample / "roster.yaml").write_text(ROSTER)
    (sample / "actions.jsonl").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.service.samples.samples_root", lambda: sample.parent)
        made = Workspace.create(place, sample="small-world", profile=profile, swarm_id=swarm_id, passphrase="a b c d")
    with made as workspace:
        signer = next(key.principal for key in workspace.key_care.roster_keys() if key.role == "operator")
        signing = {"operator": workspace.credentials.new_token(signer, "operator")[1]}
        return signing | {name: workspace.credentials.new_token(f'Agent::"{name}"', name)[1] for name in AGENTS}
