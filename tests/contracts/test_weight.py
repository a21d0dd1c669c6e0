"""What the quick ways in load: ``--help``, ``import workbench`` and the screens' first import stay light."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.contracts.source_tree import ROOT

HEAVY = ("litellm", "z3", "cvc5", "sqlmodel", "sqlalchemy", "alembic", "cedarpy", "mcp", "fastapi", "ray")


def loaded_by(code: str) -> set[str]:
    """Top-level modules in ``sys.modules`` after running ``code`` in a fresh interpreter."""
    script = (
        "import json, sys, io, contextlib\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    try:\n        exec({code!r})\n    except SystemExit:\n        pass\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout))


HELP = "import sys; sys.argv = ['workbench', '--help']; from workbench.cli.main import run; run()"
SUBHELP = "import sys; sys.argv = ['workbench', 'decide', '--help']; from workbench.cli.main import run; run()"


@pytest.mark.parametrize(
    ("code", "barred"),
    [
        ("import workbench", (*HEAVY, "textual", "rich", "pydantic", "yaml", "cryptography")),
        (HELP, (*HEAVY, "textual", "pydantic", "yaml", "cryptography")),
        (SUBHELP, (*HEAVY, "textual", "yaml", "cryptography")),  # typer itself loads pydantic
        ("import workbench.tui.app", HEAVY),
    ],
    ids=["import", "help", "subcommand-help", "screens"],
)
def test_light(code: str, barred: tuple[str, ...]) -> None:
    assert not loaded_by(code) & set(barred)


def test_help_is_quick() -> None:
    """Under half a second of processor time, the best of a few tries (the machine may be busy with other tests)."""
    command = [sys.executable, "-m", "workbench", "--help"]
    best = float("inf")
    for _ in range(5):
        before = spent_by_children()
        subprocess.run(
            command, cwd=ROOT, capture_output=True, check=True, timeout=60, env={**os.environ, "COLUMNS": "100"}
        )
        best = min(best, spent_by_children() - before)
        if best < 0.5:
            break
    assert best < 0.5


def spent_by_children() -> float:
    """Processor seconds of the children that have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system
