"""The timeline: what the ledger holds besides decisions, newest first."""

from __future__ import annotations

from workbench.service.session import Session


class Timeline:
    """The use cases; being built."""

    def __init__(self, session: Session) -> None:
        self._session = session
