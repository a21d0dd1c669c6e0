"""Notices: an outbox of what people should hear of, delivered at least once."""

from __future__ import annotations

from workbench.service.session import Session


class Notices:
    """The use cases; being built."""

    def __init__(self, session: Session) -> None:
        self._session = session
