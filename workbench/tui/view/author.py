"""What the Author screen says: findings of a check and of a compilation as rows, and each one in full. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from textual.content import Content

from workbench.language.diagnostics import Diagnostic, LineMap
from workbench.service.live_views import LiveView
from workbench.service.views import Candidate, CheckView, CompileView, RuleView, SentenceView
from workbench.tui.hints import hinted
from workbench.tui.lexers import cedar
from workbench.tui.view.author_live import STATES, state_of
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import bullets, code, label, plural, stack, text
from workbench.tui.view.table import Cell, Column, Row

Pane = Literal["english", "cedar"]

SIGNS = {"error": "✗", "warning": "▲", "info": "•"}
KINDS = {"permit": "allow", "forbid": "deny", "prefer": "accent", "procedure": "hold"}

MODEL_RULE = re.compile(r'@doc\("(written by a model, not read by the compiler(?:[^"\\]|\\.)*)"\)')
ANSWER_KEY = "ctrl+l"
_MOST_LINKS = 3

COLUMNS = (Column("what", 14), Column("finding"), Column("where", 8))
SHORT = (Column("", 1), Column("finding"))
WIDE = 50
"""Columns of a list; under so many it has ``SHORT``: what is found comes before the word of its sign, which stands
beside the list."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: a place in one of the two texts (line and column from 1) and what is said about it."""

    key: str
    pane: Pane
    line: int
    column: int
    diagnostic: Diagnostic | None = None
    sentence: SentenceView | None = None
    reading: int = -1  # index of a candidate of ``sentence``
    rule: RuleView | None = None
    orphan: bool = False  # ``rule``'s sentence is no longer in the English

    @property
    def candidate(self) -> Candidate | None:
        """The reading that this finding offers."""
        return self.sentence.candidates[self.reading] if self.sentence is not None and self.reading >= 0 else None


def findings(
    check: CheckView | None, live: LiveView, compiled: CompileView | None = None, caret: int = -1
) -> tuple[Finding, ...]:
    """What the list shows, in order: sentences that need a person, errors, warnings, then what was just made.

    ``caret``: an offset in the English; the sentence that is being written there needs nobody yet.
    """
    found: list[Finding] = []
    places = LineMap(live.english)
    for sentence in live.sentences:
        if state_of(sentence, caret) in ("ambiguous", "refused", "by hand"):
            place = places.position(sentence.start)
            found += _open_sentence(sentence, f"s{sentence.start}", place.line, place.column)
    for number, diagnostic in enumerate(check.diagnostics if check else ()):
        found.append(_diagnosed(diagnostic, "cedar", f"c{number}"))
    order = {"error": 0, "warning": 1, "info": 2}
    found.sort(key=lambda f: order[f.diagnostic.severity] if f.diagnostic else 0)
    if check is not None and not live.waiting:
        said = {" ".join((sentence.meant or sentence.text).split()) for sentence in live.sentences}
        for rule in check.rules:
            if rule.english and " ".join(rule.english.split()) not in said:
                found.append(Finding(f"o{rule.id}", "cedar", rule.line, 1, rule=rule, orphan=True))
    if compiled is not None:
        found += [Finding(f"r{rule.id}", "cedar", rule.line, 1, rule=rule) for rule in compiled.new_rules]
    return tuple(found)


def finding_of(found: Sequence[Finding], sentence: SentenceView | None) -> str:
    """The key of what is to be said of ``sentence``: what is open about it, else a rule made of it; empty for none."""
    if sentence is None:
        return ""
    open_ = (f.key for f in found if f.sentence is not None and f.sentence.start == sentence.start)
    said = " ".join((sentence.meant or sentence.text).split())
    made = (f.key for f in found if f.rule is not None and not f.orphan and " ".join(f.rule.english.split()) == said)
    return next(open_, "") or next(made, "")


def finding_at(found: Sequence[Finding], diagnostic: Diagnostic | None) -> str:
    """The key of what tells of ``diagnostic``, by itself or with its sentence; empty where nothing does."""
    return next(
        (
            each.key
            for each in found
            if each.diagnostic == diagnostic or (each.sentence is not None and diagnostic in each.sentence.diagnostics)
        ),
        "",
    )


def rows(found: Sequence[Finding], *, short: bool = False) -> list[Row]:
    """The findings as rows of a list of ``COLUMNS``, or of ``SHORT``: signs alone, the word stands beside the list."""
    cells: list[tuple[Cell, ...]] = [_cells(finding) for finding in found]
    if short:
        cells = [(Cell(what.text.split()[0], what.role), said) for what, said, _ in map(_cells, found)]
    return [Row(finding.key, each) for finding, each in zip(found, cells, strict=True)]


def detail(finding: Finding, sentence: SentenceView | None = None, origin: str = "") -> Content:
    """One finding in full; ``sentence``: the one that its rule stands for, with where that comes from."""
    if finding.candidate is not None and finding.sentence is not None:
        return reading_detail(finding.sentence, finding.reading)
    if finding.sentence is not None:
        return sentence_detail(finding.sentence)
    if finding.rule is not None:
        said = "its sentence is no longer in the English: remove the rule, or put the sentence back"
        return stack(
            text(f"▲ {said}", "$sev-warning") if finding.orphan else None, rule_detail(finding.rule, sentence, origin)
        )
    assert finding.diagnostic is not None
    return diagnostic_detail(finding.diagnostic)


