"""``norm add | list | repeal | revisions | history | promote``: norms that are added at run time, beside the signed
version. With ``--db`` on a norms.db in the place of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.norm_databases import (
    add_to_file,
    history_of_file,
    list_file,
    repeal_in_file,
    revisions_of_file,
)
from workbench.cli.output import Printer, Tone, one_line, utc
from workbench.cli.overlays import (
    ActorsOption,
    AgentsOption,
    KeysOption,
    SecretsOption,
    show_placed,
    signers_of,
    text_or_file,
)
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.norms import Norm
    from workbench.service.governing_views import SignWith
    from workbench.service.norm_views import Added, NormView
    from workbench.service.workspace import Workspace

NO_REASON = "no reason given"
_WRITTEN = "written into the draft, revision {}; `workbench propose` puts it to the vote"
_ENDED = ("repealed", "promoted")
_STATES = {"in_force": "in force", "signed": "signed"}

group = typer.Typer(help="Norms that act at run time, and can only forbid.", rich_markup_mode=None)

WhyOption = Annotated[str, typer.Option("--why", "-m", metavar="TEXT", help="Why, in a sentence.")]
DbOption = Annotated[
    Path | None,
    typer.Option("--db", metavar="PATH", help="A norms.db, instead of a workspace.", show_default=False),
]


@group.command("add")
def add(
    ctx: typer.Context,
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|FILE|-|NAME",
            help="One English sentence that forbids something, or Cedar+ forbids; or the norm's name.",
        ),
    ],
    description: Annotated[
        str | None, typer.Argument(metavar="DESCRIPTION", help="What the norm is about.", show_default=False)
    ] = None,
    condition: Annotated[
        str | None,
        typer.Argument(
            metavar="CONDITION",
            help="Where it holds: in a world words, all of which must be met; else 'attribute == value'.",
            show_default=False,
        ),
    ] = None,
    prohibited: Annotated[
        str | None,
        typer.Argument(
            metavar="PROHIBITED",
            help="What it forbids: in a world words, one of which must be met; else names of actions.",
            show_default=False,
        ),
    ] = None,
    scope: Annotated[
        str, typer.Option("--scope", metavar="NAME", help="Whom it binds: a faction (or group), or `global`.")
    ] = "global",
    priority: Annotated[
        int, typer.Option("--priority", metavar="N", help="Orders the reasons of a denial; the highest first.")
    ] = 0,
    severity: Annotated[
        Literal["info", "warn", "high", "critical"], typer.Option("--severity", help="How bad it is to break it.")
    ] = "warn",
    replace: Annotated[
        bool, typer.Option("--replace", help="Repeal what is in force under its name or id, in the same go.")
    ] = False,
    why: WhyOption = NO_REASON,
    draft: Annotated[bool, typer.Option("--draft", help="Into the draft only; needs no signature.")] = False,
    db: DbOption = None,
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forbid something from the next action on. An operator signs; others write it into the draft (--draft).

    norm add "Nobody may share tickets externally." | norm add no-attack "No fights in safe zones" safe_zone "attack
    steal" --scope "Red Hand" --severity high
    """
    session = session_of(ctx).using(workspace, as_json)
    if description is None:
        _only_of_norms(scope, priority, severity, replace, db)
        _add_text(session, text, why, draft, (key, agent, actor, passphrase_env))
        return
    if condition is None or prohibited is None:
        raise MisusedError(
            "a norm has four parts",
            "NAME, DESCRIPTION, CONDITION and PROHIBITED are needed",
            'write an empty one as "": workbench norm add no-theft "" "" steal',
        )
    norm = _norm(text, description, condition, prohibited, scope, priority, severity)
    if db is not None:
        add_to_file(session, db, norm, "" if why == NO_REASON else why, draft, severity, replace)
        return
    with session.opened() as opened:
        if draft:
            saved = opened.norms.draft(norm)
            if not session.show(saved):
                session.out.line(_WRITTEN.format(saved.revision))
            return
        using = _signer(opened, key, agent, actor, passphrase_env)
        added = opened.norms.add(norm, why=why, using=using, replace=replace)
    _show_added(session, added)


def _only_of_norms(scope: str, priority: int, severity: str, replace: bool, db: Path | None) -> None:
    """Refuses what a sentence or a text of Cedar+ cannot have."""
    said = {"--scope": scope != "global", "--priority": priority != 0, "--severity": severity != "warn"}
    said |= {"--replace": replace, "--db": db is not None}
    given = [option for option, there in said.items() if there]
    if given:
        raise MisusedError(
            "that belongs to a norm in four parts",
            f"{', '.join(given)} cannot be given with a text",
            "write NAME DESCRIPTION CONDITION PROHIBITED",
        )


def _norm(*parts: Any) -> Norm:
    from workbench.norms import Norm, NormError
    from workbench.service.errors import WorkbenchError

    try:
        return Norm(*parts)
    except NormError as error:
        raise WorkbenchError("the norm was refused", error.message, error.help, error.code) from error


def _add_text(session: Session, text: str, why: str, draft: bool, signing: tuple[Any, Any, Any, Any]) -> None:
    source = text_or_file(text, "`norm add`")
    with session.opened() as opened:
        if draft:
            saved = opened.overlays.draft_norm(source)
            if not session.show(saved):
                session.out.line(_WRITTEN.format(saved.revision))
            return
        placed = opened.overlays.norm(source, why=why, using=_signer(opened, *signing))
    show_placed(session, placed)


