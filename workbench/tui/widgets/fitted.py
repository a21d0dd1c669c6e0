"""Text that is made for the width it stands in, and made anew when that changes. Knows no service."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.geometry import Size

from workbench.tui.widgets.chrome import Clickable

Make = Callable[[int], Content]


class Fitted(Clickable):
    """Shows what its maker makes of a width in cells; words in it can be clicked (``view.chrome.clickable``)."""

    DEFAULT_CSS = """
    Fitted { width: 1fr; height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._make: Make = lambda _: Content("")
        self._made: tuple[int, Content] | None = None

    def show(self, make: Make) -> None:
        """Show this from now on."""
        self._make, self._made = make, None
        self.refresh(layout=True)

    def _at(self, width: int) -> Content:
        if self._made is None or self._made[0] != width:
            self._made = (width, self._make(width))
        return self._made[1]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are at this width."""
        del container, viewport
        return max(self._at(width).get_height({}, width), 1) if width else 0

    def render(self) -> Content:
        """What was made for the width there is."""
        return self._at(self.content_size.width)
