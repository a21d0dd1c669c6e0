"""What the views of Review are made of: a list under a summary with the row beside it, and long work that fills it.

A pane knows no service: a screen gives it what to call. Used by the Review screen and by the window of a proposal.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol, TypeAlias, cast

from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from workbench.analysis.assumptions import OURS, Assumption, Data, Semantics
from workbench.analysis.stop import Progress
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.view.export import ExportView
from workbench.tui.view.review import View, progress_text
from workbench.tui.view.rulebook import Rulebook
from workbench.tui.view.table import Column, Row
from workbench.tui.view.witness import Shown
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.splitter import SplitPanes
from workbench.tui.widgets.state_box import StateBox
from workbench.tui.widgets.wrapped_list import WrappedList

SIDE_BY_SIDE_FROM = 96  # cells of width
BOTH_FROM = 14  # rows of height
EXPECTED = {
    "no_solver": ("– no solver", "the texts and the tests need no solver: v goes on to them"),
    "not_clean": ("✗ error", "2 opens Author"),
    "invariants_unclean": ("– not clean", "i opens the invariants"),
}
"""Why nothing can be proved although nothing failed, by code: what the tab says, and the next key."""
POLL = 0.1  # seconds between two looks at how far it is


class Work(Protocol):
    """A long analysis in a thread of its own, as the service starts it. ``about``: what it looks at, once read."""

    @property
    def about(self) -> tuple[Any, ...]: ...
    @property
    def progress(self) -> Progress | None: ...
    @property
    def result(self) -> Any | None: ...
    @property
    def error(self) -> Exception | None: ...
    @property
    def done(self) -> bool: ...

    def stop(self) -> None: ...


Start: TypeAlias = Callable[[Assumption], Work]


class FindingPane(StateBox):
    """A summary, a list, and what is to be said of the row under the cursor, beside it or below it."""

    def __init__(
        self, columns: Sequence[Column], *, loading: str, title: str, about: str, id: str, header: bool = False
    ) -> None:
        self._columns = tuple(columns)
        self._list = WrappedList(columns, header=header)
        self._list.add_class("pane", "pane-list")
        self._said = Static(classes="pane-summary")
        self._assumed = Static(classes="pane-assumed -none")
        self._detail = Static()
        self.mark = Content("")  # for the tab: what was found, or how far it is
        self._about = VerticalScroll(self._detail, classes="pane pane-about")
        self.entitle(title, about)
        super().__init__(
            self._said,
            self._assumed,
            SplitPanes(self._list, self._about, id=f"{id}-panes", classes="pane-split"),
            loading=loading,
            id=id,
        )

    def on_resize(self, event: Resize) -> None:
        """Side by side where there is room; where it is low, enter opens what cannot be shown below."""
        self.set_class(event.size.width < SIDE_BY_SIDE_FROM, "-slim")
        self.set_class(event.size.height < BOTH_FROM, "-flat")

    @property
    def name_of_view(self) -> View:
        """The view of Review that this pane is."""
        return cast(View, str(self.id).removeprefix("review-"))

    @property
    def list(self) -> RowList:
        """The list."""
        return self._list

    @property
    def current(self) -> str:
        """The key of the row under the cursor; empty where there is none."""
        row = self._list.current
        return row.key if row is not None else ""

    @property
    def showing(self) -> bool:
        """Whether the content is shown, and not a sentence in its place."""
        return not (self.has_class("-said") or self.has_class("-waiting"))

    def entitle(self, title: str, about: str) -> None:
        """Head the list and what is told beside it."""
        self._list.border_title, self._about.border_title = title, about

    def fill(self, summary: Content, rows: Sequence[Row], counted: str, assumed: Content | None = None) -> None:
        """Show what was found; the cursor stays on its row, and at first it is on one that wants a look."""
        self._assumed.update(assumed or "")
        self._assumed.set_class(assumed is None, "-none")
        first = not self._list.rows
        self._said.update(summary)
        self._list.show(rows)
        if first:
            self._list.go_to(self.first_look)
        self._list.border_subtitle = Content(counted)
        self.ready()
        self._draw()

    def failed_or_expected(self, error: Exception) -> None:
        """Say why there is nothing: what a person can mend with the next key, or what failed."""
        code = str(getattr(error, "code", ""))
        if code in EXPECTED:
            mark, next_key = EXPECTED[code]
            title, why, hint = (str(getattr(error, name, "")) for name in ("title", "detail", "hint"))
            if code == "not_clean":  # as the view of the text says it
                title, hint = "The draft has an error", ""
            self.empty(title[:1].upper() + title[1:], "\n".join(part for part in (why, hint) if part), next_key)
            self.mark = Content.styled(mark, "$muted")
        else:
            self.failed(error)
            self.mark = Content.styled("✗ failed", "$deny")

    def export_view(self) -> ExportView | None:
        """What is listed, as the cells say it."""
        if not self.showing:
            return None
        columns = tuple(column.title.strip() or f"column {n}" for n, column in enumerate(self._columns, start=1))
        rows = self._list.rows
        return ExportView(
            f"review-{self.name_of_view}", columns, lambda: (tuple(c.text.strip() for c in row.cells) for row in rows)
        )

    def focus_list(self) -> None:
        """Put the focus where the keys of this view work."""
        if self.showing:
            self._list.focus()
        elif self.can_focus:
            self.focus()

    def on_row_list_moved(self) -> None:
        self._about.scroll_home(animate=False)
        self._draw()

    def _draw(self) -> None:
        self._detail.update(self.told(self.current))

    # ---- for panes to say ----------------------------------------------------------------------------------------

    def told(self, key: str) -> Content:
        """The row called ``key``, in full."""
        raise NotImplementedError

    def witness(self, key: str) -> Shown | None:  # noqa: ARG002 (here no row has one)
        """The witness of the row called ``key``, where it has one."""
        return None

    @property
    def witnesses(self) -> tuple[tuple[str, Shown], ...]:
        """All rows that have a witness, in order."""
        found = ((row.key, self.witness(row.key)) for row in self._list.rows)
        return tuple((key, shown) for key, shown in found if shown is not None)

    @property
    def telling(self) -> frozenset[str]:
        """Keys of the rows that ``n`` stops at."""
        return frozenset(key for key, _ in self.witnesses)

    @property
    def first_look(self) -> str:
        """The key of the row that the cursor begins on; empty where none wants a look."""
        wanted = self.telling
        return next((row.key for row in self._list.rows if row.key in wanted), "")

    def step(self, direction: int) -> bool:
        """To the next row worth a stop (the one before with -1), around the ends; ``False`` where there is none."""
        rows, wanted = self._list.rows, self.telling
        count = len(rows)
        for ahead in range(1, count + 1):
            index = (self._list.cursor + direction * ahead) % count
            if rows[index].key in wanted:
                self._list.cursor = index
                return True
        return False


@dataclass(slots=True)
class _Asked:
    """One question that was put; ``work`` answers it once it has begun. Given up: whatever comes of it is dropped."""

    assumption: Assumption
    work: Work | None = None
    given_up: bool = False


class AnalysisPane(FindingPane):
    """A pane that long work fills: begun by :meth:`ask`, stopped by :meth:`halt`, polled, never waited for."""

    DOING: ClassVar[str] = ""
    STOPPED: ClassVar[str] = "Stopped before it was done"

    class Outdated(Message):
        """What was found is of another text than the one asked about: it was dropped."""

    class Changed(Message):
        """What the pane has to say is another: how far it is, what was found, why there is nothing."""

    def __init__(self, columns: Sequence[Column], *, title: str, about: str, id: str) -> None:
        super().__init__(columns, loading=self.DOING, title=title, about=about, id=id)
        self.assumption = OURS
        self.book = Rulebook()
        self._start: Start | None = None
        self._fits: Callable[[Work], bool] | None = None
        self._asked: _Asked | None = None
        self._polling: Timer | None = None
        self._outdated = False

    # ---- asking --------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether an answer is on its way."""
        return self._asked is not None

    @property
    def waiting(self) -> bool:
        """Whether there is a question that nobody has put yet."""
        return self._outdated

    def about(self, start: Start, book: Rulebook, fits: Callable[[Work], bool] | None = None) -> None:
        """Another text is asked about from now on: what was found of the older one is forgotten.

        ``fits`` says of work that is done whether it looked at this text and no newer one.
        """
        self.halt()
        self._start, self.book, self._fits, self._outdated = start, book, fits, True
        self.mark = Content("")
        self.forget()

    def ask(self) -> None:
        """Put the question, anew where an answer is there or on its way."""
        if self._start is None:
            return
        self.halt()
        self.forget()
        self._outdated = False
        start, asked = self._start, _Asked(self.assumption)
        self._asked = asked
        self._tell_progress(None)

        def begin() -> Work:
            work = start(asked.assumption)
            if asked.given_up:
                work.stop()
            return work

        self._in_thread(begin, asked, self._begun, "start")

    def halt(self) -> bool:
        """Stop what runs; ``False`` where nothing does."""
        asked, self._asked = self._asked, None
        if self._polling is not None:
            self._polling.stop()
            self._polling = None
        if asked is None:
            return False
        asked.given_up = True
        if asked.work is not None:
            asked.work.stop()
        return True

    def cancel(self) -> None:
        """Stop what runs, because a person asked for it."""
        if self.halt():
            self._say_stopped("Nothing is known of what was not looked at.")

    def switch_semantics(self) -> None:
        """Ask under our semantics, or under Cedar's."""
        self._assume("cedar" if self.assumption.semantics == "cedar+" else "cedar+", self.assumption.data)

    def switch_data(self) -> None:
        """Ask with data that may be missing, or that is all there."""
        self._assume(self.assumption.semantics, "complete" if self.assumption.data == "missing" else "missing")

    def _assume(self, semantics: Semantics, data: Data) -> None:
        self.assumption = Assumption(semantics, data)
        if self._start is not None:
            self.ask()

    # ---- answers -------------------------------------------------------------------------------------------------

    def _begun(self, asked: _Asked, work: Work) -> None:
        if asked is not self._asked:
            work.stop()
            return
        asked.work = work
        self._look()
        if self._asked is asked:
            self._polling = self.set_interval(POLL, self._look)

    def _look(self) -> None:
        """How far it is, by the screen's own clock; the thread touches no widget."""
        asked = self._asked
        work = asked.work if asked is not None else None
        if asked is None or work is None:
            return
        if not work.done:
            self._tell_progress(work.progress)
            return
        result, error = work.result, work.error
        if self._polling is not None:
            self._polling.stop()
            self._polling = None
        if result is not None and (self._fits is None or self._fits(work)):
            self._in_thread(partial(self.prepare, result, self.book), asked, self._prepared, "prepare")
            return
        self.halt()
        if error is not None:
            self._say_failed(error)
        elif result is None:
            self._say_stopped("Another analysis was begun in its place.")
        else:
            self._outdated = True
            self.post_message(self.Outdated())

    def _prepared(self, asked: _Asked, prepared: Any) -> None:
        if asked is self._asked:
            self._asked = None
            self.show_result(prepared)
            self.post_message(self.Changed())

    def _in_thread(
        self, call: Callable[[], Any], asked: _Asked, then: Callable[[_Asked, Any], None], step: str
    ) -> None:
        cast(ServiceCalls, self.screen).run_service(
            call, group=f"{self.id}-{step}", on_result=partial(then, asked), on_error=partial(self._failed, asked)
        )

    def _failed(self, asked: _Asked, error: Exception) -> None:
        if asked is self._asked:
            self.halt()
            self._say_failed(error)

    def _say_failed(self, error: Exception) -> None:
        self.failed_or_expected(error)
        self.post_message(self.Changed())

    def _say_stopped(self, why: str) -> None:
        self.empty(self.STOPPED, why, "r asks again")
        self.mark = Content.styled("■ stopped", "$sev-warning")
        self.post_message(self.Changed())

    def _tell_progress(self, progress: Progress | None) -> None:
        self.working(self.DOING, progress_text(progress), "x stops it")
        self.mark = Content.styled("◌" if progress is None else f"◌ {progress.done}/{progress.total}", "$muted")
        self.post_message(self.Changed())

    def on_unmount(self) -> None:
        self.halt()

    # ---- for panes to say ----------------------------------------------------------------------------------------

    @abstractmethod
    def prepare(self, result: Any, book: Rulebook) -> Any:
        """What was found, made ready to be shown: all that takes time. In a worker thread, so it touches no widget."""

    @abstractmethod
    def show_result(self, prepared: Any) -> None:
        """Show what was made ready (with :meth:`fill`) and set ``mark``."""

    @abstractmethod
    def forget(self) -> None:
        """Forget what was found."""
