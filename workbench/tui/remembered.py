"""What the screens remember from one start to the next: splits, filters, views, the theme and the last screen.

``app.remembered`` is the only way to it. Values are JSON: text, numbers, booleans, lists and mappings of those. Reading
is from memory; writing happens in a thread, a moment after the last change. Imports ``service.remembering`` only.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, TypeVar, cast

from workbench.service.remembering import (
    EVERYWHERE,
    VALUE_LIMIT,
    Key,
    read_remembered,
    remembered_path,
    set_aside,
    write_remembered,
)

Value = TypeVar("Value")

WRITE_AFTER = 0.4  # seconds without a further change
UI = "ui"
"""The scope of what belongs to no single screen: theme, last screen."""


class Remembered:
    """The memory of one workspace's screens (``place``), over that of all workspaces.

    ``path``: the file; ``None`` remembers until the end of the program only. ``fresh`` forgets what was known of the
    place. ``trouble`` is one sentence to show once, empty when there is none.
    """

    def __init__(self, path: Path | None = None, place: Path | str = "", *, fresh: bool = False) -> None:
        self._path = path
        self._place = str(place)
        self._forget = self._place if fresh else None
        self._values: dict[Key, Any] = {}
        self._changes: dict[Key, Any] = {}
        self._lock = threading.Lock()  # around the two above
        self._writing = threading.Lock()  # around the file: writes stay in their order
        self._timer: threading.Timer | None = None
        self.trouble = ""
        self.writable = True
        if path is not None:
            self._read(path)

    @classmethod
    def of(cls, location: Path | None, *, demo: bool = False, fresh: bool = False) -> Remembered:
        """The memory of the workspace at ``location`` (``None``: the usual one, or the demo's)."""
        from workbench.service.paths import default_workspace, demo_workspace

        place = location or (demo_workspace() if demo else default_workspace())
        return cls(remembered_path(), place.absolute(), fresh=fresh)

    def get(self, scope: str, name: str, default: Value) -> Value:
        """What was put last, for this workspace or else for all; ``default`` where that is nothing of its type.

        A ``default`` of ``None`` takes any value: the caller looks at it then.
        """
        with self._lock:
            for place in dict.fromkeys((self._place, EVERYWHERE)):
                value = self._values.get((place, scope, name))
                if value is not None and _of_type(value, default):
                    return cast("Value", value)
        return default

    def put(self, scope: str, name: str, value: object, *, everywhere: bool = False) -> None:
        """Remember ``value`` for this workspace (``everywhere``: for all of them); ``None`` forgets.

        Never a key, a token or a passphrase. What is too long to be worth it (16 KiB) is not kept. Raises
        ``TypeError`` for a value that is not JSON.
        """
        written = json.dumps(value)
        if len(written) > VALUE_LIMIT:
            return
        key = (EVERYWHERE if everywhere else self._place, scope, name)
        kept = json.loads(written)  # a copy: what the caller does to its list later does not count
        with self._lock:
            if self._values.get(key) == kept and type(self._values.get(key)) is type(kept):
                return
            self._values[key] = kept
            self._changes[key] = kept
        self._write_soon()

    def flush(self) -> None:
        """Write now what is not written yet; for the end of the program."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self._write()

    def _read(self, path: Path) -> None:
        found = read_remembered(path)
        self._values = {key: value for key, value in found.values.items() if key[0] in (EVERYWHERE, self._place)}
        if self._forget:
            self._values = {key: value for key, value in self._values.items() if key[0] != self._forget}
        if found.damaged:
            aside = set_aside(path)
            where = f"it was set aside as {aside.name}" if aside else "it is left as it is"
            self.trouble = f"{path.name} is {found.damaged}; {where}. Splits and filters start anew."

    def _write_soon(self) -> None:
        if self._path is None:
            return
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(WRITE_AFTER, self._write)
            self._timer.daemon = True
            self._timer.start()

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                changes, self._changes = self._changes, {}
                forget, self._forget = self._forget, None
            if self._path is not None and (changes or forget):
                self.writable = write_remembered(self._path, changes, forget=forget)


def _of_type(value: object, default: object) -> bool:
    """Whether ``value`` may stand for ``default``: the same kind of JSON value; a whole number may be a float."""
    if default is None:
        return True
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, tuple):
        return False  # JSON has lists
    return isinstance(value, type(default))
