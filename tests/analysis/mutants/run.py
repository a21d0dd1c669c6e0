"""Run the soundness checks with one bug put in until one notices: ``python -m tests.analysis.mutants.run NAME``.

Without a name it is the code as it stands. It prints one line of JSON: ``noticed``, the check that found a
contradiction ("" where none did), and ``message``. Any other way to fail is left to break the run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.analysis.mutants.seeded import ASKING, MUTANTS
from tests.engine.mutants.run import Finder


def checks(*, asking: bool = False) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A quick slice of the run, what is likeliest to notice first; ``asking``: a bug in what asks."""
    from tests.analysis import test_soundness_by_hand as by_hand
    from tests.analysis import test_soundness_corpus as corpus
    from tests.analysis import test_soundness_programs as programs
    from tests.analysis.rounds import ROUNDS, spurious, undecided
    from workbench.analysis.assumptions import OURS

    def round_(name: str, seed: int) -> None:
        tally = ROUNDS[name](seed)
        assert not spurious(tally), tally
        assert not undecided(tally), tally

    for assumption in (OURS, programs.COMPLETE, programs.CEDARS) if asking else ():
        kept = "holds" if assumption == programs.COMPLETE else "fails"
        errs = "fails" if assumption == OURS else "holds"
        yield (
            "programs: errors",
            lambda a=assumption, k=errs: programs.test_a_forbid_that_can_only_err_denies_where_errors_do(a, k),
        )
        yield "programs: demands", lambda a=assumption, k=kept: programs.test_a_demand_that_errs_is_not_met(a, k)
    if asking:
        yield "programs: waiting", programs.test_what_waits_is_neither_always_permitted_nor_never
        yield "programs: brakes", programs.test_a_procedure_more_only_tightens_and_one_less_is_no_brake
        yield "programs: has", programs.test_a_rule_that_stays_may_say_something_else_of_another_schema
        yield "programs: unsupported", programs.test_nothing_is_proved_from_what_is_not_supported
        yield "programs: required", programs.test_what_one_side_requires_is_there_on_the_other
    for seed in (4, 0, 9, 14) if asking else ():
        for name in ("changes", "twins", "statements", "schemas", "matrix"):
            yield f"{name} {seed}", lambda name=name, seed=seed: round_(name, seed)
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


def likeliest_first(mutant: str, *, asking: bool) -> list[tuple[str, Callable[[], Any]]]:
    """All checks, first the one that noticed this bug when ``noticed.json`` was written. What stands there only saves
    time: where that check does not notice the bug any more, the others are asked as ever."""
    before = json.loads((Path(__file__).parent / "noticed.json").read_text(encoding="utf-8")).get(mutant)
    return sorted(checks(asking=asking), key=lambda each: each[0] != before)


def first_notice(mutant: str = "", *, asking: bool = False) -> tuple[str, str]:
    for name, check in likeliest_first(mutant, asking=asking):
        try:
            check()
        except AssertionError as found:
            return name, str(found)[:300]
    return "", ""


if __name__ == "__main__":
    of_asking = False
    if len(sys.argv) > 1:
        mutant = MUTANTS[sys.argv[1]]
        sys.meta_path.insert(0, Finder(mutant))
        of_asking = mutant.places()[0][0] in ASKING
    noticed, message = first_notice(*sys.argv[1:2], asking=of_asking)
    print(json.dumps({"noticed": noticed, "message": message}))
