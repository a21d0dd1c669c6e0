"""``draft history | undo | redo | restore``: the draft's revisions, and any of them again. In the group ``draft``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.drafts import group
from workbench.cli.output import one_line, utc
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.draft_revisions import Change, Revision
    from workbench.service.views import Draft


def register(_app: typer.Typer) -> None:
    """Put the commands into the group ``draft``."""
    for command in (history, undo, redo, restore):
        group.command(command.__name__)(command)


def history(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many, the newest first.")] = 20,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The draft's revisions, newest first: when each was saved, and what it changed."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.drafting.revisions.list(limit)
    if session.show(found):
        return
    if not found:
        session.out.line("no revision yet: nothing was written")
    for each in found:
        session.out.line(f"{_name(each):>10}  {utc(each.saved_at)}  {_told(each)}")


def undo(
    ctx: typer.Context,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring back the revision before this one, as a new one; `draft redo` takes that back."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        draft = opened.drafting.revisions.undo(opened.draft().revision)
    if not session.show(draft):
        session.out.line(_back(draft))


def redo(
    ctx: typer.Context,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring back what was undone last."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        draft = opened.drafting.revisions.redo(opened.draft().revision)
    if not session.show(draft):
        session.out.line(_back(draft))


def restore(
    ctx: typer.Context,
    number: Annotated[
        int,
        typer.Argument(
            metavar="REVISION", help="Its number, as `draft history` lists it; 0 for the version it began with."
        ),
    ],
    lost: Annotated[
        bool, typer.Option("--lost", help="The text with this number that lost a race, as `draft history` says.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring back a revision, as a new one. What stands now stays in the history."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        revisions = opened.drafting.revisions
        draft = revisions.restore(revisions.key_of(number, lost=lost), opened.draft().revision)
    if not session.show(draft):
        session.out.line(_back(draft))


def _back(draft: Draft) -> str:
    state = "changed" if draft.changed else "the same as what is in force"
    return f"an earlier text is back, as revision {draft.revision}: {state}"


def _name(revision: Revision) -> str:
    return f"{revision.number}{' now' if revision.newest else ' lost' if revision.state == 'stale' else ''}"


def _told(revision: Revision) -> str:
    changed = ", ".join(map(_change, revision.changes)) or "nothing in the texts"
    if revision.state == "restored":
        return f"revision {revision.restored} came back: {changed}"
    if revision.state == "follows":
        changed = ", ".join(_change(each) for each in revision.changes if each.part != "built on")
        return f"follows {one_line(revision.follows)}" + (f": {changed}" if changed else "")
    return f"lost a race, and is not in the draft: {changed}" if revision.state == "stale" else changed


def _change(change: Change) -> str:
    if change.part == "built on":
        return f"built on {one_line(change.first)}"
    counts = " ".join(f"{sign}{count}" for sign, count in (("+", change.added), ("-", change.removed)) if count)
    return f"{change.part} {counts} ({one_line(change.first)})" if change.first else f"{change.part} {counts}"
