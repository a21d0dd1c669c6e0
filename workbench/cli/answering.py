"""Which reading of an ambiguous sentence is meant: said with options, or asked for on the terminal.

``--answer 3=allow`` answers the question about sentence 3, ``--pick 3=2`` takes its second reading. Imports authoring
inside the functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import MisusedError, RefusedError
from workbench.cli.output import Printer, one_line

if TYPE_CHECKING:
    from workbench.authoring.questions import Answer, Inquiry
    from workbench.authoring.result import Question, Reading

AnswerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--answer",
        metavar="N=OUTCOME",
        help="Answer the question about sentence N: allow, deny, hold or neither; several in order (repeatable).",
        show_default=False,
    ),
]
PickOption = Annotated[
    list[str] | None,
    typer.Option(
        "--pick", metavar="N=READING", help="Take this reading of sentence N (repeatable).", show_default=False
    ),
]
AskOption = Annotated[
    bool | None,
    typer.Option(
        "--ask/--no-ask",
        help="Ask which reading is meant. Default: where a person is at the terminal.",
        show_default=False,
    ),
]
Start = Callable[[int], "Inquiry | None"]
"""The inquiry about a sentence (from 1) at its beginning; ``None`` where it has not several readings."""
Go = Callable[["Inquiry", "Answer"], "Inquiry"]

_SHORT = {"a": "allow", "d": "deny", "h": "hold", "n": "neither", "y": "allow", "yes": "allow", "no": "deny"}


@dataclass(frozen=True, slots=True)
class Picked:
    """Reading ``place`` (from 0) of a sentence, after ``answers``."""

    reading: Reading
    place: int
    answers: tuple[str, ...] = ()


@dataclass(slots=True)
class Given:
    """What the options say, by the sentence's number from 1."""

    answers: dict[int, list[str]] = field(default_factory=dict)
    picks: dict[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.answers or self.picks)


def given(answers: Sequence[str] | None, picks: Sequence[str] | None) -> Given:
    """The options, read. Raises :class:`MisusedError` (``bad_answer``)."""
    from workbench.authoring.questions import ANSWERS

    found = Given()
    for text in answers or ():
        number, said = _split("--answer", text)
        outcomes = [_SHORT.get(each, each) for each in (part.strip().lower() for part in said.split(","))]
        wrong = next((each for each in outcomes if each not in ANSWERS), None)
        if wrong is not None:
            known = "allow, deny, hold or neither"
            raise MisusedError("no such answer", f"`{wrong}` in `--answer {text}`", f"answer {known}", "bad_answer")
        found.answers.setdefault(number, []).extend(outcomes)
    for text in picks or ():
        number, said = _split("--pick", text)
        if not said.isascii() or not said.isdigit() or int(said) < 1:
            raise MisusedError("no such reading", f"`--pick {text}`", "readings count from 1", "bad_answer")
        if found.picks.setdefault(number, int(said)) != int(said):
            raise MisusedError(
                "which reading?", f"two are picked for sentence {number}", "pick one", "bad_answer"
            )  # fmt: skip
    both = sorted(found.answers.keys() & found.picks.keys())
    if both:
        what = f"sentence {both[0]} has an `--answer` and a `--pick`"
        raise MisusedError("which reading?", what, "give one of them", "bad_answer")
    return found


def _split(option: str, text: str) -> tuple[int, str]:
    number, sign, said = text.partition("=")
    if not sign or not number.strip().isascii() or not number.strip().isdigit() or not said.strip():
        raise MisusedError(
            "not an answer", f"`{option} {text}`", f"write `{option} 3=…`, 3 being the sentence", "bad_answer"
        )
    return int(number), said.strip()


