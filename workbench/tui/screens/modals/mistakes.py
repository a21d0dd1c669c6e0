"""Mistakes in the rules that no test case of the draft would notice, with a key that adds the one which does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.view import mistakes as view
from workbench.tui.view.prose import text
from workbench.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from workbench.service.analysis_jobs import Job
    from workbench.service.mutating import Quality
    from workbench.service.workspace import Workspace

_LOOK = 0.1  # seconds between two looks at how far it is


class MistakesScreen(ServiceCalls, ModalScreen[bool]):
    """Answers whether any test case was added. ``measure`` starts the work, which ends with the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Back"),
        Binding("a", "add", "Add the test case"),
    ]
    DEFAULT_CSS = """
    MistakesScreen #mistakes {
        width: 96%; max-width: 120; height: 94%; background: $surface;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 1;
    }
    MistakesScreen #mistakes-summary { height: auto; padding: 0 1 1 1; }
    MistakesScreen #mistakes-rows { height: 1fr; }
    MistakesScreen #mistakes-about { height: auto; max-height: 40%; padding: 1 1 0 1; }
    """

    def __init__(self, workspace: Workspace, measure: Callable[[], Job[Quality]]) -> None:
        super().__init__()
        self._workspace, self._begin = workspace, measure
        self._job: Job[Quality] | None = None
        self._quality: Quality | None = None
        self._added: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        with Vertical(id="mistakes") as window:
            window.border_title = Content("What no test case notices")
            yield Static(text("Looking for mistakes that no test case notices …", "$muted"), id="mistakes-summary")
            yield RowList(view.COLUMNS, header=True, id="mistakes-rows")
            yield Static(id="mistakes-about")

    def on_mount(self) -> None:
        self.query_one(RowList).focus()
        self._say("esc stops")
        self._job = self._begin()
        self._look_again = self.set_interval(_LOOK, self._look)

    def on_unmount(self) -> None:
        if self._job is not None:
            self._job.stop()

    def _say(self, words: str) -> None:
        self.query_one("#mistakes").border_subtitle = Content(words)

    def _look(self) -> None:
        job = self._job
        if job is None or not job.done:
            progress = None if job is None else job.progress
            if progress is not None and progress.total:
                self._say(f"{100 * progress.done // progress.total} % · esc stops")
            return
        self._look_again.stop()
        if job.error is not None:
            self._told(text(f"{job.error.title}: {job.error.detail}. {job.error.hint}", "$deny"))
            self._say("esc back")
        elif job.result is not None:
            self._quality = job.result
            self._told(view.summary(job.result))
            self._draw()

    def _told(self, words: Content) -> None:
        self.query_one("#mistakes-summary", Static).update(words)

    def _draw(self) -> None:
        assert self._quality is not None
        self.query_one(RowList).show(view.rows(self._quality, self._added))
        self._say("a adds the test case that would notice · esc back")
        self.on_row_list_moved()

    def on_row_list_moved(self) -> None:
        """The whole sentence of the row under the cursor, which a narrow list cuts."""
        row = self.query_one(RowList).current
        if row is not None and self._quality is not None:
            self.query_one("#mistakes-about", Static).update(view.detail(self._quality, row.key))

    def on_row_list_chosen(self) -> None:
        self.action_add()

    def action_add(self) -> None:
        """Add the test case of the row under the cursor to the draft, once."""
        row = self.query_one(RowList).current
        case = None if row is None or self._quality is None else view.case_of(self._quality, row.key)
        if row is None or case is None or row.key in self._added:
            return
        self.run_service(
            self._workspace.add_tests, [case], group=f"add {row.key}", on_result=partial(self._kept, row.key)
        )

    def _kept(self, key: str, _draft: object) -> None:
        self._added |= {key}
        self._draw()

    def action_close(self) -> None:
        """Back; what is still being looked for is stopped."""
        self.dismiss(bool(self._added))
