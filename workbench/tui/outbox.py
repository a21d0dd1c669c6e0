"""Whether notices reach the people they are for: a word for the top bar while they do not, and a sentence at each turn.

Reads what the deliverer did last; knows no store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural

if TYPE_CHECKING:
    from workbench.service.deliverer import Deliverer
    from workbench.service.notice_views import DeliveryReport

TELLS = "`workbench notices` lists them; they are tried again."


class Outbox:
    """Failing begins with a failure of a round and ends when nothing waits; rounds between them may try nothing."""

    def __init__(self) -> None:
        self.waiting = 0
        self._failing = False

    @property
    def word(self) -> str:
        """For the top bar; empty while all is well."""
        return f"✗ {plural(self.waiting, 'notice')} unsent" if self._failing else ""

    def look(self, deliverer: Deliverer | None) -> str:
        """A sentence for a person when notices begin to fail, or have all got through again; else empty."""
        report = deliverer.last if deliverer is not None else None
        return self.heard(report) if report is not None else ""

    def heard(self, report: DeliveryReport) -> str:
        """Take a round's report in; see :meth:`look`."""
        before, self.waiting = self._failing, report.waiting
        self._failing = report.waiting > 0 and (before or bool(report.failures))
        if self._failing and not before:
            failure = report.failures[0]
            where, why = one_line(failure.shown)[:80], one_line(failure.message)[:120]
            return f"{plural(report.waiting, 'notice')} could not be sent to {where}: {why}. {TELLS}"
        if before and not self._failing:
            return "Notices are sent again: none waits."
        return ""
