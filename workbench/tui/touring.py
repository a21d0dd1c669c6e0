"""The first-run tour: when it begins, where it is, what of it is done. What it says is in ``view.tour``.

A part of the application's class, beside ``places``. It begins by itself once, in the demo, at a real terminal; the
palette and ``?`` offer it always. Where it was left it goes on at the next start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from workbench.tui.view.tour import SENTENCE, STEPS, Facts, Telling, kept, reached, recalled

if TYPE_CHECKING:
    from textual.app import App

    from workbench.service.views import Status
    from workbench.service.workspace import Workspace
    from workbench.tui.remembered import Remembered
    from workbench.tui.screens.base import WorkbenchScreen

    _Base = App[None]
else:
    _Base = object

SCOPE = "tour"
OVER = "over"  # for every workspace: whoever saw it, or skipped it, is not asked again
LEFT_AT = "left_at"  # of this workspace
ENDED = "{key} begins it again, ? lists the keys of a screen, F1 explains what has the focus."


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the tour is. ``began``: how things stood when it began; ``None`` until that is known."""

    step: int = 0
    done: frozenset[int] = frozenset()
    began: Facts | None = None


class Touring(_Base):
    """Mixed into the application before ``App``."""

    if TYPE_CHECKING:
        workspace: Workspace | None
        status: Status | None
        demo: bool
        remembered: Remembered

        @property
        def front(self) -> WorkbenchScreen | None: ...

        async def goto(self, name: str) -> WorkbenchScreen | None: ...

    tour_wanted: bool | None = None
    """``True`` shows it from the start, ``False`` never by itself; ``None``: once, in the demo, at a real terminal."""
    _tour: Progress | None = None
    _timelock = False

    # -- beginning and ending ------------------------------------------------------------------------------------

    def tour_opened(self) -> None:
        """The workspace is open: begin, or go on where the tour was left."""
        over = self.remembered.get(SCOPE, OVER, False)
        first = self.demo and not self.is_headless and not over
        if self.tour_wanted or (first and self.tour_wanted is None):
            left = None if over else recalled(self.remembered.get(SCOPE, LEFT_AT, {}))
            self._tour_at(Progress(*left) if left else Progress())

    async def action_tour(self) -> None:
        """Begin the tour at its first step; end it where one is on."""
        if self._tour is not None:
            self._tour_over("The tour is over" if self._tour.step == len(STEPS) - 1 else "The tour is skipped")
            return
        self._tour_at(Progress())
        await self.goto(STEPS[0].screen)

    @property
    def touring(self) -> bool:
        """Whether a tour is on."""
        return self._tour is not None

    def _tour_over(self, title: str) -> None:
        self._tour = None
        self.remembered.put(SCOPE, OVER, True, everywhere=True)
        self.remembered.put(SCOPE, LEFT_AT, None)
        self._tell_tour()
        self.notify(ENDED.format(key="T"), title=title, timeout=8)

    # -- going on ------------------------------------------------------------------------------------------------

    async def action_tour_next(self) -> None:
        """The next step, on its screen; after the last one the tour is over."""
        await self._tour_by(1)

    async def action_tour_back(self) -> None:
        """The step before, on its screen."""
        await self._tour_by(-1)

    async def _tour_by(self, steps: int) -> None:
        tour = self._tour
        if tour is None:  # from the palette; the keys are dead then
            await self.action_tour()
            return
        step = tour.step + steps
        if step == len(STEPS):
            self._tour_over("That was the tour")
        elif step >= 0:
            self._tour_at(Progress(step, tour.done, tour.began))
            await self.goto(STEPS[step].screen)

    def tour_visited(self, screen: str) -> None:
        """A screen came to the front. That of the next step begins it, once this one is done or was only to be read."""
        tour = self._tour
        if tour is None:
            self._tell_tour()  # its strip goes, where the tour ended on another screen
            return
        following = tour.step + 1
        ready = not STEPS[tour.step].act or tour.step in tour.done
        if following < len(STEPS) and ready and STEPS[following].screen == screen:
            self._tour_at(Progress(following, tour.done, tour.began))
        else:
            self._tell_tour()

    def _tour_at(self, progress: Progress) -> None:
        self._tour = progress
        self.remembered.put(SCOPE, LEFT_AT, dict(kept(progress.step, progress.done, progress.began)))
        self._tell_tour()

    def _tell_tour(self) -> None:
        if self.front is not None:
            self.front.show_tour()

    def telling(self, screen: str) -> Telling | None:
        """What the strip of ``screen`` tells now."""
        return None if self._tour is None else Telling(self._tour.step, self._tour.done, screen, self._timelock)

    # -- what is done ---------------------------------------------------------------------------------------------

    def tour_tick(self, status: Status) -> None:
        """A second has passed: look whether a step's act is done."""
        tour, workspace, front = self._tour, self.workspace, self.front
        if tour is None or workspace is None or front is None:
            return
        self._tell_tour()  # what it is about may have come into sight

        def found(seen: tuple[str, bool]) -> None:
            self._tour_found(status, *seen)

        front.run_service(_seen, workspace, group="tour", on_result=found, on_error=lambda _: None, when_busy="skip")

    def _tour_found(self, status: Status, rules: str, timelock: bool) -> None:
        tour = self._tour
        if tour is None:
            return
        stops = sum(overlay.kind == "stop" for overlay in status.overlays)
        now = Facts(status.version.version, rules, status.open_proposals, stops)
        began = now if tour.began is None else replace(tour.began, rules=tour.began.rules or rules)
        done, told = tour.done | reached(began, now), timelock != self._timelock
        self._timelock = timelock
        if (done, began) != (tour.done, tour.began):
            self._tour_at(Progress(tour.step, done, began))
        elif told:
            self._tell_tour()

    # -- for those who would rather not type -----------------------------------------------------------------------

    def action_tour_write(self) -> None:
        """Write the tour's sentence at the end of the English, as if it were typed."""
        from workbench.tui.widgets.code_area import CodeArea

        for english in self.screen.query("#english").results(CodeArea):
            if SENTENCE not in english.text:
                english.focus()
                english.insert(("" if english.text.endswith("\n") else "\n") + SENTENCE, english.document.end)
                english.move_cursor(english.document.end)


def _seen(workspace: Workspace) -> tuple[str, bool]:
    """What the draft's rules are known by (nothing, where they cannot be read); whether a timelock runs."""
    rules = sorted(rule.digest for rule in workspace.check(workspace.draft().cedar_plus).rules)
    known_by = sha256("".join(rules).encode()).hexdigest() if rules else ""
    return known_by, any(proposal.state == "approved" for proposal in workspace.proposals(open_only=True))
