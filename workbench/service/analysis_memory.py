"""What the analyses remember: bounded, shared by every analysis of a workspace, safe from any thread.

The analyses make the keys, from digests of rules and schema and from the assumption, so that an edit proves anew only
what it touches. What was not decided is never kept: another time, or a longer limit, may decide it. Nothing is written
to disk. Imports the analyses' values only.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any

from workbench.analysis.results import Witness

KEPT = 8_192  # results; each a verdict, some with a witness: a few kilobytes


class Remembered:
    """An :class:`~workbench.analysis.task.Memory` of the newest ``limit`` results; what is asked for stays longest."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._lock = Lock()
        self._values: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str) -> Any | None:
        """What was remembered under ``key``."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
            return found

    def put(self, key: str, value: Any) -> None:
        """Remember ``value``, unless a part of it is undecided."""
        if value is None or is_open(value):
            return
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)


SHARED = Remembered()
"""Of this process: for what is analysed without a workspace."""


def is_open(value: Any) -> bool:
    """Whether a result, or anything inside it, was not decided.

    Looks at verdicts alone (``verdict``, ``verdicts``), inside results as deep as they go: what a witness says of
    itself is data, and the word "undecided" in it means nothing.
    """
    if isinstance(value, Witness):
        return False
    if is_dataclass(value) and not isinstance(value, type):
        verdicts = getattr(value, "verdicts", None)
        if getattr(value, "verdict", None) == "undecided" or (
            isinstance(verdicts, Mapping) and "undecided" in verdicts.values()
        ):
            return True
        inside = fields(value) if type(value).__module__ == Witness.__module__ else ()
        return any(is_open(getattr(value, field.name)) for field in inside)
    if isinstance(value, Mapping):
        return any(map(is_open, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(is_open, value))
    return False
