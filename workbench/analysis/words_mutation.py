"""Mutation score and coverage of conditions in words, and as JSON values. Pure.

What is not decided is counted as not noticed. Sentences are plain text: nothing in them is markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.analysis.coverage import Covered
from workbench.analysis.mutants import Mutant
from workbench.analysis.mutation import MutationScore, Open, Survivor
from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP
from workbench.language.quotation import quoted

MAY_BE_SAME = "it may decide nothing otherwise"


def score_headline(score: MutationScore) -> str:
    """How many mistakes a test case would notice, of those that change a decision."""
    if not score.counted:
        return "No mistakes to look for: no rule decides anything."
    noticed, counted = len(score.killed), score.counted
    share = f"{100 * noticed // counted} %"
    return f"Mutation score {share}: of {_count(counted, 'small mistake')} in the rules, test cases notice {noticed:,}."


def score_notes(score: MutationScore) -> tuple[str, ...]:
    """What the figure leaves out, and why; one sentence each."""
    notes = []
    if score.equivalent:
        notes.append(f"{_count(len(score.equivalent), 'mutant')} left out: proved to decide nothing otherwise.")
    reasons: dict[str, int] = {}
    for each in score.undecided:
        reasons[each.why] = reasons.get(each.why, 0) + 1
    for why, many in reasons.items():
        help_ = f" ({NO_SOLVER_HELP})" if why.startswith(NO_SOLVER) else ""
        notes.append(
            f"{_count(many, 'mutant')} not noticed, of which it is not decided whether they matter: {why}{help_}."
        )
    if score.failing:
        names = ", ".join(map(quoted, score.failing[:3])) + (" …" if len(score.failing) > 3 else "")
        notes.append(f"{_count(len(score.failing), 'test case')} left out, which fail: {names}.")
    return tuple(notes)


def survivor_words(each: Survivor | Open) -> str:
    """One mistake that no test case notices, as a sentence."""
    said = f"If {supposed(each.mutant)}, no test case would notice"
    return f"{said}; {MAY_BE_SAME}." if isinstance(each, Open) else f"{said}."


def supposed(mutant: Mutant) -> str:
    """The mistake as what would be: ```cap` had `context.amount > 501` instead of …``."""
    sentence, name = mutant.sentence, quoted(mutant.rule)
    within = sentence.removeprefix(f"in {name}")
    if within == sentence:
        rest = sentence.removeprefix(f"{name} ").removeprefix("as ")
        return f"{name} were {rest}"
    if within.startswith(", of approvers: "):
        return f"{name} asked of approvers {within.removeprefix(', of approvers: ')}"
    said = within.removeprefix(": ")
    return f"{name} were {said}" if said.startswith("without ") else f"{name} had {said}"


def coverage_headline(covered: Sequence[Covered]) -> str:
    """How many conditions were met both ways."""
    conditions = [each for each in covered if each.condition]
    if not conditions:
        return "No rule has a condition."
    both, paired = sum(each.both for each in conditions), sum(each.paired for each in conditions)
    return (
        f"{both:,} of {_count(len(conditions), 'condition')} met both true and false by test cases; "
        f"{paired:,} shown by a pair of cases to make the difference alone."
    )


def covered_words(each: Covered) -> str:
    """What is missing of one condition; empty where nothing is."""
    if each.both:
        if each.paired:
            return ""
        return f"{quoted(each.rule)}: no two test cases show that {quoted(each.condition)} makes a difference"
    if not each.condition:
        return f"{quoted(each.rule)}: no test case asks for its action"
    missing = "true or false" if not each.true and not each.false else "true" if not each.true else "false"
    return f"{quoted(each.rule)}: {quoted(each.condition)} is never {missing}"


def score_json(score: MutationScore) -> dict[str, Any]:
    """Everything, for programs; survivors with the test case that would notice."""
    return {
        "headline": score_headline(score),
        "notes": list(score_notes(score)),
        "ratio": round(score.ratio, 4),
        "counted": score.counted,
        "killed": [_mutant_json(mutant) for mutant in score.killed],
        "survived": [{**_mutant_json(each.mutant), "case": each.case} for each in score.survived],
        "equivalent": [_mutant_json(mutant) for mutant in score.equivalent],
        "undecided": [{**_mutant_json(each.mutant), "why": each.why} for each in score.undecided],
        "cases": score.cases,
        "failing": list(score.failing),
    }


def coverage_json(covered: Sequence[Covered]) -> dict[str, Any]:
    """Every condition with its counts."""
    conditions = [
        {
            "rule": each.rule,
            "condition": each.condition,
            "true": each.true,
            "false": each.false,
            "pair": list(each.pair),
        }
        for each in covered
    ]
    return {"headline": coverage_headline(covered), "conditions": conditions}


def _mutant_json(mutant: Mutant) -> dict[str, Any]:
    return {"rule": mutant.rule, "kind": mutant.kind, "sentence": mutant.sentence}


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
