"""A group of refusals as a row, as the head of its own page, and what the bar says of all of them. Pure functions.

Everything that stands in a rule's or an agent's name is data: it goes through ``view.plain`` and never through markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.actions import key_of
from workbench.tui.view.events import cells_of, missing_rule, stop_word, verdict
from workbench.tui.view.figures import Figure, Span, ago, cell, fits, left, minutes, number, placed, titles
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.view.severity import SPELLED, STEP, badge, mark
from workbench.tui.view.severity import column as severity_text
from workbench.tui.view.signs import agent_sign
from workbench.tui.view.spans import name_of, span_text

if TYPE_CHECKING:
    from workbench.service.group_views import AckView, Counting, GroupsView, GroupView, Storm

WINDOW_WORDS: Mapping[str, str] = {"5m": "last 5 min", "1h": "last hour", "24h": "last 24 h", "all": "all"}
ORDER_WORDS: Mapping[str, str] = {"rate": "by rate", "count": "by count", "seen": "by last seen", "name": "by rule"}
ORDER_FIELDS: Mapping[str, str] = {"rate": "rate", "count": "count", "seen": "last", "name": "rule"}
"""Order → the column that shows it; clicking a title goes the other way."""

MEASURED = 500  # groups whose names the columns are made for: it is done once a second, for thousands in a storm
KNOWN = 2  # what ``needs`` says of ``ack`` where some group is known; 1 where some only wait, as their glyph says too
RATE = 5  # cells of refusals in a minute, in every list and in what is said of a storm: one way of writing a number
FIGURES: Mapping[str, int] = {"count": 6, "rate": RATE, "last": 5}
"""Cells of figures, at most, below 104 columns."""
_NAMES = (("rule", "rule", -6), ("agent", "agent", -3), ("action", "action", -5))
_RIGHT = frozenset(("count", "rate", "last", "first"))
_SHORT = {"violation": "viol.", "deny": "deny", "hold": "hold"}


def layout(width: int, needs: Mapping[str, int] | None = None) -> tuple[Figure, ...]:
    """The columns for ``width`` cells; ``needs``: of these rows, as :func:`needs_of` says.

    Outcome, rule, agent and rate stay to the end. From 50 on the action and the count, from 72 on when last seen and
    whether it is known, then when first seen: as soon as no name is cut for it, and always from 104 on. From 112 on the
    last twenty minutes, from 140 on everything in words. Whether a group is known has no column while none is. Where
    one is opened beside the list (``needs`` says so) the action, which stands there, goes before a name is cut.
    """
    told = KNOWN if needs is None else needs.get("ack", 0)
    known = told > (0 if width >= 104 else 1)
    if width < 72:
        return _narrow(width, needs, known=known)
    if width < 104:
        for first in (True, False):
            made = _with_times(width, needs, first=first, known=known)
            if needs is not None and fits(made, needs):
                break
        return made
    wide = width >= 140
    chart = [("minutes", "20 minutes" if wide else "20 min", 20 if wide else 10)] if width >= 112 else []
    outcome, ack = (("kind", "outcome", 11), 22) if wide else (("short", "", 7), 13)
    rest = [*_NAMES, ("count", "count", 9 if wide else 7), ("rate", "/min", RATE), *chart]
    rest += [("first", "first", 6), ("last", "last", 5), *([("ack", "known", ack)] if known else [])]
    made = placed([outcome, *_severity(needs, SPELLED if wide else STEP), *rest], width, _RIGHT, needs)
    if wide and needs is not None and not fits(made, needs):  # a step says it too
        made = placed([outcome, *_severity(needs, STEP), *rest], width, _RIGHT, needs)
    return made


def _severity(needs: Mapping[str, int] | None, cells: int = STEP) -> list[tuple[str, str, int]]:
    """How grave it is has a column of its own, so that rules stand in a line; none while nothing is grave."""
    some = needs is None or needs.get("severity")
    return [("severity", "severity" if cells == SPELLED else "", cells)] if some else []


def _narrow(width: int, needs: Mapping[str, int] | None, *, known: bool) -> tuple[Figure, ...]:
    """From 50 cells on the outcome's word and the count go, one after the other, where no name is cut then. Beside an
    opened group, whose page says it, the action goes as well, where it still does not fit without them."""
    beside = width >= 38 and needs is not None and bool(needs.get("beside"))
    forms: tuple[tuple[bool, bool, bool], ...]
    if beside:
        forms = ((True, True, True), (True, False, True), (True, False, False)) if width >= 50 else ()
        forms += ((False, True, True), (False, False, True), (False, False, False))
    elif width >= 50:
        forms = ((True, True, True), (True, False, True), (True, True, False), (True, False, False))
    else:
        forms = ((False, width >= 38, False),)
    made = []
    for action, word, count in forms:
        columns = [("short", "", 7)] if word else [("glyph", "", 1)]
        columns += _severity(needs) if width >= 38 else []
        columns += [("rule", "rule", -3), ("agent", "agent", -2)]
        columns += [("action", "action", -2)] if action else []
        columns += [("count", "count", _figures(needs, "count"))] if count else []
        columns += [("rate", "/min", _figures(needs, "rate")), *([("mark", "", 1)] if known else [])]
        made.append(placed(columns, width, _RIGHT, needs))
    whole = (each for each in made if needs is not None and fits(each, needs))
    return next(whole, made[-1 if beside else 0])


def _with_times(width: int, needs: Mapping[str, int] | None, *, first: bool, known: bool) -> tuple[Figure, ...]:
    columns = [("short", "", 7), *_severity(needs), *_NAMES]
    columns += [(field, title, _figures(needs, field)) for field, title in (("count", "count"), ("rate", "/min"))]
    columns += [("first", "first", 5)] if first else []
    columns += [("last", "last", _figures(needs, "last")), *([("ack", "known", 6)] if known else [])]
    return placed(columns, width, _RIGHT, needs)


def _figures(needs: Mapping[str, int] | None, field: str) -> int:
    """The cells of a column of figures: as many as the largest takes, and its title; names have the others."""
    return FIGURES[field] if needs is None else needs.get(field, FIGURES[field])


def needs_of(groups: Sequence[GroupView], names: Mapping[str, str], order: str = "") -> dict[str, int]:
    """The cells that the longest rule, agent and action need, of the first :data:`MEASURED` groups, which are the ones
    that are read; those that figures take, with the mark of the ``order``; and (``ack``) whether any group at all is
    known, or waits elsewhere."""
    known = any(group.standing != "open" for group in reversed(groups))  # those stand last
    waits = any(group.kind == "hold" for group in reversed(groups))
    needs = {"rule": 4, "agent": 5, "action": 6, "ack": KNOWN if known else int(waits)}
    needs["severity"] = int(any(group.severity for group in groups))
    by = ORDER_FIELDS.get(order, "")
    titles = {"count": "count", "rate": "/min", "last": "last"}
    needs |= {field: len(title) + (field == by) for field, title in titles.items()}
    for group in groups[:MEASURED]:
        rule = rule_word(group, names.get(group.rule, ""))
        needs["rule"] = max(needs["rule"], cells_of(rule))
        needs["agent"] = max(needs["agent"], cells_of(group.agent) + 2)
        needs["action"] = max(needs["action"], cells_of(group.action))
        needs["count"] = max(needs["count"], min(len(f"{group.count:,}"), FIGURES["count"]))
        needs["rate"] = max(needs["rate"], min(len(f"{group.rate:,}"), FIGURES["rate"]))
    return needs


def heads(columns: tuple[Figure, ...], order: str, width: int) -> str:
    """The header line."""
    return titles(columns, ORDER_FIELDS.get(order, ""), width)


def cells(group: GroupView, columns: tuple[Figure, ...], now: datetime, name: str = "") -> list[Span]:
    """A row: a role and a text for each column, each as wide as it and the gap before it; ``name``: of a norm."""
    said = verdict("hold" if group.kind == "hold" else "deny", group.kind == "violation")
    colour, glyph = agent_sign(group.agent)
    known = group.known
    outcome = "muted" if known else said.kind
    shown: list[Span] = []
    span: Span
    for column in columns:
        match column.field:
            case "glyph":
                span = (outcome, said.glyph)
            case "short":
                span = (outcome, f"{said.glyph} {_SHORT[group.kind]}")
            case "kind":
                span = (outcome, f"{said.glyph} {said.word}")
            case "severity":
                role = "muted" if known or not group.severity else mark(group.severity).role
                span = (role, severity_text(group.severity, column.width))
            case "rule":
                span = ("muted" if known else "plain", rule_word(group, name))
            case "agent":
                span = (f"agent-{colour}", f"{glyph} {group.agent}")
            case "action":
                span = ("muted" if known else "plain", group.action)
            case "count":
                span = ("muted" if known else "plain", number(group.count, column.width))
            case "rate":
                span = ("strong" if group.rate and not known else "muted", number(group.rate, column.width))
            case "minutes":
                shown.append(("muted" if known else "accent", " " * bool(shown) + minutes(group.minutes, column.width)))
                continue
            case "first":
                span = ("muted", ago(group.first, now))
            case "last":
                span = ("muted", ago(group.last, now))
            case "mark":
                span = _KNOWN[group.standing]
            case _:
                waits = group.kind == "hold" and group.standing == "open"
                span = ("muted" if waits else _KNOWN[group.standing][0], known_word(group, now, column.width))
        shown.append((span[0], " " * bool(shown) + cell(column, span[1])))
    return shown


_KNOWN = {
    "open": ("muted", " "),
    "acknowledged": ("allow", "✓"),
    "grew": ("violation", "↑"),
    "expired": ("hold", "◌"),
    "stopped": ("muted", "✓"),
}


def known_word(group: GroupView, now: datetime, width: int) -> str:
    """Whether somebody knows of it, on ``width`` cells: glyph, word, and who and for how long where there is room. What
    is held waits for people elsewhere."""
    glyph = _KNOWN[group.standing][1]
    if group.standing == "stopped":
        return f"{glyph} by a stop" if width >= 12 else f"{glyph} stop"
    if group.kind == "hold" and group.standing == "open":
        return "in Cases" if width >= 12 else "Cases"
    if group.standing == "open" or group.ack is None:
        return ""
    if group.standing == "acknowledged":
        rest = left(group.ack.until, now)
        return f"{glyph} {who(group.ack)} {rest}" if width >= 12 else f"{glyph} {rest}"
    word = "grew" if group.standing == "grew" else "over"
    return f"{glyph} {word}" if width < 20 else f"{glyph} {word}, {who(group.ack)} knew"


def who(ack: AckView) -> str:
    """Who acknowledged; ``someone`` where nobody signed."""
    return name_of(ack.by) if ack.by else "someone"


def rule_word(group: GroupView, name: str = "") -> str:
    """What refused: a rule, a stop by who placed it (``name``), or the words for what no rule decided."""
    if group.code == "stopped":
        return stop_word(name or group.rule)
    return name or group.rule or missing_rule(group.code)


def head(group: GroupView, now: datetime, width: int, name: str = "", *, hints: bool = True) -> Content:
    """The top of a group's own page: what it is, how many, how fast, since when, and what was said of it; with
    ``hints``: what to press."""
    said = verdict("hold" if group.kind == "hold" else "deny", group.kind == "violation")
    colour, glyph = agent_sign(group.agent)
    style = "$deny bold" if group.kind == "violation" else f"${said.kind}"
    title = Content.assemble(
        (f"{said.glyph} {said.word}", style), "  ",
        (one_line(rule_word(group, name)), "$ink bold"), ("  ×  ", "$muted"),
        (f"{glyph} {one_line(group.agent)}", f"$agent-{colour}"), ("  ×  ", "$muted"), (one_line(group.action), "$ink"),
    )  # fmt: skip
    parts = [title]
    if group.severity:
        parts.append(badge(group.severity))
    lately = "in the last minute" if width >= 50 else "a minute"
    figures = Content.assemble(
        (f"{group.total:,}", "$ink bold"), (" in all  ", "$muted"), (f"{group.rate:,}", "$ink bold"),
        (f" {lately}", "$muted"),
    )  # fmt: skip
    room = min(width - figures.cell_length - 2, len(group.minutes))
    if room >= 10:
        figures = Content.assemble(figures, "  ", (minutes(group.minutes, room), "$accent"))
    parts.append(figures)
    ago_text = span_text((now - group.last).total_seconds())
    seen = f"first {group.first:%d %b %H:%M:%S} · last {group.last:%H:%M:%S}, {ago_text} ago"
    parts.append(Content.styled(seen, "$muted"))
    parts += _said(group, now, hints=hints)
    return Content("\n").join(parts)


def _said(group: GroupView, now: datetime, *, hints: bool) -> Iterable[Content]:
    """What was said of it."""
    ack, again = group.ack, " — A again" if hints else ""
    if group.standing == "stopped":
        lists = f" — {key_of('global.overlays')} lists them" if hints else ""
        yield Content.styled(f"✓ known: it is refused by a stop{lists}", "$muted")
        return
    if group.kind == "hold" and group.standing == "open":
        opens = f" — {key_of('global.open-cases')} opens Cases" if hints else ""
        yield Content.styled(f"◷ not refused: it waits for people{opens}", "$hold")
        return
    if ack is None:
        press = " — A says that it is known" if hints else ""
        yield Content.styled(f"○ nobody has acknowledged it{press}", "$accent")
        return
    by = f"{who(ack)}{'' if ack.by else ' here (unsigned)'}"
    if group.standing == "acknowledged":
        until = f"{ack.until:%d %b %H:%M}, {span_text((ack.until - now).total_seconds())} left"
        yield Content.styled(f"✓ acknowledged by {by} until {until}", "$allow")
    elif group.standing == "grew":
        grown = f"acknowledged at {ack.rate:,} a minute; it grew to {ack.bound:,} or more{again}"
        yield Content.styled(f"↑ grew: {by} {grown}", "$deny bold")
    else:
        yield Content.styled(f"◌ over: {by} had acknowledged it until {ack.until:%d %b %H:%M}{again}", "$hold")
    yield Content.styled(f"  “{one_line(ack.why)}”", "$ink")


def storm_word(storm: Storm) -> str:
    """For the top bar of every screen."""
    return f"▲ storm {number(storm.rate, RATE)}/min"


def storm_text(storm: Storm, width: int, key: str) -> str:
    """What the bar says while refusals come thick; ``key`` shows the groups (empty: they are shown)."""
    press = f" — {key}" if key else ""
    of = f"{storm.groups:,} of " if storm.of > storm.groups else ""
    many = f"{of}{plural(max(storm.of, storm.groups), 'group')}"
    rate = number(storm.rate, RATE)
    for said in (
        f"▲ storm: {rate} refusals/min in {many}{press and f'{press} shows them'}",
        f"▲ storm: {rate} refusals/min in {many}{press}",
        f"▲ storm: {rate}/min in {many}{press}",
        f"▲ storm {rate}/min{press and f'{press} groups'}",
        f"▲ storm {rate}/min{press}",
        f"▲ storm {rate}/min",
        "▲ storm",
    ):
        if len(said) <= width:
            return said
    return "▲"


def bar(view: GroupsView, width: int, *, held: bool) -> Content:
    """Where the list stands: window, how many groups, how many of refusals nobody knows of, the order. ``held``: rows
    stand in an older order, for somebody moves among them."""
    open_, refused = view.unacknowledged, len(view.groups) - view.held
    window, counted = WINDOW_WORDS.get(view.window, view.window), counting_text(view.counting)
    if not view.groups:
        said = Content.assemble((f"{window}  ", "$muted"), ("nothing refused", "$ok"), (counted, "$muted"))
        return said if said.cell_length <= width else Content.styled("nothing refused"[: max(width, 0)], "$ok")
    window = f"{window} · "
    unknown = f"{open_:,} unacknowledged" if open_ else "all acknowledged"
    if open_ and open_ == refused:
        unknown = "none acknowledged" if open_ > 1 else "not acknowledged"
    many, short = f"{plural(refused, 'group')} of refusals, ", f"{plural(refused, 'group')}, "
    if not refused:
        many, short, unknown = "", "", "nothing refused"
    also = f" · {view.held:,} held" if view.held else ""
    order, brief = order_words(ORDER_WORDS.get(view.order, view.order), held=held)
    whole = order if held else f"{order}{_at_the_end(view)}"
    waits = f"  {brief}" if held else ""
    sides = (
        (f"{window}{many}", also, f"  {whole}{counted}"),
        (f"{window}{short}", also, f"  {whole}{counted}"),
        (f"{window}{short}", also, f"  {brief}{counted}"),
        (f"{window}{many}", also, f"  {whole}"),
        (f"{window}{short}", also, f"  {whole}"),
        (f"{window}{short}", also, f"  {brief}"),
        (f"{window}{short}", also, waits),
        (f"{window}{short}", "", waits),
        (short, also, waits),
        (short, "", waits),
        ("", "", waits),
        ("", "", ""),
    )
    for first, second, third in sides:
        line = Content.assemble(
            (first, "$muted"), (unknown, "$hold bold" if open_ else "$ok"), (second, "$muted"),
            (third, "$hold" if held else "$muted"),
        )  # fmt: skip
        if line.cell_length <= width:
            return line
    return Content("")


def _at_the_end(view: GroupsView) -> str:
    """Which rows stand last whatever the order is: refusals that nobody knows of come first."""
    refused = len(view.groups) - view.held
    named = (("held", view.held), ("known", refused - view.unacknowledged))
    last = " and ".join(word for word, many in named if many)
    return f", {last} last" if last and view.unacknowledged else ""


def order_words(order: str, *, held: bool) -> tuple[str, str]:
    """The order in plain words, long and short; ``held``: it waits until nobody moves."""
    return ("rows keep their places while you move", "new order waits") if held else (order, order)


def counting_text(counting: Counting) -> str:
    """What is not counted yet, or was left out."""
    if counting.left:
        return f" · counting, {number(counting.left, 5)} left"
    return f" · {number(counting.dropped, 6)} more dropped" if counting.dropped else ""
