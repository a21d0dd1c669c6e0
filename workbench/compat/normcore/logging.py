"""The logger ``normcore``: silent as a library, on stderr when asked for.

Imports the observer of the speech room, which this connects to Python's logging. ``configure_logging`` is what a
command line calls; without it nothing is written.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TextIO

from workbench.speech.observing import OFF, Observer

LOGGER_NAME = "normcore"
LEVEL_VARIABLE = "NORMCORE_LOG_LEVEL"
LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")
LINE = "%(asctime)s | %(levelname)s | %(name)s | %(message)s"
LOGGER = logging.getLogger(LOGGER_NAME)
LOGGER.addHandler(logging.NullHandler())


def chosen_level(
    log_level: str | None = None, verbose: int = 0, environ: Mapping[str, str] | None = None
) -> str | None:
    """The level that a command line asks for; None when it asks for none.

    ``--log-level`` goes before ``-v`` (INFO) and ``-vv`` (DEBUG), they before ``NORMCORE_LOG_LEVEL``. Case does not
    matter; a word that is no level means INFO.
    """
    asked = log_level or ("DEBUG" if verbose > 1 else "INFO" if verbose else "")
    asked = asked or (os.environ if environ is None else environ).get(LEVEL_VARIABLE, "")
    if not asked:
        return None
    name = asked.strip().upper()
    return {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(name, name if name in LEVELS else "INFO")


def configure_logging(level: str | None = None, stream: TextIO | None = None) -> None:
    """Write the log of ``level`` (default: what the environment asks for) and above to ``stream`` (default: stderr).

    Without a level from either, silent again. A later call replaces what an earlier one set up.
    """
    for handler in list(LOGGER.handlers):
        LOGGER.removeHandler(handler)
    name = chosen_level(level)
    if name is None:
        LOGGER.addHandler(logging.NullHandler())
        LOGGER.setLevel(logging.NOTSET)
        LOGGER.propagate = True
        return
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(LINE))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(name)
    LOGGER.propagate = False


def log_observer() -> Observer:
    """An observer that writes to the logger what its level lets through at this moment."""
    level = LOGGER.getEffectiveLevel()
    if LOGGER.manager.disable >= level:
        level = LOGGER.manager.disable + 1
    return Observer(min(level, OFF), LOGGER.log)
