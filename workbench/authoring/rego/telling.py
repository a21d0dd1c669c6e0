"""What a conversion takes for granted, in sentences.

Imports entries, mapping and worlds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.authoring.rego.entries import Entries
from workbench.authoring.rego.worlds import Uses

if TYPE_CHECKING:
    from workbench.authoring.rego.convert import Options


def assumptions_of(entries: Entries, options: Options, uses: Uses, text: str) -> list[str]:
    """The assumptions of one conversion, the weightiest first."""
    return [*_decision(entries, options), *_places(options, uses), *_differences(text)]


def _decision(entries: Entries, options: Options) -> list[str]:
    denies = " and ".join(f"`{name}`" for name in entries.deny)
    verb = "say" if len(entries.deny) > 1 else "says"
    if entries.allow and entries.deny:
        rule = "unless it is set to false" if entries.allowed else f"where `{entries.allow}` is true"
        return [f"a request is allowed {rule} and {denies} {verb} nothing; {denies} alone denies it"]
    if entries.allow:
        if entries.allowed:
            return [f"a request is allowed unless `{entries.allow}` is set to false"]
        return [f"a request is allowed where `{entries.allow}` is true, and denied elsewhere"]
    if options.otherwise_allow:
        return [f"a request is allowed where {denies} {verb} nothing"]
    return [
        f"the file only denies: nothing is allowed by it, and Cedar denies what no rule permits; "
        f"`--otherwise allow` adds a permit for all that {denies} {verb} nothing of"
    ]


def _places(options: Options, uses: Uses) -> list[str]:
    told: dict[str, None] = {}
    for path in sorted(uses.ever):
        spot = options.mapping.spot(path)
        if spot is None:
            continue
        if spot.root == "context" and not any(path[: len(start)] == start for start, _ in options.mapping.lines):
            told.setdefault(f"`{'.'.join(('input', *path))}` is `{spot.shown}`")
            continue
        kept = len(path) - len(spot.attributes)
        start = ".".join(("input", *path[: max(kept, 1)]))
        what = {
            "principal": "the principal, which is always there; compared with a text it is its id",
            "resource": "the resource, which is always there; compared with a text it is its id",
            "action": "the name of the action, which is always there",
            "context": "`context`",
        }[spot.root]
        if kept < 1:
            what = f"`{spot.shown}`"
        told.setdefault(f"`{start}` is {what}")
    return list(told)


def _differences(text: str) -> list[str]:
    told = ["an attribute has the type that the schema says, in every request; Rego itself knows no types"]
    if re.search(r"[^\]]\.contains\(|containsA|\.isEmpty\(", text):
        told.append("arrays of the input are sets: their order, and how often an element stands there, say nothing")
    if any(f" {op} " in text for op in "+-*"):
        told.append("a result beyond 64 bits denies the request; Rego calculates on")
    return told
