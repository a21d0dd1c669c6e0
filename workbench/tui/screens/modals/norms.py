"""Every norm: those of the constitution and those added at run time, with their conflicts. Add, repeal, open one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.service.norm_views import Added, NormView
from workbench.service.views import Draft
from workbench.tui.screens import norm_acts
from workbench.tui.screens import norm_questions as ask
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import norms as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.widgets.find_bar import FindBar
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.norms.conflicts import Conflict
    from workbench.service.workspace import Workspace

REFRESH = 2.0  # seconds between two looks at what has changed
_KEYS = "enter its forms · a adds · x repeals · / finds · o all there were · p into the draft · y copies its id · esc"
_SHORT = "enter · a adds · x repeals · / finds · o all · p draft · esc"


class NormsScreen(ServiceCalls, Window[None]):
    """Over any screen; esc goes back."""

    HELP = """Norms forbid something from the next action on; they can never permit. Those marked signed are rules of
    the constitution and are amended; the others were added at run time, and x repeals one. Enter opens the forms that a
    norm had, to be compared; a adds one; p writes it into the draft, so that it can become part of the constitution.
    A ▲ stands where a norm is in conflict with another, or with the version in force; where there are very many norms,
    c looks for conflicts. / finds norms by their words."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(
            back="close",
            add="add",
            repeal="repeal",
            ended="ended",
            promote="promote",
            find="find",
            conflicts="conflicts",
            copy="copy",
            explain="explain",
        ),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (130, "-wide")]  # noqa: RUF012 (Textual's own type)
    DEFAULT_CSS = """
    NormsScreen #norms {
        width: 96%; max-width: 180; height: 92%; background: $surface; padding: 0 1;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted;
    }
    NormsScreen.-none #norms { width: 92; max-width: 94%; height: 7; }
    NormsScreen #norms-find { display: none; padding: 0; }
    NormsScreen #norms-find.-open, NormsScreen.-found #norms-find { display: block; }
    NormsScreen #norms-parts { height: 1fr; layout: vertical; }
    NormsScreen #norms-list { height: 2fr; width: 1fr; background: $surface; }
    NormsScreen #norms-about { height: 3fr; width: 1fr; border-top: hkey $line; padding: 0 1; }
    NormsScreen #norms-text { height: auto; }
    NormsScreen.-wide #norms-parts { layout: horizontal; }
    NormsScreen.-wide #norms-list { height: 1fr; width: 3fr; }
    NormsScreen.-wide #norms-about { height: 1fr; width: 2fr; border-top: none; border-left: vkey $line; }
    """

    def __init__(self, workspace: Workspace, *, about: str = "") -> None:
        """``about``: the norm that the cursor begins on, as decisions name it."""
        super().__init__()
        self._workspace, self._about = workspace, about
        self._found: ask.Listed | None = None
        self._norms: list[NormView] = []
        self._ended = False
        self._words = ""
        self._looked_for: tuple[Conflict, ...] | None = None  # where they were asked for

    def compose(self) -> ComposeResult:
        with Vertical(id="norms") as window:
            window.border_title = "Norms"
            yield FindBar(placeholder="a name, a word it forbids, a faction, a severity …", id="norms-find")
            parts = Container(
                RowList(view.COLUMNS, header=True, id="norms-list"),
                VerticalScroll(Static(id="norms-text"), id="norms-about", can_focus=False),
                id="norms-parts",
            )
            yield StateBox(parts, loading="Reading the norms", id="norms-box")

    def on_mount(self) -> None:
        self._ask()
        self.set_interval(REFRESH, self._ask)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _ask(self) -> None:
        call = partial(ask.listed, self._workspace, ended=self._ended)
        self.run_service(
            call, group="norms", on_result=partial(self._arrived, self._ended), on_error=self._failed, when_busy="skip"
        )

    def _failed(self, error: Exception) -> None:
        self.query_one(StateBox).failed(error)

    def _arrived(self, ended: bool, found: ask.Listed) -> None:
        if ended != self._ended:
            self._ask()
            return
        if found == self._found and self.query_one(RowList).rows:
            return
        self._found, self._looked_for = found, None
        self._list()
        self._begin_at()

    def _begin_at(self) -> None:
        """Put the cursor on the norm that was asked for; one that has ended is listed among all there were."""
        about = self._about
        if not about:
            return
        norm = next((norm for norm in self._norms if view.is_called(norm, about)), None)
        if norm is not None:
            self._about = ""
            self.query_one(RowList).go_to(view.key(norm))
        elif not self._ended:
            self.action_ended()
        else:
            self._about = ""

    @property
    def _conflicts(self) -> tuple[Conflict, ...] | None:
        found = self._found
        return found.conflicts if found is not None and found.conflicts is not None else self._looked_for

    def _list(self) -> None:
        found = self._found
        if found is None:
            return
        self._norms = view.ordered(view.having(found.norms, self._words))
        self.set_class(not self._norms and not self._words, "-none")  # as high as what there is to say
        box, table = self.query_one(StateBox), self.query_one(RowList)
        if not self._norms and self._words:
            box.empty(f"No norm has the words {self._words}", "", self.told("/ then esc lists every one"))
        elif not self._norms:
            word = "was ever added" if self._ended else "is in force"
            why = "A norm forbids something from the next action on, and can never permit."
            box.empty(f"No norm {word}", why, self.told("a adds one"))
        else:
            box.ready()
        with_conflicts = frozenset(id for each in self._conflicts or () for id in (each.norm, each.other) if id)
        table.show(view.rows(self._norms, with_conflicts))
        if self.is_current and not self.query_one(FindBar).has_class("-open"):
            table.focus()
        self._draw()

    @property
    def current(self) -> NormView | None:
        """The norm under the cursor."""
        row = self.query_one(RowList).current
        return next((norm for norm in self._norms if row is not None and view.key(norm) == row.key), None)

    def _draw(self) -> None:
        window, found, norm = self.query_one("#norms"), self._found, self.current
        window.border_subtitle = Content(
            self.told((_KEYS if self.size.width >= 120 else _SHORT) if self._norms else "esc back")
        )
        if found is None:
            return
        acting = sum(each.active for each in found.norms)
        title = f"Norms: {acting} in force" + (f" of {len(found.norms)} there were" if self._ended else "")
        if self._conflicts:
            title += f" · ▲ {plural(len(self._conflicts), 'conflict')}"
        elif self._conflicts is None:
            title += " · c looks for conflicts"
        if found.unsigned:
            title += " · UNSIGNED"
        window.border_title = Content(title)
        if norm is not None:
            about = view.about(self._conflicts or (), norm) if norm.active else ()
            shown = view.detail(norm, about, roomy=self.size.height >= 36)
            self.query_one("#norms-text", Static).update(shown)

    # ---- keys ----------------------------------------------------------------------------------------------------

    def on_row_list_moved(self) -> None:
        self.query_one("#norms-about").scroll_home(animate=False)
        self._draw()

    def on_row_list_chosen(self) -> None:
        """The forms of the norm under the cursor."""
        norm = self.current
        if norm is not None:
            from workbench.tui.screens.modals.norm_forms import NormFormsScreen

            self.app.push_screen(NormFormsScreen(self._workspace, norm.overlay or norm.id), self._look)

    def _look(self, _: object = None) -> None:
        self._ask()

    def action_find(self) -> None:
        """Type words."""
        self.query_one(FindBar).open()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self._words = event.words
        self.set_class(bool(event.words), "-found")
        shown = Content.styled(f"/ {one_line(event.words)}", "$accent")
        self.query_one(FindBar).show(shown, Content.styled(self.told("/ then esc lists every one"), "$muted"))
        self._list()

    def on_find_bar_closed(self) -> None:
        self.query_one(RowList).focus()

    def action_conflicts(self) -> None:
        """Look for conflicts, however many norms there are."""
        self.notify("Looking for conflicts …", timeout=2)
        call = self._workspace.norm_reports.conflicts
        self.run_service(call, group="conflicts", on_result=self._conflicts_found)

    def _conflicts_found(self, found: tuple[Conflict, ...]) -> None:
        self._looked_for = found
        self.notify(plural(len(found), "conflict") if found else "No conflicts.", title="Looked", timeout=4)
        self._list()

    def action_add(self) -> None:
        """Write one."""
        from workbench.tui.screens.modals.norm_add import AddNormScreen

        self.app.push_screen(AddNormScreen(self._workspace), self._added)

    def _added(self, added: Added | Draft | None) -> None:
        if isinstance(added, Added):
            self._ask()
            self.call_later(self._go_to, added.norm)

    def _go_to(self, norm: NormView) -> None:
        self.query_one(RowList).go_to(view.key(norm))

    def action_repeal(self) -> None:
        """End the norm under the cursor."""
        norm = self.current
        if norm is not None:
            norm_acts.repeal(self, self._workspace, norm, self._ask)

    def action_ended(self) -> None:
        """Those in force, or all there ever were."""
        self._ended = not self._ended
        self._found = None
        self._ask()

    def action_promote(self) -> None:
        """Write the norm into the draft."""
        norm = self.current
        if norm is not None:
            call = partial(self._workspace.norms.promote, [norm.overlay or norm.id])
            self.run_service(call, group="promote", on_result=self._promoted)

    def _promoted(self, _: Draft) -> None:
        self.notify("It stands in the draft now; Review shows it, and it goes on acting.", title="Into the draft")

    def action_copy(self) -> None:
        """Copy the id."""
        if self.current is not None:
            self.workbench.copy(self.current.id)

    def action_explain(self) -> None:
        """What this window is for, in sentences."""
        from workbench.tui.screens.modals.keys import HelpScreen

        self.app.push_screen(HelpScreen("Norms", " ".join(self.HELP.split())))

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
