"""``status --window``: decisions of the last while, whom they refused and by which rules, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.output import Printer, one_line

if TYPE_CHECKING:
    from workbench.service.pulse_views import Pulse, Share

WindowOption = Annotated[
    str,
    typer.Option(
        "--window",
        metavar="TIME",
        help="Also the decisions of the last 5m, 1h, 24h: how they came out, whom they refused, by which rules.",
        show_default=False,
    ),
]
NAMED = 10  # agents, and rules


def print_pulse(out: Printer, pulse: Pulse, window: str) -> None:
    """The counts of the window, then agents and rules, those refused most first."""
    count = {name: sum(getattr(each, name) for each in pulse.buckets) for name in ("allow", "deny", "hold")}
    violations = sum(each.violations for each in pulse.buckets)
    rate = pulse.total / pulse.seconds if pulse.seconds else 0.0
    told = ", ".join(f"{many} {name}" for name, many in count.items())
    out.line(
        f"  {'last ' + one_line(window):<10} {pulse.total} decisions ({rate:.2f}/s): {told}; {violations} violations"
    )
    for place, agent in enumerate(pulse.agents[:NAMED]):
        out.line(f"  {'agents' if not place else '':<10} {one_line(agent.name)}: {_told(agent)}")
    left = pulse.agent_count - len(pulse.agents[:NAMED])
    if left > 0:
        out.line(f"  {'':<10} and {left} more")
    for place, rule in enumerate(pulse.rules[:NAMED]):
        out.line(f"  {'refused by' if not place else '':<10} {one_line(rule.name) or 'no permit'}: {_told(rule)}")


def _told(share: Share) -> str:
    broken = "violation" if share.violations == 1 else "violations"
    parts = [(share.total, "in all"), (share.violations, broken), (share.deny - share.violations, "denied"),
             (share.hold, "held")]  # fmt: skip
    return ", ".join(f"{count} {word}" for count, word in parts if count or word == "in all")
