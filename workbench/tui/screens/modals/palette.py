"""The command palette: Textual's own, which answers once and says by which marks it is narrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.command import CommandList, CommandPalette
from textual.content import Content
from textual.events import Mount, Resize
from textual.worker import Worker, WorkerState

from workbench.tui.objects import ACTIONS_ONLY, KINDS
from workbench.tui.palette import FEW_MARKS, MARKS, PLACEHOLDER
from workbench.tui.screens.modals.window import SLIM, AnswersOnce

if TYPE_CHECKING:
    from workbench.tui.app import WorkbenchApp

LOW = 20  # rows of the terminal below which none is left free above
AROUND = 4  # rows of frame, field and footer


class Palette(AnswersOnce, CommandPalette):
    """Find an action by its name, or a rule, version, case, agent … by its own."""

    HELP = """Type some letters of what you look for: an action of any screen, or a rule, a version, a case, an agent, a
    decision, a norm, a test, a theme. Arrows move, enter does or opens it, esc goes back."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "explain", "Help", show=False, id="global.help")]

    def __init__(self) -> None:
        super().__init__(placeholder=PLACEHOLDER)

    def run_worker(self, *args: Any, **kwargs: Any) -> Worker[Any]:
        """A search that fails ends itself, and not the program as Textual would have it: one that is under way while
        the palette closes asks for styles that are gone by then."""
        return super().run_worker(*args, **kwargs | {"exit_on_error": False})

    @on(Worker.StateChanged)
    def _search_ended(self, event: Worker.StateChanged) -> None:
        """What failed while the palette is open is said."""
        if event.state is WorkerState.ERROR and self.is_current and isinstance(event.worker.error, Exception):
            reporting = cast("WorkbenchApp", self.app)
            reporting.report(event.worker.error)

    def _on_mount(self, event: Mount) -> None:
        """Textual's looks here what it lies over. Where another screen came to the front meanwhile, it closes."""
        if self.app.screen is not self:
            event.prevent_default()
            self.dismiss()

    @on(Resize)
    def _sized(self, event: Resize) -> None:
        """The list ends above the footer; the marks stand below it, where there is room for them."""
        container, list_ = self.query_one("#--container"), self.query_one(CommandList)
        above = 0 if event.size.height < LOW else 3
        list_.styles.max_height = max(3, min(event.size.height * 3 // 5, event.size.height - above - AROUND))
        container.styles.margin = (above, 0, 0, 0)
        container.border_subtitle = Content(MARKS if event.size.width >= SLIM + 12 else FEW_MARKS)

    def action_explain(self) -> None:
        """Say what can be found, and by which marks it is narrowed."""
        from workbench.tui.screens.modals.keys import HelpScreen

        marks = ", ".join(f"{mark}: {kind}s" for mark, kind in KINDS.items())
        narrowing = f"A mark before the words narrows it: {marks}; {ACTIONS_ONLY} for actions only."
        self.app.push_screen(HelpScreen("Palette", f"{' '.join(self.HELP.split())}\n\n{narrowing}"))
