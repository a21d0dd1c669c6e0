"""One decision as a row of the feed: columns for a width, words and glyphs, stable signs of agents. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from workbench.tui.view.plain import one_line
from workbench.tui.view.severity import lead
from workbench.tui.view.signs import agent_sign

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.service.views import EventRow

FIELD_LIMIT = 400  # code points of a field that are looked at; the rest is not drawn


class Column(NamedTuple):
    """A column: the field it shows, its head, where it starts and how many cells it has."""

    field: str
    head: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome for people: ``kind`` names its colour (``allow``, ``deny``, ``hold``, ``violation``)."""

    kind: Literal["allow", "deny", "hold", "violation"]
    glyph: str
    word: str


_VERDICTS = {
    "allow": Verdict("allow", "✓", "allow"),
    "deny": Verdict("deny", "✗", "deny"),
    "hold": Verdict("hold", "◷", "hold"),
}
_VIOLATION = Verdict("violation", "▲", "violation")


def verdict(outcome: str, violation: bool) -> Verdict:
    """Glyph and word of an outcome; a deny by a satisfied forbid (or a rule's error) is a violation."""
    return _VIOLATION if violation else _VERDICTS[outcome]


def columns(width: int) -> tuple[Column, ...]:
    """The columns for ``width`` cells, decided rather than cut: what a person needs first stays longest.

    The first cell is the cursor's. Under 50 cells: glyph, agent, action. Under 72 the outcome is its glyph and the
    resource goes; from 72 on everything is there; from 110 on rule and resource get room.
    """
    if width < 50:
        rest = max(width - 3, 2)
        agent = max(rest // 2 - 1, 1)
        return _placed(("glyph", "", 1), ("agent", "agent", agent), ("action", "action", max(rest - agent - 1, 1)))
    if width < 72:
        rest = width - 1 - 8 - 1 - 1 - 1
        agent = rest // 3
        action = rest // 3
        return _placed(
            ("time", "time", 8),
            ("glyph", "", 1),
            ("agent", "agent", agent),
            ("action", "action", action - 1),
            ("rule", "rule", rest - agent - action - 1),
        )
    if width < 110:
        rest = width - 1 - 8 - 1 - 11 - 1 - 3
        more = rest - 54
        agent, action, resource = 11 + int(more / 6), 14 + int(more / 5), 8 + int(more / 6)
    else:
        rest = width - 1 - 8 - 1 - 11 - 1 - 3
        agent, action, resource = 16 + (rest - 86) // 12, 18 + (rest - 86) // 8, 14 + (rest - 86) // 8
    return _placed(
        ("time", "time", 8),
        ("outcome", "outcome", 11),
        ("agent", "agent", agent),
        ("action", "action", action),
        ("resource", "resource", resource),
        ("rule", "rule", rest - agent - action - resource),
    )


def _placed(*wanted: tuple[str, str, int]) -> tuple[Column, ...]:
    start, placed = 1, []
    for field, head, width in wanted:
        placed.append(Column(field, head, start, width))
        start += width + 1
    return tuple(placed)


def seen_at(row: EventRow) -> datetime:
    """The time that a list shows: when it was decided, since that is its order and what a watcher's clock says. When
    the action happened, which a recording may put anywhere, stands with the decision itself."""
    return row.recorded_at or row.at


def fitted(text: str, width: int) -> str:
    """``text`` on exactly ``width`` cells: controls made visible, an ellipsis where it was longer."""
    shown = one_line(text[:FIELD_LIMIT])
    if cell_len(shown) <= width and len(text) <= FIELD_LIMIT:
        return set_cell_size(shown, width)
    return set_cell_size(shown, width - 1) + "…" if width > 0 else ""


def cells(row: EventRow, layout: tuple[Column, ...]) -> list[tuple[str, str]]:
    """The row's columns as ``(style kind, text)``, each text exactly as wide as its column and the gap before it. How
    grave a violation is stands before its rule, as a text of its own."""
    said = verdict(row.outcome, row.violation)
    colour, glyph = agent_sign(row.agent)
    shown: list[tuple[str, str]] = []
    for column in layout:
        match column.field:
            case "time":
                kind, text = "time", f"{seen_at(row):%H:%M:%S}"
            case "outcome":
                kind, text = said.kind, f"{said.glyph} {said.word}"
            case "glyph":
                kind, text = said.kind, said.glyph
            case "agent":
                kind, text = f"agent-{colour}", f"{glyph} {row.agent}"
            case "action":
                kind, text = "action", row.verb or row.action
            case "resource":
                kind, text = "resource", row.resource
            case _:
                grave = lead(row.severity, column.width)
                if grave:
                    shown.append((f"severity-{row.severity}", f" {grave}"))
                    shown.append(("rule", fitted(rule_word(row), column.width - cell_len(grave))))
                    continue
                kind, text = "rule", rule_word(row)
        shown.append((kind, " " + fitted(text, column.width)))
    shown[0] = (shown[0][0], shown[0][1][1:])  # the cursor's cell is the first gap
    return shown


def rule_word(row: EventRow) -> str:
    """The rule column: what decided. A stop is called by its name, not by the prefix that decisions give it."""
    if row.code == "stopped":
        return f"■ stopped {row.rule.removeprefix('stop:')}".rstrip()
    return row.rule or missing_rule(row.code)


def missing_rule(code: str) -> str:
    """What stands in the rule column where no rule decided."""
    return {
        "not_permitted": "no permit applied",
        "invalid_request": "request not valid",
        "sealed": "✗ sealed",
    }.get(code, "—")


def heads(layout: tuple[Column, ...]) -> str:
    """The header line."""
    line = ""
    for column in layout:
        line += " " * (column.start - len(line)) + column.head[: column.width].ljust(column.width)
    return line


def follow_text(following: bool, cursor: int, total: int, room: int = 200, key: str = "G") -> str:
    """Where the list stands, in as many words as ``room`` cells have. ``cursor`` counts from 0; ``key`` follows."""
    if not total:
        forms = ["waiting for the first decision", "waiting", "…"]
    elif following:
        forms = [f"FOLLOWING · {total:,}", "FOLLOWING", "▼"]
    else:
        here, of = f"{cursor + 1:,}", f"{total:,}"
        forms = [
            f"PAUSED at {here} of {of} — {key} follows",
            f"PAUSED at {here} of {of} — {key}",
            f"PAUSED {here}/{of} — {key}",
            f"PAUSED — {key} follows",
            f"PAUSED — {key}",
            "PAUSED",
        ]
    return next((form for form in forms if cell_len(form) <= room), forms[-1])


EXPORTED = (
    "number", "recorded_at", "happened_at", "outcome", "violation", "severity", "agent", "action", "resource", "rule",
    "code", "version",
)  # fmt: skip
"""The columns of exported decisions."""


def exported(row: EventRow) -> tuple[object, ...]:
    """A decision as cells of :data:`EXPORTED`."""
    return (
        row.seq, seen_at(row), row.at, row.outcome, row.violation, row.severity, row.agent, row.verb or row.action,
        row.resource, row.rule, row.code, row.version,
    )  # fmt: skip
