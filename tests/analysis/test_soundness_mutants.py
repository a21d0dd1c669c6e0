"""The soundness checks notice every bug of ``mutants.seeded``: by a contradiction with the engines, not by a crash."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.analysis.mutants.seeded import MUTANTS
from tests.engine.support import ROOT


def notice(*names: str) -> dict[str, str]:
    """What a fresh interpreter finds, with the bug of that name put in."""
    command = [sys.executable, "-B", "-m", "tests.analysis.mutants.run", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr[-1500:]
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_analyses_as_they_are_pass() -> None:
    assert notice()["noticed"] == ""


@pytest.mark.parametrize("name", MUTANTS)
def test_the_bug_can_be_put_in(name: str) -> None:
    mutant = MUTANTS[name]
    places = mutant.places()
    where = [module for module, _ in places]
    assert len(places) == 1, (
        f"the text to change stands in {where}, not once; adjust it in tests/analysis/mutants/seeded.py"
    )
    compile(places[0][1].replace(mutant.old, mutant.new), where[0], "exec")


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_the_bug_is_noticed(name: str) -> None:
    assert notice(name)["noticed"], f"nothing noticed that {name}"
