"""What the ledger says of a credential: whom it proves, since which entry, and until which. Pure; imports nothing.

A key or a token proves somebody because an entry says that it was registered for them, and only while none says that
it ended: the row in a table alone proves nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

STATE_AFTER: Mapping[str, str] = {
    "created": "active",
    "registered": "active",
    "suspended": "suspended",
    "resumed": "active",
    "revoked": "revoked",
}
NAMED = ("principal", "kind", "label", "proof")
_BEGIN = frozenset({"created", "registered"})


@dataclass(frozen=True, slots=True)
class ToldCredential:
    """A credential by its entries. ``named``: the fields :data:`NAMED`; ``states``: (entry, state from there on)."""

    id: str
    named: Mapping[str, str]
    states: tuple[tuple[int, str], ...]
    trouble: str = ""

    @property
    def name(self) -> str:
        """What a vote calls it: a key's fingerprint, a token's id."""
        return self.named["label"] if self.named["kind"] == "key" else self.id

    @property
    def state(self) -> str:
        """``active``, ``suspended`` or ``revoked``, by the newest entry."""
        return self.states[-1][1]

    def active_at(self, seq: int) -> bool:
        """Whether it proved somebody when the entry ``seq`` was written."""
        then = [state for entry, state in self.states if entry < seq]
        return not self.trouble and bool(then) and then[-1] == "active"


def credential_after(before: ToldCredential | None, seq: int, body: Mapping[str, Any]) -> ToldCredential:
    """What is told of a credential once the entry ``seq`` was read too.

    Raises ``KeyError`` for a body that no such entry has.
    """
    id, event = str(body["id"]), str(body["event"])
    named = {name: str(body[name]) for name in NAMED}
    step = (seq, STATE_AFTER[event])
    if before is None:
        trouble = "" if event in _BEGIN else f"entry {seq} changes it, and none made it"
        return ToldCredential(id, named, (step,), trouble)
    if before.trouble:
        return before
    if event in _BEGIN:
        return replace(before, trouble=f"entry {seq} makes it again")
    if named != before.named:
        return replace(before, trouble=f"entry {seq} tells of another under its id")
    if before.state == "revoked":
        return replace(before, trouble=f"entry {seq} changes it after it was revoked")
    return replace(before, states=(*before.states, step))
