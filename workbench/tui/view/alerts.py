"""What everybody at a screen must know at once: stops, brakes and norms in force, a seal, a clock that stands. Pure.

One line (two where a seal and overlays come together) for the top of every screen. Each is a glyph, a word and a
colour; countdowns are by the service's time, which is handed in. Imports Textual's text type and the service's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len
from textual.content import Content

from workbench.tui.actions import key_of
from workbench.tui.view.plain import one_line
from workbench.tui.view.spans import name_of, span_text

if TYPE_CHECKING:
    from workbench.service.governing_views import OverlayView
    from workbench.service.views import Status

Kind = Literal["sealed", "frozen", "stop", "brake", "norm"]

SIGNS: dict[Kind, tuple[str, str, str]] = {
    "sealed": ("✗", "SEALED", "$deny"),
    "frozen": ("◷", "CLOCK FROZEN", "$hold"),
    "stop": ("■", "STOP", "$deny"),
    "brake": ("▼", "BRAKE", "$hold"),
    "norm": ("§", "NORM", "$accent"),
}
"""Glyph, word and colour of each kind, the gravest first."""

ORDER: tuple[Kind, ...] = tuple(SIGNS)
URGENT = ("sealed", "frozen")
LEAST_WHAT = 12  # cells that are left for what an overlay does before who placed it is dropped


@dataclass(frozen=True, slots=True)
class Alert:
    """One of them. ``until`` is ``None`` for what has no end of its own; ``by`` and ``why`` may be empty."""

    kind: Kind
    what: str
    until: datetime | None = None
    by: str = ""
    why: str = ""


def alerts_of(status: Status) -> tuple[Alert, ...]:
    """What is to be shown for ``status``, the gravest first, and among equals what ends first."""
    found: list[Alert] = []
    if status.sealed:
        found.append(Alert("sealed", "everything is denied until a signer acknowledges"))
    if status.frozen_since is not None:
        found.append(Alert("frozen", f"timelocks stand still since {status.frozen_since:%H:%M:%S} UTC"))
    standing = [alert_of(overlay) for overlay in status.overlays]
    far = max((alert.until for alert in standing if alert.until is not None), default=status.now)
    found += sorted(standing, key=lambda alert: (ORDER.index(alert.kind), alert.until or far))
    return tuple(found)


def alert_of(overlay: OverlayView) -> Alert:
    """An overlay in force."""
    by = name_of(overlay.placed_by) if overlay.signed else ""
    return Alert(overlay.kind, what_of(overlay), overlay.expires_at, by, one_line(overlay.why))


def what_of(overlay: OverlayView) -> str:
    """What an overlay does, for people: ``agent nora``, ``every decision``, the words of a norm."""
    what = one_line(overlay.what)
    if overlay.kind != "stop" or overlay.doubt:
        return what
    target, _, name = what.partition(" ")
    return f"{target} {name_of(name)}" if '::"' in name else what


def left(alert: Alert, now: datetime) -> str:
    """The countdown in words; empty where it does not end by itself."""
    return span_text((alert.until - now).total_seconds()) if alert.until is not None else ""


def alert_lines(alerts: Sequence[Alert], now: datetime, width: int, most: int = 2) -> list[Content]:
    """At most ``most`` lines of ``width`` cells: what must be acknowledged, then overlays. None when all is well."""
    urgent = [alert for alert in alerts if alert.kind in URGENT]
    overlays = [alert for alert in alerts if alert.kind not in URGENT]
    if urgent and overlays and most < 2:
        return [_urgent(urgent, width, also=_chip(overlays))]
    lines = [_urgent(urgent, width)] if urgent else []
    if len(overlays) == 1:
        lines.append(_one(overlays[0], now, width))
    elif overlays:
        lines.append(_several(overlays, now, width))
    return lines


def sign(kind: Kind) -> Content:
    """Glyph and word on the kind's colour."""
    glyph, word, colour = SIGNS[kind]
    return Content.styled(f" {glyph} {word} ", f"$background on {colour} bold")


def cut(text: str, width: int) -> str:
    """``text`` on at most ``width`` cells."""
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 1:
        text = text[:-1]
    return text + "…" if width > 0 else ""


def _urgent(alerts: Sequence[Alert], width: int, also: Content | None = None) -> Content:
    chips = [sign(alert.kind) for alert in alerts] + ([also] if also is not None else [])
    said = alerts[0].what  # the other one's sign says enough beside it
    key = key_of("global.acknowledge")
    hints = (f"{key} or `workbench acknowledge`", f"{key} acknowledges", key)
    return _fitted(Content(" ").join(chips), said, "", hints, width)


def _one(alert: Alert, now: datetime, width: int) -> Content:
    """One overlay: its countdown always stays; what it does is cut last, after the reason and who placed it."""
    waits = left(alert, now)
    chip = sign(alert.kind)
    room = width - chip.cell_length - 1
    key = key_of("global.overlays")
    lifts = f"{key} lifts"
    for by, why, hint in ((1, 1, lifts), (1, 0, lifts), (1, 0, key), (0, 0, key), (0, 0, "")):
        ends = [part for part in (f"{waits} left" if waits else "", alert.by if by else "") if part]
        if why and alert.why:
            ends.append(f"“{cut(alert.why, max(room // 3, 12))}”")
        tail = "".join(f" · {part}" for part in ends)
        free = room - cell_len(tail) - (cell_len(hint) + 3 if hint else 0)
        if free >= min(cell_len(alert.what), LEAST_WHAT if not why else cell_len(alert.what)):
            return _fitted(chip, alert.what, tail, (hint,), width)
    return _fitted(chip, alert.what, f" · {waits}" if waits else "", ("",), width)


def _several(alerts: Sequence[Alert], now: datetime, width: int) -> Content:
    """Many overlays: how many, then as many of them as fit, whole."""
    chip = _chip(alerts)
    items = []
    for alert in alerts:
        waits = left(alert, now)
        items.append(f"{SIGNS[alert.kind][1]} {cut(alert.what, 28)}" + (f" {waits}" if waits else ""))
    key = key_of("global.overlays")
    room = width - chip.cell_length - 1 - len(f"  {key} lists ")
    for count in range(len(items), 0, -1):
        more = f" · {len(items) - count} more" if count < len(items) else ""
        said = " · ".join(items[:count]) + more
        if cell_len(said) <= room or count == 1:
            return _fitted(chip, said, "", (f"{key} lists", key, ""), width)
    return chip


def _chip(alerts: Sequence[Alert]) -> Content:
    glyph, word, colour = SIGNS[alerts[0].kind]
    said = word if len(alerts) == 1 else f"{len(alerts)} overlays"
    return Content.styled(f" {glyph} {said} ", f"$background on {colour} bold")


def _fitted(chip: Content, said: str, tail: str, hints: Sequence[str], width: int) -> Content:
    """The chip, what is said, its tail, and at the right the longest hint that leaves it whole, else the shortest."""
    room = width - chip.cell_length - 1
    for hint in hints:
        free = room - cell_len(tail) - (cell_len(hint) + 3 if hint else 0)
        if free >= cell_len(said):
            break
    shown = cut(said, max(free, 0))
    line = Content.assemble(chip, " ", (shown, "$ink bold"), (tail, "$ink"))
    if not hint:
        return line.truncate(width) if line.cell_length > width else line
    key, space, rest = hint.partition(" ")
    right = Content.assemble((key, "$accent bold"), (f"{space}{rest} ", "$muted"))
    gap = width - line.cell_length - right.cell_length
    return Content.assemble(line, " " * gap, right) if gap >= 1 else line.truncate(width)
