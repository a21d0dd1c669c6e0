"""Version numbers: semantic versions without build metadata, and their order.

Imports nothing of the project but its errors. ``1.4.2`` or ``2.0.0-rc.1``; build metadata is refused, because two
versions that differ only in it would have the same rank.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from workbench.governance.errors import ArtifactError

_NUMBER = "(?:0|[1-9][0-9]{0,8})"
_PART = f"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_FORM = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PART}(?:\.{_PART})*))?")

Rank: TypeAlias = tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]


def rank(version: str) -> Rank:
    """A key that sorts versions as semantic versioning does. Raises :class:`ArtifactError` (``version``)."""
    match = _FORM.fullmatch(version) if len(version) <= 64 else None
    if match is None:
        raise ArtifactError("version", f"`{version[:64]}` is not a version", "write three numbers, as in `1.4.2`")
    parts = tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in (match[4] or "").split(".") if p)
    return (int(match[1]), int(match[2]), int(match[3])), match[4] is None, parts
