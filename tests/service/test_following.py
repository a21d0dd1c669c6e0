"""A draft and the versions that come into force: what nobody wrote in goes along, once; work of one's own stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.service.teams import OTHER, RULE, team, votes, who
from tests.service.teams import write as write_rule
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import Behind
from workbench.service.profiles import UNSIGNED_KEY
from workbench.service.views import Draft
from workbench.service.workspace import Workspace

MINE = RULE.replace("no-email-outside", "mine").replace('"email"', '"mine"')


@pytest.fixture(scope="module")
def swarm(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """An unsigned workspace, where what is proposed is approved at once. Only properties share it."""
    place = tmp_path_factory.mktemp("following") / "swarm"
    clock = FrozenClock()
    with Workspace.create(place, profile="unsigned", clock=clock, swarm_id="swarm-following") as made:
        yield made


@pytest.fixture
def ours(config: Path, tmp_path: Path, clock: FrozenClock) -> Iterator[Workspace]:
    place = tmp_path / "swarm"
    with Workspace.create(place, profile="unsigned", clock=clock) as made:
        assert (place / "keys" / UNSIGNED_KEY).exists()
        yield made


def in_force(workspace: Workspace, digest: str) -> str:
    """Wait until a proposal is in force; its number."""
    clock = workspace._session.clock
    assert isinstance(clock, FrozenClock)
    for _ in range(10):
        workspace.tick()
        if (found := workspace.proposal(digest)).state == "active":
            return found.version.version
        clock.advance(30 * 3600)
    raise AssertionError(f"{found.state}: {found.reason}")


def amend(workspace: Workspace, rule: str = RULE) -> str:
    write_rule(workspace, rule)
    return in_force(workspace, workspace.propose("more", proposer=_person(workspace)).version.digest)


def revert(workspace: Workspace) -> str:
    return in_force(workspace, workspace.amending.revert("back", _person(workspace)))


def _person(workspace: Workspace) -> str:
    from workbench.governance.artifact import load_yaml

    roster = load_yaml(Path(workspace.version().path).read_bytes()).content.roster
    return next(entry.principal for entry in roster if entry.votes)


def says(draft: Draft) -> tuple[str, str]:
    return draft.cedar_plus, draft.base_version


def states(workspace: Workspace) -> list[str]:
    return [f"{each.state} {each.follows}".strip() for each in workspace.drafting.revisions.list()]


def test_what_was_taken_back_is_taken_out_of_a_draft_that_nobody_wrote_in(ours: Workspace, clock: FrozenClock) -> None:
    begun = ours.draft().cedar_plus
    amend(ours)
    assert ours.draft().cedar_plus == begun + RULE
    with Workspace.open(ours.location, clock=clock) as other:  # another process, which had looked before
        seen = other.draft()
        number = revert(ours)
        draft = ours.draft()
        assert other.draft() == draft
        assert (says(draft), draft.changed, draft.behind) == ((begun, number), False, None)
        assert draft.revision == seen.revision + 1, "an editor that holds the old text sees that it is another now"
        assert ours.status().draft_changed is False
        assert [change.rule.id for change in ours.review().changes] == []
        for each in (other, ours):
            each.tick()
            assert each.draft() == draft, "once"
    assert states(ours) == [f"follows {number}", "saved"]


def test_an_editor_that_holds_what_stood_before_cannot_overwrite_it_unseen(ours: Workspace, clock: FrozenClock) -> None:
    """Nobody ever saved a draft here: revision 0 is what is in force, whatever that is."""
    with Workspace.open(ours.location, clock=clock) as other:
        shown = other.draft()
        assert shown.revision == 0
        started = ours.draft()
        fresh = Draft(
            started.english, started.cedar_plus + RULE, started.schema, started.tests, 0, started.base_version,
            started.saved_at, changed=True,
        )  # fmt: skip
        number = in_force(ours, ours.amending.propose(fresh, "by file", _person(ours)))
        assert ours.draft().base_version == number
        with pytest.raises(WorkbenchError, check=lambda error: error.code == "stale_draft"):
            other.save_draft(english="Typed on the old text.", revision=0)
        assert RULE in ours.draft().cedar_plus
        assert "Typed on the old text." in [each.english for each in ours.draft_history()]
        assert ours.drafting.revisions.possible() == (None, None), "there is no older draft to go back to"


def test_work_of_ones_own_stays_and_it_is_said_what_it_would_bring_back(ours: Workspace) -> None:
    base = amend(ours)
    write_rule(ours, MINE)
    mine = ours.draft()
    number = revert(ours)
    draft = ours.draft()
    assert (says(draft), draft.revision) == ((mine.cedar_plus, base), mine.revision)
    assert draft.behind == Behind(base, number, ("no-email-outside",))
    assert ours.status().draft_behind == draft.behind
    said = f"the draft is based on {base}; {number} is in force since; it still has `no-email-outside`, which was taken"
    found = {each.code: each.message for each in ours.review().blockers}
    assert found["old_base"].startswith(said)
    with pytest.raises(WorkbenchError):
        ours.propose("both again", proposer=_person(ours))
    assert ours.drafting.rebase().behind is None, "who says that it is meant is believed"


def test_a_version_that_takes_nothing_back_is_told_too(ours: Workspace) -> None:
    """What stands in it is left: only what came in between would be undone."""
    write_rule(ours, MINE)
    mine = ours.draft()
    proposal = ours.draft()
    ours.reset_draft()
    number = amend(ours)
    ours.drafting.revisions.restore(ours.drafting.revisions.key_of(mine.revision), ours.draft().revision)
    draft = ours.draft()
    assert says(draft) == says(proposal)
    assert draft.behind == Behind("1.0.0", number)


def test_going_back_among_the_revisions_is_not_undone_again(ours: Workspace) -> None:
    amend(ours)
    old = ours.draft()
    number = revert(ours)
    back = ours.drafting.revisions.undo(ours.draft().revision)
    assert back.cedar_plus == old.cedar_plus
    ours.tick()
    assert ours.draft() == back, "a person brought it back, and it stays until a version comes into force"
    assert back.behind is not None
    assert back.behind.taken_back == ("no-email-outside",)
    assert ours.drafting.revisions.redo(back.revision).base_version == number


def test_an_older_text_on_a_newer_version_was_written_on_purpose(ours: Workspace) -> None:
    """To take something back by an amendment: it must not be lost because another version came first."""
    begun = ours.draft().cedar_plus
    base = amend(ours)
    another = _with(ours.draft(), OTHER)
    ours.save_draft(cedar_plus=begun, revision=ours.draft().revision)
    in_force(ours, ours.amending.propose(another, "another", _person(ours)))
    assert says(ours.draft()) == (begun, base)
    assert ours.draft().behind is not None


def test_a_draft_on_an_open_proposal_waits_for_it(
    tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))  # every team has the same name
    with team(tmp_path, clock) as workspace:
        write_rule(workspace)
        first = workspace.propose("first", proposer=who("ana"))
        draft = workspace.drafting.rebase(first.version.digest)
        assert (draft.base_version, draft.behind) == (first.version.version, None)
        votes(workspace, tmp_path, first, "ana", "sam")
        assert in_force(workspace, first.version.digest) == first.version.version
        assert workspace.draft() == draft.__class__(**{**_fields(draft), "changed": False})


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(["amend", "revert", "write", "undo", "look"]), min_size=2, max_size=5))
def test_a_draft_says_what_is_in_force_or_holds_somebodys_work(swarm: Workspace, deeds: list[str]) -> None:
    """Whatever happens: a draft that differs was written in since it last said the same, or was brought back."""
    swarm.reset_draft()
    own = False
    for deed in deeds:
        draft = swarm.draft()
        if deed == "amend":
            number = len(swarm.versions())
            write_rule(swarm, RULE.replace("no-email-outside", f"rule-{number}").replace('"email"', f'"t{number}"'))
            try:
                in_force(swarm, swarm.propose("more", proposer=_person(swarm)).version.digest)
            except WorkbenchError:
                assert own, "only a draft on an older version cannot be proposed"
                own = True
                continue
            own = False
        elif deed == "revert":
            with suppress(WorkbenchError):  # what is no revert is tried in test_amendment_ways
                revert(swarm)
        elif deed == "write":
            write_rule(swarm, MINE.replace("mine", f"mine-{draft.revision}"))
            own = True
        elif deed == "undo" and swarm.drafting.revisions.possible()[0] is not None:
            swarm.drafting.revisions.undo(draft.revision)
            own = True
        swarm.tick()
        draft = swarm.draft()
        assert own or not draft.changed, deed
        assert (draft.behind is not None) <= draft.changed
        if not draft.changed:
            assert draft.cedar_plus == swarm.version().cedar_plus


def _with(draft: Draft, rule: str) -> Draft:
    return Draft(**{**_fields(draft), "cedar_plus": draft.cedar_plus + rule})


def _fields(draft: Draft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
