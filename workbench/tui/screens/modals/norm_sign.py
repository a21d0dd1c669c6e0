"""Signing that a norm acts, and that it acts no more. See ``signing`` for the safeguards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from workbench.service.norm_views import Added, NormView
from workbench.service.views import KeyView
from workbench.tui.screens.modals.signing import SigningWindow
from workbench.tui.view import norms as view
from workbench.tui.view.norms import NO_REASON
from workbench.tui.view.overlays import id_parts
from workbench.tui.view.prose import stack, text
from workbench.tui.view.severity import badge

if TYPE_CHECKING:
    from workbench.norms import Norm
    from workbench.service.workspace import Workspace


def operators_first(keys: Sequence[KeyView]) -> int:
    """Which key is offered: that of an operator, who signs for norms."""
    return next((number for number, key in enumerate(keys) if key.role == "operator"), 0)


class PlaceNormScreen(SigningWindow[Added]):
    """Answers what adding it did, or ``None``. ``what``: the norm in words."""

    def __init__(
        self, workspace: Workspace, norm: Norm, what: str, keys: Sequence[KeyView], *, why: str, replace: bool
    ) -> None:
        super().__init__(workspace, keys, "Sign and add", norm.id, "the norm's id")
        self._norm, self._what, self._why, self._replace = norm, what, why or NO_REASON, replace

    def heading(self) -> str:
        return "Add a norm"

    def about(self) -> Content:
        return stack(
            Content.assemble(badge(self._norm.severity), "  ", text(self._what, "$ink bold")),
            text(f"“{self._why}”", "$accent") if self._why != NO_REASON else None,
            text("It takes the place of what is in force under its name.", "$hold") if self._replace else None,
            text("It forbids from the next action on, in every process. An operator signs for it.", "$muted"),
            Content.assemble(("id ", "$muted"), id_parts(self._norm.id)),
        )

    def suggested(self) -> int:
        return operators_first(self._keys)

    def work(self) -> Callable[[], Added]:
        workspace, norm, why, replace = self._workspace, self._norm, self._why, self._replace
        using = self.using()
        return lambda: workspace.norms.add(norm, why=why, using=using, replace=replace)


class RepealNormScreen(SigningWindow[NormView]):
    """Answers the norm as it ended, or ``None``."""

    def __init__(self, workspace: Workspace, norm: NormView, keys: Sequence[KeyView]) -> None:
        super().__init__(workspace, keys, "Repeal", norm.id, "the norm's id")
        self._norm = norm

    def heading(self) -> str:
        return "Repeal a norm"

    def about(self) -> Content:
        return repealing(self._norm)

    def rows(self) -> Iterator[Widget]:
        yield self.row("Why", Input(compact=True, placeholder="a sentence, kept for good", max_length=500, id="why"))
        yield from self.key_rows()

    def suggested(self) -> int:
        return operators_first(self._keys)

    def missing(self) -> tuple[str, str]:
        return ("", "") if self.query_one("#why", Input).value.strip() else ("say why", "#why")

    def work(self) -> Callable[[], NormView]:
        workspace, overlay = self._workspace, self._norm.overlay
        why, using = self.query_one("#why", Input).value.strip(), self.using()
        return lambda: workspace.norms.repeal(overlay, why=why, using=using)


def repealing(norm: NormView) -> Content:
    """What is about to end."""
    return stack(
        Content.assemble(badge(norm.severity), "  ", text(view.called(norm), "$ink bold")),
        text(f"forbids {view.forbids(norm)}") if norm.name else None,
        text(f"“{norm.why}”", "$accent") if view.reasoned(norm.why) else None,
        text("It forbids no more from the next action on. The record keeps it.", "$muted"),
        Content.assemble(("id ", "$muted"), id_parts(norm.id)),
    )