def _show_added(session: Session, added: Added) -> None:
    if session.show(added):
        return
    out, view = session.out, added.norm
    if not added.already:
        out.line(f"Added norm: {one_line(view.name)} (id={view.id})")
        out.line(f"  {_told(view)}, in force from the next action on")
        signed = f"signed by {one_line(view.added_by)}" if view.signed else out.styled("UNSIGNED", "wait", "bold")
        out.line(f"  {signed}; `workbench norm repeal {view.id}` ends it")
    for gone in added.replaced:
        out.line(f"Repealed norm: {one_line(gone.name)} (id={gone.id})")
    for note in added.notes:
        out.line(f"{out.styled('note', 'wait')}  {one_line(note)}")


def _told(view: NormView) -> str:
    return f"{one_line(view.what)} ({view.severity}, priority {view.priority})"


@group.command("list")
def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    db: DbOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The norms that are in force: those of the constitution, then those that were added at run time."""
    session = session_of(ctx).using(workspace, as_json)
    if db is not None:
        list_file(session, db, everything)
        return
    with session.opened() as opened:
        found = opened.norms.list(in_force=not everything)
    if session.show({"norms": found}):
        return
    if not found:
        session.out.line("no run-time norms" if everything else "no run-time norms are in force")
        return
    _print_norms(session.out, found)


def _print_norms(out: Printer, found: Sequence[NormView]) -> None:
    rows: list[tuple[str, ...]] = []
    tones: list[Tone | None] = []
    for view in found:
        if view.doubt:
            out.line(f"{out.styled('DOUBTFUL', 'bad', 'bold')}  {view.overlay}  everything is denied: {view.doubt}")
            continue
        state = _STATES.get(view.state, view.state)
        shown = state if view.signed or view.state == "signed" else f"{state}, UNSIGNED"
        scope = "everyone" if view.scope.strip().lower() == "global" else view.scope
        rows.append((view.id, shown, view.severity, str(view.priority), scope, view.what))
        tones.append("dim" if view.state in _ENDED else None)
    if rows:
        out.table(("ID", "State", "Severity", "Priority", "Binds", "Norm"), rows, tones)


@group.command("repeal")
def repeal(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID|NAME", help="The norm's id or name, or the beginning of it.")],
    why: WhyOption = NO_REASON,
    db: DbOption = None,
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a run-time norm. An operator signs. One that stands in the signed version takes an amendment."""
    session = session_of(ctx).using(workspace, as_json)
    if db is not None:
        repeal_in_file(session, db, id, "" if why == NO_REASON else why)
        return
    with session.opened() as opened:
        opened.norms.check_repeal(id)  # said before anyone is asked for a passphrase
        using = _signer(opened, key, agent, actor, passphrase_env)
        repealed = opened.norms.repeal(id, why=why, using=using)
    if not session.show(repealed):
        shown = repealed.id if repealed.name else repealed.overlay
        session.out.line(f"{session.out.styled('repealed', 'good')}  {shown}: {one_line(repealed.what)}")


@group.command("revisions")
def revisions(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most this many.")] = 100,
    db: DbOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who added, repealed or amended which norm, when and why; newest first."""
    session = session_of(ctx).using(workspace, as_json)
    if db is not None:
        revisions_of_file(session, db, limit)
        return
    with session.opened() as opened:
        found = opened.norms.revisions(limit)
    if session.show({"revisions": found}):
        return
    if not found:
        session.out.line("No revisions found.")
        return
    rows = [(utc(each.at), each.change, each.norm_id, each.name, each.by, each.reason) for each in found]
    session.out.table(("When", "Change", "Norm", "Name", "Who", "Why"), rows)


@group.command("history")
def history(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|ID", help="The norm's name, or its id.")],
    db: DbOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The forms that the norm of one name had, newest first, and what changed from one to the next."""
    session = session_of(ctx).using(workspace, as_json)
    if db is not None:
        history_of_file(session, db, name)
        return
    with session.opened() as opened:
        found = opened.norms.history(name)
    if session.show({"versions": found}):
        return
    out = session.out
    for each in found:
        state = _STATES.get(each.norm.state, each.norm.state)
        out.line(f"{out.styled(f'version {each.version}', 'accent')}  {each.norm.id}  {state}: {_told(each.norm)}")
        out.line(f"  since  {utc(each.at)}, by {one_line(each.by)}: {one_line(each.why)}")
        if each.changed:
            out.line(f"  new    {', '.join(each.changed)}")
        if each.ended_at is not None:
            by = f", by {one_line(each.ended_by)}" if each.ended_by else ""
            out.line(f"  until  {utc(each.ended_at)}{by}: {one_line(each.ended_why)}")


@group.command("promote")
def promote(
    ctx: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID|NAME", help="Which norms. Default: all in force.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write run-time norms into the draft. They act beside it until a version has forbidden the same for 72 hours."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        draft = opened.norms.promote(ids or ())
    if not session.show(draft):
        session.out.line(_WRITTEN.format(draft.revision))


def _signer(
    workspace: Workspace,
    keys: list[Path] | None,
    agents: list[str] | None,
    actors: list[str] | None,
    secrets: list[str] | None,
) -> SignWith | None:
    """Who signs a norm; nobody in a workspace that takes them unsigned, unless a key is named."""
    if workspace.overlays.unsigned and not (keys or agents or actors):
        return None
    using = signers_of(workspace, keys, agents, actors, secrets)
    if len(using) != 1:
        raise MisusedError("which key?", f"{len(using)} keys are named, and one operator signs a norm", "name one")
    return using[0]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="norm")
