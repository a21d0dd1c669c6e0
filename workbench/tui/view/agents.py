"""An agent as a row of the board and as the head of its own page. Pure functions from the service's values to text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.actions import key_of
from workbench.tui.view.charts import mixed
from workbench.tui.view.events import cells_of
from workbench.tui.view.figures import Figure, Span, ago, cell, left, minutes, number, placed, titles
from workbench.tui.view.groups import WINDOW_WORDS, counting_text, order_words
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.view.signs import agent_sign
from workbench.tui.view.spans import span_text

if TYPE_CHECKING:
    from workbench.service.group_views import AgentsView, AgentView

ORDER_WORDS: Mapping[str, str] = {
    "trouble": "by refusals", "busy": "by decisions", "silent": "by silence", "name": "by name",
}  # fmt: skip
ORDER_FIELDS: Mapping[str, str] = {"trouble": "denied", "busy": "total", "silent": "last", "name": "agent"}

KINDS = ("allow", "hold", "deny", "violation")
NOW = 2  # seconds of silence that nobody would call so
GLYPHS: Mapping[str, str] = {"allow": "✓", "hold": "◷", "deny": "✗", "violation": "▲"}
_RIGHT = frozenset(("total", "allow", "hold", "deny", "violation", "denied", "percent", "rate", "held", "last"))


def layout(width: int, needs: Mapping[str, int] | None = None) -> tuple[Figure, ...]:
    """The columns for ``width`` cells; ``needs``: of these rows, as :func:`needs_of` says.

    Who, how much was refused and how long ago stay to the end. ``refused`` counts denials and violations alike; apart
    they stand in the mix, and as figures of their own from 112 on. Nobody stopped: no column for it.
    """
    stops = needs is None or bool(needs.get("state"))
    who = ("agent", "agent", -1)
    refused = [("denied", "refused", 8), ("percent", "%", 4)]
    if width < 72:
        columns = [who, *([("total", "all", 6)] if width >= 50 else []), *([("mix", "mix", 8)] if width >= 60 else [])]
        columns += [*refused, *([("held", "waits", 5)] if width >= 50 else []), ("last", "last", 5)]
        return placed([*columns, *([("mark", "", 1)] if stops else [])], width, _RIGHT)
    if width < 112:
        state = [("state", "", 7)] if stops else []
        mix_ = 10 if needs is None and width < 90 else -1
        return placed([who, ("mix", "mix", mix_), ("total", "all", 6), ("allow", "✓", 6), ("hold", "◷", 4), *refused,
                       ("held", "waits", 5), ("last", "last", 5), *state], width, _RIGHT, needs)  # fmt: skip
    chart = [("minutes", "20 minutes", 20)] if width >= 150 else []
    mix_ = min((width - 107) // 2, 48) if chart else -1  # a longer line would be the loudest thing on the screen
    state = [("state", "", 12)] if stops else []
    return placed([who, ("mix", "outcomes", mix_), ("total", "all", 8), ("allow", "✓ allow", 8), ("hold", "◷ hold", 7),
                   ("deny", "✗ deny", 7), ("violation", "▲ viol.", 7), *refused, ("held", "waits", 6), *chart,
                   ("last", "last", 6), *state], width, _RIGHT, needs)  # fmt: skip


def needs_of(agents: Iterable[AgentView]) -> dict[str, int]:
    """The cells that the longest name needs, and whether (``state``) anybody is stopped."""
    needs = {"agent": 5, "state": 0}
    for agent in agents:
        needs["agent"] = max(needs["agent"], cells_of(agent.agent) + 2)
        needs["state"] = max(needs["state"], int(agent.stopped_until is not None))
    return needs


def heads(columns: tuple[Figure, ...], order: str, width: int) -> str:
    """The header line."""
    return titles(columns, ORDER_FIELDS.get(order, ""), width)


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
    if not agent.total:
        return [("muted", "·" * width)]
    return list(mixed({kind: int(getattr(agent, kind)) for kind in KINDS}, width))


def percent(agent: AgentView) -> str:
    """Refusals as a part of all: ``–`` where nothing was decided, never 0 % where something was refused."""
    if not agent.total:
        return "–"
    rate = agent.deny_rate * 100
    return f"{rate:.0f}%" if rate >= 1 or not agent.denied else "<1%"


def stopped_word(agent: AgentView, now: datetime, width: int) -> str:
    """That it is stopped, and for how long still."""
    if agent.stopped_until is None:
        return ""
    return f"■ stopped {left(agent.stopped_until, now)}" if width >= 12 else f"■ {left(agent.stopped_until, now)}"


def head(agent: AgentView, window: str, now: datetime, width: int, *, brief: bool = False) -> Content:
    """The top of an agent's own page: its figures as words, glyphs and one bar; ``brief``: all of it on one line."""
    colour, glyph = agent_sign(agent.agent)
    title = Content.styled(f"{glyph} {one_line(agent.agent)}", f"$agent-{colour} bold")
    if brief:
        return _brief(agent, title, now, width)
    if agent.stopped_until is not None:
        rest = span_text((agent.stopped_until - now).total_seconds())
        until = f"■ stopped until {agent.stopped_until:%d %b %H:%M}, {rest} left"
        title = Content.assemble(title, "  ", (until, "$deny bold"))
    parts = [title]
    words = {"allow": "allowed", "hold": "held", "deny": "denied"}
    words["violation"] = "violation" if agent.violation == 1 else "violations"
    figures = Content("  ").join(
        Content.styled(
            f"{GLYPHS[kind]} {int(getattr(agent, kind)):,} {words[kind]}",
            f"${kind}" if kind != "violation" else "$deny bold",
        )
        for kind in KINDS
    )
    refused = f", {percent(agent)} refused" if agent.total else ""
    said = Content.styled(f"{WINDOW_WORDS.get(window, window)}: {plural(agent.total, 'decision')}{refused}", "$ink")
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
        silent = (now - agent.last).total_seconds()
        rest = "acting now" if silent < NOW else f"silent for {span_text(silent)}"
        parts.append(
            Content.styled(f"first {agent.first:%d %b %H:%M:%S} · last {agent.last:%H:%M:%S}, {rest}", "$muted")
        )
    if agent.held:
        waits = "request of it waits" if agent.held == 1 else "requests of it wait"
        parts.append(
            Content.styled(f"◷ {agent.held:,} {waits} for people — {key_of('global.open-cases')} opens Cases", "$hold")
        )
    return Content("\n").join(parts)


