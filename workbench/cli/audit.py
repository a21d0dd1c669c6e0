"""The audit on the command line: ``audit verify | why | export | redact``."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.audit_text import Progress, print_verification, print_why
from workbench.cli.failures import FAILED, MisusedError
from workbench.cli.keyring import AgentOption, KeyOption, signing_with
from workbench.cli.output import Printer, one_line
from workbench.cli.session import ActorOption, JsonOption, PassphraseOption, WorkspaceOption, session_of
from workbench.cli.times import past_span, span

if TYPE_CHECKING:
    from workbench.service.exporting import Exported
    from workbench.service.workspace import Workspace

group = typer.Typer(
    help="The ledger: verify it, ask why, take it elsewhere with proofs, erase what was asked.", rich_markup_mode=None
)


# ---- verify ----------------------------------------------------------------------------------------------------------


@group.command("verify")
def verify(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Check the chain, every ledger entry and all that repeats or was signed about it. Names what is wrong first.

    Exits 0 when everything holds and the chain is anchored in a first version that you trust, 1 otherwise.
    """
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.audit.verify(progress=Progress())
    if not session.show(found):
        print_verification(session.out, found)
    if not (found.ok and found.anchored):
        raise typer.Exit(FAILED)


# ---- why -------------------------------------------------------------------------------------------------------------


@group.command("why")
def why(
    ctx: typer.Context,
    event: Annotated[
        int | None, typer.Argument(metavar="EVENT", min=1, help="The decision's number.", show_default=False)
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="TIME", help="The last decision of --agent at that time, UTC.", show_default=False
        ),
    ] = None,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="AGENT", help="A uid or a bare id.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why a decision came out: the request, the rules and who signed them, the same decision again, and its proof.

    Exits 1 where the decision does not come out the same, or has no proof.
    """
    session = session_of(ctx).using(workspace, as_json)
    if (event is None) == (at is None and agent is None) or (at is None) != (agent is None):
        raise MisusedError("which decision?", "name one", "EVENT, or `--at TIME --agent AGENT`")
    with session.opened() as opened:
        near: tuple[int, ...] = ()
        if event is None:
            event, near = opened.audit.find(str(agent), *past_span(str(at), "--at"))
        found = opened.audit.why(event)
    if not session.show({"why": found, "near": near}):
        print_why(session.out, found)
        if near:
            session.out.line(f"in the same span of time: {', '.join(map(str, near))}")
    if found.redecision.status == "differs" or not found.proof.verified:
        raise typer.Exit(FAILED)


# ---- export and redact -----------------------------------------------------------------------------------------------


@group.command("export")
def export(
    ctx: typer.Context,
    first: Annotated[int, typer.Option("--from", metavar="SEQ", min=1, help="The first entry.")] = 1,
    last: Annotated[
        int | None,
        typer.Option("--to", metavar="SEQ", min=1, help="The last entry. Default: the newest.", show_default=False),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Begin with the first entry then, UTC.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: stdout.", show_default=False)
    ] = None,
    with_payloads: Annotated[
        bool, typer.Option("--with-payloads", help="With what was asked and answered, and the salts of its digests.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Entries as JSON lines with inclusion proofs under a signed checkpoint, for a third party.

    `samples/audit/check_export.py` checks them with the ledger's public key alone.
    """
    session = session_of(ctx).using(workspace, as_json)
    if session.as_json and out is None:
        raise MisusedError("two documents on stdout", "the export is one already", "write it to a file with `-o FILE`")
    begin = span(since, "--since")[0] if since else None
    if out is not None and not out.expanduser().parent.is_dir():
        raise MisusedError("not found", f"there is no folder `{out.parent}`", "make it first", "not_found")
    with session.opened() as opened:
        if out is None:
            write = _Writer(session.out)
            try:
                opened.audit.export(write, first=first, last=last, since=begin, with_payloads=with_payloads)
            except _ReaderGoneError:
                raise BrokenPipeError from None
            return
        done = _export_file(opened, out.expanduser(), first, last, begin, with_payloads)
    if not session.show({"file": str(out), "export": done}):
        told = f", {done.payloads} payloads ({done.redacted} erased)" if with_payloads else ""
        session.out.line(f"wrote entries {done.first} to {done.last} of {done.size}{told}: {one_line(str(out))}")
        session.out.line(f"the ledger's key: {done.ledger_key}")


class _ReaderGoneError(Exception):
    """Standard output was closed; to the service, which knows the disk's errors, this is none of them."""


class _Writer:
    """Lines to standard output."""

    def __init__(self, out: Printer) -> None:
        self._out = out

    def __call__(self, text: str) -> None:
        try:
            self._out.raw(text)
        except BrokenPipeError:
            raise _ReaderGoneError from None


def _export_file(
    opened: Workspace, path: Path, first: int, last: int | None, since: datetime | None, with_payloads: bool
) -> Exported:
    """Write the file whole or not at all."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as stream:
            done = opened.audit.export(stream.write, first=first, last=last, since=since, with_payloads=with_payloads)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return done


@group.command("redact")
def redact(
    ctx: typer.Context,
    events: Annotated[list[int], typer.Argument(metavar="EVENT…", min=1, help="The decisions' numbers.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept in the ledger: name nobody in it.")],
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase what was asked and answered in these decisions. Takes a signer's key; cannot be undone.

    The ledger keeps its salted digests and verifies as before. Exits 1 where the file could not be overwritten yet.
    """
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        using = signing_with(opened, key, agent, actor, passphrase_env)
        done = opened.audit.redact(events, why=why, using=using)
    if not session.show(done):
        out = session.out
        if done.events:
            cases = f", and what {done.cases} of their cases knew" if done.cases else ""
            out.line(f"erased {_numbers(done.events)}{cases}: entry {done.entry}")
        if done.already:
            out.line(f"erased before: {_numbers(done.already)}")
        out.line(out.styled(one_line(done.message), "good" if done.overwritten else "wait"))
    if not done.overwritten:
        raise typer.Exit(FAILED)


def _numbers(events: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, events[:20]))
    return shown if len(events) <= 20 else f"{shown} and {len(events) - 20} more"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="audit")
