"""``stop``, ``brake``, ``lift`` and ``overlays``: what acts at once and can only forbid, who signs it, what is shown.

``norm`` has a module of its own (``norms``) and prints with this one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from workbench.cli.analysing import effected
from workbench.cli.durations import seconds_of, spoken
from workbench.cli.failures import MisusedError
from workbench.cli.inputs import STDIN, text_of
from workbench.cli.output import Printer, one_line, utc, visible
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.governing_views import OverlayView, SignWith
    from workbench.service.workspace import Workspace

_LONGEST_NAME = 255  # characters that the name of a file can have
_FILES = (".cedarplus", ".cedar", ".txt", ".md")
_VERBS = {"stop": "stopped", "brake": "braked", "norm": "forbidden"}
_PROVED = "proved to tighten when it was taken in; it can only forbid, whatever was proved"
_PROVING = "proving that it only tightens"
_WHO_LIFTS = {"stop": "its signer, or a supervisor", "brake": "any two signers", "norm": "an operator"}

group = typer.Typer(help="What acts at once beside the signed version, and can only forbid.", rich_markup_mode=None)

KeysOption = Annotated[
    list[Path] | None,
    typer.Option("--key", metavar="PATH", help="The private key; once for each signer.", show_default=False),
]
AgentsOption = Annotated[
    list[str] | None,
    typer.Option("--agent", metavar="KEY", help="A key that ssh-agent holds (SHA256:…), or `any`.", show_default=False),
]
ActorsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--as",
        metavar="PRINCIPAL",
        help="Who signs, as the roster writes it: 'Operator::\"ana\"'; once for each signer.",
        show_default=False,
    ),
]
SecretsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--passphrase-env",
        metavar="NAME",
        help="Take the passphrase from this environment variable; for several signers, once each in their order.",
        show_default=False,
    ),
]
WhyOption = Annotated[str, typer.Option("--why", "-m", metavar="TEXT", help="Why, in a sentence. Everyone reads it.")]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="Only sign, into this file: another person adds theirs with `workbench overlays cosign FILE`.",
        show_default=False,
    ),
]
OverlayArgument = Annotated[
    str, typer.Argument(metavar="ID", help="An overlay's id, the beginning of it, or `last` for the newest in force.")
]


# ---- who signs -------------------------------------------------------------------------------------------------------


def signers_of(
    workspace: Workspace,
    keys: Sequence[Path] | None,
    agents: Sequence[str] | None,
    actors: Sequence[str] | None,
    secrets: Sequence[str] | None,
) -> list[SignWith]:
    """The keys to sign with, one for each person named; where nobody is, the one key here that can.

    Raises :class:`MisusedError` where a key cannot be told or a passphrase is missing.
    """
    from workbench.cli.keyring import signing_with

    asked: list[tuple[Path | None, str | None, str | None]] = [(key, None, None) for key in keys or ()]
    asked += [(None, agent, None) for agent in agents or ()]
    if not asked:
        asked = [(None, None, actor) for actor in actors or ()] or [(None, None, None)]
    named = list(secrets or ())
    if len(named) > 1 and len(named) != len(asked):
        raise MisusedError(
            "which passphrase?",
            f"{len(asked)} sign, and {len(named)} variables are named",
            "give `--passphrase-env` once for all, or once for each signer",
        )
    each = named if len(named) == len(asked) else (named or [""]) * len(asked)
    return [
        signing_with(workspace, key, agent, actor, secret or None)
        for (key, agent, actor), secret in zip(asked, each, strict=True)
    ]


def text_or_file(text: str, option: str) -> str:
    """The text itself, that of the file it names, or of standard input for ``-``. Raises ``WorkbenchError``."""
    if text == "-":
        return text_of(STDIN)
    if 0 < len(text) <= _LONGEST_NAME and "\n" not in text and "\0" not in text:
        path = Path(text)
        if os.path.lexists(path.expanduser()):
            return text_of(path.expanduser())
        if path.suffix in _FILES and " " not in text:
            raise MisusedError("not found", f"`{text}` does not exist", f"name a file, or give {option} a text")
    return text


# ---- commands --------------------------------------------------------------------------------------------------------


def stop(
    ctx: typer.Context,
    target: Annotated[
        Literal["agent", "action", "all"], typer.Argument(metavar="agent|action|all", help="What is stopped.")
    ],
    for_: Annotated[str, typer.Option("--for", metavar="TIME", help="For how long: 90s, 15m, 4h, 2d; at most 7d.")],
    why: WhyOption,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Which: 'Agent::\"nora\"', or nora where only one is called so.")
    ] = "",
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deny every decision of an agent, of an action, or all, at once and for a while. One signer is enough.

    It stops decisions, not processes. Grants that wait to be used are void.
    """
    session = session_of(ctx).using(workspace, as_json)
    seconds = seconds_of(for_)
    with session.opened() as opened:
        using = _one(signers_of(opened, key, agent, actor, passphrase_env))
        placed = opened.overlays.stop(target, name, seconds=seconds, why=why, using=using)
    show_placed(session, placed)


