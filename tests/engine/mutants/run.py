"""Run the engine with one bug put in until a check notices: ``python -m tests.engine.mutants.run NAME``.

Without a name it is the engine as it stands. It prints one line of JSON: ``noticed``, the check that found an answer
to differ ("" where none did), and ``message``. Any other way to fail is left to break the run.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, ModuleType
from typing import Any

from tests.engine.mutants.seeded import MUTANTS, Mutant


class _Changed(importlib.machinery.SourceFileLoader):
    """Loads a module from a text of ours; nothing is cached on the disk."""

    def __init__(self, module: str, path: str, text: str) -> None:
        super().__init__(module, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec")


class Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        ((self._module, text),) = mutant.places()
        self._text = text.replace(mutant.old, mutant.new)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert found is not None
        assert found.origin is not None
        loader = _Changed(fullname, found.origin, self._text)
        return importlib.util.spec_from_file_location(fullname, found.origin, loader=loader)


def checks() -> Iterator[tuple[str, Callable[[], Any]]]:
    """A quick slice of the suite, what is likeliest to notice first."""
    from tests.engine import test_conformance, test_corpus, test_extensions, test_operand_types, test_operators
    from tests.engine.rounds import ROUNDS

    for name, case in test_conformance.CASES:
        yield f"conformance: {case['name']}", lambda name=name, case=case: test_conformance.test_case(name, case, False)
    for place, (expected, condition) in enumerate(test_operators.EDGES):
        yield f"operators {place}", lambda e=expected, c=condition: test_operators.test_edge(e, c)
    for constructor in test_extensions.SEEDS:
        yield f"extensions {constructor}", lambda c=constructor: test_extensions.test_boundary_strings(c)
    yield "operand types", test_operand_types.test_attributes_of_every_two_kinds
    for side in ("left", "right"):
        yield f"literal {side}", lambda s=side: test_operand_types.test_a_literal_beside_an_attribute(s, True)
    yield "one operand", test_operand_types.test_one_operand_of_every_kind
    for seed in range(40):
        for mode in ROUNDS if seed < 12 else ["random"]:
            yield f"{mode} round {seed}", lambda mode=mode, seed=seed: ROUNDS[mode](seed, 30)
    for part in (0, 1):
        yield f"corpus {part}", lambda part=part: test_corpus.test_case_by_case("as written", part)


def first_notice() -> tuple[str, str]:
    for name, check in checks():
        try:
            check()
        except AssertionError as found:
            return name, str(found)[:300]
    return "", ""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.meta_path.insert(0, Finder(MUTANTS[sys.argv[1]]))
    noticed, message = first_notice()
    print(json.dumps({"noticed": noticed, "message": message}))
