"""What F1 says of a part of a screen that has the focus, in sentences; keys stand in braces by their action's id. Pure.

A widget of ours says it in its own ``HELP``; here are the parts that are plain lists, texts and fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Help(NamedTuple):
    """A title and a few sentences."""

    title: str
    text: str


_MOVE = "{list.down} and {list.up} move, {list.first} and {list.follow} go to the first and the last row."
_SCROLL = "{list.down} and {list.up} scroll, {list.page-down} and {list.page-up} go a screenful."

PARTS: dict[tuple[str, str], Help] = {
    ("author", "english"): Help(
        "English",
        "Norms in English, one sentence each. The sign before a sentence says what came of it: it stands in Cedar+, "
        "is not read yet, is not understood, or can be meant in several ways ({author.answer} answers). "
        "{author.compile} takes new rules over, {author.external} opens the text in your own editor, {author.leave} "
        "leaves the field so that digits open screens. Everything is saved as you type.",
    ),
    ("author", "cedar"): Help(
        "Cedar+",
        "The rules as they are decided. They can be written by hand as well, and are checked as you type: an error is "
        "underlined where it is, and {author.next-diagnostic} goes to the next. {author.complete} offers words of the "
        "schema, {author.external} opens the text in your own editor.",
    ),
    ("author", "findings"): Help(
        "Findings", f"What is wrong with the text, or worth a look. Enter goes to the place that is meant. {_MOVE}"
    ),
    ("author", "about"): Help(
        "Meaning",
        "What the rule at the caret says in plain English, what was assumed in reading it, and how sure that is. "
        f"{_SCROLL}",
    ),
    ("sign", "sign-difference"): Help(
        "The difference",
        "The text that the proposal changes, line by line, beside what is in force. {sign.texts} opens it large, with "
        f"the other text. {_SCROLL}",
    ),
    ("tests", "CasesPane RowList"): Help(
        "Test cases",
        "Requests with the decision that is expected and what both engines decide. Enter on a case shows all of it; "
        "{tests.accept} says that it expects the right thing, {tests.correct} changes what it expects, {tests.reject} "
        f"keeps it from being run. {_MOVE}",
    ),
    ("tests", "CasesPane VerticalScroll"): Help(
        "A test case", f"The case under the cursor: its request, its data, what was decided and why. {_SCROLL}"
    ),
    ("tests", "ConditionsPane RowList"): Help(
        "Conditions",
        "Every condition of every rule, and whether some case meets it and some case does not. One that is met only "
        f"one way is not tested. {_MOVE}",
    ),
    ("tests", "ConditionsPane VerticalScroll"): Help(
        "A condition", f"The condition under the cursor, its rule, and the cases that meet it either way. {_SCROLL}"
    ),
    ("tests", "MistakesPane RowList"): Help(
        "Mistakes",
        "Small mistakes put into the rules on purpose that no case notices. {tests.accept} adds the case that would "
        f"notice the one under the cursor. {_MOVE}",
    ),
    ("tests", "MistakesPane VerticalScroll"): Help(
        "A mistake",
        f"What the mistake under the cursor changes, and a request that is then decided otherwise. {_SCROLL}",
    ),
    ("review", "words"): Help(
        "What changes",
        f"The change in words: rules that came, went or say something else. {_SCROLL}",
    ),
    ("review", "verdict"): Help(
        "Amendment",
        "The class of the amendment, which says how many must sign and how long it waits, and why it is that one. "
        f"{_SCROLL}",
    ),
    ("review", "meaning"): Help(
        "What it means",
        "What the change means at a glance: requests decided otherwise than before. {review.view} shows them with "
        f"their data. {_SCROLL}",
    ),
    ("review", "review-text"): Help(
        "The text", f"The difference of the texts, with what it means beside it where there is room. {_SCROLL}"
    ),
    ("review", "diff"): Help(
        "The text",
        "The draft against what is in force. {review.next-hunk} and {review.previous-hunk} go from change to change, "
        "{review.columns} shows it side by side or in one column, {review.text} compares the other text, "
        f"{{review.folds}} shows unchanged lines. {_SCROLL}",
    ),
    ("review", "MeaningPane RowList"): Help(
        "What is decided otherwise",
        "Requests that the draft decides otherwise than what is in force: newly permitted, denied or held, each proved "
        "by an example. {review.open} opens one with all its data, {review.add-test} makes it a test case. "
        f"{_MOVE}",
    ),
    ("review", "MeaningPane VerticalScroll"): Help(
        "A request", f"The request under the cursor, decided by both versions, and by which rules. {_SCROLL}"
    ),
    ("review", "ProofsPane RowList"): Help(
        "What is proved",
        "What must never, or always, be permitted: whether that holds for every request there can be, or an example "
        "that breaks it. {review.invariants} writes them, {review.again} proves again, {review.stop} stops. "
        f"{_MOVE}",
    ),
    ("review", "ProofsPane VerticalScroll"): Help(
        "A proof", f"The answer under the cursor: what was asked, under which assumptions, and the example. {_SCROLL}"
    ),
    ("review", "TestsPane RowList"): Help(
        "Test cases", f"The draft's test cases, run on both engines; those that fail stand first. {_MOVE}"
    ),
    ("review", "TestsPane VerticalScroll"): Help(
        "A test case", f"The case under the cursor: its request, what it expects and what was decided. {_SCROLL}"
    ),
    ("sign", "proposals"): Help(
        "Proposals",
        "What is proposed, what waits for signatures or for time to pass, and what became of the others. "
        "{sign.approve} approves and {sign.reject} rejects the one under the cursor with a key; the last six "
        f"characters of its digest are typed by hand. {_MOVE}",
    ),
    ("sign", "proposal-about"): Help(
        "A proposal",
        "The proposal under the cursor: its digest, its class and why, its seats and who may fill them, how long it "
        f"waits, and what happened to it. {{sign.texts}} shows what it changes. {_SCROLL}",
    ),
    ("cases", "held"): Help(
        "Cases",
        "Requests that a procedure holds, the most urgent on top. {cases.approve} approves and {cases.reject} rejects "
        f"the one under the cursor; {{cases.event}} opens the decision that opened it. {_MOVE}",
    ),
    ("cases", "held-about"): Help(
        "A case",
        "The case under the cursor: the request in full, the procedure in English, its seats and who may fill them, "
        f"how long it still waits. {_SCROLL}",
    ),
    ("cases", "find-input"): Help(
        "Find", "Words that a case must have in it. Enter goes back to the list, esc forgets the words."
    ),
    ("speech", "speech-messages"): Help(
        "Messages",
        "The messages of the transcript, each with what the worst of its statements came to. {speech.next-bad} goes "
        f"to the next statement that may not stand. {_MOVE}",
    ),
    ("speech", "speech-text"): Help(
        "What was said", f"The message, its normative statements marked where they stand. {_SCROLL}"
    ),
    ("speech", "speech-statements"): Help(
        "Statements",
        "Each statement with its modality, its grounds and the verdict; the pane beside it explains the one under the "
        f"cursor. {{speech.copy-hint}} copies what would help. {_MOVE}",
    ),
    ("speech", "speech-about"): Help(
        "A statement",
        "Why the statement may stand or not: its grounds, the licence and the axiom that decided, and the hint for "
        f"the next try. {{speech.view}} goes on to evidence, profiles and notes. {_SCROLL}",
    ),
    ("history", "timeline"): Help(
        "Timeline",
        "All that was recorded beside decisions, the newest first: versions, votes, norms, cases. {history.open} "
        "opens the entry under the cursor, {history.mark} marks a version to be compared, {history.filter} lists one "
        "group, {history.moment} what had happened by a moment; {history.why} tells why the decision of then came out. "
        f"{_MOVE}",
    ),
    ("history", "entry-about"): Help(
        "An entry",
        f"The entry under the cursor: what happened, who signed, its number and hash in the ledger. {_SCROLL}",
    ),
    ("history", "find-input"): Help(
        "Find", "Words that an entry's sentence must have. Enter goes back to the list, esc forgets the words."
    ),
    ("history", "moment-input"): Help(
        "A moment",
        "A time in the past, as 3 March, yesterday 14:00 or 2026-03-03. Enter lists what had happened by then; how "
        "it is read stands at the right. Esc goes back.",
    ),
}
"""Screen and part → help. A part is a widget's id, else its kind after the kind of the pane around it."""

