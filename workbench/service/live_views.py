"""What the service tells of a text that is being written: frozen values, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.service.views import SentenceView


@dataclass(frozen=True, slots=True)
class LiveView:
    """The sentences of ``english`` as far as they are read, in order of place. ``waiting``: how many are not yet."""

    english: str
    sentences: tuple[SentenceView, ...]
    waiting: int = 0
