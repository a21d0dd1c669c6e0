"""Which small mistakes in a proposal's rules its test cases would not notice: for its dossier, and confirmed again from
one.

How many survivors are looked into is a number and no time, so that the same tests have the same answer; what is left
is told as not decided. Pure but for the solver. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from workbench.analysis.assumptions import OURS
from workbench.analysis.coverage import Covered
from workbench.analysis.expecting import FIELDS
from workbench.analysis.model import Case
from workbench.analysis.mutants import Mutant, MutantKind, mutants
from workbench.analysis.mutation import Bench, MutationScore, Open, Survivor
from workbench.analysis.replay import NotReproduced, Replay
from workbench.analysis.results import Judged, Witness
from workbench.analysis.task import NO_SOLVER, Task
from workbench.analysis.words_mutation import (
    coverage_headline,
    covered_words,
    score_headline,
    score_notes,
    survivor_words,
)
from workbench.language.program import Program
from workbench.language.quotation import quoted
from workbench.service.dossier_page import Page
from workbench.service.mutating import score_of

MOST = 200  # survivors that are looked into
EFFORT = 5_000_000  # solver's steps for one question: the same on every machine, and some milliseconds are usual
Fate: TypeAlias = Literal["noticed", "survived", "same", "open"]
_SAID = {"allow": "permitted", "deny": "denied", "hold": "held for approval"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mutant, and what became of it, in the words of ``analysis.mutation``: ``survived`` has the request that would
    show it (``before``: as the rules are), ``open`` says ``why`` it is not known whether it matters. ``expects``: JSON
    of what a test case must expect of the request beside its outcome, where the outcome does not show the mistake."""

    rule: str
    kind: MutantKind
    sentence: str
    fate: Fate
    witness: Witness | None = None
    why: str = ""
    expects: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """Every mutant of a program. ``cases``: how many test cases were used, ``failing``: those that were not."""

    mistakes: tuple[Mistake, ...] = ()
    cases: int = 0
    failing: tuple[str, ...] = ()


def looked_into(program: Program, cases: Iterable[Mapping[str, Any]], task: Task) -> Noticed:
    """What the test cases would notice, and which request shows what they would not. Raises ``Stopped``."""
    return _tested(score_of(program, cases, replace(task, assumption=OURS, effort=EFFORT), most=MOST))


def unasked(program: Program, cases: Iterable[Mapping[str, Any]], task: Task) -> Noticed:
    """The same without the solver: of no survivor is it known whether it matters. Raises ``Stopped``."""
    score = score_of(program, cases, task, most=0)
    return _tested(replace(score, undecided=tuple(replace(each, why=NO_SOLVER) for each in score.undecided)))


def _tested(score: MutationScore) -> Noticed:
    def mistake(mutant: Mutant, fate: Fate, witness: Witness | None = None, why: str = "") -> Mistake:
        return Mistake(mutant.rule, mutant.kind, mutant.sentence, fate, witness, why)

    return Noticed(
        (
            *(mistake(mutant, "noticed") for mutant in score.killed),
            *(
                replace(mistake(each.mutant, "survived", each.witness), expects=_beside(each))
                for each in score.survived
            ),
            *(mistake(mutant, "same") for mutant in score.equivalent),
            *(mistake(each.mutant, "open", None, each.why) for each in score.undecided),
        ),
        score.cases,
        score.failing,
    )


def _beside(survivor: Survivor) -> str:
    told = {name: survivor.case[name] for name in FIELDS if name in survivor.case}
    return json.dumps(told, sort_keys=True) if told else ""


def _score(tested: Noticed) -> MutationScore:
    """For words, which need neither the changed rule nor the test case."""

    def of(fate: Fate) -> Iterator[tuple[Mutant, Mistake]]:
        return ((Mutant(m.rule, m.kind, m.sentence, None), m) for m in tested.mistakes if m.fate == fate)

    return MutationScore(
        tuple(mutant for mutant, _ in of("noticed")),
        tuple(Survivor(mutant, m.witness, _expected(m)) for mutant, m in of("survived") if m.witness is not None),
        tuple(mutant for mutant, _ in of("same")),
        tuple(Open(mutant, m.why) for mutant, m in of("open")),
        tested.cases,
        tested.failing,
    )


# ---- on the page -----------------------------------------------------------------------------------------------------


