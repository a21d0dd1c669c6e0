"""Making a proposal's dossier and writing it into a file, with how far it is and a way to stop it; answers where the
file is and what a vote may name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import sign as view
from workbench.tui.view.prose import stack, text
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.analysis.stop import Progress
    from workbench.analysis.task import Task
    from workbench.service.analysis_jobs import Job
    from workbench.service.workspace import Workspace

_LOOK = 0.1  # seconds between two looks at how far it is
_BAR = 24


@dataclass(frozen=True, slots=True)
class Written:
    """A dossier on the disk: of the proposal with that digest, at ``path``, with its own ``digest`` (``sha256:…``)."""

    proposal: str
    path: str
    digest: str


def write(workspace: Workspace, proposal: str, task: Task | None = None, folder: Path | None = None) -> Written:
    """Make the dossier and write it into ``folder`` (where the program was started), over one of the same name.

    Raises :class:`WorkbenchError`: ``no_proposal``, and where the file cannot be written; and ``Stopped``.
    """
    from workbench.service.errors import from_os
    from workbench.service.files import write_atomically

    made = workspace.dossiers.make(proposal, task)
    path = (folder or Path.cwd()) / made.name
    try:
        write_atomically(path, made.data)
    except OSError as error:
        raise from_os(error) from error
    return Written(proposal, str(path), made.digest)


def _told(progress: Progress) -> Content:
    """How far one of its analyses is; each begins anew."""
    part = min(progress.done / progress.total, 1.0) if progress.total else 0.0
    bar = Content.assemble(*view.bar(part, _BAR, "$primary"), (f"  {part:4.0%}", "$ink bold"))
    return stack(bar, text(progress.what, "$muted"))


class DossierScreen(ServiceCalls, Window[Written | None]):
    """Shows how far it is; answers what was written, or ``None`` where it was stopped or failed, which is told."""

    BINDINGS: ClassVar[list[BindingType]] = [*window_keys(back="stop")]

    def __init__(self, workspace: Workspace, proposal: str, version: str) -> None:
        super().__init__()
        self._workspace, self._proposal, self._version = workspace, proposal, version
        self._job: Job[Written] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = Content(f"Dossier of {self._version}")
            window.border_subtitle = Content(self.told("esc stops"))
            yield Static(text("Reading the proposal …", "$muted"), id="dossier-progress")
            with Horizontal(classes="window--buttons"):
                yield Button("Stop", id="stop")

    def on_mount(self) -> None:
        from workbench.service.analyst import ANALYST

        self.query_one("#stop", Button).focus()
        self._job = ANALYST.start("dossier", lambda task: write(self._workspace, self._proposal, task))
        self._looking = self.set_interval(_LOOK, self._look)

    def on_unmount(self) -> None:
        if self._job is not None:
            self._job.stop()  # the work ends with the window

    def _look(self) -> None:
        job = self._job
        if job is None:
            return
        if not job.done:
            if job.progress is not None:
                self.query_one("#dossier-progress", Static).update(_told(job.progress))
            return
        self._looking.stop()
        self.dismiss(job.result)
        if job.error is not None:
            self.workbench.report(job.error)

    def on_button_pressed(self) -> None:
        self.action_stop()

    def action_stop(self) -> None:
        """Stop it; nothing is written."""
        if self._job is not None and not self._job.done:
            self._job.stop()
            self.notify("nothing was written", title=f"The dossier of {self._version} was stopped")
