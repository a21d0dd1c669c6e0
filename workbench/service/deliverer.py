"""Delivers notices in the background, in one thread, while a screen or a server runs. Cheap without a channel."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING

from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.service.notice_views import DeliveryReport
    from workbench.service.notices import Notices

_ROUND = 20  # notices between two looks at whether to stop


class Deliverer:
    """Delivers what is due every ``every`` seconds until stopped. A failure of the store is kept and tried again.

    ``heard`` is told of every round, in the thread of this.
    """

    def __init__(
        self, notices: Notices, every: float = 2.0, heard: Callable[[DeliveryReport], None] | None = None
    ) -> None:
        self._notices = notices
        self._every = every
        self._heard = heard
        self._stopped = Event()
        self._thread: Thread | None = None
        self.error: WorkbenchError | None = None
        self.last: DeliveryReport | None = None

    def start(self) -> None:
        """Begin; a second call does nothing."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="deliverer", daemon=True)
            self._thread.start()

    def stop(self, wait: float = 6.0) -> None:
        """End after the round in hand, or ``wait`` seconds later. Safe to call twice, and before :meth:`start`."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=wait)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                while self._round().delivered and not self._stopped.is_set():
                    pass
                self.error = None
            except WorkbenchError as error:
                self.error = error
            self._stopped.wait(self._every)

    def _round(self) -> DeliveryReport:
        self.last = self._notices.deliver(_ROUND)
        if self._heard is not None:
            self._heard(self.last)
        return self.last
