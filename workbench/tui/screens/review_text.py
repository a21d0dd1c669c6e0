"""Review's view of the text: what changes in words, the class of amendment and why, and both texts line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.service.views import ReviewView
from workbench.tui.lexers import cedar, english
from workbench.tui.view import review as view
from workbench.tui.view.diff import DiffRow, counts, diff_rows
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.widgets.state_box import StateBox

Texts: TypeAlias = Literal["cedar", "english"]
Rows: TypeAlias = Mapping[Texts, tuple[DiffRow, ...]]

_NAMES: Mapping[Texts, str] = {"cedar": "Cedar+", "english": "English"}


def rows_of(review: ReviewView) -> Rows:
    """Both texts compared; may take a while for long ones."""
    return {
        "cedar": diff_rows(review.before_cedar, review.after_cedar),
        "english": diff_rows(review.before_english, review.after_english),
    }


class TextPane(StateBox):
    """Filled by a review. Knows no service."""

    def __init__(self, *, id: str = "review-text") -> None:
        words = VerticalScroll(Static(id="changes"), id="words", classes="pane")
        judgement = VerticalScroll(Static(id="judgement"), id="verdict", classes="pane")
        super().__init__(
            Container(words, judgement, id="review-top"),
            DiffView(id="diff"),
            loading="Comparing the draft with what is in force",
            id=id,
        )
        self._review: ReviewView | None = None
        self._rows: Rows = {}
        self._shown: Texts = "cedar"

    def on_mount(self) -> None:
        self.query_one("#words").border_title = "What changes"
        self.query_one("#verdict").border_title = "Amendment"
        self.diff.add_class("pane")

    @property
    def diff(self) -> DiffView:
        """Where the lines are."""
        return self.query_one("#diff", DiffView)

    def focus_list(self) -> None:
        """Put the focus on the lines."""
        if not (self.has_class("-said") or self.has_class("-waiting")):
            self.diff.focus()

    def compare(self, review: ReviewView, rows: Rows) -> None:
        """Show what differs. What is shown already keeps its place."""
        self.ready()
        if review == self._review:
            return
        self._review, self._rows = review, rows
        self.query_one("#changes", Static).update(view.changes(review))
        self.query_one("#judgement", Static).update(view.judgement(review))
        self.query_one("#verdict").border_subtitle = Content(view.blocked_line(review))
        self._show_texts()

    def say(self, said: str) -> None:
        """Something on the frame of the amendment, until it is nothing: how far a proof is."""
        blocked = view.blocked_line(self._review) if self._review is not None else ""
        self.query_one("#verdict").border_subtitle = Content(said or blocked)

    def switch_text(self) -> None:
        """From Cedar+ to English, or back."""
        self._shown = "english" if self._shown == "cedar" else "cedar"
        self._show_texts()

    def _show_texts(self) -> None:
        if self._review is not None:
            lexer = cedar.lex if self._shown == "cedar" else english.lex
            titles = (f"in force · {self._review.before_version}", "draft")
            self.diff.show(self._rows[self._shown], titles=titles, lexer=lexer)

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        if self._review is None:
            return
        other: Texts = "english" if self._shown == "cedar" else "cedar"
        removed, added = counts(self._rows[self._shown])
        changed = any(row.kind != "same" for row in self._rows[other])
        where = f"change {event.index} of {event.total}" if event.total else "no change in this text"
        event.diff.border_title = Content(f"{_NAMES[self._shown]}  -{removed} +{added} · {where}")
        event.diff.border_subtitle = Content(f"e: {_NAMES[other]}{', changed too' if changed else ''}")
