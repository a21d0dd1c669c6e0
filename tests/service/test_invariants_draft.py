"""Invariants in the draft: saved, kept, followed and reset with the rest of the text; shown and set by commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

NEVER = 'forbid (principal, action == Action::"share_external", resource) when { resource.tags.contains("pii") };\n'


def test_a_draft_begins_without_and_keeps_what_is_written(
    workspace: Workspace, place: Path, clock: FrozenClock
) -> None:
    assert (workspace.draft().invariants, workspace.draft().changed) == ("", False)
    saved = workspace.save_draft(invariants=NEVER.replace("\n", "\r\n"), revision=0)
    assert (saved.invariants, saved.changed, saved.revision) == (NEVER, True, 1)
    assert workspace.save_draft(english="Other words.", revision=1).invariants == NEVER
    assert workspace.drafting.rebase().invariants == NEVER
    with Workspace.open(place, clock=clock) as again:
        assert again.draft() == workspace.draft()


def test_the_same_text_is_no_revision_and_other_text_is(workspace: Workspace) -> None:
    workspace.save_draft(invariants=NEVER, revision=0)
    assert workspace.save_draft(invariants=NEVER, revision=1).revision == 1
    assert workspace.save_draft(invariants="", revision=1).changed is False


def test_invariants_that_lost_a_race_are_in_the_history(workspace: Workspace) -> None:
    workspace.save_draft(english="First.", revision=0)
    with pytest.raises(WorkbenchError) as caught:
        workspace.save_draft(invariants=NEVER, revision=0)
    assert caught.value.code == "stale_draft"
    assert workspace.draft().invariants == ""
    assert [draft.invariants for draft in workspace.draft_history()] == [NEVER, ""]


def test_a_reset_takes_those_of_the_version_in_force(workspace: Workspace) -> None:
    workspace.save_draft(invariants=NEVER, revision=0)
    assert workspace.reset_draft().invariants == ""
    assert NEVER in [draft.invariants for draft in workspace.draft_history()]
