"""A witness opened as a request: all its data, both decisions on both engines, the rules that make it so.

From here it is copied as JSON, and added to the draft as a test case.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.screens.review_adding import ask_to_add
from workbench.tui.view import witness as view
from workbench.tui.view.rulebook import Rulebook
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


class WitnessScreen(ServiceCalls, Window[str]):
    """Answers the key of the witness that was shown last.

    ``shown``: the witnesses that ``n`` and ``p`` go through, by the keys of their rows. Without a ``workspace`` none
    can be added.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close", next="step(1)"),
        Binding("right", "step(1)", show=False),
        *window_keys(previous="step(-1)"),
        Binding("left", "step(-1)", show=False),
        *window_keys(add="add", copy_all="copy"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "end(-1)", show=False),
        Binding("end,G", "end(1)", show=False),
    ]
    DEFAULT_CSS = """
    WitnessScreen #witness {
        width: 96%; max-width: 120; height: auto; max-height: 94%; background: $surface;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 2;
    }
    WitnessScreen #witness-text { height: auto; width: 1fr; }
    """

    def __init__(
        self,
        shown: Sequence[tuple[str, view.Shown]],
        key: str,
        book: Rulebook,
        workspace: Workspace | None = None,
    ) -> None:
        super().__init__()
        self._shown, self._book, self._workspace = tuple(shown), book, workspace
        keys = [name for name, _ in self._shown]
        self._at = keys.index(key) if key in keys else 0
        self._added: set[str] = set()

    def compose(self) -> ComposeResult:
        yield VerticalScroll(Static(id="witness-text"), id="witness")

    def on_mount(self) -> None:
        self._draw()
        self.query_one("#witness").focus()

    @property
    def current(self) -> view.Shown:
        """The witness that is shown."""
        return self._shown[self._at][1]

    def _draw(self) -> None:
        window = self.query_one("#witness", VerticalScroll)
        self.query_one("#witness-text", Static).update(view.in_full(self.current, self._book))
        many = len(self._shown) > 1
        window.border_title = Content(f"Witness {self._at + 1} of {len(self._shown)}" if many else "Witness")
        keys = [
            "a test" if self._workspace is not None else "",
            "y copy",
            "n p others" if many else "",
            "esc back",
        ]
        added = "✓ added as a test · " if self._shown[self._at][0] in self._added else ""
        window.border_subtitle = Content(self.told(added + " · ".join(key for key in keys if key)))
        window.scroll_home(animate=False)

    # ---- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a draft to add to, nothing is added; a lone witness has no neighbour."""
        if action == "add":
            return self._workspace is not None
        if action == "step":
            return len(self._shown) > 1
        return super().check_action(action, parameters)

    def action_step(self, direction: int) -> None:
        """To the next or previous witness, around the ends."""
        self._at = (self._at + direction) % len(self._shown)
        self._draw()

    def action_scroll(self, lines: int) -> None:
        """Scroll by a line."""
        self.query_one("#witness").scroll_relative(y=lines, animate=False)

    def action_page(self, direction: int) -> None:
        """Scroll by a screenful."""
        window = self.query_one("#witness")
        window.scroll_relative(y=direction * max(1, window.size.height - 2), animate=False)

    def action_end(self, direction: int) -> None:
        """To the beginning or the end."""
        window = self.query_one("#witness", VerticalScroll)
        (window.scroll_home if direction < 0 else window.scroll_end)(animate=False)

    def action_copy(self) -> None:
        """Copy request, data and decisions as JSON."""
        self.workbench.copy(view.as_json(self.current))

    def action_add(self) -> None:
        """Ask what the test should expect, then add it to the draft."""
        if self._workspace is not None:
            key, shown = self._shown[self._at]
            ask_to_add(self, self._workspace, shown, partial(self._was_added, key))

    def _was_added(self, key: str) -> None:
        self._added.add(key)
        self._draw()

    def action_close(self) -> None:
        """Back to the list, at the witness that was shown last."""
        self.dismiss(self._shown[self._at][0])
