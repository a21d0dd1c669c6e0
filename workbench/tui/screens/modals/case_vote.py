"""Voting on a case with a key registered for a person of the directory. See ``signing`` for the safeguards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from workbench.service.governing_views import CaseView, SignWith
from workbench.service.views import KeyView
from workbench.tui.screens.modals.signing import SigningWindow
from workbench.tui.view import held as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import stack, text
from workbench.tui.view.spans import name_of

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

Verdict = Literal["approve", "reject"]
VERBS: dict[Verdict, str] = {"approve": "Approve", "reject": "Reject"}


class CaseVoteScreen(SigningWindow[CaseView]):
    """Answers the case as it stands after the vote, or ``None``."""

    NOBODY: ClassVar[str] = (
        "No key of this machine is registered for anybody who may vote on this. "
        "`workbench credentials register-key` registers one."
    )

    def __init__(self, workspace: Workspace, case: CaseView, verdict: Verdict, keys: Sequence[KeyView]) -> None:
        super().__init__(workspace, view.voting_keys(case, keys), VERBS[verdict], case.id, "the case")
        self._case = case
        self._verdict: Verdict = verdict

    def heading(self) -> str:
        return f"{self.verb} what {name_of(self._case.requester)} asks"

    def about(self) -> Content:
        case = self._case
        return stack(
            text(view.asked(case), "$ink bold"),
            text(view.context_line(case), "$muted") if case.context else None,
            text(f"“{one_line(case.english)}”", "$accent") if case.english else None,
            Content.assemble(("case ", "$muted"), view.id_parts(case.id)),
            *(view.seat(case, place) for place in case.seats),
        )

    def key_name(self, key: KeyView) -> str:
        return view.key_name(key)

    def rows(self) -> Iterator[Widget]:
        yield from self.key_rows()
        yield self.row(
            "Comment", Input(compact=True, placeholder="optional, goes into the vote", max_length=500, id="comment")
        )

    def work(self) -> Callable[[], CaseView]:
        cases, case, verdict = self._workspace.cases, self._case.id, self._verdict
        comment, using = self.query_one("#comment", Input).value.strip(), self.using() or SignWith()
        return lambda: cases.vote(case, verdict, using=using, comment=comment)
