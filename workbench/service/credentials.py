"""Credentials: tokens and public keys that prove directory principals."""

from __future__ import annotations

from workbench.service.session import Session


class Credentials:
    """The use cases; being built."""

    def __init__(self, session: Session) -> None:
        self._session = session
