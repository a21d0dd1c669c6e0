"""``notices list | channels | add-webhook | add-command | remove | test | deliver``: who hears of what happens."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.failures import FAILED, MisusedError
from workbench.cli.inputs import text_of
from workbench.cli.output import Printer, one_line, utc
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.notice_views import ChannelView, DeliveryReport

group = typer.Typer(help="Notices of cases, proposals, stops and storms, and where they go.", rich_markup_mode=None)


@group.command("list")
def list_(
    ctx: typer.Context,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that are not delivered yet.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, metavar="N", help="How many.")] = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest notices, and whether they arrived."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.notices.list(limit, waiting_only=waiting)
    if session.show({"notices": found}):
        return
    rows = [
        (str(view.id), utc(view.created_at), view.kind, view.subject, view.state, str(view.attempts), view.failure)
        for view in found
    ]
    if rows:
        session.out.table(("id", "at", "kind", "subject", "state", "attempts", "last failure"), rows)
    else:
        session.out.line("no notices")


@group.command("channels")
def channels(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Where notices go. Addresses and arguments may be secrets and are not shown in full."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.notices.channels()
    if session.show({"channels": found}):
        return
    rows = [(view.id, view.shown, "signed" if view.signed else "", utc(view.added_at), view.problem) for view in found]
    if rows:
        session.out.table(("id", "goes to", "", "since", "problem"), rows)
    else:
        session.out.line("no channels; `workbench notices add-webhook URL` adds one")


@group.command("add-webhook")
def add_webhook(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="http or https; - reads it from stdin.")],
    secret_env: Annotated[
        str | None,
        typer.Option(
            "--secret-env",
            metavar="NAME",
            help="Sign what is posted (HMAC-SHA256) with the secret in this environment variable.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """POST a JSON event for every notice from now on."""
    session = session_of(ctx).using(workspace, as_json)
    where = text_of(Path("-")).strip() if url == "-" else url
    secret = "" if secret_env is None else _secret(secret_env)
    with session.opened() as opened:
        view = opened.notices.add_webhook(where, secret)
    _added(session, view)


@group.command("add-command")
def add_command(
    ctx: typer.Context,
    command: Annotated[
        list[str], typer.Argument(metavar="-- PROGRAM [ARGUMENT]…", help="Reads the event from its standard input.")
    ],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a program for every notice from now on, without a shell; it must end with 0 within 5 seconds."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        view = opened.notices.add_command(command)
    _added(session, view)


@group.command("remove")
def remove(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="A channel's id.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send nothing more to a channel."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        view = opened.notices.remove_channel(id)
    if not session.show({"channel": view}):
        session.out.line(f"removed {one_line(view.id)}: {one_line(view.shown)}")


@group.command("test")
def send_test(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Send a notice of kind `test` to every channel now. Exits 1 where one did not take it."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        if not opened.notices.channels():
            raise MisusedError("no channels", "there is nowhere to send to", "add one first", "no_channels")
        report = opened.notices.test()
    if not session.show(report):
        session.out.line(f"{report.delivered} of {report.delivered + len(report.failures)} channels took it")
        _print_failures(session.out, report)
    if report.failures:
        raise typer.Exit(FAILED)


@group.command("deliver")
def deliver(
    ctx: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and deliver what comes, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, metavar="N", help="At most so many.")] = 50,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the notices that are due. Exits 1 where one did not arrive; it is tried again by the next delivery."""
    session = session_of(ctx).using(workspace, as_json)
    if watch:
        if as_json or session.as_json:
            raise MisusedError("no JSON while watching", "`--watch` prints lines and never ends", "leave one out")
        _watch(session)
        return
    with session.opened() as opened:
        report = opened.notices.deliver(limit)
    if not session.show(report):
        session.out.line(f"delivered {report.delivered}; {report.waiting} waiting")
        _print_failures(session.out, report)
    if report.failures:
        raise typer.Exit(FAILED)


def _watch(session: Session) -> None:
    from threading import Event

    from workbench.service.deliverer import Deliverer

    ended = Event()
    with session.opened() as opened:
        deliverer = Deliverer(opened.notices, heard=lambda report: _print_round(session.out, report))
        before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
        deliverer.start()
        try:
            while not ended.wait(0.5):
                pass
        finally:
            signal.signal(signal.SIGTERM, before)
            deliverer.stop()


def _print_round(out: Printer, report: DeliveryReport) -> None:
    if report.delivered or report.failures:
        out.line(f"delivered {report.delivered}; {report.waiting} waiting")
        _print_failures(out, report)
        out.stream.flush()


def _print_failures(out: Printer, report: DeliveryReport) -> None:
    for failure in dict.fromkeys(report.failures):
        out.line(f"  {failure.channel} ({one_line(failure.shown)}): {failure.message} ({failure.code})")


def _added(session: Session, view: ChannelView) -> None:
    if not session.show({"channel": view}):
        session.out.line(f"added {view.id}: {one_line(view.shown)}{', signed' if view.signed else ''}")
        session.out.line("`workbench notices test` tries it; `workbench notices deliver --watch` delivers")


def _secret(name: str) -> str:
    secret = os.environ.get(name)
    if not secret:
        raise MisusedError("no secret", f"the environment has no variable `{name}`", "export it there", "no_secret")
    return secret


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="notices")
