"""What is typed survives the program: written down while it is unsaved, taken up by the next start, never twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workbench.service.clock import FrozenClock
from workbench.service.unsaved_texts import FOLDER, Recovered, UnsavedTexts
from workbench.service.workspace import Workspace

TYPIST = """
import sys
from pathlib import Path
from workbench.service.unsaved_texts import UnsavedTexts
texts = UnsavedTexts(Path(sys.argv[1]))
for turn, typed in enumerate(sys.argv[3:], 1):
    if typed:
        texts.keep(turn, typed, "// c", int(sys.argv[2]))
    else:
        texts.drop(turn)
print("typed", flush=True)
sys.stdin.readline()
texts.close()
"""


@contextmanager
def typist(place: Path, revision: int, *typed: str) -> Iterator[subprocess.Popen[str]]:
    """A program that typed these texts one after the other ("" saved them), and now waits; a line closes it."""
    child = subprocess.Popen(
        [sys.executable, "-c", TYPIST, str(place), str(revision), *typed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "typed\n"
        yield child
    finally:
        child.kill()
        child.communicate()


def recovered(workspace: Workspace) -> Recovered:
    return workspace.drafting.writing.unsaved.recover()


def left(place: Path) -> list[str]:
    folder = place / FOLDER
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_what_a_killed_program_typed_is_the_draft_and_can_be_undone(workspace: Workspace, place: Path) -> None:
    workspace.save_draft(english="Saved.", revision=0)
    with typist(place, 1, "Saved. And ty", "Saved. And typed \U0001f600") as child:
        assert recovered(workspace).outcome == "nothing", "it lives"
        child.kill()
        child.wait()
        found = recovered(workspace)
    assert (found.outcome, found.revision, found.at is not None) == ("taken", 2, True)
    assert workspace.draft().english.startswith("Saved. And typed \U0001f600")
    assert workspace.draft().cedar_plus == "// c"
    assert left(place) == []
    assert recovered(workspace).outcome == "nothing", "it is taken up once"
    assert workspace.drafting.revisions.undo(2).english == "Saved."


def test_where_the_draft_was_changed_since_the_text_is_in_its_history(workspace: Workspace, place: Path) -> None:
    with typist(place, 0, "Mine."):
        workspace.save_draft(english="Theirs.", revision=0)
    found = recovered(workspace)
    assert (found.outcome, found.revision) == ("kept", 1)
    assert workspace.draft().english == "Theirs."
    newest = workspace.drafting.revisions.list()[0]
    assert (newest.state, newest.english) == ("stale", "Mine.")


def test_going_back_to_an_older_text_and_being_killed_keeps_that(workspace: Workspace, place: Path) -> None:
    """The text is in the history already, but not because it lost a race: it is what was typed last."""
    workspace.save_draft(english="One.", cedar_plus="// c", revision=0)
    workspace.save_draft(english="One. Two.", revision=1)
    with typist(place, 2, "One."):
        pass
    assert recovered(workspace).outcome == "taken"
    assert workspace.draft().english == "One."


def test_a_program_that_saved_all_and_was_killed_is_told_of_and_one_that_closed_is_not(
    workspace: Workspace, place: Path
) -> None:
    with typist(place, 0, "Mine.", "") as child:
        child.communicate("\n")
        assert child.returncode == 0
    assert left(place) == []
    assert recovered(workspace).outcome == "nothing"
    with typist(place, 0, "Mine.", ""):
        pass
    assert recovered(workspace).outcome == "closed"
    assert workspace.draft().revision == 0


def test_a_program_that_closed_with_something_unsaved_leaves_it(workspace: Workspace, place: Path) -> None:
    with typist(place, 0, "Mine.") as child:
        child.communicate("\n")
    assert recovered(workspace).outcome == "taken"


def test_a_text_that_came_late_does_not_replace_a_later_one(tmp_path: Path) -> None:
    """Threads overtake one another: the turn counts, not who comes last."""
    texts = UnsavedTexts(tmp_path)
    texts.keep(2, "new", "", 1)
    texts.keep(1, "old", "", 1)
    (path,) = (tmp_path / FOLDER).glob("*.json")
    assert json.loads(path.read_text())["english"] == "new"
    texts.drop(4)
    texts.keep(3, "old", "", 1)
    assert not path.exists()
    texts.close()
    texts.keep(5, "after the end", "", 1)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format": 2}', b'{"format": 1, "english": "x"}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_broken_file_hinders_nobody(workspace: Workspace, place: Path, content: bytes) -> None:
    folder = place / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "abc.json").write_bytes(content)
    (folder / "abc.lock").write_bytes(b"")
    assert recovered(workspace).outcome == "closed"
    assert left(place) == []
    assert workspace.draft().revision == 0


def test_a_folder_that_cannot_be_written_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    texts = UnsavedTexts(tmp_path)
    texts.keep(1, "typed", "", 0)
    texts.drop(2)
    texts.close()
    assert texts.recover().outcome == "nothing"


def test_where_it_cannot_be_saved_it_stays_for_another_start(
    workspace: Workspace, place: Path, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    with typist(place, 0, "Mine."):
        pass
    monkeypatch.setattr(workspace.drafting, "save", lambda **_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        recovered(workspace)
    assert len(left(place)) == 2
    with Workspace.open(place, clock=clock) as again:
        assert recovered(again).outcome == "taken"


def test_invariants_are_taken_up_and_the_other_texts_left_alone(workspace: Workspace, place: Path) -> None:
    before = workspace.draft()
    beside = UnsavedTexts(place).beside()
    beside.keep_texts(1, {"invariants": "// never\n"}, before.revision)
    beside.close()
    assert recovered(workspace).outcome == "taken"
    now = workspace.draft()
    assert now.invariants == "// never\n"
    assert (now.english, now.cedar_plus) == (before.english, before.cedar_plus)
    assert left(place) == []
