"""A window over a screen, which answers once. The base of all windows.

Keys come faster than a window closes: a second Enter, or an answer of the service after Escape, would close whatever
lies on top by then and answer in its name. Imports Textual and ``widgets.hand``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen

from workbench.tui.actions import LIST, REGISTRY, bindings, bindings_for
from workbench.tui.widgets.hand import Handed

Result = TypeVar("Result")

if TYPE_CHECKING:
    _Base = Screen[Any]
else:
    _Base = object


class AnswersOnce(_Base):
    """Mix in before a modal screen of Textual's."""

    _has_answered = False
    _late_answer: tuple[Any] | None = None  # an answer given before it could close

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close with ``result``. The first answer counts; one that comes before this window was built, or while another
        one lies over it, is given when it is there and on top.
        """
        if self._has_answered:
            return AwaitComplete()
        self._has_answered = True
        if self.app.screen is not self or not self.is_mounted:
            self._late_answer = (result,)
            return AwaitComplete()
        return super().dismiss(result)

    def on_screen_resume(self) -> None:
        """On top again: close, where that was asked for meanwhile."""
        if self._late_answer is not None:
            (result,), self._late_answer = self._late_answer, None
            super().dismiss(result)


class Window(AnswersOnce, Handed, ModalScreen[Result]):
    """A window that answers a ``Result``; its lists have the keys of all lists."""

    BINDINGS = [*bindings_for(LIST), *bindings((REGISTRY["global.jump"],))]  # noqa: RUF012 (Textual's own type)