def brake(
    ctx: typer.Context,
    why: WhyOption,
    forbid: Annotated[
        str,
        typer.Option("--forbid", metavar="TEXT|FILE|-", help="Forbids to add, as Cedar+.", show_default=False),
    ] = "",
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="ID", help="A permit to take away; may be repeated.", show_default=False),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            "--replace", metavar="ID", help="A permit or forbid to replace; may be repeated.", show_default=False
        ),
    ] = None,
    with_: Annotated[
        str,
        typer.Option(
            "--with", metavar="TEXT|FILE|-", help="The permits and forbids in its place, as Cedar+.", show_default=False
        ),
    ] = "",
    for_: Annotated[str, typer.Option("--for", metavar="TIME", help="For how long, at most 72h.")] = "72h",
    out: OutOption = None,
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add forbids and take permits away, at once, for up to 72 hours. An operator signs; one brake at a time each.

    Rules can be replaced too, where it is proved that the change only tightens: --replace may-refund --with FILE. That
    needs the solver. Within 7 days of the last brake, a second person signs as well: give --key or --as twice.
    """
    session = session_of(ctx).using(workspace, as_json)
    seconds = seconds_of(for_)
    if forbid == with_ == "-":
        raise MisusedError("one input, two texts", "--forbid and --with both read standard input", "name a file")
    wanted: dict[str, Any] = {
        "forbids": text_or_file(forbid, "--forbid") if forbid else "",
        "without": tuple(without or ()),
        "replaces": tuple(replace or ()),
        "instead": text_or_file(with_, "--with") if with_ else "",
        "why": why,
        "seconds": seconds,
    }
    with session.opened() as opened:
        using = signers_of(opened, key, agent, actor, passphrase_env)
        if out is not None:
            signed = effected(
                "brake", _PROVING, lambda task: opened.overlays.brake_file(**wanted, using=using, task=task)
            )
            _write(session, out, signed)
            return
        placed = effected("brake", _PROVING, lambda task: opened.overlays.brake(**wanted, using=using, task=task))
    show_placed(session, placed)


def lift(
    ctx: typer.Context,
    id: OverlayArgument,
    why: WhyOption,
    out: OutOption = None,
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an overlay: a stop by its signer or a supervisor, a brake by any two signers, a norm by an operator."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        standing = opened.overlays.get(id)
        if opened.overlays.unsigned and standing.kind == "norm" and not (key or agent or actor):
            using = []
        else:
            using = signers_of(opened, key, agent, actor, passphrase_env)
        if out is not None:
            _write(session, out, opened.overlays.lift_file(standing.id, why=why, using=using))
            return
        lifted = opened.overlays.lift(standing.id, why=why, using=using)
    if not session.show(lifted):
        session.out.line(f"{session.out.styled('lifted', 'good')}  {lifted.kind} {lifted.id}: {one_line(lifted.what)}")


@group.command("list")
def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The stops, brakes and run-time norms that are in force, in the order of placing."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found, now = opened.overlays.list(in_force=not everything), opened.overlays.now()
    show_list(session, found, now, "no overlays" if everything else "no overlays are in force")


@group.command("show")
def show(
    ctx: typer.Context, id: OverlayArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> None:
    """One overlay in full."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found, now = opened.overlays.get(id), opened.overlays.now()
    if not session.show(found):
        print_overlay(session.out, found, now)


