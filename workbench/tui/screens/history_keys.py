"""What can be done on History, and the screen in sentences. Data for the one registry of actions."""

from __future__ import annotations

from workbench.tui.actions import Action

HELP = (
    "The ledger without its decisions (those are in Live): versions, votes, cases, overlays, the directory, keys, "
    "checkpoints; newest first. Enter opens an entry; r shows a version's rules with their English and who "
    "signed each. Space marks versions and d compares two of them, or one with its parent. V verifies the chain and "
    "every ledger entry. On a norm n shows the forms that it had, d compares one with the form before and x repeals "
    "it; a adds one. v lists the next group, / finds words, : takes a moment (3 March) and lists what had happened "
    "by then; P tells why the decision of that moment came out, down to signatures and proof; l goes to it in Live."
)
ACTIONS = (
    Action("history.open", "Open", "Open the entry under the cursor", ("enter",), scope="history"),
    Action("history.filter", "Group", "List the next group of entries", ("v", "right_square_bracket"), scope="history"),
    Action("history.find", "Find", "List the entries whose sentence has your words", ("slash",), scope="history"),
    Action("history.moment", "Moment", "List what had happened by then: 3 March, 14:30", ("colon",), scope="history"),
    Action(
        "history.why",
        "Why",
        "Why the decision that it names, or the last one by then, came out: rules, signers, proof",
        ("P",),
        scope="history",
    ),
    Action("history.rules", "Rules", "The version's rules, their English and signers", ("r",), scope="history"),
    Action(
        "history.compare",
        "Compare",
        "Compare two marked versions, one with its parent, or a norm with the form before",
        ("d",),
        scope="history",
    ),
    Action("history.norm", "Norm's forms", "The forms that a norm had, to compare and repeal", ("n",), scope="history"),
    Action("history.repeal-norm", "Repeal", "Repeal the norm under the cursor", ("x",), scope="history"),
    Action("history.verify", "Verify", "Verify the chain and every entry; can be stopped", ("V",), scope="history"),
    Action(
        "history.add-norm",
        "Add norm",
        "Write a norm in one line",
        ("a",),
        scope="history",
        show=False,
        run="app.add_norm",
    ),
    Action("history.mark", "Mark", "Mark a version for the comparison", ("space",), scope="history", show=False),
    Action(
        "history.goto",
        "Sign/Case",
        "Open what the entry is about, in Sign or Cases",
        ("s",),
        scope="history",
        show=False,
    ),
    Action(
        "history.live",
        "Decision",
        "Open the decision it names, or the first one after it, in Live",
        ("l",),
        scope="history",
        show=False,
    ),
    Action("history.copy", "Copy hash", "Copy the entry's hash", ("c",), scope="history", show=False),
    Action(
        "history.filter-back",
        "Group before",
        "List the group before",
        ("left_square_bracket",),
        scope="history",
        show=False,
    ),
    Action(
        "history.back",
        "Back",
        "Back to the list; then forget words and marks",
        ("escape",),
        scope="history",
        show=False,
    ),
)
OF_THE_LIST = frozenset(("history.open", "history.filter", "history.find", "history.moment"))
"""What is not done in an entry that is read."""
OF_A_NORM = frozenset(("history.open", "history.norm", "history.compare"))
"""What the footer offers first while the cursor is on a norm."""
