"""Screen 4: the draft against what is in force: rules in words, the class it will have, and both texts line by line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.service.views import KeyView, ProposalView, ReviewView
from workbench.tui.actions import Action
from workbench.tui.lexers import cedar, english
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.propose import ProposeScreen
from workbench.tui.view import review as view
from workbench.tui.view.diff import DiffRow, counts, diff_rows
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.widgets.state_box import StateBox

Texts = Literal["cedar", "english"]
Compared = tuple[ReviewView, dict[Texts, tuple[DiffRow, ...]]]


class ReviewScreen(WorkbenchScreen):
    """What the draft would change, and the step that proposes it."""

    NUMBER = 4
    NAME = "review"
    CSS_PATH = "review.tcss"
    AUTO_FOCUS = ""
    SMALLEST = (40, 10)
    HELP = (
        "Above: which rules the draft adds, changes or removes, in words, and the class of amendment that this makes "
        "it; nobody chooses the class. Below: the texts. n and p go from change to change, e switches between Cedar+ "
        "and English, t between side by side and one column. P turns the draft into a proposal that others sign."
    )
    ACTIONS = (
        Action("review.propose", "Propose", "Turn the draft into a proposal", ("P",), scope="review"),
        Action("review.next-hunk", "Next", "Go to the next change of the text", ("n",), scope="review"),
        Action("review.previous-hunk", "Previous", "Go to the previous change", ("p",), scope="review", show=False),
        Action("review.text", "English/Cedar+", "Compare the other text", ("e",), scope="review"),
        Action("review.columns", "Columns", "Side by side, or one column", ("t",), scope="review"),
        Action(
            "review.folds", "Fold", "Show or hide the lines that did not change", ("z",), scope="review", show=False
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self._compared: Compared | None = None
        self._shown: Texts = "cedar"
        self._keys: tuple[KeyView, ...] = ()

    def compose_body(self) -> Iterable[Widget]:
        words = VerticalScroll(Static(id="changes"), id="words", classes="pane")
        judgement = VerticalScroll(Static(id="judgement"), id="verdict", classes="pane")
        yield StateBox(
            Container(words, judgement, id="review-top"),
            DiffView(id="diff"),
            loading="Comparing the draft with what is in force",
            id="review-box",
        )

    def on_mount(self) -> None:
        self.query_one("#words").border_title = "What changes"
        self.query_one("#verdict").border_title = "Amendment"
        self.query_one("#diff").add_class("pane")

    @property
    def review(self) -> ReviewView | None:
        """What is shown."""
        return self._compared[0] if self._compared else None

    def refresh_data(self) -> None:
        workspace = self.workspace

        def compare() -> tuple[Compared, tuple[KeyView, ...]]:
            found = workspace.review()
            rows: dict[Texts, tuple[DiffRow, ...]] = {
                "cedar": diff_rows(found.before_cedar, found.after_cedar),
                "english": diff_rows(found.before_english, found.after_english),
            }
            return (found, rows), workspace.signing_keys()

        self.run_service(compare, group="review", on_result=self._arrived, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        self._compared = None
        self.query_one(StateBox).failed(error)
        self.show_hints()

    def _arrived(self, found: tuple[Compared, tuple[KeyView, ...]]) -> None:
        compared, self._keys = found
        again = self._compared is not None and self._compared[0] == compared[0]
        self._compared = compared
        review, rows = compared
        box = self.query_one(StateBox)
        if (
            not any(row.kind != "same" for text_rows in rows.values() for row in text_rows)
            and not review.amendment_class
        ):
            box.empty(
                "The draft says the same as what is in force",
                f"Version {review.before_version} is compared with the draft as soon as the draft differs.",
                "2 opens Author",
            )
        else:
            box.ready()
            if not again:
                self._draw(review)
            if self.in_front and not self.focused:
                self.query_one("#diff").focus()
        self.show_hints()

    def _draw(self, review: ReviewView) -> None:
        self.query_one("#changes", Static).update(view.changes(review))
        self.query_one("#judgement", Static).update(view.judgement(review))
        self.query_one("#verdict").border_subtitle = Content(view.blocked_line(review))
        self._show_texts()

    def _show_texts(self) -> None:
        if self._compared is None:
            return
        review, rows = self._compared
        diff = self.query_one("#diff", DiffView)
        lexer = cedar.lex if self._shown == "cedar" else english.lex
        diff.show(rows[self._shown], titles=(f"in force · {review.before_version}", "draft"), lexer=lexer)

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        if self._compared is None:
            return
        other: Texts = "english" if self._shown == "cedar" else "cedar"
        removed, added = counts(self._compared[1][self._shown])
        changed = any(row.kind != "same" for row in self._compared[1][other])
        where = f"change {event.index} of {event.total}" if event.total else "no change in this text"
        event.diff.border_title = Content(f"{_NAMES[self._shown]}  -{removed} +{added} · {where}")
        event.diff.border_subtitle = Content(f"e: {_NAMES[other]}{', changed too' if changed else ''}")

    # ---- actions -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a difference there is nothing to do here."""
        if action in ("propose", "next_hunk", "previous_hunk", "text", "columns", "folds"):
            return self._compared is not None and not self.query_one(StateBox).has_class("-said")
        return super().check_action(action, parameters)

    def action_next_hunk(self) -> None:
        """To the next change."""
        self.query_one("#diff", DiffView).step_hunk(1)

    def action_previous_hunk(self) -> None:
        """To the previous change."""
        self.query_one("#diff", DiffView).step_hunk(-1)

    def action_text(self) -> None:
        """The other text."""
        self._shown = "english" if self._shown == "cedar" else "cedar"
        self._show_texts()

    def action_columns(self) -> None:
        """Side by side, or one column."""
        self.query_one("#diff", DiffView).toggle_layout()

    def action_folds(self) -> None:
        """All lines, or only those near a change."""
        self.query_one("#diff", DiffView).toggle_folds()

    def action_propose(self) -> None:
        """Ask for a summary and propose; what stands in the way is said first."""
        review = self.review
        if review is None:
            return
        if review.blockers:
            first = review.blockers[0]
            said = "\n".join(part for part in (first.message, first.help) if part)
            self.notify(said, title="The draft cannot be proposed yet", severity="warning", markup=False)
            return
        people = tuple(dict.fromkeys(key.principal for key in self._keys if key.principal))
        self.app.push_screen(ProposeScreen(self.workspace, review, people), self._proposed)

    async def _proposed(self, proposal: ProposalView | None) -> None:
        if proposal is not None:
            self.notify(f"{proposal.version.version} waits for signatures", title="Proposed", markup=False)
            await self.workbench.goto_proposal(proposal.version.digest)


_NAMES: dict[Texts, str] = {"cedar": "Cedar+", "english": "English"}