def tell_tested(page: Page, tested: Noticed, covered: Sequence[Covered]) -> None:
    """What the test cases hold fast: conditions they meet both ways, and mistakes that none of them would notice."""
    score = _score(tested)
    page.heading("Conditions that the tests meet", 3)
    page.say(coverage_headline(covered))
    page.points([words for each in covered if (words := covered_words(each))])
    page.heading("Surviving mutants", 3)
    page.say(score_headline(score))
    page.points(score_notes(score))
    if score.survived:
        page.say("No test case would notice these; behind each is a request that would show it:", "wait")
    for each in score.survived:
        page.folded(survivor_words(each), f"{_shows(each)}\n\n{_document(each)}")
    if score.undecided:
        page.say("No test case notices these either:", "wait")
        page.points([survivor_words(each) for each in score.undecided])
    if not score.survived and not score.undecided:
        page.say("none: every mistake that was tried is noticed, or decides nothing otherwise", "dim")


def _shows(survivor: Survivor) -> str:
    witness = survivor.witness
    was, would = (_outcome(judged) for judged in (witness.before, witness.after))
    if was == would:
        return f"It is {was} either way; with this mistake, something else of what it expects below is not so."
    return f"As the rules are, it is {was}. With this mistake, it would be {would}."


def _outcome(judged: Judged | None) -> str:
    if judged is None:
        return "not known"
    by = f" by {', '.join(map(quoted, judged.reasons))}" if judged.outcome == "hold" else ""
    return f"{_SAID[judged.outcome]}{by}"


def _document(survivor: Survivor) -> str:
    """The request with its data, and what to expect of it as the rules are: a test case without its name."""
    witness = survivor.witness
    case = {"request": dict(witness.request), "entities": list(witness.entities), **survivor.case}
    return json.dumps(case, indent=2, ensure_ascii=False)


def _expected(mistake: Mistake) -> dict[str, Any]:
    """What a test case expects of the request of a mistake. Raises ``ValueError`` where ``expects`` is no JSON."""
    judged = None if mistake.witness is None else mistake.witness.before
    told = json.loads(mistake.expects) if mistake.expects else {}
    return ({} if judged is None else {"expect": judged.outcome}) | (told if isinstance(told, dict) else {})


# ---- whether it can be confirmed -------------------------------------------------------------------------------------


def mistakes_unconfirmed(theirs: Noticed, ours: Noticed, program: Program) -> str:
    """Why what others say cannot be confirmed by ``ours``; empty where it can: all must be the same but the requests,
    of which each must show on both engines what it is there for."""
    for said, own in zip(theirs.mistakes, ours.mistakes, strict=False):
        if _bare(said) != _bare(own):
            same = replace(_bare(said), fate=own.fate, why=own.why) == _bare(own)
            if not same:
                break
            return f"the mistake {own.sentence[:120]}: it says {_fate(said)}, and here it is {_fate(own)}"
    bare = [replace(each, mistakes=tuple(map(_bare, each.mistakes))) for each in (theirs, ours)]
    if bare[0] != bare[1]:
        return "the mistakes that it says tests would notice are not those that are found here"
    made: list[Mutant] | None = None
    for said, own in zip(theirs.mistakes, ours.mistakes, strict=True):
        if (said.witness, said.expects) == (own.witness, own.expects):
            continue
        made = list(mutants(program)) if made is None else made
        if said.witness is None or own.witness is None or not any(_kills(m, said, program) for m in made):
            return f"its request does not show the mistake {own.sentence[:120]}"
    return ""


def _bare(mistake: Mistake) -> Mistake:
    return replace(mistake, witness=None, expects="")


def _fate(mistake: Mistake) -> str:
    return f"{mistake.fate} ({mistake.why[:80]})" if mistake.why else mistake.fate


def _kills(mutant: Mutant, said: Mistake, program: Program) -> bool:
    """Whether the witness shows this mutant, and the engines do with it what it says."""
    if (mutant.rule, mutant.kind, mutant.sentence) != (said.rule, said.kind, said.sentence) or said.witness is None:
        return False
    case = Case(said.witness.request, said.witness.entities)
    mistaken = Program(mutant.applied(program.rules), program.schema)
    try:
        before, after = (Replay(each).judged(case, OURS.semantics) for each in (program, mistaken))
    except (NotReproduced, ValueError, LookupError, TypeError, AttributeError, StopIteration):
        return False  # nobody found such a witness
    if said.witness != Witness(said.witness.request, said.witness.entities, after, before):
        return False
    try:
        asked = {"request": said.witness.request, "entities": list(said.witness.entities), **_expected(said)}
    except ValueError:
        return False
    return Bench(program).alone_notices(asked, mutant)