def diagnostic_detail(diagnostic: Diagnostic) -> Content:
    """A diagnostic: where, what, what was expected, and what to do."""
    sign = SIGNS[diagnostic.severity]
    place = f"line {diagnostic.start.line}, column {diagnostic.start.column}"
    return stack(
        Content.assemble(
            (f"{sign} {diagnostic.severity} {diagnostic.code}", f"$sev-{diagnostic.severity} bold"),
            (f"  {place}", "$muted"),
        ),
        text(diagnostic.message),
        Content.assemble(("expected ", "$muted"), text(diagnostic.expected)) if _adds(diagnostic) else None,
        Content.assemble(("write ", "$muted"), text(diagnostic.fix, "$ok")) if diagnostic.fix else None,
        Content.assemble(("→ ", "$accent"), text(diagnostic.help)) if diagnostic.help else None,
    )


def rule_detail(rule: RuleView, sentence: SentenceView | None = None, origin: str = "") -> Content:
    """A rule in plain words beside its English, where it comes from, and the assumptions it was compiled under."""
    observed = "  observed only, does not bind" if rule.stage == "observe" else ""
    return stack(
        Content.assemble(
            (f"{rule.kind} ", f"${KINDS[rule.kind]} bold"), text(rule.id, "$ink bold"), (observed, "$hold")
        ),
        text(rule.paraphrase),
        stack(label("ENGLISH"), text(rule.english)) if rule.english else None,
        Content.assemble(("from ", "$muted"), text(origin_of(rule, sentence, origin))),
        _assumed(sentence.candidates[0].assumptions) if sentence is not None and sentence.candidates else None,
    )


def origin_of(rule: RuleView, sentence: SentenceView | None = None, origin: str = "") -> str:
    """Where a rule comes from: its sentence, a hand, a model; and who chose or confirmed it, where that is known."""
    by_model = MODEL_RULE.search(rule.cedar_plus)
    if by_model is not None:
        said = by_model[1].replace('\\"', '"')
    elif not rule.english:
        said = "written by hand: no English"
    elif sentence is not None and sentence.differs:
        said = "written by hand under this English, which compiles to something else"
    else:
        said = "its English sentence"
    return f"{said}; {origin}" if origin else said


def sentence_detail(sentence: SentenceView, caret: int = -1, origin: str = "", *, with_code: bool = True) -> Content:
    """A sentence: what became of it, why, and the Cedar+ that it is or would be."""
    sign, variable, word = STATES[state_of(sentence, caret)]
    taken = hinted("  F5 takes it into the Cedar+", "author") if sentence.status == "compiled" else ""
    parts: list[Content | None] = [
        Content.assemble((f"{sign} {word}", f"${variable} bold"), (taken, "$accent")),
        text(sentence.text),
        text(f"meant: {sentence.meant}", "$muted") if sentence.meant else None,
    ]
    if sentence.question:
        parts.append(stack(label("QUESTION"), text(sentence.question)))
    for diagnostic in sentence.diagnostics:
        parts.append(
            stack(
                text(f"{diagnostic.message} ({diagnostic.code})"),
                Content.assemble(("→ ", "$accent"), text(diagnostic.help or diagnostic.fix))
                if diagnostic.help or diagnostic.fix
                else None,
            )
        )
    if sentence.status == "ambiguous":
        parts.append(text(f"{ANSWER_KEY} answers the question; a reading in the list is taken with enter.", "$accent"))
        parts += [
            Content.assemble((f"{number} ", "$warning bold"), text(candidate.paraphrase))
            for number, candidate in enumerate(sentence.candidates, start=1)
        ]
    elif len(sentence.candidates) == 1:
        candidate = sentence.candidates[0]
        parts += [text(candidate.paraphrase), _assumed(candidate.assumptions)]
        parts.append(Content.assemble(("from ", "$muted"), text(origin)) if origin else None)
        parts.append(code(candidate.cedar_plus, cedar.lex) if with_code else None)
    return stack(*parts)


def reading_detail(sentence: SentenceView, reading: int) -> Content:
    """One reading of an ambiguous sentence."""
    candidate = sentence.candidates[reading]
    return stack(
        Content.assemble(
            (f"reading {reading + 1} of {len(sentence.candidates)}", "$warning bold"), ("  enter chooses it", "$accent")
        ),
        text(candidate.paraphrase),
        code(candidate.cedar_plus, cedar.lex),
        stack(label("QUESTION"), text(sentence.question)) if sentence.question else None,
        _assumed(candidate.assumptions),
    )


def links_line(said: Sequence[tuple[str, str]]) -> Content | None:
    """What the words at the caret became, a line for each clause."""
    if not said:
        return None
    pairs = dict.fromkeys((words, one_line(clause)) for words, clause in said)
    return stack(
        *(
            Content.assemble(("“", "$muted"), text(words, "bold"), ("” ⇄ ", "$muted"), text(clause, "$accent"))
            for words, clause in list(pairs)[:_MOST_LINKS]
        )
    )


