"""Last days: the draft decided over what agents did, what it would have changed, with examples that open in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import last_days as view
from workbench.tui.view.prose import text
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.language.schema import Schema
    from workbench.service.replayed import Replayed
    from workbench.service.replaying import Opened, Replay
    from workbench.service.workspace import Workspace

_LOOK = 0.1  # seconds between two looks at how far it is
DAYS = (1, 7, 30, 0)
_KEYS = "← → the span · enter examples · tab the other list · esc back"


class ExampleScreen(ServiceCalls, Window[str]):
    """One decision in full, then and now. Answers ``try`` where it is to be tried, else the empty text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close"),
        Binding("enter", "close", show=False),
        *window_keys(try_it="try", copy="copy"),
    ]
    DEFAULT_CSS = """
    ExampleScreen #example {
        width: 96%; max-width: 120; height: auto; max-height: 94%; background: $surface; padding: 0 2;
        border: round $primary; border-title-color: $primary; border-title-style: bold; border-subtitle-color: $muted;
    }
    ExampleScreen #example-text { height: auto; width: 1fr; }
    """

    def __init__(self, opened: Opened, schema: Schema) -> None:
        super().__init__()
        self._said = view.opened(opened, schema)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="example") as window:
            window.border_title = Content("Then and now")
            window.border_subtitle = Content(self.told("t tries it with other values · y copies · esc back"))
            yield Static(self._said, id="example-text")

    def on_mount(self) -> None:
        self.query_one("#example").focus()

    def action_copy(self) -> None:
        """Copy what is shown."""
        self.workbench.copy(self._said.plain)

    def action_try(self) -> None:
        """Open it as a form."""
        self.dismiss("try")

    def action_close(self) -> None:
        """Back."""
        self.dismiss("")


