"""Editing a text in the person's own editor, the interface suspended meanwhile."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported


def edit_outside(app: App[Any], text: str, suffix: str) -> str | None:
    """The text as ``$VISUAL`` or ``$EDITOR`` left it; ``None`` when it is unchanged or could not be edited (said)."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        command = shlex.split(named) or ["vi"]
    except ValueError as error:
        app.notify(
            f"$VISUAL or $EDITOR cannot be read: {error}. The text stays as it was.",
            title="The editor did not start",
            severity="error",
            markup=False,
        )
        return None
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:  # mode 0700
        path = Path(folder) / f"draft{suffix}"
        path.write_text(text, encoding="utf-8")
        try:
            with app.suspend():
                done = subprocess.run([*command, str(path)], check=False)
        except SuspendNotSupported:
            app.notify("This terminal cannot be handed to another program", severity="warning")
            return None
        except OSError as error:
            app.notify(
                f"{command[0]}: {error.strerror}. $VISUAL or $EDITOR names the editor; the text stays as it was.",
                title="The editor did not start",
                severity="error",
                markup=False,
            )
            return None
        if done.returncode:
            app.notify("The editor ended with an error: its text was not taken over", severity="warning")
            return None
        try:
            edited = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            app.notify("The edited file is not readable UTF-8: the text stays as it was", severity="error")
            return None
    return edited if edited != text else None