def broken_at(compiled: CompileView) -> int:
    """The line of the first error in the Cedar+ that kept everything from being compiled; 0 where nothing did.

    What is wrong with a sentence is told with the sentence: those errors are places in the English.
    """
    english = {each for sentence in compiled.sentences for each in sentence.diagnostics}
    errors = (each.start.line for each in compiled.diagnostics if each.severity == "error" and each not in english)
    return 0 if compiled.new_rules else next(errors, 0)


def compiled_line(compiled: CompileView) -> str:
    """What a compilation did, in a line."""
    broken = broken_at(compiled)
    if broken:
        return hinted(f"Cedar+ has an error in line {broken}, so no rule was added; F8 goes there", "author")
    counts = {status: sum(s.status == status for s in compiled.sentences) for status in STATES}
    made = [plural(len(compiled.new_rules), "new rule")] if compiled.new_rules else []
    made += [f"{plural(len(compiled.new_tests), 'test case')} → 3 Tests"] if compiled.new_tests else []
    waiting = [
        f"{counts[status]} {word}"
        for status, word in (("ambiguous", "with several readings"), ("refused", "not compiled"))
        if counts[status]
    ]
    if not compiled.sentences:
        return "no sentence to compile"
    if not made and not waiting:
        return f"nothing new: all {plural(len(compiled.sentences), 'sentence')} stand already"
    return "\n".join([", ".join([*made, *waiting]), *_first_refusal(compiled)])


def _first_refusal(compiled: CompileView) -> list[str]:
    """Where and why the first sentence was not understood, and how one gets there."""
    refused = (each for each in compiled.sentences if each.status == "refused")
    found = next((diagnostic for sentence in refused for diagnostic in sentence.diagnostics), None)
    return [hinted(f"line {found.start.line}: {found.message} · F8 goes there", "author")] if found is not None else []


def rule_at(rules: Iterable[RuleView], line: int) -> RuleView | None:
    """The rule that a line (from 1) of the Cedar+ belongs to."""
    before = [rule for rule in rules if rule.line <= line]
    return max(before, key=lambda rule: rule.line, default=None)


def block_of(rule: RuleView, source: str) -> tuple[int, int]:
    """First and last line (from 1) of a rule in its source, annotations included."""
    lines = source.split("\n")
    first = last = min(max(rule.line, 1), len(lines))
    while first > 1 and lines[first - 2].strip() and not lines[first - 2].lstrip().startswith("//"):
        first -= 1
    while last < len(lines) and lines[last].strip():
        last += 1
    return first, last


def _open_sentence(sentence: SentenceView, key: str, line: int, column: int) -> list[Finding]:
    found = [Finding(key, "english", line, column, sentence=sentence)]
    if sentence.status == "ambiguous":
        found += [
            Finding(f"{key}.{number}", "english", line, column, sentence=sentence, reading=number)
            for number in range(len(sentence.candidates))
        ]
    return found


def _diagnosed(diagnostic: Diagnostic, pane: Pane, key: str) -> Finding:
    return Finding(key, pane, diagnostic.start.line, diagnostic.start.column, diagnostic=diagnostic)


def _cells(finding: Finding) -> tuple[Cell, Cell, Cell]:
    where = f"{'en' if finding.pane == 'english' else 'c+'} {finding.line}:{finding.column}"
    if finding.candidate is not None:
        return (
            Cell(f"  ↳ reading {finding.reading + 1}", "accent"),
            Cell(one_line(finding.candidate.paraphrase)),
            Cell(""),
        )
    if finding.sentence is not None:
        state = state_of(finding.sentence)
        sign, role = STATES[state][0], {"ambiguous": "warning", "refused": "error"}.get(state, "hold")
        told = [each.message for each in finding.sentence.diagnostics[:1]]
        said = STATES[state][2] if state == "by hand" else (*told, finding.sentence.question)[0]
        word = STATES[state][2] if state == "refused" else state
        return Cell(f"{sign} {word}", role), Cell(one_line(said or finding.sentence.text)), Cell(where, "muted")
    if finding.rule is not None and finding.orphan:
        return Cell("▲ orphan", "warning"), Cell(one_line(f"no sentence: {finding.rule.english}")), Cell(where, "muted")
    if finding.rule is not None:
        return Cell("+ new rule", "allow"), Cell(one_line(finding.rule.paraphrase)), Cell(where, "muted")
    diagnostic = finding.diagnostic
    assert diagnostic is not None
    what = f"{SIGNS[diagnostic.severity]} {diagnostic.severity}"
    said = one_line(diagnostic.message)
    return Cell(what, diagnostic.severity), Cell(f"{said} ({diagnostic.code})"), Cell(where, "muted")


def _adds(diagnostic: Diagnostic) -> bool:
    """Whether what was expected is not said in the message already."""
    return bool(diagnostic.expected) and diagnostic.expected not in diagnostic.message


def _assumed(assumptions: Sequence[str]) -> Content | None:
    return stack(label("ASSUMPTIONS"), *bullets(assumptions)) if assumptions else None
