"""What a filter of the feed means, said a second time and as plainly as can be; tests hold the SQL against it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from workbench.engine.decision_filter import DecisionFilter, Named, Outcomes, Pattern, Recorded, Words

LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def expression(pattern: Pattern) -> str:
    return ".*".join(re.escape(piece) for piece in pattern.pieces)


def is_whole(pattern: Pattern, text: str) -> bool:
    return re.fullmatch(expression(pattern), text, re.DOTALL) is not None


def is_part(pattern: Pattern, text: str) -> bool:
    lowered = Pattern(tuple(piece.translate(LETTERS) for piece in pattern.pieces))
    return re.search(expression(lowered), text.translate(LETTERS), re.DOTALL) is not None


def wants(
    wanted: DecisionFilter, row: object, recorded_at: datetime, now: datetime, norms: Mapping[str, str] | None = None
) -> bool:
    """Whether the filter wants a row with the fields of an ``EventRow``. ``norms``: names by the ids in ``rule``."""

    def text(name: str) -> str:
        return str(getattr(row, name))

    def holds(term: object) -> bool:
        if isinstance(term, Recorded):
            later = recorded_at >= term.at(now)
            return later if term.side == "since" else not later
        if isinstance(term, Outcomes):
            words = {text("outcome"), *(["violation"] if row.violation else [])}  # type: ignore[attr-defined]
            return term.negated != bool(words & set(term.outcomes))
        names = [text("rule")] + [name for id, name in (norms or {}).items() if id == text("rule")]
        actions = [text("action"), *filter(None, [getattr(row, "verb", "")])]
        if isinstance(term, Named):
            texts = {"rule": names, "action": actions}.get(term.key) or [text(term.key)]
            return term.negated != any(is_whole(pattern, each) for pattern in term.patterns for each in texts)
        assert isinstance(term, Words)
        texts = [text(name) for name in ("agent", "resource", "severity", "code", "outcome")] + names + actions
        texts += ["violation"] if row.violation else []  # type: ignore[attr-defined]
        return term.negated != any(is_part(pattern, each) for pattern in term.patterns for each in texts)

    return all(holds(term) for term in wanted.terms)
