"""What a proposal means, on its dossier's page: which requests are decided otherwise, what is proved of it, what is not
decided. Pure; words come from the analyses, and what rules say from the rules themselves.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from workbench.analysis.results import Answer, Verdict, Witness
from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP
from workbench.analysis.words import (
    RuleSaid,
    Voice,
    WitnessSaid,
    headline,
    report_headline,
    report_notes,
    said,
    tone,
)
from workbench.analysis.words import Tone as Said
from workbench.analysis.words_difference import (
    NEWLY,
    change_said,
    difference_headline,
    difference_notes,
    difference_tone,
    environment_words,
)
from workbench.analysis.words_headlines import HEADLINES
from workbench.authoring.paraphrase import paraphrase
from workbench.language.quotation import bare
from workbench.service.analysis_subjects import Subject
from workbench.service.dossier_answers import LIMIT_MS, Answers, to_text, told
from workbench.service.dossier_page import Page, Tone

DATA = "The answers as data"
UNMADE = f"No proofs were made, and no differences of meaning were looked for: {NO_SOLVER} where this was written."
_TONES: Mapping[Said, Tone] = {"good": "good", "warn": "wait", "bad": "bad", "open": "wait"}
_MARKS: Mapping[Said, str] = {"good": "✓", "warn": "!", "bad": "✗", "open": "?"}
_PARTS = ("principal", "action", "resource", "context")
_COLUMNS: tuple[tuple[Verdict, str], ...] = (
    ("holds", "proved"),
    ("fails", "refuted by a request"),
    ("undecided", "not decided"),
    ("unsupported", "not supported"),
)


def voice_of(parent: Subject, child: Subject) -> Voice:
    """What words draw on: both programs, the invariants, and what their rules say."""
    programs = [each for each in (child.program, parent.program, child.invariants) if each is not None]

    def say(id: str) -> str:
        """From the rule itself: the English beside it may say something else."""
        rule = next((program.by_id[id] for program in programs if id in program.by_id), None)
        return "" if rule is None else paraphrase(rule.statement, child.program.schema)

    return Voice(child.program, parent.program, child.invariants, say)


def tell_difference(page: Page, found: Answers | None, voice: Voice) -> None:
    """Which requests are decided otherwise, each with a request that shows it."""
    page.heading("What the change means")
    if found is None:
        return _unmade(page)
    difference = found.difference
    how = difference_tone(difference)
    page.say(f"{_MARKS[how]} {difference_headline(difference)}", _TONES[how])
    page.say(_assuming(difference.assumption.words), "dim")
    page.points(difference_notes(difference))
    changed = [each for each in difference.environments if not each.unchanged]
    if changed:
        rows: list[list[tuple[str, Tone]]] = [
            [(str(each.environment), ""), (environment_words(each), "")] for each in changed
        ]
        page.table(("kind of request", "what changes"), rows)
    for environment, change in difference.witnesses:
        words = change_said(str(environment), change, voice)
        page.heading(f"{NEWLY[change.change]}: {environment}", 3)
        page.say(words.headline)
        page.say(words.confirmation, "dim")
        _witness(page, words.witness, change.witness)
        _rules(page, words.rules)
    return None


def tell_proofs(page: Page, found: Answers | None, voice: Voice, parent: Subject, child: Subject) -> None:
    """What is proved of the proposal by itself: its invariants, and what else is worth telling."""
    page.heading("Proofs")
    if found is None:
        return _unmade(page)
    report = found.report
    page.say(report_headline(report, voice))
    page.say(_assuming(report.assumption.words), "dim")
    page.points(report_notes(replace(report, left_out=()), voice))  # what was left out stands with what is open
    full, short = told(report, parent, child)
    for answer in full:
        words = said(answer, voice)
        page.heading(f"{_MARKS[words.tone]} {words.headline}", 3)
        for note in words.notes:
            page.say(note)
        if words.witness is not None and answer.witness is not None:
            if words.tone == "bad":
                page.say(words.confirmation, "dim")
                _witness(page, words.witness, answer.witness)
            else:  # there may be many
                page.folded(words.confirmation, _in_full(words.witness, answer.witness))
        _rules(page, words.rules)
    if short:
        page.heading("Of rules that stay as they are", 3)
        page.points([f"{_MARKS[tone(answer)]} {headline(answer, voice)}" for answer in short])
    page.heading("What was asked, in numbers", 3)
    page.table(("statement", *(name for _, name in _COLUMNS)), _numbers(report.answers))
    return None


def _numbers(answers: Sequence[Answer]) -> list[list[tuple[str, Tone]]]:
    counts = Counter((answer.kind, answer.verdict) for answer in answers)
    rows: list[list[tuple[str, Tone]]] = []
    for kind, statement in HEADLINES.items():
        found = [counts[kind, verdict] for verdict, _ in _COLUMNS]
        if any(found):
            rows.append([(statement.title, ""), *((f"{count:,}" if count else "", _dim(count)) for count in found)])
    return rows


def _dim(count: int) -> Tone:
    return "" if count else "dim"


def tell_open(page: Page, found: Answers | None, voice: Voice) -> None:
    """What was asked and is not decided, or cannot be; what was not asked."""
    page.heading("Not decided, or not supported", 3)
    if found is None:
        return _unmade(page)
    points = [
        f"{said(answer, voice).headline} {answer.why}".strip()
        for answer in found.report.answers
        if answer.verdict in ("undecided", "unsupported")
    ]
    for each in found.difference.environments:
        if not {"undecided", "unsupported"}.isdisjoint(each.verdicts.values()):
            points.append(f"{each.environment}: {environment_words(each)}")
    page.points(points, "nothing: everything that was asked is proved, or shown by a request")
    page.say("That something is not decided says nothing about whether it is safe.", "dim")
    page.heading("What was not asked", 3)
    page.points([f"{what[:1].upper()}{what[1:]}." for what in found.report.left_out], "nothing was left out")
    return None


def tell_data(page: Page, found: Answers | None) -> None:
    """The answers for programs, from which this page follows."""
    page.heading("The answers behind this page")
    if found is None:
        return _unmade(page)
    page.say(
        f"Asked of {found.solver}, at most {LIMIT_MS // 1000} seconds a question. Another time it may name other "
        "requests that show the same: `workbench approve --dossier` takes this file where all that it says is "
        "confirmed again, each proof by the solver there, each request by both engines."
    )
    page.folded(DATA, to_text(found))
    return None


def _unmade(page: Page) -> None:
    page.say(f"{UNMADE} {NO_SOLVER_HELP[:1].upper()}{NO_SOLVER_HELP[1:]}.", "wait")


def _assuming(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _witness(page: Page, words: WitnessSaid, witness: Witness) -> None:
    page.quote(words.request)
    page.points(words.outcome)
    if words.read:
        page.facts([(fact.path, fact.value) for fact in words.read])
    page.folded("The whole request", _document(witness))


def _in_full(words: WitnessSaid, witness: Witness) -> str:
    facts = [f"{fact.path}: {fact.value}" for fact in words.read]
    return "\n".join([words.request, *words.outcome, *facts, "", _document(witness)])


def _document(witness: Witness) -> str:
    """The request with its data, as ``workbench decide`` takes it."""
    request = {name: witness.request[name] for name in _PARTS if name in witness.request}
    return json.dumps({"request": request, "entities": list(witness.entities)}, indent=2, ensure_ascii=False)


def _rules(page: Page, rules: Sequence[RuleSaid]) -> None:
    page.points([f"{bare(rule.name)}: {rule.words}" if rule.words else bare(rule.name) for rule in rules])
