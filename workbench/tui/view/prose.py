"""Pieces of text for panels: labels, paragraphs, code with colours, outcomes as glyph and word. Pure.

Everything that comes from people or agents passes :func:`~workbench.tui.view.plain.visible`; nothing is markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from workbench.tui.lexers import Lexer
from workbench.tui.view.plain import visible, visible_code
from workbench.tui.view.spans import name_of

GLYPHS = {"allow": "✓", "deny": "✗", "hold": "◷"}


def outcome(name: str | None) -> tuple[str, str]:
    """An outcome as glyph and word, and the role that colours it."""
    if name is None:
        return "–", "muted"
    return f"{GLYPHS.get(name, '?')} {visible(name)}", name if name in GLYPHS else "plain"


def text(value: str, style: str = "") -> Content:
    """A text of any origin: line breaks kept, everything else that a terminal would act on made visible."""
    shown = "\n".join(visible(line) for line in value.split("\n"))
    return Content.styled(shown, style) if style else Content(shown)


def named(uid: str, style: str = "$ink bold") -> Content:
    """``Ticket::"T-1"`` as every list calls it, ``T-1``, with its type as a quiet word after it; other texts as they
    are.
    """
    kind, quote, _ = uid.partition('::"')
    return Content.assemble((name_of(uid), style), (f" {visible(kind)}" if quote else "", "$muted"))


def people(uids: Sequence[str], style: str = "$ink") -> Content:
    """Several, with commas between them; where all are of one type it is said once, at the end."""
    kinds = {uid.partition('::"')[0] if '::"' in uid else "" for uid in uids}
    if len(kinds) > 1:
        return Content(", ").join(named(uid, style) for uid in uids)
    names = Content(", ").join(Content.styled(name_of(uid), style) for uid in uids)
    return Content.assemble(names, (f" {visible(kind)}" if (kind := "".join(kinds)) else "", "$muted"))


def label(value: str) -> Content:
    """A heading within a panel."""
    return Content.styled(value, "$muted bold")


def code(value: str, lexer: Lexer, indent: str = "") -> Content:
    """Code with the theme's colours."""
    return Content("\n").join(_code_line(line, lexer, indent) for line in value.rstrip("\n").split("\n"))


def bullets(values: Iterable[str], sign: str = "•", style: str = "$muted") -> list[Content]:
    """One line for each value."""
    return [Content.assemble((f"{sign} ", style), text(value)) for value in values]


def stack(*parts: Content | None, gap: int = 0) -> Content:
    """Parts one under the other; ``None`` is left out."""
    return Content("\n" * (gap + 1)).join(part for part in parts if part is not None)


def plural(count: int, one: str, many: str = "") -> str:
    """``1 rule``, ``2 rules``, ``1,200 entries``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _code_line(line: str, lexer: Lexer, indent: str) -> Content:
    line = visible_code(line)
    content = Content(line)
    for token in lexer(line):
        content = content.stylize(f"$code-{token.kind}", token.start, token.end)
    return Content.assemble(indent, content) if indent else content
