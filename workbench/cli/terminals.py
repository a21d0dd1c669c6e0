"""Whether screens can be drawn on this terminal, and what to do where they cannot. Imports the standard library."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from workbench.cli.failures import MisusedError
from workbench.cli.session import on_terminal

COMMANDS = "`workbench status`, `watch`, `groups`, `cases list` and `history` tell the same in lines"


def check_terminal(environment: Mapping[str, str] | None = None, encoding: str | None = None) -> None:
    """Raise ``MisusedError`` (``no_terminal``, ``dumb_terminal``, ``not_utf8``) where screens cannot be drawn.

    ``environment`` and ``encoding`` (of standard output) are this process's by default.
    """
    given = os.environ if environment is None else environment
    encoding = (getattr(sys.stdout, "encoding", "") or "") if encoding is None else encoding
    if given.get("TERM", "") in ("", "dumb") and sys.stdin.isatty() and sys.stdout.isatty():
        named = given.get("TERM") or "not set"
        raise MisusedError(
            "this terminal cannot draw screens",
            f"`TERM` is {named}",
            f"{COMMANDS}; if the terminal can do more than it says, set TERM=xterm-256color",
            "dumb_terminal",
        )
    if not on_terminal():
        raise MisusedError(
            "no terminal",
            "the screens need one",
            f"{COMMANDS}; `workbench --help` lists every command; `workbench demo` also tells",
            "no_terminal",
        )
    if encoding.lower().replace("-", "").replace("_", "") not in ("utf8", ""):
        raise MisusedError(
            "the screens need UTF-8",
            f"this terminal's locale says `{encoding}`",
            f"set LC_ALL=C.UTF-8, or PYTHONUTF8=1 where the terminal shows UTF-8 anyway; {COMMANDS}",
            "not_utf8",
        )
