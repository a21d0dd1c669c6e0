"""Sentences for what the analyses answer, for a reader who signs rules and does not write solvers. Pure.

An answer in words is a headline, the assumption beside it, and, where it fails, a witness as readable lines with the
rules that make it so. What is not decided is called that and never safe. One answer is told in ``words_answer``, a
witness in ``words_witness``: their names are given here too. This module tells a whole report; ``words_difference``
tells differences, matrices and closest changes.
"""

from __future__ import annotations

from workbench.analysis.results import Answer, Kind, ProofReport
from workbench.analysis.words_answer import (
    RuleSaid,
    Said,
    counted,
    denies_the_unknown,
    headline,
    rules_said,
    said,
    tone,
    undecided_words,
    worth_telling,
)
from workbench.analysis.words_headlines import NOT_DECIDED, Tone
from workbench.analysis.words_voice import MUTE, Say, Voice, cedar_value
from workbench.analysis.words_witness import (
    CONFIRMED,
    Fact,
    WitnessSaid,
    action_short,
    action_text,
    judged_words,
    named,
    request_words,
    witness_said,
)

__all__ = [
    "CONFIRMED",
    "MUTE",
    "NOT_DECIDED",
    "Fact",
    "RuleSaid",
    "Said",
    "Say",
    "Tone",
    "Voice",
    "WitnessSaid",
    "action_short",
    "action_text",
    "cedar_value",
    "counted",
    "headline",
    "judged_words",
    "named",
    "news",
    "report_headline",
    "report_notes",
    "request_words",
    "rules_said",
    "said",
    "tone",
    "undecided_words",
    "witness_said",
    "worth_telling",
]

# What a statement about a rule makes idle to say of the same rule: what never applies is redundant as well.
_IMPLIES: dict[Kind, frozenset[Kind]] = {
    "never_applies": frozenset({"overridden", "redundant", "idle_forbid", "idle_preference", "idle_procedure"}),
    "overridden": frozenset({"redundant"}),
    "idle_forbid": frozenset({"redundant"}),
}


def news(report: ProofReport, voice: Voice = MUTE) -> tuple[Answer, ...]:
    """The answers worth telling, invariants first, what is bad before what is to be mended; none told twice.

    What follows from another answer about the same rule is left out: a rule that never applies is also redundant.
    """
    implied = {
        (kind, answer.about)
        for answer in report.answers
        if answer.verdict == "holds"
        for kind in _IMPLIES.get(answer.kind, ())
    }
    kept = [
        answer
        for answer in report.answers
        if worth_telling(answer, voice) and not (answer.verdict == "holds" and (answer.kind, answer.about) in implied)
    ]
    order: dict[Tone, int] = {"bad": 0, "open": 1, "warn": 2, "good": 3}
    return tuple(sorted(kept, key=lambda answer: (answer.kind != "invariant", order[tone(answer)])))


def report_notes(report: ProofReport, voice: Voice = MUTE) -> tuple[str, ...]:
    """What is said once of many rules, and what was not looked into."""
    rules = [answer.about for answer in report.answers if denies_the_unknown(answer, voice)]
    notes = []
    if rules:
        it, one = ("it", "it") if len(rules) == 1 else ("them", "one")
        then = f"Cedar skips {it}, so nothing more is permitted"
        if report.assumption.semantics == "cedar+":
            then = f"a request that meets {one} is denied"
        notes.append(
            f"{counted(len(rules), 'rule')} cannot be evaluated where an entity is unknown; {then}. Assuming complete "
            "data shows what can fail even where everything is known."
        )
    return (*notes, *(f"{what[:1].upper()}{what[1:]}." for what in report.left_out))


def report_headline(report: ProofReport, voice: Voice = MUTE) -> str:
    """What there is to say of the constitution as a whole, in one sentence."""
    told = news(report, voice)
    broken = sum(answer.kind == "invariant" and answer.verdict == "fails" for answer in report.answers)
    kept = sum(answer.kind == "invariant" and answer.verdict == "holds" for answer in report.answers)
    undecided = sum(answer.verdict == "undecided" for answer in report.answers)
    unsupported = sum(answer.verdict == "unsupported" for answer in report.answers)
    warned = sum(tone(answer) == "warn" for answer in told)
    parts = []
    if broken:
        parts.append(f"{counted(broken, 'invariant')} broken")
    if kept:
        parts.append(f"{counted(kept, 'invariant')} kept")
    if warned:
        parts.append(counted(warned, "warning"))
    if undecided:
        parts.append(f"{undecided:,} not decided")
    if unsupported:
        parts.append(f"{unsupported:,} not supported")
    proved = sum(answer.verdict == "holds" for answer in report.answers)
    shown = sum(answer.verdict == "fails" for answer in report.answers)
    counts = f"{proved:,} proved, {shown:,} refuted by a request"
    return f"{counts}: {', '.join(parts)}." if parts else f"{counts}: nothing to tell."
