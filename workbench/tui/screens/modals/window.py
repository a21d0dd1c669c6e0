"""A window over a screen, which answers once. The base of all windows.

Keys come faster than a window closes: a second Enter, or an answer of the service after Escape, would close whatever
lies on top by then and answer in its name. Imports Textual and ``widgets.hand``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import on
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.containers import ScrollableContainer
from textual.events import Click, Resize
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Button, Input, TextArea

from workbench.tui.actions import LIST, REGISTRY, bindings, bindings_for
from workbench.tui.hints import hinted_by
from workbench.tui.screens.external_editor import edit_outside
from workbench.tui.widgets.choice_field import ChoiceField
from workbench.tui.widgets.hand import Handed, do
from workbench.tui.window_keys import acts_of

Result = TypeVar("Result")

SHORT, SLIM = 16, 60  # rows and columns of the terminal below which a window takes all of it
FAR = frozenset(("page-down", "page-up", "first", "follow"))  # motions that mean no button
BROAD = 110  # columns from which on there is room for a whole sentence in a field

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

    _Base = Screen[Any]
else:
    _Base = object


class AnswersOnce(_Base):
    """Mix in before a modal screen of Textual's."""

    _late_answer: tuple[Any] | None = None  # an answer given before it could close

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close with ``result``. The first answer counts; one that comes before this window was built, or while another
        one lies over it, is given when it is there and on top.
        """
        if not any(self in stack for stack in self.app._screen_stacks.values()):
            return AwaitComplete()  # closed already
        answer, self._late_answer = self._late_answer or (result,), None
        if self.app.screen is not self or not self.is_mounted:
            self._late_answer = answer
            return AwaitComplete()
        return super().dismiss(*answer)

    def on_screen_resume(self) -> None:
        """On top again: close, where that was asked for meanwhile."""
        if self._late_answer is not None:
            self.dismiss()


class Window(AnswersOnce, Handed, ModalScreen[Result]):
    """A window that answers a ``Result``; its lists have the keys of all lists."""

    SUFFIX: ClassVar[str] = ".txt"  # of the file that an editor of the window is opened in outside
    BINDINGS = [  # noqa: RUF012 (Textual's own type)
        *bindings_for(LIST),
        *bindings((REGISTRY["global.jump"],)),
        Binding("ctrl+o", "leader", show=False, id="global.leader"),
        Binding("f1", "explain", "Help", show=False, id="global.help"),
        Binding("ctrl+e", "edit_outside", "$EDITOR", show=False, priority=True, id="author.external"),
        Binding("left", "beside(-1)", show=False),
        Binding("right", "beside(1)", show=False),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The editor outside is there where a text has the focus, and the button beside where a button has."""
        if action == "leader":  # what follows it is not to be typed
            return isinstance(self.focused, Input | TextArea)
        if action == "beside":
            return isinstance(self.focused, Button)
        if action == "edit_outside":
            return isinstance(self.focused, TextArea) and not self.focused.read_only
        if action == "hand" and isinstance(self.focused, Button) and parameters[:1] and parameters[0] in FAR:
            return self._far() is not None
        return super().check_action(action, parameters)

    def action_leader(self) -> None:
        """What ctrl+o shows while typing."""
        cast("WorkbenchApp", self.app).action_leader()

    def action_hand(self, what: str) -> None:
        """A screenful on or back, to the end: while a button has the focus, in the text above it."""
        if isinstance(self.focused, Button) and what in FAR and (text := self._far()) is not None:
            do(text, what)
        else:
            super().action_hand(what)

    def _far(self) -> ScrollableContainer | None:
        return next((each for each in self.query(ScrollableContainer) if each.max_scroll_y > 0), None)

    @on(Resize)
    def _sized(self, event: Resize) -> None:
        """``-short`` and ``-slim``: where there is no room to lose around the window; ``-broad`` (``app.tcss``)."""
        self.set_class(event.size.height < SHORT, "-short")
        self.set_class(event.size.width < SLIM, "-slim")
        self.set_class(event.size.width >= BROAD, "-broad")

    def on_click(self, event: Click) -> None:
        """A click beside a window in which nothing can be typed goes back, as escape does."""
        if event.widget is self and not self.query(Input) and not self.query(TextArea):
            event.stop()
            self.app.simulate_key("escape")

    @property
    def focus_chain(self) -> list[Widget]:
        """In the order of composition. Textual goes by where things stand, and where the buttons stay in sight below
        fields that scroll, they would come before these."""
        place = {widget: index for index, widget in enumerate(self.walk_children(Widget))}
        return sorted(super().focus_chain, key=lambda widget: place.get(widget, 0))

    @on(ChoiceField.Picked)
    def _go_on(self, event: ChoiceField.Picked) -> None:
        """What is picked is filled in: on to the next field, as Enter does in any other."""
        event.stop()
        if isinstance(self.focused, ChoiceField):
            self.focus_next()

    def told(self, hints: str) -> str:
        """Hints of the window, with the keys as a person chose them."""
        return hinted_by(hints, acts_of(type(self)))

    def action_beside(self, steps: int) -> None:
        """Give the focus to the next button, or the one before, of those that can be pressed."""
        buttons = [each for each in self.query(".window--buttons Button").results(Button) if each.focusable]
        if isinstance(self.focused, Button) and self.focused in buttons:
            buttons[(buttons.index(self.focused) + steps) % len(buttons)].focus()

    def action_explain(self) -> None:
        """Say what the window is for, and what can be done in what has the focus."""
        from workbench.tui.screens.modals.keys import HelpScreen

        self.app.push_screen(HelpScreen.about(self))

    def action_edit_outside(self) -> None:
        """Edit the text that has the focus in $VISUAL or $EDITOR; undo takes back what came of it."""
        area = self.focused
        if isinstance(area, TextArea):
            edited = edit_outside(self.app, area.text, self.SUFFIX)
            if edited is not None and area.is_attached:
                area.replace(edited, area.document.start, area.document.end)
