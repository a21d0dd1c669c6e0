"""What Cedar+ must answer, worked out from what Cedar says of each rule alone. Written from the language's
description (``design``: decisions), not from the engine, and sharing no code with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from tests.engine.typed import TypedRule


def expected(
    rules: Sequence[TypedRule], satisfied: Collection[str], erring: Collection[str], grants: Collection[str]
) -> dict[str, Any]:
    """The fields of the decision. ``satisfied`` and ``erring``: ids, by Cedar's word on each rule as a permit."""

    def these(kind: str, ids: Collection[str]) -> list[TypedRule]:
        return [rule for rule in rules if rule.kind == kind and rule.id in ids and not rule.observed]

    answer: dict[str, Any] = {
        "reasons": [],
        "procedures": [],
        "errors": [rule.id for rule in rules if rule.id in erring],
        "observed": [rule.id for rule in rules if rule.observed and (rule.id in satisfied or rule.id in erring)],
        "score": sum((rule.score for rule in these("prefer", satisfied)), Decimal(0)),
    }
    forbids, permits = these("forbid", satisfied), these("permit", satisfied)
    failed = [rule for kind in ("permit", "forbid", "procedure") for rule in these(kind, erring)]
    waiting = [rule for rule in these("procedure", satisfied) if "p" + rule.id[1:] not in grants]
    if forbids:
        outcome, code, reasons = "deny", "forbidden", forbids
    elif failed:
        outcome, code, reasons = "deny", "evaluation_error", []
    elif not permits:
        outcome, code, reasons = "deny", "not_permitted", []
    elif waiting:
        outcome, code, reasons = "hold", "held", waiting
        answer["procedures"] = ["p" + rule.id[1:] for rule in waiting]
    else:
        outcome, code, reasons = "allow", "allowed", permits
    return answer | {"outcome": outcome, "code": code, "reasons": [rule.id for rule in reasons]}
