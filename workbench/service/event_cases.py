"""A recorded decision as a test case: the request as it was asked, with the entities that it was decided by. Pure.

What was recorded with the decision comes first; what the directory believes now stands in for whatever else the request
reaches (teams above the agent, owners of the resource), which the record does not keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.service.receipts import uid_id
from workbench.service.views import EventDetail

Uid = tuple[str, str]


def is_asked(detail: EventDetail) -> bool:
    """Whether what was asked is still kept, so that it can be asked again."""
    return {"principal", "action", "resource"} <= detail.request.keys()


def case_of(detail: EventDetail, expect: str, believed: Sequence[Mapping[str, Any]] = ()) -> Mapping[str, Any]:
    """The decision as a test case of the artifact's form that nobody has reviewed yet.

    ``expect``: allow, deny or hold; ``believed``: the directory, in Cedar's JSON form. Raises ``ValueError`` where the
    request was erased.
    """
    if not is_asked(detail):
        raise ValueError("what was asked has been erased")
    row = detail.row
    request = {name: value for name, value in detail.request.items() if name != "credential"}
    procedures = detail.decision.get("procedures", ())
    held = row.outcome == "hold" and expect == "hold" and len(procedures) == 1
    return {
        "name": f"{uid_id(row.agent)} {row.verb or row.action} {uid_id(row.resource)} (decision {row.seq})",
        "request": request,
        "entities": _reached(request, detail.entities, believed),
        "expect": expect,
        **({"procedure": str(procedures[0])} if held else {}),
    }


def _reached(
    request: Mapping[str, Any], recorded: Sequence[Mapping[str, Any]], believed: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The recorded entities, and those of the directory that request and entities name, directly or through others."""
    known = {uid: entity for entity in believed for uid in _uids(entity.get("uid"))}
    found = {uid: entity for entity in recorded for uid in _uids(entity.get("uid"))}
    waiting = [*_uids(request), *(uid for entity in found.values() for uid in _uids(entity))]
    while waiting:
        uid = waiting.pop()
        if uid not in found and uid in known:
            found[uid] = known[uid]
            waiting += _uids(known[uid])
    return list(found.values())


def _uids(value: Any) -> Iterator[Uid]:
    """Every uid in a JSON value: an object of type and id, or the text that people write."""
    if isinstance(value, str):
        kind, quote, rest = value.partition('::"')
        if quote and rest.endswith('"'):
            yield kind, rest[:-1]
    elif isinstance(value, Mapping):
        if set(value) == {"type", "id"}:
            yield str(value["type"]), str(value["id"])
        else:
            for each in value.values():
                yield from _uids(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _uids(each)
