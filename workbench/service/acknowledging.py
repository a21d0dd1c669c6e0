"""Acknowledging: a signer's word that a jump of the clock, or a restore, is known and accepted."""

from __future__ import annotations

from workbench.service.session import Session


class Acknowledging:
    """The use cases; being built."""

    def __init__(self, session: Session) -> None:
        self._session = session
