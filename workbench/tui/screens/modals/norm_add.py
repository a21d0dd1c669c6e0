"""A norm written as one line, with what it compiles to, and what it would be in conflict with, shown while it is typed.

Adding it is a signature where operators sign; where nobody does, a button. Who cannot sign writes it into the draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Input, Label, Select, Static

from workbench.service.norm_previewing import NormPreview
from workbench.service.norm_views import Added, NormView
from workbench.service.views import Draft
from workbench.tui.screens import norm_acts
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.keyring import keys_here
from workbench.tui.screens.modals.norm_sign import PlaceNormScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import norm_line as view
from workbench.tui.view.norms import NO_REASON
from workbench.tui.widgets.choice_field import ChoiceField
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.norms import Norm
    from workbench.service.views import KeyView
    from workbench.service.workspace import Workspace

PAUSE = 0.15  # seconds without a key, then it is compiled
_left: WeakKeyDictionary[Workspace, dict[str, str]] = WeakKeyDictionary()  # what was typed and not added


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is said in the fields."""

    line: str
    scope: str
    severity: str
    priority: str
    description: str


class AddNormScreen(ServiceCalls, Window[Added | Draft | None]):
    """Answers what adding it did, the draft that it was written into, or ``None``. ``norm``: the form to begin from."""

    HELP = """A norm in one line: its name, where it holds, and what it forbids, with bars between them. In a world the
    words of the second part must all be told of an action, and one of the third; elsewhere the third names actions and
    the second says which attributes have which values. What it compiles to stands below while you type."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="cancel"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    AddNormScreen #adding {
        width: 96%; max-width: 112; height: 92%; max-height: 26; background: $surface; padding: 0 2;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted;
    }
    AddNormScreen Input { background: $panel; width: 1fr; }
    AddNormScreen Select { width: 1fr; }
    AddNormScreen .row { height: 1; }
    AddNormScreen .row Label { width: 10; color: $muted; }
    AddNormScreen .row .-second { padding-left: 2; width: 12; }
    AddNormScreen #replacing { display: none; }
    AddNormScreen #replacing.-shown { display: block; }
    AddNormScreen #preview { height: 1fr; border-top: hkey $line; margin-top: 0; }
    AddNormScreen #previewed { height: auto; }
    AddNormScreen Button:disabled { color: $muted; }
    AddNormScreen .window--buttons { margin-top: 0; }
    """

    def __init__(self, workspace: Workspace, norm: NormView | None = None) -> None:
        super().__init__()
        self._workspace = workspace
        self._begun = norm if norm is not None and norm.prohibited else None
        self._world = False
        self._unsigned = False
        self._actions: tuple[str, ...] = ()
        self._found: NormPreview | None = None
        self._asked: _Asked | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        begun = self._begun
        left = {} if begun is not None else _left.get(self._workspace, {})
        line = view.written(begun.name, begun.condition, begun.prohibited) if begun is not None else ""
        with Vertical(id="adding") as window:
            window.border_title = "A norm"
            window.border_subtitle = Content(self.told("tab goes on · F1 explains · esc leaves it"))
            said = Input(
                left.get("line", line), compact=True, placeholder=view.PLACEHOLDER, id="line", select_on_focus=False
            )
            yield self._row("Norm", said)
            scope, severity = (begun.scope, begun.severity) if begun is not None else ("global", "warn")
            priority, about = (str(begun.priority), begun.description) if begun is not None else ("0", "")
            yield Horizontal(
                Label("Binds"),
                Input(left.get("scope", scope), compact=True, placeholder="global, or a faction", id="scope"),
                Label("Severity", classes="-second"),
                ChoiceField(
                    view.SEVERITIES,
                    value=left.get("severity", severity),
                    name="severity",
                ),
                Label("Priority", classes="-second"),
                Input(left.get("priority", priority), compact=True, id="priority"),
                classes="row",
            )
            yield self._row("About", Input(left.get("description", about), compact=True, id="description",
                                           placeholder="what it is about, in a sentence"))  # fmt: skip
            yield self._row("Why", Input(left.get("why", ""), compact=True, max_length=500, id="why",
                                         placeholder="why it is added: kept for good"))  # fmt: skip
            replacing = ChoiceField(view.REPLACING, value=begun is not None, name="replace")
            yield Horizontal(Label("It acts"), replacing, classes="row", id="replacing")
            yield VerticalScroll(Static(id="previewed"), id="preview", can_focus=False)
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Into the draft", id="draft", disabled=True)
                yield Button("Add", id="place", disabled=True)

    @staticmethod
    def _row(name: str, field: Input) -> Horizontal:
        return Horizontal(Label(name), field, classes="row")

    def on_mount(self) -> None:
        self.query_one("#line").focus()
        self.run_service(partial(_shape, self._workspace), group="shape", on_result=self._shaped)

    def _shaped(self, found: tuple[bool, bool, tuple[str, ...]]) -> None:
        self._world, self._unsigned, self._actions = found
        button = self.query_one("#place", Button)
        button.label = Content("Add" if self._unsigned else "Sign and add …")
        self._look()

    # ---- while it is typed ---------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id != "why":
            self._soon()

    def on_select_changed(self, event: Select.Changed) -> None:
        event.stop()
        if event.select.id == "replace":
            self._draw()
        else:
            self._soon()

    def _soon(self) -> None:
        self._arm(None)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self._look)

    def _said(self) -> _Asked:
        line, scope, priority, description = (
            self.query_one(f"#{name}", Input).value for name in ("line", "scope", "priority", "description")
        )
        return _Asked(line, scope, str(self.query_one("#severity", Select).value), priority, description)

    def _look(self) -> None:
        """Compile what stands there, in a thread; only the newest answer counts."""
        said = self._said()
        line = view.read(said.line)
        if not said.line.strip() or line.wrong:
            self.forget_service("preview")
            self._arm(None)
            example = view.example(self._world, self._actions)
            self._show(view.incomplete(line, example) if said.line.strip() else example)
            return
        self._asked = said
        workspace = self._workspace
        self.run_service(
            lambda: workspace.norms.preview(_norm(line, said)),
            group="preview",
            on_result=self._compiled,
            on_error=self._refused,
        )

    def _compiled(self, found: NormPreview) -> None:
        if self._said() != self._asked:
            return  # another key was pressed meanwhile; its own look follows
        self._arm(found)
        self._draw()

    def _refused(self, error: Exception) -> None:
        self._arm(None)
        self._show(view.refused(error))

    def _arm(self, found: NormPreview | None) -> None:
        self._found = found
        other = found is not None and found.same is None and bool(found.twin or found.namesakes)
        if found is not None:
            self.query_one("#replacing").set_class(other, "-shown")
        self.query_one("#draft", Button).disabled = found is None
        blocked = found is None or found.same is not None or (found.twin is not None and not self._replace)
        self.query_one("#place", Button).disabled = blocked

    @property
    def _replace(self) -> bool:
        return bool(self.query_one("#replace", Select).value) and self.query_one("#replacing").has_class("-shown")

    def _draw(self) -> None:
        if self._found is not None:
            self._arm(self._found)
            self._show(view.preview(self._found, self._replace))

    def _show(self, said: Content) -> None:
        self.query_one("#previewed", Static).update(said)

    # ---- what is done with it ------------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field, from the last one to the button where it is alive."""
        event.stop()
        add = self.query_one("#place", Button)
        if event.input.id == "why" and not add.disabled:
            add.focus()
        else:
            self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        found = self._found
        if event.button.id == "cancel":
            self.action_cancel()
        elif found is None:
            return
        elif event.button.id == "draft":
            into = partial(self._workspace.norms.draft, found.norm)
            self.run_service(into, group="add", on_result=self._drafted, on_error=self._refused)
        elif self._unsigned:
            why = self.query_one("#why", Input).value.strip() or NO_REASON
            call = partial(self._workspace.norms.add, found.norm, why=why, replace=self._replace)
            self.run_service(call, group="add", on_result=self._added, on_error=self._refused)
        else:
            ask = partial(keys_here, self._workspace)
            self.run_service(ask, group="add", on_result=partial(self._sign, found), on_error=self._refused)

    def _sign(self, found: NormPreview, keys: tuple[KeyView, ...]) -> None:
        why = self.query_one("#why", Input).value.strip()
        window = PlaceNormScreen(self._workspace, found.norm, found.what, keys, why=why, replace=self._replace)
        self.app.push_screen(window, self._signed)

    def _signed(self, added: Added | None) -> None:
        if added is not None:
            self._added(added)

    def _added(self, added: Added) -> None:
        self.notify(norm_acts.said(added), title="A norm is in force", markup=False)
        for note in added.notes:
            self.notify(note, title="To know", severity="warning", markup=False)
        self.workbench.look_now()
        self._end(added)

    def _drafted(self, draft: Draft) -> None:
        self.notify("It stands in the draft; Review shows it.", title="Into the draft")
        self._end(draft)

    def _end(self, answer: Added | Draft) -> None:
        _left.pop(self._workspace, None)
        self.dismiss(answer)

    def action_explain(self) -> None:
        """What this window is for, in sentences."""
        from workbench.tui.screens.modals.keys import HelpScreen

        self.app.push_screen(HelpScreen("A norm", " ".join(self.HELP.split())))

    def action_cancel(self) -> None:
        """Back. What was typed stands here again the next time."""
        said = self._said()
        if self._begun is None and said.line.strip():
            fields = {name: getattr(said, name) for name in _Asked.__dataclass_fields__}
            _left[self._workspace] = {**fields, "why": self.query_one("#why", Input).value}
        elif self._begun is None:
            _left.pop(self._workspace, None)
        self.dismiss(None)


