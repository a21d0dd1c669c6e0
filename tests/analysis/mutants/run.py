"""Run the soundness checks with one bug put in until one notices: ``python -m tests.analysis.mutants.run NAME``.

Without a name it is the code as it stands. It prints one line of JSON: ``noticed``, the check that found a
contradiction ("" where none did), and ``message``. Any other way to fail is left to break the run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.analysis.mutants.seeded import MUTANTS
from tests.engine.mutants.run import Finder


def checks() -> Iterator[tuple[str, Callable[[], Any]]]:
    """A quick slice of the run, what is likeliest to notice first."""
    from tests.analysis import test_soundness_by_hand as by_hand
    from tests.analysis import test_soundness_corpus as corpus
    from tests.analysis.rounds import ROUNDS, spurious, undecided

    def round_(name: str, seed: int) -> None:
        tally = ROUNDS[name](seed)
        assert not spurious(tally), tally
        assert not undecided(tally), tally

    for seed in range(3):
        yield f"encoding {seed}", lambda seed=seed: round_("encoding", seed)
    for true, errs, condition in by_hand.CONDITIONS:
        if true != "-":
            args = true, errs, condition, "missing"
            yield f"by hand: {condition}", lambda args=args: by_hand.test_a_condition(*args)
    for seed in range(6):
        for name in ROUNDS if seed == 0 else ("encoding", "rules", "changes"):
            yield f"{name} {seed}", lambda name=name, seed=seed: round_(name, seed)
    for case in corpus.FITTING[::16]:
        yield f"corpus {case['name']}", lambda case=case: corpus.check(case, pinned=True)


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
