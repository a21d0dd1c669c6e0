"""Copying over ssh and tmux: the desktop's own program, else OSC 52 through the terminal, a file as the last resort."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
from typing import Any

from textual.app import App

_PROGRAMS = (
    ("pbcopy", ("pbcopy",), ""),
    ("wl-copy", ("wl-copy",), "WAYLAND_DISPLAY"),
    ("xclip", ("xclip", "-selection", "clipboard"), "DISPLAY"),
    ("xsel", ("xsel", "--clipboard", "--input"), "DISPLAY"),
)
TERMINAL_LIMIT = 74_000  # bytes; beyond it terminals drop an OSC 52 sequence


def copy(app: App[Any], text: str) -> str:
    """Copy ``text`` and return a sentence that says how much went by which route. Never raises."""
    text = text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair is no text for others
    size = f"{len(text):,} characters"
    if not _remote() and (program := _native(text)):
        return f"Copied {size} ({program})"
    if len(text.encode()) <= TERMINAL_LIMIT:
        App.copy_to_clipboard(app, text)  # Textual's own: ours comes here
        driver = app._driver
        if "TMUX" in os.environ and driver is not None:  # tmux hands a wrapped sequence on to the terminal outside
            encoded = base64.b64encode(text.encode()).decode()
            driver.write(f"\x1bPtmux;\x1b\x1b]52;c;{encoded}\a\x1b\\")
        return f"Copied {size} through the terminal (OSC 52)"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="workbench-", suffix=".txt", delete=False) as file:
            file.write(text)  # made with mode 0600
    except OSError:
        return f"Could not copy {size}: no clipboard, and no file could be written"
    return f"Wrote {size} to {file.name}: too much for the terminal's clipboard"


def _remote() -> bool:
    return any(name in os.environ for name in ("SSH_CONNECTION", "SSH_TTY"))


def _native(text: str) -> str:
    """The program that took the text; empty where none did."""
    for program, command, needs in _PROGRAMS:
        if shutil.which(program) and (not needs or needs in os.environ):
            try:
                done = subprocess.run(command, input=text.encode(), timeout=2, check=False, capture_output=True)
            except (OSError, subprocess.SubprocessError):
                continue
            if done.returncode == 0:
                return program
    return ""