class LastDaysScreen(ServiceCalls, Window[None]):
    """The work begins with the window and ends with it."""

    HELP = """The draft decided over what agents asked for in the last days: what it would newly have denied, held or
    allowed, by rule and by agent. ← and → choose how far back. Enter shows the examples, and one of them in full: who
    wanted what, what was decided then and why, and what the draft says now. Nothing is decided anew in earnest."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close"),
        Binding("left", "span(-1)", "A shorter span", show=False),
        Binding("right", "span(1)", "A longer span", show=False),
        Binding("tab", "other", "The other list", priority=True),
        Binding("shift+tab", "other", show=False, priority=True),
        *window_keys(explain="explain"),
    ]
    DEFAULT_CSS = """
    LastDaysScreen #days {
        width: 96%; max-width: 150; height: 94%; background: $surface;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 1;
    }
    LastDaysScreen #days-spans { height: 1; width: 1fr; }
    LastDaysScreen #days-summary { height: auto; padding: 0 0 1 0; width: 1fr; }
    LastDaysScreen #days-lists { height: 1fr; }
    LastDaysScreen #days-groups { height: 2; max-height: 50%; }
    LastDaysScreen #days-about { height: auto; max-height: 5; padding: 1 2 0 2; }
    LastDaysScreen #days-examples { height: 1fr; border-top: hkey $line; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._days = 7
        self._replay: Replay | None = None
        self._found: Replayed | None = None
        self._schema: Schema | None = None
        self._looking: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="days") as window:
            window.border_title = Content("Last days")
            yield Static(id="days-spans")
            yield StateBox(
                Static(id="days-summary"),
                Container(
                    RowList(view.GROUP_COLUMNS, header=True, id="days-groups"),
                    Static(id="days-about"),
                    RowList(view.EXAMPLE_COLUMNS, header=True, empty="No example was kept.", id="days-examples"),
                    id="days-lists",
                ),
                loading="Deciding again",
                id="days-box",
            )

    def on_mount(self) -> None:
        self._groups.focus()
        self._looking = self.set_interval(_LOOK, self._look, pause=True)
        self._begin()

    def on_unmount(self) -> None:
        if self._replay is not None:
            self._replay.stop()

    @property
    def _groups(self) -> RowList:
        return self.query_one("#days-groups", RowList)

    @property
    def _examples(self) -> RowList:
        return self.query_one("#days-examples", RowList)

    def _foot(self, words: str) -> None:
        self.query_one("#days").border_subtitle = Content(self.told(words))

    # ---- the work ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.query_one("#days-spans", Static).update(view.spans(self._days))
        self.query_one("#days-box", StateBox).working("Deciding again what agents asked for")
        self._foot("esc stops")
        workspace, days = self._workspace, self._days

        def work() -> tuple[Replay, Schema]:
            from workbench.service.vocabulary import schema_of

            return workspace.replaying.start(days), schema_of(workspace.draft().schema)

        self.run_service(work, group="replay", on_result=self._began, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        self.query_one("#days-box", StateBox).failed(error)
        self._foot("← → the span · esc back")

    def _began(self, found: tuple[Replay, Schema]) -> None:
        self._replay, self._schema = found
        if self._looking is not None:
            self._looking.resume()
        self._look()

    def _look(self) -> None:
        replay = self._replay
        if replay is None:
            return
        if not replay.done:
            if (progress := replay.progress) is not None:
                said = view.running(progress.done, progress.total, progress.what)
                self._foot(said)
                counted = f"{progress.done:,} of {progress.total:,} · {progress.what}"
                self.query_one("#days-box", StateBox).working(
                    "Deciding again what agents asked for", counted, "esc stops"
                )
            return
        if self._looking is not None:
            self._looking.pause()
        self._replay = None
        if replay.error is not None:
            self._failed(replay.error)
        elif replay.result is not None:
            self._show(replay.result)

    def _show(self, found: Replayed) -> None:
        self._found = found
        box = self.query_one("#days-box", StateBox)
        self._foot(_KEYS)
        if not found.looked_at:
            box.empty(*view.nothing(self._days))
            self._foot("← → the span · esc back")
            return
        box.ready()
        self.query_one("#days-summary", Static).update(view.summary(found, self._days))
        rows = view.groups(found)
        self._groups.show(rows)
        self._groups.styles.height = max(2, len(rows) + 1)
        self._show_examples()
        if not found.changed:
            title, why = view.unchanged(self._days)
            self.query_one("#days-about", Static).update(text(f"✓ {title}. {why}", "$ok"))
        self._groups.focus()

    def _show_examples(self) -> None:
        row, found = self._groups.current, self._found
        examples = view.examples_of(found, row.key) if row is not None and found is not None else ()
        if self._schema is not None:
            self._examples.show(view.example_rows(examples, self._schema))
        said = view.detail(found, row.key) if row is not None and found is not None else Content("")
        self.query_one("#days-about", Static).update(said)

    # ---- keys ----------------------------------------------------------------------------------------------------

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        if event.rows is self._groups:
            self._show_examples()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        if event.rows is self._groups:
            self._examples.focus()
        else:
            opened = self._workspace.replaying.opened
            self.run_service(opened, int(event.key), group="open", on_result=self._open)

    def _open(self, opened: Opened) -> None:
        if self._schema is None:
            return

        def answered(answer: str | None) -> None:
            if answer == "try":
                from workbench.tui.screens.modals.trying import TryScreen

                self.app.push_screen(TryScreen(self._workspace, opened.event.row.seq))

        self.app.push_screen(ExampleScreen(opened, self._schema), answered)

    def action_other(self) -> None:
        """From one list to the other."""
        (self._groups if self._examples.has_focus else self._examples).focus()

    def action_span(self, step: int) -> None:
        """Look less or further back."""
        place = DAYS.index(self._days) + step
        if 0 <= place < len(DAYS):
            self._days = DAYS[place]
            if self._replay is not None:
                self._replay.stop()
                self._replay = None
            self._begin()

    def action_close(self) -> None:
        """Stop what runs, with what is known by then; else go back."""
        if self._replay is not None and not self._replay.done:
            self._replay.halt()
        else:
            self.dismiss(None)

    def action_explain(self) -> None:
        """What this window is for, in sentences."""
        from workbench.tui.screens.modals.keys import HelpScreen

        self.app.push_screen(HelpScreen("Last days", " ".join(self.HELP.split())))
