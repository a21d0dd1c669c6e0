"""Imports run downwards only; faces never reach the store; one module alone talks to Cedar."""

from __future__ import annotations

import ast

import pytest

from tests.contracts.source_tree import Module, in_rooms, modules

_ANALYSED = {"authoring", "analysis", "engine", "language"}
_KNOWN = {"governance", "norms", "speech", *_ANALYSED}  # the value types that every face knows
# room → rooms that it may import, itself aside
MAY_IMPORT = {
    "language": set(),
    "engine": {"language"},
    "norms": {"engine", "language"},
    "speech": {"engine", "language"},
    "compat": {"norms", "speech", "engine", "language"},
    "analysis": {"engine", "language"},
    "authoring": {"analysis", "engine", "language"},
    "governance": {"norms", *_ANALYSED},
    "store": {"governance", "authoring", "engine", "language"},
    "service": {"store", "compat", *_KNOWN},
    "server": {"service", "compat", *_KNOWN},
    "tui": {"service", *_KNOWN},
    "cli": {"tui", "server", "service", *_KNOWN},
}
PURE = ("language", "engine", "norms", "speech", "analysis", "authoring", "governance")
OUTSIDE_WORLD = {
    "asyncio", "ctypes", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib", "platformdirs", "random",
    "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "time",
    "urllib", "alembic", "litellm", "rich", "sqlalchemy", "sqlmodel", "textual", "typer",
}  # fmt: skip
RUN_TEXT = {"eval", "exec", "compile", "__import__"}
DATABASE = {"alembic", "sqlalchemy", "sqlite3", "sqlmodel"}
LINES = 400
NAMES = [module.name for module in modules()]


def roots(module: Module) -> dict[str, int]:
    """Top-level packages that a module imports, each with a line."""
    return {name.split(".")[0]: line for name, line in module.imports()}


def test_every_room_is_in_the_list() -> None:
    assert {module.room for module in modules()} - {""} <= set(MAY_IMPORT)
    assert {"language", "engine", "authoring", "governance", "store", "service", "cli", "tui"} <= set(MAY_IMPORT)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_imports_run_downwards(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    wrong = []
    for module in in_rooms(room):
        for name, line in module.imports():
            parts = name.split(".")
            if parts[0] == "workbench" and len(parts) > 1 and parts[1] in MAY_IMPORT and parts[1] not in allowed:
                wrong.append(f"{module.shown}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_only_one_module_talks_to_cedar() -> None:
    users = {module.name for module in modules() if "cedarpy" in roots(module)}
    assert users == {"workbench.language.cedar"}


def test_only_one_module_loads_the_solver() -> None:
    users = {module.name for module in modules() if "z3" in roots(module)}
    assert users == {"workbench.analysis.solver"}


def test_faces_know_no_database() -> None:
    wrong = [
        f"{module.shown}:{line} imports {name}"
        for module in in_rooms("cli", "tui", "server")
        for name, line in module.imports()
        if name.split(".")[0] in DATABASE or name.startswith("workbench.store")
    ]
    assert not wrong, "\n".join(wrong)


def test_pure_rooms_import_nothing_of_the_outside_world() -> None:
    wrong = [
        f"{module.shown}:{line} imports {root}"
        for module in in_rooms(*PURE)
        for root, line in roots(module).items()
        if root in OUTSIDE_WORLD
    ]
    assert not wrong, "\n".join(wrong)


def test_pure_rooms_ask_no_clock_and_open_no_file() -> None:
    wrong = []
    for module in in_rooms(*PURE):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            clock = isinstance(called, ast.Attribute) and called.attr in {"now", "utcnow", "today"}
            opens = isinstance(called, ast.Name) and called.id in {"open", "input", "print"}
            if clock or opens:
                wrong.append(f"{module.shown}:{node.lineno}")
    assert not wrong, "\n".join(wrong)


def test_policy_text_is_never_executed() -> None:
    """``eval``, ``exec`` and ``compile`` on a string are how a policy would become code; closures are not text."""
    wrong = [
        f"{module.shown}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RUN_TEXT
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_read_in_one_sitting(name: str) -> None:
    module = next(module for module in modules() if module.name == name)
    assert ast.get_docstring(module.tree), f"{module.shown} does not say what it is for"
    lines = module.source.count("\n")
    assert lines <= LINES, f"{module.shown} has {lines} lines"
    assert not {"utils", "helpers", "manager"} & set(name.split("."))
