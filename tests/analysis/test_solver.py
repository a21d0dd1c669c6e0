"""A solver that is not there, or does not load, is told of in words that say what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.support import ROOT
from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP, SOLVER_BROKEN, SOLVER_BROKEN_HELP

_ASK = """
from tests.analysis.little import program, task
from workbench.service.analyst import Analyst
from workbench.service.errors import WorkbenchError
schema = "entity U; entity D; action go appliesTo { principal: [U], resource: [D] };"
try:
    Analyst().prove(program("permit (principal, action, resource);", schema), task())
except WorkbenchError as error:
    print(error.code, error.title, error.hint, sep="\\n")
"""


@pytest.mark.parametrize(
    ("package", "title", "help"),
    [
        (
            "class Z3Exception(Exception): pass\nraise Z3Exception('libz3.so not found\\nin lib/z3 or lib\\\\z3')",
            f"{SOLVER_BROKEN}: Z3Exception: libz3.so not found in … or …",
            SOLVER_BROKEN_HELP,
        ),
        ("raise OSError", f"{SOLVER_BROKEN}: OSError", SOLVER_BROKEN_HELP),
        (
            "import z3_none_such",
            f"{SOLVER_BROKEN}: ModuleNotFoundError: No module named 'z3_none_such'",
            SOLVER_BROKEN_HELP,
        ),
        (
            "BACKUPS = True",
            f"{SOLVER_BROKEN}: another package is called `z3` too; the solver's is `z3-solver`",
            SOLVER_BROKEN_HELP,
        ),
        ("raise ModuleNotFoundError('No module named z3', name='z3')", NO_SOLVER, NO_SOLVER_HELP),
    ],
)
def test_a_solver_that_does_not_load(tmp_path: Path, package: str, title: str, help: str) -> None:
    (tmp_path / "z3.py").write_text(package)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    command = [sys.executable, "-B", "-c", _ASK]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-1500:]
    assert done.stdout.splitlines() == ["no_solver", title, help]
