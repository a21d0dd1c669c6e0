"""Commands about a workspace as a place: ``demo``, ``new``, ``open``, ``status``; and the screens themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from workbench.cli.analysing import PROVING, effected
from workbench.cli.durations import seconds_of
from workbench.cli.failures import FAILED, MisusedError
from workbench.cli.inputs import key_is_encrypted, text_of
from workbench.cli.inputs import passphrase as ask_passphrase
from workbench.cli.output import Printer, one_line, utc
from workbench.cli.pulse_text import WindowOption, print_pulse
from workbench.cli.session import (
    ActorOption,
    JsonOption,
    PassphraseOption,
    Session,
    WorkspaceOption,
    on_terminal,
    session_of,
)
from workbench.cli.terminals import check_terminal

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.service.views import Status
    from workbench.service.workspace import SignerSpec, Workspace
    from workbench.tui.app import WorkbenchApp

ThemeOption = Annotated[
    str | None, typer.Option("--theme", metavar="NAME", help="A theme, built in or yours.", show_default=False)
]


ScreenOption = Annotated[
    str | None,
    typer.Option("--screen", metavar="NAME", help="Begin on this screen; else the one left last.", show_default=False),
]


TourOption = Annotated[
    bool | None,
    typer.Option(
        "--tour/--no-tour",
        help="Show the tour in five steps. By default: the first time, in the demo.",
        show_default=False,
    ),
]


def open_screens(
    session: Session, theme: str | None = None, screen: str | None = None, tour: bool | None = None
) -> None:
    """The terminal screens on the session's workspace. Raises ``WorkbenchError`` where there is no terminal."""
    check_terminal()
    from workbench.service.databases import holds_workspace
    from workbench.tui.app import WorkbenchApp

    location = session.location()
    if not holds_workspace(location):
        raise MisusedError(
            "no workspace here",
            f"`{location}` holds none",
            f"`workbench demo` needs nothing; `workbench new {location}` makes one",
            "store_missing",
        )
    _run_screens(WorkbenchApp(location, theme=theme, screen=screen, tour=tour), theme, screen)


def _run_screens(screens: WorkbenchApp, theme: str | None, screen: str | None) -> None:
    if screen is not None and screen not in screens.screen_names:
        known = ", ".join(screens.screen_names)
        raise MisusedError("no such screen", f"`{screen}` is not among them", f"the screens are: {known}")
    if theme is not None and theme not in screens.available_themes:
        known = ", ".join(sorted(screens.available_themes))
        raise MisusedError("no such theme", f"`{theme}` is not among them", f"the themes are: {known}")
    screens.run()
    if screens.return_code:
        raise typer.Exit(screens.return_code)


