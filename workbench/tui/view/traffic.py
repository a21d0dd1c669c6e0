"""What the Overview says of traffic: how many decisions, how they came out, whom they refused and by which rules. Pure.

Names of agents and rules are data: they pass ``view.plain``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from workbench.tui.view.charts import FULL, area, bar, parts, trailing
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.events import agent_sign, fitted, missing_rule, verdict
from workbench.tui.view.prose import plural

if TYPE_CHECKING:
    from workbench.service.pulse_views import Pulse, Share
    from workbench.service.views import Bucket

WINDOWS: Mapping[str, float] = {"5 min": 300.0, "1 h": 3600.0, "24 h": 86_400.0}
"""What ``W`` goes through: a name, and seconds."""
DEFAULT_WINDOW = "5 min"
STEADY = 5.0  # seconds that the chart is a mean over: agents come in beats, and a comb is hard to read
RECENT = 10.0  # seconds that "now" is measured over
AXIS_FROM = 9  # lines from which the chart says what it spans
_UNITS = ((1, "s"), (60, "min"), (3600, "h"))
_FEW = 0.1  # in a second, from which that is the unit: the pace in the top bar is said in it too
ASKED_BY = "agents ask through serve, mcp or decide"


class Outcome(NamedTuple):
    """One way of coming out: the word a filter knows it by, and its decisions slice by slice."""

    name: str
    violation: bool
    values: tuple[int, ...]

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


def per_time(rate: float, like: float = 0.0) -> str:
    """A rate per second in the unit that people would say it in, or would say the rate ``like`` in."""
    if rate <= 0 and like <= 0:
        return "0/s"
    most = max(rate, like)
    size, name = next((unit for unit in _UNITS if most >= _FEW or most * unit[0] >= 1), _UNITS[-1])
    said = rate * size
    return f"{said:,.0f}/{name}" if said >= 100 else f"{said:.1f}/{name}"


def rate_now(pulse: Pulse) -> float:
    """Decisions per second within the last ``RECENT`` seconds; over a coarser window, on average within it."""
    totals = [each.allow + each.deny + each.hold for each in pulse.buckets]
    slices = max(round(RECENT / pulse.slice_seconds), 1) if pulse.slice_seconds <= RECENT else len(totals)
    seconds = slices * pulse.slice_seconds
    return sum(totals[-slices:]) / seconds if seconds else 0.0


def _head(pulse: Pulse, totals: Sequence[int], window: str, width: int) -> Content:
    fine = pulse.slice_seconds <= RECENT
    said = Content.assemble(
        (per_time(rate_now(pulse), _peak(pulse, totals)), "$ink bold"), (" now" if fine else " on average", "$muted")
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
    peak = f"peak {per_time(highest)}" if highest else ""
    gap = width - len(left) - len(right)
    middle = peak.center(gap) if gap > len(peak) + 2 else " " * max(gap, 1)
    return Content.styled(f"{left}{middle}{right}", "$muted")


def _nothing(window: str, width: int, height: int, ever: int) -> list[Content]:
    """Why the chart is empty, in its place."""
    said = [f"no decision in the last {window}"] if ever else ["no decision yet", ASKED_BY]
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
        line = Content.assemble(left, " ", (bar(share, max(split - 1, 0)), shown.style), " ", (drawn, shown.style))
    word = "violation" if shown.violation else shown.name
    return line.stylize(clickable(f"outcome('{word}')"))


# ---- who and by which rule -------------------------------------------------------------------------------------------


def agent_line(share: Share, width: int) -> Content:
    """An agent with its mix of outcomes as a line of four colours, and what was refused in numbers."""
    colour, glyph = agent_sign(share.name)
    name = min(max(width // 4, 8), 18)
    told = _told(share, total=True)
    room = width - name - 2 - told.cell_length - 3
    mix = _mix(share, room) if room >= 4 else Content(" " * max(room, 0))
    return Content.assemble((f" {glyph} {fitted(share.name, name)}", f"$agent-{colour}"), " ", mix, " ", told)


def rule_line(share: Share, most: int, width: int) -> Content:
    """A rule with how often it denied or held; the line is as long as its part of the rule that did so most."""
    named = share.name or missing_rule("not_permitted")
    name = min(max(width * 2 // 5, 12), 32)
    told = _told(share, total=False)
    room = width - name - told.cell_length - 3
    style = "$hold" if share.hold > share.deny else "$deny"
    drawn = bar(share.refused / max(most, 1), room) if room >= 4 else " " * max(room, 0)
    return Content.assemble((f" {fitted(named, name)}", "$ink"), " ", (drawn, style), " ", told)


def _told(share: Share, *, total: bool) -> Content:
    """Violations, other denials and holds, in columns; all of them before that."""
    plain = share.deny - share.violations
    return Content.assemble(
        (f"{short(share.total):>5}" if total else "", "$muted"),
        *_counted("▲", share.violations, "$deny bold"),
        *_counted("✗", plain, "$deny"),
        *_counted("◷", share.hold, "$hold"),
    )


def _counted(glyph: str, count: int, style: str) -> Iterator[tuple[str, str]]:
    yield (f" {glyph}{short(count):<4}" if count else " " * 6, style)


def _mix(share: Share, width: int) -> Content:
    """The outcomes of an agent as one line in their colours; beside it they stand in numbers."""
    counts = (share.allow, share.hold, share.deny - share.violations, share.violations)
    styles = ("$allow", "$hold", "$deny", "$deny bold")
    cells = parts(counts, width)
    return Content.assemble(*((FULL * count, style) for count, style in zip(cells, styles, strict=True)))


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
