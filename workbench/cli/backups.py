"""``backup`` and ``restore`` on the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.failures import FAILED
from workbench.cli.inputs import passphrase as ask_passphrase
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, PassphraseOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.restoring import Restored


def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write; must not exist.")],
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="With the ledger key and the keys in the workspace, all encrypted."),
    ] = False,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the workspace into one file, while it is in use: database, versions, proposals, checkpoints.

    Private keys stay out unless you ask. Without its ledger key a restored workspace can be read, verified and decide,
    but witness no vote and activate no version: keep that key somewhere, or use --with-keys.
    """
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        secret = ask_passphrase(passphrase_env, what="the ledger key in the backup", confirm=True) if with_keys else ""
        done = opened.backups.make(file.expanduser(), with_keys=with_keys, passphrase=secret)
    if session.show(done):
        return
    out = session.out
    out.line(f"wrote {one_line(done.path)}: {done.bytes:,} bytes, {done.size:,} ledger entries, version {done.version}")
    if not with_keys:
        out.line(out.styled("without private keys: keep ledger.key safe elsewhere, or use --with-keys", "wait"))
    for name in done.left_out:
        out.line(out.styled(f"left out, as it is not an encrypted key: {one_line(name)}", "wait"))


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive that `backup` wrote.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put the workspace; empty, or --replace.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in place of the workspace there, whose database goes aside.")
    ] = False,
    ledger_key: Annotated[
        Path | None,
        typer.Option("--ledger-key", metavar="PATH", help="The ledger key, kept elsewhere.", show_default=False),
    ] = None,
    passphrase_env: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace from a backup, verified before anything is put in place.

    Where the workspace's own files know more than the backup, every decision is denied until a signer acknowledges it;
    then, or where the chain is not anchored in a first version that you trust, this exits 1.
    """
    from workbench.service.restoring import holds_keys
    from workbench.service.restoring import restore as put

    session = session_of(ctx).using(as_json=as_json)
    source = file.expanduser()
    secret = ""
    if passphrase_env is not None or (ledger_key is None and sys.stdin.isatty() and holds_keys(source)):
        secret = ask_passphrase(passphrase_env, what="the ledger key in the backup")
    done = put(source, folder.expanduser(), replace_=replace, passphrase=secret, ledger_key=ledger_key)
    if not session.show(done):
        _print_restored(session.out, done)
    if done.gap is not None or not done.verification.anchored:
        raise typer.Exit(FAILED)


def _print_restored(out: Printer, done: Restored) -> None:
    out.line(f"restored {one_line(done.location)}: {done.size:,} ledger entries, version {one_line(done.version)}")
    out.line(f"as of {one_line(done.made_at)}; {one_line(done.verification.message)}")
    if done.aside:
        out.line(f"what stood there is in {one_line(done.aside)}")
    if not done.can_sign:
        out.line(out.styled("it has no ledger key: copy yours to `ledger.key` there, mode 0600", "wait"))
    if done.gap is not None:
        out.line(out.styled(f"SEALED: {one_line(done.gap.reason)}", "bad", "bold"))
        if done.gap.missing:
            missing = "1 entry is" if done.gap.missing == 1 else f"{done.gap.missing:,} entries are"
            out.line(f"at least {missing} missing")
        out.line("every decision is denied until a signer runs `workbench acknowledge restored`")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)
