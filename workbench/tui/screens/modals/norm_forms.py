"""The forms that the norm of a name had: who changed what when and why; two compared; the one in force repealed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.service.norm_views import Added, NormVersion
from workbench.service.views import Draft
from workbench.tui.screens import norm_acts
from workbench.tui.screens import norm_questions as ask
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.norm_diff import NormDiffScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import norms as view
from workbench.tui.view.prose import plural
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

_KEYS = "d compares · space marks · x repeals · a a new form · y copies its id · esc back"
_SHORT = "d compares · space marks · x repeals · a new form · esc"


class NormFormsScreen(ServiceCalls, Window[None]):
    """``norm``: a content id, an overlay's id, or a name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close", compare="compare", mark="mark", repeal="repeal", add="again", copy="copy"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012 (Textual declares it so)
    DEFAULT_CSS = """
    NormFormsScreen #forms {
        width: 96%; max-width: 130; height: 92%; background: $surface; padding: 0 1;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted;
    }
    NormFormsScreen #forms-parts { height: 1fr; layout: vertical; }
    NormFormsScreen #forms-list { height: auto; max-height: 30%; min-height: 3; background: $surface; }
    NormFormsScreen #forms-about { height: 1fr; border-top: hkey $line; padding: 0 1; }
    NormFormsScreen #forms-text { height: auto; }
    """

    def __init__(self, workspace: Workspace, norm: str) -> None:
        super().__init__()
        self._workspace, self._norm = workspace, norm
        self._found: ask.Forms | None = None
        self._marked: list[int] = []
        self._newest = False  # one was added: the cursor goes there

    def compose(self) -> ComposeResult:
        with Vertical(id="forms") as window:
            window.border_title = "A norm"
            parts = Container(
                RowList(view.FORMS, header=True, id="forms-list"),
                VerticalScroll(Static(id="forms-text"), id="forms-about", can_focus=False),
                id="forms-parts",
            )
            yield StateBox(parts, loading="Reading its forms", id="forms-box")

    def on_mount(self) -> None:
        self._ask()

    def _ask(self) -> None:
        self.run_service(
            partial(ask.forms_of, self._workspace, self._norm),
            group="forms",
            on_result=self._arrived,
            on_error=self.query_one(StateBox).failed,
        )

    def _arrived(self, found: ask.Forms) -> None:
        self._found = found
        self.query_one(StateBox).ready()
        table = self.query_one(RowList)
        table.show(view.form_rows(found.forms, self._marked))
        table.styles.height = len(found.forms) + 1
        if self._newest:
            self._newest = False
            table.cursor = 0
        table.focus()
        self._draw()

    @property
    def current(self) -> NormVersion | None:
        """The form under the cursor."""
        row = self.query_one(RowList).current
        forms = self._found.forms if self._found is not None else ()
        return next((form for form in forms if row is not None and str(form.version) == row.key), None)

    def _draw(self) -> None:
        window, form = self.query_one("#forms"), self.current
        if self._found is None or form is None:
            return
        count = plural(len(self._found.forms), "form")
        window.border_title = Content(f"{view.called(form.norm)[:60]} · {count}")
        marked = f"{view.MARK} {len(self._marked)} marked · " if self._marked else ""
        window.border_subtitle = Content(self.told(marked + (_KEYS if self.size.width >= 110 else _SHORT)))
        about = view.about(self._found.conflicts, form.norm) if form.norm.active else ()
        shown = view.detail(form.norm, about, roomy=self.has_class("-tall"))
        self.query_one("#forms-text", Static).update(shown)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def on_row_list_moved(self) -> None:
        self.query_one("#forms-about").scroll_home(animate=False)
        self._draw()

    def on_row_list_chosen(self) -> None:
        self.action_compare()

    def action_mark(self) -> None:
        """Mark the form, or take its mark away; of three the oldest mark goes."""
        form, found = self.current, self._found
        if form is None or found is None:
            return
        others = [each for each in self._marked if each != form.version]
        self._marked = others if len(others) < len(self._marked) else [*others, form.version][-2:]
        self.query_one(RowList).show(view.form_rows(found.forms, self._marked))
        self._draw()

    def action_compare(self) -> None:
        """The two marked forms; the marked one and this; or this and the one before it (the first with the second)."""
        form, found = self.current, self._found
        if form is None or found is None:
            return
        chosen = {*self._marked, form.version} if len(self._marked) < 2 else set(self._marked)
        if len(chosen) < 2:
            chosen.add(form.version - 1 or 2)
        by_number = {each.version: each for each in found.forms}
        pair = [by_number[number] for number in sorted(chosen) if number in by_number]
        if len(pair) < 2:
            self.notify("It is the only form that the norm had.", title="Nothing to compare with")
            return
        self.app.push_screen(NormDiffScreen(pair[0], pair[1]))

    def action_repeal(self) -> None:
        """End the form that is in force."""
        standing = self._found.standing if self._found is not None else None
        if standing is None:
            self.notify("None of its forms is in force.", title="Nothing to repeal")
        else:
            norm_acts.repeal(self, self._workspace, standing, self._ask)

    def action_again(self) -> None:
        """Write a new form of it, beginning from this one."""
        form = self.current
        if form is None:
            return
        from workbench.tui.screens.modals.norm_add import AddNormScreen

        self.app.push_screen(AddNormScreen(self._workspace, form.norm), self._added)

    def _added(self, added: Added | Draft | None) -> None:
        if isinstance(added, Added):
            self._norm = added.norm.overlay or added.norm.id
            self._newest = True
            self._ask()

    def action_copy(self) -> None:
        """Copy the id."""
        if self.current is not None:
            self.workbench.copy(self.current.norm.id)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
