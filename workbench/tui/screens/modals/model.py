"""A language model at work on sentences: its words as they come, then its proposals, to be confirmed by a person.

The work is a job of the analyst; this window looks at it and ends it with escape. Nothing is saved here: it closes with
what a person said yes to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import author_model as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural, stack, text
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.analysis_jobs import Job
    from workbench.service.assisting import Asked

LOOK_EVERY = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person said yes to: for each sentence (from 0) one candidate."""

    asked: Asked
    choices: Mapping[int, int]


class ModelScreen(ServiceCalls, Window[Confirmed | None]):
    """``start(tell)`` begins the job; ``tell`` takes the pieces."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(leave="close", yes="yes", take="take"),
    ]
    DEFAULT_CSS = """
    ModelScreen #model-window { width: 94%; max-width: 130; height: 90%; padding: 0 1; layout: vertical; }
    ModelScreen #model-stream { height: 1fr; padding: 0 1; }
    ModelScreen #model-said, ModelScreen #model-detail { height: auto; width: 1fr; }
    ModelScreen #model-rows { height: 2fr; display: none; }
    ModelScreen #model-about { height: 3fr; display: none; border-top: solid $line; padding: 0 1; }
    ModelScreen.-done #model-stream { display: none; }
    ModelScreen.-done #model-rows, ModelScreen.-done #model-about { display: block; }
    """

    def __init__(self, model: str, start: Callable[[Callable[[Any], None]], Job[Asked]]) -> None:
        super().__init__()
        self._model = model
        self._start = start
        self._stream = view.Stream()
        self._job: Job[Asked] | None = None
        self._asked: Asked | None = None
        self._marked: dict[int, int] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="window", id="model-window") as window:
            window.border_title = Content(f"Asking {one_line(self._model)}")
            yield VerticalScroll(Static(id="model-said"), id="model-stream")
            yield RowList(view.COLUMNS, empty="Nothing was proposed.", id="model-rows")
            yield VerticalScroll(Static(id="model-detail"), id="model-about")

    def on_mount(self) -> None:
        self._note("esc ends it; nothing is taken before you say so")
        self._look_timer = self.set_interval(LOOK_EVERY, self._look)
        self._job = self._start(self._stream.take)
        self._look()

    def on_unmount(self) -> None:
        if self._job is not None:
            self._job.stop()

    def _note(self, said: str) -> None:
        self.query_one("#model-window").border_subtitle = Content(self.told(said))

    # ---- while it works ------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """What has come so far; the result once it is there."""
        job = self._job
        if job is None or self._asked is not None:
            return
        if not job.done:
            self.query_one("#model-said", Static).update(self._stream.shown())
            self.query_one("#model-stream", VerticalScroll).scroll_end(animate=False)
            return
        self._look_timer.stop()
        if job.state == "done" and job.result is not None:
            self._show(job.result)
        elif job.state == "stopped":
            self.dismiss(None)
        else:
            self._failed(job)

    def _failed(self, job: Job[Asked]) -> None:
        error = job.error
        title = error.title if error is not None else "it failed"
        said = stack(
            text(f"✗ {title}", "$sev-error bold"),
            text(error.detail) if error is not None and error.detail else None,
            Content.assemble(("→ ", "$accent"), text(error.hint)) if error is not None and error.hint else None,
            text("Your text is as it was.", "$muted"),
        )
        self.query_one("#model-said", Static).update(said)
        self._note("esc closes")

    # ---- its proposals -------------------------------------------------------------------------------------------

    def _show(self, asked: Asked) -> None:
        self._asked = asked
        self.add_class("-done")
        self.query_one("#model-window").border_title = Content(f"What {one_line(asked.model)} proposes")
        listed = self.query_one("#model-rows", RowList)
        listed.show(view.rows(asked, self._marked))
        listed.focus()
        first = next((row.key for row in listed.rows if "." in row.key), "")
        if first:
            listed.go_to(first)
        self._about()
        self._hint()

    def _hint(self) -> None:
        if self._asked is None:
            return
        several = len(self._asked.assisted) > 1
        marked = f" · t takes {plural(len(self._marked), 'proposal')}" if self._marked else ""
        verb = "marks" if several else "takes"
        self._note(f"y {verb} the proposal under the cursor{marked} · esc takes nothing")

    def on_row_list_moved(self) -> None:
        self._about()

    def on_row_list_chosen(self) -> None:
        """Enter alone confirms nothing: it brings the proposal into view."""
        self._about()

    def _about(self) -> None:
        row = self.query_one("#model-rows", RowList).current
        if row is not None and self._asked is not None:
            self.query_one("#model-detail", Static).update(view.detail(self._asked, *view.place_of(row.key)))

    # ---- keys ----------------------------------------------------------------------------------------------------

    def action_yes(self) -> None:
        """The proposal under the cursor is what the sentence says."""
        row = self.query_one("#model-rows", RowList).current
        if row is None or self._asked is None:
            return
        n, i = view.place_of(row.key)
        if i is None or self._asked.assisted[n].proposals[i] is None:
            self.app.notify("Put the cursor on a proposal of the model's", timeout=3)
            return
        if len(self._asked.assisted) == 1:
            self.dismiss(Confirmed(self._asked, {n: i}))
            return
        if self._marked.get(n) == i:
            del self._marked[n]
        else:
            self._marked[n] = i
        self.query_one("#model-rows", RowList).show(view.rows(self._asked, self._marked))
        self._hint()

    def action_take(self) -> None:
        """Everything that is marked is taken over."""
        if self._asked is not None and self._marked:
            self.dismiss(Confirmed(self._asked, dict(self._marked)))

    def action_close(self) -> None:
        """End it, and take nothing."""
        if self._job is not None:
            self._job.stop()
        self.dismiss(None)