def _shape(workspace: Workspace) -> tuple[bool, bool, tuple[str, ...]]:
    """Whether the schema is that of a world, whether nobody signs, and else the actions that can be named."""
    from workbench.service.vocabulary import schema_of

    if workspace.norms.world is not None:
        return True, workspace.norms.unsigned, ()
    actions = schema_of(workspace.version().schema).actions.values()
    return False, workspace.norms.unsigned, tuple(action.id for action in actions if action.principals)


def _norm(line: view.Line, said: _Asked) -> Norm:
    """In a worker. Raises :class:`WorkbenchError` as the service does for a norm that cannot be one."""
    from workbench.norms import Norm, NormError
    from workbench.service.errors import WorkbenchError

    try:
        priority = int(said.priority.strip() or "0")
    except ValueError:
        what = f"the priority is a whole number, not `{said.priority.strip()[:20]}`"
        raise WorkbenchError("no such priority", what, "the highest is told first", "priority") from None
    try:
        return Norm(
            line.name,
            said.description.strip(),
            line.condition,
            line.prohibited,
            said.scope.strip() or "global",
            priority,
            said.severity,  # type: ignore[arg-type]  # the norm looks
        )
    except NormError as error:
        raise WorkbenchError("the norm was refused", error.message, error.help, error.code) from error
