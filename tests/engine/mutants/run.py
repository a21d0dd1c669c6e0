"""What is asked of the engine with one bug put in, until a check notices it: ``forking`` puts it in and asks.

``noticed.json`` tells what noticed which bug; ``python -m tests.engine.mutants.forking tests.engine.mutants.run
--renew`` writes it anew. Any other way to fail than an answer that differs breaks the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.engine.mutants.seeded import MUTANTS

__all__ = ["MUTANTS", "ROOM", "asked_of", "checks", "first_notice"]

ROOM = "engine"
Check = tuple[str, Callable[[], Any]]


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


def asked_of(mutant: str, all_checks: Iterable[Check], hints: Path) -> list[Check]:
    """The checks in the order to ask them: first the one that noticed this bug when ``noticed.json`` was written.

    What stands there only saves time: where that check does not notice the bug any more, the others are asked as ever.
    Of the code as it stands, "", what is asked is every check that some bug is noticed by: it must be the bug that they
    notice. What no bug needs is a test of its own in the suite, and not asked here once more.
    """
    noticed = json.loads(hints.read_text(encoding="utf-8"))
    if not mutant:
        needed = set(noticed.values())
        return [each for each in all_checks if each[0] in needed]
    return sorted(all_checks, key=lambda each: each[0] != noticed.get(mutant))


def first_notice(mutant: str = "", *, hinted: bool = True) -> tuple[str, str]:
    """The first check that finds something wrong, and what it says; "" and "" where none does."""
    hints = Path(__file__).parent / "noticed.json"
    for name, check in asked_of(mutant, checks(), hints) if hinted else checks():
        try:
            check()
        except AssertionError as found:
            return name, str(found)[:300]
    return "", ""
