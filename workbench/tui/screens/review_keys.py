"""What can be done on Review, as data: the actions of its four views, and what the footer hints at in each."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.tui.actions import Action
from workbench.tui.view.review import View

HELP = (
    "Four views of the draft against what is in force; v goes on to the next. Text: the rules that change, in words, "
    "the class of amendment that this makes it (nobody chooses it), and both texts line by line. Meaning: what is "
    "decided otherwise, each with a request that shows it. Proofs: the invariants, and what is proved of the rules. "
    "Tests: the draft's cases on both engines. P turns the draft into a proposal that others sign."
)


def _action(name: str, title: str, help: str, *keys: str, show: bool = True, run: str = "") -> Action:
    return Action(f"review.{name}", title, help, keys, scope="review", show=show, run=run)


ACTIONS = (
    _action("propose", "Propose", "Turn the draft into a proposal", "P"),
    _action("view", "View", "Go on to the next view: text, meaning, proofs, tests", "v", "right_square_bracket"),
    _action("view-before", "View before", "Go back to the view before", "left_square_bracket", show=False),
    _action("open", "Open", "Open the request under the cursor with all its data", "enter"),
    _action("next-hunk", "Next", "Go to the next change, witness, answer or test that wants a look", "n"),
    _action("previous-hunk", "Previous", "Go to the one before", "p", show=False),
    _action("add-test", "Add test", "Make the witness a test case of the draft", "a"),
    _action("copy", "Copy", "Copy the witness as JSON: request, data, decisions", "y", show=False),
    _action("semantics", "Semantics", "Prove under our semantics, or under Cedar's own", "s"),
    _action("data", "Data", "Prove with data that may be missing, or that is all there", "d"),
    _action("again", "Again", "Prove or run it again", "r", show=False),
    _action("invariants", "Invariants", "Write what must never, or always, be permitted", "i", show=False),
    _action("stop", "Stop", "Stop what is being proved", "x", "escape"),
    _action("text", "English/Cedar+", "Compare the other text", "E"),
    _action("columns", "Columns", "Side by side, or one column", "t"),
    _action("folds", "Fold", "Show or hide unchanged lines, or answers that are no news", "z", show=False),
    *(
        _action(f"to-{name}", name.capitalize(), what, show=False, run=f"show_view('{name}')")
        for name, what in (
            ("text", "Show the text of the change"),
            ("meaning", "Show what the change means"),
            ("proofs", "Show what is proved of the draft"),
            ("tests", "Show the draft's tests on both engines"),
        )
    ),
)

FOOTER: Mapping[View, tuple[str, ...]] = {
    "text": ("review.propose", "review.view", "review.next-hunk", "review.text", "review.columns"),
    "meaning": ("review.open", "review.view", "review.add-test", "review.propose", "review.semantics", "review.data"),
    "proofs": ("review.open", "review.view", "review.propose", "review.invariants", "review.semantics", "review.data"),
    "tests": ("review.open", "review.view", "review.next-hunk", "review.again", "review.propose"),
}
"""Ids, the commonest first."""
