"""Overlays: stops, brakes and run-time norms, which act at once and can only forbid."""

from __future__ import annotations

from workbench.service.session import Session


class Overlays:
    """The use cases; being built."""

    def __init__(self, session: Session) -> None:
        self._session = session
