"""Words: what sentences may speak of, how each is said, and a way to say it otherwise.

A phrase is added to, or taken from, the draft's schema; what that would do to sentences is said before it is saved.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from workbench.analysis.stop import Stop
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import words as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural, text
from workbench.tui.widgets.find_bar import FindBar
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.authoring.vocabulary import Word
    from workbench.service.views import Draft
    from workbench.service.vocabulary import Listed, Made, Rephrased
    from workbench.service.workspace import Workspace

_LOOK = 0.3  # seconds between two looks at how far it is


class WordsScreen(ServiceCalls, Window[bool]):
    """Answers whether the draft was changed."""

    HELP = """Everything that a sentence can speak of: who acts, what they do, to what, and what is known. Each word has
    its name, which is always understood, and may have more phrases. a adds one, x takes the one under the cursor away;
    where that would change what sentences mean, you are asked first. u takes the last change back."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="close", find="find", add="add", remove="remove", undo="undo"),
        Binding("tab", "other", "The other list", priority=True),
        Binding("shift+tab", "other", show=False, priority=True),
        *window_keys(explain="explain"),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal")]  # noqa: RUF012 (Textual's own type)
    DEFAULT_CSS = """
    WordsScreen #words {
        width: 96%; max-width: 150; height: 94%; background: $surface; layout: vertical;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 1;
    }
    WordsScreen #words-lists { height: 1fr; layout: horizontal; }
    WordsScreen #words-rows { width: 3fr; height: 1fr; }
    WordsScreen #words-side { width: 2fr; height: 1fr; border-left: vkey $line; padding-left: 1; }
    WordsScreen #words-sayings { height: 1fr; }
    WordsScreen #words-about { height: auto; max-height: 8; padding: 1 0 0 0; width: 1fr; }
    WordsScreen #words-typing { height: auto; display: none; padding-top: 1; }
    WordsScreen.-typing #words-typing { display: block; }
    WordsScreen #words-wrong { height: auto; display: none; color: $deny; padding-top: 1; }
    WordsScreen.-wrong #words-wrong { display: block; }
    WordsScreen #words-prompt { width: auto; max-width: 60%; height: 1; color: $accent; text-style: bold; }
    WordsScreen #words-input { width: 1fr; background: $panel; margin-left: 1; }
    WordsScreen.-narrow #words-lists { layout: vertical; }
    WordsScreen.-narrow #words-rows { width: 1fr; height: 3fr; }
    WordsScreen.-narrow #words-side { width: 1fr; height: 2fr; border-left: none; border-top: hkey $line; padding: 0; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._listed: Listed | None = None
        self._words: tuple[Word, ...] = ()
        self._examples: dict[str, str] = {}
        self._made: list[Made] = []
        self._typing_for = ""
        self._halted = Stop()
        self._progress = (0, 0)

    def compose(self) -> ComposeResult:
        with Vertical(id="words") as window:
            window.border_title = Content("Words")
            lists = Container(
                RowList(view.COLUMNS, header=True, empty="No word has this in it.", id="words-rows"),
                Vertical(RowList(view.SAYING_COLUMNS, header=True, id="words-sayings"), id="words-side"),
                id="words-lists",
            )
            yield StateBox(
                FindBar(placeholder="a word, a phrase, a value", id="words-find"),
                lists,
                Static(id="words-about"),
                Static(id="words-wrong", markup=False),
                Horizontal(
                    Static(id="words-prompt", markup=False), Input(compact=True, id="words-input"), id="words-typing"
                ),
                loading="Reading the words of the schema",
                id="words-box",
            )

    def on_mount(self) -> None:
        self._looking = self.set_interval(_LOOK, self._tell, pause=True)
        self._rows.focus()
        self._foot()
        self._load()

    @property
    def _rows(self) -> RowList:
        return self.query_one("#words-rows", RowList)

    @property
    def _sayings(self) -> RowList:
        return self.query_one("#words-sayings", RowList)

    @property
    def word(self) -> Word | None:
        """The word under the cursor."""
        row = self._rows.current
        return next((word for word in self._words if row is not None and word.key == row.key), None)

    @property
    def saying(self) -> view.Saying | None:
        """The phrase or value under the cursor of the other list."""
        word, row = self.word, self._sayings.current
        if word is None or row is None:
            return None
        return next((saying for saying in view.sayings(word) if saying.key == row.key), None)

    # ---- showing -------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        box = self.query_one("#words-box", StateBox)
        self.run_service(self._workspace.vocabulary.listed, group="words", on_result=self._arrived, on_error=box.failed)

    def _arrived(self, listed: Listed) -> None:
        if self._listed is None or self._listed.draft.schema != listed.draft.schema:
            self._examples.clear()
        self._listed = listed
        box = self.query_one("#words-box", StateBox)
        if not listed.words:
            box.empty("Nothing to speak of", "The schema of the draft declares no action and no type.", "esc back")
            return
        box.ready()
        self._narrow(self.query_one(FindBar).words)

    def _narrow(self, needle: str) -> None:
        from workbench.authoring.vocabulary import matching

        if self._listed is None:
            return
        self._words = matching(self._listed.words, needle)
        self._rows.show(view.rows(self._words))
        counted = plural(len(self._words), "word")
        found = f"{counted} with “{one_line(needle)}”" if needle else f"{counted} that a sentence may use"
        self.query_one(FindBar).show(Content.styled(found, "$ink"), Content.styled("/ finds", "$muted"))
        self._show_word()

    def _show_word(self) -> None:
        word = self.word
        self._sayings.show(view.saying_rows(word) if word is not None else ())
        self._about()
        if word is not None and word.key not in self._examples and self._listed is not None:
            schema = self._listed.draft.schema
            self.run_service(
                self._workspace.vocabulary.example,
                schema,
                word.key,
                group="example",
                on_result=partial(self._exampled, word.key),
            )

    def _exampled(self, key: str, example: str) -> None:
        self._examples[key] = example
        self._about()

    def _about(self) -> None:
        word = self.word
        said = view.about(word, self._examples.get(word.key)) if word is not None else Content("")
        self.query_one("#words-about", Static).update(said)

    def _foot(self, words: str = "") -> None:
        keys = [
            "a adds a phrase",
            "x takes one away",
            "u undoes" if self._made else "",
            "tab the other list",
            "esc back",
        ]
        self.query_one("#words").border_subtitle = Content(self.told(words or " · ".join(key for key in keys if key)))

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        if event.rows is self._rows:
            self._show_word()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        if event.rows is self._rows:
            self._sayings.focus()
        else:
            self.action_add()

    # ---- finding -------------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Type words to find."""
        self.query_one(FindBar).open()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self._narrow(event.words)

    def on_find_bar_closed(self) -> None:
        self._rows.focus()

    def action_other(self) -> None:
        """From one list to the other."""
        if not self.has_class("-typing"):
            (self._rows if self._sayings.has_focus else self._sayings).focus()

    # ---- changing ------------------------------------------------------------------------------------------------

    def action_add(self) -> None:
        """Type another phrase for the word, or for the value under the cursor of the other list."""
        word = self.word
        if word is None:
            return
        saying = self.saying if self._sayings.has_focus else None
        self._typing_for = saying.value if saying is not None else ""
        self.add_class("-typing")
        self.query_one("#words-prompt", Static).update(Content(view.prompt(word, self._typing_for)))
        line = self.query_one("#words-input", Input)
        line.value, line.placeholder = "", view.hint(word, self._typing_for)
        line.focus()
        self._foot("enter adds it, and asks first where it changes sentences · esc")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "words-input" and self.word is not None and event.value.strip():
            event.stop()
            self._plan(self.word.key, event.value, self._typing_for, remove=False)

    def action_remove(self) -> None:
        """Take away the phrase under the cursor of the other list."""
        word, saying = self.word, self.saying
        if word is None:
            return
        if not self._sayings.has_focus:
            self._sayings.focus()
            self._foot("choose the phrase, then x · tab the other list · esc back")
        elif saying is None or saying.fixed:
            self.notify("A name stands in the schema and is always understood.", title="It stays")
        else:
            self._plan(word.key, saying.phrase, saying.value, remove=True)

    def _plan(self, key: str, phrase: str, value: str, *, remove: bool) -> None:
        self.remove_class("-wrong")
        self._foot("looking what it would change …")
        self._halted = halted = Stop()

        def step(done: int, total: int) -> None:
            halted.check()
            self._progress = (done, total)

        self._progress = (0, 0)
        self._looking.resume()
        self.run_service(
            self._workspace.vocabulary.plan, key, phrase, value=value, remove=remove, step=step,
            group="change", on_result=self._planned, on_error=self._refused,
        )  # fmt: skip

    def _tell(self) -> None:
        """How far the looking is, where it takes long."""
        done, total = self._progress
        if total:
            self._foot(f"looking what it would change: {done:,} of {total:,} sentences · esc stops")

    def _refused(self, error: Exception) -> None:
        """Beside the line that was typed, which stays as it is; elsewhere as any error."""
        self._looking.pause()
        self._foot(
            "enter adds it, and asks first where it changes sentences · esc" if self.has_class("-typing") else ""
        )
        if not self.has_class("-typing"):
            self.workbench.report(error)
            return
        said = ", ".join(
            part for part in (getattr(error, "detail", "") or str(error), getattr(error, "hint", "")) if part
        )
        self.query_one("#words-wrong", Static).update(text(f"✗ {said}"))
        self.add_class("-wrong")

    def _planned(self, change: Rephrased) -> None:
        self._looking.pause()
        if not change.clashes and not change.harm and not change.new_value:
            self._make(change)
            return
        choices = (("no", "Leave it"), ("yes", "Take it away" if change.removed else "Add it anyway"))
        question = ChoiceScreen(
            view.question(change),
            view.consequences(change, self._listed.words if self._listed is not None else ()),
            choices,
        )

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self._make(change)
            else:
                self._foot()

        self.app.push_screen(question, answered)

    def _make(self, change: Rephrased) -> None:
        self._foot("saving, and compiling the sentences …")
        self.run_service(
            self._workspace.vocabulary.make, change, group="change", on_result=self._was_made, on_error=self._refused
        )

    def _was_made(self, made: Made) -> None:
        self._made.append(made)
        self._stop_typing()
        self.notify(view.done(made), title="Words", markup=False)
        self._load()

    def action_undo(self) -> None:
        """Take the last change back."""
        if self._made:
            made = self._made[-1]
            undo = self._workspace.vocabulary.undo
            self.run_service(undo, made, group="change", on_result=self._undone, on_error=self._refused)

    def _undone(self, _draft: Draft) -> None:
        made = self._made.pop()
        self.notify(
            f"“{one_line(made.change.phrase)}”: the draft is as it was before", title="Taken back", markup=False
        )
        self._foot()
        self._load()

    # ---- leaving -------------------------------------------------------------------------------------------------

    def _stop_typing(self) -> None:
        self.remove_class("-typing", "-wrong")
        self._rows.focus()
        self._foot()

    def action_close(self) -> None:
        """Leave the line that is typed; else go back."""
        if self.has_class("-typing"):
            self.forget_service("change")
            self._halted.set()
            self._looking.pause()
            self._stop_typing()
        else:
            self._halted.set()
            self.dismiss(bool(self._made))

    def action_explain(self) -> None:
        """What this window is for, in sentences."""
        from workbench.tui.screens.modals.keys import HelpScreen

        self.app.push_screen(HelpScreen("Words", " ".join(self.HELP.split())))