def _brief(agent: AgentView, title: Content, now: datetime, width: int) -> Content:
    """Who, what was refused, and the stop or the silence, as much of it as has room."""
    ends = [f"■ {left(agent.stopped_until, now)}"] if agent.stopped_until is not None else []
    ends += [f"last {ago(agent.last, now)}"] if agent.last is not None else ["never acted"]
    refused = f"{percent(agent)} of {number(agent.total, 5)} refused"
    for words in ([refused, *ends], [refused, ends[0]], [f"{percent(agent)} refused", ends[0]], [ends[0]]):
        line = Content.assemble(title, ("  " + " · ".join(words), "$ink"))
        if line.cell_length <= width:
            return line
    return title


def bar(view: AgentsView, width: int, *, held: bool) -> Content:
    """Where the board stands. ``held``: rows stand in an older order, for somebody moves among them."""
    many = len(view.agents)
    acted = sum(agent.last is not None for agent in view.agents)
    stopped = sum(agent.stopped_until is not None for agent in view.agents)
    order, brief = order_words(ORDER_WORDS.get(view.order, view.order), held=held)
    window = WINDOW_WORDS.get(view.window, view.window)
    who = plural(many, "agent")
    never = "" if acted == many else ", none acted yet" if not acted else f", {many - acted} never acted"
    full = f"{window} · {who}{never}"
    stops = f"■ {stopped} stopped" if stopped else ""
    for first, second, third in (
        (full, stops, f"{order}{counting_text(view.counting)}"),
        (full, stops, order),
        (full, stops, brief),
        (f"{window} · {who}", stops, brief),
        (f"{window} · {who}", stops, ""),
        (who, stops, ""),
        ("", stops or f"{many:,}", ""),
    ):
        parts = ((first, "$muted"), (second, "$deny bold"), (third, "$hold" if held else "$muted"))
        line = Content("  ").join(Content.styled(text, style) for text, style in parts if text)
        if line.cell_length <= width:
            return line
    return Content("")
