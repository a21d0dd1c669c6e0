"""One process that has read everything once and forks for each bug: as good as a fresh interpreter, at a tenth of it.

``python -m tests.engine.mutants.forking RUNNER`` reads the names of bugs, one JSON text a line ("" is the code as it
stands), and answers each with a line of JSON: what ``RUNNER.first_notice`` found, or ``failed`` with a traceback.
``RUNNER`` names a module with ``ROOM``, ``MUTANTS``, ``checks`` and ``first_notice``; with ``--renew`` behind it every
bug is asked of all checks in their order, and what noticed it is written to ``noticed.json`` beside the runner.

A child forgets the room of the bug, all rooms above it and all tests before it imports them again, with the bug put in;
only the other packages and the compiled code of unchanged modules are kept from before. The first process asks
nothing itself, so no solver's threads are lost in a fork.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import select
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, ClassVar

from tests.engine.mutants.seeded import PACKAGE, Mutant

BELOW = {"engine": ("language",), "analysis": ("language", "engine")}  # what a room imports, and no more
OURS = ("workbench.", "tests.")


class _Kept(importlib.machinery.SourceFileLoader):
    """Compiles a module once, for this process and all its children; nothing is cached on the disk."""

    compiled: ClassVar[dict[str, CodeType]] = {}

    def get_code(self, fullname: str) -> CodeType:
        if fullname not in self.compiled:
            self.compiled[fullname] = self.source_to_code(self.get_data(self.path), self.path)
        return self.compiled[fullname]


class Keeping(importlib.abc.MetaPathFinder):
    """Finds the modules of this repository for :class:`_Kept`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(OURS):
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path)
        if found is None or not isinstance(found.loader, importlib.machinery.SourceFileLoader):
            return found
        loader = _Kept(fullname, found.loader.path)
        return importlib.util.spec_from_file_location(
            fullname, found.origin, loader=loader, submodule_search_locations=found.submodule_search_locations
        )


def changed(mutant: Mutant) -> None:
    """Put the bug into the code that modules are made of from now on."""
    ((module, text),) = mutant.places()
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    _Kept.compiled[module] = compile(text.replace(mutant.old, mutant.new), str(path), "exec")


def forget(room: str) -> None:
    """Drop every module that may have seen the room, so that it is imported again."""
    kept = tuple(f"workbench.{below}" for below in BELOW[room])
    for name in [name for name in sys.modules if name.startswith(OURS)]:
        if any(name == each or name.startswith(each + ".") for each in kept):
            continue
        del sys.modules[name]
        parent, _, last = name.rpartition(".")
        vars(sys.modules.get(parent, ModuleType("gone"))).pop(last, None)


def found(runner: str, name: str, *, hinted: bool) -> dict[str, str]:
    """What notices the bug of that name, in this process: it must be a child's own."""
    before = importlib.import_module(runner)
    if name:
        changed(before.MUTANTS[name])
    forget(before.ROOM)
    noticed, message = importlib.import_module(runner).first_notice(name, hinted=hinted)
    return {"noticed": noticed, "message": message}


def answered(runner: str, name: str, *, hinted: bool = True) -> str:
    """The line that a child of its own answers with."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = found(runner, name, hinted=hinted)
        except BaseException:
            answer = {"failed": traceback.format_exc()[-1500:]}
        with os.fdopen(writing, "w", encoding="utf-8") as out:
            out.write(json.dumps(answer))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answers:
        line = answers.read()
    _, status = os.waitpid(child, 0)
    return line or json.dumps({"failed": f"the child ended with {os.waitstatus_to_exitcode(status)}"})


class Asked:
    """The process from outside, as the tests ask it."""

    def __init__(self, runner: str) -> None:
        command = [sys.executable, "-B", "-m", "tests.engine.mutants.forking", runner]
        self._process = subprocess.Popen(
            command, cwd=PACKAGE.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def notice(self, name: str = "", seconds: float = 170) -> str:
        """The check that noticed the bug of that name, "" where none did."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(name) + "\n")
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        assert ready, f"no answer within {seconds} s"
        answer: dict[str, str] = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["noticed"]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main(runner: str, *options: str) -> None:
    sys.meta_path.insert(0, Keeping())
    module: Any = importlib.import_module(runner)
    list(module.checks())  # imports all that the checks need
    gc.collect()
    gc.freeze()
    if "--renew" in options:
        noticed = {name: json.loads(answered(runner, name, hinted=False))["noticed"] for name in module.MUTANTS}
        text = json.dumps(noticed, indent=1, sort_keys=True, ensure_ascii=False)
        (Path(module.__file__).parent / "noticed.json").write_text(text + "\n", encoding="utf-8")
        return
    for line in sys.stdin:
        print(answered(runner, json.loads(line)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
