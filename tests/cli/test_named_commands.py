"""Every command that a text of ours names is there: on a screen, in a window, in a hint of an error, in a help."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

import workbench
from workbench.cli.main import MEANT, app

ROOT = Path(workbench.__file__).parent
NAMED = re.compile(r"`workbench ((?:[a-z][a-z-]*(?= |`|$)[ `]?)*)")


@cache
def root() -> Any:
    return typer.main.get_command(app)


def texts(path: Path) -> list[str]:
    """The strings of a module, those of an f-string with a blank for what is put in; no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = (node.body for node in ast.walk(tree) if hasattr(node, "body") and isinstance(node.body, list))
    documenting = {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(p.value) if isinstance(p, ast.Constant) else " " for p in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            found.append(node.value)
    return found


def unknown(words: list[str]) -> str:
    """The first word that is no command, where one should stand; ``""`` where all is well."""
    at: Any = root()
    for word in words:
        commands = getattr(at, "commands", None)
        if commands is None:
            return ""  # an argument of a command
        if word not in commands:
            takes = any(each.param_type_name == "argument" for each in at.params)
            return "" if takes else word
        at = commands[word]
    return ""


def test_every_command_that_is_named_is_there() -> None:
    named: dict[str, str] = {}
    for path in ROOT.rglob("*.py"):
        for text in texts(path):
            for found in NAMED.finditer(text):
                named[" ".join(found[1].strip(" `").split())] = str(path.relative_to(ROOT))
    assert {"demo", "norm list", "keys new", "audit verify"} <= set(named), "it looks at the texts"
    missing = {words: where for words, where in named.items() if words and unknown(words.split())}
    assert not missing


@pytest.mark.parametrize("words", ["gateway", "norm lst", "keys", "keys list", "approve it"])
def test_what_is_no_command_would_be_found(words: str) -> None:
    assert unknown(words.split()) == {"gateway": "gateway", "norm lst": "lst"}.get(words, "")


def test_words_of_other_programs_lead_to_ours() -> None:
    for word, ours in MEANT.items():
        assert word not in root().commands
        assert ours in root().commands
    outcome = CliRunner().invoke(app, ["init", "somewhere"])
    assert outcome.exit_code == 2
    assert "Did you mean 'new'?" in outcome.output
