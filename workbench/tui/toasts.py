"""Toasts: what one screen has said goes when that screen is left, so that it never lies over what one has come to see.

Errors stay until their time is over, and so does what is *announced*: it is about the whole workbench and no screen.
Imports Textual and nothing of ours.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from textual.notifications import Notification, Notify, SeverityLevel

if TYPE_CHECKING:
    from textual.app import App

    _Base = App[Any]
else:
    _Base = object

JUST_SAID = 0.3  # seconds: said by the very act that leads to another screen


class Toasts(_Base):
    """Mixed into the application before ``App``."""

    def announce(
        self, message: str, *, title: str = "", severity: SeverityLevel = "information", timeout: float | None = None
    ) -> None:
        """A toast for the whole workbench, plain text, which stays when the screen is left."""
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Announced(message, title, severity, seconds, markup=False)))

    def leave_toasts(self) -> None:
        """Take away what the screen that is left has said."""
        old = [each for each in self._notifications if not _stays(each)]
        for toast in old:
            self._unnotify(toast, refresh=False)
        if old:
            self._refresh_notifications()


class Announced(Notification):
    """Belongs to no screen."""


def _stays(toast: Notification) -> bool:
    return isinstance(toast, Announced) or toast.severity == "error" or time() - toast.raised_at < JUST_SAID