@group.command("cosign")
def cosign(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What another signed with `--out`; - for stdin.")],
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add your signature to a brake or a lifting that another has signed, and let it act."""
    session = session_of(ctx).using(workspace, as_json)
    envelope = text_of(file)
    with session.opened() as opened:
        using = _one(signers_of(opened, key, agent, actor, passphrase_env))
        found = effected("brake", _PROVING, lambda task: opened.overlays.cosign(envelope, using, task))
    show_placed(session, found)


def _one(using: list[SignWith]) -> SignWith:
    if len(using) != 1:
        raise MisusedError("which key?", f"{len(using)} keys are named, and one signs this", "name one")
    return using[0]


def _write(session: Session, out: Path, envelope: str) -> None:
    from workbench.service.files import write_atomically

    path = out.expanduser()
    if path.is_dir():
        raise MisusedError("that is a folder", f"`{out}` is not a file", "name a file")
    write_atomically(path, envelope.encode())
    if not session.show({"file": str(out)}):
        session.out.line(f"signed into {one_line(str(out))}; it acts once `workbench overlays cosign` has handed it in")


# ---- what is shown ---------------------------------------------------------------------------------------------------


def show_placed(session: Session, placed: OverlayView) -> None:
    """An overlay that was placed or ended just now."""
    if session.show(placed):
        return
    out = session.out
    print_overlay(out, placed, placed.placed_at)
    if placed.kind == "stop" and placed.state == "in_force":
        if placed.voided:
            out.line(f"  {placed.voided} grant{'s' * (placed.voided > 1)} that waited to be used: void")
        out.line("  It stops decisions, not processes: what an agent does without asking goes on.")


def show_list(session: Session, found: Sequence[OverlayView], now: datetime, nothing: str) -> None:
    """A list of overlays, or ``nothing``."""
    if session.show({"overlays": found}):
        return
    for view in found:
        _print_short(session.out, view, now)
    if not found:
        session.out.line(nothing)


def _headline(out: Printer, view: OverlayView) -> str:
    acting = view.state == "in_force"
    word = (_VERBS[view.kind] if acting else view.ending or view.state).ljust(9)
    state = out.styled(word, "bad", "bold") if acting else out.styled(word, "dim")
    unsigned = "" if view.signed else f"  {out.styled('UNSIGNED', 'wait', 'bold')}"
    return f"{state}  {view.id}  {one_line(view.what)}{unsigned}"


def _until(view: OverlayView, now: datetime) -> str:
    if view.expires_at is None:
        return "until it is repealed"
    return f"until {utc(view.expires_at)} ({spoken((view.expires_at - now).total_seconds())} left)"


def _doubt(out: Printer, view: OverlayView) -> None:
    out.line(f"{out.styled('DOUBTFUL ', 'bad', 'bold')}  {view.id}  everything is denied: {one_line(view.doubt)}")
    out.line(f"           `workbench audit verify` looks further; `workbench lift {view.id}` ends it")


def _print_short(out: Printer, view: OverlayView, now: datetime) -> None:
    if view.doubt:
        _doubt(out, view)
        return
    out.line(_headline(out, view))
    ended = f"ended {utc(view.ended_at)}" if view.state != "in_force" else _until(view, now)
    out.line(f"           {ended}, by {one_line(view.placed_by)}: {one_line(view.why)}")


def print_overlay(out: Printer, view: OverlayView, now: datetime) -> None:
    """One overlay in full for a person: state, what, until when, why, who, its text."""
    if view.doubt:
        _doubt(out, view)
        return
    out.line(_headline(out, view))
    acting = view.state == "in_force"
    facts = [
        ("why", one_line(view.why)),
        ("signed", ", ".join(map(one_line, view.signers)) or "by nobody: this workspace is unsigned"),
        ("placed", f"{utc(view.placed_at)}, ledger entry {view.event}"),
        ("without", ", ".join(map(one_line, view.without))),
        ("instead", f"of {', '.join(map(one_line, view.replaces))}: the text below" if view.replaces else ""),
        ("basis", _PROVED if view.basis == "proved" else ""),
    ]
    if acting:
        command = f"norm repeal {view.id}" if view.kind == "norm" else f"lift {view.id}"
        facts.append(("acts", _until(view, now)))
        who = _WHO_LIFTS[view.kind] if view.signed else "anyone"
        facts.append(("ends", f"`workbench {command}`: {who}"))
    else:
        who = f" by {', '.join(map(one_line, view.ended_by))}" if view.ended_by else ""
        facts.append(("ended", f"{utc(view.ended_at)}{who}{f': {one_line(view.ended_why)}' if view.ended_why else ''}"))
    for name, said in facts:
        if said:
            out.line(f"  {out.styled(name.ljust(7), 'dim')}  {said}")
    for text in (view.cedar_plus, view.instead):
        if text:
            out.line()
            for line in visible(text).rstrip("\n").split("\n"):
                out.line(f"    {line}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (stop, brake, lift):
        app.command()(command)
    app.add_typer(group, name="overlays")
