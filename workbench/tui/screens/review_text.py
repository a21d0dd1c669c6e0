"""Review's view of the text: what changes in words, the class of amendment and why, what the change means, and both
texts line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from workbench.service.views import ReviewView
from workbench.tui.actions import key_of
from workbench.tui.lexers import cedar, english
from workbench.tui.view import review as view
from workbench.tui.view.diff import DiffRow, counts, diff_rows
from workbench.tui.view.export import ExportView
from workbench.tui.widgets.chrome import Clickable
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.widgets.splitter import SplitPanes
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


class Brief(Static, Clickable):
    """What a change means, in few words; a click goes to the view that tells all of it."""


class TextPane(StateBox):
    """Filled by a review. Knows no service."""

    def __init__(self, *, id: str = "review-text") -> None:
        words = VerticalScroll(Brief(id="meant"), Static(id="changes"), id="words", classes="pane")
        judgement = VerticalScroll(Static(id="judgement"), id="verdict", classes="pane")
        meaning = VerticalScroll(Brief(id="meant-in-full"), id="meaning", classes="pane")
        super().__init__(
            SplitPanes(
                Container(words, judgement, meaning, id="review-top"),
                DiffView(id="diff"),
                id="review-text-panes",
            ),
            loading="Comparing the draft with what is in force",
            id=id,
        )
        self._review: ReviewView | None = None
        self._rows: Rows = {}
        self._shown: Texts = "cedar"

    def on_mount(self) -> None:
        self.query_one("#words").border_title = "What changes"
        self.query_one("#verdict").border_title = "Amendment"
        self.query_one("#meaning").border_title = "What it means"
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
        """Show what differs: the other text where this one says the same. What is shown already keeps its place."""
        self.ready()
        if review == self._review:
            return
        self._review, self._rows = review, rows
        if self._differs(self._other) and not self._differs(self._shown):
            self._shown = self._other
        self.query_one("#changes", Static).update(view.changes(review))
        self.query_one("#judgement", Static).update(view.judgement(review))
        self.query_one("#verdict").border_subtitle = Content(view.blocked_line(review))
        self._show_texts()

    def say(self, said: str) -> None:
        """Something on the frame of the amendment, until it is nothing: how far a proof is."""
        blocked = view.blocked_line(self._review) if self._review is not None else ""
        self.query_one("#verdict").border_subtitle = Content(said or blocked)

    def mean(self, brief: Content) -> None:
        """Say what the change means: its first line above the words, all of it where there is a pane for it."""
        self.query_one("#meant", Static).update(brief[: brief.plain.index("\n")] if "\n" in brief.plain else brief)
        self.query_one("#meant-in-full", Static).update(brief)
        self.set_class(not brief.plain, "-unmeant")

    def recall(self, text: str, layout: str) -> None:
        """Begin with this text and layout, where they are known."""
        if text in _NAMES:
            self._shown = "english" if text == "english" else "cedar"
        if layout in ("side", "unified"):
            self.diff.layout_choice = "side" if layout == "side" else "unified"

    @property
    def shown(self) -> Texts:
        """Which text is compared."""
        return self._shown

    def export_view(self) -> ExportView:
        """The lines of this text that differ."""
        rows = self._rows[self._shown]

        def lines() -> Iterator[tuple[object, ...]]:
            for row in rows:
                if row.kind != "same":
                    yield row.kind, row.left_number or None, row.left, row.right_number or None, row.right

        return ExportView(f"review-{self._shown}", ("change", "line before", "before", "line after", "after"), lines)

    def switch_text(self) -> None:
        """From Cedar+ to English, or back."""
        self._shown = self._other
        self._show_texts()

    @property
    def _other(self) -> Texts:
        return "english" if self._shown == "cedar" else "cedar"

    def _differs(self, text: Texts) -> bool:
        return any(row.kind != "same" for row in self._rows[text])

    def _show_texts(self) -> None:
        if self._review is not None:
            lexer = cedar.lex if self._shown == "cedar" else english.lex
            titles = (f"in force · {self._review.before_version}", "draft")
            self.diff.show(self._rows[self._shown], titles=titles, lexer=lexer)

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        if self._review is None:
            return
        other = self._other
        removed, added = counts(self._rows[self._shown])
        changed = self._differs(other)
        where = f"change {event.index} of {event.total}" if event.total else "no change in this text"
        event.diff.border_title = Content(f"{_NAMES[self._shown]}  -{removed} +{added} · {where}")
        event.diff.border_subtitle = Content(
            f"{key_of('review.text')} {_NAMES[other]}{', changed too' if changed else ''}"
        )
