"""Author's sentences as they are written: read at each pause, their state shown, words linked to their rules.

A mixin of the Author screen. The service reads in a thread, tells what it has so far, and is stopped by the next key;
what it says of a text that is no longer the one shown is dropped.
"""

from __future__ import annotations

from functools import cached_property, partial
from time import monotonic
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.analysis.stop import Stop, Stopped
from workbench.service.live_views import LiveView
from workbench.service.origins import told
from workbench.service.views import CheckView, RuleView, SentenceView
from workbench.tui.screens.draft_revising import Revising
from workbench.tui.screens.modals.question import Chosen, QuestionScreen
from workbench.tui.view import author as view
from workbench.tui.view import author_live as live_view
from workbench.tui.widgets.code_area import CodeArea

if TYPE_CHECKING:
    from workbench.service.views import Draft

READ_AFTER = 0.25  # seconds without a key
SHOWN_EVERY = 0.35  # seconds between two views of one reading, so that keys come between them


class LiveSentences(Revising):
    """What the Author screen knows of its sentences."""

    def __init__(self) -> None:
        super().__init__()
        self._check: CheckView | None = None
        self._live = live_view.NOTHING
        self._stood: frozenset[str] = frozenset()  # the English of the rules, when Cedar+ was without an error last
        self._said = ""  # whether the draft is saved, in words
        self._reading: Stop | None = None
        self._showed = 0.0  # when sentences were shown last, on the monotonic clock

    @cached_property  # a screen that ends has no children any more, and its last words are still to be kept
    def _english(self) -> CodeArea:
        return self.query_one("#english", CodeArea)

    @cached_property
    def _cedar(self) -> CodeArea:
        return self.query_one("#cedar", CodeArea)

    def _list(self) -> None:
        """Show the findings again; the screen's own."""
        raise NotImplementedError

    def _say_again(self) -> None:
        """Say again what is being said, now that more is known; the screen's own."""
        raise NotImplementedError

    # ---- reading -------------------------------------------------------------------------------------------------

    @property
    def _caret(self) -> int:
        """Where the caret is in the English, where a person writes there; else nowhere."""
        return self._english.caret_offset if self._english.has_focus and not self._english.parked else -1

    @property
    def _rules(self) -> tuple[RuleView, ...]:
        return self._check.rules if self._check is not None else ()

    def _english_changed(self) -> None:
        """Keep what is known of the sentences that were not touched, and read the rest after a pause."""
        self._stop_reading()
        self._live = live_view.shifted(self._live, self._english.text)
        self._show_sentences()
        self.delay("live", READ_AFTER, self._read)

    def _read(self) -> None:
        """Have every sentence read, those near the caret first."""
        kept = self.kept
        if kept is None or not self.has_workspace:
            return
        self._stop_reading()
        stop = self._reading = Stop()
        english, cedar_plus = self.texts
        tell = partial(self.call_later, self._heard, stop)
        self.run_service(
            self.workspace.drafting.writing.live,
            kept.base,
            english,
            cedar_plus,
            near=0 if self._english.parked else self._english.caret_offset,
            stop=stop,
            tell=tell,
            group="live",
            on_result=partial(self._heard, stop),
            on_error=self._unread,
        )

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.set()
            self._reading = None
            self.forget_service("live")

    def _heard(self, stop: Stop, live: LiveView) -> None:
        if stop.is_set or live.english != self._english.text:
            return  # typed on: a newer reading is coming
        if live.waiting and monotonic() - self._showed < SHOWN_EVERY:
            return  # of a long text: more of it is coming
        self._showed = monotonic()
        if live.waiting:
            known = {sentence.start for sentence in live.sentences}
            kept = [sentence for sentence in self._live.sentences if sentence.start not in known]
            every = tuple(sorted((*live.sentences, *kept), key=lambda sentence: sentence.start))
            live = LiveView(live.english, every, max(live.waiting - len(kept), 0))
        self._live = live
        self._show_stood()
        self._list()
        self._say_again()

    def _unread(self, error: Exception) -> None:
        if not isinstance(error, Stopped):
            self.note(f"not read: {getattr(error, 'title', type(error).__name__)}")

    # ---- showing -------------------------------------------------------------------------------------------------

    def _show_stood(self) -> None:
        """The sentences, of which those stand that stood before Cedar+ had an error."""
        if self._check is not None and not self._check.clean:
            self._live = live_view.as_stood(self._live, self._stood)
        self._show_sentences()

    def _show_sentences(self) -> None:
        """Signs, underlines and the count in the English pane."""
        caret = self._caret
        self._english.set_signs(live_view.signs(self._live, caret))
        self._english.set_diagnostics(live_view.underlined(self._live, caret))
        self._titled()

    def _titled(self) -> None:
        compared = self._check is None or self._check.clean
        counted = live_view.summary(self._live, self._caret, compared=compared)
        brief = live_view.summary(self._live, self._caret, short=True, compared=compared)
        if self._said.startswith("not "):  # what failed is never dropped
            ways = (["English", self._said, counted], ["English", self._said, brief], ["English", self._said])
        else:  # what waits for a person matters more than that it was saved
            ways = (["English", counted, self._said], ["English", counted], ["English", brief])
        titles = [" · ".join(part for part in parts if part) for parts in ways]
        room = self._english.size.width - 2  # the corners; before the first layout there is no width
        self._english.border_title = Content(
            next((each for each in titles if room < 0 or len(each) <= room), titles[-1])
        )

    def note(self, said: str) -> None:
        self._said = said
        self._titled()

    def _sentence_at_caret(self) -> SentenceView | None:
        """The sentence that the caret is on, in either pane, or has just left for an empty line."""
        if self._english.has_focus or not self._cedar.has_focus:
            if self._english.parked:
                return None
            offset = self._english.caret_offset
            return live_view.sentence_of(self._live, offset) or live_view.sentence_before(self._live, offset)
        rule = view.rule_at(self._rules, self._cedar.cursor_location[0] + 1)
        return live_view.sentence_of_rule(self._live, rule.id) if rule is not None else None

    def _link_caret(self) -> live_view.Linked:
        """Tint what belongs together at the caret in both panes, and bring the rule into view beside the English."""
        sentence = self._sentence_at_caret()
        linked = live_view.Linked()
        source = self._cedar.text
        if sentence is not None and self._check is not None:
            if self._cedar.has_focus:
                linked = live_view.linked_clause(sentence, self._cedar.caret_offset, self._rules, source)
            else:
                linked = live_view.linked_words(sentence, self._english.caret_offset, self._rules, source)
        self._english.set_linked(linked.english)
        self._cedar.set_linked(linked.cedar, linked.rows)
        if linked.rows and not self._cedar.has_focus:
            self._cedar.show_row(min(linked.rows), max(linked.rows))
            if linked.cedar:  # where the pane is small, the clause before the rule's beginning
                row = self._cedar.location_at(linked.cedar[0][0])[0]
                self._cedar.show_row(row, row)
        return linked

    def _origin(self, sentence: SentenceView | None) -> str:
        """What is known of where a sentence's reading comes from, in words."""
        if sentence is None or self.kept is None:
            return ""
        origin = self.kept.base.origins.get(" ".join(sentence.text.split()))
        return told(origin) if origin is not None else ""

    # ---- readings ------------------------------------------------------------------------------------------------

    def action_answer(self) -> None:
        """Answer the question about the sentence at the caret, or take back what was chosen for it."""
        sentence = self._sentence_at_caret()
        kept = self.kept
        if sentence is None or kept is None:
            self.notify("The caret is on no sentence", timeout=3)
            return
        origin = kept.base.origins.get(" ".join(sentence.text.split()))
        if sentence.status == "ambiguous":
            self._question_about(sentence)
        elif origin is not None and origin.reading:
            self._question_about(sentence, (origin.place, origin.answers))
        else:
            _, _, word = live_view.STATES[live_view.state_of(sentence, self._caret)]
            self.notify(f"This sentence has one reading at most: {word}", title="Nothing to ask", timeout=4)

    def _question_about(self, sentence: SentenceView, chosen: tuple[int, tuple[str, ...]] | None = None) -> None:
        assert self.kept is not None
        ask = partial(self.workspace.drafting.writing.inquiry, self.kept.base, sentence.meant or sentence.text)
        self.app.push_screen(QuestionScreen(sentence, ask, chosen=chosen), partial(self._answered_question, sentence))

    def _answered_question(self, sentence: SentenceView, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        if chosen.reading < 0:
            self._take_back(sentence)
        else:
            self._choose(sentence, chosen)

    def _choose(self, sentence: SentenceView, chosen: Chosen) -> None:
        """Remember which reading is meant."""
        kept = self.kept
        if kept is None or not self.may_write(partial(self._choose, sentence, chosen)):
            return
        english = self.texts[0]
        call = partial(
            self.workspace.drafting.writing.choose,
            kept.base,
            english,
            sentence.text,
            chosen.reading,
            answers=chosen.answers,
            meant=sentence.meant,
        )
        self.write(call, on_result=partial(self._chosen, english, f"reading {chosen.reading + 1} is meant"))

    def _take_back(self, sentence: SentenceView) -> None:
        kept = self.kept
        if kept is None or not self.may_write(partial(self._take_back, sentence)):
            return
        if sentence.status == "kept" and not sentence.differs:
            self._remove_rules(sentence)
        call = partial(self.workspace.drafting.writing.take_back, kept.base, sentence.text)
        self.write(call, on_result=partial(self._chosen, kept.saved[0], "taken back"))

    def _chosen(self, english: str, said: str, draft: Draft) -> None:
        assert self.kept is not None
        self.kept = type(self.kept)(draft, (english, self.kept.saved[1]))
        self.note(said)
        if self.kept.unsaved(self.texts):
            self.save_soon()
        self._read()

    def _remove_rules(self, sentence: SentenceView) -> None:
        """Take the rules of a reading that is taken back out of the Cedar+, as an edit that can be undone."""
        area = self._cedar
        mine = [rule for rule in self._rules if rule.id in sentence.rules]
        for rule in sorted(mine, key=lambda rule: -rule.line):
            first, last = view.block_of(rule, area.text)
            end = (last, 0) if last < area.document.line_count else area.document.end
            area.replace("", (first - 1, 0), end)
