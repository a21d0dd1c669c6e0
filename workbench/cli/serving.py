"""``serve``, ``mcp`` and ``export``: servers for other programs, and what describes them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.output import Printer, visible
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of
from workbench.service.errors import WorkbenchError

TOKEN = "WORKBENCH_TOKEN"
_COMPAT_HOST = "without tokens, only this machine may ask"

DbOption = Annotated[
    Path | None,
    typer.Option("--db", metavar="PATH", help="A norm store as normsync keeps it (SQLite).", show_default=False),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write there. Default: stdout.", show_default=False),
]

export_group = typer.Typer(help="Describe the servers to other programs.", rich_markup_mode=None)


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Which port; 0 takes a free one.")
    ] = 8420,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="A further name of this server (repeatable)."),
    ] = None,
    compat: Annotated[
        bool, typer.Option("--compat", help="Only normsync's paths, without tokens, on this machine, over --db.")
    ] = False,
    db: DbOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve a workspace over HTTP: decisions, norms, events, and MCP tools at /mcp. Every request needs a token.

    `workbench credentials new-token PRINCIPAL` makes tokens. An agent's decides and reads for that agent; that of who
    signs here reads everything. A gateway that hands in `facts` or `heard` sends, beside the agent's token, an
    operator's as `Workbench-Voucher`. Ctrl-C stops the server.
    """
    session = session_of(ctx).using(workspace, as_json)
    if db is not None and not compat:
        raise MisusedError("a norm store without `--compat`", "`--db` names the store of `--compat`", "add `--compat`")
    with _needs_server():
        import fastapi  # noqa: F401
        import mcp_types  # noqa: F401  # with mcp 2; an mcp 1 has none
        import uvicorn  # noqa: F401

        from workbench.server.listening import guarded, is_loopback, listen, run
    if compat and not is_loopback(host):
        raise MisusedError("not on this address", f"`{host}`: {_COMPAT_HOST}", "leave `--host` out", "not_loopback")
    listener, stopping = listen(host, port), Event()
    with ExitStack() as stack:
        stack.callback(listener.close)
        if compat:
            from workbench.server.app import compat_app
            from workbench.server.stores import open_store

            app = compat_app(open_store(db))
            _log("norms are kept in memory, and gone with the server: `--db PATH` keeps them" if db is None else "")
        else:
            from workbench.server.app import workspace_app

            app = workspace_app(stack.enter_context(session.opened()), stopping)
            _log("" if is_loopback(host) else "tokens cross the network as plain text: put TLS before this server")
        run(guarded(app, host, tuple(allow_host or ())), listener, lambda url: _ready(session, url), stopping)


def _ready(session: Session, url: str) -> None:
    from workbench.server.stdio import log_to_stderr

    log_to_stderr()
    if not session.show({"url": url}):
        session.out.line(f"listening on {url}")
    session.out.stream.flush()


def mcp_(
    ctx: typer.Context,
    actor: Annotated[
        str | None,
        typer.Option("--as", metavar="PRINCIPAL", help=f"Who acts: 'Agent::\"nora\"'. Or a token in {TOKEN}."),
    ] = None,
    db: DbOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Serve MCP tools over stdin and stdout: on a workspace, or (--db) on a norm store alone, as normsync does."""
    session = session_of(ctx).using(workspace)
    if session.as_json:
        raise MisusedError("no JSON here", "stdout carries the MCP protocol", "leave `--json` out")
    with _needs_server():
        import mcp_types  # noqa: F401  # with mcp 2; an mcp 1 has none

        from workbench.server import stdio, stores
    if db is not None:
        if actor is not None:
            raise MisusedError("nobody acts on a norm store", "`--as` is for a workspace", "leave one of the two out")
        stores.serve_store(db)
    else:
        with session.opened() as opened:
            stdio.serve_workspace(opened, principal=actor or "", token="" if actor else os.environ.get(TOKEN, ""))


@export_group.command("openai-tools")
def openai_tools(
    output: OutputOption = None,
    compat: Annotated[bool, typer.Option("--compat", help="normsync's four functions only.")] = False,
    _: JsonOption = False,  # it is JSON anyway
) -> None:
    """Function definitions for OpenAI's API and those like it, strict."""
    from workbench.server.exporting import document, openai_tools

    _write(document(openai_tools(native=not compat)), output)


@export_group.command("openapi")
def openapi(
    output: OutputOption = None,
    compat: Annotated[bool, typer.Option("--compat", help="That of `serve --compat`.")] = False,
    _: JsonOption = False,  # it is JSON anyway
) -> None:
    """The OpenAPI document of `serve`."""
    with _needs_server():
        from workbench.server.exporting import document, openapi

        text = document(openapi(compat=compat))
    _write(text, output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        Printer().raw(text)
    else:
        output.expanduser().write_text(text, encoding="utf-8")


@contextmanager
def _needs_server() -> Iterator[None]:
    """Says what to install where FastAPI, uvicorn or mcp is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "workbench":
            raise
        raise WorkbenchError(
            "a part of the program is missing",
            f"servers need `{error.name}`",
            "pip install 'constitution-workbench[server]'",
            "no_server",
        ) from None


def _log(text: str) -> None:
    if text:
        Printer(sys.stderr).line(visible(text))


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("serve")(serve)
    app.command("mcp")(mcp_)
    app.add_typer(export_group, name="export")
