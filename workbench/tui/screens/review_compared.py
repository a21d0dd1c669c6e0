"""The draft as Review compares it with what is in force. For worker threads: touches no widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.service.views import Draft, KeyView, ReviewView
from workbench.tui.screens.review_rules import read_rules
from workbench.tui.screens.review_text import Rows, rows_of
from workbench.tui.view.rulebook import Rulebook

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Compared:
    """The draft as it was compared, and what everything on this screen is told with."""

    draft: Draft
    review: ReviewView
    rows: Rows
    book: Rulebook

    @property
    def differs(self) -> bool:
        """Whether there is anything to propose."""
        rows = (row for text_rows in self.rows.values() for row in text_rows)
        return bool(self.review.amendment_class) or any(row.kind != "same" for row in rows)

    @property
    def subject(self) -> tuple[str, ...]:
        """What analyses depend on: as long as it stays, what they found holds, whatever else of the draft changed."""
        draft, review = self.draft, self.review
        return draft.cedar_plus, draft.schema, draft.invariants, review.before_version, review.before_cedar


def compare(workspace: Workspace, known: Compared | None) -> tuple[Compared, tuple[KeyView, ...]]:
    """The draft of now, and the keys that may propose it. What ``known`` already read of the same texts is kept."""
    draft, found = workspace.draft(), workspace.review()
    made = Compared(draft, found, rows_of(found), known.book if known is not None else Rulebook())
    if known is None or known.subject != made.subject:
        made = replace(made, book=read_rules(workspace, found))
    return made, workspace.signing_keys()
