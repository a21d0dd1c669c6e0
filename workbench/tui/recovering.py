"""At the start: what a program that was killed had typed and not saved is taken up, and that is said.

A thread of the app's; the service does the work (``service.unsaved_texts``). Imports no screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.tui.hints import hinted
from workbench.tui.lanes import in_lane

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.service.unsaved_texts import Recovered
    from workbench.service.workspace import Workspace
    from workbench.tui.app import WorkbenchApp

TITLE = "The last session ended without being closed"


def recover(app: WorkbenchApp, workspace: Workspace) -> None:
    """Look for abandoned texts in a thread, and say what became of them."""

    def work() -> None:
        try:
            found = workspace.drafting.writing.unsaved.recover()
        except Exception as error:
            app.call_later(app.report, error)
        else:
            app.call_later(tell, app, found)

    in_lane(app, work, "recover")


def tell(app: WorkbenchApp, found: Recovered) -> None:
    """Say what was found; nothing, where every program ended as it should."""
    words = said(found)
    if words:
        app.announce(words, title=TITLE, timeout=12)
        if app.front is not None and app.front.NAME == "author":
            app.front.refresh_data()


def said(found: Recovered) -> str:
    """What became of the text, and the next key."""
    if found.outcome == "taken":
        return hinted(
            f"What was typed last{_at(found.at)} is in the draft, as revision {found.revision}: 2 opens Author.",
            "overview",
        )
    if found.outcome == "kept":
        typed = f"What was typed last{_at(found.at)} is in the draft's history"
        return f"{typed}, because the draft was changed since: H on Author."
    return "Nothing was lost: all that was typed is in the draft." if found.outcome == "closed" else ""


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f", at {moment:%H:%M:%S} UTC,"
