"""What can be done on Speech, as data, and what the footer hints at in each state of the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from workbench.tui.actions import Action
from workbench.tui.view.speech import VIEWS

HELP = (
    "May an agent say this in this form, given what it has observed? Paste a transcript anywhere on this screen, write "
    "words with i, or open a file with o, a sample with s, a decision of the feed with f. Each message of the agent is "
    "judged on what its tools had answered by then: every statement with its form (demand, claim, condition, refusal), "
    "what its evidence licenses, the axiom it breaks, and what would help. A statement cites evidence as [@key]. t "
    "turns between the strict profile and the compatible one, and the view Profiles shows what differs. n goes to the "
    "next statement that may not stand. Nothing that is judged here is recorded or sent anywhere."
)


def _action(name: str, title: str, help: str, *keys: str, show: bool = True, run: str = "") -> Action:
    return Action(f"speech.{name}", title, help, keys, scope="speech", show=show, run=run)


ACTIONS = (
    _action("write", "Write/paste", "Write words or paste a transcript into the editor; esc leaves it", "i"),
    _action("open", "Open", "Open a transcript: one opened lately, a sample, or any file by its path", "o"),
    _action("sample", "Sample", "Load a sample transcript; again: the next one", "s"),
    _action("feed", "From feed", "Take what was said for a decision of the feed", "f"),
    _action("next-bad", "Next bad", "Go to the next statement that may not stand, in any message", "n"),
    _action("profile", "Profile", "Judge by the other profile: strict, or compatible with normcore", "t"),
    _action("copy-hint", "Copy hint", "Copy what would help: the hint that the agent gets for its next try", "c"),
    _action("view", "View", "Go on to the next view: statement, grounds, profiles, notes", "v", "right_square_bracket"),
    _action("export", "Judgment", "Write the judgment of this message, or of all, to a file as JSON", "E"),
    _action("view-before", "View before", "Go back to the view before", "left_square_bracket", show=False),
    _action("give-grounds", "Grounds", "Add evidence as JSON: grounds or annotations beside the transcript", "a"),
    Action(
        "speech.external",
        "$EDITOR",
        "Edit the text in your own editor ($VISUAL or $EDITOR)",
        ("ctrl+e",),
        scope="speech",
        show=False,
        priority=True,
    ),
    _action("decision", "Decision", "Open the decision that the words were judged for, in Live", "d", show=False),
    _action("language", "Language", "Judge as the language found, as English only, as German only", "l", show=False),
    _action("kind", "Kind", "Say what kind of transcript it is, where that was not found out", "K", show=False),
    _action("clear", "Clear", "Take the transcript away (asks where it was written here)", "x", show=False),
    _action("back", "Back", "Leave the editor; stop judging; back to the list", "escape", show=False),
    *(
        _action(f"to-{name}", name.capitalize(), what, show=False, run=f"show_view('{name}')")
        for name, what in (
            ("statement", "Show the statement that is looked at, and what would help"),
            ("grounds", "Show the evidence: accepted, cited, left out, and who vouches for it"),
            ("profiles", "Show what both profiles say of the message"),
            ("notes", "Show what did not enter from the transcript, and why"),
        )
    ),
)
assert len(VIEWS) == 4

State = Literal["nothing", "writing", "judged"]
FOOTER: Mapping[State, tuple[str, ...]] = {
    "nothing": ("speech.sample", "speech.open", "speech.write", "speech.feed"),
    "writing": ("speech.back",),
    "judged": (
        "speech.next-bad",
        "speech.view",
        "speech.profile",
        "speech.copy-hint",
    ),
}
"""Ids, the commonest first."""
