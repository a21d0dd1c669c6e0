"""What is proved of a constitution, as rows and in full: invariants first, then what is worth telling. Pure.

The sentences are ``analysis.words``'; each stands with what it takes for granted; what is open is never called safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from workbench.analysis.results import Answer, ProofReport
from workbench.analysis.words import Tone, WitnessSaid, headline, news, report_notes, said, tone, worth_telling
from workbench.tui.hints import hinted
from workbench.tui.view import witness as witness_view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import label, plural, stack, text
from workbench.tui.view.rulebook import Rulebook, rule_lines
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.view.witness import Shown

COLUMNS = (Column("proof", 15), Column("statement"))
TONES: Mapping[Tone, tuple[str, str]] = {
    "good": ("✓ proved", "allow"),
    "warn": ("▲ warning", "warning"),
    "bad": ("✗ broken", "deny"),
    "open": ("? not decided", "warning"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One row: an answer, or what is said once of many rules, or about what was not looked into."""

    key: str
    answer: Answer | None = None
    said: str = ""


def listed(report: ProofReport, book: Rulebook, *, everything: bool = False) -> tuple[Listed, ...]:
    """What is worth telling, invariants first; with ``everything`` also what is no news, after it."""
    told = news(report, book.voice)
    rest = [answer for answer in report.answers if answer not in told] if everything else []
    made = [Listed(f"{answer.kind}/{answer.about}", answer) for answer in (*told, *rest)]
    notes = report_notes(report, book.voice)
    return (*made, *(Listed(f"note/{number}", said=note) for number, note in enumerate(notes)))


def rows(found: Sequence[Listed], book: Rulebook) -> list[Row]:
    """As rows of a list."""
    return [Row(each.key, _cells(each, book)) for each in found]


def badge(report: ProofReport, book: Rulebook) -> Content:
    """The counts for the tab: broken, warnings, open."""
    counts = _counts(report, book)
    words: tuple[tuple[Tone, str, str], ...] = (
        ("bad", f"✗ {counts['bad']} broken", "$deny"),
        ("warn", f"▲ {plural(counts['warn'], 'warning')}", "$sev-warning"),
        ("open", f"? {counts['open']} open", "$sev-warning"),
    )
    parts = [Content.styled(word, style) for name, word, style in words if counts[name]]
    return Content(" ").join(parts) if parts else Content.styled("✓", "$ok")


def summary(report: ProofReport, book: Rulebook, *, everything: bool = False) -> Content:
    """Above the list: invariants kept and broken, what else there is to say, what is taken for granted."""
    invariants = report.of("invariant")
    kept = sum(answer.verdict == "holds" for answer in invariants)
    broken = sum(answer.verdict == "fails" for answer in invariants)
    undecided = len(invariants) - kept - broken
    counts = _counts(report, book)
    open_elsewhere = counts["open"] - undecided
    quiet = len(report.answers) - len(news(report, book.voice))
    parts = [
        (f"✓ {plural(kept, 'invariant')} kept", "$ok bold") if kept else None,
        (f"✗ {plural(broken, 'invariant')} broken", "$deny bold") if broken else None,
        (f"? {plural(undecided, 'invariant')} not decided", "$sev-warning bold") if undecided else None,
        (hinted("no invariant is written: i writes one", "review"), "$muted") if not invariants else None,
        (f"▲ {plural(counts['warn'], 'warning')}", "$sev-warning") if counts["warn"] else None,
        (f"? {open_elsewhere:,} more not decided", "$sev-warning") if open_elsewhere else None,
    ]
    head = Content.styled("  ·  ", "$muted").join(Content.styled(*part) for part in parts if part is not None)
    no_news = f"{plural(quiet, 'proof')} found nothing to report{' (below)' if everything else ''}"
    kinds = plural(report.environments, "kind of request", "kinds of request")
    asked = f"{plural(report.rules, 'rule')} in {kinds}; {no_news}"
    return stack(head, text(asked, "$muted"))