KINDS = {
    "RowList": Help(
        "A list", f"{_MOVE} Enter opens the row under the cursor; {{list.search}} goes to a row by its words."
    ),
    "OptionList": Help("A list", f"{_MOVE} Enter takes the row under the cursor."),
    "Input": Help("A field", "Type here. Enter goes on, esc goes back; {global.help} is the only key that explains."),
    "Select": Help("A choice", "Enter shows what there is to choose from; the arrows move, enter takes one, esc none."),
    "Button": Help("A button", "Enter or a click does what it says; tab goes on to the next."),
    "TextArea": Help("A text", "Type here; tab goes on where it is not text."),
    "DiffView": Help("A difference", f"What was removed stands beside, or above, what came instead. {_SCROLL}"),
    "VerticalScroll": Help("A text", _SCROLL),
}
"""What there is to say of any such widget, where nothing of it is known."""


NAMES = {
    "EventList": "Decisions",
    "GroupList": "Groups of refusals",
    "AgentBoard": "Agents",
    "FilterInput": "The filter",
    "SearchLine": "A search",
    "TranscriptArea": "A transcript",
    "CasesPane": "Test cases",
    "MeaningPane": "What it means",
}
"""What people call a widget that has no title: class → name."""


def named(kind: str) -> str:
    """A name for a class of widget or window, in words: never the class's own."""
    words = re.findall(r"[A-Z][^A-Z]*", kind.removesuffix("Screen").removesuffix("Pane"))
    return NAMES.get(kind) or " ".join(words).capitalize() or "Help"


def part_help(screen: str, id: str, kinds: Sequence[str], around: Sequence[str]) -> Help | None:
    """What is known of a part of ``screen``: by its id, or by its kind within one of the panes ``around`` it."""
    if (screen, id) in PARTS:
        return PARTS[screen, id]
    for pane in around:
        for kind in kinds:
            if (screen, f"{pane} {kind}") in PARTS:
                return PARTS[screen, f"{pane} {kind}"]
    return None


def kind_help(kinds: Sequence[str]) -> Help | None:
    """What there is to say of the kind of widget."""
    return next((KINDS[kind] for kind in kinds if kind in KINDS), None)
