"""What an answer takes for granted: whose semantics decides, and what data may be missing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Semantics: TypeAlias = Literal["cedar+", "cedar"]
Data: TypeAlias = Literal["missing", "complete"]

_SEMANTICS = {
    "cedar+": "an error denies, as the workbench decides",
    "cedar": "a rule that errors is skipped, as Cedar itself decides",
}
_DATA = {
    "missing": "entities may be missing",
    "complete": "every entity referred to exists",
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """``semantics``: our own, fail-closed, or Cedar's. ``data``: ``missing`` lets any entity be unknown to the store,
    ``complete`` takes every one that is referred to as known. Optional attributes may be absent under both.
    """

    semantics: Semantics = "cedar+"
    data: Data = "missing"

    @property
    def words(self) -> str:
        """As it stands beside an answer."""
        return f"assuming that {_SEMANTICS[self.semantics]}, and that {_DATA[self.data]}"


OURS = Assumption()
"""Our semantics, anything may be missing: what invariants are proved under."""
