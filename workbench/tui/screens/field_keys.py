"""What enter and escape do while words or a moment are typed in the line over a list: for the footer. Imports the
registry's value type and widgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from workbench.tui.actions import Action
from workbench.tui.widgets.find_bar import FindBar
from workbench.tui.widgets.moment_bar import MomentBar

if TYPE_CHECKING:
    from workbench.tui.screens.base import WorkbenchScreen

    _Base = WorkbenchScreen
else:
    _Base = object

_WORDS = (
    Action("field.take", "List", "Go to the list of what has these words", ("enter",), scope="field", run="take_field"),
    Action("field.leave", "Clear", "Forget the words", ("escape",), scope="field", run="leave_field"),
)
_MOMENT = (
    Action("field.take", "List", "List what had happened by then", ("enter",), scope="field", run="take_field"),
    Action("field.leave", "Close", "Back to the list, as it was", ("escape",), scope="field", run="leave_field"),
)


class FieldKeys(_Base):
    """Mixed into a screen with such a line, before its base class. The fields do what the keys say; so do clicks."""

    @property
    def _bar(self) -> FindBar | MomentBar | None:
        """The line that is typed in."""
        within = self.focused.parent if isinstance(self.focused, Input) else None
        return within if isinstance(within, FindBar | MomentBar) else None

    def hints(self) -> list[Action]:
        """The field's own keys while it is typed in."""
        if self._bar is None:
            return super().hints()
        return list(_MOMENT if isinstance(self._bar, MomentBar) else _WORDS)

    async def action_take_field(self) -> None:
        """As enter in the field."""
        if self._bar is not None:
            await self._bar.query_one(Input).action_submit()

    def action_leave_field(self) -> None:
        """As escape in the field."""
        if self._bar is not None:
            self._bar.action_give_up()
