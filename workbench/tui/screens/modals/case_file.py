"""A file of test cases: where to write the cases that are listed, or which to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.prose import text
from workbench.tui.window_keys import window_keys

Work = Callable[[Path, str], str]


class CaseFileScreen(ServiceCalls, Window[str]):
    """Answers what was done, in a sentence; ``""`` for nothing. ``work(path, choice)`` does it, in a thread.

    ``choices``: pairs of name and label, the buttons beside Cancel. What goes wrong is said here, and the path stays.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*window_keys(cancel="cancel")]
    DEFAULT_CSS = """
    CaseFileScreen #file-window { width: 90%; max-width: 90; height: auto; }
    CaseFileScreen #file-path { background: $panel; margin: 1 0; }
    CaseFileScreen #file-error { height: auto; display: none; color: $deny; }
    CaseFileScreen #file-error.-shown { display: block; }
    """

    def __init__(
        self, title: str, detail: str, choices: tuple[tuple[str, str], ...], work: Work, *, path: str = ""
    ) -> None:
        super().__init__()
        self._title, self._detail, self._choices, self._work, self._path = title, detail, choices, work, path

    def compose(self) -> ComposeResult:
        with Vertical(classes="window", id="file-window") as window:
            window.border_title = Content(self._title)
            yield Static(text(self._detail))
            yield Input(self._path, placeholder="a path, as ./cases.json", compact=True, id="file-path")
            yield Static(id="file-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="file-cancel")
                for name, label in self._choices:
                    yield Button(Content(label), id=f"file-{name}")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self) -> None:
        """Enter goes on to what can be done with the path; it does nothing by itself."""
        self.query_one(f"#file-{self._choices[0][0]}", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        name = (event.button.id or "").removeprefix("file-")
        if name == "cancel":
            self.dismiss("")
            return
        path = self.query_one(Input).value.strip()
        if not path:
            self._wrong("name a file")
            return
        self.run_service(
            self._work, Path(path).expanduser(), name, group="file", on_result=self.dismiss, on_error=self._failed
        )

    def _failed(self, error: Exception) -> None:
        parts = [str(getattr(error, name, "")) for name in ("title", "detail", "hint")]
        self._wrong("\n".join(part for part in parts if part) or f"{type(error).__name__}: {error}")

    def _wrong(self, words: str) -> None:
        said = self.query_one("#file-error", Static)
        said.update(text(words))
        said.add_class("-shown")
        self.query_one(Input).focus()

    def action_cancel(self) -> None:
        """Back, with nothing done."""
        self.dismiss("")
