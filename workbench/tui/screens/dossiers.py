"""Where a proposal's dossier goes, and making it, with how far it is and a way to stop it; answers where the file is
and what a vote may name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from workbench.service.errors import WorkbenchError, from_os
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.file_wanted import FileWanted
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


def write(
    workspace: Workspace, proposal: str, path: Path, task: Task | None = None, *, replace: bool = False
) -> Written:
    """Make the dossier and write it to ``path``, over what is there only where ``replace`` says so.

    Raises :class:`WorkbenchError`: ``no_proposal``, and where the file cannot be written, before anything is made:
    ``file_exists``, ``not_a_file``, ``not_found``, and the file system's own; and ``Stopped``.
    """
    from workbench.service.files import write_atomically
    from workbench.service.table_files import refuse

    refuse(path, replace=replace)
    made = workspace.dossiers.make(proposal, task)
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


class DossierScreen(FileWanted, ServiceCalls, Window[Written | None]):
    """Asks for the file, then shows how far it is; answers what was written, or ``None`` where nothing was."""

    HELP = """What a signer should have read, in one file that opens in any browser: what changes, what that means by
    example, proofs, test cases, who proposed it. Its digest can go into a vote. A file that is there already is
    replaced only after a second yes; esc stops, and nothing is written."""
    BINDINGS: ClassVar[list[BindingType]] = [*window_keys(back="stop")]
    LEAVES = "#stop"
    DEFAULT_CSS = """
    DossierScreen Input { background: $panel; width: 1fr; }
    DossierScreen .row { height: 1; margin-bottom: 1; }
    DossierScreen .row Label { width: 8; color: $muted; }
    DossierScreen #dossier-said { color: $muted; }
    DossierScreen #dossier-said.-wrong { color: $deny; }
    DossierScreen .window.-making .row, DossierScreen .window.-making #write { display: none; }
    """

    def __init__(self, workspace: Workspace, proposal: str, version: str) -> None:
        super().__init__()
        self._workspace, self._proposal, self._version = workspace, proposal, version
        self._job: Job[Written] | None = None

    def compose(self) -> ComposeResult:
        from workbench.service.dossier import file_name

        with Vertical(classes="window") as window:
            window.border_title = Content(f"Dossier of {self._version}")
            window.border_subtitle = Content(self.told("enter writes · esc back"))
            name = file_name(self._version, self._proposal)
            yield Horizontal(Label("File"), Input(name, compact=True, max_length=1000, id="file"), classes="row")
            yield Static(text(f"In {Path.cwd()}, unless another folder is named."), id="dossier-said")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="stop")
                yield Button("Write", id="write")

    def on_mount(self) -> None:
        self.query_one("#file", Input).focus()

    def on_unmount(self) -> None:
        if self._job is not None:
            self._job.stop()  # the work ends with the window

    # -- the file --------------------------------------------------------------------------------------------------

    def on_input_submitted(self) -> None:
        self._write()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "write":
            self._write()
        else:
            self.action_stop()

    def _write(self) -> None:
        from workbench.service.table_files import refuse

        if self._job is not None:
            return
        try:
            path, replace = self.wanted_file()
            refuse(path, replace=replace)
        except WorkbenchError as error:
            self._refused(error)
            return
        self._make(path, replace=replace)

    def _refused(self, error: WorkbenchError) -> None:
        """Say why it cannot be written there; what is there may be replaced with a second yes."""
        if error.code == "file_exists":
            self.offer_replacing()
        said = "\n".join(part for part in (f"✗ {error.title}: {error.detail}", error.hint) if part)
        self.query_one("#dossier-said", Static).set_class(True, "-wrong").update(text(said))

    # -- making ----------------------------------------------------------------------------------------------------

    def _make(self, path: Path, *, replace: bool) -> None:
        from workbench.service.analyst import ANALYST

        window = self.query_one(".window").add_class("-making")
        window.border_subtitle = Content(self.told("esc stops"))
        self._draw(text("Reading the proposal …"))
        stop = self.query_one("#stop", Button)
        stop.label = "Stop"
        stop.focus()
        self._job = ANALYST.start(
            "dossier", lambda task: write(self._workspace, self._proposal, path, task, replace=replace)
        )
        self._looking = self.set_interval(_LOOK, self._look)

    def _draw(self, said: Content) -> None:
        self.query_one("#dossier-said", Static).set_class(False, "-wrong").update(said)

    def _look(self) -> None:
        job = self._job
        if job is None:
            return
        if not job.done:
            if job.progress is not None:
                self._draw(_told(job.progress))
            return
        self._looking.stop()
        self.dismiss(job.result)
        if job.error is not None:
            self.workbench.report(job.error)

    def action_stop(self) -> None:
        """Go back; where it is being made stop that, and nothing is written."""
        if self._job is None:
            self.dismiss(None)
        elif not self._job.done:
            self._job.stop()
            self.notify("nothing was written", title=f"The dossier of {self._version} was stopped")
