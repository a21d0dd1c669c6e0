"""Screen 8: may an agent say this in this form? A transcript or plain words, judged message by message as they stand.

Left the source and the agent's messages; right the message that is looked at, with its statements marked in place, and
what is told of them. Where the text comes from is in ``speech_source``, how it is judged in ``speech_judging``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from workbench.analysis.stop import Progress
from workbench.service import speech_files as files
from workbench.service.speech_scripts import WORDS, Script
from workbench.service.speech_turns import Judged, Manner, warm
from workbench.tui.actions import REGISTRY, Action
from workbench.tui.screens.speech_fitting import FittedPanes
from workbench.tui.screens.speech_judging import SpeechJudging
from workbench.tui.screens.speech_keys import ACTIONS, FOOTER, HELP, State
from workbench.tui.view import exported
from workbench.tui.view import speech as view
from workbench.tui.view import speech_text as text_view
from workbench.tui.view import speech_told as told
from workbench.tui.view.prose import label, stack
from workbench.tui.view.review import progress_text
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.fitted import Fitted
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.splitter import SplitPanes
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.widgets.transcript_area import TranscriptArea
from workbench.tui.widgets.wrapped_list import WrappedList

if TYPE_CHECKING:
    from workbench.tui.view.export import ExportView

WARM_AFTER = 0.5  # seconds: what is read for the first verdict must not hold up the first picture
_NEEDS_TEXT = frozenset({"export", "next_bad", "clear", "kind"})
NOTHING = ("Nothing to judge", "Paste a transcript here, or write what an agent would say.", "s loads a sample")
PLACEHOLDER = "Paste a transcript, or write what an agent would say: We should refund the order."


class SpeechScreen(FittedPanes, SpeechJudging):
    """Mode 8."""

    NUMBER = 8
    NAME = "speech"
    CSS_PATH = "speech.tcss"
    AUTO_FOCUS = ""
    SMALLEST = (40, 10)
    HELP = HELP
    ACTIONS = ACTIONS

    def __init__(self) -> None:
        super().__init__()
        self.add_class("-nothing", update=False)
        self._number = 0  # of the statement that is looked at
        self._view: view.View = "statement"

    def compose_body(self) -> Iterable[Widget]:
        yield Fitted(id="speech-bar")
        yield EmptyState(
            "Nothing is judged yet",
            "Here an agent's words are judged by their form and by what the agent had observed: "
            "what it claims or demands, on what grounds, and what would help. "
            "Paste a transcript of Codex, Claude Code, OpenAI or Anthropic anywhere here.",
            "s loads a sample · o opens a file · i writes · f takes one from the feed",
            id="speech-none",
        )
        messages = RowList(view.MESSAGES, id="speech-messages")
        statements = WrappedList(
            view.STATEMENTS, header=True, empty="It claims and demands nothing", id="speech-statements"
        )
        for table in (messages, statements):
            table.add_class("pane", update=False)
        messages.border_title, statements.border_title = "Messages", "Statements"
        spoken = VerticalScroll(Fitted(id="speech-words"), id="speech-text", classes="pane")
        about = VerticalScroll(Fitted(id="speech-told"), id="speech-about", classes="pane")
        area = TranscriptArea(placeholder=PLACEHOLDER, id="speech-source")
        area.add_class("pane", update=False)
        area.border_title = "Source"
        yield SplitPanes(
            Vertical(area, messages, id="speech-left"),
            StateBox(
                SplitPanes(
                    Vertical(spoken, statements, id="speech-judged"),
                    Vertical(Fitted(id="speech-tabs"), about, id="speech-more"),
                    id="speech-parts",
                ),
                loading="Judging",
                waiting=False,  # there is nothing to judge yet
                id="speech-right",
            ),
            id="speech-split",
        )

    # ---- life ----------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        shown = self.workbench.remembered.get(self.NAME, "view", "statement")
        self._view = next((each for each in view.VIEWS if each == shown), "statement")
        self.run_service(files.remembered, group="remembered", on_result=self._remembered)
        self.set_timer(WARM_AFTER, self._warm)
        self.watch(self._statements, "virtual_size", self._fit, init=False)  # it is wrapped once it has its width
        self._draw_bar()

    def _warm(self) -> None:
        if not self.text:  # else they are being read
            self.run_service(warm, group="warm", on_error=lambda _: None)

    def _remembered(self, kept: files.Remembered) -> None:
        self.manner = Manner(kept.profile, kept.language, self.manner.grounds)
        self._draw_bar()

    def on_unmount(self) -> None:
        self.halt()

    def on_resize(self) -> None:
        self.call_after_refresh(self._again)

    def _again(self) -> None:
        self._fit()
        self.draw_message()

    # ---- the source ----------------------------------------------------------------------------------------------

    @property
    def _box(self) -> StateBox:
        return self.query_one("#speech-right", StateBox)

    @property
    def _messages(self) -> RowList:
        return self.query_one("#speech-messages", RowList)

    @property
    def _statements(self) -> WrappedList:
        return self.query_one("#speech-statements", WrappedList)

    def source_changed(self) -> None:
        """Another text, or none: where there is none, the screen says what it is for."""
        nothing = not self.text.strip()
        if nothing:
            self.halt()
            self.verdicts, self.known = {}, None
            self._messages.show(())
            self._statements.show(())
            self._box.empty(*NOTHING)
        self.set_class(nothing and not self.area.has_focus, "-nothing")
        self.area.border_title = self.source_title()
        self._draw_bar()
        self.show_hints()

    def script_read(self, script: Script, *, anew: bool) -> None:
        """Judge it: the last message first, which is the answer; while it is written on, the one that is looked at."""
        last = len(script.spoken) - 1
        if anew:
            self.place, self._number = max(last, 0), -1
            self.remove_class("-open")
        self.place = min(self.place, max(last, 0))
        if last < 0:
            self.halt()
            self.verdicts = {}
            self._messages.show(())
            self._box.empty(
                "The agent says nothing in it", "No message of the agent has words to be judged.", "o opens another"
            )
            self._draw_bar()
            return
        self.judge()
        if anew and not self.area.has_focus:
            self._messages.focus()

    def script_unread(self, error: Exception) -> None:
        """A broken transcript: said beside it, while it can be mended."""
        self.halt()
        self.verdicts, self.known = {}, None
        self._messages.show(())
        self._messages.border_subtitle = ""
        writing = self.area.has_focus
        self._box.failed(error)
        if writing:
            self.area.focus()
        self._draw_bar()
        self.show_hints()

    def _show_message(self) -> None:
        """The message that is looked at has its verdict: show it, and ask what else there is to know of it."""
        found, script = self.verdicts.get(self.place), self.script
        if found is None or script is None:
            return
        every = found.judgment.statement_evaluations if found.judgment is not None else []
        if not 0 <= self._number < len(every):
            after = view.next_bad({0: found}, 1, 0, -1)
            self._number = after[1] if after is not None else 0
        with self.prevent(RowList.Moved):
            self._statements.show(view.statement_rows(found))
            self._statements.go_to(str(self._number))
        self._statements.border_subtitle = Content(view.statements_counted(found))
        if script.kind == WORDS and not self.area.read_only and found.spoken.text == self.area.text:
            self.area.set_diagnostics(text_view.underlined(found))
        self._fit()
        self.look()
        self.draw_message()
        self.show_hints()

    def verdicts_arrived(self, *, looked_at: bool) -> None:
        """Draw them in the list; the message that is looked at is shown as soon as its own is there."""
        self._draw_lists()
        if looked_at:
            self._box.ready()
            self._show_message()
        self.show_hints()

    def still_judging(self, progress: Progress | None) -> None:
        """Say so in place of the message."""
        far = progress_text(progress) or "The languages are read the first time; a long message takes some seconds."
        self._box.working("Judging", far, "esc stops")
        self._draw_lists()

    def manner_changed(self) -> None:
        """The bar says how it is judged."""
        self._draw_bar()

    # ---- drawing -------------------------------------------------------------------------------------------------

    def _fitted(self, name: str) -> Fitted:
        return self.query_one(f"#speech-{name}", Fitted)

    def _draw_bar(self) -> None:
        self._fitted("bar").show(partial(view.bar, self.script, self.source_name, self.verdicts, self.manner))

    def _draw_lists(self) -> None:
        if self.script is None:
            return
        with self.prevent(RowList.Moved):
            self._messages.show(view.message_rows(self.script, self.verdicts))
            self._messages.go_to(str(self.place))
        self._messages.border_subtitle = Content(view.counted(self.script, self.verdicts))
        self._fit()
        self._draw_bar()

    def draw_message(self) -> None:
        """The message, its marks, and what is told of the statement under the cursor."""
        self._draw_bar()
        found, script = self.verdicts.get(self.place), self.script
        if found is None or script is None:
            return
        spoken, known = self.query_one("#speech-text", VerticalScroll), self.known
        grounds = {ground.key: ground for ground in known.grounds if ground.key} if known else None
        marked, line = text_view.marked(found, self._number, grounds)
        self._fitted("words").show(lambda _: marked)
        spoken.border_title = Content(f"Message {found.spoken.index + 1} of {len(script.conversation)}")
        row = text_view.line_of(marked, line, spoken.scrollable_content_region.width)
        spoken.scroll_to(y=max(row - 1, 0), animate=False)
        self._fitted("told").show(partial(self._fill_told, found, script))
        differences = told.differing(found, known.other) if known is not None else 0
        marks = view.marks(script, known, differences)
        self._fitted("tabs").show(partial(view.tabs, self._view, marks))

    def _fill_told(self, found: Judged, script: Script, width: int) -> Content:
        """The view, for a width."""
        known = self.known
        match self._view:
            case "grounds":
                return told.grounds(known, found, script, width)
            case "profiles":
                return told.profiles(found, known, self.manner, width)
            case "notes":
                return told.notes(script, width)
            case "statement":
                shown = told.statement(found, self._number, known, width, script)
        if not self.has_class("-wide"):
            return shown
        return stack(shown, Content(""), label("EVIDENCE"), told.grounds(known, found, script, width))

    # ---- moving --------------------------------------------------------------------------------------------------

    def on_descendant_focus(self) -> None:
        self.set_class(self.area.has_focus, "-writing")
        self._fit()
        if self.area.has_focus and not self.text.strip():
            self._box.empty(*NOTHING)
        self.show_hints()

    def on_descendant_blur(self) -> None:
        self.set_class(self.area.has_focus, "-writing")
        self._fit()

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        if event.rows is self._messages:
            self._look_at(int(event.key), -1)
        else:
            self._number = int(event.key)
            self.query_one("#speech-about").scroll_home(animate=False)
            self.draw_message()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """From a message to its statements, from a statement to what is told of it."""
        if event.rows is self._messages:
            if self.place not in self.verdicts:
                self._look_at(self.place, -1)
                return
            self.add_class("-open")
            self.call_after_refresh(self._again)
            listed = self._statements.rows and not self.has_class("-least")
            (self._statements if listed else self.query_one("#speech-about")).focus()
        else:
            self.query_one("#speech-about").focus()

    def action_statement(self, number: int) -> None:
        """This statement of the message; a click on it."""
        self._statements.go_to(str(number))

    def _look_at(self, place: int, number: int) -> None:
        self._number = number
        if self.choose(place):
            self._box.ready()
            self._show_message()
        else:
            self._box.working("Judging", "This message comes next.")

    def action_next_bad(self) -> None:
        """To the next statement that may not stand, in whichever message, around the end."""
        script = self.script
        after = view.next_bad(self.verdicts, len(script.spoken), self.place, self._number) if script else None
        if after is None:
            self.notify("Nothing here may not be said", timeout=3)
            return
        with self.prevent(RowList.Moved):
            self._messages.go_to(str(after[0]))
        self._look_at(*after)

    async def action_back(self) -> None:
        """Out of the editor; else stop judging; else back, a step at a time, and to where one was sent from."""
        if self.area.has_focus:
            self.set_class(not self.text.strip(), "-nothing")
            if self._messages.rows:
                self._messages.focus()
            else:
                self.set_focus(None)
        elif self.judging:
            self.halt()
            self._draw_lists()
            if self.place not in self.verdicts:
                self._box.empty("Stopped", "This message was not judged to the end.", "enter judges it after all")
            self.notify("Stopped; what was judged stays", timeout=3)
        elif self.query_one("#speech-about").has_focus and self._statements.rows:
            self._statements.focus()
        elif not await self.workbench.go_back():
            self.remove_class("-open")
            self.call_after_refresh(self._again)
            self._messages.focus()

    # ---- how -----------------------------------------------------------------------------------------------------

    def action_view(self) -> None:
        """The next view."""
        self._turn_view(1)

    def action_view_before(self) -> None:
        """The view before."""
        self._turn_view(-1)

    def _turn_view(self, step: int) -> None:
        self.action_show_view(view.VIEWS[(view.VIEWS.index(self._view) + step) % len(view.VIEWS)])

    def action_show_view(self, name: str) -> None:
        """One of the views, by name."""
        self._view = next(each for each in view.VIEWS if each == name)
        self.workbench.remembered.put(self.NAME, "view", self._view, everywhere=True)
        self.query_one("#speech-about").scroll_home(animate=False)
        self.draw_message()

    def export_view(self) -> ExportView | None:
        """Every statement that was judged."""
        return exported.statements(dict(self.verdicts)) if self.verdicts else None

    # ---- hints ---------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a text is offered only where there is one."""
        if action in _NEEDS_TEXT:
            return bool(self.text.strip())
        if action == "decision":
            return self.script is not None and self.script.seq > 0
        return super().check_action(action, parameters)

    def hints(self) -> list[Action]:
        """The footer's actions for the state that the screen is in."""
        state: State = "writing" if self.area.has_focus else "judged" if self.verdicts else "nothing"
        left = {"speech.copy-hint"} if not told.hint_text(self.verdicts.get(self.place)) else set()
        return [REGISTRY[name] for name in FOOTER[state] if name not in left and self.is_possible(REGISTRY[name])]
