"""What went wrong, with text that can be copied. Over the whole screen when there is nothing to go back to."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Static

from workbench.tui import clipboard
from workbench.tui.screens.modals.window import Window
from workbench.tui.window_keys import window_keys


@dataclass(frozen=True, slots=True)
class Problem:
    """An error for people: ``title``, what happened, what to do; ``trace`` for a report (no values, only places)."""

    title: str
    detail: str
    hint: str
    code: str = ""
    trace: str = ""

    @classmethod
    def of(cls, error: Exception, title: str) -> Problem:
        """From a ``WorkbenchError``, or from any other exception under the given ``title``."""
        from workbench.service.errors import WorkbenchError

        if isinstance(error, WorkbenchError):
            return cls(error.title[:1].upper() + error.title[1:], error.detail, error.hint, error.code)
        trace = "".join(traceback.format_exception(error))
        hint = "Copy the text and report it; nothing that was saved is lost."
        return cls(title, f"{type(error).__name__}: {error}", hint, "unexpected", trace)

    def text(self) -> str:
        """All of it, for the clipboard."""
        return "\n".join(part for part in (self.title, self.detail, self.hint, self.code, self.trace) if part)


class ErrorScreen(Window[bool]):
    """Shows a :class:`Problem`; answers ``True`` for trying again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(again="retry", copy_all="copy", back="close"),
    ]

    def __init__(self, problem: Problem, *, retry: str = "", closable: bool = True) -> None:
        super().__init__()
        self.problem = problem
        self._retry = retry
        self._closable = closable

    def compose(self) -> ComposeResult:
        problem = self.problem
        with VerticalScroll(classes="window") as window:
            window.border_title = f"✗ {problem.title}".replace("[", "\\[")
            yield Static(problem.detail, markup=False)
            yield Static(problem.hint, markup=False, classes="error--hint")
            if problem.trace:
                yield Static(problem.trace, markup=False, classes="error--trace")
            with Horizontal(classes="window--buttons"):
                yield Button(self.told("c Copy"), id="copy")
                if self._retry:
                    yield Button(self.told(f"r {self._retry}"), id="retry")
                yield Button(self.told("esc Close" if self._closable else "ctrl+q Leave"), id="close")

    def on_mount(self) -> None:
        self.query_one("#retry" if self._retry else "#close", Button).focus(scroll_visible=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Trying again is there only where it was offered."""
        if action == "retry":
            return bool(self._retry)
        if action == "close":
            return self._closable
        return super().check_action(action, parameters)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "copy":
                self.action_copy()
            case "retry":
                self.action_retry()
            case _ if self._closable:
                self.action_close()
            case _:
                self.app.exit()

    def action_retry(self) -> None:
        """Try again what failed."""
        self.dismiss(True)

    def action_copy(self) -> None:
        """Copy the whole text."""
        self.app.notify(clipboard.copy(self.app, self.problem.text()), markup=False)

    def action_close(self) -> None:
        """Go back to the screen."""
        self.dismiss(False)
