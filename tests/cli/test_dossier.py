"""Dossiers on the command line: with the solver and without it, and what is then said of one from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_amendments import ANA, SAM, place, template  # noqa: F401
from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP

HERE = "workbench.service.dossier_answers.solver_here"


@pytest.fixture
def without() -> Iterator[pytest.MonkeyPatch]:
    """The solver is taken away; ``without.undo()`` brings it back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HERE, lambda: False)
        yield patch


def test_each_side_is_told_why_the_others_dossier_is_not_taken(
    run: Run,
    place: Path,  # noqa: F811
    tmp_path: Path,
    without: pytest.MonkeyPatch,
) -> None:
    run("propose", "-m", "no addresses", *ANA)
    bare, full = tmp_path / "bare.html", tmp_path / "full.html"
    told = run("dossier", "-o", bare)
    assert told.code == 0
    assert told.err == f"without proofs: {NO_SOLVER}; {NO_SOLVER_HELP}\n"
    assert run("dossier", "-o", bare, "--json").json["proofs"] is False
    without.undo()
    told = run("dossier", "-o", full, "--json")
    assert (told.err, told.json["proofs"]) == ("", True)
    refused = run("approve", "1.1.0", "--dossier", bare, *ANA)
    assert refused.code == 1
    assert "tells of no proofs" in refused.err
    assert run("approve", "1.1.0", "--dossier", full, *ANA).code == 0
    without.setattr(HERE, lambda: False)
    refused = run("approve", "1.1.0", "--dossier", full, *SAM)
    assert refused.code == 1
    assert NO_SOLVER_HELP in refused.err
    assert run("approve", "1.1.0", "--dossier", bare, *SAM).code == 0
