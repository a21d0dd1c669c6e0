"""Signing a vote on a proposal: see ``signing`` for the safeguards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select

from workbench.service.views import KeyView, ProposalView
from workbench.tui.screens.dossiers import Written
from workbench.tui.screens.modals.signing import SigningWindow
from workbench.tui.view import sign as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural, stack, text
from workbench.tui.view.review import CLASSES, digest_parts
from workbench.tui.widgets.choice_field import ChoiceField

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

Verdict = Literal["approve", "reject"]

MOST_WARNINGS = 3  # that the window says in full: whoever signs reads them where the key is pressed


class SignScreen(SigningWindow[ProposalView]):
    """Answers the proposal as it stands after the vote, or ``None``.

    ``dossier``: what was written for reading; whoever says that they read it signs its digest as well.
    """

    def __init__(
        self,
        workspace: Workspace,
        proposal: ProposalView,
        verdict: Verdict,
        keys: Sequence[KeyView],
        dossier: Written | None = None,
    ) -> None:
        super().__init__(workspace, keys, view.verb(proposal, verdict), proposal.version.digest)
        self._proposal = proposal
        self._verdict: Verdict = verdict
        self._dossier = dossier

    def heading(self) -> str:
        return f"{self.verb} version {one_line(self._proposal.version.version)}"

    def about(self) -> Content:
        version, warnings = self._proposal.version, self._proposal.review.warnings
        left = len(warnings) - MOST_WARNINGS
        return stack(
            digest_parts(version.digest.removeprefix("sha256:")),
            Content.assemble(
                (one_line(version.amendment_class), CLASSES.get(version.amendment_class, "$ink bold")),
                "  ",
                text(one_line(version.summary)),
            ),
            *(view.seat_line(seat) for seat in self._proposal.seats),
            *(text(f"▲ {one_line(each.message)}", "$sev-warning") for each in warnings[:MOST_WARNINGS]),
            text(f"▲ and {plural(left, 'more warning')}: the proposal names them", "$sev-warning")
            if left > 0
            else None,
            text(view.VETO_MEANS, "$hold") if self.verb == "Veto" else None,
        )

    def rows(self) -> Iterator[Widget]:
        yield from self.key_rows()
        yield self.row(
            "Comment", Input(compact=True, placeholder="optional, goes into the vote", max_length=500, id="comment")
        )
        if self._dossier is not None:
            read = (("not read", ""), ("I have read it: its digest goes into the vote", self._dossier.digest))
            yield self.row("Dossier", ChoiceField(read, value="", name="dossier"))

    def suggested(self) -> int:
        """A key whose person can still fill a seat, or one who has not voted, or the first."""
        voted = {signer.principal for signer in self._proposal.version.signers}
        able = {who for seat in self._proposal.seats if not seat.filled_by for who in seat.may_fill}
        fresh = [number for number, key in enumerate(self._keys) if key.principal not in voted]
        fitting = [number for number in fresh if self._keys[number].principal in able]
        return (fitting or fresh or [0])[0]

    def work(self) -> Callable[[], ProposalView]:
        workspace, digest, verdict = self._workspace, self._proposal.version.digest, self._verdict
        comment, using = self.query_one("#comment", Input).value.strip(), self.using()
        dossier = str(self.query_one("#dossier", Select).value) if self._dossier is not None else ""
        return lambda: workspace.vote(digest, using=using, verdict=verdict, comment=comment, dossier=dossier)
