"""Coming to Author to read a rule, and leaving an editor again. A mixin of the Author screen."""

from __future__ import annotations

from textual import events

from workbench.language.diagnostics import LineMap
from workbench.tui.actions import keyed
from workbench.tui.screens.author_asking import Asking
from workbench.tui.widgets.code_area import CodeArea


class Leading(Asking):
    """Brings a rule into view on both sides, and knows the ways out of the editors and in."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted_rule = ""  # until the first check
        self._said_write = False  # how to write, in this visit
        self._as_sent: tuple[str, str] | None = None  # the texts as they were when one was sent here to read a rule

    def _follow_caret(self) -> None:
        """Tell of what the caret is on; the screen's own."""
        raise NotImplementedError

    def show_rule(self, rule_id: str) -> None:
        """Bring a rule into view on both sides; waits for the first check where there was none."""
        self._wanted_rule = "" if self._check else rule_id
        rule = next((rule for rule in (self._check.rules if self._check else ()) if rule.id == rule_id), None)
        if rule is None:
            return
        start = self._english.text.find(rule.english) if rule.english else -1
        if start >= 0:
            place = LineMap(self._english.text).position(start)
            self._english.go_to(place.line, place.column)
        self._as_sent = self.texts
        self._cedar.focus()
        self._cedar.go_to(rule.line, 1)
        self._follow_caret()

    def began_anew(self) -> None:
        """Say anew how one writes, where somebody types into the list."""
        super().began_anew()
        self._said_write = False

    def on_key(self, event: events.Key) -> None:
        """A letter that is no key here was meant as text: say, once in a visit, how one writes."""
        letter = event.character is not None and event.character.isalpha()
        if self._said_write or not letter or self.kept is None or isinstance(self.focused, CodeArea):
            return
        if event.key in self.active_bindings:
            return
        self._said_write = True
        self.notify(keyed("{author.write} writes in the English"), title="Letters are keys here", timeout=5)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An editor is left from within one; from outside, one goes into it."""
        if action in ("leave", "write"):
            within = isinstance(self.focused, CodeArea)
            return within or self.workbench.was_sent if action == "leave" else self.kept is not None and not within
        return super().check_action(action, parameters)

    async def action_leave(self) -> None:
        """From an editor to the findings; where one was sent here to read a rule, back to where one was."""
        if self.texts == self._as_sent and await self.workbench.go_back():
            return
        self._as_sent = None
        self.query_one("#findings").focus()

    def action_write(self) -> None:
        """Into the English."""
        self._english.focus()
