"""``entities load | list | show``: the directory of principals and resources that the workspace believes."""

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
        session.out.line(f"loaded {count} entities")


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
    with session.opened() as opened:
        found = [entity for entity in opened.entities() if _uid(entity["uid"]) == uid]
    if not found:
        raise MisusedError("no such entity", f"the directory has no `{uid}`", "`workbench entities list`", "not_found")
    session.out.json(found[0])


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
