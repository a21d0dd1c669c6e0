"""Refusing a request before any rule is asked: the exception, and the bound on what is looked at any further. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.conversion import MAX_DEPTH
from workbench.engine.decision import Code, Decision, RuleError

MAX_VALUES = 100_000  # values in the context, in the entities, and in the speech of one request
_LEVELS = MAX_DEPTH + 4  # an entity and its attributes stand around a value
_FLAT = frozenset({str, int, bool, type(None), float})


class RefusedError(Exception):
    """The request is denied before any rule is asked. ``code`` as in a decision; ``remedy`` one sentence."""

    def __init__(self, code: Code, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.remedy = remedy

    def decision(self) -> Decision:
        """The deny that it comes to."""
        return Decision("deny", self.code, "after_change", self.remedy, errors=(RuleError("", self.message),))


def require_modest(value: Any, what: str, code: Code) -> None:
    """Refuses what is too deep, or too much, to be looked at any further. Level by level, whatever was sent."""
    level, count = [value], 0
    for _ in range(_LEVELS):
        below = []
        for item in level:
            inner = item.values() if isinstance(item, Mapping) else item
            count += len(inner)
            below += [
                each for each in inner if each.__class__ not in _FLAT and isinstance(each, Mapping | list | tuple)
            ]
        if not below:
            return
        if count > MAX_VALUES:
            raise RefusedError(code, f"the {what} of the request: more than {MAX_VALUES:,} values", "send less")
        level = below
    raise RefusedError(code, f"the {what} of the request: nested deeper than {MAX_DEPTH}", "send less")
