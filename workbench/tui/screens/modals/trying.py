"""Try: a request as a form, decided against the draft and what is in force while it is filled in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.pick import PickScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import trying as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import text
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.language.schema import Schema
    from workbench.service.trial_form import Field, Trial
    from workbench.service.trying import Added, Tried
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

_PAUSE = 0.12  # seconds without a key, then it is decided
_SHORT = "enter · ← → · e decision · t test · n new · a adds a test · esc"
_KEYS = "enter types · ← → choices · e a decision · t a test · n new · a adds it as a test · esc back"
OUTCOMES = ("allow", "deny", "hold")


class TryScreen(ServiceCalls, Window[bool]):
    """Answers whether a test case was added. ``seq``: the recorded decision to begin from, the newest where it is 0."""

    HELP = """A request as a form. The draft decides it as you fill it in, and what is in force beside it. Enter types
    a value, ← and → go through what there is to choose; an empty line means that it is not given. e takes a recorded
    decision, t a test case of the draft, a keeps the request as a test case. Nothing is recorded here."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="close"),
        Binding("left", "step(-1)", "Choice before", show=False),
        Binding("right,space", "step(1)", "Next choice", show=False),
        *window_keys(event="event", test="test", blank="blank", add="add", clear="clear", explain="explain"),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-normal")]  # noqa: RUF012 (Textual's own type)
    DEFAULT_CSS = """
    TryScreen #try {
        width: 96%; max-width: 160; height: 94%; background: $surface;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 1;
    }
    TryScreen #try-parts { height: 1fr; layout: horizontal; }
    TryScreen #try-form { width: 1fr; height: 1fr; }
    TryScreen #try-rows { height: 1fr; }
    TryScreen #try-said { width: 1fr; height: 1fr; border-left: vkey $line; padding-left: 1; }
    TryScreen #try-verdicts { height: auto; width: 1fr; }
    TryScreen #try-typing { height: 1; display: none; }
    TryScreen.-typing #try-typing { display: block; }
    TryScreen #try-prompt { width: auto; max-width: 60%; height: 1; color: $accent; text-style: bold; }
    TryScreen #try-input { width: 1fr; background: $panel; margin-left: 1; }
    TryScreen #try-hint { height: auto; color: $muted; padding-left: 2; }
    TryScreen.-typing #try-hint { display: none; }
    TryScreen #try-wrong { height: auto; display: none; color: $deny; }
    TryScreen.-wrong #try-wrong { display: block; }
    TryScreen.-narrow #try-parts { layout: vertical; }
    TryScreen.-narrow #try-said { border-left: none; border-top: hkey $line; padding-left: 0; }
    """

    def __init__(self, workspace: Workspace, seq: int = 0) -> None:
        super().__init__()
        self._workspace = workspace
        self._seq = seq
        self._trial: Trial | None = None
        self._tried: Tried | None = None
        self._schema: Schema | None = None
        self._before: Trial | None = None  # as it was before the line that is typed
        self._field = ""
        self._timer: Timer | None = None
        self._added = False

    def compose(self) -> ComposeResult:
        with Vertical(id="try") as window:
            window.border_title = Content("Try a request")
            form = Vertical(
                RowList(view.COLUMNS, id="try-rows"),
                Horizontal(Static(id="try-prompt", markup=False), Input(compact=True, id="try-input"), id="try-typing"),
                Static(id="try-hint", markup=False),
                Static(id="try-wrong", markup=False),
                id="try-form",
            )
            said = VerticalScroll(Static(id="try-verdicts"), id="try-said", can_focus=False)
            yield StateBox(Container(form, said, id="try-parts"), loading="Looking for a request", id="try-box")

    def on_mount(self) -> None:
        self._foot()
        self._rows.focus()
        self._begin(self._first)

    @property
    def _rows(self) -> RowList:
        return self.query_one("#try-rows", RowList)

    @property
    def field(self) -> Field | None:
        """The field under the cursor."""
        row = self._rows.current
        fields = self._tried.fields if self._tried is not None else ()
        return next((field for field in fields if row is not None and field.key == row.key), None)

    def _foot(self, words: str = "") -> None:
        """``words``, or the keys, in a form that fits."""
        self.query_one("#try").border_subtitle = Content(
            self.told(words or (_KEYS if self.size.width >= 100 else _SHORT))
        )

    # ---- beginning -----------------------------------------------------------------------------------------------

    def _first(self) -> Trial:
        """The decision that was wanted, else the newest, else a test case, else an empty form. In a worker."""
        from workbench.service.errors import WorkbenchError

        trying = self._workspace.trying
        for row in () if self._seq else trying.recorded(8):
            try:
                return trying.of_event(row.seq)
            except WorkbenchError as error:
                if error.code not in ("redacted", "no_event", "bad_request"):
                    raise
        if self._seq:
            return trying.of_event(self._seq)
        cases = trying.cases()
        return trying.of_case(cases[0]) if cases else trying.blank()

    def _begin(self, make: object, *args: object) -> None:
        """Take the trial that ``make`` gives, and decide it."""
        workspace = self._workspace

        def work() -> tuple[Tried, Schema]:
            from workbench.service.vocabulary import schema_of

            assert callable(make)
            tried = workspace.trying.tried(make(*args))
            return tried, schema_of(workspace.draft().schema)

        self.run_service(work, group="try", on_result=self._began, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        if self._tried is None:
            self.query_one("#try-box", StateBox).failed(error)
        else:
            self.workbench.report(error)

    def _began(self, found: tuple[Tried, Schema]) -> None:
        tried, self._schema = found
        self.query_one("#try-box", StateBox).ready()
        self._show(tried)

    def _show(self, tried: Tried) -> None:
        self._tried, self._trial = tried, tried.trial
        self.query_one("#try").border_title = Content(f"Try a request · from {one_line(tried.trial.origin)}")
        self._rows.show(view.rows(tried.fields))
        self.on_row_list_moved()
        assert self._schema is not None
        self.query_one("#try-verdicts", Static).update(view.verdicts(tried, self._schema))

    # ---- filling in ----------------------------------------------------------------------------------------------

    def _fill(self, trial: Trial, key: str, said: str) -> None:
        trying = self._workspace.trying
        self.run_service(
            lambda: trying.tried(trying.with_field(trial, key, said)),
            group="try", on_result=self._filled, on_error=self._wrong,
        )  # fmt: skip

    def _filled(self, tried: Tried) -> None:
        self.remove_class("-wrong")
        self._show(tried)

    def _wrong(self, error: Exception) -> None:
        detail = str(getattr(error, "detail", "") or error)
        self.query_one("#try-wrong", Static).update(text(f"✗ {detail}"))
        self.add_class("-wrong")

    def on_row_list_chosen(self) -> None:
        """Type a value for the field under the cursor."""
        field = self.field
        if field is None:
            return
        if field.closed:
            picked = PickScreen(field.label, (Column(""),), view.choice_rows(field), empty="")
            self.app.push_screen(picked, partial(self._choice_picked, field.key))
            return
        self._field, self._before = field.key, self._trial
        self.add_class("-typing")
        self.query_one("#try-prompt", Static).update(Content(view.prompt(field)))
        line = self.query_one("#try-input", Input)
        with line.prevent(Input.Changed):
            line.value = field.text
        line.placeholder = "nothing" if field.kind == "set" else "not given"
        line.focus()
        self._foot("it is decided as you type · enter keeps it · esc leaves it as it was")

    def _choice_picked(self, key: str, value: str | None) -> None:
        if value and self._trial is not None:
            self._fill(self._trial, key, value)

    def on_row_list_moved(self) -> None:
        """What may be done with the field under the cursor."""
        field = self.field
        self.query_one("#try-hint", Static).update(Content(view.hint(field)) if field is not None else "")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        trial, key, said = self._before, self._field, event.value
        if trial is not None and self.has_class("-typing"):
            self._timer = self.set_timer(_PAUSE, lambda: self._fill(trial, key, said))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        trying, before, key, said = self._workspace.trying, self._before, self._field, event.value
        if before is not None:
            self.run_service(
                lambda: trying.tried(trying.with_field(before, key, said)),
                group="try", on_result=self._kept, on_error=self._wrong,
            )  # fmt: skip

    def _kept(self, tried: Tried) -> None:
        """A line that is right is closed; a wrong one stays open, with what was typed."""
        self._filled(tried)
        self._stop_typing()
        self._rows.action_move(1)

    def _stop_typing(self) -> None:
        self.remove_class("-typing")
        self._rows.focus()
        self._foot()

    def action_step(self, step: int) -> None:
        """The choice before or after, of a field that has some."""
        field, trial = self.field, self._trial
        said = view.stepped(field, step) if field is not None else None
        if field is not None and trial is not None and said is not None and not self.has_class("-typing"):
            self._fill(trial, field.key, said)

    def action_clear(self) -> None:
        """The field under the cursor is not given."""
        field, trial = self.field, self._trial
        if field is not None and trial is not None and "." in field.key:
            self._fill(trial, field.key, "")

    # ---- where from ----------------------------------------------------------------------------------------------

    def action_event(self) -> None:
        """Choose among the newest recorded decisions."""
        self.run_service(self._workspace.trying.recorded, 200, group="pick", on_result=self._pick_event)

    def _pick_event(self, events: tuple[EventRow, ...]) -> None:
        empty = "Nothing was recorded yet: what agents ask for stands here."
        picked = PickScreen("Which decision?", view.EVENT_COLUMNS, view.event_rows(events, self._schema), empty=empty)
        self.app.push_screen(picked, self._event_picked)

    def _event_picked(self, key: str | None) -> None:
        if key:
            self._begin(self._workspace.trying.of_event, int(key))

    def action_test(self) -> None:
        """Choose among the draft's test cases."""
        self.run_service(self._workspace.trying.cases, group="pick", on_result=self._pick_test)

    def _pick_test(self, names: tuple[str, ...]) -> None:
        rows = [Row(name, (Cell(one_line(name)),)) for name in names]
        picked = PickScreen("Which test case?", (Column(""),), rows, empty="The draft has no test cases.")
        self.app.push_screen(picked, self._test_picked)

    def _test_picked(self, key: str | None) -> None:
        if key:
            self._begin(self._workspace.trying.of_case, key)

    def action_blank(self) -> None:
        """Begin anew, with the least of everything."""
        self._begin(self._workspace.trying.blank)

    # ---- keeping it ----------------------------------------------------------------------------------------------

    def action_add(self) -> None:
        """Ask what is right, then keep the request as a test case."""
        tried = self._tried
        if tried is None or not tried.draft.outcome:
            self.notify("The draft decides nothing yet: what stands on the right says why", title="No test", timeout=4)
            return
        ours = tried.draft.outcome
        choices = [(name, f"{name} (as it is)" if name == ours else name) for name in OUTCOMES]
        said = "The request becomes a test case of the draft. What should happen?"
        question = ChoiceScreen("What is right?", said, choices, focus=ours)
        self.app.push_screen(question, partial(self._answered, tried))

    def _answered(self, tried: Tried, expect: str | None) -> None:
        if expect:
            self.run_service(self._workspace.trying.add_case, tried, expect, group="add", on_result=self._was_added)

    def _was_added(self, added: Added) -> None:
        self._added = self._added or added.new
        told = "Tests shows it, to be confirmed" if added.new else "the draft has it already"
        self.notify(f"“{one_line(added.name)}”; {told}", title="A test of the draft", markup=False)

    def action_close(self) -> None:
        """Leave the line as it was; else go back."""
        if self.has_class("-typing"):
            if self._timer is not None:
                self._timer.stop()
            if self._before is not None:
                before, workspace = self._before, self._workspace
                self.run_service(lambda: workspace.trying.tried(before), group="try", on_result=self._filled)
            self._stop_typing()
        else:
            self.dismiss(self._added)

    def action_explain(self) -> None:
        """What this window is for, in sentences."""
        from workbench.tui.screens.modals.keys import HelpScreen

        self.app.push_screen(HelpScreen("Try", " ".join(self.HELP.split())))
