"""What the Author screen says: findings of a check and of a compilation as rows, and each one in full. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from textual.content import Content

from workbench.language.diagnostics import Diagnostic, LineMap, Span
from workbench.service.views import Candidate, CheckView, CompileView, RuleView, SentenceView
from workbench.tui.lexers import cedar
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import bullets, code, label, plural, stack, text
from workbench.tui.view.table import Cell, Column, Row

Pane = Literal["english", "cedar"]

SIGNS = {"error": "✗", "warning": "▲", "info": "•"}
STATUS = {
    "compiled": ("✓", "allow", "compiled"),
    "kept": ("=", "muted", "stands already"),
    "ambiguous": ("?", "warning", "several readings"),
    "refused": ("✗", "error", "not compiled"),
}
KINDS = {"permit": "allow", "forbid": "deny", "prefer": "accent", "procedure": "hold"}

_STATEMENT = re.compile(r"^(?:permit|forbid|prefer|procedure)\b", re.MULTILINE)  # as the renderer writes them

COLUMNS = (
    Column("what", 13),
    Column("where", 8, drop_below=50),
    Column("finding"),
)


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

    @property
    def candidate(self) -> Candidate | None:
        """The reading that this finding offers."""
        return self.sentence.candidates[self.reading] if self.sentence is not None and self.reading >= 0 else None


def findings(check: CheckView | None, compiled: CompileView | None, english: str) -> tuple[Finding, ...]:
    """What the list shows, in order: sentences that need a person, errors, warnings, then what was just made.

    ``english`` is the text that ``compiled`` was made from; findings about it are left out when that is not the case.
    """
    found: list[Finding] = []
    if compiled is not None:
        places = LineMap(english)
        for number, sentence in enumerate(compiled.sentences):
            place = places.position(sentence.start)
            if sentence.status in ("ambiguous", "refused"):
                found += _open_sentence(sentence, f"s{number}", place.line, place.column)
        for number, diagnostic in enumerate(compiled.diagnostics):
            if not diagnostic.code.startswith("CP0"):
                found.append(_diagnosed(diagnostic, "english", f"e{number}"))
    seen = {(f.diagnostic.code, f.diagnostic.span) for f in found if f.diagnostic}
    for number, diagnostic in enumerate(check.diagnostics if check else ()):
        if (diagnostic.code, diagnostic.span) not in seen:
            found.append(_diagnosed(diagnostic, "cedar", f"c{number}"))
    order = {"error": 0, "warning": 1, "info": 2}
    found.sort(key=lambda f: order[f.diagnostic.severity] if f.diagnostic else 0)
    if compiled is not None:
        found += [Finding(f"r{rule.id}", "cedar", rule.line, 1, rule=rule) for rule in compiled.new_rules]
    return tuple(found)


def rows(found: Sequence[Finding]) -> list[Row]:
    """The findings as rows of a list."""
    return [Row(finding.key, _cells(finding)) for finding in found]


def detail(finding: Finding, compiled: CompileView | None) -> Content:
    """One finding in full."""
    if finding.candidate is not None and finding.sentence is not None:
        return reading_detail(finding.sentence, finding.reading)
    if finding.sentence is not None:
        return sentence_detail(finding.sentence)
    if finding.rule is not None:
        return rule_detail(finding.rule, compiled)
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


def rule_detail(rule: RuleView, compiled: CompileView | None = None) -> Content:
    """A rule in plain words beside its English, with the assumptions it was compiled under."""
    observed = "  observed only, does not bind" if rule.stage == "observe" else ""
    return stack(
        Content.assemble(
            (f"{rule.kind} ", f"${KINDS[rule.kind]} bold"), text(rule.id, "$ink bold"), (observed, "$hold")
        ),
        text(rule.paraphrase),
        stack(label("ENGLISH"), text(rule.english)) if rule.english else text("written by hand: no English", "$muted"),
        _assumed(assumptions_of(rule, compiled)),
    )


def assumptions_of(rule: RuleView, compiled: CompileView | None) -> tuple[str, ...]:
    """What the compiler took for granted in the sentence that made ``rule``."""
    wanted = " ".join(rule.english.split())
    for sentence in compiled.sentences if compiled and wanted else ():
        if " ".join(sentence.text.split()) == wanted and len(sentence.candidates) == 1:
            return sentence.candidates[0].assumptions
    return ()


def sentence_detail(sentence: SentenceView) -> Content:
    """A sentence: what became of it, and why."""
    sign, role, word = STATUS[sentence.status]
    parts: list[Content | None] = [
        Content.assemble((f"{sign} {word}", f"${_variable(role)} bold")),
        text(sentence.text),
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
        parts.append(text("Choose a reading in the list with enter.", "$accent"))
    elif len(sentence.candidates) == 1:
        parts += [text(sentence.candidates[0].paraphrase), _assumed(sentence.candidates[0].assumptions)]
    return stack(*parts)


def reading_detail(sentence: SentenceView, reading: int) -> Content:
    """One reading of an ambiguous sentence."""
    candidate = sentence.candidates[reading]
    return stack(
        Content.assemble(
            (f"reading {reading + 1} of {len(sentence.candidates)}", "$warning bold"), ("  enter takes it", "$accent")
        ),
        text(candidate.paraphrase),
        code(candidate.cedar_plus, cedar.lex),
        stack(label("QUESTION"), text(sentence.question)) if sentence.question else None,
        _assumed(candidate.assumptions),
    )


def compiled_line(compiled: CompileView) -> str:
    """What a compilation did, in a line."""
    counts = {status: sum(s.status == status for s in compiled.sentences) for status in STATUS}
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
    return ", ".join([*made, *waiting])


def with_reading(cedar_plus: str, sentence: SentenceView, reading: int) -> str:
    """The Cedar+ text with one reading of a sentence added at its end, every rule of it under its English."""
    body = sentence.candidates[reading].cedar_plus.strip()
    if "@english(" not in body:
        english = f"@english({_quoted(' '.join(sentence.text.split()))})\n"
        body = _STATEMENT.sub(lambda match: english + match[0], body)
    head = cedar_plus.rstrip("\n")
    return f"{head}\n\n{body}\n" if head else f"{body}\n"


def rule_at(rules: Iterable[RuleView], line: int) -> RuleView | None:
    """The rule that a line (from 1) of the Cedar+ belongs to."""
    before = [rule for rule in rules if rule.line <= line]
    return max(before, key=lambda rule: rule.line, default=None)


def rule_of_english(rules: Iterable[RuleView], english: str, offset: int) -> RuleView | None:
    """The rule that was compiled from the sentence at an offset of the English."""
    for rule in rules:
        start = english.find(rule.english) if rule.english else -1
        if 0 <= start <= offset <= start + len(rule.english):
            return rule
    return None


def sentence_at(compiled: CompileView | None, offset: int) -> SentenceView | None:
    """The sentence of the compiled text at an offset in code points."""
    for sentence in compiled.sentences if compiled else ():
        if sentence.start <= offset <= sentence.end:
            return sentence
    return None


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


def _cells(finding: Finding) -> tuple[Cell, ...]:
    where = f"{'en' if finding.pane == 'english' else 'c+'} {finding.line}:{finding.column}"
    if finding.candidate is not None:
        return (
            Cell(f"  ↳ reading {finding.reading + 1}", "accent"),
            Cell(""),
            Cell(one_line(finding.candidate.paraphrase)),
        )
    if finding.sentence is not None:
        sign, role, _ = STATUS[finding.sentence.status]
        what = "ambiguous" if finding.sentence.status == "ambiguous" else "refused"
        said = finding.sentence.diagnostics[0].message if finding.sentence.diagnostics else finding.sentence.question
        return Cell(f"{sign} {what}", role), Cell(where, "muted"), Cell(one_line(said or finding.sentence.text))
    if finding.rule is not None:
        return Cell("+ new rule", "allow"), Cell(where, "muted"), Cell(one_line(finding.rule.paraphrase))
    diagnostic = finding.diagnostic
    assert diagnostic is not None
    what = f"{SIGNS[diagnostic.severity]} {diagnostic.severity}"
    said = one_line(diagnostic.message)
    return Cell(what, diagnostic.severity), Cell(where, "muted"), Cell(f"{said} ({diagnostic.code})")


def _adds(diagnostic: Diagnostic) -> bool:
    """Whether what was expected is not said in the message already."""
    return bool(diagnostic.expected) and diagnostic.expected not in diagnostic.message


def _assumed(assumptions: Sequence[str]) -> Content | None:
    return stack(label("ASSUMPTIONS"), *bullets(assumptions)) if assumptions else None


def _variable(role: str) -> str:
    return f"sev-{role}" if role in ("error", "warning", "info") else role


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def english_diagnostics(compiled: CompileView, source: str) -> list[Diagnostic]:
    """What to underline in the English: refusals where they hang, ambiguous sentences as a whole."""
    lines = LineMap(source)
    found: list[Diagnostic] = []
    for sentence in compiled.sentences:
        found += sentence.diagnostics
        if sentence.status == "ambiguous":
            span = Span(sentence.start, sentence.end)
            places = (lines.position(span.start), lines.position(span.end))
            found.append(Diagnostic("", sentence.question or "several readings", span, *places, severity="warning"))
    return found
