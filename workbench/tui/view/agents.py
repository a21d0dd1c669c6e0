"""An agent as a row of the board and as the head of its own page. Pure functions from the service's values to text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.view.events import agent_sign
from workbench.tui.view.figures import Figure, Span, ago, cell, left, minutes, number, placed, titles
from workbench.tui.view.groups import WINDOW_WORDS, counting_text
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.view.spans import span_text

if TYPE_CHECKING:
    from workbench.service.group_views import AgentsView, AgentView

ORDER_WORDS: Mapping[str, str] = {
    "trouble": "by denials", "busy": "by decisions", "silent": "by silence", "name": "by name",
}  # fmt: skip
ORDER_FIELDS: Mapping[str, str] = {"trouble": "deny", "busy": "total", "silent": "last", "name": "agent"}

KINDS = ("allow", "hold", "deny", "violation")
GLYPHS: Mapping[str, str] = {"allow": "✓", "hold": "◷", "deny": "✗", "violation": "▲"}
_BARS: Mapping[str, str] = {"allow": "━", "hold": "┅", "deny": "═", "violation": "▬"}
"""The mix is told by its strokes as well as by its colours; the figures stand beside it."""
_RIGHT = frozenset(("total", "allow", "hold", "deny", "violation", "denied", "rate", "held", "last"))


def layout(width: int) -> tuple[Figure, ...]:
    """The columns for ``width`` cells: who, denials, deny rate and silence stay to the end."""
    if width < 50:
        return placed((("agent", "agent", -1), ("denied", "✗▲", 5), ("percent", "deny%", 5), ("last", "last", 5),
                       ("mark", "", 1)), width, _RIGHT | {"percent"})  # fmt: skip
    if width < 72:
        return placed((("agent", "agent", -1), ("total", "all", 6), ("mix", "mix", 10), ("denied", "✗▲", 6),
                       ("percent", "deny%", 5), ("held", "held", 4), ("last", "last", 5), ("mark", "", 1)),
                      width, _RIGHT | {"percent"})  # fmt: skip
    if width < 104:
        return placed((("agent", "agent", -1), ("mix", "mix", 10), ("total", "all", 6), ("allow", "✓", 6),
                       ("hold", "◷", 4), ("deny", "✗", 5), ("violation", "▲", 6), ("percent", "deny%", 5),
                       ("held", "held", 4), ("last", "last", 5), ("state", "", 7)),
                      width, _RIGHT | {"percent"})  # fmt: skip
    chart = (("minutes", "20 minutes", 20),) if width >= 150 else ()
    return placed((("agent", "agent", 24 if chart else -1), ("mix", "outcomes", -1), ("total", "all", 8),
                   ("allow", "✓ allow", 8), ("hold", "◷ hold", 7), ("deny", "✗ deny", 7), ("violation", "▲ viol.", 7),
                   ("percent", "deny%", 6), ("held", "held now", 8), *chart, ("last", "last", 6), ("state", "", 12)),
                  width, _RIGHT | {"percent"})  # fmt: skip


def heads(columns: tuple[Figure, ...], order: str, width: int) -> str:
    """The header line."""
    field = ORDER_FIELDS.get(order, "")
    known = {column.field for column in columns}
    return titles(columns, "denied" if field == "deny" and "deny" not in known else field, width)


def cells(agent: AgentView, columns: tuple[Figure, ...], now: datetime) -> list[Span]:
    """A row: spans for each column, together exactly as wide as it and the gap before it."""
    colour, glyph = agent_sign(agent.agent)
    shown: list[Span] = []
    span: Span
    for column in columns:
        if column.field == "mix":
            shown += [("plain", " "), *mix(agent, column.width)]
            continue
        match column.field:
            case "agent":
                span = (f"agent-{colour}", f"{glyph} {agent.agent}")
            case "percent":
                span = ("strong" if agent.denied else "muted", percent(agent))
            case "minutes":
                shown.append(("accent", " " * bool(shown) + minutes(agent.minutes, column.width)))
                continue
            case "last":
                span = ("muted", ago(agent.last, now))
            case "mark":
                span = ("violation", "■" if agent.stopped_until else " ")
            case "state":
                span = ("violation", stopped_word(agent, now, column.width))
            case field:
                value = int(getattr(agent, field))
                role = (
                    field if field in KINDS else "hold" if field == "held" else "deny" if field == "denied" else "plain"
                )
                span = (role if value else "muted", number(value, column.width))
        shown.append((span[0], " " * bool(shown) + cell(column, span[1])))
    return shown


def mix(agent: AgentView, width: int) -> list[Span]:
    """The outcomes as one bar of ``width`` cells; each that is not zero has a cell at least."""
    counts = {kind: int(getattr(agent, kind)) for kind in KINDS}
    total = agent.total
    if not total:
        return [("muted", "·" * width)]
    sizes = {kind: max(count * width // total, 1) if count else 0 for kind, count in counts.items()}
    most = max(counts, key=lambda kind: counts[kind])
    sizes[most] = max(sizes[most] + width - sum(sizes.values()), 0)
    return [(kind, _BARS[kind] * size) for kind, size in sizes.items() if size]


def percent(agent: AgentView) -> str:
    """The deny rate: ``–`` where nothing was decided, never 0 % where something was denied."""
    if not agent.total:
        return "–"
    rate = agent.deny_rate * 100
    return f"{rate:.0f}%" if rate >= 1 or not agent.denied else "<1%"


def stopped_word(agent: AgentView, now: datetime, width: int) -> str:
    """That it is stopped, and for how long still."""
    if agent.stopped_until is None:
        return ""
    return f"■ stopped {left(agent.stopped_until, now)}" if width >= 12 else f"■ {left(agent.stopped_until, now)}"


def head(agent: AgentView, window: str, now: datetime, width: int) -> Content:
    """The top of an agent's own page: its figures as words, glyphs and one bar."""
    colour, glyph = agent_sign(agent.agent)
    title = Content.styled(f"{glyph} {one_line(agent.agent)}", f"$agent-{colour} bold")
    if agent.stopped_until is not None:
        rest = span_text((agent.stopped_until - now).total_seconds())
        until = f"■ stopped until {agent.stopped_until:%d %b %H:%M}, {rest} left"
        title = Content.assemble(title, "  ", (until, "$deny bold"))
    parts = [title]
    words = {"allow": "allowed", "hold": "held", "deny": "denied", "violation": "violations"}
    figures = Content("  ").join(
        Content.styled(
            f"{GLYPHS[kind]} {int(getattr(agent, kind)):,} {words[kind]}",
            f"${kind}" if kind != "violation" else "$deny bold",
        )
        for kind in KINDS
    )
    said = Content.styled(
        f"{WINDOW_WORDS.get(window, window)}: {plural(agent.total, 'decision')}, deny rate {percent(agent)}", "$ink"
    )
    parts += (
        [said, figures]
        if said.cell_length + figures.cell_length + 2 > width
        else [Content.assemble(said, "  ", figures)]
    )
    if agent.total:
        strokes = mix(agent, max(min(width, 60), 4))
        parts.append(
            Content.assemble(*((text, f"${kind}" if kind != "violation" else "$deny bold") for kind, text in strokes))
        )
    if agent.last is None or agent.first is None:
        parts.append(Content.styled("it has never asked for anything here", "$muted"))
    else:
        silent = span_text((now - agent.last).total_seconds())
        parts.append(
            Content.styled(
                f"first {agent.first:%d %b %H:%M:%S} · last {agent.last:%H:%M:%S}, silent for {silent}", "$muted"
            )
        )
    if agent.held:
        waits = "request of it waits" if agent.held == 1 else "requests of it wait"
        parts.append(Content.styled(f"◷ {agent.held:,} {waits} for people — 7 opens Cases", "$hold"))
    return Content("\n").join(parts)


def bar(view: AgentsView, width: int, *, held: bool) -> Content:
    """Where the board stands."""
    acted = sum(agent.last is not None for agent in view.agents)
    stopped = sum(agent.stopped_until is not None for agent in view.agents)
    order = "order waits" if held else ORDER_WORDS.get(view.order, view.order)
    window = WINDOW_WORDS.get(view.window, view.window)
    never = len(view.agents) - acted
    full = f"{window} · {plural(acted, 'agent')}{f', {never} never acted' if never else ''}"
    stops = f"■ {stopped} stopped" if stopped else ""
    for first, second, third in (
        (full, stops, f"{order}{counting_text(view.counting)}"),
        (full, stops, order),
        (f"{window} · {plural(acted, 'agent')}", stops, ""),
        ("", stops or f"{acted:,}", ""),
    ):
        parts = ((first, "$muted"), (second, "$deny bold"), (third, "$hold" if held else "$muted"))
        line = Content("  ").join(Content.styled(text, style) for text, style in parts if text)
        if line.cell_length <= width:
            return line
    return Content("")
