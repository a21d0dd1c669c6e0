"""``entities load | list | show | remove``: the directory of principals and resources that the workspace believes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.inputs import json_list
from workbench.cli.output import one_line
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

group = typer.Typer(help="The directory: who and what is believed.", rich_markup_mode=None)


@group.command("load")
def load(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Entities in Cedar's JSON form; - for stdin.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add or replace entities. All of them are taken, or none."""
    session = session_of(ctx).using(workspace, as_json)
    entities = json_list(file)
    with session.opened() as opened:
        count = opened.load_entities(entities)
    if not session.show({"loaded": count}):
        session.out.line(f"loaded {count} {'entity' if count == 1 else 'entities'}")


@group.command("list")
def list_(
    ctx: typer.Context,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only entities of this type.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every entity that the directory knows."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = [entity for entity in opened.entities() if type_ in (None, entity["uid"]["type"])]
    if session.show({"entities": found}):
        return
    rows = [(_uid(entity["uid"]), _parents(entity), _attributes(entity)) for entity in found]
    if rows:
        session.out.table(("entity", "in", "attributes"), rows)
    else:
        session.out.line("no entities")


@group.command("show")
def show(
    ctx: typer.Context,
    uid: Annotated[str, typer.Argument(metavar="UID", help="An entity, as Cedar writes it: 'Agent::\"nora\"'.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """One entity, in Cedar's JSON form."""
    session = session_of(ctx).using(workspace, as_json)
    wanted = _named(uid)
    with session.opened() as opened:
        found = [entity for entity in opened.entities() if _uid(entity["uid"]) == wanted]
    if not found:
        raise MisusedError("no such entity", f"the directory has no `{uid}`", "`workbench entities list`", "not_found")
    session.out.json(found[0])


@group.command("remove")
def remove(
    ctx: typer.Context,
    uids: Annotated[list[str], typer.Argument(metavar="UID…", help="Entities, as Cedar writes them.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget entities: all of them, or none. What proved a forgotten principal is suspended."""
    session = session_of(ctx).using(workspace, as_json)
    wanted = list(dict.fromkeys(_named(uid) for uid in uids))
    with session.opened() as opened:
        known = {_uid(entity["uid"]) for entity in opened.entities()}
        unknown = [uid for uid in wanted if uid not in known]
        if unknown:
            raise MisusedError(
                "no such entity",
                f"the directory has no {', '.join(f'`{uid}`' for uid in unknown)}; nothing was removed",
                "`workbench entities list`",
                "not_found",
            )
        active = {view.id for view in opened.credentials.list() if view.state == "active"}
        count = opened.remove_entities(wanted)
        suspended = [v for v in opened.credentials.list() if v.id in active and v.state == "suspended"]
    if not session.show({"removed": count, "suspended": suspended}):
        session.out.line(f"removed {count} {'entity' if count == 1 else 'entities'}")
        for view in suspended:
            session.out.line(f"suspended {view.id}, which proved {one_line(view.principal)}")


def _named(uid: str) -> str:
    """``uid`` in its one spelling. Raises ``WorkbenchError`` (``bad_uid``)."""
    from workbench.engine.request import RequestError, as_uid

    try:
        return str(as_uid(uid, "uid"))
    except RequestError as error:
        raise MisusedError("that is no entity", str(error), 'write `Type::"id"`', "bad_uid") from None


def _uid(uid: Mapping[str, Any]) -> str:
    from workbench.engine.request import as_uid

    return str(as_uid(uid))


def _parents(entity: Mapping[str, Any]) -> str:
    return ", ".join(_uid(parent) for parent in entity.get("parents", ()))


def _attributes(entity: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in entity.get("attrs", {}).items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, Mapping) and "__entity" in value:
        return _uid(value["__entity"])
    return one_line(str(value))


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="entities")
