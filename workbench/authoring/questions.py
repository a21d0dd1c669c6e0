"""A concrete request on which the readings of a sentence differ, as a question. Pure. Imports result."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.authoring.result import Reading
from workbench.language.schema import Schema


def question(candidates: Sequence[Reading], schema: Schema) -> str:
    return "which?"