def demo(
    ctx: typer.Context,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin again; the old demo workspace is moved aside.")] = False,
    theme: ThemeOption = None,
    screen: ScreenOption = None,
    tour: TourOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """The sample swarm, live: no network, no key, nothing to configure.

    On a terminal it opens the screens; elsewhere it tells the same story as plain lines.
    """
    session = session_of(ctx).using(workspace)
    if session.as_json:
        raise MisusedError(
            "no JSON here", "`demo` is for people", "`status --json` and `watch --json` are for programs"
        )
    if on_terminal():
        check_terminal()
        from workbench.tui.app import WorkbenchApp
        from workbench.tui.remembered import Remembered

        place = session.workspace
        memory = Remembered.of(place, demo=True, fresh=fresh)

        def opened() -> Workspace:  # in a thread of the screens, once they are painted
            from workbench.service.demo import open_demo

            return open_demo(place, fresh=fresh)

        screens = WorkbenchApp(
            place, demo=True, theme=theme, screen=screen, tour=tour, remembered=memory, open_workspace=opened
        )
        _run_screens(screens, theme, screen)
        return
    from workbench.service.demo import tell_story

    def write_line(text: str) -> None:
        session.out.text(text)
        session.out.stream.flush()

    code = tell_story(write_line)
    if code:
        raise typer.Exit(code)


def new(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to make it; must not hold a workspace.")],
    profile: Annotated[
        Literal["demo", "solo", "team"] | None,
        typer.Option(
            "--profile",
            help="demo: two DEMO keys. solo (the default): your key alone, no timelock. team: approvals and timelocks.",
            show_default=False,
        ),
    ] = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="For games and tests: nobody signs, and every screen says UNSIGNED.")
    ] = False,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="PATH", help="solo: your private key (ssh-ed25519); made if missing.", show_default=False
        ),
    ] = None,
    actor: ActorOption = None,
    signer: Annotated[
        list[str] | None,
        typer.Option(
            "--signer",
            metavar="PRINCIPAL=ROLE=KEY",
            help="team: a signer with a key file; a private key signs the first version (repeatable).",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[str, typer.Option("--sample", metavar="NAME", help="What to start from.")] = "support-swarm",
    database: Annotated[
        str,
        typer.Option(
            "--database",
            metavar="URL",
            help="Keep the record in this empty PostgreSQL database (postgresql://USER@HOST/NAME) instead of a file.",
            show_default=False,
        ),
    ] = "",
    swarm: Annotated[
        str, typer.Option("--swarm-id", metavar="ID", help="The swarm's name. Default: a new one.", show_default=False)
    ] = "",
    supersedes: Annotated[
        str,
        typer.Option(
            "--supersedes",
            metavar="DIGEST",
            help="All keys are lost: begin anew after this last version. Tell everyone the new digest.",
            show_default=False,
        ),
    ] = "",
    invariants: Annotated[
        Path | None,
        typer.Option(
            "--invariants", metavar="FILE", help="What the first version must be proved to keep.", show_default=False
        ),
    ] = None,
    passphrase_env: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace from a sample, with its first version signed."""
    from workbench.service.workspace import Workspace

    session = session_of(ctx).using(as_json=as_json)
    where = directory.expanduser()
    kind = _profile(profile, unsigned)
    given: dict[str, Any] = {}
    never = text_of(invariants) if invariants else None
    if kind in ("demo", "unsigned"):
        if key or signer or actor:
            what = "a demo makes its own keys" if kind == "demo" else "nobody signs here"
            raise MisusedError(what, "", "leave `--key`, `--as` and `--signer` out")
    elif kind == "solo":
        if signer:
            raise MisusedError("solo has one signer", "", "`--profile team` takes `--signer`")
        people, secret = _myself(key, actor, passphrase_env)
        given = {"signer_keys": people, "key_path": key, "passphrase": secret}
    else:
        if key or actor:
            named = " and ".join(f"`{option}`" for option, given in (("--key", key), ("--as", actor)) if given)
            what = f"only `--profile solo` takes {named}"
            raise MisusedError("a team names its signers", what, "use `--signer PRINCIPAL=ROLE=KEY`")
        team, keys = _team(signer or [], passphrase_env)
        given = {"signer_keys": team, "keys": keys}

    def make(task: Task) -> Workspace:
        return Workspace.create(
            where,
            sample=sample,
            profile=kind,
            database=database,
            swarm_id=swarm,
            supersedes=supersedes,
            invariants=never,
            task=task,
            **given,
        )

    made = effected("new", PROVING, make)
    try:
        status = made.status()
    finally:
        made.close()
    if not session.show(status):
        session.out.line(f"made {one_line(str(directory))}")
        _print_status(session.out, status)
        if supersedes:
            session.out.line("everyone who verifies this chain must pin the new digest, told to them by you in person")


def _profile(profile: str | None, unsigned: bool) -> str:
    if not unsigned:
        return profile or "solo"
    if profile is not None:
        raise MisusedError("signed or unsigned?", f"`--profile {profile}` signs", "leave one of the two out")
    return "unsigned"


def _myself(key: Path | None, actor: str | None, passphrase_env: str | None) -> tuple[list[SignerSpec], str]:
    """solo: who I am where I said so, and the passphrase of my key (of the new one where there is none yet)."""
    from workbench.service.keys import read_public_line
    from workbench.service.workspace import SignerSpec

    existing = key is not None and key.expanduser().exists()
    people = []
    if actor is not None:
        line = read_public_line(key.expanduser()) if key is not None and existing else ""
        people = [SignerSpec(actor, "operator", line)]
    if key is not None and existing:
        return people, _secret(key, passphrase_env)
    return people, ask_passphrase(passphrase_env, what="the new key", confirm=True)


def _team(signers: list[str], passphrase_env: str | None) -> tuple[list[SignerSpec], list[tuple[Path, str]]]:
    """team: who may sign, and the private keys at hand with their passphrases (``KEY`` may be a ``.pub`` alone)."""
    from workbench.service.keys import read_public_line
    from workbench.service.workspace import SignerSpec

    people, keys = [], []
    for text in signers:
        parts = text.rsplit("=", 2)
        if len(parts) != 3 or not all(parts):
            raise MisusedError("not a signer", f"`{text}`", "write 'Operator::\"ana\"=operator=PATH'")
        path = Path(parts[2]).expanduser()
        people.append(SignerSpec(parts[0], parts[1], read_public_line(path)))
        if path.suffix != ".pub":
            keys.append((path, _secret(path, passphrase_env)))
    return people, keys


def _secret(key: Path, passphrase_env: str | None) -> str:
    return ask_passphrase(passphrase_env, what=str(key)) if key_is_encrypted(key) else ""


def open_(
    ctx: typer.Context,
    directory: Annotated[Path | None, typer.Argument(metavar="DIR", help="The workspace.", show_default=False)] = None,
    theme: ThemeOption = None,
    screen: ScreenOption = None,
    tour: TourOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Open the terminal screens on a workspace."""
    open_screens(session_of(ctx).using(directory or workspace), theme, screen, tour)


def status(
    ctx: typer.Context, window: WindowOption = "", workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> None:
    """What is in force, what is proposed, and whether chain and ledger hold. Exits 1 when they do not."""
    session = session_of(ctx).using(workspace, as_json)
    seconds = seconds_of(window, "--window") if window else 0
    with session.opened() as opened:
        found = opened.status()
        pulse = opened.pulse.read(float(seconds)) if seconds else None
    if not session.show(found if pulse is None else {"status": found, "pulse": pulse}):
        _print_status(session.out, found)
        if pulse is not None:
            print_pulse(session.out, pulse, window)
    if not (found.chain_ok and found.ledger_ok) or found.sealed:
        raise typer.Exit(FAILED)


def _print_status(out: Printer, found: Status) -> None:
    version = found.version
    badge = f"  {out.styled(f'[{found.badge}]', 'wait', 'bold')}" if found.badge else ""
    out.line(f"{out.styled(one_line(found.swarm_id), 'bold')}{badge}  {one_line(found.workspace)}")
    rules = ", ".join(f"{count} {kind}" for kind, count in found.rules.items() if count)
    facts = [
        ("in force", f"{version.version} ({version.amendment_class or 'genesis'}) since {utc(version.effective_at)}"),
        ("digest", version.digest),
        ("rules", f"{rules}; {found.tests} test cases"),
        (
            "proposals",
            f"{found.open_proposals} open{f' ({found.overdue} overdue)' if found.overdue else ''}; "
            f"the draft is {'changed' if found.draft_changed else 'unchanged'}"
            + (f" ({found.draft_behind.words})" if found.draft_behind is not None else ""),
        ),
        ("cases", f"{found.open_cases} wait for people" if found.open_cases else "none waits"),
        (
            "decisions",
            f"{sum(found.outcomes.values())} recorded: "
            + ", ".join(f"{found.outcomes.get(outcome, 0)} {outcome}" for outcome in ("allow", "deny", "hold"))
            + f"; {found.violations} violations",
        ),
    ]
    for label, text in facts:
        out.line(f"  {label:<10} {one_line(text)}")
    for label, good, text in (
        ("chain", found.chain_ok, found.chain_message),
        ("ledger", found.ledger_ok, found.ledger_message),
    ):
        mark = out.styled("ok", "good") if good else out.styled("BROKEN", "bad", "bold")
        out.line(f"  {label:<10} {mark}  {one_line(text)}")
    for overlay in found.overlays:
        until = f" until {utc(overlay.expires_at)}" if overlay.expires_at else ""
        said = f"{one_line(overlay.what)}{until}, by {one_line(overlay.placed_by)}: {one_line(overlay.why)}"
        out.line(f"  {out.styled(f'{overlay.kind:<10}', 'wait', 'bold')} {overlay.id}  {said}")
    if found.sealed:
        out.line(f"  {out.styled('SEALED', 'bad', 'bold')}     every decision is denied; see `workbench acknowledge`")
    if found.frozen_since is not None:
        since = f"the clock ran ahead; timelocks stand still since {utc(found.frozen_since)}"
        out.line(f"  {out.styled('FROZEN', 'wait', 'bold')}     {since}; see `workbench acknowledge`")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("demo")(demo)
    app.command("new")(new)
    app.command("open")(open_)
    app.command("status")(status)
