"""normsync's MCP server over stdio: ``python -m workbench.compat.normsync.mcp_server [--db PATH]``.

On mcp 2; without it, says what to install and exits 1. Unlike the original it keeps what it is told: in
``.normsync/norms.db`` of the folder it is started in (where the command line keeps it too), or in the file that
``--db`` names; ``:memory:`` keeps nothing. Only the protocol is written on stdout.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.compat.normsync.registry import NormRegistry, StoreUnusableError, open_registry
from workbench.compat.normsync.tools import TOOLS, Call, Tool, ToolError, caller, trouble_with

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

DEFAULT_DB = ".normsync/norms.db"
NEEDS = "MCP server requires: pip install 'constitution-workbench[server]'"
_log = logging.getLogger(__name__)


def make_server(name: str, version: str, tools: Sequence[Tool], call: Call, instructions: str = "") -> Server[Any]:
    """An MCP server of ``tools`` that ``call`` answers, each with one text. Input is checked; failures say so."""
    import mcp_types as types
    from anyio import to_thread
    from mcp.server.lowlevel import Server

    schemas = {tool.name: tool.schema for tool in tools}
    listed = [
        types.Tool(name=tool.name, description=tool.description, input_schema=dict(tool.schema)) for tool in tools
    ]

    async def list_tools(_: Any, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=listed)

    async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        arguments = params.arguments or {}
        if params.name not in schemas:
            return answer(f"Unknown tool: {params.name}", failed=True)
        trouble = trouble_with(arguments, schemas[params.name])
        if trouble:
            return answer(f"Input validation error: {trouble}", failed=True)
        try:
            return answer(await to_thread.run_sync(call, params.name, arguments, ctx.request))
        except ToolError as error:
            return answer(str(error), failed=True)
        except Exception:
            _log.exception("the tool `%s` failed", params.name)
            return answer("the tool failed; take it that nothing is allowed", failed=True)

    def answer(text: str, failed: bool = False) -> types.CallToolResult:
        readable = text.encode("utf-8", "replace").decode()  # a lone surrogate would end the connection
        return types.CallToolResult(content=[types.TextContent(text=readable)], is_error=failed)

    return Server(
        name, version=version, instructions=instructions or None, on_list_tools=list_tools, on_call_tool=call_tool
    )


def compat_server(registry: NormRegistry) -> Server[Any]:
    """The original's three tools under its name."""
    return make_server("normsync", "0.1.2", TOOLS, caller(registry))


async def run_stdio(server: Server[Any]) -> None:
    """Serve on stdin and stdout until the client closes them."""
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def main(arguments: Sequence[str] | None = None) -> int:
    """The console entry: the exit code."""
    import argparse

    parser = argparse.ArgumentParser(prog="normsync-mcp", description="World norms as MCP tools, over stdio.")
    parser.add_argument("--db", default=DEFAULT_DB, metavar="PATH", help=f"where norms are kept ({DEFAULT_DB})")
    asked = parser.parse_args(arguments)
    try:
        import anyio
        import mcp_types  # noqa: F401  # with mcp 2; an mcp 1 has none
    except ImportError:
        print(NEEDS, file=sys.stderr)
        return 1
    try:
        registry = open_registry(asked.db)
    except StoreUnusableError as error:
        print(f"error: the norms cannot be kept in `{asked.db}`: {error}", file=sys.stderr)
        return 1
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    try:
        anyio.run(run_stdio, compat_server(registry))
    except KeyboardInterrupt:
        return 130
    finally:
        registry.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
