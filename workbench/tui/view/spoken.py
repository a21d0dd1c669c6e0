"""The judgement of what an agent said, as lines of a decision's detail. Pure.

What agents say is data: every string goes through ``view.plain`` and never through markup. Each verdict is a glyph, a
word and a colour.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from textual.content import Content

from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural

VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "acceptable": ("✓", "acceptable", "$allow"),
    "conditionally_acceptable": ("✓", "acceptable under its conditions", "$allow"),
    "no_normative_content": ("·", "claims nothing", "$muted"),
    "unsupported": ("✗", "without grounds", "$deny"),
    "violates_norm": ("✗", "violates a norm", "$deny"),
    "ill_formed": ("✗", "ill-formed", "$deny"),
    "underdetermined": ("?", "cannot be decided", "$hold"),
}
"""Status → glyph, words, colour."""

_GROUNDS = {
    "record": ("✓", "recorded by a trusted source", "$allow"),
    "caller": ("▲", "claimed by the caller", "$hold"),
}


_ABOUT_ONE = re.compile(r'(s\d+) ".*?": (.+)', re.DOTALL)


def speech_lines(speech: Any, width: int) -> list[Content]:
    """The section of the detail; nothing where no speech was judged. ``speech``: as ``judging.Judged.told`` made it."""
    if not isinstance(speech, Mapping):
        return []
    glyph, words, colour = _verdict(speech.get("status"))
    axioms = ", ".join(map(str, _listed(speech.get("violated_axioms"))))
    lines = [
        Content(""),
        Content.assemble(
            ("WHAT WAS SAID", "$muted bold"),
            (f"  {glyph} {words}", f"{colour} bold"),
            (f"  against {one_line(axioms)}" if axioms else "", colour),
        ),
    ]
    statements = _listed(speech.get("statements"))
    for each in statements:
        lines += _statement(each, width) if isinstance(each, Mapping) else []
    left_out = _number(speech.get("num_statements")) - len(statements)
    if left_out > 0:
        lines.append(Content.styled(f"  and {left_out:,} more statements", "$muted"))
    lines += _grounds(speech)
    for each in _listed(speech.get("diagnostics")):
        lines += _wrapped("· ", str(each), width, "$muted")
    for each in str(speech.get("feedback_hint") or "").splitlines():
        about, ways = parted(each)
        for number, way in enumerate(ways):
            before = f"→ {about} " if about else "→ "
            lines += _wrapped(before if not number else f"{'or':>{len(before) - 1}} ", way, width, "$accent")
    return lines


def parted(hint: str) -> tuple[str, list[str]]:
    """The statement that one line of a hint is about, and the ways out; a line of another form is one way."""
    found = _ABOUT_ONE.match(hint)
    if found is None:
        return "", [hint]
    return found[1], found[2].removesuffix(".").split("; or ")


def _statement(each: Mapping[str, Any], width: int) -> list[Content]:
    glyph, words, colour = _verdict(each.get("status"))
    modality, axiom = one_line(str(each.get("modality", ""))), one_line(str(each.get("violated_axiom") or ""))
    lines = [
        Content.assemble(
            (f"{glyph} ", f"{colour} bold"),
            (f"{modality}  " if modality else "", "$ink bold"),
            (words, colour),
            (f"  {axiom}" if axiom else "", f"{colour} bold"),
        )
    ]
    lines += _wrapped("  ", f"“{each.get('text', '')}”", width, "$ink")
    why = str(each.get("explanation") or "")
    return lines + (_wrapped("  ", why, width, "$muted") if why else [])


def _grounds(speech: Mapping[str, Any]) -> list[Content]:
    accepted, cited = _number(speech.get("grounds_accepted")), _number(speech.get("grounds_cited"))
    dropped = _number(speech.get("grounds_dropped"))
    lines = []
    known = _GROUNDS.get(str(speech.get("grounds_from")))
    if accepted and known is not None:
        glyph, who, colour = known
        lines.append(
            Content.assemble(
                (f"{glyph} ", f"{colour} bold"),
                (f"{plural(accepted, 'ground')} {who}", colour),
                (f", {cited:,} of them cited", "$muted"),
            )
        )
    elif not accepted:
        lines.append(Content.styled("· no grounds were given", "$muted"))
    if dropped:
        lines.append(
            Content.styled(f"▲ {dropped:,} that the agent showed are not in the record, and count for nothing", "$hold")
        )
    return lines


def _verdict(status: Any) -> tuple[str, str, str]:
    return VERDICTS.get(str(status), ("?", one_line(str(status)), "$hold"))


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _wrapped(before: str, text: str, width: int, style: str) -> list[Content]:
    room, indent = max(width - len(before), 12), " " * len(before)
    return [
        Content.assemble((before if place == 0 else indent, style), (line, style))
        for place, line in enumerate(wrap(one_line(text), room) or [""])
    ]
