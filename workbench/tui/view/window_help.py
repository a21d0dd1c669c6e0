"""What F1 says of a window, in sentences, where the window does not say it itself in its ``HELP``. Pure."""

from __future__ import annotations

from workbench.tui.view.focus_help import Help

_SIGNED = (
    "The key signs and its passphrase opens it; a key that ssh-agent holds needs none. The last six characters are "
    "typed by hand, so that nothing is signed by accident: until they are right the button does nothing. "
    "Esc goes back and nothing is signed."
)
_DIFFERENCE = "n and p go from change to change, t shows it side by side or in one column, esc goes back."

WINDOWS: dict[str, Help] = {
    "AcknowledgeScreen": Help("Acknowledge", "Says that the violation was seen, with a reason that stays. " + _SIGNED),
    "AcknowledgeGroupScreen": Help(
        "Acknowledge a group",
        "Says that these refusals are known, why, and until when. Every terminal shows it then, until the time is over "
        "or the group grows tenfold. No decision changes. It can be signed or said unsigned. Enter leads to Cancel, "
        "ctrl+s says it; esc goes back.",
    ),
    "CaseFileScreen": Help(
        "A file of cases", "Where the test cases that are listed are written to, or read from. Esc goes back."
    ),
    "CaseVoteScreen": Help(
        "A vote", "Approves or rejects the request that is held, under the name of the key. " + _SIGNED
    ),
    "ChoiceScreen": Help(
        "A question", "The first answer is the one that changes nothing. Tab goes to the next, enter gives it."
    ),
    "ConfirmScreen": Help(
        "A question", "The focus is on the answer that changes nothing, so enter alone never does the other."
    ),
    "RevisionsScreen": Help(
        "Revisions of the draft",
        "Each time the draft was saved, and what that changed. An older one can be made the draft again, as a new "
        "revision: nothing is lost by it. Esc goes back.",
    ),
    "DossierScreen": Help(
        "A dossier", "Everything about one version is written into one file, for an auditor. Esc stops it."
    ),
    "EditedScreen": Help(
        "From your editor",
        f"What your editor has changed; it is taken over already, and u takes it back. {_DIFFERENCE}",
    ),
    "ErrorScreen": Help(
        "An error", "What failed, and what to do. c copies all of it for a report; what was saved is not lost."
    ),
    "ExampleScreen": Help(
        "An example",
        "One request of the last days that the draft decides otherwise, with all its data and both decisions. t tries "
        "it with other values, y copies it, esc goes back.",
    ),
    "InvariantsScreen": Help(
        "Invariants",
        "What must never, or always, be permitted, one a line. They are checked as you type and saved with the draft; "
        "Review proves them, and so does every proposal. Esc saves and goes back.",
    ),
    "JumpScreen": Help(
        "Jump",
        "A letter stands on everything that can have the focus; pressing it puts the focus there. Esc goes back.",
    ),
    "LeaderScreen": Help(
        "Where to", "A digit opens one of the nine screens, a letter one of the windows, also while you type elsewhere."
    ),
    "LiftScreen": Help("End it early", "Ends what is in force beside the signed version. " + _SIGNED),
    "ModelScreen": Help(
        "A model's proposals",
        "A language model reads the sentences; its words stand here as they come. Nothing it proposes is taken over "
        "until a person says yes to it. Esc stops it.",
    ),
    "NormDiffScreen": Help("Two forms of a norm", f"What was said before against what is said since. {_DIFFERENCE}"),
    "NormFormsScreen": Help(
        "Forms of a norm", "Every form that the norm had: who changed what, when and why. Esc goes back."
    ),
    "OverlaysScreen": Help(
        "In force beside the version",
        "Stops, norms added at run time and whatever else acts beside the signed version. Enter ends the one under the "
        "cursor, with a signature; esc goes back.",
    ),
    "PickScreen": Help("A choice", "The arrows, or j and k, move; enter takes the row under the cursor, esc none."),
    "PlaceNormScreen": Help("A norm for everyone", "Puts the norm in force, under the name of the key. " + _SIGNED),
    "ProposalDiffScreen": Help(
        "What is proposed",
        f"What a signer reads before signing: the texts line by line; m shows what is decided otherwise. {_DIFFERENCE}",
    ),
    "ProposeScreen": Help(
        "Propose",
        "Makes the draft a proposal: a sentence that says what it is for, and in whose name. It decides nothing until "
        "enough people have signed it and its time has passed. Enter leads to Cancel, so nobody proposes by "
        "accident; esc goes back, and what was written is offered again.",
    ),
    "QuestionScreen": Help(
        "What is meant",
        "The sentence can be meant in several ways, which decide this request differently. Say how to decide it, "
        "or take a reading by its number. Esc leaves it open.",
    ),
    "ReasonScreen": Help(
        "Why", "The reason stays on record, and everyone can read it. Esc goes back, nothing is done."
    ),
    "RepealNormScreen": Help("Repeal a norm", "The norm ends with the next action. " + _SIGNED),
    "RevertScreen": Help(
        "Go back",
        "Makes a proposal of what stood before the version in force. It needs the same signatures as any other.",
    ),
    "SignScreen": Help("A signature", "Approves or rejects the proposal, under the name of the key. " + _SIGNED),
    "SpeechGroundsScreen": Help(
        "Evidence",
        "What the speaker could know, as JSON: statements are judged anew with it. Esc goes back without it.",
    ),
    "OpenTranscriptScreen": Help(
        "Open a transcript", "One opened lately, a sample, or any file by its path. Enter opens it, esc goes back."
    ),
    "StopScreen": Help(
        "Stop an agent",
        "Denies the agent's actions from the next one on; nobody else is concerned, and it ends by itself. " + _SIGNED,
    ),
    "ThemesScreen": Help(
        "Themes", "The interface wears the theme under the cursor. Enter keeps it, esc puts the old one back."
    ),
    "VerifyScreen": Help(
        "Verify",
        "Goes through every version and every entry of the ledger, and says what holds and what not. Esc stops it.",
    ),
    "VersionDiffScreen": Help(
        "Two versions", f"One version against another. e goes on to the next text. {_DIFFERENCE}"
    ),
    "VersionRulesScreen": Help(
        "Rules of a version",
        "Each rule beside its English, since when it stands so, and who signed that. y copies it, esc goes back.",
    ),
    "WhyScreen": Help(
        "Why it was decided so",
        "The rules that decided, their English and who signed them; the same decision made again now; and the proof "
        "that it stands in the ledger. n and p go to the decision after and before, c copies all of it.",
    ),
    "WithdrawGroupScreen": Help(
        "Withdraw an acknowledgement",
        "Everybody sees the group as unacknowledged again. What was signed is taken back with a signature, what was "
        "not without one. Esc goes back.",
    ),
    "WitnessScreen": Help(
        "An example in full",
        "A request with all its data, as both versions and both engines decide it. It can be copied, and made a test "
        "case of the draft. Esc goes back.",
    ),
}
"""Class of a window → help."""


def window_help(kinds: list[str]) -> Help | None:
    """The help of a window by its class, or by what that is made from."""
    return next((WINDOWS[kind] for kind in kinds if kind in WINDOWS), None)
