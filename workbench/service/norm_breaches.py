"""Which rules a violating decision broke, and how gravely: the one place by which checks, reports and counts agree.

The rules stand in the decision's ledger entry, which nobody erases; how grave each was stands in the payload, and where
that was erased, the rule itself says it. Pure. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.language.annotations import DEFAULT_SEVERITY

_DECODER = json.JSONDecoder()


def broken(code: str, entry: bytes, first: str) -> tuple[str, ...]:
    """The rules that a violating decision broke: its reasons, in their order; of one that failed, the rules that did.

    ``entry``: the bytes of the ledger entry; ``first``: the rule that the feed names, for one that says nothing. Where
    no rule is to blame, the code stands for it.
    """
    named = _listed(entry, '"reasons":' if code == "forbidden" else '"errors":')
    return tuple(dict.fromkeys(map(str, named))) or (first or code,)


def _listed(entry: bytes, name: str) -> list[Any]:
    """The list of this name in a decision's entry. The rest is not read, because counting asks of many thousands: an
    entry is canonical JSON, where these characters can only be a name (within a text, its quotes are escaped), and a
    decision's body has one object only."""
    text = entry.decode("utf-8", "replace")
    place = text.find(name)
    try:
        found = _DECODER.raw_decode(text, place + len(name))[0] if place >= 0 else []
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def graded(rules: Sequence[str], highest: str, decision: bytes, known: Callable[[str], str]) -> tuple[str, ...]:
    """How grave it is to have broken each of ``rules``. ``highest``: the feed's word for the gravest of them;
    ``decision``: the recorded answer (JSON), empty where it was erased; ``known``: what a rule says of itself today."""
    if len(rules) == 1 and highest:
        return (highest,)
    said = {
        str(each.get("rule")): str(each.get("severity") or DEFAULT_SEVERITY)
        for each in parsed(decision).get("evidence", ())
        if isinstance(each, Mapping) and each.get("effect") == "forbid"
    }
    return tuple(said.get(rule) or known(rule) or DEFAULT_SEVERITY for rule in rules)


def parsed(data: bytes) -> Mapping[str, Any]:
    """A JSON object; an empty one for what is none."""
    try:
        found = json.loads(data) if data else {}
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
