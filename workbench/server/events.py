"""``GET /events``: the feed of decisions as server-sent events, from now on or from an event that was seen last.

Agents are sent their own decisions, those who sign here all. An event's id is its ledger number, so that a client which
lost the connection goes on where it was (``Last-Event-ID``). A token that was revoked meanwhile ends the stream.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from workbench.server.asked import Asker
from workbench.server.callers import Caller, bearer, caller_of_token
from workbench.server.problems import ProblemError, documented
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

PAUSE = 0.25  # seconds between two looks at the store
HEARTBEAT = 5.0  # seconds after which an idle stream says so, and the token is proved again
STREAMS = 4  # of one principal at the same time
_LAST = 2**63 - 1


def router(workspace: Workspace, stopping: Event) -> APIRouter:
    """The path. ``stopping``: set when the server is about to end, and every stream with it."""
    made = APIRouter(tags=["decisions"], responses=documented(400, 422))
    streams: Counter[str] = Counter()

    @made.get("/events", response_class=StreamingResponse)
    async def events(
        request: Request,
        caller: Asker,
        after: Annotated[int | None, Query(ge=0, le=_LAST, description="The event that was seen last.")] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """Decisions as they are recorded: `event: decision`, `id: 17`, `data: {…}`."""
        seen = after if after is not None else _number(last_event_id)
        if seen is None:
            seen = await to_thread.run_sync(workspace.high_water)
        if streams[caller.principal] >= STREAMS:
            raise ProblemError(429, "too_many_streams", f"{STREAMS} streams are open for this principal")
        told = _told(workspace, caller, bearer(request.headers.raw) or "", seen, stopping)

        async def counted() -> AsyncIterator[str]:
            streams[caller.principal] += 1
            try:
                async for each in told:
                    yield each
            finally:
                streams[caller.principal] -= 1

        return StreamingResponse(counted(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    return made


async def _told(workspace: Workspace, caller: Caller, token: str, seen: int, stopping: Event) -> AsyncIterator[str]:
    """What is streamed, until the token proves nobody, the store is gone or the server stops."""
    yield ": the feed follows\n\n"  # so that a client knows at once that it is connected
    proved = time.monotonic()
    while not stopping.is_set():
        try:
            rows = await to_thread.run_sync(workspace.events, seen)
            if time.monotonic() - proved >= HEARTBEAT:
                caller = await to_thread.run_sync(caller_of_token, workspace, token)
                proved = time.monotonic()
                yield ": still here\n\n"
        except WorkbenchError as error:
            yield f"event: end\ndata: {json.dumps({'code': error.code})}\n\n"
            return
        mine = [row.seq for row in rows if caller.sees_all or row.agent == caller.agent]
        try:
            own = await to_thread.run_sync(caller.own, workspace, mine)
        except WorkbenchError as error:
            yield f"event: end\ndata: {json.dumps({'code': error.code})}\n\n"
            return
        for row in rows:
            seen = row.seq
            if row.seq in own:
                yield f"event: decision\nid: {row.seq}\ndata: {json.dumps(row_json(row))}\n\n"
        if not rows:
            await asyncio.sleep(PAUSE)


def row_json(row: EventRow) -> dict[str, Any]:
    """A decision as the feed lists it; the time in RFC 3339, UTC."""
    return {
        "event": row.seq,
        "at": row.at.isoformat().replace("+00:00", "Z"),
        "agent": row.agent,
        "action": row.action,
        "resource": row.resource,
        "outcome": row.outcome,
        "code": row.code,
        "rule": row.rule,
        "violation": row.violation,
        "severity": row.severity,
        "version": row.version,
    }


def _number(text: str | None) -> int | None:
    """The event that a client saw last. Raises :class:`ProblemError` for what is no number."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > _LAST:
        raise ProblemError(400, "bad_event_id", "`Last-Event-ID` is not the number of an event")
    return int(text)
