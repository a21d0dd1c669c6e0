"""Profiles: what a new workspace asks of amendments. A demo keeps its sample's procedures, the others do not."""

from __future__ import annotations

from workbench.language.ast import Procedure
from workbench.language.parser import parse
from workbench.service.errors import WorkbenchError

_SOLO = """
// How this text changes: one person decides, at once.
"""
_SOLO_SENTENCE = "A {cls} amendment requires approval from an operator within 7 days."
_SOLO_PROCEDURE = """
@id("amend_{cls}")
@english("{english}")
procedure amend_{cls} {{
  on amendment {cls}
  require approval from principal where principal.role == "operator"
  with timeout 7 days
}}
"""
UNSIGNED_KEY = "unsigned"  # the file of an unsigned workspace's key, which anyone who can read it may use
_CLASSES = ("minor", "major", "sensitive")


def for_profile(profile: str, cedar_plus: str, english: str) -> tuple[str, str]:
    """A sample's Cedar+ and English with the amendment procedures of ``profile``.

    ``team`` has none of its own, so that the defaults of each class hold; ``unsigned`` has those of ``solo``.
    Raises :class:`WorkbenchError` (``broken_sample``) for a sample that does not parse.
    """
    if profile == "demo":
        return cedar_plus, english
    source, sentences = _without_amendments(cedar_plus)
    kept = [line for line in english.splitlines() if line.lstrip("-* ").strip() not in sentences]
    if profile in ("solo", "unsigned"):
        source += _SOLO
        for cls in _CLASSES:
            sentence = _SOLO_SENTENCE.format(cls=cls)
            source += _SOLO_PROCEDURE.format(cls=cls, english=sentence)
            kept.append(f"- {sentence}")
    return source, "\n".join(kept).rstrip() + "\n"


def _without_amendments(cedar_plus: str) -> tuple[str, set[str]]:
    """The source without procedures on amendments, and the sentences that those stood for."""
    parsed = parse(cedar_plus)
    errors = [finding for finding in parsed.diagnostics if finding.severity == "error"]
    if errors:
        raise WorkbenchError(
            "a sample is broken",
            f"line {errors[0].start.line}: {errors[0].message}",
            "install the program again",
            "broken_sample",
        )
    kept, end = [], 0
    sentences: set[str] = set()
    for statement in parsed.statements:
        if isinstance(statement, Procedure) and statement.amendment is not None:
            start = min([statement.span.start, *(note.span.start for note in statement.annotations)])
            kept.append(cedar_plus[end:start].rstrip() + "\n\n")
            end = statement.span.end
            sentences |= {note.value for note in statement.annotations if note.name == "english"}
    kept.append(cedar_plus[end:].lstrip())
    return "".join(kept).rstrip() + "\n", sentences
