"""The question that tells readings apart, as a person reads it: its request as a table, each reading. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from workbench.authoring.result import Question
from workbench.service.views import Candidate
from workbench.tui.view.plain import visible
from workbench.tui.view.prose import GLYPHS, label, stack, text

WORDS = {"allow": "allowed", "deny": "denied", "hold": "held for approval"}
_MOST_WIDE = 34


def asked(sentence: str, question: Question | None, candidates: Sequence[Candidate], left: Sequence[int]) -> Content:
    """The sentence, the readings that are left, and the request to decide."""
    outcomes = dict(zip(question.readings, question.outcomes, strict=False)) if question is not None else {}
    readings = []
    for n, candidate in enumerate(candidates):
        out = n not in left
        said = outcomes.get(n, "")
        verdict = f"  {GLYPHS.get(said, '?')} {WORDS.get(said, said)}" if said else ""
        readings.append(
            Content.assemble(
                (f"{n + 1} ", "$muted" if out else "$warning bold"),
                text(candidate.paraphrase, "$muted" if out else ""),
                (" (excluded by your answer)" if out else "", "$muted"),
                (verdict, f"${said} bold" if said in GLYPHS else "$muted"),
            )
        )
    return stack(
        text(sentence, "bold"),
        Content(""),
        label("IT CAN BE READ AS"),
        *readings,
        Content(""),
        *([label("SHOULD THIS REQUEST BE ALLOWED?"), *_table(question), _besides(question)] if question else []),
    )


def _table(question: Question) -> list[Content]:
    """The facts, one a line, paths aligned."""
    if not question.request:
        return [text("No request tells these readings apart: pick one by its number.", "$muted")]
    wide = min(max(len(path) for path, _ in question.facts), _MOST_WIDE)
    return [
        Content.assemble((visible(path).ljust(wide), "$muted"), "  ", text(value, "$accent"))
        for path, value in question.facts
    ]


def _besides(question: Question) -> Content | None:
    return text("Another rule permits it: should this sentence forbid it?", "$hold") if question.permitted else None


def standing(sentence: str, place: int, candidates: Sequence[Candidate], answers: Sequence[str]) -> Content:
    """A choice that was made."""
    how = f"You answered {', then '.join(answers)}." if answers else "You picked it by its number."
    return stack(
        text(sentence, "bold"),
        Content(""),
        Content.assemble((f"✓ reading {place} of {len(candidates)} is chosen. ", "$ok bold"), text(how, "$muted")),
        *(
            Content.assemble(
                (f"{n} ", "$ok bold" if n == place else "$muted"),
                text(candidate.paraphrase, "" if n == place else "$muted"),
            )
            for n, candidate in enumerate(candidates, start=1)
        ),
    )
