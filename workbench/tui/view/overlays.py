"""What is said of overlays: as rows, one in full, and what a stop is about to do. Pure.

Everything that people and agents wrote is data and passes ``view.plain``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from textual.content import Content

from workbench.service.governing_views import OverlayView
from workbench.service.views import KeyView
from workbench.tui.lexers.cedar import lex
from workbench.tui.view.alerts import ORDER, SIGNS, alert_of, left, what_of
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, plural, stack, text
from workbench.tui.view.sign import stamp
from workbench.tui.view.spans import name_of
from workbench.tui.view.table import Cell, Column, Row

CONFIRM_NAME = "the overlay's id"
DURATIONS = (("15 minutes", 900), ("1 hour", 3_600), ("4 hours", 14_400), ("1 day", 86_400))
TARGETS = (("an agent", "agent"), ("an action", "action"), ("every decision", "all"))
COLUMNS = (Column("", 8), Column("what"), Column("left", 12), Column("by", 10, drop_below=56))
_ROLES = {"stop": "deny", "brake": "hold", "norm": "accent"}
_WHO_LIFTS = {
    "stop": "who placed it, or a supervisor, lifts it",
    "brake": "any two signers lift it",
    "norm": "an operator lifts it",
}


def ordered(overlays: Sequence[OverlayView]) -> list[OverlayView]:
    """The gravest kind first, and of each what ends first: as the line on every screen names them."""
    endless = datetime.max.replace(tzinfo=UTC)
    return sorted(overlays, key=lambda each: (ORDER.index(each.kind), each.expires_at or endless, each.event))


def rows(overlays: Sequence[OverlayView], now: datetime) -> list[Row]:
    """Overlays as rows, as they come. ``now`` is the service's time."""
    return [Row(overlay.id, _cells(overlay, now)) for overlay in overlays]


def detail(overlay: OverlayView, now: datetime) -> Content:
    """One overlay in full."""
    alert = alert_of(overlay)
    glyph, word, colour = SIGNS[overlay.kind]
    ends = f"{left(alert, now)} left, until {stamp(overlay.expires_at)}" if overlay.expires_at else "until it is lifted"
    by = " and ".join(name_of(person) for person in overlay.signers) or "nobody signed it"
    return stack(
        Content.assemble((f"{glyph} {word}  ", f"{colour} bold"), text(what_of(overlay), "$ink bold")),
        text(f"✗ {overlay.doubt}", "$deny bold") if overlay.doubt else None,
        text(f"“{one_line(overlay.why)}”", "$accent") if overlay.why and not overlay.doubt else None,
        Content.assemble(("signed by  ", "$muted"), text(by), (f"  {stamp(overlay.placed_at)}", "$muted")),
        Content.assemble(("in force   ", "$muted"), (ends, "$ink")),
        Content.assemble(("id         ", "$muted"), id_parts(overlay.id)),
        stack(label("FORBIDS"), code(overlay.cedar_plus, lex)) if overlay.cedar_plus else None,
        stack(label("TAKES AWAY"), *(text(rule) for rule in overlay.without)) if overlay.without else None,
        _replaced(overlay),
        text(f"{_WHO_LIFTS[overlay.kind].capitalize()}.", "$muted"),
    )


def _replaced(overlay: OverlayView) -> Content | None:
    """What a brake puts in the place of which rules, and what is known of that."""
    if not overlay.replaces:
        return None
    return stack(
        label("IN PLACE OF"),
        *(text(rule) for rule in overlay.replaces),
        code(overlay.instead, lex),
        text("✓ proved to tighten when it was taken in; it can only forbid, whatever was proved", "$muted"),
    )


def id_parts(overlay_id: str) -> Content:
    """An id, its last six characters standing out: they are what is typed."""
    shown = one_line(overlay_id)
    return Content.assemble((shown[:-6], "$muted"), (shown[-6:], "$accent bold underline"))


def lifting(overlay: OverlayView, now: datetime) -> Content:
    """What lifting it means, above the rows of the window."""
    alert = alert_of(overlay)
    waits = left(alert, now)
    return stack(
        Content.assemble(
            (f"{SIGNS[overlay.kind][1]} ", f"{SIGNS[overlay.kind][2]} bold"), text(what_of(overlay), "$ink bold")
        ),
        text(f"“{one_line(overlay.why)}”", "$accent") if overlay.why else None,
        Content.assemble(
            ("placed by ", "$muted"),
            text(" and ".join(name_of(person) for person in overlay.signers) or "nobody"),
            (f", {waits} left" if waits else "", "$muted"),
        ),
        Content.assemble(("id ", "$muted"), id_parts(overlay.id)),
        text(_WHO_LIFTS[overlay.kind].capitalize() + ".", "$muted"),
    )


def may_lift(overlay: OverlayView, key: KeyView) -> bool:
    """Whether the key's person is one of those who lift this kind; the service has the last word."""
    if overlay.kind == "stop":
        return key.principal in overlay.signers or key.role == "supervisor"
    return overlay.kind == "brake" or key.role == "operator"


def stopped_said(overlay: OverlayView) -> str:
    """After a stop: what is stopped until when, and what became of open grants."""
    until = f" until {overlay.expires_at:%H:%M:%S} UTC" if overlay.expires_at else ""
    void = f"; {plural(overlay.voided, 'grant')} void" if overlay.voided else ""
    return f"{what_of(overlay)}{until}{void}"


def lifted_said(overlay: OverlayView) -> str:
    """After a lifting."""
    return f"{SIGNS[overlay.kind][1]} {what_of(overlay)} acts no more"


def _cells(overlay: OverlayView, now: datetime) -> tuple[Cell, ...]:
    glyph, word, _ = SIGNS[overlay.kind]
    waits = left(alert_of(overlay), now)
    return (
        Cell(f"{glyph} {word}", "error" if overlay.doubt else _ROLES[overlay.kind]),
        Cell(what_of(overlay), "strong"),
        Cell(waits or "no end"),
        Cell(name_of(overlay.placed_by) if overlay.signed else "nobody", "muted"),
    )
