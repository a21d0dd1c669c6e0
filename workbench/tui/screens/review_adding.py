"""Making a witness a test case of the draft: what it should expect is asked, and nobody has reviewed it yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.service.views import Draft
from workbench.tui.hints import hinted
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.view.witness import Shown, as_test, deed

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

EXPECTATIONS = ("allow", "deny", "hold")


def ask_to_add(screen: ServiceCalls, workspace: Workspace, shown: Shown, added: Callable[[], object]) -> None:
    """Ask, add, and say so; ``added`` is called once it stands in the draft."""
    ours = shown.witness.after.outcome

    def answered(expect: str | None) -> None:
        if expect:
            case = as_test(shown, expect)
            screen.run_service(
                workspace.add_tests, (case,), group="add-test", on_result=partial(_added, screen, expect, added)
            )

    choices = [(name, f"{name} (as it is)" if name == ours else name) for name in EXPECTATIONS]
    said = f"“{deed(shown.witness)}” becomes a test case of the draft. What is right?"
    screen.app.push_screen(ChoiceScreen("What should happen?", said, choices, focus=shown.wanted or ours), answered)


def _added(screen: ServiceCalls, expect: str, added: Callable[[], object], draft: Draft) -> None:
    name = str(draft.tests[-1].get("name", "")) if draft.tests else ""
    screen.notify(
        hinted(f"“{name}” expects {expect}; 3 opens Tests", "review"), title="A test of the draft", markup=False
    )
    added()
