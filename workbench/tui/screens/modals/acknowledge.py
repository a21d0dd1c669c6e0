"""A signer's word that a jump of the clock, or a restored database, is known. See ``signing`` for the safeguards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from workbench.service.governing_views import SignWith
from workbench.service.views import KeyView
from workbench.tui.screens.modals.signing import SigningWindow
from workbench.tui.view.alerts import sign
from workbench.tui.view.prose import label, plural, stack, text
from workbench.tui.view.review import digest_parts

if TYPE_CHECKING:
    from workbench.service.acknowledging import Pending
    from workbench.service.workspace import Workspace

MEANS = {
    "clock": "Signing says: the clock's time is right, and timelocks may run to it. An operator signs that. Where it "
    "is wrong, set the clock instead: then nothing is to be signed.",
    "restored": "Signing says: the database is older than its own records, that is known, and decisions may be made "
    "again on what it says.",
}


class AcknowledgeScreen(SigningWindow[str]):
    """Answers what was acknowledged (``clock``, ``restored``), or ``None``. ``digest``: of the version in force."""

    def __init__(self, workspace: Workspace, pending: Pending, keys: Sequence[KeyView], digest: str) -> None:
        super().__init__(workspace, keys, "Acknowledge", digest, "the digest in force")
        self._pending = pending

    def heading(self) -> str:
        return "Acknowledge"

    def about(self) -> Content:
        what, missing = self._pending.what, int(self._pending.facts.get("missing", 0))
        return stack(
            sign("frozen" if what == "clock" else "sealed"),
            text(self._pending.words, "$ink bold"),
            text(MEANS[what]),
            text(f"{plural(missing, 'entry', 'entries')} missing", "$deny bold") if missing else None,
            stack(label("IN FORCE  sha256"), digest_parts(self._confirm.removeprefix("sha256:"))),
        )

    def rows(self) -> Iterator[Widget]:
        yield self.row("Why", Input(compact=True, placeholder="what happened, in a sentence", max_length=500, id="why"))
        yield from self.key_rows()

    def suggested(self) -> int:
        """An operator's key: nobody else may accept a time."""
        return next((number for number, key in enumerate(self._keys) if key.role == "operator"), 0)

    def missing(self) -> tuple[str, str]:
        return ("", "") if self.query_one("#why", Input).value.strip() else ("say what happened", "#why")

    def work(self) -> Callable[[], str]:
        workspace, what = self._workspace, self._pending.what
        why, using = self.query_one("#why", Input).value.strip(), self.using() or SignWith()

        def acknowledge() -> str:
            workspace.acknowledging.acknowledge(what, why=why, using=using)
            return what

        return acknowledge
