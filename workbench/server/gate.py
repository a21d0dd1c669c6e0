"""The gate of a workspace's server: a request comes in with a token that proves somebody, and not too often.

An ASGI layer behind ``Guard``; it leaves the :class:`Caller` in ``scope["state"]["caller"]`` before anything else of
the request is read. Nothing that goes wrong behind it leaves as a traceback: the answer is then a deny.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from anyio import to_thread

from workbench.compat.normsync.guard import App, Message, Receive, Scope, Send, problem
from workbench.server.callers import BAD_TOKEN, Caller, bearer, caller_of_token
from workbench.server.limits import RateLimit
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

OPEN = frozenset({"/health", "/openapi.json"})  # tell nothing of the workspace
RATE, BURST = 100.0, 200  # requests of one principal
STRANGER_RATE, STRANGER_BURST = 5.0, 20  # tokens that prove nobody, from one address
_log = logging.getLogger(__name__)


class Gate:
    """Lets proven callers through to ``app``."""

    def __init__(self, app: App, *, workspace: Workspace, rate: float = RATE, burst: int = BURST) -> None:
        self._app = app
        self._workspace = workspace
        self._callers = RateLimit(rate, burst)
        self._strangers = RateLimit(STRANGER_RATE, STRANGER_BURST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            if scope["path"] in OPEN or await self._admitted(scope, sending):
                await self._app(scope, receive, sending)
        except Exception as error:
            _log.error("a request failed: %s", type(error).__name__, exc_info=_log.isEnabledFor(logging.DEBUG))
            if started:
                raise  # the connection ends in the middle: nobody takes that for an answer
            await problem(send, 500, "failed", "the request failed; take it that nothing is allowed", outcome="deny")

    async def _admitted(self, scope: Scope, send: Send) -> bool:
        address = (scope.get("client") or ("",))[0]
        token = bearer(scope["headers"])
        caller: Caller | None = None
        detail, code = "send `Authorization: Bearer TOKEN`, one header, one token", "no_token"
        if token is not None:
            try:
                caller = await to_thread.run_sync(caller_of_token, self._workspace, token)
            except WorkbenchError as error:
                if error.code not in BAD_TOKEN:
                    _log.error("callers cannot be proved: %s", error.code)
                    await problem(send, 503, error.code, "nobody can be proved now", outcome="deny")
                    return False
                detail, code = error.detail, error.code
        wait = self._strangers.take(address) if caller is None else self._callers.take(caller.principal)
        if wait:
            after = [(b"retry-after", str(math.ceil(wait)).encode())]
            await problem(send, 429, "too_often", f"ask again in {wait:.1f} seconds", headers=after)
            return False
        if caller is None:
            await problem(send, 401, code, detail, headers=[(b"www-authenticate", b"Bearer")])
            return False
        scope.setdefault("state", {})["caller"] = caller
        return True
