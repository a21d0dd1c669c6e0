"""What can be done on Author, as data: its actions with their keys, and what its help says."""

from __future__ import annotations

from workbench.tui.actions import Action

HELP = (
    "Write norms in English on the left: each sentence is read as you type, its sign says what came of it, and the "
    "words at the caret are tinted together with the clause that they became. F5 takes new rules into the Cedar+ on "
    "the right, with test cases; ctrl+l asks which reading is meant where there are several. Cedar+ can be written by "
    "hand as well; it is checked as you type. "
    "ctrl+o and w, t or d open Words, Try and Last days. "
    "Tab goes from pane to pane, esc leaves the editors so that digits open screens. All is saved as you type, and "
    "every save is kept: outside the editors u and U go back and forth among the revisions, H lists them."
)
ACTIONS = (
    Action(
        "author.compile",
        "Compile",
        "Compile the English into Cedar+",
        ("f5", "ctrl+r"),
        scope="author",
        priority=True,
    ),
    Action(
        "author.next-diagnostic",
        "Next",
        "Go to the next error or warning",
        ("f8", "ctrl+n"),
        scope="author",
        priority=True,
    ),
    Action(
        "author.previous-diagnostic",
        "Previous",
        "Go to the previous error or warning",
        ("shift+f8", "f20"),
        scope="author",
        show=False,
        priority=True,
    ),
    Action(
        "author.answer",
        "Answer",
        "Answer the question about the sentence at the caret, or take back which reading was chosen",
        ("ctrl+l",),
        scope="author",
        priority=True,
    ),
    Action(
        "author.model",
        "Ask a model",
        "Ask the configured language model about the sentence at the caret, or about all that are not understood",
        ("f12",),
        scope="author",
        show=False,
        priority=True,
    ),
    Action(
        "author.complete",
        "Complete",
        "Offer words of the schema that fit at the caret (they come by themselves as well); tab or enter takes one",
        ("ctrl+@",),
        scope="author",
        show=False,
        priority=True,
    ),
    Action("author.write", "Write", "Go into the English, to write there", ("i",), scope="author"),
    Action(
        "author.leave", "Leave editor", "Leave the editor, so that digits open screens", ("escape",), scope="author"
    ),
    Action(
        "author.invariants",
        "Invariants",
        "Write what must never, or always, be permitted",
        ("ctrl+g",),
        scope="author",
        show=False,
        priority=True,
    ),
    Action(
        "author.external",
        "$EDITOR",
        "Edit the text that has the focus in $VISUAL or $EDITOR",
        ("ctrl+e",),
        scope="author",
        show=False,
        priority=True,
    ),
    Action(
        "author.words",
        "Words",
        "What a sentence can speak of, how it is said, and other ways to say it (while typing: ctrl+o w)",
        ("w",),
        scope="author",
        show=False,
        run="app.pane('words')",
    ),
    Action(
        "author.try",
        "Try",
        "Try a request as a form, decided by the draft as you fill it in (while typing: ctrl+o t)",
        ("t",),
        scope="author",
        show=False,
        run="app.pane('try')",
    ),
    Action(
        "author.last-days",
        "Last days",
        "What the draft would have changed in the last days, with examples (while typing: ctrl+o d)",
        ("d",),
        scope="author",
        show=False,
        run="app.pane('last-days')",
    ),
    Action(
        "author.undo-revision",
        "Undo",
        "Bring back the revision of the draft before this one, both texts and tests (ctrl+z in an editor undoes keys)",
        ("u",),
        scope="author",
        show=False,
    ),
    Action(
        "author.redo-revision",
        "Redo",
        "Bring back the revision that was undone last",
        ("U",),
        scope="author",
        show=False,
    ),
    Action(
        "author.revisions",
        "Revisions",
        "List the draft's revisions, with what each changed; enter brings one back as a new one",
        ("H",),
        scope="author",
        show=False,
    ),
    Action(
        "author.reset",
        "Start again",
        "Throw the draft away and begin again from what is in force (it stays in the history)",
        (),
        scope="author",
        show=False,
    ),
)
