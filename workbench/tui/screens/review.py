"""Screen 4: the draft against what is in force, in four views of it: its text, its meaning, its proofs, its tests.

``v`` goes on from view to view. The meaning is asked for as soon as there is a difference, proofs and tests when they
are first looked at; what was found of an older draft is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from workbench.analysis.assumptions import Assumption
from workbench.service.views import KeyView, ReviewView
from workbench.tui.actions import REGISTRY, Action
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.invariants import unsaved_in
from workbench.tui.screens.review_acts import ReviewActs
from workbench.tui.screens.review_compared import Compared, compare
from workbench.tui.screens.review_keys import ACTIONS, FOOTER, HELP
from workbench.tui.screens.review_meaning import MeaningPane
from workbench.tui.screens.review_panes import AnalysisPane, FindingPane, Work
from workbench.tui.screens.review_promises import LOOK, Promises, unproved
from workbench.tui.screens.review_proofs import ProofsPane
from workbench.tui.screens.review_tests import TestsPane
from workbench.tui.screens.review_text import TextPane
from workbench.tui.view import review as view
from workbench.tui.view import witness as witness_view
from workbench.tui.view.export import ExportView
from workbench.tui.widgets.chrome import Clickable

if TYPE_CHECKING:
    from workbench.service.casebook import CaseRun

RETRY = 2.0  # seconds after which what failed is asked for again, while the screen is in front


class ViewsLine(Static, Clickable):
    """The views, clickable."""


class ReviewScreen(ReviewActs, WorkbenchScreen):
    """What the draft would change, and the step that proposes it."""

    NUMBER = 4
    NAME = "review"
    CSS_PATH = ["review.tcss", "review_panes.tcss"]  # noqa: RUF012 (Textual declares it so)
    AUTO_FOCUS = ""
    SMALLEST = (40, 10)
    HELP = HELP
    ACTIONS = ACTIONS

    def __init__(self) -> None:
        super().__init__()
        self._compared: Compared | None = None
        self._promises = Promises()
        self._view: view.View = "text"
        self._keys: tuple[KeyView, ...] = ()

    def compose_body(self) -> Iterable[Widget]:
        yield ViewsLine(id="review-views", markup=False)
        yield ContentSwitcher(
            TextPane(),
            MeaningPane(),
            ProofsPane(),
            TestsPane(self._ask_for_words),
            initial="review-text",
            id="review-body",
        )

    def on_mount(self) -> None:
        self._draw_views()

    def on_resize(self) -> None:
        """The views say what they know in words where there is room."""
        if self._composed:
            self._draw_views()

    def workspace_ready(self) -> None:
        """As it was left: the view, which text, and its layout where one was chosen."""
        recall = self.workbench.remembered.get
        self._text.recall(recall(self.NAME, "text", ""), recall(self.NAME, "layout", ""))
        name = recall(self.NAME, "view", self._view)
        if name in view.VIEWS and name != self._view:
            self.action_show_view(name)

    # ---- what is compared ----------------------------------------------------------------------------------------

    @property
    def review(self) -> ReviewView | None:
        """What is shown."""
        return self._compared.review if self._compared else None

    @property
    def _text(self) -> TextPane:
        return self.query_one(TextPane)

    def _pane(self) -> FindingPane | None:
        """The pane of the view shown; the text has none."""
        return None if self._view == "text" else self.query_one(f"#review-{self._view}", FindingPane)

    def _analysis(self) -> AnalysisPane | None:
        pane = self._pane()
        return pane if isinstance(pane, AnalysisPane) else None

    def refresh_data(self) -> None:
        self.run_service(
            compare, self.workspace, self._compared, group="review", on_result=self._arrived, on_error=self._failed
        )

    def _failed(self, error: Exception) -> None:
        self._compared = None
        self._text.failed(error)
        self.show_hints()
        self.set_timer(RETRY, self._refresh_in_front)  # a store that comes back is seen without a key

    def _arrived(self, found: tuple[Compared, tuple[KeyView, ...]]) -> None:
        before, (compared, self._keys) = self._compared, found
        self._compared = compared
        review = compared.review
        if compared.differs:
            self._text.compare(review, compared.rows)
        else:
            self._text.empty(
                "The draft says the same as what is in force",
                f"Version {review.before_version} is compared with the draft as soon as the draft differs.",
                "2 opens Author · v goes on to proofs and tests",
            )
        if before is None or before.subject != compared.subject:
            self._ask_about(compared)
        self._text.mean(self.query_one(MeaningPane).brief)
        self._have_promises_proved(compared)
        self._fill_view()
        self.show_hints()

    def _ask_about(self, compared: Compared) -> None:
        """Another draft: whatever was found of the older one is dropped; its meaning is asked for at once."""
        meaning, proofs = self.query_one(MeaningPane), self.query_one(ProofsPane)
        meaning.about(self._start_difference, compared.book, self._fits)
        proofs.about(self._start_prove, compared.book, self._fits)
        if compared.differs:
            meaning.ask()

    def _have_promises_proved(self, compared: Compared) -> None:
        """Everything is shown at once; what the review waits for is proved meanwhile."""
        workspace = self.workspace
        if unproved(compared.review) and self._promises.ask(
            compared.subject, lambda: workspace.reviewing.start(workspace.draft)
        ):
            self._look_at_promises()

    def _look_at_promises(self) -> None:
        if self._promises.running:
            self._text.say(self._promises.said)
            self.set_timer(LOOK, self._look_at_promises)
            return
        self._text.say("")
        job = self._promises.take()
        if job is None:
            return
        if job.error is not None:
            self.workbench.report(job.error)
        self.refresh_data()

    def _start_difference(self, assumption: Assumption) -> Work:
        return self.workspace.analysing.start_difference(assumption=assumption)

    def _fits(self, work: Work) -> bool:
        """Whether work looked at the draft that is shown."""
        draft = self._compared.draft if self._compared is not None else None
        newest = work.about[-1] if work.about else None
        if draft is None or newest is None:
            return False
        return bool(newest.revision == draft.revision or newest.program.source == draft.cedar_plus)

    def on_analysis_pane_outdated(self, event: AnalysisPane.Outdated) -> None:
        event.stop()
        self.refresh_data()

    def _start_prove(self, assumption: Assumption) -> Work:
        return self.workspace.analysing.start_prove(assumption=assumption)

    def unsaved(self) -> str:
        return unsaved_in(self.app.screen)

    # ---- the views -----------------------------------------------------------------------------------------------

    def action_show_view(self, name: view.View) -> None:
        """Show a view, and ask for what it needs."""
        self._view = name
        self.workbench.remembered.put(self.NAME, "view", name)
        self.query_one("#review-body", ContentSwitcher).current = f"review-{name}"
        self.set_focus(None)
        self._fill_view()
        self.show_hints()

    def _fill_view(self) -> None:
        """Ask for what the view shown needs and nobody has asked for yet; give the focus to where its keys work."""
        analysis = self._analysis()
        if self._compared is not None:
            if self._view == "tests" and self.query_one(TestsPane).revision != self._compared.draft.revision:
                self._run_tests()
            elif analysis is not None and analysis.waiting:
                if self._view == "meaning" and not self._compared.differs:
                    analysis.empty(
                        "The draft means what is in force: it is the same",
                        "What a change means is proved as soon as the draft differs.",
                        "2 opens Author",
                    )
                else:
                    analysis.ask()
        self._draw_views()
        self._focus_view()

    def _focus_view(self) -> None:
        if not self.in_front or self.focused is not None:
            return
        (self._pane() or self._text).focus_list()

    def _draw_views(self) -> None:
        marks = {pane.name_of_view: pane.mark for pane in self.query(FindingPane)}
        self.query_one(ViewsLine).update(view.views_line(self._view, marks, width=self.size.width - 2))

    def on_analysis_pane_changed(self, event: AnalysisPane.Changed) -> None:
        event.stop()
        self._draw_views()
        self._text.mean(self.query_one(MeaningPane).brief)
        self._focus_view()
        self.show_hints()

    def on_row_list_moved(self) -> None:
        self.show_hints()

    def on_row_list_chosen(self) -> None:
        if self.check_action("open", ()):
            self.action_open()

    def _run_tests(self) -> None:
        self.run_service(self.workspace.casebook.run, group="tests", on_result=self._ran, on_error=self._tests_failed)

    def _ask_for_words(self, name: str) -> None:
        """The request of the case under the cursor in plain words, once the cursor rests."""
        trying = self.workspace.trying
        told = partial(self.query_one(TestsPane).told_of, name)
        self.run_service(
            lambda: trying.tried(trying.of_case(name)).fields, group="words", on_result=told, on_error=lambda _: None
        )

    def _ran(self, run: CaseRun) -> None:
        self.query_one(TestsPane).show_run(run)
        self._draw_views()
        self._focus_view()
        self.show_hints()

    def _tests_failed(self, error: Exception) -> None:
        self.query_one(TestsPane).failed_or_expected(error)
        self._draw_views()

    # ---- what is possible ----------------------------------------------------------------------------------------

    def hints(self) -> list[Action]:
        """Those of the view shown."""
        actions = [REGISTRY[name] for name in FOOTER[self._view]]
        analysis = self._analysis()
        if analysis.running if analysis is not None else self._promises_run:
            actions.insert(0, REGISTRY["review.stop"])
        return [action for action in actions if self.is_possible(action)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What a view does not have is not there; without a difference nothing is compared or proposed."""
        differs = self._compared is not None and self._compared.differs and not self._text.has_class("-said")
        pane, analysis = self._pane(), self._analysis()
        listing = pane is not None and pane.showing
        match action:
            case "propose":
                return differs and not (self.review is not None and view.unclean(self.review))
            case "text" | "columns":
                return differs and pane is None
            case "folds":
                return differs if pane is None else listing and self._view == "proofs"
            case "next_hunk" | "previous_hunk":
                return differs if pane is None else listing and bool(pane.telling)
            case "add_test" | "copy":
                return listing and self._witness is not None
            case "open":
                return listing and (self._view == "tests" or self._witness is not None)
            case "semantics" | "data":
                return analysis is not None and (listing or analysis.running)
            case "again" if pane is None:
                return self._compared is not None and unproved(self._compared.review) and not self._promises.running
            case "again":
                return self._compared is not None and not (analysis and analysis.running)
            case "stop":
                return analysis.running if analysis is not None else self._promises_run
        return super().check_action(action, parameters)

    def export_view(self) -> ExportView | None:
        """What the view in front lists: changed lines, changed decisions, answers, tests."""
        pane = self._pane()
        if pane is not None:
            return pane.export_view()
        return self._text.export_view() if self._compared is not None and self._compared.differs else None

    @property
    def _promises_run(self) -> bool:
        return self._view == "text" and self._promises.running

    @property
    def _witness(self) -> witness_view.Shown | None:
        pane = self._pane()
        return pane.witness(pane.current) if pane is not None else None
