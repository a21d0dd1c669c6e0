"""The statement extractor under the original's module name. Imports the speech room and the log."""

from __future__ import annotations

from workbench.compat.normcore.logging import log_observer
from workbench.speech import extraction
from workbench.speech.observing import Observer


class StatementExtractor(extraction.StatementExtractor):
    """As in the pipeline."""

    def __init__(self, observer: Observer | None = None) -> None:
        super().__init__(log_observer() if observer is None else observer)
