"""The applications that are served: a workspace's (REST, events, MCP over HTTP), and normsync's alone (``--compat``).

Order of what a request passes: ``Guard`` (Host, Origin, size), ``Gate`` (token, rate), then the paths. While a
workspace is served its clock is let act every second, as the screens do: what is due comes into force unasked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from threading import Event
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import FastAPI
from starlette.routing import Route

from workbench import __version__
from workbench.compat.normsync.api import create_app as create_compat_app
from workbench.compat.normsync.mcp_server import compat_server, make_server
from workbench.compat.normsync.registry import NormRegistry
from workbench.compat.normsync.tools import Arguments
from workbench.server import decisions, events, norms, problems, speaking, tools
from workbench.server.callers import Caller
from workbench.server.gate import Gate
from workbench.server.problems import ProblemError
from workbench.server.vouching import HEADER

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from starlette.applications import Starlette

    from workbench.service.workspace import Workspace

TITLE = "Constitution Workbench"
ABOUT = "Decide, record and watch what agents do under a signed constitution."
TOKENS = (
    "`workbench credentials new-token PRINCIPAL`. It says who asks: an agent of the directory, who decides and reads "
    'for itself, or somebody who signs here (`Operator::"ana"`), whose token reads every violation and event. An '
    f"operator's token, sent beside an agent's as `{HEADER}`, vouches for `facts` and `heard`."
)
MCP = "/mcp"
TICK = 1.0  # seconds
INSTRUCTIONS = "Ask before you act. What is not allowed must not be done; a hold waits for people."
_log = logging.getLogger(__name__)


def workspace_app(workspace: Workspace, stopping: Event) -> FastAPI:
    """The application of a workspace, without the guard. The workspace is closed when the server stops.

    ``stopping``: set when it is about to.
    """
    shared = norms.Norms(workspace)
    served = workspace_server(workspace, shared, _caller_of_request)
    made = _described(_life(workspace, served))
    for router in (norms.router(workspace, shared), decisions.router(workspace), speaking.router()):
        made.include_router(router)
    made.include_router(events.router(workspace, stopping))
    problems.install(made)
    made.router.routes.extend(_mcp_routes(served))
    made.add_middleware(Gate, workspace=workspace)
    return made


def compat_app(registry: NormRegistry) -> FastAPI:
    """normsync's application, without the guard; its MCP tools over HTTP beside it."""
    served = compat_server(registry)
    made = create_compat_app(registry, also=lambda: _running(served))
    made.router.routes.extend(_mcp_routes(served))
    return made


def described_app() -> FastAPI:
    """An application that only describes itself (``workbench export openapi``): no workspace, nothing to ask."""
    nothing: Any = None
    made = _described(None)
    for router in (norms.router(nothing, norms.Norms(nothing)), decisions.router(nothing), speaking.router()):
        made.include_router(router)
    made.include_router(events.router(nothing, Event()))
    return made


def workspace_server(workspace: Workspace, shared: norms.Norms, who: Any) -> Server[Any]:
    """The workspace's tools as an MCP server. ``who``: see ``tools.caller``."""
    return make_server(
        "constitution-workbench",
        __version__,
        tools.WORKSPACE_TOOLS,
        tools.caller(workspace, shared, who),
        INSTRUCTIONS,
    )


def _caller_of_request(request: Any, _: Arguments) -> Caller:
    """Whom the gate proved."""
    found = getattr(getattr(request, "state", None), "caller", None)
    if not isinstance(found, Caller):
        raise ProblemError(401, "no_token", "nobody was proved")
    return found


def _described(lifespan: Any) -> FastAPI:
    made = FastAPI(
        title=TITLE,
        summary=ABOUT,
        version=__version__,
        docs_url=None,  # its pages would load scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    plain = made.openapi

    def openapi() -> dict[str, Any]:
        """FastAPI's, with the bearer token that every path but ``/health`` needs."""
        document = plain()
        document.setdefault("components", {})["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": TOKENS}
        }
        document["security"] = [{"token": []}]
        document["paths"]["/health"]["get"]["security"] = []
        return document

    made.openapi = openapi  # type: ignore[method-assign]
    return made


def _life(workspace: Workspace, served: Server[Any]) -> Any:
    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(workspace))
        try:
            async with _running(served):
                yield
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
            workspace.close()

    return life


async def _tick(workspace: Workspace) -> None:
    while True:
        await asyncio.sleep(TICK)
        try:
            await to_thread.run_sync(workspace.tick)
        except Exception as error:  # the next one may do; decisions say themselves what keeps them
            _log.warning("a tick failed: %s", getattr(error, "code", type(error).__name__))


@asynccontextmanager
async def _running(served: Server[Any]) -> AsyncIterator[None]:
    async with served.session_manager.run():
        yield


def _mcp_routes(served: Server[Any]) -> Sequence[Any]:
    """``/mcp``, each request by itself: no session outlives the token that began it.

    Only POST: nothing is ever sent unasked, so a stream by GET would stay empty until the server stops.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    from workbench.compat.normsync.guard import MAX_BODY

    app: Starlette = served.streamable_http_app(
        streamable_http_path=MCP,
        stateless_http=True,
        json_response=True,
        max_request_body_size=MAX_BODY,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard's work
    )
    return [Route(MCP, route.endpoint, methods=["POST"]) for route in app.routes if isinstance(route, Route)]