def shown(each: Listed, book: Rulebook) -> Shown | None:
    """The witness of a row, ready to be opened."""
    answer = each.answer
    if answer is None or answer.witness is None:
        return None
    sign, role = _sign(answer)
    words = said(answer, book.voice)
    rules = tuple(rule.id for rule in words.rules)
    wanted = ""
    if answer.kind == "invariant":  # what breaks one is to be decided otherwise
        wanted = "allow" if answer.witness.after.outcome == "deny" else "deny"
    style = f"${_variable(role)}"
    return Shown(sign, style, answer.witness, rules, answer.assumption, words.headline, wanted)


def detail(each: Listed, book: Rulebook) -> Content:
    """One answer in full: the sentence, what follows, the request that shows it, the rules beside their words."""
    answer = each.answer
    if answer is None:
        return stack(Content.styled("• note", "$sev-info bold"), text(each.said))
    words = said(answer, book.voice)
    sign, role = _sign(answer)
    witness = answer.witness if words.witness is not None else None
    return stack(
        stack(
            Content.styled(sign, f"${_variable(role)} bold"),
            text(words.headline, "$ink bold"),
            *(text(note) for note in words.notes),
            _extent(answer),
        ),
        stack(
            text(words.confirmation, "$ok") if words.confirmation else label("A REQUEST OF THIS KIND"),
            text(_asked(answer, words.witness)),
            *(text(line) for line in words.witness.outcome),
            *witness_view.fact_lines(words.witness.read),
        )
        if words.witness is not None
        else None,
        stack(*(rule_lines(book, rule.id) for rule in words.rules)) if words.rules else None,
        text(words.assumption, "$muted"),
        Content.assemble(("enter", "$accent"), (" opens the whole request and its data", "$muted"))
        if witness
        else None,
        gap=1,
    )


def stands_out(each: Listed, book: Rulebook) -> bool:
    """Whether a reader should stop at it: all that is news but for what is as it should be."""
    answer = each.answer
    return answer is not None and tone(answer) != "good" and worth_telling(answer, book.voice)


def nothing() -> Content:
    """Beside an empty list."""
    return text(
        hinted(
            "Nothing here is worth telling: every rule can apply, and none is idle. z lists every answer.", "review"
        ),
        "$muted",
    )


def _counts(report: ProofReport, book: Rulebook) -> dict[Tone, int]:
    counts: dict[Tone, int] = dict.fromkeys(TONES, 0)
    for answer in news(report, book.voice):
        counts[tone(answer)] += 1
    return counts


def _sign(answer: Answer) -> tuple[str, str]:
    """Glyph with word, and role."""
    if answer.verdict == "unsupported":
        return "? not supported", "warning"
    if answer.kind == "invariant" and answer.verdict == "holds":
        return "✓ kept, proved", "allow"
    if answer.verdict == "fails" and tone(answer) == "good":
        return "✓ shown", "allow"
    return TONES[tone(answer)]


def _cells(each: Listed, book: Rulebook) -> tuple[Cell, ...]:
    if each.answer is None:
        return Cell("• note", "info"), Cell(one_line(each.said))
    sign, role = _sign(each.answer)
    return Cell(sign, role), Cell(one_line(headline(each.answer, book.voice)))


def _asked(answer: Answer, told: WitnessSaid) -> str:
    """Who asks for what, as Meaning has it; an approver asks for nothing, and is told of in a sentence."""
    if answer.witness is None or answer.kind == "no_approver":
        return told.request
    return f"{witness_view.deed(answer.witness)}."


def _extent(answer: Answer) -> Content | None:
    """For how much it is proved."""
    if answer.verdict == "holds" and answer.environments:
        return text(f"proved for {plural(answer.environments, 'kind of request', 'kinds of request')}", "$muted")
    return None


def _variable(role: str) -> str:
    return f"sev-{role}" if role in ("error", "warning", "info") else role
