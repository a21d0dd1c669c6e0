"""What no file of the project may hold: paths of one machine, names of registries; and the top level stays tidy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.contracts.source_tree import ROOT

# Put together from parts, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.:/])/(?:" + "|".join(["work", "home", "root", "Users", "opt", "mnt"]) + r")/\w")
REGISTRY = re.compile(
    "py" + r"pi\.org|python" + r"hosted\.org|npm" + r"js\.(?:com|org)|crates" + r"\.io", re.IGNORECASE
)
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".jsonl", ".cedarplus", ".cedarschema", ".cedar", ".tcss", ""}
TOP = {"workbench", "tests", "themes", "samples", "pyproject.toml", "README.md", "LICENSE"}
MADE = {"build", "dist", "htmlcov"}  # by tools, and ignored by git


def texts() -> Iterator[tuple[Path, str]]:
    folders = [ROOT / name for name in ("workbench", "tests", "themes", "samples", ".ci", ".github")]
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*"))]
    files += [path for path in ROOT.iterdir() if path.name in TOP]
    for path in files:
        if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
            yield path, path.read_text(encoding="utf-8")


def test_no_path_of_one_machine_and_no_registry() -> None:
    wrong = []
    for path, text in texts():
        for number, line in enumerate(text.split("\n"), start=1):
            if MACHINE.search(line) or REGISTRY.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not wrong, "\n".join(wrong)


def test_the_top_level_holds_what_it_should() -> None:
    present = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert present - MADE <= TOP
    assert present >= TOP
