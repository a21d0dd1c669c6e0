"""``workbench history``: the versions as ever, and with ``--all`` everything that happened beside decisions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from workbench.service.workspace import Workspace

HOSTILE = "\x1b[31m[red]\u202eevil"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    with Workspace.create(folder / "demo", swarm_id="swarm-history") as workspace:
        for number in range(3):
            workspace.set_fact("budget_remaining", number, principal=f'Agent::"nora{HOSTILE if number == 2 else ""}"')
    patch.undo()
    return folder / "demo"


def test_without_all_it_lists_the_versions(run: Run, demo: Path) -> None:
    done = run("history", "-w", demo)
    assert done.code == 0
    assert 'approve by Operator::"ana" (operator)' in done.out
    assert "budget" not in done.out


def test_all_lists_every_entry_newest_first_with_the_way_to_older_ones(run: Run, demo: Path) -> None:
    whole = run("history", "-w", demo, "--all")
    lines = whole.out.splitlines()
    assert "budget_remaining" in lines[0]
    assert lines[-1].endswith("The swarm swarm-history begins, with version 1.0.0")
    page = run("history", "-w", demo, "--all", "-n", "4").out.splitlines()
    assert page[:4] == lines[:4]
    before = page[4].removeprefix("older ones: --before ")
    older = run("history", "-w", demo, "--all", "--before", before).out.splitlines()
    assert [line.strip() for line in older] == [line.strip() for line in lines[4:]]


def test_kinds_and_words_narrow_it(run: Run, demo: Path) -> None:
    votes = run("history", "-w", demo, "--all", "--kind", "vote", "--kind", "activation", "--json").json["entries"]
    assert [entry["kind"] for entry in votes] == ["activation", "vote", "vote"]
    found = run("history", "-w", demo, "--all", "--find", "ANA approves").out.splitlines()
    assert [line.split("  ")[-1] for line in found] == ["ana approves 1.0.0"]
    assert run("history", "-w", demo, "--all", "--find", "no such words").out.startswith("nothing")


def test_until_lists_what_had_happened_by_then(run: Run, demo: Path) -> None:
    whole = run("history", "-w", demo, "--all").out.splitlines()
    assert run("history", "-w", demo, "--all", "--until", "1 s ago").out.splitlines() in (whole, whole[1:], whole[2:])
    assert run("history", "-w", demo, "--all", "--until", "2020-01-01").out.startswith("nothing")
    assert run("history", "-w", demo, "--all", "--until", "today").out.splitlines() == whole


def test_an_entry_in_full_is_what_the_ledger_holds(run: Run, demo: Path) -> None:
    entry = run("history", "-w", demo, "--entry", 2, "--json").json
    assert entry["body"]["verdict"] == "approve"
    assert entry["prev"] == run("history", "-w", demo, "--entry", 1, "--json").json["hash"]
    shown = run("history", "-w", demo, "--entry", 2).out
    assert json.loads(shown[shown.index("{") :]) == entry["body"]


def test_text_of_others_is_shown_and_not_obeyed(run: Run, demo: Path) -> None:
    shown = run("history", "-w", demo, "--all").out
    assert "\\u001b[31m[red]\\u202eevil" in shown
    assert not any(char in shown for char in "\x1b\u202e")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--entry", "99999"], 1, "the ledger has no entry `99999`"),
        (["--kind", "vote"], 2, "add `--all`"),
        (["--find", "x"], 2, "add `--all`"),
        (["--before", "3"], 2, "add `--all`"),
        (["--until", "today"], 2, "add `--all`"),
        (["--all", "--until", "never"], 2, "3 March"),
        (["--all", "--kind", "nonsense"], 2, "there are genesis, proposal"),
        (["--all", "-n", "0"], 2, "greater than or equal to 1"),
        (["--entry", "first"], 2, "--entry"),
    ],
)
def test_what_cannot_be_meant_is_told(run: Run, demo: Path, arguments: list[str], code: int, said: str) -> None:
    done = run("history", "-w", demo, *arguments)
    assert done.code == code
    assert said in done.err
    assert done.out == ""
