"""How high the panes of Speech are: its lists take the lines that they need, and the rest goes to what is read.

Mixed into the screen before its base class. The stylesheet says everything that does not depend on how much there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.tui.screens.base import WorkbenchScreen
    from workbench.tui.widgets.row_list import RowList
    from workbench.tui.widgets.wrapped_list import WrappedList

    _Base = WorkbenchScreen
else:
    _Base = object

SOURCE = 4  # lines of the source where everything stands one above the other, with its border
LISTED = 6  # messages seen there at most
LEAST = 12  # rows of the screen under which there is room for the messages or for one of them, not for both


class FittedPanes(_Base):
    """Knows the lists, the classes of the screen, and nothing of what is judged."""

    if TYPE_CHECKING:

        @property
        def _messages(self) -> RowList: ...
        @property
        def _statements(self) -> WrappedList: ...

    def _fit(self) -> None:
        """Lists take the lines that they need: the source gets the rest at the left, and what is told at the right."""
        self.set_class(self.size.height < LEAST, "-least")
        room = self.size.height - 5
        borders = 2 if not self.has_class("-narrow") else 1
        height = min(max(self._statements.virtual_size.height, 2) + borders, max(room * 2 // 5, 4))
        self._statements.styles.height = "1fr" if self.has_class("-wide") else height
        rows, left = len(self._messages.rows), self.query_one("#speech-left")
        if not self.has_class("-narrow"):
            left.styles.height = None  # as the stylesheet says
            self._messages.styles.height = min(max(rows, 3) + borders, max(room // 2, 5))
        else:
            self._messages.styles.height = None
            calm = not self.has_class("-writing") and not self.has_class("-low")
            left.styles.height = SOURCE + 1 + min(max(rows, 2), LISTED) if calm else None
