"""Invariants on the command line: set, shown, reviewed, proposed, made with a workspace; and nonsense."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from workbench.service.workspace import Workspace

KEPT = """@id("no-large-refund")
@english("Nobody is ever refunded more than 5000.")
forbid (principal, action == Action::"issue_refund", resource) when { context.amount > 5000 };
"""
BROKEN = """@id("no-pii-outside")
@english("Personal data never leaves the company.")
forbid (principal, action == Action::"share_external", resource) when { resource.tags.contains("pii") };
"""
ANA = ("--as", 'Operator::"ana"')


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("invariants")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
        patch.setenv("HOME", str(folder / "home"))
        Workspace.create(folder / "demo", swarm_id="swarm-cli-invariants").close()
    return folder / "demo"


@pytest.fixture
def place(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "place"
    shutil.copytree(template, place)
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(place))
    return place


def file(folder: Path, text: str, name: str = "never.cedarplus") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("place")
def test_set_shown_reviewed_and_proposed(run: Run, tmp_path: Path) -> None:
    assert "Invariants" not in run("draft", "show").out
    told = run("draft", "set", "--invariants", file(tmp_path, KEPT))
    assert told.out.startswith("saved as revision 1\n")
    assert "draft (invariants)" not in told.out
    assert run("draft", "show", "--part", "invariants").out == KEPT
    assert f"Invariants\n{KEPT}" in run("draft", "show").out
    review = run("draft", "review")
    assert review.code == 0
    assert "proved: The invariant `no-large-refund` is kept." in review.out
    assert "assuming that an error denies, as the workbench decides, and that entities may be missing" in review.out
    assert '+@id("no-large-refund")' in review.out
    made = run("propose", "-m", "we promise", *ANA)
    assert made.code == 0, made.err
    assert "sensitive" in made.out
    (answer,) = run("draft", "review", "--json").json["invariants"]
    assert (answer["about"], answer["verdict"], answer["assumption"]["data"]) == ("no-large-refund", "holds", "missing")


@pytest.mark.usefixtures("place")
def test_a_broken_one_stands_in_the_way(run: Run, tmp_path: Path) -> None:
    assert run("draft", "set", "--invariants", file(tmp_path, BROKEN)).code == 0
    review = run("draft", "review")
    assert review.code == 1
    assert "broken: The invariant `no-pii-outside` is broken." in review.out
    line = next(line for line in review.out.splitlines() if line.startswith("in the way: "))
    assert "Nobody may share a ticket outside the company" in line  # what it says, not the sentence beside it
    assert line.endswith("(invariant_broken)")
    refused = run("propose", "-m", "we promise", *ANA)
    assert refused.code == 1
    assert "no-pii-outside" in refused.err
    assert run("propose", "-m", "x", *ANA, "--json").json["error"]["code"] == "blocked"
    assert run("proposals").out == "no proposals\n"


@pytest.mark.usefixtures("place")
def test_those_given_to_propose_stand_in_for_the_drafts(run: Run, tmp_path: Path) -> None:
    assert run("draft", "set", "--invariants", file(tmp_path, KEPT)).code == 0
    refused = run("propose", "-m", "x", "--invariants", file(tmp_path, BROKEN, "other"), *ANA)
    assert "no-pii-outside" in refused.err
    assert run("propose", "-m", "x", "--invariants", file(tmp_path, KEPT + "// so be it\n", "other"), *ANA).code == 0


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("\n  forbid (principal", "draft (invariants):2:"),
        ('forbid (principal, action == Action::"fly", resource);', "draft (invariants):1:"),
        ("prefer score(1.0) (principal, action, resource);", "draft (invariants):1:"),
        ("pøtåto \x1b[31m", "draft (invariants):1:"),
    ],
)
def test_what_is_unclean_is_saved_told_at_its_place_and_refused(
    run: Run, tmp_path: Path, text: str, where: str
) -> None:
    told = run("draft", "set", "--invariants", file(tmp_path, text))
    assert told.code == 3
    assert "saved as revision 1" in told.out
    assert where in told.out
    assert "\x1b" not in told.out
    assert run("draft", "show", "--part", "invariants").out == text, "nothing is lost"
    document = run("draft", "set", "--invariants", file(tmp_path, text + "\n"), "--json").json
    assert (document["clean"], document["draft"]["invariants"]) == (False, text + "\n")
    assert all(found["severity"] != "error" for found in document["diagnostics"])
    assert document["invariants"][0]["severity"] == "error"
    refused = run("propose", "-m", "x", *ANA)
    assert refused.code == 1
    assert "cannot be proposed" in refused.err


@pytest.mark.usefixtures("place")
def test_under_a_schema_that_is_none_the_schema_is_told_of(run: Run, tmp_path: Path) -> None:
    bad = file(tmp_path, "entity ???", "bad.cedarschema")
    told = run("draft", "set", "--invariants", file(tmp_path, KEPT), "--schema", bad)
    assert told.code == 3
    assert "in the schema" in told.out
    assert "draft (invariants)" not in told.out
    assert run("draft", "show", "--part", "invariants").out == KEPT
    assert run("draft", "review").code == 1


@pytest.mark.usefixtures("place")
def test_files_that_are_none(run: Run, tmp_path: Path) -> None:
    for bad in (tmp_path / "missing", tmp_path):
        assert run("draft", "set", "--invariants", bad).code in (1, 2)
        assert run("propose", "-m", "x", "--invariants", bad, *ANA).code in (1, 2)
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert run("draft", "set", "--invariants", binary).code == 3
    assert run("draft", "show", "--json").json["revision"] == 0


@pytest.mark.usefixtures("place")
def test_without_the_solver_it_is_told_how_to_get_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.service.invariant_proofs.solver_here", lambda: False)
    assert run("draft", "set", "--invariants", file(tmp_path, KEPT)).code == 0, "writing needs none"
    review = run("draft", "review")
    assert "(no_solver)" in review.out
    assert "pip install 'constitution-workbench[proofs]'" in review.out
    assert "solver" in run("propose", "-m", "x", *ANA).err


def test_a_workspace_is_made_with_what_it_keeps(run: Run, tmp_path: Path) -> None:
    game = tmp_path / "game"
    refused = run("new", game, "--unsigned", "--invariants", file(tmp_path, BROKEN))
    assert refused.code == 1
    assert "the workspace was not made" in refused.err
    assert "no-pii-outside" in refused.err
    assert not game.exists()
    unclean = run("new", game, "--unsigned", "--invariants", file(tmp_path, "\nforbid (", "unclean"))
    assert (unclean.code, "line 2" in unclean.err, game.exists()) == (3, True, False)
    kept = file(tmp_path, KEPT)
    assert run("new", game, "--unsigned", "--invariants", kept, "--swarm-id", "swarm-cli-kept").code == 0
    assert run("draft", "show", "--part", "invariants", "-w", game).out == KEPT
    assert run("verify", game).code == 0


# ---- seen, and ended -------------------------------------------------------------------------------------------------

_RANGES = " && ".join(f"context.{name} > 1 && context.{name} < 10000" for name in ("amount", "approvals", "hour"))
_CUBES = " + ".join("*".join([f"context.{name}"] * 3) for name in ("amount", "approvals"))
HARD = f"{_RANGES} && {_CUBES} == context.hour*context.hour*context.hour"
"""Fermat's last theorem for cubes: the solver does not get to its end."""


