"""Names and lengths of time, as every screen writes them. Pure; imports the cleaning of text only."""

from __future__ import annotations

from workbench.tui.view.plain import one_line


def span_text(seconds: float) -> str:
    """A length of time in words: the two largest units."""
    whole = max(int(seconds), 0)
    parts = []
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def name_of(principal: str) -> str:
    """The id of ``Type::"id"``; anything else as it is."""
    head, quote, rest = principal.partition('::"')
    return one_line(rest.removesuffix('"') if quote else head)
