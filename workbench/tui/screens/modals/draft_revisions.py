"""The revisions of the draft: when each was saved, what it changed, and any of them again. Restoring loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content

from workbench.tui.lexers import cedar, english
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import revisions as view
from workbench.tui.view.diff import DiffRow, diff_rows
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.draft_revisions import DraftRevisions, Revision

KEYS = "enter brings it back · c against now · e English/Cedar+ · n p changes · esc back"
SHORT_KEYS = "enter brings it back · c now · e text · n p · esc"


class RevisionsScreen(ServiceCalls, Window[int]):
    """Answers the key of a revision to bring back; ``None`` for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(
            back="close", against="against", text="text", next="step(1)", previous="step(-1)", columns="columns"
        ),
    ]
    DEFAULT_CSS = """
    RevisionsScreen #revisions {
        width: 96%; height: 92%; background: $background; layout: vertical;
        border: round $primary; border-title-color: $primary; border-title-style: bold; border-subtitle-color: $muted;
    }
    RevisionsScreen StateBox { height: 1fr; }
    RevisionsScreen #revision-panes { layout: vertical; height: 1fr; }
    RevisionsScreen #revision-rows { height: 2fr; max-height: 14; }
    RevisionsScreen DiffView {
        height: 3fr; background: $background; border-top: solid $line;
        border-title-color: $muted; border-subtitle-color: $muted;
    }
    RevisionsScreen DiffView:focus { border-top: solid $primary; }
    """

    def __init__(self, revisions: DraftRevisions) -> None:
        super().__init__()
        self._service = revisions
        self._revisions: tuple[Revision, ...] = ()
        self._cedar: bool | None = None  # a person's choice; else the text that differs
        self._against_now = False

    def compose(self) -> ComposeResult:
        with Container(id="revisions") as window:
            window.border_title = "The draft's revisions"
            yield StateBox(
                Container(RowList(view.COLUMNS, header=True, id="revision-rows"), DiffView(), id="revision-panes"),
                loading="Reading the revisions",
            )

    def on_mount(self) -> None:
        self.run_service(
            self._service.list, group="revisions", on_result=self._arrived, on_error=self.query_one(StateBox).failed
        )

    def on_resize(self) -> None:
        keys = KEYS if self.size.width >= 92 else SHORT_KEYS
        self.query_one("#revisions").border_subtitle = Content(self.told(keys if self._revisions else "esc back"))

    def _arrived(self, revisions: tuple[Revision, ...]) -> None:
        self._revisions = revisions
        box = self.query_one(StateBox)
        if not revisions:
            box.empty("No revision yet", "Every save of the draft is kept here; nothing was written yet.", "esc back")
            return
        box.ready()
        self.on_resize()
        table = self.query_one("#revision-rows", RowList)
        status = self.workbench.status
        now = status.now if status is not None else datetime.now(UTC)
        table.show(view.rows(revisions, now))
        table.focus()
        self._draw()

    @property
    def _place(self) -> int:
        """Of the revision under the cursor among them all."""
        row = self.query_one("#revision-rows", RowList).current
        return next((n for n, each in enumerate(self._revisions) if row is not None and str(each.key) == row.key), -1)

    def _compared(self) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """Title, English and Cedar+ of the two sides."""
        here = self._revisions[self._place]
        mine = (f"revision {here.number}", here.english, here.cedar_plus)
        if self._against_now:
            now = next(each for each in self._revisions if each.newest)
            return ("the draft now", now.english, now.cedar_plus), mine
        before = next((each for each in self._revisions[self._place + 1 :] if each.state != "stale"), here)
        return (f"revision {before.number}", before.english, before.cedar_plus), mine

    def _draw(self) -> None:
        if self._place < 0:
            return
        before, after = self._compared()
        in_cedar = self._cedar if self._cedar is not None else before[1] == after[1] and before[2] != after[2]
        text = 2 if in_cedar else 1
        diff = self.query_one(DiffView)
        rows: tuple[DiffRow, ...] = diff_rows(before[text], after[text])
        diff.show(rows, titles=(before[0], after[0]), lexer=cedar.lex if in_cedar else english.lex)
        diff.border_title = Content(f"{'Cedar+' if in_cedar else 'English'} · {before[0]} → {after[0]}")
        self._count(0 if before[text] == after[text] else diff.hunk + 1, diff.hunk_count)

    def _count(self, index: int, total: int) -> None:
        self.query_one(DiffView).border_subtitle = Content(f"change {index} of {total}" if total else "the same text")

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        self._count(event.index, event.total)

    def on_row_list_moved(self) -> None:
        self._draw()

    def on_row_list_chosen(self) -> None:
        place = self._place
        if place < 0 or self._revisions[place].newest:
            self.notify("This is the draft as it is now", timeout=3)
        else:
            self.dismiss(self._revisions[place].key)

    def action_close(self) -> None:
        """Back, with the draft as it is."""
        self.dismiss(None)

    def action_against(self) -> None:
        """Compare with the draft as it is now, or with the revision before."""
        self._against_now = not self._against_now
        self._draw()

    def action_text(self) -> None:
        """The other text."""
        shown = str(self.query_one(DiffView).border_title)
        self._cedar = not shown.startswith("Cedar+")
        self._draw()

    def action_step(self, step: int) -> None:
        """To the next or previous change."""
        self.query_one(DiffView).step_hunk(step)

    def action_columns(self) -> None:
        """Side by side, or one column."""
        self.query_one(DiffView).toggle_layout()
