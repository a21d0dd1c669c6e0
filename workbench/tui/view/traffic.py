"""What the Overview says of traffic: how many decisions, how they came out, whom they refused and by which rules. Pure.

Names of agents and rules are data: they pass ``view.plain``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from workbench.tui.view.charts import STROKES, area, bar, mixed, trailing
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.events import MOST_CELLS, cells_of, fitted, missing_rule, verdict
from workbench.tui.view.prose import plural
from workbench.tui.view.signs import agent_sign

if TYPE_CHECKING:
    from workbench.service.pulse_views import Pulse, Share
    from workbench.service.views import Bucket

WINDOWS: Mapping[str, float] = {"5 min": 300.0, "1 h": 3600.0, "24 h": 86_400.0}
"""What ``W`` goes through: a name, and seconds."""
UNITS: Mapping[str, tuple[float, str]] = {"24 h": (3600.0, "h")}
"""The time that a window's rates are said per, in seconds; a minute where it is not here. It follows the window and
never the rate: a figure whose unit jumps cannot be compared with the one that stood there a moment ago."""
DEFAULT_WINDOW = "5 min"
STEADY = 5.0  # seconds that the chart is a mean over: agents come in beats, and a comb is hard to read
RECENT = 60.0  # seconds that "now" is measured over: what is said per minute is what the last one had
TELLING_CELLS = 12  # of a line from which a single cell for what is rare says no lie
LEAST_BAR = 4  # cells of a line beside a long name
AXIS_FROM = 9  # lines from which the chart says what it spans


class Outcome(NamedTuple):
    """One way of coming out: the word a filter knows it by, and its decisions slice by slice."""

    name: str
    violation: bool
    values: tuple[int, ...]

    @property
    def word(self) -> str:
        """What it is called, and its stroke in :data:`STROKES`."""
        return "violation" if self.violation else self.name

    @property
    def style(self) -> str:
        """Its colour."""
        return "$deny bold" if self.violation else f"${self.name}"


def next_window(current: str, step: int = 1) -> str:
    """The window after ``current``."""
    names = list(WINDOWS)
    return names[(names.index(current) + step) % len(names)] if current in names else DEFAULT_WINDOW


def outcomes(buckets: Sequence[Bucket]) -> tuple[Outcome, ...]:
    """The four ways, each decision in one of them."""
    return (
        Outcome("allow", False, tuple(each.allow for each in buckets)),
        Outcome("hold", False, tuple(each.hold for each in buckets)),
        Outcome("deny", False, tuple(max(each.deny - each.violations, 0) for each in buckets)),
        Outcome("deny", True, tuple(each.violations for each in buckets)),
    )


def traffic(pulse: Pulse | None, window: str, width: int, height: int, ever: int = 1) -> Content:
    """Rate, a chart, and the four outcomes of the window on ``height`` lines; the chart takes what is left.

    ``ever``: how many decisions there are at all.
    """
    if pulse is None:
        return Content.styled("counting …", "$muted")
    totals = [each.allow + each.deny + each.hold for each in pulse.buckets]
    everything = sum(totals)
    lines = [_head(pulse, totals, window, width)]
    rows = min(4, max(height - 2, 0))
    room = height - 1 - rows
    axis = height >= AXIS_FROM
    if everything:
        drawn = area(_steady(pulse, totals), width, max(room - axis, 1))
        lines += [Content.styled(line, "$primary") for line in drawn]
    else:
        lines += _nothing(window, width, max(room - axis, 1), ever)
    if axis:
        lines.append(_axis(window, _peak(pulse, totals), width))
    lines += [_outcome(each, max(everything, 1), width) for each in outcomes(pulse.buckets)[:rows]]
    return Content("\n").join(lines[: max(height, 1)])


def per_time(rate: float, window: str) -> str:
    """A rate per second in the unit of the window."""
    size, name = UNITS.get(window, (60.0, "min"))
    said = rate * size
    return f"{said:.1f}/{name}" if 0 < said < 9.95 and abs(said - round(said)) > 0.01 else f"{said:,.0f}/{name}"


def rate_now(pulse: Pulse) -> float:
    """Decisions per second within the last minute; over a coarser window, on average within it."""
    totals = [each.allow + each.deny + each.hold for each in pulse.buckets]
    slices = max(round(RECENT / pulse.slice_seconds), 1) if pulse.slice_seconds <= RECENT else len(totals)
    seconds = slices * pulse.slice_seconds
    return sum(totals[-slices:]) / seconds if seconds else 0.0


def _head(pulse: Pulse, totals: Sequence[int], window: str, width: int) -> Content:
    fine = pulse.slice_seconds <= RECENT
    said = Content.assemble(
        (per_time(rate_now(pulse), window), "$ink bold"), (" now" if fine else " on average", "$muted")
    )
    total = Content.styled(f"  ·  {plural(sum(totals), 'decision')}", "$muted")
    tabs = windows_line(window)
    for left in (Content.assemble(said, total), said, said[: said.plain.index(" ")]):
        gap = width - left.cell_length - tabs.cell_length
        if gap >= 1:
            return Content.assemble(left, " " * gap, tabs)
    return said.truncate(max(width, 1))


def windows_line(active: str) -> Content:
    """The windows, clickable; the active one stands out."""
    made = []
    for name in WINDOWS:
        shown = Content.styled(f" {name} ", CHOSEN_VIEW if name == active else "$muted")
        made.append(shown.stylize(clickable(f"window('{name}')")))
    return Content("").join(made)


def _peak(pulse: Pulse, totals: Sequence[int]) -> float:
    """The highest rate per second that the chart shows."""
    return max(_steady(pulse, totals), default=0) / pulse.slice_seconds if pulse.slice_seconds else 0.0


def _steady(pulse: Pulse, totals: Sequence[int]) -> list[float]:
    return trailing(totals, max(round(STEADY / pulse.slice_seconds), 1) if pulse.slice_seconds else 1)


def _axis(window: str, highest: float, width: int) -> Content:
    left, right = f"{window} ago", "now"
    peak = f"peak {per_time(highest, window)}" if highest else ""
    gap = width - len(left) - len(right)
    middle = peak.center(gap) if gap > len(peak) + 2 else " " * max(gap, 1)
    return Content.styled(f"{left}{middle}{right}", "$muted")


def _nothing(window: str, width: int, height: int, ever: int) -> list[Content]:
    """Why the chart is empty, in its place."""
    said = [f"no decision in the last {window}" if ever else "no decision yet"]
    fits = [line for line in said if len(line) <= width][:height]
    above = (height - len(fits)) // 2
    lines = [*[""] * above, *(line.center(width).rstrip() for line in fits)]
    return [Content.styled(line, "$muted") for line in (lines + [""] * height)[:height]]


def _outcome(shown: Outcome, everything: int, width: int) -> Content:
    said = verdict(shown.name, shown.violation)
    count = sum(shown.values)
    share = count / everything
    left = Content.assemble(
        (f"{said.glyph} {said.word:10}", shown.style), (f"{count:>7,}", "$ink"), (f" {share:>4.0%} ", "$muted")
    )
    room = width - left.cell_length - 1
    split = min(room // 2, 40)
    line = left
    if room >= 8:
        drawn = area(shown.values, room - split, 1)[0]
        stroke = STROKES[shown.word]
        line = Content.assemble(
            left, " ", (bar(share, max(split - 1, 0), stroke), shown.style), " ", (drawn, shown.style)
        )
    return line.stylize(clickable(f"outcome('{shown.word}')"))


# ---- who and by which rule -------------------------------------------------------------------------------------------


class Columns(NamedTuple):
    """Cells of the names and of the numbers beside the bars, as wide as what stands there; 0 where nothing does."""

    name: int = 0
    total: int = 0
    violation: int = 0
    deny: int = 0
    hold: int = 0


def tallied(shares: Sequence[Share], *, total: bool) -> Columns:
    """The columns for ``shares``; what they do not need, the bars have. ``total``: with all decisions before them."""

    def widest(counts: Iterable[int]) -> int:
        return max((len(short(count)) for count in counts if count), default=0)

    return Columns(
        max((cells_of(_named(share)) for share in shares), default=0),
        widest(share.total for share in shares) if total else 0,
        widest(share.violations for share in shares),
        widest(share.deny - share.violations for share in shares),
        widest(share.hold for share in shares),
    )


def agent_line(share: Share, most: int, columns: Columns, width: int) -> Content:
    """An agent with its decisions as a line, as long as its part of the agent that has ``most``, and what was refused
    in numbers.
    """
    colour, glyph = agent_sign(share.name)
    name = min(columns.name, max(width // 4, 8), 18)
    told = _told(share, columns)
    room = width - name - 2 - told.cell_length - 3
    drawn = _strokes(share, share.total / max(most, 1), room)
    return Content.assemble((f" {glyph} {fitted(share.name, name)}", f"$agent-{colour}"), " ", drawn, told)


def rule_line(share: Share, most: int, columns: Columns, width: int) -> Content:
    """A rule with how often it denied or held; the line is as long as its part of the rule that did so most.

    A name has the cells of the line but a few, before it is cut: the numbers say the same as the line does.
    """
    told = _told(share, columns)
    name = min(columns.name, max(width - told.cell_length - 3 - LEAST_BAR, width // 2, 12), MOST_CELLS)
    room = width - name - told.cell_length - 3
    drawn = _strokes(replace(share, allow=0), share.refused / max(most, 1), room)
    return Content.assemble((f" {fitted(_named(share), name)}", "$ink"), " ", drawn, told)


def _named(share: Share) -> str:
    return share.name or missing_rule("not_permitted")


def _told(share: Share, columns: Columns) -> Content:
    """Violations, other denials and holds, in columns; all of them before that."""
    return Content.assemble(
        (f" {short(share.total):>{columns.total}}" if columns.total else "", "$muted"),
        _counted("▲", share.violations, columns.violation, "$deny bold"),
        _counted("✗", share.deny - share.violations, columns.deny, "$deny"),
        _counted("◷", share.hold, columns.hold, "$hold"),
    )


def _counted(glyph: str, count: int, width: int, style: str) -> tuple[str, str]:
    if not width:
        return "", style
    return (f" {glyph}{short(count):<{width}}" if count else " " * (width + 2), style)


def _strokes(share: Share, length: float, width: int) -> Content:
    """A line of ``length`` (0 to 1) of ``width`` cells: how many, and by its strokes and colours how they came out.

    Beside it they stand in numbers: on a short line an outcome of less than half a cell is told by them alone, for a
    cell of five would say a fifth.
    """
    if width < 4:
        return Content(" " * max(width, 0))
    counts = {
        "allow": share.allow, "hold": share.hold, "deny": share.deny - share.violations, "violation": share.violations
    }  # fmt: skip
    total = sum(counts.values())
    cells = max(round(min(length, 1.0) * width), 1 if total else 0)
    if cells < TELLING_CELLS:
        most = max(counts.values())
        counts = {kind: count for kind, count in counts.items() if count == most or count * cells * 2 >= total}
    styles = {"violation": "$deny bold"}
    drawn = [(text, styles.get(kind, f"${kind}")) for kind, text in mixed(counts, cells)]
    return Content.assemble(*drawn, " " * (width - sum(len(text) for text, _ in drawn)))


def short(count: int) -> str:
    """A count on at most four cells: ``999``, ``12k``, ``3.4M``."""
    for size, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            value = count / size
            return f"{value:.1f}{name}" if value < 9.95 else f"{min(value, 999):.0f}{name}"
    return f"{count}"


def heading(what: str, count: int, window: str) -> Content:
    """The line above agents or rules."""
    return Content.assemble((f" {what}", "$muted bold"), (f"  {count:,}", "$ink"), (f" in the last {window}", "$muted"))


def quiet(window: str) -> str:
    """What is said where nobody was refused."""
    return f" Nobody acted in the last {window}."
