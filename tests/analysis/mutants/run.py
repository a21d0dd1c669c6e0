"""The soundness checks that are asked with one bug put in, until one notices it: ``forking`` puts it in and asks.

``noticed.json`` tells what noticed which bug; ``python -m tests.engine.mutants.forking tests.analysis.mutants.run
--renew`` writes it anew. Any other way to fail than a contradiction breaks the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.analysis.mutants.seeded import ASKING, MUTANTS
from tests.engine.mutants.run import asked_of

ROOM = "analysis"


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


def first_notice(mutant: str = "", *, hinted: bool = True) -> tuple[str, str]:
    """The first check that finds something wrong, and what it says; "" and "" where none does."""
    asking = bool(mutant) and MUTANTS[mutant].places()[0][0] in ASKING
    hints = Path(__file__).parent / "noticed.json"
    every = list(checks(asking=asking or not mutant))
    for name, check in asked_of(mutant, every, hints) if hinted else every:
        try:
            check()
        except AssertionError as found:
            return name, str(found)[:300]
    return "", ""
