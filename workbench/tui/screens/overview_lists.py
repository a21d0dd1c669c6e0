"""The Overview's lists: what waits, the last violations, and whom and by which rules decisions refused.

They know no service; the screen hands them what to show and hears what was opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from workbench.tui.view import overview as view
from workbench.tui.view import traffic

if TYPE_CHECKING:
    from workbench.service.pulse_views import Pulse, Share
    from workbench.service.views import EventRow


class LinesList(OptionList):
    """Lines that are made anew every second, while the cursor stays on its line."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._listed: object = None

    def put(self, wanted: object, lines: Sequence[tuple[str, Content]], *, stay_first: bool = False) -> None:
        """Show ``lines`` (id, text; an empty id cannot be chosen), unless ``wanted`` says that it is the same.

        ``stay_first``: a cursor on the first line stays on the first line, whatever stands there now.
        """
        if wanted == self._listed:
            return
        self._listed = wanted
        at_first = not self.highlighted
        chosen = None if self.highlighted_option is None or (at_first and stay_first) else self.highlighted_option.id
        top = self.scroll_offset.y
        self.clear_options().add_options([Option(text, id=name or None, disabled=not name) for name, text in lines])
        names = [name for name, _ in lines]
        if chosen in names:
            self.highlighted = names.index(chosen)
            self.scroll_to(y=top, animate=False, force=True)
        else:
            self.highlighted = next((place for place, name in enumerate(names) if name), None)
            self.scroll_home(animate=False)


class Waiting(LinesList):
    """What waits for a person, the gravest first; what has no room is scrolled to."""

    HELP = (
        "What waits for you, the gravest first, with the key that goes there. Enter goes there too: from refusals to "
        "their groups in Live, from cases, proposals and the draft to their screens. ↓ shows what has no room."
    )

    class Opened(Message):
        """An errand was chosen, by its name."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def show(self, errands: Sequence[view.Errand], width: int) -> None:
        """List ``errands`` that were drawn for ``width`` cells."""
        wanted = (tuple((errand.name, errand.line.plain) for errand in errands), width)
        self.put(wanted, [(errand.name, errand.line) for errand in errands])
        if not self.has_focus:  # the gravest, whatever stood there when it was looked at last
            self.highlighted = next((place for place, errand in enumerate(errands) if errand.name), None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Say which."""
        event.stop()
        if event.option.id:
            self.post_message(self.Opened(event.option.id))


class Violations(LinesList):
    """The last violations, newest first."""

    HELP = "The newest violations: actions that a rule forbids, or whose rule failed. Enter opens one in Live."

    def show(self, rows: Sequence[EventRow], width: int) -> None:
        """List ``rows`` on ``width`` cells."""
        wanted, columns = (tuple(row.seq for row in rows), width), view.violation_columns(rows, width)
        self.put(wanted, [(str(row.seq), view.violation_line(row, columns)) for row in rows], stay_first=True)


class Refused(LinesList):
    """Agents, those refused most first; then rules, those first that refused most."""

    HELP = (
        "Who acted within the window, the most refused first: all decisions, then violations ▲, other denials ✗ and "
        "holds ◷. Below, the rules that refused. Enter lists an agent's decisions in Live, and opens a rule in Author."
    )

    class Opened(Message):
        """An agent or a rule was chosen: ``place`` in the lists that were shown."""

        def __init__(self, kind: str, place: int) -> None:
            super().__init__()
            self.kind, self.place = kind, place

    def show(self, pulse: Pulse, window: str, width: int, height: int) -> None:
        """List the agents and rules of ``pulse``: both get half of ``height``, or what the other one leaves."""
        agents, rules = _halved(pulse.agents, pulse.rules, height)
        most = max((rule.refused for rule in rules), default=1)
        busiest = max((agent.total for agent in agents), default=1)
        lines: list[tuple[str, Content]] = []
        if agents:
            lines.append(("", traffic.heading("AGENTS", pulse.agent_count, window)))
            columns = traffic.tallied(agents, total=True)
            drawn = [traffic.agent_line(each, busiest, columns, width) for each in agents]
            lines += [(f"agent {place}", line) for place, line in enumerate(drawn)]
        if rules:
            lines.append(("", traffic.heading("REFUSED BY", len(pulse.rules), window)))
            columns = traffic.tallied(rules, total=False)
            drawn = [traffic.rule_line(each, most, columns, width) for each in rules]
            lines += [(f"rule {place}", line) for place, line in enumerate(drawn)]
        if not lines:
            lines = [("", Content.styled(traffic.quiet(window), "$muted"))]
        self.put((agents, rules, pulse.agent_count, window, width), lines)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Say which."""
        event.stop()
        kind, _, place = (event.option.id or "").partition(" ")
        if place:
            self.post_message(self.Opened(kind, int(place)))


def _halved(
    agents: Sequence[Share], rules: Sequence[Share], height: int
) -> tuple[tuple[Share, ...], tuple[Share, ...]]:
    """As many of both as fit under their two headings, at least three of each: the list scrolls."""
    room = max(height - 2, 6)
    for_rules = min(len(rules), max(room // 2, room - len(agents)))
    return tuple(agents[: max(room - for_rules, 3)]), tuple(rules[: max(for_rules, 3)])
