"""What can be done on Tests, as data: the actions of its three views, and what the footer hints at in each."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.tui.actions import Action
from workbench.tui.view.tests import View

HELP = (
    "Every case is decided by our engine and by Cedar's own. A generated case only proposes what should happen: read "
    "it, then a accepts it in your name, c corrects what it expects, x rejects it. v goes on to Conditions, which says "
    "which condition was met both ways and by which cases, and to Mistakes, which lists what could be wrong in the "
    "rules without any case noticing: a adds the case that would. p proposes cases anew and keeps what people said."
)


def _action(name: str, title: str, help: str, *keys: str, show: bool = True, run: str = "") -> Action:
    return Action(f"tests.{name}", title, help, keys, scope="tests", show=show, run=run)


ACTIONS = (
    _action("accept", "Accept", "Say that the case expects the right thing; on Mistakes: add the case", "a"),
    _action("correct", "Correct", "Change what the case expects", "c"),
    _action(
        "reject", "Reject", "Nobody wants this case: keep it from being run and proposed; again: take it back", "x"
    ),
    _action("add", "Add", "Make a case by hand, from a recorded decision or from another case", "t"),
    _action("view", "View", "Go on to the next view: cases, conditions, mistakes", "v", "right_square_bracket"),
    _action("filter", "Filter", "List all cases, those that fail, those nobody reviewed, those rejected", "f"),
    _action("propose", "Propose anew", "Make the proposed cases anew for the rules as they are now", "p"),
    _action("view-before", "View before", "Go back to the view before", "left_square_bracket", show=False),
    _action("next-open", "Next open", "Go to the next failed or unreviewed case", "n", show=False),
    _action("run", "Run", "Run every case on both engines again, or measure again", "r", show=False),
    _action("mistakes", "Mistakes", "Show mistakes in the rules that no case notices", "m", show=False),
    _action("remove", "Remove", "Take the case out of the draft for good (asks)", "delete", show=False),
    _action("export", "Case file", "Write the cases that are listed to a file, Cedar's form or ours", "E", show=False),
    _action("import", "Import", "Add the cases of a file, Cedar's form or ours", "i", show=False, run="import_cases"),
    _action("close", "Stop/close", "Stop what is being worked out; else back to the list", "escape", show=False),
    *(
        _action(f"to-{name}", name.capitalize(), what, show=False, run=f"show_view('{name}')")
        for name, what in (
            ("cases", "Show the draft's test cases"),
            ("conditions", "Show which conditions the cases meet both ways"),
            ("mistakes", "Show which mistakes in the rules no case notices"),
        )
    ),
)

FOOTER: Mapping[View, tuple[str, ...]] = {
    "cases": ("tests.accept", "tests.correct", "tests.reject", "tests.add", "tests.view", "tests.propose"),
    "conditions": ("tests.view", "tests.propose", "tests.add"),
    "mistakes": ("tests.accept", "tests.view", "tests.propose"),
}
"""Ids, the commonest first."""
