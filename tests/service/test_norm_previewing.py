"""What a preview says is what adding does: its rule, what stands already, the conflicts that there are afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.norms import Norm
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

FIRST = Norm("no-attack", "No fights", "safe_zone", "attack steal", severity="high")
OTHERS = (
    FIRST,
    Norm("no-steal", "", "safe_zone market", "steal", severity="critical"),
    Norm("reds", "", "", "attack", scope="Red Hand"),
    Norm("no-loud", "", "library", "shout sing"),
)


@pytest.fixture(scope="module")
def world(config, tmp_path_factory):
    place = tmp_path_factory.mktemp("previewing") / "w"
    with Workspace.create(place, sample="world-norms", profile="unsigned", swarm_id="swarm-previewing") as workspace:
        for norm in OTHERS:
            workspace.norms.add(norm)
        yield workspace


def told(conflict):
    return conflict.kind, conflict.norm, conflict.other, conflict.description


WORD = st.sampled_from(["attack", "steal", "att", "shout", "safe_zone", "market", "library"])


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(["no-attack", "new", "Überfall"]),
    condition=st.lists(WORD, max_size=2), prohibited=st.lists(WORD, min_size=1, max_size=2),
    severity=st.sampled_from(["info", "critical"]), scope=st.sampled_from(["global", "Red Hand"]),
)  # fmt: skip
def test_the_conflicts_told_before_are_those_there_are_afterwards(world, name, condition, prohibited, severity, scope):
    norm = Norm(name, "", " ".join(condition), " ".join(prohibited), scope, 0, severity)
    before = world.norm_reports.conflicts()
    found = world.norms.preview(norm)
    if found.same is not None or found.twin is not None:
        assert any(norm.id == view.id for view in world.norms.list())
        return
    added = world.norms.add(norm)
    try:
        after = world.norm_reports.conflicts()
        new = [told(each) for each in after if norm.id in (each.norm, each.other) and each.kind != "same_name"]
        assert sorted(map(told, found.conflicts)) == sorted(new)
        assert found.cedar_plus == added.norm.cedar_plus
        names = {view.id for view in found.namesakes}
        assert names == {each.other if each.norm == norm.id else each.norm for each in after
                         if each.kind == "same_name" and norm.id in (each.norm, each.other)}  # fmt: skip
    finally:
        world.norms.repeal(added.norm.overlay)
    assert world.norm_reports.conflicts() == before


def test_nothing_is_written(world):
    before = world.norms.revisions(), world.norms.list(in_force=False)
    world.norms.preview(Norm("quiet", "", "", "shout"))
    assert (world.norms.revisions(), world.norms.list(in_force=False)) == before


def test_it_says_what_stands_already(world):
    assert world.norms.preview(FIRST).same.name == "no-attack"
    otherwise = Norm(FIRST.name, FIRST.description, FIRST.condition, FIRST.prohibited, "global", 7, "info")
    found = world.norms.preview(otherwise)
    assert found.same is None
    assert found.twin.severity == "high"
    assert found.conflicts == ()
    (namesake,) = world.norms.preview(Norm("no-attack", "", "", "kill")).namesakes
    assert namesake.id == FIRST.id


def test_what_cannot_be_a_norm_here_is_refused_with_its_reason(world):
    with pytest.raises(WorkbenchError) as raised:
        world.norms.preview(Norm("nothing", "", "safe_zone", " == "))
    assert raised.value.code == "nothing_prohibited"
