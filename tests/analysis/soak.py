"""The soundness run for as long as one likes: ``python -m tests.analysis.soak --pairs 5000 --seconds 3600``.

Every seed is one random program and a change of it, put through every kind of round. It ends after that many pairs or
seconds, whichever comes first, and prints what was looked at. A contradiction is printed with its seed and does not end
it; the exit code is then 1. ``--first`` moves to other seeds, ``--rounds`` names some kinds only.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from time import monotonic

from tests.analysis.rounds import ROUNDS, Tally, spurious, undecided


def main(arguments: list[str]) -> int:
    asked = _arguments(arguments)
    began = monotonic()
    tallies = {name: Tally() for name in asked.rounds}
    spent: Counter[str] = Counter()
    wrong = pairs = 0
    for seed in range(asked.first, asked.first + asked.pairs):
        if monotonic() - began > asked.seconds:
            break
        for name in asked.rounds:
            start = monotonic()
            try:
                tallies[name] += ROUNDS[name](seed)
            except AssertionError as found:
                wrong += 1
                print(f"CONTRADICTION {name} {seed}: {str(found)[:2_000]}", flush=True)
            spent[name] += round(1_000 * (monotonic() - start))
        pairs += 1
    print(f"{pairs} pairs from seed {asked.first} in {monotonic() - began:.0f} s: {wrong} contradictions")
    for name, tally in tallies.items():
        left_open = sum(undecided(tally).values())
        print(
            f"\n{name} ({spent[name] / 1_000:.0f} s): {left_open} undecided, {spurious(tally)} of them not reproduced"
        )
        for what, count in sorted(tally.items()):
            print(f"  {count:>10,}  {what}")
    return 1 if wrong else 0


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.analysis.soak", description="the soundness run, at length")
    parser.add_argument("--pairs", type=int, default=200, help="random programs with a change, at most")
    parser.add_argument("--seconds", type=float, default=600.0, help="begin no pair after so long")
    parser.add_argument("--first", type=int, default=1_000, help="the first seed; the tests use those below 1,000")
    parser.add_argument("--rounds", nargs="+", choices=list(ROUNDS), default=list(ROUNDS), help="kinds of rounds")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
