"""The question that tells the readings of one sentence apart: answered by a decision, or a reading by its number.

Asks the service for each next question in a thread; closes with what was chosen. Nothing is saved here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Button, Static

from workbench.service.views import Candidate, SentenceView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import author_question as view
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.authoring.questions import Inquiry

Ask = Callable[[Sequence[Any]], "Inquiry"]

_ANSWERS = (("allow", "Allow"), ("deny", "Deny"), ("hold", "Hold"), ("neither", "Neither is meant"))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Reading number ``reading`` (from 0), after ``answers``; -1: the choice that stood is taken back."""

    reading: int
    answers: tuple[str, ...] = ()


class QuestionScreen(ServiceCalls, Window[Chosen | None]):
    """``ask(answers)`` is the inquiry after those answers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(
            leave="later",
            allow="answer('allow')",
            deny="answer('deny')",
            hold="answer('hold')",
            neither="answer('neither')",
            undo="undo",
        ),
        *(Binding(str(n), f"pick({n})", f"Reading {n}", show=False) for n in range(1, 10)),
    ]
    DEFAULT_CSS = """
    QuestionScreen #question-window { width: 94%; max-width: 110; height: auto; max-height: 92%; padding: 0 2; }
    QuestionScreen #question-scroll { height: auto; max-height: 100%; }
    QuestionScreen #question-said { height: auto; width: 1fr; }
    QuestionScreen Button { min-width: 9; }
    QuestionScreen .-gone { display: none; }
    """

    def __init__(self, sentence: SentenceView, ask: Ask, *, chosen: tuple[int, Sequence[str]] | None = None) -> None:
        """``chosen``: the reading that stands (from 1) and its answers, where one was chosen before."""
        super().__init__()
        self._sentence = sentence
        self._ask = ask
        self._standing = chosen
        self._answers: tuple[str, ...] = ()
        self._inquiry: Inquiry | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="window", id="question-window") as window:
            window.border_title = "Which is meant?"
            yield VerticalScroll(Static(id="question-said"), id="question-scroll")
            with Horizontal(classes="window--buttons"):
                yield Button("Later", id="answer-later")
                for name, title in _ANSWERS:
                    yield Button(title, id=f"answer-{name}", classes="-gone")
                yield Button("Take it back", id="answer-back", classes="-gone")

    def on_mount(self) -> None:
        self.query_one("#answer-later", Button).focus()
        if self._standing is not None:
            self.run_service(self._ask, (), group="question", on_result=self._stood)
        else:
            self.query_one("#question-said", Static).update(Content("Looking for a request that tells them apart …"))
            self._next(())

    def on_resize(self, event: Resize) -> None:
        """The text scrolls and the buttons stay: of the window's height they, and its border, are taken first."""
        taken = 2 + self.query_one(".window--buttons").outer_size.height + 1
        room = event.size.height * 92 // 100 - taken
        self.query_one("#question-scroll").styles.max_height = max(room, 3)

    def _stood(self, inquiry: Inquiry) -> None:
        """A choice was made before: show it, and let it be taken back."""
        assert self._standing is not None
        place, answers = self._standing
        said = view.standing(self._sentence.text, place, _shown(inquiry), answers)
        self.query_one("#question-said", Static).update(said)
        self._offer(["back"])
        self._note("esc leaves it as it is")

    def _note(self, said: str) -> None:
        self.query_one("#question-window").border_subtitle = Content(self.told(said))

    def _offer(self, names: Sequence[str]) -> None:
        for button in self.query(Button):
            name = (button.id or "").removeprefix("answer-")
            button.set_class(name != "later" and name not in names, "-gone")

    # ---- asking --------------------------------------------------------------------------------------------------

    def _next(self, answers: tuple[str, ...]) -> None:
        self.run_service(self._ask, answers, group="question", on_result=partial(self._asked, answers))

    def _asked(self, answers: tuple[str, ...], inquiry: Inquiry) -> None:
        self._answers, self._inquiry = answers, inquiry
        if answers and inquiry.picked is not None:
            self.dismiss(Chosen(inquiry.picked, answers))
            return
        question = inquiry.asked
        said = view.asked(self._sentence.text, question, _shown(inquiry), inquiry.left)
        if not inquiry.left:
            said = Content("\n").join(
                [said, Content.styled("No reading decides so: say it in other words.", "$warning bold")]
            )
        self.query_one("#question-said", Static).update(said)
        decide = question is not None and bool(question.request)
        self._offer(["allow", "deny", "neither", *(["hold"] if self._holds() else [])] if decide else [])
        keys = ["a allow · d deny" + (" · h hold" if self._holds() else "") + " · n neither"] if decide else []
        keys += [f"{_numbers(inquiry.left)} picks"] if inquiry.left else []
        keys += ["u undoes"] if answers else []
        self._note(" · ".join([*keys, "esc later"]))

    def _holds(self) -> bool:
        """Whether some reading asks for an approval."""
        question = self._inquiry.asked if self._inquiry else None
        return question is not None and "hold" in question.outcomes

    # ---- answering -----------------------------------------------------------------------------------------------

    def action_answer(self, answer: str) -> None:
        """``allow``, ``deny``, ``hold`` or ``neither``."""
        question = self._inquiry.asked if self._inquiry else None
        if question is not None and question.request:
            self._next((*self._answers, answer))

    def action_pick(self, number: int) -> None:
        """Reading ``number`` (from 1), where the answers so far leave it."""
        if self._inquiry is not None and number - 1 in self._inquiry.left:
            self.dismiss(Chosen(number - 1, self._answers))

    def action_undo(self) -> None:
        """The answer before is asked for again."""
        if self._answers:
            self._next(self._answers[:-1])

    def action_later(self) -> None:
        """Back, with nothing chosen."""
        self.dismiss(None)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        name = (event.button.id or "").removeprefix("answer-")
        if name == "later":
            self.dismiss(None)
        elif name == "back":
            self.dismiss(Chosen(-1))
        else:
            self.action_answer(name)


def _shown(inquiry: Inquiry) -> tuple[Candidate, ...]:
    return tuple(Candidate(each.cedar_plus, each.paraphrase, each.assumptions) for each in inquiry.candidates)


def _numbers(left: Sequence[int]) -> str:
    return f"{left[0] + 1}" if len(left) == 1 else f"{left[0] + 1}–{left[-1] + 1}"
