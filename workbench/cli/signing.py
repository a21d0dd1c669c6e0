"""Keys and signatures: ``keys new | list``, ``sign`` (a vote as a file, made offline), ``verify`` (files alone)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.failures import FAILED, MisusedError, RefusedError
from workbench.cli.inputs import key_bytes
from workbench.cli.inputs import passphrase as ask_passphrase
from workbench.cli.output import one_line
from workbench.cli.session import ActorOption, JsonOption, PassphraseOption, WorkspaceOption, session_of
from workbench.cli.sources import read_artifact

if TYPE_CHECKING:
    from workbench.governance.artifact import ConstitutionVersion
    from workbench.governance.keys import SigningKey

group = typer.Typer(help="Signing keys. Private keys never leave their files.", rich_markup_mode=None)


@group.command("new")
def new(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where to write the private key (mode 0600).")],
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Stands in the public line.")] = "",
    passphrase_env: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an ssh-ed25519 key in OpenSSH's own form, encrypted with a passphrase; PATH.pub beside it."""
    from workbench.service.keys import new_key

    session = session_of(ctx).using(as_json=as_json)
    where = path.expanduser()
    secret = ask_passphrase(passphrase_env, what=str(where), confirm=True)
    if not secret:
        raise MisusedError("no passphrase", "a signing key must have one", code="no_passphrase")
    made = new_key(where, secret, comment)
    if not session.show(made):
        session.out.line(f"wrote {one_line(made.path)} and {one_line(made.path)}.pub")
        session.out.line(f"fingerprint {made.fingerprint}")


@group.command("list")
def list_(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The signing keys that this machine has for the workspace."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        keys = opened.signing_keys()
    if session.show({"keys": keys}):
        return
    rows = [
        (key.principal or "(not in the roster)", key.role, key.fingerprint, "DEMO" if key.demo else "", key.path)
        for key in keys
    ]
    if rows:
        session.out.table(("principal", "role", "fingerprint", "", "path"), rows)
    else:
        session.out.line("no keys; `workbench keys new PATH` makes one")


def sign(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A proposed version (.yaml).")],
    key: Annotated[Path, typer.Option("--key", metavar="PATH", help="Your OpenSSH ssh-ed25519 private key.")],
    actor: ActorOption = None,
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="ROLE", help="Your role. Default: the roster's.", show_default=False),
    ] = None,
    verdict: Annotated[Literal["approve", "reject"], typer.Option("--verdict", help="What you say to it.")] = "approve",
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Goes into the vote.")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the vote here. Default: stdout.", show_default=False),
    ] = None,
    passphrase_env: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a vote on a version as a DSSE file, offline. `workbench approve --vote FILE` hands it in."""
    from workbench.governance.errors import GovernanceError
    from workbench.governance.vote_files import vote_to_json
    from workbench.governance.votes import sign_vote
    from workbench.service.clock import SystemClock

    session = session_of(ctx).using(as_json=as_json)
    version = read_artifact(file)
    try:
        private, key_comment = _private_key(key, passphrase_env)
        principal, seat = _signer(version, private, actor, role)
        vote = sign_vote(
            private,
            version,
            principal=principal,
            role=seat,
            verdict=verdict,
            signed_at=SystemClock().now(),
            comment=comment,
            key_comment=key_comment,
        )
        envelope = vote_to_json(vote, digest=version.digest, swarm_id=version.swarm_id)
    except GovernanceError as error:
        raise RefusedError("cannot sign", error.message, error.help, error.code) from None
    if out is None:
        session.out.raw(envelope if envelope.endswith("\n") else envelope + "\n")
        return
    from workbench.service.files import write_atomically

    write_atomically(out.expanduser(), envelope.encode())
    told = {"vote": str(out), "digest": version.digest, "principal": principal, "role": seat, "verdict": verdict}
    if not session.show(told):
        session.out.line(f"{verdict} {one_line(version.constitution_version)} as {one_line(principal)}: {out}")


def _private_key(path: Path, passphrase_env: str | None) -> tuple[SigningKey, str]:
    from workbench.governance.keys import inspect_private, load_private, parse_public_line

    where = path.expanduser()
    data = key_bytes(where)
    encrypted = inspect_private(data).encrypted
    secret = ask_passphrase(passphrase_env, what=str(where)) if encrypted or passphrase_env else None
    public = where.with_name(where.name + ".pub")
    comment = parse_public_line(public.read_text(encoding="utf-8").strip())[1] if public.is_file() else ""
    return load_private(data, secret), comment


def _signer(version: ConstitutionVersion, key: SigningKey, actor: str | None, role: str | None) -> tuple[str, str]:
    """Principal and role of the key, as the file's own roster has them, unless both are given."""
    from workbench.governance.keys import parse_public_line

    if actor and role:
        return actor, role
    mine = key.public.fingerprint
    fitting = [
        (entry.principal, entry.role)
        for entry in version.content.roster
        if any(parse_public_line(line)[0].fingerprint == mine for line in entry.keys)
        and actor in (None, entry.principal)
        and role in (None, entry.role)
        and entry.role != "ledger"
    ]
    if len(fitting) != 1:
        what = "the roster in the file does not know this key" if not fitting else "this key has several seats"
        raise MisusedError("who signs?", what, "say it with `--as PRINCIPAL --role ROLE`", "not_unique")
    return fitting[0]


def verify(
    ctx: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A folder of <version>.yaml, a workspace, or one version.")
    ],
    genesis: Annotated[
        str | None,
        typer.Option(
            "--genesis",
            metavar="DIGEST",
            help="The digest of the first version. Default: your pins.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a chain of versions from its files alone: links, signatures, quorums, classes, timelocks.

    Exits 0 when it holds and is anchored in a genesis that you trust, 1 otherwise.
    """
    from workbench.service.verify import verify_path

    session = session_of(ctx).using(as_json=as_json)
    if not os.path.lexists(path.expanduser()):
        raise MisusedError("not found", f"`{path}` does not exist", "name a folder of versions", "not_found")
    found = verify_path(path.expanduser(), genesis)
    if not session.show(found):
        out = session.out
        for line in found.lines:
            mark = out.styled("ok    ", "good") if line.ok else out.styled("BROKEN", "bad", "bold")
            out.line(f"{mark} {one_line(line.subject)}: {one_line(line.message)}")
        good = found.ok and found.anchored
        out.line(out.styled(one_line(found.message), "good" if good else "bad"))
    if not (found.ok and found.anchored):
        raise typer.Exit(FAILED)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="keys")
    app.command("sign")(sign)
    app.command("verify")(verify)
