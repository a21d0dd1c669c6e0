"""One decision as a row of the feed: columns for a width, words and glyphs, stable signs of agents. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from workbench.tui.view.plain import one_line
from workbench.tui.view.severity import SPELLED, STEP
from workbench.tui.view.severity import column as severity_text
from workbench.tui.view.signs import agent_sign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from workbench.service.views import EventRow

GAP = 4  # cells between columns that names do not need, at most
MOST_CELLS = 40  # of a name that a column is made wider for
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


SHORT = {"violation": "viol."}  # a verdict's word where there are seven cells for glyph and word
NAMES = ("agent", "action", "resource", "rule")
_RULE_BESIDE_WORDS = 23  # cells that a rule keeps where severities are written in words
_ASKED = 24  # cells, at least, of what a request says
_FIRST = ("action", "agent", "rule", "resource")  # of those who lack as many cells, who gets what others do not need


def columns(
    width: int, needs: Mapping[str, int] | None = None, *, agent: bool = True, alike: bool = False
) -> tuple[Column, ...]:
    """The columns for ``width`` cells, decided rather than cut: what a person needs first stays longest.

    The first cell is the cursor's. Outcome, agent and action stay to the end, the outcome as a word from 36 cells on;
    from 50 on there is the time, from 60 on the rule, from 72 on everything, from 110 on with room. ``needs``: cells of
    the longest names; what a column does not need goes to those that need more. ``agent``: false where all are of one,
    whose twelve cells the others have. How grave a violation is stands before the rule, in a column of its own so that
    rules stand in a line: in words where no name is cut for them; none while ``needs`` has no ``severity``. What is
    left beside the longest rule shows what else the request says, if it is enough to read and ``needs`` has ``asked``.
    ``alike``: all rows came out as the list's title says, so that the sign is enough before a name is cut.
    """
    room = width if agent else width + 12
    said = ("outcome", "outcome", 11) if room >= 72 else ("short", "", 7) if room >= 36 else ("glyph", "", 1)
    fixed = [("time", "time", 8), said] if room >= 50 else [said]
    names = [name for name in NAMES if name != "agent" or agent]
    names = [name for name in names if (name != "rule" or room >= 60) and (name != "resource" or room >= 72)]
    graves = (SPELLED, STEP) if "rule" in names and needs and needs.get("severity") else (0,)
    for grave in graves:
        sizes = _sizes(width, [*fixed, *_severity(grave)], names, needs)
        if sizes[names[-1]] >= _RULE_BESIDE_WORDS and not _cut(sizes, names, needs):
            break
    if said[0] == "outcome" and _cut(sizes, names, needs):
        fixed[-1] = ("short", "", 7)  # the shorter word, before a name is cut
        sizes = _sizes(width, [*fixed, *_severity(grave)], names, needs)
    if alike and _cut(sizes, names, needs):
        fixed[-1] = ("glyph", "", 1)
        sizes = _sizes(width, [*fixed, *_severity(grave)], names, needs)
    asked = _beside_rule(sizes, needs)
    placed = [(name, name, sizes[name]) for name in names]
    return _placed(*fixed, *placed[:-1], *_severity(grave), *placed[-1:], *asked)


def _beside_rule(sizes: dict[str, int], needs: Mapping[str, int] | None) -> list[tuple[str, str, int]]:
    """The column of what else a request says, out of the cells that no rule needs; none where they are few."""
    if not needs or not needs.get("asked") or "rule" not in sizes:
        return []
    rule = max(needs["rule"], len("rule")) + GAP
    left = sizes["rule"] - rule - 1
    if left < _ASKED:
        return []
    sizes["rule"] = rule
    return [("asked", "request", left)]


def _severity(cells: int) -> list[tuple[str, str, int]]:
    return [("severity", "severity" if cells == SPELLED else "", cells)] if cells else []


def _cut(sizes: Mapping[str, int], names: Sequence[str], needs: Mapping[str, int] | None) -> bool:
    return needs is not None and any(needs[name] > sizes[name] for name in names)


def _sizes(
    width: int, fixed: Sequence[tuple[str, str, int]], names: Sequence[str], needs: Mapping[str, int] | None
) -> dict[str, int]:
    """The cells of the columns with names; the last one has what is left.

    Who lacks least is given first: one long name is cut rather than several short ones.
    """
    room = width - 1 - sum(size + 1 for *_, size in fixed) - (len(names) - 1)
    usual = _usual(room, names)
    if needs is None:
        return usual
    sizes = {name: min(max(needs[name], len(name)), usual[name]) for name in names}
    for name in sorted(names, key=lambda name: (max(needs[name] - sizes[name], 0), _FIRST.index(name))):
        spare = room - sum(sizes.values())
        sizes[name] += min(max(needs[name] - sizes[name], 0), max(spare, 0))
    spare = max(room - sum(sizes.values()), 0)
    for name in names[:-1]:  # a cell more between columns, where nobody needs it
        sizes[name] += min(spare // len(names), GAP)
    sizes[names[-1]] += max(room - sum(sizes.values()), 0)
    return sizes


def _usual(room: int, names: Sequence[str]) -> dict[str, int]:
    """Sizes for names as they usually are. With the rest for the last, so that the row is full."""
    more = room - 54
    if "resource" not in names:
        each = max(room // len(names), 1)
        sizes = dict.fromkeys(names, each)
    elif room < 86:
        sizes = {"agent": 11 + int(more / 6), "action": 14 + int(more / 5), "resource": 8 + int(more / 6)}
    else:
        wider = room - 86
        sizes = {"agent": 16 + wider // 12, "action": 18 + wider // 8, "resource": 14 + wider // 8}
    sizes = {name: sizes.get(name, 0) for name in names}
    sizes[names[-1]] = max(room - sum(sizes[name] for name in names[:-1]), 1)
    return sizes


def needs_of(row: EventRow) -> dict[str, int]:
    """The cells that the names of a row need, the sign of the agent included; of ``severity`` and ``asked``,
    whether it has one."""
    return {
        "agent": cells_of(row.agent) + 2,
        "action": cells_of(row.verb or row.action),
        "resource": cells_of(row.resource),
        "rule": cells_of(rule_word(row)),
        "severity": int(bool(row.severity)),
        "asked": int(bool(row.asked)),
    }


def cells_of(name: str) -> int:
    """The cells that a column is made wider for, so that the name is not cut."""
    return MOST_CELLS if len(name) > MOST_CELLS else min(cell_len(one_line(name)), MOST_CELLS)


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


def whole_parts(said: str, width: int) -> str:
    """As many of the parts between commas as have room on ``width`` cells, and ``…`` for the others; the first one
    in any case."""
    if cell_len(one_line(said)) <= width:
        return said
    parts = said.split(", ")
    for count in range(len(parts) - 1, 0, -1):
        shorter = ", ".join(parts[:count]) + ", …"
        if cell_len(one_line(shorter)) <= width:
            return shorter
    return said


def cells(row: EventRow, layout: tuple[Column, ...]) -> list[tuple[str, str]]:
    """The row's columns as ``(style kind, text)``, each text exactly as wide as its column and the gap before it."""
    said = verdict(row.outcome, row.violation)
    colour, glyph = agent_sign(row.agent)
    shown: list[tuple[str, str]] = []
    for column in layout:
        match column.field:
            case "time":
                kind, text = "time", f"{seen_at(row):%H:%M:%S}"
            case "outcome":
                kind, text = said.kind, f"{said.glyph} {said.word}"
            case "short":
                kind, text = said.kind, f"{said.glyph} {SHORT.get(said.word, said.word)}"
            case "glyph":
                kind, text = said.kind, said.glyph
            case "agent":
                kind, text = f"agent-{colour}", f"{glyph} {row.agent}"
            case "action":
                kind, text = "action", row.verb or row.action
            case "resource":
                kind, text = "resource", row.resource
            case "severity":
                kind = f"severity-{row.severity}" if row.severity else "rule"
                text = severity_text(row.severity, column.width)
            case "asked":
                kind, text = "asked", whole_parts(row.asked, column.width)
            case _:
                kind, text = "rule", rule_word(row)
        shown.append((kind, " " + fitted(text, column.width)))
    shown[0] = (shown[0][0], shown[0][1][1:])  # the cursor's cell is the first gap
    return shown


def rule_word(row: EventRow) -> str:
    """The rule column: what decided. A stop is called by who placed it, where the row has been given that."""
    if row.code == "stopped":
        return stop_word(row.rule)
    return row.rule or missing_rule(row.code)


def stop_word(name: str) -> str:
    """A stop: ``name`` is what ``norm_names`` calls it (``stop by ana``), or what decisions do (``stop:3f9a…``)."""
    return f"■ {'stop' if name.startswith('stop:') or not name else name}"


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


def follow_text(
    following: bool, cursor: int, total: int, room: int = 200, key: str = "G", *, counted: bool = False
) -> str:
    """Where the list stands, in as many words as ``room`` cells have. ``cursor`` counts from 0; ``key`` follows;
    ``counted``: how many there are is said elsewhere."""
    if not total:
        forms = ["waiting for the first decision", "waiting", "…"]
    elif following:
        forms = [*([] if counted else [f"FOLLOWING · {total:,}"]), "FOLLOWING", "▼"]
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
