"""The strip of the first-run tour, above the footer of every screen; nothing where no tour is on.

Knows the tour's text and the registry's keys, neither services nor store. What it is about it marks on the screen, with
a heavy line besides the colour. It takes no focus: the step is done with the screen's own keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, TextArea

from workbench.tui.actions import REGISTRY, shown_key
from workbench.tui.view.tour import STEPS, Keys, Telling, told
from workbench.tui.widgets.chrome import Clickable

LOW = 18  # rows of the screen under which one line has to do
# what these look like is in app.tcss: a stylesheet of a widget's own would not win over the screens'
MARKS = BOX, TOP, WHOLE = "-toured-box", "-toured-top", "-toured"


class TourStrip(Clickable):
    """``telling``: what is told now; ``None`` hides the strip."""

    DEFAULT_CSS = """
    TourStrip {
        display: none; height: auto; max-height: 4; width: 1fr; padding: 0 1;
        background: $surface; color: $ink; border-left: outer $accent;
    }
    TourStrip.-on { display: block; }
    """

    telling: reactive[Telling | None] = reactive[Telling | None](None, layout=True)
    typing: reactive[bool] = reactive(False, layout=True)

    def on_mount(self) -> None:
        """Keys are others where letters are typed."""
        self.watch(self.screen, "focused", self._focus_moved)

    def _focus_moved(self, focused: Widget | None) -> None:
        self.typing = isinstance(focused, Input | TextArea)

    def tell(self, telling: Telling | None) -> None:
        """Show what there is to tell, or hide, and mark the widget that it is about."""
        self.telling = telling
        self.set_class(telling is not None, "-on")
        self.screen.set_class(telling is not None, "-touring")
        self.call_after_refresh(self.mark)

    def on_resize(self) -> None:
        """Panes may have lost or got their borders: look at them as they are, and mark again."""
        self._unmark(None)
        self.call_after_refresh(self.mark)

    def mark(self) -> None:
        """Mark the widget that the step is about, and no other."""
        telling = self.telling
        stop = None if telling is None else STEPS[telling.step].stop(telling.screen)
        about = None if stop is None else _first(self.screen, stop.points)
        self._unmark(about)
        if about is not None and not any(map(about.has_class, MARKS)):
            edges = about.styles.border
            about.add_class(BOX if edges.left[0] else TOP if edges.top[0] else WHOLE)

    def _unmark(self, but: Widget | None) -> None:
        for marked in self.screen.query(", ".join(f".{mark}" for mark in MARKS)):
            if marked is not but:
                marked.remove_class(*MARKS)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as its text takes at ``width``; the text itself depends on the width."""
        del container, viewport
        return self._text(width).get_height({}, width)

    def render(self) -> Content:
        """Its lines; one alone on a low screen."""
        return self._text(self.content_size.width)

    def _text(self, width: int) -> Content:
        if self.telling is None:
            return Content("")
        return told(self.telling, keys(self.typing), width, short=self.screen.size.height < LOW)


def keys(typing: bool) -> Keys:
    """The keys that steer the tour; where letters are typed, those that no editor takes, else with the key before them
    that works there too.
    """
    before = REGISTRY["global.leader"].key_text

    def key(action: str) -> str:
        names = REGISTRY[f"global.{action}"].keys
        if not typing:
            return shown_key(names[0])
        plain = next((shown_key(name) for name in names if len(shown_key(name)) > 1), "")
        return plain or (f"{before} {shown_key(names[0])}" if before else "")

    return Keys(key("tour-next"), key("tour-back"), key("tour"))


def _first(screen: Widget, selectors: Sequence[str]) -> Widget | None:
    """The first of these widgets that is in sight."""
    found = (widget for selector in selectors for widget in screen.query(selector))
    return next((widget for widget in found if widget.is_on_screen), None)
