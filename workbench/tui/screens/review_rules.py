"""Both sides of a change as a rulebook, which witnesses and proofs are told with. For worker threads: no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.words_voice import Voice
from workbench.service.errors import WorkbenchError
from workbench.service.views import ReviewView
from workbench.tui.view.rulebook import Rulebook, book_of

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


def read_rules(workspace: Workspace, review: ReviewView, what: str = "draft", name: str = "draft") -> Rulebook:
    """The rules of ``what`` (the draft, or a proposal by its digest) and of what it follows.

    Where a text is not clean the analyses say so; what is changed is then told by the review alone.
    """
    from workbench.service.rules import rule_views  # loads the language, which no first paint waits for

    try:
        before, after = workspace.analysing.pair(after=what)
    except WorkbenchError:
        return book_of(review, (), name)
    rules = rule_views(after.program)
    invariants = rule_views(after.invariants) if after.invariants is not None else ()
    return book_of(review, rules, name, Voice(after.program, before.program, after.invariants), invariants)
