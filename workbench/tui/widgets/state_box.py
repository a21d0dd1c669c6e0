"""A container that says what state its content is in: loading, empty, failed, or ready (then the content is shown)."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.widget import Widget

from workbench.tui import clipboard
from workbench.tui.widgets.empty_state import EmptyState

LOADING_AFTER = 0.15  # seconds; shorter waits show nothing


class StateBox(Container, can_focus=False):
    """Shows its children when :meth:`ready`; otherwise a sentence instead, errors with a text to copy (``y``)."""

    DEFAULT_CSS = """
    StateBox { height: 1fr; width: 1fr; }
    StateBox > EmptyState { display: none; }
    StateBox.-waiting > * { display: none; }
    StateBox.-said > * { display: none; }
    StateBox.-said > EmptyState { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy_error", "Copy the error", show=False)]

    def __init__(self, *children: Widget, loading: str, waiting: bool = True, id: str | None = None) -> None:
        """``waiting``: the content is asked for from the start; else it is shown as it is until something is said."""
        super().__init__(id=id, classes="-waiting" if waiting else None)
        self._waits_first = waiting
        self._content = children
        self._loading = loading
        self._timer: Timer | None = None
        self._text = ""
        self._work: tuple[str, str] = ("", "")

    def compose(self) -> ComposeResult:
        yield EmptyState("")
        yield from self._content

    def on_mount(self) -> None:
        if self._waits_first:
            self._timer = self.set_timer(LOADING_AFTER, self._still_loading)

    def ready(self) -> None:
        """Show the content."""
        self._settle()
        self.remove_class("-said", "-waiting")

    def working(self, title: str, why: str = "", next_key: str = "") -> None:
        """Long work has begun, or got on: said in place of the content, from 150 ms on. ``why``: how far it is."""
        self._loading, self._work = title, (why, next_key)
        shown = self.query_one(EmptyState)
        if self.has_class("-said") and shown.state == "loading":
            self._say("loading", title, why, next_key)
        elif self._timer is None:
            self._settle()
            self.remove_class("-said")
            self.add_class("-waiting")
            self._timer = self.set_timer(LOADING_AFTER, self._still_loading)

    def empty(self, title: str, why: str = "", next_key: str = "") -> None:
        """Nothing to show: what this is, why, and the next key."""
        self._settle()
        self._say("empty", title, why, next_key)

    def failed(self, error: Exception) -> None:
        """Say an error of the service in place of the content."""
        title, detail, hint = (getattr(error, name, "") for name in ("title", "detail", "hint"))
        if not title:
            title, detail = "something failed that should not have", f"{type(error).__name__}: {error}"
        self._settle()
        self._text = "\n".join(part for part in (title, detail, hint) if part)
        self.can_focus = True
        self._say("error", title, "\n".join(part for part in (detail, hint) if part), "y copies this text")
        if self.display:  # a view that is not shown takes no focus
            self.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without an error the key is free for what is shown."""
        return bool(self._text) if action == "copy_error" else super().check_action(action, parameters)

    def action_copy_error(self) -> None:
        """Copy the error's text."""
        if self._text:
            self.notify(clipboard.copy(self.app, self._text), markup=False)

    def _settle(self) -> None:
        self._text = ""
        self.can_focus = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _still_loading(self) -> None:
        if self.has_class("-waiting"):
            self._say("loading", self._loading, *self._work)

    def _say(self, state: str, title: str, why: str = "", next_key: str = "") -> None:
        shown = self.query_one(EmptyState)
        shown.title, shown.why, shown.next_key = title, why, next_key
        shown.state = "error" if state == "error" else "loading" if state == "loading" else "empty"
        self.remove_class("-waiting")
        self.add_class("-said")
