"""``draft history``, ``undo``, ``redo`` and ``restore``: each its own process's worth, nothing remembered between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    place = tmp_path / "ws"
    with Workspace.create(place, swarm_id="swarm-draft-revisions") as workspace:
        workspace.save_draft(english="One.\n", revision=0)
        workspace.save_draft(english="One.\nTwo.\x1b[31m\n", revision=1)
        with pytest.raises(WorkbenchError):
            workspace.save_draft(english="Late.\n", revision=1)
    return place


def test_back_and_forth_and_any_again(run: Run, draft: Path) -> None:
    listed = run("draft", "history", "-w", draft)
    assert listed.code == 0, listed.err
    late, two, _one = listed.out.splitlines()
    assert "2 lost" in late
    assert "lost a race" in late
    assert "2 now" in two
    assert r"English +1 (Two.\u001b[31m)" in two
    assert "\x1b" not in listed.out
    back = run("draft", "undo", "-w", draft)
    assert (back.code, back.out.strip()) == (0, "an earlier text is back, as revision 3: changed")
    assert run("draft", "show", "--part", "english", "-w", draft).out == "One.\n"
    assert json.loads(run("draft", "redo", "--json", "-w", draft).out)["english"].startswith("One.\nTwo.")
    nothing = run("draft", "redo", "-w", draft)
    assert nothing.code != 0
    assert "nothing to redo" in nothing.err
    assert run("draft", "restore", "1", "-w", draft).code == 0
    assert run("draft", "show", "--part", "english", "-w", draft).out == "One.\n"
    states = [each["state"] for each in json.loads(run("draft", "history", "--json", "-w", draft).out)]
    assert states == ["restored", "restored", "restored", "stale", "saved", "saved"]
    assert run("draft", "restore", "2", "--lost", "-w", draft).code == 0
    assert run("draft", "show", "--part", "english", "-w", draft).out == "Late.\n", "and not that of revision 2"


def test_nonsense_is_refused_and_changes_nothing(run: Run, draft: Path) -> None:
    for words, said in (
        (("restore", "99"), "no such revision"),
        (("restore", "1", "--lost"), "lost a race has the number `1`"),
        (("restore", "one"), "integer"),
        (("restore",), "REVISION"),
        (("history", "--limit", "0"), "limit"),
    ):
        told = run("draft", *words, "-w", draft)
        assert told.code != 0, words
        assert said in told.err
    assert len(json.loads(run("draft", "history", "--json", "-w", draft).out)) == 3


def test_an_empty_history_says_so(run: Run, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "new", swarm_id="swarm-draft-none").close()
    assert "nothing was written" in run("draft", "history", "-w", tmp_path / "new").out
    refused = run("draft", "undo", "-w", tmp_path / "new")
    assert refused.code != 0
    assert "nothing to undo" in refused.err
