"""What has a time by which it ends, as the Overview lists it: cases, proposals, stops and brakes. Pure.

Texts are data and pass ``view.plain``; countdowns are by the service's time, which is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from rich.cells import cell_len
from textual.content import Content

from workbench.tui.view.chrome import clickable
from workbench.tui.view.events import fitted
from workbench.tui.view.spans import span_text

Kind: TypeAlias = Literal["case", "takes effect", "expires", "ends"]

SIGNS: dict[Kind, tuple[str, str]] = {
    "case": ("◷", "$hold"),
    "takes effect": ("◆", "$accent"),
    "expires": ("◌", "$hold"),
    "ends": ("■", "$deny"),
}
SOON = 900.0  # seconds under which a countdown stands out


@dataclass(frozen=True, slots=True)
class Due:
    """Something that happens by itself at ``at``. ``target``: the case's id or the proposal's digest; else empty."""

    at: datetime
    kind: Kind
    what: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """What the status does not say of what waits: deadlines, the soonest first; notices that could not be sent, with
    why; groups of denials that nobody acknowledged. ``read``: how many open cases were read, where there may be more.
    """

    dues: tuple[Due, ...] = ()
    failed: tuple[str, ...] = ()
    groups: int = 0
    read: int = 0

    def first(self, kind: Kind) -> datetime | None:
        """The soonest of a kind."""
        return next((due.at for due in self.dues if due.kind == kind), None)


def left(at: datetime, now: datetime) -> str:
    """How long until ``at``: the two largest units, one from a day on; ``now`` once it has come."""
    seconds = (at - now).total_seconds()
    if seconds <= 0:
        return "now"
    said = span_text(seconds).split(" ")
    return " ".join(said[:2] if seconds >= 36 * 3600 or seconds < 60 else said)


def pane(waits: Waits | None, now: datetime, width: int, height: int, open_cases: int = 0) -> Content:
    """The soonest ends, a line each; what has no room is counted, and of the ``open_cases`` those not read as well."""
    if waits is None:
        return Content.styled("looking …", "$muted")
    if not waits.dues:
        return Content.styled("○ nothing has a deadline", "$muted")
    dues: Sequence[Due] = waits.dues
    unread = max(open_cases - waits.read, 0) if waits.read else 0
    more = len(dues) + unread - height
    if more > 0:
        dues = dues[: max(height - 1, 0)]
    lines = [_line(due, index, now, width) for index, due in enumerate(dues)]
    if more > 0:
        lines.append(Content.styled(f"… and {more + 1:,} later", "$muted"))
    return Content("\n").join(lines)


def _line(due: Due, index: int, now: datetime, width: int) -> Content:
    glyph, style = SIGNS[due.kind]
    seconds = (due.at - now).total_seconds()
    when = left(due.at, now)
    lead = Content.assemble(
        (f"{glyph} ", f"{style} bold"),
        (f"{when:>12}  ", "$hold bold" if seconds < SOON else "$ink"),
        (f"{due.kind:12}  ", "$muted"),
    )
    room = max(width - lead.cell_length, 1)
    shown = fitted(due.what, room).rstrip() if cell_len(due.what) > room else fitted(due.what, room)
    return Content.assemble(lead, (shown, "$ink")).stylize(clickable(f"due({index})"))
