"""One difference between two versions, with the class of amendment it makes and why, in plain words.

Imports nothing but the class names. The class of an amendment is the highest of its findings.
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.governance.artifact import AmendmentClassName

RANK: dict[AmendmentClassName, int] = {"minor": 0, "major": 1, "sensitive": 2}


class Finding(NamedTuple):
    """A part of the difference: its class, and the reason for people."""

    cls: AmendmentClassName
    reason: str
