"""Adding and repealing norms from any screen or window: what is asked on the way, and what is said at the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.service.norm_views import Added, NormView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.keyring import keys_here
from workbench.tui.screens.modals.norm_sign import RepealNormScreen, repealing
from workbench.tui.screens.modals.reason import ReasonScreen
from workbench.tui.view import norms as view
from workbench.tui.view.norms import NO_REASON

if TYPE_CHECKING:
    from workbench.service.views import KeyView
    from workbench.service.workspace import Workspace


def repeal(host: ServiceCalls, workspace: Workspace, norm: NormView, done: Callable[[], object]) -> None:
    """Ask for a signature (for a yes where nobody signs), then end the norm; ``done`` is called after that.

    What cannot be repealed here, a norm of the constitution for one, is said with what to do instead.
    """

    def ask() -> tuple[NormView, bool, tuple[KeyView, ...]]:
        found = workspace.norms.check_repeal(norm.overlay or norm.id)
        unsigned = workspace.norms.unsigned
        return found, unsigned, () if unsigned else keys_here(workspace)

    def answered(found: NormView | None) -> None:
        if found is not None:
            host.notify(f"{view.called(found)} forbids no more", title="Repealed", markup=False)
            host.workbench.look_now()
            done()

    def reasoned(found: NormView, why: str | None) -> None:
        if why is not None:
            call = partial(workspace.norms.repeal, found.overlay, why=why or NO_REASON)
            host.run_service(call, group="repeal", on_result=answered)

    def asked(answer: tuple[NormView, bool, tuple[KeyView, ...]]) -> None:
        found, unsigned, keys = answer
        if unsigned:
            question = ReasonScreen("Repeal a norm", repealing(found), yes="Repeal")
            host.app.push_screen(question, partial(reasoned, found))
        else:
            host.app.push_screen(RepealNormScreen(workspace, found, keys), answered)

    host.run_service(ask, group="repeal", on_result=asked)


def said(added: Added) -> str:
    """What became of a norm that was added."""
    name = view.called(added.norm)
    if added.already:
        return f"{name} was in force already"
    gone = f", in the place of {', '.join(norm.id[:8] for norm in added.replaced)}" if added.replaced else ""
    return f"{name} acts from the next action on{gone}"