@pytest.mark.parametrize("command", ["propose", "draft review", "new", "brake"])
def test_ctrl_c_ends_a_proof_within_a_second_and_nothing_is_done(
    run: Run, place: Path, tmp_path: Path, command: str
) -> None:
    scope = 'action == Action::"share_external", resource) when'
    never = file(tmp_path, f"forbid (principal, {scope} {{ {HARD} }};")
    match command:
        case "propose":
            arguments = ["propose", "-m", "hard", *ANA, "--invariants", never]
        case "draft review":
            assert run("draft", "set", "--invariants", never).code == 0
            arguments = ["draft", "review"]
        case "new":
            arguments = ["new", tmp_path / "another", "--profile", "demo", "--invariants", never]
        case _:
            instead = f"permit (principal, {scope} {{ {HARD} }};"
            arguments = ["brake", "-m", "hard", "--replace", "share-own-region", "--with", instead, *ANA]
            arguments += ["--passphrase-env", "DEMO_SECRET"]
    environment = {**os.environ, "DEMO_SECRET": "demo-only"}
    with subprocess.Popen(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as running:
        try:
            time.sleep(5)
            assert running.poll() is None, running.communicate()
            began = time.monotonic()
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=30)
            took = time.monotonic() - began
        finally:
            running.kill()
    assert (running.returncode, out) == (130, "")
    assert (
        err == f"stopped: {'what is not told is not known' if command == 'draft review' else 'nothing was changed'}\n"
    )
    assert took < 2, "a second, and one for a machine that does other things as well"
    assert run("proposals").out == "no proposals\n"
    assert run("overlays", "list").out == "no overlays are in force\n"
    assert not (tmp_path / "another").exists()


def test_an_approval_without_the_solver_says_that_nothing_was_proved(
    run: Run, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_SECRET", "demo-only")
    assert run("draft", "set", "--invariants", file(tmp_path, KEPT)).code == 0
    assert "were not proved" not in run("propose", "-m", "kept", *ANA).err
    shown = run("review")
    assert "proved: The invariant `no-large-refund` is kept." in shown.out
    assert "not proved here" not in shown.out
    with monkeypatch.context() as without:
        without.setattr("workbench.service.invariant_proofs.solver_here", lambda: False)
        assert "note: its invariants were not proved here" in run("review").out
        voted = run("approve", "", *ANA, "--passphrase-env", "DEMO_SECRET")
        assert voted.code == 0
        assert voted.err.startswith("note: its invariants were not proved here")
        assert "pip install" in voted.err
    voted = run("approve", "", "--as", 'Operator::"sam"', "--passphrase-env", "DEMO_SECRET")
    assert "not proved here" not in voted.err
