"""MCP over stdio on a workspace: ``workbench mcp``. Stdout carries the protocol only, whatever else is printed.

Who acts: the principal that was named when the process was started, or that a token proves. Where neither is given and
the workspace takes norms from anyone (``--unsigned``: a game runs its own agents), the ``agent_id`` of each call is
believed, and elsewhere nobody is.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from workbench.compat.normsync.mcp_server import run_stdio
from workbench.compat.normsync.tools import Arguments
from workbench.server.app import workspace_server
from workbench.server.callers import Caller, agent_named, caller_named, caller_of_token
from workbench.server.norms import Norms
from workbench.server.problems import ProblemError
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

_WORLD = "mcp"  # who lists and adds where every call may be another agent's


def serve_workspace(workspace: Workspace, *, principal: str = "", token: str = "") -> None:
    """Serve until the client closes stdin. Raises :class:`WorkbenchError`: ``who_acts``, ``bad_uid``, ``bad_token``."""
    import anyio

    who = _who(workspace, principal, token)
    log_to_stderr()
    anyio.run(run_stdio, workspace_server(workspace, Norms(workspace), who))


def _who(workspace: Workspace, principal: str, token: str) -> Any:
    if token:
        caller_of_token(workspace, token)  # said at once where it proves nobody
        return lambda _request, _arguments: caller_of_token(workspace, token)  # and again once it was revoked
    if principal:
        named = caller_named(workspace, principal)
        return lambda _request, _arguments: named
    if not workspace.norms.unsigned:
        raise WorkbenchError(
            "who acts?",
            "nobody is named, and this workspace does not take every caller's word",
            "`workbench mcp --as 'Agent::\"nora\"'`, or a token in WORKBENCH_TOKEN",
            "who_acts",
        )

    def named_by_itself(_: Any, arguments: Arguments) -> Caller:
        if "action" in arguments and "agent_id" not in arguments:
            raise ProblemError(403, "who_acts", "nobody is named who could decide; start the server with `--as`")
        return agent_named(workspace, str(arguments.get("agent_id", _WORLD)))

    return named_by_itself


def log_to_stderr() -> None:
    """What is worth a line goes to stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
