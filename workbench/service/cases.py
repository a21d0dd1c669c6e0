"""Cases: requests that a procedure holds, until people have approved or rejected them."""

from __future__ import annotations

from workbench.service.session import Session


class Cases:
    """The use cases; being built."""

    def __init__(self, session: Session) -> None:
        self._session = session
