"""Back and forth among the draft's revisions: they are never changed, and a restart changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.service.clock import FrozenClock
from workbench.service.draft_revisions import Change, redone, undone
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

DEEDS = st.lists(st.sampled_from(["write", "undo", "redo", "restart"]), max_size=40)


@given(DEEDS)
def test_undoing_and_redoing_are_those_of_an_editor(deeds: list[str]) -> None:
    """Against the plain model: a list of texts and a place in it; writing drops what was undone."""
    model, place = ["text 0"], 0
    steps: list[tuple[int, int | None]] = [(0, None)]
    texts = {0: "text 0"}
    for deed in deeds:
        number = len(steps)
        if deed == "write":
            model, place = [*model[: place + 1], f"text {number}"], place + 1
            steps.append((number, None))
            texts[number] = f"text {number}"
        elif deed == "restart":
            continue  # nothing is known but the steps, before as after
        else:
            back = undone(steps) if deed == "undo" else redone(steps)
            wanted = place - 1 if deed == "undo" else place + 1
            if not 0 <= wanted < len(model):
                assert back is None
                continue
            assert back is not None
            assert texts[back] == model[wanted]
            place = wanted
            steps.append((number, back))
            texts[number] = texts[back]
        assert texts[steps[-1][0]] == model[place]


@given(st.lists(st.integers(0, 30), max_size=30))
def test_any_jumps_still_lead_back_to_the_beginning(jumps: list[int]) -> None:
    """Restoring whatever was written, in any order, never makes undoing go round in a circle."""
    steps: list[tuple[int, int | None]] = [(0, None)]
    for jump in jumps:
        written = [number for number, restored in steps if restored is None]
        restored = written[jump % len(written)] if jump % 3 else None
        steps.append((len(steps), restored))
    seen = 0
    while (back := undone(steps)) is not None:
        steps.append((len(steps), back))
        seen += 1
        assert seen <= len(steps), "a circle"
    assert steps[-1][1] in (None, 0)


def write(workspace: Workspace, english: str) -> int:
    return workspace.save_draft(english=english, revision=workspace.draft().revision).revision


def test_undo_and_redo_go_on_after_a_restart_and_keep_every_part(
    workspace: Workspace, place: Path, clock: FrozenClock
) -> None:
    begun = workspace.draft()
    write(workspace, "One.")
    both = workspace.save_draft(english="Two.", cedar_plus="// two\n", tests=[], revision=1)
    back = workspace.drafting.revisions.undo(2)
    assert (back.revision, back.english, back.cedar_plus, back.tests) == (3, "One.", begun.cedar_plus, begun.tests)
    workspace.close()
    with Workspace.open(place, clock=clock) as again:
        revisions = again.drafting.revisions
        assert again.draft() == back
        assert revisions.possible() == (0, 2)
        first = revisions.undo(3)
        assert (first.english, first.changed) == (begun.english, False)
        with pytest.raises(WorkbenchError, check=lambda error: error.code == "nothing_to_undo"):
            revisions.undo(4)
        assert revisions.redo(4).english == "One."
        forward = revisions.redo(5)
        assert (forward.english, forward.cedar_plus, forward.tests) == ("Two.", "// two\n", both.tests)
        with pytest.raises(WorkbenchError, check=lambda error: error.code == "nothing_to_redo"):
            revisions.redo(6)
        assert again.draft() == forward


def test_what_was_saved_elsewhere_is_not_undone_unseen(workspace: Workspace) -> None:
    write(workspace, "One.")
    write(workspace, "Theirs.")
    for way in (workspace.drafting.revisions.undo, workspace.drafting.revisions.redo):
        with pytest.raises(WorkbenchError) as caught:
            way(1)
        assert caught.value.code in ("stale_draft", "nothing_to_redo")
    assert workspace.draft().english == "Theirs."


def test_the_list_says_what_each_changed_and_any_comes_back(workspace: Workspace) -> None:
    write(workspace, "One.\nTwo.\nThree.")
    write(workspace, "One.\n2.\nAnd more.\nThree.")
    with pytest.raises(WorkbenchError):
        workspace.save_draft(english="Late.", revision=1)
    late, second, first = workspace.drafting.revisions.list()
    assert (late.state, late.number, late.newest) == ("stale", 2, False)
    assert (second.state, second.number, second.newest) == ("saved", 2, True)
    assert second.changes == (Change("English", 2, 1, "2."),)
    assert [change.part for change in first.changes] == ["English"], "against the version that it was written on"
    restored = workspace.drafting.revisions.restore(late.key, 2)
    assert (restored.english, restored.revision) == ("Late.", 3)
    assert workspace.drafting.revisions.undo(3).english == "One.\n2.\nAnd more.\nThree."
    assert [each.state for each in workspace.drafting.revisions.list(2)] == ["restored", "saved"]
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "no_revision"):
        workspace.drafting.revisions.restore(999, 4)


def test_a_review_of_a_test_is_told_as_one(workspace: Workspace) -> None:
    name = str(workspace.draft().tests[0]["name"])
    write(workspace, "One.")
    workspace.confirm_test(name, "")
    (newest, *_) = workspace.drafting.revisions.list()
    assert newest.changes == (Change("tests", 1, 1, name),)


def test_a_blank_line_that_counts_as_a_change_is_told_and_taken_back_to_the_version_itself(
    workspace: Workspace,
) -> None:
    revisions = workspace.drafting.revisions
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "no_revision"):
        revisions.restore(revisions.key_of(0), 0)
    begun = workspace.draft()
    workspace.save_draft(english=begun.english + "\n", revision=0)
    assert workspace.draft().changed
    (first,) = revisions.list()
    assert [change.part for change in first.changes] == ["English"], "against the version that it was written on"
    back = revisions.restore(revisions.key_of(0), 1)
    assert (back.english, back.revision, back.changed) == (begun.english, 2, False)
