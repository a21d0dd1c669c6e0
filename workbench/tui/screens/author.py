"""Screen 2: English on the left, Cedar+ on the right, and below what is to be said about them.

Both texts are the draft. Cedar+ is checked while it is written; both are saved as they are written; compiling the
English adds rules to the Cedar+. Every answer of the service names the text it was made for; a late one is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Static, TextArea

from workbench.service.live_views import LiveView
from workbench.service.views import CheckView, CompileView, Draft
from workbench.tui.hints import hinted
from workbench.tui.lexers import cedar, english
from workbench.tui.screens.author_keys import ACTIONS, HELP
from workbench.tui.screens.author_leading import Leading
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.invariants import InvariantsScreen, unsaved_in
from workbench.tui.screens.modals.question import Chosen
from workbench.tui.view import author as view
from workbench.tui.view import author_live as live_view
from workbench.tui.view import exported
from workbench.tui.view.draft import Kept, Texts, based
from workbench.tui.view.prose import plural, stack, text
from workbench.tui.widgets.code_area import CodeArea
from workbench.tui.widgets.completion_menu import CompletionMenu
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.splitter import SplitPanes
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.widgets.wrapped_list import WrappedList

if TYPE_CHECKING:
    from workbench.tui.view.export import ExportView

ONE_PANE_BELOW = 14  # rows
PARKED = "typing goes on at the end"
CHECK_AFTER = 0.2  # seconds without a key


class AuthorScreen(Leading):
    """The editor of the draft."""

    NUMBER = 2
    NAME = "author"
    CSS_PATH = "author.tcss"
    AUTO_FOCUS = ""
    SMALLEST = (40, 10)
    REFRESH_SECONDS = 2.0  # another terminal may save the draft
    HELP = HELP
    ACTIONS = ACTIONS

    def __init__(self) -> None:
        super().__init__()
        self._compiled: CompileView | None = None
        self._findings: tuple[view.Finding, ...] = ()
        self._pinned = False  # a finding is told of, until the caret moves

    # ---- widgets -------------------------------------------------------------------------------------------------

    def compose_body(self) -> Iterable[Widget]:
        editors = SplitPanes(
            CodeArea(
                english.lex,
                id="english",
                classes="pane",
                placeholder=hinted("One norm a sentence; F5 takes what compiles.", "author"),
            ),
            CodeArea(cedar.lex, id="cedar", classes="pane", placeholder="Rules appear here, or write them yourself."),
            id="editors",
        )
        below = SplitPanes(
            WrappedList(view.COLUMNS, empty="checking …", id="findings"),
            VerticalScroll(Static(id="detail"), id="about", classes="pane"),
            id="below",
        )
        yield StateBox(editors, below, loading="Loading the draft", id="author-box")
        yield CompletionMenu(id="completions")

    def on_mount(self) -> None:
        self._serve_menu()
        self._english.border_title, self._cedar.border_title = "English", "Cedar+"
        findings = self.query_one("#findings", RowList)
        findings.add_class("pane")
        findings.border_title = "Findings"
        self.query_one("#about").border_title = "Meaning"

    def export_view(self) -> ExportView | None:
        """The findings."""
        return exported.findings(self._findings, view.rows(self._findings)) if self._findings else None

    # ---- the draft ------------------------------------------------------------------------------------------------

    @property
    def texts(self) -> Texts:
        return self._english.text, self._cedar.text

    def draft_failed(self, error: Exception) -> None:
        self.query_one(StateBox).failed(error)

    def _arrived(self, draft: Draft) -> None:
        super()._arrived(draft)
        self._say_based(draft)

    def _say_based(self, draft: Draft) -> None:
        """On the English pane's frame: what came into force since; else where typing goes, until somebody types."""
        self._english.border_subtitle = Content(based(draft) or (PARKED if self._english.parked else ""))

    def draft_shown(self, draft: Draft, *, first: bool) -> None:
        self._compiled = None
        self._live = live_view.NOTHING
        self._english.show_text(draft.english)
        self._cedar.show_text(draft.cedar_plus)
        if first:
            self.query_one(StateBox).ready()
            self._english.park()  # it is read from the top, and the next norm is written at its end
            # at the start of the program digits are keys, as on every screen, and no text
            (self.query_one("#findings") if self.workbench.DEFAULT_MODE == self.NAME else self._english).focus()
        self._check_now()
        self.delay("live", 0.01, self._read)  # once ``kept`` is this draft

    def unsaved(self) -> str:
        return super().unsaved() or unsaved_in(self.app.screen)

    def write_ended(self) -> None:
        self._cedar.read_only = False
        self.stop_delay("compiling")

    # ---- typing and checking -------------------------------------------------------------------------------------

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        kept = self.kept
        if kept is None:
            return
        if event.text_area.has_focus:
            self.query_one("#editors").set_class(event.text_area.id == "english", "-on-english")
            self._typed_in(event.text_area)
        if event.text_area.id == "cedar":
            self.delay("check", CHECK_AFTER, self._check_now)
        else:
            self._english_changed()
            self._list()  # what was said about a sentence that was touched holds no longer
        if kept.unsaved(self.texts):
            self.note("…")
            self.save_soon()

    def _check_now(self) -> None:
        if self.has_workspace:
            source = self._cedar.text
            self.run_service(self.workspace.check, source, group="check", on_result=partial(self._checked, source))

    def _checked(self, source: str, check: CheckView) -> None:
        if source != self._cedar.text:
            return  # typed on: a newer check is coming
        anew = self._check is None or [r.cedar_plus for r in self._check.rules] != [r.cedar_plus for r in check.rules]
        self._check = check
        if check.clean:
            self._stood = frozenset(" ".join(rule.english.split()) for rule in check.rules)
            if anew:
                self._read()  # which sentences stand depends on the rules
        else:
            self._show_stood()
        self._cedar.set_diagnostics(check.diagnostics)
        errors = sum(d.severity == "error" for d in check.diagnostics)
        warnings = sum(d.severity == "warning" for d in check.diagnostics)
        said = [plural(errors, "error")] if errors else []
        said += [plural(warnings, "warning")] if warnings else []
        clean = f"✓ clean · {plural(len(check.rules), 'rule')}" if check.clean else "✗ not clean"
        self._cedar.border_title = Content(" · ".join(["Cedar+", clean, *said]))
        self._list()
        self._say_again()
        if self._wanted_rule:
            self.show_rule(self._wanted_rule)

    # ---- compiling -----------------------------------------------------------------------------------------------

    def action_compile(self) -> None:
        """Save the draft, compile its English, and show what came of it."""
        self._after_keys(self._compile)

    def _after_keys(self, then: Callable[[], None]) -> None:
        """Do it behind the keys that wait in the editor: a key that is the program's own would overtake them, and a
        burst ``…must never`` ``F5`` would end the line in the middle of the sentence."""
        area = self._cedar if self._cedar.has_focus else self._english
        area.call_later(then)

    def _compile(self) -> None:
        self._english.end_line()  # so that the next sentence begins on a line of its own
        kept, texts = self.kept, self.texts
        if kept is None or not self.may_write(self._compile):
            return
        self._cedar.read_only = True
        self.delay("compiling", 0.15, lambda: self.note("compiling…"))
        workspace = self.workspace

        def compile_draft() -> CompileView:
            if kept.unsaved(texts):
                workspace.save_draft(english=texts[0], cedar_plus=texts[1], revision=kept.base.revision)
            return workspace.compile_english(texts[0], cedar_plus=texts[1])

        self.write(compile_draft, on_result=partial(self._compiled_text, texts[0]))

    def _compiled_text(self, source: str, compiled: CompileView) -> None:
        self._compiled = compiled
        self.wrote()
        self._cedar.show_text(compiled.draft.cedar_plus)
        self.kept = Kept(compiled.draft, (source, self._cedar.text))
        broken = view.broken_at(compiled)
        waiting = any(sentence.status in ("ambiguous", "refused") for sentence in compiled.sentences)
        nothing = not compiled.new_rules and waiting
        said = "not compiled: Cedar+ has an error" if broken else "saved" if nothing else "compiled and saved"
        self.note(said if self._english.text == source else "…")
        blocks = [view.block_of(rule, self._cedar.text) for rule in compiled.new_rules]
        if blocks:
            self.query_one("#editors").remove_class("-on-english")  # where one pane is large: the one with the new rule
            self._cedar.mark_new(min(first for first, _ in blocks), max(last for _, last in blocks))
        self._list()
        if self._english.text == source and not broken:  # without rules no sentence is known to stand
            self._live = LiveView(source, compiled.sentences)
            self._show_sentences()
            self._list()
        if self._findings:
            rule = f"r{compiled.new_rules[0].id}" if compiled.new_rules else ""
            first = view.finding_of(self._findings, self._sentence_at_caret())
            key = first or (self._findings[0].key if waiting or not rule else rule)
            self.query_one("#findings", RowList).go_to(key)
        self._about(self._current())
        self.notify(
            view.compiled_line(compiled),
            title="Not compiled" if broken or nothing else "Compiled",
            severity="warning" if waiting or broken else "information",
            markup=False,
        )
        self._check_now()
        self._read()
        if self.kept.unsaved(self.texts):
            self.save_soon()

    # ---- findings ------------------------------------------------------------------------------------------------

    def _list(self) -> None:
        self._findings = view.findings(self._check, self._live, self._compiled, self._caret)
        findings = self.query_one("#findings", RowList)
        short = findings.size.width < view.WIDE
        findings.show(view.rows(self._findings, short=short), view.SHORT if short else view.COLUMNS)
        findings.say_empty("Nothing to mend" if self._check is not None else "checking …")
        findings.border_subtitle = Content(plural(len(self._findings), "finding") if self._findings else "")

    def _current(self) -> view.Finding | None:
        row = self.query_one("#findings", RowList).current
        return next((finding for finding in self._findings if row is not None and finding.key == row.key), None)

    def on_resize(self) -> None:
        """The findings have other columns where there is less room; where it is low, one pane at a time is open."""
        self.set_class(self.size.height < ONE_PANE_BELOW, "-flat")
        self.call_after_refresh(self._list)
        self.call_after_refresh(self._titled)

    def on_row_list_moved(self) -> None:
        self._about(self._current())

    def on_row_list_chosen(self) -> None:
        finding = self._current()
        if finding is None:
            return
        if finding.candidate is not None and finding.sentence is not None:
            self._choose(finding.sentence, Chosen(finding.reading))
            return
        if finding.sentence is not None and finding.sentence.status == "ambiguous":
            self._question_about(finding.sentence)
            return
        area = self._english if finding.pane == "english" else self._cedar
        area.focus()
        area.go_to(finding.line, finding.column)

    def _about(self, finding: view.Finding | None) -> None:
        self._pinned = finding is not None
        if finding is not None:
            sentence = live_view.sentence_of_rule(self._live, finding.rule.id) if finding.rule is not None else None
            self.query_one("#detail", Static).update(view.detail(finding, sentence, self._origin(sentence)))
        else:
            self._follow_caret()

    # ---- the caret -----------------------------------------------------------------------------------------------

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        if isinstance(event.text_area, CodeArea):
            self._caret_moved(event.text_area)
            if self.kept is not None:
                self._say_based(self.kept.base)
        if event.text_area.has_focus:
            self._follow_caret()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self._menu.close()
        self.query_one("#author-box").set_class(event.widget.id in ("findings", "about"), "-on-below")
        if event.widget.id == "findings":
            self._about(self._current())
        elif isinstance(event.widget, CodeArea):
            self.query_one("#editors").set_class(event.widget.id == "english", "-on-english")
            self._follow_caret()

    def _say_again(self) -> None:
        finding = self._current() if self._pinned else None
        if finding is not None:
            self._about(finding)
            self._link_caret()
        else:
            self._follow_caret()

    def _follow_caret(self) -> None:
        """Below: what the caret is on."""
        self._pinned = False
        detail = self.query_one("#detail", Static)
        linked = self._link_caret()
        area = self._english if self._english.has_focus else self._cedar
        diagnostic = area.diagnostic_at_caret()
        sentence = self._sentence_at_caret()
        rule = view.rule_at(self._rules, self._cedar.cursor_location[0] + 1) if area is self._cedar else None
        if rule is None and sentence is not None and sentence.rules:
            rule = next((each for each in self._rules if each.id == sentence.rules[0]), None)
        origin = self._origin(sentence)
        if area is self._english and sentence is not None and sentence.status != "kept":
            said = view.sentence_detail(sentence, self._caret, origin)
        elif diagnostic is not None:
            said = view.diagnostic_detail(diagnostic)
        elif rule is not None:
            said = view.rule_detail(rule, sentence, origin)
        elif sentence is not None:
            said = view.sentence_detail(sentence, self._caret, origin)
        else:
            said = text("The rule or sentence under the caret is explained here.", "$muted")
        detail.update(stack(view.links_line(linked.said), said))

    # ---- actions -------------------------------------------------------------------------------------------------

    def action_next_diagnostic(self) -> None:
        """To the next error, in the text that has the focus or else in the other; where there is none, to a warning."""
        self._step_diagnostic(1)

    def action_previous_diagnostic(self) -> None:
        """To the previous diagnostic."""
        self._step_diagnostic(-1)

    def _step_diagnostic(self, step: int) -> None:
        first = self._english if self._english.has_focus else self._cedar
        areas = [area for area in (first, self._cedar if first is self._english else self._english) if area.gravest]
        grave = [area for area in areas if area.gravest[0].severity == "error"]
        area = next(iter(grave or areas), None)
        if area is None:
            self.notify("No errors and no warnings", timeout=2)
            return
        area.focus()
        found = area.step_diagnostic(step)
        self._follow_caret()
        self.query_one("#findings", RowList).go_to(view.finding_at(self._findings, found))

    def action_external(self) -> None:
        """Edit the focused text in the person's own editor."""
        self._after_keys(self._edit_outside)

    def _edit_outside(self) -> None:
        area = self._cedar if self._cedar.has_focus else self._english
        if self.kept is not None and not area.read_only:
            self.edit_area_outside(area, ".cedarplus" if area is self._cedar else ".md")

    def action_invariants(self) -> None:
        """Open the draft's invariants, which every version must be proved to keep."""
        if self.has_workspace:
            self.app.push_screen(InvariantsScreen(self.workspace))

    def action_reset(self) -> None:
        """Begin again from what is in force."""
        question = ConfirmScreen(
            "Start again from what is in force?",
            "The draft is replaced by the version in force. What stands now stays in the draft's history.",
            yes="Start again",
            no="Keep the draft",
        )
        self.app.push_screen(question, self._reset_answered)

    def _reset_answered(self, sure: bool | None) -> None:
        if sure:
            self.write(self.workspace.reset_draft, on_result=self.show_draft)
