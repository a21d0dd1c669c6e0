"""Two panes whose common border can be moved: with the mouse, or with the keys ``<`` and ``>``.

`SplitPanes` is a container that stands in place of ``Container``; the stylesheet goes on to say how its two panes are
laid out (``layout: horizontal`` or ``vertical``, by the size of the screen) and sized. Only when a person has moved
the border do the panes take their shares from here, for that layout alone; a double click on the border, or
:meth:`SplitPanes.reset`, gives them back to the stylesheet. The container knows no memory: it says what moved
(:class:`SplitPanes.Moved`) and takes what is given back (:meth:`SplitPanes.take`). Imports Textual only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from textual.containers import Container
from textual.events import Click, Leave, MouseDown, MouseMove, MouseUp, Resize
from textual.message import Message
from textual.widget import Widget

Layout = Literal["horizontal", "vertical"]
LAYOUTS: tuple[Layout, ...] = ("horizontal", "vertical")

STEP = 0.04  # of the whole, for one key press; at least two columns or one row
LEAST = {"horizontal": 14, "vertical": 3}  # cells that either pane keeps


class SplitPanes(Container):
    """Two panes side by side, or one above the other. With more or fewer than two shown, nothing can be moved."""

    DEFAULT_CSS = """
    SplitPanes { width: 1fr; height: 1fr; }
    SplitPanes.-seam-horizontal { pointer: ew-resize; }
    SplitPanes.-seam-vertical { pointer: ns-resize; }
    SplitPanes.-moving > .pane { border: round $accent; }
    """

    @dataclass
    class Moved(Message):
        """The border was moved to ``share`` of the whole (0 to 1), or given back to the stylesheet (``None``)."""

        panes: SplitPanes
        layout: Layout
        share: float | None

        @property
        def control(self) -> SplitPanes:
            """The container, so that handlers can select by it."""
            return self.panes

    @dataclass
    class Asked(Message):
        """The container has come to be: whoever remembers may :meth:`take` now."""

        panes: SplitPanes

        @property
        def control(self) -> SplitPanes:
            """The container, so that handlers can select by it."""
            return self.panes

    def __init__(self, *children: Widget, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(*children, id=id, classes=classes)
        self._shares: dict[Layout, float] = {}
        self._moving = False
        self._held: float | None = None
        self._applied: Layout | None = None

    def on_mount(self) -> None:
        """Ask for what a person chose before."""
        self.post_message(self.Asked(self))

    # -- for whoever remembers -----------------------------------------------------------------------------------

    @property
    def shares(self) -> Mapping[Layout, float]:
        """What a person chose, by layout; empty where the stylesheet decides."""
        return dict(self._shares)

    def take(self, layout: Layout, share: float) -> None:
        """Use ``share`` for ``layout``, as remembered; nonsense is passed over."""
        if 0.0 < share < 1.0:
            self._shares[layout] = share
            self._apply()

    # -- moving --------------------------------------------------------------------------------------------------

    def nudge(self, steps: int) -> bool:
        """Move the border by so many steps to the right or down (negative: back). ``False`` where none can be moved."""
        pair = self._pair()
        if pair is None:
            return False
        whole, first = self._extent(), self._cells(pair[0])
        step = max(round(whole * STEP), 2 if self.layout_name == "horizontal" else 1)
        self._place(first + steps * step)
        self._say()
        return True

    def reset(self) -> None:
        """Give the panes back to the stylesheet."""
        layout = self.layout_name
        self._shares.pop(layout, None)
        self._apply()
        self.post_message(self.Moved(self, layout, None))

    @property
    def layout_name(self) -> Layout:
        """How the panes lie now."""
        layout = self.styles.layout
        return "vertical" if layout is not None and layout.name == "vertical" else "horizontal"

    def _pair(self) -> tuple[Widget, Widget] | None:
        shown = [child for child in self.children if child.display]
        return (shown[0], shown[1]) if len(shown) == 2 else None

    def _extent(self) -> int:
        return self.size.width if self.layout_name == "horizontal" else self.size.height

    def _cells(self, pane: Widget) -> int:
        size = pane.outer_size
        return size.width if self.layout_name == "horizontal" else size.height

    def _place(self, cells: int) -> None:
        """Give the first pane so many cells, within what is sane."""
        layout, whole = self.layout_name, self._extent()
        least = min(LEAST[layout], whole // 2)
        if whole < 2:
            return
        cells = min(max(cells, least), whole - least)
        pair = self._pair()
        if pair is None or cells == self._cells(pair[0]):
            return
        self._shares[layout] = cells / whole
        self._apply()

    def _apply(self) -> None:
        layout = self.layout_name
        self._applied = layout
        share = self._shares.get(layout)
        whole = self._extent()
        if share is not None and whole >= 2:
            least = min(LEAST[layout], whole // 2) / whole
            share = min(max(share, least), 1 - least)  # remembered from a larger terminal
        for index, pane in enumerate(self.children):
            for axis in ("width", "height"):
                setattr(pane.styles, axis, None)  # the stylesheet's again
            if share is not None and self._pair() is not None:
                cells = round(share * whole)  # whole cells: of fractions the last cell could be lost
                part = cells if index == 0 else whole - cells
                setattr(pane.styles, "width" if layout == "horizontal" else "height", f"{max(part, 1)}fr")

    def _say(self) -> None:
        layout = self.layout_name
        self.post_message(self.Moved(self, layout, self._shares.get(layout)))

    def on_resize(self, _: Resize) -> None:
        """Another size may mean another layout, and with it other shares."""
        if self._shares or self._applied is not None:
            self._apply()

    # -- the mouse -----------------------------------------------------------------------------------------------

    def is_seam(self, x: int, y: int) -> bool:
        """Whether this cell of the screen belongs to the border between the panes."""
        pair = self._pair()
        if pair is None:
            return False
        first, second = pair
        if self.layout_name == "horizontal":
            seam = {first.region.right - 1} if first.styles.border_right[0] else set()
            seam |= {second.region.x} if second.styles.border_left[0] else set()
            return x in seam and first.region.y <= y < first.region.bottom
        seam = {first.region.bottom - 1} if first.styles.border_bottom[0] else set()
        seam |= {second.region.y} if second.styles.border_top[0] else set()
        return y in seam and second.region.x <= x < second.region.right

    def on_mouse_down(self, event: MouseDown) -> None:
        """Take hold of the border."""
        if event.button == 1 and self.is_seam(event.screen_x, event.screen_y):
            event.stop()
            self._moving = True
            self._held = self._shares.get(self.layout_name)
            self.add_class("-moving")
            self.capture_mouse()
            self.screen.clear_selection()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Draw the border along; else show that it could be."""
        if self._moving:
            event.stop()
            if self.layout_name == "horizontal":
                self._place(event.screen_x - self.content_region.x)
            else:
                self._place(event.screen_y - self.content_region.y)
            return
        over = self.is_seam(event.screen_x, event.screen_y)
        for layout in LAYOUTS:
            self.set_class(over and layout == self.layout_name, f"-seam-{layout}")

    def on_mouse_up(self, event: MouseUp) -> None:
        """Let go."""
        if self._moving:
            event.stop()
            self._let_go()
            if self._shares.get(self.layout_name) != self._held:
                self._say()

    def on_leave(self, _: Leave) -> None:
        """The pointer is elsewhere."""
        self.remove_class("-seam-horizontal", "-seam-vertical")

    def on_click(self, event: Click) -> None:
        """A double click gives the border back to the stylesheet."""
        if event.chain == 2 and self.is_seam(event.screen_x, event.screen_y):
            event.stop()
            self.reset()

    def _let_go(self) -> None:
        self._moving = False
        self.remove_class("-moving")
        self.release_mouse()
