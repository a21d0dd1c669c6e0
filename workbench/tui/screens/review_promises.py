"""The proof of the draft's invariants, while Review shows everything else: asked for once for each draft, and stopped.

The review says itself what is not proved yet; this only has it proved, in a job of the service. Touches no widget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.service.views import UNPROVED, ReviewView
from workbench.tui.hints import hinted

if TYPE_CHECKING:
    from workbench.service.analysis_jobs import Job

LOOK = 0.2  # seconds between two looks at how far it is


def unproved(review: ReviewView) -> bool:
    """Whether the review waits for a proof."""
    return any(blocker.code == UNPROVED for blocker in review.blockers)


class Promises:
    """One proof at a time. What was stopped, or came to nothing, is not begun again by itself."""

    def __init__(self) -> None:
        self._job: Job[ReviewView] | None = None
        self._asked: tuple[str, ...] | None = None

    @property
    def running(self) -> bool:
        """Whether something is being proved."""
        return self._job is not None and not self._job.done

    @property
    def said(self) -> str:
        """How far it is, in a few words."""
        progress = self._job.progress if self._job is not None else None
        far = f" {progress.done} of {progress.total}" if progress is not None and progress.total else ""
        return hinted(f"◌ proving{far} · x stops", "review")

    def ask(self, subject: tuple[str, ...], start: Callable[[], Job[ReviewView]]) -> bool:
        """Begin where nobody has for this draft; whether a proof runs now. ``subject``: what it depends on."""
        if subject != self._asked:
            self._asked, self._job = subject, start()
        return self.running

    def take(self) -> Job[ReviewView] | None:
        """The job that has ended, once; the next review knows what came of it."""
        job = self._job
        if job is None or not job.done:
            return None
        self._job = None
        return job

    def stop(self) -> None:
        """End it."""
        if self._job is not None:
            self._job.stop()

    def again(self) -> None:
        """Let the next :meth:`ask` begin anew."""
        if not self.running:
            self._asked = None
