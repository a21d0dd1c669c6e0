"""What screens and commands say of a draft that went along with a version, or stayed behind one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.tui.fakes import FakeWorkspace
from workbench.cli import draft_revisions as command
from workbench.service.draft_revisions import Change, Revision
from workbench.service.governing_views import Behind
from workbench.tui.view import draft as view
from workbench.tui.view import overview, revisions

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FOLLOWED = Revision(
    7, 3, NOW, "follows", None, newest=True,
    changes=(Change("Cedar+", 0, 4, "forbid"), Change("built on", 0, 0, "1.1.1")),
    english="", cedar_plus="", follows="1.1.1",
)  # fmt: skip


def test_a_revision_that_followed_says_which_version() -> None:
    assert revisions.told(FOLLOWED) == "follows 1.1.1: Cedar+ −4 “forbid”"
    assert command._told(FOLLOWED) == "follows 1.1.1: Cedar+ -4 (forbid)"
    (row,) = revisions.rows([FOLLOWED], NOW)
    (older,) = revisions.rows([replace(FOLLOWED, newest=False)], NOW)
    assert (row.cells[0].text, older.cells[0].text) == ("●", "→")


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ((), "the draft is based on 1.1.0; 1.1.1 is in force since"),
        (("a",), "the draft is based on 1.1.0; 1.1.1 is in force since; it still has `a`, which was taken back"),
        (tuple("abcde"), "…; it still has `a`, `b`, `c` and 2 more, which were taken back"),
    ],
)
def test_what_stayed_behind_is_said_plainly(gone: tuple[str, ...], said: str) -> None:
    behind = Behind("1.1.0", "1.1.1", gone)
    assert behind.words.endswith(said.lstrip("…"))
    draft = replace(FakeWorkspace().draft(), behind=behind)
    assert view.based(draft) == "▲ " + behind.words.removeprefix("the draft is ")
    assert view.based(replace(draft, behind=None)) == ""


@pytest.mark.parametrize(("gone", "said"), [((), "is older than v1.1.1"), (("a",), "has what was taken back")])
def test_overview_says_that_the_draft_is_of_an_older_version(gone: tuple[str, ...], said: str) -> None:
    status = replace(FakeWorkspace().status(), draft_changed=True, draft_behind=Behind("1.1.0", "1.1.1", gone))
    lines = [errand.line.plain for errand in overview.waiting(status, 70)]
    assert any(f"▲ draft of v1.1.0 {said}" in line for line in lines), lines


def test_a_draft_that_followed_is_told_apart_from_one_saved_elsewhere() -> None:
    draft = replace(FakeWorkspace().draft(), base_version="1.1.1", revision=4)
    assert "follows 1.1.1, which has come into force" in view.arrived(draft, followed=True)
    assert "Revision 4 was saved elsewhere" in view.arrived(draft, followed=False)