def settled(options: Given, start: Start, go: Go) -> dict[int, Picked]:
    """The readings that the options choose, by sentence. Raises :class:`MisusedError`, :class:`RefusedError`.

    Answers that leave several readings choose none: the next question stays open.
    """
    found = {}
    for number, outcomes in sorted(options.answers.items()):
        inquiry = _started(start, number)
        for outcome in outcomes:
            if inquiry.asked is None or not inquiry.asked.request:
                what = f"sentence {number} has no question left for `{outcome}`"
                raise MisusedError(
                    "answered already", what, "give one answer less, or `--pick` a reading", "bad_answer"
                )
            inquiry = go(inquiry, outcome)  # type: ignore[arg-type]
        if not inquiry.left:
            what = f"no reading of sentence {number} decides so"
            raise RefusedError("none is meant", what, "say the sentence in other words", "no_reading")
        if inquiry.picked is not None:
            place = inquiry.picked
            found[number] = Picked(inquiry.candidates[place], place, tuple(outcomes))
    for number, reading in sorted(options.picks.items()):
        inquiry = _started(start, number)
        if reading > len(inquiry.candidates):
            what = f"sentence {number} has {len(inquiry.candidates)}, not {reading}"
            raise MisusedError("no such reading", what, "`--json` lists them", "no_reading")
        found[number] = Picked(inquiry.candidates[reading - 1], reading - 1)
    return found


def _started(start: Start, number: int) -> Inquiry:
    inquiry = start(number)
    if inquiry is None:
        what = f"sentence {number} is not one with several readings"
        raise MisusedError("nothing to answer", what, "`compile` numbers the sentences and says which", "not_ambiguous")
    return inquiry


# ---- asked for -------------------------------------------------------------------------------------------------------


def ask_about(out: Printer, read: Callable[[str], str], text: str, inquiry: Inquiry, go: Go) -> Picked | None:
    """Ask until one reading is left; ``None`` where the person leaves it open."""
    answers: list[str] = []
    while True:
        question = inquiry.asked
        out.line("")
        out.line(out.styled(one_line(text), "bold"))
        _print_question(out, question, inquiry)
        said = read(_prompt(question)).strip().lower()
        if said in ("", "s", "skip", "q", "quit"):
            return None
        if said.isascii() and said.isdigit() and int(said) - 1 in inquiry.left:
            place = int(said) - 1
            return Picked(inquiry.candidates[place], place, tuple(answers))
        said = _SHORT.get(said, said)
        if question is None or not question.request or said not in ("allow", "deny", "hold", "neither"):
            out.line(f"`{one_line(said)}` is no answer to this: {_prompt(question).rstrip(': ')}")
            continue
        answers.append(said)
        following = go(inquiry, said)  # type: ignore[arg-type]
        if not following.left:
            out.line("no reading decides so: say the sentence in other words")
            return None
        if following.picked is not None:
            return Picked(following.candidates[following.picked], following.picked, tuple(answers))
        inquiry = following


def _print_question(out: Printer, question: Question | None, inquiry: Inquiry) -> None:
    outcomes = dict(zip(question.readings, question.outcomes, strict=False)) if question else {}
    for n in inquiry.left:
        told = f"  [{outcomes[n]}]" if n in outcomes else ""
        out.line(f"  {n + 1}. {one_line(inquiry.candidates[n].paraphrase)}{told}")
    if question is None or not question.request:
        out.line("  no request tells them apart")
        return
    wide = max(len(path) for path, _ in question.facts)
    for path, value in question.facts:
        out.line(out.styled(f"     {one_line(path):<{wide}}  ", "dim") + one_line(value))
    if question.permitted:
        out.line("     another rule permits it")


def _prompt(question: Question | None) -> str:
    if question is None or not question.request:
        return "the number of the reading that is meant, or enter to leave it open: "
    held = ", (h)old" if "hold" in question.outcomes else ""
    return f"should this be (a)llowed, (d)enied{held}, or (n)either? a number picks, enter leaves it open: "


def read_line(prompt: str) -> str:
    """A line from the terminal; empty at its end."""
    try:
        return input(prompt)
    except EOFError:
        return ""


def question_dict(question: Question | None) -> dict[str, Any] | None:
    """The question as data, readings from 1."""
    if question is None:
        return None
    facts: Sequence[Mapping[str, str]] = [{"path": path, "value": value} for path, value in question.facts]
    return {
        "readings": [n + 1 for n in question.readings],
        "request": dict(question.request) or None,
        "entities": list(question.entities),
        "facts": facts,
        "outcomes": list(question.outcomes),
        "permitted_otherwise": question.permitted,
    }
